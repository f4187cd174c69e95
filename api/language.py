"""Words for people: the visitor's language, labels in it, the interface's own words, confidence in words.

In: an Accept-Language header (or `?lang=`), RDF literals with language tags. Out: plain strings. The
interface's words lie in `words.toml`, one line per word with its three languages.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from ontology import ontology

INTERFACE = ("en", "de", "fr")
Row = dict[str, Any]  # variable name → RDF term, unbound variables left out

# Lower bounds of a confidence and the word for it, most certain first.
CERTAINTY = (
    (0.97, "certain"),
    (0.88, "very-likely"),
    (0.70, "likely"),
    (0.50, "rather"),
    (0.25, "possible"),
    (0.0, "hardly"),
)


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text())


def visitor(accept_language: str | None, asked: str | None = None) -> str:
    """The interface language: `asked` if we have it, else the best of Accept-Language, else English."""
    if asked in INTERFACE:
        return asked
    wishes = parse_accept_header(accept_language or "", LanguageAccept)
    return wishes.best_match(INTERFACE) or "en"


def word(key: str, language: str, **values: Any) -> str:
    """The interface's word for `key`, `{name}` filled in; else the label of our term of that name;
    the name of any other property is split into words.

    >>> word("plates", "de"), word("textBefore", "fr")
    ('Tafeln', 'texte avant')
    >>> word("lastSeenAt", "en")
    'last seen at'
    """
    entry = _words().get(key)
    if entry is None:
        term = ontology().terms.get(key)
        if term is not None and term.labels:
            return term.labels.get(language) or next(iter(term.labels.values()))
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key.replace("-", " ").replace("_", " ")).lower()
    text = entry.get(language) or entry["en"]
    return text.format(**values) if values else text


def instant(text: str) -> str:
    """An xsd:dateTime in UTC to the microsecond, so that texts sort as times do (a store drops zeros at the
    end: "05.12Z" sorts after "05.123Z"); what is none comes back as it is.

    >>> instant("2026-11-03T18:47:05.12+01:00")
    '2026-11-03T17:47:05.120000+00:00'
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return text
    read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return read.isoformat(timespec="microseconds")


def moment(text: str, language: str) -> str:
    """An xsd:dateTime as people of a language write it, to the minute; what is none comes back as it is.

    >>> moment("2026-11-03T17:47:05Z", "de"), moment("2026-11-03T17:47:05+00:00", "en")
    ('3. November 2026, 17:47 UTC', '3 November 2026, 17:47 UTC')
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = " UTC" if read.tzinfo is not None else ""
    read = read.astimezone(UTC) if read.tzinfo is not None else read
    month = word("months", language).split()[read.month - 1]
    day = f"{read.day}." if language == "de" else "1er" if language == "fr" and read.day == 1 else read.day
    return f"{day} {month} {read.year}, {read:%H:%M}{zone}"


def confidence_words(confidence: float, language: str) -> str:
    """A probability in words: 0.93 is "very likely"."""
    return word(next(name for bound, name in CERTAINTY if confidence >= bound), language)


def percent(confidence: float) -> str:
    """A probability as people read it; never 100 % (or 0 %) unless it is exactly that.

    >>> percent(0.931), percent(0.9999), percent(1.0)
    ('93 %', '99 %', '100 %')
    """
    whole = round(confidence * 100)
    if whole == 100 and confidence < 1:
        whole = 99
    if whole == 0 and confidence > 0:
        return "< 1 %"
    return f"{whole} %"


def best(literals: Iterable[Any], language: str) -> ox.Literal | None:
    """The literal to show, by the order of `best_text`; None when there is none."""
    texts = {(x.value, x.language or ""): x for x in literals if isinstance(x, ox.Literal)}
    return texts[best_text(texts, language)] if texts else None


def best_text(texts: Iterable[tuple[str, str]], language: str) -> tuple[str, str]:
    """The (text, language) to show: the visitor's language, then English, then without one, then any other.

    Ties go to the first in code point order, so that a page does not change between two visits. ("", "") of
    none.

    >>> best_text([("Raffael", "de"), ("Raphael", "en"), ("Raffaello", "it")], "fr")
    ('Raphael', 'en')
    """
    order = {"": 2, "mul": 2} | {"en": 1} | {language: 0}

    def rank(text: tuple[str, str]) -> tuple[int, str, str]:
        tag = text[1].lower()
        return (order.get(tag, order.get(tag.split("-")[0], 3)), tag, text[0])

    return min(texts, key=rank, default=("", ""))
