"""The W3C's tests of SPARQL Protocol, Service Description and Graph Store, asked of a server over HTTP.

The manifests are read as they are; the Graph Store's path /gsp becomes ours, /graphs.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from rdflib import BNode, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.namespace import RDF
from werkzeug.serving import make_server

from api import tokens
from api.app import create_app

SUITE = Path(__file__).parents[2] / "shared" / "conformance" / "sparql11"
pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C test suite lies outside the repository")

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")


class Server:
    """A server on a store of its own, and a token that may change it."""

    def __init__(self, folder: Path) -> None:
        from kg import snapshots
        from kg.store import open_store

        with open_store(folder) as live:
            snapshots.publish(live, force=True)
        self.store = folder
        self.token = tokens.create(folder, "w3c", "admin")
        self._server = make_server("127.0.0.1", 0, create_app(folder), threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        if method != "GET":
            headers = headers | {"Authorization": f"Bearer {self.token}"}
        return httpx.request(method, self.address + path, headers=headers, content=body, timeout=60)

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture(scope="module")
def server(quick_folder: Path) -> Iterator[Server]:
    running = Server(quick_folder / "w3c")
    yield running
    running.close()


def manifest(*path: str) -> Graph:
    file = SUITE.joinpath(*path)
    return Graph().parse(file, publicID=file.as_uri()) if file.exists() else Graph()


def entries(graph: Graph) -> list[URIRef]:
    lists = graph.objects(None, MF.entries)
    return [entry for first in lists for entry in Collection(graph, first)]  # type: ignore[misc]


PROTOCOL = manifest("protocol", "manifest.ttl")
GSP = {name: manifest("graph-store-protocol", f"manifest-{name}.ttl") for name in ("indirect", "direct")}


def local(entry: URIRef) -> str:
    return str(entry).rsplit("#", 1)[-1]


def requests_of(graph: Graph, entry: URIRef) -> list[Any]:
    connection = graph.value(entry, MF.action)
    return list(Collection(graph, graph.value(connection, HT.requests)))  # type: ignore[arg-type]


def headers_of(graph: Graph, node: Any) -> dict[str, str]:
    found = graph.value(node, HT.headers)
    if found is None:
        return {}
    return {
        str(graph.value(header, HT.fieldName)): str(graph.value(header, HT.fieldValue))
        for header in Collection(graph, found)
    }


def body_of(graph: Graph, node: Any) -> bytes | None:
    body = graph.value(node, HT.body)
    if body is None:
        return None
    encoding = str(graph.value(body, CNT.characterEncoding) or "UTF-8")
    return str(graph.value(body, CNT.chars)).encode(encoding)


def check_status(graph: Graph, expected: Any, answer: httpx.Response) -> None:
    wanted = [str(status).rsplit("#", 1)[-1] for status in graph.objects(expected, MF.expectedStatus)]
    codes = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404, "BadRequest": 400}
    ranges = {"StatusCode2xx": 2, "StatusCode3xx": 3, "StatusCode4xx": 4, "StatusCode5xx": 5}
    assert any(
        answer.status_code == codes.get(name) or answer.status_code // 100 == ranges.get(name)
        for name in wanted
    ), (answer.status_code, wanted, answer.text[:300])


@pytest.mark.parametrize("entry", entries(PROTOCOL), ids=local)
def test_sparql_protocol(server: Server, entry: URIRef) -> None:
    for data in PROTOCOL.objects(entry, UT.graphData):
        name, file = str(PROTOCOL.value(data, RDFS.label)), str(PROTOCOL.value(data, UT.graph))
        content = (SUITE / "protocol" / file.rsplit("/", 1)[-1]).read_bytes()
        loaded = server.send(
            "PUT", f"/graphs?graph={quote(name, safe='')}", {"Content-Type": "application/n-triples"}, content
        )
        assert loaded.is_success, loaded.text
    for sent in requests_of(PROTOCOL, entry):
        path = str(PROTOCOL.value(sent, HT.absolutePath))
        answer = server.send(
            str(PROTOCOL.value(sent, HT.methodName)),
            path,
            headers_of(PROTOCOL, sent),
            body_of(PROTOCOL, sent) or b"",
        )
        expected = PROTOCOL.value(sent, HT.resp)
        check_status(PROTOCOL, expected, answer)
        truth = PROTOCOL.value(expected, MF.expectedBoolean)
        if truth is not None:
            assert answer.json()["boolean"] is truth.toPython()
        kind = str(PROTOCOL.value(expected, MF.expectedFormat) or "")
        if kind == "RDF":
            assert answer.headers["Content-Type"].split(";")[0] in {
                "text/turtle",
                "application/rdf+xml",
                "application/n-triples",
                "application/ld+json",
            }
        elif kind:
            assert (
                "sparql-results" in answer.headers["Content-Type"]
                or "text/" in answer.headers["Content-Type"]
            )


@pytest.mark.parametrize(
    ("kind", "entry"),
    [(kind, entry) for kind, graph in GSP.items() for entry in entries(graph)],
    ids=lambda value: local(value) if isinstance(value, URIRef) else str(value),
)
def test_graph_store_protocol(server: Server, kind: str, entry: URIRef) -> None:
    graph = GSP[kind]
    location = ""
    emptied = server.send("POST", "/sparql", {"Content-Type": "application/sparql-update"}, b"DROP ALL")
    assert emptied.status_code == 204, emptied.text
    for sent in requests_of(graph, entry):
        path = str(graph.value(sent, HT.absolutePath))
        path = path.replace("$LOCATION$", quote(location, safe=""))
        path = "/graphs" + path.removeprefix("/gsp")
        body = body_of(graph, sent) or b""
        answer = server.send(str(graph.value(sent, HT.methodName)), path, headers_of(graph, sent), body)
        expected = graph.value(sent, HT.resp)
        check_status(graph, expected, answer)
        location = answer.headers.get("Location", location)
        for name, value in headers_of(graph, expected).items():
            if not value.startswith("$"):
                assert answer.headers[name].split(";")[0] == value.split(";")[0]
        wanted = body_of(graph, expected)
        if wanted:
            base = f"{server.address}{path}"
            ours = Graph().parse(io.BytesIO(answer.content), format="turtle", publicID=base)
            theirs = Graph().parse(io.BytesIO(wanted), format="turtle", publicID=base)
            assert isomorphic(ours, theirs), (answer.text, wanted.decode())


def test_service_description_returns_rdf_names_its_endpoint_and_conforms(server: Server) -> None:
    for address in (f"{server.address}/sparql", f"{server.address}/sparql/"):
        answer = httpx.get(address, headers={"Accept": "text/turtle, application/rdf+xml"})
        assert answer.headers["Content-Type"].startswith("text/turtle")
        found = Graph().parse(io.BytesIO(answer.content), format="turtle")
        services = list(found.subjects(SD.endpoint, URIRef(address)))
        assert len(services) == 1
        (service,) = services
        assert (service, RDF.type, SD.Service) in found
        assert (service, SD.supportedLanguage, SD.SPARQL11Query) in found
        whole = found.value(service, SD.defaultDataset)
        assert (whole, RDF.type, SD.Dataset) in found
        assert (found.value(whole, SD.defaultGraph), RDF.type, SD.Graph) in found
        for named in found.objects(whole, SD.namedGraph):
            assert isinstance(named, BNode | URIRef) and found.value(named, SD.name) is not None


def test_changes_need_a_token_of_the_right_role(server: Server) -> None:
    store = server.store
    reader = tokens.create(store, "reader", "read")
    change = {"update": "INSERT DATA { GRAPH <http://a/> { <http://b/> <http://c/> 1 } }"}
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": f"Bearer {reader}"}, 403),
        ({"Authorization": f"Bearer {server.token}"}, 204),
    ):
        answer = httpx.post(f"{server.address}/sparql", data=change, headers=headers, timeout=60)
        assert answer.status_code == status
    assert httpx.get(f"{server.address}/graphs?graph=http://a/").status_code == 200
    load = httpx.post(
        f"{server.address}/sparql",
        data={"update": "LOAD <http://127.0.0.1:1/x.ttl>"},
        headers={"Authorization": f"Bearer {server.token}"},
    )
    assert load.status_code == 403 and "LOAD" in load.text
    kept = (store / "tokens.json").read_text()
    assert server.token not in kept and reader not in kept
    assert (store / "tokens.json").stat().st_mode & 0o077 == 0
    assert tokens.revoke(store, "reader") == 1
    assert tokens.allowed(store, reader, "read") is None
