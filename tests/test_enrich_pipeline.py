"""From a corpus to a snapshot with small real enrichers: only what changed is done, and a kill loses
nothing.
"""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import enrich_word_enricher as words
import numpy as np
import pyoxigraph as ox
import pytest
from PIL import Image

from enrich import registry
from enrich.corpora import Digests, read
from enrich.pipeline import run, store_folder
from enrich.progress import Silent
from enrich.report import summary, write_faults
from enrich.settings import Settings, SettingsError
from enrich.work import Outcome
from kg import positions, snapshots
from kg.media import Media

HERE = Path(__file__).resolve().parent
STAGES: Any = words.stages()


def corpus_folder(folder: Path, count: int) -> Path:
    """A corpus of `count` illustrations with captions."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "plate.png").exists():
        Image.new("RGB", (8, 8)).save(folder / "plate.png")
    (folder / "book.json").write_text('{"title": "Mills", "year": "1897", "language": "en"}')
    with (folder / "illustrations.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "image", "caption"])
        writer.writerows([str(n), "plate.png", f"A windmill near town{n % 7}"] for n in range(count))
    return folder


def enriched(folder: Path, store: Path, stages: Any = STAGES, settings: Settings | None = None) -> Outcome:
    with Digests(store / "cache" / "images.sqlite") as digests:
        corpus, faults = read(folder, digests=digests)
        return run(corpus, faults, str(store), settings or Settings(), digests, Silent(), stages)


def published(store: Path) -> set[str]:
    """The quads of the served snapshot, without what tells the time or counts the revisions."""
    snapshot = snapshots.latest(store)
    assert snapshot is not None
    quads = set()
    for quad in snapshot.open().quads_for_pattern(None, None, None):
        changing = quad.predicate.value.rsplit("#", 1)[-1].rsplit("/", 1)[-1] in (
            "versionInfo",
            "version",
            "revision",
        )
        timed = isinstance(quad.object, ox.Literal) and quad.object.datatype.value.endswith("#dateTime")
        if not changing and not timed:
            quads.add(str(quad))
    return quads


def test_a_corpus_becomes_a_published_graph(tmp_path: Path) -> None:
    outcome = enriched(corpus_folder(tmp_path / "mills", 10), tmp_path / "store")
    assert [(s.stage, s.state, s.computed, s.claims, s.observations) for s in outcome.stages] == [
        ("words", "done", 10, 10, 10),
        ("titles", "done", 10, 10, 0),
    ]
    assert outcome.published and not outcome.failed and outcome.triples > 100
    quads = "\n".join(published(tmp_path / "store"))
    assert (
        "/id/illustration/mills/3>" in quads and "/id/topic/windmill>" in quads and "/graph/current>" in quads
    )


def test_a_second_run_computes_nothing_publishes_nothing_and_says_the_same(tmp_path: Path) -> None:
    folder = corpus_folder(tmp_path / "mills", 10)
    first = enriched(folder, tmp_path / "store")
    second = enriched(folder, tmp_path / "store")
    assert [(s.state, s.computed) for s in second.stages] == [("unchanged", 0)] * 2
    assert not second.published and second.snapshot == first.snapshot
    assert [s.claims for s in second.stages] == [s.claims for s in first.stages]
    assert second.triples == first.triples and second.faults == first.faults


def test_an_unchanged_run_imports_no_enricher(tmp_path: Path) -> None:
    folder = corpus_folder(tmp_path / "mills", 5)
    code = (
        "import sys; import enrich_word_enricher as w; from enrich.cli import main\n"
        f"sys.argv = ['w', {str(folder)!r}, {str(tmp_path / 'store')!r}, '0']; w.main(*sys.argv[1:3], 0.0)\n"
        "print(sorted({'torch', 'spacy', 'pyarrow', 'numpy', 'sklearn'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    for expected in ("['numpy', 'pyarrow']", "[]"):
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        assert done.stdout.strip() in (expected, "['pyarrow']" if expected != "[]" else "[]")


def test_five_more_illustrations_are_five_computations_and_the_graph_is_as_if_made_at_once(
    tmp_path: Path,
) -> None:
    enriched(corpus_folder(tmp_path / "mills", 20), tmp_path / "grown")
    outcome = enriched(corpus_folder(tmp_path / "mills", 25), tmp_path / "grown")
    assert [(s.stage, s.computed) for s in outcome.stages] == [("words", 5), ("titles", 25)]
    enriched(corpus_folder(tmp_path / "mills", 25), tmp_path / "fresh")
    assert published(tmp_path / "grown") == published(tmp_path / "fresh")


def test_another_setting_computes_its_own_stage_again_and_no_other(tmp_path: Path) -> None:
    folder = corpus_folder(tmp_path / "mills", 6)
    enriched(folder, tmp_path / "store")
    told = Settings(stages={"words": {"least": 5}})
    outcome = enriched(folder, tmp_path / "store", settings=told)
    assert [(s.stage, s.state, s.computed) for s in outcome.stages] == [
        ("words", "done", 6),
        ("titles", "unchanged", 0),
    ]
    back = enriched(folder, tmp_path / "store")
    assert [(s.state, s.computed) for s in back.stages] == [
        ("done", 0),
        ("unchanged", 0),
    ]  # its answers were kept


def test_a_threshold_changes_what_is_believed_and_computes_nothing(tmp_path: Path) -> None:
    folder = corpus_folder(tmp_path / "mills", 4)
    enriched(folder, tmp_path / "store")
    before = published(tmp_path / "store")
    outcome = enriched(folder, tmp_path / "store", settings=Settings(thresholds={"topic": 0.99}))
    assert outcome.published and all(s.state == "unchanged" for s in outcome.stages)
    current = [q for q in published(tmp_path / "store") if q.endswith("/graph/current>") and "#topic>" in q]
    assert current == [] and any(q.endswith("/graph/current>") and "#topic>" in q for q in before)


def test_an_illustration_taken_out_of_the_corpus_leaves_the_graph(tmp_path: Path) -> None:
    enriched(corpus_folder(tmp_path / "mills", 6), tmp_path / "store")
    enriched(corpus_folder(tmp_path / "mills", 4), tmp_path / "store")
    enriched(corpus_folder(tmp_path / "mills", 4), tmp_path / "fresh")
    assert published(tmp_path / "store") == published(tmp_path / "fresh")


def test_two_corpora_share_a_store(tmp_path: Path) -> None:
    enriched(corpus_folder(tmp_path / "wind", 3), tmp_path / "store")
    enriched(corpus_folder(tmp_path / "water", 3), tmp_path / "store")
    quads = "\n".join(published(tmp_path / "store"))
    assert "/id/illustration/wind/1>" in quads and "/id/illustration/water/1>" in quads
    again = enriched(tmp_path / "wind", tmp_path / "store")
    assert all(s.state == "unchanged" for s in again.stages) and not again.published


def test_pictures_of_two_corpora_get_one_map_which_an_unchanged_run_leaves_alone(tmp_path: Path) -> None:
    store, seen = tmp_path / "store", tuple(s for s in registry.STAGES if s.name == "medium")
    rng = np.random.default_rng(0)
    for name in ("mills", "bridges"):
        folder = corpus_folder(tmp_path / name, 4)
        for plate in range(4):
            pixels = rng.integers(0, 255, (4, 4, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((64, 64)).save(folder / f"{plate}.png")
        rows = [[str(plate), f"{plate}.png", "A picture"] for plate in range(4)]
        with (folder / "illustrations.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["id", "image", "caption"], *rows])
        assert not positions.key(store)  # one corpus has its own places in the graph
        assert not enriched(folder, store, seen).faults
    made = positions.key(store)
    places = positions.joint(store, Media(store).digests())
    assert made and places is not None and places[1].all()
    (store / "media" / "positions.npz").unlink()
    enriched(tmp_path / "bridges", store, seen)
    assert not positions.key(store)  # nothing to do, nothing looked at
    (store / "cache" / "runs" / "bridges" / "map.json").unlink()  # as if stopped before the map was made
    assert enriched(tmp_path / "bridges", store, seen).published is False
    assert positions.key(store) == made


def test_a_stage_that_fails_is_one_fault_and_the_others_run(tmp_path: Path) -> None:
    broken = registry.Stage("broken", "", "no_such_module:X", "no_such_module:Y", "batch", code=("kg.nouns",))
    outcome = enriched(corpus_folder(tmp_path / "mills", 3), tmp_path / "store", (broken, *STAGES))
    assert [s.state for s in outcome.stages] == ["failed", "done", "done"]
    (fault,) = outcome.faults
    assert fault.stage == "broken" and "No module named 'no_such_module'" in fault.reason
    assert outcome.failed and outcome.published


def test_a_setting_a_stage_does_not_know_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\[words\] has no setting 'lesat'; did you mean 'least'\?"):
        enriched(
            corpus_folder(tmp_path / "mills", 3),
            tmp_path / "store",
            settings=Settings(stages={"words": {"lesat": 1}}),
        )
    assert not (tmp_path / "store" / "live").exists()


def test_only_and_skip_choose_the_stages(tmp_path: Path) -> None:
    folder = corpus_folder(tmp_path / "mills", 3)
    assert [
        s.stage for s in enriched(folder, tmp_path / "a", settings=Settings(only=("titles",))).stages
    ] == ["titles"]
    assert [
        s.stage for s in enriched(folder, tmp_path / "b", settings=Settings(skip=("titles",))).stages
    ] == ["words"]


def test_the_summary_counts_groups_faults_and_says_what_is_next(tmp_path: Path) -> None:
    folder = corpus_folder(tmp_path / "mills", 5)
    with (folder / "illustrations.csv").open("a", encoding="utf-8") as file:
        file.write("5,gone-5.png,A mill\n6,gone-6.png,A mill\nx\n7,plate.png,\n")
    outcome = enriched(folder, tmp_path / "store")
    text = summary(outcome, "STORE")
    assert "mills: 1 source, 8 illustrations" in text
    assert "error: read: 2 × gone-5.png does not exist" in text
    assert "error: read: illustrations.csv:9: has 1 fields, the header 3; the row was left out" in text
    assert "notice: words:" in text
    assert text.endswith("Next: legenda serve --store STORE")
    write_faults(tmp_path / "faults.csv", outcome.faults)
    rows = list(csv.DictReader((tmp_path / "faults.csv").open(encoding="utf-8")))
    assert len(rows) == len(outcome.faults) and rows[0]["place"] == "illustrations.csv:7"


def test_a_remote_store_is_refused_with_the_way_to_do_it() -> None:
    with pytest.raises(SettingsError, match="legenda dump"):
        store_folder("sparql:http://localhost:3030/ds")
    assert store_folder("oxigraph:/tmp/x") == Path("/tmp/x")


MOMENTS = {
    "the store is made": "live",
    "the first part is written": "cache/words/*/part-*",
    "the first stage is in the graph": "cache/runs/*/words.json",
    "the second stage is computed": "cache/titles/*/part-*",
    "the second stage is in the graph": "cache/runs/*/titles.json",
    "the snapshot is being written": "snapshots/*",
}
SLOW = Settings(stages={"words": {"pause": 0.002}, "titles": {"pause": 0.002}})


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """A corpus, and the graph of a run over it that nothing disturbed."""
    folder = tmp_path_factory.mktemp("kill")
    corpus = corpus_folder(folder / "mills", 150)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        enriched(corpus, folder / "whole", settings=SLOW)
    return corpus, published(folder / "whole")


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_started_again_it_ends_with_the_same_graph_when_killed_as(
    moment: str, undisturbed: tuple[Path, set[str]], tmp_path: Path
) -> None:
    folder, expected = undisturbed
    store = tmp_path / "store"
    script = [sys.executable, str(HERE / "enrich_word_enricher.py"), str(folder), str(store), "0.002"]
    process = subprocess.Popen(script, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(HERE)})
    while process.poll() is None and not any(store.glob(MOMENTS[moment])):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    outcome = enriched(folder, store, settings=SLOW)
    assert not outcome.failed and outcome.snapshot
    assert published(store) == expected
