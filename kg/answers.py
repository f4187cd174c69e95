"""Writing the answer to a query: a table for people, or a standard format for programs.

In: a reader, SPARQL text, a format name. Out: bytes on a stream, row by row (a table is held to set its
columns).
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import pyoxigraph as ox

from kg.names import NAMESPACES
from kg.reading import Reader
from kg.shapes import short

_RESULTS = {
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
}
_GRAPHS = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD}


def write_answer(reader: Reader, sparql: str, form: str | None, out: BinaryIO) -> None:
    """Run a query and write its answer. Raises SyntaxError for bad SPARQL, ValueError for a format that a
    query of this kind cannot be answered in.
    """
    answer = reader.query(with_prefixes(sparql))
    if isinstance(answer, ox.QueryTriples):
        if form is not None and form not in _GRAPHS:
            raise ValueError(f"CONSTRUCT and DESCRIBE are answered as {', '.join(_GRAPHS)}, not as {form}")
        ox.serialize(answer, out, _GRAPHS[form or "ttl"], prefixes=NAMESPACES)
    elif form in _GRAPHS:
        raise ValueError(f"SELECT and ASK are answered as table, {', '.join(_RESULTS)}, not as {form}")
    elif form in _RESULTS:
        answer.serialize(out, _RESULTS[form])
    elif isinstance(answer, ox.QueryBoolean):
        out.write(b"yes\n" if answer else b"no\n")
    else:
        out.write(_table(answer).encode("utf-8"))


def with_prefixes(sparql: str) -> str:
    """The query with the declarations of our prefixes that it uses and does not make itself."""
    missing = [
        f"PREFIX {prefix}: <{namespace}>"
        for prefix, namespace in NAMESPACES.items()
        if f"{prefix}:" in sparql and f"prefix {prefix}:" not in " ".join(sparql.lower().split())
    ]
    # On the first line, so that the line numbers of error messages are those of the user's text.
    return " ".join([*missing, sparql])


def _table(answer: Any, widest: int = 60) -> str:
    names = [variable.value for variable in answer.variables]
    rows = [[_cell(row[name]) for name in names] for row in answer]
    widths = [
        min(widest, max([len(name), *(len(row[column]) for row in rows)]))
        for column, name in enumerate(names)
    ]
    out = io.StringIO()
    for row in [names, ["-" * width for width in widths], *rows]:
        cells = [cell if len(cell) <= widest else cell[: widest - 1] + "…" for cell in row]
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        out.write("  ".join(padded).rstrip() + "\n")
    return out.getvalue()


def _cell(term: Any) -> str:
    if term is None:
        return ""
    value = short(term.value) if isinstance(term, ox.NamedNode) else getattr(term, "value", str(term))
    return " ".join(str(value).split())
