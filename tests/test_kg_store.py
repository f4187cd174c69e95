"""The store: what it believes, what survives crashes and re-runs, what odd input does to it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from kg import queries, shapes, snapshots
from kg.nouns import (
    Claim,
    Corpus,
    Entity,
    Evidence,
    Illustration,
    Model,
    Observation,
    Review,
    Run,
    Source,
    Text,
)
from kg.store import Store, StoreError, open_store
from kg.thresholds import merged

PREFIXES = """PREFIX lg: <https://w3id.org/legenda/ns#> PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX crm: <http://www.cidoc-crm.org/cidoc-crm/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
RAPHAEL = Entity("artist", "Q5597", (Text("Raphael", "en"), Text("Raffael", "de")), (("born", "1483-03-28"),))
DUERER = Entity(
    "artist", "Q5580", (Text("Albrecht Dürer", "de"),), (("wikidata", "Q5580"), ("ulan", "500115493"))
)
GRAPHIC, PHOTO = Entity("category", "graphic"), Entity("category", "photography")


def corpus(count: int = 4, caption: str = "Abb. 1. Die Kreuztragung.", id: str = "books") -> Corpus:
    plates = tuple(
        Illustration("duerer", f"{n:03}", page=str(n), caption=caption, language="de", image_digest="ab" * 32)
        for n in range(count)
    )
    return Corpus(id, (Source("duerer", "Dürer", "Hermann Knackfuß", "1897", "de"),), plates)


def run(enricher: str = "category", corpus: str = "books") -> Run:
    return Run(
        enricher=enricher,
        corpus=corpus,
        corpus_digest="00" * 32,
        config={"model": "packaged"},
        models=(Model("packaged", "ab" * 32),),
        software="legenda 0.1.0",
        started="2026-01-01T00:00:00+00:00",
        ended="2026-01-01T00:01:00+00:00",
    )


def review(id: str, value: Entity, verdict: str, at: str, **more: object) -> Review:
    given = {"illustration": "duerer/000", "property": "category", "reviewer": "Ada"} | more
    return Review(id=id, value=value, verdict=verdict, at=f"2026-02-{at}T12:00:00+00:00", **given)  # type: ignore[arg-type]


def values(store: Store, property: str = "category", key: str = "duerer/000") -> set[str]:
    graph, plate = store.names.graph("current"), store.names.illustration(key)
    rows = store.query(f"{PREFIXES} SELECT ?v WHERE {{ GRAPH <{graph}> {{ <{plate}> lg:{property} ?v }} }}")
    return {(store.names.split(row["v"].value) or ("", ""))[1] for row in rows}


def content(store: Store) -> list[str]:
    """The graph as sorted lines, without the catalogue (which holds the time of the last change)."""
    rows = store.query("SELECT ?g ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } }")
    lines = (f"{row['s']} {row['p']} {row['o']} {row['g']}" for row in rows)
    return sorted(line for line in lines if "graph/catalogue" not in line)


@pytest.fixture
def store() -> Store:
    made = open_store("memory:")
    made.put_corpus(corpus())
    return made


class TestBelief:
    def test_a_value_at_its_threshold_is_believed_and_a_weaker_one_is_not(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.5)], "1")
        store.put_run(run("topics"), [Claim("duerer/000", "topic", Entity("topic", "t"), 0.19)], "1")
        store.derive_current()
        assert values(store) == {"graphic"}
        assert values(store, "topic") == set()

    def test_thresholds_can_be_set_and_are_published(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.5)], "1")
        store.derive_current({"category": 0.9})
        assert values(store) == set()
        rows = store.query(
            PREFIXES + "SELECT ?m WHERE { ?g lg:threshold [ lg:onProperty lg:category ; lg:minimum ?m ] }"
        )
        assert [row["m"].value for row in rows] == ["0.9"]

    def test_thresholds_stay_as_published_until_others_are_given(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.5)], "1")
        store.derive_current({"category": 0.4, "topic": 0.9})
        store.derive_current({"category": 0.9})
        store.add_review(review("r1", PHOTO, "rejected", "01"))
        store.derive_current()
        assert values(store) == set()
        rows = store.query(PREFIXES + "SELECT ?p ?m WHERE { ?t lg:onProperty ?p ; lg:minimum ?m }")
        published = {row["p"].value.rpartition("#")[2]: float(row["m"].value) for row in rows}
        assert published == merged({"category": 0.9})
        store.derive_current({})
        assert values(store) == {"graphic"}

    def test_standard_super_properties_stand_beside_the_direct_triple(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
        store.derive_current()
        plate, graphic = store.names.illustration("duerer/000"), store.names.iri("category", "graphic")
        for property in ("dcterms:type", "crm:P2_has_type"):
            assert bool(store.query(f"{PREFIXES} ASK {{ <{plate}> {property} <{graphic}> }}"))

    def test_a_single_valued_property_keeps_the_surer_value(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.6)], "1")
        store.put_run(run("other-model"), [Claim("duerer/000", "category", PHOTO, 0.8)], "1")
        store.derive_current()
        assert values(store) == {"photography"}

    def test_a_qualified_claim_is_never_plain_attribution(self, store: Store) -> None:
        store.put_run(run("link"), [Claim("duerer/000", "artist", RAPHAEL, 0.9, "after")], "1")
        store.derive_current()
        assert values(store, "artist") == set()
        assert values(store, "artistQualified") == {"Q5597"}

    def test_a_rejected_value_goes_and_an_accepted_runner_up_comes(self, store: Store) -> None:
        claims = [Claim("duerer/000", "category", GRAPHIC, 0.9), Claim("duerer/000", "category", PHOTO, 0.1)]
        store.put_run(run(), claims, "1")
        store.add_review(review("r1", GRAPHIC, "rejected", "01"))
        store.derive_current()
        assert values(store) == set()
        store.add_review(review("r2", PHOTO, "accepted", "02"))
        store.derive_current()
        assert values(store) == {"photography"}

    def test_the_latest_of_conflicting_reviews_wins_and_all_are_kept(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
        for id, verdict, at in (("b", "accepted", "03"), ("a", "rejected", "02"), ("c", "comment", "04")):
            store.add_review(review(id, GRAPHIC, verdict, at))
        store.derive_current()
        assert values(store) == {"graphic"}
        assert store.counts()["Review"] == 3

    def test_a_replaced_value_survives_every_re_run_and_every_model(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
        store.add_review(review("r1", GRAPHIC, "replaced", "01", replacement=PHOTO))
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.99)], "2")
        store.put_run(run("better-model"), [Claim("duerer/000", "category", GRAPHIC, 0.999)], "1")
        store.derive_current()
        assert values(store) == {"photography"}
        store.drop_run("books", "category")
        store.derive_current()
        assert values(store) == {"photography"}

    def test_no_value_is_believed_without_a_standing_claim(self, store: Store) -> None:
        store.put_run(run(), [Claim(f"duerer/00{n}", "category", GRAPHIC, 0.9) for n in range(4)], "1")
        store.put_run(run("link"), [Claim("duerer/001", "artist", DUERER, 0.9, "workshop-of")], "1")
        store.add_review(review("r1", GRAPHIC, "replaced", "01", replacement=PHOTO))
        store.add_review(
            review("r2", RAPHAEL, "accepted", "02", property="artist", illustration="duerer/002")
        )
        store.put_run(run(), [], "2")
        store.derive_current()
        assert values(store, "artist", "duerer/002") == {"Q5597"}
        assert list(store.query(queries.load("values-without-a-claim"))) == []

    def test_a_verdict_that_was_taken_back_counts_as_never_given(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
        store.add_review(review("r1", GRAPHIC, "replaced", "01", replacement=PHOTO))
        store.add_review(review("r2", GRAPHIC, "accepted", "02", reviewer="Ben"))
        store.add_review(review("r3", GRAPHIC, "withdrawn", "03", reviewer="Ben"))
        store.derive_current()
        assert values(store) == {"photography"}
        store.add_review(review("r4", GRAPHIC, "withdrawn", "04"))
        store.add_review(review("r5", GRAPHIC, "withdrawn", "05"))  # nothing is left to take back
        store.derive_current()
        assert values(store) == {"graphic"}

    def test_of_two_values_accepted_one_after_the_other_the_later_one_is_believed(self, store: Store) -> None:
        for number, value in enumerate((PHOTO, GRAPHIC, PHOTO)):
            store.add_review(review(f"r{number}", value, "accepted", f"0{number + 1}"))
            store.derive_current()
            assert values(store) == {value.id}

    def test_a_review_is_never_written_twice(self, store: Store) -> None:
        store.add_review(review("r1", GRAPHIC, "accepted", "01"))
        with pytest.raises(ValueError, match="already in the store"):
            store.add_review(review("r1", GRAPHIC, "rejected", "02"))


class TestRuns:
    def test_a_re_run_replaces_exactly_its_own_graph(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
        store.put_run(run("link"), [Claim("duerer/000", "artist", DUERER, 0.9)], "1")
        before = [line for line in content(store) if "graph/run/books/link" in line]
        store.put_run(run(), [Claim("duerer/001", "category", PHOTO, 0.9)], "2")
        store.derive_current()
        assert values(store) == set() and values(store, key="duerer/001") == {"photography"}
        assert [line for line in content(store) if "graph/run/books/link" in line] == before
        assert store.run_key("books", "category") == "2"

    def test_writing_the_same_again_changes_nothing(self, store: Store) -> None:
        claims = [Claim("duerer/000", "category", GRAPHIC, 0.9, "", (Evidence("image", score=1e-7),))]
        store.put_run(run(), claims, "1")
        store.derive_current()
        revision, before = store.revision(), content(store)
        store.put_corpus(corpus())
        store.put_run(run(), claims, "1")
        store.derive_current()
        assert store.revision() == revision
        assert content(store) == before

    def test_the_same_input_gives_the_same_graph_in_another_store(self) -> None:
        contents = []
        for order in (1, -1):
            with open_store("memory:") as store:
                store.put_corpus(corpus())
                claims = [Claim(f"duerer/00{n}", "category", GRAPHIC, 0.9) for n in range(4)][::order]
                store.put_run(run("link"), [Claim("duerer/000", "artist", DUERER, 0.9)], "1")
                store.put_run(run(), claims, "1")
                store.derive_current()
                contents.append(content(store))
        assert contents[0] == contents[1]

    def test_a_graph_written_by_another_version_is_to_be_written_again(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
        assert store.run_key("books", "category") == "1"
        monkeypatch.setattr("kg.store._writer", lambda: "newer")
        assert store.run_key("books", "category") is None
        assert store.corpus_digest("books") is None

    def test_of_a_claim_made_twice_the_higher_confidence_stays(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, p) for p in (0.2, 0.9, 0.4)], "1")
        rows = store.query(PREFIXES + "SELECT ?x WHERE { ?c a lg:Claim ; lg:confidence ?x }")
        assert [row["x"].value for row in rows] == ["0.9"]

    def test_an_enricher_that_fails_halfway_leaves_the_earlier_run(self, store: Store) -> None:
        store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
        before = content(store)

        def failing():  # type: ignore[no-untyped-def]
            yield Claim("duerer/001", "category", PHOTO, 0.9)
            raise RuntimeError("out of memory")

        with pytest.raises(RuntimeError):
            store.put_run(run(), failing(), "2")
        assert content(store) == before
        assert store.run_key("books", "category") == "1"

    def test_a_big_change_is_written_in_batches_and_ends_the_same(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store.engine, "update_lines", 10)
        store.put_run(run(), [Claim(f"duerer/00{n}", "category", GRAPHIC, 0.9) for n in range(4)], "1")
        store.put_run(run(), [Claim(f"duerer/00{n}", "category", PHOTO, 0.8) for n in range(4)], "2")
        with open_store("memory:") as fresh:
            fresh.put_corpus(corpus())
            fresh.put_run(run(), [Claim(f"duerer/00{n}", "category", PHOTO, 0.8) for n in range(4)], "2")
            assert content(store) == content(fresh)


class TestCorpora:
    def test_a_re_read_corpus_is_replaced_and_another_is_left_alone(self, store: Store) -> None:
        other = Corpus("more", (Source("goya", "Goya"),), (Illustration("goya", "1", caption="Saturn"),))
        store.put_corpus(other)
        store.put_corpus(corpus(2, "Abb. 1. Neu."))
        rows = store.query(PREFIXES + "SELECT ?c WHERE { ?i a lg:Illustration ; lg:caption ?c } ORDER BY ?c")
        assert [row["c"].value for row in rows] == ["Abb. 1. Neu.", "Abb. 1. Neu.", "Saturn"]

    def test_an_illustration_of_two_corpora_stays_with_the_other_when_one_loses_it(
        self, store: Store
    ) -> None:
        store.put_corpus(corpus(4, id="again"))
        store.put_corpus(corpus(1))
        rows = store.query(
            PREFIXES + "SELECT DISTINCT ?i WHERE { ?i a lg:Illustration ; lg:caption ?c ; lg:corpus ?k }"
        )
        assert len(list(rows)) == 4

    def test_odd_texts_and_identifiers_come_back_as_they_went_in(self, store: Store) -> None:
        texts = [
            "שלום — مرحبا \u202b(RTL)\u202c",
            "e\u0301\u0327 combining, 𝔘𝔫𝔦𝔠𝔬𝔡𝔢, 🎨",
            'quotes " and \\ and \\u0041, tab\tline\nbreak\rreturn',
            "x" * 10_000_000,
        ]
        ids = ["a b", "ä/ö", "..", "%2F", "<script>", "a\u0000b"]
        plates = tuple(
            Illustration("odd/source", id, caption=texts[n % len(texts)]) for n, id in enumerate(ids)
        )
        store.put_corpus(Corpus("odd <corpus>", (Source("odd/source"),), plates))
        for plate in plates:
            iri = store.names.illustration(plate.key)
            (row,) = store.query(f"{PREFIXES} SELECT ?c WHERE {{ <{iri}> lg:caption ?c }}")
            assert row["c"].value == plate.caption
        assert list(shapes.check(store.query)) == []

    def test_wrong_iris_in_facts_become_texts_or_are_left_out(self, store: Store) -> None:
        facts = (
            ("image", "not an iri"),
            ("ulan", "50 01/15"),
            ("image", "http://x/a b"),
            ("born", "ca. 1471"),
        )
        store.put_run(
            run("link"),
            [Claim("duerer/000", "artist", Entity("artist", "Q1", (Text("A"),), facts), 0.9)],
            "1",
        )
        assert list(shapes.check(store.query)) == []
        rows = store.query(PREFIXES + "SELECT ?y WHERE { ?a lg:birthYear ?y }")
        assert [row["y"].value for row in rows] == ["1471"]

    def test_concepts_are_matched_and_people_are_the_same(self, store: Store) -> None:
        topic = Entity("topic", "t1", (Text("Kunst", "de"),), (("wikidata", "Q735"),))
        claims = [Claim("duerer/000", "artist", DUERER, 0.9), Claim("duerer/000", "topic", topic, 0.9)]
        store.put_run(run("link"), claims, "1")
        wd = "http://www.wikidata.org/entity/"
        assert bool(store.query(f"{PREFIXES} ASK {{ ?a a lg:Artist ; owl:sameAs <{wd}Q5580> }}"))
        assert bool(store.query(f"{PREFIXES} ASK {{ ?t a lg:Topic ; skos:exactMatch <{wd}Q735> }}"))
        assert not bool(store.query(f"{PREFIXES} ASK {{ ?t a lg:Topic ; owl:sameAs ?x }}"))


class TestDisk:
    def test_a_second_writer_is_turned_away(self, tmp_path: Path) -> None:
        with open_store(tmp_path / "s"), pytest.raises(StoreError, match="another process"):
            open_store(tmp_path / "s")

    def test_a_store_keeps_its_base(self, tmp_path: Path) -> None:
        with open_store(tmp_path / "s", base="https://art.example/") as store:
            assert store.names.graph("current") == "https://art.example/graph/current"
        with open_store(tmp_path / "s") as store:
            assert store.base == "https://art.example/"
        with pytest.raises(StoreError, match="keeps the base"):
            open_store(tmp_path / "s", base="https://other.example/")

    def test_a_folder_that_is_no_store_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.docx").write_text("years of work")
        with pytest.raises(StoreError, match="not empty"):
            open_store(tmp_path)
        assert [f.name for f in tmp_path.iterdir() if f.name != "writer.lock"] == ["thesis.docx"]

    @pytest.mark.parametrize("update", ["begin.ru", "load", "finish.ru", "changed.ru", "describe.ru"])
    def test_killed_at_any_step_the_store_opens_and_ends_like_an_undisturbed_one(
        self, tmp_path: Path, update: str
    ) -> None:
        script = Path(__file__).with_name("kg_killed_writer.py")
        folder = tmp_path / "s"
        for step in ("put_corpus", "put_run", "derive_current"):
            done = subprocess.run([sys.executable, str(script), str(folder), step, update], check=False)
            assert done.returncode == -signal.SIGKILL
        with open_store(folder) as store:
            complete = _complete(store)
            found = content(store)
        with open_store("memory:") as fresh:
            _complete(fresh)
            assert found == content(fresh)
        assert complete == []

    def test_a_store_with_an_incomplete_graph_is_not_published(self, tmp_path: Path) -> None:
        script = Path(__file__).with_name("kg_killed_writer.py")
        folder = tmp_path / "s"
        subprocess.run([sys.executable, str(script), str(folder), "put_run", "finish.ru"], check=False)
        with open_store(folder) as store:
            assert store.run_key("books", "category") is None
            with pytest.raises(StoreError, match="incomplete"):
                snapshots.publish(store)
            _complete(store)
            assert snapshots.publish(store).version


def _complete(store: Store) -> list[str]:
    store.put_corpus(corpus())
    store.put_run(run(), [Claim(f"duerer/00{n}", "category", GRAPHIC, 0.9) for n in range(4)], "1")
    store.derive_current()
    return store.unfinished()


class TestSnapshots:
    def filled(self, folder: Path) -> Store:
        store = open_store(folder)
        _complete(store)
        return store

    def test_readers_keep_their_version_while_a_writer_works(self, tmp_path: Path) -> None:
        with self.filled(tmp_path / "s") as store:
            first = snapshots.publish(store)
            reader = first.open()
            before = len(reader)
            store.put_run(run("link"), [Claim("duerer/000", "artist", DUERER, 0.9)], "1")
            second = snapshots.publish(store)
            assert len(reader) == before
            assert len(second.open()) > before
            assert snapshots.latest(tmp_path / "s") == second

    def test_publishing_an_unchanged_store_gives_the_served_snapshot(self, tmp_path: Path) -> None:
        with self.filled(tmp_path / "s") as store:
            first = snapshots.publish(store)
        assert snapshots.publish(tmp_path / "s") == first

    def test_what_breaks_the_shapes_is_published_only_by_force(self, tmp_path: Path) -> None:
        with self.filled(tmp_path / "s") as store:
            store.put_run(run("link"), [Claim("elsewhere/1", "artist", DUERER, 0.9)], "1")
            with pytest.raises(StoreError, match=r"oa:hasTarget should be a lg:Illustration.*elsewhere/1"):
                snapshots.publish(store)
            assert snapshots.latest(tmp_path / "s") is None
            assert snapshots.publish(store, force=True).version

    def test_rollback_serves_the_one_before_and_prune_keeps_the_served(self, tmp_path: Path) -> None:
        with self.filled(tmp_path / "s") as store:
            made = []
            for number in range(4):
                store.put_run(run("link"), [Claim("duerer/000", "artist", DUERER, number / 10)], str(number))
                made.append(snapshots.publish(store, keep=10).version)
        folder = tmp_path / "s"
        assert snapshots.rollback(folder).version == made[2]
        assert snapshots.rollback(folder, made[0]).version == made[0]
        assert snapshots.prune(folder, 2) == [made[1]]
        assert [each.version for each in snapshots.list_all(folder)] == [made[0], made[2], made[3]]
        served = snapshots.latest(folder)
        assert served is not None and served.version == made[0]

    def test_a_failure_while_publishing_leaves_the_old_snapshot_served(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with self.filled(tmp_path / "s") as store:
            first = snapshots.publish(store)
            store.put_run(run("link"), [Claim("duerer/000", "artist", DUERER, 0.9)], "1")

            def full(self: Path, *args: object, **more: object) -> int:
                raise OSError(28, "No space left on device")

            with monkeypatch.context() as patch:
                patch.setattr(Path, "write_text", full)
                with pytest.raises(StoreError, match="old snapshot is still served"):
                    snapshots.publish(store)
            assert snapshots.latest(tmp_path / "s") == first
            assert [p.name for p in (tmp_path / "s" / "snapshots").iterdir() if p.is_dir()] == [first.version]

    def test_a_snapshot_copied_elsewhere_is_a_working_backup(self, tmp_path: Path) -> None:
        import shutil

        with self.filled(tmp_path / "s") as store:
            made = snapshots.publish(store)
            before = content(store)
        backup = tmp_path / "restored"
        backup.mkdir()
        shutil.copytree(made.path / "db", backup / "live")
        shutil.copy(tmp_path / "s" / "store.json", backup / "store.json")
        shutil.rmtree(tmp_path / "s")
        with open_store(backup) as store:
            assert content(store) == before
            store.put_run(run("link"), [Claim("duerer/000", "artist", DUERER, 0.9)], "1")
            assert snapshots.publish(store).version


def test_every_example_query_runs_and_says_what_it_answers(store: Store) -> None:
    work = Entity("artwork", "Q1", (Text("Sixtina", "de"),), (("creator", RAPHAEL), ("inception", "1512")))
    statements = [
        Claim("duerer/000", "category", GRAPHIC, 0.9),
        Claim("duerer/000", "reproduces", work, 0.9),
        Observation("duerer/000", "mapX", 0.5),
    ]
    store.put_run(run(), statements, "1")
    store.derive_current()
    assert len(queries.names()) == 20
    for name in queries.names():
        assert len(queries.title(name)) > 20
        list(store.query(queries.load(name)))
    assert len(list(store.query(queries.load("categories-per-source")))) == 1


def test_pyshacl_and_the_quick_check_find_the_same_violations(store: Store) -> None:
    broken = replace(run(), started="yesterday", models=(Model("m", "nonsense"),))
    unlabelled = Entity("artwork", "Q9", (Text("x"),), (("creator", Entity("artist", "Q8")),))
    statements = [
        Claim("duerer/000", "artist", DUERER, 0.9, "", (Evidence("image", start=-3),)),
        Claim("elsewhere/1", "reproduces", unlabelled, 0.9),
        Claim("duerer/001", "category", Entity("artist", "Q7"), 0.9),
    ]
    store.put_run(broken, statements, "1")
    store.derive_current()
    plate, page = store.names.illustration("duerer/002"), store.names.iri("page", "duerer/3")
    source, graphic = store.names.iri("source", "duerer"), store.names.iri("category", "graphic")
    store.engine.update(
        f"""{PREFIXES} PREFIX schema: <https://schema.org/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        DELETE WHERE {{ GRAPH ?g {{ <{page}> dcterms:identifier ?any }} }} ;
        INSERT DATA {{
          GRAPH <urn:one> {{ <{plate}> schema:contentUrl "a text" ; dcterms:identifier "002" .
            <{source}> dcterms:identifier "another" , 7 ; lg:year "MDCCC"^^xsd:gYear , "1897"^^xsd:gYear .
            <{graphic}> skos:prefLabel "Graphik"@de , "Grafik"@de }}
          GRAPH <urn:two> {{ <{plate}> dcterms:identifier "002" ; lg:page "no page" }}
        }}"""
    )

    def found(check: object) -> list[tuple[str, str, str]]:
        return sorted((v.focus, v.shape, v.component) for v in check(store.query))  # type: ignore[operator]

    quick = found(shapes.check)
    assert {component for _, _, component in quick} == {rule.component for rule in shapes.rules()} - {
        "maxInclusive"
    }
    assert not [each for each in quick if each[1] == "lg:IllustrationShape-identifier"]
    assert quick == found(shapes.pyshacl_check)


def test_the_shapes_are_checked_by_a_fixed_number_of_queries_whatever_the_size(store: Store) -> None:
    def asked() -> int:
        asked: list[str] = []
        assert list(shapes.check(lambda sparql: (asked.append(sparql), store.query(sparql))[1])) == []
        return len(asked)

    few = asked()
    store.put_corpus(corpus(3000))
    assert asked() == few


def test_a_thing_without_an_iri_is_a_violation(store: Store) -> None:
    store.engine.update(PREFIXES + "INSERT DATA { GRAPH <urn:one> { [] a lg:Artist ; rdfs:label 'nobody' } }")
    for check in (shapes.check, shapes.pyshacl_check):
        assert ["is a lg:Artist without an IRI" in str(each) for each in check(store.query)] == [True]


def test_opening_and_reading_a_published_store_takes_no_time_to_speak_of(tmp_path: Path) -> None:
    with open_store(tmp_path / "s") as store:
        _complete(store)
        made = snapshots.publish(store)
    start = time.perf_counter()
    assert bool(made.open().query("ASK { GRAPH ?g { ?s ?p ?o } }"))
    assert time.perf_counter() - start < 1
