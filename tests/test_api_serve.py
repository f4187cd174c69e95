"""`legenda serve` as a maintainer starts it: its first line, its answers, its refusals, its end."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from click.testing import CliRunner

from api.commands import serve

START = [sys.executable, "-c", "from api.commands import serve; serve()"]


@contextmanager
def serving(store: str, workers: int, folder: Path | None = None) -> Iterator[httpx.Client]:
    """A running service, asked under the address it prints; at the end it must stop cleanly."""
    process = subprocess.Popen(
        [*START, "--store", store, "--port", "0", "--workers", str(workers)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"http://localhost:\d+/", line)
        assert address, line
        with httpx.Client(base_url=address[0], timeout=30) as http:
            yield http
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_the_service_prints_its_address_answers_and_stops_cleanly(served_store: Path) -> None:
    with serving(str(served_store), workers=2) as http:
        assert http.get("health").json()["status"] == "ok"
        assert "Albrecht" in http.get("page/artist/Q5580").text
        long = http.post("sparql", data={"query": "SELECT * { ?s ?p ?o }"}, headers={"Accept": "text/csv"})
        assert long.status_code == 200 and len(long.text.splitlines()) > 1000
        counted = http.get("metrics").text
        assert 'legenda_requests_total{method="POST",route="sparql",status="200"} 1.0' in counted


def test_a_store_is_served_by_a_path_relative_to_the_working_directory(served_store: Path) -> None:
    with serving(served_store.name, workers=1, folder=served_store.parent) as http:
        front = http.get("", headers={"Accept": "text/html"})
        assert front.status_code == 200 and "Albrecht Durer" in front.text
        assert http.get("sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True


def test_a_taken_port_a_store_without_snapshot_and_no_store_are_one_clear_line(
    served_store: Path, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = CliRunner().invoke(serve, ["--store", str(served_store), "--port", port])
    assert refused.exit_code == 1 and "choose another --port" in refused.output
    empty = CliRunner().invoke(serve, ["--store", str(tmp_path)])
    assert empty.exit_code == 1 and "no snapshot yet" in empty.output
    missing = CliRunner().invoke(serve, ["--store", str(tmp_path / "nothing")])
    assert missing.exit_code == 2 and "there is no store" in missing.output
