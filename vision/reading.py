"""Reading pictures ahead of the network: what is wanted of files goes in, prepared pictures come out.

Few are read in threads. Threads of one process take turns at Python's lock, so that sixteen of them read no
more pictures than four; where a GPU waits for many pictures, processes read them (`Readers`), four times as
many on sixteen cores. Such a process gets pieces of the list through one pipe, answers through another, and
ends with the first: however this program ends, none is left behind.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from PIL import Image

from vision.images import ImageError, open_image, write_thumbnail

FEW = 4  # threads beside which more read no more
MANY = 1000  # pictures from which on starting processes (some seconds) pays
PIECE = 8  # pictures asked of a process at a time
_PIPE = 1 << 20  # bytes a pipe holds, where that can be said
_PATIENCE = 60  # seconds for a new process to start
_HEAD = 8  # bytes that say how long a message is
_START = "import sys; sys.path[:] = {path!r}; from vision.reading import answer; answer({pipes!r})"

Prepare = Callable[[Image.Image], Any]


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a picture: prepared for the network or not, a thumbnail at a place or none."""

    path: Path | str
    vector: bool = True
    thumbnail: Path | None = None


def read(side: int, prepare: Prepare, wanted: Wanted) -> Any:
    """The prepared picture, None where only the thumbnail was wanted, or the `ImageError`, as a value."""
    try:
        picture = open_image(wanted.path, side, grey=True)
    except ImageError as error:
        return error
    if wanted.thumbnail is not None:
        write_thumbnail(picture, wanted.thumbnail)
    return prepare(picture) if wanted.vector else None


@dataclass(frozen=True, eq=False)
class _Reader:
    """One process, seen from here."""

    questions: IO[bytes]
    answers: IO[bytes]

    def close(self) -> None:
        """Let it end."""
        for pipe in (self.questions, self.answers):
            with contextlib.suppress(OSError):  # what was still to be sent
                pipe.close()


class Readers:
    """So many processes that do `read`; a context manager. `prepare` is pickled for them.

    They are started by a first one that imports what is needed and divides, so that this takes time and
    memory once.
    """

    def __init__(self, count: int, side: int, prepare: Prepare) -> None:
        self._how = (side, prepare)
        self._idle: queue.SimpleQueue[_Reader] = queue.SimpleQueue()
        self._all: list[_Reader] = []
        self._first: list[subprocess.Popen[bytes]] = []
        self._few = threading.Semaphore(FEW)
        self._start(count)

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._all:
            reader.close()
        for process in self._first:
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def ask(self, piece: Sequence[Wanted]) -> list[Any]:
        """What `read` says of each, in their order. Threads may share the processes, as many as there are;
        as long as these are starting, a few threads that ask read themselves.

        A process that dies of a picture is replaced and the picture named as one that cannot be read. Raises
        what `read` raises there (`OSError`: a full disk), and `RuntimeError` where no process comes anew.
        """
        reader = self._free()
        if reader is None:
            with self._few:
                reader = self._free()
                if reader is None:
                    return [read(*self._how, wanted) for wanted in piece]
        found = self._asked(reader, piece)
        if found is not None:
            return found
        one_by_one = (self._asked(self._next(), [wanted]) for wanted in piece)
        died = ImageError("damaged: the process that read it died of it")
        return [died if found is None else found[0] for found in one_by_one]

    def _next(self) -> _Reader:
        try:
            return self._idle.get(timeout=_PATIENCE)
        except queue.Empty:
            raise RuntimeError("no process that reads pictures could be started: is memory short?") from None

    def _free(self) -> _Reader | None:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None

    def _asked(self, reader: _Reader, piece: Sequence[Wanted]) -> list[Any] | None:
        """Its answer; None when it died of it, and another one is starting."""
        try:
            _send(reader.questions, piece)
            found: list[Any] | Exception = _received(reader.answers)
        except (OSError, EOFError):
            reader.close()
            self._start(1)
            return None
        self._idle.put(reader)
        if isinstance(found, Exception):
            raise found
        return found

    def _start(self, count: int) -> None:
        theirs: list[tuple[int, int]] = []
        for _ in range(count):
            asked, ask = os.pipe()
            answer, answered = os.pipe()
            self._all.append(_Reader(os.fdopen(ask, "wb"), os.fdopen(answer, "rb")))
            _widen(answer)
            theirs.append((asked, answered))
        process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path, pipes=theirs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # whatever a library prints
            pass_fds=[end for pair in theirs for end in pair],
            env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
            start_new_session=True,  # an interrupt is for this process; they end when it does
        )
        self._first.append(process)
        for end in (end for pair in theirs for end in pair):
            os.close(end)
        assert process.stdin is not None
        with process.stdin as stdin, contextlib.suppress(BrokenPipeError):
            _send(stdin, self._how)
        for reader in self._all[-count:]:
            threading.Thread(target=self._welcome, args=[reader], daemon=True).start()

    def _welcome(self, reader: _Reader) -> None:
        """Ask it once it can answer; one that cannot start is never asked."""
        with contextlib.suppress(EOFError, OSError, ValueError):  # it was ended, its pipe closed, before
            _received(reader.answers)
            self._idle.put(reader)


def answer(pipes: Sequence[tuple[int, int]]) -> None:
    """What the first process does: import what is needed and divide, a process for each pair of pipes."""
    side, prepare = _received(sys.stdin.buffer)
    prepare(Image.new("L", (64, 48)))  # imports what it needs
    children = []
    for mine in pipes:
        child = os.fork()
        if not child:
            for end in (end for pair in pipes if pair != mine for end in pair):
                os.close(end)
            with contextlib.suppress(EOFError, BrokenPipeError):
                _answer(os.fdopen(mine[0], "rb"), os.fdopen(mine[1], "wb"), side, prepare)
            os._exit(0)
        children.append(child)
    for end in (end for pair in pipes for end in pair):
        os.close(end)
    for child in children:
        os.waitpid(child, 0)


def _answer(questions: IO[bytes], answers: IO[bytes], side: int, prepare: Prepare) -> None:
    _send(answers, "ready")
    while True:
        piece = _received(questions)
        try:
            found: list[Any] | Exception = [read(side, prepare, wanted) for wanted in piece]
        except Exception as error:  # no picture's fault, such as a full disk: whoever asked is told
            found = error
        _send(answers, found)


def _send(pipe: IO[bytes], message: object) -> None:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(len(data).to_bytes(_HEAD, "little"))
    pipe.write(data)
    pipe.flush()


def _received(pipe: IO[bytes]) -> Any:
    """The next message; `EOFError` where there is none. Both ends are this program's own."""
    head = pipe.read(_HEAD)
    data = pipe.read(int.from_bytes(head, "little")) if len(head) == _HEAD else b""
    if not data:
        raise EOFError
    return pickle.loads(data)


def _widen(pipe: int) -> None:
    """Let a pipe hold a whole answer, so that it goes in few steps."""
    with contextlib.suppress(ImportError, AttributeError, OSError):  # Linux has it, within a user's limits
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
