"""A project's own kinds of picture, from a SKOS file and examples to claims; learning from few examples."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw

from kg.nouns import Claim, Illustration, Text
from vision import heads, training
from vision.commands import train
from vision.embeddings import Embeddings
from vision.encoders import load
from vision.enrichers import CategoryConfig, CategoryEnricher
from vision.schemes import skos

SCHEME = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix my: <https://example.org/kinds#> .
my:round a skos:Concept ; skos:notation "1" ;
    skos:prefLabel "Rundes"@de , "round thing"@en ; skos:altLabel "tondo" .
my:straight a skos:Concept ; skos:notation "2" ; skos:prefLabel "Gerades"@de , "straight thing"@en .
my:unused a skos:Concept ; skos:notation "3" ; skos:prefLabel "Nie gebraucht"@de .
"""


@pytest.fixture
def scheme(tmp_path: Path) -> Path:
    path = tmp_path / "kinds.ttl"
    path.write_text(SCHEME, encoding="utf-8")
    return path


def draw(path: Path, round_: bool, seed: int) -> None:
    random = np.random.default_rng(seed)
    picture = Image.new("RGB", (96, 96), (240, 235, 220))
    pen = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y = (int(v) for v in random.integers(0, 60, 2))
        (pen.ellipse if round_ else pen.line)((x, y, x + 30, y + 26), fill="black")
    picture.save(path)


def test_claims_of_a_model_trained_on_an_own_scheme_name_its_concepts(scheme: Path, tmp_path: Path) -> None:
    words = {
        True: ["Rundes", "round thing", "TONDO", "1"],
        False: ["straight", "https://example.org/kinds#straight"],
    }
    items = []
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "label", "group"])
        for number in range(16):
            path = tmp_path / f"{number}.png"
            draw(path, number % 2 == 0, number)
            said = words[number % 2 == 0]
            table.writerow([path.name, said[number // 2 % len(said)], f"book {number // 4}"])
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            items.append(Illustration("b", str(number), path, digest))
    cache = tmp_path / "cache"
    arguments = ["category", str(tmp_path / "labels.csv"), "--out", str(tmp_path / "model")]
    made = CliRunner().invoke(train, [*arguments, "--scheme", str(scheme), "--cache", str(cache)])
    assert made.exit_code == 0, made.output
    scheme.unlink()  # the model carries what it needs
    assert heads.load(tmp_path / "model").labels == ("round", "straight")
    enricher = CategoryEnricher(CategoryConfig(model=str(tmp_path / "model")), Embeddings(cache, load()))
    best: dict[str, Claim] = {}
    for claim in enricher.claims(items):
        assert isinstance(claim, Claim)
        best.setdefault(claim.illustration, claim)
    told = [best[item.key].value for item in items]
    assert [value.id for value in told] == ["round", "straight"] * 8
    assert set(told[0].labels) == {Text("Rundes", "de"), Text("round thing", "en")}
    assert told[1].facts == (("exactMatch", "https://example.org/kinds#straight"),)


def test_a_label_that_the_scheme_does_not_know_or_a_file_without_concepts_is_one_line(
    scheme: Path, tmp_path: Path
) -> None:
    kinds = skos.read(scheme)
    assert [kind.id for kind in kinds] == ["round", "straight", "unused"]
    with pytest.raises(skos.SchemeError, match="no concept is called 'oval'"):
        skos.ids(["round", "oval"], kinds, scheme)
    (tmp_path / "empty.ttl").write_text("<a:b> <a:c> <a:d> .", encoding="utf-8")
    with pytest.raises(skos.SchemeError, match="no skos:Concept"):
        skos.read(tmp_path / "empty.ttl")
    (tmp_path / "broken.ttl").write_text("this is no Turtle", encoding="utf-8")
    with pytest.raises(skos.SchemeError, match="not readable as RDF"):
        skos.read(tmp_path / "broken.ttl")
    out = CliRunner().invoke(train, ["medium", str(scheme), "--out", "m", "--scheme", str(scheme)])
    assert out.exit_code == 2


def test_words_carry_few_examples_and_examples_correct_the_words() -> None:
    """Vectors as of an encoder with a text tower: words lie near what they mean, but not quite."""
    random = np.random.default_rng(4)
    labels, d = 6, 64
    truth = random.normal(size=(labels, d)) / np.sqrt(d)
    words = truth + random.normal(size=(labels, d)) * 2.0 / np.sqrt(d)

    def pictures(each: int) -> tuple[np.ndarray, np.ndarray]:
        target = np.repeat(np.arange(labels), each)
        noise = random.normal(size=(len(target), d)) * 3.0 / np.sqrt(d)
        return (truth[target] + noise).astype(np.float32), target

    test, wanted = pictures(200)
    zero = float(((test @ words.T).argmax(1) == wanted).mean())
    knowledge = {f"k{i}": words[i] - words.mean(axis=0) for i in range(labels)}
    strengths = (0.03, 0.3, 3.0, 30.0, 300.0)
    scores = {}
    for each in (3, 60):
        vectors, target = pictures(each)
        names, groups = [f"k{t}" for t in target], [f"b{i % each}" for i in range(len(target))]
        recipe = training.Recipe(strengths=strengths, folds=6)
        for what, known in (("blend", knowledge), ("examples", None)):
            head = training.train("category", vectors, names, groups, ("e", "s"), recipe, None, known)
            scores[what, each] = float((head.probabilities(test).argmax(1) == wanted).mean())
    assert scores["blend", 3] > max(zero, scores["examples", 3]) + 0.02
    assert scores["blend", 60] > zero + 0.05
    assert scores["blend", 60] > scores["examples", 60] - 0.06
