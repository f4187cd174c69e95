"""What every route needs to know of its request: the dataset, the language, the settings, and conditional
answers.
"""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import quote, unquote

from flask import Response, current_app, g, request
from werkzeug.exceptions import Gone, HTTPException, NotFound

from api.dataset import Dataset
from api.history import History
from api.language import visitor
from api.settings import Settings

try:
    SOFTWARE = version("legenda")
except PackageNotFoundError:  # run from a folder that was never installed
    SOFTWARE = "0"

# Everything a page needs is its own: no script, style, font or picture from elsewhere, no framing, no form
# that sends to another site.
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
COOKIE = "legenda"  # of those who are signed in: what they see is theirs alone and never kept
_ONE_COMPONENT = re.compile(r"(?P<room>/(?:id|page|data)/)(?P<id>[^/]+)")
STARTED_WITH = "legenda_dataset"  # the snapshot this request began with and ends with


def dataset() -> Dataset:
    """The snapshot of this request: the same one from its beginning to its end. Raises NoSnapshot."""
    if STARTED_WITH not in g:
        setattr(g, STARTED_WITH, current_app.extensions["legenda"].dataset())
    found: Dataset = g.get(STARTED_WITH)
    return found


def language() -> str:
    """The visitor's interface language ("en", "de" or "fr")."""
    if "language" not in g:
        g.language = visitor(request.headers.get("Accept-Language"), request.args.get("lang"))
    return str(g.language)


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
    if not path.isascii():  # WSGI hands over bytes as Latin-1; who does not encode an address sends UTF-8
        path = path.encode("latin-1", "replace").decode("utf-8", "replace")
    if path.startswith(("http://", "https://")):  # the absolute form of a request line
        path = "/" + path.split("/", 3)[3] if path.count("/") > 2 else "/"
    return path.removeprefix(request.root_path)


def whole_identifier() -> str:
    """Where an address leads in which an identifier stands as one encoded component; "" when it is none.

    `/page/artist%2FQ5580` is how clients of reconciliation fill a template `/page/{{id}}`.
    """
    place = _ONE_COMPONENT.fullmatch(raw_path())
    if place is None or "%2f" not in place["id"].lower():
        return ""
    query = request.query_string.decode("ascii", "replace")
    return place["room"] + quote(unquote(place["id"]), safe="/%") + ("?" + query if query else "")


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


def missing(iri: str) -> HTTPException:
    """The error for an entity that is not there: 410 when an earlier snapshot had it, else 404."""
    found = dataset()
    state = History(found.folder, found.names.base).state(iri)
    return Gone() if state is not None and state.gone else NotFound()


def conditional(response: Response) -> Response:
    """`response` with the ETag of this request, turned into 304 when the client has it already."""
    if COOKIE in request.cookies and response.mimetype == "text/html":
        return response
    response.set_etag(entity_tag(), weak=True)
    response.headers["Last-Modified"] = dataset().modified
    response.headers.setdefault("Cache-Control", "no-cache")
    if response.is_streamed:  # its length is not known, and not worth keeping all of it in memory
        response.automatically_set_content_length = False
    response.make_conditional(request)
    return response


def entity_tag() -> str:
    """The ETag that an answer to this request has: it changes with the dataset and with all that is asked
    for.
    """
    asked = (
        request.url,
        request.headers.get("Accept", ""),
        language(),
        SOFTWARE,
    )
    digest = hashlib.blake2b("\n".join(asked).encode("utf-8", "replace"), digest_size=9).hexdigest()
    return f"{dataset().version}-{digest}"


def unchanged() -> Response | None:
    """304 before any work is done, for a client that has this very answer already; else None."""
    if request.method not in {"GET", "HEAD"} or not request.if_none_match or COOKIE in request.cookies:
        return None
    tag = entity_tag()
    if not request.if_none_match.contains_weak(tag):
        return None
    response = Response(status=304)
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "no-cache"
    return response
