"""Who somebody is to us by what their identity provider says of them: claims in, a role and a signature out.

Rules are given by a maintainer as words `WHO=ROLE` with a space between them: an e-mail address
(`anna@example.org=review`), all of a domain (`*@example.org=review`), a subject (`sub:248289=admin`), or a
value of any claim (`groups:curators=review`, `realm_access.roles:curator=write`). Nothing here knows Flask.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.tokens import ROLES, is_orcid

Rules = tuple[tuple[str, str, str], ...]  # (claim, value, role)


@dataclass(frozen=True)
class Person:
    """Somebody a provider vouches for: the name to show, what signs their reviews, their role ("" for
    none).
    """

    name: str
    signature: str
    role: str


def rules(text: str) -> Rules:
    """The rules of a setting. Raises ValueError naming the word that is none.

    >>> rules("anna@example.org=review groups:curators=write")
    (('email', 'anna@example.org', 'review'), ('groups', 'curators', 'write'))
    """
    made = []
    for word in text.replace(",", " ").split():
        who, _, role = word.rpartition("=")
        claim, colon, value = who.partition(":")
        if not colon:
            claim, value = "email", who
        if role not in ROLES or not claim or not value or (not colon and "@" not in value):
            raise ValueError(f"{word!r} is no rule: WHO=ROLE, with a role of {', '.join(ROLES)}")
        made.append((claim, value, role))
    return tuple(made)


def role(claims: Mapping[str, Any], given: Rules) -> str:
    """The greatest role that the rules give, "" for none. An e-mail address counts once it was verified.

    >>> role({"email": "Anna@example.org", "email_verified": True}, rules("*@example.org=review"))
    'review'
    >>> role({"email": "anna@example.org"}, rules("*@example.org=review"))
    ''
    >>> role({"realm_access": {"roles": ["curator"]}}, rules("realm_access.roles:curator=write"))
    'write'
    """
    found = [each for claim, value, each in given if _has(claims, claim, value)]
    return max(found, key=ROLES.index, default="")


def person(claims: Mapping[str, Any], issuer: str, given: Rules) -> Person:
    """Who is meant. The signature is the same at every visit and nobody else's: the ORCID iD where ORCID
    vouches, else the name with six digits of a hash of issuer and subject. No e-mail address is published.
    """
    subject = str(claims["sub"])
    name = str(claims.get("name") or claims.get("preferred_username") or "").strip()[:100]
    name = " ".join(name.split())
    if issuer.rstrip("/") == "https://orcid.org" and is_orcid(subject):
        return Person(name or subject, f"https://orcid.org/{subject}", role(claims, given))
    short = hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:6]
    signature = f"{name or 'reviewer'} ({short})"
    return Person(name or signature, signature, role(claims, given))


def kept(claims: Mapping[str, Any], given: Rules) -> dict[str, Any]:
    """The claims that a session keeps: who it is, and what the rules look at; no more than that."""
    made: dict[str, Any] = {n: claims[n] for n in ("sub", "name", "preferred_username") if claims.get(n)}
    for claim, value, _ in given:
        if claim == "email":
            made |= {n: claims[n] for n in ("email", "email_verified") if n in claims}
        elif claim != "sub" and _has(claims, claim, value):
            made.setdefault(claim, []).append(value)
    return made


def _has(claims: Mapping[str, Any], claim: str, value: str) -> bool:
    said = _values(claims, claim)
    if claim != "email":
        return value in said
    if claims.get("email_verified") is not True:
        return False
    wanted = value.casefold()
    return any(
        one.casefold() == wanted or (wanted.startswith("*@") and one.casefold().endswith(wanted[1:]))
        for one in said
    )


def _values(claims: Mapping[str, Any], claim: str) -> Sequence[str]:
    """The values of a claim as texts; `a.b` looks into an object where there is no claim of that name."""
    found: Any = claims.get(claim)
    if found is None and "." in claim:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str | int):
        return [str(found)]
    return [str(one) for one in found] if isinstance(found, list | tuple) else []
