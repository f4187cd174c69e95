"""The persons whom a caption may mean, weighed and ranked.

In go the names found in a caption (`Called`); out comes a `Lineup`: the likeliest persons, best first. Names
come again and again with captions that differ elsewhere, so what a name adds to the line-up (its `Ranking`)
is kept under all that it follows from. Where two names may mean one person, or the same person under two
items, all of both are weighed together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from operator import itemgetter
from typing import NamedTuple

from enrich.linking.artists import Called, Suspect, gathered
from enrich.linking.evidence import Scene, age_of
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.groups import WEIGHED, Group, accompanied, aided, foremost
from enrich.linking.mentions import Mention
from enrich.linking.names import Form
from enrich.linking.peers import kind_of
from enrich.linking.people import Namesakes, People, rows_of
from enrich.linking.request import Request
from enrich.linking.twins import united

RANKINGS = 1 << 13  # rankings kept
IN_COMPANY = 1 << 9  # rankings in company kept: it changes from caption to caption
_NOBODY: frozenset[int] = frozenset()
_by_score = itemgetter(0, 1)
Score = Callable[[Mapping[str, float]], float]


Person = tuple[float, int, int, Group]  # the raw score, negative; the row; the place in a group


class Ranking(NamedTuple):
    """Whom one name may mean, the `WEIGHED` best, best first."""

    people: tuple[Person, ...]
    groups: Sequence[Group]  # all who were weighed
    rows: frozenset[int]  # theirs
    lives: frozenset[tuple[int | None, int | None]]  # years of birth and death, where both are known
    doubled: bool  # somebody is perhaps there twice: two have the same years


class Lineup:
    """The likeliest persons of a caption, best first; each is made a `Suspect` when asked for."""

    def __init__(
        self,
        people: Sequence[tuple[float, int, int, Person | None]],
        names: Sequence[Called],
        suspects: Sequence[Suspect] = (),
    ) -> None:
        self._people, self._names = people, names  # raw score, negative; row; number of the name
        self._suspects: list[Suspect | None] = list(suspects) or [None] * len(people)

    def __len__(self) -> int:
        return len(self._people)

    @property
    def scores(self) -> list[float]:
        """The raw score of each."""
        return [-against for against, _, _, _ in self._people]

    def row(self, i: int) -> int:
        """The row of the `i`th."""
        return self._people[i][1]

    def features(self, i: int) -> Mapping[str, float]:
        """The evidence for the `i`th."""
        person = self._people[i][3]
        suspect = self._suspects[i]
        return suspect.features if suspect is not None else person[3].features if person is not None else {}

    def suspect(self, i: int) -> Suspect:
        """The `i`th, the same object whenever asked."""
        suspect = self._suspects[i]
        if suspect is None:
            _, row, number, person = self._people[i]
            assert person is not None
            _, _, place, (members, _, features, key, dated, _, twins) = person
            mention, role, field, qualified, _, _ = self._names[number]
            suspect = self._suspects[i] = Suspect(
                row, members[place], mention, role, field, qualified, features, key, twins, dated
            )
        return suspect

    def weigh_again(self, score: Score) -> None:
        """Rank anew after the evidence for some suspects has changed."""
        marked = []
        for i, (against, row, _, _) in enumerate(self._people):
            suspect = self._suspects[i]
            marked.append((against if suspect is None else -score(suspect.features), row, i))
        marked.sort()
        self._suspects = [self._suspects[i] for _, _, i in marked]
        self._people = [(against, *self._people[i][1:]) for against, _, i in marked]


class Lineups:
    """Line-ups against one gazetteer, by one model."""

    def __init__(self, gazetteer: Gazetteer, score: Score) -> None:
        self._gazetteer, self._score = gazetteer, score
        self._alone = lru_cache(maxsize=RANKINGS)(self._ranking)
        self._in_company = lru_cache(maxsize=IN_COMPANY)(self._accompanied)

    def of(self, names: Sequence[Called], request: Request) -> Lineup:
        """The `WEIGHED` likeliest persons whom a request's names may mean."""
        middle = self._middle(request)
        rankings = [self._ranking_of(name, request, middle) for name in names]
        if len(rankings) == 1:
            return Lineup([(p[0], p[1], 0, p) for p in rankings[0].people], names)
        if any(
            not (a.rows.isdisjoint(b.rows) and a.lives.isdisjoint(b.lives))
            for a, b in combinations(rankings, 2)
        ):
            return self._together(names, rankings)
        people = [(p[0], p[1], number, p) for number, r in enumerate(rankings) for p in r.people]
        people.sort()
        return Lineup(people[:WEIGHED], names)

    def company_matters(self, names: Sequence[Called], request: Request) -> bool:
        """Whether the company of a request may change its line-up: whether one of it or, if its age is
        known, anybody of known years may be meant, or it hides somebody, or the text has the name again.
        """
        company, aged = request.company, self._middle(request) is not None
        kinds = [kind_of(name.mention.candidates, self._gazetteer) for name in names]
        again = request.stranger or bool(request.echo)
        return again or any((aged and k.dated) or not company.isdisjoint(k.rows) for k in kinds)

    def _middle(self, request: Request) -> float | None:
        """The middle year of birth of the company, if it is one."""
        return age_of(request.company, self._gazetteer) if len(request.company) > 2 else None

    def _ranking_of(self, name: Called, request: Request, middle: float | None) -> Ranking:
        if request.text:
            return self._ranked(name, self._groups(name, request, middle))
        people = name.mention.candidates
        if request.company:
            rows, _, dated = kind_of(people, self._gazetteer)
            company = _NOBODY if request.stranger else request.company & rows
            middle = middle if dated else None
            if company or middle is not None:
                return self._in_company(people, name.scene, name.surnames, request.heading, company, middle)
        return self._alone(people, name.scene, name.surnames, request.heading)

    def _ranking(self, people: People, scene: Scene, surnames: bool, heading: str) -> Ranking:
        """What a name adds to a line-up where neither text nor company is around."""
        name = Called(Mention(0, 0, people), scene.role, "", "", scene, surnames)
        return self._ranked(name, self._groups(name, Request("", heading=heading), None))

    def _accompanied(
        self,
        people: People,
        scene: Scene,
        surnames: bool,
        heading: str,
        company: frozenset[int],
        middle: float | None,
    ) -> Ranking:
        """The same in company, of which `middle` is the middle year of birth."""
        name = Called(Mention(0, 0, people), scene.role, "", "", scene, surnames)
        alone = self._alone(people, scene, surnames, heading)
        return self._ranked(name, accompanied(alone.groups, scene, company, middle), alone)

    def _groups(self, name: Called, request: Request, middle: float | None) -> list[Group]:
        groups = aided(name.mention, name.scene, middle, request, self._gazetteer)
        return [g for g in groups if not (name.surnames and g.members[0].form == Form.GIVEN)]

    def _ranked(self, name: Called, groups: Sequence[Group], alone: Ranking | None = None) -> Ranking:
        """The ranking of groups; `alone` is that of the same persons without company."""
        if alone is not None:
            rows, lives, doubled = alone.rows, alone.lives, alone.doubled
        else:
            rows = kind_of(name.mention.candidates, self._gazetteer).rows
            if len(rows) > sum([len(group.members) for group in groups]):  # somebody is impossible
                rows = frozenset([row for group in groups for row in rows_of(group.members)])
            years = [self._gazetteer.life(c.row) for group in groups if group.dated for c in group.members]
            whole = [life for life in years if None not in life]
            lives = frozenset(whole)
            doubled = len(lives) < len(whole)
        score = self._score
        if doubled:
            everyone = self._everyone([(0, group) for group in groups], [name])
            marked = [
                (
                    -score(s.features),
                    s.row,
                    0,
                    Group((s.candidate,), False, s.features, s.key, s.dated, None, s.twins),
                )
                for s in everyone
            ]
            marked.sort(key=_by_score)
            return Ranking(tuple(marked[:WEIGHED]), groups, rows, lives, doubled)
        marked = []
        for group in groups:
            against = -score(group.features)
            members = group.members
            if type(members) is Namesakes:  # who are in the order of their rows
                marked += [(against, row, i, group) for i, row in enumerate(members.rows[:WEIGHED])]
            else:
                marked += [(against, c.row, i, group) for i, c in enumerate(members)]
        if len(marked) > 1:
            marked.sort(key=_by_score)
        return Ranking(tuple(marked[:WEIGHED]), groups, rows, lives, doubled)

    def _together(self, names: Sequence[Called], rankings: Sequence[Ranking]) -> Lineup:
        """The line-up where names share bearers, or twins: all are weighed together."""
        placed = [(i, group) for i, ranking in enumerate(rankings) for group in ranking.groups]
        everyone = self._everyone(placed, names)
        marked = sorted([(-self._score(s.features), s.row, s) for s in everyone])[:WEIGHED]
        return Lineup([(against, row, 0, None) for against, row, _ in marked], names, [s for *_, s in marked])

    def _everyone(self, placed: list[tuple[int, Group]], names: Sequence[Called]) -> list[Suspect]:
        kept = foremost(placed, [name.mention for name in names], self._score)
        return united(gathered(kept, names), self._gazetteer)
