"""The stage `duplicates`: one plate printed twice is claimed both ways, look-alikes are not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from enrich import registry
from enrich.settings import Settings
from kg.nouns import Claim, Illustration
from vision.duplicates import DuplicateConfig, DuplicateEnricher, likely
from vision.embeddings import Embeddings
from vision.encoders import load


def plate(seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    picture = Image.new("RGB", (360, 260), "white")
    pen = ImageDraw.Draw(picture)
    for _ in range(80):
        x, y, w, h = (int(v) for v in random.integers(0, 1 << 16, 4) % (340, 240, 80, 60))
        shade = int(random.integers(0, 255))
        (pen.ellipse if random.random() < 0.4 else pen.rectangle)(
            (x, y, x + w + 4, y + h + 4), fill=(shade,) * 3
        )
    return picture


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Illustration], Embeddings]:
    folder = tmp_path_factory.mktemp("plates")
    first = plate(1)
    made = {
        "a/first": first,
        "b/reprint": first.resize((250, 190)).rotate(1.5, fillcolor="white"),
        "b/same-file": first,
        "c/reversed": first.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        "c/other": plate(2),
        "c/another": plate(3),
    }
    found = []
    for key, picture in made.items():
        source, name = key.split("/")
        path = folder / f"{name}.png"
        picture.save(path)
        found.append(Illustration(source, name, path, hashlib.sha256(path.read_bytes()).hexdigest()))
    vectors = Embeddings(folder / "vectors", load())
    assert list(vectors.ensure(found)) == []
    return found, vectors


def test_printings_of_one_plate_are_claimed_both_ways_and_look_alikes_are_not(
    corpus: tuple[list[Illustration], Embeddings],
) -> None:
    pictures, vectors = corpus
    claims = list(DuplicateEnricher(DuplicateConfig(), vectors).claims(pictures))
    said = {(c.illustration, c.value.id): c for c in claims if isinstance(c, Claim)}
    one = {"a/first", "b/reprint", "b/same-file", "c/reversed"}
    assert set(said) == {(a, b) for a in one for b in one if a != b}
    assert said["a/first", "b/same-file"].confidence == 1.0
    reprint = said["b/reprint", "a/first"]
    assert reprint.property == "nearDuplicate" and reprint.value.kind == "illustration"
    assert reprint.confidence == said["a/first", "b/reprint"].confidence > 0.9
    assert [e.kind for e in reprint.evidence] == ["image", "neighbour"]
    assert "details lie on each other" in reprint.evidence[0].text
    assert "reversed" in said["a/first", "c/reversed"].evidence[0].text
    assert list(DuplicateEnricher(DuplicateConfig(), vectors).claims(pictures[::-1])) == claims
    plain = DuplicateEnricher(DuplicateConfig(mirrored=False), vectors).claims(pictures)
    assert ("a/first", "c/reversed") not in {
        (c.illustration, c.value.id) for c in plain if isinstance(c, Claim)
    }


def test_a_picture_whose_file_has_gone_is_in_no_pair(corpus: tuple[list[Illustration], Embeddings]) -> None:
    pictures, vectors = corpus
    gone = Illustration("z", "gone", Path("/nowhere/x.png"), pictures[1].image_digest)
    claims = list(DuplicateEnricher(DuplicateConfig(), vectors).claims([pictures[0], gone]))
    assert claims == []
    assert len(likely(np.zeros((0, 4), np.float32), DuplicateConfig())) == 0


def test_the_stage_is_one_of_the_pipelines() -> None:
    stage = next(s for s in registry.STAGES if s.name == "duplicates")
    registry.check((stage,), Settings(stages={"duplicates": {"neighbours": 3}}))
