"""Names and lemmas: what the stages cost beside the bare spaCy pipeline, and which names are found.

In goes a folder of books and, if there is one, a table of what their captions say (columns book, id and
artist_in_caption); out come, per language with an installed pipeline, CPU seconds of lemmas and of names over
those of bare `nlp.pipe` of the same pipeline with the same components, measured in turn over several rounds;
and the share of artists named in captions that a claim of `mentions` quotes from that caption.

    python benchmarks/text_names.py CORPUS [--gold gold_artworks.csv] [--most 300] [--rounds 3]
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from enrich.corpora import read
from enrich.linking.gazetteer import open_gazetteer
from enrich.text.mentions import MentionEnricher
from enrich.text.names import SpacyNames
from enrich.text.passages import collect
from enrich.text.words import SpacyAnalyser, installed_pipeline
from kg.nouns import Claim, Illustration


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--gold", type=Path)
    parser.add_argument("--most", type=int, default=300, help="passages per language at most")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    corpus, _ = read(options.corpus)
    passages, _ = collect(corpus.illustrations)
    for language in sorted({passage.language for passage in passages}):
        if pipeline := installed_pipeline(language):
            texts = [passage.text for passage in passages if passage.language == language][: options.most]
            speed(language, pipeline, texts, options.rounds)
    if options.gold:
        recall(corpus.illustrations, options.gold)


def speed(language: str, pipeline: str, texts: Sequence[str], rounds: int) -> None:
    """CPU time of both stages over that of the bare pipelines they hold."""
    lemmas = SpacyAnalyser(pipeline, language)
    names = SpacyNames(pipeline, language, open_gazetteer("builtin"))
    ways: dict[str, Callable[[], Any]] = {
        "bare, for lemmas": lambda: list(lemmas._nlp.pipe(texts, batch_size=64)),
        "lemmas": lambda: list(lemmas.words(texts)),
        "bare, for names": lambda: list(names._nlp.pipe(texts, batch_size=64)),
        "names": lambda: list(names.find(texts)),
    }
    for way in ways.values():
        way()
    spent = dict.fromkeys(ways, 0.0)
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.process_time()
            way()
            spent[name] += time.process_time() - start
    for name in ("lemmas", "names"):
        ratio = spent[f"bare, for {name}"] / spent[name]
        rate = rounds * len(texts) / spent[name]
        print(f"{language} {pipeline} {name}: {rate:,.0f} passages/s of CPU, {ratio:.2f} × bare nlp.pipe")


def recall(illustrations: Sequence[Illustration], gold: Path) -> None:
    """Artists named in captions, found there by their last name."""
    languages = {i.key: i.language for i in illustrations}
    quoted: dict[str, list[str]] = defaultdict(list)
    types: Counter[tuple[str, str]] = Counter()
    for claim in MentionEnricher().claims(illustrations):
        if isinstance(claim, Claim):
            types[languages[claim.illustration], claim.value.id.partition("-")[0]] += 1
            quoted[claim.illustration] += [e.text.lower() for e in claim.evidence if e.kind == "caption"]
    asked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    with gold.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = f"{row['book']}/{row['id']}"
            if key in languages and row["artist_in_caption"].strip():
                last = row["artist_in_caption"].split()[-1].strip(".,").lower()
                asked[languages[key]] += 1
                found[languages[key]] += any(last in quote for quote in quoted[key])
    print("claims:", dict(sorted(types.items())))
    for language, count in sorted(asked.items()):
        print(
            f"{language}: {found[language]} of {count} artists named in captions "
            f"({found[language] / count:.2f})"
        )


if __name__ == "__main__":
    main()
