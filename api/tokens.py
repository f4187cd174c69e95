"""Tokens for those who may change something over HTTP: made once, shown once, kept only as a hash.

In: a store directory. Out: `STORE/tokens.json` (readable by its owner only) with the SHA-256 of each token,
its name and role, and the ORCID iD of its holder where one was given. A token is 256 random bits, so that a
plain hash is enough. Roles: each may do what those before it may.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

ROLES = ("read", "review", "write", "admin")


def create(store: Path, name: str, role: str, orcid: str = "") -> str:
    """A new token; the only time it can be read.

    Raises ValueError for an unknown role, or for what is no ORCID iD.
    """
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}; there are {', '.join(ROLES)}")
    if orcid and not is_orcid(orcid):
        raise ValueError(f"{orcid!r} is not an ORCID iD")
    token = secrets.token_urlsafe(32)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"sha256": hashed(token), "name": name, "role": role, "made": made}
    _write(store, [*listed(store), entry | ({"orcid": orcid} if orcid else {})])
    return token


def is_orcid(text: str) -> bool:
    """Whether a text is an ORCID iD: sixteen digits of which the last one proves the others.

    >>> is_orcid("0000-0002-1825-0097"), is_orcid("0000-0002-1825-0098")
    (True, False)
    """
    if not re.fullmatch(r"(\d{4}-){3}\d{3}[\dX]", text):
        return False
    total = 0
    for digit in text.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == text[-1]


def revoke(store: Path, name: str) -> int:
    """Forget all tokens of this name; returns how many there were."""
    known = listed(store)
    kept = [entry for entry in known if entry["name"] != name]
    _write(store, kept)
    return len(known) - len(kept)


def listed(store: Path) -> list[dict[str, str]]:
    """Every token's hash, name, role and date."""
    try:
        found: list[dict[str, str]] = json.loads((store / "tokens.json").read_text())
    except FileNotFoundError:
        return []
    return found


def allowed(store: Path, token: str, role: str) -> bool | None:
    """True when the token's role includes `role`, False when it does not, None when there is no such
    token.
    """
    entry = holder(store, hashed(token))
    return None if entry is None else may(entry, role)


def holder(store: Path, digest: str) -> dict[str, str] | None:
    """The entry of the token with this hash, None when there is none (any more)."""
    found: dict[str, str] | None = None
    for entry in listed(store):  # all of them, so that the time taken tells nothing
        if hmac.compare_digest(entry["sha256"], digest):
            found = entry
    return found


def may(entry: dict[str, str], role: str) -> bool:
    """Whether the role of a token's entry includes `role`."""
    return ROLES.index(entry["role"]) >= ROLES.index(role)


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _write(store: Path, entries: list[dict[str, str]]) -> None:
    temporary = store / ".tokens.json"
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
        json.dump(entries, file, indent=1)
    temporary.replace(store / "tokens.json")
