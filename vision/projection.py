"""The map: vectors of all pictures go in, a place in the unit square for each comes out (UMAP, McInnes et al.
2018).

Seeded and single-threaded, so the same corpus gives the same map. Corpora too small for UMAP are laid out by
principal components.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kg.nouns import Claim, Fault, Illustration, Model, Observation, Scope
from vision.embeddings import Embeddings
from vision.reduce import principal, umap_of


@dataclass(frozen=True)
class ProjectionConfig:
    """UMAP's settings; `neighbours` 0 means adapted to the corpus's size."""

    neighbours: int = 0
    min_dist: float = 0.1
    seed: int = 42


class ProjectionEnricher:
    """Observations mapX and mapY in 0…1 for every illustration that has a vector."""

    name = "projection"
    scope: Scope = "corpus"

    def __init__(self, config: ProjectionConfig, embeddings: Embeddings) -> None:
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
        places = layout(vectors, self._config)
        for illustration, (x, y) in zip(seen, places, strict=True):
            yield Observation(illustration.key, "mapX", round(float(x), 5))
            yield Observation(illustration.key, "mapY", round(float(y), 5))


def layout(vectors: np.ndarray, config: ProjectionConfig) -> np.ndarray:
    """Unit vectors [n, d] to places in the unit square [n, 2]."""
    n = len(vectors)
    if n == 0:
        return np.zeros((0, 2))
    if n < 12:
        flat = principal(vectors, 2)
    else:
        neighbours = config.neighbours or int(np.clip(round(np.sqrt(n)), 5, 30))
        flat = umap_of(vectors, 2, neighbours, config.min_dist, config.seed)
    low, high = flat.min(axis=0), flat.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    return np.where(high > low, (flat - low) / span, 0.5)
