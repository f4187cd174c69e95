"""The topics enricher: what the text around the pictures speaks of, as claims picture → topic.

In go all illustrations of a corpus; passages are collected, parted by language, and each language with
enough of them gets its own topics. Out come claims with probability and evidence (the words of the topic
found beside the picture, with offsets into the field as the corpus has it), and notices that say what was
left out and why.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from enrich.text.embedders import embedder
from enrich.text.language import DEFAULT_LANGUAGES
from enrich.text.passages import Passage, Place, collect
from enrich.text.topics import Parts, Topic, TopicModel, content_lemmas, fit
from enrich.text.words import Word, analyser, merge_genitives, settle_case
from kg.nouns import Claim, Entity, Evidence, Fault, Illustration, Model, Observation, Scope, Text

# Which evidence type of the ontology an illustration's field is.
EVIDENCE_KINDS = {"text_before": "text-before", "text_after": "text-after", "caption": "caption"}


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """How topics are found.

    `embedding`: a spec of `enrich.text.embedders`; the default measured best in German, French and English.
    `clusters`: "kmeans" or "hdbscan" (on UMAP).
    `pipeline`: "auto", "rules" or the name of a spaCy pipeline. `min_words`: shorter paragraphs are left
    out. `min_passages`: a language with fewer passages gets no topics. `min_size`: passages a topic must
    have (0: adapts). `threshold`: topics less probable for a picture are not claimed; `runners_up`: claims
    per picture at most.
    """

    embedding: str = "tfidf-svd"
    clusters: str = "kmeans"
    pipeline: str = "auto"
    languages: tuple[str, ...] = DEFAULT_LANGUAGES
    min_words: int = 12
    min_passages: int = 40
    min_size: int = 0
    seed: int = 42
    threshold: float = 0.15
    runners_up: int = 3


class TopicEnricher:
    """BERTopic over the passages around the pictures, one model per language."""

    name = "topics"
    scope: Scope = "corpus"

    def __init__(self, config: TopicConfig | None = None) -> None:
        self.config = config or TopicConfig()

    @property
    def models(self) -> tuple[Model, ...]:
        from importlib.metadata import version

        return tuple(
            Model(f"{name} {version(name)}") for name in ("bertopic", "umap-learn", "hdbscan", "spacy")
        )

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        config = self.config
        passages, notices = collect(illustrations, min_words=config.min_words, languages=config.languages)
        yield from notices
        groups: dict[str, list[Passage]] = defaultdict(list)
        for passage in passages:
            groups[passage.language].append(passage)
        titles = running_titles(illustrations)
        texts = {illustration.key: illustration for illustration in illustrations}
        for language in sorted(groups):
            yield from self._claims_in(language, groups[language], titles, texts)

    def _claims_in(
        self, language: str, passages: list[Passage], titles: frozenset[str], texts: dict[str, Illustration]
    ) -> Iterator[Claim | Fault]:
        config = self.config
        place = language or "unknown language"
        if len(passages) < config.min_passages:
            few = (
                f"no topics: {len(passages)} passages, fewer than the {config.min_passages} that topics need"
            )
            yield Fault("topics", place, few, "notice")
            return
        words = list(analyser(language, config.pipeline).words(passage.text for passage in passages))
        words = settle_case(merge_genitives(words, language))
        lemmas = [content_lemmas(found, language, titles) for found in words]
        model = fit(
            [passage.text for passage in passages],
            lemmas,
            usual_kinds(words),
            language,
            embedder(config.embedding, config.seed),
            Parts(seed=config.seed, clusters=config.clusters, min_size=config.min_size),
        )
        if model is None:
            one = f"no topics: the {len(passages)} passages do not fall into groups that could be told apart"
            yield Fault("topics", place, one, "notice")
            return
        yield from _picture_claims(model, passages, words, texts, config)


def usual_kinds(words: Sequence[Sequence[Word]]) -> dict[str, str]:
    """The most frequent kind of each lemma."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for found in words:
        for word in found:
            counts[word.lemma][word.kind] += 1
    return {lemma: max(sorted(kinds), key=kinds.__getitem__) for lemma, kinds in counts.items()}


def running_titles(illustrations: Sequence[Illustration]) -> frozenset[str]:
    """Words (lower case) of headings that run through a whole corpus: they are on every page and tell
    nothing.

    A heading runs through when at least 60 % of the pictures of the corpus (and ten of them) stand under it.
    """
    headings = Counter(illustration.heading for illustration in illustrations if illustration.heading)
    words: set[str] = set()
    for heading, count in headings.items():
        if count >= 10 and count >= 0.6 * len(illustrations):
            words.update(word.lower() for word in re.findall(r"[^\W\d_]+", heading))
    return frozenset(words)


def _picture_claims(
    model: TopicModel,
    passages: list[Passage],
    words: list[list[Word]],
    texts: dict[str, Illustration],
    config: TopicConfig,
) -> Iterator[Claim]:
    """For each picture the mean of its passages' probabilities, the nearest paragraphs counting most."""
    beside: dict[str, list[tuple[int, Place]]] = defaultdict(list)
    for index, passage in enumerate(passages):
        for place in passage.places:
            beside[place.illustration].append((index, place))
    entities = [_entity(topic, passages) for topic in model.topics]
    for key in sorted(beside):
        near = sorted(beside[key], key=lambda pair: (pair[1].distance, pair[1].field, pair[1].start))
        weights = np.array([1 / (1 + place.distance) for _, place in near])
        mean = weights @ model.probabilities[[index for index, _ in near]] / weights.sum()
        for number in sorted(range(len(entities)), key=lambda n: (-mean[n], entities[n].id))[
            : config.runners_up
        ]:
            if mean[number] >= config.threshold:
                evidence = _evidence(model.topics[number], number, model, near, words, texts[key])
                confidence = round(float(min(mean[number], 1.0)), 4)
                yield Claim(key, "topic", entities[number], confidence, evidence=evidence)


def _entity(topic: Topic, passages: list[Passage]) -> Entity:
    facts: list[tuple[str, Text | str | int | float | Entity]] = [
        ("word", Text(word, topic.language)) for word, _ in topic.words
    ]
    facts.append(("size", topic.size))
    facts.append(("representativePassage", Text(passages[topic.representative].text, topic.language)))
    return Entity("topic", topic.id, (Text(topic.label, topic.language),), tuple(facts))


def _evidence(
    topic: Topic,
    number: int,
    model: TopicModel,
    near: list[tuple[int, Place]],
    words: list[list[Word]],
    illustration: Illustration,
    most: int = 4,
) -> tuple[Evidence, ...]:
    """The topic's words as printed beside the picture, first the passages that are surest of it."""
    found: list[Evidence] = []
    lemmas = {word for word, _ in topic.words}
    for index, place in sorted(near, key=lambda pair: -model.probabilities[pair[0], number]):
        score = round(float(model.probabilities[index, number]), 4)
        text: str = getattr(illustration, place.field)
        for word in words[index]:
            if word.lemma in lemmas and len(found) < most:
                span = locate(place, word, text)
                if span:
                    lemmas.discard(word.lemma)
                    found.append(Evidence(EVIDENCE_KINDS[place.field], text[slice(*span)], *span, score))
    return tuple(found)


def locate(place: Place, word: Word, text: str) -> tuple[int, int] | None:
    """Where a passage's word stands in the field of this place, None if the place is a cut part without it.

    The passage's text may be longer than what this place shows of it, so the offset is a hint and the word
    is looked for; the span is that of the original, hyphens and long s included.
    """
    cleaned = place.cleaned
    if cleaned.text[word.start : word.end] == word.text:
        start, end = word.start, word.end
    else:
        match = re.search(rf"(?<!\w){re.escape(word.text)}(?!\w)", cleaned.text)
        if match is None:
            return None
        start, end = match.span()
    first, last = cleaned.span(start, end)
    return place.start + first, place.start + last
