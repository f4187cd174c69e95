"""Clients that are not ours, over HTTP: an OAI-PMH harvester, a IIIF library, a validator of JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import api_reconcile_schemas as schemas
import httpx
import pytest
from iiif_prezi3 import AnnotationPage, Manifest
from jsonschema import Draft202012Validator
from oaipmh_scythe import CannotDisseminateFormat, NoRecordsMatch, Scythe
from werkzeug.serving import make_server

from api.app import create_app


@pytest.fixture(scope="module")
def address(served_store: Path) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(served_store, email="oai@example.org"), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("prefix", ["oai_dc", "edm"])
def test_a_harvester_brings_every_record_in_parts(
    address: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.oai._PART", 3)
    asked: list[str] = []
    with Scythe(f"{address}/oai") as harvester:
        harvester.client.event_hooks["request"].append(lambda request: asked.append(str(request.url)))
        records = list(harvester.list_records(metadata_prefix=prefix))
        identifiers = list(harvester.list_identifiers(metadata_prefix=prefix))
    assert sum("resumptionToken" in url for url in asked) == 4  # two lists of eight, three at a time
    assert [r.header.identifier for r in records] == [h.identifier for h in identifiers]
    assert len({r.header.identifier for r in records}) == 8
    assert all(r.xml.find(".//{*}metadata")[0] is not None for r in records)
    if prefix == "oai_dc":
        assert all(record.metadata["title"] and record.metadata["identifier"] for record in records)


def test_a_harvester_reads_who_we_are_our_sets_and_our_refusals(address: str) -> None:
    with Scythe(f"{address}/oai") as harvester:
        who = harvester.identify()
        assert (who.repositoryName, who.protocolVersion, who.adminEmail) == (
            "Legenda",
            "2.0",
            "oai@example.org",
        )
        prefixes = {each.metadataPrefix for each in harvester.list_metadata_formats()}
        assert prefixes == {"oai_dc", "edm"}
        parts = [len(list(harvester.list_records(set_=each.setSpec))) for each in harvester.list_sets()]
        assert sum(parts) == 8 and len(parts) == 2
        with pytest.raises(CannotDisseminateFormat):
            list(harvester.list_records(metadata_prefix="marc21"))
        with pytest.raises(NoRecordsMatch):
            list(harvester.list_records(from_="2999-01-01"))
        one = next(iter(harvester.list_identifiers()))
        assert harvester.get_record(identifier=one.identifier).header.identifier == one.identifier


def test_a_iiif_library_reads_manifests_and_annotation_pages(address: str) -> None:
    listed = httpx.get(f"{address}/changes/1").json()["orderedItems"]
    manifests = [a["object"]["id"] for a in listed if a["object"]["type"] == "Manifest"]
    assert len(manifests) == 2
    notes = 0
    for url in manifests:
        manifest = Manifest.model_validate_json(httpx.get(url).content)
        assert manifest.id == url and len(manifest.items) == 4
        for canvas in manifest.items:
            for page in canvas.items:
                assert page.items[0].body.height == canvas.height
            for reference in canvas.annotations:
                page = AnnotationPage.model_validate_json(httpx.get(reference.id).content)
                assert page.id == reference.id
                notes += len(page.items)
    assert notes >= 8


def test_reconciliation_answers_have_the_form_of_the_specification(address: str) -> None:
    def check(schema: dict[str, Any], path: str, **form: str) -> Any:
        answer = httpx.post(address + path, data=form) if form else httpx.get(address + path)
        content = answer.json()
        errors = [error.message for error in Draft202012Validator(schema).iter_errors(content)]
        assert not errors, (path, errors)
        return content

    manifest = check(schemas.MANIFEST, "/reconcile")
    queries = {
        "q0": {"query": "Albrecht Dürer", "type": "artist", "limit": 3, "type_strict": "should"},
        "q1": {"query": "Dürer", "type": ["artist"], "properties": [{"pid": "born", "v": "1471"}]},
        "q2": {"query": "nobody of that name"},
        "q3": {"properties": [{"pid": "creator", "v": {"id": "artist/Q5580", "name": "x"}}]},
        "q4": {"query": "artwork/Q470606"},
        "q5": {"query": "http://www.wikidata.org/entity/Q5580"},
        "q6": {"properties": [{"pid": "born", "v": ["1471", 1472, True]}, {"pid": "died", "v": 1528}]},
    }
    found = check(schemas.RESULTS, "/reconcile", queries=json.dumps(queries))
    best = {name: [(c["id"], c["match"]) for c in answer["result"][:1]] for name, answer in found.items()}
    artist, work = [("artist/Q5580", True)], [("artwork/Q470606", True)]
    assert best["q0"] == artist and best["q2"] == [] and best["q5"] == artist and best["q6"] == artist
    assert best["q3"] == work and best["q4"] == work
    assert found["q1"]["result"][0]["features"] == [{"id": "born", "value": 100.0}]
    assert found["q0"]["result"][0]["description"] == "1471–1528"
    for answer in found.values():
        scores = [one["score"] for one in answer["result"]]
        assert scores == sorted(scores, reverse=True)
    assert httpx.get(f"{address}/reconcile", params={"queries": json.dumps(queries)}).json() == found
    for kind, service in manifest["suggest"].items():
        suggested = check(schemas.SUGGESTED[kind], service["service_path"] + "?prefix=a")["result"]
        assert suggested, kind
        more = check(schemas.SUGGESTED[kind], service["service_path"] + "?prefix=a&cursor=1")["result"]
        assert more == suggested[1:], kind
        assert check(schemas.SUGGESTED[kind], service["service_path"] + "?prefix=qwertz")["result"] == []
    by_id = check(schemas.SUGGESTED["entity"], "/reconcile/suggest/entity?prefix=artist/Q5580")["result"]
    assert by_id[0]["id"] == "artist/Q5580" and by_id[0]["notable"][0]["id"] == "artist"
    propose = manifest["extend"]["propose_properties"]["service_path"]
    proposed = check(schemas.PROPOSED, propose + "?type=artwork")
    assert len(check(schemas.PROPOSED, propose + "?type=artwork&limit=2")["properties"]) == 2
    names = [{"id": one["id"]} for one in proposed["properties"]]
    ids = [*{one["id"] for answer in found.values() for one in answer["result"]}, "nothing"]
    rows = check(schemas.EXTENDED, "/reconcile", extend=json.dumps({"ids": ids, "properties": names}))["rows"]
    assert set(rows) == set(ids) and rows["artwork/Q470606"]["creator"][0]["id"] == "artist/Q5580"
    # Clients encode an identifier as one component of an address.
    for odd in ("artist/Q5580", "illustration/kunst%20%26%20k%C3%BCnstler/Tafel%202%2F%C3%A4"):
        whole = quote(odd, safe="")
        page = httpx.get(manifest["preview"]["url"].replace("{{id}}", whole))
        assert page.headers["Content-Type"].startswith("text/html") and "Albrecht" in page.text
        view = httpx.get(manifest["view"]["url"].replace("{{id}}", whole), follow_redirects=True)
        assert view.status_code == 200 and view.url.raw_path.decode().endswith("/page/" + odd)
    too_many = {str(n): {"query": "a"} for n in range(manifest["batchSize"] + 1)}
    refused = httpx.post(f"{address}/reconcile", data={"queries": json.dumps(too_many)})
    assert refused.status_code == 413 and refused.headers["Access-Control-Allow-Origin"] == "*"
