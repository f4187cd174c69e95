"""What `legenda train --from-reviews` gains, with a reviewer who answers as the labels of a table say.

    python benchmarks/review_learning.py LABELS.csv

In: a table with columns file, label, group (a book) as `legenda train` takes it. The books are split in
three; for each third a model is trained on the other two, so that it never saw these books. Then a share of
their pictures is reviewed, the least sure first, as the queue does: right answers are accepted, wrong ones
replaced (seven of ten) or merely rejected. Out: accuracy on the pictures of the same books that nobody
reviewed, before and after, and the left-out figures that the command itself would print.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from vision import heads, learnreviews, schemes, training
from vision.commands import cache_folder
from vision.embeddings import Embeddings
from vision.encoders import DEFAULT, load
from vision.knowledge import known_words
from vision.tables import illustration, labelled

SHARES = (0.1, 0.3)


def main(table: Path, task: str) -> None:
    """Run it and print a table."""
    rows = labelled(table)
    embeddings = Embeddings(cache_folder(), load(DEFAULT))
    items = [illustration(row.name, row.path) for row in rows]
    for fault in embeddings.ensure(items):
        print(fault.place, fault.reason, file=sys.stderr)
    vectors, mask = embeddings.matrix(items)
    rows = [row for row, use in zip(rows, mask, strict=True) if use]
    vectors = vectors[mask]
    labels = np.array([row.label for row in rows])
    books = np.array([row.group for row in rows])
    names = sorted(set(books), key=lambda book: -int((books == book).sum()))
    print("books  reviewed  verdicts  unreviewed: before  after | reviewed: before  fifths out  sources out")
    totals: dict[float, list[np.ndarray]] = {}
    for part in range(3):
        inside = np.isin(books, names[part::3])
        prior = training.train(
            task,
            vectors[~inside],
            labels[~inside].tolist(),
            books[~inside].tolist(),
            (embeddings.encoder.spec, embeddings.encoder.sha256),
            training.RECIPES[task],
            schemes.order(task),
            known_words(task, embeddings.encoder),
        )
        for share in SHARES:
            totals.setdefault(share, []).append(
                _review(prior, vectors[inside], labels[inside], books[inside], share)
            )
    for share, some in totals.items():
        n, before, after = np.sum(some, axis=0)
        print(f"all    {share:8.0%}  {'':8}  {before / n:18.3f}  {after / n:5.3f}  (of {int(n)} pictures)")


def _review(
    prior: heads.Head, vectors: np.ndarray, labels: np.ndarray, books: np.ndarray, share: float
) -> np.ndarray:
    """[pictures nobody reviewed, of which right before, and after]."""
    random = np.random.default_rng(0)
    p = prior.probabilities(vectors)
    answer, names = p.argmax(axis=1), list(prior.labels)
    second = np.sort(p, axis=1)[:, -2]
    order = np.argsort(p.max(axis=1) - second)
    chosen = order[: round(share * len(order))]
    possible = np.ones((len(chosen), len(names)), bool)
    for row, place in enumerate(chosen):
        if labels[place] not in names or (names[answer[place]] != labels[place] and random.random() < 0.3):
            possible[row, answer[place]] = False
        else:
            possible[row] = np.array(names) == labels[place]
    learnt = learnreviews.learn(prior, vectors[chosen], possible, books[chosen].tolist())
    rest = np.setdiff1d(np.arange(len(labels)), chosen)
    truth = labels[rest]
    was, now = (
        int((np.array(names)[head.probabilities(vectors[rest]).argmax(axis=1)] == truth).sum())
        for head in (prior, learnt.head)
    )
    elsewhere = learnt.elsewhere or learnt.before
    scores = "  ".join(f"{told['accuracy']:10.3f}" for told in (learnt.before, learnt.after, elsewhere))
    found = f"{was / len(rest):18.3f}  {now / len(rest):5.3f}"
    print(f"{len(set(books)):5}  {share:8.0%}  {len(chosen):8}  {found} |  {scores}  ({learnt.strength:g})")
    return np.array([len(rest), was, now])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), "category")
