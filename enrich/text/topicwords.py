"""What the words of topics weigh, which of them tell most, and which groups of passages are no topic.

In go lemmas of passages and the group of each; out come weights [topics, words] and words. Pure functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from enrich.text.embedders import Matrix
from enrich.text.hierarchy import LABEL_KINDS

# A word's weight is multiplied by this power of the share of the topic's passages that have it. Plain
# c-TF-IDF prefers words that one passage repeats; the full share prefers words that every topic has
# (measured: 0 gives a lower coherence, 0.5 a diversity below 0.8).
_SUPPORT = 0.25
_TELLING = 0.4  # power of the share of a word's passages that lie in the topic, for labels
_LOOSE = 0.8  # of the usual likeness of passages in a group; groups below it are the rest
_COMMON = 0.75  # times the root of the number of groups: how much oftener its words must stand in a group


def class_tfidf(
    lemmas: Sequence[Sequence[str]], topic_of: NDArray[np.int64], topics: int
) -> tuple[NDArray[np.float64], list[str]]:
    """Weight of each lemma for each topic: BERTopic's class TF-IDF with BM25 weighting and damped frequent
    words (Grootendorst 2022, arXiv 2203.05794)."""
    from bertopic.vectorizers import ClassTfidfTransformer
    from scipy.sparse import csr_matrix

    passages_of: Counter[str] = Counter()
    for words in lemmas:
        passages_of.update(set(words))
    floor = 2 if len(lemmas) < 200 else 3
    vocabulary = sorted(word for word, count in passages_of.items() if count >= floor)
    column = {word: i for i, word in enumerate(vocabulary)}
    counts, passages = np.zeros((2, topics, len(vocabulary)))
    for words, topic in zip(lemmas, topic_of, strict=True):
        if topic >= 0:
            for word, count in Counter(words).items():
                if word in column:
                    counts[topic, column[word]] += count
                    passages[topic, column[word]] += 1
    transformer = ClassTfidfTransformer(bm25_weighting=True, reduce_frequent_words=True)
    weights = np.asarray(transformer.fit_transform(csr_matrix(counts)).todense())
    members = np.bincount(topic_of[topic_of >= 0], minlength=topics)[:, None]
    return weights * (passages / np.maximum(members, 1)) ** _SUPPORT, vocabulary


def top_words(
    weights: NDArray[np.float64], vocabulary: list[str], kinds: dict[str, str], count: int
) -> list[tuple[str, float]]:
    """The strongest lemmas; verbs and adjectives count for less, since nouns name what a text is about."""
    kind_weight = np.array([1.0 if kinds.get(word) in LABEL_KINDS else 0.6 for word in vocabulary])
    scores = weights * kind_weight
    order = sorted(range(len(vocabulary)), key=lambda i: (-scores[i], vocabulary[i]))
    words: list[tuple[str, float]] = []
    seen: set[str] = set()
    for i in order[: 4 * count]:
        if scores[i] <= 0 or len(words) == count:
            break
        low = vocabulary[i].lower()
        if low not in seen:  # "Bild" and "bild" once
            seen.add(low)
            words.append((vocabulary[i], round(float(scores[i]), 6)))
    return words


def own_share_of(
    lemmas: Sequence[Sequence[str]], topic_of: NDArray[np.int64], topics: int, vocabulary: list[str]
) -> NDArray[np.float64]:
    """[topics, words]: the share of the passages with a word that are in the topic."""
    place = {word: i for i, word in enumerate(vocabulary)}
    inside, everywhere = np.zeros((topics, len(vocabulary))), np.zeros(len(vocabulary))
    for words, topic in zip(lemmas, topic_of, strict=True):
        columns = [place[word] for word in set(words) if word in place]
        everywhere[columns] += 1
        if topic >= 0:
            inside[topic, columns] += 1
    return inside / np.maximum(everywhere, 1)


def telling(
    words: Sequence[tuple[str, float]], own_share: NDArray[np.float64], vocabulary: list[str]
) -> list[tuple[str, float]]:
    """The words of a topic, first those that stand in its passages and few others ("Reynolds", not "eye")."""
    place = {word: i for i, word in enumerate(vocabulary)}
    weighed = [(word, weight * float(own_share[place[word]]) ** _TELLING) for word, weight in words]
    return sorted(weighed, key=lambda pair: -pair[1])


def leftover(
    vectors: Matrix,
    topic_of: NDArray[np.int64],
    own_share: NDArray[np.float64],
    words: Sequence[Sequence[str]],
    vocabulary: list[str],
) -> set[int]:
    """Groups that gather what fits nowhere else: k-means puts every passage somewhere. Their passages are
    less like each other than those of the other groups, or their words stand all over the corpus. A third
    of the groups at most, the worst first; none of three or fewer.
    """
    count = len(words)
    if count < 4:
        return set()
    place = {word: i for i, word in enumerate(vocabulary)}
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    likeness, lift = np.zeros(count), np.zeros(count)
    for column in range(count):
        own = np.flatnonzero(topic_of == column)
        if not len(own) or not words[column]:
            continue
        likeness[column] = np.linalg.norm(unit[own].mean(axis=0))
        shares = own_share[column, [place[word] for word in words[column]]]
        lift[column] = shares.mean() * len(topic_of) / len(own)
    loose = (likeness < _LOOSE * np.median(likeness)) | (lift < _COMMON * count**0.5)
    worst = sorted(np.flatnonzero(loose).tolist(), key=lambda column: (lift[column], column))
    return set(worst[: count // 3])
