"""Signing in with the account of one's house: with a real provider, and with one that cheats."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from flask import Flask, jsonify, redirect, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from test_api_review import BROWSER, PAGE, PHOTO
from werkzeug.serving import make_server

from api.app import create_app
from api.oidc_claims import kept, person, role, rules

RULES = "anna@example.org=review groups:keepers=write"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Cheat:
    """A provider that does what OpenID Connect asks, but for what `spoil` changes."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
        self.published = self.key
        self.claims: dict[str, Any] = {}
        self.spoil: dict[str, Any] = {}
        self.described: dict[str, Any] = {}
        self.token: str | None = None
        self.asked: dict[str, str] = {}
        self.app = app = Flask("cheat")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.describe)
        app.add_url_rule("/authorize", view_func=self.authorize)
        app.add_url_rule("/token", view_func=self.exchange, methods=["POST"])
        app.add_url_rule("/keys", view_func=self.keys)
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def describe(self) -> Any:
        there = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        addresses = {name: self.issuer + path for name, path in there.items()}
        return jsonify({"issuer": self.issuer} | addresses | self.described)

    def authorize(self) -> Any:
        self.asked = dict(request.args)
        return redirect(f"{request.args['redirect_uri']}?code=good&state={request.args['state']}")

    def exchange(self) -> Any:
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        user, _, secret = base64.b64decode(request.headers["Authorization"][6:]).decode().partition(":")
        good = request.form["code"] == "good" and proof == self.asked["code_challenge"]
        if not good or (user, secret) != ("legenda", "s3cret") or not self.asked["redirect_uri"]:
            return jsonify({"error": "invalid_grant"}), 400
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "legenda", "sub": "4711", "nonce": self.asked["nonce"]}
        claims |= {"iat": now, "exp": now + 300, "name": "Anna Muster", "email": "anna@example.org"}
        claims |= {"email_verified": True} | self.claims | self.spoil
        header = {"alg": "RS256", "kid": "1"}
        token = self.token or jwt.encode(header, {k: v for k, v in claims.items() if v is not None}, self.key)
        return jsonify({"id_token": token, "access_token": "x", "token_type": "Bearer"})

    def keys(self) -> Any:
        return jsonify({"keys": [self.published.as_dict(private=False)]})


@pytest.fixture
def cheat() -> Iterator[Cheat]:
    made = Cheat()
    yield made
    made.server.shutdown()


@pytest.fixture
def store(served_store: Path, quick_folder: Path) -> Path:
    return shutil.copytree(served_store, Path(tempfile.mkdtemp(dir=quick_folder)) / "store")


def app(store: Path, issuer: str, **more: Any) -> Flask:
    given = {"oidc_issuer": issuer, "oidc_client": "legenda", "oidc_secret": "s3cret", "oidc_roles": RULES}
    return create_app(store, **given | {"publish_after": 0.3} | more)


def sign_in(client: FlaskClient, onward: str = PAGE) -> Any:
    """As a browser does: to the provider, and back with what it gave."""
    there = client.get(f"/login/oidc?next={onward}", headers=BROWSER)
    assert there.status_code == 303, there.text
    back = urlsplit(httpx.get(there.headers["Location"]).headers["Location"])
    assert back.path == "/login/oidc/back"
    return client.get(f"{back.path}?{back.query}", headers=BROWSER)


def test_whoever_the_house_knows_reviews_under_their_name(store: Path, cheat: Cheat) -> None:
    client = app(store, cheat.issuer).test_client()
    assert f"Sign in with {cheat.issuer[7:]}" in client.get("/login", headers=BROWSER).text
    answer = sign_in(client)
    assert answer.status_code == 200 and f'content="0; url={PAGE}"' in answer.text
    assert cheat.asked["code_challenge_method"] == "S256" and "openid" in cheat.asked["scope"]
    page = client.get(PAGE, headers=BROWSER).text
    assert "Signed in as Anna Muster" in page
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert csrf
    sent = client.post("/reviews", data=PHOTO | {"csrf": csrf[1], "verdict": "accepted"}, headers=BROWSER)
    assert sent.status_code == 303
    ends = time.monotonic() + 15
    while not (rows := client.get("/reviews.json").get_json()) and time.monotonic() < ends:
        time.sleep(0.05)
    assert re.fullmatch(r"Anna Muster \([0-9a-f]{6}\)", rows[0]["name"])
    assert "example.org" not in str(rows)  # no address is published


def test_a_role_ends_when_the_rules_or_the_provider_change(store: Path, cheat: Cheat) -> None:
    client = app(store, cheat.issuer).test_client()
    sign_in(client)
    cookie = client.get_cookie("legenda")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Strict"
    for more in ({"oidc_roles": "ben@example.org=review"}, {"oidc_issuer": "https://other.example"}):
        other = app(store, cheat.issuer, **more).test_client()
        other.set_cookie("legenda", cookie.value)
        assert "Anna Muster" not in other.get(PAGE, headers=BROWSER).text
    same = app(store, cheat.issuer).test_client()
    same.set_cookie("legenda", cookie.value)
    assert "Anna Muster" in same.get(PAGE, headers=BROWSER).text


@pytest.mark.parametrize(
    "spoil",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": ["legenda", "somebody-else"]},
        {"azp": "somebody-else"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"iat": 99999999999},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_for_us_here_and_now_is_refused(
    store: Path, cheat: Cheat, spoil: dict[str, Any]
) -> None:
    client = app(store, cheat.issuer).test_client()
    cheat.spoil = spoil
    answer = sign_in(client)
    assert answer.status_code == 403 and "did not work" in answer.text
    assert "Anna Muster" not in client.get(PAGE, headers=BROWSER).text


def test_a_token_that_somebody_else_signed_is_refused_and_a_new_key_of_the_provider_is_found(
    store: Path, cheat: Cheat
) -> None:
    client = app(store, cheat.issuer).test_client()
    assert sign_in(client).status_code == 200
    cheat.key = RSAKey.generate_key(2048, {"kid": "1"})  # not the published one
    assert sign_in(client).status_code == 403
    now = int(time.time())
    claims = {"iss": cheat.issuer, "aud": "legenda", "sub": "1", "iat": now, "exp": now + 300}
    cheat.token = jwt.encode({"alg": "HS256", "kid": "1"}, claims, OctKey.import_key("s3cret" * 8))
    assert sign_in(client).status_code == 403
    cheat.token = "eyJhbGciOiJub25lIn0.e30."  # {"alg": "none"}
    assert sign_in(client).status_code == 403
    cheat.token = None
    fresh = RSAKey.generate_key(2048, {"kid": "2"})
    cheat.key = cheat.published = fresh
    token = jwt.encode({"alg": "RS256", "kid": "2"}, claims | {"nonce": "?"}, fresh)
    cheat.token = token
    answer = sign_in(client)
    assert answer.status_code == 403 and "nonce" in answer.text  # the key was found, the nonce is wrong


def test_an_answer_to_another_browsers_question_is_refused(store: Path, cheat: Cheat) -> None:
    client, victim = (app(store, cheat.issuer).test_client() for _ in range(2))
    there = client.get("/login/oidc", headers=BROWSER)
    back = urlsplit(httpx.get(there.headers["Location"]).headers["Location"])
    assert victim.get(f"{back.path}?{back.query}", headers=BROWSER).status_code == 403
    victim.get("/login/oidc", headers=BROWSER)
    assert victim.get(f"{back.path}?{back.query}", headers=BROWSER).status_code == 403
    state = parse_qs(back.query)["state"][0]
    for query in (
        f"state={state}",
        f"state={state}&error=access_denied",
        f"code=good&state={state}&iss=https://x",
    ):
        client.get("/login/oidc", headers=BROWSER)
        assert client.get(f"{back.path}?{query}", headers=BROWSER).status_code == 403
    assert "Anna" not in victim.get(PAGE, headers=BROWSER).text


def test_who_has_no_role_is_told_so_and_stays_outside(store: Path, cheat: Cheat) -> None:
    client = app(store, cheat.issuer).test_client()
    cheat.claims = {"email_verified": False}
    answer = sign_in(client)
    assert answer.status_code == 403 and "no role" in answer.text
    assert "Anna Muster" not in client.get(PAGE, headers=BROWSER).text


def test_no_other_host_is_asked(store: Path, cheat: Cheat) -> None:
    for described in (
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "http://169.254.169.254/keys"},
        {"issuer": "https://evil.example"},
    ):
        cheat.described = described
        client = app(store, cheat.issuer).test_client()
        there = client.get("/login/oidc", headers=BROWSER)
        if there.status_code == 303:
            back = urlsplit(httpx.get(there.headers["Location"]).headers["Location"])
            there = client.get(f"{back.path}?{back.query}", headers=BROWSER)
        assert there.status_code in {403, 502} and "did not work" in there.text
    cheat.described = {"authorization_endpoint": "javascript:alert(1)"}
    assert app(store, cheat.issuer).test_client().get("/login/oidc").status_code == 502
    assert app(store, "").test_client().get("/login/oidc").status_code == 404
    gone = app(store, "http://127.0.0.1:9").test_client().get("/login/oidc", headers=BROWSER)
    assert gone.status_code == 502


def test_a_form_typed_when_the_session_had_ended_is_there_again_after_signing_in(
    store: Path, cheat: Cheat
) -> None:
    client = app(store, cheat.issuer).test_client()
    form = PHOTO | {"csrf": "0" * 32, "verdict": "replaced", "choice": "category/plan", "comment": "“mine”"}
    late = client.post("/reviews", data=form, headers=BROWSER)
    assert late.status_code == 401 and "come back to this form" in late.text
    draft = re.search(r"next=(/reviews/draft/[\w-]+)", late.text)
    assert draft
    assert f"url={draft[1]}" in sign_in(client, draft[1]).text
    page = client.get(draft[1], headers=BROWSER)
    assert page.status_code == 200 and "“mine”" in page.text
    assert re.search(r'value="category/plan" selected', page.text)
    assert client.get("/reviews/draft/other", headers=BROWSER).status_code == 404


class TestRules:
    def test_the_greatest_role_counts_and_addresses_must_be_verified(self) -> None:
        given = rules("*@museum.example=review, sub:7=admin, realm_access.roles:boss=write")
        assert role({"sub": "1", "email": "a@museum.example", "email_verified": True}, given) == "review"
        assert role({"sub": "7", "email": "a@museum.example", "email_verified": True}, given) == "admin"
        assert role({"sub": "1", "email": "a@museum.example", "email_verified": "true"}, given) == ""
        assert role({"sub": "1", "email": "a@evil.example", "email_verified": True}, given) == ""
        assert role({"sub": "1", "realm_access": {"roles": ["boss", "x"]}}, given) == "write"

    def test_a_session_keeps_no_more_than_it_needs_and_means_the_same(self) -> None:
        given = rules("groups:keepers=write")
        claims = {"sub": "1", "name": "A", "email": "a@b.c", "groups": ["x"] * 50 + ["keepers"]}
        small = kept(claims, given)
        assert small == {"sub": "1", "name": "A", "groups": ["keepers"]}
        assert role(small, given) == "write"

    def test_orcid_signs_with_its_id(self) -> None:
        who = person({"sub": "0000-0002-1825-0097"}, "https://orcid.org", ())
        assert who.signature == "https://orcid.org/0000-0002-1825-0097"
        two = {person({"sub": sub, "name": "Anna"}, "https://x", ()).signature for sub in "12"}
        assert len(two) == 2

    @pytest.mark.parametrize("text", ["anna=review", "anna@x.org=boss", "review", "groups:=review"])
    def test_a_wrong_rule_is_an_error_that_names_it(self, text: str, served_store: Path) -> None:
        with pytest.raises(ValueError, match=re.escape(repr(text))):
            create_app(served_store, oidc_roles=text)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
def test_in_a_browser_with_a_provider_that_others_wrote(store: Path) -> None:
    from oidc_provider_mock import User, run_server_in_thread
    from playwright.sync_api import sync_playwright

    anna = User(sub="anna", claims={"name": "Anna", "email": "anna@example.org", "email_verified": True})
    with run_server_in_thread(user_claims=[anna]) as provider, sync_playwright() as playwright:
        issuer = f"http://localhost:{provider.server_port}"
        server = make_server("127.0.0.1", 0, app(store, issuer), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(locale="en")
        page.goto(f"http://127.0.0.1:{server.server_port}/review")
        page.click("a.button")
        page.wait_for_url(f"{issuer}/**")
        page.get_by_role("button", name="anna").click()
        page.wait_for_url("**/review")
        page.wait_for_selector(".question")
        assert "Signed in as Anna" in page.inner_text("footer")
        browser.close()
        server.shutdown()
