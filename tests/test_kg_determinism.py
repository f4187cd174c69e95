"""Two complete writes of the same corpus, runs and reviews, dumped whole, catalogue included: the same bytes,
but for time stamps and the version that is made of them.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

from test_kg_store import DUERER, GRAPHIC, PHOTO, RAPHAEL, corpus, review, run

from kg import snapshots
from kg.dumps import write_dump
from kg.nouns import Claim, Corpus, Entity, Evidence, Observation, Text
from kg.reading import open_reader
from kg.store import open_store

_TIMES = re.compile(rb'"[^"]*"\^\^<http://www\.w3\.org/2001/XMLSchema#dateTime>')
_VERSION = re.compile(rb'(owl#versionInfo> )"[^"]*"')


def statements(enricher: str) -> list[Claim | Observation]:
    seen = (Evidence("image", "", None, None, 1 / 3), Evidence("caption", "Dürer", 3, 8, 0.1 + 0.2))
    topic = Entity("topic", "t1", (Text("Kupferstich", "de"), Text("engraving", "en")), (("size", 7),))
    work = Entity("artwork", "Q1", (Text("Sixtina", "de"),), (("creator", RAPHAEL), ("inception", "1512")))
    keys = [f"duerer/{n:03}" for n in range(60)]
    if enricher == "category":
        values = (GRAPHIC, PHOTO)
        return [Claim(k, "category", values[n % 2], n / 61, "", seen) for n, k in enumerate(keys)]
    if enricher == "link":
        return [Claim(k, "artist", DUERER, 0.7, "workshop-of", seen) for k in keys[::3]] + [
            Claim(k, "reproduces", work, 2 / 3) for k in keys[::5]
        ]
    return [Claim(k, "topic", topic, 0.5) for k in keys] + [Observation(k, "mapX", 1 / 7) for k in keys]


def dumped(folder: Path, seed: int) -> bytes:
    """Write everything, in an order and at times that depend on the seed; dump the published snapshot."""
    order = random.Random(seed)
    with open_store(folder) as store:
        plates = list(corpus(60).illustrations)
        order.shuffle(plates)
        store.put_corpus(replace(corpus(60), illustrations=tuple(plates)))
        store.put_corpus(Corpus("other", corpus(3).sources, corpus(3).illustrations))
        enrichers = ["category", "link", "topics"]
        order.shuffle(enrichers)
        for enricher in enrichers:
            given = statements(enricher)
            order.shuffle(given)
            started = f"2026-01-0{seed}T00:00:00+00:00"
            store.put_run(replace(run(enricher), started=started, ended=started), given, "1")
        store.add_review(review("r1", GRAPHIC, "replaced", f"0{seed}", replacement=PHOTO))
        store.derive_current()
        snapshots.publish(store)
    write_dump(open_reader(str(folder)), folder / "dump.nq", in_order=True)
    return (folder / "dump.nq").read_bytes()


def test_the_same_input_gives_the_same_bytes_but_for_time_stamps(tmp_path: Path) -> None:
    first, second = (dumped(tmp_path / f"s{seed}", seed) for seed in (1, 2))
    assert first != second
    bare = [_VERSION.sub(rb"\1", _TIMES.sub(b"TIME", each)).splitlines() for each in (first, second)]
    assert len(bare[0]) > 3000
    # A list of what differs says more than two blobs.
    assert sorted(set(bare[0]) ^ set(bare[1])) == []
    assert bare[0] == bare[1]
