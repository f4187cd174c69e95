"""Local features: a picture is found again in another printing, and not in another picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from vision import local
from vision.images import ImageError

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpus"


def drawing(seed: int) -> Image.Image:
    """A picture of many overlapping shapes."""
    random = np.random.default_rng(seed)
    picture = Image.new("RGB", (420, 300), "white")
    pen = ImageDraw.Draw(picture)
    for _ in range(90):
        x, y, w, h = (int(v) for v in random.integers(0, 1 << 16, 4) % (400, 280, 90, 70))
        colour = tuple(int(v) for v in random.integers(0, 255, 3))
        (pen.ellipse if random.random() < 0.4 else pen.rectangle)((x, y, x + w + 4, y + h + 4), fill=colour)
    return picture


def test_another_printing_of_a_picture_is_the_same_and_another_picture_is_not() -> None:
    original, other = drawing(1), drawing(2)
    width, height = original.size
    reprint = original.rotate(2, expand=True, fillcolor="white").crop((width // 8, 0, width, height))
    reprint = reprint.resize((int(width * 0.6), int(height * 0.7))).filter(ImageFilter.GaussianBlur(0.7))
    reprint = ImageEnhance.Contrast(reprint.convert("L").convert("RGB")).enhance(0.6)
    same = local.compare(original, reprint)
    assert same.probability > 0.95 and not same.mirrored and same.agree <= same.pairs
    assert 0.2 < same.overlap <= 1
    assert local.compare(original, other).probability < 0.1
    assert local.compare(original, reprint) == same


def test_a_reversed_print_is_recognised_as_such() -> None:
    original = drawing(1)
    reversed_ = original.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert local.compare(original, reversed_).mirrored
    assert local.compare(original, reversed_, mirrored=False).probability < 0.5


def test_pictures_without_details_have_nothing_in_common(tmp_path: Path) -> None:
    blank = Image.new("RGB", (300, 200), "white")
    assert len(local.features(blank).points) == 0
    assert local.compare(blank, blank).probability == 0.0
    dot = Image.fromarray(np.pad(np.zeros((3, 3), np.uint8), 60, constant_values=255)).convert("RGB")
    assert local.compare(dot, blank).agree == 0
    (tmp_path / "x.jpg").write_bytes(b"no picture")
    with pytest.raises(ImageError):
        local.features(tmp_path / "x.jpg")


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of illustrated books is not here")
def test_one_painting_in_books_of_two_languages_is_found_again() -> None:
    def points(name: str) -> local.Features:
        return local.features(CORPUS / name.rsplit("-", 1)[0] / "images" / f"{name}.jpg")

    here = points("en-vandyke-painting-047")
    assert local.verify(here, points("fr-dayot-louvre-1-015")).probability > 0.9
    assert local.verify(here, points("en-mather-italian-painting-296")).probability > 0.8
    assert local.verify(here, points("en-mather-italian-painting-161")).probability < 0.1
