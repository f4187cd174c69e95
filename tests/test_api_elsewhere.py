"""SERVICE and LOAD: listed addresses are asked, by the server and not by the engine; nothing else ever is."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from api import outbound as outbound_module
from api import tokens
from api.app import create_app
from api.federation import NotConstant, as_values, calls
from api.outbound import Outbound, Unreachable, place, places
from api.settings import Settings

RESULTS = "application/sparql-results+json"
# What a hostile service may say to get out of the string or to be read as an escape.
ODD = ('say "ah" } ; DROP ALL', "C:\\u0022 } \\", "\\\\u005C", "a\nb\r\t'", "é 漢 \U0001f3a8")


class Other(BaseHTTPRequestHandler):
    """Another service: a SPARQL endpoint over a tiny store, a document, and all kinds of bad manners."""

    store: ClassVar[ox.Store] = ox.Store()
    asked: ClassVar[list[str]] = []

    def _send(self, status: int, kind: str, body: bytes, **more: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.asked.append(self.path)
        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["query"][0]
        if self.path == "/moved":
            self._send(307, "text/plain", b"", Location=f"http://{self.headers['Host']}/sparql")
        elif self.path == "/long":
            self._send(200, RESULTS, b" " * 300_000)
        elif self.path == "/html":
            self._send(200, "text/html", b"<p>no</p>")
        elif self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(60):
                try:
                    self.wfile.write(b"x")
                except OSError:
                    return
                time.sleep(0.1)
        else:
            found = self.store.query(query)
            assert isinstance(found, ox.QuerySolutions)
            body = found.serialize(format=ox.QueryResultsFormat.JSON)
            assert body is not None
            self._send(200, RESULTS, body)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self._send(200, "text/turtle", b'<#one> <http://b/p> "got" ; <http://b/q> [ <http://b/r> 5 ] .')

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def other() -> Iterator[str]:
    Other.store.extend(
        ox.Quad(ox.NamedNode(f"http://b/{n}"), ox.NamedNode("http://b/says"), ox.Literal(text))
        for n, text in enumerate(ODD)
    )
    Other.store.add(ox.Quad(ox.BlankNode(), ox.NamedNode("http://b/blank"), ox.Literal("Ä", language="de")))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def client(other: str, served_store: Path) -> FlaskClient:
    listed = " ".join(f"{other}/{path}" for path in ("sparql", "moved", "long", "html", "drip", "empty"))
    return create_app(
        served_store, outbound=listed, outbound_seconds=0.7, outbound_size=200_000
    ).test_client()


def ask(client: FlaskClient, query: str) -> tuple[int, str]:
    answer = client.post("/sparql", data={"query": query}, headers={"Accept": RESULTS})
    return answer.status_code, answer.text


def values(text: str, name: str) -> list[str]:
    return [row[name]["value"] for row in json.loads(text)["results"]["bindings"] if name in row]


def test_a_listed_service_is_asked_and_its_solutions_join_with_our_own(
    client: FlaskClient, other: str
) -> None:
    query = f"""PREFIX b: <http://b/> PREFIX lg: <https://w3id.org/legenda/ns#>
        SELECT ?work ?text {{ ?work a lg:Artwork . SERVICE <{other}/sparql> {{ b:0 b:says ?text }} }}"""
    status, text = ask(client, query)
    assert status == 200 and values(text, "text") == [ODD[0]]
    assert values(text, "work") == ["http://localhost:8000/id/artwork/Q470606"]


def test_whatever_a_service_says_arrives_as_it_was_said(client: FlaskClient, other: str) -> None:
    query = f"SELECT ?t {{ SERVICE <{other}/sparql?x=1> {{ ?s <http://b/says> ?t }} }} ORDER BY ?s"
    assert values(ask(client, query)[1], "t") == list(ODD)
    blank = f"SELECT ?s ?t {{ SERVICE <{other}/sparql/sub> {{ ?s <http://b/blank> ?t }} }}"
    status, text = ask(client, blank)
    assert status == 200 and values(text, "s")[0].startswith("urn:legenda:blank:") and '"de"' in text
    optional = f"SELECT ?t {{ OPTIONAL {{ SERVICE <{other}/sparql> {{ ?s <http://b/none> ?t }} }} }}"
    assert json.loads(ask(client, optional)[1])["results"]["bindings"] == [{}]
    constant = f"<http://b/0> <http://b/says> {json.dumps(ODD[0])}"
    yes = f"SELECT (1 AS ?x) {{ SERVICE <{other}/sparql> {{ {constant} }} }}"
    assert values(ask(client, yes)[1], "x") == ["1"]


def test_answers_with_others_answers_in_them_are_kept_by_nobody(client: FlaskClient, other: str) -> None:
    query = f"ASK {{ SERVICE <{other}/sparql> {{ ?s <http://b/says> ?t }} }}"
    answer = client.get("/sparql", query_string={"query": query})
    assert answer.get_json()["boolean"] is True
    assert "ETag" not in answer.headers and answer.headers["Cache-Control"] == "no-store"
    page = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/html"})
    assert page.status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "<{other}/other>",  # another path
        "<{other}/sparqlx>",  # not under it
        "<{other}/sparql/../other>",
        "<{other}/sparql/%2e%2e/other>",
        "<{other}@127.0.0.1:1/sparql>",
        "<http://127.0.0.1:1/sparql>",  # another port
        "<http://127.0.0.1/sparql>",
        "<https://127.0.0.1/sparql>",
        "<http://localhost/sparql>",  # another name of the same host
        "<file:///etc/passwd>",
        "<sparql>",
        "?where",
        "ex:sparql",
        "<{other}/sparq\\u006C>",
    ],
)
def test_nothing_that_is_not_listed_is_asked(client: FlaskClient, other: str, target: str) -> None:
    Other.asked.clear()
    target = target.replace("{other}", other)
    for silent in ("", "SILENT "):
        bound = f"VALUES ?where {{ <{other}/sparql> }}"
        query = f"PREFIX ex: <{other}/> SELECT * {{ {bound} SERVICE {silent}{target} {{ ?s ?p ?o }} }}"
        status, reason = ask(client, query)
        assert status == 403 and "SERVICE" in reason, reason
    inner = f"SERVICE <{other}/sparql> {{ ?s ?p ?o SERVICE {target} {{ ?o ?p ?s }} }}"
    nested = f"SELECT * {{ SERVICE <{other}/sparql> {{ ?s ?p ?o {inner} }} }}"
    assert ask(client, nested)[0] == 403
    assert Other.asked == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("moved", "redirects are not followed"),
        ("long", "longer than"),
        ("html", "text/html"),
        ("drip", "too long"),
    ],
)
def test_bad_manners_of_a_listed_service_are_a_503_with_a_reason(
    client: FlaskClient, other: str, path: str, reason: str
) -> None:
    Other.asked.clear()
    began = time.monotonic()
    query = "SELECT * {{ SERVICE {} <{}/{}> {{ ?s ?p ?o }} }}"
    status, text = ask(client, query.format("", other, path))
    assert status == 503 and reason in text
    assert time.monotonic() - began < 3 and Other.asked == [f"/{path}"]
    status, text = ask(client, query.format("SILENT", other, path))
    assert status == 200 and json.loads(text)["results"]["bindings"] == [{}]


def test_the_engine_itself_still_opens_no_connection(client: FlaskClient, other: str) -> None:
    """A SERVICE that the reading of the query overlooks meets the kernel: see tests/test_api_sparql.py."""
    hidden = f"SELECT * {{ SERV\\u0049CE <{other}/sparql> {{ ?s ?p ?o }} }}"
    Other.asked.clear()
    assert ask(client, hidden)[0] == 403 and Other.asked == []


def test_load_and_service_in_updates(quick_folder: Path, served_store: Path, other: str) -> None:
    store = quick_folder / "elsewhere"
    shutil.copytree(served_store, store)
    token = tokens.create(store, "anna", "admin")
    client = create_app(store, outbound=other + "/").test_client()

    def update(text: str) -> tuple[int, str]:
        answer = client.post(
            "/sparql",
            data=text,
            headers={"Content-Type": "application/sparql-update", "Authorization": f"Bearer {token}"},
        )
        return answer.status_code, answer.text

    text = (
        f"LOAD <{other}/doc.ttl> INTO GRAPH <http://g/> ; LOAD SILENT <http://127.0.0.1:1/x> ; "
        f"INSERT {{ GRAPH <http://g/> {{ ?s <http://b/copied> ?t }} }} "
        f"WHERE {{ SERVICE <{other}/sparql> {{ ?s <http://b/says> ?t }} }}"
    )
    assert update(text) == (204, "")
    _, rows = ask(client, "SELECT ?s ?o { GRAPH <http://g/> { ?s ?p ?o } }")
    assert f"{other}/doc.ttl#one" in values(rows, "s") and set(ODD) <= set(values(rows, "o"))
    assert len(values(rows, "s")) == 3 + len(ODD)
    assert update("LOAD <http://127.0.0.1:1/x.ttl>")[0] == 403
    assert update(f"PREFIX o: <{other}/> LOAD o:doc.ttl")[0] == 403
    assert update(f"LOAD <{other}/doc.ttl> INTO GRAPH ?g")[0] == 403
    refused = client.post("/sparql", data={"update": f"LOAD <{other}/doc.ttl>"})
    assert refused.status_code == 401
    description = client.get("/sparql", headers={"Accept": "text/turtle"}).text
    assert "BasicFederatedQuery" in description


def test_a_name_of_the_public_net_must_not_lead_into_a_private_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, port)) for address in answers]

    monkeypatch.setattr(outbound_module.socket, "getaddrinfo", found)
    outside = Outbound(places("https://data.example.org/sparql"), 1.0, 1000, 1)
    for private in (
        "127.0.0.1",
        "10.0.0.8",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "fd00::1",
        "0.0.0.0",
    ):
        answers = ["93.184.216.34", private]
        with pytest.raises(Unreachable, match="private net"):
            outside.fetch("https://data.example.org/sparql", {})


def test_so_many_requests_at_once_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        outside = Outbound(places(address), 0.8, 1000, 1)

        def wait() -> None:
            with pytest.raises(Unreachable, match="too long"):
                outside.fetch(address, {})

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.1)
        with pytest.raises(Unreachable, match="under way"):
            outside.fetch(address, {}, None, 0.2)
        waiting.join()


def test_what_is_listed_is_checked_when_the_service_starts() -> None:
    assert places("https://a.org/sparql, http://127.0.0.1:3030/")[1].port == 3030
    for wrong in ("ftp://a.org/", "https://u:p@a.org/", "https://a.org/../x", "a.org", "https://a.org:x/"):
        with pytest.raises(ValueError, match="setting outbound"):
            Settings.load({"outbound": wrong}, {})
    assert place("https://a.org/s").holds(place("https://a.org:443/s/x"))
    assert not place("https://a.org/s").holds(place("https://a.org/sx"))


def test_only_solutions_in_json_become_values() -> None:
    for wrong in (
        b"",
        b"{}",
        b'{"head": {}, "boolean": true}',
        b"<html>",
        b'{"head": {"vars": ["a b"]}, "results": {"bindings": []}}',
    ):
        with pytest.raises(ValueError, match="it"):
            as_values(wrong)
    iri = {"a": {"type": "uri", "value": "http://a/> } INSERT"}}
    with pytest.raises(ValueError, match="it"):
        as_values(json.dumps({"head": {"vars": ["a"]}, "results": {"bindings": [iri]}}).encode())
    with pytest.raises(NotConstant):
        calls("SELECT * { SERVICE <http://a/> ?x }")
