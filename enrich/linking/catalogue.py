"""A museum's own table: rows with columns for name, dates, title and inventory number instead of a caption.

In goes a row as the database exports it ("Aachen Hans von (Kopie nach)", 1552, 1615, "Alter Mann und junge
Frau", 5564); out comes the request the linker understands: a caption as a catalogue would print it ("Hans von
Aachen (Kopie nach) (1552–1615): Alter Mann und junge Frau. Inv. 5564"). Columns are known by the names they
commonly bear in English, German and French.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from enrich.linking.folding import PARTICLES, given_names, loose, plain
from enrich.linking.names import SUFFIXES
from enrich.linking.request import Request

COLUMNS = {
    "name": "name artist artist_name artist_inverted creator maker author kunstler kunstlerin kunstlername "
    "artiste auteur",
    "born": "born birth birth_year year_of_birth born_year geboren geburtsjahr naissance ne",
    "died": "died death death_year year_of_death gestorben todesjahr sterbejahr deces mort",
    "title": "title titel titre title_de title_en title_fr werk bezeichnung",
    "date": "date year made inception datierung jahr entstehung annee datation",
    "technique": "technique medium material technik materials",
    "holder": "collection owner museum sammlung besitzer institution standort",
    "inventory": "inventory inventory_number inv inv_no inventarnummer inventaire numero_inventaire "
    "accession accession_number object_number",
    "place": "place residence ort wohnort lieu city",
}  # fmt: skip
_KNOWN = {name: part for part, names in COLUMNS.items() for name in names.split()}
_YEAR = re.compile(r"(?<!\d)(1[0-9]\d\d|20\d\d)(?!\d)")
_BRACKET = re.compile(r"\s*([(\[][^)\]]*[)\]])")
_ITEM = re.compile(r"Q\d+")
_MASTERS = ("meister", "master", "maître", "maestro", "monogrammist")
_BARE_INVERSION = frozenset(("jr", "sr"))


def parts_of(header: Iterable[str]) -> dict[str, str]:
    """Which column of a header is which part of a record: part → column, the first of each kind.

    >>> parts_of(["Inventarnummer", "Künstler", "Titel"])
    {'inventory': 'Inventarnummer', 'name': 'Künstler', 'title': 'Titel'}
    """
    out: dict[str, str] = {}
    for column in header:
        part = _KNOWN.get(re.sub(r"\W+", "_", plain(column or "").strip()))
        if part:
            out.setdefault(part, column)
    return out


def record(row: Mapping[str, str], parts: Mapping[str, str]) -> Request:
    """What the linker is asked about a row; its caption is "" where neither a name nor a title is given."""
    said = {part: " ".join((row.get(column) or "").split()) for part, column in parts.items()}
    said = {part: text for part, text in said.items() if not _ITEM.fullmatch(text)}
    name, title = said.get("name", ""), said.get("title", "")
    born, died = (_YEAR.search(said.get(p, "")) for p in ("born", "died"))
    language = row.get("language") or ""
    if not title and not (born or died):
        return Request(name, language=language, text=said.get("place", ""))
    who = natural(name, "inverted" in parts.get("name", "") or "sort" in parts.get("name", ""))
    if born:
        who += f" ({born[0]}–{died[0] if died else ''})"
    rest = [title, said.get("technique", ""), said.get("date", "") if title else "", said.get("holder", "")]
    if said.get("inventory"):
        rest.append(f"Inv. {said['inventory']}")
    printed = ". ".join(p.rstrip(".") for p in rest if p)
    caption = ": ".join(p for p in (who, printed if title else "") if p)
    return Request(caption, language=language, maker=(0, len(who)) if name else None)


def natural(name: str, inverted: bool = False) -> str:
    """A name in the order it is spoken, brackets behind it: "Surname, Given von" and, where a particle at the
    end or a given name tells (or `inverted` is known), "Surname Given von" too.

    >>> natural("Aachen Hans von (Kopie nach)"), natural("Vos, Maarten de"), natural("Paul Klee")
    ('Hans von Aachen (Kopie nach)', 'Maarten de Vos', 'Paul Klee')
    """
    brackets = " ".join(m[1] for m in _BRACKET.finditer(name))
    bare = _BRACKET.sub(" ", name).strip()
    family, comma, given = bare.partition(",")
    if not comma:
        words = bare.split()
        cut = _cut(words, inverted)
        if not cut:
            return " ".join(p for p in (bare, brackets) if p)
        family, given = " ".join(words[:cut]), " ".join(words[cut:])
    suffix = [w for w in f"{family} {given}".split() if _generation(w)]
    family, given = (" ".join(w for w in part.split() if not _generation(w)) for part in (family, given))
    return " ".join(p for p in (given, family, *suffix, brackets) if p)


def _cut(words: list[str], inverted: bool) -> int:
    """At which word the given names of "Surname Given" begin; 0 where the order may be the spoken one."""
    if len(words) < 2 or words[0].lower() in _MASTERS:
        return 0
    known = [
        i
        for i, word in enumerate(words)
        if loose(plain(word)) in _first_names() and (not i or words[i - 1].lower() not in PARTICLES)
    ]
    ends = words[-1].islower() and plain(words[-1]) in PARTICLES
    if not (inverted or ends):
        return known[0] if known and known[0] and known[-1] == len(words) - 1 and len(words) == 2 else 0
    after = next((i for i in known if i), 0)
    if after:
        return after
    joined = [i for i, word in enumerate(words) if i and (_generation(word) or plain(word) in ("y", "d"))]
    return min(joined[-1] + 1, len(words) - 1) if joined and not ends else 1


def _generation(word: str) -> bool:
    return word.lower() in ("d.", "ä.", "j.") or plain(word.rstrip(".")) in SUFFIXES | _BARE_INVERSION


def _first_names() -> frozenset[str]:
    return frozenset(given_names().values())
