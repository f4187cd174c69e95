"""Linking captions: the gazetteer, the enricher's claims, the table, the rules that never bend."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from enrich.linking.commands import gazetteer, link
from enrich.linking.enricher import LinkConfig, LinkEnricher
from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.load import load
from enrich.linking.request import Request
from enrich.linking.table import answer_row, request_of
from kg.nouns import Claim, Fault, Illustration, Source

ITEM = "http://www.wikidata.org/entity/"
DIRECT = "http://www.wikidata.org/prop/direct/"
WORDS = {
    "label": "http://www.w3.org/2000/01/rdf-schema#label",
    "description": "http://schema.org/description",
}


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker(open_gazetteer("builtin"))


def triples(*lines: tuple[str, str, str]) -> str:
    """N-Triples of (item, property or label, value): Q… an item, four digits a year, else a text."""
    out = []
    for item, name, value in lines:
        shown = f'"{value}"@en'
        if value[0] == "Q" and value[1:].isdigit():
            shown = f"<{ITEM}{value}>"
        elif value.isdigit() and len(value) == 4:
            shown = f'"{value}-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>'
        out.append(f"<{ITEM}{item}> <{WORDS.get(name, DIRECT + name)}> {shown} .\n")
    return "".join(out)


def person(item: str, label: str, born: str = "", died: str = "") -> list[tuple[str, str, str]]:
    rows = [(item, "label", label), (item, "P31", "Q5")]
    return rows + [(item, p, y) for p, y in (("P569", born), ("P570", died)) if y]


def build(tmp_path: Path, *rows: tuple[str, str, str]) -> Linker:
    source = tmp_path / "items.nt"
    source.write_text(triples(*rows), "utf-8")
    load([source], tmp_path / "G")
    return Linker(open_gazetteer(tmp_path / "G"))


@pytest.mark.parametrize(
    ("caption", "artist", "artwork"),
    [
        ("Abb. 1. Albrecht Dürer: Selbstbildnis. Ölgemälde von 1498. Prado, Madrid.", "Q5580", "Q2388965"),
        ("PLATE II.—REMBRANDT. THE NIGHT WATCH. Amsterdam.", "Q5598", "Q219831"),
        ("J.-F. MILLET — LES GLANEUSES", "Q148458", "Q1368055"),
        ("Abb. 4. Raffael: Die Sixtinische Madonna. Dresden.", "Q5597", "Q328079"),
        ("Vermeer, La Laitière. Rijksmuseum.", "Q41264", "Q167605"),
        ("Fig. 7. Botticelli. Der Frühling. Florenz", "Q5669", "Q549847"),
        ("Grundriß der Marienkirche", "", ""),
        ("Steam engine, elevation", "", ""),
    ],
)
def test_captions_in_three_languages_find_artist_and_work(
    linker: Linker, caption: str, artist: str, artwork: str
) -> None:
    answer = linker.link(Request(caption, 1901))
    assert (answer.artist.qid if answer.artist else "") == artist
    assert (answer.artwork.qid if answer.artwork else "") == artwork


@pytest.mark.parametrize(
    ("caption", "artist"),
    [
        ("Abb. 7. Rembrandt, Selbstbildnis. Wien, K. K. Gemäldegalerie.", "Q5598"),
        ("Abb. 3. Dürer, Selbstbildnis. München", "Q5580"),
        ("Rubens, Kreuzabnahme. Antwerpen", "Q5599"),
    ],
)
def test_a_surname_a_comma_and_a_title_name_the_artist(linker: Linker, caption: str, artist: str) -> None:
    found = linker.link(Request(caption, 1908)).artist
    assert found is not None and found.qid == artist and found.confidence > 0.9


def test_a_claim_quotes_the_caption_with_offsets_and_says_why() -> None:
    enricher = LinkEnricher(LinkConfig(), {"j": Source("j", "Journal", date="1901")})
    caption = "Abb. 12. Rembrandt: Die Nachtwache."
    claims = [c for c in enricher.claims([Illustration("j", "1", caption=caption)]) if isinstance(c, Claim)]
    best = {c.property: c for c in reversed(claims)}
    assert {p: c.value.id for p, c in best.items()} == {"artist": "Q5598", "reproduces": "Q219831"}
    span = next(e for e in best["artist"].evidence if e.kind == "caption")
    assert caption[span.start : span.end] == span.text == "Rembrandt"
    assert any(e.kind == "rule" for e in best["artist"].evidence)
    assert any(
        e.kind == "date" and "1606" in e.text and "printed 1901" in e.text for e in best["artist"].evidence
    )
    assert ("wikidata", "Q219831") in best["reproduces"].value.facts


def test_however_sure_an_answer_is_only_a_person_is_certain(linker: Linker) -> None:
    caption = "Caspar David Friedrich (1774–1840), Der Mönch am Meer. Berlin, Nationalgalerie."
    answer = linker.link(Request(caption=caption, language="de", year=1908))
    assert answer.artist and f"{answer.artist.confidence:.4f}" == "1.0000", "not the case that is meant"
    assert answer_row("1", answer)[2] == "0.9999"
    enricher = LinkEnricher(LinkConfig(), {"j": Source("j", "Journal", date="1908")})
    claims = [c for c in enricher.claims([Illustration("j", "1", caption=caption)]) if isinstance(c, Claim)]
    assert max(c.confidence for c in claims if c.property == "artist") == 0.9999


def test_a_qualified_name_is_never_plain_attribution(linker: Linker) -> None:
    for caption, qualifier in (
        ("Nach Rubens: Bildnis einer Dame", "after"),
        ("Workshop of Botticelli. Madonna and Child.", "workshop-of"),
        ("Attributed to Giorgione. Portrait of a man.", "attributed-to"),
        ("Rembrandt (Werkstatt). Der Alte.", "workshop-of"),
        ("D’après Ingres. Tête de femme.", "after"),
    ):
        answer = linker.link(Request(caption, 1900))
        assert answer.artist is not None, caption
        assert answer.artist.qualifier == qualifier, caption


def test_a_study_for_a_work_is_never_taken_for_the_work(linker: Linker) -> None:
    plain = linker.link(Request("Abb. 4. Raffael: Die Sixtinische Madonna. Dresden.", 1901))
    assert plain.artwork is not None and plain.artwork.qualifier == ""
    study = linker.link(Request("Abb. 4. Raffael: Skizze zur Sixtinischen Madonna. Dresden.", 1901))
    assert "Q328079" in {choice.qid for choice in study.artworks}
    assert all(choice.qualifier == "study-for" for choice in study.artworks)
    assert answer_row("1", study)[1] == "Q5597" and answer_row("1", study)[4] == ""


def test_nobody_born_after_the_printing_and_no_work_made_after_it_is_an_answer(tmp_path: Path) -> None:
    linker = build(
        tmp_path,
        *person("Q1", "Karl Tannenwald", "1950"),
        ("Q2", "label", "The Blue Tower"),
        ("Q2", "P31", "Q3305213"),
        ("Q2", "P571", "1970"),
        ("Q2", "P170", "Q1"),
    )
    late = linker.link(Request("Karl Tannenwald: The Blue Tower.", 1980))
    assert late.artist is not None and late.artist.qid == "Q1"
    assert late.artwork is not None and late.artwork.qid == "Q2"
    early = linker.link(Request("Karl Tannenwald: The Blue Tower.", 1900))
    assert early.artists == () and early.artworks == ()


def test_two_namesakes_are_not_told_apart_by_fame_alone(tmp_path: Path) -> None:
    works = [
        row
        for n in range(10, 30)
        for row in ((f"Q{n}", "label", f"Harbour {n}"), (f"Q{n}", "P31", "Q3305213"), (f"Q{n}", "P170", "Q1"))
    ]
    linker = build(tmp_path, *person("Q1", "John Ashgrove"), *person("Q2", "John Ashgrove"), *works)
    answer = linker.link(Request("John Ashgrove. A view.", 1900))
    assert answer.artist is None
    assert {c.qid for c in answer.artists} == {"Q1", "Q2"}


def test_a_name_without_elder_or_younger_is_neither_unless_the_work_tells(linker: Linker) -> None:
    silent = linker.link(Request("HANS HOLBEIN — PORTRAIT D’ÉRASME (GRANDE GALERIE)", 1912))
    assert silent.artist is None
    assert {"Hans Holbein the Elder", "Hans Holbein the Younger"} <= {c.label for c in silent.artists}
    by_work = linker.link(Request("HOLBEIN — ANNE DE CLÈVES (GRANDE GALERIE)", 1912))
    assert by_work.artist is not None and by_work.artist.label == "Hans Holbein the Younger"
    told = linker.link(Request("HANS HOLBEIN the Younger. Portrait.", 1912))
    assert told.artist is not None and told.artist.label == "Hans Holbein the Younger"


def test_life_dates_in_the_caption_tell_namesakes_apart(tmp_path: Path) -> None:
    rows = person("Q1", "John Ashgrove", "1700", "1760") + person("Q2", "John Ashgrove", "1800", "1870")
    linker = build(tmp_path, *rows)
    answer = linker.link(Request("John Ashgrove (1800–1870). A view.", 1900))
    assert answer.artist is not None and answer.artist.qid == "Q2"


def test_an_institution_is_never_an_artist(tmp_path: Path) -> None:
    linker = build(tmp_path, ("Q1", "label", "Städel"), ("Q1", "P31", "Q33506"), *person("Q2", "Anna Weber"))
    assert linker.link(Request("Städel. Ansicht.", 1900)).artists == ()


def test_unreadable_lines_are_reported_with_their_place_and_the_rest_is_loaded(tmp_path: Path) -> None:
    source = tmp_path / "broken.nt"
    body = triples(*person("Q1", "Anna Weber", "1860"))
    source.write_bytes(b"this is no triple\n" + body.encode() + b"<http://x> \xff\n# a comment\n\n")
    faults: list[Fault] = []
    card = load([source], tmp_path / "G", fault=faults.append)
    assert card["entities"] == {"person": 1}
    assert [f.place.rsplit(":", 1)[1] for f in faults] == ["1", "5"]


def test_what_two_files_say_of_one_item_is_merged(tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(triples(("Q1", "label", "Anna Weber"), ("Q1", "P31", "Q5")))
    (tmp_path / "b.nt").write_text(triples(("Q1", "P569", "1860")))
    load([tmp_path / "a.nt", tmp_path / "b.nt"], tmp_path / "G")
    opened = open_gazetteer(tmp_path / "G")
    assert opened.size == 1
    assert (opened.entry(0).label, opened.entry(0).born) == ("Anna Weber", 1860)


def test_a_rebuilt_gazetteer_replaces_the_old_while_its_readers_read_on(tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(triples(*person("Q1", "Anna Weber")))
    load([tmp_path / "a.nt"], tmp_path / "G")
    before = open_gazetteer(tmp_path / "G")
    (tmp_path / "a.nt").write_text(triples(*person("Q2", "Berta Weber")))
    load([tmp_path / "a.nt"], tmp_path / "G")
    assert before.entry(0).label == "Anna Weber"
    assert open_gazetteer(tmp_path / "G").entry(0).label == "Berta Weber"
    assert len(list((tmp_path / "G").iterdir())) == 2


def test_the_table_contract(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "id,caption,year,extra\n1,Rembrandt. The Night Watch.,1901,x\n2,,1901,y\n3,Nobody Inparticular,,\n"
    )
    result = CliRunner().invoke(link, [str(table), "--out", str(tmp_path / "o.csv")])
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader((tmp_path / "o.csv").open()))
    assert list(rows[0]) == [
        "id",
        "artist",
        "artist_confidence",
        "qualifier",
        "artwork",
        "artwork_confidence",
    ]
    assert [(r["id"], r["artist"], r["artwork"]) for r in rows] == [
        ("1", "Q5598", "Q219831"),
        ("2", "", ""),
        ("3", "", ""),
    ]
    assert 0 < float(rows[0]["artist_confidence"]) <= 1


@pytest.mark.parametrize(
    ("context", "title", "heading", "text"),
    [
        ("Rubens", "", "", "Rubens"),
        ("Rubens\n", "", "", "Rubens"),
        ("Rubens\n\n", "Rubens", "", ""),
        ("Rubens\nHe lived in Antwerp.\n", "Rubens", "", "He lived in Antwerp."),
        ("\nAntwerp\nHe lived there.\n", "", "Antwerp", "He lived there."),
    ],
)
def test_a_source_s_title_is_told_from_text_by_the_lines_after_it(
    context: str, title: str, heading: str, text: str
) -> None:
    request = request_of({"id": "1", "caption": "Portrait", "context": context})
    assert (request.title, request.heading, request.text) == (title, heading, text)


def test_a_broken_row_is_reported_and_the_others_are_linked(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,caption\n1,Rembrandt. Selfportrait.,too,many\n2,Rembrandt. A head.\n")
    result = CliRunner().invoke(link, [str(table), "--out", str(tmp_path / "o.csv")])
    assert result.exit_code == 1
    assert "t.csv:2: not as many cells" in result.output
    assert [r["id"] for r in csv.DictReader((tmp_path / "o.csv").open())] == ["2"]


def test_wrong_usage_is_one_line_and_status_2(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("number,text\n1,x\n")
    result = CliRunner().invoke(link, [str(table), "--out", str(tmp_path / "o.csv")])
    assert result.exit_code == 2 and "no column id" in result.output
    assert not (tmp_path / "o.csv").exists()
    result = CliRunner().invoke(gazetteer, ["info", str(tmp_path)])
    assert result.exit_code == 2 and "no gazetteer" in result.output
    assert "works" not in result.output


def test_info_says_what_the_built_in_gazetteer_holds() -> None:
    result = CliRunner().invoke(gazetteer, ["info"])
    assert result.exit_code == 0
    assert "235 person" in result.output and "artwork" in result.output


@pytest.mark.parametrize(
    ("caption", "chapter"),
    [
        ("Fig. 117. Cosimo Rosselli. Destruction of Pharaoh’s Army. Fresco.", "FRA FILIPPO LIPPI"),
        ("Fig. 108. Antonio Pollaiuolo. Martyrdom of St. Sebastian.—London.", "FRA FILIPPO LIPPI"),
        ("Fig. 71. Lorenzo Monaco, Annunciation.—Trinità.", ""),
    ],
)
def test_a_painter_the_gazetteer_lacks_is_neither_his_chapter_s_nor_a_namesake(
    linker: Linker, caption: str, chapter: str
) -> None:
    names = {name for row in range(linker.gazetteer.size) for name in [linker.gazetteer.entry(row).label]}
    assert not names & {"Cosimo Rosselli", "Antonio del Pollaiuolo", "Lorenzo Monaco"}
    answer = linker.link(Request(caption=caption, year=1923, heading=chapter))
    assert answer.artist is None


def test_nor_is_a_painter_of_whom_it_knows_but_the_name_his_chapter_s(tmp_path: Path) -> None:
    known = [*person("Q1", "Filippo Lippi"), ("Q1", "P569", "1406"), ("Q1", "P569", "1469")]
    bare = [("Q2", "label", "Cosimo Rosselli"), ("Q2", "P31", "Q5")]
    linker = build(tmp_path, *known, *bare)
    heading = "FILIPPO LIPPI AND THE NEW STYLE"
    answer = linker.link(Request("Fig. 1. Cosimo Rosselli. Destruction of an Army.", 1923, heading=heading))
    assert answer.artists and all(c.qid != "Q1" for c in answer.artists)
    chapter = linker.link(Request("Fig. 2. Destruction of an Army.", 1923, heading=heading))
    assert chapter.artists and chapter.artists[0].qid == "Q1"


def test_a_caption_without_a_name_may_be_by_its_chapter_s_artist(linker: Linker) -> None:
    answer = linker.link(Request(caption="Fig. 1. A lady at the window.", heading="REMBRANDT", year=1923))
    assert answer.artists and answer.artists[0].label.startswith("Rembrandt")
