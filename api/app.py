"""The Flask application: `create_app(store_dir, **settings)`.

In: a store directory (see ARCHITECTURE.md) and settings by name. Out: a WSGI application that serves the
store's latest snapshot: pages, data twins, images and SPARQL. What people with a token change is written by
a process of its own (`api.writer`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, redirect, render_template, request
from werkzeug.exceptions import BadHost, HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from api import (
    changes,
    data,
    feed,
    finding,
    graphs,
    harvest,
    health,
    iiif,
    images,
    lists,
    map_exports,
    map_groups,
    map_routes,
    oai,
    oidc,
    oidc_claims,
    openapi,
    pages,
    progress,
    queue_many,
    queue_routes,
    reconcile,
    review,
    reviewlog,
    session,
    sparql_routes,
    vocabulary,
    watch,
)
from api.compress import compress
from api.dataset import NoSnapshot, Served
from api.inbox import Inbox
from api.lane import Lane
from api.language import INTERFACE, moment, word
from api.outbound import Outbound, places
from api.pool import Refused
from api.requests import (
    POLICY,
    STARTED_WITH,
    conditional,
    dataset,
    language,
    settings,
    unchanged,
    whole_identifier,
)
from api.settings import Settings
from api.sparql import ProtocolError

_ROOMS = (
    *(pages, lists, finding, data, images, sparql_routes, graphs, harvest, iiif, oai, reconcile),
    *(
        feed,
        vocabulary,
        watch,
        health,
        openapi,
        session,
        oidc,
        review,
        reviewlog,
        queue_routes,
        queue_many,
        progress,
        map_routes,
        map_exports,
        map_groups,
    ),
)
# Rooms whose answers scripts of any site may read, and what these are told before they send something.
_OPEN = frozenset(
    {
        "data",
        "images",
        "sparql",
        "graphs",
        "harvest",
        "iiif",
        "oai",
        "reconcile",
        "feed",
        "vocabulary",
        "openapi",
    }
)
_ALL_SITES = {"Access-Control-Allow-Origin": "*"}
_ASKED_BEFORE = _ALL_SITES | {
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-None-Match, Range",
    "Access-Control-Max-Age": "86400",
}
_SECURITY = [
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
]


def create_app(store_dir: str | os.PathLike[str], **given: Any) -> Flask:
    """The web side of one store as a WSGI application.

    A store without a snapshot is not an error: pages answer 503 with a line saying so until one is published.
    Raises ValueError for an unknown setting or one of the wrong type.
    """
    app = Flask("api", static_folder="static", template_folder="templates")
    app.config["SETTINGS"] = chosen = Settings.load(given)
    oidc_claims.rules(chosen.oidc_roles)  # a wrong rule is said now, not when somebody signs in
    if chosen.oidc_issuer and not chosen.oidc_client:
        raise ValueError("setting oidc_issuer needs oidc_client")
    app.extensions["legenda"] = Served(_path(store_dir), chosen.limits)
    app.extensions["legenda.outbound"] = Outbound(
        places(chosen.outbound), chosen.outbound_seconds, chosen.outbound_size, chosen.outbound_running
    )
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = chosen.max_request
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.strict_slashes = False
    app.url_map.converters["int"] = _Number
    for room in _ROOMS:
        app.register_blueprint(room.blueprint)
    served: Served = app.extensions["legenda"]
    lane = Lane(_WithHeaders(app.wsgi_app), served, _SECURITY)
    bucket = watch.Bucket(chosen.rate, chosen.rate_burst) if chosen.rate > 0 else None
    watched: Any = watch.Watch(lane, bucket, chosen.access_log)
    if n := chosen.proxies:
        watched = ProxyFix(watched, x_for=n, x_proto=n, x_host=n, x_prefix=n)
    app.wsgi_app = watched  # type: ignore[method-assign]
    app.before_request(_begin)
    app.after_request(_finish)
    app.after_request(session.remember)
    app.register_error_handler(NoSnapshot, _no_snapshot)
    app.register_error_handler(ProtocolError, sparql_routes.refused)
    app.register_error_handler(Refused, sparql_routes.refused)
    app.register_error_handler(HTTPException, _error)
    app.context_processor(_template_words)

    def ask(operation: str, **what: Any) -> dict[str, Any]:
        with app.app_context():
            return changes.make(operation, **what)

    store = app.extensions["legenda"].store
    app.extensions["legenda.inbox"] = Inbox(store, ask, chosen.publish_after, ProtocolError)
    return app


class _Number(IntegerConverter):
    """A number in an address; what has more digits than anything here is counted to is not found."""

    regex = r"\d{1,12}"


class _WithHeaders:
    """WSGI middleware that puts the security headers on every answer, whoever gave it."""

    def __init__(self, wsgi: Any) -> None:
        self._wsgi = wsgi

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            present = {name.lower() for name, _ in headers}
            return start_response(
                status, headers + [h for h in _SECURITY if h[0].lower() not in present], *more
            )

        return self._wsgi(environ, start)


def _path(store_dir: str | os.PathLike[str]) -> Path:
    return Path(os.fspath(store_dir).removeprefix("oxigraph:")).resolve()


def _begin() -> Any:
    if meant := whole_identifier():
        return redirect(meant, 301)
    if not request.if_none_match:
        return None
    try:
        return unchanged()
    except NoSnapshot:
        return None  # the route will say so, if it needs one


def _template_words() -> dict[str, Any]:
    spoken = language()

    def t(key: str, **values: Any) -> str:
        return word(key, spoken, **values)

    current = g.get(STARTED_WITH)
    return {
        "t": t,
        "language": spoken,
        "languages": INTERFACE,
        "site": settings(),
        "signed_in": session.signed_in(),
        "csrf_token": session.csrf,
        "version": current.version if current else "",
        "published": moment(current.published.isoformat(), spoken) if current else "",
        "plate_count": lambda n: (
            t("one-plate") if n == 1 else t("plate-count", n=f"{n:,}".replace(",", "\u202f"))
        ),
    }


def _finish(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.vary.update(("Accept-Language", "Accept", "Cookie"))
        response.headers["Content-Language"] = language()
    if (
        request.blueprint in _OPEN - {"oai"}  # dates each of its answers
        and request.method in {"GET", "HEAD"}
        and response.status_code == 200
        and "ETag" not in response.headers
        and not response.cache_control.no_store
    ):
        with suppress(NoSnapshot):
            conditional(response)
    if request.method == "OPTIONS" and request.blueprint in _OPEN:
        response.headers.update(_ASKED_BEFORE | {"Access-Control-Allow-Methods": response.headers["Allow"]})
    if response.is_streamed and (request.method == "HEAD" or response.status_code == 304):
        response.close()  # the body will not be sent, nor closed by whoever sends
        return response
    return compress(response, request.accept_encodings)


def _no_snapshot(error: NoSnapshot) -> tuple[str, int, dict[str, str]]:
    return f"{error}\n", 503, {"Content-Type": "text/plain; charset=utf-8", "Retry-After": "10", **_ALL_SITES}


def _error(error: HTTPException) -> Any:
    """Errors as a page for people, as one plain line for programs."""
    if error.response is not None:
        return error.response
    status = error.code or 500
    headers = [h for h in error.get_headers() if h[0].lower() != "content-type"]
    wanted = request.accept_mimetypes.best_match(["text/plain", "text/html"])
    if wanted == "text/html" and not isinstance(error, BadHost):  # of which no address can be made
        with suppress(NoSnapshot):
            dataset()
        return render_template("error.html", status=status, reason=error.description), status, headers
    reason = f"{status} {error.name}: {error.description}\n"
    return reason, status, [*headers, ("Content-Type", "text/plain; charset=utf-8"), *_ALL_SITES.items()]
