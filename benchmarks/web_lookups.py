"""Two-pattern lookups per second over HTTP: `legenda serve` beside a bare Flask + pyoxigraph route.

In: a published store. Out: requests per second of each, measured in turns in one run, and the ratios (bars:
0.8 of the bare route, 3 times rdflib-endpoint). All run with the same number of processes, ours and the bare
route under gunicorn with the same threads, rdflib-endpoint under uvicorn; the load comes from processes of
its own. rdflib-endpoint holds the graph in memory, so measure it on a store of one book; it is no part of our
environment:

    python -m venv /tmp/endpoint && /tmp/endpoint/bin/pip install rdflib-endpoint uvicorn
    python benchmarks/web_lookups.py STORE [--seconds 5] [--clients 8] [--endpoint /tmp/endpoint/bin/python]
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox

from kg import snapshots

BARE = """
import os, pyoxigraph as ox
from flask import Flask, Response, request
app = Flask(__name__)
store = None

@app.post("/sparql")
def sparql():
    global store
    if store is None:
        store = ox.Store.read_only(os.environ["DB"])
    answer = store.query(request.form["query"], use_default_graph_as_union=True)
    body = answer.serialize(format=ox.QueryResultsFormat.JSON)
    return Response(body, mimetype="application/sparql-results+json")
"""
ENDPOINT = """
import os
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint
graph = Dataset(default_union=True)
graph.parse(os.environ["DUMP"], format="nquads")
app = SparqlEndpoint(graph=graph, path="/sparql", enable_update=False)
"""
QUERY = """SELECT ?name ?book {{ <{iri}> <http://www.w3.org/2000/01/rdf-schema#label> ?name ;
  <https://w3id.org/legenda/ns#source> ?book }}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def client(port: int, bodies: list[bytes], seconds: float, result: multiprocessing.Queue[int]) -> None:
    """Ask as fast as answers come, over one kept connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/sparql-results+json",
    }
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        connection.request("POST", "/sparql", bodies[done % len(bodies)], headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200 and b"bindings" in body, body[:200]
        done += 1
    result.put(done)


def measure(port: int, bodies: list[bytes], seconds: float, clients: int) -> float:
    result: multiprocessing.Queue[int] = multiprocessing.Queue()
    asking = [
        multiprocessing.Process(target=client, args=(port, bodies[n::clients] or bodies, seconds, result))
        for n in range(clients)
    ]
    for process in asking:
        process.start()
    total = sum(result.get() for _ in asking)
    for process in asking:
        process.join()
    return total / seconds


def wait_for(port: int) -> None:
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing listens on port {port}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("store", type=Path)
    arguments.add_argument("--seconds", type=float, default=5)
    arguments.add_argument("--clients", type=int, default=8)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--endpoint", help="a Python that has rdflib-endpoint and uvicorn")
    given = arguments.parse_args()
    snapshot = snapshots.latest(given.store)
    if snapshot is None:
        raise SystemExit(f"{given.store} has no snapshot")
    rows = snapshot.open().query(
        "SELECT ?i { ?i a <https://w3id.org/legenda/ns#Illustration> } LIMIT 500",
        use_default_graph_as_union=True,
    )
    bodies = [urlencode({"query": QUERY.format(iri=row["i"].value)}).encode() for row in rows]
    ports = {"legenda": free_port(), "bare": free_port()}
    if given.endpoint:
        ports["rdflib-endpoint"] = free_port()
    same = ["--workers", "2", "--threads", "4"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bare.py").write_text(BARE)
        servers = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    "from api.commands import serve; serve()",
                    "--store",
                    str(given.store),
                    "--port",
                    str(ports["legenda"]),
                    *same,
                ],
                stdout=subprocess.DEVNULL,
            ),
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "gunicorn",
                    "--chdir",
                    folder,
                    "-k",
                    "gthread",
                    "--keep-alive",
                    "5",
                    "-b",
                    f"127.0.0.1:{ports['bare']}",
                    "bare:app",
                    "--no-control-socket",
                    *same,
                ],
                env=os.environ | {"DB": str(snapshot.path / "db")},
                stderr=subprocess.DEVNULL,
            ),
        ]
        if given.endpoint:
            dump = Path(folder, "dump.nq")
            with dump.open("wb") as out:
                snapshot.open().dump(out, ox.RdfFormat.N_QUADS)
            Path(folder, "endpoint.py").write_text(ENDPOINT)
            command = [
                given.endpoint,
                "-m",
                "uvicorn",
                "endpoint:app",
                "--workers",
                "2",
                "--log-level",
                "error",
            ]
            command += ["--port", str(ports["rdflib-endpoint"])]
            servers.append(subprocess.Popen(command, cwd=folder, env=os.environ | {"DUMP": str(dump)}))
        try:
            for port in ports.values():
                wait_for(port)
                measure(port, bodies, 1, given.clients)
            rates: dict[str, list[float]] = {name: [] for name in ports}
            for _ in range(given.rounds):
                for name, port in ports.items():
                    rates[name].append(measure(port, bodies, given.seconds, given.clients))
        finally:
            for server in servers:
                server.terminate()
                server.wait()
    best = {name: max(values) for name, values in rates.items()}
    print(json.dumps({name: [round(v) for v in values] for name, values in rates.items()}))
    for name in ports:
        if name != "legenda":
            ratio = best["legenda"] / best[name]
            print(f"legenda {best['legenda']:.0f}/s, {name} {best[name]:.0f}/s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
