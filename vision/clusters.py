"""Look-alike groups: vectors of all pictures go in, clusters with a label, members and confidence come out.

UMAP to a few dimensions, then HDBSCAN (Campello et al. 2013), with settings that adapt to the corpus's size.
A result with one cluster, or nearly all noise, is degenerate: other settings are tried in turn and, if none
helps, a notice says so. What a cluster is called comes from its members' captions and kinds; what it is
*identified* by comes from its members' contents, so that the same pictures are the same cluster in every run,
whatever their order.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kg.nouns import Claim, Entity, Evidence, Fault, Illustration, Model, Observation, Scope, Text
from vision.embeddings import Embeddings
from vision.reduce import umap_of

STAGE = "clusters"
SMALLEST_CORPUS = 12  # pictures; fewer are not grouped
WORDS = re.compile(r"[^\W\d_]{4,}")
# Words of captions that say nothing about the picture: function words, "plate", photographers' houses.
EMPTY_WORDS = frozenset(Path(__file__).with_name("empty_words.txt").read_text(encoding="utf-8").split())


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
        ordered = sorted(illustrations, key=lambda i: i.key)
        vectors, mask = self._embeddings.look(ordered)
        seen = [i for i, has in zip(ordered, mask, strict=True) if has]
        if len(seen) < SMALLEST_CORPUS:
            reason = f"{len(seen)} pictures are too few to group ({SMALLEST_CORPUS} are needed)"
            yield Fault(STAGE, "corpus", reason, "notice")
            return
        found = cluster(vectors[mask], self._config)
        if found.degenerate:
            yield Fault(STAGE, "corpus", f"grouping says little: {found.degenerate}", "notice")
        members: dict[int, list[int]] = {}
        for index, label in enumerate(found.labels):
            if label >= 0:
                members.setdefault(int(label), []).append(index)
        background = Counter(word for i in seen for word in words_of(i))
        taken: Counter[str] = Counter()
        for _, rows in sorted(members.items()):
            entity = describe([seen[row] for row in rows], background, len(seen), taken)
            for row in rows:
                strength = round(float(found.strength[row]), 4)
                evidence = Evidence("image", score=strength)
                yield Claim(seen[row].key, "cluster", entity, strength, evidence=(evidence,))


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


def describe(
    members: Sequence[Illustration], background: Counter[str], total: int, taken: Counter[str]
) -> Entity:
    """The cluster's entity: id from its members' contents, label from the words their captions share.

    Words are ranked by how much more of the members use them than of all pictures do; a cluster without such
    words is named by the sources it comes from. `taken` counts labels already given, so that no two are
    alike.
    """
    digests = sorted({m.image_digest or m.key for m in members})
    identity = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:12]
    inside = Counter(word for m in members for word in words_of(m))
    score = {
        word: count / len(members) * np.log((1 + total) / (1 + background[word]) * (count / len(members)) + 1)
        for word, count in inside.items()
        if count >= max(2, 0.08 * len(members))
    }
    words = [word for word, _ in sorted(score.items(), key=lambda item: (-item[1], item[0]))[:3]]
    forms = Counter(form for m in members for form in WORDS.findall(m.caption))
    shown = [max((f for f in forms if f.lower() == w), key=lambda f: (forms[f], f), default=w) for w in words]
    label = ", ".join(shown)
    if not label:
        sources = Counter(m.source for m in members).most_common(2)
        label = "look-alikes in " + " and ".join(source for source, _ in sources)
    taken[label] += 1
    if taken[label] > 1:
        label = f"{label} ({taken[label]})"
    facts: tuple[tuple[str, str | int], ...] = (("size", len(members)), *(("word", word) for word in shown))
    return Entity("cluster", identity, (Text(label),), facts)


def words_of(illustration: Illustration) -> set[str]:
    """The telling words of a caption, lower case."""
    return {word.lower() for word in WORDS.findall(illustration.caption)} - EMPTY_WORDS


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
