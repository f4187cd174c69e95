# ruff: noqa: E501 - the markup is written as Project Gutenberg writes it
"""The Project Gutenberg reader, on books written here in the several ways Project Gutenberg writes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from enrich.corpora import read
from kg.nouns import Fault, Illustration, Source

HEADER = """<pre>The Project Gutenberg EBook of A Small Book of Mills, by Ida Fairweather

Title: A Small Book of Mills
       Wind and Water

Author: Ida Fairweather

Release Date: May 4, 2009 [EBook #98765]

Language: English

*** START OF THIS PROJECT GUTENBERG EBOOK A SMALL BOOK OF MILLS ***
</pre>"""
FOOTER = (
    "<p>*** END OF THIS PROJECT GUTENBERG EBOOK A SMALL BOOK OF MILLS ***</p><p>Donations are welcome.</p>"
)


def book(
    folder: Path, body: str, head: str = "", *images: str
) -> tuple[Source, list[Illustration], list[Fault]]:
    """Write a book with small pictures and read it."""
    (folder / "images").mkdir(parents=True)
    for number, name in enumerate(images):
        Image.new("RGB", (60 + number, 50), (200, 180, 20 * number % 255)).save(folder / "images" / name)
    text = f"<!DOCTYPE html><html><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>"
    (folder / "98765-h.htm").write_text(text, encoding="utf-8")
    corpus, faults = read(folder)
    return corpus.sources[0], list(corpus.illustrations), faults


def test_a_caption_paragraph_in_the_figure_box_is_the_caption_and_the_neighbours_are_the_text(
    tmp_path: Path,
) -> None:
    body = f"""{HEADER}
    <h2><a id="ch1"></a>Post mills</h2>
    <p><span class="pagenum"><a name="Page_7" id="Page_7">[Pg 7]</a></span>The oldest mills turn as a whole.</p>
    <div class="figcenter"><a id="p1"></a><img src="images/mill1.jpg" alt="">
      <p class="caption">Fig. 1. <i>The mill on the hill.</i><br>Drawn by the author.</p>
      <p class="s5 center"><a href="images/mill1_big.jpg">&#10063;<br><span>GRÖSSERES BILD</span></a></p></div>
    <p>Four men can turn it<span class="pagenum"><a id="Page_8">[Pg 8]</a></span> into the wind.</p>{FOOTER}"""
    source, (mill,), faults = book(tmp_path / "mills", body, "", "mill1.jpg")
    assert not faults
    assert mill.id == "mill1" and mill.image is not None and len(mill.image_digest) == 64
    assert mill.caption == "Fig. 1. The mill on the hill. Drawn by the author."
    assert mill.heading == "Post mills"
    assert mill.page == "7"
    assert mill.text_before == "Post mills The oldest mills turn as a whole."
    assert mill.text_after == "Four men can turn it into the wind."
    assert source == Source(
        id="mills",
        title="A Small Book of Mills Wind and Water",
        creator="Ida Fairweather",
        language="en",
        rights="Public domain in the USA",
        url="https://www.gutenberg.org/ebooks/98765",
    )


CAPTIONS = {
    "a span of class caption after the picture": (
        '<div class="figleft" style="width: 300px;"><img src="images/a.jpg" alt="x">'
        '<span class="caption">FIG. 2.—A WATER WHEEL.<br></span></div>',
        "FIG. 2.—A WATER WHEEL.",
    ),
    "a figure with figcaption": (
        '<figure class="figcenter illowp50" id="i2"><img class="w100" src="images/a.jpg" alt="wheel">'
        "<figcaption><p>A water wheel.</p></figcaption></figure>",
        "A water wheel.",
    ),
    "a caption block after the box": (
        '<div class="figcenter"><img src="images/a.jpg" alt=""></div><div class="caption">A water wheel.</div>',
        "A water wheel.",
    ),
    "a caption without a class in the box": (
        "<div id='f_2' class='figcenter id001'><img src='images/a.jpg' alt='' class='ig001'>"
        "<div class='ic001'><p><span class='sc'>Fig. 2.</span> A water wheel.</p></div></div>",
        "Fig. 2. A water wheel.",
    ),
    "an illustration mark as a paragraph of its own": (
        '<p><img src="images/a.jpg" alt=""></p><p>[Illustration: A water wheel.]</p>',
        "A water wheel.",
    ),
    "an illustration mark as alternative text": (
        '<p><img src="images/a.jpg" alt="[Illustration: A water wheel.]"></p>',
        "A water wheel.",
    ),
    "a centred paragraph of the old days": (
        '<p align="center"><img src="images/a.jpg" width="300" height="200"><br><b>A water wheel.</b></p>',
        "A water wheel.",
    ),
    "a link to the picture with its caption as text": (
        '<div class="image" id="i2"><p><a href="images/a.jpg">A water wheel.</a> Tenth century.</p></div>',
        "A water wheel. Tenth century.",
    ),
    "nothing but a box": ('<div class="figcenter"><img src="images/a.jpg" alt=""></div>', ""),
}


@pytest.mark.parametrize("way", CAPTIONS)
def test_a_caption_is_found_when_it_is_written_as(way: str, tmp_path: Path) -> None:
    markup, caption = CAPTIONS[way]
    body = f"{HEADER}<h2>Wheels</h2><p>Water falls.</p>{markup}<p>The miller sleeps.</p>{FOOTER}"
    _, (picture,), faults = book(tmp_path / "b", body, "", "a.jpg")
    assert not faults
    assert picture.caption == caption
    assert picture.text_before == "Wheels Water falls."
    assert picture.text_after == "The miller sleeps."


def test_two_pictures_in_one_box_get_their_own_captions(tmp_path: Path) -> None:
    body = (
        '<div class="figcenter"><img src="images/a.jpg" alt=""><span class="caption">Left.</span>'
        '<img src="images/b.jpg" alt=""><span class="caption">Right.</span></div>'
    )
    _, pictures, _ = book(tmp_path / "b", body, "", "a.jpg", "b.jpg")
    assert [(p.id, p.caption) for p in pictures] == [("a", "Left."), ("b", "Right.")]


def test_the_books_of_the_new_header_are_read_without_the_licence(tmp_path: Path) -> None:
    body = """<section class="pg-boilerplate pgheader" id="pg-header" lang="en"><h2>The Project Gutenberg
    eBook of <span lang="de">Die Mühle</span></h2><div>This eBook is for the use of anyone anywhere.</div>
    <div class="container"><p><strong>Title</strong>: Die Mühle</p><p><strong>Author</strong>: Ida
    Schönwetter</p> <p><strong>Release date</strong>: May 4, 2021 [eBook
    #98766]</p><p><strong>Language</strong>: German</p> <p><strong>Original publication</strong>: Leipzig:
    Kühn, 1897</p></div> <div id="pg-start-separator"><span>*** START OF THE PROJECT GUTENBERG EBOOK DIE
    MÜHLE ***</span></div></section> <p>Das Rad dreht sich.</p><div class="figcenter"><img
    src="images/a.jpg" alt=""><p class="caption">Abb. 1.</p></div> <section class="pg-boilerplate pgfooter"
    id="pg-footer"><p>Section 1. General Terms</p></section>
    """
    source, (picture,), _ = book(tmp_path / "b", body, "", "a.jpg")
    assert (source.title, source.creator, source.language, source.date) == (
        "Die Mühle",
        "Ida Schönwetter",
        "de",
        "1897",
    )
    assert picture.text_before == "Das Rad dreht sich." and picture.text_after == ""
    assert picture.language == "de"


def test_cover_and_bullets_are_no_illustrations_and_a_missing_picture_is_one_fault(tmp_path: Path) -> None:
    body = (
        '<div class="figcenter"><img src="images/cover.jpg" width="400" height="600" alt=""></div>'
        '<p><img src="images/dot.png" width="12" height="12" alt="*"> An item.</p>'
        '<div class="figcenter"><img src="images/gone.jpg" alt=""><p class="caption">Gone.</p></div>'
    )
    _, (picture,), (fault,) = book(
        tmp_path / "b", body, '<link rel="coverpage" href="images/cover.jpg">', "cover.jpg"
    )
    assert picture.id == "gone" and picture.image is None and picture.caption == "Gone."
    assert fault.place == "98765-h.htm images/gone.jpg" and "does not exist" in fault.reason


def test_a_book_in_windows_1252_is_read_as_it_was_meant(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (60, 50)).save(tmp_path / "images" / "a.jpg")
    text = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><title>Mühlen</title>'
        '</head><body><p class="center"><img src="images/a.jpg" alt=""><br>Die große Mühle.</p></body></html>'
    )
    (tmp_path / "m.htm").write_bytes(text.encode("iso-8859-1"))
    corpus, _ = read(tmp_path)
    assert corpus.illustrations[0].caption == "Die große Mühle."
    assert corpus.sources[0].title == "Mühlen"


def test_the_page_is_the_last_one_marked_before_the_picture(tmp_path: Path) -> None:
    figure = (
        '<div class="figcenter"><span class="pageno" id="Page_39">39</span><img src="images/{}.jpg"></div>'
    )
    body = (
        "<p><span class='pagenum' id='Page_xii'>[xii]</span>Preface.</p><div class='fig'><img src='images/a.jpg'></div>"
        + figure.format("b")
        + '<p>Text <a name="Page_40"></a>goes on.</p><div class="fig"><img src="images/c.jpg"></div>'
    )
    _, pictures, _ = book(tmp_path / "b", body, "", "a.jpg", "b.jpg", "c.jpg")
    assert [p.page for p in pictures] == ["xii", "39", "40"]
