"""Harvesting from a real SPARQL server on this machine that refuses, stalls and breaks off on purpose."""

from __future__ import annotations

import gzip
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask, Response, request
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat, RdfFormat, Store
from werkzeug.serving import make_server

from enrich.linking.builtin import source
from enrich.linking.commands import gazetteer
from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.harvest import harvest, update
from enrich.linking.sparql import Endpoint, EndpointError, Manners, TooMuch, retry_after

ENTITY = "http://www.wikidata.org/entity/"
PATIENT = Manners(timeout=20, least_pause=0.0, first_wait=0.01)


class Server:
    """A SPARQL endpoint over the built-in extract; `trouble` is what goes wrong, `happened` how often."""

    def __init__(self) -> None:
        self.store = Store()
        with gzip.open(source(), "rb") as triples:
            self.store.bulk_load(triples.read(), RdfFormat.N_TRIPLES)
        self.trouble = ""
        self.happened: Counter[str] = Counter()
        self.queries: list[str] = []
        self.agents: set[str] = set()
        app = Flask("trouble")
        app.add_url_rule("/sparql", view_func=self.answer, methods=["POST"])
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/sparql"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def answer(self) -> Response:
        text = request.form["query"]
        self.queries.append(text)
        self.agents.add(request.headers.get("User-Agent", ""))
        number = len(self.queries)
        if self.trouble == "dead" and number > 6:
            return Response("gone", 410)
        if self.trouble == "all":
            if number % 5 == 1:
                self.happened["429"] += 1
                return Response("slow down", 429, {"Retry-After": "3"})
            if number % 11 == 5:
                self.happened["cut"] += 1
                return Response(b"{", 200, {"Content-Length": "1000"})
            if "VALUES ?item" in text and text.count(ENTITY) > 300:
                self.happened["504"] += 1
                return Response("upstream timed out", 504)
        results = self.store.query(text, use_default_graph_as_union=True)
        body = results.serialize(format=QueryResultsFormat.JSON)  # type: ignore[union-attr]
        assert body is not None
        if self.trouble == "all" and number % 7 == 3:
            self.happened["truncated"] += 1
            body = body[: len(body) // 2]
        return Response(body, mimetype="application/sparql-results+json")

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()


@pytest.fixture()
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


def endpoint(server: Server, **more: object) -> Endpoint:
    more.setdefault("sleep", lambda seconds: None)
    return Endpoint(server.url, "tests@example.org", PATIENT, **more)  # type: ignore[arg-type]


def test_a_harvest_from_a_server_that_misbehaves_holds_everything_a_harvest_from_a_good_one_does(
    server: Server, tmp_path: Path
) -> None:
    harvest(endpoint(server), tmp_path / "good", page=1000, batch=400)
    server.trouble = "all"
    card = harvest(endpoint(server), tmp_path / "bad", page=1000, batch=400)
    assert all(server.happened[what] for what in ("429", "504", "truncated", "cut"))
    one, two = open_gazetteer(tmp_path / "good"), open_gazetteer(tmp_path / "bad")
    assert one.card["version"] == two.card["version"]
    assert card["entities"]["artwork"] > 1500
    row = two.row_of(5598)
    assert row is not None and two.entry(row).label == "Rembrandt van Rijn", (
        "makers are harvested with their works"
    )
    assert all("tests@example.org" in agent for agent in server.agents)
    assert card["provenance"]["sources"][0]["endpoint"] == server.url


def test_an_interrupted_harvest_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.trouble = "dead"
    dying = endpoint(server)
    with pytest.raises(EndpointError, match="status 410"):
        harvest(dying, tmp_path / "G", page=1000, batch=400)
    before = list(server.queries)
    server.trouble = ""
    harvest(endpoint(server), tmp_path / "G", page=1000, batch=400)
    assert not set(before[:6]) & set(server.queries[len(before) :])
    harvest(endpoint(server), tmp_path / "H", page=1000, batch=400)
    assert open_gazetteer(tmp_path / "G").card["version"] == open_gazetteer(tmp_path / "H").card["version"]


def test_update_brings_what_is_new_changed_and_gone(server: Server, tmp_path: Path) -> None:
    harvest(endpoint(server), tmp_path / "G", ("artwork",), page=2000, batch=400)
    opened = open_gazetteer(tmp_path / "G")
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    kind = NamedNode("http://www.wikidata.org/prop/direct/P31")
    modified = NamedNode("http://schema.org/dateModified")
    moment = Literal("2099-01-01T00:00:00Z", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#dateTime"))
    new, changed, gone = (NamedNode(f"{ENTITY}Q{n}") for n in (999999999, 219831, 12418))
    server.store.add(Quad(new, label, Literal("Entirely New Picture", language="en")))
    server.store.add(Quad(new, kind, NamedNode(f"{ENTITY}Q3305213")))
    server.store.add(Quad(changed, label, Literal("Die Nachtwache", language="de")))
    server.store.add(Quad(changed, modified, moment))
    for quad in list(server.store.quads_for_pattern(gone, None, None)):
        server.store.remove(quad)
    asked = len(server.queries)
    update(endpoint(server), tmp_path / "G", page=2000, batch=400)
    assert len(server.queries) - asked < 12
    updated = open_gazetteer(tmp_path / "G")
    assert updated.size == opened.size
    row = updated.row_of(999999999)
    assert row is not None and updated.entry(row).label == "Entirely New Picture"
    row = updated.row_of(219831)
    assert row is not None and ("Die Nachtwache", "de", False) in updated.entry(row).labels
    assert updated.row_of(12418) is None


def test_qualified_makers_are_harvested_from_full_statements(server: Server, tmp_path: Path) -> None:
    picture, statement = NamedNode(f"{ENTITY}Q219831"), NamedNode(f"{ENTITY}statement/Q219831-1")
    prop = "http://www.wikidata.org/prop/"
    server.store.add(Quad(picture, NamedNode(f"{prop}P170"), statement))
    server.store.add(Quad(statement, NamedNode(f"{prop}qualifier/P1774"), NamedNode(f"{ENTITY}Q5598")))
    harvest(endpoint(server), tmp_path / "G", ("artwork",), page=2000, batch=400)
    lines = [line for f in (tmp_path / "G/harvest").glob("details-*") for line in f.read_text().splitlines()]
    assert any(line.startswith("[219831,") and '"P1774":["Q5598"]' in line for line in lines)


def test_retry_after_is_obeyed_as_seconds_and_as_a_date(server: Server) -> None:
    assert retry_after("7") == 7.0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert retry_after("soon") is None and retry_after(None) is None
    waits: list[float] = []
    server.trouble = "all"
    assert endpoint(server, sleep=waits.append).select("SELECT ?s WHERE { ?s ?p ?o } LIMIT 1")
    assert waits[0] == 3.0, "the server's Retry-After, not our own guess"


def test_what_is_no_endpoint_is_named_in_one_line(server: Server) -> None:
    with pytest.raises(EndpointError, match=r"/nowhere: status 404: .*not possible to connect") as missing:
        Endpoint(f"{server.url}/nowhere", "x@y.org", PATIENT, sleep=lambda _: None).select("ASK {}")
    assert "\n" not in str(missing.value)
    with pytest.raises(TooMuch, match=r"no answer .ConnectionRefusedError"):
        Endpoint("http://127.0.0.1:9/sparql", "x@y.org", PATIENT, sleep=lambda _: None).select("ASK {}")


def test_nobody_is_asked_without_a_contact(tmp_path: Path) -> None:
    with pytest.raises(EndpointError, match="contact"):
        Endpoint("http://127.0.0.1:9/sparql", "")
    arguments = ["harvest", "--endpoint", "http://127.0.0.1:9/sparql", "--out", str(tmp_path / "G")]
    assert CliRunner(env={"LEGENDA_CONTACT": ""}).invoke(gazetteer, arguments).exit_code in (1, 2)
    assert not (tmp_path / "G").exists()


def test_a_scope_may_be_one_class_of_a_kind(server: Server, tmp_path: Path) -> None:
    arguments = ["harvest", "--endpoint", server.url, "--out", str(tmp_path / "G"), "--contact", "x@y.org"]
    result = CliRunner().invoke(gazetteer, [*arguments, "--scope", "museum"])
    assert result.exit_code == 0, result.output
    opened = open_gazetteer(tmp_path / "G")
    assert 0 < opened.size <= 41
    assert all("Q33506" in text and "Q207694" not in text for text in server.queries if "ORDER BY" in text)


def test_the_command_harvests_and_shows_what_it_got(server: Server, tmp_path: Path) -> None:
    arguments = ["harvest", "--endpoint", server.url, "--out", str(tmp_path / "G"), "--scope", "institution"]
    result = CliRunner().invoke(gazetteer, [*arguments, "--contact", "tests@example.org"])
    assert result.exit_code == 0, result.output
    assert "41 institution" in result.output and server.url in result.output
    result = CliRunner().invoke(gazetteer, [*arguments, "--contact", "x@y.org", "--scope", "castles"])
    assert result.exit_code == 2 and "no scope castles" in result.output
