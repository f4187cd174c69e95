"""Plates that were found by words: where the words stand, in the caption or in the text around it.

In: records of the index, what was looked for. Out: `Hit`s for a template. The text is read only of plates
whose caption does not hold the words, three look-ups each; where neither does, the name of what the plate
shows is what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyoxigraph as ox

from api import views
from api.dataset import Dataset
from api.evidence import Piece
from api.search import Record
from api.snippets import marked, snippet
from kg.names import LG

_TEXTS = tuple(ox.NamedNode(LG + name) for name in ("heading", "textBefore", "textAfter"))


@dataclass(frozen=True)
class Hit:
    """A plate that was found: its caption with the words marked, and where else they stand."""

    plate: views.Plate
    caption: list[Piece]
    text: list[Piece]


def hits(
    found: Dataset,
    records: Sequence[Record],
    words: Sequence[str],
    last_begins: bool,
    books: dict[str, views.Link],
) -> list[Hit]:
    """Each record with the words marked; the last one may be a beginning."""
    shown = views.plates(records, found.names.base, books)
    made: list[Hit] = []
    unexplained: list[tuple[int, int]] = []

    def mark(name: str) -> list[Piece]:
        return marked(name, words, last_begins)

    for plate, record in zip(shown, records, strict=True):
        caption = marked(plate.label, words, last_begins)
        text: list[Piece] = []
        if words and not any(piece.claims for piece in caption):
            node = ox.NamedNode(record["iri"])
            said = (q.object for t in _TEXTS for q in found.store.quads_for_pattern(node, t, None))
            around = (text.value for text in said if isinstance(text, ox.Literal))
            text = snippet(around, words, last_begins)
            if not text:
                unexplained.append((len(made), record["number"]))
        made.append(Hit(plate, caption, text))
    for place, names in _named(found, unexplained).items():
        told = (pieces for pieces in map(mark, names) if any(piece.claims for piece in pieces))
        made[place] = replace(made[place], text=next(told, []))
    return made


def _named(found: Dataset, unexplained: Sequence[tuple[int, int]]) -> dict[int, list[str]]:
    """The names of what is believed of plates that hold the words nowhere else, by their place."""
    if not unexplained:
        return {}
    values = found.index.values_of_many([number for _, number in unexplained])
    labels = found.index.labels(sorted({entity for pairs in values.values() for _, entity in pairs}))
    return {
        place: [text for _, entity in values.get(number, ()) for text, _ in labels.get(entity, ())]
        for place, number in unexplained
    }
