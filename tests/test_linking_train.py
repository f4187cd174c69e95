"""What the link model is trained on: made from the gazetteer, the same each time, and free data only."""

from __future__ import annotations

import csv
import json
import random
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.names import parse
from enrich.linking.request import Request
from enrich.linking.titles import title_words

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from linking_names import Partly, printed, printed_names
from linking_passages import passages
from linking_titles import printed as printed_caption


def test_the_model_names_its_data_and_none_of_it_is_for_evaluation_only() -> None:
    card = json.loads((files("enrich.linking") / "data" / "model.json").read_text("utf-8"))
    assert set(card["rows"]) == {
        "captions_artist", "captions_artwork", "captions_artwork, works hidden", "persons_vasari",
        "printed names", "artist, title", "names in books",
    }  # fmt: skip
    assert [s["file"] for s in card["gazetteer"]["sources"]] == ["wikidata-extract.nt.gz"]


def test_names_to_train_on_are_the_same_each_time_and_half_of_them_link_nowhere() -> None:
    gazetteer = open_gazetteer("builtin")
    rows, partly = printed_names(gazetteer)
    assert (rows, partly.hidden) == (lambda again: (again[0], again[1].hidden))(printed_names(gazetteer))
    missing = [r for r in rows if not r["artist"]]
    assert missing and len(missing) < len(rows)
    hidden = {int(gazetteer.items[r]) for r in partly.hidden}
    assert all(int(r["artist"][1:]) not in hidden for r in rows if r["artist"])


@pytest.mark.parametrize("caption", ["Dürer, Albrecht", "A. Dürer", "Dürer", "Dürer: Das Rosenkranzfest"])
def test_a_hidden_artist_is_not_found(caption: str) -> None:
    gazetteer = Partly(open_gazetteer("builtin").folder)
    row = gazetteer.row_of(5580)
    assert row is not None
    gazetteer.hidden = frozenset({row})
    found = Linker(gazetteer).link(Request(caption, 1510))
    assert all(choice.qid != "Q5580" for choice in found.artists)


def test_printed_names_keep_the_surname_apart_from_what_printers_do_to_it() -> None:
    forms = {printed("Johann Evangelist Müller", random.Random(n)) for n in range(60)}
    assert {"Müller, Johann", "Müller, Johann Evangelist", "Müller, J."} <= forms


def test_captions_to_train_on_name_the_artist_before_behind_and_within_the_title() -> None:
    forms = {printed_caption("Anthonis van Dyck", "Melancholie", "de", random.Random(n)) for n in range(90)}
    assert {"Dyck, Melancholie", "Van Dyck, Melancholie", "Melancholie. Anthonis van Dyck"} <= forms


@pytest.mark.parametrize(
    ("one", "two"),
    [("Die Toteninsel", "Isle of the Dead"), ("La Joconde", "Mona Lisa"), ("Nature morte", "Stillleben")],
)
def test_titles_meet_across_languages(one: str, two: str) -> None:
    assert set(title_words(one)) == set(title_words(two))


def test_a_master_named_after_a_work_is_not_read_out_of_its_title() -> None:
    (name,) = parse("Master of the Death of the Virgin")
    assert not name.given
    assert [key for key, _ in name.surname] == ["master", "death", "virgin"]


def test_names_in_books_are_cut_short_only_where_the_text_named_the_person_in_full(tmp_path: Path) -> None:
    gazetteer = open_gazetteer("builtin")
    (tmp_path / "book.json").write_text('{"language": "en"}', "utf-8")
    said = "In Florence Sandro Botticelli worked beside Leonardo da Vinci, and St. Jerome was dear to both. "
    page = said + "Of Sandro Botticelli it is told that he mocked a weaver; of Leonardo da Vinci nothing is. "
    with (tmp_path / "illustrations.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ["text_before", "text_after"])
        table.writeheader()
        table.writerows({"text_before": f"Chapter {n}. {page * 15}", "text_after": ""} for n in range(6))
    rows, partly = passages(gazetteer, [tmp_path])
    assert rows == passages(gazetteer, [tmp_path])[0]
    names: dict[str, set[str]] = {}
    for row in rows:
        assert row["caption"] in row["context"]
        names.setdefault(row["artist"], set()).add(row["caption"])
    hidden = {gazetteer.items[r] for r in partly.hidden}
    expected = {5669: "Sandro Botticelli", 762: "Leonardo da Vinci"}
    for item, name in expected.items():
        forms = names.get(f"Q{item}", set()) if item not in hidden else names[""]
        assert forms & {name, name.split()[0]}
    assert "St. Jerome" in names[""]
