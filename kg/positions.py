"""Where the pictures of a whole store lie on its map, when it holds several corpora: one projection for all.

In: digests of pictures and their places, as the pipeline computed them. Out: `STORE/media/positions.npz`,
replaced as a whole, and the places of any pictures in any order. A store of one corpus needs none: its graph
has the places (`lg:mapX`, `lg:mapY`), as every corpus's own map has.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

_ENOUGH = 0.98  # of the pictures must have a place, or the map is of an earlier state


def keep(store_dir: Path | str, key: str, digests: Sequence[str], places: np.ndarray) -> None:
    """Keep the places [n, 2] in 0…1 of these pictures; `key` names what they were computed from."""
    file = _file(store_dir)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    with temporary.open("wb") as out:
        np.savez(out, key=np.array(key), digests=np.array(digests, "S64"), places=places.astype(np.float32))
    temporary.replace(file)


def key(store_dir: Path | str) -> str:
    """What the kept places were computed from, "" when there are none."""
    kept = _read(store_dir)
    return str(kept["key"]) if kept else ""


def joint(store_dir: Path | str, digests: Sequence[str]) -> tuple[np.ndarray, np.ndarray] | None:
    """Places [n, 2] of these pictures ("" for one without) and which of them have one; None when too few
    have.
    """
    kept = _read(store_dir)
    if kept is None:
        return None
    row = {digest.decode(): i for i, digest in enumerate(kept["digests"])}
    found = np.array([row.get(digest, -1) for digest in digests], np.int64)
    has = found >= 0
    wanted = sum(digest != "" for digest in digests)
    if not wanted or has.sum() < _ENOUGH * wanted:
        return None
    places = np.zeros((len(digests), 2))
    places[has] = kept["places"][found[has]]
    return places, has


def _read(store_dir: Path | str) -> dict[str, np.ndarray] | None:
    try:
        with np.load(_file(store_dir), allow_pickle=False) as kept:
            return {name: kept[name] for name in ("key", "digests", "places")}
    except (FileNotFoundError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None  # made anew by the next run; until then each corpus has its own map


def _file(store_dir: Path | str) -> Path:
    return Path(store_dir) / "media" / "positions.npz"
