"""The descriptors enricher: which concepts of the researchers' thesaurus a picture's caption and text speak
of.

In go illustrations and a thesaurus; out come ranked claims with the words that triggered them. Labels and
words meet as lemmas, so "Altäre" finds "Altar"; a German compound finds what its parts name ("Altarflügel" →
"Flügel", less surely "Altar"). What the caption names counts most, then the paragraphs next to the picture,
then the farther ones. Of a concept and its broader one, only the more specific is claimed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from enrich.text.clean import clean, paragraphs
from enrich.text.compounds import split_compound
from enrich.text.language import DEFAULT_LANGUAGES, base_language, identify
from enrich.text.thesaurus import Concept, Thesaurus, labels_by_language, read_thesaurus
from enrich.text.words import RuleAnalyser, Word, lemmatise
from kg.nouns import Claim, Entity, Evidence, Fault, Illustration, Model, Observation, Scope, Text

# Probability that a concept found in this way belongs to the picture, by where and how it was found.
# Combined as if independent (noisy or), never above 0.97.
WHERE = {"caption": 0.85, "heading": 0.5, "text-after": 0.3, "text-before": 0.3}
_FIELDS = (  # of an illustration, with the type of evidence each is
    *(("caption", "caption"), ("heading", "heading")),
    *(("text_after", "text-after"), ("text_before", "text-before")),
)
FARTHER = 0.5  # a paragraph one farther from the picture counts half
HOW = {"label": 1.0, "alternative": 0.95, "head": 0.7, "modifier": 0.45}
_HIGHEST = 0.97
_EVIDENCE = 4


@dataclass(frozen=True, slots=True)
class DescriptorConfig:
    """`thesaurus`: a SKOS or CSV file ("" = none: nothing is claimed). `threshold`: less probable concepts
    are not claimed; `most`: claims per picture at most; `languages`: tried where the corpus states none."""

    thesaurus: str = ""
    threshold: float = 0.2
    most: int = 10
    languages: tuple[str, ...] = DEFAULT_LANGUAGES


@dataclass(frozen=True, slots=True)
class _Hit:
    concept: str
    how: str
    field: str  # evidence kind
    text: str
    start: int
    end: int
    weight: float
    order: int


class DescriptorEnricher:
    """Matches a thesaurus lexically; without one it has nothing to say."""

    name = "descriptors"
    scope: Scope = "batch"

    def __init__(self, config: DescriptorConfig | None = None, *, thesaurus: Thesaurus | None = None) -> None:
        """`thesaurus` spares reading the configured file. Raises ThesaurusError when the file cannot be
        used."""
        self.config = config or DescriptorConfig()
        if thesaurus is None and self.config.thesaurus:
            thesaurus = read_thesaurus(Path(self.config.thesaurus))
        self.thesaurus = thesaurus

    @property
    def models(self) -> tuple[Model, ...]:
        return (Model("thesaurus", self.thesaurus.sha256),) if self.thesaurus else ()

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        if self.thesaurus is None:
            return
        for illustration in illustrations:
            yield from self._claims_for(illustration, self.thesaurus)

    @cached_property
    def _index(self) -> LabelIndex:
        return LabelIndex(self.thesaurus) if self.thesaurus else LabelIndex(Thesaurus({}, ""))

    def _claims_for(self, illustration: Illustration, thesaurus: Thesaurus) -> Iterator[Claim]:
        hits: dict[str, list[_Hit]] = defaultdict(list)
        for hit in self._hits(illustration):
            hits[hit.concept].append(hit)
        scores = {concept: _combine(found) for concept, found in hits.items()}
        for concept in list(scores):
            narrower = [n for n in scores if concept in thesaurus.ancestors[n]]
            if any(scores[n] >= 0.75 * scores[concept] for n in narrower):
                del scores[concept]
        ranked = sorted(scores, key=lambda c: (-scores[c], c))
        for concept in [c for c in ranked if scores[c] >= self.config.threshold][: self.config.most]:
            best = sorted(hits[concept], key=lambda h: (-h.weight, h.order))[:_EVIDENCE]
            evidence = tuple(Evidence(h.field, h.text, h.start, h.end, round(h.weight, 4)) for h in best)
            yield Claim(
                illustration.key, "descriptor", entity(thesaurus, concept), scores[concept], evidence=evidence
            )

    def _hits(self, illustration: Illustration) -> Iterator[_Hit]:
        stated = base_language(illustration.language)
        for field, kind in _FIELDS:
            text: str = getattr(illustration, field)
            spans = list(paragraphs(text))
            for number, (start, end) in enumerate(spans):
                distance = len(spans) - 1 - number if field == "text_before" else number
                weight = WHERE[kind] * (FARTHER**distance if kind.startswith("text") else 1)
                cleaned = clean(text[start:end], stated)
                code, _ = identify(cleaned.text, self.config.languages, stated)
                for concept, how, first, last in self._index.find(cleaned.text, code):
                    a, b = cleaned.span(first, last)
                    quote = text[start + a : start + b]
                    yield _Hit(
                        concept, how, kind, quote, start + a, start + b, weight * HOW[how], len(cleaned.text)
                    )


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
        keys = [_key(word.text, language) for word in words]
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
            for sequence, concept, _ in index.get(_key(part, "de"), ()):
                if len(sequence) == 1:
                    yield concept, "head" if number == len(parts) - 1 else "modifier", word.start, word.end

    def _labels(self, language: str) -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
        if language not in self._by_language:
            index: dict[str, list[tuple[tuple[str, ...], str, str]]] = defaultdict(list)
            for concept in self._thesaurus.concepts.values():
                for label, how in _labels_for(concept, language):
                    sequence = tuple(_key(w.text, language) for w in _rules(language).parse(label))
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


def _key(word: str, language: str) -> str:
    return lemmatise(word, language).casefold()


def _combine(hits: Sequence[_Hit]) -> float:
    """Noisy or over the places a concept was found in; of the same place the surest way counts."""
    remaining = 1.0
    per_place: dict[tuple[str, int], float] = {}
    for hit in hits:
        place = (hit.field, hit.start)
        per_place[place] = max(per_place.get(place, 0.0), hit.weight)
    for weight in per_place.values():
        remaining *= 1 - weight
    return round(min(1 - remaining, _HIGHEST), 4)


def entity(thesaurus: Thesaurus, concept_id: str, depth: int = 8) -> Entity:
    """A concept as an entity: labels (preferred ones first), its IRI as exactMatch, its broader concepts."""
    concept = thesaurus.concepts[concept_id]
    facts: list[tuple[str, Text | str | int | float | Entity]] = []
    if concept.iri:
        facts.append(("exactMatch", concept.iri))
    if depth:
        facts += (("broader", entity(thesaurus, broader, depth - 1)) for broader in concept.broader)
    return Entity("descriptor", concept.id, (*concept.labels, *concept.alternatives), tuple(facts))
