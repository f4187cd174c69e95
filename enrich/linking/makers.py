"""Makers read off descriptions: "painting by Paolo Uccello" names who made a work whose record names nobody.

In go such descriptions and the persons just written; out come the works whose description names exactly one
person who could have made it. Somebody whose dates are known comes before one of whom there is but the name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from enrich.linking.entries import NO_YEAR, Rows
from enrich.linking.folding import loose
from enrich.linking.names import Form, Name, compare_given, forms, parse
from enrich.linking.postings import Index

Described = tuple[int, int, str]  # a work's row, its year (or NO_YEAR), the name after "by"


def described_makers(
    described: Sequence[Described], names: Index, rows: Rows, lives: Sequence[Sequence[int]]
) -> Iterator[tuple[int, int]]:
    """(work's row, maker's row). `lives` are the years of birth and of death of each row."""
    born, died = lives
    for row, made, text in described:
        for name in parse(text)[:1]:
            able = [
                p
                for p in _people(name, names, rows, lambda p: born[p] != NO_YEAR or died[p] != NO_YEAR)
                if made == NO_YEAR
                or (
                    (born[p] == NO_YEAR or born[p] + 10 <= made)
                    and (died[p] == NO_YEAR or made <= died[p] + 1)
                )
            ]
            exact = [p for p in able if any(n.parts == name.parts for n in parse(rows.label(p)))]
            if len(able) == 1 or len(exact) == 1:
                yield row, (exact or able)[0]


def _people(name: Name, names: Index, rows: Rows, dated: Callable[[int], bool]) -> list[int]:
    """Rows of the persons whom a name in a description may mean: those of that name whose dates are known,
    those whose name it shortens, then the same of anybody.
    """
    key = next(forms(name, False))[0]
    most = Form.SHORT if name.given else Form.SURNAME
    people = [v >> 4 for v in names.at(key) if v & 15 <= most]
    known = [p for p in people if dated(p)]
    if known or not name.given:
        return known or people
    return _shortened(name, names, rows, dated) or people or _shortened(name, names, rows, lambda _: True)


def _shortened(name: Name, names: Index, rows: Rows, wanted: Callable[[int], bool]) -> list[int]:
    given = [(k, lo, len(k) == 1) for k, lo in name.given]  # "J. M. W. Turner"
    surname = " ".join(lo for _, lo in name.surname)
    initial = f"{loose(name.given[0][0][0])} {surname}"
    near = {v >> 4 for v in names.at(initial) if v & 15 <= Form.INITIAL and wanted(v >> 4)}
    people = [p for p in near if _all_met(given, rows.texts(p))]
    if not people and len(given[0][1]) > 1:  # "Paul-Jacques-Aimé Baudry", catalogued Paul Baudry
        people = [p for p in near if _all_met(given[:1], rows.texts(p))]
    return people


def _all_met(given: list[tuple[str, str, bool]], labels: Sequence[str]) -> bool:
    """Whether one of a person's labels has every one of the given names or initials."""
    for name in (n for label in labels for n in parse(label)):
        agreement = compare_given(given, name.given, name.dropped)
        if agreement is not None and not agreement.unmatched and not agreement.stray:
            return True
    return False
