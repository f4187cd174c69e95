"""What pages show beside the text: scans with regions, time lines, runs, schema.org; what a search finds."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import rdflib
from flask.testing import FlaskClient
from PIL import Image, ImageDraw

from api.app import create_app
from kg import snapshots
from kg.media import Media
from kg.nouns import (
    Claim,
    Corpus,
    Entity,
    Evidence,
    Illustration,
    Model,
    Passage,
    Region,
    Run,
    Source,
    Text,
)
from kg.store import open_store

BROWSER = {"Accept": "text/html", "Accept-Language": "en"}
BASE = "http://localhost:8000/"
GIOTTO = Entity("artist", "Q7814", (Text("Giotto", "en"),), (("born", "1266"), ("died", "1337")))
FLIGHT = Entity("artwork", "Q1", (Text("Flight into Egypt", "en"),), (("creator", GIOTTO),))
NAMED = Entity("name", "person-giotto", (Text("Giotto", "en"),), (("nameType", "person"),))
WIDE = Entity("descriptor", "art", (Text("art", "en"),))
NARROW = Entity("descriptor", "fresco", (Text("fresco", "en"),), (("broader", WIDE),))
SERVICE = "https://iiif.example.org/scans/p7"
# id, source, caption, language, how sure the artist is
PLATES = (
    ("a1", "early", "Giotto, The Flight into Egypt", "en", 0.99),
    ("a2", "early", "达芬奇的蒙娜丽莎收藏于卢浮宫", "zh", 0.0),
    ("a3", "early", "لوحة الموناليزا لِليوناردو دا فينشي", "ar", 0.0),
    ("b1", "late", "Giotto. Die Flucht nach Ägypten", "de", 0.75),
    ("b2", "late", "Die Schönheit der Straße", "de", 0.0),
    ("c1", "undated", "Giotto once more", "en", 0.6),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return create_app(build(tmp_path_factory.mktemp("shown"))).test_client()


def build(folder: Path) -> Path:
    """A store of three sources; one has a scan of its page here, one at a IIIF image service."""
    scan = folder / "page.png"
    page = Image.new("RGB", (800, 1000), "ivory")
    ImageDraw.Draw(page).rectangle((100, 200, 500, 600), fill="saddlebrown")
    page.save(scan)
    digest = hashlib.sha256(scan.read_bytes()).hexdigest()
    plates = []
    for id, source, caption, language, _ in PLATES:
        more: dict[str, Any] = {}
        if id == "a1":
            place = Passage("caption", 0, len(caption), "3", Region(100, 620, 400, 30), digest)
            more = {"page_image": digest, "page_file": scan, "passages": (place,)}
            more |= {"region": Region(100, 200, 400, 400), "page": "3"}
        elif id == "b1":
            address = f"{SERVICE}/full/max/0/default.jpg"
            more = {"page_image": address, "region": Region(10, 20, 300, 400), "page": "7"}
        plates.append(Illustration(source, id, caption=caption, language=language, **more))
    sources = (
        Source(
            "early", "Early plates", "", "1890", rights="https://creativecommons.org/publicdomain/mark/1.0/"
        ),
        Source("late", "Late plates", "", "1923"),
        Source("undated", "Plates"),
    )
    corpus = Corpus("shown", sources, tuple(plates))
    said = []
    for plate, (id, *_, sure) in zip(plates, PLATES, strict=True):
        if sure:
            said.append(Claim(plate.key, "artist", GIOTTO, sure, "", (Evidence("caption", "Giotto", 0, 6),)))
            said.append(Claim(plate.key, "reproduces", FLIGHT, sure))
            said.append(Claim(plate.key, "mentions", NAMED, sure, "", (Evidence("caption", "Giotto", 0, 6),)))
        said.append(Claim(plate.key, "descriptor", NARROW if id == "a1" else WIDE, 0.8))
    run = Run(
        "link",
        "shown",
        corpus.digest,
        {"gazetteer": "builtin", "decision": {"least": 0.5}},
        (Model("rules"),),
        "legenda",
        "2026-01-01T10:00:00+00:00",
        "2026-01-01T10:01:00+00:00",
    )
    with open_store(folder / "store") as live:
        live.put_corpus(corpus)
        live.put_run(run, said, "key")
        live.derive_current()
        Media(folder / "store").add_many([(digest, scan)])
        snapshots.publish(live)
    return folder / "store"


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200, (path, answer.text)
    return answer.text


def found(client: FlaskClient, query: str) -> list[str]:
    """The local ids of what a search shows, in its order."""
    html = page(client, f"/search?{query}")
    return re.findall(r'<li>\s*<a href="/page/illustration/\w+/(\w+)"', html)


def test_a_plate_is_outlined_on_the_scan_of_its_page_and_the_page_leads_back(client: FlaskClient) -> None:
    html = page(client, "/page/illustration/early/a1")
    assert re.search(
        r'<svg viewBox="0 0 800 1000"[^>]*>\s*<rect x="100" y="200" width="400" height="400">', html
    )
    assert '<rect class="words" x="100" y="620" width="400" height="30">' in html
    # There is no cut-out: the part of the scan stands for the picture.
    assert 'viewBox="100 200 400 400"' in html
    whole = page(client, "/page/page/early/3")
    assert re.search(r'<a href="/page/illustration/early/a1"[^>]*><rect x="100" y="200"', whole)
    assert "words" not in re.findall(r"<svg.*?</svg>", whole, re.DOTALL)[0]


def test_a_scan_elsewhere_may_be_loaded_by_its_own_page_only(client: FlaskClient) -> None:
    answer = client.get("/page/illustration/late/b1", headers=BROWSER)
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' https://iiif.example.org data:" in policy
    assert "connect-src 'self' https://iiif.example.org;" in policy
    assert f'data-info="{SERVICE}/info.json"' in answer.text
    assert f"{SERVICE}/10,20,300,400/!1200,1200/0/default.jpg" in answer.text
    assert "Load the scan of the page from iiif.example.org" in answer.text
    other = client.get("/page/illustration/early/a2", headers=BROWSER)
    assert "iiif.example.org" not in other.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        *("illustration/early/a1", "illustration/late/b1", "source/early", "artist/Q7814", "artwork/Q1"),
        *("descriptor/fresco", "run/shown/link", "page/early/3", "corpus/shown"),
    ],
)
def test_the_schema_org_of_a_page_says_only_what_the_graph_says(client: FlaskClient, path: str) -> None:
    html = page(client, f"/page/{path}")
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert block
    spoken = rdflib.Graph().parse(data=block[1], format="json-ld")
    about = rdflib.URIRef(f"{BASE}id/{path}")
    known = rdflib.Graph().parse(data=client.get(f"/data/{path}.nt").data, format="nt")
    schema = rdflib.Namespace("https://schema.org/")
    assert str(spoken.value(about, schema.name)) in {str(o) for o in known.objects()}
    assert set(spoken.objects(about, rdflib.RDF.type)) <= {
        *known.objects(about, rdflib.RDF.type),
        schema.DefinedTerm,
        schema.Thing,
    }
    said = {str(o) for o in known.objects()}
    for subject, predicate, value in spoken:
        if predicate != rdflib.RDF.type:
            assert str(value) in said or str(value).replace("Z", "+00:00") in said, (
                subject,
                predicate,
                value,
            )
    if path.startswith("illustration/early"):
        assert spoken.value(about, schema.isPartOf) == rdflib.URIRef(f"{BASE}id/source/early")
        assert set(spoken.objects(about, schema.about)) == {
            rdflib.URIRef(f"{BASE}id/{x}") for x in ("artist/Q7814", "artwork/Q1")
        }


def test_what_is_beside_a_page_stands_in_its_head_and_in_its_header(client: FlaskClient) -> None:
    answer = client.get("/page/source/early", headers=BROWSER)
    licence = "https://creativecommons.org/publicdomain/mark/1.0/"
    for rel, target in (
        ("cite-as", f"{BASE}id/source/early"),
        ("alternate describedby", "/data/source/early.ttl"),
        ("alternate item", "/iiif/early/manifest.json"),
        ("license", licence),
        ("type", "https://schema.org/CreativeWork"),
    ):
        assert f'<link rel="{rel}" href="{target}"' in answer.text
        assert f'<{target}>; rel="{rel}"' in answer.headers["Link"]
    assert "Linked Art" in page(client, "/page/illustration/early/a1")


def test_the_front_page_has_a_time_line_that_leads_to_the_years(client: FlaskClient) -> None:
    html = page(client, "/")
    bars = re.findall(r'href="/search\?from=(\d+)&amp;to=(\d+)" aria-label="([^"]+)"', html)
    assert bars == [("1890", "1890", "1890: 3 plates"), ("1923", "1923", "1923: 2 plates")]
    assert re.search(r'<th scope="row"><a [^>]+>1923</a></th><td>2</td><td>1</td>', html)
    assert sorted(found(client, "from=1890&to=1890")) == ["a1", "a2", "a3"]


def test_the_plates_of_the_front_page_stay_until_others_are_asked_for(client: FlaskClient) -> None:
    first, again, others = page(client, "/"), page(client, "/"), page(client, "/?others=1")
    assert first == again and first != others
    etag = client.get("/", headers=BROWSER).headers["ETag"]
    assert client.get("/", headers=BROWSER | {"If-None-Match": etag}).status_code == 304


def test_a_work_is_shown_in_all_its_printings_over_time(client: FlaskClient) -> None:
    html = page(client, "/page/artwork/Q1")
    assert [y.strip() for y in re.findall(r'<span class="when">([^<]*)</span>', html)] == [
        "1890",
        "1923",
        "n.d.",
    ]
    assert '<a href="/page/source/early">Early plates</a>, p. 3' in html


def test_a_name_shows_every_place_where_it_is_printed(client: FlaskClient) -> None:
    html = page(client, "/page/name/person-giotto")
    assert re.findall(r'<span class="lived">(\w+)</span>', html) == ["person"]
    plates = re.findall(r'<li>\s*<a href="/page/illustration/(\w+/\w+)"', html)
    assert plates == ["early/a1", "late/b1", "undated/c1"]
    assert html.count("<mark>Giotto</mark>") == 3  # in the caption, which is where it is printed
    assert "Giotto" in page(client, "/page/name") and 'href="/page/name"' in page(client, "/")


def test_where_too_many_hits_are_found_facets_say_of_how_many_they_speak(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.search._COUNTED", 2)
    assert "Numbers are of the first 2 hits." in page(client, "/search?q=giotto")
    assert "Numbers are of" not in page(client, "/search")


def test_a_run_shows_its_settings_and_its_claims_by_confidence(client: FlaskClient) -> None:
    html = page(client, "/page/run/shown/link")
    assert "<dt>decision.least</dt><dd>0.5</dd>" in html
    assert 'aria-label="60–70 %: 1; 70–80 %: 1; 90–100 %: 1"' in html
    assert '<td class="n">6</td>' in html and "50 %" in html


def test_a_concept_shows_what_stands_below_it_and_a_vocabulary_its_terms(client: FlaskClient) -> None:
    assert '<a href="/page/descriptor/fresco" lang="en">fresco</a>' in page(client, "/page/descriptor/art")
    assert "/page/descriptor/art" in page(client, "/page/descriptor/fresco")
    assert page(client, "/page/scheme/category").count('href="/page/category/') == 8


def test_facets_years_and_words_combine_and_their_counts_are_right(client: FlaskClient) -> None:
    assert found(client, "q=giotto") == ["a1", "b1", "c1"] or set(found(client, "q=giotto")) == {
        "a1",
        "b1",
        "c1",
    }
    assert found(client, "q=giotto&decade=1920") == ["b1"]
    assert found(client, "q=giotto&from=1900") == ["b1"]
    assert found(client, "artist=Q7814&language=en") == ["a1", "c1"]
    assert found(client, "confidence=certain") == ["a1"]
    assert found(client, "confidence=likely&source=late") == ["b1"]
    assert found(client, "q=giotto&source=undated&from=1900") == []
    html = page(client, "/search?artist=Q7814")
    facets = dict(
        re.findall(
            r'/search\?artist=Q7814&amp;(\w+=\w[\w-]*)"[^>]*>[^<]*</a> <span class="number">(\d+)', html
        )
    )
    assert facets["language=de"] == "1" and facets["language=en"] == "2" and facets["source=early"] == "1"
    for choice, count in facets.items():
        assert len(found(client, f"artist=Q7814&{choice}")) == int(count), choice


@pytest.mark.parametrize(
    ("words", "plate"),
    [
        ("蒙娜丽莎", "a2"),
        ("卢浮", "a2"),
        ("الموناليزا", "a3"),
        ("ليوناردو", "a3"),  # printed with its vowel sign
        ("schonheit", "b2"),
        ("Schönh", "b2"),
        ("ſchönheit", "b2"),
    ],
)
def test_words_of_every_script_are_found_and_marked(client: FlaskClient, words: str, plate: str) -> None:
    html = page(client, f"/search?q={words}")
    assert re.findall(r'<li>\s*<a href="/page/illustration/\w+/(\w+)"', html) == [plate]
    assert "<mark>" in html


def test_a_hit_by_the_name_of_what_is_shown_says_which_name(client: FlaskClient) -> None:
    html = page(client, "/search?q=flight")  # in a German caption, and where there is no such word at all
    assert html.count("<mark>Flight</mark> into Egypt</p>") == 2


def test_a_typing_error_is_forgiven_and_said(client: FlaskClient) -> None:
    html = page(client, "/search?q=Giotot+flihgt")
    assert "Shown instead: “giotto flight”" in html and "/page/illustration/early/a1" in html
    assert "Nothing found" in page(client, "/search?q=qqqqqqqq")


def test_a_list_of_hits_is_the_same_however_it_is_paged(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = build(tmp_path_factory.mktemp("paged"))
    small, whole = (create_app(store, page_size=n).test_client() for n in (2, 50))
    for query in ("q=giotto", "q=", "descriptor=art"):
        paged = [plate for p in range(1, 4) for plate in found_or_none(small, f"{query}&p={p}")]
        assert paged == found(whole, query) and len(set(paged)) == len(paged)


def found_or_none(client: FlaskClient, query: str) -> list[str]:
    past = client.get(f"/search?{query}", headers=BROWSER).status_code == 404
    return [] if past else found(client, query)


def test_odd_years_and_facets_are_no_error(client: FlaskClient) -> None:
    for query in (
        "from=x",
        "to=99999",
        "from=-1&to=²",
        "confidence=%00",
        "artist=/../x",
        "more=nothing",
        "from=1890&to=",
    ):
        assert client.get(f"/search?{query}", headers=BROWSER).status_code == 200, query
    assert json.dumps(found(client, "from=x&to=y")) == json.dumps(found(client, ""))


def test_a_page_costs_as_many_queries_with_five_thousand_links_as_with_five(quick_folder: Path) -> None:
    asked = []
    for size in (5, 5000):
        app = create_app(many(quick_folder / f"many{size}", size))
        client, served = app.test_client(), app.extensions["legenda"]
        page(client, "/page/source/book")  # what is kept per snapshot is computed now
        counts = {}
        for path in (
            *("artist/Q7814", "artwork/Q1", "descriptor/art", "source/book", "illustration/book/1"),
            *("run/many/link", "page/book/1"),
        ):
            before = served.dataset().queries_asked
            page(client, f"/page/{path}")
            counts[path] = served.dataset().queries_asked - before
        for path in ("/", "/search?q=giotto&artist=Q7814", "/reviews", "/page/artwork"):
            page(client, path)
            before = served.dataset().queries_asked
            page(client, path)
            counts[path] = served.dataset().queries_asked - before
        asked.append(counts)
    assert asked[0] == asked[1] and max(asked[1].values()) <= 4, asked


def many(folder: Path, size: int) -> Path:
    """A store of one book with so many plates that all say the same."""
    plates = tuple(
        Illustration("book", str(n), caption=f"Giotto, {n}", language="en", page="1")
        for n in range(1, size + 1)
    )
    corpus = Corpus("many", (Source("book", "Book", "", "1900"),), plates)
    said = [
        Claim(plate.key, property, value, 0.9)
        for plate in plates
        for property, value in (("artist", GIOTTO), ("reproduces", FLIGHT), ("descriptor", WIDE))
    ]
    run = Run(
        "link", "many", corpus.digest, {}, (), "legenda", "2026-01-01T10:00:00Z", "2026-01-01T10:01:00Z"
    )
    with open_store(folder / "store") as live:
        live.put_corpus(corpus)
        live.put_run(run, said, "key")
        live.derive_current()
        snapshots.publish(live, force=True)
    return folder / "store"
