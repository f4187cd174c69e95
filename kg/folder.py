"""The folder of a store on disk: who may write in it, and what base IRI it was made with.

In: a folder. Out: the writer's lock, and the base IRI from `store.json`, which is written when the folder is
new.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from kg.engines import StoreError
from kg.names import DEFAULT_BASE, Names

#: Version of the layout on disk.
FORMAT = 1


def lock(folder: Path) -> int:
    """Take the writer's lock of a store folder; the system frees it however the process ends."""
    import fcntl

    handle = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise StoreError(f"{folder}: another process is writing to this store") from error
    return handle


def settle_base(folder: Path, base: str | None) -> str:
    """The base IRI of a store; a new folder gets `base`, an existing store keeps its own.

    Raises StoreError when the folder is no store and not empty, was written by a newer program, or has
    another base.
    """
    file = folder / "store.json"
    if file.exists():
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            format, own = int(said["format"]), str(said["base"])
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{file}: not the description of a store: {error}") from error
        if format > FORMAT:
            raise StoreError(f"{folder}: written by a newer Legenda (store format {format}, known: {FORMAT})")
        if base is not None and base != own:
            raise StoreError(
                f"{folder}: its base IRI is {own}, not {base}; a store keeps the base it was made with"
            )
        return own
    if any(entry.name not in ("writer.lock", "media", "cache") for entry in folder.iterdir()):
        raise StoreError(f"{folder}: not empty, and not a store (no store.json)")
    chosen = Names(base or DEFAULT_BASE).base
    temporary = folder / "store.json.tmp"
    temporary.write_text(json.dumps({"format": FORMAT, "base": chosen}) + "\n", encoding="utf-8")
    temporary.replace(file)
    return chosen
