"""The map's server side: its pack, questions, exports, groups; and stores with nothing, little or odd things
in them.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import map_store
import numpy as np
import pytest
from PIL import Image

from api import tokens
from api.app import create_app
from api.map_find import bits
from api.map_places import apart, cells, islands
from enrich import mapfiles
from kg import positions, snapshots
from kg.atlases import Atlases, levels
from kg.media import Media
from kg.store import open_store
from vision import encoders
from vision.embeddings import Embeddings


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return map_store.build(tmp_path_factory.mktemp("map"), 40)


@pytest.fixture(scope="module")
def client(store: Path) -> Any:
    return create_app(store).test_client()


def columns(client: Any) -> tuple[dict[str, Any], bytes]:
    manifest = client.get("/map/manifest.json").json
    return manifest, gzip.decompress(client.get(f"/map/pack/{manifest['plates']}").data)


def test_the_page_without_javascript_is_a_list_that_can_be_searched_and_narrowed(client: Any) -> None:
    whole = client.get("/map").text
    assert whole.count('<li>\n    <a href="/page/illustration/') == 40
    narrowed = client.get("/map?q=Dom&category=graphic&years=1890-1894").text
    assert 0 < narrowed.count('<li>\n    <a href="/page/illustration/') < 20
    assert "Stilleben" not in narrowed.split("map-plates")[1]


def test_all_pictures_have_a_cell_of_their_own_and_files_that_never_change(client: Any) -> None:
    manifest, raw = columns(client)
    assert manifest["count"] == 40 and manifest["years"] == [1890, 1898]
    x, y = np.frombuffer(raw, "<u2", 40), np.frombuffer(raw, "<u2", 40, 80)
    assert len(set(zip(x.tolist(), y.tolist(), strict=True))) == 40
    names = [
        manifest["plates"],
        *(f["file"] for f in manifest["facets"]),
        *(f["labels"] for f in manifest["facets"]),
    ]
    for name in names:
        answer = client.get(f"/map/pack/{name}")
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"], name
    sheet = client.get(f"/map/sheets/{manifest['levels'][0]['sheets'][0]}.jpg")
    with Image.open(io.BytesIO(sheet.data)) as image:
        assert image.width == manifest["levels"][0]["side"] * manifest["levels"][0]["columns"]
    for wrong in ("manifest.json", "plates.npy", "..%2Fsnapshot.json", "x.gz"):
        assert client.get(f"/map/pack/{wrong}").status_code == 404


def test_names_come_in_blocks_with_arabic_and_chinese_as_they_are(client: Any) -> None:
    manifest, _ = columns(client)
    block = client.get(f"/map/plates/{manifest['version']}/0.json").json
    assert len(block) == 40 and any("漢字 مدينة" in label for _, label, *_ in block)
    for path, _, _, digest, source, year in block:
        assert client.get(f"/page/illustration/{path}").status_code == 200
        assert len(digest) in (0, 64) and source.startswith("Buch") and year in {"1890", "1894", "1898"}
    assert sum(not digest for _, _, _, digest, *_ in block) == 4  # their files are gone
    assert client.get("/map/plates/other/0.json").status_code == 404
    artist = next(f for f in manifest["facets"] if f["name"] == "artist")
    names = gzip.decompress(client.get(f"/map/pack/{artist['labels']}").data).decode()
    assert "كمال الدين بهزاد" in names and "郎世寧" in names


def test_the_same_question_gives_the_same_pictures_as_list_table_and_sparql(client: Any) -> None:
    asked = "q=Krug&category=reproduction&years=1890-1894&sure=60"
    rows = list(csv.DictReader(io.StringIO(client.get(f"/map/export.csv?{asked}").text)))
    assert rows and all(
        "Krug" in row["caption"] and row["category"] == "reproduction of a painting" for row in rows
    )
    assert {row["year"] for row in rows} <= {"1890", "1894"}
    query = client.get(f"/map/sparql?{asked}").text
    answer = client.get(
        "/sparql", query_string={"query": query}, headers={"Accept": "application/sparql-results+json"}
    )
    found = {row["plate"]["value"] for row in answer.json["results"]["bindings"]}
    assert found == {row["iri"] for row in rows}
    assert client.get("/map/export.csv?category=graphic&sure=60").text.count("\n") == 1  # sure of 0.55 only
    nodes = client.get(f"/map/export.jsonld?{asked}").json["@graph"]
    assert {node["id"] for node in nodes} == found
    manifest = client.get(f"/map/export.json?{asked}").json
    assert manifest["type"] == "Manifest" and len(manifest["items"]) == len(rows)


def test_words_are_answered_with_the_best_in_order_and_all_as_a_set(client: Any) -> None:
    answer = client.get("/map/find?q=stilleben").json
    assert answer["total"] == 20 == len(answer["ranked"])
    assert client.get("/map/find?q=zzz").json == {
        "ranked": [],
        "all": bits(np.array([], int), 40),
        "total": 0,
    }


def test_a_set_drawn_by_hand_is_exported_and_one_of_another_map_refused(client: Any) -> None:
    drawn = bits(np.array([0, 5, 7]), 40)
    assert client.post("/map/export.csv", data={"plates": drawn}).text.count("\n") == 4
    query = client.post("/map/sparql", data={"plates": drawn}).text
    assert query.count("/id/illustration/") == 3
    for wrong in ("AA==", "***"):
        assert client.post("/map/export.csv", data={"plates": wrong}).status_code == 400


def test_a_zip_holds_the_pictures_that_are_there_and_stops_at_its_limit(client: Any, store: Path) -> None:
    answer = client.get("/map/export.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert names[0] == "pictures.csv" and len(names) == 1 + 36  # four files are gone
    assert not any(".." in name or name.startswith("/") for name in names)
    small = create_app(store, zip_size=2000).test_client().get("/map/export.zip")
    assert small.status_code == 413 and "choose fewer" in small.text


def test_a_picture_brought_along_finds_itself_and_must_be_one_of_bearable_size(tmp_path: Path) -> None:
    store = map_store.build(tmp_path, 9, vectors=True)
    client = create_app(store, picture_pixels=100_000).test_client()
    manifest, _ = columns(client)
    block = client.get(f"/map/plates/{manifest['version']}/0.json").json

    def look(content: bytes) -> Any:
        sent = {"picture": (io.BytesIO(content), "x.png")}
        return client.post("/map/look", data=sent, headers={"Accept": "text/plain"})

    own = (tmp_path / "pictures" / "4.png").read_bytes()
    found = look(own).json["ranked"]
    assert len(found) == 9 and block[found[0]][0].endswith("/p4")
    alike = client.get(f"/map/like?like={quote(block[found[0]][0])}").json["ranked"]
    assert alike[0] == found[0] and set(alike[:4]) == set(found[:4])
    out = io.BytesIO()
    Image.new("L", (400, 400)).save(out, "PNG")
    assert look(out.getvalue()).status_code == 413
    for wrong in (b"", b"no picture", own[:60], b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
        answer = look(wrong)
        assert answer.status_code == 400 and "no picture that can be looked at" in answer.text
    assert client.post("/map/look").status_code == 400
    assert client.get("/map/like?like=book%200/nothing").status_code == 404


def test_a_group_is_kept_with_its_author_and_shown_on_map_and_page(tmp_path: Path) -> None:
    store = map_store.build(tmp_path, 6)
    client = create_app(store).test_client()
    members = bits(np.array([1, 4]), 6)
    assert client.post("/map/groups", json={"name": "x", "plates": members}).status_code == 401
    reader = {"Authorization": "Bearer " + tokens.create(store, "reader", "read")}
    assert (
        client.post("/map/groups", json={"name": "x", "plates": members}, headers=reader).status_code == 401
    )
    token = {"Authorization": "Bearer " + tokens.create(store, "Anna", "review", "0000-0002-1825-0097")}
    for wrong in (
        {"name": " ", "plates": members},
        {"name": "x", "plates": ""},
        {"name": "x", "illustrations": ["urn:x"]},
        [],
    ):
        assert client.post("/map/groups", json=wrong, headers=token).status_code == 400
    made = client.post(
        "/map/groups", json={"name": "Nächte <b>", "note": "dunkel", "plates": members}, headers=token
    )
    assert made.status_code == 201 and made.json["members"] == 2
    page = client.get(made.json["page"])
    assert page.status_code == 200 and "Nächte &lt;b&gt;" in page.text
    facet = next(f for f in client.get("/map/manifest.json").json["facets"] if f["name"] == "group")
    listed = json.loads(gzip.decompress(client.get(f"/map/pack/{facet['labels']}").data))
    assert listed[0][1:] == [2, {"": "Nächte <b>"}]
    rows = client.get(f"/map/export.csv?group={quote(listed[0][0])}").text
    assert rows.count("\n") == 3
    query = (
        "PREFIX lg: <https://w3id.org/legenda/ns#> PREFIX prov: <http://www.w3.org/ns/prov#> "
        "SELECT ?who ?when (COUNT(?m) AS ?n) { ?g a lg:Group ; prov:wasAttributedTo ?who ; "
        "prov:generatedAtTime ?when ; lg:member ?m } GROUP BY ?who ?when"
    )
    row = client.get("/sparql", query_string={"query": query, "format": "json"}).json["results"]["bindings"][
        0
    ]
    assert row["who"]["value"] == "https://orcid.org/0000-0002-1825-0097" and row["n"]["value"] == "2"
    with open_store(store) as live:
        from kg import shapes

        assert not list(shapes.check(live.query))


@pytest.mark.parametrize(
    ("count", "given"),
    [(0, {}), (1, {}), (3, {}), (12, {"same": True}), (12, {"clusters": False}), (30, {"facets": 5000})],
)
def test_odd_stores_have_a_map_too(tmp_path: Path, count: int, given: dict[str, Any]) -> None:
    client = create_app(map_store.build(tmp_path, count, **given)).test_client()
    assert client.get("/map").status_code == 200
    manifest, raw = columns(client)
    assert manifest["count"] == count and len(raw) == count * 12
    for facet in manifest["facets"]:
        assert client.get(f"/map/pack/{facet['file']}").status_code == 200
    if given.get("facets"):
        assert next(f for f in manifest["facets"] if f["name"] == "descriptor")["values"] == 5000
    if given.get("same"):
        places = np.frombuffer(raw, "<u2", 2 * count).reshape(2, -1).T
        assert len({tuple(place) for place in places.tolist()}) == count


def test_a_crowd_of_twenty_thousand_pictures_is_taken_apart_and_neighbours_stay_near() -> None:
    rng = np.random.default_rng(1)
    crowd = np.clip(rng.normal(0.5, 0.01, (20_000, 2)), 0, 1)
    spread = apart(crowd)
    assert len(np.unique((spread * cells(20_000)).round(3), axis=0)) == 20_000
    left, right = crowd[:, 0] < 0.49, crowd[:, 0] > 0.51
    assert spread[left, 0].mean() < spread[right, 0].mean() - 0.1
    assert islands(np.full((4, 2), 0.5), np.array([0, 0, 1, 2])).max() <= 1.0


def test_pictures_of_several_corpora_share_one_map_and_a_torn_file_is_made_anew(tmp_path: Path) -> None:
    store = map_store.build(tmp_path, 9, vectors=True)
    vectors = Embeddings(store / "cache" / "embeddings", encoders.load(map_store.ENCODER))
    mapfiles.prepare(store, vectors, corpora=1)
    assert positions.key(store) == ""
    mapfiles.prepare(store, vectors, corpora=2)
    digests = Media(store).digests()
    kept = positions.joint(store, [*digests, ""])
    assert kept is not None and kept[1].tolist() == [True] * 9 + [False]
    assert positions.joint(store, digests + ["0" * 64] * 3) is None  # too many it knows nothing of
    made = positions.key(store)
    (store / "media" / "positions.npz").write_bytes(b"PK torn")
    assert (
        positions.joint(store, digests) is None
        and create_app(store).test_client().get("/map").status_code == 200
    )
    mapfiles.prepare(store, vectors, corpora=2)
    assert positions.key(store) == made


def test_a_new_picture_costs_one_tile_and_only_the_sheets_that_show_it(tmp_path: Path) -> None:
    store = map_store.build(tmp_path, 30)
    client = create_app(store).test_client()
    before = client.get("/map/manifest.json").json["levels"]
    atlases = Atlases(store)
    digests = [row["digest"] for row in create_app(store).extensions["legenda"].dataset().index.plates(50)]
    done: list[int] = []
    assert atlases.ensure(digests, done.append) == 3  # files that are gone, asked for again
    assert done == [27, 3]
    level = levels(30)[0]
    assert atlases.sheets(digests, level) == atlases.sheets(digests, level)
    assert atlases.sheets(digests[:20], level) != atlases.sheets(digests, level)
    assert all(atlases.sheet(name).is_file() for each in before for name in each["sheets"])


def test_who_began_to_load_a_map_goes_on_while_a_new_snapshot_is_published(tmp_path: Path) -> None:
    store = map_store.build(tmp_path, 12)
    client = create_app(store).test_client()
    began = {f[k] for f in client.get("/map/manifest.json").json["facets"] for k in ("file", "labels")}
    with open_store(store) as live:
        live.derive_current({"category": 0.99, "cluster": 0.99})
        snapshots.publish(live)
    client = create_app(store).test_client()
    now = {f[k] for f in client.get("/map/manifest.json").json["facets"] for k in ("file", "labels")}
    assert began - now
    assert {client.get(f"/map/pack/{name}").status_code for name in began | now} == {200}
    for unknown in ("manifest.json", "plates.npy", "category-0000000000000000.gz"):
        assert client.get(f"/map/pack/{unknown}").status_code == 404
