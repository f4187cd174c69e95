"""Linear head, plain fine-tuning, augreg on unseen books: `python benchmarks/vision_finetune.py LABELS.csv`.

LABELS.csv has columns file, label, painting (1, 0 or blank), group (a book). For painting or other (`--task
category` for the kind of picture): some books are left out together (`--folds N` times, `--fold I` only that
one), each recipe is trained on the others (of which it leaves some out itself to know when to stop) and asked
about them; each picture alone and the pictures of a book together. Prints accuracy, macro-F1 and calibration
error, per fold and pooled, and minutes of training. `--every K` trains on every K-th picture only, for a slow
machine; `--encoder` names another network; `--keep FOLDER` keeps every answer in a file, and what is kept is
not computed again.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from vision import finetune, metrics, recipes, schemes, training
from vision.commands import cache_folder
from vision.embeddings import Embeddings
from vision.encoders import DEFAULT, load
from vision.heads import Head
from vision.images import open_image
from vision.knowledge import known_words
from vision.learncaptions import label_of
from vision.tables import illustration
from vision.tuned import vectors_of


def main() -> None:
    """Train and score; see above."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--task", choices=("medium", "category"), default="medium")
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--fold", type=int, default=-1)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--recipes", default="head,plain,augreg")
    parser.add_argument("--encoder", default=DEFAULT)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with options.labels.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if label_of(row, options.task)]
    paths = [(options.labels.parent / row["file"]).resolve() for row in rows]
    labels = np.array([label_of(row, options.task) for row in rows])
    books = np.array([row["group"] for row in rows])
    order = schemes.order(options.task)
    truth = np.array([order.index(label) for label in labels])
    folds, _ = training.make_folds(books, training.Recipe(folds=options.folds))
    pooled: dict[str, list[tuple[np.ndarray, ...]]] = {}
    for fold in range(options.folds) if options.fold < 0 else [options.fold]:
        out = np.flatnonzero(folds == fold)
        inside = np.flatnonzero(folds != fold)[:: options.every]
        for name in options.recipes.split(","):
            encoder = "".join(c if c.isalnum() else "-" for c in options.encoder)
            key = f"{options.task}-{Path(name).stem}-{encoder}-{fold}of{options.folds}-{options.every}.npz"
            kept = options.keep / key if options.keep else None
            if kept is not None and kept.exists():
                found = dict(np.load(kept))
            else:
                start = time.perf_counter()
                some = (paths, labels, books, inside, out, order)
                alone, jointly = answers(name, options.task, options.encoder, *some)
                minutes = (time.perf_counter() - start) / 60
                found = {"alone": alone, "jointly": jointly, "out": out, "minutes": np.array(minutes)}
                if kept is not None:
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    np.savez(kept, **found)
            pooled.setdefault(name, []).append((found["alone"], found["jointly"], truth[out]))
            scores = line(f"fold {fold} {name}", found["alone"], found["jointly"], truth[out])
            print(scores, f"{float(found['minutes']):.1f} min", flush=True)
    for name, parts in pooled.items():
        print(line(f"all {name}", *(np.concatenate(part) for part in zip(*parts, strict=True))))


def answers(
    name: str,
    task: str,
    encoder: str,
    paths: list[Path],
    labels: np.ndarray,
    books: np.ndarray,
    inside: np.ndarray,
    out: np.ndarray,
    order: tuple[str, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """Trained on the rows `inside`, answers for the rows `out` [n, order]: alone, by book."""
    head, vectors = trained(name, task, encoder, paths, labels, books, inside, out, order)
    columns = [order.index(label) for label in head.labels]
    alone, jointly = np.zeros((len(out), len(order))), np.zeros((len(out), len(order)))
    alone[:, columns], jointly[:, columns] = head.probabilities(vectors), head.answers(vectors, books[out])
    return alone, jointly


def trained(
    name: str,
    task: str,
    spec: str,
    paths: list[Path],
    labels: np.ndarray,
    books: np.ndarray,
    inside: np.ndarray,
    out: np.ndarray,
    order: tuple[str, ...],
) -> tuple[Head, np.ndarray]:
    """The head trained on the rows `inside`, and the vectors of the rows `out`."""
    if name == "head":
        encoder = load(spec)
        embeddings = Embeddings(cache_folder(), encoder)
        items = [illustration(str(path), path) for path in paths]
        for fault in embeddings.ensure(items):
            sys.exit(f"{fault.place}: {fault.reason}")
        matrix, _ = embeddings.matrix(items)
        head = training.train(
            task,
            matrix[inside],
            labels[inside].tolist(),
            books[inside].tolist(),
            (encoder.spec, encoder.sha256),
            training.RECIPES[task],
            order,
            known_words(task, encoder),
        )
        return head, matrix[out]
    recipe = recipes.load(name)
    if spec != DEFAULT:
        recipe = replace(recipe, backbone=spec, backbone_gpu="")
    model = finetune.finetune(
        task,
        [paths[i] for i in inside],
        labels[inside].tolist(),
        books[inside].tolist(),
        recipe,
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
        macro = float(np.nanmean(metrics.f1_per_label(truth, answer.argmax(axis=1), answer.shape[1])))
        error = metrics.calibration_error(answer, truth)
        cells.append(f"{right:.3f} (macro-F1 {macro:.3f}, calibration error {error:.3f})")
    return f"{name:16} {len(truth):5} pictures, alone {cells[0]}, together {cells[1]}"


if __name__ == "__main__":
    main()
