"""Which pictures of a whole store look most like each one, as the pipeline saw them last.

In: digests of pictures, the rows of each one's nearest and how near they are. Out:
`STORE/media/alike-KEY.npy`, one table sorted by digest, written whole and renamed into place; asked for one
picture it reads a few rows, however large the store is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

NEAREST = 16  # pictures kept of each one
_ROW = np.dtype([("digest", "S64"), ("nearest", "<i4", (NEAREST,)), ("likeness", "<f2", (NEAREST,))])


class Likeness:
    """The table, mapped from its file: whoever has it open goes on reading it while a new one is written."""

    def __init__(self, table: np.ndarray) -> None:
        self._table = table

    def of(self, digest: str) -> list[tuple[str, float]]:
        """The pictures that look most like one, by digest, each with its likeness (a cosine), the nearest
        first; none for one that was not there then.
        """
        wanted = digest.encode()
        low, high = 0, len(self._table)
        while low < high:
            middle = (low + high) // 2
            if self._table[middle]["digest"] < wanted:
                low = middle + 1
            else:
                high = middle
        if low == len(self._table) or self._table[low]["digest"] != wanted:
            return []
        row = self._table[low]
        near = zip(row["nearest"].tolist(), row["likeness"].tolist(), strict=True)
        return [(self._table[place]["digest"].decode(), likeness) for place, likeness in near if place >= 0]


def keep(store_dir: Path | str, key: str, digests: Sequence[str], rows: np.ndarray, near: np.ndarray) -> None:
    """Keep, of pictures by their sorted digests, the rows [n, k] of the nearest others and their likeness
    [n, k], the nearest first (row −1: there are no more); `key` names what they were computed from.
    """
    table = np.zeros(len(digests), _ROW)
    table["digest"], table["nearest"] = digests, -1
    count = min(NEAREST, rows.shape[1])
    table["nearest"][:, :count], table["likeness"][:, :count] = rows[:, :count], near[:, :count]
    file = _file(store_dir, key)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    with temporary.open("wb") as out:
        np.save(out, table)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(file)
    for other in file.parent.glob("alike-*.npy"):
        if other != file:
            other.unlink(missing_ok=True)


def kept(store_dir: Path | str, key: str) -> bool:
    """Whether the table was computed from what `key` names."""
    return _file(store_dir, key).exists()


def opened(store_dir: Path | str) -> Likeness | None:
    """The table of a store; None when there is none that can be read."""
    for file in sorted((Path(store_dir) / "media").glob("alike-*.npy")):
        try:
            table = np.load(file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            continue  # replaced since, or torn: the next run writes it anew
        if table.dtype == _ROW:
            return Likeness(table)
    return None


def _file(store_dir: Path | str, key: str) -> Path:
    return Path(store_dir) / "media" / f"alike-{key[:16]}.npy"
