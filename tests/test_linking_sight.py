"""Works known again by sight: what the picture repeats raises, contradicts or supplies the answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter
from test_linking_link import build, person

from enrich.linking.bysight import SightError, SightIndex, reproductions
from enrich.linking.linker import Linker
from enrich.linking.request import Request


def painting(seed: int) -> Image.Image:
    """A picture with plenty of distinct details."""
    dice = np.random.default_rng(seed)
    picture = Image.new("RGB", (420, 320), tuple(int(v) for v in dice.integers(60, 200, 3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(90):
        x, y, w, h = (int(v) for v in (*dice.integers(0, 400, 2), *dice.integers(8, 70, 2)))
        colour = tuple(int(v) for v in dice.integers(0, 255, 3))
        (draw.ellipse if dice.random() < 0.5 else draw.rectangle)((x, y, x + w, y + h), fill=colour)
    return picture.filter(ImageFilter.GaussianBlur(1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("works")
    for item in (3, 4, 5, 6):
        painting(item).save(out / f"Q{item} somewhere.png")
    (out / "notes.txt").write_text("no picture")
    return out


def printing(picture: Image.Image) -> Image.Image:
    """The same work in another book: grey, darker, a little smaller and cut at the edges."""
    cut = picture.crop((12, 9, picture.width - 7, picture.height - 12)).resize((330, 250))
    return ImageEnhance.Brightness(cut.convert("L").convert("RGB")).enhance(0.8)


def test_another_printing_of_a_known_work_is_known_again_and_other_pictures_are_not(
    folder: Path, tmp_path: Path
) -> None:
    printing(painting(4)).save(tmp_path / "plate.jpg")
    painting(99).save(tmp_path / "stranger.jpg")
    (tmp_path / "broken.jpg").write_bytes(b"no picture at all")
    index = SightIndex(folder)
    plate, stranger, broken = index.find([tmp_path / n for n in ("plate.jpg", "stranger.jpg", "broken.jpg")])
    assert plate[0].item == 4 and plate[0].probability > 0.9
    assert stranger == () and broken == ()


def test_an_index_may_be_a_table_and_must_hold_a_known_work(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "works.csv"
    table.write_text(f"file,qid\n{folder}/Q3 somewhere.png,Q3\ngone.png,Q4\n{folder}/Q5 somewhere.png,\n")
    assert [item for _, item in reproductions(table)] == [3]
    table.write_text("picture,item\n")
    with pytest.raises(SightError, match="no columns file and qid"):
        reproductions(table)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SightError, match="no picture of a known item"):
        reproductions(tmp_path / "empty")


@pytest.fixture
def linker(tmp_path: Path) -> Linker:
    works = [
        row
        for item, label in (("Q3", "The Old Mill"), ("Q4", "Evening by the Lake"))
        for row in ((item, "label", label), (item, "P31", "Q3305213"), (item, "P170", "Q1"))
    ]
    return build(tmp_path, *person("Q1", "Karl Tannenwald", "1820", "1880"), *works)


def test_sight_agrees_contradicts_or_speaks_where_the_caption_is_silent(linker: Linker) -> None:
    caption = "Karl Tannenwald. The Old Mill."
    alone = linker.link(Request(caption, 1900)).artwork
    agrees = linker.link(Request(caption, 1900, seen=((3, 0.98),))).artwork
    assert alone is not None and agrees is not None
    assert agrees.qid == alone.qid == "Q3" and agrees.confidence > alone.confidence
    other = linker.link(Request(caption, 1900, seen=((4, 0.98),)))
    doubted = next((c.confidence for c in other.artworks if c.qid == "Q3"), 0.0)
    assert doubted < alone.confidence / 2
    silent = linker.link(Request("Abb. 7.", 1900, seen=((4, 0.98),)))
    assert silent.artwork is not None and silent.artwork.qid == "Q4"
    assert silent.artist is not None and silent.artist.qid == "Q1"
    assert any("known reproduction" in reason for reason in silent.artwork.reasons)


def test_a_work_made_after_the_printing_is_no_answer_however_alike(tmp_path: Path) -> None:
    rows = [("Q4", "label", "Evening"), ("Q4", "P31", "Q3305213"), ("Q4", "P571", "1950")]
    linker = build(tmp_path, *person("Q1", "Anna Weber", "1920"), *rows)
    assert linker.link(Request("Evening.", 1900, seen=((4, 0.99),))).artworks == ()
