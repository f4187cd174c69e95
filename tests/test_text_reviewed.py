"""Enrich, review, enrich again: the next run learns from reviews of descriptors and overturns none."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from enrich.corpora import Digests, read
from enrich.pipeline import run
from enrich.progress import Silent
from enrich.settings import Settings
from enrich.work import Outcome
from kg import snapshots
from kg.nouns import Entity, Review
from kg.store import open_store

CAPTIONS = {
    **{f"old{n}": f"Das Altarbild der Kirche in Ort {n}" for n in range(5)},
    "new": "Ein Altarbild aus Köln",
    "other": "Der Altar im Dom",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "corpus"
    made.mkdir()
    Image.new("RGB", (8, 8)).save(made / "plate.png")
    (made / "book.json").write_text('{"title": "Altäre", "language": "de"}', encoding="utf-8")
    (made / "words.csv").write_text(
        "id,label@de\naltar,Altar\nchurch,Kirche\npicture,Bild\n", encoding="utf-8"
    )
    write(made, CAPTIONS)
    return made


def write(folder: Path, captions: dict[str, str]) -> None:
    with (folder / "illustrations.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "image", "caption"])
        writer.writerows([own, "plate.png", caption] for own, caption in captions.items())


def enriched(folder: Path, store: Path) -> Outcome:
    settings = Settings(only=("descriptors",), thesaurus=str(folder / "words.csv"))
    with Digests(store / "cache" / "images.sqlite") as digests:
        corpus, faults = read(folder, digests=digests)
        return run(corpus, faults, str(store), settings, digests, Silent())


def reviewed(store: Path, *reviews: tuple[str, str, str]) -> None:
    with open_store(str(store)) as graph:
        for number, (picture, concept, verdict) in enumerate(reviews):
            key, value = f"corpus/{picture}", Entity("descriptor", concept)
            when = f"2026-01-01T00:00:{number:02}+00:00"
            graph.add_review(Review(f"{picture}-{concept}", key, "descriptor", value, verdict, "A", when))  # type: ignore[arg-type]


def asked(store: Path, variables: str, pattern: str) -> set[tuple[str, ...]]:
    """Local names that answer a pattern of the served snapshot, in the order of the variables."""
    snapshot = snapshots.latest(store)
    assert snapshot is not None
    names = "PREFIX lg: <https://w3id.org/legenda/ns#> PREFIX oa: <http://www.w3.org/ns/oa#>"
    rows: Any = snapshot.open().query(f"{names} SELECT {variables} WHERE {{ GRAPH ?g {{ {pattern} }} }}")
    return {tuple(cell.value.rsplit("/", 1)[-1].removeprefix("corpus%2F") for cell in row) for row in rows}


def believed(store: Path) -> set[tuple[str, ...]]:
    return asked(store, "?picture ?concept", "?picture lg:descriptor ?concept")


def confidence(store: Path, picture: str, concept: str) -> float:
    """Of the claim that the last run makes, 0 if it makes none."""
    pattern = "?claim oa:hasTarget ?picture ; oa:hasBody ?concept ; lg:confidence ?sure"
    found = {(p, c): float(sure) for p, c, sure in asked(store, "?picture ?concept ?sure", pattern)}
    return found.get((picture, concept), 0.0)


def test_a_rerun_learns_from_reviews_and_overturns_none(folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    enriched(folder, store)
    assert ("old0", "church") in believed(store) and ("new", "picture") in believed(store)
    before = confidence(store, "new", "picture")
    rejected = [(f"old{n}", "picture", "rejected") for n in range(5)]
    reviewed(store, *rejected, ("other", "church", "accepted"), ("old0", "church", "rejected"))
    again = enriched(folder, store)
    assert again.stages[-1].state == "done"  # what reviewers said makes earlier answers stale
    now = believed(store)
    assert not {(f"old{n}", "picture") for n in range(5)} & now and ("old0", "church") not in now
    assert ("other", "church") in now  # accepted, though no run ever claimed it
    assert confidence(store, "new", "picture") < 0.6 * before  # the same word, on a picture nobody reviewed
    assert ("old1", "church") in now and (
        "other",
        "altar",
    ) in now  # one rejection of five does not spoil a word

    write(folder, {**CAPTIONS, "newest": "Das Altarbild von Ulm"})
    enriched(folder, store)
    assert believed(store) >= now - {("new", "picture")} and confidence(store, "newest", "picture") < 0.5
    assert enriched(folder, store).stages[-1].state != "done"  # and once more there is nothing to do
