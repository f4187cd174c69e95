"""Scanned books: ALTO, PAGE, hOCR, METS and TEI become illustrations with captions, text and places."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from enrich.corpora import CorpusError, read, xml
from enrich.corpora.ocr import alto, hocr, pagexml
from enrich.corpora.ocr.captions import LABEL, page_number
from enrich.corpora.ocr.context import Sheet, around
from enrich.corpora.ocr.drafts import scale
from enrich.corpora.ocr.layout import look
from enrich.corpora.ocr.page import Block, Box, Line, Page, joined
from enrich.corpora.ocr.turning import turned
from kg.nouns import Illustration, Region
from kg.store import open_store

# The documents below keep their own line breaks.
# ruff: noqa: E501

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ocr"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real OCR files are not beside the repository")

BODY = "Der Zeichner hat die Mühle am Bach von der Seite gesehen, wo das Rad liegt und das Wasser fällt."


def string(text: str, x: int, y: int) -> str:
    return f'<String CONTENT="{text}" HPOS="{x}" VPOS="{y}" WIDTH="{12 * len(text)}" HEIGHT="30"/>'


def block(name: str, x: int, y: int, width: int, lines: list[str], extra: str = "", height: int = 30) -> str:
    rows = "".join(
        f'<TextLine HPOS="{x}" VPOS="{y + 40 * n}" WIDTH="{width}" HEIGHT="{height}">'
        + "<SP/>".join(string(w, x, y + 40 * n) for w in line.split())
        + "</TextLine>"
        for n, line in enumerate(lines)
    )
    size = f'HPOS="{x}" VPOS="{y}" WIDTH="{width}" HEIGHT="{40 * len(lines)}"'
    return f'<TextBlock ID="{name}" {size} {extra}>{rows}</TextBlock>'


def alto_page(
    inner: str, ns: str = "http://www.loc.gov/standards/alto/ns-v3#", unit: str = "pixel", page: str = ""
) -> str:
    declared = f' xmlns="{ns}"' if ns else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><alto{declared}><Description><MeasurementUnit>{unit}</MeasurementUnit>'
        f'</Description><Layout><Page ID="P1" WIDTH="1000" HEIGHT="1400" {page}><PrintSpace>{inner}</PrintSpace>'
        "</Page></Layout></alto>"
    )


PICTURE = '<Illustration ID="ill" HPOS="100" VPOS="500" WIDTH="800" HEIGHT="300"/>'
PLAIN = (
    block("above", 100, 100, 800, [BODY] * 6)
    + PICTURE
    + block("cap", 300, 820, 400, ["Abb. 7. Die Mühle. Holzschnitt."])
    + block("below", 100, 920, 800, ["Danach steht " + BODY] * 6)
)


def book(folder: Path, pages: dict[str, str], scans: bool = True) -> Path:
    folder.mkdir(parents=True)
    for name, text in pages.items():
        (folder / f"{name}.xml").write_text(text, encoding="utf-8")
        if scans:
            scan = Image.new("RGB", (500, 700), (240, 235, 220))  # half the size the OCR speaks of
            ImageDraw.Draw(scan).rectangle((50, 250, 449, 399), fill=(200, 20, 20))
            scan.save(folder / f"{name}.png")
    return folder


def only(path: Path, work: Path | None = None) -> Illustration:
    corpus, _ = read(path, work=work)
    (illustration,) = corpus.illustrations
    return illustration


def test_a_picture_has_its_caption_the_text_around_it_and_its_place_on_the_scan(tmp_path: Path) -> None:
    folder = book(tmp_path / "mills", {"0012": alto_page(PLAIN, page='PRINTED_IMG_NR="XII"')})
    found = only(folder, tmp_path / "store")
    assert found.key == "mills/0012-ill" and found.page == "XII"
    assert found.caption == "Abb. 7. Die Mühle. Holzschnitt."
    assert found.text_before.startswith("Der Zeichner") and found.text_after.startswith("Danach steht")
    assert "Abb. 7" not in found.text_before + found.text_after
    assert found.region == Region(50, 250, 400, 150)  # in pixels of the scan, not of the OCR
    assert found.image is not None and found.image.is_relative_to(tmp_path / "store")
    with Image.open(found.image) as picture:
        assert picture.size == (400, 150)
        assert picture.convert("RGB").getpixel((200, 75)) == pytest.approx((200, 20, 20), abs=8)
    assert sorted(p.name for p in folder.iterdir()) == ["0012.png", "0012.xml"]  # nothing written there
    (caption,) = [p for p in found.passages if p.field == "caption"]
    assert found.caption[caption.start : caption.end] == found.caption
    assert caption.region == Region(150, 410, 200, 20) and caption.page_image == found.page_image


def test_a_second_run_cuts_nothing_and_says_the_same(tmp_path: Path) -> None:
    folder = book(tmp_path / "mills", {"1": alto_page(PLAIN)})
    first = only(folder, tmp_path / "store")
    assert first.image is not None
    before = first.image.stat().st_mtime_ns
    again = only(folder, tmp_path / "store")
    assert again == first and again.image is not None and again.image.stat().st_mtime_ns == before


def test_the_place_of_every_passage_is_in_the_graph_and_keeps_its_shapes(tmp_path: Path) -> None:
    from kg.answers import with_prefixes
    from kg.shapes import check

    folder = book(tmp_path / "mills", {"1": alto_page(PLAIN)})
    corpus, _ = read(folder, work=tmp_path / "store")
    query = (
        "SELECT ?xywh ?start ?end WHERE { GRAPH ?g { ?i lg:passage ?p . ?p rdf:predicate lg:caption ; lg:start ?start ;"
        " lg:end ?end ; oa:hasSource ?scan ; oa:hasSelector/rdf:value ?xywh . ?i lg:page/lg:image ?scan } }"
    )
    with open_store("memory:") as store:
        store.put_corpus(corpus)
        rows = [tuple(row[i].value for i in range(3)) for row in store.query(with_prefixes(query))]
        assert rows == [("xywh=150,410,200,20", "0", "31")]
        assert list(check(store.query)) == []


@pytest.mark.parametrize("unit,factor", [("pixel", 1.0), ("mm10", 300 / 254), ("inch1200", 0.25)])
def test_without_a_scan_other_units_become_pixels_at_300_dots_per_inch(
    tmp_path: Path, unit: str, factor: float
) -> None:
    found = only(book(tmp_path / "b", {"1": alto_page(PLAIN, unit=unit)}, scans=False))
    assert found.region is not None and found.region.x == round(100 * factor)
    assert found.image is None and found.caption.startswith("Abb. 7")


@pytest.mark.parametrize(
    "ns", ["", "http://www.loc.gov/standards/alto/ns-v2#", "http://schema.ccs-gmbh.com/ALTO"]
)
def test_every_namespace_of_alto_is_read_alike(ns: str) -> None:
    expected = alto.pages(xml.parse(alto_page(PLAIN).encode())[0])
    assert alto.pages(xml.parse(alto_page(PLAIN, ns).encode())[0]) == expected


def test_divided_words_are_put_together_and_real_hyphens_kept() -> None:
    def line(content: str, more: str = "", tail: str = "") -> str:
        return f'<TextLine HPOS="1" VPOS="1" WIDTH="9" HEIGHT="9"><String CONTENT="{content}" {more}/>{tail}</TextLine>'

    text = alto_page(
        '<TextBlock ID="b">'
        + line("Kunst", 'SUBS_TYPE="HypPart1" SUBS_CONTENT="Kunstwerk"', '<HYP CONTENT="-"/>')
        + line("werk")
        + line("Saint", 'SUBS_TYPE="HypPart1" SUBS_CONTENT="Saint-Malo"', '<HYP CONTENT="-"/>')
        + line("Malo")
        + line("Bau-")
        + line("und")
        + line("Zeich¬")
        + line("nung")
        + "</TextBlock>"
    )
    (page,) = alto.pages(xml.parse(text.encode())[0])
    assert page.blocks[0].text == "Kunstwerk Saint-Malo Bau- und Zeichnung"


def test_alto_without_coordinates_still_gives_caption_and_text(tmp_path: Path) -> None:
    import re

    bare = re.sub(r' (HPOS|VPOS|WIDTH|HEIGHT)="\d+"', "", alto_page(PLAIN))
    folder = book(tmp_path / "b", {"1": bare}, scans=False)
    corpus, faults = read(folder)
    (found,) = corpus.illustrations
    assert (
        found.caption.startswith("Abb. 7") and found.region is None and found.text_after.startswith("Danach")
    )
    assert any("has no coordinates" in f.reason for f in faults)


def test_rules_initials_and_borders_of_the_scan_are_no_illustrations(tmp_path: Path) -> None:
    furniture = (
        '<GraphicalElement ID="rule" HPOS="100" VPOS="90" WIDTH="800" HEIGHT="6"/>'
        '<Illustration ID="edge" HPOS="0" VPOS="200" WIDTH="40" HEIGHT="900"/>'
        '<GraphicalElement ID="dot" HPOS="300" VPOS="1300" WIDTH="20" HEIGHT="20"/>'
    )
    corpus, faults = read(book(tmp_path / "b", {"1": alto_page(furniture + PLAIN)}))
    assert [i.id for i in corpus.illustrations] == ["1-ill"]
    assert any("3 graphic blocks are no illustrations" in f.reason for f in faults)


def test_a_paragraph_under_a_picture_is_no_caption() -> None:
    inner = block("a", 100, 100, 800, [BODY] * 6) + PICTURE + block("b", 100, 815, 800, [BODY] * 8)
    (page,) = alto.pages(xml.parse(alto_page(inner).encode())[0])
    (picture,) = look(page).pictures
    assert picture.caption == ()


def test_each_of_two_pictures_side_by_side_has_the_caption_under_it() -> None:
    inner = (
        '<Illustration ID="left" HPOS="100" VPOS="300" WIDTH="380" HEIGHT="300"/>'
        '<Illustration ID="right" HPOS="520" VPOS="300" WIDTH="380" HEIGHT="300"/>'
        + block("r", 560, 620, 300, ["Fig. 2. Plan."])
        + block("l", 140, 620, 300, ["Fig. 1. Elevation."])
        + block("t", 100, 800, 800, [BODY] * 8)
    )
    (page,) = alto.pages(xml.parse(alto_page(inner).encode())[0])
    told = {p.id: [c.text for c in p.caption] for p in look(page).pictures}
    assert told == {"left": ["Fig. 1. Elevation."], "right": ["Fig. 2. Plan."]}


def test_a_plate_takes_its_text_from_the_facing_pages(tmp_path: Path) -> None:
    plate = '<Illustration ID="plate" HPOS="60" VPOS="80" WIDTH="880" HEIGHT="1150"/>' + block(
        "c", 300, 1260, 400, ["PLATE IV. The Mill"]
    )
    pages = {
        "1": alto_page(block("a", 100, 100, 800, ["Before the plate " + BODY] * 6)),
        "2": alto_page(plate),
        "3": alto_page(block("z", 100, 100, 800, ["Behind the plate " + BODY] * 6)),
    }
    found = only(book(tmp_path / "b", pages))
    assert found.caption == "PLATE IV. The Mill"
    assert "Before the plate" in found.text_before and found.text_after.startswith("Behind the plate")
    assert {p.page for p in found.passages} == {"[1]", "[2]", "[3]"}


def test_text_does_not_run_over_pages_that_do_not_follow_each_other(tmp_path: Path) -> None:
    other = alto_page(block("a", 100, 100, 800, ["Another book " + BODY] * 6))
    pages = {"mill_0014": alto_page(PLAIN), "mill_0120": other, "rose_0015": other}
    found = only(book(tmp_path / "b", pages))
    assert "Another book" not in found.text_before + found.text_after and found.text_after


def test_a_page_that_is_all_picture_is_an_illustration_and_a_blank_one_is_not(tmp_path: Path) -> None:
    folder = book(tmp_path / "b", {"1": alto_page(PLAIN), "2": alto_page(""), "3": alto_page("")})
    Image.new("RGB", (500, 700), (240, 235, 220)).save(folder / "3.png")
    Image.effect_noise((500, 700), 90).save(folder / "2.png")
    corpus, _ = read(folder, work=tmp_path / "store")
    assert [(i.id, i.region is None) for i in corpus.illustrations] == [("1-ill", False), ("2", True)]
    assert corpus.illustrations[1].image == folder / "2.png"


def test_a_page_said_to_lie_on_its_side_is_read_and_cut_upright(tmp_path: Path) -> None:
    on_side = (
        '<Illustration ID="ill" HPOS="200" VPOS="100" WIDTH="500" HEIGHT="1000"/>'
        '<TextBlock ID="cap" HPOS="720" VPOS="300" WIDTH="40" HEIGHT="600">'
        '<TextLine HPOS="720" VPOS="300" WIDTH="40" HEIGHT="600"><String CONTENT="Taf."/><String CONTENT="IX."/>'
        "</TextLine></TextBlock>"
    )
    folder = book(tmp_path / "b", {"1": alto_page(on_side, page='ROTATION="270"')})
    assert turned(Box(720, 300, 40, 600), 90, 1000, 1400) == Box(500, 720, 600, 40)
    corpus, _ = read(
        book(tmp_path / "c", {"1": alto_page(on_side, page='ROTATION="90"')}), work=tmp_path / "store"
    )
    (found,) = corpus.illustrations
    assert (
        found.caption == "Taf. IX." and found.region == Region(100, 50, 250, 500) and found.image is not None
    )
    with Image.open(found.image) as picture:
        assert picture.size == (500, 250)
    assert only(folder).caption == "Taf. IX."


# ---- PAGE and hOCR

PAGE = """<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15"><Page imageFilename="s.jpg"
 imageWidth="1000" imageHeight="1400"><ReadingOrder><OrderedGroup><RegionRefIndexed index="1" regionRef="second"/>
 <RegionRefIndexed index="0" regionRef="first"/></OrderedGroup></ReadingOrder>
 <TextRegion id="second"><Coords points="100,900 900,900 900,1000 100,1000"/>
 <TextLine><Coords points="100,900 900,940"/><TextEquiv index="1"><Unicode>wrong</Unicode></TextEquiv>
 <TextEquiv index="0"><Unicode>Zweiter Absatz</Unicode></TextEquiv></TextLine></TextRegion>
 <TextRegion id="first" type="heading"><Coords points="100,100 900,180"/><TextEquiv><Unicode>Die Mühle</Unicode>
 </TextEquiv></TextRegion><ImageRegion id="i"><Coords points="200,300 800,300 800,800 200,800"/></ImageRegion>
 <TextRegion id="c" type="caption"><Coords points="300,810 700,850"/><TextEquiv><Unicode>Am Bach</Unicode></TextEquiv>
 </TextRegion><GraphicRegion id="g" type="stamp"><Coords points="100,1000 400,1300"/></GraphicRegion></Page></PcGts>"""


def test_page_xml_follows_its_reading_order_its_best_reading_and_its_roles() -> None:
    (page,) = pagexml.pages(xml.parse(PAGE.encode())[0])
    layout = look(page)
    assert [page.blocks[i].text for i in layout.order] == ["Die Mühle", "Zweiter Absatz"]
    (picture,) = layout.pictures
    assert picture.box == Box(200, 300, 600, 500) and [c.text for c in picture.caption] == ["Am Bach"]
    assert layout.left_out == {"named as none in the file": 1}


HOCR = """<html><body><div class='ocr_page' title='image "s.png"; bbox 0 0 1000 1400; ppageno 3'>
<div class='ocr_carea' title='bbox 100 100 900 180'><p class='ocr_par'><span class='ocr_line' title='bbox 100 100 900 130'>
<span class='ocrx_word' title='bbox 1 1 2 2'>Erste</span> <span class='ocrx_word'>Zeile<br></span></span></p>
<div class='ocr_photo' title='bbox 200 300 800 800'></div>
<div class='ocr_carea' title='bbox 300 815 700 850'><span class='ocr_caption' title='bbox 300 815 700 850'>Fig. 3. Rad</span>
</div></div></body>"""


def test_hocr_with_broken_markup_gives_words_pictures_and_captions() -> None:
    pages, forgiven = hocr.pages(HOCR.encode())
    assert forgiven == "" and pages[0].image == "s.png"
    (picture,) = look(pages[0]).pictures
    assert [c.text for c in picture.caption] == ["Fig. 3. Rad"]
    assert pages[0].blocks[0].text == "Erste Zeile"


# ---- METS

METS = """<mets xmlns="http://www.loc.gov/METS/" xmlns:x="http://www.w3.org/1999/xlink" xmlns:m="http://www.loc.gov/mods/v3">
<dmdSec ID="D1"><mdWrap><xmlData><m:mods><m:titleInfo><m:title>Der Müller</m:title></m:titleInfo><m:originInfo>
<m:dateIssued>03.06.1900</m:dateIssued></m:originInfo><m:language><m:languageTerm type="code">ger</m:languageTerm>
</m:language><m:accessCondition type="use and reproduction" x:href="https://creativecommons.org/publicdomain/mark/1.0/"/>
</m:mods></xmlData></mdWrap></dmdSec>
<fileSec><fileGrp USE="FULLTEXT"><file ID="A1" MIMETYPE="text/xml"><FLocat x:href="file://./alto/0001.xml"/></file>
<file ID="A2" MIMETYPE="text/xml"><FLocat x:href="file://./alto/0002.xml"/></file></fileGrp>
<fileGrp USE="MAX"><file ID="I1" MIMETYPE="image/tiff"><FLocat x:href="img/0001.tif"/></file></fileGrp></fileSec>
<structMap TYPE="PHYSICAL"><div TYPE="physSequence"><div TYPE="page" ID="p1" ORDERLABEL="7"><fptr FILEID="A1"/>
<fptr FILEID="I1"/></div><div TYPE="page" ID="p2" ORDERLABEL="8"><fptr FILEID="A2"/></div></div></structMap>
<structMap TYPE="LOGICAL"><div TYPE="Newspaper" DMDID="D1"><div TYPE="ARTICLE" ID="art1" LABEL="Von Mühlen">
<div TYPE="TEXT"><fptr><area FILEID="A1" BEGIN="above"/></fptr></div>
<div TYPE="ILLUSTRATION"><div TYPE="IMAGE"><fptr><area FILEID="A1" BEGIN="ill"/></fptr></div>
<div TYPE="CAPTION"><fptr><area FILEID="A1" BEGIN="cap"/></fptr></div></div></div>
<div TYPE="ARTICLE" ID="art2" LABEL="Anderes"><div TYPE="TEXT"><fptr><area FILEID="A1" BEGIN="below"/></fptr></div></div>
</div></structMap></mets>"""


def test_a_mets_package_gives_the_source_the_page_number_the_article_and_its_own_caption(
    tmp_path: Path,
) -> None:
    folder = book(tmp_path / "issue" / "alto", {"0001": alto_page(PLAIN)}).parent
    (folder / "img").mkdir()
    (folder / "alto" / "0001.png").rename(folder / "img" / "0001.png")  # METS speaks of a .tif
    (folder / "mets.xml").write_text(METS, encoding="utf-8")
    said: list[str] = []
    corpus, faults = read(folder, work=tmp_path / "store", say=said.append)
    (source,) = corpus.sources
    assert (source.title, source.date, source.language) == ("Der Müller", "1900-06-03", "de")
    assert source.rights == "https://creativecommons.org/publicdomain/mark/1.0/"
    (found,) = corpus.illustrations
    assert (found.page, found.heading, found.language) == ("7", "Von Mühlen", "de")
    assert found.caption == "Abb. 7. Die Mühle. Holzschnitt." and found.image is not None
    assert (
        found.text_before.startswith("Der Zeichner") and "Danach" not in found.text_after
    )  # another article
    assert [f.reason for f in faults if f.level == "error"] == [
        "1 of 2 pages are not there, first file://./alto/0002.xml"
    ]
    assert said == ["mets.xml: METS of 2 pages, 1 with text, 1 with image"]


# ---- TEI

TEI = """<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>Digital</title></titleStmt>
<sourceDesc><biblFull><titleStmt><title type="main">Mühlenbuch</title><author>A. Müller</author></titleStmt>
<publicationStmt><date>1881</date></publicationStmt></biblFull></sourceDesc></fileDesc>
<encodingDesc><charDecl><char><figure><graphic url="sign.png"/></figure></char></charDecl></encodingDesc></teiHeader>
<text xml:lang="de"><body><div><head>Vom Rad</head><pb n="12" facs="https://example.org/12.jpg"/>
<p>Das Rad steht <figure xml:id="f1"><graphic url="img/rad"/><head>Fig. 1. Das Rad</head>
<figDesc>a wheel</figDesc></figure> still und <choice><orig>ſinkt</orig><reg>sinkt</reg></choice>.<note place="foot">Fuß</note></p>
<pb n="13"/><p>Ende mit Trenn-<lb break="no"/>strich.</p></div></body></text></TEI>"""


def test_tei_gives_figures_with_heads_pages_headings_and_the_text_on_both_sides(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    Image.new("RGB", (60, 60)).save(tmp_path / "img" / "rad.png")
    (tmp_path / "book.tei.xml").write_text(TEI, encoding="utf-8")
    corpus, faults = read(tmp_path / "book.tei.xml")
    (source,) = corpus.sources
    assert (source.title, source.creator, source.date, source.language) == (
        "Mühlenbuch",
        "A. Müller",
        "1881",
        "de",
    )
    (found,) = corpus.illustrations
    assert faults == [] and found.image == tmp_path / "img" / "rad.png"
    assert (found.id, found.page, found.heading, found.caption) == ("f1", "12", "Vom Rad", "Fig. 1. Das Rad")
    assert found.text_before.endswith("Das Rad steht")
    assert found.text_after == "still und ſinkt.\n\nEnde mit Trennstrich."
    assert found.metadata == (("figDesc", "a wheel"),) and found.page_image == "https://example.org/12.jpg"


def test_zones_of_a_facsimile_become_illustrations_cut_from_the_plate(tmp_path: Path) -> None:
    text = (
        '<TEI xmlns="http://www.tei-c.org/ns/1.0" xml:id="plate"><facsimile><surface><graphic url="plate.png"/>'
        '<zone xml:id="z1" ulx="10" uly="20" lrx="60" lry="100"/></surface></facsimile><text><body><div>'
        '<div corresp="#z1"><head>Fig. 1</head></div></div></body></text></TEI>'
    )
    (tmp_path / "plate.xml").write_text(text, encoding="utf-8")
    Image.new("RGB", (200, 200)).save(tmp_path / "plate.png")
    found = only(tmp_path / "plate.xml", tmp_path / "store")
    assert (found.caption, found.region) == ("Fig. 1", Region(10, 20, 50, 80)) and found.image is not None


# ---- what is wrong


BOMB = '<?xml version="1.0"?><!DOCTYPE alto [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><alto><x>&b;</x></alto>'
EXTERNAL = '<!DOCTYPE alto [<!ENTITY a SYSTEM "file:///etc/hostname">]><alto>&a;</alto>'


@pytest.mark.parametrize("text", [BOMB, EXTERNAL])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_every_encoding(text: str, encoding: str) -> None:
    with pytest.raises(xml.Unreadable, match="declares XML entities"):
        xml.parse(text.encode(encoding))


def test_a_dtd_on_the_network_is_not_fetched() -> None:
    root, _ = xml.parse(b'<!DOCTYPE alto SYSTEM "http://127.0.0.1:9/none.dtd"><alto><Layout/></alto>')
    assert xml.local(root) == "alto"


def test_a_file_that_is_too_large_or_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml, "LARGEST", 1_000_000)
    (tmp_path / "a.xml").write_bytes(b"<alto>" + b" " * 1_000_001)
    (tmp_path / "b.xml.gz").write_bytes(gzip.compress(b"<alto>" + b" " * 5_000_000))
    for name in ("a.xml", "b.xml.gz"):
        with pytest.raises(xml.Unreadable, match="MiB and is not read"):
            xml.read_bytes(tmp_path / name)


def test_each_bad_page_is_one_line_and_the_others_are_read(tmp_path: Path) -> None:
    good = alto_page(PLAIN)
    folder = book(tmp_path / "b", {"1": good, "2": good[:-200], "3": "<alto>", "4": BOMB}, scans=False)
    (folder / "5.xml").write_bytes(good.encode("latin-1"))
    (folder / "6.xml").write_text(alto_page(""), encoding="utf-8")
    corpus, faults = read(folder)
    assert [i.id for i in corpus.illustrations] == ["1-ill", "2-ill", "5-ill"]
    assert corpus.illustrations[2].caption == "Abb. 7. Die Mühle. Holzschnitt."
    told = {f.place: f.reason for f in faults if f.level == "error"}
    assert set(told) == {"2.xml", "3.xml", "4.xml", "5.xml"}
    assert "what could be read was read" in told["2.xml"] and "entities" in told["4.xml"]
    assert "Windows-1252" in told["5.xml"]


def test_a_scan_that_is_no_image_costs_the_picture_and_not_the_text(tmp_path: Path) -> None:
    folder = book(tmp_path / "b", {"1": alto_page(PLAIN), "2": alto_page(PLAIN)})
    (folder / "1.png").write_bytes(b"not a picture")
    corpus, faults = read(folder, work=tmp_path / "store")
    assert [i.image is None for i in corpus.illustrations] == [True, False]
    assert corpus.illustrations[0].caption.startswith("Abb. 7")
    assert any("1.png is not a readable image" in f.reason for f in faults)


def test_a_package_without_any_picture_says_so_in_one_line(tmp_path: Path) -> None:
    folder = book(tmp_path / "b", {"1": alto_page(block("a", 100, 100, 800, [BODY] * 3))}, scans=False)
    with pytest.raises(CorpusError, match="holds no illustration that can be read"):
        read(folder)


# ---- geometry, whatever the numbers

boxes = st.builds(Box, *[st.integers(-500, 5000)] * 2, *[st.integers(1, 5000)] * 2)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
blocks = st.builds(
    Block,
    st.sampled_from(["a", "b", "c", ""]),
    st.none() | boxes,
    st.lists(st.builds(Line, words, st.none() | boxes), max_size=4).map(tuple),
    st.booleans(),
    st.sampled_from(["", "photo", "caption", "heading", "header", "separator"]),
    st.sampled_from([0.0, 8.0, 20.0]),
    group=st.sampled_from(["", "g"]),
    rotation=st.sampled_from([0, 90]),
)
pages = st.builds(
    Page, st.just("p"), st.integers(0, 5000), st.integers(0, 5000), st.lists(blocks, max_size=9).map(tuple),
    rotation=st.sampled_from([0, 90, 180, 270]), ordered=st.booleans(),
)  # fmt: skip


@given(pages, st.none() | st.tuples(st.integers(1, 9000), st.integers(1, 9000)))
@settings(max_examples=150, deadline=None)
def test_any_page_has_a_layout_in_which_no_line_is_used_twice(
    page: Page, size: tuple[int, int] | None
) -> None:
    layout = look(page)
    assert len(set(layout.order)) == len(layout.order)
    assert all(not page.blocks[i].graphic for i in layout.order)
    used = [piece.block for picture in layout.pictures for piece in picture.caption]
    assert set(used) <= {b for b, _ in layout.taken}
    assert all(n > 0 for n in scale(page, size))
    for picture in layout.pictures:
        for text in around([None, Sheet(page, layout, {}), None], 1, picture):
            assert all(text.text[start:end] == piece.text for start, end, _, piece in text.parts)


@given(boxes, st.sampled_from([90, 180, 270]))
def test_turning_back_restores_a_box(box: Box, turn: int) -> None:
    width, height = 5000, 7000
    there = turned(box, turn, width, height)
    size = (height, width) if turn in (90, 270) else (width, height)
    assert turned(there, 360 - turn, *size) == box


@given(st.lists(st.builds(Line, words, st.none(), st.sampled_from([None, "", "-"])), max_size=5))
def test_joined_lines_lose_no_letter(lines: list[Line]) -> None:
    letters = "".join(c for line in lines for c in line.text if c.isalnum())
    assert "".join(c for c in joined(lines) if c.isalnum()) == letters


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused_with_one_line(data: bytes) -> None:
    for parse in (xml.parse, hocr.pages):
        try:
            parse(data)
        except xml.Unreadable as problem:
            assert "\n" not in str(problem)


@pytest.mark.parametrize(
    "text", ["Abb. 12. Die", "Fig. 3 bis", "Taf. IV", "PLATE I.—The", "№ 9.", "Рис. 2", "Lám. 4"]
)
def test_captions_are_known_by_their_first_words(text: str) -> None:
    assert LABEL.match(text)


def test_what_recognition_took_for_a_page_number_is_checked() -> None:
    assert [page_number(t) for t in ("— 13 —", "XIV", "173555", "ggg 170", "( 484 )")] == [
        "13",
        "XIV",
        "",
        "",
        "484",
    ]


# ---- the real files


@needs_data
def test_the_colour_plates_of_a_newspaper_are_found_with_their_captions() -> None:
    corpus, faults = read(DATA / "mets" / "bnf-en-pji-1900")
    told = {i.id: i.caption for i in corpus.illustrations}
    assert told["19000603_1-0001-P1_CB00001"] == "LE BANQUET DE SAINT-SÉBASTIEN"
    assert told["19000603_1-0008-P8_CB00001"] == "ACTE ADMIRABLE DE DÉVOUEMENT"
    assert "Pavillon de la Turquie" in told["19000603_1-0005-P5_CB00001"]
    assert [f.reason for f in faults if f.level == "error"] == [
        "4 of 8 pages are not there, first file://./ALTO/19000603_1-0002.xml"
    ]


@needs_data
def test_a_shelfmark_a_barcode_and_ornaments_of_old_prints_are_left_out(tmp_path: Path) -> None:
    corpus, _ = read(DATA / "page" / "gt-structure", work=tmp_path)
    ids = [i.id for i in corpus.illustrations]
    assert not any("laube" in i or "euler" in i or "glauber" in i for i in ids)
    (plate,) = [i for i in corpus.illustrations if i.id.startswith("gerstner")]
    assert plate.caption == "SCHNELL= UND ZEIGEWAGE.\n№ 9." and plate.image is not None
    with Image.open(plate.image) as picture:
        assert picture.size == (1250, 857)


@needs_data
@pytest.mark.parametrize("kind", ["alto", "hocr", "mets", "page", "tei", "iiif"])
def test_every_real_file_is_read_or_refused_with_a_reason(kind: str) -> None:
    files = [p for p in (DATA / kind).rglob("*") if p.suffix in (".xml", ".html", ".hocr", ".gz", ".json")]
    assert files
    for file in files:
        try:
            corpus, faults = read(file)
        except CorpusError as problem:
            assert "\n" not in str(problem)
            continue
        assert corpus.illustrations and all(f.reason for f in faults)
