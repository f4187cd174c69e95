"""The tables of a static site, for those who stay with PixPlot or VIKUS Viewer.

In: a dataset and its pictures in an order. Out: `pictures.csv` (everything believed of every picture),
`pixplot.csv` (the columns PixPlot reads), `vikus-data.csv` and `vikus-layout.csv` (as VIKUS Viewer reads
them).
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from api.dataset import Dataset
from api.map_exports import rows, table
from api.map_pack import Pack
from api.map_routes import records_of

_DETAILS = ("caption", "source", "artist", "iri")


def write(found: Dataset, pack: Pack, places: np.ndarray, folder: Path, language: str) -> None:
    """Write the tables of the pictures at these numbers of the map, in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = pack.plates[places]
    with (folder / "pictures.csv").open("w", encoding="utf-8", newline="") as out:
        out.writelines(table(found, numbers, language))
    records = records_of(found, numbers)
    names = [f"{record['digest']}-480.webp" if record["digest"] else "" for record in records]

    def tagged() -> Iterator[tuple[dict[str, str], str, list[str]]]:
        for row, name in zip(rows(found, numbers, language), names, strict=True):
            if name:  # both programs know only pictures
                tags = [tag for f in ("artist", "topic", "descriptor") for tag in row[f].split(" | ") if tag]
                yield row, name, [tag.replace("|", "/") for tag in tags]

    _table(
        folder / "pixplot.csv",
        ("filename", "category", "tags", "description", "permalink", "year"),
        (
            (n, row["category"], "|".join(tags), row["caption"], row["iri"], row["year"])
            for row, n, tags in tagged()
        ),
    )
    _table(
        folder / "vikus-data.csv",
        ("id", "keywords", "year", "_title", "_source", "_artist", "_link"),
        (
            (n.removesuffix(".webp"), _keywords(row, tags), row["year"], *(row[c] for c in _DETAILS))
            for row, n, tags in tagged()
        ),
    )
    raw = gzip.decompress((pack.folder / pack.manifest["plates"]).read_bytes())
    x, y = np.frombuffer(raw, "<u2", 2 * len(pack)).reshape(2, -1) / 65535
    placed = set(range(pack.manifest["placed"]))
    _table(
        folder / "vikus-layout.csv",
        ("id", "x", "y"),
        (
            (name.removesuffix(".webp"), f"{x[place]:.5f}", f"{y[place]:.5f}")
            for place, name in zip(places.tolist(), names, strict=True)
            if name and place in placed
        ),
    )


def _keywords(row: dict[str, str], tags: list[str]) -> str:
    return ",".join(tag.replace(",", ";") for tag in [row["category"], *tags] if tag)


def _table(file: Path, header: tuple[str, ...], content: Iterable[tuple[str, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(content)
