"""The topics enricher: what the text around the pictures speaks of, as claims picture → topic.

In go all illustrations of a corpus; passages are collected, parted by language, and each language with
enough of them gets its own topics. Out come claims with probability and evidence (the words of the topic
found beside the picture, with offsets into the field as the corpus has it), and notices that say what was
left out and why.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from enrich.text.embedders import embedder
from enrich.text.hierarchy import Broader, phrases
from enrich.text.language import DEFAULT_LANGUAGES
from enrich.text.passages import Passage, Place, collect
from enrich.text.topicfile import SavedTopics, load, save, told_apart
from enrich.text.topics import Parts, Topic, content_lemmas, fit
from enrich.text.words import Word, analyser, merge_genitives, settle_case
from kg.nouns import (
    Claim,
    Entity,
    Evidence,
    Fault,
    Illustration,
    Model,
    Observation,
    Scope,
    Text,
    probability,
)

Fact = tuple[str, Text | str | int | float | Entity]
TYPICAL_PICTURES = 3

# Which evidence type of the ontology an illustration's field is.
EVIDENCE_KINDS = {"text_before": "text-before", "text_after": "text-after", "caption": "caption"}


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """How topics are found.

    `embedding`: a spec of `enrich.text.embedders`; the default measured best in German, French and English.
    `clusters`: "kmeans" or "hdbscan" (on UMAP). `model`: a file of topics that an earlier run kept, applied
    instead of looking for topics ("" = look).
    `pipeline`: "auto", "rules" or the name of a spaCy pipeline. `min_words`: shorter paragraphs are left
    out. `min_passages`: a language with fewer passages gets no topics. `min_size`: passages a topic must
    have (0: adapts). `threshold`: topics less probable for a picture are not claimed; `runners_up`: claims
    per picture at most.
    """

    embedding: str = "tfidf-svd"
    clusters: str = "kmeans"
    model: str = ""
    pipeline: str = "auto"
    languages: tuple[str, ...] = DEFAULT_LANGUAGES
    min_words: int = 12
    min_passages: int = 40
    min_size: int = 0
    seed: int = 42
    threshold: float = 0.15
    runners_up: int = 3


class TopicEnricher:
    """BERTopic over the passages around the pictures, one model per language; or the topics of a file."""

    name = "topics"
    scope: Scope = "corpus"

    def __init__(self, config: TopicConfig | None = None, *, folder: Path | None = None) -> None:
        """`folder` is where the topics that are found are kept, as `topics.safetensors`. Raises
        TopicFileError when the configured file cannot be applied."""
        self.config = config or TopicConfig()
        self._folder = folder
        self._given = load(Path(self.config.model)) if self.config.model else None

    @property
    def models(self) -> tuple[Model, ...]:
        from importlib.metadata import version

        if self.config.model:
            digest = hashlib.sha256(Path(self.config.model).read_bytes()).hexdigest()
            return (Model(f"topics {Path(self.config.model).name}", digest),)
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
        texts = {illustration.key: illustration for illustration in illustrations}
        found: list[SavedTopics] = []
        for language in sorted(groups):
            own = groups[language]
            words = list(analyser(language, config.pipeline).words(passage.text for passage in own))
            words = settle_case(merge_genitives(words, language))
            if self._given is not None:
                answer = self._applied(language, own, words, illustrations)
            else:
                answer = self._looked_for(language, own, words, illustrations)
            if isinstance(answer, Fault):
                yield answer
                continue
            model, probabilities = answer
            found.append(model)
            outside = len(own) - sum(topic.size for topic in model.topics)
            if self._given is None and outside > 0:
                none = f"{outside} of {len(own)} passages speak of nothing that a topic gathers"
                yield Fault("topics", language or "unknown language", none, "notice")
            yield from _picture_claims(model, probabilities, own, words, texts, config)
        if self._folder is not None and self._given is None and found:
            save(self._folder / "topics.safetensors", found)

    def _looked_for(
        self,
        language: str,
        passages: list[Passage],
        words: list[list[Word]],
        illustrations: Sequence[Illustration],
    ) -> tuple[SavedTopics, NDArray[np.float64]] | Fault:
        """The topics of the passages of one language, or why there are none."""
        config = self.config
        place = language or "unknown language"
        if len(passages) < config.min_passages:
            few = (
                f"no topics: {len(passages)} passages, fewer than the {config.min_passages} that topics need"
            )
            return Fault("topics", place, few, "notice")
        everywhere = running_titles(illustrations)
        lemmas = [content_lemmas(found, language, everywhere) for found in words]
        titles = running_titles_by_source(illustrations)
        nothing: frozenset[str] = frozenset()
        tool = embedder(config.embedding, config.seed)
        model = fit(
            [passage.text for passage in passages],
            lemmas,
            usual_kinds(words),
            language,
            tool,
            Parts(seed=config.seed, clusters=config.clusters, min_size=config.min_size),
            phrases(words, [frozenset(found) for found in lemmas]),
            [titles.get(passage.places[0].illustration.partition("/")[0], nothing) for passage in passages],
        )
        if model is None:
            one = f"no topics: the {len(passages)} passages do not fall into groups that could be told apart"
            return Fault("topics", place, one, "notice")
        typical = tuple(tuple(passages[i].text for i in topic.representative) for topic in model.topics)
        kept = SavedTopics(
            language, model.topics, model.broader, typical, model.membership, tool, told_apart(lemmas, tool)
        )
        return kept, model.probabilities

    def _applied(
        self,
        language: str,
        passages: list[Passage],
        words: list[list[Word]],
        illustrations: Sequence[Illustration],
    ) -> tuple[SavedTopics, NDArray[np.float64]] | Fault:
        """The given topics for these passages, or a notice that there are none of this language."""
        model = (self._given or {}).get(language)
        if model is None:
            none = f"no topics: {Path(self.config.model).name} has none of this language"
            return Fault("topics", language or "unknown language", none, "notice")
        lemmas = [content_lemmas(found, language, running_titles(illustrations)) for found in words]
        return model, model.probabilities([passage.text for passage in passages], lemmas)


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


def running_titles_by_source(illustrations: Sequence[Illustration]) -> dict[str, frozenset[str]]:
    """The words of each source's running title."""
    sources: dict[str, list[Illustration]] = defaultdict(list)
    for illustration in illustrations:
        sources[illustration.source].append(illustration)
    return {source: running_titles(own) for source, own in sources.items()}


def _picture_claims(
    model: SavedTopics,
    probabilities: NDArray[np.float64],
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
    keys = sorted(beside)
    means = np.zeros((len(keys), len(model.topics)))
    for row, key in enumerate(keys):
        beside[key].sort(key=lambda pair: (pair[1].distance, pair[1].field, pair[1].start))
        weights = np.array([1 / (1 + place.distance) for _, place in beside[key]])
        means[row] = weights @ probabilities[[index for index, _ in beside[key]]] / weights.sum()
    means = means.round(4)
    entities = _entities(model, keys, means, config.threshold)
    for row, key in enumerate(keys):
        ranked = sorted(range(len(entities)), key=lambda n: (-means[row, n], entities[n].id))
        for number in ranked[: config.runners_up]:
            if means[row, number] >= config.threshold:
                evidence = _evidence(
                    model.topics[number], probabilities[:, number], beside[key], words, texts[key]
                )
                confidence = probability(float(means[row, number]))
                yield Claim(key, "topic", entities[number], confidence, evidence=evidence)


def _entities(
    model: SavedTopics, keys: Sequence[str], means: NDArray[np.float64], threshold: float
) -> list[Entity]:
    """Each topic with its words, typical passages and pictures, and the broader topic above it."""
    above = {group.id: _broader_entity(group, model.language) for group in model.broader}
    found = []
    for number, (topic, typical) in enumerate(zip(model.topics, model.typical, strict=True)):
        facts: list[Fact] = [("word", Text(word, topic.language)) for word, _ in topic.words]
        facts.append(("size", topic.size))
        facts += (("passage", Text(text, topic.language)) for text in typical)
        order = sorted(range(len(keys)), key=lambda row: (-means[row, number], keys[row]))
        facts += (
            ("typicalIllustration", Entity("illustration", keys[row]))
            for row in order[:TYPICAL_PICTURES]
            if means[row, number] >= threshold
        )
        if topic.broader in above:
            facts.append(("broader", above[topic.broader]))
        found.append(Entity("topic", topic.id, (Text(topic.label, topic.language),), tuple(facts)))
    return found


def _broader_entity(group: Broader, language: str) -> Entity:
    facts: list[Fact] = [("word", Text(word, language)) for word, _ in group.words]
    facts.append(("size", group.size))
    return Entity("topic", group.id, (Text(group.label, language),), tuple(facts))


def _evidence(
    topic: Topic,
    probabilities: NDArray[np.float64],
    near: list[tuple[int, Place]],
    words: list[list[Word]],
    illustration: Illustration,
    most: int = 4,
) -> tuple[Evidence, ...]:
    """The topic's words as printed beside the picture, first the passages that are surest of it."""
    found: list[Evidence] = []
    lemmas = {word for word, _ in topic.words}
    for index, place in sorted(near, key=lambda pair: -probabilities[pair[0]]):
        score = round(float(probabilities[index]), 4)
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
