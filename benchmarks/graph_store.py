"""How fast claims become a graph: writing against native bulk loading, deriving, publishing, opening.

In: numbers of claims (one claim with its evidence is about 17 quads). Out: one line of figures per number,
each measured in a process of its own. `write` is `Store.put_run`, from `Claim` objects to a complete run
graph with its catalogue entry; `native` is pyoxigraph's bulk_load of exactly the same triples from a file,
in an empty store, right after it; their ratio is the bar (0.7 or more). Memory is the growth of the process
over what it held before.

    python benchmarks/graph_store.py 6000 60000 600000
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from kg import shapes, snapshots
from kg.nouns import Claim, Corpus, Entity, Evidence, Illustration, Model, Run, Source, Text
from kg.store import open_store

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
        with open_store(folder / "s") as store:
            before = _peak()
            start, cpu = time.perf_counter(), time.process_time()
            store.put_run(RUN, claims(count), "1")
            write, write_cpu = time.perf_counter() - start, time.process_time() - cpu
            figures["peak MB"] = _peak() - before
            graph = ox.NamedNode(store.names.graph("run", "bench", "category"))
            store.engine.dump(graph.value, folder / "same.nt")
            figures["quads"] = sum(1 for _ in (folder / "same.nt").open("rb"))
            native = ox.Store(str(folder / "native"))
            start, cpu = time.perf_counter(), time.process_time()
            native.bulk_load(
                path=str(folder / "same.nt"), format=ox.RdfFormat.N_TRIPLES, to_graph=graph, lenient=True
            )
            figures |= {"write s": write, "native s": time.perf_counter() - start}
            figures["ratio"] = figures["native s"] / write
            # Processor time of all threads: what to compare on a machine that is busy with other things.
            figures["ratio of processor time"] = (time.process_time() - cpu) / write_cpu
            del native
            for what, call in (
                ("derive s", store.derive_current),
                ("derive again s", store.derive_current),
                ("same run again s", lambda: store.put_run(RUN, claims(count), "2")),
                ("publish s", lambda: snapshots.publish(store, force=True)),
            ):
                start, cpu = time.perf_counter(), time.process_time()
                call()
                figures[what] = time.perf_counter() - start
                figures[f"{what} (processor)"] = time.process_time() - cpu
            if count <= 100_000:
                store.put_corpus(corpus(count))
                start = time.perf_counter()
                found = sum(1 for _ in shapes.check(store.query))
                figures |= {"shapes s": time.perf_counter() - start, "violations": found}
        served = snapshots.latest(folder / "s")
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
