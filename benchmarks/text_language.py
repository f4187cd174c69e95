"""Language identification: speed and accuracy on the passages of real books, beside plain py3langid.

In goes a folder of books (anything `legenda enrich` reads, the language of each book stated); out come, for
each way, passages per second of CPU time and the share of passages given the language of their book, for
whole passages, for their first 80 characters, and for pairs of half a passage each of two languages (right is
either). The ways run in turn in one process, several rounds, so that a busy machine slows both alike.

    python benchmarks/text_language.py CORPUS [--rounds 3]
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from enrich.corpora import read
from enrich.text.language import DEFAULT_LANGUAGES, base_language, identify
from enrich.text.passages import collect

Way = Callable[[str], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    corpus, _ = read(options.corpus)
    stated = {i.key: base_language(i.language) for i in corpus.illustrations}
    passages, _ = collect(corpus.illustrations)
    whole = [(p.text, {stated[p.places[0].illustration]}) for p in passages]
    short = [(text[:80], truth) for text, truth in whole]
    draw = random.Random(1)
    mixed = []
    for (a, one), (b, two) in ((draw.choice(whole), draw.choice(whole)) for _ in range(2000)):
        if one != two:
            mixed.append((a[: len(a) // 2] + " " + b[len(b) // 2 :], one | two))
    ways: dict[str, Way] = {"legenda": lambda text: identify(text)[0], "py3langid": plain()}
    for name, way in ways.items():
        way("warm up")
        print(f"{name}: {len(whole)} passages " + "  ".join(score(way, s) for s in (whole, short, mixed)))
    spent = dict.fromkeys(ways, 0.0)
    for _ in range(options.rounds):
        for name, way in ways.items():
            start = time.process_time()
            for text, _ in whole:
                way(text)
            spent[name] += time.process_time() - start
    speeds = {name: options.rounds * len(whole) / seconds for name, seconds in spent.items()}
    for name, speed in speeds.items():
        print(f"{name}: {speed:,.0f} passages/s ({speed / speeds['py3langid']:.1f} × py3langid)")
    wrong = Counter((*sorted(truth), identify(text)[0]) for text, truth in whole)
    print("stated, found:", {k: n for k, n in wrong.most_common() if k[0] != k[1]})


def plain() -> Way:
    """py3langid on the whole text, restricted to the same languages."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(DEFAULT_LANGUAGES))
    return lambda text: str(identifier.classify(text)[0])


def score(way: Way, texts: list[tuple[str, set[str]]]) -> str:
    """The share of texts given a right language."""
    return f"{sum(way(text) in truth for text, truth in texts) / len(texts):.4f} of {len(texts)}"


if __name__ == "__main__":
    main()
