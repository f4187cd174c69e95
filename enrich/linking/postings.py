"""Postings: which rows stand under a key, written once, read memory-mapped.

Gathered as columns, not as Python objects: a million names make some five million pairs, which take about a
hundred megabytes so, a gigabyte as a dictionary of sets.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import marisa_trie
import numpy as np
import pyarrow as pa

_CHUNK = 1 << 16


class Postings:
    """Pairs of key and value (unsigned, 32 bits), gathered to be saved."""

    def __init__(self) -> None:
        self._pending: list[str] = []
        self._chunks: list[pa.Array] = []
        self._values = array("I")
        self._distinct: pa.Array | None = None

    def add(self, key: str, value: int) -> None:
        self._pending.append(key)
        self._values.append(value)
        if len(self._pending) == _CHUNK:
            self._flush()

    def _flush(self) -> None:
        self._chunks.append(pa.array(self._pending, pa.large_string()))
        self._pending = []

    def save(self, folder: Path, name: str, rank: Sequence[float] = ()) -> int:
        """Write NAME.marisa (the keys), NAME-start.npy and NAME-rows.npy (the values of each key, those of
        the highest rank first, then by number; each once). `rank` is that of `value >> 4`. Returns the
        number of keys.
        """
        self._flush()
        encoded = pa.concat_arrays(self._chunks).dictionary_encode()
        self._chunks = []
        self._distinct = encoded.dictionary
        trie = marisa_trie.Trie(iter(self))
        trie.save(str(folder / f"{name}.marisa"))
        numbers = np.fromiter((trie[key] for key in self), np.uint32, len(encoded.dictionary))
        number = numbers[encoded.indices.to_numpy()]
        values = np.frombuffer(self._values, np.uint32) if self._values else np.zeros(0, np.uint32)
        columns = [values, number]
        if len(rank):
            columns.insert(1, -np.asarray(rank)[values >> 4])
        order = np.lexsort(columns)
        number, values = number[order], values[order]
        once = np.ones(len(values), bool)
        once[1:] = (number[1:] != number[:-1]) | (values[1:] != values[:-1])
        start = np.zeros(len(trie) + 1, np.uint32)
        start[1:] = np.cumsum(np.bincount(number[once], minlength=len(trie)), dtype=np.uint32)
        np.save(folder / f"{name}-start.npy", start)
        np.save(folder / f"{name}-rows.npy", values[once])
        return len(trie)

    def __iter__(self) -> Iterator[str]:
        """The keys that were saved, each once, in the order they came in."""
        assert self._distinct is not None, "not saved yet"
        for start in range(0, len(self._distinct), _CHUNK):
            yield from self._distinct[start : start + _CHUNK].to_pylist()


class Index:
    """Postings as saved, opened."""

    def __init__(self, folder: Path, name: str) -> None:
        self.trie = marisa_trie.Trie().mmap(str(folder / f"{name}.marisa"))
        self._start = np.load(folder / f"{name}-start.npy", mmap_mode="r").data
        self._rows = np.asarray(np.load(folder / f"{name}-rows.npy", mmap_mode="r"))

    def array(self, key: str, most: int = 1 << 31) -> Any:
        """The values under exactly this key, in order; `most` at most. A view of the file: (n,) uint32."""
        number = self.trie.get(key)
        if number is None:
            return self._rows[:0]
        start = self._start[number]
        return self._rows[start : min(start + most, self._start[number + 1])]

    def at(self, key: str, most: int = 1 << 31) -> list[int]:
        """`array` as a list."""
        values: list[int] = self.array(key, most).tolist()
        return values
