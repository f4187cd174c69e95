"""Which captions of a source name a work that another of its captions names better.

A book shows a work once: where "Konzert Friedrichs des Großen in Sanssouci" is the Flute Concert, "Friedrich
der Große auf Reisen" is not. In go the requests and what each was answered; out come, per request, the works
that others name with more confidence. Details and studies of a work, and captions that print its very title,
are judged by themselves (`workevidence.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from enrich.linking.request import Answer, Request

CLEARLY = 1.5  # how many times as great odds leave no doubt which of two captions is meant


def contested(
    requests: Sequence[Request], answers: Sequence[Answer]
) -> dict[int, tuple[tuple[int, float], ...]]:
    """Number of a request → the row of the work it was linked to and the greatest probability that another
    caption of the same source (by its title) gives it, where its odds are `CLEARLY` greater. The same caption
    printed twice does not compete with itself.
    """
    linked: dict[tuple[str, int], list[tuple[float, str, int]]] = defaultdict(list)
    for i, (request, answer) in enumerate(zip(requests, answers, strict=True)):
        if request.title and answer.artwork is not None:
            work = answer.artwork
            linked[request.title, work.row].append((work.confidence, request.caption.strip(), i))
    out: dict[int, tuple[tuple[int, float], ...]] = {}
    for (_, row), claims in linked.items():
        best, caption, _ = max(claims)
        for confidence, other, i in claims:
            clearly = best * (1 - confidence) > CLEARLY * confidence * (1 - best)
            if clearly and other != caption:
                out[i] = ((row, best),)
    return out
