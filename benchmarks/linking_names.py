"""Printed names to train the linker on, made from a gazetteer: artists as catalogues print them, with the
year of the catalogue, and as many artists whom the gazetteer must not know.

In goes an opened gazetteer of free data; out come rows (id, caption, year, language, artist) and the rows of
the gazetteer to hide (`Partly`) while training: about a quarter of the artists are held out, and a name of
one of them, often a namesake of an artist who is kept, has nothing to link to. Everything follows from item
numbers, so that the same gazetteer always gives the same rows. Names are inverted or not, given names short,
abbreviated or in another language, particles left out, spellings varied, letters misread.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files

from enrich.linking.folding import plain
from enrich.linking.gazetteer import Entry, Gazetteer
from enrich.linking.names import HONORIFICS, SUFFIXES, Form, parse, split_words
from enrich.linking.records import PERSON

ROWS = 1500  # of artists to find; and as many of artists to miss
HIDDEN = 0.25  # share of the artists held out
NAMESAKES = 400  # rows of artists held out who share surname and initial with one who is kept
SHADOWS = 90  # rows of artists held out of whom the gazetteer keeps a dateless namesake, who is another
POSTHUMOUS = 0.06  # share of names printed after the artist's death: lists show contemporaries
NEIGHBOURS = 120  # rows of artists held out whose surname is a letter away from that of one who is kept
SPELLINGS = (
    ("ü", "ue"), ("ö", "oe"), ("ä", "ae"), ("ü", "u"), ("ö", "o"), ("é", "e"), ("c", "k"), ("k", "c"),
    ("ph", "f"), ("th", "t"), ("t", "th"), ("dt", "t"), ("ff", "f"), ("f", "ff"), ("i", "y"), ("y", "i"),
    ("ck", "k"), ("tz", "z"), ("z", "tz"), ("ss", "ß"), ("w", "v"), ("nn", "n"), ("n", "nn"), ("l", "ll"),
    ("m", "mm"), ("ei", "ai"), ("ai", "ay"), ("ie", "i"), ("ar", "er"), ("s", "z"),
)  # fmt: skip
MISREAD = (("e", "c"), ("c", "e"), ("n", "u"), ("u", "n"), ("m", "in"), ("li", "h"), ("rn", "m"), ("l", "t"))
PARTICLES = {
    "von",
    "van",
    "de",
    "del",
    "della",
    "di",
    "da",
    "du",
    "der",
    "den",
    "le",
    "la",
    "zu",
    "ten",
    "ter",
    "y",
}
DOUBLING = {"y", "von", "i", "e"}
_PLAIN_NAME = re.compile(r"[^\W\d_][\w .’'`´-]*(?:, [^\W\d_][\w .’'`´-]*)?")


class Partly(Gazetteer):
    """A gazetteer without some of its persons and works, and without all but the names of some persons."""

    hidden: frozenset[int] = frozenset()
    dateless: frozenset[int] = frozenset()

    def works_of(self, item: int) -> list[int]:
        return [row for row in super().works_of(item) if row not in self.hidden]

    def titled(self, words: Iterable[str]) -> list[int]:
        return [row for row in super().titled(words) if row not in self.hidden]

    def _names_at(self, key: str) -> tuple[tuple[int, Form], ...]:
        return tuple(v for v in super()._names_at(key) if v[0] not in self.hidden)

    def kin_at(self, key: str) -> list[tuple[int, Form, int]]:
        known = [v for v in super().kin_at(key) if v[0] not in self.hidden]
        return [(row, form, 0 if row in self.dateless else kin) for row, form, kin in known]

    def _entry(self, row: int) -> Entry:
        entry = super()._entry(row)
        if row not in self.dateless:
            return entry
        vars(entry).update(born=None, died=None, facts=(), descriptions=(), bare=True)
        return entry


def printed_names(folder: Gazetteer) -> tuple[list[dict[str, str]], Partly]:
    """(rows to train on, the gazetteer to train them with)."""
    gazetteer = Partly(folder.folder)
    dice = {r: random.Random(f"name {gazetteer.items[r]}") for r in _persons(gazetteer)}
    order = sorted(dice, key=lambda r: (dice[r].random(), r))
    hidden = [r for r in order if dice[r].random() < HIDDEN]
    away = set(hidden)
    kept = [r for r in order if r not in away]
    shadows = hidden[:SHADOWS]
    hidden = [r for r in hidden if not _twin(folder, r, away)]
    gazetteer.hidden = frozenset(away.difference(shadows))
    gazetteer.dateless = frozenset(shadows)
    related = [r for r in hidden if r not in shadows and _namesakes(gazetteer, r)][:NAMESAKES]
    others = [r for r in hidden if r not in {*shadows, *related}]
    near = [r for r in others if _neighbours(gazetteer, r)][:NEIGHBOURS]
    others = [r for r in others if r not in set(near)]
    missing = shadows + related + near + others[: ROWS - SHADOWS - len(related) - len(near)]
    rows = [_row(folder, r, dice[r], True) for r in kept[:ROWS]]
    rows += [_row(folder, r, dice[r], False) for r in missing]
    return [r for r in rows if r["caption"]], gazetteer


def _persons(gazetteer: Gazetteer) -> list[int]:
    """Rows of the persons of the 16th to the 20th century (or without dates) with a given name and a
    surname.
    """
    out = []
    for row in range(gazetteer.size):
        if gazetteer.kinds[row] != PERSON:
            continue
        entry = gazetteer.entry(row)
        if entry.born is not None and not 1500 <= entry.born < 1960:
            continue
        if any(name.given and len(name.surname) == 1 for name, label in entry.names if _usable(label)):
            out.append(row)
    return out


def _usable(label: str) -> bool:
    words = {plain(w) for w in split_words(label)}
    return (
        bool(_PLAIN_NAME.fullmatch(label))
        and len(label) < 40
        and not words & (HONORIFICS | SUFFIXES | {"konig"})
    )


def _namesakes(gazetteer: Gazetteer, row: int) -> bool:
    """Whether a person who is kept has the surname of `row` and the initial of one of his given names."""
    for name, _ in gazetteer.entry(row).names:
        surname = " ".join(lo for _, lo in name.surname)
        for key, _ in name.given:
            if gazetteer.names_at(f"{key[0]} {surname}"):
                return True
    return False


def _neighbours(gazetteer: Gazetteer, row: int) -> bool:
    """Whether a person who is kept has a surname one letter from that of `row` and one of his given names."""
    for name, _ in gazetteer.entry(row).names:
        if len(name.surname) != 1 or len(name.surname[0][1]) < 4:
            continue
        for near in gazetteer.repairs(name.surname[0][1]):
            if any(gazetteer.names_at(f"{lo} {near}") for _, lo in name.given):
                return True
    return False


def _twin(gazetteer: Gazetteer, row: int, away: set[int]) -> bool:
    """Whether the gazetteer holds a person twice, of whom only one is held out."""
    entry = gazetteer.entry(row)
    for name, _ in entry.names:
        for other, form in gazetteer.names_at(" ".join(lo for _, lo in name.parts)):
            if form <= Form.SHORT and other not in away and gazetteer.entry(other).born == entry.born:
                return True
    return False


def _row(gazetteer: Gazetteer, row: int, dice: random.Random, known: bool) -> dict[str, str]:
    entry = gazetteer.entry(row)
    labels = [
        label for name, label in entry.names if name.given and len(name.surname) == 1 and _usable(label)
    ]
    caption = printed(dice.choice(labels), dice)
    return {
        "id": f"name{entry.item}", "caption": caption, "year": str(_year(entry, dice) or ""),
        "language": "de", "context": "", "artist": entry.qid if known else "",
    }  # fmt: skip


def _year(entry: Entry, dice: random.Random) -> int | None:
    """When a catalogue prints the name: mostly in the artist's working life, at times after it."""
    if dice.random() < 0.04:
        return None
    if entry.born is None:
        return dice.randint(1800, 1930) if entry.died is None else entry.died - dice.randint(0, 30)
    last = min(entry.died or entry.born + 65, entry.born + 80)
    if entry.died is not None and dice.random() < POSTHUMOUS:
        return last + round(60 * dice.random() ** 2)
    return dice.randint(min(entry.born + 22, last), last)


def printed(label: str, dice: random.Random) -> str:
    """A label as a catalogue may print it; "" when it has no surname.

    >>> printed("Johann Evangelist Müller", random.Random(3)) != ""
    True
    """
    family, comma, rest = label.partition(",")
    words = split_words(rest if comma else label)
    if comma:
        given, surname = words, split_words(family)
    else:
        cut = next((i for i, w in enumerate(words) if i and w.lower() in PARTICLES), len(words) - 1)
        double = cut > 1 and words[cut].lower() in DOUBLING and len(words) > cut + 1
        cut -= double  # "Antonio Casanova y Estorach"
        given, surname = words[:cut], words[cut:]
    inside = len(surname) > 2 and surname[0].lower() not in PARTICLES
    particles = [] if inside else [w for w in surname if w.lower() in PARTICLES]
    surname = surname if inside else [w for w in surname if w.lower() not in PARTICLES]
    given = [w for w in given if w.lower() not in PARTICLES]
    if not surname or not given or not parse(label):
        return ""
    if len(given) > 1 and dice.random() < 0.45:
        given = [dice.choice(given)] if dice.random() < 0.25 else given[:1]
    style = dice.random()
    if style < 0.13:
        given = [w[0] + "." for w in given]
    elif style < 0.22:
        given = [_abbreviated(w, dice) for w in given]
    elif style < 0.34:
        given = [_translated(given[0], dice), *given[1:]]
    if dice.random() < 0.08:
        surname = [_varied(w, SPELLINGS, dice) for w in surname]
    if dice.random() < 0.05:
        given = [_varied(w, SPELLINGS, dice) for w in given]
    if dice.random() < 0.03:
        surname = [_misread(w, dice) for w in surname]
    if particles and dice.random() < 0.35:
        particles = []
    if dice.random() < 0.02:
        given = ["Prof.", *given]
    shape = dice.random()
    if shape < 0.8:
        return " ".join([*surname]) + ", " + " ".join([*given, *particles])
    return " ".join([*given, *particles, *(w.upper() if shape > 0.95 else w for w in surname)])


def _abbreviated(word: str, dice: random.Random) -> str:
    """ "Gottfr.", "Jos.": up to the consonants before the second vowel, or one letter."""
    found = re.match(r"[^aeiouäöü]*[aeiouäöü]+[^aeiouäöü]+", word.lower())
    if found is None or found.end() >= len(word) - 1 or dice.random() < 0.3:
        return word[0] + "."
    return word[: found.end()] + "."


@lru_cache(maxsize=1)
def _lines() -> dict[str, tuple[str, ...]]:
    lines = json.loads((files("enrich.linking") / "data" / "given_names.json").read_text("utf-8"))
    return {plain(name): tuple(line) for line in reversed(lines) for name in line}


def _translated(word: str, dice: random.Random) -> str:
    options: Sequence[str] = _lines().get(plain(word), (word,))
    return dice.choice(options).capitalize()


def _varied(word: str, pairs: Iterable[tuple[str, str]], dice: random.Random) -> str:
    able = [(a, b) for a, b in pairs if a in word[1:].lower()]
    if not able or len(word) < 4:
        return word
    a, b = dice.choice(able)
    at = 1 + word[1:].lower().index(a)
    return word[:at] + b + word[at + len(a) :]


def _misread(word: str, dice: random.Random) -> str:
    """One letter read wrongly, lost, doubled or swapped with its neighbour."""
    if len(word) < 5:
        return word
    at = dice.randint(1, len(word) - 2)
    kind = dice.randrange(4)
    if kind == 0:
        return _varied(word, MISREAD, dice)
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
