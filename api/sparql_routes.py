"""`/sparql` over HTTP: the endpoint for programs, the query page for people.

In: a protocol request (`api.sparql` understands it). Out: the answer in the negotiated format, streamed
when long, or the query page with the first rows as a table when a browser asks for HTML. Queries are
evaluated in processes of their own (`api.pool`), which are stopped when they pass a limit.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from api import changes
from api.data import written
from api.description import service
from api.elsewhere import asked_elsewhere, loaded_elsewhere
from api.formats import BY_NAME, GRAPHS, SOLUTIONS, TWINS, choose, named, prefers_html
from api.outbound import Outbound
from api.pool import Refused, Streamed
from api.requests import POLICY, conditional, dataset, settings
from api.sparql import Asked, ProtocolError, Update, parse_request, request_for_worker, update_for_writer
from api.views import href
from api.watch import QUERY, query_hash
from kg import queries
from kg.names import NAMESPACES

blueprint = Blueprint("sparql", __name__)
_EDITOR = Path(__file__).parent / "static" / "vendor" / "yasgui.min.js"
_FIRST = "artists-shown-most"
_ROWS = {"solutions": "rows", "boolean": "rows", "graph": "rows"}


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Any:
    """SPARQL 1.1 Protocol: query by GET or POST, update by POST with a token of role `admin`.

    A visit without a query shows the query page to people and the service description to programs.
    """
    body = request.get_data()
    html = prefers_html(request.headers.get("Accept"), (*SOLUTIONS, *GRAPHS))
    asked: Asked | Update | None = None
    try:
        asked = parse_request(
            request.method, request.headers.get("Content-Type", ""), request.query_string, body
        )
        if asked is not None:
            text = asked.text if isinstance(asked, Update) else asked.query
            request.environ[QUERY] = query_hash(text)
        if isinstance(asked, Update):
            changes.require("admin")
            _change(asked)
            return open_to_all(Response(status=204))
        wanted = asked.format if asked else request.args.get("format", "")
        html = html and wanted in {"", "html"}
        if html:
            return _page(asked)
        wanted = "" if wanted == "html" else wanted
        return _description(wanted) if asked is None else _answer(asked, wanted)
    except (ProtocolError, Refused) as error:
        if html and isinstance(asked, Asked):
            page = _rendered(asked.query, {}, str(error))
            page.status_code = error.status
            return page
        raise


def refused(error: ProtocolError | Refused) -> Response:
    """A refusal as one plain line with its status; registered for the whole application."""
    reason = str(error)
    if error.status == 406:
        offered = GRAPHS if reason == "graph" else SOLUTIONS
        reason = "this answer is written as " + ", ".join(f.types[0] for f in offered)
    response = Response(reason + "\n", error.status, content_type="text/plain; charset=utf-8")
    if isinstance(error, Refused) and error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    elif error.status == 503:
        response.headers["Retry-After"] = "10"
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Legenda"'
    return open_to_all(response)


def _answer(asked: Asked, wanted: str) -> Response:
    found, whole = dataset(), _federated(asked)
    accept = request.headers.get("Accept")
    message = request_for_worker(whole, found.names.base, accept, wanted, NAMESPACES)
    reply = found.pool.ask(message)
    body = reply.body if isinstance(reply.body, bytes) else Streamed(reply.body)
    response = Response(body, content_type=BY_NAME[reply.format].content_type)
    response.vary.add("Accept")
    if whole is not asked:
        response.headers["Cache-Control"] = "no-store"  # what others say changes without us
    elif request.method == "GET":
        conditional(response)
    return open_to_all(response)


def _federated(asked: Asked) -> Asked:
    """A query with what other services answer to its SERVICEs; the same one where it asks nobody else."""
    outbound: Outbound = current_app.extensions["legenda.outbound"]
    text = asked_elsewhere(asked.query, outbound, settings().query_seconds, settings().email)
    return asked if text == asked.query else replace(asked, query=text)


def _change(asked: Update) -> None:
    """Make an update, with what its LOADs and SERVICEs bring."""
    outbound: Outbound = current_app.extensions["legenda.outbound"]
    whole = loaded_elsewhere(asked.text, outbound, settings().update_seconds, settings().email)
    text = update_for_writer(replace(asked, text=whole.text), len(whole.documents))
    changes.make("update", update=text, documents=whole.documents, base=dataset().names.base)


def _description(wanted: str) -> Response:
    chosen = named(wanted, TWINS) if wanted else choose(request.headers.get("Accept"), TWINS)
    if chosen is None:
        raise Refused(406, "graph")
    triples = list(service(request.base_url, dataset(), current_app.extensions["legenda.outbound"].any))
    return open_to_all(Response(written(triples, chosen), content_type=chosen.content_type))


def open_to_all(response: Response) -> Response:
    """`response` for scripts of any site: what is here is public."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "Content-Type, ETag, Link, Location, Retry-After"
    return response


def _page(asked: Asked | None) -> Response:
    """The query page, with the first rows of an answer when a query is asked."""
    if asked is None:
        return _rendered(examples()[0]["query"], {}, "")
    found = dataset()
    message = request_for_worker(_federated(asked), found.names.base, None, "", NAMESPACES)
    reply = found.pool.ask(message | {"formats": _ROWS, "rows": settings().table_rows})
    body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    return _rendered(asked.query, json.loads(body), "", asked=True)


def _rendered(query: str, answer: dict[str, Any], error: str, asked: bool = False) -> Response:
    base = dataset().names.base
    rows = [[_cell(term, base) for term in row] for row in answer.get("rows", [])]
    editor = _EDITOR.exists()
    html = render_template(
        "sparql.html",
        editor=editor,
        prefixes={"id": base + "id/", **NAMESPACES},
        query=query,
        examples=examples(),
        columns=answer.get("columns", []),
        rows=rows,
        truth=answer.get("truth"),
        cut=answer.get("cut", False),
        error=error,
        asked=asked,
    )
    response = Response(html)
    if editor:  # it sets styles of its own; everything else stays as strict as on the other pages
        response.headers["Content-Security-Policy"] = POLICY.replace(
            "style-src 'self'", "style-src 'self' 'unsafe-inline'"
        )
    return response


def _cell(term: list[str], base: str) -> dict[str, str]:
    kind, value, language = term
    if kind == "iri":
        return {"text": value.removeprefix(base), "href": href(value, base)}
    return {"text": value, "language": language}


@cache
def examples() -> list[dict[str, str]]:
    """The example queries of the query page, the first one shown at a visit."""
    order = sorted(queries.names(), key=lambda name: (name != _FIRST, name))
    return [{"title": queries.title(n), "query": queries.load(n).partition("\n")[2].strip()} for n in order]
