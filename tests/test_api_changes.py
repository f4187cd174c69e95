"""What changes from snapshot to snapshot: the feed, what is gone, and a harvest that follows them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import api_store
import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from api.app import create_app
from kg import snapshots
from kg.nouns import Corpus, Source
from kg.store import open_store

BASE = "http://localhost:8000/"


@pytest.fixture(scope="module")
def client(quick_folder: Path) -> Iterator[FlaskClient]:
    """A service that has served one snapshot, then another one without the second book and with a third."""
    folder = quick_folder / "changing"
    folder.mkdir()
    api_store.build(folder)
    client = create_app(folder / "store", email="oai@example.org").test_client()
    client.get("/changes/")
    plates = api_store.illustrations(folder / "pictures")
    first = Source("duerer", "Dürer", "Hermann Knackfuß", "1898", "de", "CC0")
    with open_store(folder / "store") as live:
        live.put_corpus(Corpus("sample", (first, Source("neu", "Nachtrag")), plates[:3]))
        for name, claims in api_store.claims(plates[:3]).items():
            live.put_run(api_store.run(name, "another"), claims, "another key")
        live.derive_current()
        snapshots.publish(live, force=True)
    yield client


def followed(client: FlaskClient) -> list[dict[str, Any]]:
    """All activities, by following the pages as the specification says: from the last one back."""
    collection = client.get("/changes/").get_json(force=True)
    assert collection["type"] == "OrderedCollection"
    address = collection["last"]["id"]
    found: list[dict[str, Any]] = []
    while True:
        page = client.get(urlsplit(address).path).get_json(force=True)
        found = page["orderedItems"] + found
        if "prev" not in page:
            assert len(found) == collection["totalItems"]
            return found
        address = page["prev"]["id"]


def test_a_crawler_that_follows_the_feed_ends_with_what_is_there_now(client: FlaskClient) -> None:
    alive: dict[str, str] = {}
    for activity in followed(client):
        thing = activity["object"]
        if activity["type"] == "Delete":
            del alive[thing["canonical"]]
        else:
            assert (thing["canonical"] in alive) == (activity["type"] == "Update")
            alive[thing["canonical"]] = thing["seeAlso"][0]["id"]
    copied: set[str] = set()
    for address in alive.values():
        answer = client.get(urlsplit(address).path)
        assert answer.status_code == 200, address
        copied |= {str(triple) for triple in ox.parse(answer.data, ox.RdfFormat.TURTLE)}
    dump = client.get("/sparql", query_string={"query": "CONSTRUCT WHERE { ?s ?p ?o }", "format": "nt"})
    own = "<http://localhost:8000/id/"
    whole = {str(t) for t in ox.parse(dump.data, ox.RdfFormat.N_TRIPLES) if str(t.subject).startswith(own)}
    orphans = {line for line in whole - copied if not line.startswith((own + "claim/", own + "evidence/"))}
    assert not orphans


def test_activities_have_their_kind_their_time_and_their_order(client: FlaskClient) -> None:
    found = followed(client)
    kinds = {(a["type"], a["object"]["canonical"].removeprefix("http://localhost:8000/id/")) for a in found}
    assert ("Update", "source/duerer") in kinds and ("Create", "source/neu") in kinds
    assert ("Delete", "illustration/kunst%20%26%20k%C3%BCnstler/p1") in kinds
    assert [a["endTime"] for a in found] == sorted(a["endTime"] for a in found)
    manifests = [a["object"]["id"] for a in found if a["object"]["type"] == "Manifest"]
    assert "http://localhost/iiif/duerer/manifest.json" in manifests


def test_what_was_withdrawn_is_gone_and_what_never_was_is_not_found(client: FlaskClient) -> None:
    client.get("/changes/")
    for path in ("/page/{}", "/data/{}.ttl"):
        assert client.get(path.format("illustration/kunst%20%26%20k%C3%BCnstler/p1")).status_code == 410
        assert client.get(path.format("illustration/duerer/p9")).status_code == 404
    page = client.get("/page/source/kunst%20%26%20k%C3%BCnstler", headers={"Accept": "text/html"})
    assert page.status_code == 410 and "withdrawn" in page.text
    assert client.get("/changes/99").status_code == 404


def test_oai_pmh_brings_what_is_new_and_tells_what_was_deleted(client: FlaskClient) -> None:
    space = "{http://www.openarchives.org/OAI/2.0/}"
    listed = ElementTree.fromstring(client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc").data)
    gone = [h.findtext(f"{space}identifier") for h in listed.iter(f"{space}header") if h.get("status")]
    assert len(gone) == 5 and all(
        r.find(f"{space}metadata") is None for r in listed.iter() if r.get("status")
    )
    address = f"/oai?verb=GetRecord&metadataPrefix=edm&identifier={quote(gone[0] or '', safe='')}"
    record = ElementTree.fromstring(client.get(address).data)
    assert record.find(f".//{space}header[@status='deleted']") is not None
    late = client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc&from=2999-01-01").text
    assert "noRecordsMatch" in late


class Crawler:
    """Follows the feed as the specification says: from the newest activity back to the last one it knows."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.seen, self.fetched = client, 0, 0
        self.copies: dict[str, set[str]] = {}

    def catch_up(self) -> None:
        collection = self.client.get("/changes/").get_json(force=True)
        page, new = collection["last"]["id"], collection["totalItems"] - self.seen
        found: list[dict[str, Any]] = []
        while len(found) < new:
            content = self.client.get(urlsplit(page).path).get_json(force=True)
            found = content["orderedItems"] + found
            page = content.get("prev", {}).get("id", "")
        latest = {activity["object"]["canonical"]: activity for activity in found[len(found) - new :]}
        for iri, activity in latest.items():
            if activity["type"] == "Delete":
                del self.copies[iri]
                continue
            twin = self.client.get(urlsplit(activity["object"]["seeAlso"][0]["id"]).path)
            assert twin.status_code == 200
            # What it says of others (the labels of what it names) comes from them.
            about = (f"<{iri}> ", f"<{BASE}id/claim/", f"<{BASE}id/evidence/")
            triples = (str(triple) for triple in ox.parse(twin.data, ox.RdfFormat.TURTLE))
            self.copies[iri] = {triple for triple in triples if triple.startswith(about)}
            self.fetched += 1
        self.seen = collection["totalItems"]

    def differs(self) -> set[str]:
        """What is only here or only in the dump, of all that is said about entities, claims and evidence."""
        dump = gzip.decompress(self.client.get("/dump/legenda.nq.gz").data)
        quads = ox.parse(dump, ox.RdfFormat.N_QUADS)
        whole = {line for line in (str(quad.triple) for quad in quads) if line.startswith(f"<{BASE}id/")}
        return whole ^ set().union(*self.copies.values())


def test_a_crawler_that_keeps_up_has_the_graph_of_the_dump_after_every_publish(quick_folder: Path) -> None:
    folder = quick_folder / "crawled"
    folder.mkdir()
    api_store.build(folder)
    crawler = Crawler(create_app(folder / "store").test_client())
    crawler.catch_up()
    assert len(crawler.copies) > 15 and not crawler.differs()
    plates = api_store.illustrations(folder / "pictures")
    first = Source("duerer", "Dürer", "Hermann Knackfuß", "1898", "de", "CC0")
    turns = (  # an update and a create; deletes; what was deleted comes back
        ((first, Source("neu", "Nachtrag")), plates),
        ((first,), plates[:3]),
        ((first, Source("kunst & künstler", "Kunst & Künstler", "", "1903", "de")), plates),
    )
    for number, (sources, kept) in enumerate(turns):
        fetched = crawler.fetched
        with open_store(folder / "store") as live:
            live.put_corpus(Corpus("sample", sources, kept))
            for name, claims in api_store.claims(kept).items():
                live.put_run(api_store.run(name, f"digest {number}"), claims, f"key {number}")
            live.derive_current()
            snapshots.publish(live, force=True)
        crawler.catch_up()
        assert not crawler.differs(), number
        assert {iri.rsplit("/", 1)[-1] for iri in crawler.copies if "/id/source/" in iri} == {
            quote(source.id, safe="") for source in sources
        }
        assert crawler.fetched - fetched < len(crawler.copies), "what did not change was fetched again"
