"""SPARQL 1.1 Protocol without a server: what a request asks for, and the answer as bytes.

In: method, content type, query string and body. Out: an `Asked` (the query text and its dataset) or a
`ProtocolError` with the HTTP status the protocol wants; then the request that a query process takes. Pure
functions over bytes; Flask routes stay thin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pyoxigraph as ox

from api.formats import BOOLEANS, GRAPHS, SOLUTIONS, choose, named
from api.guard import reaching_out, with_dataset, without_silent_loads
from kg.wording import names_dataset


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
    format: str = ""  # a short name, for those who cannot send an Accept header


@dataclass(frozen=True)
class Update:
    """An update as the protocol understood it. Empty graph lists mean that the update says itself."""

    text: str
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()


def parse_request(method: str, content_type: str, query_string: bytes, body: bytes) -> Asked | Update | None:
    """What a request to the endpoint asks; None when it asks nothing (a visit). Raises ProtocolError."""
    in_address = _fields(query_string)
    if method in {"GET", "HEAD"}:
        if any(name == "update" for name, _ in in_address):
            raise ProtocolError(400, "an update is sent with POST")
        return _asked(in_address)
    if method != "POST":
        raise ProtocolError(405, "send a query with GET or POST, an update with POST")
    kind = content_type.split(";", 1)[0].strip().lower()
    around = [field for field in in_address if field[0] not in {"query", "update"}]
    if kind == "application/x-www-form-urlencoded":
        fields = _fields(body) + around
        if any(name == "update" for name, _ in fields):
            return _update(fields)
        return _asked(fields, required=True)
    if kind == "application/sparql-query":
        return _asked([("query", _text(body)), *around], required=True)
    if kind == "application/sparql-update":
        return _update([("update", _text(body)), *around])
    raise ProtocolError(
        415,
        "send application/x-www-form-urlencoded, application/sparql-query or application/sparql-update",
    )


def _update(fields: Sequence[tuple[str, str]]) -> Update:
    updates = [value for name, value in fields if name == "update"]
    if len(updates) > 1 or any(name == "query" for name, _ in fields):
        raise ProtocolError(400, "a request holds one update and nothing else")
    return Update(
        updates[0],
        tuple(value for name, value in fields if name == "using-graph-uri"),
        tuple(value for name, value in fields if name == "using-named-graph-uri"),
    )


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
        next((value for name, value in fields if name == "format"), ""),
    )


def request_for_worker(
    asked: Asked, base: str, accept: str | None, wanted: str, prefixes: Mapping[str, str]
) -> dict[str, Any]:
    """The request as a query process takes it, with the format for each kind of answer there may be.

    `union` says that the default graph is the union of all, where the request names no graphs either.
    A format is None where the client accepts none for that kind. Raises ProtocolError 403 when the query
    would open connections, and 400 when a graph of the dataset is named by something that is no IRI.
    """
    _stays_home(asked.query, (*asked.default_graphs, *asked.named_graphs))
    kinds = {"solutions": SOLUTIONS, "boolean": BOOLEANS, "graph": GRAPHS}
    chosen = {kind: named(wanted, f) if wanted else choose(accept, f) for kind, f in kinds.items()}
    return {
        "query": asked.query,
        "base": base,
        "default_graphs": asked.default_graphs,
        "named_graphs": asked.named_graphs,
        "union": not names_dataset(asked.query),
        "formats": {kind: f.name if f else None for kind, f in chosen.items()},
        "prefixes": dict(prefixes),
    }


def update_for_writer(update: Update, loads: int = 0) -> str:
    """The text of an update with its dataset written into it. Raises ProtocolError 400 or 403.

    `loads` is for how many LOADs the writer gets a document: it puts that in their place.
    """
    text = update.text if loads else without_silent_loads(update.text)
    _stays_home(text, (*update.using, *update.using_named), {"LOAD"} if loads else frozenset())
    try:
        return with_dataset(text, update.using, update.using_named)
    except ValueError as error:
        raise ProtocolError(400, str(error)) from error


def _stays_home(text: str, graphs: Sequence[str], known: Set[str] = frozenset()) -> None:
    if reaching := " and ".join(word for word in reaching_out(text) if word not in known):
        raise ProtocolError(403, f"{reaching} would open connections, which is not allowed here")
    for graph in graphs:
        try:
            ox.NamedNode(graph)
        except ValueError as error:
            raise ProtocolError(400, f"the dataset names a graph that is no IRI: {graph!r}") from error
