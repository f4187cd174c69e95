"""A thesaurus given to `legenda enrich` is in the graph: whole, once, and never in the way of the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test_enrich_pipeline import corpus_folder
from test_kg_vocabularies import THESAURUS

from enrich.commands import enrich
from kg.reading import open_reader

BOOK = Path(__file__).parent.parent.parent / "shared" / "data" / "corpus" / "de-knackfuss-raffael"
SKOS = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix : <https://words.example/> .
:belief a skos:Concept ; skos:prefLabel "Religion"@de , "religion"@en .
:madonna a skos:Concept ; skos:prefLabel "Madonna"@de ; skos:altLabel "Maria"@de ; skos:broader :belief .
:airship a skos:Concept ; skos:prefLabel "Luftschiff"@de .
"""
TABLE = "id,label@de,label@en,broader\nart,Kunst,art,{above}\nmill,Mühle,windmill,art\nship,Schiff,ship,art\n"


def told(corpus: Path, store: Path, thesaurus: Path) -> Result:
    arguments = [str(corpus), "--store", str(store), "--thesaurus", str(thesaurus), "--only", "descriptors"]
    return CliRunner().invoke(enrich, arguments)


def graphs(store: Path) -> dict[str, int]:
    """Thesauri that the catalogue lists, and the number of triples it gives them."""
    rows = open_reader(str(store)).query(
        "PREFIX void: <http://rdfs.org/ns/void#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
        "SELECT ?name ?n { ?all void:subset ?graph . ?graph rdfs:label ?name ; void:triples ?n }"
    )
    own = {"vocabulary/shapes", "vocabulary/categories", "vocabulary/schemes"}
    found = {row["name"].value: int(row["n"].value) for row in rows}
    return {name: n for name, n in found.items() if name.startswith("vocabulary/") and name not in own}


@pytest.mark.skipif(not BOOK.is_dir(), reason="the real books (../shared/data/corpus) are not here")
def test_the_thesaurus_of_a_real_book_is_there_with_its_hierarchy(tmp_path: Path) -> None:
    thesaurus = tmp_path / "words.ttl"
    thesaurus.write_text(SKOS, encoding="utf-8")
    done = told(BOOK, tmp_path / "s", thesaurus)
    assert done.exit_code == 0, done.output
    assert graphs(tmp_path / "s") == {"vocabulary/words": 9}
    plates = open_reader(str(tmp_path / "s")).query(
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX lg: <https://w3id.org/legenda/ns#> "
        "SELECT DISTINCT ?plate { ?plate lg:descriptor/skos:exactMatch/skos:broader ?above . "
        'GRAPH ?g { ?above skos:prefLabel "Religion"@de } }'
    )
    assert len(list(plates)) > 20  # a Madonna is religion, though no picture was given that word


def test_a_table_becomes_descriptors_and_a_second_run_does_nothing(tmp_path: Path) -> None:
    corpus, table = corpus_folder(tmp_path / "mills", 3), tmp_path / "keywords.csv"
    table.write_text(TABLE.format(above=""), encoding="utf-8")
    assert told(corpus, tmp_path / "s", table).exit_code == 0
    assert set(graphs(tmp_path / "s")) == {"vocabulary/keywords"}
    reader = open_reader(str(tmp_path / "s"))
    asked = "SELECT DISTINCT ?d { ?d a <https://w3id.org/legenda/ns#Descriptor> }"
    assert len(list(reader.query(asked))) == 3  # "ship" too, which is on no picture
    again = told(corpus, tmp_path / "s", table)
    assert again.exit_code == 0 and f"snapshot {reader.version} unchanged" in again.output
    table.write_text(TABLE.format(above="") + "quern,Mahlstein,quern,mill\n", encoding="utf-8")
    assert told(corpus, tmp_path / "s", table).exit_code == 0
    assert len(list(open_reader(str(tmp_path / "s")).query(asked))) == 4


def test_a_thesaurus_that_only_the_corpus_folder_names_is_called_after_the_corpus(tmp_path: Path) -> None:
    corpus = corpus_folder(tmp_path / "mills", 2)
    (corpus / "thesaurus.ttl").write_text(THESAURUS, encoding="utf-8")
    arguments = [str(corpus), "--store", str(tmp_path / "s"), "--only", "language"]
    assert CliRunner().invoke(enrich, arguments).exit_code == 0
    assert set(graphs(tmp_path / "s")) == {"vocabulary/mills-thesaurus"}


@pytest.mark.parametrize(
    ("name", "broken", "reason"),
    [
        ("words.ttl", SKOS + ":belief skos:broader :madonna .", "round in a circle: https://words.example/"),
        ("words.csv", TABLE.format(above="ship"), "round in a circle: http://localhost:8000/id/descriptor/"),
        ("words.ttl", SKOS + ":belief skos:broader", "not readable as Turtle"),
        ("words.csv", "name\nart\n", "no column `label`"),
        ("words.ttl", None, "No such file"),
    ],
)
def test_a_broken_thesaurus_is_one_fault_and_stops_nothing(
    tmp_path: Path, name: str, broken: str | None, reason: str
) -> None:
    corpus, file, store = corpus_folder(tmp_path / "mills", 2), tmp_path / name, tmp_path / "s"
    file.write_text(SKOS if name.endswith("ttl") else TABLE.format(above=""), encoding="utf-8")
    assert told(corpus, store, file).exit_code == 0
    before = graphs(store)
    file.unlink()
    if broken is not None:
        file.write_text(broken, encoding="utf-8")
    done = told(corpus, store, file)
    assert done.exit_code == 1
    (line,) = [each for each in done.output.splitlines() if each.startswith("error: thesaurus: ")]
    assert str(file) in line and reason in line
    assert graphs(store) == before
