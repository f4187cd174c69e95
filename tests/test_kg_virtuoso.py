"""The remote store against a second real server: OpenLink Virtuoso 7 (Debian: virtuoso-opensource-7-bin).

Skipped where `virtuoso-t` is not on the PATH; LEGENDA_TEST_VIRTUOSO can name it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from test_kg_remote import free_port
from test_kg_store import DUERER, GRAPHIC, PHOTO, content, corpus, review, run, values

from kg import shapes
from kg.nouns import Claim
from kg.store import Store, StoreError, open_store

SERVER = os.environ.get("LEGENDA_TEST_VIRTUOSO") or shutil.which("virtuoso-t")
BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"
ROWS = 10_000
SETTINGS = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx
[Parameters]
ServerPort = {port}
DirsAllowed = {folder}
[HTTPServer]
ServerPort = {http}
ServerRoot = {folder}
[SPARQL]
ResultSetMaxRows = {rows}
DefaultGraph = urn:none
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if SERVER is None:
        pytest.skip("virtuoso-t (Debian: virtuoso-opensource-7-bin) is not installed")
    folder = tmp_path_factory.mktemp("virtuoso")
    ports = {"port": free_port(), "http": free_port()}
    (folder / "virtuoso.ini").write_text(SETTINGS.format(folder=folder, rows=ROWS, **ports))
    process = subprocess.Popen(
        [SERVER, "+foreground", "+configfile", str(folder / "virtuoso.ini")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    url = f"http://127.0.0.1:{ports['http']}/sparql"
    try:
        _wait_for(url, process)
        isql = shutil.which("isql-vt") or str(Path(SERVER).with_name("isql-vt"))
        grant = 'EXEC=GRANT SPARQL_UPDATE TO "SPARQL";'
        subprocess.run([isql, str(ports["port"]), "dba", "dba", grant], check=True, capture_output=True)
        yield f"sparql:{url}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"virtuoso-t ended with status {process.returncode}")
        try:
            if httpx.get(url, params={"query": "SELECT * { ?s ?p ?o } LIMIT 1"}).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError("virtuoso-t does not answer")


def _write(store: Store) -> None:
    store.put_corpus(corpus(3, 'Abb. "1" \\u0041 é\n2'))
    store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
    store.put_run(run("link"), [Claim("duerer/001", "artist", DUERER, 0.8, "after")], "1")
    store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.8)], "2")
    if "Review" not in store.counts():
        store.add_review(review("r1", GRAPHIC, "replaced", "01", replacement=PHOTO))
    store.derive_current()


def test_virtuoso_holds_the_same_graph_as_the_embedded_store(spec: str) -> None:
    contents = []
    for place in (spec, "memory:"):
        with open_store(place) as store:
            _write(store)
            assert values(store) == {"photography"}
            assert store.run_key("books", "category") == "2"
            contents.append(content(store))
    # Virtuoso has graphs of its own, and writes booleans as numbers.
    theirs = [_with_words(line) for line in contents[0] if f"<{store.base}graph/" in line]
    assert sorted(theirs) == contents[1]


def test_triples_come_back_from_virtuoso_as_they_are(spec: str) -> None:
    with open_store(spec) as store:
        _write(store)
        asked = "# SELECT\nCONSTRUCT { ?s <urn:select> ?o } WHERE { ?s <https://schema.org/caption> ?o }"
        captions = {triple.object.value for triple in store.query(asked)}
        assert captions == {'Abb. "1" \\u0041 é\n2'}


def _with_words(line: str) -> str:
    for number, word in (("1", "true"), ("0", "false")):
        line = line.replace(f'"{number}"^^<{BOOLEAN}>', f'"{word}"^^<{BOOLEAN}>')
    return line


def test_the_shapes_are_checked_on_virtuoso_too(spec: str) -> None:
    with open_store(spec) as store:
        _write(store)
        assert list(shapes.check(store.query)) == []
        store.put_run(run("link"), [Claim("elsewhere/1", "artist", DUERER, 0.9)], "3")
        assert {v.component for v in shapes.check(store.query)} == {"class"}


def test_a_graph_is_written_in_pieces_that_virtuoso_takes_and_never_read_in_part(spec: str) -> None:
    many = [Claim(f"duerer/{n:03}", "category", GRAPHIC, 0.9) for n in range(999)]
    with open_store(spec) as store:
        store.put_run(run("many"), many[:600], "1")  # more lines than one update may have
        store.put_run(run("many"), many[1:600], "2")
        assert store.run_key("books", "many") == "2"
        store.put_run(run("more"), many, "1")  # more lines than one answer may have
        with pytest.raises(StoreError, match="ResultSetMaxRows"):
            store.put_run(run("more"), many[1:], "2")
        with pytest.raises(StoreError, match="cut at 10000 rows"):
            store.query("SELECT * { ?s ?p ?o }")
        for enricher in ("many", "more"):
            store.drop_run("books", enricher)
