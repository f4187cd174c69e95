"""The store in rdflib's hands: SPARQL, walking triples, named graphs, and no way to write past the store."""

from __future__ import annotations

from pathlib import Path

import pytest
import rdflib
from test_kg_store import DUERER, GRAPHIC, corpus, run

from kg import snapshots
from kg.names import NAMESPACES
from kg.nouns import Claim
from kg.store import Store, StoreError, open_store

LG = rdflib.Namespace(NAMESPACES["lg"])


def _filled(store: Store) -> None:
    store.put_corpus(corpus())
    for enricher, confidence in (("link", 0.9), ("other-linker", 0.8)):
        store.put_run(run(enricher), [Claim("duerer/000", "artist", DUERER, confidence)], "1")
    store.put_run(run(), [Claim("duerer/001", "category", GRAPHIC, 0.9)], "1")
    store.derive_current()


@pytest.fixture(params=["live", "in memory", "snapshot"])
def dataset(request: pytest.FixtureRequest, tmp_path: Path) -> rdflib.Dataset:
    store = open_store("memory:" if request.param == "in memory" else tmp_path / "s")
    _filled(store)
    return snapshots.publish(store).dataset() if request.param == "snapshot" else store.dataset()


def test_rdflib_asks_a_store_by_sparql_with_our_prefixes(dataset: rdflib.Dataset) -> None:
    rows = dataset.query("SELECT ?name { ?plate lg:artist/rdfs:label ?name }")
    assert {str(row.name) for row in rows} == {"Albrecht Dürer"}  # type: ignore[union-attr]


def test_rdflib_walks_a_store_and_meets_each_triple_once(dataset: rdflib.Dataset) -> None:
    plate = rdflib.URIRef("http://localhost:8000/id/illustration/duerer/000")
    assert sorted(dataset.subjects(rdflib.RDF.type, LG.Illustration))[0] == plate
    artist = dataset.value(plate, LG.artist)
    assert str(artist) == "http://localhost:8000/id/artist/Q5580"
    # Both runs describe him.
    assert [str(label) for label in dataset.objects(artist, rdflib.RDFS.label)] == ["Albrecht Dürer"]
    every = list(dataset.triples((None, None, None)))
    assert len(every) == len(set(every)) == len(dataset)
    contexts = {str(graph) for *_, graph in dataset.quads((artist, rdflib.RDFS.label, None, None))}
    assert {iri.rpartition("/")[2] for iri in contexts} == {"link", "other-linker"}


def test_one_named_graph_is_an_rdflib_graph(dataset: rdflib.Dataset) -> None:
    current = dataset.graph(rdflib.URIRef("http://localhost:8000/graph/current"))
    assert {str(each).rpartition("/")[2] for each in current.objects(None, LG.category)} == {"graphic"}
    assert "lg:category" in current.serialize(format="turtle")


def test_nothing_is_written_through_rdflib(dataset: rdflib.Dataset) -> None:
    before = len(dataset)
    with pytest.raises(StoreError, match="for reading"):
        dataset.add((LG.a, LG.b, LG.c))
    with pytest.raises(StoreError, match="for reading"):
        dataset.remove((None, LG.category, None))
    with pytest.raises(StoreError, match="for reading"):
        dataset.update("DELETE WHERE { ?s ?p ?o }")
    assert len(dataset) == before


def test_the_example_of_the_documentation_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).parent.parent / "docs" / "graph.md"
    example = page.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    with open_store(tmp_path / "s") as store:
        _filled(store)
        snapshots.publish(store)
    exec(example.replace("build/store", str(tmp_path / "s")), {})
    assert capsys.readouterr().out.endswith("/duerer/000 Albrecht Dürer\n")
