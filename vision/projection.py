"""The map: vectors of all pictures go in, a place in the unit square for each comes out (UMAP, McInnes et al.
2018).

Seeded and single-threaded, so the same corpus gives the same map. Once laid out a map stays: pictures added
later are placed among those that look most like them, and none of the others moves (`vision.kept`). Corpora
too small for UMAP are laid out by principal components.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kg.nouns import Claim, Fault, Illustration, Observation
from vision import kept
from vision.corpuswide import CorpusEnricher
from vision.embeddings import Embeddings
from vision.reduce import umap_of

STAGE = "projection"
SMALLEST = 12  # pictures that UMAP can lay out


@dataclass(frozen=True)
class ProjectionConfig:
    """UMAP's settings; `neighbours` 0 means adapted to the corpus's size. `renew`: the share of new pictures
    (or of vanished ones) above which the map is laid out anew; `fresh`: lay it out anew in any case.
    """

    neighbours: int = 0
    min_dist: float = 0.1
    seed: int = 42
    renew: float = 0.5
    fresh: bool = False


class ProjectionEnricher(CorpusEnricher[ProjectionConfig]):
    """Observations mapX and mapY in 0…1 for every illustration that has a vector."""

    name = STAGE

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        seen = self.seen(illustrations)
        pictures = kept.digests_of(seen)
        places, fault = placed(self.embeddings, pictures, self.config, self.kept)
        if fault:
            yield Fault(STAGE, "corpus", fault, "notice")
        rows = np.searchsorted(pictures, np.array([i.image_digest for i in seen], "S64"))
        for illustration, (x, y) in zip(seen, places[rows], strict=True):
            yield Observation(illustration.key, "mapX", round(float(x), 5))
            yield Observation(illustration.key, "mapY", round(float(y), 5))


def placed(
    embeddings: Embeddings, pictures: np.ndarray, config: ProjectionConfig, path: Path | None = None
) -> tuple[np.ndarray, str]:
    """Places [n, 2] of pictures (digests, S64, sorted) that have vectors, and what is wrong with the map kept
    at `path` ("" nothing). A map that was laid out is kept there.
    """
    fault = ""
    map_: kept.Arrangement | None = None
    try:
        map_ = None if config.fresh else kept.load(path)
    except kept.ArrangementError as error:
        fault = f"the map that was kept is laid out anew: {error}"
    if not kept.standing(map_, embeddings.encoder.key, pictures, config.renew):
        map_ = kept.fitted_to(embeddings, pictures) if len(pictures) else None
        if map_ is None:
            return np.zeros((0, 2)), fault
        places = layout(map_.points, config).astype(np.float32)
        map_ = replace(map_, values={"places": places})
        if path is not None and len(pictures) >= SMALLEST:
            kept.save(path, map_)
    assert map_ is not None
    rows = map_.rows_of(pictures)
    found = map_.values["places"][rows].astype(np.float64)
    new = np.flatnonzero(rows < 0)
    points = kept.points_of(embeddings, map_.space, pictures[new])
    near, weights, _ = kept.voters(map_.points, points, min(kept.VOTERS, len(map_.points)))
    weights /= weights.sum(axis=1, keepdims=True)
    found[new] = (map_.values["places"][near] * weights[:, :, None]).sum(axis=1)
    return found, fault


def layout(points: np.ndarray, config: ProjectionConfig) -> np.ndarray:
    """Points [n, components], widest component first, to places in the unit square [n, 2]."""
    n = len(points)
    if n < SMALLEST or points.shape[1] < 2:
        flat = np.zeros((n, 2))
        flat[:, : min(2, points.shape[1])] = points[:, :2]
    else:
        neighbours = config.neighbours or int(np.clip(round(np.sqrt(n)), 5, 30))
        flat = umap_of(points, 2, neighbours, config.min_dist, config.seed)
    low, high = (flat.min(axis=0), flat.max(axis=0)) if n else (np.zeros(2), np.zeros(2))
    span = np.where(high > low, high - low, 1.0)
    return np.where(high > low, (flat - low) / span, 0.5)
