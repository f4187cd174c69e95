"""Linked data: `/id/{kind}/{local}` sends people to the page and programs to the data; `/data/…` is the data.

In: the encoded identifier in the address and the Accept header. Out: 303 to the page or to one of the twins
(.ttl .jsonld .nt .rdf), and the twins themselves, written from one CONSTRUCT query.
"""

from __future__ import annotations

import io

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotAcceptable, NotFound

from api.formats import TWINS, Format, choose, prefers_html
from api.requests import conditional, dataset, entity_iri, missing, raw_path
from kg.names import NAMESPACES

blueprint = Blueprint("data", __name__)


@blueprint.get("/id/<kind>/<path:local>")
def identify(kind: str, local: str) -> Response:
    """303 to what describes the thing: HTML for people, the best-liked data format for programs, 406 if
    none.
    """
    path = raw_path().removeprefix("/id/")
    entity_iri(path, dataset().names.base)
    accept = request.headers.get("Accept")
    if prefers_html(accept, TWINS):
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
