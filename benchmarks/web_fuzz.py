"""Requests that nobody would send: does anything but an intended 503 come back with a status of 500 or more?

In: a published store, how many requests, a seed. Out: counts by kind of request and by status, every answer
of 500 or more that is not an intended 503, requests without any answer, and answers whose HTML holds what a
request tried to put in; exit status 1 if there is any. The server is `legenda serve` on a copy of the store,
so that uploads and updates with a token may change it; nothing but 127.0.0.1 is ever asked. The server is
watched by an audit hook of Python: it may open no file outside its store, its program, the pictures of the
corpus and the system's libraries, no connection, and start nothing but its own processes (for which the
kernel refuses connections anyway).

    python benchmarks/web_fuzz.py STORE --requests 50000 --seed 1
    python benchmarks/web_fuzz.py STORE --schemathesis      # each operation of /openapi.json, by its schema

Kinds: queries and updates of the W3C's tests, mutated; own queries, mutated; paths with traversal and odd
percent-encodings; headers with junk; conditional and range requests with junk; odd methods; huge and odd
bodies; uploads to the Graph Store with and without a token; arguments of OAI-PMH, reconciliation, search.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parents[1]
SUITE = ROOT.parent / "shared" / "conformance" / "sparql11"
# What a request tries to put into a page. No page of ours holds it unescaped.
MARK = '<script>alert("legenda-fuzz")</script>'
INTENDED = re.compile(
    rb"longer than|was stopped|busy|too many long|gave up|more memory|answer is longer|being replaced|"
    rb"another change|try again|being made|needed more than"
)
QUERIES = (
    "SELECT * { ?s ?p ?o } LIMIT 20",
    "ASK { ?s a <https://w3id.org/legenda/ns#Illustration> }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 20",
    "DESCRIBE <http://localhost:8000/id/category/graphic>",
    "SELECT ?c (COUNT(*) AS ?n) { ?i <https://w3id.org/legenda/ns#category> ?c } GROUP BY ?c ORDER BY ?n",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "SELECT * { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l FILTER(REGEX(?l, '(a+)+$')) } LIMIT 5",
    "SELECT * { ?s (<http://a/>|!<http://b/>)+ ?o } LIMIT 3",
    "SELECT (STRDT('x', <http://a/>) AS ?x) (IRI('javascript:alert(1)') AS ?y) {}",
    "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
)
# fmt: off
PATHS = (
    "/", "/search", "/sparql", "/graphs", "/dump/", "/changes/", "/changes/1", "/oai", "/reconcile",
    "/map", "/sitemap.xml", "/sitemap-1.xml", "/robots.txt", "/metrics", "/health", "/health/live",
    "/ontology", "/ontology.ttl", "/context.jsonld", "/openapi.json", "/.well-known/void",
    "/dump/legenda.nq.gz", "/page/artist", "/page/illustration", "/page/category/graphic",
    "/id/category/graphic", "/review", "/data/category/graphic.ttl", "/image/" + "0" * 64,
    "/image/" + "0" * 64 + "/thumbnail", "/reviews", "/iiif/en-mic-botticelli/manifest.json",
    "/iiif/en-mic-botticelli/annotations/1.json", "/static/style.css", "/graph/current", "/graphs/x",
    "/reconcile/preview", "/reconcile/suggest/entity", "/reconcile/properties",
)
TRAVERSAL = (
    "../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252fetc", "....//....//etc/passwd", "%c0%ae%c0%ae/etc/passwd", "..\\..\\windows\\win.ini",
    "/etc/passwd%00.ttl", "file:///etc/passwd", "proc/self/environ", "..%2ftokens.json",
    "..;/tokens.json", "%00", "%ff%fe", "%", "%zz", "%u0041", "ü", "%F0%9F%8E%A8", "a" * 3000,
    "%E2%80%AE", "{{7*7}}", "${jndi:ldap://x}", quote(MARK),
)
JUNK = (
    "", " ", "*/*", "*", "text/html", "text/turtle;q=nan", "text/turtle;q=-1", "text/turtle;q=1e400",
    ";;;q=,,", "text/html;q=0.5,text/turtle;q=0.50001", ",".join(["a/b"] * 500), "text/turtle;q=0",
    "application/*;q=1", "text/turtle; charset=utf-16", "", "é", 'W/"', '"', "*, *", 'W/"x", "y',
    "bytes=", "bytes=0-", "bytes=-0", "bytes=5-2", "bytes=0-0,1-1,2-2",
    "bytes=" + ",".join(f"{n}-{n}" for n in range(300)), "lines=1-2", "0" * 4000,
    "bytes=99999999999999999999-", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Jan 99999 99:99:99 GMT",
    "-1", "nan", "gzip;q=0", "identity;q=0, *;q=0", "gzip, deflate, br", "Bearer", "Bearer ",
    "Basic Og==", "Bearer " + "x" * 3000, "de-DE-x-" + "a" * 500, "xx,yy;q=2", "http://evil.example/",
    "evil.example:99999", "\t", MARK,
)
HEADERS = (
    "Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range",
    "If-Range", "If-Match", "If-Unmodified-Since", "Content-Type", "Authorization", "Origin", "Host",
    "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Original-URL",
    "X-HTTP-Method-Override", "Cookie", "Referer", "Expect", "Content-Encoding", "TE", "Forwarded",
    "Prefer",
)
METHODS = (
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get",
    "FOO", "X" * 100, "G-T",
)
TYPES = (
    "text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml",
    "application/trig", "application/n-quads", "application/sparql-query", "application/sparql-update",
    "text/plain", "image/png", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "multipart/form-data", "a/b", "", "text/turtle; charset=latin-1", "application/json",
)
# fmt: on
BODIES = (
    b"<http://a/> <http://b/> 1 .",
    b"<a> <b> _:c .",
    b"\x00\xff\xfe",
    b"{" * 20_000,
    b'{"@context": "http://127.0.0.1:1/context.jsonld", "@id": "http://a/", "http://b/": 1}',
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
    b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><r>&b;</r>',
    b"--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n"
    b"Content-Type: text/turtle\r\n\r\n<a> <b> 1 .\r\n--x--",
    b"--x\r\n\r\n",
    b"query=ASK%20%7B%7D&query=ASK%20%7B%7D",
    b"query=" + b"(" * 30_000,
    b"update=DROP%20ALL",
    b"queries=" + b"[" * 20_000,
    b"q=" + b"%" * 999,
    b'<a> <b> "' + b"x" * 200_000 + b'" .',
    b"<a> <b> <" + b"c" * 9000 + b"> .",
    b"",
)


@dataclass(frozen=True)
class Sent:
    """One request as bytes, and what kind of attempt it is."""

    kind: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def wire(self) -> bytes:
        """The request as it goes over the connection."""
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        given = {name.lower() for name, _ in self.headers}
        if "host" not in given:
            lines.append("Host: localhost")
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body or self.method in {"POST", "PUT"}:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace") + self.body


@dataclass
class Tally:
    """What came back: counts, and the answers that should not have come."""

    counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[tuple[Sent, int, bytes]] = field(default_factory=list)
    injected: list[Sent] = field(default_factory=list)
    slowest: float = 0.0

    def note(self, sent: Sent, status: int, head: bytes, body: bytes, seconds: float) -> None:
        """Count one answer."""
        self.counts[sent.kind, status] += 1
        self.slowest = max(self.slowest, seconds)
        meant = (status == 503 and INTENDED.search(body)) or status in {501, 505}
        if status == 0 or (status >= 500 and not meant):
            self.wrong.append((sent, status, body[:300]))
        if MARK.encode() in body and b"text/html" in head.lower():
            self.injected.append(sent)


# ------------------------------------------------------------------ making requests


def texts() -> list[str]:
    """Queries to start from: ours, and the W3C's where they are at hand."""
    files = sorted(SUITE.rglob("*.r[qu]")) if SUITE.is_dir() else []
    return [*QUERIES, *(file.read_text(encoding="utf-8", errors="replace") for file in files)]


def mutated(chance: random.Random, text: str) -> str:
    """`text` with a few characters, tokens or lines removed, doubled, swapped or replaced."""
    for _ in range(chance.randint(0, 3)):
        at, other = chance.randint(0, len(text)), chance.randint(0, len(text))
        first, last = min(at, other), min(max(at, other), min(at, other) + 60)
        what = chance.randrange(8)
        if what == 0:
            text = text[:first] + text[last:]
        elif what == 1:
            text = text[:last] + text[first:last] * chance.choice([1, 2, 50]) + text[last:]
        elif what == 2:
            text = (
                text[:at]
                + chance.choice(["\x00", "\\u0022", "é", "\U0001f3a8", "{", "}", "'''", MARK])
                + text[at:]
            )
        elif what == 3:
            words = re.split(r"(\s+)", text)
            chance.shuffle(words)
            text = "".join(words)
        elif what == 4:
            text = re.sub(r"\d+", lambda _: chance.choice(["0", "-1", "9" * 40, "1e999", "NaN"]), text)
        elif what == 5:
            text = re.sub(
                r"\?\w+", lambda m: m[0] if chance.random() < 0.7 else chance.choice(["?x", "$", "_:b"]), text
            )
        elif what == 6:
            text = re.sub(
                r"<[^>]*>", lambda m: m[0] if chance.random() < 0.7 else "<file:///etc/passwd>", text
            )
        else:
            text = text + chance.choice(
                [" LIMIT 99999999999999999999", " ; LOAD <file:///etc/passwd>", " #", "\\"]
            )
    return text[:30_000]


def sparql(chance: random.Random, start: list[str], token: str) -> Sent:
    """A mutated query or update, sent in one of the protocol's ways."""
    text = mutated(chance, chance.choice(start))
    accept = (("Accept", chance.choice([*TYPES, "text/html", *JUNK])),) if chance.random() < 0.5 else ()
    way = chance.randrange(5)
    more = (
        {"default-graph-uri": chance.choice(["http://a/", "x y", "", MARK])} if chance.random() < 0.2 else {}
    )
    if way == 0:
        return Sent("query by GET", "GET", "/sparql?" + urlencode({"query": text[:2000], **more}), accept)
    if way == 1:
        headers = (("Content-Type", "application/sparql-query"), *accept)
        return Sent("query by POST", "POST", "/sparql?" + urlencode(more), headers, text.encode())
    form = ("Content-Type", "application/x-www-form-urlencoded")
    if way in {2, 3}:
        return Sent(
            "query by form", "POST", "/sparql", (form, *accept), urlencode({"query": text, **more}).encode()
        )
    may = chance.random() < 0.15  # most updates are sent without a token: each that is made is published
    bearer = (("Authorization", f"Bearer {token}"),) if may else ()
    return Sent("update", "POST", "/sparql", (form, *bearer), urlencode({"update": text}).encode())


def path(chance: random.Random, paths: list[str]) -> Sent:
    """A path with traversal, odd encodings, or pieces of other paths."""
    start = chance.choice(paths)
    odd = chance.choice(TRAVERSAL)
    made = chance.choice(
        [
            start.rstrip("/") + "/" + odd,
            start + odd,
            re.sub(r"[^/]+$", lambda _: odd, start),
            "//" + odd,
            start.replace("/", "%2F"),
            start.upper(),
            start + "?" + odd,
            "http://evil.example" + start,
            start + ";" + odd,
            "*",
        ]
    )
    return Sent("path", "GET", re.sub(r"[\s\x00-\x1f]", "%20", made) or "/")


def headers(chance: random.Random, paths: list[str]) -> Sent:
    """A sound path with headers that are not."""
    chosen = chance.sample(HEADERS, chance.randint(1, 4))
    given = tuple((name, chance.choice(JUNK)) for name in chosen)
    return Sent("headers", chance.choice(["GET", "GET", "HEAD", "OPTIONS"]), chance.choice(paths), given)


def methods(chance: random.Random, paths: list[str]) -> Sent:
    """Any method with any body at any path."""
    kind, body = chance.choice(TYPES), chance.choice(BODIES)
    return Sent("method", chance.choice(METHODS), chance.choice(paths), (("Content-Type", kind),), body)


def upload(chance: random.Random, token: str) -> Sent:
    """A graph for the Graph Store."""
    bearer = (("Authorization", f"Bearer {token}"),) if chance.random() < 0.1 else ()
    graph = chance.choice(
        ["http://a/1", "x y", "urn:x", "", "http://a/" + "é" * 50, "http://[bad", "file:///etc/passwd"]
    )
    target = chance.choice(
        ["/graphs?" + urlencode({"graph": graph}), "/graphs?default", "/graphs", "/graphs/f/1"]
    )
    kind = (("Content-Type", chance.choice(TYPES)),)
    method = chance.choice(["PUT", "POST", "DELETE", "GET", "HEAD"])
    return Sent("graph store", method, target, (*bearer, *kind), chance.choice(BODIES))


def arguments(chance: random.Random, names: list[str]) -> Sent:
    """Routes with arguments, and values that do not fit them."""
    target = chance.choice(
        ["/oai", "/reconcile", "/search", "/reconcile/suggest/entity", "/reconcile/preview", "/"]
    )
    values = [
        *(
            "",
            "0",
            "-1",
            "9" * 30,
            "Identify",
            "ListRecords",
            "oai_dc",
            "edm",
            "2020-01-01",
            "a|1|edm|||",
            "\x00",
        ),
        *(
            MARK,
            "[]",
            '{"q0": {"query": "x", "limit": -1}}',
            '{"q": {"query": 3}}',
            '{"ids": [3], "properties": [{}]}',
        ),
        *(
            '{"ids": ["artist/x"], "properties": [{"id": "born"}]}',
            '"' * 50,
            "a OR b NEAR(",
            "*",
            "AND",
            "é" * 300,
        ),
        *("artist/../../x", "category/graphic", "de", "zz", "ttl", "1890", "٣", "1e5", "source:x'20"),
    ]
    given = [(chance.choice(names), chance.choice(values)) for _ in range(chance.randint(1, 5))]
    if chance.random() < 0.3:
        form = (("Content-Type", "application/x-www-form-urlencoded"),)
        return Sent("arguments", "POST", target, form, urlencode(given).encode())
    return Sent("arguments", "GET", target + "?" + urlencode(given))


def requests(seed: int, token: str, paths: list[str], names: list[str]) -> Iterator[Sent]:
    """Requests without end; the same for the same seed and store."""
    chance, start = random.Random(seed), texts()
    kinds: list[Callable[[], Sent]] = [
        lambda: sparql(chance, start, token),
        lambda: sparql(chance, start, token),
        lambda: sparql(chance, start, token),
        lambda: path(chance, paths),
        lambda: path(chance, paths),
        lambda: headers(chance, paths),
        lambda: headers(chance, paths),
        lambda: methods(chance, paths),
        lambda: upload(chance, token),
        lambda: arguments(chance, names),
    ]
    while True:
        yield chance.choice(kinds)()


# ------------------------------------------------------------------ sending them


def exchange(port: int, sent: Sent) -> tuple[int, bytes, bytes]:
    """Status, head and body of the answer; status 0 where the server closed the connection without one."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        try:
            connection.sendall(sent.wire().replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nConnection: close\r\n", 1))
        except OSError:
            pass_on = b""  # it answered (413, 400) before it had read everything
        else:
            pass_on = b""
        parts = [pass_on]
        try:
            while part := connection.recv(1 << 16):
                parts.append(part)
        except ConnectionResetError:
            parts.append(b"")
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    return int(status[1]) if status else 0, head, body


def fuzz(port: int, made: Iterator[Sent], count: int, clients: int) -> Tally:
    """Send `count` requests from `clients` threads."""
    tally, lock, left = Tally(), threading.Lock(), count

    def work() -> None:
        nonlocal left
        while True:
            with lock:
                if left <= 0:
                    return
                left -= 1
                sent = next(made)
                if left % 5000 == 0:
                    print(f"{count - left} sent", file=sys.stderr, flush=True)
            began = time.perf_counter()
            status, head, body = exchange(port, sent)
            with lock:
                tally.note(sent, status, head, body, time.perf_counter() - began)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


# What the server must not do is written to the file LOG; forked processes inherit the hook.
WATCHED = """
import os, sys
from pathlib import Path
log = os.open(os.environ["LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
store = os.environ["STORE"]
mine = [
    store, os.environ["ROOT"], sys.prefix, sys.base_prefix, *filter(None, os.environ["PICTURES"].split(":")),
    os.environ["TMPDIR"] + "/", "/dev/shm/wgunicorn-", "/proc/self/", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/stat", "/sys/", "/usr/", "/lib", "/dev/null", "/dev/urandom", "/dev/fd/",
]
known = ("/etc/localtime", "/mime.types", os.environ["TMPDIR"])  # the last: a file without a name
own = ("api.worker", "api.writer", "api.history")
serving = False
def hook(event, given):
    wrong = None
    if event == "open" and isinstance(given[0], (str, bytes)):
        file = os.path.abspath(os.fsdecode(given[0]))
        if not file.endswith(known) and not any(file.startswith(each) for each in mine):
            wrong = file
    elif event == "socket.connect" or event in {"os.system", "os.exec", "os.posix_spawn"}:
        wrong = repr(given)
    elif event == "socket.getaddrinfo" and serving:
        wrong = repr(given)
    elif event == "subprocess.Popen":
        command = [str(each) for each in given[1]]
        if command[0] != sys.executable or not any(each in command for each in own):
            wrong = repr(command)
    if wrong is not None:
        os.write(log, f"{event} {wrong}\\n".encode())
sys.addaudithook(hook)
from api.commands import serve
from api import server
def ready(*given, run=server.run, **named):
    global serving
    serving = True
    run(*given, **named)
server.run = ready
serve()
"""


@contextmanager
def serving(store: Path, log: Path) -> Iterator[int]:
    """`legenda serve` on a store, watched, without a limit of requests. In `log`: what it did wrong."""
    command = [sys.executable, "-c", WATCHED, "--store", str(store), "--port", "0"]
    environment = {"LEGENDA_EMAIL": "fuzz@example.org", "LEGENDA_RATE": "0", "LEGENDA_QUERY_SECONDS": "2"}
    environment |= {"PATH": "/usr/bin:/bin", "LEGENDA_QUERY_MEMORY": str(300 << 20)}
    environment |= {"TMPDIR": tempfile.gettempdir(), "LOG": str(log), "STORE": str(store), "ROOT": str(ROOT)}
    pictures = sqlite3.connect(store / "media" / "media.sqlite").execute("SELECT path FROM image").fetchall()
    environment["PICTURES"] = ":".join(sorted({str(Path(path).parent) for (path,) in pictures}))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r":(\d+)/", line)
    if not found:
        raise SystemExit(f"the server did not start: {line}")
    try:
        yield int(found[1])
    finally:
        process.terminate()
        process.wait(30)


def described(port: int) -> tuple[list[str], list[str]]:
    """Paths and names of arguments to start from: ours, and those of the server's own description."""
    import json

    _, head, body = exchange(port, Sent("start", "GET", "/openapi.json"))
    assert b"200" in head[:20], head
    document = json.loads(body)
    paths = [re.sub(r"{\w+}", "x", path) for path in document["paths"]]
    operations = [operation for each in document["paths"].values() for operation in each.values()]
    names = {one["name"] for operation in operations for one in operation["parameters"]}
    return [*PATHS, *paths], sorted(names)


def by_schema(port: int, examples: int) -> int:
    """schemathesis: positive and negative examples of every operation, no answer of 500 or more."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{port}/openapi.json"]
    command += ["--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing", "--mode", "all"]
    command += ["--max-examples", str(examples), "--seed", "1", "--continue-on-failure"]
    return subprocess.call([*command, "--exclude-path", "/metrics"])


def main() -> None:
    """Serve a copy of the store, send, report."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("store", type=Path)
    arguments.add_argument("--requests", type=int, default=50_000)
    arguments.add_argument("--clients", type=int, default=4)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--schemathesis", action="store_true")
    arguments.add_argument("--examples", type=int, default=100)
    given = arguments.parse_args()
    from api import tokens

    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "store")
        shutil.copytree(given.store, store, symlinks=True)
        token = tokens.create(store, "fuzz", "admin")
        log = Path(folder, "watched")
        with serving(store, log) as port:
            if given.schemathesis:
                raise SystemExit(by_schema(port, given.examples))
            paths, names = described(port)
            tally = fuzz(port, requests(given.seed, token, paths, names), given.requests, given.clients)
            alive, _, _ = exchange(port, Sent("end", "GET", "/health"))
        did = Counter(log.read_text().splitlines())
    report(tally)
    for line, times in did.most_common(30):
        print(f"DID {times} times: {line}")
    if tally.wrong or tally.injected or did or alive != 200:
        raise SystemExit(1)


def report(tally: Tally) -> None:
    """Print counts, and what should not have come."""
    for kind in sorted({kind for kind, _ in tally.counts}):
        statuses = {s: n for (k, s), n in sorted(tally.counts.items()) if k == kind}
        print(f"{kind}: {sum(statuses.values())}  {statuses}")
    for sent, status, body in tally.wrong[:40]:
        asked = f"{sent.method} {sent.target[:200]!r} {str(sent.headers)[:300]} {sent.body[:300]!r}"
        print(f"WRONG {status} {sent.kind} {asked} {body!r}")
    for sent in tally.injected[:10]:
        print(f"INJECTED {sent}")
    total = sum(tally.counts.values())
    found = f"{len(tally.wrong)} wrong, {len(tally.injected)} injected"
    print(f"{total} requests, {found}, slowest {tally.slowest:.1f} s")


if __name__ == "__main__":
    main()
