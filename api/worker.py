"""A query process: holds one snapshot open read-only, answers one query at a time, and may be killed at any
moment.

Run as `python -m api.worker SNAPSHOT FD MEMORY`. In, over the inherited socket FD: one JSON request per
frame. Out: frames of the answer. It imports next to nothing, so that a fresh one is ready in a tenth of a
second, and it guards itself: memory beyond MEMORY bytes ends it, a time limit passed unnoticed by its
parent ends it, and the kernel refuses it any new connection, whatever a query says.
"""

from __future__ import annotations

import json
import resource
import signal
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox

from api.confine import no_new_sockets

# Frames: one letter, four bytes of length, the content.
FULL, HEAD, DATA, END, ERROR, READY = b"F", b"H", b"D", b"Z", b"E", b"R"
_CHUNK = 1 << 16
_REMEMBERED = 200_000  # triples of a CONSTRUCT of which duplicates are left out
RETIRE_ABOVE = 256 << 20  # bytes of own memory growth after which a process is replaced by a fresh one


def frame(kind: bytes, content: bytes = b"") -> bytes:
    """One frame as bytes."""
    return kind + struct.pack(">I", len(content)) + content


class _Answer:
    """The file that pyoxigraph writes an answer to: small answers leave in one frame, long ones as a
    stream.
    """

    def __init__(self, connection: socket.socket, head: dict[str, Any]) -> None:
        self._connection, self._head = connection, head
        self._parts: list[bytes] = []
        self._size = 0
        self.begun = False

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._size += len(data)
        # The first part of a long answer leaves early, so that the client sees something at once.
        if self._size >= (_CHUNK if self.begun else _CHUNK // 8):
            self._send()
        return len(data)

    def flush(self) -> None:
        """pyoxigraph flushes at its end; what is left is sent by `finish`."""

    def _send(self) -> None:
        begin = b"" if self.begun else frame(HEAD, json.dumps(self._head).encode())
        self._connection.sendall(begin + frame(DATA, b"".join(self._parts)))
        self.begun, self._parts, self._size = True, [], 0

    def finish(self, retire: bool) -> None:
        """Send what is left. `retire` tells the parent not to use this process again."""
        self._head["retire"] = retire
        if self.begun:
            self._send()
            self._connection.sendall(frame(END, json.dumps(self._head).encode()))
        else:
            head = json.dumps(self._head).encode()
            self._connection.sendall(frame(FULL, struct.pack(">I", len(head)) + head + b"".join(self._parts)))


def answer(store: ox.Store, connection: socket.socket, asked: dict[str, Any], at_first: int) -> None:
    """Evaluate one request and send its answer; a failure is sent as an error frame, with its HTTP status."""
    out: _Answer | None = None
    try:
        found = _evaluate(store, asked)
        kind = (
            "solutions"
            if isinstance(found, ox.QuerySolutions)
            else "boolean"
            if isinstance(found, ox.QueryBoolean)
            else "graph"
        )
        format = asked["formats"][kind]
        if format is None:
            connection.sendall(frame(ERROR, json.dumps({"status": 406, "reason": kind}).encode()))
            return
        out = _Answer(connection, {"kind": kind, "format": format})
        _write(found, format, out, asked)
        out.finish(retire=_grown(at_first) > RETIRE_ABOVE)
    except ConnectionError:
        sys.exit(0)  # the parent has closed the connection: nobody wants the answer any more
    except (SyntaxError, ValueError) as error:
        _fail(connection, 400, f"the query is not SPARQL 1.1: {error}")
    except (OSError, RuntimeError) as error:
        _fail(connection, 400, f"the query cannot be answered: {error}")
    except MemoryError:
        _fail(connection, 503, "the query needs more memory than a query may use here")


def _evaluate(store: ox.Store, asked: dict[str, Any]) -> Any:
    options: dict[str, Any] = {"base_iri": asked["base"]}
    if asked["default_graphs"] or asked["named_graphs"]:
        options["default_graph"] = [ox.NamedNode(g) for g in asked["default_graphs"]]
        options["named_graphs"] = [ox.NamedNode(g) for g in asked["named_graphs"]]
    elif asked["union"]:
        options["use_default_graph_as_union"] = True
    return store.query(asked["query"], **options)


def _write(found: Any, format: str, out: _Answer, asked: dict[str, Any]) -> None:
    if format == "rows":
        out.write(json.dumps(_rows(found, asked["rows"])).encode())
    elif isinstance(found, ox.QueryTriples):
        rdf = ox.RdfFormat.from_extension(format)
        assert rdf is not None
        prefixes = asked["prefixes"] if format in {"ttl", "trig", "rdf", "jsonld"} else None
        ox.serialize(_once(found), cast("IO[bytes]", out), rdf, prefixes=prefixes)
    else:
        results = {
            "json": ox.QueryResultsFormat.JSON,
            "xml": ox.QueryResultsFormat.XML,
            "csv": ox.QueryResultsFormat.CSV,
            "tsv": ox.QueryResultsFormat.TSV,
        }[format]
        found.serialize(out, format=results)


def _once(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Triples without their duplicates, as far as memory is worth it: a graph is a set."""
    seen: set[ox.Triple] = set()
    for triple in triples:
        if triple not in seen:
            if len(seen) < _REMEMBERED:
                seen.add(triple)
            yield triple


def _rows(found: Any, limit: int) -> dict[str, Any]:
    """The first rows of an answer as plain JSON values, for the table on the query page."""
    if isinstance(found, ox.QueryBoolean):
        return {"truth": bool(found)}
    if isinstance(found, ox.QuerySolutions):
        columns = [v.value for v in found.variables]
        picked = [[_term(t) for t in solution] for solution in islice(found, limit + 1)]
    else:
        columns = ["subject", "predicate", "object"]
        picked = [[_term(t) for t in triple] for triple in islice(_once(found), limit + 1)]
    return {"columns": columns, "rows": picked[:limit], "cut": len(picked) > limit}


def _term(term: Any) -> list[str]:
    if isinstance(term, ox.NamedNode):
        return ["iri", term.value, ""]
    if isinstance(term, ox.Literal):
        return ["text", term.value, term.language or ""]
    return ["text", "" if term is None else str(term), ""]


def _fail(connection: socket.socket, status: int, reason: str) -> None:
    connection.sendall(frame(ERROR, json.dumps({"status": status, "reason": reason}).encode()))


def _received(connection: socket.socket) -> bytes | None:
    """One request, None when the parent has gone."""
    head = b""
    while len(head) < 4:
        part = connection.recv(4 - len(head))
        if not part:
            return None
        head += part
    (length,) = struct.unpack(">I", head)
    parts = bytearray()
    while len(parts) < length:
        part = connection.recv(min(length - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)


def _limit_memory(size: int) -> None:
    """Ask the kernel to refuse this process more than `size` bytes beyond what it has now (Linux only)."""
    try:
        with Path("/proc/self/status").open() as status:
            used = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))
    except (OSError, StopIteration):
        return  # no /proc: macOS has no such limit either
    resource.setrlimit(resource.RLIMIT_DATA, (used + size, used + size))


def _grown(since: int) -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - since


def main(snapshot: str, descriptor: str, memory: str) -> None:
    """Answer requests until the parent closes the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end closes the socket
    connection = socket.socket(fileno=int(descriptor))
    store = ox.Store.read_only(snapshot)
    no_new_sockets()
    _limit_memory(int(memory))
    at_first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    connection.sendall(frame(READY))
    while (message := _received(connection)) is not None:
        asked = json.loads(message)
        # Without a handler SIGALRM ends the process, also from inside the engine and without the parent.
        signal.setitimer(signal.ITIMER_REAL, asked["seconds"] + 2)
        answer(store, connection, asked, at_first)
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main(*sys.argv[1:4])
