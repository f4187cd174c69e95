"""Vocabulary, shapes, context, documentation and data name the same terms, in three languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from test_kg_store import DUERER, GRAPHIC, PHOTO, RAPHAEL, corpus, review, run

import ontology
from kg import names as kg_names
from kg import queries, shapes, thresholds
from kg.nouns import Claim, Evidence, Observation
from kg.store import open_store
from ontology import LG, documents

TERMS = ontology.ontology().terms
ROOT = Path(__file__).parent.parent


def local_names(text: str) -> set[str]:
    return set(re.findall(r"\blg:([A-Za-z]+)(?![A-Za-z-])", text))


@pytest.mark.parametrize("term", TERMS.values(), ids=lambda term: term.local)
def test_every_term_has_words_in_three_languages_and_a_standard_super_term(term: ontology.Term) -> None:
    assert set(term.labels) == set(term.definitions) == {"en", "de", "fr"}
    assert all(term.labels.values()) and all(term.definitions.values())
    assert term.supers and not any(parent.startswith(LG) for parent in term.supers)


def test_domains_and_ranges_are_classes_of_the_vocabulary() -> None:
    for term in TERMS.values():
        for iri in (term.domain, term.range):
            if iri.startswith(LG):
                assert TERMS[iri.removeprefix(LG)].type == "Class", term.local


def test_there_is_a_shape_for_every_class_and_none_besides() -> None:
    classes = {term.iri for term in TERMS.values() if term.type == "Class"}
    assert {rule.target for rule in shapes.rules()} == classes
    used = {rule.path for rule in shapes.rules()} | {
        rule.value.value for rule in shapes.rules() if rule.component == "class"
    }
    assert {iri.removeprefix(LG) for iri in used if iri.startswith(LG)} <= set(TERMS)


def test_data_uses_only_terms_of_the_vocabulary_and_no_blank_nodes() -> None:
    with open_store("memory:") as store:
        store.put_corpus(corpus())
        evidence = (Evidence("caption", "x", 0, 1, 0.5),)
        store.put_run(
            run("link"),
            [
                Claim("duerer/000", "artist", DUERER, 0.9, "after", evidence),
                Claim("duerer/000", "artist", RAPHAEL, 0.9, "", evidence),
                Observation("duerer/000", "mapX", 0.1),
            ],
            "1",
        )
        store.add_review(review("r1", GRAPHIC, "replaced", "01", replacement=PHOTO, comment="sic"))
        store.derive_current()
        used = set()
        for row in store.query("SELECT ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } }"):
            assert not any(isinstance(row[name], ox.BlankNode) for name in "spo")
            used |= {row[name].value for name in "po" if isinstance(row[name], ox.NamedNode)}
    ours = {iri.removeprefix(LG) for iri in used if iri.startswith(LG)}
    unknown = {name for name in ours if name not in TERMS and "Shape" not in name}
    assert unknown == set()


def test_queries_and_thresholds_name_only_terms_of_the_vocabulary() -> None:
    folder = Path(queries.__file__).parent.parent
    for file in [*folder.rglob("*.rq"), *folder.rglob("*.ru")]:
        assert local_names(file.read_text(encoding="utf-8")) <= set(TERMS), file.name
    assert set(thresholds.DEFAULT) <= set(TERMS)


def test_the_context_and_the_reference_are_up_to_date() -> None:
    kept = json.loads((ROOT / "ontology" / "context.jsonld").read_text(encoding="utf-8"))
    assert kept == documents.context(), "run python -m ontology.documents"
    assert set(TERMS) <= set(kept["@context"])
    written = (ROOT / "docs" / "ontology.md").read_text(encoding="utf-8")
    assert written == documents.reference(), "run python -m ontology.documents"


def test_the_context_gives_our_properties_their_iris() -> None:
    document = {
        "@context": documents.context()["@context"],
        "id": "http://x/1",
        "type": "Illustration",
        "category": "http://x/graphic",
        "confidence": "0.5",
    }
    triples = {
        (q.predicate.value, str(q.object))
        for q in ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD)
    }
    assert (LG + "category", "<http://x/graphic>") in triples
    assert (LG + "confidence", '"0.5"^^<http://www.w3.org/2001/XMLSchema#decimal>') in triples


def test_every_concept_of_a_scheme_has_labels_and_definitions_in_three_languages() -> None:
    skos = kg_names.NAMESPACES["skos"]
    for name in ("categories", "schemes"):
        said: dict[str, dict[str, set[str]]] = {}
        for triple in ontology.triples(name):
            if isinstance(triple.object, ox.Literal):
                words = said.setdefault(str(triple.subject), {}).setdefault(triple.predicate.value, set())
                words.add(triple.object.language or "")
        for subject, words in said.items():
            if "/id/scheme/" not in subject:
                assert words[skos + "prefLabel"] == words[skos + "definition"] == {"en", "de", "fr"}


def test_the_eight_categories_and_two_media_are_there() -> None:
    from kg.entities import published_concepts

    kinds = {kind: {id for k, id in published_concepts() if k == kind} for kind in ("category", "medium")}
    pictures = {"reproduction", "graphic", "photography", "object"}
    assert kinds["category"] == pictures | {"architecture", "sculpture", "plan", "ornament"}
    assert kinds["medium"] == {"painting", "other"}
