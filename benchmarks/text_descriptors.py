"""Descriptors found without the word that names them: precision, recall and average precision per language.

In goes a folder of books; out come the scores of the matcher on pictures whose caption names a concept of
`text_descriptors.csv`, with that word masked in the caption: it must find the concept again by what else is
printed. All other pairs of picture and concept count as wrong, though a caption need not name all that a
picture shows, so figures are on the low side; what matters is how the ways compare in one run. The
probabilities are learned on all books but one and scored on that one, in turn.

* lexical   noisy-or of how a concept was found and how far away (weights by judgement, not learned)
* hybrid    the regression of `enrich.text.calibration`: lexical, the caption's other words, near spellings
* no …      the same without one of its features

    python benchmarks/text_descriptors.py CORPUS [--write enrich/text/data/descriptors.json]
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from enrich.corpora import read
from enrich.text.calibration import FEATURES, Hit, features
from enrich.text.descriptors import DescriptorEnricher
from enrich.text.thesaurus import read_thesaurus

CONCEPTS = Path(__file__).with_suffix(".csv")
PLACE = {"heading": 0.5, "text-after": 0.3, "text-before": 0.3}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--write", type=Path, help="learn on all books and keep the weights in this file")
    options = parser.parse_args()
    corpus, _ = read(options.corpus)
    pairs = Pairs(corpus.illustrations)
    print(f"{len(pairs.named)} pairs of picture and concept, {int(pairs.named.sum())} named by the caption")
    everything = list(range(len(FEATURES)))
    pairs.report("lexical", pairs.lexical)
    pairs.report("hybrid", pairs.unseen(everything))
    for left_out, name in enumerate(FEATURES):
        pairs.report(f"no {name}", pairs.unseen([f for f in everything if f != left_out]))
    pairs.reliability(pairs.unseen(everything))
    if options.write:
        model = fitted(pairs.values[pairs.found], pairs.named[pairs.found])
        weights = {name: round(float(w), 4) for name, w in zip(FEATURES, model.coef_[0], strict=True)}
        kept = {"intercept": round(float(model.intercept_[0]), 4), "weights": weights}
        options.write.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"written: {options.write} {kept}")


class Pairs:
    """All pairs of picture and concept, with what speaks for each outside the masked word."""

    def __init__(self, illustrations: Sequence[Any]) -> None:
        enricher = DescriptorEnricher(thesaurus=read_thesaurus(CONCEPTS))
        assert enricher.thesaurus is not None
        concepts = list(enricher.thesaurus.concepts)
        named, found, values, lexical, books, languages = [], [], [], [], [], []
        for illustration in illustrations:
            hits: dict[str, list[Hit]] = defaultdict(list)
            for hit in enricher.hits(illustration):
                hits[hit.concept].append(hit)
            whole = enricher.likeness(illustration)
            for concept in concepts:
                masked = [(h.start, h.end) for h in hits[concept] if h.field == "caption"]
                around = [h for h in hits[concept] if h.field != "caption"]
                like = enricher.likeness(illustration, masked) if masked else whole
                said = features(around, like.get(concept, 0.0), illustration) if around else {}
                named.append(bool(masked))
                found.append(bool(around))
                values.append([said.get(name, 0.0) for name in FEATURES])
                doubt = np.prod([1 - PLACE[h.field] * h.strength for h in around]) if around else 1.0
                lexical.append(1 - doubt)
                books.append(illustration.source)
                languages.append(illustration.language)
        self.named, self.found = np.array(named), np.array(found)
        self.values, self.lexical = np.array(values), np.array(lexical)
        self.books, self.languages = np.array(books), np.array(languages)

    def unseen(self, columns: list[int]) -> Any:
        """Probabilities, each by a regression that has not seen the book."""
        chances = np.zeros(len(self.named))
        for book in sorted(set(self.books)):
            own = (self.books == book) & self.found
            others = (self.books != book) & self.found
            if own.any():
                model = fitted(self.values[others][:, columns], self.named[others])
                chances[own] = model.predict_proba(self.values[own][:, columns])[:, 1]
        return chances

    def report(self, name: str, chances: Any) -> None:
        """Average precision, and precision and recall of the thousand surest pairs, per language."""
        from sklearn.metrics import average_precision_score

        parts = []
        for language in ("de", "en", "fr", "all"):
            own = (self.languages == language) | (language == "all")
            truth, values = self.named[own], chances[own]
            top = np.argsort(-values, kind="stable")[: int(truth.sum())]
            parts.append(
                f"{language} AP {average_precision_score(truth, values):.3f} P=R {truth[top].mean():.3f}"
            )
        error = float(((chances - self.named) ** 2).mean())
        print(f"{name:18} " + "  ".join(parts) + f"  Brier {error:.4f}", flush=True)

    def reliability(self, chances: Any) -> None:
        """What was said and what was true, in bands."""
        for low, high in ((0.02, 0.05), (0.05, 0.1), (0.1, 0.2), (0.2, 0.4), (0.4, 1.01)):
            own = (chances >= low) & (chances < high)
            if own.any():
                said, true = chances[own].mean(), self.named[own].mean()
                pairs = int(own.sum())
                print(f"  said {low:.2f} to {high:.2f}: {pairs} pairs, mean {said:.3f}, true {true:.3f}")


def fitted(values: Any, truth: Any) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=500).fit(values, truth)


if __name__ == "__main__":
    main()
