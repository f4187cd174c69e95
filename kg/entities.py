"""What an enricher says of the things its claims name, as N-Triples: concepts, artworks, artists,
institutions.

In: an `Entity` with labels and facts. Out: lines of N-Triples about it and about the entities its facts name.
Which standard classes and properties go with ours, which facts are identifiers in other files and which are
dates is read from the ontology; nothing of it is repeated here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import quote

import ontology
from kg import terms
from kg.names import LG, NAMESPACES, Names
from kg.nouns import Entity, Text
from ontology import Term

TYPE = terms.node(NAMESPACES["rdf"] + "type")
LABEL = terms.node(NAMESPACES["rdfs"] + "label")
_PREF = terms.node(NAMESPACES["skos"] + "prefLabel")
_ALT = terms.node(NAMESPACES["skos"] + "altLabel")
_IN_SCHEME = terms.node(NAMESPACES["skos"] + "inScheme")
_SAME = NAMESPACES["owl"] + "sameAs"
_MATCH = NAMESPACES["skos"] + "exactMatch"
_CONCEPT = NAMESPACES["skos"] + "Concept"
_LOCAL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_QID = re.compile(r"Q[1-9]\d*")


@cache
def classes(kind: str) -> tuple[str, ...]:
    """The classes of a kind as N-Triples terms; `skos:Concept` for a kind the ontology does not know."""
    return tuple(terms.node(iri) for iri in ontology.ontology().classes(kind) or (_CONCEPT,))


@cache
def properties(local: str) -> tuple[str, ...]:
    """A property and its materialised super-properties as N-Triples terms. Raises ValueError for no local
    name.
    """
    if not _LOCAL.fullmatch(local):
        raise ValueError(f"not the name of a property: {local!r}")
    return tuple(terms.node(iri) for iri in ontology.ontology().written_as(local))


@cache
def published_concepts() -> frozenset[tuple[str, str]]:
    """(kind, id) of the concepts that come with the program and describe themselves in their own graph."""
    names = Names()
    found = set()
    for name in ("categories", "schemes"):
        for triple in ontology.triples(name, names.base):
            if triple.predicate.value == NAMESPACES["skos"] + "inScheme":
                found.add(names.split(str(triple.subject).strip("<>")))
    return frozenset(pair for pair in found if pair)


def lines(entity: Entity, names: Names) -> Iterator[str]:
    """N-Triples about an entity; nothing for an illustration or a published concept, which are described in
    their own graphs.
    """
    if entity.kind == "illustration" or (entity.kind, entity.id) in published_concepts():
        return
    subject = terms.node(names.iri(entity.kind, entity.id))
    own_classes = classes(entity.kind)
    concept = terms.node(_CONCEPT) in own_classes
    for each in own_classes:
        yield f"{subject} {TYPE} {each} .\n"
    yield from _labels(subject, entity.labels or (Text(entity.id),), concept)
    if concept:
        yield f"{subject} {_IN_SCHEME} {terms.node(names.iri('scheme', entity.kind))} .\n"
    for name, value in entity.facts:
        yield from _fact(subject, name, value, concept, names)
    if _QID.fullmatch(entity.id) and not any(name == "wikidata" for name, _ in entity.facts):
        yield from _fact(subject, "wikidata", entity.id, concept, names)


def observation(subject: str, local: str, value: Text | str | int | float) -> Iterator[str]:
    """A measurement as plain triples."""
    for each in properties(local):
        yield f"{subject} {each} {_literal(value)} .\n"


def _labels(subject: str, labels: tuple[Text, ...], concept: bool) -> Iterator[str]:
    seen: set[str] = set()
    for label in labels:
        spelt = terms.text(label.value, label.language)
        if label.language in seen:
            yield f"{subject} {_ALT} {spelt} .\n"
            continue
        seen.add(label.language)
        yield f"{subject} {LABEL} {spelt} .\n"
        if concept:
            yield f"{subject} {_PREF} {spelt} .\n"


def _fact(
    subject: str, name: str, value: Text | str | int | float | Entity, concept: bool, names: Names
) -> Iterator[str]:
    if value == "" or (isinstance(value, Text) and not value.value):
        return
    term = ontology.ontology().terms.get(name)
    if isinstance(value, Entity):
        target = value
    elif term is not None and term.type == "ObjectProperty" and isinstance(value, str):
        iri = _identity(term, value)
        if iri is not None:
            for each in properties(name):
                # Two concepts are matched, two things are the same: SKOS and OWL mean different things by it.
                if concept and each == terms.node(_SAME):
                    each = terms.node(_MATCH)
                yield f"{subject} {each} {terms.node(iri)} .\n"
            return
        kind = next((t.kind for t in ontology.ontology().by_kind.values() if t.iri == term.range), "")
        if not kind:
            return
        target = Entity(kind, value, (Text(value),))
    else:
        for each in properties(name):
            yield f"{subject} {each} {_literal(value)} .\n"
        if term is not None and term.year_property and (year := terms.year(str(_plain(value)))):
            yield f"{subject} {terms.node(LG + term.year_property)} {year} .\n"
        return
    for each in properties(name):
        yield f"{subject} {each} {terms.node(names.iri(target.kind, target.id))} .\n"
    yield from lines(target, names)


def _identity(term: Term, value: str) -> str | None:
    """The IRI that a fact's text names: written out, or an identifier of a file we know the pattern of."""
    if "://" in value and (iri := terms.well_formed_iri(value)):
        return iri
    return term.uri_pattern.format(quote(value.strip(), safe="")) if term.uri_pattern else None


def _literal(value: Text | str | int | float) -> str:
    if isinstance(value, Text):
        return terms.text(value.value, value.language)
    if isinstance(value, bool):
        return terms.boolean(value)
    if isinstance(value, int):
        return terms.integer(value)
    if isinstance(value, float):
        return terms.double(value)
    return terms.text(value)


def _plain(value: Text | str | int | float) -> str | int | float:
    return value.value if isinstance(value, Text) else value
