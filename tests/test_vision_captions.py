"""Words of captions as witnesses of the kind of picture."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kg.nouns import Claim, Illustration
from vision import captionwords, heads
from vision.embeddings import Embeddings
from vision.encoders import load
from vision.enrichers import CategoryConfig, CategoryEnricher, MediumConfig, MediumEnricher


def groups(caption: str, language: str = "") -> list[tuple[str, str]]:
    return [(c.group, caption[c.start : c.end]) for c in captionwords.find(caption, language)]


@pytest.mark.parametrize(
    ("caption", "language", "found"),
    [
        ("Abb. 102. Die Windmühle. Radierung von 1641.", "de", [("print", "Radierung")]),
        ("Christus. Schabkunſtblatt", "de", [("print", "Schabkunſtblatt")]),
        ("Kupferftich von 1500", "de", [("print", "Kupferftich")]),
        ("Grundriß der Kirche", "de", [("plan", "Grundriß")]),
        ("GRUNDRISS", "", [("plan", "GRUNDRISS")]),
        ("Oelgemaelde. Privatbesitz", "de", [("painting", "Oelgemaelde")]),
        ("Federzeich-\nnung", "de", [("drawing", "Federzeich-\nnung")]),
        ("d’après le dessin de X", "fr", [("drawing", "d’après le dessin")]),
        ("FIG. 51.—TEMPLE FORTUNA VIRILIS. PLAN.", "en", [("plan", "PLAN")]),
        ("Die Bezahlung der Malerin. Planetensystem.", "de", []),
        ("The planter explaining platitudes", "en", []),
        ("", "de", []),
    ],
)
def test_words_are_found_whole_in_old_and_misread_spelling(
    caption: str, language: str, found: list[tuple[str, str]]
) -> None:
    assert groups(caption, language) == found


def test_names_of_places_and_trades_and_credit_lines_are_no_kind_of_picture() -> None:
    assert "painting" not in dict(groups("Studie. In der Gemäldegalerie zu Wien", "de"))
    assert groups("Studie zu dem Gemälde in Berlin", "de") == [("study", "Studie")]
    assert groups("Der Kupferstecher Müller", "de") == []
    credit = "Madonna. (Nach einer Photographie von Braun, Clément & Cie.)"
    assert "photo" not in dict(groups(credit, "de")) and "photograph after" in dict(groups(credit, "de"))
    assert groups("T. Gaddi. Joachim.—Baroncelli Chapel, Santa Croce.", "en") == []
    assert dict(groups("Baroncelli Chapel, Santa Croce", "en"))["building"] == "Chapel"


def test_a_caption_turns_an_unsure_image_and_hardly_a_sure_one() -> None:
    fusion = captionwords.load("category")
    graphic = fusion.labels.index("graphic")
    unsure = np.full((1, 8), 1 / 8)
    sure = np.full((1, 8), 0.0005)
    sure[0, 0] = 1 - 7 * 0.0005
    caption = "Holzschnitt"
    cues = [captionwords.find(caption, "de")]
    assert fusion.fuse(unsure, [caption], cues)[0].argmax() == graphic
    assert fusion.fuse(unsure, [caption], cues)[0, graphic] > 0.9
    many = "Holzschnitt Holzschnitt Holzschnitt"
    np.testing.assert_array_equal(
        fusion.fuse(sure, [many], [captionwords.find(many, "de")]), fusion.fuse(sure, [caption], cues)
    )
    for answer in (fusion.fuse(sure, [""], [()]), fusion.fuse(sure, ["No. 7"], [()])):
        assert answer.sum() == pytest.approx(1) and answer[0].argmax() == 0


def test_the_weights_were_learnt_for_the_models_that_come_with_the_program() -> None:
    for task in ("category", "medium"):
        head, fusion = heads.load(heads.shipped(task)), captionwords.load(task)
        assert fusion.head == head.sha256 and set(fusion.weights) == set(captionwords.groups_for(task))
        assert captionwords.for_head(replace(head, labels=("a", "b"))) is None
        other = captionwords.for_head(replace(head, sha256="another", threshold=0.77))
        assert other is not None and other.threshold == 0.77 and other.silent == 1.0


def test_claims_quote_the_caption_and_can_do_without_it(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    noise = np.random.default_rng(3).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((120, 90)).save(path)
    caption = "Abb. 7. Der Sturm. Federzeichnung in der Albertina."
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    picture = Illustration("b", "1", path, digest, caption=caption, language="de")
    vectors = Embeddings(tmp_path / "cache", load())
    assert list(vectors.ensure([picture])) == []
    with_words = list(CategoryEnricher(CategoryConfig(), vectors).claims([picture]))
    best = with_words[0]
    assert isinstance(best, Claim) and best.value.id == "graphic" and best.evidence[0].kind == "image"
    quoted = {caption[e.start : e.end] for e in best.evidence if e.kind == "caption"}
    assert quoted == {"Federzeichnung", "Albertina"}
    assert all(e.text in quoted for e in best.evidence if e.kind == "caption")
    alone = list(CategoryEnricher(CategoryConfig(use_captions=False), vectors).claims([picture]))
    silent = [e.kind for claim in alone if isinstance(claim, Claim) for e in claim.evidence]
    assert set(silent) == {"image"}
    threshold = CategoryEnricher(CategoryConfig(use_captions=False), vectors).threshold
    assert threshold == heads.load(heads.shipped("category")).threshold > 0.5
    medium = list(MediumEnricher(MediumConfig(), vectors).claims([picture]))
    assert isinstance(medium[0], Claim) and medium[0].value.id == "other"
