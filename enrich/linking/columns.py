"""Single values out of an Arrow record batch, without making Python objects of the rest.

In goes a column of a memory-mapped batch; out come small readers whose `[i]` costs well under a microsecond
and touches only the bytes of that value. Columns hold no nulls.
"""

from __future__ import annotations

from typing import Any, Literal

import pyarrow as pa


def _view(buffer: pa.Buffer | None, code: Literal["B", "i", "q"], start: int = 0) -> memoryview:
    """The buffer as numbers of a type (`struct` code), from the `start`th on."""
    if buffer is None or not buffer.size:
        return memoryview(bytes(8)).cast(code)
    whole = memoryview(buffer).cast("B")
    size = memoryview(bytes(8)).cast(code).itemsize
    return whole[: len(whole) // size * size].cast(code)[start:]


class Texts:
    """A column of strings; the bytes of the `i`th are `bytes[bounds[i] : bounds[i + 1]]`."""

    __slots__ = ("bounds", "bytes")

    def __init__(self, array: Any) -> None:
        _, bounds, text = array.buffers()
        self.bounds = _view(bounds, "i", array.offset)
        self.bytes = _view(text, "B")

    def __getitem__(self, i: int) -> str:
        return str(self.bytes[self.bounds[i] : self.bounds[i + 1]], "utf-8")


class Numbers:
    """A column of 64-bit integers."""

    __slots__ = ("_values",)

    def __init__(self, array: Any) -> None:
        self._values = _view(array.buffers()[1], "q", array.offset)

    def __getitem__(self, i: int) -> int:
        return int(self._values[i])


class Flags:
    """A column of truth values (a bit each)."""

    __slots__ = ("_bits", "_offset")

    def __init__(self, array: Any) -> None:
        self._bits = _view(array.buffers()[1], "B")
        self._offset = array.offset

    def __getitem__(self, i: int) -> bool:
        i += self._offset
        return bool(self._bits[i >> 3] >> (i & 7) & 1)


class Bounds:
    """Where the list of each row lies in the column of all the lists' values: from `bounds[i]` to
    `bounds[i + 1]`.
    """

    __slots__ = ("bounds",)

    def __init__(self, array: Any) -> None:
        self.bounds = _view(array.buffers()[1], "i", array.offset)

    def __getitem__(self, i: int) -> range:
        return range(self.bounds[i], self.bounds[i + 1])
