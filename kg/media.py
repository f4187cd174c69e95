"""Where the images of a store's corpora lie: content hash → original file, and the place of the thumbnail.

In: pairs of SHA-256 digest and path, as the corpus readers found them. Out: paths, by digest. Originals stay
where they are; only `media.sqlite` and the thumbnails live in the store, below `STORE/media/`. Several
processes may read while one writes (SQLite in WAL mode).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Media:
    """The images of the store in `store_dir`.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> plate = folder / "plate.png"
    >>> _ = plate.write_bytes(b"...")
    >>> media = Media(folder / "store")
    >>> media.add_many([("ab" * 32, plate)])
    >>> media.path("ab" * 32) == plate.resolve()
    True
    >>> media.path("cd" * 32) is None
    True
    """

    def __init__(self, store_dir: Path | str) -> None:
        self.folder = Path(store_dir) / "media"

    def add_many(self, images: Iterable[tuple[str, Path]]) -> None:
        """Remember where images lie; a digest's newest file wins. One transaction.

        Raises ValueError when a digest is not a SHA-256 hex digest; nothing is remembered then.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        rows = [(_checked(digest), str(Path(path).resolve())) for digest, path in images]
        db = sqlite3.connect(self.folder / "media.sqlite", timeout=30)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            with db:
                db.execute("CREATE TABLE IF NOT EXISTS image (digest TEXT PRIMARY KEY, path TEXT NOT NULL)")
                db.executemany("INSERT OR REPLACE INTO image VALUES (?, ?)", rows)
        finally:
            db.close()

    def path(self, digest: str) -> Path | None:
        """The original file, or None when the digest is unknown or its file is gone."""
        file = self.folder / "media.sqlite"
        if not _DIGEST.fullmatch(digest) or not file.exists():
            return None
        db = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
        try:
            row = db.execute("SELECT path FROM image WHERE digest = ?", (digest,)).fetchone()
        finally:
            db.close()
        return Path(row[0]) if row and Path(row[0]).is_file() else None

    def digests(self) -> list[str]:
        """Every picture that was ever remembered, in the order of its hash."""
        file = self.folder / "media.sqlite"
        if not file.exists():
            return []
        db = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
        try:
            return [row[0] for row in db.execute("SELECT digest FROM image ORDER BY digest")]
        finally:
            db.close()

    def thumbnail(self, digest: str) -> Path:
        """Where the thumbnail (WebP, long side 480 pixels) lies or is to be written; makes its folder."""
        folder = self.folder / "thumbnails" / _checked(digest)[:2]
        if not folder.is_dir() and self.folder.parent.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{digest}.webp"


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"not a SHA-256 hex digest: {digest!r}")
    return digest
