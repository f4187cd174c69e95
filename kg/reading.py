"""Opening a store to read from it, as commands do: the served snapshot of a folder, or a remote endpoint.

In: a store as given on the command line. Out: something with `query`, and, for a folder, the snapshot's
database. The live database of a folder is never opened for reading: it may have a writer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg import snapshots
from kg.engines import StoreError
from kg.names import DEFAULT_BASE, Names
from kg.wording import names_dataset


@dataclass(frozen=True, slots=True)
class Reader:
    """A store opened for reading. `database` is None when it is remote."""

    names: Names
    version: str
    database: ox.Store | None
    engine: Any = None

    def query(self, sparql: str) -> Any:
        """Run a query on the graphs it names with FROM, or the union of all. Results are pyoxigraph's."""
        if self.database is not None:
            return self.database.query(sparql, use_default_graph_as_union=not names_dataset(sparql))
        return self.engine.query(sparql)


def open_reader(spec: str, version: str | None = None, base: str | None = None) -> Reader:
    """Open the served snapshot (or the one named) of a store, or a remote store.

    Raises StoreError when there is no such store or snapshot.
    """
    if spec.startswith("sparql:"):
        from kg.remote import Remote

        return Reader(Names(base or DEFAULT_BASE), "", None, Remote.from_spec(spec.removeprefix("sparql:")))
    folder = Path(spec.removeprefix("oxigraph:"))
    if not folder.is_dir():
        raise StoreError(f"{folder}: no such store")
    if version is None:
        snapshot = snapshots.latest(folder)
        if snapshot is None:
            raise StoreError(f"{folder}: nothing published yet (`legenda snapshot publish`)")
    else:
        named = {each.version: each for each in snapshots.list_all(folder)}
        if version not in named:
            raise StoreError(f"{folder}: no snapshot {version}; there are {', '.join(named) or 'none'}")
        snapshot = named[version]
    return Reader(Names(snapshot.base), snapshot.version, snapshot.open())
