"""Reconciling names and titles from a museum's database."""

from __future__ import annotations

import pytest

from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.reconcile import reconcile


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker(open_gazetteer("builtin"))


@pytest.mark.parametrize("name", ["Rembrandt", "Rembrandt van Rijn", "Rijn, Rembrandt van"])
def test_an_artist_is_found_by_the_forms_of_his_name(linker: Linker, name: str) -> None:
    first = reconcile(linker, name, "artist")[0]
    assert (first.id, first.type) == ("Q5598", "artist")
    assert 0 < first.score <= 100


def test_the_creator_tells_works_of_one_title_apart(linker: Linker) -> None:
    found = reconcile(linker, "The Birth of Venus", "artwork", {"P170": "Botticelli"})
    assert found[0].id == "Q151047" and found[0].match
    other = reconcile(linker, "The Birth of Venus", "artwork", {"creator": "François Boucher"})
    assert other[0].id == "Q3211033"
    unknown = reconcile(linker, "The Birth of Venus", "artwork", {"creator": "Nobody Inparticular"})
    assert not unknown[0].match and unknown[0].score < 50


def test_dates_that_contradict_lower_the_score(linker: Linker) -> None:
    right = reconcile(linker, "Rembrandt", "artist", {"P569": "1606"})[0]
    wrong = reconcile(linker, "Rembrandt", "artist", {"P569": "1850"})[0]
    assert right.id == "Q5598" and right.score > wrong.score


def test_titles_are_found_across_languages(linker: Linker) -> None:
    assert reconcile(linker, "Die Nachtwache", "artwork", {"creator": "Q5598"})[0].id == "Q219831"


def test_nothing_is_made_of_nothing(linker: Linker) -> None:
    assert reconcile(linker, "  ") == []
    assert reconcile(linker, "Qwertz Uiopü", "artist") == []
    with pytest.raises(KeyError):
        reconcile(linker, "Rembrandt", "planet")
