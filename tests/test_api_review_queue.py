"""The review queue through its pages, on a real store: order, verdicts, two at once, undoing, many."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import map_store
import pytest
from flask.testing import FlaskClient
from test_api_review import BROWSER, opened, reviews, sign_in, until

from api import tokens
from api.leases import MINUTES
from api.queue_score import Judged, Said, questions
from kg import snapshots
from kg.store import open_store

BASE = "http://localhost:8000/id/"


@pytest.fixture
def store(served_store: Path, quick_folder: Path) -> Path:
    return shutil.copytree(served_store, Path(tempfile.mkdtemp(dir=quick_folder)) / "store")


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the question on a page."""
    form = re.search(r'<form id="judge".*?</form>', page, re.DOTALL)
    assert form, page
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


def key(page: str) -> str:
    found = re.search(r'data-key="([0-9a-f]{20})"', page)
    assert found, page
    return found[1]


def get(client: FlaskClient, path: str = "/review") -> str:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    return answer.text


def judge(client: FlaskClient, page: str, **more: str) -> Any:
    return client.post("/review", data=fields(page) | more, headers=BROWSER)


def signed(store: Path, name: str, **settings: Any) -> FlaskClient:
    client = opened(store, **settings)
    sign_in(client, store, name)
    return client


class TestWhatIsAsked:
    def test_a_single_valued_property_is_asked_once_by_its_best_value(self) -> None:
        claims = [
            Said("p", "category", "id/category/graphic", "", 0.6, "r"),
            Said("p", "category", "id/category/photography", "", 0.4, "r"),
            Said("p", "medium", "id/medium/other", "", 0.9, "r"),
        ]
        asked = questions("p", claims, [("category", "id/category/graphic", "")], {})
        assert [(q.said.value, q.undecided) for q in asked] == [
            ("id/category/graphic", False),
            ("id/medium/other", True),
        ]
        assert asked[0].unsure == pytest.approx(0.8)

    def test_what_somebody_accepted_is_asked_no_more_and_after_a_rejection_comes_the_next_guess(self) -> None:
        claims = [
            Said("p", "category", "graphic", "", 0.6, "r"),
            Said("p", "category", "photography", "", 0.3, "r"),
            Said("p", "category", "plan", "", 0.05, "r"),
            Said("p", "medium", "other", "", 0.9, "r"),
        ]

        def open_ones(judged: dict[tuple[str, str, str], Judged]) -> list[str]:
            believed = [("medium", "other", "")]
            asked = questions("p", claims, believed, judged)
            return [q.said.value for q in asked if q.said.property == "category" and not q.settled]

        def said(**verdicts: str) -> Judged:
            return Judged(verdicts)

        graphic, photo = ("category", "graphic", ""), ("category", "photography", "")
        assert open_ones({graphic: said(Anna="accepted")}) == []
        assert open_ones({graphic: said(Anna="rejected")}) == ["photography"]
        assert open_ones({graphic: said(Anna="rejected"), photo: said(Anna="rejected")}) == []
        assert open_ones({graphic: said(Anna="accepted", Ben="rejected")}) == ["graphic"]
        assert open_ones({graphic: said(Anna="accepted", Ben="rejected", Cleo="accepted")}) == []

    def test_a_caption_and_a_picture_that_disagree_are_a_conflict(self) -> None:
        by_caption = Said("p", "category", "id/category/graphic", "", 0.7, "r", sight=0.2, heard=True)
        by_sight = Said("p", "category", "id/category/reproduction", "", 0.3, "r", sight=0.8)
        painting = Said("p", "medium", "id/medium/painting", "", 0.8, "r", sight=0.8)
        asked = questions("p", [by_caption, by_sight, painting], [("medium", painting.value, "")], {})
        assert {q.said.property: q.conflict for q in asked} == {"category": "sight", "medium": "medium"}

    def test_a_picture_of_which_nothing_is_claimed_is_asked_what_it_is(self) -> None:
        assert [(q.said.property, q.said.value) for q in questions("p", [], [], {})] == [
            ("category", ""),
            ("medium", ""),
        ]


def test_the_queue_asks_for_signing_in_and_comes_back(store: Path) -> None:
    answer = opened(store).get("/review?property=medium", headers=BROWSER)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/login?next=%2Freview")
    reader = opened(store)
    sign_in(reader, store, "Reader", "read")
    assert reader.get("/review", headers=BROWSER).status_code == 303


def test_one_question_after_the_other_until_none_is_left_and_the_graph_has_them_all(store: Path) -> None:
    client = signed(store, "Anna", publish_after=60)
    seen, page = [], get(client, "/review?property=medium")
    while "Nothing is left" not in page:
        seen.append(key(page))
        answer = judge(client, page, verdict="accepted")
        assert answer.status_code == 303 and answer.headers["Location"] == "/review?property=medium"
        page = get(client, answer.headers["Location"])
    assert len(seen) == len(set(seen)) == 8
    assert until(lambda: (r := reviews(store)) and len(r) == 8 and r) == [("accepted", "Anna")] * 8


def test_filters_narrow_and_say_how_many_are_left(store: Path) -> None:
    client = signed(store, "Anna")
    page = get(client, "/review?property=artist&source=duerer")
    assert "3 left" in page and "Albrecht Durer" in page
    assert "<mark>Albrecht Dürer</mark>" in page  # the words of the caption that count
    assert "6 left" in get(client, "/review?property=artist")
    assert "6 left" in get(client, "/review?property=artist&run=sample%2Flink")
    assert "6 left" in get(client, "/review?property=artist&band=very-likely")
    assert "<i>after</i> " in get(client, "/review?property=artist&source=kunst+%26+künstler")
    assert "Nothing is left" in get(client, "/review?property=artist&band=hardly")
    everything = get(client, "/review?only=nonsense&property=")
    assert re.search(r"(\d\d) left", everything)


def test_what_one_looks_at_is_not_asked_of_another_for_some_minutes(store: Path) -> None:
    anna, ben = signed(store, "Anna"), signed(store, "Ben")
    first = key(get(anna))
    second = key(get(ben))
    assert first != second and key(get(anna)) == first
    ahead = key(get(anna, f"/review?without={first}"))  # fetched while she still looks at the first
    assert ahead not in {first, second}
    with sqlite3.connect(store / "reviews.sqlite") as database:  # some minutes later
        database.execute("UPDATE lease SET until = until - ?", (60 * MINUTES,))
    assert key(get(ben)) == first  # whoever left it lying


def test_who_is_second_is_told_who_was_faster_and_loses_nothing(store: Path) -> None:
    anna, ben = signed(store, "Anna", publish_after=60), signed(store, "Ben", publish_after=60)
    of = "illustration=illustration/duerer/p1&property=category&value=category/graphic"
    hers, his = get(anna, f"/review?{of}"), get(ben, f"/review?{of}")
    assert key(hers) == key(his)
    assert judge(anna, hers, verdict="accepted").status_code == 303
    late = judge(ben, his, verdict="typed", choice="category/plan", comment="a “ground plan”")
    assert late.status_code == 409
    assert "Anna was faster: accepted" in late.text and "a “ground plan”" in late.text
    assert re.search(r'value="category/plan" selected', late.text)
    assert until(lambda: reviews(store)) == [("accepted", "Anna")]
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', late.text))
    again = form | {"verdict": "replaced", "choice": "category/plan"}
    assert ben.post("/reviews", data=again, headers=BROWSER).status_code == 303  # he insists
    assert len(until(lambda: (r := reviews(store)) and len(r) == 2 and r)) == 2


def test_undoing_appends_a_withdrawal_and_asks_again(store: Path) -> None:
    client = signed(store, "Anna", publish_after=60)
    page = get(client, "/review?property=category")
    first = key(page)
    judge(client, page, verdict="rejected")
    judge(client, get(client, "/review?property=category"), verdict="accepted")
    for expected in ("accepted", "rejected"):
        page = get(client, "/review?property=category")
        strip = re.search(r'<form class="queue-last".*?</form>', page, re.DOTALL)
        assert strip and f"verdict {expected}" in strip[0]
        form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', strip[0]))
        answer = client.post("/review/undo", data=form, headers=BROWSER)
        assert answer.status_code == 303
        page = get(client, answer.headers["Location"])
    assert key(page) == first and 'class="queue-last"' not in page
    assert "taken back" in page  # the history says all of it
    assert client.post("/review/undo", data=form, headers=BROWSER).status_code == 404
    verdicts = until(lambda: (r := reviews(store)) and len(r) == 4 and sorted(v for v, _ in r))
    assert verdicts == ["accepted", "rejected", "withdrawn", "withdrawn"]


def test_nobody_takes_back_what_another_said(store: Path) -> None:
    anna, ben = signed(store, "Anna"), signed(store, "Ben")
    page = get(anna)
    judge(anna, page, verdict="accepted")
    mine = re.search(r'name="id" value="([0-9a-f]{32})"', get(anna).split("queue-last")[1])
    assert mine
    form = {"csrf": fields(get(ben))["csrf"], "id": mine[1]}
    assert ben.post("/review/undo", data=form, headers=BROWSER).status_code == 404


def test_a_number_replaces_and_enter_sends_what_was_typed(store: Path) -> None:
    client = signed(store, "Anna", publish_after=60)
    of = "/review?illustration=illustration/duerer/p1&property=category&value=category/graphic"
    assert judge(client, get(client, of), pick="category/photography").status_code == 303
    artist = "/review?illustration=illustration/duerer/p1&property=artist&value=artist/Q5580"
    page = get(client, artist)
    wrong = judge(client, page, verdict="typed", choice="Nobody Known", comment="sic")
    assert wrong.status_code == 422 and "Nobody Known" in wrong.text and "sic" in wrong.text
    assert judge(client, page, verdict="typed", choice="Lucas Cranach (Q191748)").status_code == 303
    assert judge(client, get(client, artist), verdict="typed", comment="why?").status_code == 303
    empty = judge(client, get(client, artist), verdict="typed")
    assert empty.status_code == 422
    verdicts = until(lambda: (r := reviews(store)) and len(r) == 3 and sorted(v for v, _ in r))
    assert verdicts == ["comment", "replaced", "replaced"]


def test_next_puts_aside_for_oneself_only(store: Path) -> None:
    anna, ben = signed(store, "Anna"), signed(store, "Ben")
    page = get(anna)
    form = {"csrf": fields(page)["csrf"], "key": key(page), "filter": "property=medium"}
    answer = anna.post("/review/next", data=form, headers=BROWSER)
    assert answer.status_code == 303 and answer.headers["Location"] == "/review?property=medium"
    assert key(get(anna)) != key(page)
    assert key(get(ben)) == key(page)


def test_an_ended_session_loses_nothing_and_another_sites_form_does_nothing(store: Path) -> None:
    client = signed(store, "Anna")
    page = get(client)
    tokens.revoke(store, "Anna")
    late = judge(client, page, verdict="typed", comment="“mine”")
    assert late.status_code == 401 and "“mine”" in late.text
    ben = signed(store, "Ben")
    form = fields(get(ben)) | {"verdict": "accepted"}
    foreign = ben.post("/review", data=form, headers=BROWSER | {"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    for path in ("/review/undo", "/review/next", "/review/many/verdict"):
        sent = ben.post(path, data=form, headers=BROWSER | {"Origin": "https://evil.example"})
        assert sent.status_code in {303, 403} and sent.headers.get("Location", "/login").startswith("/login")
    assert "property" in form and not (store / "reviews.sqlite-journal").exists()
    with pytest.raises(AssertionError):
        until(lambda: reviews(store), 0.5)


def test_a_claim_that_vanished_is_said_and_its_verdict_kept(store: Path) -> None:
    client = signed(store, "Anna")
    page = get(client, "/review?property=category&source=duerer")
    asked = fields(page)
    with open_store(store) as live:
        live.drop_run("sample", "category")
        live.derive_current()
        snapshots.publish(live)
    address = {name: asked[name] for name in ("illustration", "property", "value", "qualifier")}
    again = client.get("/review", query_string=address, headers=BROWSER).text
    assert "no run claims this any more" in again
    assert judge(client, page, verdict="accepted").status_code == 303
    assert until(lambda: reviews(store)) == [("accepted", "Anna")]
    gone = fields(page) | {"illustration": "illustration/duerer/p77", "verdict": "typed", "comment": "“x”"}
    answer = client.post("/review", data=gone, headers=BROWSER)
    assert answer.status_code == 404 and "“x”" in answer.text
    address["illustration"] = "illustration/duerer/p77"
    assert client.get("/review", query_string=address, headers=BROWSER).status_code == 404


def test_people_who_differ_come_first_and_a_third_settles_it(store: Path) -> None:
    anna, ben, cleo = (signed(store, name) for name in ("Anna", "Ben", "Cleo"))
    of = "/review?illustration=illustration/duerer/p1&property=medium&value=medium/other"
    judge(anna, get(anna, of), verdict="accepted")
    page = get(ben, of)
    assert judge(ben, page, verdict="rejected").status_code == 303
    page = until(lambda: (p := get(cleo)).count("reviewers differ") and p)
    assert fields(page)["property"] == "medium"
    assert "Anna" in page and "Ben" in page
    assert "reviewers differ" not in get(anna)  # she has said what she thinks
    judge(cleo, page, verdict="accepted")
    settled = until(lambda: (p := get(cleo, "/review?only=disputed")).count("Nothing is left") and p)
    assert settled


def test_a_second_opinion_can_be_asked_for_and_agreement_is_counted(store: Path) -> None:
    anna, ben = signed(store, "Anna"), signed(store, "Ben")
    for _ in range(3):
        judge(anna, get(anna, "/review?property=medium"), verdict="accepted")
    page = until(lambda: (p := get(ben, "/review?only=second")).count("3 left") and p)
    judge(ben, page, verdict="accepted")
    judge(ben, get(ben, "/review?only=second"), verdict="rejected")

    def counted() -> Any:
        told = ben.get("/review/progress.json").get_json()
        return told if told["agreement"] and told["agreement"][0]["statements"] == 2 else None

    told = until(counted)
    assert told["agreement"][0]["same"] == 1 and told["agreement"][0]["pairs"][0]["statements"] == 2
    medium = next(m for m in told["models"] if m["property"] == "medium")
    assert medium["judged"] == 3 and medium["accepted"] == 2
    assert medium["bands"][0]["claimed"] == pytest.approx(0.97)
    assert medium["brier"] == pytest.approx((2 * 0.03**2 + 0.97**2) / 3)
    row = next(p for p in told["properties"] if p["property"] == "medium")
    assert (row["answered"], row["accepted"], row["rejected"]) == (3, 2, 1)
    page = ben.get("/review/progress", headers=BROWSER).text
    assert "<svg" in page and "Krippendorff" in page and "style=" not in page.split("<main")[1]
    table = ben.get("/review/progress.csv").text
    assert "agreement" in table and "calibration_error" in table.splitlines()[0]


def test_many_at_once_leaves_out_what_was_taken_out(store: Path) -> None:
    client = signed(store, "Anna", publish_after=60)
    page = get(client, "/review/many?property=category&value=category/graphic&cluster=c1")
    boxes = re.findall(r'name="s" value="([^"]+)" checked', page)
    assert len(boxes) == 8 and "Right: all 8" in page
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    none = client.post("/review/many/verdict", data=form | {"verdict": "accepted"}, headers=BROWSER)
    assert none.status_code == 422 and "Nothing is chosen" in none.text
    sent = form | {"verdict": "accepted", "s": boxes[:5]}
    done = client.post("/review/many/verdict", data=sent, headers=BROWSER)
    assert done.status_code == 200 and "5 verdicts are kept" in done.text and "Right: all 3" in done.text
    rest = form | {"verdict": "replaced", "choice": "category/plan", "s": boxes[5:]}
    assert client.post("/review/many/verdict", data=rest, headers=BROWSER).status_code == 303
    verdicts = until(lambda: (r := reviews(store)) and len(r) == 8 and sorted(v for v, _ in r))
    assert verdicts == ["accepted"] * 5 + ["replaced"] * 3


def test_of_many_those_that_somebody_else_judged_meanwhile_are_left_out(store: Path) -> None:
    anna, ben = signed(store, "Anna", publish_after=60), signed(store, "Ben", publish_after=60)
    of = "/review?illustration=illustration/duerer/p1&property=category&value=category/graphic"
    page = get(anna, "/review/many?property=category&value=category/graphic&cluster=c1")
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    judge(ben, get(ben, of), verdict="rejected")
    boxes = re.findall(r'name="s" value="([^"]+)" checked', page)
    sent = form | {"verdict": "accepted", "s": boxes}
    done = anna.post("/review/many/verdict", data=sent, headers=BROWSER, follow_redirects=True)
    assert done.status_code == 200
    given = until(lambda: (r := reviews(store)) and len(r) == 8 and r)
    assert given.count(("accepted", "Anna")) == 7 and given.count(("rejected", "Ben")) == 1


def test_a_question_to_the_map_offers_what_is_open_about_its_pictures(store: Path) -> None:
    client = signed(store, "Anna")
    page = get(client, "/review/many?source=duerer")
    assert "What is to be judged?" in page and "graphic work" in page
    chosen = get(client, "/review/many?source=duerer&property=medium&value=medium/other")
    assert len(re.findall(r'name="s"', chosen)) == 4
    assert client.get("/review/many", headers=BROWSER).status_code == 400
    nothing = get(client, "/review/many?q=zzzz&property=medium&value=medium/other")
    assert "Nothing is open" in nothing


def test_the_page_works_in_every_language_and_with_a_strict_policy(store: Path) -> None:
    client = signed(store, "Anna")
    for spoken, title in (("de", "Prüfen"), ("fr", "Réviser"), ("en", "Review")):
        answer = client.get(f"/review?lang={spoken}", headers=BROWSER)
        assert f"<h1>{title}" in answer.text
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "<script>" not in answer.text and "onclick" not in answer.text
        assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("count", "given"),
    [(0, {}), (1, {}), (3, {}), (12, {"same": True}), (12, {"clusters": False}), (30, {"facets": 5000})],
)
def test_odd_stores_have_a_queue_too(quick_folder: Path, count: int, given: dict[str, Any]) -> None:
    folder = Path(tempfile.mkdtemp(dir=quick_folder))
    client = signed(map_store.build(folder, count, **given), "Anna", publish_after=60)
    page = get(client)
    assert ("Nothing is left" in page) == (count == 0)
    assert client.get("/review/progress").status_code == 200
    if count:
        page = get(client, "/review?property=category")
        for _ in range(min(count, 3)):
            assert judge(client, page, verdict="accepted").status_code == 303
            page = get(client, "/review?property=category")
    if given.get("facets"):
        assert "5000 left" in get(client, "/review?property=descriptor")
    if count == 12:
        assert "漢字 مدينة" in get(client, "/review?property=artist&source=book+0")
