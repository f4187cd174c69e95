"""Who is looking at which statement: for some minutes it is in nobody else's queue. And what was put aside.

In: keys of statements (`api.queue_score.key`) and signatures of reviewers. Out: leases and skips, in the file
of the inbox, so that all server processes know them. Losing them loses no review: two people are then merely
asked the same. Drafts of what somebody typed when their session had ended are kept there too, for a day.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from api.inbox import FILE

MINUTES = 5.0  # a statement is kept for who looks at it
_ASIDE = 12 * 3600.0  # seconds a statement stays away from who put it aside
_DRAFT = 86400.0
EVERYBODY = "*"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS lease (key TEXT PRIMARY KEY, reviewer TEXT NOT NULL, until REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS aside (key TEXT, reviewer TEXT, until REAL NOT NULL, "
    "PRIMARY KEY (key, reviewer))",
    "CREATE TABLE IF NOT EXISTS draft (id TEXT PRIMARY KEY, content TEXT NOT NULL, until REAL NOT NULL)",
)


class Leases:
    """The leases of one store. Safe from several threads and processes."""

    def __init__(self, store: Path) -> None:
        self._file = store / FILE

    def taken(self, reviewer: str) -> set[str]:
        """What this reviewer is not to be asked now: looked at by others, or put aside."""
        if not self._file.exists():
            return set()
        with self._open() as database:
            rows = database.execute(
                "SELECT key FROM lease WHERE reviewer <> ?1 AND until > ?2 "
                "UNION SELECT key FROM aside WHERE reviewer IN (?1, ?3) AND until > ?2",
                (reviewer, time.time(), EVERYBODY),
            ).fetchall()
        return {row[0] for row in rows}

    def take(self, key: str, reviewer: str, minutes: float = MINUTES) -> bool:
        """Keep a statement for a reviewer, unless it is another's by now."""
        return bool(self.take_all([key], reviewer, minutes))

    def take_all(self, keys: Sequence[str], reviewer: str, minutes: float = MINUTES) -> list[str]:
        """Keep several statements; returns those that are this reviewer's now."""
        now = time.time()
        with self._open() as database, database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("DELETE FROM lease WHERE until <= ?", (now,))
            return [
                key
                for key in keys
                if database.execute(
                    "INSERT INTO lease VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET until = ?3 "
                    "WHERE reviewer = ?2",
                    (key, reviewer, now + 60 * minutes),
                ).rowcount
            ]

    def release(self, keys: Sequence[str], reviewer: str) -> None:
        """Give statements back."""
        with self._open() as database, database:
            database.executemany(
                "DELETE FROM lease WHERE key = ? AND reviewer = ?", [(key, reviewer) for key in keys]
            )

    def put_aside(self, key: str, reviewer: str, seconds: float = _ASIDE) -> None:
        """Ask this reviewer (or `EVERYBODY`) something else for some hours."""
        now = time.time()
        with self._open() as database, database:
            database.execute("INSERT OR REPLACE INTO aside VALUES (?, ?, ?)", (key, reviewer, now + seconds))
            database.execute("DELETE FROM aside WHERE until <= ?", (now,))
            database.execute("DELETE FROM lease WHERE key = ? AND reviewer = ?", (key, reviewer))

    def bring_back(self, key: str, reviewer: str) -> None:
        """Forget that it was put aside."""
        with self._open() as database, database:
            database.execute(
                "DELETE FROM aside WHERE key = ? AND reviewer IN (?, ?)", (key, reviewer, EVERYBODY)
            )

    def keep_draft(self, id: str, content: Mapping[str, str]) -> None:
        """Keep what somebody typed, under an identifier that nobody can guess."""
        now = time.time()
        with self._open() as database, database:
            row = (id, json.dumps(content, ensure_ascii=False), now + _DRAFT)
            database.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, ?)", row)
            database.execute("DELETE FROM draft WHERE until <= ?", (now,))

    def draft(self, id: str) -> dict[str, str] | None:
        """What was kept under an identifier, None when there is nothing (any more)."""
        if not self._file.exists():
            return None
        with self._open() as database:
            row = database.execute(
                "SELECT content FROM draft WHERE id = ? AND until > ?", (id, time.time())
            ).fetchone()
        found: dict[str, str] | None = json.loads(row[0]) if row else None
        return found

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=10)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")  # a power cut may lose a lease, never a review
            for table in _TABLES:
                database.execute(table)
            yield database
