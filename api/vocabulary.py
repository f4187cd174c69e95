"""The vocabulary https://w3id.org/legenda/ns# as a page for people and as data for programs.

In: a request for `/ontology` (by Accept header, or `.ttl .jsonld .nt .rdf`) or `/context.jsonld`. Out: every
term with its labels, definitions and the standard terms it specialises; the OWL file in four formats; the
JSON-LD context. It needs no snapshot: the vocabulary is a part of the program.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotAcceptable, NotFound

import ontology
from api.data import written
from api.formats import TWINS, Format, choose, prefers_html
from api.language import best_text, word
from api.requests import language
from api.sparql_routes import open_to_all
from api.views import Link, local_name
from kg.names import NAMESPACES
from ontology import LG, Term

blueprint = Blueprint("vocabulary", __name__)
_SECTIONS = (
    ("classes", {"Class"}),
    ("properties", {"ObjectProperty", "DatatypeProperty", "AnnotationProperty"}),
)


@dataclass(frozen=True)
class Entry:
    """One term as it stands on the page, its texts in the visitor's language."""

    local: str
    label: str
    definition: str
    type: str
    supers: tuple[Link, ...]
    domain: Link | None
    range: Link | None


@blueprint.get("/ontology")
def page() -> Response:
    """The vocabulary: HTML for people, the best-liked RDF format for programs; 406 when there is none."""
    accept = request.headers.get("Accept")
    if prefers_html(accept, TWINS):
        spoken = language()
        terms = ontology.ontology().terms.values()
        sections = [
            (name, [_entry(t, spoken) for t in sorted(terms, key=lambda t: t.local) if t.type in types])
            for name, types in _SECTIONS
        ]
        answer = Response(render_template("ontology.html", sections=sections, namespace=LG, formats=TWINS))
        twins = [f'</ontology.{f.name}>; rel="alternate describedby"; type="{f.types[0]}"' for f in TWINS]
        answer.headers["Link"] = ", ".join([f'<{LG}>; rel="cite-as"', *twins])
        return answer
    chosen = choose(accept, TWINS)
    if chosen is None:
        raise NotAcceptable("This is written as text/html, " + ", ".join(f.types[0] for f in TWINS))
    return _data(chosen)


@blueprint.get("/ontology.<extension>")
def twin(extension: str) -> Response:
    """The vocabulary in the format its file extension names."""
    chosen = next((f for f in TWINS if f.name == extension), None)
    if chosen is None:
        raise NotFound(f"The vocabulary ends in one of {', '.join('.' + f.name for f in TWINS)}.")
    return _data(chosen)


@blueprint.get("/context.jsonld")
def context() -> Response:
    """The JSON-LD context: our terms by their local names."""
    return _lasting(_context(), "application/ld+json")


def _data(chosen: Format) -> Response:
    answer = _lasting(_written(chosen.name), chosen.content_type)
    answer.headers["Link"] = '</ontology>; rel="alternate"; type="text/html"'
    return answer


def _lasting(body: bytes, content_type: str) -> Response:
    answer = Response(body, content_type=content_type)
    answer.vary.add("Accept")
    answer.add_etag()
    answer.headers["Cache-Control"] = "no-cache"
    answer.make_conditional(request)
    return open_to_all(answer)


@cache
def _written(name: str) -> bytes:
    chosen = next(f for f in TWINS if f.name == name)
    return written(list(ontology.triples("legenda")), chosen, LG.rstrip("#"))


@cache
def _context() -> bytes:
    content = json.loads((ontology.path("legenda").parent / "context.jsonld").read_text(encoding="utf-8"))
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _entry(term: Term, spoken: str) -> Entry:
    label, _ = best_text([(text, tag) for tag, text in term.labels.items()], spoken)
    definition, _ = best_text([(text, tag) for tag, text in term.definitions.items()], spoken)
    return Entry(
        term.local,
        label or word(term.local, spoken),
        definition,
        term.type,
        tuple(_link(iri) for iri in term.supers),
        _link(term.domain) if term.domain else None,
        _link(term.range) if term.range else None,
    )


def _link(iri: str) -> Link:
    """A term by its prefixed name: ours within the page, others at their own address."""
    if iri.startswith(LG):
        return Link("lg:" + iri.removeprefix(LG), "#" + iri.removeprefix(LG), iri=iri)
    prefix = next((p for p, start in NAMESPACES.items() if iri.startswith(start)), "")
    return Link(f"{prefix}:{local_name(iri)}" if prefix else iri, iri, iri=iri)
