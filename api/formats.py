"""Which bytes a client gets: the formats of query results and of graphs, and the choice between them.

In: an Accept header and, from a browser's form, a short `format=` name. Out: one `Format`, or None when the
client takes nothing that we write (the caller answers 406). Pure functions, no Flask.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pyoxigraph import QueryResultsFormat, RdfFormat
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header


@dataclass(frozen=True)
class Format:
    """One way to write an answer. `name` is its file extension and its `format=` value; the first type is
    sent.
    """

    name: str
    types: tuple[str, ...]
    writer: QueryResultsFormat | RdfFormat
    label: str

    @property
    def content_type(self) -> str:
        """The Content-Type header, with its charset where the type is text."""
        return self.types[0] + ("; charset=utf-8" if self.types[0].startswith("text/") else "")


JSON = Format(
    "json", ("application/sparql-results+json", "application/json"), QueryResultsFormat.JSON, "JSON"
)
XML = Format(
    "xml", ("application/sparql-results+xml", "application/xml", "text/xml"), QueryResultsFormat.XML, "XML"
)
CSV = Format("csv", ("text/csv",), QueryResultsFormat.CSV, "CSV")
TSV = Format("tsv", ("text/tab-separated-values",), QueryResultsFormat.TSV, "TSV")
TURTLE = Format("ttl", ("text/turtle", "application/x-turtle"), RdfFormat.TURTLE, "Turtle")
NTRIPLES = Format("nt", ("application/n-triples", "text/plain"), RdfFormat.N_TRIPLES, "N-Triples")
JSONLD = Format("jsonld", ("application/ld+json", "application/json"), RdfFormat.JSON_LD, "JSON-LD")
RDFXML = Format("rdf", ("application/rdf+xml", "application/xml", "text/xml"), RdfFormat.RDF_XML, "RDF/XML")
TRIG = Format("trig", ("application/trig",), RdfFormat.TRIG, "TriG")
NQUADS = Format("nq", ("application/n-quads",), RdfFormat.N_QUADS, "N-Quads")

SOLUTIONS = (JSON, XML, CSV, TSV)
BOOLEANS = (JSON, XML, CSV, TSV)
GRAPHS = (TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS)
TWINS = (TURTLE, JSONLD, NTRIPLES, RDFXML)  # the data twins of an entity page, by file extension

BY_NAME = {f.name: f for f in (*SOLUTIONS, *GRAPHS)}
_CHARSET = re.compile(r";\s*charset=[^,;]*", re.IGNORECASE)
HTML = ("text/html", "application/xhtml+xml")


def named(name: str, offered: Sequence[Format]) -> Format | None:
    """The offered format of this short name or media type, else None."""
    wanted = name.strip().lower()
    return next((f for f in offered if wanted == f.name or wanted in f.types), None)


def _wishes(accept: str) -> MIMEAccept:
    """A parsed Accept header, whatever character set it also asks for: everything here is UTF-8."""
    return parse_accept_header(_CHARSET.sub("", accept), MIMEAccept)


def choose(accept: str | None, offered: Sequence[Format]) -> Format | None:
    """The offered format an Accept header likes best, by quality value; the first one when there is no
    header.

    Equal wishes are settled by the order of `offered`. None when the client accepts none of them.
    """
    if not accept or not accept.strip():
        return offered[0]
    wishes = _wishes(accept)
    listed = {value.lower() for value in wishes.values()}
    best: Format | None = None
    best_quality = 0.0
    for offer in offered:
        # The type that is sent, or another name of it that is asked for in so many words.
        quality = max(
            wishes.quality(t) for t in offer.types[:1] + tuple(t for t in offer.types if t in listed)
        )
        if quality > best_quality:
            best, best_quality = offer, quality
    return best


def prefers_html(accept: str | None, offered: Sequence[Format]) -> bool:
    """True when HTML is liked strictly better than every offered data format, as a browser's header says."""
    if not accept or not accept.strip():
        return False
    wishes = _wishes(accept)
    html = max(wishes.quality(t) for t in HTML)
    # Not the generic aliases (application/xml …): browsers list those without wanting RDF.
    data = max(wishes.quality(f.types[0]) for f in offered)
    return html > data
