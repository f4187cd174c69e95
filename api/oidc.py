"""Signing in with the account of one's house, by OpenID Connect: authorization code with PKCE.

In: `/login/oidc`, which sends the browser to the provider, and `/login/oidc/back`, to which it returns. Out:
a session like that of a token, with the role that the maintainer's rules give. What belongs together is kept
in a signed cookie of ten minutes (state, nonce, PKCE's secret, where to go on): it must be SameSite=Lax, for
the browser comes back from another site. Whoever comes back is shown a page that goes on by itself, because
the session's own cookie is Strict and would not be sent on the way from another site.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, redirect, render_template, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import NotFound

from api import session
from api.language import word
from api.oidc_claims import kept, person, rules
from api.oidc_provider import OidcError, Provider
from api.requests import language, settings

blueprint = Blueprint("oidc", __name__)
_COOKIE = "legenda-oidc"
_SECONDS = 600
_LOG = logging.getLogger("legenda.oidc")


def provider() -> Provider | None:
    """The provider of the settings, None where none is set."""
    chosen = settings()
    if not chosen.oidc_issuer:
        return None
    held: Provider = current_app.extensions.setdefault(
        "legenda.oidc",
        Provider(
            chosen.oidc_issuer, chosen.oidc_client, chosen.oidc_secret, tuple(chosen.oidc_hosts.split())
        ),
    )
    return held


@blueprint.get("/login/oidc")
def leave() -> Response:
    """To the provider."""
    asked = _provider()
    onward = session.local_path(request.args.get("next", "/"))
    kept_until = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    try:
        there = asked.address(**kept_until, back=_back(), scope=settings().oidc_scope)
    except OidcError as error:
        return _failed(error, onward, 502)
    answer = redirect(there, 303)
    answer.set_cookie(
        _COOKIE,
        _serializer().dumps(kept_until | {"next": onward}),
        max_age=_SECONDS,
        path="/login/oidc",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]


@blueprint.get("/login/oidc/back")
def come_back() -> Response:
    """From the provider, with a code or with a reason why there is none."""
    asked = _provider()
    try:
        begun = _serializer().loads(request.cookies.get(_COOKIE, ""), max_age=_SECONDS)
    except BadSignature as error:
        return _failed(error, "/", 403)
    onward = begun["next"]
    try:
        if not hmac.compare_digest(request.args.get("state", "").encode(), begun["state"].encode()):
            raise OidcError("the answer does not belong to this browser's question (state)")
        if request.args.get("iss", asked.issuer).rstrip("/") != asked.issuer:
            raise OidcError("the answer is another issuer's")
        if not request.args.get("code"):
            raise OidcError(f"the provider refused: {request.args.get('error', 'no code')}"[:200])
        claims = asked.claims(request.args["code"], begun["nonce"], begun["verifier"], _back())
    except OidcError as error:
        return _failed(error, onward, 403)
    given = rules(settings().oidc_roles)
    who = person(claims, asked.issuer, given)
    if not who.role:
        _LOG.warning("%s signed in at %s and has no role here", who.signature, asked.issuer)
        return _failed(None, onward, 403, word("oidc-no-role", language(), name=who.name))
    g.session = {"id": secrets.token_urlsafe(16), "oidc": kept(claims, given), "issuer": asked.issuer}
    g.pop("reviewer", None)
    g.remember = True
    answer = Response(render_template("signed-in.html", onward=onward, name=who.name))
    answer.delete_cookie(_COOKIE, path="/login/oidc")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _provider() -> Provider:
    asked = provider()
    if asked is None:
        raise NotFound("no identity provider is set (oidc_issuer)")
    return asked


def _back() -> str:
    """The address that the provider must know as ours."""
    return request.host_url + "login/oidc/back"


def _failed(error: Exception | None, onward: str, status: int, said: str = "") -> Response:
    if error is not None:
        _LOG.warning("signing in failed: %s", error)
    answer = session.form_again(said or word("oidc-failed", language(), reason=str(error)), onward, status)
    answer.delete_cookie(_COOKIE, path="/login/oidc")
    return answer


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        session.secret(), salt="legenda oidc", signer_kwargs={"digest_method": hashlib.sha256}
    )


def label() -> str:
    """The provider by its host, as the page names it; "" where none is set."""
    issuer: Any = settings().oidc_issuer
    return urlsplit(issuer).netloc if issuer else ""
