"""Whom a mention may mean, with the evidence, and which namesakes need not be weighed.

In go mentions with their scenes; out come `Group`s of persons whom nothing tells apart. Impossible ones
(born after the printing) are left out here and never come back. Of persons known by name alone only those
stay who can be among the best: answers are the same as with all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from enrich.linking import passages
from enrich.linking.evidence import Known, Scene, by_company, evidence_of, told_of
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.mentions import Mention
from enrich.linking.peers import UNKNOWN, Peers, peers_of
from enrich.linking.people import Members, People, only, rows_of
from enrich.linking.request import Request

_STRENGTH = {
    "whole": 9, "lead": 9, "lead-title": 8, "lead-comma": 8, "lead-given": 8, "lead-run": 6, "by": 9,
    "subject": 6.5, "possessive": 5, "of": 5, "signed": 8, "tail": 6, "heading": 3, "inside": 1,
}  # fmt: skip
WEIGHED = 24  # persons whose probabilities are compared
YOUNGEST = 12  # nobody is reproduced before this age


class Group(NamedTuple):
    """Persons whom one mention may mean, whom nothing tells apart: their evidence is one."""

    members: Members
    plain: bool  # persons of whom nothing but the name is known
    features: dict[str, float]
    key: tuple[float, ...]
    dated: bool
    born: int | None = None
    twins: tuple[str, ...] = ()  # other items of the gazetteer that are the same person


def aided(
    mention: Mention, scene: Scene, middle: float | None, request: Request, gazetteer: Gazetteer
) -> tuple[Group, ...]:
    """Whom a mention may mean, by the text around and the company too."""
    alone = None if request.heading or request.text or request.company else Known(0.0, False, middle)
    if alone is not None:
        return tuple(
            _groups(mention.candidates, scene, False, lambda peer: ((alone, peer.members),), gazetteer)
        )
    groups = _groups(
        mention.candidates, scene, True, lambda peer: told_of(peer, request, middle, gazetteer), gazetteer
    )
    if not (request.passage and not request.title and len(request.caption) < 60):
        return tuple(groups)
    out = []
    for group in groups:
        entry = gazetteer.entry(rows_of(group.members)[0])
        near = passages.features(request, mention, entry, gazetteer)
        out.append(group._replace(features={**group.features, **near}))
    return tuple(out)


def _groups(
    people: People,
    scene: Scene,
    again: bool,
    told: Callable[[Peers], Iterable[tuple[Known, Members]]],
    gazetteer: Gazetteer,
) -> Iterator[Group]:
    plain = scene.plain()
    for peer in peers_of(people, gazetteer)[0]:
        if impossible(peer.life[0], scene.year):
            continue
        first = peer.example.candidate if peer.example is not None else peer.members[0]
        key = (_STRENGTH[scene.role], first.given, first.spelling)
        for known, members in told(peer):
            features = evidence_of(peer, scene, plain, known, again, gazetteer)
            yield Group(members, peer.example is not None, features, key, peer.life != UNKNOWN, peer.life[0])


def accompanied(
    groups: Iterable[Group], scene: Scene, company: frozenset[int], middle: float | None
) -> list[Group]:
    """Groups as they are by themselves, with what the company says of each."""
    out = []
    for group in groups:
        members = group.members
        here = company.intersection(rows_of(members)) if company else company
        if here or (middle is not None and group.born is not None):
            if 0 < len(here) < len(members):
                rest = frozenset(rows_of(members)) - here
                out.append(group._replace(members=only(members, rest)))
                members = only(members, here)
            told = by_company(members[0], group.born, scene, bool(here), middle)
            if told:
                group = group._replace(members=members, features=group.features | told)
            elif members is not group.members:
                group = group._replace(members=members)
        out.append(group)
    return out


def foremost(
    placed: list[tuple[int, Group]],
    people: Sequence[Mention],
    score: Callable[[Mapping[str, float]], float],
) -> list[tuple[int, Group]]:
    """The groups without those persons of whom only the name is known, whom one mention alone may mean and
    who are not among the `WEIGHED` best of such persons.
    """
    if sum([len(g.members) for _, g in placed if g.plain]) <= WEIGHED:
        return placed
    again = _named_twice(people) if len(people) > 1 else frozenset()
    by_score: dict[float, list[int]] = {}
    for i, (_, group) in enumerate(placed):
        if group.plain:
            by_score.setdefault(score(group.features), []).append(i)
    out, left = list(placed), WEIGHED
    for mark in sorted(by_score, reverse=True):
        same = by_score[mark]
        rows = [r for i in same for r in rows_of(placed[i][1].members) if r not in again] if left else []
        kept = again.union(sorted(rows)[:left])
        if not left or len(rows) > left:
            for i in same:
                number, group = placed[i]
                out[i] = number, group._replace(members=only(group.members, kept))
        left -= min(left, len(rows))
    return out


def _named_twice(people: Sequence[Mention]) -> frozenset[int]:
    """Rows of the persons whom more than one of the mentions may mean."""
    seen: frozenset[int] = frozenset()
    twice: frozenset[int] = frozenset()
    for mention in people:
        rows = frozenset(mention.candidates.rows)
        twice |= seen & rows
        seen |= rows
    return twice


def impossible(born: int | None, year: int | None) -> bool:
    """Whether a person cannot have made what was printed in `year`: not yet born, or a child."""
    return year is not None and born is not None and born > year - YOUNGEST
