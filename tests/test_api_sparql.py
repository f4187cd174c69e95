"""The endpoint with real query processes: negotiation, limits, and what a bad query does to others."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from api.app import create_app

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
HUNGRY = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a"


@pytest.fixture(scope="module")
def client(served_store: Path) -> FlaskClient:
    return create_app(served_store).test_client()


@pytest.fixture(scope="module")
def limited(served_store: Path) -> FlaskClient:
    return create_app(
        served_store, query_seconds=1.0, query_memory=100 << 20, query_result=300_000, query_waiting=0.5
    ).test_client()


@pytest.fixture(scope="module")
def address(served_store: Path) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(served_store, query_seconds=1.5), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def ask(client: FlaskClient, query: str, accept: str = "*/*", **fields: str) -> object:
    return client.post("/sparql", data={"query": query} | fields, headers={"Accept": accept})


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        ("SELECT * { ?s ?p ?o } LIMIT 1", "*/*", "application/sparql-results+json"),
        ("SELECT * { ?s ?p ?o } LIMIT 1", "application/sparql-results+xml", "application/sparql-results+xml"),
        ("SELECT * { ?s ?p ?o } LIMIT 1", "text/csv", "text/csv"),
        ("SELECT * { ?s ?p ?o } LIMIT 1", "text/tab-separated-values", "text/tab-separated-values"),
        ("ASK {}", "application/sparql-results+json", "application/sparql-results+json"),
        ("ASK {}", "application/sparql-results+xml", "application/sparql-results+xml"),
        ("DESCRIBE <http://localhost:8000/id/artist/Q5580>", "text/turtle", "text/turtle"),
        ("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 3", "application/ld+json", "application/ld+json"),
        ("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 3", "application/rdf+xml", "application/rdf+xml"),
        ("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 3", "application/n-triples", "application/n-triples"),
    ],
)
def test_each_kind_of_answer_comes_in_the_format_asked_for(
    client: FlaskClient, query: str, accept: str, content_type: str
) -> None:
    answer = client.get("/sparql", query_string={"query": query}, headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, content_type), answer.text
    assert answer.data
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_an_accept_header_nobody_can_serve_is_406_and_says_what_there_is(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": "ASK {}"}, headers={"Accept": "image/png"})
    assert answer.status_code == 406 and "application/sparql-results+json" in answer.text


def test_the_default_graph_is_the_union_unless_the_request_or_the_query_names_another(
    client: FlaskClient,
) -> None:
    query = (
        "ASK { <http://localhost:8000/id/illustration/duerer/p1> <https://w3id.org/legenda/ns#category> ?c }"
    )
    source = "http://localhost:8000/graph/source"
    for fields, expected in (({}, True), ({"default-graph-uri": source}, False)):
        answer = client.get("/sparql", query_string={"query": query} | fields)
        assert json.loads(answer.data)["boolean"] is expected
    for clause, expected in (
        (f"FROM <{source}>", False),
        ("FROM <http://localhost:8000/graph/current>", True),
    ):
        answer = client.get("/sparql", query_string={"query": query.replace("ASK", f"ASK {clause}")})
        assert json.loads(answer.data)["boolean"] is expected


def test_people_see_the_answer_as_a_table_with_links_to_pages(client: FlaskClient) -> None:
    answer = client.get(
        "/sparql",
        query_string={"query": "SELECT ?a { ?a a <https://w3id.org/legenda/ns#Artist> }"},
        headers={"Accept": "text/html"},
    )
    assert 'href="/page/artist/Q5580"' in answer.text
    visit = client.get("/sparql", headers={"Accept": "text/html"})
    assert "<textarea" in visit.text and visit.text.count("/sparql?query=") >= 20


def test_a_query_cannot_put_markup_into_the_page(client: FlaskClient) -> None:
    answer = client.get(
        "/sparql",
        query_string={
            "query": 'SELECT ("<script>alert(1)</script>" AS ?x) (IRI("javascript:alert(1)") AS ?y) {}'
        },
        headers={"Accept": "text/html"},
    )
    assert "<script>alert" not in answer.text and 'href="javascript' not in answer.text


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("SELEC", 400, "not SPARQL"),
        ("INSERT DATA { <http://a/> <http://b/> <http://c/> }", 400, "not SPARQL"),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403, "SERVICE"),
        ("SELECT * { " + "{" * 60_000 + "}" * 60_000 + " }", 503, "engine"),
    ],
)
def test_a_bad_query_is_told_so_and_harms_nobody(
    client: FlaskClient, query: str, status: int, reason: str
) -> None:
    answer = ask(client, query)
    assert answer.status_code == status and reason in answer.text  # type: ignore[attr-defined]
    assert ask(client, "ASK {}").status_code == 200  # type: ignore[attr-defined]


def test_the_kernel_refuses_connections_even_when_the_reading_of_the_query_is_passed_by(
    served_store: Path,
) -> None:
    from api.confine import no_new_sockets
    from api.pool import Limits, Pool, Refused
    from kg import snapshots

    snapshot = snapshots.latest(served_store)
    assert snapshot
    pool = Pool(snapshot.path / "db", Limits())
    request = {
        "query": "SELECT * { SERVICE <http://127.0.0.1:8080/> { ?s ?p ?o } }",
        "base": "http://a/",
        "default_graphs": [],
        "named_graphs": [],
        "union": True,
        "formats": {"solutions": "json", "boolean": "json", "graph": "ttl"},
        "prefixes": {},
    }
    with pytest.raises(Refused, match="ermission denied"):
        pool.ask(request)
    pool.close()
    assert callable(no_new_sockets)


def test_a_query_past_its_time_is_503_and_the_next_one_is_answered(limited: FlaskClient) -> None:
    began = time.monotonic()
    answer = ask(limited, RUNAWAY)
    assert answer.status_code == 503 and "longer than 1 s" in answer.text  # type: ignore[attr-defined]
    assert time.monotonic() - began < 3
    assert answer.headers["Retry-After"]  # type: ignore[attr-defined]
    assert ask(limited, "ASK {}").status_code == 200  # type: ignore[attr-defined]


def test_a_query_past_its_memory_is_503_and_the_next_one_is_answered(
    served_store: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    client = create_app(served_store, query_seconds=20, query_memory=40 << 20).test_client()
    answer = ask(client, HUNGRY)
    assert answer.status_code == 503 and "memory" in answer.text  # type: ignore[attr-defined]
    assert ask(client, "ASK {}").status_code == 200  # type: ignore[attr-defined]
    # One line in the log, and nothing of the engine's own on standard error.
    said = [r.getMessage() for r in caplog.records if r.name == "legenda.queries"]
    assert len(said) == 1 and "needed more than 40 MiB" in said[0] and "\n" not in said[0]
    assert "memory allocation" not in capfd.readouterr().err


def test_a_long_answer_past_its_size_breaks_off_visibly(
    served_store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = make_server("127.0.0.1", 0, create_app(served_store, query_result=200_000), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/sparql"
    query = {"query": "SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 100000"}
    for packed in ("identity", "gzip"):
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            httpx.post(url, data=query, headers={"Accept-Encoding": packed})
    server.shutdown()
    said = [r.getMessage() for r in caplog.records if r.name == "legenda.queries"]
    assert said == ["an answer broke off: the answer is longer than 200000 bytes"] * 2


def test_a_long_answer_past_its_time_breaks_off_visibly_and_is_told_on_the_query_page(
    served_store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(served_store, query_seconds=0.7, table_rows=10**9)
    endless = {"query": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"}
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        httpx.post(f"http://127.0.0.1:{server.server_port}/sparql", data=endless)
    server.shutdown()
    said = [r.getMessage() for r in caplog.records if r.name == "legenda.queries"]
    assert len(said) == 1 and "longer than 0.7 s" in said[0]
    page = app.test_client().get("/sparql", query_string=endless, headers={"Accept": "text/html"})
    assert page.status_code == 503 and "longer than 0.7 s" in page.text


def test_many_clients_with_runaway_queries_among_them_are_all_answered(address: str) -> None:
    statuses: list[int] = []
    lookup = "SELECT ?p { <http://localhost:8000/id/artist/Q5580> a ?p }"

    def one(number: int) -> None:
        query = RUNAWAY if number % 8 == 0 else lookup
        answer = httpx.post(f"{address}/sparql", data={"query": query}, timeout=30)
        statuses.append(answer.status_code if number % 8 else -answer.status_code)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(200) == 21
    assert statuses.count(-503) == 3


def test_a_newly_published_snapshot_is_served_without_a_restart(quick_folder: Path) -> None:
    import api_store

    from kg import snapshots
    from kg.nouns import Corpus, Source
    from kg.store import open_store

    folder = quick_folder / "published"
    folder.mkdir()
    api_store.build(folder)
    client = create_app(folder / "store").test_client()
    before = client.get("/health").json["dataset"]  # type: ignore[index]
    query = "ASK { ?s <http://purl.org/dc/terms/title> 'Nachtrag' }"
    assert ask(client, query).json["boolean"] is False  # type: ignore[attr-defined]
    with open_store(folder / "store") as live:
        live.put_corpus(Corpus("more", (Source("more", "Nachtrag"),), ()))
        live.derive_current()
        snapshots.publish(live)
    assert client.get("/health").json["dataset"] != before  # type: ignore[index]
    assert ask(client, query).json["boolean"] is True  # type: ignore[attr-defined]
