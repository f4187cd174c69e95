"""The company a caption keeps: whom other captions of the same source name beyond doubt.

"REYNOLDS. Miss Reynolds." says little by itself; in a book where another caption names a work of Joshua
Reynolds, it says enough. In go the requests of a corpus or table and the answers each got alone; out comes,
per request, the persons named surely in its neighbourhood: in the same source (by its title) or, for passages
of a text without a title, in the rows before and after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from enrich.linking.request import Answer, Request

SURE = 0.75
REACH = 30  # rows before and after that count as neighbours of a passage
_FULL = {"full name", "given name and surname"}


def companies(requests: Sequence[Request], answers: Sequence[Answer]) -> list[frozenset[int]]:
    """Per request, the rows of the persons whom other requests of its neighbourhood name surely and fully.

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
    out = []
    for i, request in enumerate(requests):
        people: set[int] = set()
        if request.title:
            people = {row for row, by in by_source[request.title].items() if by - {i}}
        elif request.passage:
            people = {by_place[j] for j in range(i - REACH, i + REACH + 1) if j != i and j in by_place}
        out.append(frozenset(people))
    return out
