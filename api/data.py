"""Linked data: `/id/{kind}/{local}` sends people to the page and programs to the data; `/data/…` is the data.

In: the encoded identifier in the address and the Accept header. Out: 303 to the page or to one of the twins
(.ttl .jsonld .nt .rdf), and the twins themselves, written from one CONSTRUCT query. Illustrations and
artworks also have a Linked Art document (.linked-art.json), for those who ask for JSON-LD with that
profile.
"""

from __future__ import annotations

import io
import json

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotAcceptable, NotFound

from api.formats import TWINS, Format, choose, prefers_html
from api.requests import conditional, dataset, entity_iri, missing, raw_path
from kg.exchange import json_forms
from kg.names import LG, NAMESPACES
from kg.reading import Reader

blueprint = Blueprint("data", __name__)
LINKED_ART = "https://linked.art/ns/v1/linked-art.json"
LINKED_ART_TYPE = f'application/ld+json;profile="{LINKED_ART}"'
_LINKED_ART = {
    "artwork": json_forms.linked_art_works,
    "illustration": json_forms.linked_art_illustrations,
}
_SUFFIX = ".linked-art.json"
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@blueprint.get("/id/<kind>/<path:local>")
def identify(kind: str, local: str) -> Response:
    """303 to what describes the thing: HTML for people, the best-liked data format for programs, 406 if
    none.
    """
    path = raw_path().removeprefix("/id/")
    entity_iri(path, dataset().names.base)
    accept = request.headers.get("Accept")
    if LINKED_ART in (accept or "") and kind in _LINKED_ART:
        target = f"/data/{path}{_SUFFIX}"
    elif prefers_html(accept, TWINS):
        target = f"/page/{path}"
    else:
        # A client without any wish (no header, or */*) is a program: it gets Turtle.
        chosen = choose(accept, TWINS)
        if chosen is None:
            raise NotAcceptable(
                "This is written as " + ", ".join(f.types[0] for f in TWINS) + " or text/html."
            )
        target = f"/data/{path}.{chosen.name}"
    answer = redirect(request.root_path + target, 303)
    answer.headers["Vary"] = "Accept"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer  # type: ignore[return-value]


@blueprint.get("/data/<kind>/<path:local>")
def twin(kind: str, local: str) -> Response:
    """One entity as RDF in the format its file extension names; 404 for another extension or an unknown
    entity.
    """
    if kind in _LINKED_ART and raw_path().endswith(_SUFFIX):
        return _linked_art(kind, raw_path().removeprefix("/data/").removesuffix(_SUFFIX))
    path, _, extension = raw_path().removeprefix("/data/").rpartition(".")
    chosen = next((f for f in TWINS if f.name == extension), None)
    if chosen is None:
        raise NotFound(f"Data ends in one of {', '.join('.' + f.name for f in TWINS)}.")
    found = dataset()
    iri = entity_iri(path, found.names.base)
    triples = found.construct("data", entity=ox.NamedNode(iri))
    if not triples:
        raise missing(iri)
    answer = Response(written(triples, chosen, iri), content_type=chosen.content_type)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    page = f'<{request.root_path}/page/{path}>; rel="alternate"; type="text/html"'
    answer.headers["Link"] = f'<{iri}>; rel="describes", {page}'
    return conditional(answer)


def _linked_art(kind: str, path: str) -> Response:
    """One illustration or artwork as `legenda export --form linked-art` writes it."""
    found = dataset()
    iri = entity_iri(path, found.names.base)
    node = ox.NamedNode(iri)
    if not any(found.store.quads_for_pattern(node, _TYPE, ox.NamedNode(LG + kind.capitalize()))):
        raise missing(iri)
    reader = Reader(found.names, found.version, found.store)
    (document,) = _LINKED_ART[kind](reader, [iri])
    answer = Response(json.dumps(document, ensure_ascii=False), content_type=LINKED_ART_TYPE)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return conditional(answer)


def written(triples: list[ox.Triple], chosen: Format, about: str = "") -> bytes:
    """Triples in one of the graph formats, those about `about` first, with the prefixes that occur in
    them.
    """
    assert isinstance(chosen.writer, ox.RdfFormat)
    ordered = sorted(triples, key=lambda t: (str(t.subject) != f"<{about}>", *map(str, t)))
    output = io.BytesIO()
    # Every term, because RDF/XML and JSON-LD have no other way to shorten a predicate or a datatype.
    used = "\n".join({str(term) for triple in ordered for term in triple})
    prefixes = {name: iri for name, iri in NAMESPACES.items() if f"<{iri}" in used}
    ox.serialize(ordered, output, chosen.writer, prefixes=None if chosen.name == "nt" else prefixes)
    return output.getvalue()
