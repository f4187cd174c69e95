"""How fast captions are linked against a large gazetteer, next to a fuzzy scan and a spaCy PhraseMatcher.

In goes a gazetteer's triples, a CSV of captions and, to make it large, a file of names (one per line,
gzipped). The names are multiplied with invented initials up to --labels and added as persons. Out come
captions per second, labels, opening time and memory, and the ratios to the two peers, in the same run on
the same captions.

    python benchmarks/linking_speed.py TABLE.csv NAMES.txt.gz --triples FILE.nt.gz… [--labels 1000000]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import resource
import string
import tempfile
import time
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.load import load
from enrich.linking.table import request_of

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
CLASS = "http://www.wikidata.org/prop/direct/P31"
ITEM = "http://www.wikidata.org/entity/Q"


def invent(names: list[str], count: int) -> list[str]:
    """`count` different names: those given, then the same with a middle initial or two."""
    out = list(dict.fromkeys(names))[:count]
    for first in ("", *string.ascii_uppercase):
        for second in string.ascii_uppercase:
            for name in names:
                if len(out) >= count:
                    return out
                given, _, family = name.rpartition(" ")
                out.append(f"{given} {first + '. ' if first else ''}{second}. {family}".strip())
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("names", type=Path)
    parser.add_argument("--triples", type=Path, nargs="+", required=True)
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--captions", type=int, default=2000)
    options = parser.parse_args()
    with gzip.open(options.names, "rt", encoding="utf-8") as lines:
        names = [
            line.strip() for line in lines if " " in line.strip() and '"' not in line and "\\" not in line
        ]
    many = invent(names, options.labels)
    with options.table.open(encoding="utf-8", newline="") as file:
        rows = list(islice(cycle(list(csv.DictReader(file))), options.captions))
    requests = [replace(request_of(row), text="", heading="") for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        extra = Path(folder) / "many.nt"
        with extra.open("w", encoding="utf-8") as out:
            for i, name in enumerate(many):
                subject = f"<{ITEM}{900_000_000 + i}>"
                out.write(f'{subject} <{LABEL}> "{name}"@en .\n{subject} <{CLASS}> <{ITEM}5> .\n')
        started = time.perf_counter()
        card = load([*options.triples, extra], Path(folder) / "G")
        print(f"loading: {card['labels']:,} labels in {time.perf_counter() - started:.0f} s")
        started = time.perf_counter()
        linker = Linker(open_gazetteer(Path(folder) / "G"))
        print(f"opening: {time.perf_counter() - started:.3f} s")
        rates = []
        for state in ("first", "second"):
            begun, busy = time.perf_counter(), time.process_time()
            for request in requests:
                linker.link(request)
            wall, busy = time.perf_counter() - begun, time.process_time() - busy
            rates.append(len(requests) / busy)
            print(f"{state} pass: {len(requests) / wall:.0f} /s, {rates[-1]:.0f} per processor second")
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"memory: {most:.2f} GB at most, building included")
        peers([r.caption for r in requests[:20]], many, rates[-1])


def peers(captions: list[str], names: list[str], ours: float) -> None:
    """The same captions through rapidfuzz over all names and spaCy's PhraseMatcher over as many."""
    import spacy
    from rapidfuzz import fuzz, process
    from spacy.matcher import PhraseMatcher

    busy = time.process_time()
    for caption in captions:
        process.extractOne(caption, names, scorer=fuzz.token_set_ratio)
    rate = len(captions) / (time.process_time() - busy)
    print(f"rapidfuzz full scan: {rate:.2f} per processor second; we are {ours / rate:.0f} times as fast")
    language = spacy.blank("en")
    matcher = PhraseMatcher(language.vocab, attr="LOWER")
    matcher.add("names", list(language.pipe(names[:200_000])))
    busy = time.process_time()
    for caption in captions * 20:
        matcher(language(caption))
    rate = 20 * len(captions) / (time.process_time() - busy)
    print(f"spaCy PhraseMatcher (200,000 names, exact): {rate:.0f}; ratio {ours / rate:.2f}")


if __name__ == "__main__":
    main()
