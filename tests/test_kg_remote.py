"""The remote store, against a real server that is not ours: `oxigraph serve`, from PyPI."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from test_kg_store import DUERER, GRAPHIC, PHOTO, content, corpus, review, run, values

from kg import shapes
from kg.nouns import Claim
from kg.reading import open_reader
from kg.remote import Remote
from kg.store import StoreError, open_store

SERVER = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if SERVER is None:
        pytest.skip("the oxigraph server (pip install oxigraph) is not installed")
    port = free_port()
    folder = tmp_path_factory.mktemp("server")
    process = subprocess.Popen(
        [SERVER, "serve", "--location", str(folder), "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            httpx.get(url)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield url
    process.terminate()
    process.wait()


@pytest.fixture(params=["with the graph store protocol", "with updates only"])
def spec(request: pytest.FixtureRequest, server: str) -> str:
    httpx.post(f"{server}/update", data={"update": "CLEAR ALL"}).raise_for_status()
    gsp = f",gsp={server}/store" if "graph store" in request.param else ""
    return f"sparql:{server}/query,update={server}/update{gsp}"


def test_a_remote_store_holds_the_same_graph_as_the_embedded_one(spec: str) -> None:
    contents = []
    for place in (spec, "memory:"):
        with open_store(place) as store:
            store.put_corpus(corpus(3, 'Abb. "1" \\u0041 é 🎨\n2'))
            store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
            store.put_run(run("link"), [Claim("duerer/001", "artist", DUERER, 0.8, "after")], "1")
            store.add_review(review("r1", GRAPHIC, "replaced", "01", replacement=PHOTO))
            store.derive_current()
            assert values(store) == {"photography"}
            assert store.run_key("books", "link") == "1"
            assert list(shapes.check(store.query)) == []
            contents.append(content(store))
    assert contents[0] == contents[1]


def test_a_re_run_on_a_remote_store_sends_only_the_difference(
    spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(spec) as store:
        store.put_corpus(corpus())
        claims = [Claim(f"duerer/00{n}", "category", GRAPHIC, 0.9) for n in range(4)]
        store.put_run(run(), claims, "1")
        sent: list[int] = []
        update = Remote.update

        def counting(self: Remote, sparql: str) -> None:
            sent.append(sparql.count(" .\n"))
            update(self, sparql)

        monkeypatch.setattr(Remote, "update", counting)
        store.put_run(run(), [*claims[:3], Claim("duerer/003", "category", GRAPHIC, 0.8)], "2")
        assert sum(sent) <= 4
        assert store.run_key("books", "category") == "2"


def test_an_upload_that_was_cut_short_is_continued(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.remote._BATCH", 30)
    monkeypatch.setattr(Remote, "update_lines", 30)
    claims = [Claim(f"duerer/00{n}", "category", GRAPHIC, 0.9) for n in range(4)]
    with open_store(spec) as store:
        store.put_corpus(corpus())
        send, calls = Remote._send, []

        def failing(self: Remote, kind: str, method: str, **request: object) -> object:
            body = bytes(request.get("content", b""))  # type: ignore[call-overload]
            if kind != "query" and b"hasTarget" in body:
                calls.append(1)
                if len(calls) == 2:
                    raise StoreError("the line went dead")
            return send(self, kind, method, **request)

        monkeypatch.setattr(Remote, "_send", failing)
        with pytest.raises(StoreError, match="went dead"):
            store.put_run(run(), claims, "1")
        assert store.run_key("books", "category") is None
    monkeypatch.setattr(Remote, "_send", send)
    with open_store(spec) as store:
        assert store.unfinished()
        store.put_run(run(), claims, "1")
        assert store.unfinished() == []
        found = [line for line in content(store) if "graph/run/" in line]
    with open_store("memory:") as fresh:
        fresh.put_corpus(corpus())
        fresh.put_run(run(), claims, "1")
        assert found == [line for line in content(fresh) if "graph/run/" in line]


def test_a_remote_store_can_be_queried_from_the_command_line(spec: str) -> None:
    with open_store(spec) as store:
        store.put_corpus(corpus())
    reader = open_reader(spec)
    (row,) = reader.query(
        "PREFIX lg: <https://w3id.org/legenda/ns#> SELECT (COUNT(*) AS ?n) WHERE { ?i a lg:Illustration }"
    )
    assert row["n"].value == "4"
    with pytest.raises(SyntaxError):
        reader.query("SELECT nonsense")


class _Shy(BaseHTTPRequestHandler):
    """Asks to come again twice, then says yes."""

    asked = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).asked += 1
        self.send_response(503 if self.asked < 3 else 200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.end_headers()
        if self.asked >= 3:
            self.wfile.write(b'{"head": {}, "boolean": true}')

    def log_message(self, format: str, *args: object) -> None:
        return


def test_a_busy_server_is_asked_again_and_an_absent_one_is_named() -> None:
    shy = HTTPServer(("127.0.0.1", 0), _Shy)
    threading.Thread(target=shy.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{shy.server_port}/sparql"
    assert bool(Remote(url, url).query("ASK { ?s ?p ?o }"))
    assert _Shy.asked == 3
    shy.shutdown()
    nowhere = f"http://127.0.0.1:{free_port()}/sparql"
    with pytest.raises(StoreError, match="no answer after 2 tries"):
        Remote(nowhere, nowhere, tries=2).query("ASK { ?s ?p ?o }")


@pytest.mark.parametrize("bad", ["sparql:", "sparql:ftp://x/y", "sparql:http://x,upd=http://y"])
def test_a_wrong_specification_is_refused_with_what_was_expected(bad: str) -> None:
    with pytest.raises(StoreError, match=r"expected|not an http"):
        open_store(bad)
