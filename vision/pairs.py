"""What was seen of two pictures, kept by their contents: a pair goes in, its `Match` comes out, later too.

A folder of Parquet files, one per run that added something, each written whole and renamed into place. They
lie under a name made of everything that decides the answer, so that answers of other code are not mixed in.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import astuple
from importlib.metadata import version
from pathlib import Path

from kg.nouns import Illustration
from vision import local

_COLUMNS = ("first", "second", "pairs", "agree", "overlap", "mirrored")
_WRITE_EVERY = 10_000  # pairs


class Seen:
    """Matches of pairs of pictures; as a context it writes what is new when it is left, however it is left.

    `folder` None keeps them in memory only; `mirrored` as they were asked.
    """

    def __init__(self, folder: Path | None, mirrored: bool) -> None:
        code = Path(local.__file__).read_bytes() + version("opencv-python-headless").encode()
        name = f"{hashlib.sha256(code).hexdigest()[:16]}{'' if mirrored else '-plain'}"
        self._folder = None if folder is None else folder / name
        self._known: dict[bytes, local.Match] = {}
        self._alike: dict[local.Match, local.Match] = {}  # most pairs have nothing in common
        self._new: list[tuple[str, str]] = []
        if self._folder is not None and self._folder.is_dir():
            self._read()

    def __enter__(self) -> Seen:
        return self

    def __exit__(self, *_: object) -> None:
        self.write()

    def of(self, a: Illustration, b: Illustration) -> local.Match | None:
        """What was seen of two pictures, None if nothing yet."""
        return self._known.get(_key(a.image_digest, b.image_digest))

    def add(self, a: Illustration, b: Illustration, match: local.Match) -> None:
        """Remember what was seen of two pictures, in this order."""
        self._know(a.image_digest, b.image_digest, match)
        self._new.append((a.image_digest, b.image_digest))
        if len(self._new) >= _WRITE_EVERY:
            self.write()

    def write(self) -> None:
        """Put what is new on disk."""
        if self._folder is None or not self._new:
            return
        import pyarrow
        import pyarrow.parquet as parquet

        rows = [(*pair, *astuple(self._known[_key(*pair)])) for pair in self._new]
        columns = dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{time.time_ns():020d}-{os.getpid()}.parquet"
        temporary = path.with_suffix(".tmp")
        parquet.write_table(pyarrow.table(columns), temporary, compression="zstd")
        temporary.replace(path)
        self._new.clear()

    def _read(self) -> None:
        import pyarrow
        import pyarrow.parquet as parquet

        assert self._folder is not None
        for path in sorted(self._folder.glob("*.parquet")):
            try:
                table = parquet.read_table(path, columns=list(_COLUMNS))
            except (pyarrow.ArrowInvalid, OSError):
                path.unlink()  # torn: its pairs are looked at again
                continue
            rows = zip(*(table[name].to_pylist() for name in _COLUMNS), strict=True)
            for a, b, *match in rows:
                self._know(a, b, local.Match(*match))

    def _know(self, a: str, b: str, match: local.Match) -> None:
        self._known[_key(a, b)] = self._alike.setdefault(match, match)


def _key(a: str, b: str) -> bytes:
    """Two digests in 24 bytes: a million pictures have millions of pairs."""
    return bytes.fromhex(a[:24] + b[:24])
