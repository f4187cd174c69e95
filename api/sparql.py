"""SPARQL 1.1 Protocol without a server: what a request asks for, and the answer as bytes.

In: method, content type, query string and body. Out: an `Asked` (the query text and its dataset) or a
`ProtocolError` with the HTTP status the protocol wants; then the evaluated answer in a chosen format. Pure
functions over bytes and a store; Flask routes stay thin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pyoxigraph as ox

from api.formats import BOOLEANS, GRAPHS, SOLUTIONS, Format


class ProtocolError(ValueError):
    """A request that the protocol forbids; `status` is the HTTP status to answer with."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Asked:
    """A query as the protocol understood it. Empty graph lists mean the endpoint's own dataset."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


def parse_request(method: str, content_type: str, query_string: bytes, body: bytes) -> Asked | None:
    """What a request to the endpoint asks; None when it asks nothing (a visit). Raises ProtocolError."""
    in_address = _fields(query_string)
    if method in {"GET", "HEAD"}:
        return _asked(in_address)
    if method != "POST":
        raise ProtocolError(405, "a query is sent with GET or POST")
    kind = content_type.split(";", 1)[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return _asked(_fields(body) + [f for f in in_address if f[0] != "query"], required=True)
    if kind == "application/sparql-query":
        return _asked([("query", _text(body)), *[f for f in in_address if f[0] != "query"]], required=True)
    raise ProtocolError(415, "send a query as application/x-www-form-urlencoded or application/sparql-query")


def _fields(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(_text(raw), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise ProtocolError(400, f"the fields of the request are not URL-encoded UTF-8: {error}") from error


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError(400, f"the request is not UTF-8: {error}") from error


def _asked(fields: Sequence[tuple[str, str]], required: bool = False) -> Asked | None:
    queries = [value for name, value in fields if name == "query"]
    if len(queries) > 1:
        raise ProtocolError(400, "a request holds one query, not several")
    if not queries:
        if required:
            raise ProtocolError(400, "the request holds no query")
        return None
    return Asked(
        queries[0],
        tuple(value for name, value in fields if name == "default-graph-uri"),
        tuple(value for name, value in fields if name == "named-graph-uri"),
    )


Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


def evaluate(store: ox.Store, asked: Asked, base: str) -> Answer:
    """The engine's answer. Without a dataset of its own the query sees the union of all graphs as default
    graph.

    Raises ProtocolError 400 for a query that does not parse or names a graph by something that is no IRI.
    """
    options: dict[str, Any] = {"base_iri": base}
    try:
        if asked.default_graphs or asked.named_graphs:
            options["default_graph"] = [ox.NamedNode(g) for g in asked.default_graphs]
            options["named_graphs"] = [ox.NamedNode(g) for g in asked.named_graphs]
        else:
            options["use_default_graph_as_union"] = True
        return store.query(asked.query, **options)
    except (SyntaxError, ValueError) as error:
        raise ProtocolError(400, f"the query is not SPARQL 1.1: {error}") from error


def offered(answer: Answer) -> tuple[Format, ...]:
    """The formats an answer can be written in."""
    if isinstance(answer, ox.QuerySolutions):
        return SOLUTIONS
    return BOOLEANS if isinstance(answer, ox.QueryBoolean) else GRAPHS
