"""The works of an artist by the words of their titles, and how alike two titles are.

In goes a gazetteer; out come shelves, each artist's read once. A catalogued title is there whole and by the
parts it joins ("Symphony in White, No. 1: The White Girl").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from enrich.linking.folding import word_list
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.records import ARTWORK
from enrich.linking.titles import title_words

_GENERIC = word_list("generic_titles")


@dataclass(frozen=True)
class _Shelf:
    """An artist's works, by the words of their titles."""

    titles: tuple[tuple[int, frozenset[str], str], ...]  # row, words, title
    by_word: dict[str, tuple[int, ...]]
    by_head: dict[str, tuple[str, ...]]  # the words by their first two letters


_EMPTY = _Shelf((), {}, {})
_JOINT = re.compile(
    r"\s*[:;(\[]\s*|[)\]]\s*|\s[–—-]\s|,? (?:or|oder|ou|called|known as|also called|genannt|dite?|gen\.) "
)


@lru_cache(maxsize=1 << 16)
def title_parts(title: str) -> tuple[tuple[frozenset[str], str], ...]:
    """Titles inside a catalogued one, with their words: subtitles, other names, what stands in brackets.

    >>> [sorted(words) for words, _ in title_parts("Symphony in White, No. 1: The White Girl")][-1]
    ['girl', 'white']
    """
    parts = [p.strip(" ,.") for p in _JOINT.split(title) if p.strip(" ,.")]
    if len(parts) < 2:
        return ()
    found = [frozenset(title_words(p)) for p in parts if any(c.isalpha() for c in p)]
    return tuple((words, title) for words in found if len(words) > 1 or not words & _GENERIC)


class Shelves:
    """Works of artists, read once per artist and gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self.of = lru_cache(maxsize=4096)(self._of)
        self.near = lru_cache(maxsize=1 << 16)(self._near)
        self.weight = lru_cache(maxsize=1 << 17)(gazetteer.weight)
        self.total = lru_cache(maxsize=1 << 16)(self._total)

    def _total(self, words: frozenset[str]) -> float:
        """How telling the words of a title are together."""
        return sum([self.weight(word) for word in words])

    def _near(self, item: int, word: str) -> tuple[int, ...]:
        """Titles of an artist's works with a word almost like this one."""
        shelf = self.of(item)
        near = [other for other in shelf.by_head.get(word[:2], ()) if _alike(word, other)]
        return tuple({n for other in near for n in shelf.by_word[other]})

    def _of(self, item: int) -> _Shelf:
        rows = self.gazetteer.works_of(item)
        if not rows:
            return _EMPTY
        entries: list[tuple[int, frozenset[str], str]] = []
        by_word: dict[str, list[int]] = {}
        for row in rows:
            entry = self.gazetteer.entry(row)
            if entry.kind != ARTWORK:
                continue
            inside = [part for _, title in entry.titles for part in title_parts(title)]
            for words, title in (*entry.titles, *inside):
                for word in words:
                    by_word.setdefault(word, []).append(len(entries))
                entries.append((row, words, title))
        by_head: dict[str, tuple[str, ...]] = {}
        for word in by_word:
            by_head[word[:2]] = (*by_head.get(word[:2], ()), word)
        return _Shelf(tuple(entries), {w: tuple(v) for w, v in by_word.items()}, by_head)


def likeness(printed: Sequence[str], catalogued: frozenset[str], weight: Shelves) -> tuple[float, float]:
    """(share of the catalogued title met in print, share of the printed title met), weighted by how telling
    words are.
    """
    w = weight.weight
    met_print = met_title = total_print = 0.0
    for word in printed:
        telling = w(word)
        total_print += telling
        if word in catalogued:
            met_print += telling
            met_title += telling
        elif len(word) > 4:
            head = word[:2]
            for c in catalogued:
                if c[:2] == head and len(c) > 4 and c not in printed and _alike(word, c):
                    met_print += 0.85 * telling
                    met_title += 0.85 * w(c)
                    break
    total_title = weight.total(catalogued)
    return (met_title / total_title if total_title else 0.0, met_print / total_print if total_print else 0.0)


@lru_cache(maxsize=1 << 17)
def _alike(a: str, b: str) -> bool:
    return a[:2] == b[:2] and OSA.normalized_similarity(a, b) >= 0.75
