"""What a triple store must be able to do for us, and the embedded one that does it: Oxigraph, on disk or in
memory.

In: SPARQL text and N-Triples files. Out: query results as pyoxigraph's, whatever the engine. The remote twin
is `kg.remote`. An engine knows nothing of claims; `kg.store` does.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import pyoxigraph as ox

from kg.sparql import bind
from kg.wording import names_dataset

#: Quads per transaction when a graph is emptied: one transaction holds all of its deletions in memory.
_BATCH = 50_000
#: Bytes of N-Triples per bulk load, about 50,000 triples, and how many bulk loads run at once. One load of a
#: whole file reads up to a million quads while it sorts the million before: 1.6 GB and one core most of the
#: time. Two small ones side by side keep two cores busy and need 0.2 GB however big the file is.
_BLOCK = 8 << 20
_LOADERS = 2


class StoreError(Exception):
    """A store that cannot be used as asked, in one line a user can act on."""


class Engine(Protocol):
    """A SPARQL 1.1 store that can also load and dump a graph as N-Triples.

    `update_lines`: how many lines of data one update may hold.
    """

    update_lines: int

    def query(self, sparql: str) -> Any:
        """Solutions, triples or a boolean (pyoxigraph's), from the graphs of FROM or the union of all."""
        ...

    def update(self, sparql: str) -> None:
        """One SPARQL update; all of it or nothing, where the engine has transactions."""
        ...

    def load(self, graph: str, file: Path) -> None:
        """Add a file of N-Triples to a graph, fast. After a crash the graph may hold a part of it."""
        ...

    def dump(self, graph: str, file: Path) -> None:
        """Write a graph to a file of N-Triples, in no order."""
        ...

    def clear(self, graph: str) -> None:
        """Empty a graph in bounded memory. Not one transaction."""
        ...

    def close(self) -> None:
        """Let go of the store; its files can be opened by another process afterwards."""
        ...


class Embedded:
    """Oxigraph in this process. `folder` None keeps everything in memory."""

    #: A transaction is held in memory.
    update_lines = 40_000

    def __init__(self, folder: Path | None = None) -> None:
        try:
            self.store = ox.Store(str(folder)) if folder else ox.Store()
        except OSError as error:
            raise StoreError(f"{folder}: cannot open the store: {error}") from error
        self.on_disk = folder is not None

    def query(self, sparql: str) -> Any:
        return self.store.query(sparql, use_default_graph_as_union=not names_dataset(sparql))

    def update(self, sparql: str) -> None:
        self.store.update(sparql)

    def load(self, graph: str, file: Path) -> None:
        # Lenient: every term comes from kg.terms and kg.names, which let no malformed one through.
        name, turn = ox.NamedNode(graph), Lock()

        def load() -> None:
            while True:
                with turn:
                    block = lines.read(_BLOCK) + lines.readline()
                if not block:
                    return
                self.store.bulk_load(block, format=ox.RdfFormat.N_TRIPLES, to_graph=name, lenient=True)

        with file.open("rb") as lines, ThreadPoolExecutor(_LOADERS) as loaders:
            for loaded in [loaders.submit(load) for _ in range(_LOADERS)]:
                loaded.result()

    def dump(self, graph: str, file: Path) -> None:
        name = ox.NamedNode(graph)
        if not self.store.contains_named_graph(name):
            file.write_bytes(b"")
            return
        self.store.dump(str(file), ox.RdfFormat.N_TRIPLES, from_graph=name)

    def clear(self, graph: str) -> None:
        some = bind("clear-some.ru", graph=str(ox.NamedNode(graph)), limit=str(_BATCH))
        while self._any(graph):
            self.store.update(some)
        self.store.remove_graph(ox.NamedNode(graph))

    def _any(self, graph: str) -> bool:
        return next(self.store.quads_for_pattern(None, None, None, ox.NamedNode(graph)), None) is not None

    def close(self) -> None:
        try:
            if self.on_disk:
                self.store.flush()
        finally:
            del self.store
