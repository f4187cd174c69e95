"""Snapshots: immutable copies of a store that the web side and the command line read.

In: a store folder. Out: `STORE/snapshots/VERSION/` with an Oxigraph database and `snapshot.json`, and the
file `STORE/snapshots/CURRENT` that names the one being served. A snapshot is hard links to the live files
(milliseconds, no space until the live store changes). Publishing renames a finished folder and then replaces
CURRENT: a crash or a full disk before that leaves the old snapshot served.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import shapes, terms
from kg.engines import Embedded, StoreError
from kg.names import DEFAULT_BASE
from kg.sparql import bind
from kg.store import Store, open_store

if TYPE_CHECKING:
    import rdflib


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published version of a store; `version` is the dataset's version everywhere."""

    version: str
    path: Path
    published: datetime
    revision: int
    base: str

    def open(self) -> ox.Store:
        """The snapshot's database, read-only. Any number of processes may have it open."""
        try:
            return ox.Store.read_only(str(self.path / "db"))
        except OSError as error:
            raise StoreError(f"{self.path}: cannot open the snapshot: {error}") from error

    def dataset(self) -> rdflib.Dataset:
        """The snapshot for rdflib, read-only; the default graph is the union of all (see `kg.datasets`)."""
        from kg.datasets import dataset

        return dataset(self.open())


def publish(store: Store | Path | str, *, keep: int = 5, force: bool = False) -> Snapshot:
    """Publish what the store holds and serve it; keep the last `keep` snapshots.

    Returns the snapshot already served when nothing changed since. Raises StoreError when a graph is
    incomplete or the SHACL shapes are broken (`force` publishes all the same), or when another process writes
    to the store.
    """
    opened = nullcontext(store) if isinstance(store, Store) else open_store(store)
    with opened as live:
        if live.folder is None or not isinstance(live.engine, Embedded):
            raise StoreError("only a store on disk has snapshots; a remote store is served by its own server")
        revision, served = live.revision(), latest(live.folder)
        if served is not None and served.revision == revision and not force:
            return served
        if not force and (unfinished := live.unfinished()):
            raise StoreError(
                f"{unfinished[0]} is incomplete: run `legenda enrich` again, or publish with --force"
            )
        if not force:
            _refuse_violations(live)
        return _write(live, live.folder, live.engine, revision, keep)


def _refuse_violations(live: Store, shown: int = 5) -> None:
    found = list(islice(shapes.check(live.query), shown + 1))
    if found:
        more = ", and more" if len(found) > shown else ""
        listed = "; ".join(str(violation) for violation in found[:shown])
        raise StoreError(
            f"the graph breaks its SHACL shapes: {listed}{more}; publish with --force, or mend it"
        )


def _write(live: Store, folder: Path, engine: Embedded, revision: int, keep: int) -> Snapshot:
    now = datetime.now(UTC).replace(microsecond=0)
    version = f"{now:%Y%m%dT%H%M%SZ}-{revision}"
    root = folder / "snapshots"
    try:
        root.mkdir(exist_ok=True)
        for left in root.glob(".unfinished-*"):
            shutil.rmtree(left, ignore_errors=True)
        number = 1
        while (root / version).exists():
            number += 1
            version = f"{now:%Y%m%dT%H%M%SZ}-{revision}.{number}"
        building = root / f".unfinished-{version}"
        engine.update(
            bind(
                "version.ru",
                catalogue=terms.node(live.names.graph("catalogue")),
                dataset=terms.node(live.base + "dataset"),
                version=terms.text(version),
                now=terms.moment(now.isoformat()),
            )
        )
        building.mkdir()
        engine.store.backup(str(building / "db"))
        card = {"version": version, "published": now.isoformat(), "revision": revision, "base": live.base}
        (building / "snapshot.json").write_text(json.dumps(card) + "\n", encoding="utf-8")
        building.replace(root / version)
        _serve(root, version)
    except OSError as error:
        for left in root.glob(".unfinished-*"):
            shutil.rmtree(left, ignore_errors=True)
        raise StoreError(f"{root}: cannot publish: {error}; the old snapshot is still served") from error
    prune(folder, keep)
    return _read(root / version)


def latest(store_dir: Path | str) -> Snapshot | None:
    """The snapshot that is served, None when there is none."""
    root = Path(store_dir) / "snapshots"
    try:
        version = (root / "CURRENT").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    try:
        return _read(root / version)
    except FileNotFoundError as error:
        raise StoreError(f"{root}: CURRENT names {version}, which is not there") from error


def list_all(store_dir: Path | str) -> list[Snapshot]:
    """Every snapshot of a store, oldest first."""
    root = Path(store_dir) / "snapshots"
    found = [
        _read(card.parent) for card in root.glob("*/snapshot.json") if not card.parent.name.startswith(".")
    ]
    return sorted(found, key=lambda snapshot: (snapshot.published, snapshot.revision, snapshot.version))


def rollback(store_dir: Path | str, version: str | None = None) -> Snapshot:
    """Serve an older snapshot: the given one, or the one before the served one. The live store is not
    touched.
    """
    root = Path(store_dir) / "snapshots"
    known = {snapshot.version: snapshot for snapshot in list_all(store_dir)}
    if version is None:
        served = latest(store_dir)
        order = list(known)
        place = order.index(served.version) if served else 0
        if place == 0:
            raise StoreError(f"{root}: there is no older snapshot to go back to")
        version = order[place - 1]
    if version not in known:
        raise StoreError(f"{root}: no snapshot {version}; there are {', '.join(known) or 'none'}")
    _serve(root, version)
    return known[version]


def prune(store_dir: Path | str, keep: int = 5) -> list[str]:
    """Remove all but the newest `keep` snapshots and the served one; returns the versions removed."""
    if keep < 1:
        raise ValueError("at least one snapshot is kept")
    served = latest(store_dir)
    gone = []
    for snapshot in list_all(store_dir)[:-keep]:
        if served is None or snapshot.version != served.version:
            shutil.rmtree(snapshot.path)
            gone.append(snapshot.version)
    return gone


def _serve(root: Path, version: str) -> None:
    temporary = root / "CURRENT.tmp"
    with temporary.open("w", encoding="utf-8") as out:
        out.write(version + "\n")
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(root / "CURRENT")


def _read(folder: Path) -> Snapshot:
    card = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
    return Snapshot(
        card["version"],
        folder,
        datetime.fromisoformat(card["published"]),
        int(card["revision"]),
        card.get("base", DEFAULT_BASE),
    )
