"""A big store for the benchmarks of the web side: a real one, so many times, with changed identifiers.

In: a published store that `legenda enrich` made of real books, an empty folder, a number of triples. Out: a
published store of at least so many triples. Sources, pages, illustrations, claims, evidence and runs are new
in each copy; artists, works, categories and topics stay the same, so that some have thousands of pictures.

    python benchmarks/web_store.py STORE BIG --triples 1000000
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
from pathlib import Path

import pyoxigraph as ox

from kg import snapshots
from kg.store import open_store

_OWN = re.compile(
    rb"(/id/(?:corpus|source|page|illustration)/[^/>]+|/id/(?:claim|evidence|run)/[^>]+|/graph/run/[^/>]+)"
)


def multiply(store: Path, big: Path, triples: int) -> int:
    """Write and publish the big store; returns how many triples it holds."""
    served = snapshots.latest(store)
    if served is None:
        raise SystemExit(f"{store} has no snapshot")
    out = io.BytesIO()
    served.open().dump(out, ox.RdfFormat.N_QUADS)
    lines = [line for line in out.getvalue().splitlines() if b"/graph/catalogue> ." not in line]
    with open_store(big, base=served.base) as live:
        database = live.engine.store  # type: ignore[attr-defined]
        copy = 0
        while len(database) < triples:
            made = (_OWN.sub(rb"\1-%d" % copy, line) if copy else line for line in lines)
            database.bulk_load(b"\n".join(made) + b"\n", ox.RdfFormat.N_QUADS)
            copy += 1
        count = len(database)
        snapshots.publish(live, force=True)
    if (store / "media").is_dir():
        shutil.copytree(store / "media", big / "media", dirs_exist_ok=True)
    print(f"{copy} copies, {count:,} triples in {big}")
    return count


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("store", type=Path)
    arguments.add_argument("big", type=Path)
    arguments.add_argument("--triples", type=int, default=1_000_000)
    given = arguments.parse_args()
    multiply(given.store, given.big, given.triples)
