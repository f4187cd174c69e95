"""`python benchmarks/vision_category.py LABELS.csv [--task medium] [--encoder E] [--only WAY…]`: ways of
making the head, on books never trained on.

LABELS.csv has columns file, label, painting (1, 0 or blank) and group (the book). Each book is left out in
turn; what a way chooses (regularisation, calibration, threshold, how pictures are answered together) it
chooses on the other books. Prints one row of a Markdown table per way: accuracy and macro-F1 when always
answering, accuracy where the label is supported (at least 30 pictures of other books have it), what is
decided and how much of that is right, calibration error, the accuracy of the worst of the models on the books
left out of its own training in turn (a model that takes all books for the one it lacks is right about that
one, and useless), F1 per label. A minute and a half of CPU per way
where vectors are kept.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from vision import knowledge, metrics, schemes, training
from vision.commands import embeddings_of
from vision.learncaptions import label_of
from vision.tables import illustration

WAYS: dict[str, dict[str, object]] = {
    "as shipped": {},
    "words weigh 0": {"knowledge": 0.0},
    "words weigh 1": {"knowledge": 1.0},
    "words weigh 2": {"knowledge": 2.0},
    "words weigh 3": {"knowledge": 3.0},
    "one regularisation": {"strengths": (300.0,)},
    "weaker regularisation": {"strengths": (300.0, 1000.0)},
    "frequent kinds damped by the square root": {"class_balance": 0.5},
    "frequent kinds damped wholly": {"class_balance": 1.0},
    "large books damped by the square root": {"group_balance": 0.5},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--task", choices=("category", "medium"), default="category")
    parser.add_argument("--encoder", default="packaged:efficientnet-lite0")
    parser.add_argument("--only", nargs="*", choices=list(WAYS))
    options = parser.parse_args()
    with options.labels.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if label_of(row, options.task)]
    paths = [(options.labels.parent / row["file"]).resolve() for row in rows]
    items = [illustration(str(path), path) for path in paths]
    embeddings = embeddings_of(options.encoder, None)
    for fault in embeddings.ensure(items):
        raise SystemExit(f"{fault.place}: {fault.reason}")
    vectors, _ = embeddings.matrix(items)
    labels = np.array([label_of(row, options.task) for row in rows])
    books = np.array([row["group"] for row in rows])
    words = knowledge.known_words(options.task, embeddings.encoder)
    for way in options.only or WAYS:
        recipe = replace(training.RECIPES[options.task], **WAYS[way])  # type: ignore[arg-type]
        print(row_of(way, options.task, vectors, labels, books, words, recipe), flush=True)


def row_of(
    way: str,
    task: str,
    vectors: np.ndarray,
    labels: np.ndarray,
    books: np.ndarray,
    words: Mapping[str, np.ndarray],
    recipe: training.Recipe,
) -> str:
    """One way as a row of the table; `vectors` [n, d], `labels` [n] and `books` [n] are names."""
    order = schemes.order(task)
    target = np.array([order.index(label) for label in labels])
    answer, threshold, elsewhere_right = np.zeros((len(labels), len(order))), np.zeros(len(labels)), []
    for book in np.unique(books):
        out = books == book
        head = training.train(
            task, vectors[~out], labels[~out].tolist(), books[~out].tolist(), ("", ""), recipe, order, words
        )
        columns = np.array([order.index(label) for label in head.labels])
        answer[np.ix_(out, columns)] = head.answers(vectors[out], books[out])
        threshold[out] = head.threshold
        elsewhere_right.append(head.card["left_out"]["accuracy"])
    best, right = answer.argmax(axis=1), answer.argmax(axis=1) == target
    decided = answer.max(axis=1) >= threshold
    elsewhere = [((labels == each) & (books != book)).sum() for each, book in zip(labels, books, strict=True)]
    supported = np.array(elsewhere) >= recipe.support
    f1 = metrics.f1_per_label(target, best, len(order))
    of_decided = f"{right[decided].mean():.3f}" if decided.any() else "–"
    each = ", ".join(f"{label} {value:.2f}" for label, value in zip(order, f1, strict=True))
    return (
        f"| {way} | {right.mean():.3f} | {np.nanmean(f1):.3f} | {right[supported].mean():.3f} "
        f"| {100 * decided.mean():.0f} %, {of_decided} | {metrics.calibration_error(answer, target):.3f} "
        f"| {min(elsewhere_right):.3f} | {each} |"
    )


if __name__ == "__main__":
    main()
