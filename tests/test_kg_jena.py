"""The graph in Apache Jena's hands (Debian: libapache-jena-java): its parsers read what we write, its engine
answers the example queries as Oxigraph does, and the remote store works over it.

Debian has no Fuseki, so a few lines of Java (KgJenaServer.java) put Jena's TDB2 behind the SPARQL protocols.
Skipped where Java or Jena are not installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from test_kg_queries import filled
from test_kg_remote import free_port
from test_kg_store import DUERER, GRAPHIC, PHOTO, content, corpus, review, run, values

from kg import queries, shapes, snapshots
from kg.dumps import write_dump
from kg.exchange.export import export
from kg.nouns import Claim
from kg.reading import open_reader
from kg.remote import Remote
from kg.store import Store, open_store

JARS = Path("/usr/share/java")
JENA = ("base", "core", "iri", "arq", "tdb2", "cmds", "rdfconnection", "shacl")
PARTS = [f"jena-{name}" for name in JENA]
PARTS += [f"jena-dboe-{name}" for name in ("base", "index", "storage", "trans-data", "transaction")]
PARTS += [f"commons-{name}" for name in ("cli", "codec", "compress", "csv", "io", "lang3")]
PARTS += ["dexx.collection", "gson", "guava", "httpclient", "httpcore", "jsonld-java", "protobuf", "thrift"]
PARTS += ["slf4j-api", "slf4j-nop", "titanium-json-ld", "jakarta.json-api"]
PARTS += [f"jackson-{name}" for name in ("annotations", "core", "databind")]
AGAIN = [Claim("duerer/000", "category", GRAPHIC, 0.8), Claim("duerer/002", "category", PHOTO, 1.0)]
XSD = "http://www.w3.org/2001/XMLSchema#"
#: Oxigraph writes the decimal 1.0 of a shape as 1, Jena as it is.
WHOLE = re.compile(r'"([01])\.0"\^\^(?=<http://www\.w3\.org/2001/XMLSchema#decimal>)')
NUMBERS = {XSD + name for name in ("integer", "decimal", "double", "float")}


@pytest.fixture(scope="module")
def classpath(tmp_path_factory: pytest.TempPathFactory) -> str:
    if shutil.which("java") is None or not (JARS / "jena-tdb2.jar").is_file():
        pytest.skip("Java or Apache Jena (Debian: libapache-jena-java) is not installed")
    # Debian moved the classes of Jena's XML library and left its messages behind: it does not start without.
    messages = tmp_path_factory.mktemp("messages")
    with zipfile.ZipFile(JARS / "jena-core.jar") as jar:
        for name in jar.namelist():
            moved = name.removeprefix("org/apache/jena/ext/")
            if moved != name and name.endswith(".properties"):
                (messages / moved).parent.mkdir(parents=True, exist_ok=True)
                (messages / moved).write_bytes(jar.read(name))
    return os.pathsep.join([str(messages), *(str(JARS / f"{part}.jar") for part in PARTS)])


@pytest.fixture(scope="module")
def server(classpath: str) -> Iterator[str]:
    port = free_port()
    code = str(Path(__file__).with_name("KgJenaServer.java"))
    process = subprocess.Popen(["java", "-cp", classpath, code, str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise RuntimeError(f"Jena's server ended with status {process.returncode}")
            try:
                httpx.post(f"{url}/query", data={"query": "ASK {}"}).raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(params=["with the graph store protocol", "with updates only"])
def spec(request: pytest.FixtureRequest, server: str) -> str:
    clear = {"Content-Type": "application/sparql-update"}
    httpx.post(f"{server}/update", content="CLEAR ALL", headers=clear).raise_for_status()
    gsp = f",gsp={server}/data" if "graph store" in request.param else ""
    return f"sparql:{server}/query,update={server}/update{gsp}"


def _write(store: Store) -> None:
    store.put_corpus(corpus(3, 'Abb. "1" \\u0041 é 🎨\n2'))
    store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
    store.put_run(run("link"), [Claim("duerer/001", "artist", DUERER, 0.8, "after")], "1")
    store.put_run(run(), AGAIN, "2")
    store.add_review(review("r1", GRAPHIC, "replaced", "01", replacement=PHOTO))
    store.derive_current()


def test_a_store_on_jena_holds_the_same_graph_as_the_embedded_one(spec: str) -> None:
    contents = []
    for place in (spec, "memory:"):
        with open_store(place) as store:
            _write(store)
            assert values(store) == {"photography"}
            assert store.run_key("books", "category") == "2"
            revision = store.revision()
            store.put_run(run(), AGAIN, "3")
            store.derive_current()
            assert store.revision() == revision
            contents.append(content(store))
    theirs = (WHOLE.sub(r'"\1"^^', line) for line in contents[0])
    assert sorted(theirs) == contents[1]


def test_the_shapes_are_checked_on_jena_too(server: str) -> None:
    with open_store(f"sparql:{server}/query,update={server}/update") as store:
        store.put_corpus(corpus(3))
        store.put_run(run("link"), [Claim("elsewhere/1", "artist", DUERER, 0.9)], "3")
        assert {v.component for v in shapes.check(store.query)} == {"class"}
        with pytest.raises(SyntaxError):
            store.query("SELECT nonsense")


def _answers(query: Any, name: str) -> list[tuple[str, ...]]:
    found = query(queries.load(name))
    variables = [variable.value for variable in found.variables]
    return sorted(tuple(_plain(row[variable]) for variable in variables) for row in found)


def _plain(term: Any) -> str:
    """A term without its engine's way of writing numbers."""
    if isinstance(term, ox.Literal) and term.datatype.value in NUMBERS:
        return f"{float(term.value):.9g}"
    return str(term)


def test_jena_answers_the_twenty_queries_as_oxigraph_does(server: str, tmp_path: Path) -> None:
    remote = Remote(f"{server}/query", f"{server}/update")
    remote.update("CLEAR ALL")
    with filled() as store:
        for row in list(store.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")):
            store.engine.dump(row["g"].value, tmp_path / "graph.nt")
            remote.load(row["g"].value, tmp_path / "graph.nt")
        answered = {name: _answers(store.query, name) for name in queries.names()}
    assert sum(bool(rows) for rows in answered.values()) == 18
    for name, rows in answered.items():
        assert _answers(remote.query, name) == rows, name


def test_jena_finds_nothing_wrong_in_what_we_write(classpath: str, tmp_path: Path) -> None:
    with open_store(tmp_path / "s") as store:
        _write(store)
        snapshots.publish(store)
    reader = open_reader(str(tmp_path / "s"))
    files = [tmp_path / "all.nq.gz", tmp_path / "all.trig", tmp_path / "all.nt", tmp_path / "all.ttl"]
    for file in files:
        write_dump(reader, file)
    for form in ("edm", "schema"):
        files += export(reader, form, tmp_path / form)
    riot = ["java", "-cp", classpath, "riotcmd.riot", "--validate", *map(str, files)]
    done = subprocess.run(riot, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
