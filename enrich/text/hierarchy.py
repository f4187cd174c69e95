"""Broader topics, and names for topics: what lies above a set of topics, and what to call them.

In go the word weights of topics (class TF-IDF); out come groups of topics that share words, each with words
and a label of its own, for `skos:broader`. Labels are made of nouns, names and of noun phrases that the
topic's passages print again and again ("stained glass", "Heilige Familie").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from enrich.text.words import Word

LABEL_KINDS = frozenset({"noun", "name"})
_FEWEST = 6  # topics below which there is nothing to group
_STRANGERS = 0.97  # cosine distance of topics that have next to no word in common
_REPEATED = 3  # times a phrase is printed in a topic's passages at least
_SHARE = 0.03  # of the topic's passages that have the phrase
_OWN = 0.3  # share of a phrase's occurrences that lie in the topic

Phrases = Mapping[str, Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Broader:
    """A group of topics: its words with their weights, its label, and which topics it holds."""

    id: str
    label: str
    words: tuple[tuple[str, float], ...]
    size: int
    members: tuple[int, ...]


def groups(weights: NDArray[np.float64]) -> list[tuple[int, ...]]:
    """Topics that belong together, as tuples of their rows; topics that stand alone are left out.

    Average linkage on the cosine distance of their word weights, cut where about the square root of their
    number remains, so that the tree is of use to a reader.
    """
    count = weights.shape[0]
    if count < _FEWEST:
        return []
    from scipy.cluster.hierarchy import fcluster, linkage

    tree: Any = linkage(weights, method="average", metric="cosine")
    wanted = max(2, round(count**0.5))
    # Below the join that would leave fewer groups, and never so high that topics without a common word meet.
    height = min(float(tree[-(wanted - 1), 2]), _STRANGERS)
    labels = fcluster(tree, t=np.nextafter(height, 0), criterion="distance")
    found: dict[int, list[int]] = {}
    for row, label in enumerate(labels.tolist()):
        found.setdefault(label, []).append(row)
    return sorted(tuple(rows) for rows in found.values() if 2 <= len(rows) < count)


def phrases(passages: Sequence[Sequence[Word]], usable: Sequence[frozenset[str]]) -> dict[str, Counter[int]]:
    """How often each noun phrase (an adjective and a noun, two nouns, two names side by side) is printed, by
    passage. `usable` holds the lemmas of each passage that may be part of one."""
    found: dict[str, Counter[int]] = {}
    for number, words in enumerate(passages):
        for one, two in pairwise(words):
            if (
                two.start == one.end + 1
                and two.kind in LABEL_KINDS
                and one.kind in ("adjective", "noun", "name")
                and one.lemma in usable[number]
                and two.lemma in usable[number]
                and one.lemma.lower() != two.lemma.lower()
                # A German adjective is printed in whatever case the sentence wants: "schönen Bild".
                and one.text[0].isupper() == two.text[0].isupper()
            ):
                second = two.lemma if two.text == f"{two.lemma}s" and two.lemma[0].isupper() else two.text
                found.setdefault(f"{one.text} {second}", Counter())[number] += 1
    return found


def label(
    words: Sequence[tuple[str, float]],
    kinds: Mapping[str, str],
    never: frozenset[str] = frozenset(),
    printed: Sequence[str] = (),
) -> str:
    """ "Altar, Flügel, Heilige Familie": the three strongest nouns and names, each as a phrase of `printed`
    where it is part of one, filled with other words where there are fewer; `never` (lower case) is left out.
    """
    usable = [word for word, _ in words if word.lower() not in never]
    named = [word for word in usable if kinds.get(word) in LABEL_KINDS]
    capital = [word for word in named if word[0].isupper()]
    if len(capital) >= max(3, 0.7 * len(named)):  # German: a noun has a capital
        named = capital
    chosen: list[str] = []
    for word in [*named, *(w for w in usable if w not in named)]:
        low = word.lower()
        if any(low in entry.lower().split() for entry in chosen):
            continue
        phrase = next((p for p in printed if low in p.lower().split()), "")
        chosen.append(phrase if phrase and not never & set(phrase.lower().split()) else word)
        if len(chosen) == 3:
            break
    return ", ".join(chosen)


def printed_phrases(found: Phrases, topic_of: NDArray[np.int64], topic: int, size: int) -> list[str]:
    """The phrases that a topic's passages print again and again and the others do not, most frequent
    first."""
    counts: dict[str, int] = {}
    for phrase, by_passage in found.items():
        inside = [number for number in by_passage if topic_of[number] == topic]
        if len(inside) >= max(_REPEATED, _SHARE * size) and len(inside) >= _OWN * len(by_passage):
            counts[phrase] = len(inside)
    return sorted(counts, key=lambda phrase: (-counts[phrase], phrase))
