"""What SERVICE and LOAD of one request bring, asked of other services before the request is evaluated.

In: the text of a query or update and what may be asked (`Outbound`). Out: the text with the solutions of each
SERVICE written in, and the documents that each LOAD is to load, for the writing process to read. Query and
writing processes themselves never open a connection (`api.confine`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import urlencode

import pyoxigraph as ox

from api.federation import Call, NotConstant, addresses, as_values, calls, with_answers
from api.guard import NOTHING, reaching_out
from api.outbound import Outbound, Unreachable
from api.requests import SOFTWARE
from api.sparql import ProtocolError

_RESULTS = "application/sparql-results+json"
_RDF = "text/turtle, application/n-triples;q=0.9, application/rdf+xml;q=0.8, application/ld+json;q=0.5"
_NOBODY = "{ }"  # one solution that binds nothing: what SILENT gives where nothing came back


@dataclass(frozen=True)
class Loaded:
    """An update of which every LOAD has its document: content, file extension and the address it is from."""

    text: str
    documents: tuple[tuple[str, str, str], ...] = ()


def asked_elsewhere(text: str, outbound: Outbound, seconds: float, contact: str = "") -> str:
    """A query with the answers of all its SERVICEs written in; unchanged when nothing may be asked or is.

    Raises ProtocolError 403 for an address that may not be asked, 503 when one does not answer in time.
    """
    if not outbound.any or "SERVICE" not in reaching_out(text):
        return text
    found, written = _done(text, outbound, seconds, contact, [])
    return with_answers(text, found, written.__getitem__)


def loaded_elsewhere(text: str, outbound: Outbound, seconds: float, contact: str = "") -> Loaded:
    """As `asked_elsewhere` for an update: answers written in, and the documents of the LOADs that remain."""
    if not outbound.any or not reaching_out(text):
        return Loaded(text)
    documents: list[tuple[str, str, str]] = []
    found, written = _done(text, outbound, seconds, contact, documents)
    return Loaded(with_answers(text, found, written.__getitem__), tuple(documents))


def _done(
    text: str, outbound: Outbound, seconds: float, contact: str, documents: list[tuple[str, str, str]]
) -> tuple[list[Call], dict[Call, str]]:
    end = time.monotonic() + seconds
    try:
        found = calls(text)
        wanted = addresses(text)  # also those within another: that would ask them, in our name
    except NotConstant as error:
        raise ProtocolError(403, str(error)) from error
    for address in wanted - {call.address for call in found if call.silent and call.keyword == "LOAD"}:
        if not outbound.allows(address):
            reason = f"<{address}> is not among the addresses that SERVICE and LOAD may ask here"
            raise ProtocolError(403, reason)
    headers = {"User-Agent": f"Legenda/{SOFTWARE}" + (f" ({contact})" if contact else "")}
    written: dict[Call, str] = {}
    for call in found:
        left = end - time.monotonic()
        try:
            if call.keyword == "SERVICE":
                written[call] = _solutions(call, outbound, headers, left)
            else:
                documents.append(_document(call, outbound, headers, left))
                written[call] = text[call.start : call.end]
        except (Unreachable, ValueError) as error:
            if not call.silent:
                raise ProtocolError(503, f"{call.keyword} <{call.address}>: {error}") from error
            written[call] = _NOBODY if call.keyword == "SERVICE" else NOTHING
    return found, written


def _solutions(call: Call, outbound: Outbound, headers: dict[str, str], seconds: float) -> str:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": _RESULTS}
    body = urlencode({"query": call.query}).encode()
    kind, content = outbound.fetch(call.address, headers | form, body, seconds)
    if kind not in {_RESULTS, "application/json"}:
        raise ValueError(f"it answered with {kind or 'no media type'}, not with {_RESULTS}")
    return as_values(content)


def _document(
    call: Call, outbound: Outbound, headers: dict[str, str], seconds: float
) -> tuple[str, str, str]:
    kind, content = outbound.fetch(call.address, headers | {"Accept": _RDF}, None, seconds)
    format = ox.RdfFormat.from_media_type(kind) if kind else None
    if format is None or (format.supports_datasets and format != ox.RdfFormat.JSON_LD):
        raise ValueError(f"it answered with {kind or 'no media type'}, not with RDF triples")
    try:
        return content.decode("utf-8"), format.file_extension, call.address
    except UnicodeDecodeError as error:
        raise ValueError(f"its answer is not UTF-8: {error}") from error
