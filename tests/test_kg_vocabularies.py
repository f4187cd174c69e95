"""Thesauri of researchers in graphs of their own: read, replaced when they change, no circles."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg import shapes
from kg.nouns import Entity, Text
from kg.store import Store, StoreError, open_store

THESAURUS = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix : <https://words.example/> .
:art a skos:Concept ; skos:prefLabel "Kunst"@de , "art"@en ; skos:narrower :print .
:print a skos:Concept ; skos:prefLabel "Druckgraphik"@de ; skos:note [ skos:prefLabel "seit 1450" ] .
<local> skos:broader :print .
"""


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def held(store: Store, name: str) -> set[str]:
    graph = store.names.graph("vocabulary", name)
    return {
        f"{r['s']} {r['p']} {r['o']}" for r in store.query(f"SELECT * {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
    }


def test_a_thesaurus_is_a_graph_and_is_replaced_when_it_changes(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "words.ttl"
    file.write_text(THESAURUS)
    assert store.put_vocabulary(file)
    first, revision = held(store, "words"), store.revision()
    assert len(first) == 9
    assert any("<http://localhost:8000/vocabulary/local>" in line for line in first)
    assert not store.put_vocabulary(file) and store.revision() == revision
    file.write_text(THESAURUS.replace("Druckgraphik", "Graphik"))
    assert store.put_vocabulary(file)
    assert {line.rpartition(" ")[2] for line in first ^ held(store, "words")} == {
        '"Druckgraphik"@de',
        '"Graphik"@de',
    }
    assert list(shapes.check(store.query)) == []
    graph = store.names.graph("vocabulary", "words")
    rows = store.query(f"SELECT ?n {{ <{graph}> <http://rdfs.org/ns/void#triples> ?n }}")
    assert [row["n"].value for row in rows] == ["9"]


def test_the_same_thesaurus_gives_the_same_graph_though_it_has_blank_nodes(tmp_path: Path) -> None:
    file = tmp_path / "words.ttl"
    file.write_text(THESAURUS)
    graphs = []
    for _ in range(2):
        with open_store("memory:") as store:
            store.put_vocabulary(file)
            graphs.append(held(store, "words"))
    assert graphs[0] == graphs[1]
    assert not [line for line in graphs[0] if "_:" in line]


def test_concepts_of_a_table_are_taken_as_entities(store: Store) -> None:
    art = Entity("descriptor", "art", (Text("art", "en"),))
    concepts = [art, Entity("descriptor", "print", (Text("print", "en"),), (("broader", art),))]
    assert store.put_vocabulary(concepts, "list")
    assert not store.put_vocabulary(concepts, "list")
    assert any(
        "core#broader> <http://localhost:8000/id/descriptor/art>" in line for line in held(store, "list")
    )
    assert list(shapes.check(store.query)) == []


@pytest.mark.parametrize("relation", [":art skos:broader :local-art", ":local-art skos:narrower :art"])
def test_a_circle_is_refused_with_its_concepts_and_the_old_thesaurus_stays(
    store: Store, tmp_path: Path, relation: str
) -> None:
    file = tmp_path / "words.ttl"
    file.write_text(THESAURUS)
    store.put_vocabulary(file)
    before = held(store, "words")
    file.write_text(f"{THESAURUS}\n{relation} . :local-art skos:broader :print .")
    with pytest.raises(StoreError, match="in a circle") as caught:
        store.put_vocabulary(file)
    for concept in ("art", "print", "local-art"):
        assert f"https://words.example/{concept}" in str(caught.value)
    assert held(store, "words") == before
    assert store.unfinished() == []


def test_a_concept_above_itself_is_a_circle_and_a_deep_hierarchy_is_none(store: Store) -> None:
    deep = [
        Entity("descriptor", f"c{n}", (), (("broader", Entity("descriptor", f"c{n + 1}")),))
        for n in range(5000)
    ]
    assert store.put_vocabulary(deep, "deep")
    own = Entity("descriptor", "a", (), (("broader", Entity("descriptor", "a")),))
    with pytest.raises(StoreError, match="descriptor/a → http://localhost:8000/id/descriptor/a"):
        store.put_vocabulary([own], "own")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("words.ttl", "<a> <b> .", r"words\.ttl:1: not readable as Turtle"),
        ("words.docx", "x", "not the name of an RDF file"),
        ("shapes.ttl", "", "needs a name of its own"),
        ("absent.ttl", None, "No such file"),
    ],
)
def test_what_is_no_thesaurus_is_refused_in_one_line(
    store: Store, tmp_path: Path, name: str, text: str | None, reason: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(StoreError, match=reason):
        store.put_vocabulary(tmp_path / name)
