"""The company a caption keeps: whom other captions of the same source name beyond doubt.

"REYNOLDS. Miss Reynolds." says little by itself; in a book where another caption names a work of Joshua
Reynolds, it says enough. In go the requests of a corpus or table and the answers each got alone; out comes,
per request, the persons named surely in its neighbourhood: in the same source (by its title) or, for passages
of a text without a title, in the rows before and after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from enrich.linking.request import Answer, Request

SURE = 0.75
DOUBT = 0.3  # below this a name means nobody of the gazetteer
LEAST = 25  # characters that passages of one stretch of text share
REACH = 30  # rows before and after that count as neighbours of a passage
_FULL = {"full name", "given name and surname"}


class Company(NamedTuple):
    """The rows of the persons whom a caption's neighbours name surely and fully; whether the last whom a
    passage named by this name more fully is nobody who was linked ("Duke Giuliano", then "Giuliano"); and
    whom the same name means elsewhere in the same stretch of text: rows with their mean probabilities.
    """

    people: frozenset[int]
    stranger: bool = False
    here: frozenset[int] = frozenset()
    echo: tuple[tuple[int, float], ...] = ()

    def of(self, request: Request) -> Request:
        """A request with its company."""
        return replace(request, company=self.people, stranger=self.stranger, here=self.here, echo=self.echo)


def companies(requests: Sequence[Request], answers: Sequence[Answer]) -> list[Company]:
    """Per request, the company it keeps. In running text, of several persons of one name only he counts who
    was named in full last.

    Surely: with a probability of at least 0.75, by given name and surname or with a title among the
    person's works. A request with neither title nor running text (a list of names) has no neighbours.
    """
    by_source: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    by_place: dict[int, int] = {}
    for i, (request, answer) in enumerate(zip(requests, answers, strict=True)):
        best = answer.artists[0] if answer.artists else None
        if best is None or best.confidence < SURE:
            continue
        sure = best.features.get("title-strong") or best.features.get("form-mononym")
        if not sure and not _FULL & set(best.reasons):
            continue
        if request.title:
            by_source[request.title][best.row].add(i)
        elif request.passage:
            by_place[i] = best.row
    stretch = _stretches(requests)
    echoes: dict[tuple[int, str], list[int]] = defaultdict(list)
    for i, request in enumerate(requests):
        if request.passage and not request.title:
            echoes[stretch[i], request.caption].append(i)
    out = []
    for i, request in enumerate(requests):
        people: set[int] = set()
        here: set[int] = set()
        echo: dict[int, float] = defaultdict(float)
        stranger = False
        if request.title:
            people = {row for row, by in by_source[request.title].items() if by - {i}}
        elif request.passage:
            near = range(max(0, i - REACH), min(len(requests), i + REACH + 1))
            people = {by_place[j] for j in near if j != i and j in by_place}
            named = [j for j in near if _more_fully(requests[j].caption, request.caption)]
            if named:
                last = max((j for j in named if j < i), default=named[0])
                people -= {by_place[j] for j in named if j in by_place}
                if last in by_place:
                    people.add(by_place[last])
                stranger = last < i and max((c.confidence for c in answers[last].artists), default=0) < DOUBT
            here = {by_place[j] for j in near if j in by_place and j != i and stretch[j] == stretch[i]}
            again = [j for j in echoes[stretch[i], request.caption] if j != i]
            for j in again:
                for choice in answers[j].artists[:3]:
                    echo[choice.row] += choice.confidence / len(again)
        out.append(
            Company(frozenset(people), stranger, frozenset(here & people), tuple(sorted(echo.items())))
        )
    return out


def _stretches(requests: Sequence[Request]) -> list[int]:
    """The number of the stretch of text of each request: passages that overlap are one stretch."""
    out: list[int] = []
    last = ""
    for request in requests:
        text = request.text.strip()
        out.append(out[-1] + (not _overlap(last, text)) if out else 0)
        last = text
    return out


def _overlap(one: str, two: str) -> bool:
    """Whether a text ends in what the next one begins with, or holds it."""
    head = two[:LEAST]
    at = one.find(head) if len(head) == LEAST else -1
    return at >= 0 and two.startswith(one[at:][: len(two)])


def _more_fully(name: str, short: str) -> bool:
    """Whether a name holds another, of one word, and more ("Federigo Zucchero" and "Federigo")."""
    return " " not in short and len(short) > 2 and short != name and short in name.split()
