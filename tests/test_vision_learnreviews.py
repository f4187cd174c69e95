"""Learning from verdicts: on vectors made for it, and on real pictures from the first run to the second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from kg import snapshots
from kg.judged import judged
from kg.names import LG
from kg.nouns import Entity, Review
from kg.store import open_store
from vision import heads, learnreviews
from vision.captionwords import for_head
from vision.commands import train
from vision.heads import Head

CORPUS = Path(__file__).parents[2] / "shared" / "data" / "corpus"
BOOK = "en-mawson-blizzard"


def head(turned: float) -> Head:
    """A head of two labels that looks along an axis turned away from the true one (radians)."""
    weight = np.zeros((8, 2))
    weight[:2, 0] = 3 * np.cos(turned), 3 * np.sin(turned)
    return Head("medium", ("painting", "other"), np.zeros(8), np.ones(8), weight, np.zeros(2), sha256="prior")


def pictures(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Vectors whose first number says which label is right; books of twenty."""
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(n, 8)).astype(np.float32)
    return vectors, (vectors[:, 0] < 0).astype(int), [f"book {i // 20}" for i in range(n)]


class TestLearning:
    def test_verdicts_turn_a_model_that_looks_the_wrong_way_and_it_is_scored_on_books_left_out(self) -> None:
        vectors, truth, books = pictures(120)
        learnt = learnreviews.learn(head(1.2), vectors, np.eye(2, dtype=bool)[truth], books)
        assert learnt.after["accuracy"] > learnt.before["accuracy"] + 0.15
        assert learnt.strength > 0 and learnt.sources == 6
        assert learnt.elsewhere and learnt.elsewhere["accuracy"] > learnt.before["accuracy"] + 0.15
        new, right, _ = pictures(400, seed=1)
        answers = learnt.head.probabilities(new).argmax(axis=1)
        assert (answers == right).mean() > (
            head(1.2).probabilities(new).argmax(axis=1) == right
        ).mean() + 0.15

    def test_a_rejection_teaches_what_it_is_not(self) -> None:
        vectors, truth, books = pictures(120)
        three = head(0.0)
        weight = np.concatenate([three.weight, np.full((8, 1), 0.0)], axis=1)
        fooled = Head("category", ("a", "b", "c"), three.mean, three.scale, weight, np.array([0.0, 0.0, 2.0]))
        possible = np.ones((120, 3), bool)
        possible[:, 2] = False  # people only ever said: it is no c
        learnt = learnreviews.learn(fooled, vectors, possible, books)
        before, after = fooled.probabilities(vectors), learnt.head.probabilities(vectors)
        assert after[:, 2].mean() < before[:, 2].mean() / 3
        assert learnt.known == 0
        assert (after[:, :2].argmax(axis=1) == truth).mean() > 0.95  # what it knew of the others stays

    def test_verdicts_that_contradict_each_other_leave_the_model_as_it_was(self) -> None:
        vectors, _, books = pictures(60)
        random = np.random.default_rng(3).integers(0, 2, 60)
        good = head(0.0)
        flat = Head(good.task, good.labels, good.mean, good.scale, good.weight * 0, good.bias)
        learnt = learnreviews.learn(flat, vectors, np.eye(2, dtype=bool)[random], books)
        assert learnt.strength <= 0.3
        assert np.abs(learnt.head.probabilities(vectors) - 0.5).max() < 0.1

    def test_a_handful_is_too_few(self) -> None:
        vectors, truth, books = pictures(9)
        with pytest.raises(ValueError, match="too few"):
            learnreviews.learn(head(0.0), vectors, np.eye(2, dtype=bool)[truth], books)

    def test_the_head_that_learnt_hears_captions_like_the_one_it_came_from(self) -> None:
        prior = heads.load(heads.shipped("category"))
        vectors = np.random.default_rng(0).normal(size=(20, len(prior.mean))).astype(np.float32)
        possible = np.eye(len(prior.labels), dtype=bool)[np.arange(20) % 3]
        learnt = learnreviews.learn(prior, vectors, possible, [str(i % 4) for i in range(20)])
        made = learnreviews.with_card(learnt, prior, {"verdicts": 20})
        assert for_head(made) == for_head(prior)


def test_what_is_asked_for_must_make_sense(tmp_path: Path) -> None:
    for arguments in (
        ["medium", "--out", "x"],
        ["medium", "labels.csv", "--from-reviews", "--store", str(tmp_path), "--out", "x"],
        ["medium", "--from-reviews", "--out", "x"],
        ["medium", "--from-reviews", "--store", str(tmp_path), "--out", "x"],
    ):
        assert CliRunner().invoke(train, arguments).exit_code == 2, arguments


def category(store: Path) -> dict[str, str]:
    """What is believed of each picture."""
    snapshot = snapshots.latest(store)
    assert snapshot
    rows = snapshot.open().query(
        f"SELECT ?i ?c {{ GRAPH <{snapshot.base}graph/current> {{ ?i <{LG}category> ?c }} }}"
    )
    return {row["i"].value: row["c"].value.rsplit("/", 1)[-1] for row in rows}


def confidences(store: Path) -> dict[tuple[str, str], str]:
    """What the run says of each picture, and how surely."""
    snapshot = snapshots.latest(store)
    assert snapshot
    rows = snapshot.open().query(
        f"SELECT ?i ?c ?p {{ GRAPH ?g {{ ?claim <{LG}confidence> ?p ; "
        f"<http://www.cidoc-crm.org/cidoc-crm/P177_assigned_property_of_type> <{LG}category> ; "
        "<http://www.w3.org/ns/oa#hasTarget> ?i ; <http://www.cidoc-crm.org/cidoc-crm/P141_assigned> ?c ; "
        "<http://www.w3.org/ns/prov#wasGeneratedBy> ?run } FILTER(CONTAINS(STR(?g), 'graph/run/')) }"
    )
    return {(r["i"].value, r["c"].value.rsplit("/", 1)[-1]): r["p"].value for r in rows}


@pytest.mark.skipif(not CORPUS.exists(), reason="the pictures of the corpus are not here")
def test_a_store_is_enriched_reviewed_learnt_from_and_enriched_again(tmp_path: Path) -> None:
    from enrich.commands import enrich

    store, model = tmp_path / "store", tmp_path / "model"

    def run(*more: str) -> None:
        given = [str(CORPUS / BOOK), "--store", str(store), "--only", "category", "--quiet", *more]
        made = CliRunner().invoke(enrich, given)
        assert made.exit_code == 0, made.output

    run()
    first = category(store)
    plates = sorted(first)
    with open_store(store) as live:
        names = live.names
        for number, iri in enumerate(plates[:14]):
            value = Entity("category", first[iri])
            split = names.split(iri)
            assert split
            # People see every other picture as ornament, whatever the model thinks.
            wrong = number % 2 == 1
            live.add_review(
                Review(
                    f"r{number}",
                    split[1],
                    "category",
                    value,
                    "replaced" if wrong else "accepted",
                    "Anna",
                    f"2026-01-01T10:00:{number:02}+00:00",
                    replacement=Entity("category", "ornament") if wrong else None,
                )
            )
        live.add_review(
            Review(
                "r99",
                names.split(plates[1])[1],  # type: ignore[index]
                "category",
                Entity("category", first[plates[1]]),
                "withdrawn",
                "Anna",
                "2026-01-01T10:01:00+00:00",
            )
        )
        live.derive_current()
        snapshots.publish(live)
    said = judged(store, "category")
    assert len(said) == 13 and all(each.image and each.digest for each in said)
    reviewed = {each.illustration: each.right for each in said}
    assert sorted(reviewed.values()).count("ornament") == 6
    made = CliRunner().invoke(
        train, ["category", "--from-reviews", "--store", str(store), "--out", str(model)]
    )
    assert made.exit_code == 0, made.output
    assert "13 verdicts on 13 pictures used, sources: 1" in made.output and "before" in made.output
    assert heads.load(model).card["from_reviews"]["verdicts"] == 13
    before = confidences(store)
    learnt = heads.load(model)
    run("--set", f"category.model={model}")
    after = category(store)
    for key, right in reviewed.items():
        assert after[names.illustration(key)] == right  # no re-run overturns a verdict
    if learnt.card["from_reviews"]["strength"]:
        assert confidences(store) != before  # and the run itself says something else now
