"""Is a query a mere look-up, so small that it needs no process of its own?

In: the text of a query. Out: True for `SELECT … WHERE { … }` of at most three triple patterns that start
from a constant and go on from what they have found, without filters, paths, aggregates or sorting. Such a
query walks an index once and hands out rows as it goes: its time is bounded by the number of its matches
and its memory is flat, so it may run in the server process, where it costs a third. Everything else, and
everything that is not understood here, is False.
"""

from __future__ import annotations

import io
import re
from typing import Any

import pyoxigraph as ox

from api.pool import Reply

_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*\n\s*)*(?:
      (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    | (?P<var>[?$]\w+)
    | (?P<literal>"[^"\\\n\r]*"(?:@[A-Za-z][A-Za-z0-9-]*|\^\^<[^<>"{}|^`\\\x00-\x20]*>)?|\d+(?!\w))
    | (?P<name>[A-Za-z][\w-]*:\w[\w-]*|[A-Za-z][\w-]*:(?!\w)|:\w[\w-]*)
    | (?P<word>[A-Za-z]\w*)
    | (?P<mark>[{}.;*])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_LONGEST = 2000
_PATTERNS = 3
_ANSWER = 256 << 10  # bytes
_WRITERS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}

Token = tuple[str, str]


def is_lookup(query: str) -> bool:
    """True when `query` is certainly a small look-up.

    >>> is_lookup("SELECT ?n { <http://x/1> <http://x/artist> ?a . ?a <http://x/name> ?n }")
    True
    >>> is_lookup("SELECT * { ?s ?p ?o . ?a ?b ?c }")
    False
    """
    if len(query) > _LONGEST:
        return False
    tokens = _tokens(query)
    if tokens is None:
        return False
    at = 0
    while tokens[at] == ("word", "PREFIX"):
        if tokens[at + 1][0] != "name" or tokens[at + 2][0] != "iri":
            return False
        at += 3
    if tokens[at] != ("word", "SELECT"):
        return False
    at += 1
    while tokens[at][0] == "var" or tokens[at] == ("mark", "*"):
        at += 1
    if tokens[at] == ("word", "WHERE"):
        at += 1
    if tokens[at] != ("mark", "{"):
        return False
    try:
        close = tokens.index(("mark", "}"), at)
    except ValueError:
        return False
    rest = tokens[close + 1 :]
    if rest[0] == ("word", "LIMIT") and rest[1][0] == "literal":
        rest = rest[2:]
    return rest == [("end", "")] and _bounded(tokens[at + 1 : close])


def _tokens(query: str) -> list[Token] | None:
    found: list[Token] = []
    at = 0
    while not found or found[-1][0] != "end":
        match = _TOKEN.match(query, at)
        if match is None or match.lastgroup is None:
            return None
        kind, text = match.lastgroup, match[match.lastgroup]
        found.append((kind, text.upper() if kind == "word" and text != "a" else text))
        at = match.end()
    # So that looking ahead never runs past the end.
    return [*found[:-1], ("end", "")] if len(found) > 1 else None


def _bounded(body: list[Token]) -> bool:
    """Do the patterns start from a constant, and does each go on from a constant or from what is bound by
    then?
    """
    patterns: list[tuple[Token, Token, Token]] = []
    subject: Token | None = None
    at = 0
    while at < len(body):
        if subject is None:
            subject = body[at]
            at += 1
        if len(body) < at + 2 or not _term(subject) or subject[0] == "literal":
            return False
        predicate, value = body[at], body[at + 1]
        at += 2
        if (
            not (_term(predicate) or predicate == ("word", "a"))
            or predicate[0] == "literal"
            or not _term(value)
        ):
            return False
        patterns.append((subject, predicate, value))
        mark = body[at] if at < len(body) else ("mark", ".")
        if mark not in {("mark", "."), ("mark", ";")}:
            return False
        at += 1
        subject = subject if mark == ("mark", ";") else None
    if subject is not None or not 0 < len(patterns) <= _PATTERNS:
        return False
    known: set[str] = set()
    left = list(patterns)
    while left:
        for pattern in left:
            subject, predicate, value = pattern
            started = subject[0] != "var" or subject[1] in known
            # From an object, only one step and along a named property: the first, or to what is known.
            reached = not known and value[0] != "var" and predicate[0] != "var" and predicate != ("word", "a")
            if started or reached:
                known |= {text for kind, text in pattern if kind == "var"}
                left.remove(pattern)
                break
        else:
            return False
    return True


def _term(token: Token) -> bool:
    return token[0] in {"iri", "name", "var", "literal"}


class _Full(Exception):
    """The answer is longer than a look-up's."""


class _Bounded(io.BytesIO):
    def write(self, data: Any) -> int:
        if self.tell() + len(data) > _ANSWER:
            raise _Full
        return super().write(data)


def look_up(store: ox.Store, request: dict[str, Any]) -> Reply | None:
    """The answer to a request for a query process, when it is a look-up and its answer is short; else
    None.
    """
    if request["default_graphs"] or request["named_graphs"] or not is_lookup(request["query"]):
        return None
    format = request["formats"]["solutions"]
    if format not in _WRITERS:
        return None
    out = _Bounded()
    try:
        found = store.query(request["query"], base_iri=request["base"], use_default_graph_as_union=True)
        assert isinstance(found, ox.QuerySolutions)
        found.serialize(out, format=_WRITERS[format])
    except (_Full, SyntaxError, ValueError, OSError):
        return None  # a query process answers, or says what is wrong
    return Reply("solutions", format, out.getvalue())
