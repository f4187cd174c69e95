"""What people decided about pictures, as examples to learn from.

In: the latest snapshot of a store and a property. Out: per picture the value that was found right, those that
were found wrong, and where the picture's file lies. Verdicts that were withdrawn are left out; the latest
counts, as in `kg.current`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg import snapshots, terms
from kg.engines import StoreError
from kg.media import Media
from kg.names import LG, Names
from kg.sparql import bind
from kg.verdicts import standing


@dataclass(frozen=True)
class Judged:
    """A reviewed picture: ids of values; `right` is "" where people only said what it is not. `image` is
    None where the file is gone. `source` is the source's id.
    """

    illustration: str  # Illustration.key
    source: str
    digest: str
    image: Path | None
    right: str
    wrong: frozenset[str]
    verdicts: int


def judged(store_dir: Path, property: str) -> list[Judged]:
    """The reviewed pictures of a store, in the order of their keys.

    Raises ValueError when the store has no snapshot that can be read.
    """
    try:
        snapshot = snapshots.latest(store_dir)
        opened = snapshot.open() if snapshot else None
    except StoreError as error:
        raise ValueError(str(error)) from error
    if snapshot is None or opened is None:
        raise ValueError(f"{store_dir}: there is no snapshot; run `legenda enrich`")
    names, media = Names(snapshot.base), Media(store_dir)
    query = bind(
        "judged.rq",
        reviews=terms.node(names.graph("reviews")),
        facts=terms.node(names.graph("source")),
        property=terms.node(LG + property),
    )
    rows: Any = opened.query(query)
    found: dict[str, list[Any]] = {}
    for row in standing(rows, lambda row: _said(row, names)):
        found.setdefault(row["illustration"].value, []).append(row)
    made = []
    for iri, several in found.items():
        split, source = names.split(iri), names.split(_text(several[0]["source"]))
        right, wrong, verdicts = _decided(several, names)
        if split is None or not verdicts:
            continue
        digest = _text(several[0]["digest"])
        made.append(
            Judged(
                split[1],
                source[1] if source else "",
                digest,
                media.path(digest) if digest else None,
                right,
                frozenset(wrong),
                verdicts,
            )
        )
    return sorted(made, key=lambda each: each.illustration)


def _said(row: Any, names: Names) -> tuple[Hashable, str]:
    statement = (row["illustration"].value, row["value"].value, _text(row["qualifier"]))
    return (row["reviewer"].value, statement), _local(row["verdict"], names)


def _decided(rows: list[Any], names: Names) -> tuple[str, set[str], int]:
    """The value found right ("" for none), those found wrong, how many verdicts say so."""
    right, wrong, count = "", set(), 0
    for row in rows:
        verdict, value = _local(row["verdict"], names), _local(row["value"], names)
        if verdict == "comment":
            continue
        count += 1
        if verdict == "accepted":
            right = value
        else:
            wrong.add(value)
            right = "" if right == value else right
        if row["replacement"] is not None:
            right = _local(row["replacement"], names)
        wrong.discard(right)
    return right, wrong, count


def _local(term: Any, names: Names) -> str:
    split = names.split(term.value)
    return split[1] if split else ""


def _text(term: ox.NamedNode | ox.Literal | None) -> str:
    return term.value if term is not None else ""
