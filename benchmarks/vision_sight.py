"""Finding a work again by sight: `python benchmarks/vision_sight.py CORPUS [--all]`.

CORPUS is a folder of book folders (`BOOK/illustrations.csv`, `BOOK/images/`) with `gold_artworks.csv`
(columns id, artwork_qid). Pictures with the same artwork are the same work; the others of this list are not.
Prints, of the pairs of one work: how many are among the nearest neighbours, how many the stage `duplicates`
finds, and how much of what it finds is right, with and without local geometry. Without `--all` only pictures
of identified works are searched, with it every picture of the corpus; pairs of which a picture has no artwork
in the list are then not judged.
"""

from __future__ import annotations

import csv
import sys
import time
from itertools import combinations
from pathlib import Path

import numpy as np

from kg.nouns import Illustration
from vision import duplicates
from vision.commands import cache_folder
from vision.embeddings import Embeddings
from vision.encoders import load
from vision.tables import illustration


def read(corpus: Path, everything: bool) -> tuple[list[Illustration], list[str]]:
    """The pictures and the work that each shows ("" unknown)."""
    with (corpus / "gold_artworks.csv").open(encoding="utf-8", newline="") as file:
        work = {row["id"]: row["artwork_qid"] for row in csv.DictReader(file)}
    items = []
    for table in sorted(corpus.glob("*/illustrations.csv")):
        with table.open(encoding="utf-8", newline="") as file:
            items += [
                illustration(row["id"], table.parent / row["image"])
                for row in csv.DictReader(file)
                if row["image"] and (everything or work.get(row["id"]))
            ]
    return items, [work.get(item.id, "") for item in items]


def measure(corpus: Path, everything: bool) -> None:
    """Print the figures."""
    items, works = read(corpus, everything)
    embeddings = Embeddings(cache_folder(), load())
    for fault in embeddings.ensure(items):
        print(fault.place, fault.reason, file=sys.stderr)
    vectors = duplicates.telling(embeddings, items)
    shown: dict[str, list[int]] = {}
    for row, work in enumerate(works):
        if work:
            shown.setdefault(work, []).append(row)
    gold = {pair for rows in shown.values() for pair in combinations(rows, 2)}
    print(f"{len(items)} pictures, {len(shown)} works, {len(gold)} pairs of one work")
    for name, each in (("as they come", embeddings.look(items)[0]), ("whitened", vectors)):
        for k in (1, 3, 5, 10):
            near = set(
                map(tuple, duplicates.likely(each, duplicates.DuplicateConfig(neighbours=k)).rows.tolist())
            )
            print(
                f"vectors {name}, {k:2} neighbours: {len(near)} candidates,"
                f" {len(near & gold)} pairs of one work"
            )
    config = duplicates.DuplicateConfig()
    start, cpu = time.perf_counter(), time.process_time()
    found = list(duplicates.pairs(items, vectors, config))
    print(
        f"looked closely at {len(found)} pairs in {time.perf_counter() - start:.0f} s ("
        f"{time.process_time() - cpu:.0f} s of CPU, {1000 * (time.process_time() - cpu) / len(items):.0f} ms"
        " a picture)"
    )
    judged = [p for p in found if works[p.first] and works[p.second]]
    true = np.array([(p.first, p.second) in gold for p in judged])
    for name, score in (
        ("cosine alone", np.array([p.likeness for p in judged])),
        ("with geometry", np.array([p.probability for p in judged])),
    ):
        for bar in (0.2, 0.3, 0.4) if name == "cosine alone" else (0.2, 0.5, 0.9):
            said = score >= bar
            right = int((said & true).sum())
            print(
                f"{name:14} ≥ {bar:.2f}: {said.sum():3} pairs, precision {right / max(1, said.sum()):.3f},"
                f" recall {right / len(gold):.3f} (of the candidates {right / max(1, true.sum()):.3f})"
            )
    print(f"pairs found at 0.5 in all: {sum(p.probability >= 0.5 for p in found)}")
    wrong = [p for p, same in zip(judged, true, strict=True) if p.probability >= 0.5 and not same]
    for pair in wrong:
        print("  not one work by the list:", items[pair.first].id, items[pair.second].id, pair.match)


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--all"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    measure(Path(arguments[0]), "--all" in sys.argv)
