"""The short way for look-ups: answered before Flask is asked, because Flask costs more than the look-up
itself.

In: a WSGI request. Out: the answer to a short query by GET or POST at `/sparql` that is certainly small
(`api.lookup`), with the headers it would have from the long way; every other request goes on to Flask
untouched.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from api.dataset import NoSnapshot, Served
from api.formats import BY_NAME, GRAPHS, SOLUTIONS, prefers_html
from api.lookup import look_up
from api.sparql import Asked, ProtocolError, parse_request, request_for_worker
from api.watch import QUERY, query_hash
from kg.names import NAMESPACES

_LONGEST = 4000  # bytes of a request that may be a look-up
_PATHS = ("/sparql", "/sparql/")

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Lane:
    """WSGI middleware. `more` are headers that every answer of the application has."""

    def __init__(self, wsgi: Wsgi, served: Served, more: list[tuple[str, str]]) -> None:
        self._wsgi, self._served, self._more = wsgi, served, more

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] in _PATHS:
            answer = self._answer(environ)
            if answer is not None:
                content_type, body = answer
                headers = [
                    ("Content-Type", content_type),
                    ("Content-Length", str(len(body))),
                    ("Vary", "Accept, Accept-Encoding"),
                    ("Access-Control-Allow-Origin", "*"),
                ]
                start_response("200 OK", headers + self._more)
                return [body]
        return self._wsgi(environ, start_response)

    def _answer(self, environ: dict[str, Any]) -> tuple[str, bytes] | None:
        method = environ["REQUEST_METHOD"]
        address = environ.get("QUERY_STRING", "")
        body = b""
        if method == "POST":
            # Not compressed ones, not conditional ones, not long ones: they take the long way.
            length = environ.get("CONTENT_LENGTH") or ""
            if not length.isdigit() or int(length) > _LONGEST:
                return None
            body = environ["wsgi.input"].read(int(length))
            environ["wsgi.input"] = io.BytesIO(body)  # for Flask, if it comes to that
        elif method != "GET" or "HTTP_IF_NONE_MATCH" in environ or len(address) > _LONGEST:
            return None
        accept = environ.get("HTTP_ACCEPT")
        if prefers_html(accept, (*SOLUTIONS, *GRAPHS)):
            return None
        try:
            asked = parse_request(method, environ.get("CONTENT_TYPE", ""), address.encode("latin-1"), body)
            if not isinstance(asked, Asked) or asked.format:
                return None
            environ[QUERY] = query_hash(asked.query)
            found = self._served.dataset()
            message = request_for_worker(asked, found.names.base, accept, "", NAMESPACES)
            reply = look_up(found.store, message)
        except (ProtocolError, NoSnapshot):
            return None  # Flask says what is wrong
        if reply is None or not isinstance(reply.body, bytes):
            return None
        return BY_NAME[reply.format].content_type, reply.body
