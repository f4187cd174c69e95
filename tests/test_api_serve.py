"""`legenda serve` as a maintainer starts it: its first line, its answers, its refusals, its end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
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


def children(parent: int) -> list[int]:
    """The processes that a process has started and that run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            _, _, rest = status.read_text().rpartition(") ")
            if rest.split()[0] != "Z" and int(rest.split()[1]) == parent:
                found.append(int(status.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_a_process_that_ends_is_replaced_and_a_hang_up_reloads_without_a_failed_request(
    served_store: Path,
) -> None:
    before = set(children(os.getpid()))
    with serving(str(served_store), workers=2) as http:
        (master,) = set(children(os.getpid())) - before
        first = set(children(master))

        def until_replaced(gone: set[int]) -> None:
            end = time.monotonic() + 20
            while gone & set(children(master)) or len(children(master)) < 2:
                assert time.monotonic() < end and http.get("health/live").status_code == 200
                time.sleep(0.05)

        os.kill(min(first), signal.SIGABRT)  # as gunicorn does to one that hangs
        until_replaced({min(first)})
        second = set(children(master))
        os.kill(master, signal.SIGHUP)
        until_replaced(second)
        for _ in range(6):
            assert http.get("page/artist/Q5580").status_code == 200
        assert http.get("metrics").status_code == 200


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
    wrong = CliRunner(env={"LEGENDA_QUERY_SECONDS": "long"}).invoke(serve, ["--store", str(served_store)])
    assert wrong.exit_code == 1 and "setting query_seconds: 'long' is not a float" in wrong.output
    missing = CliRunner().invoke(serve, ["--store", str(tmp_path / "nothing")])
    assert missing.exit_code == 2 and "there is no store" in missing.output
