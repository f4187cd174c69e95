"""Pages, data twins and pictures of a small real store, asked as a browser or a harvester would."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from api.app import create_app

BROWSER = {"Accept": "text/html,application/xml;q=0.9,*/*;q=0.8", "Accept-Language": "en"}
PLATE = "illustration/duerer/p1"


@pytest.fixture(scope="module")
def client(served_store: Path) -> FlaskClient:
    return create_app(served_store).test_client()


def page(client: FlaskClient, path: str, **headers: str) -> str:
    answer = client.get(path, headers=BROWSER | headers)
    assert answer.status_code == 200, (path, answer.text)
    return answer.text


def test_the_front_page_says_what_is_here(client: FlaskClient) -> None:
    html = page(client, "/")
    assert "8 plates" in html and "2 sources" in html
    assert "Albrecht Durer" in html and "Melencolia I" in html and "Kunst &amp; Künstler" in html


def test_a_kinds_definition_is_told_in_the_visitors_language_only(client: FlaskClient) -> None:
    english, german = (page(client, f"/page/category/graphic?lang={tag}") for tag in ("en", "de"))
    told = [
        re.findall(r"<dt>Definition</dt>\s*<dd>(.*?)</dd>", html, re.DOTALL) for html in (english, german)
    ]
    assert len(told[0]) == len(told[1]) == 1 and told[0] != told[1]


def test_a_plates_page_shows_caption_claims_confidence_and_evidence(client: FlaskClient) -> None:
    html = page(client, f"/page/{PLATE}")
    assert "<mark>Albrecht Dürer</mark>" in html and "<mark>Melancholie</mark>" in html
    assert "very likely" in html and "93 %" in html
    assert "photograph" in html  # the runner-up
    assert "1471–1528" in html
    assert "/page/run/sample/link" in html
    assert "shelfmark" in html


def test_what_the_corpus_says_is_never_markup(client: FlaskClient) -> None:
    html = page(client, f"/page/{PLATE}")
    assert "<b>&" not in html and "&lt;b&gt;&amp;" in html


def test_every_page_speaks_three_languages(client: FlaskClient) -> None:
    assert "Bildart" in page(client, f"/page/{PLATE}", **{"Accept-Language": "de-AT"})
    assert "Genre d’image" in page(client, f"/page/{PLATE}?lang=fr")
    assert "Albrecht Dürer" in page(client, "/page/artist/Q5580?lang=de")


def test_odd_ids_have_a_page_a_twin_and_a_way_back(client: FlaskClient) -> None:
    path = "illustration/kunst%20%26%20k%C3%BCnstler/Tafel%202%2F%C3%A4"
    assert "Abb. 2." in page(client, f"/page/{path}")
    turtle = client.get(f"/data/{path}.ttl")
    subjects = {str(t.subject) for t in ox.parse(turtle.data, ox.RdfFormat.TURTLE)}
    assert f"<http://localhost:8000/id/{path}>" in subjects


@pytest.mark.parametrize(
    "path",
    [
        "artist/Q5580",
        "artwork/Q470606",
        "topic/t1",
        "cluster/c1",
        "category/graphic",
        "medium/other",
        "source/duerer",
        "run/sample/category",
        "corpus/sample",
        "page/duerer/5",
    ],
)
def test_every_kind_of_entity_has_a_page_and_four_twins(client: FlaskClient, path: str) -> None:
    assert "<h1>" in page(client, f"/page/{path}")
    graphs = set()
    for extension, format in (
        ("ttl", ox.RdfFormat.TURTLE),
        ("nt", ox.RdfFormat.N_TRIPLES),
        ("rdf", ox.RdfFormat.RDF_XML),
        ("jsonld", ox.RdfFormat.JSON_LD),
    ):
        answer = client.get(f"/data/{path}.{extension}")
        assert answer.status_code == 200
        graphs.add(
            frozenset(
                (str(t.subject), str(t.predicate), str(t.object)) for t in ox.parse(answer.data, format)
            )
        )
    assert len(graphs) == 1


@pytest.mark.parametrize(
    "kind", ["illustration", "source", "artist", "artwork", "category", "medium", "topic", "cluster", "run"]
)
def test_every_kind_has_a_list(client: FlaskClient, kind: str) -> None:
    assert "/page/" + kind + "/" in page(client, f"/page/{kind}")


def test_qualified_plates_stand_apart_on_the_artists_page(client: FlaskClient) -> None:
    html = page(client, "/page/artist/Q5580")
    plain, qualified = html.split("circle of", 1)
    assert plain.count("/page/illustration/duerer/") == 3
    assert qualified.count("/page/illustration/kunst") == 3
    assert "wikidata.org/wiki/Q5580" in html or "wikidata.org/entity/Q5580" in html


def test_a_thing_sends_people_to_its_page_and_programs_to_its_data(client: FlaskClient) -> None:
    for accept, target in (
        (BROWSER["Accept"], f"/page/{PLATE}"),
        ("text/turtle", f"/data/{PLATE}.ttl"),
        ("application/ld+json", f"/data/{PLATE}.jsonld"),
        ("application/rdf+xml;q=0.9, text/turtle;q=0.1", f"/data/{PLATE}.rdf"),
        ("*/*", f"/data/{PLATE}.ttl"),
    ):
        answer = client.get(f"/id/{PLATE}", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["Location"]) == (303, target), accept
        assert "Accept" in answer.headers["Vary"]
    assert client.get(f"/id/{PLATE}", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize(
    "path",
    [
        "/page/artist/Q1",
        "/data/artist/Q1.ttl",
        "/data/artist/Q5580.exe",
        "/page/nonsense",
        "/page/illustration?p=0",
        "/page/illustration?p=99",
        "/page/illustration?p=%00",
        "/page/illustration/..%2f..%2fetc/passwd",
        "/image/../../etc/passwd",
        "/image/" + "0" * 64,
        "/image/" + "0" * 64 + "/thumbnail",
        "/static/../app.py",
        "/page/illustration/%FF%FE",
        "/data/x",
    ],
)
def test_what_is_not_there_is_404_and_no_path_leads_to_files(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 404
    assert "root:" not in answer.text


def test_search_finds_words_beginnings_names_and_narrows_by_facets(client: FlaskClient) -> None:
    def hits(query: str) -> int:
        return page(client, f"/search?{query}").count('<li>\n    <a href="/page/illustration/')

    assert hits('q="kupferstich+von"') == 6
    assert hits("q=nurnberg+geom") == 8
    assert hits("q=melencolia") == 3  # only in the label of the artwork
    assert hits("q=kupferstich&artist=Q5580&decade=1890") == 3
    assert "Nothing found" in page(client, "/search?q=quetzalcoatl")
    for odd in ('"', "*", "a%00b", "NEAR(", "%27;drop", "-", "(((", "caption:x", "%F0%9F%8E%A8"):
        page(client, f"/search?q={odd}")


def test_pictures_come_by_their_hash_and_may_be_kept_for_ever(
    client: FlaskClient, served_store: Path
) -> None:
    html = page(client, f"/page/{PLATE}")
    digest = re.search(r'src="/image/([0-9a-f]{64})"', html)[1]  # type: ignore[index]
    picture = client.get(f"/image/{digest}")
    assert picture.mimetype == "image/png" and "immutable" in picture.headers["Cache-Control"]
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(f"/image/{digest}", headers={"If-None-Match": picture.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(f"/image/{digest}/thumbnail").mimetype == "image/webp"
    part = client.get(f"/image/{digest}", headers={"Range": "bytes=0-7"})
    assert part.status_code == 206 and part.data == b"\x89PNG\r\n\x1a\n"


def test_a_file_that_is_no_picture_is_never_served(tmp_path: Path, client: FlaskClient) -> None:
    from api.images import raster_type

    assert raster_type(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>") is None
    assert raster_type(b"<!doctype html><script>") is None


def test_a_page_asked_again_is_304_and_other_languages_are_not_mixed_up(client: FlaskClient) -> None:
    first = client.get(f"/page/{PLATE}", headers=BROWSER)
    same = client.get(f"/page/{PLATE}", headers=BROWSER | {"If-None-Match": first.headers["ETag"]})
    other = client.get(
        f"/page/{PLATE}",
        headers=BROWSER | {"If-None-Match": first.headers["ETag"], "Accept-Language": "de"},
    )
    assert (same.status_code, other.status_code) == (304, 200)


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/", f"/page/{PLATE}", "/sparql", "/nowhere", f"/data/{PLATE}.ttl"):
        headers = client.get(path, headers=BROWSER).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_pages_need_nothing_from_elsewhere(client: FlaskClient) -> None:
    for path in ("/", f"/page/{PLATE}", "/page/artist/Q5580", "/sparql", "/search?q=a"):
        html = page(client, path)
        assert not re.search(r'(?:src|<link[^>]+stylesheet[^>]+href)="(?:https?:)?//', html)
        assert " style=" not in html and " onclick=" not in html


def test_the_number_of_queries_does_not_grow_with_the_plates(served_store: Path) -> None:
    app = create_app(served_store)
    client = app.test_client()
    counts = []
    page(client, "/page/source/duerer")  # what is kept per snapshot is computed now
    for path in ("/page/artist/Q5580", "/page/artwork/Q470606", "/page/source/duerer", f"/page/{PLATE}"):
        found = app.extensions["legenda"].dataset()
        before = found.queries_asked
        page(client, path)
        counts.append(found.queries_asked - before)
    assert max(counts) <= 4


def test_a_store_without_a_snapshot_is_503_with_a_clear_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    answer = create_app(tmp_path / "empty").test_client().get("/health")
    assert answer.status_code == 503
    assert "no snapshot yet" in answer.text and answer.headers["Retry-After"]


def test_long_answers_are_compressed_for_those_who_take_it(client: FlaskClient) -> None:
    import gzip

    plain = client.get(f"/page/{PLATE}", headers=BROWSER)
    packed = client.get(f"/page/{PLATE}", headers=BROWSER | {"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    query = {"query": "SELECT * { ?s ?p ?o } LIMIT 2000"}
    streamed = client.get("/sparql", query_string=query, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(streamed.data) == client.get("/sparql", query_string=query).data


def test_an_answer_the_client_has_costs_no_query(served_store: Path) -> None:
    app = create_app(served_store)
    client = app.test_client()
    first = client.get(f"/data/{PLATE}.ttl")
    before = app.extensions["legenda"].dataset().queries_asked
    again = client.get(f"/data/{PLATE}.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.headers["ETag"] == first.headers["ETag"]
    assert app.extensions["legenda"].dataset().queries_asked == before


def test_a_claims_page_reads_as_a_sentence_with_its_evidence(client: FlaskClient) -> None:
    address = re.search(r'"(/page/claim/[0-9a-f]+)"', page(client, f"/page/{PLATE}"))
    assert address
    html = page(client, address[1])
    assert "Melencolia I" in html and "This stands." in html and "91 %" in html
    assert "<q>Melancholie</q>" in html and "Kupferstich von Albrecht" in html
    assert "E13_Attribute_Assignment" not in html
    assert client.get("/page/claim/0123456789abcdef", headers=BROWSER).status_code == 404


def test_records_name_properties_in_the_visitors_language_and_dates_as_people_write_them(
    client: FlaskClient,
) -> None:
    html = page(client, "/page/run/sample/link?lang=de")
    assert "1. Januar 2026, 10:00 UTC" in html and "Anreicherer" in html
    assert '<a href="/ontology#enricher">' in html and "corpusDigest</a>" not in html


def test_lists_say_when_artists_lived_and_who_made_a_work(client: FlaskClient) -> None:
    assert "1471–1528" in page(client, "/page/artist")
    assert "Albrecht Durer" in page(client, "/page/artwork")


def test_a_plate_names_its_page_and_the_page_its_plates(client: FlaskClient) -> None:
    assert "p. 5" in page(client, f"/page/{PLATE}")
    plates = page(client, "/page/page/duerer/5")
    assert plates.count("/page/illustration/duerer/p1") == 1


def test_the_vocabulary_is_a_page_for_people_and_rdf_for_programs(client: FlaskClient) -> None:
    html = page(client, "/ontology?lang=fr")
    assert 'id="artist"' in html and "texte avant" in html
    counts = set()
    for accept, format in (
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
        ("application/n-triples", ox.RdfFormat.N_TRIPLES),
    ):
        answer = client.get("/ontology", headers={"Accept": accept})
        assert answer.mimetype == accept
        counts.add(len(set(ox.parse(answer.data, format))))
    assert len(counts) == 1 and counts.pop() > 500
    assert client.get("/ontology", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/ontology.ttl").mimetype == "text/turtle"
    context = client.get("/context.jsonld")
    assert context.mimetype == "application/ld+json" and "Artist" in context.get_json(force=True)["@context"]
    again = client.get("/context.jsonld", headers={"If-None-Match": context.headers["ETag"]})
    assert again.status_code == 304


def test_a_client_that_asks_too_often_is_told_when_to_come_back(served_store: Path) -> None:
    client = create_app(served_store, rate=0.5, rate_burst=2).test_client()
    statuses = [client.get("/ontology.ttl").status_code for _ in range(3)]
    refused = client.get("/ontology.ttl")
    assert statuses == [200, 200, 429] and refused.headers["Retry-After"] == "2"
    other = client.get("/ontology.ttl", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200 and client.get("/health/live").status_code == 200


def test_the_access_log_has_the_hash_of_a_query_and_no_address(
    served_store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = create_app(served_store, access_log=True).test_client()
    with caplog.at_level("INFO", logger="legenda.access"):
        logging.getLogger("legenda.access").addHandler(caplog.handler)
        for query in ("ASK { ?secret ?p ?o }", "SELECT ?p { <http://localhost:8000/id/artist/Q5580> ?p ?o }"):
            client.get("/sparql", query_string={"query": query}, buffered=True)
    lines = [r.getMessage() for r in caplog.records if r.name == "legenda.access"]
    assert len(lines) == 2 and all(re.search(r"GET /sparql 200 .* ms query=[0-9a-f]{12}$", x) for x in lines)
    assert "127.0.0.1" not in "".join(lines)


def test_behind_a_trusted_proxy_addresses_are_those_of_the_proxy(served_store: Path) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "kunst.example"}
    believed = create_app(served_store, proxies=1).test_client().get("/robots.txt", headers=headers)
    assert "https://kunst.example/sitemap.xml" in believed.text
    doubted = create_app(served_store).test_client().get("/robots.txt", headers=headers)
    assert "kunst.example" not in doubted.text


def test_artworks_and_illustrations_are_linked_art_for_those_who_ask_for_it(client: FlaskClient) -> None:
    profile = 'application/ld+json;profile="https://linked.art/ns/v1/linked-art.json"'
    sent = client.get("/id/artwork/Q470606", headers={"Accept": profile})
    assert sent.status_code == 303 and sent.headers["Location"].endswith(
        "/data/artwork/Q470606.linked-art.json"
    )
    work = client.get("/data/artwork/Q470606.linked-art.json")
    assert work.headers["Content-Type"] == profile and work.get_json(force=True)["type"] == "HumanMadeObject"
    plate = client.get(f"/data/{PLATE}.linked-art.json").get_json(force=True)
    assert plate["represents"][0]["_label"] == "Melencolia I"
    for nothing in ("artwork/Q1", "artist/Q5580", "illustration/duerer/p77"):
        assert client.get(f"/data/{nothing}.linked-art.json").status_code == 404
