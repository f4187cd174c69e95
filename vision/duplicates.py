"""One plate twice, one work in two printings: pictures of a corpus go in, pairs with a probability come out.

Candidates are each picture's nearest neighbours by whitened vectors (`telling`): what all pictures of a
corpus have in common counts little there, what sets one apart counts much. Where that is all there is, two
portraits by one hand pass for one; so the places of their details are compared (`vision.local`), also with
one of the two reversed, as prints after paintings often are. Files with the same bytes need no look. What was
seen of two pictures is kept by their contents, so that a picture more costs what it costs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np

from kg.nouns import Claim, Entity, Evidence, Fault, Illustration, Observation, probability
from vision import local
from vision.corpuswide import CorpusEnricher
from vision.embeddings import Embeddings
from vision.images import ImageError
from vision.pairs import Seen
from vision.search import LARGE, nearest

STAGE = "duplicates"
_BLOCK = 512  # pairs that are looked at closely at once
_REMEMBERED = 8000  # pictures whose points are held, those asked for last: 0.5 GB
_SHRUNK = 0.3  # how much of the mean variance is added to each direction's before it is made one
_LEARNT_FROM = 10_000  # pictures that directions are learnt from at most
_WIDEST = 512  # directions that are kept
_AT_ONCE = 4096  # vectors read at once


@dataclass(frozen=True)
class DuplicateConfig:
    """`neighbours`: how many of the most similar pictures are looked at closely, `likeness`: the least cosine
    of those (of whitened vectors: about 0 for two that have nothing in common; −1: any), `floor`: the least
    probability of a claim, `mirrored`: try the reversed picture too.
    """

    neighbours: int = 5
    likeness: float = -1.0
    floor: float = 0.2
    mirrored: bool = True


@dataclass(frozen=True)
class Pair:
    """Rows of two pictures (`first` < `second`), the cosine of their vectors, what their details have in
    common (None: the files are the same).
    """

    first: int
    second: int
    likeness: float
    match: local.Match | None

    @property
    def probability(self) -> float:
        return 1.0 if self.match is None else self.match.probability


@dataclass(frozen=True, eq=False)
class Candidates:
    """Pairs to look at closely: rows of pictures [p, 2], the first below the second, sorted, and the cosines
    [p] of their vectors.
    """

    rows: np.ndarray
    likeness: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def blocks(self, size: int) -> Iterator[list[tuple[int, int, float]]]:
        """(row, row, cosine), so many at a time."""
        for start in range(0, len(self), size):
            some = slice(start, start + size)
            pairs = zip(self.rows[some].tolist(), self.likeness[some].tolist(), strict=True)
            yield [(a, b, cosine) for (a, b), cosine in pairs]


class DuplicateEnricher(CorpusEnricher[DuplicateConfig]):
    """A claim "nearDuplicate" in both directions for every pair that probably shows the same work."""

    name = STAGE

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        seen = self.seen(illustrations)
        before = Seen(self.kept, self.config.mirrored)
        for pair in pairs(seen, telling(self.embeddings, seen), self.config, before):
            if pair.probability < self.config.floor:
                continue
            here, there = seen[pair.first].key, seen[pair.second].key
            confidence = 1.0 if pair.match is None else probability(pair.probability)
            evidence = (
                Evidence("image", _said(pair.match), score=confidence),
                Evidence("neighbour", score=round(pair.likeness, 4)),
            )
            for subject, value in ((here, there), (there, here)):
                other = Entity("illustration", value)
                yield Claim(subject, "nearDuplicate", other, confidence, evidence=evidence)


def telling(embeddings: Embeddings, seen: Sequence[Illustration]) -> np.ndarray:
    """Unit vectors [n, d] in which what is usual in this corpus counts little: signed roots of the vectors
    (Arandjelović & Zisserman 2012), whitened with shrunk variances (Jégou & Chum 2012). Of half precision
    where there are very many: a million take 1 GB.
    """
    rows = np.linspace(0, len(seen) - 1, min(len(seen), _LEARNT_FROM)).astype(np.int64)
    some = embeddings.look([seen[row] for row in rows.tolist()])[0]
    if not len(some):
        return _rooted(some)
    usual = Usual.of(some)
    del some
    found = np.empty((len(seen), usual.white.shape[1]), np.float16 if len(seen) >= LARGE else np.float32)
    for start in range(0, len(seen), _AT_ONCE):
        block = slice(start, start + _AT_ONCE)
        found[block] = usual.without(embeddings.look(seen[block])[0])
    return found


@dataclass(frozen=True, eq=False)
class Usual:
    """What is usual in a corpus: the mean [d] of its vectors' signed roots, and the directions [d, e] in
    which they vary, each divided by how much.
    """

    mean: np.ndarray
    white: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray) -> Usual:
        """Learnt from vectors [n, d] of pictures, at least one."""
        some = _rooted(vectors)
        mean = some.mean(axis=0)
        spread = (some - mean).T @ (some - mean) / len(some)
        variances, axes = np.linalg.eigh(spread.astype(np.float64))
        least = _SHRUNK * max(float(variances.mean()), 1e-12)
        white = (axes / np.sqrt(np.maximum(variances, 0.0) + least))[:, -_WIDEST:].astype(np.float32)
        return cls(mean, white)

    def without(self, vectors: np.ndarray) -> np.ndarray:
        """Unit vectors [n, e] of pictures' vectors [n, d] in which what is usual counts little."""
        told = (_rooted(vectors) - self.mean) @ self.white
        return np.asarray(told / np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-9), np.float32)


def _rooted(vectors: np.ndarray) -> np.ndarray:
    rooted = np.sign(vectors) * np.sqrt(np.abs(vectors))
    return np.asarray(rooted / np.maximum(np.linalg.norm(rooted, axis=1, keepdims=True), 1e-9), np.float32)


def pairs(
    seen: Sequence[Illustration], vectors: np.ndarray, config: DuplicateConfig, before: Seen | None = None
) -> Iterator[Pair]:
    """Candidate pairs with what local geometry says of them, in the order of their rows.

    `vectors` are unit vectors [n, d] of the pictures. `before` is what was seen of pairs in earlier runs;
    what is seen now is added. A picture whose file has gone since its vector was computed is in no new pair.
    """
    before = before or Seen(None, config.mirrored)
    points: dict[int, local.Features | None] = {}
    candidates = likely(vectors, config)
    with before, ThreadPoolExecutor(min(8, os.cpu_count() or 2)) as threads:
        for block in candidates.blocks(_BLOCK):
            new = [
                (a, b) for a, b, _ in block if not _same(seen, a, b) and before.of(seen[a], seen[b]) is None
            ]
            wanted = sorted({row for pair in new for row in pair})
            fresh = [row for row in wanted if row not in points]
            points |= {row: points.pop(row) for row in wanted if row in points}  # to the end
            points.update(zip(fresh, threads.map(lambda row: _features(seen[row]), fresh), strict=True))
            for row in list(islice(points, max(0, len(points) - _REMEMBERED))):
                del points[row]
            asked = [(a, b, points[a], points[b]) for a, b in new]
            found = threads.map(lambda w: _compared(w[2], w[3], config.mirrored), asked)
            for (a, b, _, _), match in zip(asked, found, strict=True):
                if match is not None:
                    before.add(seen[a], seen[b], match)
            for a, b, likeness in block:
                match = None if _same(seen, a, b) else before.of(seen[a], seen[b])
                if match is not None or _same(seen, a, b):
                    yield Pair(a, b, likeness, match)


def likely(vectors: np.ndarray, config: DuplicateConfig) -> Candidates:
    """The pictures one of which is among the other's nearest, each pair once, sorted."""
    n = len(vectors)
    if n < 2:
        return Candidates(np.zeros((0, 2), np.int64), np.zeros(0, np.float32))
    rows, cosines = nearest(vectors, vectors, config.neighbours + 1)
    here = np.broadcast_to(np.arange(n)[:, None], rows.shape)
    wanted = (rows != here) & (rows >= 0) & (cosines >= config.likeness)
    first, second = np.minimum(here, rows)[wanted], np.maximum(here, rows)[wanted]
    pair, at = np.unique(first * n + second, return_index=True)
    return Candidates(np.stack(np.divmod(pair, n), axis=1), cosines[wanted][at])


def _same(seen: Sequence[Illustration], a: int, b: int) -> bool:
    return seen[a].image_digest == seen[b].image_digest


def _features(illustration: Illustration) -> local.Features | None:
    try:
        return local.features(illustration.image or "")
    except ImageError:
        return None


def _compared(
    here: local.Features | None, there: local.Features | None, mirrored: bool
) -> local.Match | None:
    return None if here is None or there is None else local.best(here, there, mirrored)


def _said(match: local.Match | None) -> str:
    if match is None:
        return "the files are the same"
    turned = ", one of them reversed" if match.mirrored else ""
    return f"{match.agree} of {match.pairs} details lie on each other{turned}"
