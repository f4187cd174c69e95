"""Who is signed in: a token shown once at `/login` becomes a signed cookie, and forms are proved to be ours.

In: the token of a reviewer (`legenda token create`). Out: `signed_in()`, the reviewer of this request, asked
anew of the store each time, so that a revoked token ends all its sessions; `check()` for every form that
changes something. The cookie is HttpOnly, SameSite=Strict, Secure behind HTTPS, and says nothing but which
token it stands for and since when; a form also carries a token of its own that only our pages can know, and
must come from our own address.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, redirect, render_template, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import Forbidden, ServiceUnavailable

from api import tokens
from api.dataset import Served
from api.language import word
from api.oidc_claims import person, rules
from api.requests import COOKIE, language, settings

blueprint = Blueprint("session", __name__)
_KEY_FILE = "session.key"


@dataclass(frozen=True)
class Reviewer:
    """Who is signed in: the name to show, what signs a review (a name or an ORCID iD's IRI), the role."""

    name: str
    signature: str
    role: str


def signed_in(role: str = "review") -> Reviewer | None:
    """The reviewer of this request, None for anybody else and for one whose role is too small."""
    if "reviewer" not in g:
        g.reviewer = _reviewer(str(_session().get("token", ""))) or _vouched_for()
    found: Reviewer | None = g.reviewer
    return found if found and tokens.ROLES.index(found.role) >= tokens.ROLES.index(role) else None


def bearer(role: str = "review") -> Reviewer | None:
    """The reviewer whose token a program sent along (`Authorization: Bearer …`)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = _reviewer(tokens.hashed(token.strip())) if scheme.lower() == "bearer" else None
    return found if found and tokens.ROLES.index(found.role) >= tokens.ROLES.index(role) else None


def sign_in(token: str) -> Reviewer | None:
    """Sign in for this request and, once the answer is sent with `remember`, for the next ones; None for no
    token of ours.
    """
    found = _reviewer(tokens.hashed(token.strip()))
    if found is not None:
        # A new identifier: whatever a form of an earlier session knew is worth nothing from now on.
        g.session = {"id": secrets.token_urlsafe(16), "token": tokens.hashed(token.strip())}
        g.reviewer = found
        g.remember = True
    return found


def csrf() -> str:
    """What forms of this session carry; a visitor without a session gets one."""
    signing = secret()
    if "id" not in _session():
        g.session = {"id": secrets.token_urlsafe(16)}
        g.remember = True
    key = hmac.new(signing, _session()["id"].encode(), hashlib.sha256)
    return key.hexdigest()[:32]


def check() -> str:
    """Why the form of this request is not to be believed, "" when it is ours."""
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    if (origin and urlsplit(origin).netloc != request.host) or origin == "null":
        return "another site sent this form"
    given = request.form.get("csrf", "") or request.headers.get("X-CSRF-Token", "")
    if "id" not in _session() or not hmac.compare_digest(given.encode(), csrf().encode()):
        return "this form is too old, or not ours"
    return ""


def remember(response: Response) -> Response:
    """`response` with the cookie of a session that began with this request; for every answer."""
    if g.get("remember"):
        _set_cookie(response, _serializer().dumps(g.session), int(settings().session_hours * 3600))
    if g.get("reviewer") or g.get("remember"):
        # A page for one person is nobody else's, and not to be found by the back button after signing out.
        response.headers["Cache-Control"] = "private, no-store"
        del response.headers["ETag"]
    return response


@blueprint.get("/login")
def form() -> Response:
    """The form that takes a token."""
    return form_again("", local_path(request.args.get("next", "/")), 200)


@blueprint.post("/login")
def enter() -> Response:
    """Sign in and go on to where the visitor came from; the form again when the token is none."""
    onward = local_path(request.form.get("next", "/"))
    if check():
        return form_again(word("login-again", language()), onward, 403)
    if sign_in(request.form.get("token", "")) is None:
        return form_again(word("login-wrong", language()), onward, 401)
    return redirect(onward, 303)  # type: ignore[return-value]


@blueprint.post("/logout")
def leave() -> Response:
    """Sign out."""
    if reason := check():
        raise Forbidden(reason)
    answer = redirect(local_path(request.form.get("next", "/")), 303)
    g.pop("remember", None)
    g.reviewer = None
    _set_cookie(answer, "", 0)  # type: ignore[arg-type]
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer  # type: ignore[return-value]


def form_again(problem: str, onward: str, status: int) -> Response:
    known = bool(tokens.listed(_store()))
    html = render_template(
        "login.html",
        problem=problem,
        onward=onward,
        csrf=csrf(),
        known=known,
        house=urlsplit(settings().oidc_issuer).netloc,
    )
    answer = Response(html, status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Legenda"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def local_path(path: str) -> str:
    """A path of ours to go on to; the front page for anything else.

    >>> local_path("/page/artist/Q1?p=2"), local_path("//elsewhere.example"), local_path("https://elsewhere.example")
    ('/page/artist/Q1?p=2', '/', '/')
    """
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path[:2000] if plain and "\\" not in path else "/"


def _store() -> Path:
    served: Served = current_app.extensions["legenda"]
    return served.store


def _session() -> dict[str, Any]:
    if "session" not in g:
        g.session = {}
        if cookie := request.cookies.get(COOKIE):
            with suppress(BadSignature):
                g.session = _serializer().loads(cookie, max_age=int(settings().session_hours * 3600))
    found: dict[str, Any] = g.session
    return found


def _reviewer(digest: str) -> Reviewer | None:
    entry = tokens.holder(_store(), digest) if digest else None
    if entry is None:
        return None
    orcid = entry.get("orcid", "")
    return Reviewer(entry["name"], f"https://orcid.org/{orcid}" if orcid else entry["name"], entry["role"])


def _vouched_for() -> Reviewer | None:
    """Whoever an identity provider vouched for, with the role that today's rules give."""
    claims, issuer = _session().get("oidc"), settings().oidc_issuer.rstrip("/")
    if not claims or not issuer or _session().get("issuer") != issuer:
        return None
    who = person(claims, issuer, rules(settings().oidc_roles))
    return Reviewer(who.name, who.signature, who.role) if who.role else None


def _set_cookie(response: Response, value: str, seconds: int) -> None:
    response.set_cookie(
        COOKIE, value, max_age=seconds, path="/", httponly=True, samesite="Strict", secure=request.is_secure
    )


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret(), salt="legenda session", signer_kwargs={"digest_method": hashlib.sha256}
    )


def secret() -> bytes:
    """The key of all signatures: the setting, or one that is made once and kept beside the tokens."""
    if given := settings().secret:
        return given.encode()
    kept: bytes | None = current_app.extensions.get("legenda.secret")
    if kept is None:
        kept = current_app.extensions["legenda.secret"] = _kept(_store() / _KEY_FILE)
    return kept


def _kept(file: Path) -> bytes:
    """The key in a file that only its owner can read, made when it is not there; the first maker wins."""
    try:
        if not file.exists():
            own = file.with_name(f".{_KEY_FILE}.{secrets.token_hex(4)}")
            with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:  # noqa: PTH123
                out.write(secrets.token_bytes(32))
            with suppress(FileExistsError):
                os.link(own, file)
            own.unlink()
        return file.read_bytes()
    except OSError as error:
        raise ServiceUnavailable(
            f"signing in needs a key: set LEGENDA_SECRET, or let {file.name} be written: {error.strerror}"
        ) from error
