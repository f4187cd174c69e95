"""What the pictures themselves say of the concepts of a thesaurus, where the encoder has a text tower.

In go the vectors of a corpus's pictures, a text tower, a thesaurus, and which concepts the captions name; out
comes, for a picture and a concept, a likelihood ratio. A cosine between picture and words is no probability,
and its scale differs from concept to concept, so two things are learned from the corpus itself: how far a
cosine lies from what is usual for its concept (in standard deviations over all pictures), and what such a
distance is worth (a logistic regression: does the caption name the concept or a reviewer accept it, given the
distance and how often the concept is named?). A tower that has no idea of these pictures gets the weight zero
and says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from enrich.text.thesaurus import Concept, Thesaurus, labels_by_language
from kg.nouns import Illustration

LEAST_PICTURES = 30  # a corpus with fewer does not show what is usual for a concept
LEAST_NAMED = 15  # pairs of picture and concept that captions name; fewer teach nothing
MOST_CONCEPTS = 5000  # of a larger thesaurus only concepts that captions name are looked for in pictures
OUTSTANDING = math.log(4)  # how much a picture must raise the log odds of a concept to name it by itself,
SURE = math.log(0.1 / 0.9)  # and what they must reach
_LABELS = 3  # of a concept in each language
_WORTHLESS = 0.1  # weight of a standard deviation below which the tower is not listened to
_STEP = 256  # labels encoded at once


class Tower(Protocol):
    """The part of an encoder that puts words into the space of pictures."""

    @property
    def spec(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    def encode_words(self, texts: Sequence[str]) -> np.ndarray: ...


class Vectors(Protocol):
    """Vectors of pictures, as `vision.embeddings.Embeddings` keeps them."""

    @property
    def encoder(self) -> Any: ...

    def look(self, illustrations: Sequence[Illustration]) -> tuple[np.ndarray, np.ndarray]: ...


@dataclass(frozen=True)
class Seen:
    """What a picture says of a concept. `cosine` is its likeness to the words, `distance` how many standard
    deviations that is above the usual, `logit` what is added to the log odds of the text, `alone` the
    probability where no text speaks of it.
    """

    cosine: float
    distance: float
    logit: float
    alone: float


@dataclass(frozen=True)
class View:
    """What one picture says of all concepts. `columns` is concept → place in the arrays [c]."""

    columns: Mapping[str, int] = field(repr=False)
    cosines: np.ndarray = field(repr=False)
    distances: np.ndarray = field(repr=False)
    logits: np.ndarray = field(repr=False)
    usual: np.ndarray = field(repr=False)

    def of(self, concept: str) -> Seen | None:
        """What the picture says of a concept; None of one that was not looked for."""
        column = self.columns.get(concept)
        if column is None:
            return None
        logit = float(self.logits[column])
        return Seen(
            float(self.cosines[column]),
            float(self.distances[column]),
            logit - float(self.usual[column]),
            1 / (1 + math.exp(-logit)),
        )

    def outstanding(self, most: int) -> list[str]:
        """The concepts that the picture by itself speaks for, the most probable first."""
        above = np.flatnonzero((self.logits >= SURE) & (self.logits - self.usual >= OUTSTANDING))
        best = set(above[np.argsort(-self.logits[above], kind="stable")[:most]].tolist())
        found = [concept for concept, column in self.columns.items() if column in best]
        return sorted(found, key=lambda c: (-self.logits[self.columns[c]], c))


@dataclass(frozen=True)
class Sight:
    """What was learned from a corpus. `mean` and `spread` are of the cosines of each concept [c];
    `with_sight` and `without` are (intercept, weight of the distance), both beside the concept's frequency.
    """

    columns: Mapping[str, int] = field(repr=False)
    directions: np.ndarray = field(repr=False)  # [c, d], rows of length one
    mean: np.ndarray = field(repr=False)
    spread: np.ndarray = field(repr=False)
    frequency: np.ndarray = field(repr=False)  # log odds of a caption naming the concept [c]
    with_sight: tuple[float, float] = (0.0, 0.0)
    without: tuple[float, float] = (0.0, 0.0)

    def views(self, vectors: np.ndarray) -> list[View]:
        """What pictures say, of their vectors [n, d] of length one."""
        cosines = vectors @ self.directions.T
        distances = (cosines - self.mean) / self.spread
        logits = self.frequency + self.with_sight[0] + self.with_sight[1] * distances
        usual = self.frequency + self.without[0]
        rows = zip(cosines, distances, logits, strict=True)
        return [View(self.columns, *row, usual) for row in rows]


def has_tower(encoder: Any) -> bool:
    """Whether an encoder can look for words in pictures."""
    return hasattr(encoder, "encode_words")


def learn(
    vectors: Vectors,
    illustrations: Sequence[Illustration],
    thesaurus: Thesaurus,
    named: Mapping[str, set[str]],
    rejected: Iterable[tuple[str, str]] = (),
) -> Sight | None:
    """What the pictures of a corpus can say of a thesaurus, None where they can say nothing.

    `named` is illustration key → concepts that its caption names or a reviewer accepted; `rejected` are
    (illustration key, concept) that a reviewer took away. None: the encoder has no text tower, there are too
    few pictures or captions to learn from, or what the tower sees does not go with what captions name.
    """
    if not has_tower(vectors.encoder):
        return None
    matrix, mask = vectors.look(illustrations)
    pictures = [i for i, has in zip(illustrations, mask, strict=True) if has]
    matrix = matrix[mask]
    if len(pictures) < LEAST_PICTURES:
        return None
    spoken = _with_broader(set().union(*named.values()), thesaurus)
    concepts = tuple(c for c in thesaurus.concepts if len(thesaurus.concepts) <= MOST_CONCEPTS or c in spoken)
    if not concepts:
        return None
    directions = _directions(vectors.encoder, [thesaurus.concepts[c] for c in concepts])
    cosines = matrix @ directions.T
    mean, spread = cosines.mean(axis=0), np.maximum(cosines.std(axis=0), 1e-6)
    told = [row for row, i in enumerate(pictures) if i.caption or named.get(i.key)]
    # A picture of a church is one of a building.
    spoken_of = [_with_broader(named.get(pictures[row].key, set()), thesaurus) for row in told]
    truth = np.array([[c in own for c in concepts] for own in spoken_of], dtype=bool)
    if not told or truth.sum() < LEAST_NAMED:
        return None
    times = truth.sum(axis=0)
    share = (times + 0.5) / (len(told) + 1.0)
    frequency = np.log(share / (1 - share))
    distances = ((cosines - mean) / spread)[told]
    weight = np.ones_like(distances)
    columns = {concept: place for place, concept in enumerate(concepts)}
    row_of = {pictures[row].key: place for place, row in enumerate(told)}
    for key, concept in rejected:
        if key in row_of and concept in columns:
            truth[row_of[key], columns[concept]] = False
            weight[row_of[key], columns[concept]] = 3.0
    used = times > 0  # a concept that no caption names teaches nothing
    offset = np.broadcast_to(frequency, truth.shape)
    with_sight = _fitted(distances[:, used], offset[:, used], truth[:, used], weight[:, used])
    without = _fitted(np.zeros_like(distances[:, used]), offset[:, used], truth[:, used], weight[:, used])
    if with_sight[1] < _WORTHLESS:
        return None
    return Sight(columns, directions, mean, spread, frequency, with_sight, without)


def _with_broader(concepts: set[str], thesaurus: Thesaurus) -> set[str]:
    return concepts.union(*(thesaurus.ancestors.get(c, frozenset()) for c in concepts))


def _fitted(
    values: np.ndarray, offset: np.ndarray, truth: np.ndarray, weight: np.ndarray
) -> tuple[float, float]:
    """(intercept, weight of `values`) of a logistic regression with a fixed offset, by Newton's method; a
    faint pull towards zero keeps what separates perfectly finite.
    """
    columns = np.stack([np.ones(values.size), values.ravel()], axis=1)
    fixed, wanted, weights = offset.ravel(), truth.ravel().astype(float), weight.ravel()
    found = np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-(fixed + columns @ found)))
        slope = columns.T @ (weights * (wanted - chance)) - found
        curve = (columns * (weights * chance * (1 - chance))[:, None]).T @ columns + np.eye(2)
        step = np.linalg.solve(curve, slope)
        found = found + step
        if np.abs(step).max() < 1e-8:
            break
    return float(found[0]), float(found[1])


def _directions(tower: Tower, concepts: Sequence[Concept]) -> np.ndarray:
    """One direction per concept [c, d]: the mean over its labels in their languages, within sentences."""
    from vision.openclip import TEMPLATES

    texts: list[str] = []
    owners: list[int] = []
    for number, concept in enumerate(concepts):
        for language, labels in labels_by_language(concept).items():
            for label in labels[:_LABELS]:
                sentences = [t.format(label) for t in TEMPLATES.get(language, ("{}",))]
                texts += sentences
                owners += [number] * len(sentences)
    encoded = np.concatenate(
        [tower.encode_words(texts[start : start + _STEP]) for start in range(0, len(texts), _STEP)]
    )
    sums = np.zeros((len(concepts), encoded.shape[1]), np.float64)
    np.add.at(sums, owners, encoded)
    directions: np.ndarray = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(
        np.float32
    )
    return directions
