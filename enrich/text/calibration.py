"""How probable a concept is that only the text around a picture names: a small regression, learned once.

In go the places where a concept was found; out comes a probability. The weights in `data/descriptors.json`
were learned on real books from pictures whose caption names a concept, with that word masked
(`benchmarks/text_descriptors.py --write`): what else speaks for the concept, and how often it does so without
the caption naming it. A caption that is silent about a concept need not mean that the picture does not show
it, so the probabilities are on the low side.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from enrich.text.stopwords import stop_words
from enrich.text.words import lemmatise
from kg.nouns import Illustration

AROUND = 300  # characters to either side of a hit in which other words of the caption are looked for
FEATURES = ("often", "heading", "caption_words", "same_number", "spelling")
FILE = Path(__file__).parent / "data" / "descriptors.json"
_CONTENT = re.compile(r"[^\W\d_]{4,}")
_NUMBER = re.compile(r"(?:fig|abb|figure|plate|taf|nr|no)[a-z]*\.?\s*(\d+)", re.IGNORECASE)
_CHAPTER = re.compile(r"chapter|kapitel|chapitre|capitolo", re.IGNORECASE)
_MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a concept is named."""

    concept: str
    how: str
    field: str  # evidence kind
    text: str
    start: int
    end: int
    strength: float  # how it was found, how far from the picture, and what reviewers said of it
    near: str  # the words around it


@dataclass(frozen=True)
class Weights:
    """The regression: a weight per feature and the intercept."""

    weights: Mapping[str, float]
    intercept: float
    sha256: str

    def probability(self, values: Mapping[str, float]) -> float:
        """0 to 1."""
        total = self.intercept + sum(self.weights[name] * value for name, value in values.items())
        return 1 / (1 + math.exp(-total))


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The shipped weights."""
    raw = FILE.read_bytes()
    kept = json.loads(raw)
    return Weights(kept["weights"], kept["intercept"], hashlib.sha256(raw).hexdigest())


def features(hits: Sequence[Hit], like: float, illustration: Illustration) -> dict[str, float]:
    """What speaks for a concept outside the caption. `hits` are those in heading and text, `like` how like a
    word of the caption is to one of the concept's labels."""
    text = [hit for hit in hits if hit.field.startswith("text")]
    # A chapter's heading stands over many pictures; one that is the picture's own speaks of it.
    headings = [hit.strength for hit in hits if hit.field == "heading"]
    heading = 0.0 if _CHAPTER.search(illustration.heading) else max(headings, default=0.0)
    caption, numbers = _caption(illustration.caption, illustration.language)
    shared = 0
    same = False
    for hit in text:
        same = same or bool(numbers & set(_NUMBER.findall(hit.near)))
        if caption and shared < _MOST_WORDS:
            around = {lemma for _, _, lemma in _lemmas(hit.near, illustration.language)}
            shared = max(shared, min(_MOST_WORDS, len((caption & around) - _own(hit, illustration.language))))
    return {
        "often": math.log1p(sum(hit.strength for hit in text)),
        "heading": heading,
        "caption_words": float(shared),
        "same_number": float(same),
        "spelling": like,
    }


def content_words(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """The words of four letters and more that are no stop words, with their spans."""
    stops = stop_words(language)
    for match in _CONTENT.finditer(text):
        if match.group().lower() not in stops:
            yield match.start(), match.end(), match.group()


@lru_cache(maxsize=4096)
def _lemmas(text: str, language: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((a, b, lemmatise(word, language).lower()) for a, b, word in content_words(text, language))


@lru_cache(maxsize=4096)
def _caption(caption: str, language: str) -> tuple[frozenset[str], frozenset[str]]:
    """The lemmas of a caption and the numbers of its picture."""
    return frozenset(lemma for _, _, lemma in _lemmas(caption, language)), frozenset(_NUMBER.findall(caption))


def _own(hit: Hit, language: str) -> set[str]:
    """The lemmas of the hit itself, which say nothing about what stands around it."""
    return {lemmatise(word, language).lower() for word in hit.text.split()}
