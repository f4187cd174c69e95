"""Tokens for those who may change something over HTTP: made once, shown once, kept only as a hash.

In: a store directory. Out: `STORE/tokens.json` (readable by its owner only) with the SHA-256 of each token,
its name and role. A token is 256 random bits, so that a plain hash is enough. Roles: each may do what those
before it may.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

ROLES = ("read", "review", "write", "admin")


def create(store: Path, name: str, role: str) -> str:
    """A new token; the only time it can be read. Raises ValueError for an unknown role."""
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}; there are {', '.join(ROLES)}")
    token = secrets.token_urlsafe(32)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    _write(store, [*listed(store), {"sha256": _hash(token), "name": name, "role": role, "made": made}])
    return token


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
    given = _hash(token)
    answer: bool | None = None
    for entry in listed(store):  # all of them, so that the time taken tells nothing
        if hmac.compare_digest(entry["sha256"], given):
            answer = ROLES.index(entry["role"]) >= ROLES.index(role)
    return answer


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _write(store: Path, entries: list[dict[str, str]]) -> None:
    temporary = store / ".tokens.json"
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
        json.dump(entries, file, indent=1)
    temporary.replace(store / "tokens.json")
