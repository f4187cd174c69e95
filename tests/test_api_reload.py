"""Publishing under load: several server processes change to the new snapshot, and no request fails."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import api_store
import httpx
from test_api_serve import serving

from api.app import create_app
from kg import snapshots
from kg.nouns import Corpus, Source
from kg.store import open_store

LOOKUP = (
    "SELECT ?l { <http://localhost:8000/id/artist/Q5580> <http://www.w3.org/2000/01/rdf-schema#label> ?l }"
)
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
LONG = "SELECT ?s ?p ?o { ?s ?p ?o }"


def test_no_request_fails_while_snapshots_are_published(quick_folder: Path) -> None:
    folder = quick_folder / "reloaded"
    folder.mkdir()
    api_store.build(folder)
    failed: list[tuple[str, int, str]] = []
    versions: list[set[str]] = []
    done = threading.Event()

    def client(address: httpx.URL, asked: str) -> None:
        seen: set[str] = set()
        with httpx.Client(base_url=address, timeout=60) as http:
            while not done.is_set():
                if asked.startswith("SELECT"):
                    answer = http.post("sparql", data={"query": asked}, headers={"Accept": "text/csv"})
                else:
                    answer = http.get(asked)
                    if asked == "health":
                        seen.add(answer.json()["dataset"])
                if answer.status_code != 200 or not answer.content:
                    failed.append((asked, answer.status_code, answer.text[:200]))
        versions.append(seen)

    with serving(str(folder / "store"), workers=2) as http:
        asked = [LOOKUP, COUNT, LONG, "page/artist/Q5580", "page/illustration/duerer/p1", "health"]
        clients = [threading.Thread(target=client, args=(http.base_url, one)) for one in asked]
        for one in clients:
            one.start()
        published = []
        for number in range(7):  # more than are kept, so that those in use are pruned
            with open_store(folder / "store") as live:
                live.put_corpus(Corpus(f"more-{number}", (Source(f"more-{number}", "Nachtrag"),), ()))
                live.derive_current()
                published.append(snapshots.publish(live).version)
            time.sleep(0.5)
        for _ in range(20):
            assert http.get("health").json()["dataset"] == published[-1]
        done.set()
        for one in clients:
            one.join()
    assert not failed, failed[:3]
    assert len(set().union(*versions)) >= 3, "the clients saw no change"
    shutil.rmtree(folder)


def test_whoever_still_reads_a_snapshot_that_was_deleted_gets_its_answers(quick_folder: Path) -> None:
    folder = quick_folder / "deleted"
    folder.mkdir()
    api_store.build(folder)
    index = create_app(folder / "store").extensions["legenda"].dataset().index
    shutil.rmtree(folder / "store" / "snapshots")
    counted: list[int] = []
    readers = [threading.Thread(target=lambda: counted.append(index.count())) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert counted == [8] * 8
