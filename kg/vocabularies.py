"""Vocabularies of researchers (thesauri, keyword lists) as they go into a graph of their own.

In: an RDF file, or concepts as entities. Out: N-Triples. Blank nodes of a file get IRIs, in the order of the
file, so that the same file gives the same graph. A hierarchy that goes round in a circle is refused, with the
concepts named: nothing that walks it would ever end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

import ontology
from kg import entities
from kg.engines import StoreError
from kg.names import NAMESPACES, Names
from kg.nouns import Entity

#: Graphs below graph/vocabulary/ that come with the program, by the file they are made of.
OWN = {"shapes": "shapes", "categories": "categories", "schemes": "schemes"}
_SKOS = NAMESPACES["skos"]
_UP = frozenset(f"<{_SKOS}{local}>" for local in ("broader", "broaderTransitive"))
_DOWN = frozenset(f"<{_SKOS}{local}>" for local in ("narrower", "narrowerTransitive"))


def own_graphs(base: str) -> Iterator[tuple[tuple[str, ...], str, Iterable[str]]]:
    """(parts of the graph's name, key, lines) of every vocabulary that comes with the program."""
    graphs = {("ontology",): "legenda"} | {("vocabulary", name): file for name, file in OWN.items()}
    for parts, file in graphs.items():
        key = hashlib.sha256(ontology.path(file).read_bytes()).hexdigest()
        yield parts, key, (f"{triple} .\n" for triple in ontology.triples(file, base))


def key_of(file: Path) -> str:
    """What tells one file from another. Raises StoreError when there is no such file."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror}") from error


def lines(content: Path | Iterable[Entity], name: str, names: Names) -> Iterator[str]:
    """N-Triples of a vocabulary. Raises StoreError when the file is not RDF, or for a circle of broader
    concepts; the circle is found at the end, when all lines are out.
    """
    if isinstance(content, Path):
        yield from _without_circles(_of_file(content, name, names), str(content))
    else:
        described = (line for concept in content for line in entities.lines(concept, names))
        yield from _without_circles(described, name)


def _of_file(path: Path, name: str, names: Names) -> Iterator[str]:
    ending = path.suffix.lstrip(".").lower()
    syntax = ox.RdfFormat.RDF_XML if ending == "owl" else ox.RdfFormat.from_extension(ending)
    if syntax is None:
        raise StoreError(f"{path}: not the name of an RDF file (.ttl, .rdf, .nt, .jsonld, .trig, .nq)")
    place = names.base + "vocabulary/" + name
    numbers: dict[str, int] = {}

    def node(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
        if isinstance(term, ox.Triple):
            raise StoreError(f"{path}: triple terms (RDF 1.2) are not taken")
        if isinstance(term, ox.BlankNode):
            return f"<{place}/node/{numbers.setdefault(term.value, len(numbers) + 1)}>"
        return str(term)

    try:
        for quad in ox.parse(path=str(path), format=syntax, base_iri=place):
            yield f"{node(quad.subject)} {quad.predicate} {node(quad.object)} .\n"
    except (SyntaxError, ValueError, OSError) as error:
        where = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise StoreError(f"{path}{where}: not readable as {syntax.name}: {error}") from error


def _without_circles(blocks: Iterable[str], source: str) -> Iterator[str]:
    above: dict[str, set[str]] = {}
    for line in blocks:
        yield line
        subject, predicate, value = line.removesuffix(" .\n").split(" ", 2)
        if predicate in _UP:
            above.setdefault(subject, set()).add(value)
        elif predicate in _DOWN:
            above.setdefault(value, set()).add(subject)
    if found := _circle(above):
        way = " → ".join(concept.strip("<>") for concept in found)
        raise StoreError(f"{source}: the broader concepts go round in a circle: {way}")


def _circle(above: dict[str, set[str]]) -> list[str]:
    """Concepts of a circle, the first again at the end; [] when there is none."""
    done: set[str] = set()
    for start in sorted(above):
        way: dict[str, Iterator[str]] = {}
        step: str | None = start
        while step is not None:
            if step in way:
                names = list(way)
                return [*names[names.index(step) :], step]
            if step not in done:
                way[step] = iter(sorted(above.get(step, ())))
            step = None
            while way and step is None:
                last = next(reversed(way))
                step = next(way[last], None)
                if step is None:
                    done.add(last)
                    del way[last]
    return []
