"""How fast captions are linked against a large gazetteer, next to a fuzzy scan and a spaCy PhraseMatcher.

In goes a gazetteer's triples, a CSV of captions and, to make it large, a file of names (one per line,
gzipped). The names are multiplied with invented initials up to --labels and added as persons. Captions that
are all different are made out of the real ones: where one names its artist, another name of the list is put
there, and one more segment is exchanged with that of another caption in the same language. Out come captions
per second: at first sight and when all names and titles are known, for the real captions and for the made
ones, one by one and by `legenda link` on two processes; the same for a library's long table, in which
artists come again by Zipf's law, titles hardly ever, and rows stand source by source; how long half and 95 in
100 of the captions take;
opening time, memory (all processes together, what they share counted once), and the ratios to the two peers,
in the same run on the same captions.

    python benchmarks/linking_speed.py TABLE.csv NAMES.txt.gz --triples FILE.nt.gz… [--labels 1000000]
        [--library 100000] [--folder KEEP]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import multiprocessing
import random
import resource
import string
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate, count
from pathlib import Path

from enrich.linking.captions import read
from enrich.linking.garbage import uncollected
from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.load import load
from enrich.linking.request import Request
from enrich.linking.table import link_table, request_of

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


def different(
    real: Sequence[Request], linker: Linker, names: Sequence[str], wanted: int, usual: bool = False
) -> list[Request]:
    """`wanted` captions, no two alike, made out of the real ones (see above).

    With `usual` as a library has them: names are drawn by Zipf's law, those the real captions print before
    all others, and the exchanged segment is put together of the halves of two, so that it is hardly ever met
    again.
    """
    dice = random.Random(5)
    named: list[tuple[int, int] | None] = []
    printed: Counter[str] = Counter()
    parts: dict[str, list[str]] = {}
    for request in real:
        best = next(iter(linker.link(request).artists), None)
        sure = best is not None and best.field == "caption" and best.confidence > 0.3
        named.append((best.start, best.end) if best is not None and sure else None)
        if best is not None and sure:
            printed[request.caption[best.start : best.end].title()] += 1
        for s in read(request.caption).segments:
            if s.role == "text" and s.end - s.start > 8:
                parts.setdefault(request.language, []).append(request.caption[s.start : s.end])
    if usual:
        names = [*(name for name, _ in printed.most_common()), *dice.sample(names, len(names))]
        ranks = list(accumulate(1 / rank for rank in range(1, len(names) + 1)))

    def name_drawn() -> str:
        return dice.choices(names, cum_weights=ranks)[0] if usual else dice.choice(names)

    def part_drawn(language: str) -> str:
        one = dice.choice(parts[language])
        if not usual:
            return one
        head, tail = one.split(), dice.choice(parts[language]).split()
        return " ".join(head[: (len(head) + 1) // 2] + tail[len(tail) // 2 :])

    made: dict[str, Request] = {}
    for i in count():
        request, place = real[i % len(real)], named[i % len(real)]
        text, edits = request.caption, []
        free = [
            s
            for s in read(text).segments
            if s.role == "text" and (place is None or s.end <= place[0] or s.start >= place[1])
        ]
        if free:
            segment = dice.choice(free)
            edits.append((segment.start, segment.end, part_drawn(request.language)))
        if place is not None:
            name, instead_of = name_drawn(), text[place[0] : place[1]]
            name = name if " " in instead_of.strip() else name.split()[-1]
            edits.append((*place, name.upper() if instead_of.isupper() else name))
        for start, end, instead in sorted(edits, reverse=True):
            text = text[:start] + instead + text[end:]
        made[text] = replace(request, caption=text)
        if len(made) == wanted:
            return list(made.values())
    raise AssertionError("unreachable")


def pass_over(linker: Linker, requests: Sequence[Request], what: str) -> float:
    """Link one by one, without garbage searches as tables are; print and return captions per processor
    second.
    """
    each, begun = [], time.process_time()
    with uncollected():
        for request in requests:
            start = time.process_time()
            linker.link(request)
            each.append(time.process_time() - start)
    rate = len(requests) / (time.process_time() - begun)
    each.sort()
    half, most = (1000 * each[int(len(each) * share)] for share in (0.5, 0.95))
    print(f"{what}: {rate:.0f} per processor second; half take {half:.2f} ms or less, 95 % {most:.2f} ms")
    return rate


def by_source(requests: Sequence[Request], each: int = 120) -> list[Request]:
    """The requests as sources of at most `each` captions, those of one book after another as its volumes; the
    sources are in mixed order.
    """
    sources: dict[str, list[Request]] = {}
    for request in requests:
        sources.setdefault(request.title, []).append(request)
    volumes = [
        [replace(r, title=f"{title} ({at // each + 1})") for r in own[at : at + each]]
        for title, own in sources.items()
        for at in range(0, len(own), each)
    ]
    random.Random(4).shuffle(volumes)
    return [request for volume in volumes for request in volume]


def table_pass(requests: Sequence[Request], gazetteer: Path, folder: Path, what: str) -> None:
    """The same through `legenda link` on two processes, with the memory they take together."""
    table = folder / "captions.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "caption", "year", "language", "context"))
        for i, r in enumerate(requests):
            writer.writerow((i, r.caption, r.year or "", r.language, f"{r.title}\n\n"))
    work = multiprocessing.get_context("spawn").Process(
        target=link_table, args=(table, str(gazetteer), folder / "links.csv"), kwargs={"processes": 2}
    )
    begun, busy = time.perf_counter(), _children()
    work.start()
    assert work.pid is not None
    memory = watch(work.pid, work.join)
    wall = time.perf_counter() - begun
    print(f"legenda link, two processes, {what}: {len(requests) / wall:.0f} /s, start included;")
    print(f"  {memory:.2f} GB together,", end="")
    print(f"  {_children() - busy:.1f} processor seconds for {len(requests)} captions")


def _children() -> float:
    """The processor seconds of all processes begun here that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def watch(process: int, until: Callable[[], None]) -> float:
    """The most memory (GB) that a process and its children take together until `until` returns."""
    done, most = threading.Event(), [0.0]

    def look() -> None:
        while not done.wait(2.0):  # asked more often, the answer takes a tenth of the processors
            most[0] = max(most[0], sum(_share(p) for p in _family(process)) / 1e6)

    thread = threading.Thread(target=look)
    thread.start()
    until()
    done.set()
    thread.join()
    return most[0]


def _family(process: int) -> list[int]:
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [process, *(p for child in children for p in _family(int(child)))]


def _share(process: int) -> int:
    """Kilobytes of a process, what it shares with others divided by their number."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def build(triples: list[Path], many: list[str], folder: Path) -> None:
    """Load the triples and the names into `folder`/G; print how long it took and the memory."""
    extra = folder / "many.nt"
    with extra.open("w", encoding="utf-8") as out:
        for i, name in enumerate(many):
            subject = f"<{ITEM}{900_000_000 + i}>"
            out.write(f'{subject} <{LABEL}> "{name}"@en .\n{subject} <{CLASS}> <{ITEM}5> .\n')
    busy = time.process_time()
    card = load([*triples, extra], folder / "G")
    busy, most = time.process_time() - busy, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"loading: {card['labels']:,} labels in {busy:.0f} processor seconds, {most:.2f} GB at most")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("names", type=Path)
    parser.add_argument("--triples", type=Path, nargs="+", required=True)
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--captions", type=int, default=4000, help="different captions to make")
    parser.add_argument("--library", type=int, default=100_000, help="captions of the library's table")
    parser.add_argument("--folder", type=Path, help="keep the gazetteer here; one that is here is used")
    options = parser.parse_args()
    with gzip.open(options.names, "rt", encoding="utf-8") as lines:
        names = [
            line.strip() for line in lines if " " in line.strip() and '"' not in line and "\\" not in line
        ]
    many = invent(names, options.labels)
    with options.table.open(encoding="utf-8", newline="") as file:
        real = [replace(request_of(row), text="", heading="") for row in csv.DictReader(file)]
    random.Random(1).shuffle(real)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if not (folder / "G").exists():
            work = multiprocessing.get_context("spawn").Process(
                target=build, args=(options.triples, many, folder)
            )
            work.start()
            work.join()
        started = time.perf_counter()
        linker = Linker(open_gazetteer(folder / "G"))
        print(f"opening: {time.perf_counter() - started:.3f} s")
        pass_over(linker, real, f"{len(real)} real captions at first sight")
        pass_over(linker, real, "the same again")
        made = different(real, linker, names, options.captions)
        random.Random(2).shuffle(made)
        ours = pass_over(linker, made, f"{len(made)} different captions, artists not met before")
        table_pass(made, folder / "G", folder, "different captions")
        library = by_source(different(real, linker, names, options.library, usual=True))
        del linker
        table_pass(library, folder / "G", folder, "a library's")
        peers([r.caption for r in made[:20]], many, ours)


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
