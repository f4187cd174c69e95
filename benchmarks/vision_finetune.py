"""Linear head, plain fine-tuning, augreg on unseen books: `python benchmarks/vision_finetune.py LABELS.csv`.

LABELS.csv has columns file, label, painting (1, 0 or blank), group (a book). For painting or other: some
books are left out together (`--folds N` times, `--fold I` only that one), each recipe is trained on the
others (of which it leaves some out itself to know when to stop) and asked about them; each picture alone and
the pictures of a book together. Prints accuracy and calibration error, per fold and pooled, and minutes of
training. `--every K` trains on every K-th picture only, for a slow machine.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import numpy as np

from vision import finetune, metrics, recipes, schemes, training
from vision.commands import cache_folder, known_words
from vision.embeddings import Embeddings
from vision.encoders import load
from vision.heads import Head
from vision.images import open_image
from vision.tables import illustration
from vision.tuned import vectors_of

MEDIUM = {"1": "painting", "0": "other"}


def main() -> None:
    """Train and score; see above."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--fold", type=int, default=-1)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--recipes", default="head,plain,augreg")
    options = parser.parse_args()
    with options.labels.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["painting"] in MEDIUM]
    paths = [(options.labels.parent / row["file"]).resolve() for row in rows]
    labels = np.array([MEDIUM[row["painting"]] for row in rows])
    books = np.array([row["group"] for row in rows])
    order = schemes.order("medium")
    truth = np.array([order.index(label) for label in labels])
    folds, _ = training.make_folds(books, training.Recipe(folds=options.folds))
    pooled: dict[str, list[tuple[np.ndarray, ...]]] = {}
    for fold in range(options.folds) if options.fold < 0 else [options.fold]:
        out = np.flatnonzero(folds == fold)
        inside = np.flatnonzero(folds != fold)[:: options.every]
        for name in options.recipes.split(","):
            start = time.process_time()
            head, vectors = trained(name, paths, labels, books, inside, out, order)
            minutes = (time.process_time() - start) / 60
            alone, jointly = head.probabilities(vectors), head.answers(vectors, books[out])
            pooled.setdefault(name, []).append((alone, jointly, truth[out]))
            print(
                line(f"fold {fold} {name}", alone, jointly, truth[out]),
                f"{minutes:.1f} min of CPU",
                flush=True,
            )
    for name, parts in pooled.items():
        print(line(f"all {name}", *(np.concatenate(part) for part in zip(*parts, strict=True))))


def trained(
    name: str,
    paths: list[Path],
    labels: np.ndarray,
    books: np.ndarray,
    inside: np.ndarray,
    out: np.ndarray,
    order: tuple[str, ...],
) -> tuple[Head, np.ndarray]:
    """The head trained on the rows `inside`, and the vectors of the rows `out`."""
    if name == "head":
        encoder = load()
        embeddings = Embeddings(cache_folder(), encoder)
        items = [illustration(str(path), path) for path in paths]
        for fault in embeddings.ensure(items):
            sys.exit(f"{fault.place}: {fault.reason}")
        matrix, _ = embeddings.matrix(items)
        head = training.train(
            "medium",
            matrix[inside],
            labels[inside].tolist(),
            books[inside].tolist(),
            (encoder.spec, encoder.sha256),
            training.RECIPES["medium"],
            order,
            known_words("medium", encoder),
        )
        return head, matrix[out]
    model = finetune.finetune(
        "medium",
        [paths[i] for i in inside],
        labels[inside].tolist(),
        books[inside].tolist(),
        recipes.load(name),
        order,
        lambda text: print(" ", text, flush=True),
    )
    made = finetune.tuned.described(model.head.card["network"])
    vectors = [
        vectors_of(model.network, [made.prepare(open_image(paths[i], 256)) for i in out[start : start + 64]])
        for start in range(0, len(out), 64)
    ]
    return model.head, np.concatenate(vectors)


def line(name: str, alone: np.ndarray, jointly: np.ndarray, truth: np.ndarray) -> str:
    """One row of the comparison."""
    cells = []
    for answer in (alone, jointly):
        right = float((answer.argmax(axis=1) == truth).mean())
        cells.append(f"{right:.3f} (calibration error {metrics.calibration_error(answer, truth):.3f})")
    return f"{name:16} {len(truth):5} pictures, alone {cells[0]}, together {cells[1]}"


if __name__ == "__main__":
    main()
