"""Evidence beside the name: qualified makers, schools, titles in other words, misprints, several works."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_linking_link import build, person

from enrich.linking.catalogue import natural, parts_of, record
from enrich.linking.commands import link
from enrich.linking.company import companies
from enrich.linking.enricher import LinkConfig, LinkEnricher
from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.request import Request
from kg.nouns import Claim, Illustration, Source

PAINTING = ("P31", "Q3305213")


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker(open_gazetteer("builtin"))


def painting(item: str, label: str, *more: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [(item, "label", label), (item, *PAINTING), *((item, p, v) for p, v in more)]


def test_a_work_by_somebody_s_workshop_names_him_with_the_qualifier_only(tmp_path: Path) -> None:
    linker = build(
        tmp_path,
        *person("Q1", "Konrad Tannhuber", "1500", "1560"),
        *painting("Q2", "The Weeping Ferryman of Passau", ("P1774", "Q1")),
    )
    entry = linker.gazetteer.entry(linker.gazetteer.row_of(2) or 0)
    assert entry.creators == () and entry.qualified == ((1, "workshop-of"),)
    said = linker.link(Request("Workshop of Tannhuber. The Weeping Ferryman of Passau.", 1900))
    assert said.artist is not None and said.artist.qualifier == "workshop-of"
    assert said.artwork is not None and "catalogued with the same qualification" in said.artwork.reasons
    silent = linker.link(Request("The Weeping Ferryman of Passau.", 1900))
    assert silent.artwork is not None and silent.artwork.qid == "Q2"
    assert silent.artist is None or silent.artist.qualifier == "workshop-of"
    assert any("by the workshop of" in r for a in silent.artists for r in a.reasons)


@pytest.mark.parametrize(
    ("facts", "qualified"),
    [
        ((("P170", "Q1"), ("P5102", "Q230768")), ((1, "attributed-to"),)),
        ((("P170", "Q1"), ("P1774", "Q1")), ((1, "workshop-of"),)),
        ((("P1773", "Q1"),), ((1, "attributed-to"),)),
        ((("P170", "Q1"),), ()),
    ],
)
def test_a_guessed_maker_is_no_plain_creator(
    tmp_path: Path, facts: tuple[tuple[str, str], ...], qualified: tuple[tuple[int, str], ...]
) -> None:
    linker = build(tmp_path, *person("Q1", "Konrad Tannhuber"), *painting("Q2", "A Ferryman", *facts))
    entry = linker.gazetteer.entry(linker.gazetteer.row_of(2) or 0)
    assert entry.qualified == qualified
    assert entry.creators == (() if qualified else (1,))


def test_a_maker_named_in_a_description_is_one_of_whom_more_than_the_name_is_known(tmp_path: Path) -> None:
    linker = build(
        tmp_path,
        *person("Q1", "Konrad Maria Tannhuber", "1500", "1560"),
        *person("Q3", "K. M. Tannhuber"),
        *painting("Q2", "The Weeping Ferryman", ("description", "painting by K. M. Tannhuber")),
    )
    assert linker.gazetteer.entry(linker.gazetteer.row_of(2) or 0).creators == (1,)


def test_the_title_a_work_bears_itself_finds_it(tmp_path: Path) -> None:
    linker = build(
        tmp_path,
        *person("Q1", "Konrad Tannhuber", "1500", "1560"),
        *painting("Q2", "Landscape with a Ferry", ("P170", "Q1"), ("P1476", "Der weinende Fährmann")),
    )
    answer = linker.link(Request("Tannhuber: Der weinende Fährmann.", 1900))
    assert answer.artwork is not None and answer.artwork.qid == "Q2"


def test_the_school_named_beside_the_title_speaks_for_its_painter(tmp_path: Path) -> None:
    rows = person("Q1", "Konrad Tannhuber", "1500", "1560") + person("Q2", "Peter Tannhuber", "1505", "1570")
    linker = build(tmp_path, *rows, ("Q1", "P27", "Q183"), ("Q2", "P27", "Q142"))
    chances = {
        school: {
            c.qid: c.confidence
            for c in linker.link(Request(f"TANNHUBER — UN PORT (SALLE II.—{school})", 1912)).artists
        }
        for school in ("ÉCOLE ALLEMANDE", "ÉCOLE FRANÇAISE")
    }
    assert chances["ÉCOLE ALLEMANDE"]["Q1"] > 2 * chances["ÉCOLE ALLEMANDE"]["Q2"]
    assert chances["ÉCOLE FRANÇAISE"]["Q2"] > 2 * chances["ÉCOLE FRANÇAISE"]["Q1"]


@pytest.mark.parametrize("title", ["Selbstbildnis", "Ohne Titel", "Untitled", "Portrait", "Landschaft"])
def test_a_title_that_many_works_bear_chooses_none_by_itself(linker: Linker, title: str) -> None:
    assert linker.link(Request(f"Rembrandt: {title}.", 1900)).artwork is None
    assert linker.link(Request(f"{title}.", 1900)).artwork is None


def test_the_year_tells_works_of_one_title_apart(linker: Linker) -> None:
    made = linker.link(Request("Albrecht Dürer: Selbstbildnis. Ölgemälde von 1498.", 1900)).artwork
    assert made is not None and made.qid == "Q2388965"


@pytest.mark.parametrize(
    ("caption", "artist"),
    [
        ("Rernbrandt. Die Nachtwache.", "Q5598"),  # rn for m
        ("Rembrandt. Die Nacht-\nwache.", "Q5598"),  # a word broken at the line's end
        ("Durer. Selbstbildnis.", "Q5580"),  # a lost umlaut
        ("Botticelli. Geburt der Venuſ.", "Q5669"),  # a long s
        ("J. A. D. Ingres (geb. 1780, † 1867): Die Quelle", "Q23380"),  # life dates
    ],
)
def test_what_scanning_and_old_print_do_to_a_caption_is_seen_through(
    linker: Linker, caption: str, artist: str
) -> None:
    answer = linker.link(Request(caption, 1901))
    assert answer.artist is not None and answer.artist.qid == artist


def test_a_caption_that_names_several_works_links_each() -> None:
    enricher = LinkEnricher(LinkConfig(), {"j": Source("j", "Journal", date="1901")})
    caption = "1. Raffael, Sixtinische Madonna. 2. Rembrandt, Die Nachtwache."
    claims = [c for c in enricher.claims([Illustration("j", "1", caption=caption)]) if isinstance(c, Claim)]
    sure = {c.value.id: c for c in claims if c.confidence > 0.5}
    assert {"Q5597", "Q328079", "Q5598", "Q219831"} <= set(sure)
    span = next(e for e in sure["Q5598"].evidence if e.kind == "caption")
    assert caption[span.start : span.end] == "Rembrandt"


@pytest.mark.parametrize(
    ("row", "caption"),
    [
        (
            {"inventory_number": "55", "artist_inverted": "Aachen Hans von (Kopie nach)", "title_de": "Paar"},
            "Hans von Aachen (Kopie nach): Paar. Inv. 55",
        ),
        (
            {"Künstler": "Dürer, Albrecht", "geboren": "1471-05-21", "gestorben": "1528", "Titel": "Hase"},
            "Albrecht Dürer (1471–1528): Hase",
        ),
        ({"id": "1", "name": "Adam, Emil", "place": "Munich"}, "Adam, Emil"),
        ({"artist": "Hans Thoma", "title": "A view", "collection": "Q812285"}, "Hans Thoma: A view"),
    ],
)  # fmt: skip
def test_a_museum_s_record_becomes_a_caption(row: dict[str, str], caption: str) -> None:
    assert record(row, parts_of(row)).caption == caption


def test_a_record_s_maker_is_the_one_named_as_such_or_nobody(linker: Linker) -> None:
    for name, title in (
        ("Bayerisch um 1480", "Bildnis des Albrecht Dürer"),
        ("Niemand, Hans", "Die Nachtwache"),
    ):
        row = {"id": "1", "Künstler": name, "Titel": title}
        answer = linker.link(record(row, parts_of(row)))
        assert answer.artist is None and answer.artwork is None


def test_a_father_s_name_is_no_given_name(tmp_path: Path) -> None:
    linker = build(tmp_path, *person("Q1", "Tannhuber, Alessandro di Cristofano", "1500", "1560"))
    assert linker.link(Request("Cristofano Tannhuber. A head.", 1900)).artist is None
    found = linker.link(Request("Alessandro Tannhuber. A head.", 1900)).artist
    assert found is not None and found.qid == "Q1"


def test_names_the_wrong_way_round_are_told_by_a_particle_or_a_given_name() -> None:
    assert natural("Bruyn d. Ä. Bartholomäus", inverted=True) == "Bartholomäus Bruyn d. Ä."
    assert natural("Meister der heiligen Sippe (Umkreis)") == "Meister der heiligen Sippe (Umkreis)"
    assert natural("Otto Dix") == "Otto Dix"


def test_a_museum_s_table_links_by_its_own_columns(tmp_path: Path) -> None:
    table = tmp_path / "museum.csv"
    table.write_text(
        "Inventarnummer,Künstler,geboren,gestorben,Titel\n"
        "WAF 1,Dürer Albrecht (Kopie nach),1471,1528,Selbstbildnis\n"
        'WAF 2,"Rijn, Rembrandt van (Werkstatt)",1606,1669,Der Alte\n'
        "WAF 3,Unbekannt,,,Ohne Titel\n",
        "utf-8",
    )
    result = CliRunner().invoke(link, [str(table), "--out", str(tmp_path / "o.csv")])
    assert result.exit_code == 0, result.output
    rows = {r["id"]: (r["artist"], r["qualifier"]) for r in csv.DictReader((tmp_path / "o.csv").open())}
    assert rows == {"WAF 1": ("Q5580", "copy-after"), "WAF 2": ("Q5598", "workshop-of"), "WAF 3": ("", "")}


def test_a_first_name_means_whom_its_own_stretch_of_text_names_in_full_and_not_another_s(
    linker: Linker,
) -> None:
    one = "In those days Leonardo da Vinci was in Milan, and there Leonardo made a model of a horse"
    far = "At Pisa the accounts of the cathedral name one Lionardo, who carved a screen for the altar"
    asked = [
        Request("Leonardo da Vinci", text=one),
        Request("Leonardo", text=one[20:] + " to be cast in bronze."),
        Request("Lionardo", text=far),
    ]
    answers = [linker.link(r) for r in asked]
    _, short, other = companies(asked, answers)
    row = linker.gazetteer.row_of(762)
    assert row in short.here and row in other.people and not other.here
    said = linker.link(short.of(asked[1]))
    assert said.artist is not None and said.artist.qid == "Q762"
    assert "named in full in the same stretch of text" in said.artist.reasons


MENZEL = [
    *person("Q1", "Adolph Menzel", "1815", "1905"),
    ("Q1", "P106", "Q1028181"),
    ("Q2", "label", "Frederick the Great Playing the Flute at Sanssouci"),
    ("Q2", "P31", "Q3305213"),
    ("Q2", "description", "painting by Adolph Menzel"),
    ("Q2", "P170", "Q1"),
    ("Q2", "P571", "1852"),
]


def test_a_caption_does_not_name_the_work_that_another_of_its_source_names_better(tmp_path: Path) -> None:
    linker = build(tmp_path, *MENZEL)
    captions = (
        "Adolph Menzel: Konzert Friedrichs des Großen in Sanssouci. Ölgemälde von 1852.",
        "Adolph Menzel: Die Tafelrunde Friedrichs des Großen in Sanssouci.",
    )
    alone = [linker.link(Request(c, 1900, "de", "Menzel")) for c in captions]
    assert [a.artwork and a.artwork.qid for a in alone] == ["Q2", "Q2"]
    concert, table = linker.link_all([Request(c, 1900, "de", "Menzel") for c in captions])
    assert concert.artwork == alone[0].artwork
    assert table.artwork is None
    assert "another caption of the source names it better" in table.artworks[0].reasons
    sources = zip(captions, ("Menzel", "Preußen"), strict=True)
    apart = linker.link_all([Request(c, 1900, "de", source) for c, source in sources])
    assert [a.artwork and a.artwork.qid for a in apart] == ["Q2", "Q2"]


@pytest.mark.parametrize(
    ("technique", "linked"),
    [
        ("Ölgemälde", True),
        ("Radierung von W. Unger", True),
        ("Holzschnitt von A. Vogel", True),
        ("Radierung", False),
        ("Holzschnitt von 1852", False),
        ("Kreidezeichnung", False),
    ],
)
def test_a_print_or_a_drawing_is_not_the_painting_of_its_title(
    tmp_path: Path, technique: str, linked: bool
) -> None:
    linker = build(tmp_path, *MENZEL)
    for title in ("Friedrich der Große in Sanssouci", "Flötenkonzert Friedrichs des Großen in Sanssouci"):
        answer = linker.link(Request(f"Adolph Menzel: {title}. {technique}.", 1900, "de"))
        assert (answer.artwork is not None) == linked


def test_a_drawing_may_be_a_study_for_the_painting_of_its_title(tmp_path: Path) -> None:
    caption = (
        "Adolph Menzel: Studie zu dem Flötenkonzert Friedrichs des Großen in Sanssouci. Kreidezeichnung."
    )
    work = build(tmp_path, *MENZEL).link(Request(caption, 1900, "de")).artwork
    assert work is not None and work.qualifier == "study-for"
