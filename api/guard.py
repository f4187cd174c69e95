"""Does a SPARQL text reach out? Finds keywords, wherever they may hide.

In: the text of a query or update. Out: the keywords in it that would make the engine open a connection
(SERVICE, LOAD), and texts with a dataset written in or silent loads taken out.
Text inside strings, IRIs and comments, variables, prefixed names and language tags do not count; code point
escapes (\\u0053…) do, because SPARQL decodes them before anything else. What is listed as allowed is asked
before a text gets here (`api.elsewhere`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.wording import TOKEN, readings

_TOKEN_OR_BRACE = re.compile(TOKEN.pattern + "|[{}]", TOKEN.flags)
_DATASET = frozenset({"USING", "WITH"})
_REACHING = frozenset({"SERVICE", "LOAD"})
NOTHING = "DROP SILENT GRAPH <urn:uuid:00000000-0000-0000-0000-000000000000>"


def reaching_out(text: str) -> list[str]:
    """The keywords of `text` that open connections, in capitals and sorted; empty when it stays at home.

    A text that is no SPARQL gets an answer too; the engine will refuse it anyway.

    >>> reaching_out("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }")
    ['SERVICE']
    >>> reaching_out('SELECT ?service { ?service :load "SERVICE <x>" } # LOAD')
    []
    """
    found: set[str] = set()
    for reading in readings(text):
        words = (m["word"].upper() for m in TOKEN.finditer(reading) if m["word"])
        found.update(w for w in words if w in _REACHING)
    return sorted(found)


def without_silent_loads(update: str) -> str:
    """`update` with every `LOAD SILENT` replaced by an operation that does nothing.

    For where nothing may be loaded: SILENT says to go on after a load that fails.

    >>> without_silent_loads("LOAD SILENT <http://a/> INTO GRAPH <http://b/> ; CLEAR DEFAULT")
    'DROP SILENT GRAPH <urn:uuid:00000000-0000-0000-0000-000000000000> ; CLEAR DEFAULT'
    >>> without_silent_loads("LOAD <http://a/>")
    'LOAD <http://a/>'
    """
    tokens = [m for m in TOKEN.finditer(update) if not m[0].startswith("#")]
    words = [(m["word"] or "").upper() for m in tokens]
    out, done = [], 0
    for place, word in enumerate(words):
        if word == "LOAD" and words[place + 1 : place + 2] == ["SILENT"] and place + 2 < len(words):
            last = place + (5 if words[place + 3 : place + 5] == ["INTO", "GRAPH"] else 2)
            if last < len(tokens) and not words[place + 2] and not words[last]:
                out += [update[done : tokens[place].start()], NOTHING]
                done = tokens[last].end()
    return "".join([*out, update[done:]])


def with_dataset(update: str, using: Sequence[str], using_named: Sequence[str]) -> str:
    """`update` with `USING` clauses for a dataset given by the protocol in each of its operations with a
    WHERE.

    Raises ValueError when the update names a dataset itself, which the protocol forbids together.

    >>> with_dataset("INSERT { ?s ?p 1 } WHERE { ?s ?p 2 }", ["http://g/"], [])
    'INSERT { ?s ?p 1 } USING <http://g/> WHERE { ?s ?p 2 }'
    >>> with_dataset("DELETE WHERE { ?s ?p 2 }", ["http://g/"], [])
    'DELETE { ?s ?p 2 } USING <http://g/> WHERE { ?s ?p 2 }'
    """
    clauses = "".join(f"USING <{g}> " for g in using) + "".join(f"USING NAMED <{g}> " for g in using_named)
    if not clauses:
        return update
    depth, last, out, done = 0, "", [], 0
    for match in _TOKEN_OR_BRACE.finditer(update):
        token, word = match[0], (match["word"] or "").upper()
        depth += (token == "{") - (token == "}")
        if depth == 0 and word in _DATASET:
            raise ValueError(f"{word} together with using-graph-uri is not allowed")
        if depth == 0 and word == "WHERE":
            out.append(update[done : match.start()])
            done = match.start()
            if last == "DELETE":  # the short form, which has no place for a dataset: write it out
                out.append(_braces(update, match.end()) + " ")
            out.append(clauses)
        last = word or ("" if token.strip() and not match["skip"] else last)
    return "".join([*out, update[done:]])


def _braces(text: str, start: int) -> str:
    """The group in braces that begins after `start`."""
    depth, begin = 0, start
    for match in _TOKEN_OR_BRACE.finditer(text, start):
        if match[0] == "{":
            begin = match.start() if depth == 0 else begin
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                return text[begin : match.end()]
    raise ValueError("a { is never closed")
