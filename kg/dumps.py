"""Dumps: a snapshot, or some of its named graphs, as one file in flat memory.

In: a reader. Out: N-Quads, TriG, N-Triples or Turtle, compressed when the file's name ends in ".gz". A file
is written under another name and then renamed, so that nobody downloads half of one.
"""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from kg import terms
from kg.engines import StoreError
from kg.names import NAMESPACES
from kg.reading import Reader

FORMATS = {
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
}


def write_dump(
    reader: Reader,
    out: Path | None,
    form: str | None = None,
    graphs: Sequence[str] = (),
    in_order: bool = False,
) -> None:
    """Write the dataset, or only `graphs`, to a file or to standard output.

    N-Triples and Turtle have no graph names: they take exactly one graph, or merge all. `in_order` sorts
    N-Quads, in memory. Raises StoreError for a graph that is not there and for a remote store.
    """
    if reader.database is None:
        raise StoreError("a remote store is dumped by its own server, or graph by graph by SPARQL CONSTRUCT")
    form = form or _form_of(out)
    database = reader.database
    chosen = [_graph(reader, name) for name in graphs]
    sought: list[ox.NamedNode | None] = [*chosen] or [None]
    with _target(out) as target:
        if in_order:
            quads = (str(quad) for graph in sought for quad in _quads(database, graph))
            target.writelines(f"{line} .\n".encode() for line in sorted(quads))
        elif form in ("nt", "ttl") and len(chosen) == 1:
            database.dump(target, FORMATS[form], from_graph=chosen[0], prefixes=NAMESPACES)
        elif form in ("nt", "ttl"):
            triples = (quad.triple for graph in sought for quad in _quads(database, graph))
            ox.serialize(triples, target, FORMATS[form], prefixes=NAMESPACES)
        elif chosen:
            some = (quad for graph in chosen for quad in _quads(database, graph))
            ox.serialize(some, target, FORMATS[form], prefixes=NAMESPACES)
        else:
            database.dump(target, FORMATS[form], prefixes=NAMESPACES)


def _quads(database: ox.Store, graph: ox.NamedNode | None) -> Iterator[ox.Quad]:
    return database.quads_for_pattern(None, None, None, graph)


def _graph(reader: Reader, name: str) -> ox.NamedNode:
    iri = terms.well_formed_iri(name) if "://" in name else reader.names.graph(*name.strip("/").split("/"))
    if iri is None or reader.database is None or not reader.database.contains_named_graph(ox.NamedNode(iri)):
        raise StoreError(f"no graph {name} in this store")
    return ox.NamedNode(iri)


def _form_of(out: Path | None) -> str:
    for suffix in reversed(out.suffixes if out else []):
        if suffix.lstrip(".") in FORMATS:
            return suffix.lstrip(".")
    return "nq"


@contextmanager
def _target(out: Path | None) -> Iterator[IO[bytes]]:
    if out is None:
        yield sys.stdout.buffer
        return
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        if out.suffix == ".gz":
            # No time stamp in the header: the same graph gives the same file.
            with temporary.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                yield cast(IO[bytes], packed)
        else:
            with temporary.open("wb") as plain:
                yield plain
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
