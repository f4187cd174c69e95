"""Telling a person how far a run is: bars with rate and time left on a terminal, plain lines elsewhere, or
silence.

In: the stages as they start, advance and end. Out: text on standard error; standard output stays free for
results.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

Advance = Callable[[int], None]
LINE_EVERY = 15.0  # seconds between two lines about the same stage where there is no terminal


class Reporter(Protocol):
    """Where progress is told."""

    def stage(self, name: str, total: int) -> Any:
        """A context manager around one stage of `total` items; it gives the function to call with items
        done.
        """
        ...

    def line(self, text: str) -> None:
        """One line worth reading."""
        ...


def reporter(quiet: bool, stream: TextIO | None = None) -> Reporter:
    """The reporter that fits: silent, bars on a terminal, plain lines into a file or pipe."""
    stream = stream or sys.stderr
    if quiet:
        return Silent()
    return Bars() if stream.isatty() else Lines(stream)


class Silent:
    """Says nothing."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:
        yield lambda done: None

    def line(self, text: str) -> None:
        return


class Lines:
    """One line when a stage ends, and one every so often while it lasts."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:
        start = said = time.monotonic()
        done = 0

        def advance(more: int) -> None:
            nonlocal done, said
            done += more
            now = time.monotonic()
            if now - said >= LINE_EVERY and done < total:
                said = now
                rate = done / (now - start)
                left = (total - done) / rate if rate else 0.0
                self.line(f"{name}: {done} of {total}, {rate:.1f}/s, {duration(left)} left")

        yield advance
        self.line(f"{name}: {done} of {total} in {duration(time.monotonic() - start)}")

    def line(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {text}", file=self._stream, flush=True)


class Bars:
    """Bars of rich on standard error."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True)

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:
        from rich import progress

        with progress.Progress(
            progress.TextColumn("{task.description:<12}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TaskProgressColumn(),
            _Rate(),
            progress.TimeElapsedColumn(),
            progress.TimeRemainingColumn(),
            progress.TextColumn("left"),
            console=self._console,
        ) as bars:
            task = bars.add_task(name, total=total)
            yield lambda done: bars.advance(task, done)

    def line(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False)


def _Rate() -> Any:
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.1f}/s" if speed else "–")

    return Rate()


def duration(seconds: float) -> str:
    """A span of time as people write it: "0.4 s", "12 s", "3 min 05 s", "2 h 10 min"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"
