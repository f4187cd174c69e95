"""Evidence is told in the reader's language."""

from __future__ import annotations

import inspect
import re
import string
import tomllib
from pathlib import Path

import pytest

import api
from api.app import create_app
from api.language import INTERFACE
from api.reasons import measure, reason
from enrich.linking import reasons


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_translations_are_complete_and_keep_what_is_filled_in() -> None:
    sentences = tomllib.loads((Path(api.__file__).parent / "reasons.toml").read_text())
    for sentence, said in sentences.items():
        assert set(said) == set(INTERFACE) - {"en"}, sentence
        assert all(_gaps(each) == _gaps(sentence) for each in said.values()), sentence


@pytest.mark.parametrize("language", ["de", "fr"])
def test_what_the_linker_can_say_is_translated(language: str) -> None:
    constant = [*reasons.ROLE.values(), *reasons.FORM]
    constant += [f"Q1 (Dame, mit Hund) is catalogued as {how} this artist" for how in reasons.HOW.values()]
    source = inspect.getsource(reasons.artist_reasons) + inspect.getsource(reasons.work_reasons)
    constant += re.findall(r'"((?:[a-z]+ )+[a-z]+)"', source)
    assert len(constant) > 40
    assert [each for each in constant if reason(each, language) == each] == []


def test_what_stands_in_a_sentence_stays_and_what_is_unknown_too() -> None:
    assert reason("lived 1606–?; printed 1908", "fr") == "vécut 1606–? ; imprimé en 1908"
    assert (
        reason("repeats Q1.jpg: 12 details lie on each other", "de")
        == "wiederholt Q1.jpg: 12 Einzelheiten decken sich"
    )
    assert reason("because {I} say so", "de") == "because {I} say so"


def test_numbers_say_what_they_measure(served_store: Path) -> None:
    assert (
        measure("medium", "image", "de") == "Wahrscheinlichkeit"
        and measure("own-property", "image", "de") == ""
    )
    for language, said in (
        ("en", "probability 0."),
        ("de", "Wahrscheinlichkeit 0,"),
        ("fr", "probabilité 0,"),
    ):
        page = (
            create_app(served_store).test_client().get(f"/page/illustration/duerer/p1?lang={language}").text
        )
        assert said in page
