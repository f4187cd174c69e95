"""Which verdicts still stand: a person may take back what they said, and nothing is ever deleted for it.

In: reviews in the order in which they were given. Out: those that stand. A review whose verdict is
"withdrawn" takes back the last verdict of the same person on the same statement that still stands; where
there is none it does nothing. Neither the withdrawal nor what it takes back is among those that stand.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

WITHDRAWN = "withdrawn"
Given = TypeVar("Given")


def standing(reviews: Iterable[Given], of: Callable[[Given], tuple[Hashable, str]]) -> list[Given]:
    """The reviews that stand, in their order; `of` tells (who said it of which statement, the verdict).

    >>> standing(["accepted", "rejected", "withdrawn"], lambda verdict: ("Anna", verdict))
    ['accepted']
    """
    kept: dict[int, Given] = {}
    places: dict[Hashable, list[int]] = {}
    for place, review in enumerate(reviews):
        key, verdict = of(review)
        mine = places.setdefault(key, [])
        if verdict != WITHDRAWN:
            kept[place] = review
            mine.append(place)
        elif mine:
            del kept[mine.pop()]
    return list(kept.values())
