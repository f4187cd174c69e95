"""A small seeded part of `benchmarks/web_fuzz.py`: nothing sent makes the service fail, read or call out."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from api import tokens
from api.app import create_app

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    spec = importlib.util.spec_from_file_location("web_fuzz", ROOT / "benchmarks" / "web_fuzz.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["web_fuzz"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def store(served_store: Path, quick_folder: Path) -> Iterator[Path]:
    copy = quick_folder / "fuzzed"
    shutil.copytree(served_store, copy)
    yield copy
    shutil.rmtree(copy, ignore_errors=True)


def test_hundreds_of_odd_requests_make_nothing_fail_and_nothing_reach_out(
    fuzz: ModuleType, store: Path, tmp_path: Path
) -> None:
    token, log = tokens.create(store, "fuzz", "admin"), tmp_path / "watched"
    with fuzz.serving(store, log) as port:
        paths, names = fuzz.described(port)
        made = islice(fuzz.requests(20, token, paths, names), 400)
        tally = fuzz.fuzz(port, made, 400, clients=4)
        status, _, _ = fuzz.exchange(port, fuzz.Sent("end", "GET", "/health"))
    assert sum(tally.counts.values()) == 400 and status == 200
    assert not tally.wrong, tally.wrong[0]
    assert not tally.injected, tally.injected[0]
    assert log.read_text() == ""


def test_the_watch_over_files_and_connections_sees_what_it_should(fuzz: ModuleType, tmp_path: Path) -> None:
    watch = fuzz.WATCHED.partition("from api.commands")[0]
    code = watch + "open('/etc/hostname'); import socket; socket.socket().connect(('127.0.0.1', 1))"
    environment = os.environ | {"LOG": str(tmp_path / "log"), "STORE": "/nowhere", "ROOT": str(ROOT)}
    environment |= {"PICTURES": "", "TMPDIR": "/nowhere"}
    subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    seen = (tmp_path / "log").read_text()
    assert "open /etc/hostname" in seen and "socket.connect" in seen


def test_examples_of_every_operation_get_no_server_error(store: Path) -> None:
    app = create_app(store, email="fuzz@example.org", query_seconds=2.0)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    asked: list[tuple[str, int]] = []

    def check(case: schemathesis.Case) -> None:
        answer = case.call()
        asked.append((f"{case.method} {case.path}", answer.status_code))
        assert answer.status_code < 500 or answer.status_code == 503, (case.as_curl_command(), answer.text)

    for result in schema.get_all_operations():
        run = given(case=result.ok().as_strategy())(check)
        settings(
            max_examples=2,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )(run)()
    assert len(asked) > 70 and sum(status == 503 for _, status in asked) < len(asked) / 20
