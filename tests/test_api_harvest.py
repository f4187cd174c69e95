"""Those who copy: VoID, dumps, sitemaps, IIIF manifests, OAI-PMH and reconciliation of a small real store."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from api.app import create_app

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"


@pytest.fixture(scope="module")
def client(served_store: Path) -> FlaskClient:
    return create_app(served_store, email="oai@example.org").test_client()


def oai(client: FlaskClient, **arguments: str) -> ElementTree.Element:
    answer = client.get("/oai", query_string=arguments)
    assert answer.status_code == 200 and answer.mimetype == "text/xml"
    return ElementTree.fromstring(answer.data)


def test_the_dataset_describes_itself_where_harvesters_look(client: FlaskClient) -> None:
    answer = client.get("/.well-known/void")
    found = {str(t.predicate): t.object for t in ox.parse(answer.data, ox.RdfFormat.TURTLE)}
    assert "<http://rdfs.org/ns/void#sparqlEndpoint>" in found
    assert "<http://rdfs.org/ns/void#dataDump>" in found


def test_dumps_hold_the_whole_graph_and_have_checksums_ranges_and_dates(client: FlaskClient) -> None:
    listed = dict(reversed(line.split()) for line in client.get("/dump/").text.splitlines())
    dump = client.get("/dump/legenda.nq.gz")
    assert hashlib.sha256(dump.data).hexdigest() == listed["legenda.nq.gz"]
    quads = list(ox.parse(gzip.decompress(dump.data), ox.RdfFormat.N_QUADS))
    count = client.get("/sparql", query_string={"query": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"})
    assert len(quads) == int(count.json["results"]["bindings"][0]["n"]["value"])  # type: ignore[index]
    part = client.get("/dump/legenda.nq.gz", headers={"Range": "bytes=0-1"})
    assert part.status_code == 206 and part.data == b"\x1f\x8b"
    again = client.get("/dump/legenda.nq.gz", headers={"If-Modified-Since": dump.headers["Last-Modified"]})
    assert again.status_code == 304
    assert client.get("/dump/passwd").status_code == 404


def test_the_sitemap_leads_to_every_plate_and_each_address_answers(client: FlaskClient) -> None:
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    index = ElementTree.fromstring(client.get("/sitemap.xml").data)
    (part,) = [loc.text or "" for loc in index.iter(f"{space}loc")]
    pages = ElementTree.fromstring(client.get(part.removeprefix("http://localhost")).data)
    addresses = [loc.text or "" for loc in pages.iter(f"{space}loc")]
    assert len(addresses) == 10
    for address in addresses:
        assert client.get(address.removeprefix("http://localhost")).status_code == 200
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").text


def test_a_source_has_a_manifest_with_its_plates_and_their_annotations(client: FlaskClient) -> None:
    made = client.get("/iiif/kunst%20%26%20k%C3%BCnstler/manifest.json").get_json(force=True)
    assert made["type"] == "Manifest" and len(made["items"]) == 4
    canvas = made["items"][0]
    assert (canvas["width"], canvas["height"]) == (600, 400)
    body = canvas["items"][0]["items"][0]["body"]
    assert client.get(body["id"].removeprefix("http://localhost")).mimetype == body["format"]
    page = client.get(canvas["annotations"][0]["id"].removeprefix("http://localhost")).get_json(force=True)
    values = [item["body"]["value"] for item in page["items"]]
    assert any("graphic" in value and "93 %" in value for value in values)
    assert not any("photograph" in value for value in values)  # a runner-up does not stand
    assert client.get("/iiif/nothing/manifest.json").status_code == 404


def test_oai_pmh_gives_every_record_in_parts_and_by_source(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.oai._PART", 3)
    assert oai(client, verb="Identify").find(f"{OAI}Identify") is not None
    seen = []
    answer = oai(client, verb="ListRecords", metadataPrefix="oai_dc")
    while True:
        seen += [header.findtext(f"{OAI}identifier") for header in answer.iter(f"{OAI}header")]
        token = answer.find(f".//{OAI}resumptionToken")
        if token is None or not token.text:
            break
        answer = oai(client, verb="ListRecords", resumptionToken=token.text)
    assert len(seen) == len(set(seen)) == 8
    sets = [s.text for s in oai(client, verb="ListSets").iter(f"{OAI}setSpec")]
    one = oai(client, verb="ListIdentifiers", metadataPrefix="oai_dc", set=sets[0] or "")
    assert 0 < len(list(one.iter(f"{OAI}header"))) <= 4
    record = oai(client, verb="GetRecord", metadataPrefix="oai_dc", identifier=seen[0] or "")
    assert record.findtext(f".//{DC}creator") and record.findtext(f".//{DC}date") == "1897"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "Nonsense"}, "badVerb"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "Identify", "x": "1"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "marc"}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "yesterday"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2999-01-01"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "none"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "resumptionToken": "../../x|1|"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": ""}, "badResumptionToken"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "\x01"}, "noRecordsMatch"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "<x>"}, "idDoesNotExist"),
    ],
)
def test_oai_pmh_says_what_is_wrong_in_its_own_words(
    client: FlaskClient, arguments: dict[str, str], code: str
) -> None:
    error = oai(client, **arguments).find(f"{OAI}error")
    assert error is not None and error.get("code") == code


def test_oai_pmh_gives_the_europeana_data_model_too(client: FlaskClient) -> None:
    identifier = "http://localhost:8000/id/illustration/duerer/p1"
    answer = oai(client, verb="GetRecord", metadataPrefix="edm", identifier=identifier)
    record = answer.find(f".//{OAI}metadata")
    assert record is not None
    triples = list(ox.parse(ElementTree.tostring(record[0]), ox.RdfFormat.RDF_XML))
    kinds = {str(t.object).rsplit("/", 1)[-1] for t in triples if str(t.predicate).endswith("#type>")}
    assert {"ProvidedCHO>", "Aggregation>", "WebResource>", "Agent>"} <= kinds
    assert len(list(ElementTree.fromstring(client.get("/oai?verb=ListMetadataFormats").data)[-1])) == 2


def test_without_an_address_to_write_to_there_is_no_oai_pmh(served_store: Path) -> None:
    answer = create_app(served_store).test_client().get("/oai?verb=Identify")
    assert answer.status_code == 404 and "LEGENDA_EMAIL" in answer.text


def test_names_are_reconciled_and_columns_extended(client: FlaskClient) -> None:
    manifest = client.get("/reconcile").get_json()
    assert manifest["versions"] == ["0.2"] and manifest["identifierSpace"].endswith("/id/")
    queries = {
        "q0": {"query": "Albrecht Dürer", "type": "artist"},
        "q1": {"query": "Durer, Albrecht"},
        "q2": {"query": "Melencolia I", "type": "artist"},
        "q3": {"query": ""},
    }
    result = client.post("/reconcile", data={"queries": json.dumps(queries)}).get_json()
    first = result["q0"]["result"][0]
    assert (first["id"], first["match"], first["type"][0]["id"]) == ("artist/Q5580", True, "artist")
    assert result["q1"]["result"][0]["id"] == "artist/Q5580"
    assert not any(c["match"] for c in result["q2"]["result"])
    assert result["q3"]["result"] == []
    asked = {"ids": ["artist/Q5580"], "properties": [{"id": "born"}, {"id": "plates"}]}
    rows = client.post("/reconcile", data={"extend": json.dumps(asked)}).get_json()["rows"]
    assert rows["artist/Q5580"] == {"born": [{"str": "1471"}], "plates": [{"int": 3}]}
    preview = client.get("/reconcile/preview?id=artist/Q5580")
    assert preview.status_code == 200 and "Dürer" in preview.text
    suggested = client.get("/reconcile/suggest/entity?prefix=melencol").get_json()["result"]
    assert suggested[0]["id"] == "artwork/Q470606"
    short = client.get("/reconcile/suggest/entity?prefix=d%C3%BC").get_json()["result"]
    assert "artist/Q5580" in {one["id"] for one in short}
    for kind in ("type", "property"):
        listed = client.get(f"/reconcile/suggest/{kind}?prefix=a").get_json()["result"]
        assert listed and all(set(one) == {"id", "name"} for one in listed)
    proposed = client.get("/reconcile/properties?type=artist").get_json()
    assert proposed["type"] == "artist" and {"id": "born", "name": "Born"} in proposed["properties"]
    unknown = {"ids": ["nobody"], "properties": [{"id": "born"}, {"id": "shoe size"}]}
    answer = client.post("/reconcile", data={"extend": json.dumps(unknown)}).get_json()
    assert answer["rows"] == {"nobody": {"born": [], "shoe size": []}}
    assert [m["id"] for m in answer["meta"]] == ["born", "shoe size"]
    given = {
        "query": "Albrecht Dürer",
        "properties": [{"pid": "born", "v": "1471"}, {"pid": "died", "v": 1600}],
    }
    scored = client.post("/reconcile", data={"queries": json.dumps({"q": given})}).get_json()["q"]["result"][
        0
    ]
    assert scored["features"] == [{"id": "born", "value": 100.0}, {"id": "died", "value": 0.0}]
    assert scored["score"] == 85.0 and scored["match"] is False
    for broken in ("nonsense", "[]", '{"q0": 3}', "[" * 100_000):
        assert client.post("/reconcile", data={"queries": broken}).status_code == 400
