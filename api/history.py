"""What was created, changed and withdrawn from one published snapshot to the next, kept beside the store.

In: an open snapshot. Out: `STORE/changes.sqlite`: for every described entity (`id/…`, but for claims and
evidence, which belong to their illustration) a digest of all that is said of it and when that last changed,
and the list of all activities so far. A snapshot that is served is compared with the last one that was;
those that came and went in between unserved leave no trace. The file is as lasting as the store; without it
the history begins anew. Where the store's folder cannot be written to, there is no history, and its readers
get `None`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox

from kg import snapshots

FILE = "changes.sqlite"
_TARGET = ox.NamedNode("http://www.w3.org/ns/oa#hasTarget")
_SOURCE = ox.NamedNode("https://w3id.org/legenda/ns#source")
_OWNED = ("claim/", "evidence/")  # kinds that are a part of what is said of an illustration
_TABLES = """
CREATE TABLE IF NOT EXISTS state (iri TEXT PRIMARY KEY, digest INTEGER, changed TEXT, kind TEXT, source TEXT)
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS state_kind ON state (kind, source, changed, iri);
CREATE TABLE IF NOT EXISTS activity (number INTEGER PRIMARY KEY, type TEXT, iri TEXT, at TEXT);
CREATE TABLE IF NOT EXISTS served (version TEXT);
"""


@dataclass(frozen=True)
class Activity:
    """One entry of the list: "Create", "Update" or "Delete" of an entity, at the time of its snapshot."""

    type: str
    iri: str
    at: str


@dataclass(frozen=True)
class State:
    """When an entity last changed, and whether it has been withdrawn."""

    iri: str
    changed: str
    gone: bool


def stamp(published: datetime) -> str:
    """A snapshot's time as it stands in the history: "2026-11-23T17:46:41Z"."""
    return published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def digests(store: ox.Store, base: str) -> dict[str, int]:
    """Every described entity with a number that changes when anything said of it changes; costs one reading
    of the whole graph. A source also changes with its illustrations.
    """
    prefix = base + "id/"
    owned = tuple(prefix + kind for kind in _OWNED)
    owner = {
        quad.subject.value: quad.object.value
        for quad in store.quads_for_pattern(None, _TARGET, None)
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
    }
    found: dict[str, int] = {}
    for quad in store:
        subject = quad.subject
        if not isinstance(subject, ox.NamedNode) or not subject.value.startswith(prefix):
            continue
        iri = owner.get(subject.value, subject.value)
        if iri.startswith(owned):
            continue
        digest = hashlib.blake2b(str(quad).encode(), digest_size=7).digest()
        found[iri] = (found.get(iri, 0) + int.from_bytes(digest)) % (1 << 56)
    for quad in store.quads_for_pattern(None, _SOURCE, None):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            part, whole = quad.subject.value, quad.object.value
            if part in found and whole in found and part.startswith(prefix + "illustration/"):
                found[whole] = (found[whole] + found[part]) % (1 << 56)
    return found


def record_apart(store: Path, version: str) -> bool:
    """Have a snapshot recorded by a process of its own, at low priority: reading a whole graph would keep
    this one from answering. False when it could not be.
    """
    command = [sys.executable, "-P", "-m", "api.history", str(store), version]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0


class History:
    """The history of one store. Safe from several threads and processes."""

    def __init__(self, store: Path, base: str) -> None:
        self._file = store / FILE
        self._base = base

    def record(self, version: str, at: str, latest: Callable[[], str | None], snapshot: ox.Store) -> bool:
        """Compare a snapshot with the last one recorded and note the differences, in one transaction.

        Does nothing when it is recorded already, or when `latest` says that another one is served by now (a
        server process that still has the older one must not turn history back). False when the store's
        folder cannot be written to.
        """
        try:
            with (self._file.parent / ".changes.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                with closing(sqlite3.connect(self._file)) as database:
                    database.executescript(_TABLES)
                    last = database.execute("SELECT version FROM served").fetchone()
                    if (last and last[0] == version) or latest() != version:
                        return True
                    with database:
                        self._note(database, digests(snapshot, self._base), at)
                        database.execute("DELETE FROM served")
                        database.execute("INSERT INTO served VALUES (?)", (version,))
        except (OSError, sqlite3.OperationalError):
            return False
        return True

    def version(self) -> str:
        """The snapshot that was recorded last, "" before the first."""
        rows = self._ask("SELECT version FROM served")
        return str(rows[0][0]) if rows else ""

    def _note(self, database: sqlite3.Connection, now: dict[str, int], at: str) -> None:
        before = dict(database.execute("SELECT iri, digest FROM state"))
        changes: list[tuple[str, str]] = []
        for iri in sorted(now):
            if before.get(iri) is None:
                changes.append(("Create", iri))
            elif before[iri] != now[iri]:
                changes.append(("Update", iri))
        changes += [("Delete", iri) for iri in sorted(before) if before[iri] is not None and iri not in now]
        database.executemany(
            "INSERT INTO activity (type, iri, at) VALUES (?, ?, ?)", ((t, iri, at) for t, iri in changes)
        )
        database.executemany(
            "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?)",
            ((iri, now.get(iri), at, *self._place(iri)) for _, iri in changes),
        )

    def _place(self, iri: str) -> tuple[str, str]:
        """Kind of an entity and, of an illustration, the IRI of its source."""
        kind, _, local = iri[len(self._base) + 3 :].partition("/")
        source = f"{self._base}id/source/{local.partition('/')[0]}" if kind == "illustration" else ""
        return kind, source

    def _ask(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        if not self._file.exists():
            return []
        with closing(sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True, timeout=30)) as database:
            return list(database.execute(sql, values))

    def count(self) -> int:
        """How many activities there have been."""
        found = self._ask("SELECT max(number) FROM activity")
        return int(str(found[0][0])) if found and found[0][0] is not None else 0

    def activities(self, first: int, size: int) -> Iterator[Activity]:
        """Activities in the order in which they happened, from number `first` (1 is the oldest)."""
        rows = self._ask(
            "SELECT type, iri, at FROM activity WHERE number >= ? ORDER BY number LIMIT ?", (first, size)
        )
        return (Activity(str(type), str(iri), str(at)) for type, iri, at in rows)

    def state(self, iri: str) -> State | None:
        """What is known of one entity; None when it never was part of a recorded snapshot."""
        rows = self._ask("SELECT iri, changed, digest IS NULL FROM state WHERE iri = ?", (iri,))
        return State(str(rows[0][0]), str(rows[0][1]), bool(rows[0][2])) if rows else None

    def plates(self, source: str, since: str, until: str, size: int, offset: int) -> tuple[int, list[State]]:
        """Illustrations, withdrawn ones too, that changed from `since` to `until` (both inclusive), of one
        source or of all (""), and how many there are in all.
        """
        where = "kind = 'illustration' AND changed BETWEEN ? AND ?" + (" AND source = ?" if source else "")
        values = (since, until, *((source,) if source else ()))
        total = self._ask(f"SELECT count(*) FROM state WHERE {where}", values)
        rows = self._ask(
            f"SELECT iri, changed, digest IS NULL FROM state WHERE {where} "
            "ORDER BY source, changed, iri LIMIT ? OFFSET ?",
            (*values, size, offset),
        )
        found = [State(str(iri), str(changed), bool(gone)) for iri, changed, gone in rows]
        return (int(str(total[0][0])) if total else 0), found

    def earliest(self) -> str:
        """The time of the first activity, "" when there is none."""
        rows = self._ask("SELECT at FROM activity ORDER BY number LIMIT 1")
        return str(rows[0][0]) if rows else ""


def main(store: Path, version: str) -> bool:
    """Record one snapshot of a store. False when it is not there any more or nothing can be written."""
    os.nice(10)
    snapshot = next((each for each in snapshots.list_all(store) if each.version == version), None)
    if snapshot is None:
        return False

    def served() -> str | None:
        found = snapshots.latest(store)
        return found.version if found else None

    history = History(store, snapshot.base)
    return history.record(version, stamp(snapshot.published), served, snapshot.open())


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1]), sys.argv[2]) else 1)
