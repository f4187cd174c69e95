"""Knowing a work by sight: reproductions of known works go in, and for a picture which of them it repeats.

The index is a folder of pictures named by their item (Q12418.jpg, "Q12418 Mona Lisa.png") or a CSV with the
columns `file` (relative to the CSV) and `qid`; Wikidata's P18 images or plates of other books will do. The
nearest by vector, in which what is usual in the index counts little, are only candidates: the places of their
details decide (`vision.local`), so that two portraits by one hand do not pass for one. Vectors are computed
once per process.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

NEAREST = 6  # reproductions looked at closely
LIKENESS = 0.0  # the least cosine of those: about 0 for two pictures that have nothing in common
LEAST = 0.2  # the least probability worth telling
BATCH = 32
_QID = re.compile(r"Q[1-9]\d*(?!\d)")
_PICTURES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp"}


class SightError(ValueError):
    """An index that cannot be used: no such folder or table, no column, no picture named by an item."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A known work that a picture repeats: its item number, how probably, by which file, how many details."""

    item: int
    probability: float
    file: str
    agree: int


def reproductions(spec: Path) -> list[tuple[Path, int]]:
    """(picture, item number) of an index, in its order; raises SightError.

    A row or file without an item, and a picture that is not there, are left out.
    """
    if spec.is_dir():
        found = [(p, _QID.match(p.name)) for p in sorted(spec.iterdir()) if p.suffix.lower() in _PICTURES]
        pairs = [(p, int(m[0][1:])) for p, m in found if m]
    else:
        try:
            with spec.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                if not {"file", "qid"} <= set(reader.fieldnames or ()):
                    raise SightError(f"{spec}: no columns file and qid")
                rows = [(spec.parent / (r["file"] or ""), _QID.fullmatch(r["qid"] or "")) for r in reader]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise SightError(f"{spec}: cannot be read: {error}") from None
        pairs = [(p, int(m[0][1:])) for p, m in rows if m and p.is_file()]
    if not pairs:
        raise SightError(f"{spec}: holds no picture of a known item (Q….jpg, or a CSV with file,qid)")
    return pairs


class SightIndex:
    """Reproductions of known works, searchable by picture. `encoder` names the picture encoder."""

    def __init__(self, spec: Path | str, encoder: str = "packaged:efficientnet-lite0") -> None:
        from vision.encoders import load

        self.works = reproductions(Path(spec))
        self._encoder = load(encoder)
        vectors = dict(self._vectors([file for file, _ in self.works]))
        self.works = [work for i, work in enumerate(self.works) if i in vectors]
        if not self.works:
            raise SightError(f"{spec}: none of its pictures can be read")
        from vision.duplicates import Usual

        matrix = np.stack([vectors[i] for i in sorted(vectors)])
        self._usual = Usual.of(matrix)
        self._matrix = self._usual.without(matrix)
        self._points = lru_cache(maxsize=4096)(_points)

    def find(self, pictures: Sequence[Path | str]) -> list[tuple[Seen, ...]]:
        """Per picture the works it repeats, the likeliest first; none for one that cannot be read."""
        from vision.search import nearest

        vectors = dict(self._vectors(pictures))
        rows = sorted(vectors)
        out: list[tuple[Seen, ...]] = [() for _ in pictures]
        if not rows:
            return out
        asked_of = self._usual.without(np.stack([vectors[r] for r in rows]))
        near, cosines = nearest(self._matrix, asked_of, NEAREST)
        with ThreadPoolExecutor(min(8, os.cpu_count() or 2)) as threads:
            asked = [
                (pictures[r], [int(w) for w, c in zip(ws, cs, strict=True) if c >= LIKENESS])
                for r, ws, cs in zip(rows, near, cosines, strict=True)
            ]
            for row, seen in zip(rows, threads.map(lambda a: self._verified(*a), asked), strict=True):
                out[row] = seen
        return out

    def _verified(self, picture: Path | str, candidates: Sequence[int]) -> tuple[Seen, ...]:
        from vision import local

        best: dict[int, Seen] = {}
        own = _points(picture) if candidates else None
        for number in candidates:
            file, item = self.works[number]
            other = self._points(file)
            if own is None or other is None:
                continue
            match = local.best(own, other)
            before = best.get(item)
            if match.probability >= LEAST and (before is None or before.probability < match.probability):
                best[item] = Seen(item, round(match.probability, 4), file.name, match.agree)
        return tuple(sorted(best.values(), key=lambda s: (-s.probability, s.item)))

    def _vectors(self, pictures: Sequence[Path | str]) -> Iterator[tuple[int, np.ndarray]]:
        """(number, vector) of each picture that can be read."""
        with ThreadPoolExecutor(min(8, os.cpu_count() or 2)) as threads:
            for start in range(0, len(pictures), BATCH):
                part = range(start, min(start + BATCH, len(pictures)))
                prepared = list(threads.map(lambda n: self._prepared(pictures[n]), part))
                good = [(n, p) for n, p in zip(part, prepared, strict=True) if p is not None]
                if not good:
                    continue
                encoded = self._encoder.encode([p for _, p in good])[:, self._encoder.look]
                yield from zip([number for number, _ in good], encoded.astype(np.float32), strict=True)

    def _prepared(self, picture: Path | str) -> Any:
        from vision.images import ImageError, open_image

        try:
            return self._encoder.prepare(open_image(picture, self._encoder.side))
        except ImageError:
            return None


def _points(picture: Path | str) -> Any:
    from vision import local
    from vision.images import ImageError

    try:
        return local.features(picture)
    except ImageError:
        return None


def told(seen: Iterable[Seen]) -> tuple[tuple[int, float], ...]:
    """What the linker is told of what was seen: (item number, probability)."""
    return tuple((s.item, s.probability) for s in seen)
