"""Folding: how a printed word and a catalogued one are made comparable.

In goes text as printed; out come tokens with their offsets in it and, for each, two keys. The *plain* key
only drops case, accents and ligatures ("Dürer", "Duerer" → "durer"). The *loose* key also levels what
printers, languages and transcriptions vary (c/k, ph/f, y/i, w/v, doubled letters; "Zucchero",
"Karl"/"Carl"), and maps the forms a given name takes in several languages to one ("Giovanni", "Johann",
"Jean"). The index is keyed loosely, so that one lookup finds all of these; how closely the plain keys agree
is then evidence for the decision.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

# A hyphen at the end of a line joins the two halves of a word; a combining accent belongs to its letter.
WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*(?:[-¬]\s*\n\s*[^\W\d_]+)?")
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "a",
        "œ": "o",
        "ø": "o",
        "ł": "l",
        "ſ": "s",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "ĳ": "ij",
    }
)
_BREAK = re.compile(r"[-¬]\s*\n\s*")
_UMLAUT = re.compile(r"(?<![qg]u)(?<=[aou])e(?![aeiou])")
_LOOSE = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"sch", "s"),
        (r"cch", "k"),
        (r"ph", "f"),
        (r"ch(?=[rl])", "k"),
        (r"(?<=[a-z])gh", "g"),
        (r"th", "t"),
        (r"ck|cq|qu|q|c(?!h)", "k"),
        (r"dt\b", "t"),
        (r"(?<=[a-z])tz|ts|cz|sz|z", "s"),
        (r"y|j", "i"),
        (r"w", "v"),
        (r"(?<=[aeiou])h(?![aeiou])", ""),
        (r"(.)\1+", r"\1"),
    )
)


def word_list(name: str) -> frozenset[str]:
    """A list of `data/words.json`: small words that names, titles and captions are read by."""
    lists: dict[str, str] = json.loads((files(__package__) / "data" / "words.json").read_text("utf-8"))
    return frozenset(lists[name].split())


PARTICLES = word_list("particles")
# Names printed as two words that are catalogued as one.
_JOINED = frozenset(
    [
        ("michael", "angelo"),
        ("michal", "angelo"),
        ("michel", "ange"),
        ("michel", "angelo"),
        ("san", "gallo"),
        ("del", "acroix"),
    ]
)
_HALVES = frozenset(first for first, _ in _JOINED)


class Token(NamedTuple):
    """A word of a text: its offsets, and its keys. `text[start:end]` is the word as printed."""

    start: int
    end: int
    printed: str
    plain: str
    loose: str


_token = tuple.__new__  # half the time of calling Token


@lru_cache(maxsize=1 << 18)
def plain(word: str) -> str:
    """The word without case, accents, ligatures and umlaut spelling.

    >>> plain("Dürer"), plain("DUERER"), plain("Æsop"), plain("Kaemmerer")
    ('durer', 'durer', 'asop', 'kammerer')
    """
    word = _BREAK.sub("", word).lower().translate(_LETTERS)
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return _UMLAUT.sub("", word)


@lru_cache(maxsize=1 << 18)
def loose(key: str) -> str:
    """A plain key with spelling habits levelled and given names brought to one form.

    >>> loose("carl") == loose("karl"), loose("giovanni") == loose("johann")
    (True, True)
    """
    levelled = skeleton(key)
    return given_names().get(levelled, levelled)


@lru_cache(maxsize=1 << 18)
def skeleton(key: str) -> str:
    """A plain key with spelling habits levelled, each name still in its own language."""
    for pattern, by in _LOOSE:
        key = pattern.sub(by, key)
    return key


@lru_cache(maxsize=1)
def given_names() -> dict[str, str]:
    """Skeleton of a given name → skeleton of the first name of its line in `data/given_names.json`."""
    lines = json.loads((files(__package__) / "data" / "given_names.json").read_text("utf-8"))
    table: dict[str, str] = {}
    for line in lines:
        names = [skeleton(plain(name)) for name in line]
        for name in names:
            table.setdefault(name, names[0])
    return table


@lru_cache(maxsize=1 << 18)
def _keys(word: str) -> tuple[str, str]:
    key = plain(word)
    return key, loose(key)


def tokens(text: str) -> list[Token]:
    """The words of `text` in order, with offsets and keys."""
    found = [_token(Token, (*m.span(), w, *_keys(w))) for m in WORD.finditer(text) if (w := m[0])]
    if _HALVES.isdisjoint([t[3] for t in found]):
        return found
    for i in range(len(found) - 1, 0, -1):
        one, two = found[i - 1], found[i]
        if (one.plain, two.plain) in _JOINED:
            word = text[one.start : two.end]
            key = one.plain + two.plain
            found[i - 1 : i + 1] = [Token(one.start, two.end, word, key, loose(key))]
    return found
