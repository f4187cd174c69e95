"""The twenty example queries, on a small store that has everything they ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from test_kg_store import DUERER, GRAPHIC, PHOTO, RAPHAEL, review, run

from kg import queries
from kg.nouns import Claim, Corpus, Entity, Evidence, Illustration, Observation, Source, Text
from kg.store import Store, open_store

#: Questions whose answer is empty in a sound store.
NEVER = {"values-without-a-claim", "works-younger-than-print"}
PAINTING = Entity("category", "reproduction")


def filled() -> Store:
    """A store about which every example query has something to say."""
    made = open_store("memory:")
    sources = (Source("a", "Dürer", date="1897", language="de"), Source("b", "Art news", language="en"))
    plates = [
        Illustration(source.id, f"{n}", caption=f"A landscape, {n}", text_after="From the exhibition.")
        for source in sources
        for n in range(3)
    ]
    made.put_corpus(Corpus("books", sources, tuple(plates)))
    collection = Entity("collection", "Q4", (Text("Gemäldegalerie", "de"), Text("Picture gallery", "en")))
    labels = (Text("Kreuztragung", "de"), Text("Bearing the cross", "en"))
    facts = (("creator", RAPHAEL), ("inception", "1512"), ("collection", collection))
    work = Entity("artwork", "Q1", labels, facts)
    why = (Evidence("caption", "landscape", 2, 11),)
    kinds: dict[str, tuple[str, Entity]] = {
        "clusters": ("cluster", Entity("cluster", "c1", (Text("plates", "en"),))),
        "topics": ("topic", Entity("topic", "t1", (Text("nature", "en"),))),
        "descriptors": ("descriptor", Entity("descriptor", "d1", (Text("tree", "en"), Text("Baum", "de")))),
    }
    for enricher, (property, value) in kinds.items():
        made.put_run(run(enricher), [Claim(p.key, property, value, 0.9) for p in plates], "1")
    made.put_run(run("language"), [Observation(p.key, "detectedLanguage", "en") for p in plates], "1")
    told: list[Any] = [Claim(p.key, "category", PAINTING, 0.55) for p in plates]
    told += [Claim("a/0", "category", GRAPHIC, 0.45), Claim("a/1", "category", PHOTO, 0.45)]
    made.put_run(run(), told, "1")
    linked = [Claim(p.key, "artist", RAPHAEL, 0.8, "", why) for p in plates[1:]]
    linked += [Claim(p.key, "reproduces", work, 0.8, "", why) for p in plates]
    linked.append(Claim("a/0", "artist", DUERER, 0.8, "workshop-of", why))
    made.put_run(replace(run("link"), models=()), linked, "1")
    made.add_review(review("r1", PAINTING, "rejected", "01", illustration="b/2"))
    made.derive_current()
    return made


@pytest.fixture(scope="module")
def store() -> Store:
    return filled()


def rows(store: Store, name: str) -> list[dict[str, str]]:
    found = store.query(queries.load(name))
    names = [variable.value for variable in found.variables]
    return [{name: row[name].value for name in names if row[name] is not None} for row in found]


def test_there_are_twenty_and_each_says_what_it_answers() -> None:
    assert len(queries.names()) == 20
    assert all(len(queries.title(name)) > 20 for name in queries.names())


@pytest.mark.parametrize("name", queries.names())
def test_a_query_finds_what_there_is_and_names_each_thing_once(store: Store, name: str) -> None:
    found = rows(store, name)
    assert bool(found) == (name not in NEVER)
    assert len({tuple(sorted(row.items())) for row in found}) == len(found)
    for row in found:
        assert not {"Kreuztragung", "Raffael", "Gemäldegalerie", "Baum"} & set(row.values())


def test_a_work_in_two_sources_has_both_with_their_years(store: Store) -> None:
    (work,) = rows(store, "works-in-several-sources")
    assert work["title"] == "Bearing the cross" and work["sources"] == "2"
    assert work["printedIn"] == "1897 Dürer | no date Art news"


def test_shares_of_kinds_are_parts_of_a_year(store: Store) -> None:
    (kind,) = rows(store, "categories-over-time")
    assert kind["year"] == "1897" and float(kind["percent"]) == 100


def test_claims_of_a_run_are_counted_once_and_a_run_without_any_counts_none(store: Store) -> None:
    counts = {row["enricher"]: row["claims"] for row in rows(store, "runs")}
    assert counts["category"] == "8" and counts["language"] == "0"
