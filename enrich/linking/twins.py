"""The same person twice in a gazetteer: catalogues and Wikidata hold some people as two items.

In go a caption's suspects; out come the same with such doubles united, so that two items of one person do
not cancel each other out as two equally likely persons would.
"""

from __future__ import annotations

import math

from enrich.linking.artists import Suspect
from enrich.linking.gazetteer import Entry, Gazetteer


def united(everyone: list[Suspect], gazetteer: Gazetteer) -> list[Suspect]:
    """Persons whom the gazetteer holds twice (the same dates of birth and death, a name in common) once: as
    the item of which more is known, the older one where that is equal.
    """
    lives: dict[tuple[int, int], list[Suspect]] = {}
    out = []
    for suspect in everyone:
        if not suspect.dated:
            out.append(suspect)
            continue
        entry = gazetteer.entry(suspect.row)
        if entry.born is None or entry.died is None:
            out.append(suspect)
        else:
            lives.setdefault((entry.born, entry.died), []).append(suspect)
    alike: dict[tuple[int, int, tuple[str, ...]], list[Suspect]] = {}
    for life, same in lives.items():
        if len(same) == 1:
            out += same
            continue
        for suspect in same:
            surname = _surname_of(gazetteer.entry(suspect.row), suspect.candidate.label)
            alike.setdefault((*life, tuple(lo for _, lo in surname)), []).append(suspect)
    for same in alike.values():
        while same:
            same.sort(key=lambda s: (-_knowledge(gazetteer.entry(s.row)), s.row))
            first, names = same[0], _given_of(gazetteer.entry(same[0].row))
            twins = [s for s in same[1:] if names & _given_of(gazetteer.entry(s.row))]
            if twins:
                best = max((first, *twins), key=lambda s: s.key)
                first.features = dict(best.features)
                first.candidate, first.mention, first.role = best.candidate, best.mention, best.role
                first.field, first.qualifier, first.key = best.field, best.qualifier, best.key
                first.twins = tuple(gazetteer.entry(s.row).qid for s in twins)
                others = math.expm1(first.features.get("alternatives", 0.0))
                first.features["alternatives"] = math.log1p(max(others - len(twins), 0))
            out.append(first)
            same = [s for s in same[1:] if s not in twins]
    return out


def _knowledge(entry: Entry) -> float:
    return entry.prominence + len(entry.labels) + len(entry.facts) + len(entry.descriptions)


def _given_of(entry: Entry) -> set[tuple[str, ...]]:
    return {tuple(lo for _, lo in name.given[:1]) for name, _ in entry.names}


def _surname_of(entry: Entry, label: str) -> tuple[tuple[str, str], ...]:
    return next((name.surname for name, text in entry.names if text == label), ())
