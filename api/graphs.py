"""SPARQL 1.1 Graph Store Protocol: read, replace, add to and delete one graph over HTTP.

In: `/graphs?graph=IRI` or `/graphs?default` (indirect), or the graph's own address under `/graph/…` and
`/graphs/…` (direct). Out: the graph in the negotiated format; 201, 204 or 404 for changes, which need a
token of role `write`.
"""

from __future__ import annotations

import uuid

import pyoxigraph as ox
from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from api import changes
from api.formats import BY_NAME, GRAPHS, TURTLE, choose, named
from api.pool import Streamed
from api.requests import conditional, dataset, raw_path
from api.sparql import Asked, ProtocolError, request_for_worker
from api.sparql_routes import open_to_all
from kg.names import NAMESPACES

blueprint = Blueprint("graphs", __name__)
_METHODS = ["GET", "PUT", "POST", "DELETE"]
_EVERYTHING = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


@blueprint.route("/graphs", methods=_METHODS)
def indirect() -> Response:
    """A graph named in the address, the default graph, or (POST without either) a new graph."""
    asked, default = request.args.getlist("graph"), "default" in request.args
    if len(asked) + default > 1:
        raise ProtocolError(400, "name one graph")
    if default:
        return _handle(None)
    if asked:
        return _handle(_checked(asked[0]))
    if request.method == "POST":
        return _handle(f"{dataset().names.base}graph/posted/{uuid.uuid4()}")
    raise ProtocolError(400, "name a graph: ?graph=IRI or ?default")


@blueprint.route("/graph/<path:_rest>", methods=_METHODS)
def of_this_installation(_rest: str) -> Response:
    """One of the graphs under the base IRI, at its own address whatever host the request came to."""
    return _handle(_checked(dataset().names.base + raw_path().lstrip("/")))


@blueprint.route("/graphs/<path:_rest>", methods=_METHODS)
def direct(_rest: str) -> Response:
    """A graph whose IRI is the address of the request."""
    return _handle(_checked(request.root_url.rstrip("/") + raw_path()))


def _checked(graph: str) -> str:
    try:
        return ox.NamedNode(graph).value
    except ValueError as error:
        raise ProtocolError(400, f"not an absolute IRI: {graph!r}") from error


def _handle(graph: str | None) -> Response:
    if request.method in {"GET", "HEAD"}:
        return _read(graph)
    changes.require("write")
    what = {"graph": graph or "", "base": dataset().names.base}
    if request.method == "DELETE":
        changes.make("delete", **what)
        return open_to_all(Response(status=204))
    operation = "replace" if request.method == "PUT" else "merge"
    made = changes.make(operation, parts=_parts(), **what)
    response = Response(status=201 if made["created"] else 204)
    if made["created"] and graph:
        response.headers["Location"] = graph
        response.autocorrect_location_header = False
    return open_to_all(response)


def _parts() -> list[tuple[str, str]]:
    """The (text, format extension) of a body, or of each part of a multipart body."""
    if request.mimetype == "multipart/form-data":
        files = [file for field in request.files for file in request.files.getlist(field)]
        return [_part(file.read(), file.mimetype) for file in files]
    return [_part(request.get_data(), request.mimetype)]


def _part(body: bytes, media_type: str) -> tuple[str, str]:
    format = named(media_type or "text/turtle", GRAPHS)
    if format is None:
        raise ProtocolError(415, "send a graph as " + ", ".join(f.types[0] for f in GRAPHS))
    try:
        return body.decode("utf-8"), format.name
    except UnicodeDecodeError as error:
        raise ProtocolError(400, f"the graph is not UTF-8: {error}") from error


def _read(graph: str | None) -> Response:
    found = dataset()
    if graph and not found.store.contains_named_graph(ox.NamedNode(graph)):
        raise NotFound("There is no such graph.")
    wanted = request.args.get("format", "")
    accept = request.headers.get("Accept")
    if not wanted and accept and choose(accept, GRAPHS) is None and "html" in accept:
        wanted = TURTLE.name  # a person following a link
    asked = Asked(_EVERYTHING, (graph,) if graph else ())
    message = request_for_worker(asked, found.names.base, accept, wanted, NAMESPACES)
    reply = found.pool.ask(message | {"union": False})
    body = reply.body if isinstance(reply.body, bytes) else Streamed(reply.body)
    response = Response(body, content_type=BY_NAME[reply.format].content_type)
    response.vary.add("Accept")
    return open_to_all(conditional(response))
