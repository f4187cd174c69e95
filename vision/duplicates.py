"""One plate twice, one work in two printings: pictures of a corpus go in, pairs with a probability come out.

Candidates are each picture's nearest neighbours by vector. Where that is all there is, two portraits by one
hand pass for one; so the places of their details are compared (`vision.local`), also with one of the two
reversed, as prints after paintings often are. Files with the same bytes need no look.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from kg.nouns import Claim, Entity, Evidence, Fault, Illustration, Model, Observation, Scope
from vision import local
from vision.embeddings import Embeddings
from vision.images import ImageError
from vision.search import nearest

STAGE = "duplicates"
_BLOCK = 512  # pictures whose neighbours are verified at once: bounds memory


@dataclass(frozen=True)
class DuplicateConfig:
    """`neighbours`: how many of the most similar pictures are looked at closely, `likeness`: the least cosine
    of those, `floor`: the least probability of a claim, `mirrored`: try the reversed picture too.
    """

    neighbours: int = 5
    likeness: float = 0.5
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


class DuplicateEnricher:
    """A claim "nearDuplicate" in both directions for every pair that probably shows the same work."""

    name = "duplicates"
    scope: Scope = "corpus"

    def __init__(self, config: DuplicateConfig, embeddings: Embeddings) -> None:
        self._config = config
        self._embeddings = embeddings

    @property
    def config(self) -> Any:
        return self._config

    @property
    def models(self) -> tuple[Model, ...]:
        return (Model(self._embeddings.encoder.spec, self._embeddings.encoder.sha256),)

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        seen, vectors = self._embeddings.seen(illustrations)
        for pair in pairs(seen, vectors, self._config):
            if pair.probability < self._config.floor:
                continue
            here, there = seen[pair.first].key, seen[pair.second].key
            confidence = round(pair.probability, 4)
            evidence = (
                Evidence("image", _said(pair.match), score=confidence),
                Evidence("neighbour", score=round(pair.likeness, 4)),
            )
            for subject, value in ((here, there), (there, here)):
                other = Entity("illustration", value)
                yield Claim(subject, "nearDuplicate", other, confidence, evidence=evidence)


def pairs(seen: Sequence[Illustration], vectors: np.ndarray, config: DuplicateConfig) -> Iterator[Pair]:
    """Candidate pairs with what local geometry says of them, in the order of their rows.

    `vectors` are unit vectors [n, d] of the pictures. A picture whose file has gone since its vector was
    computed is in no pair.
    """
    kept: dict[int, local.Features | None] = {}
    candidates = likely(vectors, config)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 2)) as threads:
        for start in range(0, len(candidates), _BLOCK):
            block = candidates[start : start + _BLOCK]
            wanted = sorted({row for a, b, _ in block if not _same(seen, a, b) for row in (a, b)})
            fresh = [row for row in wanted if row not in kept]
            kept = {row: kept[row] for row in wanted if row in kept}
            kept.update(zip(fresh, threads.map(lambda row: _features(seen[row]), fresh), strict=True))
            work = [(seen, kept.get(a), kept.get(b), a, b, c, config.mirrored) for a, b, c in block]
            yield from (pair for pair in threads.map(lambda w: _compared(*w), work) if pair is not None)


def likely(vectors: np.ndarray, config: DuplicateConfig) -> list[tuple[int, int, float]]:
    """(row, row, cosine) of pictures one of which is among the other's nearest, each pair once, sorted."""
    if len(vectors) < 2:
        return []
    rows, cosines = nearest(vectors, vectors, config.neighbours + 1)
    found = {}
    for here, (near, likeness) in enumerate(zip(rows.tolist(), cosines.tolist(), strict=True)):
        for there, cosine in zip(near, likeness, strict=True):
            if there != here and cosine >= config.likeness:
                found[min(here, there), max(here, there)] = cosine
    return [(a, b, cosine) for (a, b), cosine in sorted(found.items())]


def _same(seen: Sequence[Illustration], a: int, b: int) -> bool:
    return seen[a].image_digest == seen[b].image_digest


def _features(illustration: Illustration) -> local.Features | None:
    try:
        return local.features(illustration.image or "")
    except ImageError:
        return None


def _compared(
    seen: Sequence[Illustration],
    here: local.Features | None,
    there: local.Features | None,
    a: int,
    b: int,
    likeness: float,
    mirrored: bool,
) -> Pair | None:
    if _same(seen, a, b):
        return Pair(a, b, likeness, None)
    if here is None or there is None:
        return None
    return Pair(a, b, likeness, local.best(here, there, mirrored))


def _said(match: local.Match | None) -> str:
    if match is None:
        return "the files are the same"
    turned = ", one of them reversed" if match.mirrored else ""
    return f"{match.agree} of {match.pairs} details lie on each other{turned}"
