"""How fast claims become a graph: writing against native bulk loading, deriving, publishing, opening.

In: numbers of claims (one claim with its evidence is about 17 quads). Out: one line of figures per number,
each measured in a process of its own. `write` is `Store.put_run`, from `Claim` objects to a complete run
graph with its catalogue entry; `native` is pyoxigraph's bulk_load of a file of exactly the same triples, in
an empty store; they take turns, and the ratio of the medians is the bar (0.7 or more). Memory is the growth
of the process over what it held before (`native` follows `write`: what it needs beyond that).

    python benchmarks/graph_store.py 6000 60000 600000
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pyoxigraph as ox

from kg import shapes, snapshots
from kg.names import Names
from kg.nouns import Claim, Corpus, Entity, Evidence, Illustration, Model, Run, Source, Text
from kg.rdf import run_lines
from kg.replace import spool
from kg.store import open_store

#: How often writing and native loading are measured, in turn.
ROUNDS = 3
KINDS = ["reproduction", "graphic", "photography", "object", "architecture", "sculpture", "plan", "ornament"]
RUN = Run(
    "category",
    "bench",
    "0" * 64,
    {},
    (Model("bench", "0" * 64),),
    "bench",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00Z",
)


def claims(count: int) -> Iterator[Claim]:
    """Four claims per illustration: two categories, an artist, a topic."""
    for n in range(count):
        key = f"book-{n // 4000}/plate-{n // 4:07}"
        which = n % 4
        evidence = (Evidence("caption", f"Abb. {n}. Nach dem Gemälde", n % 50, n % 50 + 20, (n % 997) / 997),)
        if which == 2:
            artist = Entity(
                "artist", f"Q{n % 5000 + 1}", (Text(f"Artist {n % 5000}", "en"),), (("born", "1471"),)
            )
            yield Claim(key, "artist", artist, (n % 1000) / 1000, "", evidence)
        elif which == 3:
            topic = Entity("topic", f"bench-{n % 60}", (Text(f"topic {n % 60}", "en"),))
            yield Claim(key, "topic", topic, (n % 1000) / 1000, "", evidence)
        else:
            kind = Entity("category", KINDS[(n // 4 + which) % 8])
            yield Claim(key, "category", kind, 0.9 if which == 0 else 0.1, "", evidence)


def corpus(count: int) -> Corpus:
    """An illustration for every four claims."""
    keys = sorted({claim.illustration for claim in claims(count)})
    plates = tuple(Illustration(*key.split("/"), caption=f"Plate {key}") for key in keys)
    return Corpus("bench", tuple(Source(s) for s in sorted({p.source for p in plates})), plates)


def measure(count: int) -> dict[str, float]:
    """All figures for one number of claims, in this process."""
    figures: dict[str, float] = {"claims": count}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _writing(folder, count, figures)
        with open_store(folder / "s0") as store:
            for what, call in (
                ("derive", store.derive_current),
                ("derive again", store.derive_current),
                ("same run again", lambda: store.put_run(RUN, claims(count), "2")),
                ("publish by force", lambda: snapshots.publish(store, force=True)),
            ):
                _timed(figures, what, call)
            store.put_corpus(corpus(count))
            before = _peak()
            _timed(figures, "check shapes", lambda: sum(1 for _ in shapes.check(store.query)))
            figures["check shapes peak MB"] = _peak() - before
        served = snapshots.latest(folder / "s0")
        assert served is not None
        start = time.perf_counter()
        database = served.open()
        rows = database.query(
            "SELECT ?s ?v { ?s <https://w3id.org/legenda/ns#category> ?v } LIMIT 10",
            use_default_graph_as_union=True,
        )
        assert len(list(rows)) == 10
        figures["open and query ms"] = 1000 * (time.perf_counter() - start)
    return figures


def _writing(folder: Path, count: int, figures: dict[str, float]) -> None:
    """Ours and native in turn, each in an empty store; the medians, and the memory of the first of ours."""
    file, graph = folder / "same.nt", Names().graph("run", "bench", "category")
    given = list(claims(count)) if count <= 100_000 else None
    turns: list[dict[str, float]] = []
    for turn in range(ROUNDS):
        turns.append({})
        with open_store(folder / f"s{turn}") as store:
            before = _peak()
            statements = given or claims(count)
            _timed(turns[-1], "write", partial(store.put_run, RUN, statements, "1"))
            figures.setdefault("write peak MB", _peak() - before)
        if turn == 0:
            spool(run_lines(RUN, claims(count), Names()), file)
            figures["quads"] = sum(1 for _ in file.open("rb"))
        native = ox.Store(str(folder / f"native{turn}"))
        before = _peak()
        load = partial(native.bulk_load, format=ox.RdfFormat.N_TRIPLES, lenient=True)
        _timed(turns[-1], "native", partial(load, path=str(file), to_graph=ox.NamedNode(graph)))
        figures.setdefault("native peak MB above that", _peak() - before)
        del native, load
    for what in turns[0]:
        figures[what] = statistics.median(turn[what] for turn in turns)
    for unit in ("wall s", "processor s"):
        figures[f"speed to native, {unit.split()[0]}"] = figures[f"native {unit}"] / figures[f"write {unit}"]


def _timed(figures: dict[str, float], what: str, call: Callable[[], object]) -> None:
    """Wall time, and processor time of all threads: what to compare on a machine that is busy."""
    start, cpu = time.perf_counter(), time.process_time()
    call()
    figures[f"{what} wall s"] = time.perf_counter() - start
    figures[f"{what} processor s"] = time.process_time() - cpu


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(counts: list[str]) -> None:
    for count in counts or ["6000", "60000"]:
        command = [sys.executable, __file__, "--one", count]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        figures = json.loads(done.stdout)
        print(
            "  ".join(f"{name} {value:,.2f}".replace(".00", "") for name, value in figures.items()),
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        main(sys.argv[1:])
