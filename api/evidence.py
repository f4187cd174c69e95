"""Captions and texts with the words that a claim rests on marked in them.

In: a text and the character spans of evidence, which may overlap. Out: pieces of the text in order, each
with the claims it is evidence for; joined they are the text again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Span:
    """Characters `start`…`end` of a text are evidence for `claim` (any label)."""

    start: int
    end: int
    claim: str


@dataclass(frozen=True)
class Piece:
    """A stretch of text and the claims it is evidence for, in the order given; none for plain text."""

    text: str
    claims: tuple[str, ...] = ()


def pieces(text: str, spans: Iterable[Span]) -> list[Piece]:
    """`text` cut at the borders of the spans. Spans outside the text, or empty, are left out.

    >>> [(p.text, p.claims) for p in pieces("by Rubens, Munich", [Span(3, 9, "artist")])]
    [('by ', ()), ('Rubens', ('artist',)), (', Munich', ())]
    """
    good = [s for s in spans if 0 <= s.start < s.end <= len(text)]
    borders = sorted({0, len(text), *(s.start for s in good), *(s.end for s in good)})
    cut: list[Piece] = []
    for start, end in pairwise(borders):
        claims = tuple(dict.fromkeys(s.claim for s in good if s.start <= start and end <= s.end))
        if cut and cut[-1].claims == claims:
            cut[-1] = Piece(cut[-1].text + text[start:end], claims)
        else:
            cut.append(Piece(text[start:end], claims))
    return cut
