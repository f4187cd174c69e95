"""Reconciliation: a name or title, perhaps with properties, to scored candidates — what W3C Reconciliation
asks for.

The web side exposes these as `/reconcile`; here they are plain functions. A query's `type` is "artist" or
"artwork" (or their Wikidata classes Q5 and Q3305213); properties that tell candidates apart are the years
of birth, death and making, the creator, the holder and the inventory number, by our names or Wikidata's
(P569, P570, P571, P170, P195, P217).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from enrich.linking.folding import plain, tokens
from enrich.linking.gazetteer import Entry, Gazetteer
from enrich.linking.linker import Linker
from enrich.linking.mentions import find
from enrich.linking.records import ARTWORK, PERSON
from enrich.linking.request import Request
from enrich.linking.shelves import Shelves, likeness
from enrich.linking.titles import title_words

TYPES = {"artist": PERSON, "artwork": ARTWORK, "Q5": PERSON, "Q3305213": ARTWORK, "Q838948": ARTWORK}
NAMES = {
    "P569": "born", "P570": "died", "P571": "inception", "P170": "creator", "P195": "collection",
    "P276": "collection",
    "P217": "inventoryNumber", "P245": "ulan", "P214": "viaf", "P227": "gnd",
}  # fmt: skip
_YEAR = re.compile(r"(?<!\d)-?\d{3,4}(?!\d)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer: `score` is 0…100; `match` says that it may be taken without looking (one candidate, well
    ahead).
    """

    id: str
    name: str
    description: str
    type: str
    score: float
    match: bool
    features: tuple[tuple[str, float], ...] = ()


def reconcile(
    linker: Linker,
    query: str,
    type: str = "",
    properties: Mapping[str, str | Sequence[str]] | None = None,
    limit: int = 5,
) -> list[Candidate]:
    """Candidates for a name or title, best first; none for a blank query.

    `type` narrows the kind ("" takes both); properties that agree raise a score, those that contradict
    lower it. Raises KeyError for a type that is not offered.
    """
    if not query.strip() or limit < 1:
        return []
    kind = TYPES[type] if type else 0
    facts = _facts(properties or {})
    scored: dict[int, tuple[float, dict[str, float]]] = {}
    if kind in (0, PERSON):
        scored |= _persons(linker, query, facts)
    if kind in (0, ARTWORK):
        scored |= _artworks(linker, query, facts)
    ranked = sorted(scored.items(), key=lambda item: (-item[1][0], item[0]))
    out = []
    for i, (row, (score, features)) in enumerate(ranked[:limit]):
        entry = linker.gazetteer.entry(row)
        following = ranked[i + 1][1][0] if i + 1 < len(ranked) else 0.0
        out.append(
            Candidate(
                entry.qid,
                entry.label,
                next((text for text, _ in entry.descriptions), ""),
                "artist" if entry.kind == PERSON else "artwork",
                round(100 * score, 1),
                i == 0 and score >= 0.85 and score - following >= 0.1,
                tuple(sorted(features.items())),
            )
        )
    return out


def _facts(properties: Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, value in properties.items():
        values = [value] if isinstance(value, str) else [str(v) for v in value]
        out.setdefault(NAMES.get(name, name), []).extend(v for v in values if v)
    return out


def _year(values: Sequence[str]) -> int | None:
    match = _YEAR.search(values[0]) if values else None
    return int(match[0]) if match else None


def _persons(
    linker: Linker, query: str, facts: Mapping[str, list[str]]
) -> dict[int, tuple[float, dict[str, float]]]:
    gazetteer = linker.gazetteer
    chances = {c.row: c.confidence for c in linker.link(Request(query)).artists}
    out: dict[int, tuple[float, dict[str, float]]] = {}
    for mention in find(query, gazetteer, whole=True):
        words = len(tokens(query)) or 1
        covered = min(1.0, mention.words / words)
        for candidate in mention.candidates:
            entry = gazetteer.entry(candidate.row)
            alike = (
                max(fuzz.token_sort_ratio(_flat(query), _flat(label)) for label, _, _ in entry.labels) / 100
            )
            name = 0.5 * alike * covered + 0.5 * max(chances.get(candidate.row, 0.0), 0.6 * alike * covered)
            features = {"name": round(alike, 3)}
            score = _weigh(name, entry, facts, gazetteer, features)
            before = out.get(candidate.row)
            if before is None or before[0] < score:
                out[candidate.row] = (score, features)
    return out


def _artworks(
    linker: Linker, query: str, facts: Mapping[str, list[str]]
) -> dict[int, tuple[float, dict[str, float]]]:
    gazetteer, shelves = linker.gazetteer, linker.shelves
    words = title_words(query)
    rows = set(gazetteer.titled(words)[:200])
    makers = _makers(linker, tuple(facts.get("creator", ())))
    for item in makers:
        shelf = shelves.of(item)
        rows.update(shelf.titles[n][0] for word in words for n in shelf.by_word.get(word, ()))
    answer = linker.link(Request(query))
    rows.update(c.row for c in answer.artworks)
    out: dict[int, tuple[float, dict[str, float]]] = {}
    for row in rows:
        entry = gazetteer.entry(row)
        alike = max((_alike(words, t, shelves) for t, _ in entry.titles), default=0.0)
        chance = next((c.confidence for c in answer.artworks if c.row == row), 0.0)
        features = {"title": round(alike, 3)}
        shared = max(0, len(rows) - 1)
        name = max(alike * (0.75 if shared and not makers else 0.85), chance)
        out[row] = (_weigh(name, entry, facts, gazetteer, features, makers), features)
    return out


def _alike(words: Sequence[str], title: frozenset[str], shelves: Shelves) -> float:
    one, two = likeness(words, title, shelves)
    return 2 * one * two / (one + two) if one + two else 0.0


def _makers(linker: Linker, names: tuple[str, ...]) -> frozenset[int]:
    out = set()
    for name in names:
        if re.fullmatch(r"Q\d+", name):
            out.add(int(name[1:]))
            continue
        out.update(
            linker.gazetteer.entry(c.row).item
            for c in linker.link(Request(name)).artists
            if c.confidence > 0.2
        )
    return frozenset(out)


@lru_cache(maxsize=4096)
def _flat(text: str) -> str:
    return " ".join(plain(t.printed) for t in tokens(text))


def _weigh(
    score: float,
    entry: Entry,
    facts: Mapping[str, list[str]],
    gazetteer: Gazetteer,
    features: dict[str, float],
    makers: frozenset[int] = frozenset(),
) -> float:
    """A score with what the given properties say for or against an entry; each goes half-way to 1 or to 0."""
    for name, year in (("born", entry.born), ("died", entry.died), ("inception", entry.made)):
        given = _year(facts.get(name, []))
        if given is not None and year is not None:
            features[name] = 1.0 if abs(given - year) <= 1 else 0.5 if abs(given - year) <= 5 else 0.0
    if facts.get("creator") and entry.creators:
        called = [gazetteer.entry(r).labels for i in entry.creators if (r := gazetteer.row_of(i)) is not None]
        told = [_flat(name) for name in facts["creator"]]
        alike = (
            fuzz.token_sort_ratio(t, _flat(text)) for t in told for names in called for text, _, _ in names
        )
        features["creator"] = float(bool(makers & set(entry.creators)) or max(alike, default=0.0) > 85)
    held = [gazetteer.entry(r).label for i in entry.holders if (r := gazetteer.row_of(i)) is not None]
    if facts.get("collection") and held:
        wanted = facts["collection"][0]
        features["collection"] = float(any(fuzz.token_set_ratio(_flat(wanted), _flat(h)) > 85 for h in held))
    for name in ("inventoryNumber", "ulan", "viaf", "gnd"):
        values = [v for n, v in entry.facts if n == name]
        if facts.get(name) and values:
            features[name] = float(any(v in values for v in facts[name]))
    for name, value in features.items():
        if name not in ("name", "title"):
            score += (1 - score) / 2 * (2 * value - 1) if value >= 0.5 else -score / 2
    return min(1.0, max(0.0, score))
