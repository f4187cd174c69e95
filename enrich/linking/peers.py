"""Namesakes by what they have in common: of a hundred persons of one name, most are alike.

In go the candidates of a mention; out come `Peers`: one person who is known for something, or all those of
whom nothing but the name is known and from whom the same evidence follows. What a person is known for
whatever the caption (`Standing`) is told here too.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from enrich.linking.candidates import Candidate
from enrich.linking.caseless import Caseless
from enrich.linking.gazetteer import Entry, Gazetteer
from enrich.linking.names import ORGANISATION
from enrich.linking.people import Members, Namesakes, People

EXAMPLES = 1 << 14  # kinds of persons remembered
UNKNOWN = (None, None)  # a life of which no year is known
_ARTIST_WORD = Caseless(
    r"artist|painter|sculptor|engraver|architect|illustrator|etcher|draughts|draftsman|"
    r"photographer|maler|bildhauer|"
    r"k[üu]nstler|stecher|architekt|zeichner|peintre|graveur|sculpteur|artiste|printmaker|"
    r"lithograph|caricatur|designer"
)


class Rivals(NamedTuple):
    """How many others a mention may mean as well, as logarithms."""

    all: float
    mononyms: float | None  # of those who have no other name; None where there are none
    master: bool  # whether one of those has works


class Example:
    """A person whose evidence stands for that of others, told from other examples by identity."""

    __slots__ = ("candidate",)

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate


class Peers(NamedTuple):
    """Persons of one name, alike in all that evidence follows from: one who is known for something, or
    those of whom nothing but the name is known; of a hundred such namesakes, most are alike.
    """

    members: Members
    life: tuple[int | None, int | None]  # the years of birth and death of the first
    example: Example | None  # of persons known by name alone: the first ever met who has the same evidence


@lru_cache(maxsize=4)
def _examples(gazetteer: Gazetteer) -> dict[tuple[object, ...], Example]:
    return {}


@lru_cache(maxsize=1 << 13)
def peers_of(people: People, gazetteer: Gazetteer) -> tuple[tuple[Peers, ...], Rivals]:
    """A mention's candidates by what they have in common, and how many others there are for each."""
    alike: dict[tuple[object, ...], list[Candidate]] = {}
    examples = _examples(gazetteer)
    known = alone = 0
    for c in people.single:
        bare = gazetteer.bare[c.row]
        if not bare:
            known += 1
            alone += c.mono
        if c.spelling < 0.6:
            continue
        key = _shared(c, gazetteer) if bare and not c.repaired else (c.row,)
        alike.setdefault(key, []).append(c)
    alternatives = known + 0.1 * (len(people) - known)
    peers = []
    for key, members in alike.items():
        example = examples.get(key) if len(key) > 1 else None
        if len(key) > 1 and example is None:
            example = examples[key] = Example(members[0])
        life = gazetteer.life(members[0].row) if example is None else UNKNOWN
        peers.append(Peers(tuple(members), life, example))
    for same in chain.from_iterable([_of_one_fame(n, gazetteer) for n in people.namesakes]):
        first = same[0]
        if first.spelling >= 0.6:
            key = _shared(first, gazetteer)
            example = examples.get(key) or examples.setdefault(key, Example(first))
            peers.append(Peers(same, UNKNOWN, example))
    if len(examples) > EXAMPLES:
        examples.clear()
    mononyms = math.log1p(alone - 1) if alone else None
    master = any(c.mono and gazetteer.works_of(gazetteer.items[c.row]) for c in people.single if alone)
    return tuple(peers), Rivals(math.log1p(max(alternatives - 1, 0)), mononyms, master)


def _of_one_fame(people: Namesakes, gazetteer: Gazetteer) -> list[Namesakes]:
    """Namesakes by their prominence, which is how many languages the name is given in."""
    fame = gazetteer.prominence
    kinds: dict[float, list[int]] = {}
    for row in people.rows:
        kinds.setdefault(fame[row], []).append(row)
    return [people] if len(kinds) == 1 else [people.only(rows) for rows in kinds.values()]


class Kind(NamedTuple):
    """What of a caption and of those around matters for some candidates."""

    rows: frozenset[int]
    plain: bool  # nothing but the name is known of anybody
    dated: bool  # somebody's year of birth or death is known


@lru_cache(maxsize=1 << 13)
def kind_of(people: People, gazetteer: Gazetteer) -> Kind:
    """What matters for a name's candidates: for persons known by name alone neither years nor nations do, for
    those of no known years no years.
    """
    peers = peers_of(people, gazetteer)[0]
    plain = all(peer.example is not None for peer in peers)
    dated = any(peer.life != UNKNOWN for peer in peers)
    return Kind(frozenset(people.rows), plain, dated)


def _shared(c: Candidate, gazetteer: Gazetteer) -> tuple[object, ...]:
    """All that the evidence for a person known by name alone follows from, beside the scene."""
    silent = min(c.silent, 3) if c.given else 0
    return (
        *c[1:7],
        silent,
        *c[8:12],
        _surname(c.row, c.label, gazetteer),
        len(gazetteer.works_of(gazetteer.items[c.row])) if gazetteer.credited[c.row] else 0,
        bool(ORGANISATION.search(c.label)),
        gazetteer.prominence[c.row],
    )


class Standing(NamedTuple):
    """What a person is known for, whatever the caption."""

    rare: float  # how rare the surname is among those of whom more than the name is known, 1 one bearer
    works: int
    artist: bool  # has works, or is said to be an artist
    organisation: bool  # the label is that of a firm
    prominence: float


@lru_cache(maxsize=1 << 14)
def standing_of(row: int, label: str, gazetteer: Gazetteer) -> Standing:
    surname = _surname(row, label, gazetteer)
    works = len(gazetteer.works_of(gazetteer.items[row])) if gazetteer.credited[row] else 0
    return Standing(
        1.0 / (1.0 + math.log1p(max(gazetteer.bearers(surname) - 1, 0))),
        works,
        bool(works) or (not gazetteer.bare[row] and _said_to_be_an_artist(gazetteer.entry(row))),
        bool(ORGANISATION.search(label)),
        min(gazetteer.prominence[row], 8.0) / 8.0,
    )


def _surname(row: int, label: str, gazetteer: Gazetteer) -> str:
    """The loose keys of the surname in a person's label."""
    for name in gazetteer.readings(row):
        if name.label == label:
            return name.surname_loose[:-1]
    return ""


def _said_to_be_an_artist(entry: Entry) -> bool:
    return any(_ARTIST_WORD.search(text) for text, _ in entry.descriptions) or any(
        name == "ulan" for name, _ in entry.facts
    )
