"""Requests to the outside, only to addresses that the maintainer has listed.

In: the setting `outbound` (addresses such as `https://query.wikidata.org/sparql`), and an address with what
to send. Out: the body of a 200 answer with its media type, or `Unreachable` with one line of reason.

Nothing here is decided by what a client wrote but the choice among listed addresses: scheme, host and port
must be a listed one's, the path must be its path or lie under it. No redirect is followed, no proxy asked,
no password sent. The name is looked up once and that very address is connected to; a name of the public
net must not lead into a private one. Time counts from the first byte sent to the last one read.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
_CHUNK = 1 << 16
_PLAIN = re.compile(r"[!-~]+")  # printable ASCII without spaces


class Unreachable(RuntimeError):
    """A request that was not made, or brought nothing that can be used; the message says why."""


@dataclass(frozen=True)
class Place:
    """One listed address: what may be asked is its path and everything under it."""

    scheme: str
    host: str
    port: int
    path: str

    def holds(self, other: Place) -> bool:
        """Does `other` lie here?"""
        if (self.scheme, self.host, self.port) != (other.scheme, other.host, other.port):
            return False
        return other.path == self.path or other.path.startswith(self.path.rstrip("/") + "/")

    @property
    def own_net(self) -> bool:
        """Is it by its writing one of the maintainer's own net: an address, or a name without a dot?"""
        return "." not in self.host or ":" in self.host or _is_address(self.host)


def place(address: str) -> Place:
    """The place an address names. Raises ValueError for one that cannot be listed or asked.

    >>> place("https://Query.example.org/sparql?x=1")
    Place(scheme='https', host='query.example.org', port=443, path='/sparql')
    """
    if not _PLAIN.fullmatch(address) or "\\" in address:
        raise ValueError("it is not an absolute http or https address")
    split: SplitResult = urlsplit(address)
    if split.scheme not in _PORTS or not split.hostname:
        raise ValueError("it is not an absolute http or https address")
    if split.username is not None or split.password is not None or split.fragment:
        raise ValueError("it holds a user name or a fragment")
    steps = split.path.lower().replace("%2e", ".").replace("%2f", "/").split("/")
    if "." in steps or ".." in steps:
        raise ValueError("it holds a step up")
    port = split.port or _PORTS[split.scheme]  # of an impossible port urlsplit says ValueError
    return Place(split.scheme, split.hostname.lower().rstrip("."), port, split.path or "/")


def places(setting: str) -> tuple[Place, ...]:
    """The places of the setting `outbound`: addresses between spaces or commas. Raises ValueError."""
    found = []
    for address in setting.replace(",", " ").split():
        try:
            found.append(place(address))
        except ValueError as error:
            raise ValueError(f"{address}: {error}") from error
    return tuple(found)


class Outbound:
    """What may be asked of the outside, and how much of it. Safe from several threads."""

    def __init__(self, listed: Sequence[Place], seconds: float, size: int, running: int) -> None:
        self._listed, self._seconds, self._size = tuple(listed), seconds, size
        self._turn = threading.BoundedSemaphore(running)

    def allows(self, address: str) -> bool:
        """May `address` be asked?"""
        try:
            wanted = place(address)
        except ValueError:
            return False
        return any(one.holds(wanted) for one in self._listed)

    @property
    def any(self) -> bool:
        """Is anything listed at all?"""
        return bool(self._listed)

    def fetch(
        self, address: str, headers: Mapping[str, str], body: bytes | None = None, seconds: float = 3600.0
    ) -> tuple[str, bytes]:
        """Media type and body of the answer to a GET, or to a POST of `body`. Raises Unreachable.

        `seconds` is how long the caller can wait, if that is less than the setting.
        """
        if not self.allows(address):
            raise Unreachable(f"{address} is not among the addresses that may be asked")
        end = time.monotonic() + min(seconds, self._seconds)
        if not self._turn.acquire(timeout=max(0.0, end - time.monotonic())):
            raise Unreachable("too many requests to other services are under way")
        try:
            return self._exchange(address, headers, body, end)
        finally:
            self._turn.release()

    def _exchange(
        self, address: str, headers: Mapping[str, str], body: bytes | None, end: float
    ) -> tuple[str, bytes]:
        wanted = place(address)
        connection = _Pinned(wanted, max(0.1, end - time.monotonic()))
        watch = threading.Timer(max(0.0, end - time.monotonic()), connection.break_off)
        watch.daemon = True
        try:
            connection.connect()
            watch.start()  # a server that sends a byte now and then keeps nobody waiting past the end
            split = urlsplit(address)
            target = (split.path or "/") + ("?" + split.query if split.query else "")
            connection.request(
                "GET" if body is None else "POST",
                target,
                body,
                {"Accept-Encoding": "identity", "Connection": "close"} | dict(headers),
            )
            answer = connection.getresponse()
            if answer.status != 200:
                hint = ", and redirects are not followed" if 300 <= answer.status < 400 else ""
                raise Unreachable(f"{wanted.host} answered {answer.status}{hint}")
            content = self._read(answer, wanted.host)
            if connection.broken_off:
                raise TimeoutError
            return (answer.getheader("Content-Type") or "").split(";", 1)[0].strip().lower(), content
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = connection.broken_off or isinstance(error, TimeoutError)
            reason = "took too long" if late else f"could not be asked: {error or type(error).__name__}"
            raise Unreachable(f"{wanted.host} {reason}") from error
        finally:
            watch.cancel()
            connection.close()

    def _read(self, answer: http.client.HTTPResponse, host: str) -> bytes:
        content = bytearray()
        while part := answer.read(_CHUNK):
            content += part
            if len(content) > self._size:
                raise Unreachable(f"the answer of {host} is longer than {self._size} bytes")
        if (answer.getheader("Content-Length") or str(len(content))) != str(len(content)):
            raise Unreachable(f"the answer of {host} broke off")
        return bytes(content)


class _Pinned(http.client.HTTPConnection):
    """A connection to one address that was looked up once and found to be where it may be."""

    def __init__(self, wanted: Place, timeout: float) -> None:
        super().__init__(wanted.host, wanted.port, timeout=timeout)
        self._wanted = wanted
        self.default_port = _PORTS[wanted.scheme]  # so that the Host header has the port where it must
        self.broken_off = False

    def connect(self) -> None:
        """Look the name up, check every address it has, and connect to the first."""
        found = socket.getaddrinfo(self._wanted.host, self._wanted.port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not self._wanted.own_net and not all(_is_public(address) for address in addresses):
            raise Unreachable(f"{self._wanted.host} leads into a private net")
        plain = socket.create_connection((addresses[0], self._wanted.port), timeout=self.timeout)
        self.sock = plain
        if self._wanted.scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self._wanted.host)

    def break_off(self) -> None:
        """End it from another thread."""
        self.broken_off = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.sock.close()  # it was never connected, or has ended by itself


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    """Is it an address of the public net? IPv4 within IPv6 counts as what it stands for."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    return found.is_global and not found.is_multicast
