"""Queries and updates that ask other services: SERVICE and LOAD done beforehand, so that no engine ever
opens a connection.

In: a text, and a function that asks the address of one SERVICE or LOAD (`api.outbound` asks only listed
ones). Out: the text with the answers written in: the solutions of a SERVICE as VALUES, the triples of a LOAD
as INSERT DATA. Either joins with the rest as the operation itself would. Blank nodes of an answer become
IRIs (`urn:legenda:blank:…`) in solutions, for VALUES has no place for them, and new blank nodes in a load.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kg.wording import TOKEN, readings

_TOKEN_OR_BRACE = re.compile(TOKEN.pattern + "|[{};]", TOKEN.flags)
_IRI = re.compile(r"<([^<>\"{}|^`\\\x00-\x20]*)>")
_VARIABLE = re.compile(r"\w+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_NAMED = "urn:legenda:blank:"
_MOST = 8  # requests of one text


class NotConstant(ValueError):
    """A SERVICE or LOAD of which the address is not written out; the message says what to write."""


@dataclass(frozen=True)
class Call:
    """One SERVICE or LOAD in a text, from `start` to `end`.

    `query` is what a service is to be asked, empty for a load; `graph` is what a load goes into, as IRI.
    """

    keyword: str
    address: str
    silent: bool
    start: int
    end: int
    query: str = ""
    graph: str = ""


def calls(text: str) -> list[Call]:
    """The outermost SERVICE and LOAD operations of a text, in order. Raises NotConstant.

    >>> [(c.address, c.query) for c in calls("SELECT * { SERVICE <http://a/> { ?s ?p 1 } }")]
    [('http://a/', 'SELECT * { ?s ?p 1 }')]
    """
    words = [[m["word"] for m in TOKEN.finditer(reading) if m["word"]] for reading in (text, *readings(text))]
    if any(one != words[0] for one in words):
        raise NotConstant("with SERVICE or LOAD, write keywords and names as they are, without \\u escapes")
    tokens = [m for m in _TOKEN_OR_BRACE.finditer(text) if not m[0].startswith("#")]
    found: list[Call] = []
    done = -1
    for place, token in enumerate(tokens):
        word = (token["word"] or "").upper()
        if word not in {"SERVICE", "LOAD"} or token.start() < done:
            continue
        found.append(_call(text, tokens, place, word))
        done = found[-1].end
    if len(found) > _MOST:
        raise NotConstant(f"at most {_MOST} SERVICE or LOAD stand in one request")
    return found


def addresses(text: str) -> set[str]:
    """The addresses of every SERVICE and LOAD, also of those within another. Raises NotConstant."""
    tokens = [m for m in _TOKEN_OR_BRACE.finditer(text) if not m[0].startswith("#")]
    words = [(m["word"] or "").upper() for m in tokens]
    return {_call(text, tokens, n, w).address for n, w in enumerate(words) if w in {"SERVICE", "LOAD"}}


def _call(text: str, tokens: list[re.Match[str]], place: int, keyword: str) -> Call:
    after = tokens[place + 1 : place + 6]
    silent = bool(after) and (after[0]["word"] or "").upper() == "SILENT"
    after = after[silent:]
    address = _IRI.fullmatch(after[0][0]) if after else None
    if address is None:
        raise NotConstant(f"the address of {keyword} is to be written in full, as <https://…>")
    start = tokens[place].start()
    if keyword == "SERVICE":
        begin, end = _group(tokens, place + 2 + silent)
        query = _prologue(text, tokens) + "SELECT * " + text[begin:end]
        return Call(keyword, address[1], silent, start, end, query=query)
    words = [(m["word"] or "").upper() for m in after[1:3]]
    if words[:1] != ["INTO"]:
        return Call(keyword, address[1], silent, start, after[0].end())
    graph = _IRI.fullmatch(after[3][0]) if words == ["INTO", "GRAPH"] and len(after) > 3 else None
    if graph is None:
        raise NotConstant("the graph of LOAD is to be written in full, as <https://…>")
    return Call(keyword, address[1], silent, start, after[3].end(), graph=graph[1])


def _group(tokens: list[re.Match[str]], place: int) -> tuple[int, int]:
    """Beginning and end of the group in braces that stands at `place`."""
    depth = 0
    if place >= len(tokens) or tokens[place][0] != "{":
        raise NotConstant("SERVICE <…> is followed by a group in braces")
    for token in tokens[place:]:
        depth += (token[0] == "{") - (token[0] == "}")
        if depth == 0:
            return tokens[place].start(), token.end()
    raise NotConstant("a { is never closed")


def _prologue(text: str, tokens: list[re.Match[str]]) -> str:
    """All PREFIX and BASE lines of a text, for a pattern that is sent on by itself."""
    out = []
    for place, token in enumerate(tokens):
        word = (token["word"] or "").upper()
        size = {"PREFIX": 3, "BASE": 2}.get(word, 0)
        if size and place + size <= len(tokens):
            out.append(text[token.start() : tokens[place + size - 1].end()] + "\n")
    return "".join(out)


def with_answers(text: str, found: list[Call], written: Callable[[Call], str]) -> str:
    """`text` with every one of these operations replaced by what `written` makes of it."""
    out, done = [], 0
    for call in found:
        out += [text[done : call.start], " ", written(call), " "]
        done = call.end
    return "".join([*out, text[done:]])


def as_values(results: bytes) -> str:
    """SPARQL results in JSON as a VALUES block. Raises ValueError when they are not what they should be.

    >>> as_values(b'{"head": {"vars": ["a"]}, "results": {"bindings": [{}]}}')
    'VALUES (?a) { (UNDEF) }'
    """
    try:
        solutions = ox.parse_query_results(io.BytesIO(results), ox.QueryResultsFormat.JSON)
        if not isinstance(solutions, ox.QuerySolutions):
            raise ValueError("it answered yes or no, not with solutions")
        names = [variable.value for variable in solutions.variables]
        if not all(_VARIABLE.fullmatch(name) for name in names):
            raise ValueError("it answered with a variable that is none")
        rows = ["(" + " ".join(map(_term, solution)) + ")" for solution in solutions]
    except SyntaxError as error:
        raise ValueError(f"its answer is not SPARQL results in JSON: {error}") from error
    return f"VALUES ({' '.join('?' + name for name in names)}) {{ {' '.join(rows)} }}"


def as_insert(document: bytes, format: ox.RdfFormat, address: str, graph: str) -> str:
    """An RDF document as INSERT DATA. Raises ValueError when it cannot be read."""
    try:
        parsed = ox.parse(
            io.BytesIO(document), format, base_iri=address, without_named_graphs=True, rename_blank_nodes=True
        )
        triples = "\n".join(_lines(parsed))
    except SyntaxError as error:
        raise ValueError(f"{address} is not {format.name}: {error}") from error
    return f"INSERT DATA {{ GRAPH <{graph}> {{ {triples} }} }}" if graph else f"INSERT DATA {{ {triples} }}"


def _lines(parsed: Iterator[ox.Quad]) -> Iterator[str]:
    for quad in parsed:
        subject, value = (
            f"_:{term.value}" if isinstance(term, ox.BlankNode) else _term(term)
            for term in (quad.subject, quad.object)
        )
        yield f"{subject} {_term(quad.predicate)} {value} ."


def _term(term: object) -> str:
    """A term as SPARQL, with nothing in it that could be read as anything else."""
    if term is None:
        return "UNDEF"
    if isinstance(term, ox.BlankNode):
        return f"<{_NAMED}{''.join(c for c in term.value if c.isalnum())}>"
    if isinstance(term, ox.NamedNode):
        return _iri(term.value)
    if not isinstance(term, ox.Literal):
        raise ValueError("it answered with a triple as a term")
    text = _quoted(term.value)
    if term.language:
        if not _LANGUAGE.fullmatch(term.language):
            raise ValueError("it answered with a language tag that is none")
        return f"{text}@{term.language}"
    return f"{text}^^{_iri(term.datatype.value)}"


def _iri(value: str) -> str:
    if not _IRI.fullmatch(f"<{value}>"):
        raise ValueError("it answered with an IRI that is none")
    return f"<{value}>"


def _quoted(value: str) -> str:
    r"""A text as a SPARQL string. After a backslash a u is escaped itself: an engine that decodes \u escapes
    before it reads strings must find none that was not meant as one.

    >>> print(_quoted('C:\\users "x"'))
    "C:\\\u0075sers \"x\""
    """
    value = value.replace("\\", "\\\\").replace('"', '\\"')
    value = value.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    value = re.sub(r"(?<=\\\\)[uU]", lambda match: f"\\u{ord(match[0]):04X}", value)
    return f'"{value}"'
