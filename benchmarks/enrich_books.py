"""`legenda enrich` on real books, one after the other: wall time and peak memory of first and second run.

In go corpus folders (or folders of them); out comes a Markdown table with a row per book: illustrations, what
was claimed per stage and believed in the end, triples, seconds and peak resident memory of a first run in a
fresh store, then seconds of a second run of the same command and its ratio to the first (limit: 2 %).

    python benchmarks/enrich_books.py CORPUS… [--keep STORES]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kg import snapshots

STAGES = ("category", "medium", "clusters", "topics", "descriptors", "link")
BELIEVED = ("category", "medium", "cluster", "topic", "artist", "reproduces")
LEGENDA = Path(sys.executable).with_name("legenda")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--keep", type=Path, help="put the stores here and leave them")
    options = parser.parse_args()
    heads = ("book", "pictures", "triples", "first s", "peak MB", "second s", "ratio")
    print(
        "| "
        + " | ".join((*heads, *(f"{s} claims" for s in STAGES), *(f"believed {b}" for b in BELIEVED)))
        + " |"
    )
    print("|" + "---|" * (len(heads) + len(STAGES) + len(BELIEVED)))
    with tempfile.TemporaryDirectory() as scratch:
        for corpus in options.corpora:
            store = (options.keep or Path(scratch)) / corpus.name
            first, peak, status = timed(corpus, store)
            second, _, _ = timed(corpus, store)
            noted = notes(store)
            claims = [str(noted.get(stage, {}).get("claims", "–")) for stage in STAGES]
            row = [corpus.name + ("" if status == 0 else f" (exit {status})"), str(pictures(noted))]
            row += [str(noted["triples"]["count"]), f"{first:.1f}", f"{peak:.0f}"]
            row += [f"{second:.2f}", f"{second / first:.3f}", *claims, *believed(store)]
            print("| " + " | ".join(row) + " |", flush=True)


def timed(corpus: Path, store: Path) -> tuple[float, float, int]:
    """(wall seconds, peak resident megabytes, exit status) of one run."""
    start = time.perf_counter()
    command = [str(LEGENDA), "enrich", str(corpus), "--store", str(store), "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return time.perf_counter() - start, kilobytes / 1024, os.waitstatus_to_exitcode(status)


def notes(store: Path) -> dict[str, dict[str, int]]:
    """What each stage noted about itself, by stage."""
    return {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in store.glob("cache/runs/*/*.json")}


def pictures(noted: dict[str, dict[str, int]]) -> int:
    return max(note.get("illustrations", 0) for note in noted.values())


def believed(store: Path) -> list[str]:
    """How many direct triples of each property the served snapshot holds."""
    served = snapshots.latest(store)
    if served is None:
        return ["–"] * len(BELIEVED)
    graph = served.open()
    ns = "https://w3id.org/legenda/ns#"
    counts = []
    for name in BELIEVED:
        query = (
            f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{served.base}graph/current> {{ ?i <{ns}{name}> ?v }} }}"
        )
        counts.append(str(next(iter(graph.query(query)))["n"].value))  # type: ignore[union-attr, arg-type, index]
    return counts


if __name__ == "__main__":
    main()
