"""Verdicts on their way into the graph: kept on disk at once, written within a second, published soon after.

In: reviews, as the plain values that `api.writer` takes. Out: the same in `graph/reviews`, and a new snapshot
once nobody has reviewed anything for a while. Every review first lands in `STORE/reviews.sqlite` and is taken
out of it only when a snapshot shows it: neither a crash, nor an enrichment that holds the store for an hour,
nor a full disk loses one. A thread of each server process brings them on; a lock on a file lets only one
process do so at a time.
"""

from __future__ import annotations

import fcntl
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.verdicts import WITHDRAWN

FILE = "reviews.sqlite"
Ask = Callable[..., dict[str, Any]]
_LOG = logging.getLogger("legenda.reviews")
_TABLE = """CREATE TABLE IF NOT EXISTS review (id TEXT PRIMARY KEY, plate TEXT NOT NULL,
  content TEXT NOT NULL, given REAL NOT NULL, written REAL, problem TEXT NOT NULL DEFAULT '')"""
# Who spoke last of a statement (`api.queue_score.key`), kept for a while: what a queue made from an earlier
# snapshot cannot know.
_SAID = """CREATE TABLE IF NOT EXISTS said (key TEXT PRIMARY KEY, id TEXT NOT NULL, plate TEXT NOT NULL,
  reviewer TEXT NOT NULL, verdict TEXT NOT NULL, at TEXT NOT NULL, given REAL NOT NULL)"""
_REMEMBERED = 7 * 86400  # seconds
_LONGEST = 12  # a steady stream of reviews is published after so many times the quiet that is waited for
_AGAIN = 1.0  # seconds until the next try, when the store is busy


@dataclass(frozen=True)
class Waiting:
    """A review that no snapshot shows yet; `written` once it is in the graph, `problem` if it cannot be."""

    content: dict[str, Any]
    written: bool
    problem: str


@dataclass(frozen=True)
class Last:
    """Who spoke last of a statement: the review's id, its author's signature, the verdict, when."""

    id: str
    reviewer: str
    verdict: str
    at: str


class Inbox:
    """The reviews of one store that are on their way. Safe from several threads and processes.

    `ask` is `api.changes.make` bound to the store: it has a change made and raises `busy` when that cannot be
    done now. `quiet` is how many seconds nobody must have reviewed anything before a snapshot is published.
    """

    def __init__(self, store: Path, ask: Ask, quiet: float, busy: type[Exception]) -> None:
        self._store, self._ask, self._quiet, self._busy = store, ask, quiet, busy
        self._awake = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._held: sqlite3.Connection | None = None
        if self._any():
            self.wake()  # what a process that was stopped has left

    def put(
        self, reviews: Sequence[dict[str, Any]], keys: Sequence[str], seen: Mapping[str, str] | None = None
    ) -> dict[str, Last]:
        """Keep reviews; on disk when this returns. The same id twice is one review. Raises OSError.

        `keys` name the statements they are about. `seen` tells for some keys which review their author knew
        as the last one: where somebody else has spoken since, that review is not kept, and who was faster is
        returned. Atomic: of two who send at once, one is first.
        """
        faster: dict[str, Last] = {}
        try:
            with self._open() as database, database:
                database.execute("BEGIN IMMEDIATE")
                for review, key in zip(reviews, keys, strict=True):
                    last = self._last(database, key)
                    known = (seen or {}).get(key, last.id if last else "")
                    if (
                        last
                        and last.id not in {known, review["id"]}
                        and last.reviewer != review["reviewer"]
                        and last.verdict != WITHDRAWN
                    ):
                        faster[key] = last
                        continue
                    now = time.time()
                    row = (review["id"], review["illustration"], json.dumps(review, ensure_ascii=False), now)
                    new = database.execute(
                        "INSERT OR IGNORE INTO review (id, plate, content, given) VALUES (?, ?, ?, ?)", row
                    ).rowcount
                    if new and review["verdict"] != "comment":
                        said = (
                            review["id"],
                            *(review[n] for n in ("illustration", "reviewer", "verdict", "at")),
                        )
                        database.execute(
                            "INSERT OR REPLACE INTO said VALUES (?, ?, ?, ?, ?, ?, ?)", (key, *said, now)
                        )
        except sqlite3.Error as error:
            raise OSError(f"{self._store / FILE}: {error}") from error
        self.wake()
        return faster

    def said(self) -> dict[str, Last]:
        """Who spoke last of which statement, of late; a snapshot may know it already."""
        if not (self._store / FILE).exists():
            return {}
        with self._open() as database:
            rows = database.execute("SELECT key, id, reviewer, verdict, at FROM said").fetchall()
        return {key: Last(*rest) for key, *rest in rows}

    def last(self, key: str) -> Last | None:
        """Who spoke last of a statement, of late."""
        if not (self._store / FILE).exists():
            return None
        with self._open() as database:
            return self._last(database, key)

    @staticmethod
    def _last(database: sqlite3.Connection, key: str) -> Last | None:
        row = database.execute("SELECT id, reviewer, verdict, at FROM said WHERE key = ?", (key,)).fetchone()
        return Last(*row) if row else None

    def written(self, ids: Iterable[str], seconds: float) -> bool:
        """Whether all of these are in the graph, waiting for it for so many seconds."""
        wanted = list(ids)
        marks = ",".join("?" * len(wanted))
        ends = time.monotonic() + seconds
        while True:
            sql = f"SELECT count(*) FROM review WHERE written IS NULL AND problem = '' AND id IN ({marks})"
            with self._open() as database:
                left = database.execute(sql, wanted).fetchone()[0]
            if not left or time.monotonic() > ends:
                return not left
            time.sleep(0.02)

    def waiting(self, plate: str | None = None) -> list[Waiting]:
        """Reviews that no snapshot shows yet, of one illustration (its key) or of all, the newest first."""
        if not (self._store / FILE).exists():
            return []
        sql = "SELECT content, written, problem FROM review WHERE ? IN ('', plate) ORDER BY given DESC"
        with self._open() as database:
            rows = database.execute(sql, (plate or "",)).fetchall()
        return [
            Waiting(json.loads(content), written is not None, problem) for content, written, problem in rows
        ]

    def wake(self) -> None:
        """Let the thread look after what there is; started when it is needed first."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="legenda-reviews", daemon=True)
                self._thread.start()
        self._awake.set()

    # ------------------------------------------------------------------ the thread

    def _work(self) -> None:
        while True:
            self._awake.clear()
            wait: float | None
            try:
                with self._alone() as alone:
                    wait = self._step() if alone else 0.1
            except (self._busy, OSError, sqlite3.Error) as error:
                _LOG.info("reviews wait: %s", error)
                wait = _AGAIN
            if wait is None and not self._any():
                with self._starting:
                    if not self._any():
                        self._thread = None
                        return
            self._awake.wait(_AGAIN if wait is None else wait)

    def _step(self) -> float | None:
        """Write what waits, publish when it is time. Returns the seconds until there is something to do."""
        with self._open() as database:
            rows = database.execute("SELECT id, content FROM review WHERE written IS NULL AND problem = ''")
            new = [(id, json.loads(content)) for id, content in rows]
        if new:
            answer = self._ask("review", reviews=[content for _, content in new])
            refused: dict[str, str] = answer.get("refused", {})
            for id, reason in refused.items():
                _LOG.error("review %s cannot be kept in the graph: %s", id, reason)
            with self._open() as database, database:
                now = time.time()
                changes = [(None if id in refused else now, refused.get(id, ""), id) for id, _ in new]
                database.executemany("UPDATE review SET written = ?, problem = ? WHERE id = ?", changes)
        with self._open() as database:
            first, last = database.execute("SELECT min(written), max(written) FROM review").fetchone()
        if first is None:
            return None
        now = time.time()
        due = min(last + self._quiet, first + _LONGEST * self._quiet)
        if now < due:
            return min(due - now, self._quiet)
        self._ask("publish")
        with self._open() as database, database:
            database.execute("DELETE FROM review WHERE written <= ?", (last,))
            database.execute("DELETE FROM said WHERE given < ?", (now - _REMEMBERED,))
        return 0.0

    def _any(self) -> bool:
        if not (self._store / FILE).exists():
            return False
        with suppress(sqlite3.Error), self._open() as database:
            return bool(database.execute("SELECT count(*) FROM review WHERE problem = ''").fetchone()[0])
        return False

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._store / FILE, timeout=10)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=FULL")
            database.execute(_TABLE)
            database.execute(_SAID)
            if self._held is None:  # never used: closing the last connection would tidy up the file each time
                self._held = sqlite3.connect(self._store / FILE, check_same_thread=False)
                self._held.execute("SELECT count(*) FROM said").fetchone()
            yield database

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        with (self._store / ".reviews.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
