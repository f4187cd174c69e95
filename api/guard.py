"""Does a SPARQL text reach out? Finds SERVICE and LOAD as keywords, wherever they may hide.

In: the text of a query or update. Out: the keywords in it that would make the engine open a connection.
Text inside strings, IRIs and comments, variables, prefixed names and language tags do not count; code point
escapes (\\u0053…) do, because SPARQL decodes them before anything else.
"""

from __future__ import annotations

import re

# In the order in which a SPARQL tokenizer would try them at one position.
_TOKEN = re.compile(
    r"""
      (?P<skip>
          "{3}(?:(?:"|"")?(?:[^"\\]|\\.))*"{3}
        | \'{3}(?:(?:\'|\'\')?(?:[^\'\\]|\\.))*\'{3}
        | "(?:[^"\\\n\r]|\\.)*"
        | '(?:[^'\\\n\r]|\\.)*'
        | <[^<>"{}|^`\\\x00-\x20]*>
        | \#[^\n\r]*
        | [?$@][\w-]+
        | [\w.-]*:(?:[\w:.%-]|\\.)*
      )
    | (?P<word>\w+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_REACHING = frozenset({"SERVICE", "LOAD"})


def reaching_out(text: str) -> list[str]:
    """The keywords of `text` that open connections, in capitals and sorted; empty when it stays at home.

    A text that is no SPARQL gets an answer too; the engine will refuse it anyway.

    >>> reaching_out("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }")
    ['SERVICE']
    >>> reaching_out('SELECT ?service { ?service :load "SERVICE <x>" } # LOAD')
    []
    """
    found: set[str] = set()
    # Both readings: an engine may decode escapes before tokenizing, or only inside strings and IRIs.
    for reading in {text, _ESCAPE.sub(_decoded, text)}:
        words = (m["word"].upper() for m in _TOKEN.finditer(reading) if m["word"])
        found.update(w for w in words if w in _REACHING)
    return sorted(found)


def _decoded(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
