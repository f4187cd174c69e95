"""Where the labels of a thesaurus stand in a text: as lemmas, as parts of German compounds, nearly so spelt.

In go texts and a thesaurus; out come concept, how it was found, and the span. `Spellings` finds words that
are spelt nearly as a label is (letters in groups of three to five, weighed by TF-IDF): "Crucifix" beside
"Kruzifix", "Madonnen-", a misread letter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from enrich.text.compounds import split_compound
from enrich.text.thesaurus import Concept, Thesaurus, labels_by_language
from enrich.text.words import RuleAnalyser, Word, lemmatise

_LEAST = 0.3  # likeness below which two spellings have nothing in common


class LabelIndex:
    """Finds the labels of a thesaurus in a text. Labels of the text's language and those without one are
    looked for; a concept that has none of these is looked for by all it has."""

    def __init__(self, thesaurus: Thesaurus) -> None:
        self._thesaurus = thesaurus
        self._by_language: dict[str, dict[str, list[tuple[tuple[str, ...], str, str]]]] = {}

    def find(self, text: str, language: str) -> Iterator[tuple[str, str, int, int]]:
        """(concept id, how, start, end) of each match, the longest at each place; a concept once per
        place."""
        index = self._labels(language)
        if not index:
            return
        words = _rules(language).parse(text)
        keys = [key_of(word.text, language) for word in words]
        taken = -1
        for i, word in enumerate(words):
            if i <= taken:
                continue
            length = 0
            for sequence, concept, how in index.get(keys[i], ()):
                if len(sequence) < length:
                    break  # sequences are sorted longest first
                if tuple(keys[i : i + len(sequence)]) == sequence:
                    length = len(sequence)
                    yield concept, how, word.start, words[i + length - 1].end
            if length:
                taken = i + length - 1
            elif language == "de" and word.text[0].isupper() and len(word.text) > 6:
                yield from self._in_compound(word, index)

    def _in_compound(
        self, word: Word, index: Mapping[str, list[tuple[tuple[str, ...], str, str]]]
    ) -> Iterator[tuple[str, str, int, int]]:
        parts = split_compound(word.text)
        if len(parts) < 2:
            return
        for number, part in enumerate(parts):
            for sequence, concept, _ in index.get(key_of(part, "de"), ()):
                if len(sequence) == 1:
                    yield concept, "head" if number == len(parts) - 1 else "modifier", word.start, word.end

    def _labels(self, language: str) -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
        if language not in self._by_language:
            index: dict[str, list[tuple[tuple[str, ...], str, str]]] = defaultdict(list)
            for concept in self._thesaurus.concepts.values():
                for label, how in _labels_for(concept, language):
                    sequence = tuple(key_of(w.text, language) for w in _rules(language).parse(label))
                    if sequence and (sequence, concept.id) not in {(s, c) for s, c, _ in index[sequence[0]]}:
                        index[sequence[0]].append((sequence, concept.id, how))
            for entries in index.values():
                entries.sort(key=lambda entry: (-len(entry[0]), entry))
            self._by_language[language] = dict(index)
        return self._by_language[language]


def _labels_for(concept: Concept, language: str) -> Iterator[tuple[str, str]]:
    preferred = {text.value for text in concept.labels}
    by_language = labels_by_language(concept)
    own = [*by_language.get(language, ()), *by_language.get("", ())]
    for label in own or [label for labels in by_language.values() for label in labels]:
        yield label, "label" if label in preferred else "alternative"


@lru_cache(maxsize=32)
def _rules(language: str) -> RuleAnalyser:
    return RuleAnalyser(language)


def key_of(word: str, language: str) -> str:
    """What a word is compared by."""
    return lemmatise(word, language).casefold()


class Spellings:
    """How like the words of a caption are to the labels of each concept, 0 to 1."""

    def __init__(self, thesaurus: Thesaurus, language: str) -> None:
        self._concepts: list[str] = []
        spellings: list[str] = []
        for concept in thesaurus.concepts.values():
            for label, _ in _labels_for(concept, language):
                self._concepts.append(concept.id)
                spellings.append(label.casefold())
        self._vectorizer: Any = None
        if spellings:
            from sklearn.feature_extraction.text import TfidfVectorizer

            try:
                self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5))
                self._labels = self._vectorizer.fit_transform(spellings)
            except ValueError:  # labels of one letter have no groups of three
                self._vectorizer = None
        self._like = lru_cache(maxsize=50_000)(self._compare)

    def like(self, word: str) -> Mapping[str, float]:
        """The concepts with a label spelt like this word, and how like it is."""
        return self._like(word.casefold())

    def _compare(self, word: str) -> dict[str, float]:
        if self._vectorizer is None:
            return {}
        found: dict[str, float] = {}
        likeness = (self._vectorizer.transform([word]) @ self._labels.T).tocoo()
        for column, value in zip(likeness.col.tolist(), likeness.data.tolist(), strict=True):
            if value > max(_LEAST, found.get(self._concepts[column], 0.0)):
                found[self._concepts[column]] = float(value)
        return found
