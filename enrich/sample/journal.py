"""The journal: which plates stand in which volume, with caption, article and page; and the corpus's files.

In goes a folder and a seed; out come four volumes (German 1908, French 1909, English 1910, all three
1911), each with `book.json`, `illustrations.csv` and `images/`, beside them `thesaurus.ttl`,
`labels.csv` (file, label: what each picture was drawn as) and a README. The journal is invented; famous
works are named, never reproduced.
"""

from __future__ import annotations

import csv
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

from enrich.sample import (
    buildings,
    drawings,
    elevations,
    landscapes,
    objects,
    ornament,
    paintings,
    photographs,
    plans,
    prints,
    sculpture,
)
from enrich.sample.text import articles, passages
from enrich.sample.tones import Draw

KINDS: dict[str, dict[str, Draw]] = {
    "reproduction": landscapes.PLATES | paintings.PLATES,
    "graphic": prints.PLATES | drawings.PLATES,
    "photography": photographs.PLATES,
    "object": objects.PLATES,
    "architecture": buildings.PLATES | elevations.PLATES,
    "sculpture": sculpture.PLATES,
    "plan": plans.PLATES,
    "ornament": ornament.PLATES,
}
NOTE = (
    "An invented journal: every picture is drawn by program code, every text is written for this sample. "
    "Captions name famous works so that there is something to link; the pictures do not reproduce them."
)


@dataclass(frozen=True)
class Plate:
    """One plate: the drawing's name, the article it stands in, its caption."""

    drawing: str
    language: str
    subject: str
    caption: str

    @property
    def kind(self) -> str:
        return next(kind for kind, plates in KINDS.items() if self.drawing in plates)


@dataclass(frozen=True)
class Volume:
    """One year of the journal."""

    slug: str
    title: str
    year: str
    language: str
    plates: tuple[Plate, ...]


def volumes() -> list[Volume]:
    """The four volumes, read from `plates.json`."""
    data = json.loads((files("enrich.sample") / "plates.json").read_text(encoding="utf-8"))
    return [Volume(**{**v, "plates": tuple(Plate(*p) for p in v["plates"])}) for v in data]


def picture(plate: Plate, seed: int) -> Image.Image:
    """The plate's picture: the same pixels for the same seed, whatever else is drawn."""
    rng = np.random.default_rng([seed, zlib.crc32(plate.drawing.encode())])
    return KINDS[plate.kind][plate.drawing](rng)


def rows(volume: Volume, seed: int) -> list[dict[str, str]]:
    """The volume's illustrations as rows of the canonical table, in the order of its pages."""
    texts = {language: articles(language) for language in {p.language for p in volume.plates}}
    total: dict[tuple[str, str], int] = {}
    for plate in volume.plates:
        total[plate.language, plate.subject] = total.get((plate.language, plate.subject), 0) + 1
    seen: dict[tuple[str, str], int] = {}
    page, out = 1, []
    for number, plate in enumerate(volume.plates, 1):
        key = plate.language, plate.subject
        rng = np.random.default_rng([seed, zlib.crc32(f"{volume.slug}/{plate.drawing}".encode())])
        article = texts[plate.language][plate.subject]
        before, after = passages(rng, article, plate.language, plate.kind, seen.get(key, 0), total[key])
        page += int(rng.integers(1, 3)) if seen.get(key) else int(rng.integers(3, 9))
        seen[key] = seen.get(key, 0) + 1
        name = f"{volume.slug}-{number:03d}"
        out.append(
            {
                "id": name,
                "image": f"images/{name}.jpg",
                "page": str(page),
                "caption": plate.caption,
                "alt": "",
                "heading": article.heading,
                "text_before": before,
                "text_after": after,
                "language": plate.language,
            }
        )
    return out


def write(folder: Path, seed: int, drawn: Callable[[int, int], None]) -> None:
    """Draw and write the whole corpus; `drawn(done, of)` is called after each plate."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("thesaurus.ttl", "legenda.toml", "README.md"):
        _text(folder / name, (files("enrich.sample") / "corpus" / name).read_text(encoding="utf-8"))
    every = volumes()
    of, done, labels = sum(len(v.plates) for v in every), 0, []
    for volume in every:
        place = folder / volume.slug
        (place / "images").mkdir(parents=True, exist_ok=True)
        table = rows(volume, seed)
        for plate, row in zip(volume.plates, table, strict=True):
            picture(plate, seed).save(place / row["image"], "JPEG", quality=82)
            labels.append((f"{volume.slug}/{row['image']}", plate.kind))
            done += 1
            drawn(done, of)
        with (place / "illustrations.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
        book = {
            "slug": volume.slug,
            "title": volume.title,
            "author": "",
            "year": volume.year,
            "language": volume.language,
            "licence": "CC0 1.0 (https://creativecommons.org/publicdomain/zero/1.0/)",
            "note": NOTE,
            "illustrations": len(table),
        }
        _text(place / "book.json", json.dumps(book, ensure_ascii=False, indent=1) + "\n")
    _text(folder / "labels.csv", "file,label\n" + "".join(f"{f},{k}\n" for f, k in labels))


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
