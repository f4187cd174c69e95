"""What every address owes every client: HEAD, OPTIONS, 304, CORS, gzip, negotiation, ranges, links."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app

PLATE = "illustration/duerer/p1"
DIGEST = "DIGEST"
# A sound address for each rule of the application; a new route must be given one here.
EXAMPLES = {
    "/static/<path:filename>": "/static/style.css",
    "/page/illustration/<path:local>": f"/page/{PLATE}",
    "/page/claim/<path:local>": "/page/claim/CLAIM",
    "/page/<kind>/<path:local>": "/page/artist/Q5580",
    "/page/<kind>": "/page/artist",
    "/id/<kind>/<path:local>": f"/id/{PLATE}",
    "/data/<kind>/<path:local>": f"/data/{PLATE}.ttl",
    "/image/<digest>": f"/image/{DIGEST}",
    "/image/<digest>/thumbnail": f"/image/{DIGEST}/thumbnail",
    "/graphs": "/graphs?graph=http://localhost:8000/graph/source",
    "/graph/<path:_rest>": "/graph/current",
    "/graphs/<path:_rest>": "/graphs/x",
    "/dump/<name>": "/dump/legenda.nq.gz",
    "/sitemap-<int:number>.xml": "/sitemap-1.xml",
    "/iiif/<path:_local>/manifest.json": "/iiif/duerer/manifest.json",
    "/iiif/<path:_local>/annotations/<int:number>.json": "/iiif/duerer/annotations/1.json",
    "/changes/<int:number>": "/changes/1",
    "/ontology.<extension>": "/ontology.ttl",
    "/oai": "/oai?verb=Identify",
    "/reconcile/preview": "/reconcile/preview?id=artist/Q5580",
}
# Answers that are made anew each time, or that are one visitor's own.
ALWAYS_NEW = {"/oai", "/metrics", "/health", "/health/ready", "/health/live"}
# Rooms for programs, whose answers scripts of all sites may read; and those for people.
PROGRAMS = {
    *(
        "data",
        "images",
        "sparql",
        "graphs",
        "harvest",
        "iiif",
        "feed",
        "oai",
        "reconcile",
        "vocabulary",
        "openapi",
    ),
}
PEOPLE = {"pages", "lists", "static"}


@pytest.fixture(scope="module")
def app(served_store: Path) -> Flask:
    return create_app(served_store, email="oai@example.org")


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


@pytest.fixture(scope="module")
def addresses(app: Flask, client: FlaskClient, served_store: Path) -> dict[str, str]:
    """An address for each GET route, by its rule."""
    picture = next((served_store.parent / "pictures").glob("0.png"))
    digest = hashlib.sha256(picture.read_bytes()).hexdigest()
    query = "SELECT ?c { ?c a <https://w3id.org/legenda/ns#Claim> } ORDER BY ?c LIMIT 1"
    row = client.get("/sparql", query_string={"query": query}).get_json()["results"]["bindings"][0]
    claim = row["c"]["value"].rsplit("/", 1)[-1]
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and (rule.rule in EXAMPLES or "<" not in rule.rule):
            path = EXAMPLES.get(rule.rule, rule.rule)
            found[rule.rule] = path.replace("DIGEST", digest).replace("CLAIM", claim)
    return found


def test_there_is_an_example_for_each_protocol_route(addresses: dict[str, str], app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in PROGRAMS | PEOPLE and "GET" in (rule.methods or ()):
            assert rule.rule in addresses, f"give {rule.rule} an address in EXAMPLES"


def test_head_is_get_without_a_body_everywhere(client: FlaskClient, addresses: dict[str, str]) -> None:
    for rule, path in addresses.items():
        got, head = client.get(path), client.head(path)
        assert head.status_code == got.status_code and head.data == b"", path
        assert head.headers.get("Content-Type") == got.headers.get("Content-Type"), path
        if rule not in ALWAYS_NEW:
            assert head.headers.get("ETag") == got.headers.get("ETag"), path


def test_a_head_request_holds_no_query_process(served_store: Path) -> None:
    client = create_app(served_store, queries_running=1, query_waiting=0.5).test_client()
    for headers in ({}, {"If-None-Match": "*"}, {"Accept-Encoding": "gzip"}):
        for _ in range(3):
            head = client.head("/sparql", query_string={"query": "SELECT * { ?s ?p ?o }"}, headers=headers)
            assert head.status_code in {200, 304} and head.data == b""
        client.get(
            "/sparql", query_string={"query": "SELECT * { ?s ?p ?o }"}, headers=headers, buffered=False
        ).close()
    assert client.post("/sparql", data={"query": "ASK { ?s ?p ?o FILTER(1 > 0) }"}).status_code == 200


def test_options_names_the_methods_everywhere(client: FlaskClient, addresses: dict[str, str]) -> None:
    for path in addresses.values():
        answer = client.options(path)
        assert answer.status_code in {200, 204} and "GET" in answer.headers["Allow"], path


def test_what_has_not_changed_is_not_sent_again_anywhere(
    app: Flask, client: FlaskClient, addresses: dict[str, str]
) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] not in PROGRAMS | PEOPLE or rule.rule in ALWAYS_NEW:
            continue
        path = addresses.get(rule.rule, "")
        got = client.get(path)
        if got.status_code != 200:
            continue
        tag = got.headers.get("ETag")
        assert tag, f"{path} has no ETag"
        for method in (client.get, client.head):
            again = method(path, headers={"If-None-Match": tag})
            assert again.status_code == 304 and again.data == b"", path
            assert again.headers.get("ETag") == tag, path
        assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200, path
        assert client.get(path, headers={"If-None-Match": f'"x", {tag}'}).status_code == 304, path


def test_every_error_has_the_security_headers_and_one_reason(client: FlaskClient) -> None:
    for path in (
        "/nothing",
        "/id/artist",
        "/page/artist/%00",
        "/data/artist/Q5580.exe",
        "/graphs",
        "/image/x",
    ):
        answer = client.get(path)
        assert 400 <= answer.status_code < 500, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.data, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path


def test_what_is_for_programs_is_open_to_scripts_of_all_sites(
    app: Flask, client: FlaskClient, addresses: dict[str, str]
) -> None:
    for rule in app.url_map.iter_rules():
        path = addresses.get(rule.rule, "")
        if rule.endpoint.partition(".")[0] not in PROGRAMS or rule.rule in {
            "/robots.txt",
            "/reconcile/preview",
        }:
            continue
        answer = client.get(path, headers={"Origin": "https://example.org"})
        assert answer.headers.get("Access-Control-Allow-Origin") == "*", path
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_browser_may_ask_before_it_sends_a_query_or_a_change(client: FlaskClient) -> None:
    asked = {"Origin": "https://example.org", "Access-Control-Request-Headers": "authorization, content-type"}
    for path, method in (("/sparql", "POST"), ("/graphs?default", "PUT"), ("/graphs?default", "DELETE")):
        answer = client.options(path, headers=asked | {"Access-Control-Request-Method": method})
        assert answer.status_code in {200, 204}, path
        assert method in answer.headers["Access-Control-Allow-Methods"], path
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        assert "authorization" in allowed and "content-type" in allowed
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_long_answers_are_compressed_for_those_who_take_it(client: FlaskClient) -> None:
    query = {"query": "SELECT * { ?s ?p ?o }"}
    for path, fields in (
        ("/sparql", query),
        (f"/data/{PLATE}.ttl", {}),
        ("/page/artist", {}),
        ("/changes/1", {}),
    ):
        plain = client.get(path, query_string=fields, headers={"Accept-Encoding": "identity"})
        packed = client.get(path, query_string=fields, headers={"Accept-Encoding": "br, gzip;q=0.5"})
        assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip", path
        assert len(gzip.decompress(packed.data)) == len(plain.data), path
        assert "Accept-Encoding" in packed.headers["Vary"], path
        refused = client.get(path, query_string=fields, headers={"Accept-Encoding": "gzip;q=0"})
        assert "Content-Encoding" not in refused.headers, path


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/turtle;q=0.4, application/n-triples;q=0.5", "application/n-triples"),
        ("text/turtle;q=0.499, application/ld+json;q=0.5", "application/ld+json"),
        ("*/*;q=0.1, application/rdf+xml", "application/rdf+xml"),
        ("application/n-triples;q=0, */*", "text/turtle"),
        ("text/turtle;charset=utf-8", "text/turtle"),
        ("TEXT/TURTLE", "text/turtle"),
        ("application/*", "application/n-triples"),
        ("text/turtle ; q=1.000 , */* ; q=0", "text/turtle"),
        ("image/png", None),
        ("text/turtle;q=0", None),
        ("*/*;q=0", None),
    ],
)
def test_quality_values_choose_the_format_and_none_is_406(
    client: FlaskClient, accept: str, kind: str | None
) -> None:
    query = {"query": "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1"}
    answer = client.get("/sparql", query_string=query, headers={"Accept": accept})
    assert answer.status_code == (406 if kind is None else 200)
    if kind is None:
        assert "text/turtle" in answer.text
    else:
        assert answer.mimetype == kind


@pytest.mark.parametrize(
    "accept",
    [
        "text/turtle;q=nan",
        "text/turtle;q=inf",
        "text/turtle;q=-1",
        "text/turtle;q=",
        ";q=1",
        "/",
        "é/é",
        "a" * 5000,
    ],
)
def test_an_odd_accept_header_is_no_error_of_ours(client: FlaskClient, accept: str) -> None:
    for path in (
        "/sparql?query=ASK%20%7B%7D",
        f"/id/{PLATE}",
        "/.well-known/void",
        "/ontology",
        "/graphs?default",
    ):
        assert client.get(path, headers={"Accept": accept}).status_code < 500, path


def test_format_stands_in_for_an_accept_header(client: FlaskClient) -> None:
    for name, kind in (
        ("ttl", "text/turtle"),
        ("jsonld", "application/ld+json"),
        ("nq", "application/n-quads"),
    ):
        query = {"query": "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", "format": name}
        assert client.get("/sparql", query_string=query, headers={"Accept": "text/html"}).mimetype == kind
    for name, kind in (
        ("csv", "text/csv"),
        ("tsv", "text/tab-separated-values"),
        ("xml", "application/sparql-results+xml"),
    ):
        query = {"query": "SELECT * { ?s ?p ?o } LIMIT 1", "format": name}
        assert client.get("/sparql", query_string=query).mimetype == kind
    assert client.get("/sparql", query_string={"query": "ASK {}", "format": "exe"}).status_code == 406


def test_dumps_come_in_parts_with_dates_and_checksums(client: FlaskClient) -> None:
    for line in client.get("/dump/").text.splitlines():
        digest, name = line.split()
        whole = client.get(f"/dump/{name}")
        assert hashlib.sha256(whole.data).hexdigest() == digest
        assert whole.headers["Accept-Ranges"] == "bytes" and whole.headers["Last-Modified"]
        tag, size = whole.headers["ETag"], len(whole.data)
        for span, wanted in (("0-99", whole.data[:100]), ("100-", whole.data[100:]), ("-7", whole.data[-7:])):
            part = client.get(f"/dump/{name}", headers={"Range": f"bytes={span}", "If-Range": tag})
            assert part.status_code == 206 and part.data == wanted
            assert part.headers["Content-Range"].endswith(f"/{size}")
        assert client.get(f"/dump/{name}", headers={"Range": f"bytes={size}-"}).status_code == 416
        stale = client.get(f"/dump/{name}", headers={"Range": "bytes=0-9", "If-Range": '"old"'})
        assert stale.status_code == 200 and stale.data == whole.data
        dated = {"If-Modified-Since": whole.headers["Last-Modified"]}
        assert client.get(f"/dump/{name}", headers=dated).status_code == 304


def test_each_entity_and_its_twins_point_at_each_other(client: FlaskClient) -> None:
    page = client.get(f"/page/{PLATE}", headers={"Accept": "text/html"})
    links = page.headers["Link"]
    for relation in ("cite-as", "describedby", "alternate"):
        assert relation in links, links
    assert f"<http://localhost:8000/id/{PLATE}>" in links and f"/data/{PLATE}.ttl" in links
    twin = client.get(f"/data/{PLATE}.ttl").headers["Link"]
    assert 'rel="describes"' in twin and f"/page/{PLATE}" in twin


@pytest.mark.parametrize("extension", ["ttl", "nt", "jsonld", "rdf"])
def test_an_odd_id_is_the_same_in_graph_address_page_and_twin(client: FlaskClient, extension: str) -> None:
    local = quote("kunst & künstler", safe="") + "/" + quote("Tafel 2/ä", safe="")
    iri = f"http://localhost:8000/id/illustration/{local}"
    sent = client.get(f"/id/illustration/{local}", headers={"Accept": "text/html"})
    assert sent.status_code == 303 and sent.headers["Location"].endswith(f"/page/illustration/{local}")
    assert client.get(f"/page/illustration/{local}").status_code == 200
    twin = client.get(f"/data/illustration/{local}.{extension}")
    format = ox.RdfFormat.from_extension(extension)
    assert twin.status_code == 200 and format
    assert iri in {getattr(triple.subject, "value", "") for triple in ox.parse(twin.data, format)}
    loose = client.get("/page/illustration/kunst%20&%20künstler/Tafel%202%2F%c3%a4")  # encoded otherwise
    assert loose.status_code == 200


def test_a_host_that_cannot_be_is_a_bad_request(client: FlaskClient) -> None:
    for accept in ("text/html", "*/*"):
        for host in ("a" * 300, "evil.example:99999", "a b", "[", "-"):
            answer = client.get("/sparql", headers={"Host": host, "Accept": accept})
            assert answer.status_code < 500, host
            assert host not in answer.text or answer.status_code == 200


def test_unknown_is_404_in_every_form(client: FlaskClient) -> None:
    for path in (
        "/page/artist/Q1",
        "/data/artist/Q1.ttl",
        "/page/nothing/x",
        "/iiif/x/manifest.json",
        "/dump/x",
    ):
        assert client.get(path).status_code == 404, path


def test_a_number_that_no_index_can_hold_is_not_found(client: FlaskClient) -> None:
    huge = "9" * 40
    for path in ("/sitemap-{}.xml", "/changes/{}", "/iiif/duerer/annotations/{}.json", "/page/artist?p={}"):
        assert client.get(path.format(huge)).status_code == 404, path
