"""Dumps, forms of exchange, imports, and the commands that make them."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from test_kg_store import DUERER, GRAPHIC, RAPHAEL, content, corpus, review, run, values

from kg import commands, queries, shapes, snapshots
from kg.claims import reviews
from kg.exchange.export import export
from kg.exchange.imports import import_claims
from kg.nouns import Claim, Entity, Evidence, Observation, Text
from kg.reading import Reader, open_reader
from kg.store import StoreError, open_store

WORK = Entity(
    "artwork",
    "Q151047",
    (Text("Sistine Madonna", "en"),),
    (("creator", RAPHAEL), ("inception", "1512"), ("collection", "Gemäldegalerie"), ("wikidata", "Q151047")),
)
TOPIC = Entity("topic", "de-3", (Text("Madonna, Kind", "de"),), (("word", "Madonna"), ("size", 4)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("exchange") / "s"
    with open_store(place, base="https://b.example/") as store:
        store.put_corpus(corpus())
        evidence = (Evidence("caption", "Kreuztragung", 11, 23), Evidence("image", score=0.25))
        store.put_run(
            run("link"),
            [
                Claim("duerer/000", "artist", DUERER, 0.9, "", evidence),
                Claim("duerer/000", "reproduces", WORK, 0.8),
                Claim("duerer/001", "artist", RAPHAEL, 0.7, "after"),
                Claim("duerer/001", "topic", TOPIC, 0.6),
                Observation("duerer/001", "mapX", 0.25),
            ],
            "1",
        )
        store.put_run(run(), [Claim(f"duerer/00{n}", "category", GRAPHIC, 0.9) for n in range(4)], "1")
        store.add_review(review("r1", GRAPHIC, "accepted", "01"))
        store.derive_current()
        snapshots.publish(store)
    return place


@pytest.fixture
def reader(folder: Path) -> Reader:
    return open_reader(str(folder))


def invoke(command: object, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, arguments)  # type: ignore[arg-type]
    return done.exit_code, done.output


def test_a_query_sees_only_the_graphs_it_names(folder: Path, reader: Reader) -> None:
    def count(query: str) -> int:
        (row,) = reader.query("SELECT (COUNT(*) AS ?n) " + query)
        return int(row["n"].value)

    some = next(iter(reader.query("SELECT ?g { GRAPH ?g { ?s ?p ?o } } LIMIT 1")))["g"]
    inside, everywhere = count(f"{{ GRAPH {some} {{ ?s ?p ?o }} }}"), count("{ ?s ?p ?o }")
    assert 0 < inside < everywhere
    assert count(f"FROM {some} {{ ?s ?p ?o }}") == inside
    assert count(f"FROM NAMED {some} {{ GRAPH ?g {{ ?s ?p ?o }} }}") == inside
    assert count(f"FROM NAMED {some} {{ ?s ?p ?o }}") == 0
    with open_store(folder) as store:
        (row,) = store.query(f"SELECT (COUNT(*) AS ?n) FROM {some} {{ ?s ?p ?o }}")
    assert int(row["n"].value) == inside
    asked = f"SELECT (COUNT(*) AS ?n) FROM {some} {{ ?s ?p ?o }}"
    code, printed = invoke(commands.query, asked, "--store", str(folder))
    assert code == 0 and str(inside) in printed


def test_a_dump_holds_every_quad_and_is_the_same_file_each_time(
    folder: Path, reader: Reader, tmp_path: Path
) -> None:
    for name in ("a.nq.gz", "b.nq.gz"):
        assert invoke(commands.dump, "--store", str(folder), "--out", str(tmp_path / name))[0] == 0
    assert (tmp_path / "a.nq.gz").read_bytes() == (tmp_path / "b.nq.gz").read_bytes()
    quads = list(ox.parse(gzip.decompress((tmp_path / "a.nq.gz").read_bytes()), format=ox.RdfFormat.N_QUADS))
    assert reader.database is not None and len(quads) == len(reader.database)
    assert not any(isinstance(term, ox.BlankNode) for quad in quads for term in (quad.subject, quad.object))


def test_one_graph_can_be_dumped_and_an_unknown_one_is_named(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "current.ttl"
    assert invoke(commands.dump, "--store", str(folder), "--graph", "current", "--out", str(out))[0] == 0
    assert "lg:category" in out.read_text()
    status, said = invoke(commands.dump, "--store", str(folder), "--graph", "run/books/nothing")
    assert status == 2 and "run/books/nothing" in said


def test_every_form_is_written_and_parses(reader: Reader, tmp_path: Path) -> None:
    for form in ("csv", "edm", "schema", "linked-art", "annotations", "iiif"):
        files = export(reader, form, tmp_path / form)
        assert files and all(file.stat().st_size for file in files)
    rows = list(csv.DictReader((tmp_path / "csv" / "illustrations.csv").open(encoding="utf-8")))
    assert len(rows) == 4 and rows[0]["artists"] == "Albrecht Dürer" and rows[0]["category"] == "graphic"
    claims = list(csv.DictReader((tmp_path / "csv" / "claims.csv").open(encoding="utf-8")))
    assert sum(1 for row in claims if row["enricher"]) == 8
    edm = {q.triple for q in ox.parse(path=str(tmp_path / "edm" / "edm.rdf"))}
    assert (
        len([t for t in edm if t.object == ox.NamedNode("http://www.openarchives.org/ore/terms/Aggregation")])
        == 4
    )
    assert list(ox.parse(path=str(tmp_path / "schema" / "schema.ttl")))


def test_linked_art_says_who_made_a_work_and_what_an_illustration_shows(
    reader: Reader, tmp_path: Path
) -> None:
    works, plates = export(reader, "linked-art", tmp_path)
    (work,) = (json.loads(line) for line in works.read_text().splitlines())
    assert work["type"] == "HumanMadeObject" and work["_label"] == "Sistine Madonna"
    assert work["produced_by"]["carried_out_by"][0]["id"].endswith("/artist/Q5597")
    assert work["produced_by"]["timespan"]["identified_by"][0]["content"] == "1512"
    assert work["equivalent"][0]["id"] == "http://www.wikidata.org/entity/Q151047"
    first = json.loads(plates.read_text().splitlines()[0])
    assert first["represents"][0]["_label"] == "Sistine Madonna"


def test_annotation_pages_have_an_item_for_every_claim(reader: Reader, tmp_path: Path) -> None:
    (page,) = (json.loads(file.read_text()) for file in export(reader, "annotations", tmp_path))
    assert page["@context"] == "http://www.w3.org/ns/anno.jsonld" and page["type"] == "AnnotationPage"
    assert len(page["items"]) == 9  # eight of the machines, one of the reviewer
    assert {item["motivation"] for item in page["items"]} == {"classifying", "identifying", "tagging"}


def test_claims_of_another_institution_come_in_with_their_provenance(folder: Path, tmp_path: Path) -> None:
    dumped = tmp_path / "b.trig.gz"
    invoke(commands.dump, "--store", str(folder), "--out", str(dumped))
    with open_store(tmp_path / "ours") as store:
        store.put_corpus(corpus(1))
        taken = import_claims(store, dumped, "belvedere")
        assert [(each.enricher, each.statements, each.left_out) for each in taken] == [
            ("belvedere-category", 1, 3),
            ("belvedere-link", 2, 3),
            ("belvedere-reviews", 1, 0),
        ]
        before = content(store)
        import_claims(store, dumped, "belvedere")
        assert content(store) == before
        store.derive_current()
        rows = store.query(queries.load("artists-shown-most"))
        assert [row["name"].value for row in rows] == ["Albrecht Dürer"]
        config = store.query("SELECT ?c { ?r <https://w3id.org/legenda/ns#config> ?c } ORDER BY ?c")
        assert json.loads(next(iter(config))["c"].value)["importedFrom"].startswith(
            "https://b.example/id/run/"
        )
        assert snapshots.publish(store).version


def test_verdicts_of_another_institution_are_claims_here_and_take_nothing_away(tmp_path: Path) -> None:
    """Out of one store as TriG, into another, and what is believed there before and after."""
    photo, plan = Entity("category", "photography"), Entity("category", "plan")
    claims = [Claim(f"duerer/00{n}", "category", GRAPHIC, 0.9) for n in range(4)]
    with open_store(tmp_path / "theirs", base="https://b.example/") as store:
        store.put_corpus(corpus())
        store.put_run(run(), claims, "1")
        ada = {"reviewer": "https://orcid.org/0000-0002-1825-0097"}
        for id, verdict, at, more in (
            ("r1", "accepted", "01", {}),
            ("r2", "rejected", "02", {"illustration": "duerer/001", "comment": "a drawing? no"} | ada),
            ("r3", "replaced", "03", {"illustration": "duerer/002", "replacement": photo}),
            ("r4", "replaced", "04", {"illustration": "duerer/003", "replacement": plan}),
            ("r5", "comment", "05", {"illustration": "duerer/003"}),
        ):
            store.add_review(review(id, GRAPHIC, verdict, at, **more))
        store.derive_current()
        snapshots.publish(store)
    dumped = tmp_path / "theirs.trig"
    invoke(commands.dump, "--store", str(tmp_path / "theirs"), "--out", str(dumped))
    ours = tmp_path / "ours"
    with open_store(ours) as store:
        store.put_corpus(corpus())
        store.put_run(run(), claims, "1")
        store.add_review(review("ours", plan, "rejected", "09", illustration="duerer/003"))
        store.derive_current()
        before = {n: values(store, key=f"duerer/00{n}") for n in range(4)}
        assert import_claims(store, dumped, "belvedere")[-1].statements == 6
        assert {n: values(store, key=f"duerer/00{n}") for n in range(4)} == before  # not before it is derived
    status, said = invoke(commands.import_command, str(dumped), "--store", str(ours), "--from", "belvedere")
    assert status == 0 and "books/belvedere-reviews: 6 statements" in said
    with open_store(ours) as store:
        # Their certainty beats our machine's 0.9, their rejection does not, our own verdict beats theirs.
        believed = [values(store, key=f"duerer/00{n}") for n in range(4)]
        assert believed == [{"graphic"}, {"graphic"}, {"photography"}, {"graphic"}]
        found = store.query(
            "PREFIX lg: <https://w3id.org/legenda/ns#> "
            "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
            "SELECT ?why { ?claim lg:confidence 0.0 ; lg:evidence/rdf:value ?why } ORDER BY ?why"
        )
        assert [row["why"].value for row in found] == [
            "rejected by https://orcid.org/0000-0002-1825-0097, 2026-02-02: a drawing? no",
            "replaced by Ada, 2026-02-03",
            "replaced by Ada, 2026-02-04",
        ]
        assert store.counts()["Review"] == 1
        assert list(shapes.check(store.query)) == []


def test_reviews_are_read_back_as_they_were_given(tmp_path: Path) -> None:
    given = [
        review("r1", GRAPHIC, "accepted", "01", qualifier="after", comment='ü "quoted"'),
        review("r2", GRAPHIC, "replaced", "02", replacement=RAPHAEL),
        review("r3", GRAPHIC, "comment", "03", reviewer="https://orcid.org/0000-0002-1825-0097"),
    ]
    with open_store("memory:") as store:
        for each in reversed(given):
            store.add_review(each)
        read = [
            replace(each, at=each.at.replace("Z", "+00:00")) for each in reviews(store.query, store.names)
        ]
    assert read == given


@pytest.mark.parametrize("name", ["two words", "", "../up", "ü"])
def test_a_name_that_cannot_be_part_of_a_run_is_refused_with_an_example(
    folder: Path, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "x.nq"
    file.write_text("")
    status, said = invoke(commands.import_command, str(file), "--store", str(folder), "--from", name)
    assert status == 2 and "for example belvedere" in said and repr(name) in said


def test_a_file_that_is_no_dump_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "broken.nq").write_text("<http://x> nonsense\n")
    (tmp_path / "empty.nq").write_text("")
    with open_store("memory:") as store:
        for name, reason in (("broken.nq", "not readable"), ("empty.nq", "found 0")):
            with pytest.raises(StoreError, match=reason):
                import_claims(store, tmp_path / name, "x")


def test_query_answers_examples_texts_and_files(folder: Path, tmp_path: Path) -> None:
    store = str(folder)
    status, said = invoke(commands.query, "categories-per-source", "--store", store)
    assert status == 0 and "graphic work" in said
    (tmp_path / "q.rq").write_text("SELECT (COUNT(*) AS ?n) { ?i a lg:Illustration }")
    status, said = invoke(commands.query, str(tmp_path / "q.rq"), "--store", store, "--format", "csv")
    assert status == 0 and said.split() == ["n", "4"]
    assert invoke(commands.query, "ASK { ?i a lg:Illustration }", "--store", store) == (0, "yes\n")
    status, said = invoke(commands.query, "DESCRIBE ?i { ?i a lg:Corpus }", "--store", store)
    assert status == 0 and "lg:Corpus" in said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["SELECT ?s {"], "not SPARQL"),
        (["no-such-example"], "nor an example"),
        (["ASK {}", "--format", "ttl"], "not as ttl"),
        (["ASK {}", "--snapshot", "1999"], "no snapshot 1999"),
        ([], "give a query"),
    ],
)
def test_a_wrong_question_is_answered_with_its_reason(
    folder: Path, arguments: list[str], reason: str
) -> None:
    status, said = invoke(commands.query, *arguments, "--store", str(folder))
    assert status == 2 and reason in said


def test_validate_says_which_thing_breaks_which_rule(folder: Path, tmp_path: Path) -> None:
    assert invoke(commands.validate, "--store", str(folder))[0] == 0
    with open_store(tmp_path / "s") as store:
        store.put_run(run(), [Claim("lost/1", "category", GRAPHIC, 0.9)], "1")
        snapshots.publish(store, force=True)
    status, said = invoke(commands.validate, "--store", str(tmp_path / "s"))
    assert status == 1
    assert (
        "oa:hasTarget should be a lg:Illustration, but is http://localhost:8000/id/illustration/lost/1"
        in said
    )


def test_snapshots_are_listed_and_rolled_back_from_the_command_line(folder: Path) -> None:
    status, said = invoke(commands.snapshot, "list", "--store", str(folder))
    assert status == 0 and said.startswith("* ")
    status, said = invoke(commands.snapshot, "rollback", "--store", str(folder))
    assert status == 2 and "no older snapshot" in said
    status, said = invoke(commands.snapshot, "publish", "--store", str(folder / "nowhere"))
    assert status == 2 and "no store here" in said
