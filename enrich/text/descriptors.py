"""The descriptors enricher: which concepts of the researchers' thesaurus a picture's caption and text speak
of.

In go illustrations and a thesaurus; out come ranked claims with the words that triggered them. Labels and
words meet as lemmas, so "Altäre" finds "Altar"; a German compound finds what its parts name ("Altarflügel" →
"Flügel", less surely "Altar"). What the caption names is taken at its word; what only the text around names
is as probable as a regression says that was learned from real books (`enrich.text.calibration`). Of a concept
and its broader one, only the more specific is claimed. Pairs of concept and word that reviewers rejected
count for less. Where the encoder has a text tower, the picture itself speaks too (`enrich.text.sight`): it
raises or lowers what the text around says, and names what no text names.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from enrich.text.calibration import AROUND, Hit, content_words, features, weights
from enrich.text.clean import clean, paragraphs
from enrich.text.labels import LabelIndex, Spellings
from enrich.text.language import DEFAULT_LANGUAGES, base_language, identify
from enrich.text.sight import Seen, Sight, Vectors, View, learn
from enrich.text.thesaurus import Thesaurus, open_thesaurus
from kg.nouns import Claim, Entity, Evidence, Fault, Illustration, Model, Observation, Scope, Text

# Probability that a concept the caption names in this way is what the picture shows, by judgement; what the
# text names is calibrated.
CAPTION = 0.85
HOW = {"label": 1.0, "alternative": 0.95, "head": 0.7, "modifier": 0.45}
FARTHER = 0.5  # a paragraph one farther from the picture counts half
_FIELDS = (  # of an illustration, with the type of evidence each is
    *(("caption", "caption"), ("heading", "heading")),
    *(("text_after", "text-after"), ("text_before", "text-before")),
)
_HIGHEST = 0.97
_EVIDENCE = 4
_SWAY = 3.0  # log odds by which a picture may raise or lower what the text says
_UNSAID = 3  # concepts per picture that it alone speaks for
_TRUST = 2.0  # verdicts of a pair of concept and word that weigh as much as what was believed before


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer said of a descriptor of a picture."""

    illustration: Illustration
    concept: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class DescriptorConfig:
    """`thesaurus`: a SKOS or CSV file, or "iconclass:" with or without a notation ("iconclass:71"); "" =
    none: nothing is claimed. `threshold`: less probable concepts
    are not claimed; `most`: claims per picture at most; `languages`: tried where the corpus states none;
    `sight`: whether pictures are asked too, where the encoder has a text tower."""

    thesaurus: str = ""
    threshold: float = 0.03
    most: int = 10
    languages: tuple[str, ...] = DEFAULT_LANGUAGES
    sight: bool = True


class DescriptorEnricher:
    """Matches a thesaurus lexically; without one it has nothing to say."""

    name = "descriptors"
    scope: Scope = "batch"

    def __init__(
        self,
        config: DescriptorConfig | None = None,
        *,
        thesaurus: Thesaurus | None = None,
        verdicts: Sequence[Verdict] = (),
        sight: tuple[Vectors, Sequence[Illustration]] | None = None,
    ) -> None:
        """`thesaurus` spares reading the configured one; `verdicts` are what reviewers said of descriptors;
        `sight` are the vectors of the pictures of a corpus, from which is learned what they say.
        Raises ThesaurusError when the thesaurus cannot be used."""
        self.config = config or DescriptorConfig()
        if thesaurus is None and self.config.thesaurus:
            thesaurus = open_thesaurus(self.config.thesaurus)
        self.thesaurus = thesaurus
        self._verdicts = verdicts
        self._pictures = sight if self.config.sight else None
        self._spellings = lru_cache(maxsize=16)(self._make_spellings)

    @property
    def models(self) -> tuple[Model, ...]:
        if self.thesaurus is None:
            return ()
        models = (Model("thesaurus", self.thesaurus.sha256), Model("legenda-descriptors", weights().sha256))
        if self._pictures is None or self._sight is None:
            return models
        encoder = self._pictures[0].encoder
        return (*models, Model(encoder.spec, encoder.sha256))

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        if self.thesaurus is None:
            return
        seen = self._seen(illustrations)
        for illustration in illustrations:
            yield from self._claims_for(illustration, self.thesaurus, seen.get(illustration.key))

    @cached_property
    def _sight(self) -> Sight | None:
        if self._pictures is None or self.thesaurus is None:
            return None
        vectors, illustrations = self._pictures
        named = {
            i.key: {h.concept for h in self._found(i, captions=True) if h.strength > HOW["modifier"]}
            for i in illustrations
        }
        rejected = []
        for verdict in self._verdicts:
            if verdict.accepted:
                named.setdefault(verdict.illustration.key, set()).add(verdict.concept)
            else:
                rejected.append((verdict.illustration.key, verdict.concept))
        return learn(vectors, illustrations, self.thesaurus, named, rejected)

    def _seen(self, illustrations: Sequence[Illustration]) -> dict[str, View]:
        if self._pictures is None or self._sight is None:
            return {}
        matrix, mask = self._pictures[0].look(illustrations)
        answers = self._sight.views(matrix)
        return {i.key: seen for i, seen, has in zip(illustrations, answers, mask, strict=True) if has}

    @cached_property
    def _index(self) -> LabelIndex:
        return LabelIndex(self.thesaurus) if self.thesaurus else LabelIndex(Thesaurus({}, ""))

    def _make_spellings(self, language: str) -> Spellings:
        return Spellings(self.thesaurus or Thesaurus({}, ""), language)

    @cached_property
    def _learned(self) -> dict[tuple[str, str], float]:
        """By concept and word (small letters), what part of its strength a hit keeps after the reviews."""
        counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for verdict in self._verdicts:
            words = {
                hit.text.lower()
                for hit in self._found(verdict.illustration)
                if hit.concept == verdict.concept
            }
            for word in words:
                counts[verdict.concept, word][verdict.accepted] += 1
        return {
            pair: (accepted + _TRUST) / (accepted + rejected + _TRUST)
            for pair, (rejected, accepted) in counts.items()
            if rejected
        }

    def _claims_for(
        self, illustration: Illustration, thesaurus: Thesaurus, view: View | None
    ) -> Iterator[Claim]:
        hits: dict[str, list[Hit]] = defaultdict(list)
        for hit in self.hits(illustration):
            hits[hit.concept].append(hit)
        like = self.likeness(illustration)
        scores = {
            concept: score(found, like.get(concept, 0.0), illustration, view.of(concept) if view else None)
            for concept, found in hits.items()
        }
        if view is not None:
            scores |= {c: p for c, p in _by_sight(view).items() if c not in hits}
        for concept in list(scores):
            narrower = [n for n in scores if concept in thesaurus.ancestors[n]]
            if any(scores[n] >= 0.75 * scores[concept] for n in narrower):
                del scores[concept]
        ranked = sorted(scores, key=lambda c: (-scores[c], c))
        for concept in [c for c in ranked if scores[c] >= self.config.threshold][: self.config.most]:
            best = sorted(hits[concept], key=_weight)[:_EVIDENCE]
            evidence = tuple(Evidence(h.field, h.text, h.start, h.end, round(h.strength, 4)) for h in best)
            if view and (said := view.of(concept)) is not None and (not best or said.logit > 0):
                evidence += (Evidence("image", score=round(said.cosine, 4)),)
            yield Claim(
                illustration.key, "descriptor", entity(thesaurus, concept), scores[concept], evidence=evidence
            )

    def hits(self, illustration: Illustration) -> Iterator[Hit]:
        """Every place where a concept is named, weighed by what reviewers said of concept and word."""
        for hit in self._found(illustration):
            factor = self._learned.get((hit.concept, hit.text.lower()), 1.0) if self._verdicts else 1.0
            yield hit if factor == 1.0 else replace(hit, strength=hit.strength * factor)

    def _found(self, illustration: Illustration, captions: bool = False) -> Iterator[Hit]:
        """Every place in the texts of an illustration, or in its caption only."""
        stated = base_language(illustration.language)
        for field, kind in _FIELDS[:1] if captions else _FIELDS:
            text: str = getattr(illustration, field)
            spans = list(paragraphs(text))
            for number, (start, end) in enumerate(spans):
                distance = len(spans) - 1 - number if field == "text_before" else number
                far = FARTHER**distance if kind.startswith("text") else 1.0
                cleaned = clean(text[start:end], stated)
                code, _ = identify(cleaned.text, self.config.languages, stated)
                for concept, how, first, last in self._index.find(cleaned.text, code):
                    a, b = cleaned.span(first, last)
                    near = cleaned.text[max(0, first - AROUND) : last + AROUND]
                    quote = text[start + a : start + b]
                    yield Hit(concept, how, kind, quote, start + a, start + b, far * HOW[how], near)

    def likeness(
        self, illustration: Illustration, masked: Sequence[tuple[int, int]] = ()
    ) -> Mapping[str, float]:
        """By concept, how like the caption's words are to its labels; `masked` spans are not read."""
        language = base_language(illustration.language)
        found: dict[str, float] = {}
        for start, end, word in content_words(illustration.caption, language):
            if any(start < last and end > first for first, last in masked):
                continue
            for concept, value in self._spellings(language).like(word).items():
                found[concept] = max(value, found.get(concept, 0.0))
        return found


def score(hits: Sequence[Hit], like: float, illustration: Illustration, seen: Seen | None = None) -> float:
    """How probable a concept is: what the caption says, and beside it what text around and picture say."""
    doubt = 1.0
    for span in {(h.start, h.end) for h in hits if h.field == "caption"}:
        own = max(h.strength for h in hits if h.field == "caption" and (h.start, h.end) == span)
        doubt *= 1 - CAPTION * own
    around = [h for h in hits if h.field != "caption"]
    if around:
        chance = weights().probability(features(around, like, illustration))
        if seen is not None:
            odds = chance / (1 - chance) * math.exp(max(-_SWAY, min(_SWAY, seen.logit)))
            chance = odds / (1 + odds)
        doubt *= 1 - chance
    return round(min(1 - doubt, _HIGHEST), 4)


def _by_sight(view: View) -> dict[str, float]:
    """The concepts that a picture shows although no text names them, with their probabilities."""
    shown = {concept: view.of(concept) for concept in view.outstanding(_UNSAID)}
    return {concept: round(min(seen.alone, _HIGHEST), 4) for concept, seen in shown.items() if seen}


def _weight(hit: Hit) -> tuple[float, int, int]:
    return -hit.strength * (2 if hit.field == "caption" else 1), len(hit.near), hit.start


def entity(thesaurus: Thesaurus, concept_id: str, depth: int = 8) -> Entity:
    """A concept as an entity: labels (preferred ones first), its IRI as exactMatch, its broader concepts."""
    concept = thesaurus.concepts[concept_id]
    facts: list[tuple[str, Text | str | int | float | Entity]] = []
    if concept.iri:
        facts.append(("exactMatch", concept.iri))
    if depth:
        facts += (("broader", entity(thesaurus, broader, depth - 1)) for broader in concept.broader)
    return Entity("descriptor", concept.id, (*concept.labels, *concept.alternatives), tuple(facts))
