"""The bars of the web side on a big store: aggregations, pages, streams, what runaway queries do to others.

In: a published store of a million triples or more (`benchmarks/web_store.py` makes one). Out: a line for each
bar, with what it is measured against in the same run, in turns:

* aggregation: seconds over HTTP to seconds of pyoxigraph in this process (bar: 1.2 times);
* page: median and 95th percentile of entity pages, that with the most links by itself (bar: 50 ms), and how
  many queries of the store each costs;
* stream: time to the first byte of a SELECT of a million rows (bar: 300 ms), and how much the memory of the
  server processes grows meanwhile, by GET and by POST;
* runaways: 64 clients with look-ups and small joins, without and with a tenth that asks only runaway queries;
  the 95th percentile of the others (bar: twice).

    python benchmarks/web_bars.py BIG [--only page,stream]
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox

from kg import snapshots

PREFIXES = "PREFIX lg: <https://w3id.org/legenda/ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
AGGREGATIONS = {
    "pictures by category": "SELECT ?c (COUNT(?i) AS ?n) { ?i lg:category ?c } GROUP BY ?c ORDER BY DESC(?n)",
    "claims by run": (
        "SELECT ?r (COUNT(?c) AS ?n) (AVG(?p) AS ?mean) { ?c <http://www.w3.org/ns/prov#wasGeneratedBy> ?r ; "
        "lg:confidence ?p } GROUP BY ?r"
    ),
    "predicates": "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n)",
    "artists by source": (
        "SELECT ?s ?a (COUNT(DISTINCT ?i) AS ?n) { ?i lg:source ?s ; lg:artist ?a } "
        "GROUP BY ?s ?a ORDER BY DESC(?n)"
    ),
}
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MILLION = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 1000000"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/sparql-results+json"}


@contextmanager
def serving(store: Path, workers: int, threads: int, **settings: str) -> Iterator[tuple[int, int]]:
    """`legenda serve` on a store: its port and the process id of its parent."""
    command = [sys.executable, "-c", "from api.commands import serve; serve()", "--store", str(store)]
    command += ["--port", "0", "--workers", str(workers), "--threads", str(threads)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | settings)
    assert process.stdout is not None
    found = re.search(r":(\d+)/", process.stdout.readline())
    if not found:
        raise SystemExit("the server did not start")
    try:
        yield int(found[1]), process.pid
    finally:
        process.terminate()
        process.wait(30)


def ask(port: int, query: str, method: str = "POST", path: str = "/sparql") -> tuple[int, float, int]:
    """Status, seconds to the first byte of the body, and bytes of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    fields = urlencode({"query": PREFIXES + query}) if query else ""
    began = time.perf_counter()
    if method == "POST":
        connection.request("POST", path, fields, FORM)
    else:
        connection.request("GET", f"{path}?{fields}" if fields else path, headers={"Accept": FORM["Accept"]})
    answer = connection.getresponse()
    size = len(answer.read(1))
    first = time.perf_counter() - began
    while part := answer.read(1 << 16):
        size += len(part)
    connection.close()
    return answer.status, first, size


def timed(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def aggregation(port: int, store: ox.Store, rounds: int) -> None:
    """The same aggregation over HTTP and in this process, in turns."""

    def alone(query: str) -> None:
        found = store.query(PREFIXES + query, use_default_graph_as_union=True)
        found.serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[union-attr]

    def served(query: str) -> None:
        status, _, _ = ask(port, query)
        assert status == 200, status

    for name, query in AGGREGATIONS.items():
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(timed(lambda q=query: alone(q)))  # type: ignore[misc]
            ours.append(timed(lambda q=query: served(q)))  # type: ignore[misc]
        ratio = min(ours) / min(theirs)
        print(f"aggregation, {name}: {min(ours):.3f} s, pyoxigraph {min(theirs):.3f} s, ratio {ratio:.2f}")


def page(port: int, folder: Path, store: ox.Store) -> None:
    """Entity pages over HTTP, and the number of queries each costs."""
    pick = "SELECT ?e {{ ?e a lg:{} }} LIMIT {}"

    def some(kind: str, number: int) -> list[str]:
        rows = store.query(PREFIXES + pick.format(kind, number), use_default_graph_as_union=True)
        return ["/page/" + row["e"].value.partition("/id/")[2] for row in rows]  # type: ignore[union-attr]

    most = store.query(
        PREFIXES + "SELECT ?a (COUNT(*) AS ?n) { ?i lg:artist ?a } GROUP BY ?a ORDER BY DESC(?n) LIMIT 1",
        use_default_graph_as_union=True,
    )
    ((artist, links),) = [tuple(row) for row in most]  # type: ignore[union-attr]
    groups = {
        kind: some(kind, 200) for kind in ("Illustration", "Source", "Artist", "Artwork", "Topic", "Cluster")
    }
    groups[f"an artist of {links.value} pictures"] = ["/page/" + artist.value.partition("/id/")[2]] * 30
    ask(port, "", "GET", "/page/artist")  # the index is built at the first page that needs it
    counted = queries_of([paths[0] for paths in groups.values() if paths], folder)
    for kind, paths in groups.items():
        for path in paths[:5]:
            ask(port, "", "GET", path)
        times = sorted(1000 * timed(lambda p=path: page_answers(port, p)) for path in paths)  # type: ignore[misc]
        if times:
            p95, asked = times[int(0.95 * (len(times) - 1))], counted[paths[0]]
            print(
                f"page, {kind}: median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms, {asked} queries"
            )


def page_answers(port: int, path: str) -> None:
    """One page, whole."""
    status, _, _ = ask(port, "", "GET", path)
    assert status == 200, (path, status)


def queries_of(paths: list[str], folder: Path) -> dict[str, int]:
    """How many queries of the store each page costs, asked of an application in this process."""
    from api.app import create_app

    app = create_app(folder)
    client, found = app.test_client(), app.extensions["legenda"].dataset()
    counts = {}
    for path in paths:
        client.get(path)
        before = found.queries_asked
        client.get(path)
        counts[path] = found.queries_asked - before
    return counts


def stream(port: int, parent: int) -> None:
    """A million rows by GET and by POST."""
    for method in ("POST", "GET"):
        ask(port, "ASK { ?s ?p ?o FILTER(isIRI(?s)) }")
        before, peak = memory(parent), 0
        watching, stop = multiprocessing.Queue(), multiprocessing.Event()  # type: ignore[var-annotated]
        watcher = multiprocessing.Process(target=watch, args=(parent, watching, stop))
        watcher.start()
        began = time.perf_counter()
        status, first, size = ask(port, MILLION, method)
        seconds = time.perf_counter() - began
        stop.set()
        peak = watching.get()
        watcher.join()
        print(
            f"stream by {method}: status {status}, first byte after {1000 * first:.0f} ms, {size >> 20} MiB "
            f"in {seconds:.1f} s; servers grew by {(peak - before) >> 10} MiB"
        )


def watch(parent: int, found: multiprocessing.Queue[int], stop: object) -> None:
    """The most memory the server processes have until told to stop."""
    most = 0
    while not stop.is_set():  # type: ignore[attr-defined]
        most = max(most, memory(parent))
        time.sleep(0.05)
    found.put(most)


def memory(parent: int) -> int:
    """KiB of memory of the server processes (not of the query processes, which are limited by themselves)."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields.get("PPid", "").strip() == str(parent) or status.parent.name == str(parent):
            total += int(fields.get("RssAnon", "0 kB").split()[0])
    return total


def runaways(port: int, store: ox.Store, seconds: float) -> None:
    """64 clients; then the same, six of which ask only runaway queries. The others ask once a second."""
    rows = store.query(
        PREFIXES + "SELECT ?i { ?i a lg:Illustration } LIMIT 300", use_default_graph_as_union=True
    )
    plates = [row["i"].value for row in rows]  # type: ignore[union-attr]
    results: dict[str, list[float]] = {}
    for _ in range(2):
        for name, wild in (("without", 0), ("with", 6)):
            queue: multiprocessing.Queue[tuple[list[float], int]] = multiprocessing.Queue()
            clients = [
                multiprocessing.Process(target=client, args=(port, plates[n:], seconds, queue, n < wild))
                for n in range(64)
            ]
            for one in clients:
                one.start()
            answers = [queue.get() for _ in clients]
            for one in clients:
                one.join()
            results.setdefault(name, []).extend(t for times, _ in answers for t in times)
            refused = sum(n for _, n in answers)
            print(f"  {name} runaways: {sum(len(t) for t, _ in answers)} answers, {refused} refused")
            time.sleep(3)
    tails = {name: sorted(times)[int(0.95 * (len(times) - 1))] * 1000 for name, times in results.items()}
    ratio = tails["with"] / tails["without"]
    both = f"{tails['with']:.0f} ms, without {tails['without']:.0f} ms"
    print(f"runaways: p95 of the others {both}, ratio {ratio:.2f}")


def client(port: int, plates: list[str], seconds: float, queue: object, wild: bool) -> None:
    """One client: its times, and how often it was refused. A wild one's times do not count."""
    times, refused, end = [], 0, time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < end:
        plate = plates[number % len(plates)]
        queries = (
            f"SELECT ?l ?s {{ <{plate}> rdfs:label ?l ; lg:source ?s }}",
            f"SELECT ?o {{ <{plate}> lg:source ?s . ?o lg:source ?s ; lg:category ?c }} ORDER BY ?o LIMIT 10",
        )
        began = time.perf_counter()
        status, _, _ = ask(port, RUNAWAY if wild else queries[number % 2])
        number += 1
        if wild:
            time.sleep(0.05 if status == 200 else 0.5)
            continue
        refused += status != 200
        times.append(time.perf_counter() - began)
        time.sleep(max(0.0, 1.0 - (time.perf_counter() - began)))
    queue.put((times, refused))  # type: ignore[attr-defined]


def main() -> None:
    """Serve and measure."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("store", type=Path)
    arguments.add_argument("--only", default="aggregation,page,stream,runaways")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=15)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--threads", type=int, default=16)
    given = arguments.parse_args()
    snapshot = snapshots.latest(given.store)
    if snapshot is None:
        raise SystemExit(f"{given.store} has no snapshot")
    store, chosen = snapshot.open(), given.only.split(",")
    print(f"{len(store):,} triples, {given.workers} processes of {given.threads} threads")
    with serving(given.store, given.workers, given.threads) as (port, parent):
        if "aggregation" in chosen:
            aggregation(port, store, given.rounds)
        if "page" in chosen:
            page(port, given.store, store)
        if "runaways" in chosen:
            runaways(port, store, given.seconds)
    if "stream" in chosen:
        # A million rows may take longer than one query may by default; the bar is about the first of them.
        patient = {"LEGENDA_QUERY_SECONDS": "300"}
        with serving(given.store, given.workers, given.threads, **patient) as (port, parent):
            stream(port, parent)


if __name__ == "__main__":
    main()
