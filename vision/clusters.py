"""Look-alike groups: vectors of all pictures go in, clusters with a label, members and confidence come out.

UMAP to a few dimensions, then HDBSCAN (Campello et al. 2013), with settings that adapt to the corpus's size.
A result with one cluster, or nearly all noise, is degenerate: other settings are tried in turn and, if none
helps, a notice says so. What a cluster is called and identified by is `vision.clusternames`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kg.nouns import Claim, Evidence, Fault, Illustration, Model, Observation, Scope
from vision import captionwords, heads
from vision.clusternames import content_of, name, telling_words
from vision.embeddings import Embeddings
from vision.reduce import umap_of

STAGE = "clusters"
SMALLEST_CORPUS = 12  # pictures; fewer are not grouped


@dataclass(frozen=True)
class ClusterConfig:
    """`min_size` and `neighbours` 0 mean adapted to the corpus's size; `dimensions` is what UMAP reduces to.

    `noise` is the share of pictures in no cluster above which a result counts as degenerate.
    """

    min_size: int = 0
    neighbours: int = 0
    dimensions: int = 5
    noise: float = 0.7
    seed: int = 42


@dataclass(frozen=True, eq=False)
class Clustering:
    """A cluster number [n] per picture (−1: none), how strongly it belongs [n] in 0…1, how it came about."""

    labels: np.ndarray
    strength: np.ndarray
    settings: Mapping[str, Any]
    degenerate: str = ""  # why, "" when it is not


class ClusterEnricher:
    """A claim "cluster" for every picture that belongs to one; its confidence is HDBSCAN's membership
    strength.
    """

    name = "clusters"
    scope: Scope = "corpus"

    def __init__(self, config: ClusterConfig, embeddings: Embeddings) -> None:
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
        if len(seen) < SMALLEST_CORPUS:
            reason = f"{len(seen)} pictures are too few to group ({SMALLEST_CORPUS} are needed)"
            yield Fault(STAGE, "corpus", reason, "notice")
            return
        found = cluster(vectors, self._config)
        if found.degenerate:
            yield Fault(STAGE, "corpus", f"grouping says little: {found.degenerate}", "notice")
        members: dict[int, list[int]] = {}
        for index, label in enumerate(found.labels):
            if label >= 0:
                members.setdefault(int(label), []).append(index)
        ordered = sorted(illustrations, key=lambda i: i.key)
        words, content = telling_words(ordered), content_of(ordered)
        kinds = self._kinds(seen)
        taken: set[str] = set()
        for rows in sorted(members.values(), key=lambda rows: (-len(rows), rows)):
            entity = name([seen[row] for row in rows], [kinds[row] for row in rows], words, content, taken)
            for row in rows:
                strength = round(float(found.strength[row]), 4)
                evidence = Evidence("image", score=strength)
                yield Claim(seen[row].key, "cluster", entity, strength, evidence=(evidence,))

    def _kinds(self, seen: Sequence[Illustration]) -> list[str]:
        """What kind of picture each is most likely, by the model that comes with the program; "" where that
        is for another encoder.
        """
        head = heads.load(heads.shipped("category"))
        if not heads.fits(head, self._embeddings):
            return [""] * len(seen)
        answer = head.probabilities(self._embeddings.matrix(seen)[0])
        fusion = captionwords.for_head(head)
        if fusion is not None:
            cues = [captionwords.find(i.caption, i.language) for i in seen]
            answer = fusion.fuse(answer, [i.caption for i in seen], cues)
        return heads.argmax_labels(answer, head.labels)


def cluster(vectors: np.ndarray, config: ClusterConfig) -> Clustering:
    """Unit vectors [n, d] grouped; tries finer settings while the result is degenerate."""
    n = len(vectors)
    neighbours = config.neighbours or int(np.clip(round(np.sqrt(n) / 2), 5, 30))
    base = config.min_size or int(np.clip(round(n**0.5 / 2.5), 4, 100))
    reduced = umap_of(vectors, min(config.dimensions, n - 2), neighbours, 0.0, config.seed)
    attempts = [(base, "eom"), (base, "leaf"), (max(3, base // 2), "leaf"), (max(3, base // 3), "leaf")]
    best: Clustering | None = None
    for min_size, method in attempts:
        result = _hdbscan(reduced, min_size, method, config.noise, neighbours)
        if not result.degenerate:
            return result
        if best is None or result.labels.max() > best.labels.max():
            best = result
    assert best is not None
    return best


def _hdbscan(points: np.ndarray, min_size: int, method: str, noise: float, neighbours: int) -> Clustering:
    import warnings

    from hdbscan import HDBSCAN

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside its dependencies
        model = HDBSCAN(
            min_cluster_size=min_size,
            min_samples=max(2, min_size // 3),
            cluster_selection_method=method,
            core_dist_n_jobs=1,
        ).fit(points)
    labels = model.labels_
    groups = int(labels.max()) + 1
    outside = float((labels < 0).mean())
    degenerate = ""
    if groups < 2:
        degenerate = f"{groups} cluster{'s' if groups != 1 else ''} for {len(points)} pictures"
    elif outside > noise:
        degenerate = f"{outside:.0%} of {len(points)} pictures are in no cluster"
    elif np.bincount(labels[labels >= 0]).max() > 0.8 * len(points):
        degenerate = (
            f"one cluster holds {np.bincount(labels[labels >= 0]).max() / len(points):.0%} of the pictures"
        )
    settings = {"min_size": min_size, "method": method, "neighbours": neighbours, "noise": round(outside, 4)}
    return Clustering(labels, np.clip(model.probabilities_, 0.0, 1.0), settings, degenerate)
