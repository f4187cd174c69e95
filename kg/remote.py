"""A triple store on another server, over SPARQL 1.1: query, update and, where there is one, the graph store.

In: "URL[,update=URL][,gsp=URL]", with credentials from the environment (LEGENDA_SPARQL_USER and
LEGENDA_SPARQL_PASSWORD, or LEGENDA_SPARQL_TOKEN). Out: the same `Engine` as the embedded store. Requests
are retried with back-off when the server is away or busy, which is safe: triples are sets, and every update
we send can be sent twice. An upload that was cut short is continued by the next one, which sends only what
is missing.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pyoxigraph as ox
import tenacity

from kg.engines import StoreError
from kg.replace import blocks_of
from kg.sparql import bind

#: Lines per request of the graph store protocol.
_BATCH = 20_000
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
#: Asked for one at a time: Virtuoso answers CONSTRUCT as JSON of its own when it may.
_ACCEPT = {
    True: "application/n-triples, text/turtle;q=0.5",
    False: "application/sparql-results+json",
}
_FORM = re.compile(r"<[^>\s]*>|#[^\n]*|\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
#: What to do about a server that leaves out a part of its answers: a part is worse than none here.
_RAISE = "raise the server's limit (Virtuoso: ResultSetMaxRows)"


class _Busy(Exception):
    """The server is away or asks to come again; `wait` seconds if it says so."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


def _pause(state: tenacity.RetryCallState) -> float:
    asked = state.outcome.exception() if state.outcome else None
    back_off = float(min(30.0, 0.25 * 2**state.attempt_number))
    return max(back_off, min(asked.wait, 120.0) if isinstance(asked, _Busy) else 0.0)


class Remote:
    """A SPARQL 1.1 endpoint. Not for use from several threads at once."""

    #: Virtuoso's parser gives up at about 5,000.
    update_lines = 2_000

    def __init__(self, query_url: str, update_url: str, graph_store_url: str = "", tries: int = 6) -> None:
        self.urls = {"query": query_url, "update": update_url, "gsp": graph_store_url}
        for url in filter(None, self.urls.values()):
            if urlsplit(url).scheme not in ("http", "https"):
                raise StoreError(f"sparql:{url}: not an http(s) URL")
        self.tries = tries
        self._client = httpx.Client(timeout=httpx.Timeout(10.0, read=600.0), auth=_auth(), headers=_headers())

    @classmethod
    def from_spec(cls, spec: str) -> Remote:
        """From "URL[,update=URL][,gsp=URL]"; without `update` the query URL takes updates too."""
        first, *rest = spec.split(",")
        given = dict(part.partition("=")[::2] for part in rest)
        if not first or set(given) - {"update", "gsp"}:
            raise StoreError(f"sparql:{spec}: expected sparql:URL[,update=URL][,gsp=URL]")
        return cls(first, given.get("update") or first, given.get("gsp", ""))

    def query(self, sparql: str) -> Any:
        # `union-default-graph` is Oxigraph's switch; other servers ignore it and are configured to do so.
        form = {"query": sparql, "union-default-graph": "true"}
        accept = _ACCEPT[_asks_for_triples(sparql)]
        answer = self._send("query", "POST", data=form, headers={"Accept": accept})
        if limit := answer.headers.get("x-sparql-maxrows"):  # how Virtuoso says that it left the rest out
            raise StoreError(f"{self.urls['query']}: answers are cut at {limit} rows; {_RAISE}")
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
        if results := ox.QueryResultsFormat.from_media_type(media_type):
            return ox.parse_query_results(answer.content, format=results)
        form_of_triples = ox.RdfFormat.from_media_type(media_type) or ox.RdfFormat.N_TRIPLES
        return (quad.triple for quad in ox.parse(answer.content, format=form_of_triples))

    def update(self, sparql: str) -> None:
        self._send(
            "update", "POST", content=sparql.encode(), headers={"Content-Type": "application/sparql-update"}
        )

    def load(self, graph: str, file: Path) -> None:
        for block in blocks_of(file, _BATCH if self.urls["gsp"] else self.update_lines):
            if self.urls["gsp"]:
                self._send(
                    "gsp",
                    "POST",
                    params={"graph": graph},
                    content=block.encode(),
                    headers={"Content-Type": "application/n-triples"},
                )
            else:
                self.update(bind("insert.ru", graph=f"<{graph}>", lines=block))

    def dump(self, graph: str, file: Path) -> None:
        # Written anew by us: engines escape in different ways, and lines are compared.
        with self._streamed(graph) as raw, file.open("w", encoding="utf-8", newline="\n") as out:
            parsed = ox.parse(path=str(raw), format=ox.RdfFormat.N_TRIPLES, lenient=True)
            written = 0
            for quad in parsed:
                written += 1
                out.write(f"{quad.triple} .\n")
        counted = next(iter(self.query(bind("count-graph.rq", graph=f"<{graph}>"))))
        if written < int(counted["n"].value):
            got = f"gave {written} of {counted['n'].value} triples of {graph}"
            raise StoreError(f"{self.urls['query']}: {got}; {_RAISE}")

    def clear(self, graph: str) -> None:
        self.update(f"CLEAR SILENT GRAPH <{graph}>")

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _streamed(self, graph: str) -> Iterator[Path]:
        """The graph's N-Triples in a temporary file."""
        if self.urls["gsp"]:
            request: dict[str, Any] = {"method": "GET", "url": self.urls["gsp"], "params": {"graph": graph}}
        else:
            construct = bind("graph.rq", graph=f"<{graph}>")
            request = {"method": "POST", "url": self.urls["query"], "data": {"query": construct}}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "graph.nt"

            def fetch() -> None:
                headers = {"Accept": "application/n-triples"}
                with self._client.stream(**request, headers=headers) as answer, path.open("wb") as out:
                    if answer.status_code != 404:  # no such graph: an empty one
                        if answer.is_error:
                            answer.read()
                        _check(answer)
                        for chunk in answer.iter_bytes():
                            out.write(chunk)

            self._retrying(fetch, request["url"])
            yield path

    def _send(self, kind: str, method: str, **request: Any) -> httpx.Response:
        url = self.urls[kind]

        def once() -> httpx.Response:
            answer = self._client.request(method, url, **request)
            _check(answer)
            return answer

        return self._retrying(once, url)

    def _retrying(self, call: Any, url: str) -> Any:
        retry = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((_Busy, httpx.TransportError)),
            wait=_pause,
            stop=tenacity.stop_after_attempt(self.tries),
            reraise=True,
        )
        try:
            return retry(call)
        except (_Busy, httpx.TransportError) as error:
            raise StoreError(
                f"{url}: no answer after {self.tries} tries: {error or type(error).__name__}"
            ) from error


def _asks_for_triples(sparql: str) -> bool:
    """Whether the first of the words that are neither in an IRI nor in a comment is CONSTRUCT or DESCRIBE."""
    found = next((word[1] for word in _FORM.finditer(sparql) if word[1]), "")
    return found.upper() in ("CONSTRUCT", "DESCRIBE")


def _check(answer: httpx.Response) -> None:
    if answer.status_code in _BUSY:
        asked = answer.headers.get("retry-after", "")
        raise _Busy(f"status {answer.status_code}", float(asked) if asked.isdigit() else 0.0)
    if answer.is_error:
        reason = " ".join(answer.text.split())[:200]
        if answer.status_code == 400 and "sparql" not in answer.request.headers.get("content-type", ""):
            raise SyntaxError(reason)
        raise StoreError(f"{answer.url.copy_with(query=None)}: status {answer.status_code}: {reason}")


def _auth() -> tuple[str, str] | None:
    user = os.environ.get("LEGENDA_SPARQL_USER")
    return (user, os.environ.get("LEGENDA_SPARQL_PASSWORD", "")) if user else None


def _headers() -> dict[str, str]:
    token = os.environ.get("LEGENDA_SPARQL_TOKEN")
    return {"User-Agent": "legenda"} | ({"Authorization": f"Bearer {token}"} if token else {})
