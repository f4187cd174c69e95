"""How well works are known again by sight: reproductions in one book against those in all the others.

In goes a folder of books (each with illustrations.csv and images/) and a gold table (book, id, artwork_qid).
Every book in turn is looked at with an index made of the other books' reproductions; out come precision and
recall of the works found by sight alone, at several probabilities, over the pictures whose work is (or is
not) in the index, and what the index does to the links of the captions.

    python benchmarks/linking_sight.py CORPUS_FOLDER GOLD.csv [--gazetteer G]
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from enrich.linking.bysight import SightIndex, told
from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.request import Request


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--gazetteer", default="builtin")
    options = parser.parse_args()
    with options.gold.open(encoding="utf-8", newline="") as file:
        works = {(r["book"], r["id"]): r["artwork_qid"] for r in csv.DictReader(file)}
    books: dict[str, list[tuple[str, Path, str, str]]] = defaultdict(list)  # id, picture, work, caption
    for book in sorted({b for b, _ in works}):
        folder = options.corpus.resolve() / book
        with (folder / "illustrations.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                picture = folder / (row["image"] if "/" in row["image"] else f"images/{row['image']}")
                if picture.is_file():
                    work = works.get((book, row["id"]), "")
                    books[book].append((row["id"], picture, work, row["caption"]))
    linker = Linker(open_gazetteer(options.gazetteer))
    answers: list[tuple[str, str, float]] = []  # right work, found, probability
    links: dict[str, list[tuple[str, str]]] = {"caption alone": [], "caption and sight": []}
    for book, pictures in books.items():
        others = [(p, w) for b, ps in books.items() if b != book for _, p, w, _ in ps if w]
        held = {w for _, w in others}
        if not any(w in held for _, _, w, _ in pictures):
            continue
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "works.csv"
            with table.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                writer.writerow(("file", "qid"))
                writer.writerows(others)
            index = SightIndex(table)
        asked = [p for p in pictures if p[2]]  # a picture without a work in the gold is not judged
        for (_, _, work, caption), seen in zip(asked, index.find([p[1] for p in asked]), strict=True):
            best = seen[0] if seen else None
            right = work if work in held else ""
            answers.append((right, f"Q{best.item}" if best else "", best.probability if best else 0.0))
            request = Request(caption)
            for name, one in (
                ("caption alone", request),
                ("caption and sight", replace(request, seen=told(seen))),
            ):
                artwork = linker.link(one).artwork
                links[name].append((work, artwork.qid if artwork else ""))
    known = sum(bool(r) for r, _, _ in answers)
    print(f"{len(answers)} pictures, of {known} the work is in another book")
    for least in (0.2, 0.5, 0.8, 0.95):
        found = [(r, f) for r, f, p in answers if f and p >= least]
        hit = sum(r == f for r, f in found)
        print(f"by sight, probability ≥ {least}: P {_share(hit, len(found))} R {_share(hit, known)}")
    for name, pairs in links.items():
        report(name, pairs)


def report(name: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Precision and recall of the works linked."""
    hit = sum(w == f for w, f in pairs)
    linked = sum(bool(f) for _, f in pairs)
    print(f"{name}: {linked} linked, P {_share(hit, linked)} R {_share(hit, len(pairs))}")


def _share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):.3f}"


if __name__ == "__main__":
    main()
