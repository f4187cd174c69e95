"""What every request costs: counts and times for Prometheus, an access log, and a limit per client.

In: each WSGI request, the short way of look-ups included. Out: `/metrics`; one line per request where the
setting `access_log` asks for it, with the hash of a query instead of its text and without the visitor's
address; 429 with Retry-After for a client that asks more often than the setting `rate` allows.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from flask import Blueprint, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from werkzeug.wsgi import ClosingIterator

from api.requests import dataset

blueprint = Blueprint("watch", __name__)
QUERY = "legenda.query"  # where in the WSGI environment the hash of a request's query stands
_LOG = logging.getLogger("legenda.access")
_REQUESTS = Counter("legenda_requests", "Requests answered.", ["route", "method", "status"])
_SECONDS = Histogram(
    "legenda_request_seconds",
    "Seconds from a request to the end of its answer.",
    ["route"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_PUBLISHED = Gauge(
    "legenda_dataset_published_seconds", "When the served dataset was published.", multiprocess_mode="max"
)
_ROUTES = frozenset(
    {
        *(
            "page",
            "data",
            "id",
            "image",
            "sparql",
            "search",
            "graphs",
            "graph",
            "dump",
            "changes",
            "oai",
            "iiif",
        ),
        *("reconcile", "ontology", "static", "health", "metrics", "sitemap.xml", ".well-known"),
    }
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
_CLIENTS = 20_000  # of so many clients the last requests are remembered

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts and times of all server processes, as Prometheus reads them."""
    registry = REGISTRY
    _PUBLISHED.set(dataset().published.timestamp())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def query_hash(text: str) -> str:
    """Twelve hexadecimal digits by which the same query is known again in the log."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


@cache
def _counters(route: str, method: str, status: str) -> tuple[Counter, Histogram]:
    """The counter and the clock of these labels; looking them up anew each time costs more than counting."""
    return _REQUESTS.labels(route, method, status), _SECONDS.labels(route)


class Bucket:
    """So many requests per second for each client, `burst` at once. Safe from several threads."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._lock = threading.Lock()
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """0.0 when the client may go on, else the seconds after which it may.

        >>> bucket = Bucket(2.0, 1, clock=lambda: 0.0)
        >>> bucket.take("a"), bucket.take("a"), bucket.take("b")
        (0.0, 0.5, 0.0)
        """
        now = self._clock()
        with self._lock:
            left, then = self._clients.pop(client, (float(self._burst), now))
            left = min(float(self._burst), left + (now - then) * self._rate)
            wait = 0.0 if left >= 1 else (1 - left) / self._rate
            self._clients[client] = (left - 1 if wait == 0 else left, now)
            if len(self._clients) > _CLIENTS:
                self._clients.popitem(last=False)
        return wait


class Watch:
    """WSGI middleware around everything else. `bucket` is None where no client is limited."""

    def __init__(self, wsgi: Wsgi, bucket: Bucket | None, log: bool) -> None:
        self._wsgi, self._bucket, self._log = wsgi, bucket, log
        if log and not _LOG.handlers:
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            _LOG.addHandler(handler)
            _LOG.setLevel(logging.INFO)
            _LOG.propagate = False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        began = time.perf_counter()
        first = environ["PATH_INFO"].split("/", 2)[1:2]
        route = "front" if first in ([], [""]) else first[0] if first[0] in _ROUTES else "other"
        if self._bucket is not None and route not in {"health", "static", "image"}:
            wait = self._bucket.take(environ.get("REMOTE_ADDR", ""))
            if wait:
                return self._refuse(environ, start_response, route, wait)
        status = "500"

        def start(line: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, headers, *more)

        def done() -> None:
            self._note(environ, route, status, time.perf_counter() - began)

        answer = self._wsgi(environ, start)
        if isinstance(answer, list) or hasattr(answer, "filelike"):
            done()  # whole already, or a file that the server sends by itself
            return answer
        return ClosingIterator(answer, done)

    def _refuse(
        self, environ: dict[str, Any], start_response: Any, route: str, wait: float
    ) -> Iterable[bytes]:
        body = b"too many requests from your address; please slow down\n"
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Retry-After", str(math.ceil(wait))),
            ("Access-Control-Allow-Origin", "*"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response("429 Too Many Requests", headers)
        self._note(environ, route, "429", 0.0)
        return [body]

    def _note(self, environ: dict[str, Any], route: str, status: str, seconds: float) -> None:
        method = environ["REQUEST_METHOD"]
        count, clock = _counters(route, method if method in _METHODS else "other", status)
        count.inc()
        clock.observe(seconds)
        if self._log:
            path = environ["PATH_INFO"].encode("unicode_escape").decode("ascii")[:300]
            query = environ.get(QUERY, "-")
            _LOG.info("%s %s %s %.1f ms query=%s", method, path, status, seconds * 1000, query)
