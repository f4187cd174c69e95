"""Clean-up, language and passages: readable text that still knows where each letter was printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.text.clean import clean, paragraphs
from enrich.text.compounds import split_compound
from enrich.text.language import LanguageEnricher, identify
from enrich.text.passages import collect, garbled
from kg.nouns import Illustration

GERMAN = (
    "Der Meister malte die Tafel für den Hochaltar der Kirche, und die Bürger der Stadt "
    "bewunderten die Farben des Gewandes und die Ruhe der Landschaft."
)


@pytest.mark.parametrize(
    ("printed", "language", "readable"),
    [
        ("eine Kunſt-\nſammlung", "de", "eine Kunstsammlung"),
        ("der Nord-\nOst-See", "de", "der Nord-Ost-See"),
        ("the of\ufb01ce and the \ufb02oor", "en", "the office and the floor"),
        ("Albrecht DÃ¼rer in NÃ¼rnberg", "de", "Albrecht Dürer in Nürnberg"),
        ("Tom &amp; Jerry &#8212; caf&eacute;", "en", "Tom & Jerry — café"),
        ("ein soft\u00adhyphen", "de", "ein softhyphen"),
        ("a hand- work of art", "en", "a handwork of art"),
        ("Kunst- und Gewerbeschule", "de", "Kunst- und Gewerbeschule"),
        ("diefe Bilder find felbft fchön", "de", "diese Bilder sind selbst schön"),
        ("auf dem Dorfe fanden sie Hafer", "de", "auf dem Dorfe fanden sie Hafer"),
        ("two  lines\nof one paragraph", "en", "two lines of one paragraph"),
    ],
)
def test_printed_text_becomes_readable(printed: str, language: str, readable: str) -> None:
    assert clean(printed, language).text == readable


@given(st.text(alphabet="aAſ-¬\n \u00adﬁ&amp;Ã¼", max_size=40))
def test_every_span_of_clean_text_points_into_the_original(printed: str) -> None:
    cleaned = clean(printed, "de")
    assert cleaned.original == printed
    for i in range(len(cleaned.text)):
        start, end = cleaned.span(i, i + 1)
        assert 0 <= start < end <= len(printed)


def test_a_word_found_after_clean_up_is_quoted_as_printed() -> None:
    printed = "In der Kunſt-\nſammlung"
    cleaned = clean(printed, "de")
    start = cleaned.text.index("Kunstsammlung")
    first, last = cleaned.span(start, start + len("Kunstsammlung"))
    assert printed[first:last] == "Kunſt-\nſammlung"


def test_paragraphs_keep_their_offsets() -> None:
    text = "  one\ntwo\n\n \n three  "
    assert [text[a:b] for a, b in paragraphs(text)] == ["one\ntwo", "three"]


def test_compounds_come_apart_with_the_head_last() -> None:
    assert split_compound("Flügelaltars") == ("Flügel", "Altar")
    assert split_compound("Kupferstichkabinett")[-1] == "Kabinett"
    assert len(split_compound("Bildnis")) == 1


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("die Aufkla\u0364rung der Mu\u0364nſter", "die Aufklärung der Münster"),
        ("Der Offi -\nzier ſagt : nicht", "Der Offizier sagt : nicht"),
        ("ein Wort -\nund noch eins", "ein Wort - und noch eins"),
        ("das Schickfal unſerer Vorfahren und die Kraft", "das Schicksal unserer Vorfahren und die Kraft"),
    ],
)
def test_fraktur_as_libraries_recognise_it_is_read(printed: str, read: str) -> None:
    cleaned = clean(printed, "de")
    assert cleaned.text == read
    assert cleaned.original == printed
    start = read.rindex(read.split()[-1])
    first, last = cleaned.span(start, len(read))
    assert printed[first:last][-2:] == printed[-2:]


OCR = Path(__file__).parent.parent.parent / "shared" / "data" / "ocr"


@pytest.mark.skipif(not OCR.is_dir(), reason="the real files of libraries are not there")
def test_real_fraktur_pages_lose_their_long_s_and_keep_their_places() -> None:
    from lxml import etree

    tree = etree.parse(OCR / "mets" / "ocrd-kant-1784" / "OCR-D-GT-ALTO" / "PAGE_0020_ALTO.xml")
    blocks = [
        "\n".join(
            " ".join(s.get("CONTENT", "") for s in line.iter("{*}String"))
            for line in block.iter("{*}TextLine")
        )
        for block in tree.iter("{*}TextBlock")
    ]
    longest = max(blocks, key=len)
    cleaned = clean(longest, "de")
    assert "ſ" in longest and "ſ" not in cleaned.text and "\u0364" not in cleaned.text
    assert "Offizier" in cleaned.text and "Aufklärung" in cleaned.text
    at = cleaned.text.index("Offizier")
    first, last = cleaned.span(at, at + len("Offizier"))
    assert longest[first:last] == "Offi -\nzier"


def test_languages_are_told_apart_and_the_stated_one_needs_clear_evidence_to_fall() -> None:
    assert identify(GERMAN)[0] == "de"
    assert identify("The altar was painted for the high church of the town.")[0] == "en"
    assert identify(GERMAN, stated="en")[0] == "de"
    assert identify("Abb. 12.", stated="fr-FR") == ("fr", 1.0)
    assert identify("1897") == ("", 0.0)
    assert identify(GERMAN, stated="xx")[0] == "xx"


def test_small_words_decide_only_where_they_leave_no_doubt() -> None:
    english = "The altar was painted for the high church of the town, and it is still in the choir."
    assert identify(english)[0] == "en" and identify(english)[1] > 0.9
    # A language whose small words are not listed is still among the candidates.
    assert identify("Kościół i wieża stoją na rynku starego miasta od wieków.", ("de", "en", "pl"))[0] == "pl"
    # A passage that quotes another language at length is in one of the two, never in a third.
    quoting = GERMAN + " « Le tableau est dans la chapelle, et il n'est pas de la main du maître. »"
    assert identify(quoting)[0] in ("de", "fr")


def test_the_language_stage_says_nothing_of_a_picture_without_letters() -> None:
    pictures = [Illustration("b", "1", text_after=GERMAN), Illustration("b", "2", caption="12")]
    observed = list(LanguageEnricher().claims(pictures))
    assert [(o.illustration, o.value) for o in observed] == [("b/1", "de")]  # type: ignore[union-attr]


def test_a_paragraph_between_two_pictures_is_one_passage_with_two_places() -> None:
    first = Illustration("b", "1", text_after=GERMAN, language="de")
    second = Illustration("b", "2", text_before="… " + GERMAN[40:], language="de")
    passages, notices = collect([first, second])
    assert [len(p.places) for p in passages] == [2]
    assert passages[0].text == GERMAN
    assert not notices


def test_pictures_without_enough_text_are_left_out_with_a_reason() -> None:
    passages, notices = collect([Illustration("b", "1", caption="Abb. 1. Der Ritter.", language="de")])
    assert not passages
    assert [(n.place, n.level) for n in notices] == [("b/1", "notice")]
    assert "longest: 3" in notices[0].reason


def test_the_caption_speaks_where_there_is_no_other_text() -> None:
    passages, notices = collect([Illustration("b", "1", caption=GERMAN)])
    assert passages[0].places[0].field == "caption"
    assert not notices


def test_passages_do_not_depend_on_the_order_of_the_corpus() -> None:
    pictures = [Illustration("b", str(n), text_after=f"{GERMAN} {'Wand ' * n}") for n in range(5)]
    assert collect(pictures)[0] == collect(pictures)[0]
    assert [p.id for p in collect(pictures)[0]] == [p.id for p in collect(pictures[::-1])[0]]


def test_recognition_of_a_picture_is_garbled_and_prose_is_not() -> None:
    assert garbled("| ii .. -- 1l| x xx ~ c: ; lll |. ' , r t")
    assert not garbled(GERMAN)


def test_a_very_long_paragraph_is_divided_at_sentence_ends() -> None:
    long = " ".join(f"Satz {n} handelt von der Kirche und ihrem Turm in der Stadt." for n in range(200))
    passages, _ = collect([Illustration("b", "1", text_after=long, language="de")])
    assert len(passages) > 5
    assert all(p.text.endswith("Stadt.") for p in passages)
    for passage in passages:
        place = passage.places[0]
        assert long[place.start : place.end] == passage.text
