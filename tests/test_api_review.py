"""Reviews through the pages, on a real store: signing in, verdicts, what stands in the way, what is kept."""

from __future__ import annotations

import csv
import html
import io
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from api import tokens
from api.app import create_app
from api.language import instant
from kg import snapshots
from kg.engines import StoreError
from kg.folder import lock
from kg.names import LG
from kg.store import open_store

BROWSER = {"Accept": "text/html", "Accept-Language": "en"}
PLATE = "illustration/duerer/p1"
PAGE = f"/page/{PLATE}"
PHOTO = {"illustration": PLATE, "property": "category", "value": "category/photography"}


CURRENT = (
    "ASK { GRAPH <http://localhost:8000/graph/current> "
    f"{{ <http://localhost:8000/id/{PLATE}> <{LG}category> ?c }} "
    "FILTER(STRENDS(STR(?c), 'photography')) }"
)


@pytest.fixture
def store(served_store: Path, quick_folder: Path) -> Path:
    return shutil.copytree(served_store, Path(tempfile.mkdtemp(dir=quick_folder)) / "store")


def opened(store: Path, **settings: Any) -> FlaskClient:
    return create_app(store, **{"publish_after": 0.3} | settings).test_client()


def csrf(client: FlaskClient, path: str = "/login") -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get(path, headers=BROWSER).text)
    assert found
    return found[1]


def sign_in(client: FlaskClient, store: Path, name: str = "Anna", role: str = "review", **more: str) -> str:
    token = tokens.create(store, name, role, **more)
    answer = client.post("/login", data={"csrf": csrf(client), "token": token, "next": PAGE}, headers=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE), answer.text
    return token


def send(client: FlaskClient, **fields: str) -> Any:
    return client.post("/reviews", data={"csrf": csrf(client, PAGE)} | PHOTO | fields, headers=BROWSER)


def believed(client: FlaskClient) -> bool:
    """Whether the plate counts as a photograph."""
    answer = client.get("/sparql", query_string={"query": CURRENT})
    return bool(answer.get_json(force=True)["boolean"])


def until(what: Callable[[], Any], seconds: float = 15.0) -> Any:
    """What `what` returns once it is true."""
    ends = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends, "it has not happened"
        time.sleep(0.05)
    return found


def reviews(store: Path) -> list[tuple[str, str]]:
    """(verdict, reviewer) of every review in the live graph, as soon as nobody else writes."""

    def ask() -> list[tuple[str, str]] | None:
        try:
            with open_store(store) as live:
                rows = live.query(
                    f"SELECT ?v ?who {{ ?r a <{LG}Review> ; <{LG}verdict> ?v ; <{LG}reviewer> ?who }}"
                )
                return [(r["v"].value.rsplit("/", 1)[-1], r["who"].value.rsplit("/", 1)[-1]) for r in rows]
        except StoreError:
            return None

    ends = time.monotonic() + 15
    while (found := ask()) is None:
        assert time.monotonic() < ends
        time.sleep(0.05)
    return found


def test_the_cookie_of_a_session_is_for_our_own_pages_only(store: Path) -> None:
    client = opened(store)
    token = tokens.create(store, "Anna", "review")
    form = {"csrf": csrf(client), "token": token}
    plain = client.post("/login", data=form).headers["Set-Cookie"]
    assert "HttpOnly" in plain and "SameSite=Strict" in plain and "Secure" not in plain
    assert token not in plain
    form["csrf"] = csrf(client)
    secure = client.post("/login", data=form, base_url="https://localhost/").headers["Set-Cookie"]
    assert "Secure" in secure
    key = store / "session.key"
    assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_bytes()) == 32


def test_an_accepted_claim_is_in_the_graph_at_once_and_on_everybodys_pages_soon(store: Path) -> None:
    client, stranger = opened(store), opened(store)
    sign_in(client, store, orcid="0000-0002-1825-0097")
    assert send(client, verdict="comment", comment="wakes the writing process").status_code == 303
    begun = time.monotonic()
    answer = send(client, verdict="accepted", comment="seen in Nürnberg", anchor="claim-1")
    took = time.monotonic() - begun
    assert answer.status_code == 303 and answer.headers["Location"] == f"{PAGE}#claim-1"
    assert ("accepted", "0000-0002-1825-0097") in reviews(store)
    assert took < 1.0
    page = until(lambda: (p := stranger.get(PAGE, headers=BROWSER).text).count("seen in Nürnberg") and p)
    assert "ORCID 0000-0002-1825-0097" in page and 'class="verdict accepted"' in page
    line = re.search(r'<li class="verdict-line">.*?seen in Nürnberg', page, re.DOTALL)
    assert line and "→" not in line[0]  # nothing was put in its place
    assert believed(stranger) is True
    assert "Sign out" not in page and 'action="/reviews"' not in page


def test_the_moments_of_reviews_sort_as_times_do_when_the_store_drops_zeros() -> None:
    graph = ox.Store()
    kind = ox.NamedNode("http://www.w3.org/2001/XMLSchema#dateTime")
    said = [f"2026-11-27T03:24:05.{ms:03}+00:00" for ms in (0, 100, 119, 120, 123, 999)]
    for text in said:
        graph.add(ox.Quad(ox.NamedNode("urn:r"), ox.NamedNode("urn:at"), ox.Literal(text, datatype=kind)))
    stored = [quad.object.value for quad in graph if isinstance(quad.object, ox.Literal)]
    assert sorted(map(instant, stored)) == [text.replace("+", "000+") for text in said]
    assert sorted(stored) != sorted(stored, key=instant), "else nobody needs it"


def test_every_verdict_stands_in_the_log_which_is_data_too(store: Path) -> None:
    client = opened(store)
    sign_in(client, store)
    send(client, verdict="rejected", comment='<script>alert("1")</script>')
    send(client, verdict="replaced", choice="category/plan")
    send(client, verdict="comment", comment="a comment, nothing more")
    log = until(lambda: (rows := client.get("/reviews.json").get_json()) and len(rows) == 3 and rows)
    assert [row["verdict"] for row in log] == ["comment", "replaced", "rejected"]
    assert log[1]["replacement"].endswith("/category/plan") and log[1]["replacement_label"] == "plan or map"
    assert [row["disputed"] for row in log] == [False, True, True]
    table = list(csv.DictReader(io.StringIO(client.get("/reviews.csv?verdict=rejected").text)))
    assert len(table) == 1 and table[0]["comment"] == '<script>alert("1")</script>'
    page = client.get("/reviews?person=Anna&verdict=rejected", headers=BROWSER).text
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    assert page.count("<li>") == 1
    assert "No reviews yet" in client.get("/reviews?person=Ben", headers=BROWSER).text
    assert client.get("/reviews?p=9", headers=BROWSER).status_code == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1/"])
def test_a_form_that_another_site_sends_changes_nothing(store: Path, origin: str) -> None:
    client = opened(store)
    sign_in(client, store)
    form = {"csrf": csrf(client, PAGE), "verdict": "accepted"} | PHOTO
    assert client.post("/reviews", data=form, headers={"Origin": origin}).status_code == 403
    assert client.post("/logout", data=form, headers={"Origin": origin}).status_code == 403
    assert not (store / "reviews.sqlite").exists()


def test_a_form_without_the_sessions_own_token_changes_nothing(store: Path) -> None:
    client, other = opened(store), opened(store)
    sign_in(client, store)
    sign_in(other, store, "Ben")
    for foreign in ("", "0" * 32, csrf(other, PAGE)):
        answer = client.post("/reviews", data={"csrf": foreign, "verdict": "accepted"} | PHOTO)
        assert answer.status_code == 403
    answer = client.post("/reviews", json={"verdict": "accepted"} | PHOTO)
    assert answer.status_code == 403  # a session alone does not speak for a program
    assert not (store / "reviews.sqlite").exists()


def test_nothing_typed_is_lost_when_the_session_has_ended(store: Path) -> None:
    client = opened(store, session_hours=0.0003)
    token = sign_in(client, store)
    form = {
        "csrf": csrf(client, PAGE),
        "verdict": "replaced",
        "choice": "ornament",
        "comment": "a “vignette”",
    }
    time.sleep(2.1)
    answer = client.post("/reviews", data=form | PHOTO, headers=BROWSER)
    assert answer.status_code == 401
    assert 'value="replaced" checked' in answer.text and "a “vignette”" in answer.text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    again = form | {name: html.unescape(value) for name, value in fields.items()}
    wrong = client.post("/reviews", data=again | {"token": "wrong"}, headers=BROWSER)
    assert wrong.status_code == 401 and "a “vignette”" in wrong.text
    again["csrf"] = re.search(r'name="csrf" value="([^"]*)"', wrong.text)[1]  # type: ignore[index]
    assert client.post("/reviews", data=again | {"token": token}, headers=BROWSER).status_code == 303
    assert reviews(store) == [("replaced", "Anna")]


def test_who_may_not_review_sees_no_forms_and_is_refused(store: Path) -> None:
    reader = opened(store)
    sign_in(reader, store, "Reader", "read")
    assert 'action="/reviews"' not in reader.get(PAGE, headers=BROWSER).text
    form = {"csrf": csrf(reader), "verdict": "accepted"} | PHOTO
    assert reader.post("/reviews", data=form, headers=BROWSER).status_code == 401
    revoked = opened(store)
    sign_in(revoked, store, "Gone")
    form = {"csrf": csrf(revoked, PAGE), "verdict": "accepted"} | PHOTO
    tokens.revoke(store, "Gone")
    assert revoked.post("/reviews", data=form, headers=BROWSER).status_code == 401
    assert opened(store).post("/reviews", json=form).status_code == 401
    assert not (store / "reviews.sqlite").exists()


def test_pages_of_one_who_is_signed_in_are_kept_by_nobody(store: Path) -> None:
    client = opened(store)
    before = client.get(PAGE, headers=BROWSER)
    sign_in(client, store)
    own = client.get(PAGE, headers=BROWSER | {"If-None-Match": before.headers["ETag"]})
    assert own.status_code == 200 and own.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in own.headers and "Cookie" in own.headers["Vary"]
    left = client.post("/logout", data={"csrf": csrf(client, PAGE), "next": PAGE})
    assert left.status_code == 303
    assert "Sign in to review" in client.get(PAGE, headers=BROWSER).text


def test_a_better_value_is_understood_by_name_by_number_or_asked_for(store: Path) -> None:
    client = opened(store)
    sign_in(client, store)
    artist = {"property": "artist", "value": "artist/Q5580"}
    unknown = send(client, verdict="replaced", choice="Lucas Cranach", **artist)
    assert unknown.status_code == 422 and 'value="Lucas Cranach"' in unknown.text
    near = send(client, verdict="accepted", choice="Albrecht", property="artist", value="")
    assert near.status_code == 422 and "Albrecht Durer (Q5580)" in near.text
    assert send(client, verdict="replaced", choice="Lucas Cranach (Q191748)", **artist).status_code == 303
    assert (
        send(client, verdict="accepted", choice="albrecht durer", property="artist", value="").status_code
        == 303
    )
    assert send(client, verdict="replaced", choice="", **artist).status_code == 422
    assert send(client, verdict="comment", comment="").status_code == 422
    assert send(client, verdict="burnt").status_code == 422
    assert send(client, verdict="accepted", property="mapX").status_code == 422
    assert send(client, verdict="accepted", value="artist/Q5580").status_code == 422
    assert send(client, verdict="accepted", illustration="illustration/duerer/p77").status_code == 404
    page = until(lambda: (p := client.get("/page/artist/Q191748", headers=BROWSER)).status_code == 200 and p)
    assert "Lucas Cranach" in page.text and "wikidata.org/entity/Q191748" in page.text


def test_the_latest_verdict_holds_and_all_are_shown(store: Path) -> None:
    anna, ben = opened(store), opened(store)
    sign_in(anna, store, "Anna")
    sign_in(ben, store, "Ben")
    send(anna, verdict="accepted")
    send(ben, verdict="rejected")
    own = ben.get(PAGE, headers=BROWSER).text  # before any snapshot has it
    assert "disputed" in own and "Anna" in own and "Ben" in own
    stranger = opened(store)
    until(lambda: len(stranger.get("/reviews.json").get_json()) == 2)
    assert believed(stranger) is False
    page = stranger.get(PAGE, headers=BROWSER).text
    assert "disputed" in page and "Anna" in page and "Ben" in page
    assert len(stranger.get("/reviews.json?disputed=1").get_json()) == 2


def test_a_form_sent_twice_is_one_review_and_a_changed_one_another(store: Path) -> None:
    client = opened(store)
    sign_in(client, store)
    id = "0123456789abcdef" * 2
    for comment in ("once", "once", "twice"):
        assert send(client, verdict="accepted", comment=comment, id=id).status_code == 303
    assert len(reviews(store)) == 2


def test_a_review_given_while_another_process_writes_waits_on_disk_and_outlives_the_service(
    store: Path,
) -> None:
    client = opened(store, publish_after=60)
    token = tokens.create(store, "Robot", "review")
    held = lock(store)
    try:
        answer = client.post(
            "/reviews", json={"verdict": "rejected"} | PHOTO, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 202 and answer.get_json()["written"] is False
    finally:
        os.close(held)
    again = opened(store)  # as after a restart
    until(lambda: len(again.get("/reviews.json").get_json()) == 1)
    assert reviews(store) == [("rejected", "Robot")]


def test_a_program_reviews_many_at_once_or_none(store: Path) -> None:
    client = opened(store)
    bearer = {"Authorization": f"Bearer {tokens.create(store, 'Robot', 'write')}"}
    good = [
        {"verdict": "accepted", "property": "medium", "value": "medium/other", "illustration": plate}
        for plate in ("illustration/duerer/p1", "illustration/duerer/p3", "illustration/duerer/p4")
    ]
    wrong = client.post("/reviews", json={"reviews": [*good, {"verdict": "?"}]}, headers=bearer)
    assert wrong.status_code == 404 and wrong.get_json()["review"] == 3
    assert client.post("/reviews", json=[1], headers=bearer).status_code == 400
    done = client.post("/reviews", json={"reviews": good}, headers=bearer)
    assert done.status_code == 201 and done.get_json()["written"] is True
    assert len(reviews(store)) == 3


def test_reviews_do_not_publish_a_graph_that_is_being_written(store: Path) -> None:
    served = snapshots.latest(store)
    with open_store(store) as live:
        live._update("begin.ru", target="<http://localhost:8000/graph/run/sample/link>")
    client = opened(store)
    sign_in(client, store)
    send(client, verdict="accepted")
    time.sleep(1.5)
    assert snapshots.latest(store) == served and reviews(store) == [("accepted", "Anna")]
    assert "in the graph" in client.get(PAGE, headers=BROWSER).text


def test_names_are_suggested_from_the_beginnings_of_their_words(store: Path) -> None:
    client = opened(store)
    assert client.get("/suggest?kind=artist&q=dur").get_json()[0]["value"] == "Albrecht Durer (Q5580)"
    assert client.get("/suggest?kind=artwork&q=dur").get_json() == []
    assert client.get("/suggest?kind=nonsense&q=dur").get_json() == []
    assert client.get('/suggest?kind=artist&q=*"').get_json() == []


def test_without_a_place_for_a_key_signing_in_says_what_to_do(store: Path) -> None:
    (store / "session.key").unlink(missing_ok=True)  # a copied store may bring one along
    (store / "session.key").mkdir()
    answer = opened(store).get("/login", headers=BROWSER)
    assert answer.status_code == 503 and "LEGENDA_SECRET" in answer.text
    assert opened(store, secret="a secret").get("/login", headers=BROWSER).status_code == 200


def test_odd_reviews_are_refused_or_kept_but_never_an_error_of_ours(store: Path) -> None:
    client = opened(store)
    bearer = {"Authorization": f"Bearer {tokens.create(store, 'Robot', 'review')}"}
    odd = [
        {"comment": "half \ud800 a pair, \x00 and \x07", "verdict": "comment"},
        {"choice": "category/", "verdict": "replaced"},
        {"choice": "(" * 4000, "verdict": "replaced"},
        {"choice": "/../../etc (passwd)", "verdict": "replaced"},
        {"illustration": "illustration/../../x", "verdict": "accepted"},
        {"illustration": ["x"], "value": {"a": 1}, "verdict": "accepted"},
        {"qualifier": "<b>", "verdict": "accepted"},
        {"value": "category/", "verdict": "accepted"},
        {"value": "category/%ff", "verdict": "rejected"},
    ]
    statuses = [client.post("/reviews", json=PHOTO | one, headers=bearer).status_code for one in odd]
    assert statuses[0] == 201 and set(statuses[1:]) <= {404, 422}, statuses
    sign_in(client, store)
    assert send(client, verdict="accepted", anchor="a\r\nX-Evil: 1").headers["Location"] == PAGE
    assert send(client, verdict="accepted", next="//evil.example/x").headers["Location"] == "/"
    assert client.post("/reviews", data=b"{", content_type="application/json").status_code in {400, 403}


def test_a_claims_own_page_has_its_history(store: Path) -> None:
    client = opened(store)
    bearer = {"Authorization": f"Bearer {tokens.create(store, 'Robot', 'review')}"}
    work = {
        "illustration": PLATE,
        "property": "reproduces",
        "value": "artwork/Q470606",
        "verdict": "rejected",
    }
    assert (
        client.post("/reviews", json=work | {"comment": "another state"}, headers=bearer).status_code == 201
    )
    page = until(lambda: "another state" in (p := client.get(PAGE, headers=BROWSER).text) and p)
    rejected = page.index("another state")
    address = re.findall(r'href="(/page/claim/[0-9a-f]+)"', page[rejected:])[0]
    claim = client.get(address, headers=BROWSER).text
    assert "another state" in claim and "Robot" in claim and "does not stand" in claim
