"""Fetching what a user named: with a cache on disk, limits of size and time, and manners.

In: addresses. Out: bytes, or `Unfetched` with one line that says why not. An answer that was kept is not
asked for again; a server that failed three times in a row, or that is not there, is left alone for the run.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from enrich.corpora.reading import Reading

ATTEMPTS = 3
LONGEST_WAIT = 60.0  # seconds that a server may ask to wait (Retry-After) and get
_REDIRECTS = 5
_GIVEN_UP = 3


class Unfetched(Exception):
    """Something that could not be fetched. One line, with the address in it."""


class Web:
    """A client with a memory. Without a folder nothing is kept beyond the run."""

    def __init__(self, folder: Path | None, reading: Reading) -> None:
        self.asked = 0  # requests really made
        self._folder = folder
        self._reading = reading
        self._failures: Counter[str] = Counter()
        self._known: dict[str, str] = {}
        self._last: dict[str, float] = {}
        self._client = httpx.Client(
            timeout=httpx.Timeout(reading.timeout, connect=min(10.0, reading.timeout)),
            follow_redirects=True,
            max_redirects=_REDIRECTS,
            headers={
                "User-Agent": f"Legenda/{version('legenda')} (reader of digitised books)",
                "Accept": "application/ld+json, application/json, application/xml, image/jpeg, */*;q=0.5",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, address: str) -> bytes:
        """The bytes at an address. Raises `Unfetched`."""
        kept = self._file(address, ".body")
        if kept is not None and kept.exists():
            return kept.read_bytes()
        data = self._fetch(address)
        if kept is not None:
            _write(kept, data)
        return data

    def file(self, address: str, suffix: str) -> Path:
        """The file in which the bytes at an address are kept. Raises `Unfetched`."""
        kept = self._file(address, suffix)
        if kept is None:
            raise Unfetched(f"{address}: there is no folder to keep it in")
        if not kept.exists():
            _write(kept, self._fetch(address))
        return kept

    def _file(self, address: str, suffix: str) -> Path | None:
        name = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:40]
        return self._folder / name[:2] / f"{name}{suffix}" if self._folder else None

    def _fetch(self, address: str) -> bytes:
        if address in self._known:
            raise Unfetched(self._known[address])
        parts = urlsplit(address)
        host = parts.netloc
        if parts.scheme not in ("http", "https") or not host:
            raise Unfetched(f"{address[:200]}: is not an http address")
        if self._failures[host] >= _GIVEN_UP:
            raise Unfetched(f"{address}: {host} failed {_GIVEN_UP} times and is not asked again in this run")
        try:
            data = self._with_patience(address, host)
        except Unfetched as problem:
            self._known[address] = str(problem)
            raise
        self._failures[host] = 0
        return data

    def _with_patience(self, address: str, host: str) -> bytes:
        reason = ""
        for attempt in range(ATTEMPTS):
            self._wait(host, self._reading.pause)
            try:
                status, data, wait = self._once(address)
            except httpx.TooManyRedirects:
                raise Unfetched(f"{address}: is redirected in a circle") from None
            except httpx.TimeoutException:
                self._failures[host] += 1
                raise Unfetched(f"{address}: no answer within {self._reading.timeout:g} s") from None
            except (httpx.HTTPError, httpx.InvalidURL, ValueError, UnicodeError) as problem:
                self._failures[host] += 1
                line = " ".join(str(problem).split())[:160] or type(problem).__name__
                raise Unfetched(f"{address}: {line}") from None
            if status == 200:
                return data
            reason = f"{address}: the server answers {status}"
            if status not in (429, 500, 502, 503, 504):
                self._failures[host] = 0  # it is there, it only does not have this
                raise Unfetched(reason)
            if attempt + 1 < ATTEMPTS:
                pause = wait if wait is not None else self._reading.pause * 4**attempt
                if pause > LONGEST_WAIT:
                    break
                time.sleep(pause)
        self._failures[host] += 1
        raise Unfetched(f"{reason}, also when asked again")

    def _once(self, address: str) -> tuple[int, bytes, float | None]:
        """(status, bytes, seconds the server asks to wait). Raises `Unfetched` past a limit."""
        limit = self._reading.limit_mb * 1_000_000
        start = time.monotonic()
        self.asked += 1
        with self._client.stream("GET", address) as answer:
            if answer.status_code != 200:
                return answer.status_code, b"", _retry_after(answer.headers.get("Retry-After", ""))
            parts: list[bytes] = []
            length = 0
            for part in answer.iter_bytes():
                length += len(part)
                if length > limit:
                    raise Unfetched(f"{address}: is larger than {self._reading.limit_mb} MB (read.limit_mb)")
                if time.monotonic() - start > 4 * self._reading.timeout:
                    raise Unfetched(f"{address}: not whole after {4 * self._reading.timeout:g} s")
                parts.append(part)
        return 200, b"".join(parts), None

    def _wait(self, host: str, pause: float) -> None:
        since = time.monotonic() - self._last.get(host, float("-inf"))
        if since < pause:
            time.sleep(pause - since)
        self._last[host] = time.monotonic()


def _retry_after(text: str) -> float | None:
    """Seconds, from a number or a date; None without one."""
    text = text.strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _write(file: Path, data: bytes) -> None:
    """Atomic, so that a kill leaves no half answer."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.stem}.{os.getpid()}.tmp")
    temporary.write_bytes(data)
    temporary.replace(file)
