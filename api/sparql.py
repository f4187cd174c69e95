"""SPARQL 1.1 Protocol without a server: what a request asks for, and the answer as bytes.

In: method, content type, query string and body. Out: an `Asked` (the query text and its dataset) or a
`ProtocolError` with the HTTP status the protocol wants; then the request that a query process takes. Pure
functions over bytes; Flask routes stay thin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pyoxigraph as ox

from api.formats import BOOLEANS, GRAPHS, SOLUTIONS, choose, named
from api.guard import reaching_out


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


def request_for_worker(
    asked: Asked, base: str, accept: str | None, wanted: str, prefixes: Mapping[str, str]
) -> dict[str, Any]:
    """The request as a query process takes it, with the format for each kind of answer the query may turn
    out to have.

    A format is None where the client accepts none for that kind. Raises ProtocolError 403 when the query
    would open connections, and 400 when a graph of the dataset is named by something that is no IRI.
    """
    if reaching := reaching_out(asked.query):
        raise ProtocolError(
            403, f"{' and '.join(reaching)} would open connections, which is not allowed here"
        )
    for graph in (*asked.default_graphs, *asked.named_graphs):
        try:
            ox.NamedNode(graph)
        except ValueError as error:
            raise ProtocolError(400, f"the dataset names a graph that is no IRI: {graph!r}") from error
    kinds = {"solutions": SOLUTIONS, "boolean": BOOLEANS, "graph": GRAPHS}
    chosen = {kind: named(wanted, f) if wanted else choose(accept, f) for kind, f in kinds.items()}
    return {
        "query": asked.query,
        "base": base,
        "default_graphs": asked.default_graphs,
        "named_graphs": asked.named_graphs,
        "formats": {kind: f.name if f else None for kind, f in chosen.items()},
        "prefixes": dict(prefixes),
    }
