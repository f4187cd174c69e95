"""An identity provider asked: discovery, its keys, a code for an ID token, and whether that token is genuine.

In: the issuer's address and our client's credentials. Out: the address to send a browser to, and the claims
of a verified ID token. Connections go to the issuer's host and to hosts that a maintainer listed, by https
only (http for this machine's own addresses), and follow no redirect. joserfc verifies the signatures.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

_FRESH = 3600.0  # seconds for which discovery and keys are believed
_SECONDS = 10.0  # for one request
_LEEWAY = 60  # seconds that clocks may differ
_ALGORITHMS = frozenset(
    ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
)
_OWN = frozenset({"localhost", "127.0.0.1", "::1"})


class OidcError(RuntimeError):
    """Signing in failed; the message says why, for the log and the page."""


class Provider:
    """One identity provider. Safe from several threads."""

    def __init__(self, issuer: str, client: str, secret: str, hosts: Sequence[str] = ()) -> None:
        self.issuer, self._client, self._secret = issuer.rstrip("/"), client, secret
        self._hosts = {urlsplit(issuer).hostname or "", *hosts}
        self._lock = threading.Lock()
        self._described: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, Any] | None = None

    def address(self, state: str, nonce: str, verifier: str, back: str, scope: str) -> str:
        """Where a browser is sent to sign in; `verifier` is the secret of PKCE. Raises OidcError."""
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": back,
            "scope": scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        there = self._endpoint("authorization_endpoint")
        return there + ("&" if "?" in there else "?") + urlencode(asked)

    def claims(self, code: str, nonce: str, verifier: str, back: str) -> dict[str, Any]:
        """What a code stands for: the claims of the ID token it is exchanged for. Raises OidcError."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        form["code_verifier"] = verifier
        headers = {"Accept": "application/json"}
        ways = self.described().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if self._secret and "client_secret_basic" in ways:
            pair = f"{quote_plus(self._client)}:{quote_plus(self._secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_id"] = self._client
            if self._secret:
                form["client_secret"] = self._secret
        answer = self._ask("POST", self._endpoint("token_endpoint"), data=form, headers=headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OidcError(f"the provider gave no ID token ({answer.get('error', 'no reason given')})")
        return self._verified(token, nonce)

    def described(self) -> dict[str, Any]:
        """The provider's own description. Raises OidcError when it cannot be had or is another's."""
        with self._lock:
            if self._described is None or time.monotonic() - self._described[0] > _FRESH:
                found = self._ask("GET", self.issuer + "/.well-known/openid-configuration")
                if str(found.get("issuer", "")).rstrip("/") != self.issuer:
                    raise OidcError(f"{self.issuer} describes another issuer: {found.get('issuer')}")
                self._described = (time.monotonic(), found)
            return self._described[1]

    def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError

        offered = self.described().get("id_token_signing_alg_values_supported") or ["RS256"]
        allowed = sorted(_ALGORITHMS & set(offered))
        try:
            try:
                read = jwt.decode(token, self._key_set(), algorithms=allowed)
            except InvalidKeyIdError:  # the provider has changed its keys
                read = jwt.decode(token, self._key_set(anew=True), algorithms=allowed)
            claims = dict(read.claims)
            jwt.JWTClaimsRegistry(
                leeway=_LEEWAY,
                iss={"essential": True, "values": [self.described()["issuer"]]},
                sub={"essential": True},
                aud={"essential": True, "value": self._client},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise OidcError(f"the ID token is not valid: {error}") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self._client) != self._client:
            raise OidcError("the ID token was made for another client")
        return claims

    def _key_set(self, anew: bool = False) -> Any:
        from joserfc.jwk import KeySet

        with self._lock:
            if not anew and self._keys is not None and time.monotonic() - self._keys[0] < _FRESH:
                return self._keys[1]
        found = self._ask("GET", self._endpoint("jwks_uri"))
        usable = [k for k in found.get("keys", []) if isinstance(k, dict)]
        keys = [k for k in usable if k.get("kty") in {"RSA", "EC", "OKP"}]  # a shared secret is no public key
        made = KeySet.import_key_set({"keys": keys})
        with self._lock:
            self._keys = (time.monotonic(), made)
        return made

    def _endpoint(self, name: str) -> str:
        address = self.described().get(name)
        if not isinstance(address, str):
            raise OidcError(f"{self.issuer} names no {name}")
        self._allowed(address)
        return address

    def _allowed(self, address: str) -> None:
        parts = urlsplit(address)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _OWN)
        if not secure or parts.hostname not in self._hosts:
            raise OidcError(f"{address} is not asked: it is not the issuer's host, or not by https")

    def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        import httpx

        self._allowed(address)
        try:
            with httpx.Client(timeout=_SECONDS, follow_redirects=False) as client:
                answer = client.request(method, address, **more)
            found: Any = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise OidcError(f"{urlsplit(address).netloc} cannot be asked: {error}") from error
        if not isinstance(found, Mapping) or (answer.status_code != 200 and "error" not in found):
            raise OidcError(f"{address} answered {answer.status_code}")
        return dict(found)
