"""A name, a comma and what follows it: a title, or the given name of somebody in a list; and a name in
running text, which means whom the text named in full last.
"""

from __future__ import annotations

import pytest

from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.request import Request


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker(open_gazetteer("builtin"))


@pytest.mark.parametrize(
    ("caption", "artist"),
    [
        ("Rembrandt, Selbstbildnis", "Q5598"),
        ("Lucas Cranach, Venus", "Q191748"),
        ("Raffael, Madonna", "Q5597"),
        ("Van Gogh, Sonnenblumen", "Q5582"),
        ("Goya, Die Erschießungen", "Q5432"),
        ("Caspar David Friedrich, Kreuz im Gebirge", "Q104884"),
        ("Courbet, L’Enterrement", "Q34618"),
        ("Nach Michelangelo, David", "Q5592"),
        ("David. Michelangelo", "Q5592"),
        ("Michelangelo: David", "Q5592"),
        ("DAVID BY MICHELANGELO", "Q5592"),
        ("Manet, Das Frühstück im Freien", "Q40599"),
        ("Die Toteninsel, Böcklin", "Q123071"),
    ],
)
def test_a_name_and_a_title_are_read_as_such(linker: Linker, caption: str, artist: str) -> None:
    found = linker.link(Request(caption, 1908)).artist
    assert found is not None and found.qid == artist


@pytest.mark.parametrize(
    "name", ["Rembrandt, Karl", "Dürer, Ernestine", "Friedrich, Otto", "Fischer, Friedrich", "Manet, H."]
)
def test_a_name_of_a_list_is_no_artist_with_a_title(linker: Linker, name: str) -> None:
    assert linker.link(Request(name, 1888, text="Wien")).artist is None


def test_another_full_name_before_an_initial_contradicts(linker: Linker) -> None:
    assert linker.link(Request("Robert J. Turner, Chairman of the Board of Works", 1902)).artist is None


BEFORE = "In the same years there worked in that city, as has been said in another place, "


def test_a_name_in_running_text_means_whom_the_text_named_in_full_last(linker: Linker) -> None:
    def asked(*names: str) -> str:
        answers = linker.link_all([Request(n, text=f"{BEFORE}{n}, who was praised.") for n in names])
        return answers[-1].artist.qid if answers[-1].artist else ""

    assert asked("Albrecht Dürer", "Albrecht") == "Q5580"
    assert asked("Albrecht Dürer", "Albrecht Altdorfer", "Albrecht") == "Q153746"
    assert asked("Albrecht Altdorfer", "Albrecht Dürer", "Albrecht") == "Q5580"
    assert asked("Albrecht Dürer", "Duke Albrecht", "Albrecht") == ""
