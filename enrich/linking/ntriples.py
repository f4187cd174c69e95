"""Reading Wikidata's truthy dumps: N-Triples files, plain or gzipped, line by line, into statements about
items.

In goes a file of any size; out come (item, property, value, language) for the wanted predicates, one at a
time. Lines that are no N-Triples are handed to `fault` with their number and reading goes on; well-formed
lines about anything else are passed over.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ENTITY = "http://www.wikidata.org/entity/"
DIRECT = "http://www.wikidata.org/prop/direct/"
TERMS = {
    "http://www.w3.org/2000/01/rdf-schema#label": "label",
    "http://www.w3.org/2004/02/skos/core#altLabel": "alias",
    "http://schema.org/description": "description",
    "http://wikiba.se/ontology#sitelinks": "sitelinks",
}
_LINE = re.compile(
    r"\s*(?:<([^<>\"{}|^`\\\s]*)>|_:\S+)\s+<([^<>\"{}|^`\\\s]*)>\s+"
    r"(?:<([^<>\"{}|^`\\\s]*)>|_:\S+|\"((?:[^\"\\\n\r]|\\.)*)\"(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^<[^<>\s]*>)?)\s*\.\s*(?:#.*)?$"
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_PLAIN = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}

Statement = tuple[int, str, str, str]


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _PLAIN[match[3]]

    return _ESCAPE.sub(one, text)


def item_number(iri: str) -> int | None:
    """The number of a Wikidata item's IRI, None for anything else.

    >>> item_number("http://www.wikidata.org/entity/Q5598")
    5598
    """
    local = iri.removeprefix(ENTITY)
    return int(local[1:]) if len(local) < len(iri) and local[:1] == "Q" and local[1:].isdecimal() else None


def statements(path: Path, wanted: frozenset[str], fault: Callable[[int, str], None]) -> Iterator[Statement]:
    """(item number, "label"/"alias"/"description"/"sitelinks"/"P…", value, language) of a file, in its order.

    A value that is an item is its QID. `fault(line number, reason)` hears of lines that are not N-Triples;
    a file that ends in the middle of its compressed stream is one fault too, and what was read before it
    counts. Of a line about another property only the beginning and the end are looked at: most of a dump is
    such.
    """
    properties = {f"<{iri}>".encode() for iri, name in TERMS.items() if name in wanted}
    properties |= {f"<{DIRECT}{name}>".encode() for name in wanted}
    opener = gzip.open if path.suffix == ".gz" else open
    number = 0
    with opener(path, "rb") as lines:
        try:
            for number, raw in enumerate(lines, 1):
                if raw[:1] == b"<" and raw[-3:] == b" .\n":
                    said = raw.split(b" ", 2)[1]
                    if said not in properties and said[:6] == b"<http:" and said[-1:] == b">":
                        continue
                try:
                    line = raw.decode("utf-8")
                except UnicodeDecodeError as error:
                    fault(number, f"not UTF-8 ({error.reason})")
                    continue
                match = _LINE.match(line)
                if not match:
                    if line.strip() and not line.lstrip().startswith("#"):
                        fault(number, f"not an N-Triples line: {line.strip()[:80]}")
                    continue
                subject, predicate, resource, literal, language = match.groups()
                item = item_number(subject or "")
                name = TERMS.get(predicate) or predicate.removeprefix(DIRECT)
                if item is None or name not in wanted:
                    continue
                if resource is not None:
                    yield item, name, resource.removeprefix(ENTITY), ""
                elif literal is not None:
                    try:
                        text = _unescape(literal) if "\\" in literal else literal
                    except (KeyError, ValueError, OverflowError):
                        fault(number, f"unknown escape in {literal[:60]!r}")
                        continue
                    yield item, name, text, language or ""
        except (EOFError, gzip.BadGzipFile, OSError) as error:
            fault(number + 1, f"cannot be read further: {error}")
