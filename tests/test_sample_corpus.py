"""The sample corpus: what it holds, that it is honest about itself, and that drawing is repeatable."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import rdflib
from PIL import Image

from enrich.sample import journal
from enrich.sample.text import articles, choose


def drawn_bytes(plate: journal.Plate, seed: int = 1908) -> bytes:
    out = io.BytesIO()
    journal.picture(plate, seed).save(out, "JPEG", quality=82)
    return out.getvalue()


def plate(name: str) -> journal.Plate:
    return next(p for v in journal.volumes() for p in v.plates if p.drawing == name)


@pytest.fixture(scope="module")
def quick_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole corpus with each picture replaced by a flat one: all files and texts, in a second."""
    folder = tmp_path_factory.mktemp("sample")
    patch = pytest.MonkeyPatch()
    patch.setattr(journal, "picture", lambda plate, seed: Image.new("RGB", (40, 30), "white"))
    journal.write(folder, 1908, lambda done, of: None)
    patch.undo()
    return folder


def tables(folder: Path) -> list[dict[str, str]]:
    out: list[dict[str, str]] = []
    for path in sorted(folder.glob("*/illustrations.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            out += csv.DictReader(file)
    return out


def test_every_drawing_is_printed_exactly_once() -> None:
    printed = Counter(p.drawing for v in journal.volumes() for p in v.plates)
    assert printed == Counter(name for plates in journal.KINDS.values() for name in plates)


def test_all_eight_kinds_and_three_languages_are_there() -> None:
    plates = [p for v in journal.volumes() for p in v.plates]
    kinds = Counter(p.kind for p in plates)
    assert set(kinds) == {
        "reproduction", "graphic", "photography", "object", "architecture", "sculpture", "plan", "ornament",
    }  # fmt: skip
    assert min(kinds.values()) >= 5
    assert min(Counter(p.language for p in plates).values()) >= 15


@pytest.mark.parametrize(
    "name", ["shore", "etching", "street", "goblet", "youth", "castle", "friezes", "gothic"]
)
def test_a_drawing_has_the_same_bytes_each_time_and_is_a_picture(name: str) -> None:
    first, second = drawn_bytes(plate(name)), drawn_bytes(plate(name))
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    image = Image.open(io.BytesIO(first))
    assert image.mode == "RGB" and 380 <= max(image.size) <= 800
    light = np.asarray(image.convert("L"))
    assert light.std() > 20, "nothing is to be seen on it"


def test_another_seed_draws_another_picture() -> None:
    assert drawn_bytes(plate("woodcut"), 1) != drawn_bytes(plate("woodcut"), 2)


def test_the_corpus_says_that_it_is_invented_and_free(quick_corpus: Path) -> None:
    books = sorted(quick_corpus.glob("*/book.json"))
    assert len(books) == 4
    for path in books:
        book = json.loads(path.read_text(encoding="utf-8"))
        assert "CC0" in book["licence"] and "drawn by program code" in book["note"]
        assert any(word in book["title"] for word in ("invented", "erfunden", "imaginaire"))
    assert "do not reproduce" in (quick_corpus / "README.md").read_text(encoding="utf-8")


def test_tables_have_the_canonical_columns_and_their_images(quick_corpus: Path) -> None:
    rows = tables(quick_corpus)
    assert len(rows) == len({r["id"] for r in rows}) == 61
    assert list(rows[0]) == [
        "id", "image", "page", "caption", "alt", "heading", "text_before", "text_after", "language",
    ]  # fmt: skip
    for row in rows:
        assert (quick_corpus / row["id"][:-4] / row["image"]).is_file()
    labels = (quick_corpus / "labels.csv").read_text(encoding="utf-8").splitlines()
    assert len(labels) == 62 and all((quick_corpus / line.split(",")[0]).is_file() for line in labels[1:])


def test_passages_are_80_to_200_words_and_never_the_same(quick_corpus: Path) -> None:
    passages = [f"{r['text_before']} {r['text_after']}" for r in tables(quick_corpus)]
    assert len(set(passages)) == len(passages)
    assert all(80 <= len(p.split()) <= 200 for p in passages)
    assert not any(mark in p for p in passages for mark in "{|}")


def test_pages_rise_within_a_volume(quick_corpus: Path) -> None:
    for path in quick_corpus.glob("*/illustrations.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            pages = [int(r["page"]) for r in csv.DictReader(file)]
        assert pages == sorted(set(pages))


def test_some_captions_are_silent(quick_corpus: Path) -> None:
    assert 1 <= sum(not r["caption"] for r in tables(quick_corpus)) <= 5


def test_the_thesaurus_is_hierarchical_skos_in_three_languages(quick_corpus: Path) -> None:
    skos = rdflib.SKOS
    graph = rdflib.Graph().parse(quick_corpus / "thesaurus.ttl")
    concepts = set(graph.subjects(rdflib.RDF.type, skos.Concept))
    assert len(concepts) >= 40
    for concept in concepts:
        assert {label.language for label in graph.objects(concept, skos.prefLabel)} == {"en", "de", "fr"}  # type: ignore[attr-defined]
        assert (concept, skos.broader, None) in graph or (concept, skos.topConceptOf, None) in graph
    assert set(graph.objects(None, skos.broader)) <= concepts


def test_a_sentence_takes_one_of_its_alternatives() -> None:
    rng = np.random.default_rng(1)
    assert {choose(rng, "a {b|c} d") for _ in range(20)} == {"a b d", "a c d"}
    assert all(len(a.sentences) >= 8 for language in ("de", "fr", "en") for a in articles(language).values())
