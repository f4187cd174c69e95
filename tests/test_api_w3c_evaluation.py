"""The W3C's query and update evaluation and syntax tests: our endpoint over HTTP beside the engine alone.

Every test is put to pyoxigraph in this process and, by HTTP, to a server of ours; one judge compares both
answers with what the W3C expects. The endpoint must pass whatever the engine passes. All data of the query
tests is loaded by one update, each file as a graph of its own, and each test names its dataset by the
protocol. Run with `-s` to see how many of each category pass.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS
from test_api_w3c import SUITE, Server

pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C test suite lies outside the repository")

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
QUERIES = (
    *(
        "aggregates",
        "bind",
        "bindings",
        "cast",
        "construct",
        "csv-tsv-res",
        "exists",
        "functions",
        "grouping",
    ),
    *("json-res", "negation", "project-expression", "property-path", "subquery", "syntax-query"),
)
UPDATES = (
    *(
        "add",
        "basic-update",
        "clear",
        "copy",
        "delete",
        "delete-data",
        "delete-insert",
        "delete-where",
        "drop",
    ),
    *("move", "syntax-update-1", "syntax-update-2", "update-silent"),
)
EMPTY = "http://legenda.example/empty"
OURS = "<http://localhost:8000/"  # our catalogue, which is no part of the tests
RESULTS = {
    ".srx": (ox.QueryResultsFormat.XML, "application/sparql-results+xml"),
    ".srj": (ox.QueryResultsFormat.JSON, "application/sparql-results+json"),
    ".tsv": (ox.QueryResultsFormat.TSV, "text/tab-separated-values"),
    ".csv": (ox.QueryResultsFormat.CSV, "text/csv"),
}
NUMERIC = "http://www.w3.org/2001/XMLSchema#"
FLOATS = {"double", "float"}
INTEGERS = {
    "integer",
    "int",
    "long",
    "short",
    "byte",
    "negativeInteger",
    "nonNegativeInteger",
    "positiveInteger",
}

Named = tuple[tuple[str, Path], ...]
Answer = tuple[str, Any]


@dataclass(frozen=True)
class Case:
    """One test of the W3C: its category, what is asked of which data, and where the expected answer lies."""

    category: str
    name: str
    kind: str
    text: Path
    default: tuple[Path, ...] = ()
    named: Named = ()
    expected: Path | None = None
    expected_named: Named = ()

    @property
    def id(self) -> str:
        return f"{self.category}/{self.name}"


def path_of(node: Any) -> Path:
    return Path(str(node).removeprefix("file://"))


def named_of(graph: Graph, node: Any) -> Named:
    found = [
        (str(graph.value(entry, RDFS.label)), path_of(graph.value(entry, UT.graph)))
        for entry in graph.objects(node, UT.graphData)
    ]
    return tuple(sorted(found))


@cache
def cases(category: str) -> tuple[Case, ...]:
    """The tests that a manifest lists."""
    file = SUITE / category / "manifest.ttl"
    graph = Graph().parse(file, publicID=file.as_uri())
    found = []
    for entry in chain.from_iterable(Collection(graph, first) for first in graph.objects(None, MF.entries)):
        action, result = graph.value(entry, MF.action), graph.value(entry, MF.result)
        name, kind = str(entry).rsplit("#", 1)[-1], str(graph.value(entry, RDF.type)).rsplit("#", 1)[-1]
        if kind in {"QueryEvaluationTest", "CSVResultFormatTest"}:
            named = tuple((file_iri(str(g)), path_of(g)) for g in graph.objects(action, QT.graphData))
            data = tuple(path_of(d) for d in graph.objects(action, QT.data))
            query = path_of(graph.value(action, QT.query))
            found.append(Case(category, name, kind, query, data, named, path_of(result)))
        elif kind == "UpdateEvaluationTest":
            data = tuple(path_of(d) for d in graph.objects(action, UT.data))
            after = graph.value(result, UT.data)
            found.append(
                Case(
                    category,
                    name,
                    kind,
                    path_of(graph.value(action, UT.request)),
                    data,
                    named_of(graph, action),
                    path_of(after) if after else None,
                    named_of(graph, result),
                )
            )
        else:
            assert isinstance(action, URIRef), entry
            found.append(Case(category, name, kind, path_of(action)))
    return tuple(found)


def file_iri(text: str) -> str:
    return "file://" + text.removeprefix("file://")


def triples(file: Path, base: str = "") -> list[ox.Triple]:
    format = ox.RdfFormat.from_extension(file.suffix.removeprefix("."))
    parsed = ox.parse(path=str(file), format=format, base_iri=base or file.as_uri(), rename_blank_nodes=True)
    return [quad.triple for quad in parsed]


def inserting(default: Sequence[Path], named: Named) -> str:
    """An update that holds the triples of files, as the default graph and as named graphs."""
    parts = ["".join(f"{t} .\n" for f in default for t in triples(f))]
    for name, file in named:
        parts.append(f"GRAPH <{name}> {{\n" + "".join(f"{t} .\n" for t in triples(file)) + "}\n")
    return "INSERT DATA {\n" + "".join(parts) + "}"


# ------------------------------------------------------------------ the judge


def value_of(term: Any) -> Any:
    """A term as it is compared: numbers by their value, everything else as it is."""
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(NUMERIC):
        kind = term.datatype.value.removeprefix(NUMERIC)
        try:
            if kind in FLOATS:
                return kind, f"{float(term.value):.6g}"
            if kind == "decimal":
                return kind, round(Decimal(term.value), 10).normalize()
            if kind in INTEGERS:
                return "integer", int(term.value)
            if kind == "boolean":
                return kind, term.value in {"true", "1"}
        except (ArithmeticError, ValueError):
            return term
    return term


def same_rows(ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> bool:
    """Are these the same rows, whatever their blank nodes are called?"""

    def match(left: list[tuple[Any, ...]], right: list[tuple[Any, ...]], known: dict[Any, Any]) -> bool:
        if not left:
            return True
        for place, row in enumerate(right):
            paired = pair(left[0], row, known)
            if paired is not None and match(left[1:], right[:place] + right[place + 1 :], paired):
                return True
        return False

    def pair(one: tuple[Any, ...], other: tuple[Any, ...], known: dict[Any, Any]) -> dict[Any, Any] | None:
        new = dict(known)
        for a, b in zip(one, other, strict=True):
            if isinstance(a, ox.BlankNode) and isinstance(b, ox.BlankNode):
                if new.setdefault(a, b) != b or new.setdefault(("back", b), a) != a:
                    return None
            elif a != b:
                return None
        return new

    plain = Counter(shape(row) for row in ours) == Counter(shape(row) for row in theirs)
    return plain and match(ours, theirs, {})


def shape(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple("blank" if isinstance(term, ox.BlankNode) else term for term in row)


def canonical(quads: Any) -> ox.Dataset:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def rows_of(content: bytes, format: ox.QueryResultsFormat) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    parsed = ox.parse_query_results(content, format)
    assert isinstance(parsed, ox.QuerySolutions)
    names = tuple(sorted(variable.value for variable in parsed.variables))
    return names, [tuple(value_of(solution[name]) for name in names) for solution in parsed]


def same_answer(case: Case, answer: Answer) -> bool:
    """Is this what the W3C expects? `answer` is what was asked for and the bytes that came."""
    kind, content = answer
    assert case.expected is not None
    if case.expected.suffix in {".ttl", ".rdf"} and kind == "graph":
        ours = ox.parse(content, ox.RdfFormat.N_TRIPLES)
        expected = (ox.Quad(*triple) for triple in triples(case.expected))
        return canonical(ours) == canonical(expected)
    if case.expected.suffix in {".ttl", ".rdf"}:
        return same_result_set(case.expected, content)
    format = RESULTS[case.expected.suffix][0]
    expected_bytes = case.expected.read_bytes()
    if case.expected.suffix == ".csv":
        return same_rows(cells_of(content), cells_of(expected_bytes))
    wanted = ox.parse_query_results(expected_bytes, format)
    if isinstance(wanted, ox.QueryBoolean):
        found = ox.parse_query_results(content, format)
        return isinstance(found, ox.QueryBoolean) and bool(found) == bool(wanted)
    (ours_names, ours_rows), (names, rows) = rows_of(content, format), rows_of(expected_bytes, format)
    return ours_names == names and same_rows(ours_rows, rows)


def cells_of(content: bytes) -> list[tuple[Any, ...]]:
    """The rows of CSV, columns by name; there are no types, so that what looks like a number is one."""

    def cell(text: str) -> Any:
        if text.startswith("_:"):
            return ox.BlankNode(text[2:])
        return float(text) if re.fullmatch(r"[-+\d.]+(E\d+)?", text) else text

    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    return [tuple(cell(row[name]) for name in sorted(row)) for row in rows]


def same_result_set(file: Path, content: bytes) -> bool:
    """Compare with a result set that is written as RDF (the DAWG's vocabulary)."""
    rs = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
    graph = Graph().parse(file)
    names = tuple(sorted(str(name) for name in graph.objects(None, rs.resultVariable)))
    rows = []
    for solution in graph.objects(None, rs.solution):
        bound = {
            str(graph.value(b, rs.variable)): graph.value(b, rs.value)
            for b in graph.objects(solution, rs.binding)
        }
        rows.append(tuple(from_rdflib(bound.get(name)) for name in names))
    ours_names, ours = rows_of(content, ox.QueryResultsFormat.JSON)
    return ours_names == names and same_rows(ours, rows)


def from_rdflib(term: Any) -> Any:
    if term is None:
        return None
    line = f"<http://x/> <http://x/> {term.n3()} ."
    (quad,) = ox.parse(line.encode(), ox.RdfFormat.TURTLE)
    return value_of(quad.object)


# ------------------------------------------------------------------ the two sides


def wanted_type(case: Case) -> str:
    if case.expected is not None and case.expected.suffix in RESULTS:
        return RESULTS[case.expected.suffix][1]
    return "application/sparql-results+json, application/n-triples;q=0.9"


def text_of(case: Case) -> str:
    return f"BASE <{case.text.as_uri()}>\n" + case.text.read_text()


def by_engine(case: Case) -> bool:
    """Does pyoxigraph alone pass this query test?"""
    store = ox.Store()
    quads = [ox.Quad(*t) for file in case.default for t in triples(file)]
    quads += [ox.Quad(*t, ox.NamedNode(name)) for name, file in case.named for t in triples(file)]
    store.extend(quads)
    try:
        found = store.query(text_of(case))
    except (SyntaxError, ValueError, OSError, RuntimeError):
        return False
    out = io.BytesIO()
    if isinstance(found, ox.QueryTriples):
        ox.serialize(found, out, ox.RdfFormat.N_TRIPLES)
        return same_answer(case, ("graph", out.getvalue()))
    assert case.expected is not None
    format = RESULTS.get(case.expected.suffix, RESULTS[".srj"])[0]
    found.serialize(out, format)
    return same_answer(case, ("table", out.getvalue()))


def by_http(case: Case, server: Server) -> bool:
    """Does our endpoint pass it? The dataset is named in the request, as the protocol has it."""
    fields = [("query", text_of(case))]
    if not re.search(r"\bFROM\b", case.text.read_text()):  # else the query names its dataset itself
        default = [file.as_uri() for file in case.default] or [EMPTY]
        fields += [("default-graph-uri", name) for name in default]
        fields += [("named-graph-uri", name) for name, _ in case.named]
    answer = server.http.post("/sparql", data=_form(fields), headers={"Accept": wanted_type(case)})
    if answer.status_code != 200:
        return False
    kind = "graph" if answer.headers["Content-Type"].startswith("application/n-triples") else "table"
    return same_answer(case, (kind, answer.content))


def _form(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in fields:
        gathered.setdefault(name, []).append(value)
    return gathered


def state(default: Sequence[Path], named: Named) -> ox.Dataset:
    quads = [ox.Quad(*t) for file in default for t in triples(file)]
    return canonical(quads + [ox.Quad(*t, ox.NamedNode(name)) for name, file in named for t in triples(file)])


def updated_by_engine(case: Case) -> bool:
    store = ox.Store()
    store.update(inserting(case.default, case.named))
    try:
        store.update(text_of(case))
    except (SyntaxError, ValueError, OSError, RuntimeError):
        return False
    return canonical(store) == state([case.expected] if case.expected else [], case.expected_named)


def updated_by_http(case: Case, server: Server) -> bool:
    names = {name for name, _ in (*case.named, *case.expected_named)} | server.left
    emptied = "".join(f"DROP SILENT GRAPH <{name}>;\n" for name in names)
    server.update("DROP DEFAULT;\n" + emptied + inserting(case.default, case.named))
    if server.send_update(text_of(case)).status_code != 204:
        return False
    dump = gzip.decompress(server.http.get("/dump/legenda.nq.gz").content)
    every = ox.parse(dump, ox.RdfFormat.N_QUADS)
    quads = [quad for quad in every if not str(quad.graph_name).startswith(OURS)]
    server.left = {q.graph_name.value for q in quads if isinstance(q.graph_name, ox.NamedNode)}
    return canonical(quads) == state([case.expected] if case.expected else [], case.expected_named)


class Endpoint(Server):
    """A server with a kept connection."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.http = httpx.Client(base_url=self.address, timeout=60)
        self.left: set[str] = set()  # graphs that the last test left behind

    def send_update(self, text: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/sparql-update"}
        return self.http.post("/sparql", content=text.encode(), headers=headers)

    def update(self, text: str) -> None:
        answer = self.send_update(text)
        assert answer.status_code == 204, answer.text


@pytest.fixture(scope="module")
def endpoint(quick_folder: Path) -> Iterator[Endpoint]:
    running = Endpoint(quick_folder / "w3c-evaluation")
    yield running
    running.http.close()
    running.close()


def compare(
    chosen: Sequence[Case], alone: Callable[[Case], bool], served: Callable[[Case], bool]
) -> tuple[int, int]:
    """How many the engine and the endpoint pass; fails when the endpoint misses one the engine passes."""
    engine = {case.id for case in chosen if alone(case)}
    ours = {case.id for case in chosen if served(case)}
    assert not engine - ours, f"only the engine passes {sorted(engine - ours)}"
    return len(engine), len(ours)


def test_queries_are_evaluated_as_by_the_engine_alone(endpoint: Endpoint) -> None:
    chosen = [case for category in QUERIES for case in cases(category) if not case.kind.endswith("11")]
    files = sorted({f for case in chosen for f in case.default} | {f for c in chosen for _, f in c.named})
    endpoint.update("DROP ALL;\n" + inserting([], tuple((file.as_uri(), file) for file in files)))
    passed = {}
    for category in QUERIES:
        some = [case for case in chosen if case.category == category]
        if some:
            passed[category] = (*compare(some, by_engine, lambda case: by_http(case, endpoint)), len(some))
    report("query evaluation", passed)


def test_updates_are_made_as_by_the_engine_alone(endpoint: Endpoint) -> None:
    endpoint.update("DROP ALL")
    passed = {}
    for category in UPDATES:
        some = [case for case in cases(category) if case.kind == "UpdateEvaluationTest"]
        if some:
            by_us = compare(some, updated_by_engine, lambda case: updated_by_http(case, endpoint))
            passed[category] = (*by_us, len(some))
    report("update evaluation", passed)


def test_what_is_sparql_and_what_is_not_is_told_as_by_the_engine_alone(endpoint: Endpoint) -> None:
    def alone(case: Case) -> bool:
        store = ox.Store()
        try:
            (store.update if "Update" in case.kind else store.query)(text_of(case))
            accepted = True
        except SyntaxError:
            accepted = False
        except (ValueError, OSError, RuntimeError):
            accepted = True  # it is SPARQL, but LOAD of a file that is not there …
        return accepted == case.kind.startswith("Positive")

    def served(case: Case) -> bool:
        if "Update" in case.kind:
            answer = endpoint.send_update(text_of(case))
        else:
            answer = endpoint.http.post("/sparql", data={"query": text_of(case)})
        # LOAD and SERVICE are understood, and refused with 403: no request makes the server reach out. A
        # function that nobody knows is SPARQL too.
        understood = answer.status_code in {200, 204, 403} or "cannot be " in answer.text
        return understood if case.kind.startswith("Positive") else answer.is_client_error

    endpoint.update("DROP ALL")
    passed = {}
    for category in (*QUERIES, *UPDATES):
        some = [case for case in cases(category) if case.kind.endswith("11")]
        if some:
            passed[category] = (*compare(some, alone, served), len(some))
    report("syntax", passed)


def report(what: str, passed: dict[str, tuple[int, int, int]]) -> None:
    engine, ours, total = (sum(column) for column in zip(*passed.values(), strict=True))
    print(f"\n{what}: endpoint {ours}, engine {engine} of {total}")
    for category, (by_engine_alone, by_us, of) in passed.items():
        print(f"  {category}: {by_us} / {by_engine_alone} of {of}")
