"""Dialects of page files and manifests, written by hand after their specifications and the tools that make them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_enrich_corpora_ocr import BODY, PICTURE, PLAIN, alto_page, block

from enrich.corpora import read
from enrich.corpora.kinds import kind_of
from enrich.corpora.ocr.layout import Picture, look
from enrich.corpora.ocr.package import load
from enrich.corpora.ocr.page import Page

# The documents below keep their own line breaks.
# ruff: noqa: E501

ABOVE = block("above", 100, 100, 800, [BODY] * 6)
BELOW = block("below", 100, 920, 800, ["Danach steht " + BODY] * 6)
CAPTION = block("cap", 300, 820, 400, ["Die Mühle am Bach"], height=24)
SHAPE = '<Shape><Polygon POINTS="100,500 900,500.5 900,800 100,800"/></Shape>'


def only_page(text: str) -> Page:
    data = text.encode()
    (page,), _ = load(data, kind_of(data))
    return page


def only_picture(text: str) -> Picture:
    (picture,) = look(only_page(text)).pictures
    return picture


@pytest.mark.parametrize(
    "picture",
    [
        PICTURE,
        f'<Illustration ID="i">{SHAPE}</Illustration>',
        '<GraphicalElement ID="i" HPOS="100" VPOS="500" WIDTH="800" HEIGHT="300"/>',
        '<ComposedBlock ID="c" TYPE="Illustration" HPOS="100" VPOS="500" WIDTH="800" HEIGHT="300"/>',
        '<ComposedBlock ID="c" TYPE="container" HPOS="100" VPOS="500" WIDTH="800" HEIGHT="300"><ComposedBlock ID="d" '
        'TYPE="photo" HPOS="100" VPOS="500" WIDTH="800" HEIGHT="300"><GraphicalElement ID="g" HPOS="100" VPOS="500" '
        'WIDTH="800" HEIGHT="300"/></ComposedBlock></ComposedBlock>',
        f'<TextBlock ID="z" TAGREFS="T1">{SHAPE}</TextBlock>',
        f'<TextBlock ID="z" TAGREFS="T2">{SHAPE}</TextBlock>',
    ],
    ids=["illustration", "outline", "graphical", "composed", "nested", "graphic zone", "tag"],
)
def test_alto_says_picture_in_many_ways(picture: str) -> None:
    tags = (
        '<Tags><OtherTag ID="T1" LABEL="GraphicZone:illustration"/><OtherTag ID="T2" LABEL="Figure"/></Tags>'
    )
    text = alto_page(ABOVE + picture + CAPTION + BELOW).replace("<Layout>", f"{tags}<Layout>")
    found = only_picture(text)
    assert found.box == (100, 500, 800, 300)
    assert [p.text for p in found.caption] == ["Die Mühle am Bach"]


@pytest.mark.parametrize("tag", ["Caption", "GraphicZone:figDesc", "illustration_caption", "legend"])
def test_a_tag_makes_a_far_block_the_caption(tag: str) -> None:
    far = block("cap", 300, 870, 400, ["Die Mühle am Bach"], extra='TAGREFS="T1"')
    text = alto_page(ABOVE + PICTURE + far + BELOW.replace('VPOS="9', 'VPOS="10'))
    text = text.replace("<Layout>", f'<Tags><LayoutTag ID="T1" LABEL="{tag}"/></Tags><Layout>')
    assert [p.text for p in only_picture(text).caption] == ["Die Mühle am Bach"]


@pytest.mark.parametrize("version", ["2010-03-19", "2013-07-15", "2017-07-15", "2018-07-15", "2019-07-15"])
@pytest.mark.parametrize(
    "region",
    [
        '<ImageRegion id="i">{}</ImageRegion>',
        '<GraphicRegion id="i" custom="structure {{type:Illustration;}}">{}</GraphicRegion>',
        '<UnknownRegion id="i" custom="structure {{type:image;}}">{}</UnknownRegion>',
        '<AdvertRegion id="a"><Coords points="50,450 950,950"/><ImageRegion id="i">{}</ImageRegion></AdvertRegion>',
    ],
    ids=["image", "graphic", "custom", "in an advertisement"],
)
def test_page_xml_of_every_year_says_picture_and_caption(version: str, region: str) -> None:
    coords = '<Coords points="100,500 900,500 900,800 100,800"/>'
    if version == "2010-03-19":
        coords = '<Coords><Point x="100" y="500"/><Point x="900" y="800"/></Coords>'
    text = f"""<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/{version}"><Page imageFilename="1.jpg"
imageWidth="1000" imageHeight="1400">{region.format(coords)}<TextRegion id="c" custom="structure {{type:caption;}}"><Coords
points="300,820 700,820 700,850 300,850"/><TextEquiv><Unicode>Die Mühle</Unicode></TextEquiv></TextRegion></Page></PcGts>"""
    found = only_picture(text)
    assert found.box == (100, 500, 800, 300) and [p.text for p in found.caption] == ["Die Mühle"]


WORDS = "".join(
    f'<span class="ocr_line" title="bbox 100 {60 + 35 * n} 900 {88 + 35 * n}">Ein langer Satz der Seite</span>'
    for n in range(9)
)


@pytest.mark.parametrize(
    "body",
    [
        '<div class="ocr_photo" id="b" title="bbox 100 500 900 800"></div>',
        "<div class='ocr_image' title='bbox 100.0 500.0 900.0 800.0'></div>",
        "<div class='ocr_float' title='bbox 100 500 900 800'><img src='x.png'></div>",
        '<div class="ocr_carea" title="bbox 100 500 900 800"><p class="ocr_par"><span class="ocr_line" '
        'title="bbox 100 500 900 800"><span class="ocrx_word"> </span></span></p></div>',
    ],
    ids=["photo", "decimal", "float", "block without words"],
)
def test_hocr_of_every_maker_says_picture(body: str) -> None:
    text = f"""<html><head><meta name='ocr-system' content='x'></head><body><div class='ocr_page' title='image "p.png";
bbox 0 0 1000 1400'><div class="ocr_carea" title="bbox 100 60 900 400"><p class="ocr_par">{WORDS}</p></div>{body}</div>"""
    assert only_picture(text).box == (100, 500, 800, 300)


def test_characters_of_the_internet_archive_are_words() -> None:
    letters = "".join(f'<span class="ocrx_cinfo" title="x_conf 9">{c}</span>' for c in "Rad")
    text = f"""<html><body><div class="ocr_page" title="bbox 0 0 1000 1400"><div class="ocr_carea" title="bbox 1 1 90 30">
<p class="ocr_par"><span class="ocr_line" title="bbox 1 1 90 30"><span class="ocrx_word">Das</span> <span class="ocrx_word">{letters}</span>
</span></p></div></div></body></html>"""
    assert only_page(text).blocks[0].text == "Das Rad"


# ---- pages that are not as they should be


@pytest.mark.parametrize("kind", ["alto", "page", "hocr"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_words_survive_the_encoding_whatever_the_file_says(kind: str, encoding: str) -> None:
    text = {
        "alto": alto_page(block("a", 100, 100, 800, ["Die Mühle"])),
        "page": '<?xml version="1.0" encoding="UTF-8"?><PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">'
        '<Page imageFilename="1.jpg" imageWidth="9" imageHeight="9"><TextRegion id="t"><Coords points="0,0 9,9"/><TextEquiv>'
        "<Unicode>Die Mühle</Unicode></TextEquiv></TextRegion></Page></PcGts>",
        "hocr": '<html><head><meta charset="utf-8"></head><body><div class="ocr_page" title="bbox 0 0 9 9"><span class="ocr_line" '
        'title="bbox 0 0 9 9">Die Mühle</span></div></body></html>',
    }[kind]
    if encoding == "utf-16":
        text = text.replace('encoding="UTF-8"', 'encoding="UTF-16"').replace(
            'charset="utf-8"', 'charset="utf-16"'
        )
    data = text.encode(encoding)
    (page,), forgiven = load(data, kind_of(data))
    assert page.blocks[0].text == "Die Mühle"
    assert bool(forgiven) == (encoding == "latin-1")  # it declares UTF-8 and is not


@pytest.mark.parametrize(
    "text",
    [
        alto_page(""),
        alto_page("").replace("<PrintSpace></PrintSpace>", ""),
        '<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Page imageFilename="1.jpg" '
        'imageWidth="9" imageHeight="9"/></PcGts>',
        '<html><body><div class="ocr_page" title="bbox 0 0 9 9"></div></body></html>',
    ],
    ids=["alto", "alto without a print space", "page", "hocr"],
)
def test_an_empty_page_between_others_costs_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "0001.xml").write_text(alto_page(PLAIN), encoding="utf-8")
    (tmp_path / ("0002.html" if text.startswith("<html") else "0002.xml")).write_text(text, encoding="utf-8")
    corpus, faults = read(tmp_path)
    assert [i.id for i in corpus.illustrations] == ["0001-ill"]
    assert [f.reason for f in faults if f.level == "error"] == []


# ---- what a caption is and what is none


def captions(inner: str) -> dict[str, list[str]]:
    return {p.id: [c.text for c in p.caption] for p in look(only_page(alto_page(inner))).pictures}


def test_a_heading_in_larger_type_over_running_text_is_no_caption() -> None:
    heading = block("head", 300, 815, 400, ["Der Besuch"], height=55)
    assert captions(ABOVE + PICTURE + heading + BELOW) == {"ill": []}


def test_a_line_between_two_pictures_belongs_to_the_one_above_it() -> None:
    upper = '<Illustration ID="upper" HPOS="100" VPOS="150" WIDTH="800" HEIGHT="300"/>'
    lower = '<Illustration ID="lower" HPOS="100" VPOS="560" WIDTH="800" HEIGHT="300"/>'
    line = block("line", 300, 470, 400, ["Die Mühle am Bach"], height=24)
    assert captions(upper + line + lower + BELOW) == {"upper": ["Die Mühle am Bach"], "lower": []}


def test_the_address_in_an_advertisement_is_no_caption_by_itself() -> None:
    address = block("a", 300, 820, 400, ["42, Boulevard Voltaire, PARIS"], height=24)
    assert captions(ABOVE + PICTURE + address + BELOW) == {"ill": []}


def test_a_sentence_under_the_first_words_of_a_caption_belongs_to_it_on_a_page_of_pictures() -> None:
    picture = '<Illustration ID="ill" HPOS="50" VPOS="100" WIDTH="900" HEIGHT="800"/>'
    first = block("first", 200, 915, 600, ["1. New-Hampshire. 2. Louisiana. 3. Michigan."], height=28)
    then = block("then", 80, 950, 840, [BODY, "Danach " + BODY], height=28)
    assert len(captions(picture + first + then)["ill"]) == 2


def test_a_number_by_itself_takes_the_title_under_it() -> None:
    number = block("number", 450, 815, 100, ["Fig. 3."])
    title = block("title", 300, 860, 400, ["Die Mühle am Bach"])
    assert captions(ABOVE + PICTURE + number + title + BELOW)["ill"] == ["Fig. 3.", "Die Mühle am Bach"]


# ---- manifests


def painted(name: str, **more: object) -> dict[str, object]:
    image = {"type": "Annotation", "motivation": "painting", "target": name,
             "body": {"id": f"https://example.org/{name}.jpg", "type": "Image", "width": 1000, "height": 800}}  # fmt: skip
    return {"id": name, "type": "Canvas", "width": 1000, "height": 800, "items": [{"type": "AnnotationPage", "items": [image]}], **more}  # fmt: skip


def written(tmp_path: Path, *canvases: dict[str, object], label: str = "Fountain") -> Path:
    value = {"@context": "http://iiif.io/api/presentation/3/context.json", "id": "https://example.org/m", "type": "Manifest",
             "label": {"en": [label]}, "items": list(canvases)}  # fmt: skip
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


def marked(target: str, text: str, motivation: str = "commenting") -> list[dict[str, object]]:
    note = {
        "type": "Annotation",
        "motivation": motivation,
        "target": target,
        "body": {"type": "TextualBody", "value": text},
    }
    return [{"type": "AnnotationPage", "items": [note]}]


def test_a_photograph_with_a_remark_on_a_part_is_two_pictures(tmp_path: Path) -> None:
    remark = marked("c1#xywh=100,100,300,200", "The girl with the geese")
    corpus, _ = read(written(tmp_path, painted("c1", annotations=remark)))
    assert [(i.caption, i.region and i.region.width) for i in corpus.illustrations] == [
        ("Fountain", None), ("The girl with the geese", 300)]  # fmt: skip


def test_pictures_marked_on_the_pages_of_a_book_are_the_pictures(tmp_path: Path) -> None:
    tag = marked("p2#xywh=100,100,300,200", "illustration", "tagging")
    pages = [
        painted(f"p{n}", label={"none": [f"p. {n}"]}, **({"annotations": tag} if n == 2 else {}))
        for n in (1, 2, 3)
    ]
    corpus, _ = read(written(tmp_path, *pages))
    assert [(i.page, i.region and i.region.width) for i in corpus.illustrations] == [("2", 300)]


def test_sound_and_film_are_no_pictures(tmp_path: Path) -> None:
    film = painted("film")
    film["items"] = [{"type": "AnnotationPage", "items": [{"type": "Annotation", "motivation": "painting", "target": "film",
                      "body": {"id": "https://example.org/a.mp4", "type": "Video", "duration": 9}}]}]  # fmt: skip
    corpus, _ = read(written(tmp_path, film, painted("still")))
    assert [i.id for i in corpus.illustrations] == ["still"]


def test_a_manifest_that_writes_numbers_as_text_keeps_its_sizes(tmp_path: Path) -> None:
    note = marked("c1#xywh=percent:10,10,50,50", "The girl")
    corpus, _ = read(written(tmp_path, painted("c1", width="1000", height="800", annotations=note)))
    assert [i.region and i.region.width for i in corpus.illustrations] == [None, 500]


def test_zones_of_a_transcription_that_are_said_to_be_pictures_are_illustrations(tmp_path: Path) -> None:
    file = tmp_path / "letter.xml"
    file.write_text(
        """<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>Brief</title></titleStmt></fileDesc>
</teiHeader><sourceDoc><surface n="1r"><graphic url="1r.jpg"/><zone type="text" ulx="0" uly="0" lrx="90" lry="40"><line>Lieber</line></zone>
<zone xml:id="z2" type="drawing" ulx="10" uly="50" lrx="90" lry="90"><desc>eine Mühle</desc></zone></surface></sourceDoc></TEI>""",
        encoding="utf-8",
    )
    corpus, _ = read(file)
    (found,) = corpus.illustrations
    assert (found.id, found.page, found.caption, found.region and found.region.height) == (
        "z2",
        "1r",
        "eine Mühle",
        40,
    )


def test_a_region_that_is_placed_on_a_map_is_no_picture_for_that(tmp_path: Path) -> None:
    place = {
        "type": "Annotation",
        "motivation": "geocode",
        "target": "c1#xywh=1,1,90,90",
        "body": {"type": "Feature"},
    }
    canvas = painted("c1", annotations=[{"type": "AnnotationPage", "items": [place]}])
    corpus, _ = read(written(tmp_path, canvas))
    assert [(i.caption, i.region) for i in corpus.illustrations] == [("Fountain", None)]


def test_an_image_service_painted_as_an_image_is_asked_for_the_picture(tmp_path: Path) -> None:
    body = {
        "id": "https://example.org/iiif/7",
        "type": "ImageService3",
        "profile": "level1",
        "width": 3000,
        "height": 2000,
    }
    canvas = painted("c1")
    canvas["items"][0]["items"][0]["body"] = body  # type: ignore[index]
    corpus, _ = read(written(tmp_path, canvas))
    (found,) = corpus.illustrations
    assert dict(found.metadata)["image"] == "https://example.org/iiif/7/full/!1200,1200/0/default.jpg"
