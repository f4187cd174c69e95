"""What every route needs to know of its request: the dataset, the language, the settings, and conditional
answers.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from flask import Response, current_app, g, request
from werkzeug.exceptions import NotFound

from api.dataset import Dataset
from api.settings import Settings

STARTED_WITH = "legenda_dataset"  # the snapshot this request began with and ends with


def dataset() -> Dataset:
    """The snapshot of this request: the same one from its beginning to its end. Raises NoSnapshot."""
    if STARTED_WITH not in g:
        setattr(g, STARTED_WITH, current_app.extensions["legenda"].dataset())
    found: Dataset = g.get(STARTED_WITH)
    return found


def language() -> str:
    """The visitor's interface language ("en", "de" or "fr")."""
    return str(g.get("language", "en"))


def settings() -> Settings:
    """The settings of this application."""
    chosen: Settings = current_app.config["SETTINGS"]
    return chosen


def raw_path() -> str:
    """The request's path as it was sent, still percent-encoded.

    WSGI hands over a decoded path, in which an identifier's own "/" (sent as %2F) can no longer be told
    apart.
    """
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or quote(request.path)
    path = str(raw).split("?", 1)[0]
    if path.startswith(("http://", "https://")):  # the absolute form of a request line
        path = "/" + path.split("/", 3)[3] if path.count("/") > 2 else "/"
    return path.removeprefix(request.root_path)


def entity_iri(path: str, base: str) -> str:
    """The IRI of the entity that a percent-encoded path `{kind}/{local}` names, in its canonical encoding.

    Raises NotFound for a path that cannot be one of ours.
    """
    try:
        parts = [unquote(part, errors="strict") for part in path.split("/")]
    except UnicodeDecodeError as error:
        raise NotFound() from error
    if len(parts) < 2 or not all(parts) or any(part in {".", ".."} for part in parts):
        raise NotFound()
    return base + "id/" + "/".join(quote(part, safe="") for part in parts)


def conditional(response: Response, *more: str) -> Response:
    """`response` with the snapshot's version as its ETag, turned into 304 when the client has it already.

    `more` is what else the bytes depend on (language, format, path): it becomes part of the tag.
    """
    found = dataset()
    response.set_etag("-".join((found.version, *more)).replace('"', ""), weak=True)
    response.headers["Last-Modified"] = found.modified
    response.headers.setdefault("Cache-Control", "no-cache")
    response.make_conditional(request)
    return response
