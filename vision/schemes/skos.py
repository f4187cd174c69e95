"""A project's own kinds of picture as SKOS: a file of concepts goes in, labels with names and IRIs come out.

Each `skos:Concept` of the file is one kind. In a training table it may be written by its IRI, the last part
of its IRI, its notation, or any of its labels in any language. The model's card carries what is needed of
the scheme, so that claims name the project's concepts wherever the model is used, without the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class SchemeError(ValueError):
    """A scheme that cannot be used, or a label it does not know; the message is one line."""


@dataclass(frozen=True)
class Kind:
    """One concept: its id (the last part of its IRI), its IRI, preferred labels by language, and everything
    it may be called in a table.
    """

    id: str
    iri: str
    labels: Mapping[str, str]
    called: frozenset[str]


def read(path: Path | str) -> tuple[Kind, ...]:
    """The concepts of an RDF file, sorted by notation, then id. Raises `SchemeError`."""
    from rdflib import RDF, SKOS, Graph, Literal

    graph = Graph()
    try:
        graph.parse(path)
    except FileNotFoundError:
        raise SchemeError(f"{path}: no such file") from None
    except Exception as error:  # each of rdflib's parsers raises its own kinds
        reason = (str(error).splitlines() or [""])[0][:160]
        raise SchemeError(f"{path}: not readable as RDF ({type(error).__name__}: {reason})") from None
    found = []
    for concept in set(graph.subjects(RDF.type, SKOS.Concept)):
        iri = str(concept)
        name = iri.rstrip("/#").replace("#", "/").rpartition("/")[2]
        notations = sorted(str(value) for value in graph.objects(concept, SKOS.notation))
        labels = {
            value.language or "": str(value)
            for value in sorted(v for v in graph.objects(concept, SKOS.prefLabel) if isinstance(v, Literal))
        }
        others = [str(v) for p in (SKOS.altLabel, SKOS.hiddenLabel) for v in graph.objects(concept, p)]
        called = frozenset(text.casefold() for text in (iri, name, *notations, *labels.values(), *others))
        found.append((notations or ["\uffff"], Kind(name, iri, labels or {"": name}, called)))
    if not found:
        raise SchemeError(f"{path}: no skos:Concept in it")
    kinds = tuple(kind for _, kind in sorted(found, key=lambda item: (item[0], item[1].id)))
    if len({kind.id for kind in kinds}) < len(kinds):
        raise SchemeError(f"{path}: two concepts' IRIs end alike, their ids could not be told apart")
    return kinds


def ids(labels: Iterable[str], kinds: Iterable[Kind], path: Path | str) -> list[str]:
    """The ids of the concepts that a table's labels name. Raises `SchemeError` for a label that names none,
    or two.
    """
    places: dict[str, set[str]] = {}
    for kind in kinds:
        for name in kind.called:
            places.setdefault(name, set()).add(kind.id)
    found: list[str] = []
    for label in labels:
        named = places.get(label.casefold(), set())
        if len(named) != 1:
            what = f"{', '.join(sorted(named))} are all" if named else "no concept is"
            raise SchemeError(f"{path}: {what} called {label!r}")
        found.extend(named)
    return found


def card(kinds: Iterable[Kind], used: Iterable[str]) -> dict[str, Any]:
    """What a model's card keeps of the concepts it answers with."""
    wanted = set(used)
    return {k.id: {"iri": k.iri, "labels": dict(k.labels)} for k in kinds if k.id in wanted}
