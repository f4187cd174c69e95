"""Clusters and the map when a corpus grows: what a curator has linked to stays, in the same store, through
the real pipeline.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from test_enrich_pipeline import enriched

from enrich import registry
from enrich.settings import Settings
from enrich.work import Outcome
from kg import snapshots
from vision import kept
from vision.clusters import ClusterConfig, ClusterEnricher
from vision.embeddings import Embeddings
from vision.encoders import load
from vision.projection import ProjectionConfig, ProjectionEnricher, layout

ROOT = Path(__file__).resolve().parent.parent
LG = "https://w3id.org/legenda/ns#"
STAGES = tuple(s for s in registry.STAGES if s.name in ("clusters", "projection"))
FAMILIES = ("across", "down", "grain", "flat")
Facts = dict[str, tuple[str, ...]]


def draw(path: Path, family: str, number: int) -> None:
    """A small picture of one of four clearly different kinds, no two the same."""
    random = np.random.default_rng([FAMILIES.index(family), number])
    lines = np.arange(64)
    wave = 127 + 120 * np.sin(lines * (0.6 + 0.02 * random.random()) + random.random())
    values = {
        "across": np.repeat(wave[:, None], 64, axis=1),
        "down": np.repeat(wave[None, :], 64, axis=0),
        "grain": random.integers(0, 255, (64, 64)).astype(float),
        "flat": np.full((64, 64), 30.0 + random.integers(0, 40)),
    }[family]
    noise = random.normal(0, 4, (64, 64))
    Image.fromarray(np.clip(values + noise, 0, 255).astype(np.uint8)).convert("RGB").save(path)


def corpus(folder: Path, count: int) -> Path:
    """So many pictures of each family."""
    folder.mkdir(exist_ok=True)
    lines = ["id,image,caption"]
    for family in FAMILIES:
        for number in range(count):
            name = f"{family}{number:02}"
            if not (folder / f"{name}.png").exists():
                draw(folder / f"{name}.png", family, number)
            lines.append(f"{name},{name}.png,A picture of {family}")
    (folder / "illustrations.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small network with weights drawn by lot, which is enough to tell stripes from grain."""
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(5)
    path = tmp_path_factory.mktemp("network") / "small.safetensors"
    save_file(timm.create_model("mobilenetv3_small_050").state_dict(), path)
    return f"timm:mobilenetv3_small_050@{path}"


def looked(folder: Path, store: Path, encoder: str, **clusters: Any) -> Outcome:
    projection = {"fresh": True} if clusters.get("fresh") else {}
    stages = {"clusters": {"regroupings": 1, **clusters}, "projection": projection}
    outcome = enriched(folder, store, STAGES, Settings(encoder=encoder, stages=stages))
    assert not outcome.failed, outcome.faults
    return outcome


def said(store: Path, *properties: str) -> Facts:
    """What the served graph says of each illustration: its believed cluster and its place."""
    snapshot = snapshots.latest(store)
    assert snapshot is not None
    graph, found = snapshot.open(), dict[str, tuple[str, ...]]()
    for name in properties:
        for row in graph.query(
            f"SELECT DISTINCT ?i ?v WHERE {{ GRAPH ?g {{ ?i <{LG}{name}> ?v }} }} ORDER BY ?i ?v"
        ):
            key = row["i"].value.rsplit("/", 1)[-1]
            found[key] = (*found.get(key, ()), row["v"].value)
    return found


def family_clusters(found: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
    return {f: {v for key, values in found.items() if key.startswith(f) for v in values} for f in FAMILIES}


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> tuple[Path, Path, Facts, Facts]:
    """A corpus of forty, enriched, then two of each kind added, enriched again; clusters, places before."""
    folder = tmp_path_factory.mktemp("grown")
    pictures, store = corpus(folder / "shelf", 10), folder / "store"
    looked(pictures, store, encoder)
    before = said(store, "cluster"), said(store, "mapX", "mapY")
    corpus(pictures, 12)
    outcome = looked(pictures, store, encoder)
    assert [s.state for s in outcome.stages] == ["done", "done", "done"]
    assert any("8 pictures were added since all were grouped" in f.reason for f in outcome.faults)
    return pictures, store, *before


def test_pictures_that_are_added_move_no_other_and_find_their_cluster_and_place(
    grown: tuple[Path, Path, Facts, Facts], encoder: str
) -> None:
    pictures, store, clusters, places = grown
    assert len(places) == 40 and len({v for vs in clusters.values() for v in vs}) >= 4
    now, places_now = said(store, "cluster"), said(store, "mapX", "mapY")
    assert len(places_now) == 48
    assert {key: now.get(key) for key in clusters} == clusters
    assert {key: places_now[key] for key in places} == places
    added = set(now) - set(clusters)
    assert len(added) >= 7  # of the eight
    of = family_clusters(clusters)
    for key in added:
        assert now[key][0] in of[key[:-2]], key
        near = min(places, key=lambda k: np.hypot(*np.subtract(*map(floats, (places_now[key], places[k])))))
        assert near[:-2] == key[:-2], (key, near)
    again = looked(pictures, store, encoder)
    assert [s.state for s in again.stages] == ["unchanged"] * 3 and not again.published


def floats(pair: tuple[str, ...]) -> np.ndarray:
    return np.array([float(v) for v in pair])


def test_a_run_that_lost_its_answers_gives_them_again_and_a_new_store_gives_its_own(
    grown: tuple[Path, Path, Facts, Facts], encoder: str, tmp_path: Path
) -> None:
    pictures, store, clusters, _ = grown
    copy = shutil.copytree(store, tmp_path / "copy")
    shutil.rmtree(copy / "cache")  # all but what the arrangement is: as if killed right after it was kept
    looked(pictures, copy, encoder)
    assert said(copy, "cluster", "mapX", "mapY") == said(store, "cluster", "mapX", "mapY")

    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", "from enrich.cli import main; main()", "enrich", str(pictures)]
    command += ["--store", str(tmp_path / "new"), "--set", "clusters.regroupings=1"]
    options = ["--only", "clusters,projection", "--encoder", encoder, "--quiet"]
    done = subprocess.run([*command, *options], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    looked(pictures, copy, encoder, fresh=True)  # as in a new store, in another process
    anew = said(copy, "cluster", "mapX", "mapY")
    assert anew == said(tmp_path / "new", "cluster", "mapX", "mapY")
    assert not {v[0] for v in clusters.values()} & {v[0] for v in anew.values()}


def test_a_corpus_that_more_than_doubles_is_grouped_anew_and_its_clusters_are_recognised(
    grown: tuple[Path, Path, Facts, Facts], encoder: str, tmp_path: Path
) -> None:
    pictures, store, clusters, places = grown
    copy, shelf = shutil.copytree(store, tmp_path / "copy"), shutil.copytree(pictures, tmp_path / "shelf")
    outcome = looked(corpus(shelf, 22), copy, encoder)
    assert not any("were added since" in f.reason for f in outcome.faults)
    now = said(copy, "cluster")
    assert said(copy, "mapX", "mapY")["flat00"] != places["flat00"]  # laid out anew
    kept_ids = {v for vs in now.values() for v in vs} & {v for vs in clusters.values() for v in vs}
    assert len(kept_ids) >= 2
    for identity in kept_ids:
        mine = {k for k, v in clusters.items() if identity in v}
        assert len({k for k in mine if identity in now.get(k, ())}) > len(mine) / 2


def test_claims_say_how_far_a_picture_belongs_and_where_else(
    grown: tuple[Path, Path, Facts, Facts], encoder: str
) -> None:
    _, store, _, _ = grown
    snapshot = snapshots.latest(store)
    assert snapshot is not None
    rows = list(
        snapshot.open().query(
            f"SELECT ?i (SUM(?c) AS ?sum) (MAX(?c) AS ?most) WHERE {{ GRAPH ?g {{"
            f" ?x a <{LG}Claim> ; <{LG}confidence> ?c ;"
            " <http://www.w3.org/ns/oa#hasTarget> ?i ;"
            f" <http://www.cidoc-crm.org/cidoc-crm/P177_assigned_property_of_type> <{LG}cluster> }} }}"
            " GROUP BY ?i"
        )
    )
    assert rows and all(float(row["sum"].value) <= 1.0005 for row in rows)
    assert max(float(row["most"].value) for row in rows) == 0.9999, "sure, but not certain"
    steady = said(store, "steadiness")
    assert steady and all(0 <= float(v[0]) <= 1 for v in steady.values())


def test_a_kept_file_that_cannot_be_read_is_said_and_made_anew(tmp_path: Path, encoder: str) -> None:
    folder = corpus(tmp_path / "shelf", 4)
    from vision.tables import illustration

    items = [illustration(p.stem, p) for p in sorted(folder.glob("*.png"))]
    vectors = Embeddings(tmp_path / "vectors", load(encoder))
    assert list(vectors.ensure(items)) == []
    for path in (tmp_path / "torn.safetensors", tmp_path / "foreign.safetensors"):
        path.write_bytes(b"\x00" * 40 if path.stem == "torn" else foreign())
        clusters = ClusterEnricher(ClusterConfig(regroupings=0), vectors, path)
        notices = [c for c in clusters.claims(items) if not hasattr(c, "illustration")]
        assert "grouped anew" in notices[0].reason  # type: ignore[union-attr]
        assert kept.load(path) is not None
        path.write_bytes(b"\x00" * 40)
        projection = list(ProjectionEnricher(ProjectionConfig(), vectors, path).claims(items))
        assert "laid out anew" in projection[0].reason  # type: ignore[union-attr]


def foreign() -> bytes:
    from safetensors.numpy import save

    return save({"x": np.zeros(3)}, {"format": json.dumps("other")})


def test_of_very_many_pictures_some_are_arranged_and_the_others_lie_among_their_likes(
    tmp_path: Path, encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vision.projection import placed
    from vision.tables import illustration

    folder = corpus(tmp_path / "shelf", 10)
    items = [illustration(p.stem, p) for p in sorted(folder.glob("*.png"))]
    vectors = Embeddings(tmp_path / "vectors", load(encoder))
    assert list(vectors.ensure(items)) == []
    monkeypatch.setattr(kept, "FITTED", 25)
    pictures = kept.digests_of(items)
    places, _ = placed(vectors, pictures, ProjectionConfig(), tmp_path / "map.safetensors")
    again, _ = placed(vectors, pictures, ProjectionConfig(), tmp_path / "map.safetensors")
    assert len(places) == 40 and np.array_equal(places, again)
    family = {i.image_digest.encode(): i.id[:-2] for i in items}
    of = np.array([family[digest] for digest in pictures.tolist()])
    for name in FAMILIES:
        own, other = places[of == name], places[of != name]
        spread = np.linalg.norm(own - np.median(own, axis=0), axis=1)
        assert np.median(spread) < np.median(np.linalg.norm(other - np.median(own, axis=0), axis=1)) / 2
    assert layout(np.zeros((1, 0), np.float32), ProjectionConfig()).tolist() == [[0.5, 0.5]]
