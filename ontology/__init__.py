"""The vocabulary as data, and the thin loader that reads it.

In: the Turtle files beside this module (`legenda.ttl`: OWL terms; `categories.ttl` and `schemes.ttl`: SKOS;
`shapes.ttl`: SHACL). Out: `ontology()`, what the other rooms need to know of the terms (super-terms, kinds,
identity patterns), so that no list of terms is kept in code; `triples()`, the files as RDF for the store;
`context()`, the JSON-LD context.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox

LG = "https://w3id.org/legenda/ns#"
FILES = ("legenda", "categories", "schemes", "shapes")
_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_OWL = "http://www.w3.org/2002/07/owl#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"


@dataclass(frozen=True, slots=True)
class Term:
    """One class or property. `local` is its name in the lg: namespace; texts are keyed by language (en, de,
    fr).

    `supers` holds every standard super-term, transitively; `materialised` says whether the writer of the
    graph puts those next to the term. `kind` is set on classes, the last five on properties only.
    """

    local: str
    type: str  # "Class", "ObjectProperty", "DatatypeProperty" or "AnnotationProperty"
    labels: dict[str, str]
    definitions: dict[str, str]
    supers: tuple[str, ...]
    kind: str = ""
    domain: str = ""
    range: str = ""
    materialised: bool = True
    single_valued: bool = False
    qualified_form: str = ""
    year_property: str = ""
    uri_pattern: str = ""

    @property
    def iri(self) -> str:
        return LG + self.local


@dataclass(frozen=True, slots=True)
class Ontology:
    """The terms by local name, and the classes by the kind of thing they are for."""

    terms: dict[str, Term]
    by_kind: dict[str, Term]

    def classes(self, kind: str) -> tuple[str, ...]:
        """IRIs of the classes a thing of a kind belongs to, our own first; () for an unknown kind."""
        term = self.by_kind.get(kind)
        return (term.iri, *term.supers) if term else ()

    def written_as(self, local: str) -> tuple[str, ...]:
        """IRIs of the properties that are written for a property: itself and its materialised
        super-properties.
        """
        term = self.terms.get(local)
        if term is None or not term.materialised:
            return (LG + local,)
        return (term.iri, *term.supers)


def path(name: str) -> Path:
    """The Turtle file of a part of the vocabulary ("legenda", "categories", "schemes", "shapes")."""
    return Path(__file__).parent / f"{name}.ttl"


def triples(name: str, base: str = "http://localhost:8000/") -> Iterator[ox.Triple]:
    """The triples of one file; relative IRIs (the concepts of the schemes) are resolved against `base`."""
    for quad in ox.parse(path=path(name), format=ox.RdfFormat.TURTLE, base_iri=base):
        yield quad.triple


@cache
def ontology() -> Ontology:
    """Everything `legenda.ttl` says about its terms."""
    facts: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = {}
    for triple in triples("legenda"):
        subject, value = triple.subject, triple.object
        if isinstance(subject, ox.NamedNode) and isinstance(value, ox.NamedNode | ox.Literal):
            facts.setdefault(subject.value, {}).setdefault(triple.predicate.value, []).append(value)
    terms = {
        iri.removeprefix(LG): _term(iri, facts)
        for iri in facts
        if iri.startswith(LG) and any(t.value.startswith(_OWL) for t in facts[iri].get(_RDF_TYPE, ()))
    }
    return Ontology(terms, {term.kind: term for term in terms.values() if term.kind})


def _term(iri: str, facts: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]]) -> Term:
    said = facts[iri]

    def one(predicate: str, default: str = "") -> str:
        values = said.get(predicate)
        return values[0].value if values else default

    def by_language(predicate: str) -> dict[str, str]:
        return {v.language or "": v.value for v in said.get(predicate, ()) if isinstance(v, ox.Literal)}

    kind_of_term = one(_RDF_TYPE).removeprefix(_OWL)
    relation = _RDFS + ("subClassOf" if kind_of_term == "Class" else "subPropertyOf")
    return Term(
        local=iri.removeprefix(LG),
        type=kind_of_term,
        labels=by_language(_RDFS + "label"),
        definitions=by_language(_SKOS + "definition"),
        supers=tuple(_supers(iri, relation, facts)),
        kind=one(LG + "kind"),
        domain=one(_RDFS + "domain"),
        range=one(_RDFS + "range"),
        materialised=one(LG + "materialised", "true") == "true",
        single_valued=one(LG + "singleValued") == "true",
        qualified_form=one(LG + "qualifiedForm").removeprefix(LG),
        year_property=one(LG + "yearProperty").removeprefix(LG),
        uri_pattern=one(LG + "uriPattern"),
    )


def _supers(
    iri: str, relation: str, facts: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]]
) -> list[str]:
    """Standard super-terms in the order of the file, nearest first, our own left out."""
    found: list[str] = []
    queue = [iri]
    while queue:
        for parent in facts.get(queue.pop(0), {}).get(relation, ()):
            if parent.value not in found and parent.value != iri:
                found.append(parent.value)
                queue.append(parent.value)
    return [parent for parent in found if not parent.startswith(LG)]
