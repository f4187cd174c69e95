"""A store as an rdflib Dataset, for people who work in Python with rdflib.

In: an Oxigraph database. Out: a `rdflib.Dataset` that cannot be written to, with the union of all graphs as
its default graph and our prefixes bound. SPARQL given to it runs in Oxigraph, not in rdflib's own engine;
walking triples reads the indexes of Oxigraph. Changes go through the methods of `kg.store.Store`, which keep
claims, direct triples and catalogue in step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NoReturn, cast

import pyoxigraph as ox
import rdflib
from oxrdflib import OxigraphStore

from kg.engines import StoreError
from kg.names import NAMESPACES
from kg.sparql import bind

_Pattern = tuple[rdflib.term.Node | None, rdflib.term.Node | None, rdflib.term.Node | None]
_Row = tuple[Any, Iterator[Any]]


def dataset(database: ox.Store, in_order: bool = True) -> rdflib.Dataset:
    """The database as a Dataset; `dataset.graph(IRI)` is one named graph.

    `in_order` False says that the database is in memory, where quads come in no order.
    """
    made = rdflib.Dataset(store=_Unchangeable(database, in_order), default_union=True)
    for prefix, namespace in NAMESPACES.items():
        made.bind(prefix, namespace, replace=True)
    return made


class _Unchangeable(OxigraphStore):
    """oxrdflib's store, with each triple once whatever the number of graphs that hold it, and no changes."""

    def __init__(self, database: ox.Store, in_order: bool) -> None:
        super().__init__(store=database)
        self._in_order = in_order

    def triples(self, triple_pattern: _Pattern, context: rdflib.Graph | None = None) -> Iterator[_Row]:
        if context is not None or triple_pattern != (None, None, None):
            rows = super().triples(triple_pattern, context)
            return _merged(rows if self._in_order else sorted(rows, key=lambda row: row[0]))
        # Unbound, Oxigraph goes graph by graph; bound, the occurrences of a triple follow each other.
        rows = cast(ox.QuerySolutions, self._inner.query(bind("predicates.rq")))
        predicates = [cast(ox.NamedNode, row["p"]).value for row in rows]
        return (row for each in predicates for row in self.triples((None, rdflib.URIRef(each), None)))

    def add_graph(self, graph: rdflib.Graph) -> None:
        """Nothing: `Dataset.graph` calls it for every graph that is looked at."""

    def add(self, *given: object, **more: object) -> NoReturn:
        raise StoreError("this dataset is for reading; write with the methods of kg.store.Store")

    addN = remove = remove_graph = update = add


def _merged(rows: Iterable[_Row]) -> Iterator[_Row]:
    for triple, same in groupby(rows, key=lambda row: row[0]):
        yield triple, iter([context for _, contexts in same for context in contexts])
