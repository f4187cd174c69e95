"""Names as lists and captions print them: what is whole, what is left unsaid, who is held twice or hardly
known.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from test_linking_link import build, person

from enrich.linking.folding import plain
from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.mentions import find
from enrich.linking.names import HONORIFICS, parse
from enrich.linking.request import Request


@pytest.mark.parametrize(
    ("printed", "label"),
    [
        ("Ouderaa, Pierre Jean van der", "Pierre Jean van der Ouderaa"),
        ("Engelhardt, Hermann Baron", "Hermann Baron Engelhardt"),
        ("Holweg, Gustav", "Gustav Holweg-Glantschnigg"),
        ("Pawlik, Franz X.", "Franz Pawlik"),
        ("Louis, Uhl", "Louis Uhl"),
    ],
)
def test_names_as_lists_print_them_are_found(tmp_path: Path, printed: str, label: str) -> None:
    linker = build(tmp_path, *person("Q1", label, "1841", "1915"), *person("Q2", "Anna Weber", "1850"))
    answer = linker.link(Request(printed, 1888))
    assert answer.artist is not None and answer.artist.qid == "Q1"


def test_a_name_printed_whole_is_not_a_longer_one_with_its_end_left_out(tmp_path: Path) -> None:
    rows = person("Q1", "Hermann Werner von Wolff-Metternich", "1820", "1890")
    linker = build(tmp_path, *rows, *person("Q2", "Hermann Werner", "1816", "1905"))
    answer = linker.link(Request("Werner, Hermann", 1872))
    assert answer.artist is not None and answer.artist.qid == "Q2"
    dropped = [n.dropped for n in parse("Hermann Werner von Wolff-Metternich") if n.surname[0][0] == "werner"]
    assert dropped == [1]


def test_a_person_held_twice_is_linked_as_the_item_of_which_more_is_known(tmp_path: Path) -> None:
    rows = person("Q1", "Carl Wilhelm Müller", "1839", "1904")
    rows += [*person("Q2", "Carl Wilhelm Müller", "1839", "1904"), ("Q2", "P245", "500012345")]
    answer = build(tmp_path, *rows).link(Request("Müller, Carl Wilhelm", 1871))
    assert answer.artist is not None and answer.artist.qid == "Q2"
    assert any("twice" in reason and "Q1" in reason for reason in answer.artist.reasons)


def test_a_person_of_whom_only_the_name_is_known_is_suggested_not_linked(tmp_path: Path) -> None:
    answer = build(tmp_path, *person("Q1", "Otto Westphal")).link(Request("Westphal, Otto", 1900))
    assert answer.artist is None
    assert [choice.qid for choice in answer.artists] == ["Q1"]


def test_such_a_person_does_not_put_a_known_namesake_in_doubt(tmp_path: Path) -> None:
    rows = person("Q1", "Otto von Baditz", "1849", "1936") + person("Q2", "Ottó Baditz")
    answer = build(tmp_path, *rows).link(Request("Baditz, Otto von", 1888))
    assert answer.artist is not None and answer.artist.qid == "Q1"


def test_a_word_of_the_title_that_is_also_a_painters_name_stays_in_the_title(tmp_path: Path) -> None:
    linker = build(
        tmp_path,
        *person("Q1", "Jean-Auguste Ingres", "1780", "1867"),
        *person("Q2", "Victor Bertin", "1767", "1842"),
        ("Q3", "label", "Portrait of Monsieur Bertin"),
        ("Q3", "P31", "Q3305213"),
        ("Q3", "P170", "Q1"),
    )
    answer = linker.link(Request("INGRES. BERTIN.", 1907))
    assert answer.artist is not None and answer.artist.qid == "Q1"
    assert [choice.qid for choice in answer.artworks] == ["Q3"]


def test_a_work_of_the_same_title_is_not_given_to_a_maker_whom_the_gazetteer_lacks(tmp_path: Path) -> None:
    linker = build(
        tmp_path,
        *person("Q1", "Giotto di Bondone", "1265", "1337"),
        ("Q3", "label", "Madonna in Majesty"),
        ("Q3", "P31", "Q3305213"),
        ("Q3", "P170", "Q1"),
    )
    answer = linker.link(Request("Fig. 4. Cimabue. Madonna in Majesty.—Uffizi.", 1923))
    assert answer.artist is None and answer.artwork is None
    named = linker.link(Request("Fig. 5. Giotto. Madonna in Majesty.—Uffizi.", 1923))
    assert named.artist is not None and named.artist.qid == "Q1"


def test_a_misprint_is_set_right_but_never_in_the_first_letter(tmp_path: Path) -> None:
    linker = build(tmp_path, *person("Q1", "Eugen Perego", "1845", "1923"))
    misread = linker.link(Request("Perogo, Eugen", 1872))
    assert [choice.qid for choice in misread.artists] == ["Q1"]
    assert linker.link(Request("Serego, Eugen", 1872)).artists == ()


def test_maestro_is_a_style_and_no_first_name() -> None:
    assert plain("Maestro") in HONORIFICS
    (name,) = find("Maestro Leonardo", open_gazetteer("builtin"))
    assert (name.start, name.end) == (8, 16)
