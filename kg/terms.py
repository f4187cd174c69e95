"""RDF terms as N-Triples text: the one place where strings become IRIs and literals.

In: Python values from corpora, models and people, however odd. Out: N-Triples terms that every RDF tool can
read, in the spelling in which Oxigraph writes them back, so that two serialisations of a graph can be
compared line by line. Characters that XML 1.0 cannot carry (most control characters, lone surrogates) would
break RDF/XML and SPARQL results in XML; each is replaced by one space or one U+FFFD, so that offsets into a
text stay true.
"""

from __future__ import annotations

import math
import re
from datetime import datetime

import pyoxigraph as ox

from kg.names import NAMESPACES

_XSD = NAMESPACES["xsd"]
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BLANKS = "\x0b\x0c\x1c\x1d\x1e\x1f"
_SPECIAL = re.compile(r'["\\\n\r\t\x08\x0c]')
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
_YEAR = re.compile(r"(?<![\d-])(-?)(\d{4}|\d{3}X|\d{2}XX)(?![\dX])")


def node(iri: str) -> str:
    """An IRI that is known to be well formed (minted here, or a vocabulary term)."""
    return f"<{iri}>"


def well_formed_iri(value: str) -> str | None:
    """`value` if it is an absolute IRI that RDF accepts, else None."""
    if not _IRI.fullmatch(value) or _UNFIT.search(value):
        return None
    try:
        return str(ox.NamedNode(value).value)
    except ValueError:
        return None


def clean(value: str) -> str:
    """`value` with every character that RDF/XML cannot carry replaced one for one.

    >>> clean("page\\x0cbreak, bell\\x07")
    'page break, bell\\ufffd'
    """
    if not _UNFIT.search(value):
        return value
    return _UNFIT.sub(lambda found: " " if found[0] in _BLANKS else "\ufffd", value)


def text(value: str, language: str = "") -> str:
    """A literal, with a language tag when `language` is one (BCP 47; "de_AT" is understood)."""
    value = clean(value)
    if _SPECIAL.search(value):
        value = value.translate(_ESCAPES)
    language = language.strip().replace("_", "-")
    return f'"{value}"@{language.lower()}' if _LANGUAGE.fullmatch(language) else f'"{value}"'


def decimal(value: float) -> str:
    """An xsd:decimal to six places: probabilities, thresholds.

    >>> decimal(1.0).partition("^")[0], decimal(0.12345678).partition("^")[0]
    ('"1"', '"0.123457"')
    """
    digits = f"{value + 0.0:.6f}".rstrip("0").rstrip(".")
    return f'"{digits}"^^<{_XSD}decimal>'


def double(value: float) -> str:
    """An xsd:double that reads back as the same float."""
    if math.isfinite(value):
        return f'"{ox.Literal(float(value)).value}"^^<{_XSD}double>'
    spelt = "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
    return f'"{spelt}"^^<{_XSD}double>'


def integer(value: int) -> str:
    """An xsd:integer."""
    return f'"{int(value)}"^^<{_XSD}integer>'


def boolean(value: bool) -> str:
    """An xsd:boolean."""
    return f'"{str(value).lower()}"^^<{_XSD}boolean>'


def moment(value: str) -> str:
    """An xsd:dateTime when `value` is one in ISO 8601, else the text as it is."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return text(value)
    if "T" not in value:
        return text(value)
    return f'"{value.replace("+00:00", "Z")}"^^<{_XSD}dateTime>'


def year(edtf: str) -> str | None:
    """The first year an EDTF date names, as xsd:gYear; None when it names none.

    >>> [year(date)[:6] for date in ("1897", "1471-05-21", "1901/1903", "189X", "ca. 1510~")]
    ['"1897"', '"1471"', '"1901"', '"1890"', '"1510"']
    >>> year("[19. Jh.]") is None
    True
    """
    found = _YEAR.search(edtf)
    return f'"{found[1]}{found[2].replace("X", "0")}"^^<{_XSD}gYear>' if found else None


def literal_value(term: ox.Literal) -> str | int | float:
    """The Python value of a literal: int for integers, float for decimals and doubles, else its text."""
    datatype = term.datatype.value
    if datatype == _XSD + "integer":
        return int(term.value)
    if datatype in (_XSD + "decimal", _XSD + "double", _XSD + "float"):
        return float(term.value)
    return term.value
