"""`/sparql` over HTTP: the endpoint for programs, the query page for people.

In: a protocol request (`api.sparql` understands it). Out: the answer in the negotiated format, or the query
page with the answer as a table when a browser asks for HTML.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotAcceptable

from api.data import written
from api.formats import GRAPHS, SOLUTIONS, TURTLE, choose, named, prefers_html
from api.requests import conditional, dataset, language, settings
from api.sparql import Asked, ProtocolError, evaluate, offered, parse_request
from api.views import link

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Any:
    """SPARQL 1.1 Protocol: query by GET or POST; a visit without a query shows the query page."""
    try:
        asked = parse_request(
            request.method, request.headers.get("Content-Type", ""), request.query_string, request.get_data()
        )
        html = prefers_html(request.headers.get("Accept"), (*SOLUTIONS, *GRAPHS))
        wanted = request.values.get("format", "")
        if asked is None or (html and wanted in {"", "html"}):
            return _page(asked)
        return _answer(asked, wanted)
    except ProtocolError as error:
        if prefers_html(request.headers.get("Accept"), (*SOLUTIONS, *GRAPHS)):
            return _page(Asked(request.values.get("query", "")), error), error.status
        return _plain(f"{error}\n", error.status)


def _answer(asked: Asked, wanted: str) -> Response:
    found = dataset()
    answer = evaluate(found.store, asked, found.names.base)
    formats = offered(answer)
    chosen = named(wanted, formats) if wanted else choose(request.headers.get("Accept"), formats)
    if chosen is None:
        raise NotAcceptable("This answer is written as " + ", ".join(f.types[0] for f in formats) + ".")
    if isinstance(answer, ox.QueryTriples):
        body = written(list(answer), chosen)
    else:
        assert isinstance(chosen.writer, ox.QueryResultsFormat)
        body = answer.serialize(format=chosen.writer) or b""
    response = Response(body, content_type=chosen.content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.vary.add("Accept")
    return conditional(response, chosen.name) if request.method == "GET" else response


def _plain(text: str, status: int) -> Response:
    response = Response(text, status, content_type="text/plain; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _page(asked: Asked | None, error: ProtocolError | None = None) -> str:
    """The query page: the query, its answer as a table (the first rows) or as Turtle, and the examples."""
    found = dataset()
    columns: list[str] = []
    rows: list[list[Any]] = []
    truth: bool | None = None
    turtle = ""
    cut = False
    if asked is not None and error is None:
        try:
            answer = evaluate(found.store, asked, found.names.base)
            if isinstance(answer, ox.QuerySolutions):
                columns = [v.value for v in answer.variables]
                for solution in answer:
                    if len(rows) == settings().table_rows:
                        cut = True
                        break
                    rows.append([_cell(term, found.names.base) for term in solution])
            elif isinstance(answer, ox.QueryBoolean):
                truth = bool(answer)
            else:
                turtle = written(list(answer)[: settings().table_rows], TURTLE).decode()
        except ProtocolError as problem:
            error = problem
    return render_template(
        "sparql.html",
        query=asked.query if asked else EXAMPLES[0]["query"],
        examples=EXAMPLES,
        columns=columns,
        rows=rows,
        truth=truth,
        turtle=turtle,
        cut=cut,
        error=error,
        asked=asked is not None,
    )


def _cell(term: Any, base: str) -> Any:
    if isinstance(term, ox.NamedNode):
        shown = link(term, (), base, language())
        short = term.value.removeprefix(base)
        return {"text": short if short != term.value else term.value, "href": shown.href}
    if isinstance(term, ox.Literal):
        return {"text": term.value, "language": term.language or ""}
    return {"text": "" if term is None else str(term)}


def _examples() -> list[dict[str, str]]:
    """The example queries of the query page: each file's first comment line is its title."""
    folder = Path(__file__).parent / "queries" / "examples"
    texts = [file.read_text() for file in sorted(folder.glob("*.rq"))]
    return [{"title": t.split("\n", 1)[0].lstrip("# "), "query": t.split("\n", 1)[1].strip()} for t in texts]


EXAMPLES = _examples()
