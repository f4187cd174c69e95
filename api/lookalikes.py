"""Which plates look like one: what the pipeline kept of the whole store, nearest first.

In: an open dataset and a plate. Out: plates as records of the index, each with a `note` that says why it is
there. Where nothing was kept of the picture, the others of its cluster stand in, without a note.
"""

from __future__ import annotations

from collections.abc import Sequence

from api.dataset import Dataset
from api.evidence import decimal
from api.language import word
from api.search import Record
from kg import likeness


def of(found: Dataset, iri: str, limit: int, spoken: str, twice: Sequence[str] = ()) -> list[Record]:
    """At most so many plates that look like one: first those that show the same work (`twice`, by IRI) or the
    very same picture, then the nearest. Two or three look-ups, however large the store is.
    """
    plate = found.index.plate(iri)
    table = found.kept(("likeness",), lambda: likeness.opened(found.folder))
    near = dict(table.of(plate["digest"])) if plate and plate["digest"] and table else {}
    if not plate or not (near or twice):
        return found.index.beside(iri, limit)
    same = {plate["digest"]} - {""}
    others = [p for p in found.index.plates_with([*near, *same], twice[:limit]) if p["iri"] != iri]

    def shows_the_same(other: Record) -> bool:
        return other["iri"] in twice or other["digest"] in same

    others.sort(key=lambda p: (not shows_the_same(p), -near.get(p["digest"], 1.0), p["number"]))
    for other in others:
        if shows_the_same(other):
            other["note"] = word("same-work", spoken)
        else:
            measured = decimal(f"{near[other['digest']]:.2f}", spoken)
            other["note"] = f"{word('measure-likeness', spoken)} {measured}"
    return others[:limit]
