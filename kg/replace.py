"""Making the content of a graph be exactly some N-Triples, at a cost that follows the change.

In: what the graph holds now and what it shall hold, as files of N-Triples. Out: two files, lines to remove
and lines to add. Both inputs are dealt into buckets by a hash of the subject and compared bucket by bucket,
so that memory does not grow with the graph, and equal lines never touch the store (deleting from Oxigraph
costs several times more than loading, and a re-run after adding one per cent of images changes about one per
cent of its graph).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

#: Lines per bucket that are compared in memory at once, about.
_BUCKET_LINES = 100_000


@dataclass(frozen=True, slots=True)
class Difference:
    """Files of N-Triples lines to remove and to add, and how many lines each has."""

    removed: Path
    added: Path
    removals: int
    additions: int


def spool(blocks: Iterable[str], file: Path) -> int:
    """Write blocks of N-Triples lines to a file; returns its size in bytes."""
    with file.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as out:
        out.writelines(blocks)
        return out.tell()


def blocks_of(file: Path, lines: int) -> Iterator[str]:
    """The file in blocks of at most so many lines."""
    block: list[str] = []
    with file.open(encoding="utf-8", newline="\n") as source:
        for line in source:
            block.append(line)
            if len(block) == lines:
                yield "".join(block)
                block = []
    if block:
        yield "".join(block)


def difference(
    old: Path, new: Path, folder: Path, keep: Callable[[str, set[str]], bool] | None = None
) -> Difference:
    """Compare two files of N-Triples, using `folder` for temporary files.

    `keep(line, new subjects of its bucket)` can hold back a line that would be removed.
    """
    size = old.stat().st_size + new.stat().st_size
    buckets = max(1, min(256, size // (_BUCKET_LINES * 120)))
    dealt = [_deal(file, folder, name, buckets) for file, name in ((old, "old"), (new, "new"))]
    removed, added = folder / "removed.nt", folder / "added.nt"
    removals = additions = 0
    with removed.open("wb") as minus, added.open("wb") as plus:
        for before, after in zip(*dealt, strict=True):
            had, has = set(before.open("rb")), set(after.open("rb"))
            gone = sorted(had - has)
            if keep is not None and gone:
                subjects = {line.partition(b" ")[0].decode() for line in has}
                gone = [line for line in gone if not keep(line.decode(), subjects)]
            come = sorted(has - had)
            minus.writelines(gone)
            plus.writelines(come)
            removals += len(gone)
            additions += len(come)
            before.unlink()
            after.unlink()
    return Difference(removed, added, removals, additions)


def _deal(file: Path, folder: Path, name: str, buckets: int) -> list[Path]:
    """Bytes, not text: nothing here needs the characters, and decoding them costs as much as the rest."""
    paths = [folder / f"{name}-{number}.nt" for number in range(buckets)]
    with ExitStack() as stack:
        outs = [stack.enter_context(path.open("wb")) for path in paths]
        with file.open("rb") as source:
            if buckets == 1:
                outs[0].writelines(source)
            else:
                writes, crc32 = [out.write for out in outs], zlib.crc32
                for line in source:
                    writes[crc32(line[: line.index(b" ")]) % buckets](line)
    return paths
