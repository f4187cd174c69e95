"""The words of a SPARQL text as an engine reads them, and whether a query names its dataset with them.

In: the text of a query or update. Out: its words outside of strings, IRIs and comments, and whether FROM is
among them: pyoxigraph ignores FROM when it is told to take the union of all graphs as the default graph.
"""

from __future__ import annotations

import re

# In the order in which a SPARQL tokenizer would try them at one position.
TOKEN = re.compile(
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


def names_dataset(query: str) -> bool:
    """Does a query say with FROM or FROM NAMED which graphs it is about?

    >>> names_dataset("SELECT * FROM <http://g/> { ?s ?p ?o }")
    True
    >>> names_dataset("SELECT ?from { ?from :FROM 'FROM' } # FROM")
    False
    """
    return any((m["word"] or "").upper() == "FROM" for r in readings(query) for m in TOKEN.finditer(r))


def readings(text: str) -> set[str]:
    """A text as it stands and with its code point escapes decoded.

    An engine may decode escapes before it looks for words, or only inside strings and IRIs.
    """
    return {text, _ESCAPE.sub(_decoded, text)}


def _decoded(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
