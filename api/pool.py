"""Query processes that can be killed: at most so many, each with limits of time and memory, none missed
when it dies.

In: a snapshot's path and `Limits`; then requests as plain dicts. Out: a `Reply` with the answer's format
and bytes (a stream when long), or `Refused` with the HTTP status and one line of reason. A query that runs
longer than `slow_after` is set to low priority and leaves the fast lane, so that others do not wait behind
it.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.worker import DATA, END, ERROR, FULL, HEAD, READY

_LOG = logging.getLogger("legenda.queries")


@dataclass(frozen=True)
class Limits:
    """What one query, and all queries of one server process together, may use."""

    seconds: float = 20.0  # from the first to the last byte
    memory: int = 1 << 30  # bytes one query may allocate
    result: int = 1 << 30  # bytes of one answer
    running: int = 4  # queries at once
    slow_running: int = 4  # queries at once that are past `slow_after`
    waiting: float = 5.0  # seconds a query waits for its turn
    slow_after: float = 0.5  # seconds


class Refused(Exception):
    """A query that was not answered: HTTP status, one line of reason, and when to try again (seconds)."""

    def __init__(self, status: int, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.status, self.retry_after = status, retry_after


@dataclass
class Reply:
    """An answer: its kind (solutions, boolean, graph), format name, and its bytes whole or as a stream.

    A stream must be read to its end or closed, for it holds a query process.
    """

    kind: str
    format: str
    body: bytes | Iterator[bytes]


class Streamed:
    """The body of an answer as a server sends it. What breaks it off after its beginning is one line in the
    log, and for the server a connection that has ended: it must not look finished.
    """

    def __init__(self, body: Iterator[bytes]) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._body)
        except Refused as error:
            _LOG.warning("an answer broke off: %s", error)
            raise ConnectionResetError(errno.ECONNRESET, str(error)) from None

    def close(self) -> None:
        """Give the query process back."""
        if isinstance(self._body, Generator):
            self._body.close()


class _Worker:
    """One query process and our end of its socket."""

    def __init__(self, snapshot: Path, memory: int) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [
                sys.executable,
                "-P",
                "-m",
                "api.worker",
                str(snapshot),
                str(theirs.fileno()),
                str(memory),
            ]
            self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stderr=self._said
            )
        self.connection = ours
        self.ready = False
        self.slow = False

    def send(self, request: dict[str, Any]) -> None:
        message = json.dumps(request).encode()
        self.connection.sendall(struct.pack(">I", len(message)) + message)

    def receive(self, deadline: float) -> tuple[bytes, bytes]:
        """The next frame. Raises TimeoutError past the deadline, EOFError when the process has died."""
        head = self._exactly(5, deadline)
        return head[:1], self._exactly(struct.unpack(">I", head[1:])[0], deadline)

    def _exactly(self, size: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.connection.settimeout(left)
            part = self.connection.recv(min(size - len(parts), 1 << 20))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

    def last_words(self) -> str:
        """What the process wrote on standard error, as one line: an engine out of memory says so there."""
        with suppress(OSError, ValueError):
            self._said.seek(0)
            return " ".join(self._said.read(2000).decode("utf-8", "replace").split())
        return ""

    def kill(self) -> None:
        self.connection.close()
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        self._said.close()


class Pool:
    """The query processes of one server process on one snapshot. Safe to use from many threads."""

    def __init__(self, snapshot: Path, limits: Limits) -> None:
        self._snapshot, self.limits = snapshot, limits
        self._condition = threading.Condition()
        self._idle: list[_Worker] = []
        self._fast = 0  # processes answering within `slow_after`, or starting
        self._slow = 0
        self._closed = False

    def ask(self, request: dict[str, Any], seconds: float | None = None) -> Reply:
        """Evaluate a request. Raises Refused: 400 no SPARQL, 406 no format, 503 a limit was passed or all
        is busy.
        """
        limit = min(seconds or self.limits.seconds, self.limits.seconds)
        worker = self._take()
        deadline = time.monotonic() + limit
        try:
            worker.send(request | {"seconds": limit})
            kind, content = self._first(worker, deadline)
        except TimeoutError:
            self._give_back(worker, broken=True)
            raise Refused(503, f"the query ran longer than {limit:g} s and was stopped", 30) from None
        except (EOFError, OSError):
            reason = _why_it_died(_exit_code(worker), self.limits)
            _LOG.warning("query process %d: %s (%s)", worker.process.pid, reason, worker.last_words())
            self._give_back(worker, broken=True)
            raise Refused(503, reason, 30) from None
        except BaseException:
            self._give_back(worker, broken=True)
            raise
        if kind == FULL:
            (length,) = struct.unpack(">I", content[:4])
            head = json.loads(content[4 : 4 + length])
            self._give_back(worker, broken=head["retire"])
            return Reply(head["kind"], head["format"], content[4 + length :])
        if kind == HEAD:
            head = json.loads(content)
            stream = self._stream(worker, deadline)
            next(stream)  # begun: closed at any time, even before it is read, it gives the process back
            return Reply(head["kind"], head["format"], stream)
        self._give_back(worker)
        error = json.loads(content)
        raise Refused(error["status"], error["reason"])

    def _first(self, worker: _Worker, deadline: float) -> tuple[bytes, bytes]:
        """The first frame of an answer; on the way the query may turn out to be a slow one."""
        slow_at = time.monotonic() + self.limits.slow_after
        if slow_at < deadline:
            waiting = select.poll()
            waiting.register(worker.connection, select.POLLIN)
            if not waiting.poll(self.limits.slow_after * 1000):
                self._becomes_slow(worker)
        return worker.receive(deadline)

    def _becomes_slow(self, worker: _Worker) -> None:
        with self._condition:
            if self._slow >= self.limits.slow_running:
                raise Refused(503, "too many long queries are running; try again soon, or ask for less", 5)
            worker.slow = True
            self._slow += 1
            self._fast -= 1
            self._condition.notify()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, worker.process.pid, 15)

    def _stream(self, worker: _Worker, deadline: float) -> Iterator[bytes]:
        """The rest of an answer. Past a limit the stream breaks off, which the client sees as an incomplete
        answer.
        """
        finished = False
        sent = 0
        try:
            yield b""
            while True:
                if (
                    not worker.slow
                    and deadline - time.monotonic() < self.limits.seconds - self.limits.slow_after
                ):
                    self._becomes_slow(worker)
                kind, content = self._next(worker, deadline)
                if kind == DATA:
                    sent += len(content)
                    if sent > self.limits.result:
                        raise Refused(503, f"the answer is longer than {self.limits.result} bytes")
                    yield content
                elif kind == END:
                    finished = not json.loads(content)["retire"]
                    return
                else:
                    finished = kind == ERROR
                    raise Refused(503, "the answer broke off: " + json.loads(content)["reason"])
        finally:
            self._give_back(worker, broken=not finished)

    def _next(self, worker: _Worker, deadline: float) -> tuple[bytes, bytes]:
        """The next frame of an answer that has begun. Raises Refused when there will be none."""
        try:
            return worker.receive(deadline)
        except TimeoutError:
            raise Refused(
                503, f"the answer took longer than {self.limits.seconds:g} s and was stopped"
            ) from None
        except (EOFError, OSError):
            reason = _why_it_died(_exit_code(worker), self.limits)
            _LOG.warning("query process %d: %s (%s)", worker.process.pid, reason, worker.last_words())
            raise Refused(503, reason) from None

    def _take(self) -> _Worker:
        give_up = time.monotonic() + self.limits.waiting
        with self._condition:
            while not self._closed:
                if self._fast < self.limits.running:
                    self._fast += 1
                    worker = self._idle.pop() if self._idle else None
                    break
                left = give_up - time.monotonic()
                if left <= 0 or not self._condition.wait(left):
                    raise Refused(503, "all query processes are busy; try again soon", 5)
            else:
                raise Refused(503, "the dataset is being replaced; try again", 1)
        try:
            worker = worker or _Worker(self._snapshot, self.limits.memory)
            if not worker.ready:
                kind, _ = worker.receive(time.monotonic() + 30)
                worker.ready = kind == READY
        except (EOFError, OSError, TimeoutError) as error:
            if worker:
                worker.kill()
            with self._condition:
                self._fast -= 1
                self._condition.notify()
            raise Refused(503, "a query process did not start", 5) from error
        return worker

    def _give_back(self, worker: _Worker, broken: bool = False) -> None:
        """Make room for the next query. A process that was slow, killed or has retired is not used again."""
        keep = not (broken or worker.slow or self._closed) and worker.process.poll() is None
        if not keep:
            worker.kill()
        with self._condition:
            if worker.slow:
                self._slow -= 1
            else:
                self._fast -= 1
            if keep:
                self._idle.append(worker)
            self._condition.notify()

    def close(self) -> None:
        """No new queries; those that run may end."""
        with self._condition:
            self._closed = True
            idle, self._idle = self._idle, []
            self._condition.notify_all()
        for worker in idle:
            worker.kill()


def _exit_code(worker: _Worker) -> int | None:
    try:
        return worker.process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return None


def _why_it_died(code: int | None, limits: Limits) -> str:
    if code in {-6, -9, -5, -4}:  # an allocation refused by the kernel ends in abort
        return f"the query needed more than {limits.memory >> 20} MiB of memory and was stopped"
    if code == -14:
        return "the query ran too long and was stopped"
    return "the engine gave up on this query"
