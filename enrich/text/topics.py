"""Topics of the passages of one language, by BERTopic.

In go passages and their words; out comes a `TopicModel`: topics with their words, sizes and representative
passages, and for each passage the probability of each topic. The steps are BERTopic's (embed, reduce,
cluster, weigh words), given as seeded parts: UMAP, HDBSCAN, class-based TF-IDF on lemmas. Passages come and
go in the order of their ids, so the same texts give the same topics whatever the order of the corpus.

Membership is not the clustering's 0/1 but what a regularised logistic regression, trained on the clustered
passages, says of every passage: probabilities of the kind a reader expects, and an answer for the outliers
that are near a topic.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from enrich.text.embedders import Embedder, Matrix
from enrich.text.hierarchy import Broader, Phrases, groups, label, printed_phrases
from enrich.text.stopwords import stop_words
from enrich.text.topicwords import class_tfidf, leftover, own_share_of, telling, top_words
from enrich.text.words import Word

_STARTS = 30  # of k-means; with more of them seeds agree more
_TYPICAL = 3  # representative passages of a topic
FEWEST_LEMMAS = 3  # passages with fewer stay outside
_CONTENT_KINDS = frozenset({"noun", "name", "adjective", "verb"})


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: `id` is a hash of its language and its strongest words; `words` are lemmas with their
    c-TF-IDF weight, strongest first; `representative` are the indices of the passages that are surest of it;
    `size` counts passages, `broader` is the id of the group it belongs to ("" = none)."""

    id: str
    label: str
    language: str
    words: tuple[tuple[str, float], ...]
    size: int
    representative: tuple[int, ...]
    broader: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """The regression that says how probable each topic is for a passage's vector. It has a row per group that
    was found; `kept` are the rows that became topics, in their order."""

    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    kept: tuple[int, ...]

    def probabilities(self, vectors: Matrix) -> NDArray[np.float64]:
        """[passages, topics]; zero throughout for a passage without a word the vectors know."""
        scores = vectors.astype(np.float64) @ self.weights.T + self.intercepts
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        found = scores / scores.sum(axis=1, keepdims=True)
        found[~vectors.any(axis=1)] = 0.0
        return np.asarray(found[:, list(self.kept)], np.float64)


@dataclass(frozen=True, slots=True)
class TopicModel:
    """Topics in order of size, the groups above them, and `probabilities` [passages, topics] (nothing is kept
    for noise). `membership` is what finds those of other passages."""

    topics: tuple[Topic, ...]
    broader: tuple[Broader, ...]
    probabilities: NDArray[np.float64]
    clustered: NDArray[np.bool_]
    membership: Membership


@dataclass(frozen=True, slots=True)
class Parts:
    """How topics are looked for. `clusters` is "kmeans" or "hdbscan" (on UMAP; `neighbors`, `reduced` are its
    settings). `min_size` 0 adapts to the number of passages."""

    seed: int = 42
    clusters: str = "kmeans"
    min_size: int = 0
    neighbors: int = 10
    reduced: int = 5
    words: int = 10


def content_lemmas(words: Sequence[Word], language: str, also: frozenset[str] = frozenset()) -> list[str]:
    """The lemmas a passage is counted by: nouns, names, adjectives and verbs of three letters and more,
    without stop words, dust and `also` (lower case)."""
    stops = stop_words(language)
    kept = []
    for word in words:
        lemma = word.lemma.strip(".-’'")
        low, printed = lemma.lower(), word.text.lower().strip(".-’'")
        if (
            word.kind in _CONTENT_KINDS
            and len(lemma) > 2
            and low not in stops
            and printed not in stops
            and low not in also
            and not _roman(printed)
            and all(c.isalpha() or c in "-’'" for c in lemma)
        ):
            kept.append(lemma)
    return kept


def adapted_size(passages: int) -> int:
    """The smallest topic worth naming in so many passages: 5 up to 150 passages, then slowly more."""
    return max(5, round(passages**0.5 / 2.4))


def adapted_count(passages: int) -> int:
    """How many topics k-means looks for: 3 in 60 passages, 12 in 900, 23 in 3,200."""
    return max(2, round(0.4 * passages**0.5))


def fit(
    texts: Sequence[str],
    lemmas: Sequence[Sequence[str]],
    kinds: dict[str, str],
    language: str,
    embedder: Embedder,
    parts: Parts,
    printed: Phrases | None = None,
    titles: Sequence[frozenset[str]] = (),
) -> TopicModel | None:
    """The topics of the passages, None if fewer than two were found.

    `kinds` gives the usual kind of each lemma, `printed` the noun phrases by passage, `titles` for each
    passage the words of its source's running title, which no label may use.
    """
    spoken = [i for i, words in enumerate(lemmas) if len(words) >= FEWEST_LEMMAS]
    try:
        found = embedder.fit([texts[i] for i in spoken], [lemmas[i] for i in spoken])
    except ValueError:  # no word is shared by two passages and not by most of them: nothing to group by
        return None
    vectors = np.zeros((len(texts), found.shape[1]), np.float32)
    vectors[spoken] = found
    kept = np.where(np.linalg.norm(vectors, axis=1) > 0)[0]
    if len(kept) < 2 * (parts.min_size or adapted_size(len(kept))):
        return None
    labels = np.full(len(texts), -1, np.int64)
    labels[kept] = _cluster([" ".join(lemmas[i]) for i in kept], vectors[kept], parts)
    numbers = sorted({int(number) for number in labels} - {-1})
    if len(numbers) < 2:
        return None
    every = _membership(vectors, labels, numbers, parts.seed)
    probabilities = every.probabilities(vectors)
    clustered = labels >= 0
    best = probabilities.argmax(1)
    topic_of = np.where(clustered | (probabilities.max(1) >= 0.5), best, -1)
    weights, vocabulary = class_tfidf(lemmas, topic_of, len(numbers))
    own_share = own_share_of(lemmas, topic_of, len(numbers), vocabulary)
    strongest = [top_words(weights[column], vocabulary, kinds, parts.words) for column in range(len(numbers))]
    rest = leftover(
        vectors, topic_of, own_share, [[word for word, _ in words] for words in strongest], vocabulary
    )
    topics: list[tuple[int, Topic]] = []
    for column, words in enumerate(strongest):
        if len(words) < 3 or column in rest:
            continue
        own = np.where(topic_of == column)[0]
        sure = own if len(own) else np.arange(len(texts))
        order = sorted(sure.tolist(), key=lambda i: (-probabilities[i, column], i))
        name = label(
            telling(words, own_share[column], vocabulary),
            kinds,
            _running(titles, own),
            printed_phrases(printed or {}, topic_of, column, len(own)),
        )
        identity = topic_id(language, [word for word, _ in words])
        topics.append(
            (column, Topic(identity, name, language, tuple(words), len(own), tuple(order[:_TYPICAL])))
        )
    if len(topics) < 2:
        return None
    topics.sort(key=lambda pair: (-pair[1].size, pair[1].id))
    columns = [column for column, _ in topics]
    above = _broader(
        weights[columns], vocabulary, kinds, [topic for _, topic in topics], parts.words, language
    )
    parent = {member: group.id for group in above for member in group.members}
    named = tuple(replace(topic, broader=parent.get(i, "")) for i, (_, topic) in enumerate(topics))
    membership = replace(every, kept=tuple(every.kept[column] for column in columns))
    return TopicModel(named, tuple(above), probabilities[:, columns], clustered, membership)


def _running(titles: Sequence[frozenset[str]], own: NDArray[np.int64]) -> frozenset[str]:
    """The words of the running titles of the sources that most of a topic's passages are from."""
    if not titles or not len(own):
        return frozenset()
    counts = Counter(word for i in own.tolist() for word in titles[i])
    return frozenset(word for word, count in counts.items() if count >= 0.2 * len(own))


def _broader(
    weights: NDArray[np.float64],
    vocabulary: list[str],
    kinds: dict[str, str],
    topics: list[Topic],
    count: int,
    language: str,
) -> list[Broader]:
    """The groups above the topics, named by the words all their members weigh."""
    found = []
    for members in groups(weights):
        # A word that all members have names what they share; one that a single member owns does not.
        shared = np.sqrt(np.maximum(weights[list(members)], 0)).mean(axis=0) ** 2
        words = top_words(shared, vocabulary, kinds, count)
        identity = topic_id(language, [word for word, _ in words])
        size = sum(topics[i].size for i in members)
        found.append(Broader(f"{identity}-group", label(words, kinds), tuple(words), size, members))
    return found


def topic_id(language: str, words: Sequence[str]) -> str:
    """A local id from the language and the six strongest words in alphabetical order."""
    content = "\n".join([language, *sorted(words[:6])])
    return f"{language or 'und'}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def _cluster(documents: list[str], vectors: Matrix, parts: Parts) -> NDArray[np.int64]:
    """BERTopic's topic number of each document, -1 for outliers and for groups smaller than the smallest."""
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from sklearn.feature_extraction.text import CountVectorizer

    logging.getLogger("BERTopic").setLevel(logging.ERROR)
    size = parts.min_size or adapted_size(len(documents))
    reducer, clusterer = _steps(len(documents), size, parts)
    model = BERTopic(
        embedding_model=BaseEmbedder(),
        umap_model=reducer,
        hdbscan_model=clusterer,
        vectorizer_model=CountVectorizer(token_pattern=r"\S+", lowercase=False),
        verbose=False,
    )
    found, _ = model.fit_transform(documents, embeddings=vectors)
    numbers = np.asarray(found, np.int64)
    for number, count in Counter(numbers.tolist()).items():
        if count < size:
            numbers[numbers == number] = -1
    return numbers


def _steps(count: int, size: int, parts: Parts) -> tuple[Any, Any]:
    """How BERTopic reduces and clusters: k-means on the vectors as they are, or UMAP and HDBSCAN."""
    if parts.clusters == "kmeans":
        from bertopic.dimensionality import BaseDimensionalityReduction
        from sklearn.cluster import KMeans

        return BaseDimensionalityReduction(), KMeans(
            adapted_count(count), n_init=_STARTS, random_state=parts.seed
        )
    if parts.clusters == "hdbscan":
        from hdbscan import HDBSCAN
        from umap import UMAP

        reducer = UMAP(
            n_neighbors=min(parts.neighbors, count - 1),
            n_components=min(parts.reduced, count - 2),
            min_dist=0.0,
            metric="cosine",
            random_state=parts.seed,
            n_jobs=1,
        )
        # "leaf": with "eom" six German books fell into two topics, one of them three quarters of all.
        return reducer, HDBSCAN(
            min_cluster_size=size,
            min_samples=max(2, size // 2),
            cluster_selection_method="leaf",
            core_dist_n_jobs=1,
        )
    raise ValueError(f"unknown clusters {parts.clusters!r}: kmeans and hdbscan are known")


def _membership(vectors: Matrix, labels: NDArray[np.int64], numbers: list[int], seed: int) -> Membership:
    """A logistic regression on the clustered passages: probabilities for all, those outside included."""
    from sklearn.linear_model import LogisticRegression

    inside = labels >= 0
    classifier: Any = LogisticRegression(C=20.0, max_iter=1000, random_state=seed)
    classifier.fit(vectors[inside], labels[inside])
    order = [list(classifier.classes_).index(number) for number in numbers]
    weights = np.asarray(classifier.coef_, np.float64)
    intercepts = np.asarray(classifier.intercept_, np.float64)
    if len(weights) == 1:  # of two groups scikit-learn keeps one row: the other's is zero
        weights, intercepts = np.vstack([np.zeros_like(weights), weights]), np.array([0.0, intercepts[0]])
    return Membership(weights[order], intercepts[order], tuple(range(len(numbers))))


def _roman(word: str) -> bool:
    return (
        len(word) > 1 and set(word) <= set("ivxlcdm") and word not in {"mild", "mid", "civil", "vivid", "dim"}
    )
