"""Why something is claimed: the reasons as lines to read, and texts with the words marked that they rest on.

In: rows of evidence; a text and the character spans of evidence, which may overlap. Out: lines, what is
printed before what was looked up and concluded; pieces of the text in order, each with the claims it is
evidence for, which joined are the text again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from api.language import Row, word
from api.reasons import measure, reason

#: The order in which a person would tell the reasons; other kinds come after them.
ORDER = (
    "caption", "heading", "text", "text-before", "text-after",
    "image", "neighbour", "gazetteer", "date", "rule",
)  # fmt: skip

#: Kinds whose text is a sentence of the enricher's, not something printed, looked up or written by a person.
_SENTENCES = ("image", "neighbour", "date", "rule")


@dataclass(frozen=True)
class EvidenceLine:
    """One reason for a claim, as a line to read. `printed`: the text quotes what is printed."""

    kind: str
    label: str
    text: str
    printed: bool
    score: str
    measure: str
    start: int | None
    end: int | None


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


def evidence_lines(rows: Iterable[Row], property: str, language: str) -> tuple[EvidenceLine, ...]:
    """The reasons in the rows of one claim of `property`, each once, in the order of `ORDER` and the text."""
    lines = {row["evidence"].value: _line(row, property, language) for row in rows if "evidence" in row}
    place = {kind: n for n, kind in enumerate(ORDER)}
    return tuple(
        sorted(lines.values(), key=lambda e: (place.get(e.kind, len(ORDER)), e.kind, e.start or 0, e.text))
    )


def decimal(number: str, language: str) -> str:
    """A number as a language writes it.

    >>> decimal("0.41", "de")
    '0,41'
    """
    return number if language == "en" else number.replace(".", ",")


def _line(row: Row, property: str, language: str) -> EvidenceLine:
    kind = row["type"].value.rpartition("/")[2]
    text = row["text"].value if "text" in row else ""
    printed = "start" in row
    score = f"{float(row['score'].value):.3g}" if "score" in row else ""
    return EvidenceLine(
        kind=kind,
        label=word("because-" + kind if kind in ORDER else kind, language),
        text=reason(text, language) if kind in _SENTENCES else text,
        printed=printed,
        score=decimal(score, language),
        measure=measure(property, kind, language),
        start=int(row["start"].value) if "start" in row else None,
        end=int(row["end"].value) if "end" in row else None,
    )
