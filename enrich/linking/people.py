"""Whom a name may mean, kept small: of a hundred persons of one surname most are known by their names alone.

In go what a look-up found; out come `People`. Those who are told from each other by nothing but their row
(`Namesakes`) are rows only, and each is made a `Candidate` when somebody asks for it: few are.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain

from enrich.linking.candidates import Candidate, Near, Words, bearer
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.names import Form


class Namesakes:
    """Persons of one surname, of whom nothing but one name is known, alike in all that a surname alone tells
    (`enrich.linking.build.kin`), in the order of their rows.
    """

    __slots__ = ("_beside", "_gazetteer", "_made", "_surname", "rows")

    def __init__(self, rows: Iterable[int], surname: Words, beside: Near, gazetteer: Gazetteer) -> None:
        self.rows = tuple(sorted(rows))
        self._surname, self._beside, self._gazetteer = surname, beside, gazetteer
        self._made: dict[int, Candidate] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> Candidate:
        row = self.rows[i]
        found = self._made.get(row)
        if found is None:
            found = bearer(row, self._surname, self._beside, self._gazetteer)
            assert found is not None  # they are indexed under this surname
            self._made[row] = found
        return found

    def __iter__(self) -> Iterator[Candidate]:
        return (self[i] for i in range(len(self.rows)))

    def only(self, rows: Iterable[int]) -> Namesakes:
        """Those of these rows."""
        return Namesakes(rows, self._surname, self._beside, self._gazetteer)


Members = Sequence[Candidate] | Namesakes


class People:
    """Candidates, told from others by identity: what follows from them is kept under them."""

    __slots__ = ("namesakes", "single")

    def __init__(self, single: Iterable[Candidate] = (), namesakes: Iterable[Namesakes] = ()) -> None:
        self.single = tuple(single)
        self.namesakes = tuple(namesakes)  # beside those in `single`

    def __len__(self) -> int:
        return sum(map(len, self.namesakes), len(self.single))

    def __iter__(self) -> Iterator[Candidate]:
        return chain(self.single, *self.namesakes)

    @property
    def repaired(self) -> bool:
        """Whether a misprint was set right to find them."""
        return bool(self.single) and self.single[0].repaired

    @property
    def with_surname(self) -> bool:
        """Whether the surname of somebody is printed."""
        return bool(self.namesakes) or any(c.form <= Form.SURNAME for c in self.single)

    @property
    def rows(self) -> list[int]:
        """Everybody's row."""
        return [*rows_of(self.single), *chain.from_iterable(n.rows for n in self.namesakes)]


def rows_of(members: Members) -> Sequence[int]:
    """The rows of some candidates, none of whom is made for it."""
    return members.rows if isinstance(members, Namesakes) else [c.row for c in members]


def only(members: Members, rows: Container[int]) -> Members:
    """Those of some candidates who have these rows."""
    if isinstance(members, Namesakes):
        return members.only([row for row in members.rows if row in rows])
    return [c for c in members if c.row in rows]
