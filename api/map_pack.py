"""What the map loads of a snapshot: places, colours, years and values of all pictures, as compact columns.

In: a dataset with its index, its places (`mapX`, `mapY`, or the store's joint places) and its thumbnails.
Out: the folder `map-N/` beside the snapshot, written once and whole: `manifest.json`, which names all the
rest; columns as gzip files named by their content, so that browsers keep them for ever; and `plates.npy`,
which says what number in the index each picture of the map has. Pictures are numbered in an order in which
neighbours on the map are neighbours in the list.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import shutil
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from api.dataset import Dataset
from api.language import INTERFACE, word
from api.map_places import Array, apart, cells, islands, morton
from kg.atlases import Atlases, levels
from kg.positions import joint

#: Increased when the files change: a pack of another format is written anew.
FORMAT = 2
#: What pictures are laid out and narrowed by, in the order of the page.
FACETS = (
    *("category", "medium", "artist", "reproduces", "topic", "descriptor"),
    *("cluster", "group", "source", "language"),
)
_MOST = 255  # values of one facet of one picture


class Pack:
    """The finished pack of one snapshot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.plates: Array = np.load(folder / "plates.npy")
        self._place = np.full(int(self.plates.max(initial=0)) + 1, -1, np.int64)
        self._place[self.plates] = np.arange(len(self.plates))

    def __len__(self) -> int:
        return len(self.plates)

    def places(self, plates: list[int]) -> list[int]:
        """The numbers on the map of pictures by their numbers in the index; those it does not have are left
        out.
        """
        inside = np.array([p for p in plates if 0 <= p < len(self._place)], np.int64)
        found = self._place[inside] if len(inside) else inside
        return [int(place) for place in found[found >= 0]]

    @cached_property
    def seen(self) -> Array:
        """Which pictures can be shown at all."""
        raw = gzip.decompress((self.folder / self.manifest["plates"]).read_bytes())
        return np.frombuffer(raw, "u1", len(self), 4 * len(self)) > 0

    def file(self, name: str) -> Path | None:
        """A file of the pack by a name that its manifest gives, None for any other."""
        known = {
            self.manifest["plates"],
            *(f[k] for f in self.manifest["facets"] for k in ("file", "labels")),
        }
        return self.folder / name if name in known else None


def folder_of(found: Dataset) -> Path:
    """Where the pack of a snapshot lies or is to be written."""
    return found.index.file.parent / f"map-{FORMAT}"


def ensure(found: Dataset) -> Pack:
    """The pack of a snapshot, written when it is not there. Several processes may ask at once: one writes,
    the others wait for it; a crash leaves nothing half-made.
    """
    folder = folder_of(found)
    if not (folder / "manifest.json").exists():
        with (folder.parent / ".map.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "manifest.json").exists():
                building = folder.with_name(f".{folder.name}.building")
                shutil.rmtree(building, ignore_errors=True)
                building.mkdir()
                _build(found, building)
                shutil.rmtree(folder, ignore_errors=True)
                building.replace(folder)
    return Pack(folder)


def file_of(found: Dataset, name: str) -> Path | None:
    """A file of a snapshot's pack, or of another snapshot's that is still kept: who began to load a map goes
    on loading it while a new one is published. None for a name that no pack gives.
    """
    own = folder_of(found)
    others = sorted(own.parent.parent.glob(f"*/{own.name}"), reverse=True)
    earlier = (Pack(folder) for folder in others if (folder / "manifest.json").exists())
    files = (pack.file(name) for pack in chain([ensure(found)], earlier))
    return next((file for file in files if file is not None and file.is_file()), None)


def _build(found: Dataset, folder: Path) -> None:
    rows = found.index.ask("SELECT number, iri, digest, year FROM plate ORDER BY number")
    digests = [row["digest"] for row in rows]
    atlases = Atlases(found.folder)
    atlases.ensure(digests)
    looks = atlases.looks(digests)
    seen = np.array([look.width > 0 for look in looks], bool)
    places, has_place = _places(found, rows, digests)
    spread = np.zeros((len(rows), 2))
    spread[has_place] = apart(places[has_place])
    order = np.concatenate(
        [np.flatnonzero(has_place)[morton(spread[has_place])], np.flatnonzero(~has_place)]
    ).astype(np.int64)
    numbers = np.array([row["number"] for row in rows], np.int64)[order]
    np.save(folder / "plates.npy", numbers.astype(np.uint32))
    aspect = np.array([look.width / look.height if look.width else 1.0 for look in looks])
    years = np.array([int(row["year"]) if row["year"].isdigit() else 0 for row in rows], np.int64)
    narrow = len(rows) <= 0xFFFF
    columns = (
        np.round(spread[order] * 65535).astype("<u2").T.tobytes(),
        np.where(seen, np.clip(np.round(np.log2(aspect) * 32) + 128, 64, 192), 0)[order]
        .astype("u1")
        .tobytes(),
        np.array([look.colour for look in looks], "u1").reshape(-1, 3)[order].tobytes(),
        years[order].astype("<u2").tobytes(),
        order.astype("<u2" if narrow else "<u4").tobytes(),
    )
    dated = years[years > 0]
    made = levels(len(rows))
    sheets = [atlases.sheets([digests[i] for i in order], level) for level in made]
    manifest = {
        "format": FORMAT,
        "version": found.version,
        "count": len(rows),
        "placed": int(has_place.sum()),
        "cells": cells(int(has_place.sum())),
        "years": [int(dated.min()), int(dated.max())] if len(dated) else [],
        "levels": [
            {"side": level.side, "columns": level.columns, "sheets": names}
            for level, names in zip(made, sheets, strict=True)
        ],
        "plates": _file(folder, "plates", b"".join(columns)),
        "facets": _facets(found, folder, numbers),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


def _places(found: Dataset, rows: list[dict[str, Any]], digests: list[str]) -> tuple[Array, Array]:
    """A place for each picture, and which of them have one: from the projection of the whole store where
    there is one, else from those of its corpora, side by side.
    """
    shared = joint(found.folder, digests)
    if shared is not None:
        return shared
    number = {row["iri"]: place for place, row in enumerate(rows)}
    places, corpus = np.zeros((len(rows), 2)), np.zeros(len(rows), np.int64)
    has = np.zeros(len(rows), bool)
    corpora: dict[str, int] = {}
    for row in found.rows("map_places"):
        place = number.get(row["plate"].value)
        if place is None or "x" not in row:
            continue
        places[place] = np.clip([float(row["x"].value), float(row["y"].value)], 0, 1)
        corpus[place] = corpora.setdefault(row["corpus"].value, len(corpora))
        has[place] = True
    if len(corpora) > 1:
        places[has] = islands(places[has], corpus[has])
    return places, has


def _facets(found: Dataset, folder: Path, numbers: Array) -> list[dict[str, Any]]:
    """A file of values and a file of their names for every facet that somebody has used."""
    place = {int(number): i for i, number in enumerate(numbers)}
    iris = {row["iri"]: row["number"] for row in found.index.ask("SELECT iri, number FROM plate")}
    sure: dict[tuple[str, str, int], float] = {}
    for row in found.rows("map_confidence"):
        plate = iris.get(row["plate"].value)
        if plate is not None:
            key = (row["property"].value.rsplit("#", 1)[-1], row["entity"].value, plate)
            sure[key] = max(sure.get(key, 0.0), float(row["confidence"].value))
    groups: dict[str, list[int]] = {}
    names: dict[str, str] = {}
    for row in found.rows("map_groups"):
        names[row["entity"].value] = row["label"].value
        if (plate := iris.get(row["plate"].value)) is not None:
            groups.setdefault(row["entity"].value, []).append(plate)
    made = []
    for facet in FACETS:
        if facet == "group":
            listed = [(iri, plate) for iri, plates in groups.items() for plate in plates]
        else:
            sql = "SELECT entity, plate FROM value WHERE property = ?"
            listed = [(row["entity"], row["plate"]) for row in found.index.ask(sql, (facet,))]
        if not listed:
            continue
        totals: dict[str, int] = {}
        of_place: list[list[tuple[float, str]]] = [[] for _ in numbers]
        for entity, plate in listed:
            totals[entity] = totals.get(entity, 0) + 1
            of_place[place[plate]].append((sure.get((facet, entity, plate), 1.0), entity))
        ranked = sorted(totals, key=lambda entity: (-totals[entity], entity))
        made.append(_facet(found, folder, facet, ranked, totals, of_place, names))
    return made


def _facet(
    found: Dataset,
    folder: Path,
    facet: str,
    ranked: list[str],
    totals: dict[str, int],
    of_place: list[list[tuple[float, str]]],
    names: dict[str, str],
) -> dict[str, Any]:
    """The columns of one facet: how many values each picture has, then all values (the surest of a picture
    first), then how sure each is, in steps of 1/255.
    """
    value = {entity: i for i, entity in enumerate(ranked)}
    counts, values, sureness = bytearray(), [], bytearray()
    for of_one in of_place:
        best = sorted(of_one, key=lambda pair: (-pair[0], value[pair[1]]))[:_MOST]
        counts.append(len(best))
        values += [value[entity] for _, entity in best]
        sureness += bytes(round(max(0.0, min(1.0, confidence)) * 255) for confidence, _ in best)
    wide = len(ranked) > 0xFFFF
    content = bytes(counts) + np.array(values, "<u4" if wide else "<u2").tobytes() + bytes(sureness)
    labels = found.index.labels([entity for entity in ranked if "/" in entity])
    listed = []
    for entity in ranked:
        parts = found.names.split(entity)
        texts = {tag or "": text for text, tag in sorted(labels.get(entity, []), reverse=True)}
        if facet == "language":
            texts = {spoken: word(entity, spoken) for spoken in INTERFACE}
        elif entity in names:
            texts = {"": names[entity]}
        listed.append([parts[1] if parts else entity, totals[entity], texts])
    return {
        "name": facet,
        "kind": {"reproduces": "artwork"}.get(facet, facet),
        "values": len(ranked),
        "wide": wide,
        "file": _file(folder, facet, content),
        "labels": _file(folder, f"{facet}-labels", json.dumps(listed, ensure_ascii=False).encode()),
    }


def _file(folder: Path, name: str, content: bytes) -> str:
    """Write a compressed file named by its content."""
    file = f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.gz"
    with (folder / file).open("wb") as out:
        out.write(gzip.compress(content, 6, mtime=0))
        out.flush()
        os.fsync(out.fileno())
    return file
