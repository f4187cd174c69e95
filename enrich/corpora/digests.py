"""SHA-256 digests of image files, streamed, and remembered by path, size and modification time.

In: paths. Out: hex digests. With a memory (an SQLite file) a second run reads no image at all; without one
every call reads the file. The memory is a cache: deleting it costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self


class Digests:
    """Digests of files, remembered in the SQLite file `memory` (None: not remembered).

    `read` counts the files whose bytes were really read. Use as a context manager; what was learnt is
    written in transactions of 256 files, so a kill costs at most that many.
    """

    def __init__(self, memory: Path | None = None, jobs: int = 2) -> None:
        self.read = 0
        self._jobs = jobs
        self._memory = memory
        self._db: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._db is not None:
            self._db.close()

    def of(self, path: Path) -> str:
        """The digest of one file. Raises OSError if it cannot be read."""
        digest = self.of_all([path])[0]
        if isinstance(digest, OSError):
            raise digest
        return digest

    def of_all(self, paths: Sequence[Path]) -> list[str | OSError]:
        """The digests of `paths` in their order; the error itself where a file cannot be read."""
        self._open()
        found: list[str | OSError] = []
        with ThreadPoolExecutor(self._jobs) as pool:
            for start in range(0, len(paths), 256):
                found += self._block(paths[start : start + 256], pool)
        return found

    def _open(self) -> None:
        """Open the memory when it is first needed, so that a run that comes to nothing leaves no file
        behind.
        """
        if self._memory is None or self._db is not None:
            return
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(self._memory)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS digest "
            "(path TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, digest TEXT) WITHOUT ROWID"
        )

    def _block(self, paths: Sequence[Path], pool: ThreadPoolExecutor) -> list[str | OSError]:
        found: list[str | OSError] = []
        unread: list[tuple[int, Path, int, int]] = []
        for place, path in enumerate(paths):
            try:
                status = path.stat()
            except OSError as problem:
                found.append(problem)
                continue
            known = self._remembered(path, status.st_size, status.st_mtime_ns)
            found.append(known)
            if not known:
                unread.append((place, path, status.st_size, status.st_mtime_ns))
        for (place, path, size, mtime), digest in zip(
            unread, pool.map(_digest, [u[1] for u in unread]), strict=True
        ):
            found[place] = digest
            if isinstance(digest, str):
                self.read += 1
                if self._db is not None:
                    self._db.execute(
                        "INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?)", (str(path), size, mtime, digest)
                    )
        if self._db is not None:
            self._db.commit()
        return found

    def _remembered(self, path: Path, size: int, mtime: int) -> str:
        if self._db is None:
            return ""
        row = self._db.execute(
            "SELECT digest FROM digest WHERE path = ? AND size = ? AND mtime = ?", (str(path), size, mtime)
        ).fetchone()
        return str(row[0]) if row else ""


def _digest(path: Path) -> str | OSError:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        return problem
