"""Topics of this program against plain BERTopic defaults and LDA, on the same passages in one run.

In go a corpus (anything `legenda enrich` reads) and languages; out comes a line per method and language with

* npmi       mean normalised pointwise mutual information of the ten words of each topic, counted in passages
* diversity  share of different words among all topics' words
* stops      topics with a stop word, "fig." or "Abb." among their ten words
* nmi        normalised mutual information of topic and book over all passages (outliers are one more group)
* in         share of passages in a topic
* stability  mean best-match Jaccard overlap of the topics' words between all pairs of seeds (with --seeds)

With --together the passages of all languages are also given to one model, beside the models per language:
npmi and diversity of both, and the nmi of topic and language (1 means that no topic crosses languages).

    python benchmarks/text_topics.py CORPUS [--languages de,fr,en] [--seeds 5] [--most 1500] [--together]
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from enrich.corpora import read
from enrich.text.embedders import embedder
from enrich.text.passages import Passage, collect
from enrich.text.stopwords import stop_words
from enrich.text.topic_enricher import TopicConfig, usual_kinds
from enrich.text.topics import Parts, content_lemmas, fit
from enrich.text.words import analyser, merge_genitives, settle_case

Topics = list[list[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--languages", default="de,fr,en")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--most", type=int, default=100_000, help="passages per language at most")
    parser.add_argument("--embeddings", default="auto", help="auto, or specs parted by commas")
    parser.add_argument("--together", action="store_true", help="one model over all languages as well")
    options = parser.parse_args()
    corpus, _ = read(options.corpus)
    passages, _ = collect(corpus.illustrations)
    for language in options.languages.split(","):
        own = [passage for passage in passages if passage.language == language][: options.most]
        if own:
            compare(language, own, options.seeds, options.embeddings)
    if options.together:
        together([p for p in passages if p.language in options.languages.split(",")])


def compare(language: str, passages: Sequence[Passage], seeds: int, embeddings: str) -> None:
    """One line per method for a language."""
    texts = [passage.text for passage in passages]
    books = [passage.places[0].illustration.split("/")[0] for passage in passages]
    words = words_of(language, texts)
    lemmas = [content_lemmas(found, language) for found in words]
    # What words are counted in: printed forms and lemmas alike, so that no method is favoured by its word
    # forms.
    documents = [{w.text.lower() for w in found} | {w.lemma.lower() for w in found} for found in words]
    default = TopicConfig().embedding
    print(f"{language}: {len(passages)} passages of {len(set(books))} books, default {default}")
    for spec in [default] if embeddings == "auto" else embeddings.split(","):
        runs: list[Topics] = []
        for seed in range(42, 42 + seeds):
            start = time.perf_counter()
            tool = embedder(spec, seed)
            model = fit(texts, lemmas, usual_kinds(words), language, tool, Parts(seed=seed))
            if model is None:
                print(f"  legenda {spec}: no topics")
                break
            runs.append([[word.lower() for word, _ in topic.words] for topic in model.topics])
            if seed == 42:
                best = model.probabilities.argmax(1)
                inside = float((model.clustered | (model.probabilities.max(1) >= 0.5)).mean())
                report(f"legenda {spec}", language, runs[0], documents, books, best, inside, start)
        if len(runs) > 1:
            pairs = [overlap(a, b) for a, b in combinations(runs, 2)]
            print(f"  stability over {len(runs)} seeds: {np.mean(pairs):.2f}")
    start = time.perf_counter()
    topics, numbers = plain_bertopic(texts)
    report(
        "BERTopic defaults", language, topics, documents, books, numbers, float((numbers >= 0).mean()), start
    )
    count = max(2, len(runs[0]) if runs else 10)
    start = time.perf_counter()
    topics, numbers = lda(lemmas, count)
    report(f"LDA, {count} topics", language, topics, documents, books, numbers, 1.0, start)


def words_of(language: str, texts: list[str]) -> list[Any]:
    """The words of the texts, as the topics stage reads them."""
    return settle_case(merge_genitives(list(analyser(language).words(texts)), language))


def together(passages: Sequence[Passage]) -> None:
    """One model over all languages beside a model for each."""
    from sklearn.metrics import normalized_mutual_info_score

    languages = [passage.language for passage in passages]
    lemmas: list[list[str]] = [[] for _ in passages]
    kinds: dict[str, str] = {}
    documents: list[set[str]] = [set() for _ in passages]
    apart: list[tuple[int, float, float]] = []
    for language in sorted(set(languages)):
        rows = [i for i, code in enumerate(languages) if code == language]
        texts = [passages[i].text for i in rows]
        words = words_of(language, texts)
        for i, found in zip(rows, words, strict=True):
            lemmas[i] = content_lemmas(found, language)
            documents[i] = {w.text.lower() for w in found} | {w.lemma.lower() for w in found}
        own_kinds = usual_kinds(words)
        kinds |= own_kinds
        spec = TopicConfig().embedding
        model = fit(texts, [lemmas[i] for i in rows], own_kinds, language, embedder(spec, 42), Parts())
        if model:
            found_topics = [[word.lower() for word, _ in topic.words] for topic in model.topics]
            every = [word for words in found_topics for word in words]
            diversity = len(set(every)) / len(every)
            apart.append((len(found_topics), npmi(found_topics, [documents[i] for i in rows]), diversity))
    total = sum(count for count, _, _ in apart)
    print(
        f"a model per language: {total} topics, npmi {sum(n * v for n, v, _ in apart) / total:.3f}, "
        f"diversity {sum(n * d for n, _, d in apart) / total:.2f}, nmi with language 1.000"
    )
    model = fit([p.text for p in passages], lemmas, kinds, "", embedder(TopicConfig().embedding, 42), Parts())
    if model is None:
        print("one model: no topics")
        return
    topics = [[word.lower() for word, _ in topic.words] for topic in model.topics]
    every = [word for words in topics for word in words]
    numbers = model.probabilities.argmax(1)
    mixed = 0
    for number in range(len(topics)):
        own = [languages[i] for i in range(len(passages)) if numbers[i] == number]
        mixed += bool(own) and max(own.count(code) for code in set(own)) < 0.9 * len(own)
    print(
        f"one model: {len(topics)} topics, npmi {npmi(topics, documents):.3f}, "
        f"diversity {len(set(every)) / len(every):.2f}, nmi with language "
        f"{normalized_mutual_info_score(languages, numbers):.3f}, "
        f"{mixed} topics with more than a tenth of another language"
    )


def plain_bertopic(texts: list[str]) -> tuple[Topics, Any]:
    """BERTopic as it comes, with the packaged sentence-transformer and its own defaults for the rest."""
    from bertopic import BERTopic
    from umap import UMAP

    vectors = embedder("packaged:all-minilm-l6-v2").embed(texts, [])
    # BERTopic's own UMAP settings; only the seed is added, so that the line can be repeated.
    reducer = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42)
    model = BERTopic(umap_model=reducer, embedding_model=None)
    numbers, _ = model.fit_transform(texts, embeddings=vectors)
    found = {number: model.get_topic(number) for number in sorted(set(numbers) - {-1})}
    return [[word for word, _ in words if word] for words in found.values()], np.asarray(numbers)


def lda(lemmas: list[list[str]], count: int) -> tuple[Topics, Any]:
    """scikit-learn's LDA on the same lemmas."""
    from sklearn.decomposition import LatentDirichletAllocation
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(analyzer=list, min_df=2, max_df=0.5)
    counts = vectorizer.fit_transform(lemmas)
    model = LatentDirichletAllocation(count, random_state=42)
    numbers = model.fit_transform(counts).argmax(1)
    names = vectorizer.get_feature_names_out()
    return [[names[i].lower() for i in row.argsort()[::-1][:10]] for row in model.components_], numbers


def report(
    name: str,
    language: str,
    topics: Topics,
    documents: list[set[str]],
    books: list[str],
    numbers: Any,
    inside: float,
    start: float,
) -> None:
    from sklearn.metrics import normalized_mutual_info_score

    stops = stop_words(language)
    stopped = sum(any(word in stops or re.fullmatch(r"fig|abb", word) for word in words) for words in topics)
    every = [word for words in topics for word in words]
    figures = {
        "topics": f"{len(topics):3}",
        "npmi": f"{npmi(topics, documents):6.3f}",
        "diversity": f"{len(set(every)) / max(len(every), 1):.2f}",
        "stops": f"{stopped:3}",
        "nmi": f"{normalized_mutual_info_score(books, numbers):.3f}",
        "in": f"{inside:.2f}",
        "seconds": f"{time.perf_counter() - start:.0f}",
    }
    print(f"  {name:36} " + "  ".join(f"{key} {value}" for key, value in figures.items()), flush=True)


def npmi(topics: Topics, documents: list[set[str]]) -> float:
    """Mean NPMI of the word pairs of each topic (Bouma 2009); a pair that never meets counts −1."""
    needed = {word for words in topics for word in words}
    where: dict[str, set[int]] = {word: set() for word in needed}
    for number, document in enumerate(documents):
        for word in document & needed:
            where[word].add(number)
    means = []
    for words in topics:
        values = []
        for a, b in combinations(words, 2):
            both = len(where[a] & where[b]) / len(documents)
            if both in (0.0, 1.0):
                values.append(-1.0 if both == 0 else 1.0)
                continue
            apart = len(where[a]) * len(where[b]) / len(documents) ** 2
            values.append(float(np.log(both / apart) / -np.log(both)))
        means.append(np.mean(values) if values else -1.0)
    return float(np.mean(means)) if means else float("nan")


def overlap(first: Topics, second: Topics) -> float:
    """Mean over the topics of the first of the best Jaccard overlap of words with one of the second."""
    if not first or not second:
        return 0.0
    return float(np.mean([max(len({*a} & {*b}) / len({*a} | {*b}) for b in second) for a in first]))


if __name__ == "__main__":
    main()
