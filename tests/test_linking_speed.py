"""What makes linking fast must not show: answers, files and messages are those of the plain way."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from enrich.linking import captions, lineup
from enrich.linking.builtin import source
from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.load import load
from enrich.linking.mentions import find
from enrich.linking.names import parse
from enrich.linking.ntriples import statements
from enrich.linking.postings import Index, Postings
from enrich.linking.records import PERSON, PROPERTIES
from enrich.linking.request import Request
from enrich.linking.table import link_table

CAPTIONS = (
    "Abb. 1. Albrecht Dürer: Selbstbildnis. Prado.",
    "REMBRANDT. THE NIGHT WATCH.",
    "Peter Paul Rubens, Helena Fourment. Nach einer Photographie.",
    "Menzel, Adolph",
    "View of a bridge near the church",
    "Holbein d. J. Bildnis eines Kaufmanns",
)


def test_names_read_back_are_those_parsed_from_the_labels() -> None:
    gazetteer = open_gazetteer("builtin")
    people = [row for row in range(gazetteer.size) if gazetteer.kinds[row] == PERSON]
    for row in people:
        entry = gazetteer.entry(row)
        texts = dict.fromkeys(text for text, _, _ in entry.labels)
        assert entry.names == tuple((name, text) for text in texts for name in parse(text))


def test_names_compared_as_stored_are_those_taken_apart() -> None:
    gazetteer = open_gazetteer("builtin")
    for row in range(gazetteer.size):
        found = [
            (tuple(r.given_pairs), tuple(r.surname_pairs), r.generation, r.toponymic, r.dropped, r.label)
            for r in gazetteer.readings(row)
        ]
        assert found == [
            (name.given, name.surname, name.generation, name.toponymic, name.dropped, label)
            for name, label in gazetteer.entry(row).names
        ]


@pytest.fixture(scope="module")
def smiths(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gazetteer of sixty Smiths of whom nothing but the name is known, and one with dates and a work."""
    folder = tmp_path_factory.mktemp("smiths")
    wd, wdt = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/direct/"
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    names = [
        f"{given} {initial}. Smith"
        for given in ("John", "Mary", "Peter")
        for initial in "ABCDEFGHIJKLMNOPQRST"
    ]
    lines = [f'<{wd}Q{100 + i}> {label} "{name}"@en .' for i, name in enumerate([*names, "John Smith"])]
    lines += [f"<{wd}Q{100 + i}> <{wdt}P31> <{wd}Q5> ." for i in range(len(names) + 1)]
    known = f"<{wd}Q{100 + len(names)}>"
    lines += [
        f'{known} <{wdt}P569> "1781-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .',
        f'<{wd}Q900> {label} "The Water Mill"@en .',
        f"<{wd}Q900> <{wdt}P31> <{wd}Q3305213> .",
        f"<{wd}Q900> <{wdt}P170> {known} .",
    ]
    (folder / "smiths.nt").write_text("\n".join(lines) + "\n", "utf-8")
    load([folder / "smiths.nt"], folder / "G")
    return folder / "G"


@pytest.mark.parametrize(
    "caption",
    [
        "SMITH. The Water Mill",
        "J. Smith, The Bridge. From the drawing by Smith",
        "Smith: Portrait of Mary Smith",
        "A bridge. Smith, Peter R. Smith and Mary B. Smith",
        "Peter Smith",
    ],
)
def test_leaving_out_namesakes_who_cannot_matter_changes_no_answer(
    caption: str, smiths: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(caption, 1890)
    few = Linker(open_gazetteer(smiths)).link(request)
    left_out: list[int] = []

    def everybody(placed: list[tuple[int, Any]], *rest: Any) -> list[tuple[int, Any]]:
        left_out.append(sum(len(group.members) for _, group in placed) - kept(placed, *rest))
        return placed

    def kept(placed: list[tuple[int, Any]], *rest: Any) -> int:
        return sum(len(group.members) for _, group in foremost(placed, *rest))

    foremost = lineup.foremost
    monkeypatch.setattr(lineup, "foremost", everybody)
    all_of_them = Linker(open_gazetteer(smiths)).link(request)
    assert few == all_of_them
    assert [c.features for c in few.artists] == [c.features for c in all_of_them.artists]
    assert few.artists
    assert few.artwork is not None or not caption.startswith("SMITH")
    if "drawing" in caption:  # two names for the same persons: all are weighed together
        assert left_out[0] > 10


def test_namesakes_kept_as_rows_give_the_answers_of_persons_looked_at_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("Anna", "Bruno", "Clara", "Doris", "Emil", "J.", "Friedrich")
    surnames = ("Hoffmann", "Hofmann", "van Hofman", "Hoffmann-Reger", "Hofmann & Co", "Hoffmann the younger")
    names = [f"{one} {surname}" for surname in surnames for one in given]
    wd, wdt = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/direct/"
    lines = [
        line
        for i, name in enumerate([*names, "Hofmann"])
        for line in (
            f'<{wd}Q{100 + i}> <http://www.w3.org/2000/01/rdf-schema#label> "{name}"@en .',
            f"<{wd}Q{100 + i}> <{wdt}P31> <{wd}Q5> .",
        )
    ]
    (tmp_path / "many.nt").write_text("\n".join(lines) + "\n", "utf-8")
    load([tmp_path / "many.nt"], tmp_path / "G")
    printed = [
        "HOFMANN. The Bridge",
        "Hoffmann d. J.: A bridge",
        "van Hofman, The Water Mill",
        "A bridge by Hofmann's pupil. J. Hofmann",
        "Fredrich Hofmann. A Bridge",  # one letter off
        "Fr. Hoffmann. A Bridge",
        "Walter Hofmann. A Bridge",  # nobody's given name
    ]
    requests = [Request(caption, 1890, title=title) for caption in printed for title in ("", "A book")]
    gazetteer = open_gazetteer(tmp_path / "G")
    quick = Linker(gazetteer).link_all(requests)
    made = [a.artists for a in quick]
    assert sum(map(bool, made)) >= 10
    assert [len(n) for n in find("HOFMANN", gazetteer)[0].candidates.namesakes] == [7] * 5
    monkeypatch.setattr("enrich.linking.candidates.may_agree", lambda *_: True)
    kin = next(tmp_path.glob("G/*/kin.npy"))
    np.save(kin, np.zeros_like(np.load(kin)))  # nobody is like anybody: everybody is looked at
    plainly = Linker(open_gazetteer(tmp_path / "G")).link_all(requests)
    assert quick == plainly
    assert [[c.features for c in a] for a in made] == [[c.features for c in a.artists] for a in plainly]


@pytest.mark.parametrize("year", [1890, None])
def test_names_ranked_one_by_one_give_the_answers_of_all_weighed_together(
    year: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = [
        *CAPTIONS,
        "Rubens and van Dyck. The Crucifixion, after Rembrandt",
        "Leonardo. Portrait of a Lady. Formerly given to Raphael or Holbein",
        "Rembrandt. Portrait of Rembrandt",
    ]
    requests = [Request(caption, year, title=title) for caption in printed for title in ("", "Rubens")]
    one_by_one = Linker(open_gazetteer("builtin")).link_all(requests)
    monkeypatch.setattr(lineup, "combinations", lambda rankings, _: [(r, r) for r in rankings if r.rows])
    together = Linker(open_gazetteer("builtin")).link_all(requests)
    assert one_by_one == together
    assert [[c.features for c in a.artists] for a in one_by_one] == [
        [c.features for c in a.artists] for a in together
    ]
    assert any(len(answer.artists) > 2 for answer in one_by_one)


def test_patterns_without_case_find_what_the_slow_way_finds() -> None:
    patterns = (captions.CREDIT, captions.OWNER, captions.TECHNIQUE, captions.QUALIFYING, captions.BY)
    letters = "".join(chr(n) for n in range(0x250)) + "\u0345\u0390ẞẛſtKÅﬁﬅ"
    for pattern in patterns:
        words = [w for w in re.findall(r"[a-zäöüé ]{3,}", pattern.pattern) if w.strip()]
        texts = [made for w in words for made in (w, w.upper(), w.title(), f"in {w}. A", w.replace("s", "ſ"))]
        texts += [f"{word[0]}{letter}{word[1:]}" for word in words[:6] for letter in letters]
        slow = re.compile(pattern.pattern, re.IGNORECASE)
        found = 0
        for text in texts:
            ours, theirs = pattern.search(text), slow.search(text)
            assert (ours and ours.span()) == (theirs and theirs.span()), text
            found += ours is not None
        assert found > len(words) / 2


def test_a_linker_that_has_met_everybody_answers_like_a_new_one() -> None:
    requests = [Request(caption, year) for caption in CAPTIONS for year in (1890, None)]
    met = Linker(open_gazetteer("builtin"))
    for _ in range(2):
        answers = [met.link(request) for request in requests]
    fresh = [Linker(open_gazetteer("builtin")).link(request) for request in reversed(requests)]
    assert answers == fresh[::-1]
    assert any(answer.artist for answer in answers)


def test_two_processes_answer_like_one_and_keep_the_order(tmp_path: Path) -> None:
    table = tmp_path / "captions.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "caption"))
        writer.writerows((f"r{i}", CAPTIONS[i % len(CAPTIONS)]) for i in range(4200))
    written = [tmp_path / f"{count}.csv" for count in (1, 2)]
    for count, out in enumerate(written, 1):
        assert link_table(table, "builtin", out, processes=count) == 4200
    assert written[0].read_bytes() == written[1].read_bytes()


def test_the_same_input_gives_the_same_gazetteer_in_another_process(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from enrich.linking.load import load; "
    code += "load([Path(sys.argv[1])], Path(sys.argv[2]))"
    versions = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", code, str(source()), str(folder)],
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )
        versions.append(json.loads((folder / "gazetteer.json").read_text("utf-8"))["version"])
    assert versions[0] == versions[1]


def test_postings_come_back_ranked_and_once(tmp_path: Path) -> None:
    postings = Postings()
    for key, value in (("b", 1 << 4), ("a", 2 << 4), ("b", 0), ("b", 1 << 4), ("b", 2 << 4 | 3)):
        postings.add(key, value)
    assert postings.save(tmp_path, "names", [1.0, 5.0, 1.0]) == 2
    index = Index(tmp_path, "names")
    assert index.at("b") == [1 << 4, 0, 2 << 4 | 3]
    assert (index.at("b", 1), index.at("a"), index.at("c")) == ([1 << 4], [2 << 4], [])


@pytest.mark.parametrize("broken", ["nonsense\n", '<http://x/1> <http://x/p> "a" "b" .\r\n'])
def test_lines_about_other_properties_are_passed_over_and_broken_ones_reported(
    tmp_path: Path, broken: str
) -> None:
    item = "<http://www.wikidata.org/entity/Q1>"
    good = f'{item} <http://www.w3.org/2000/01/rdf-schema#label> "A \\"b\\""@en .\n'
    other = f'{item} <http://www.wikidata.org/prop/direct/P999> "1" .\n'
    file = tmp_path / "dump.nt"
    file.write_text(other + broken + good, "utf-8", newline="")
    faults: list[int] = []
    found = list(statements(file, PROPERTIES, lambda line, _: faults.append(line)))
    assert found == [(1, "label", 'A "b"', "en")]
    assert faults == [2]
