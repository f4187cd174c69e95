"""Changes of the store from the web: who may make them, and the process that does.

In: a bearer token and a request for `api.writer`. Out: the writer's answer, after which this server process
reads the new snapshot. A change past its time is stopped and answered with 503.
"""

from __future__ import annotations

import fcntl
import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import current_app, request

from api.dataset import Served
from api.requests import settings
from api.sparql import ProtocolError
from api.tokens import allowed

_BUSY = "another change is being made; try again soon"


def require(role: str) -> None:
    """Raises ProtocolError 401 without a valid token, 403 when the token's role is too small."""
    served: Served = current_app.extensions["legenda"]
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    answer = allowed(served.store, token.strip() if scheme.lower() == "bearer" else "", role)
    if answer is None:
        raise ProtocolError(401, "a change needs a token: Authorization: Bearer …")
    if not answer:
        raise ProtocolError(403, f"this token may not do that; it needs the role {role}")


def make(operation: str, **what: Any) -> dict[str, Any]:
    """Have a change made and published. Raises ProtocolError with the writer's status and reason."""
    served: Served = current_app.extensions["legenda"]
    message = {"store": str(served.store), "operation": operation} | what
    answer = _WRITER.ask(message, settings().update_seconds)
    if answer["status"] != 200:
        raise ProtocolError(answer["status"], answer["reason"].replace(str(served.store), "the store"))
    return answer


@contextmanager
def _turn(store: Path, give_up: float) -> Iterator[None]:
    """Wait until no other server process makes a change. Raises ProtocolError 503 when it lasts too long."""
    try:
        lock = (store / ".changes.lock").open("w")
    except OSError as error:
        raise ProtocolError(503, f"the store cannot be written to: {error.strerror}") from error
    with lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > give_up:
                    raise ProtocolError(503, _BUSY) from None
                time.sleep(0.02)
        yield


class _Writer:
    """The writing process of this server process, started at the first change; one change at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        give_up = time.monotonic() + seconds
        if not self._lock.acquire(timeout=seconds):
            raise ProtocolError(503, _BUSY)
        try:
            with _turn(Path(message["store"]), give_up):
                return self._answer(message, seconds)
        finally:
            self._lock.release()

    def _answer(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        try:
            if self._process is None or self._process.poll() is not None:
                command = [sys.executable, "-P", "-m", "api.writer"]
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            stdin, stdout = self._process.stdin, self._process.stdout
            assert stdin and stdout
            stdin.write(json.dumps(message).encode() + b"\n")
            stdin.flush()
            waiting = select.poll()
            waiting.register(stdout, select.POLLIN)
            if not waiting.poll(seconds * 1000):
                raise ProtocolError(503, f"the change took longer than {seconds:g} s and was stopped")
            answer: dict[str, Any] = json.loads(stdout.readline())
            return answer
        except (OSError, ValueError) as error:
            self._stop()
            raise ProtocolError(503, "the engine gave up on this change") from error
        except ProtocolError:
            self._stop()
            raise

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


_WRITER = _Writer()
