"""The strip of look-alikes: nearest first over the whole store, the same work before them, or the cluster."""

from __future__ import annotations

import re
from pathlib import Path

import map_store
import numpy as np
import pytest

from api import lookalikes
from api.app import create_app
from enrich import mapfiles
from kg import likeness
from kg.nouns import Illustration
from vision import encoders
from vision.embeddings import Embeddings


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return map_store.build(tmp_path_factory.mktemp("alike"), 24, vectors=True)


def test_a_page_shows_what_looks_most_like_it_and_how_much(store: Path) -> None:
    before = create_app(store).extensions["legenda"].dataset()
    plates = before.index.plates(50)
    me = plates[4]
    stand_in = lookalikes.of(before, me["iri"], 12, "en")  # nothing was kept yet: its cluster
    assert stand_in == before.index.beside(me["iri"], 12) != []
    vectors = Embeddings(store / "cache" / "embeddings", encoders.load(map_store.ENCODER))
    mapfiles.prepare(store, vectors, corpora=1)
    seen, _ = vectors.look([Illustration("", p["iri"], image_digest=p["digest"]) for p in plates])
    cosines = seen @ seen[4]
    wanted = [plates[n]["iri"] for n in np.argsort(-cosines, kind="stable") if n != 4][:12]

    app = create_app(store)
    found = app.extensions["legenda"].dataset()
    shown = lookalikes.of(found, me["iri"], 12, "de")
    assert {p["iri"] for p in shown[:6]} <= set(wanted[:8])  # half precision may swap two
    near = [float(p["note"].removeprefix("Ähnlichkeit ").replace(",", ".")) for p in shown]
    assert near == sorted(near, reverse=True)
    assert near == pytest.approx(sorted(cosines[[n != 4 for n in range(24)]], reverse=True)[:12], abs=0.01)

    far = min((n for n in range(24) if n != 4), key=lambda n: cosines[n])
    first, second, *_ = lookalikes.of(found, me["iri"], 12, "en", twice=[plates[far]["iri"]])
    assert (first["iri"], first["note"]) == (plates[far]["iri"], "the same work")
    assert second["note"].startswith("likeness 0.")
    path = "/page/" + me["iri"].split("/id/")[1]
    strip = app.test_client().get(path, headers={"Accept": "text/html"}).text.split('class="plates strip"')[1]
    assert len(re.findall(r'class="likeness">(?:likeness 0|1)\.\d\d<', strip)) == 12


def test_likeness_is_found_by_digest_and_an_unreadable_file_is_as_none(tmp_path: Path) -> None:
    digests = [f"{n:064x}" for n in range(5)]
    rows = np.array([[(n + 1) % 5, -1] for n in range(5)])
    likeness.keep(tmp_path, "a" * 64, digests, rows, np.full((5, 2), 0.5))
    table = likeness.opened(tmp_path)
    assert table is not None and likeness.kept(tmp_path, "a" * 64)
    assert [table.of(d) for d in digests] == [[(digests[(n + 1) % 5], 0.5)] for n in range(5)]
    assert table.of("f" * 64) == table.of("") == []
    likeness.keep(tmp_path, "b" * 64, digests[:2], rows[:2] * 0, np.ones((2, 2)))
    assert not likeness.kept(tmp_path, "a" * 64)
    assert table.of(digests[3]) == [(digests[4], 0.5)]  # who has it open goes on reading it
    next((tmp_path / "media").glob("alike-*.npy")).write_bytes(b"torn")
    assert likeness.opened(tmp_path) is None
