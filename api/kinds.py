"""What kinds of things have pages, and what stands beside their names: dates, makers, titles of sources.

In: an open dataset. Out: names of kinds as data, and per snapshot and language, kept, what lists say beside a
name. Everything here is read by several pages, feeds and exports.
"""

from __future__ import annotations

from typing import Any

from api import views
from api.dataset import Dataset
from api.language import Row, best, word
from kg.names import LG

# Kinds whose page lists the illustrations that have the value, and by which property.
VALUE_KINDS = {
    "artist": "artist",
    "artwork": "reproduces",
    "category": "category",
    "medium": "medium",
    "topic": "topic",
    "cluster": "cluster",
    "descriptor": "descriptor",
}
# Kinds with plates of their own: those, and the names that captions and texts hold, which nobody chose.
PLATE_KINDS = VALUE_KINDS | {"name": "mentions"}
# What a reviewer may say of a plate that nobody has said anything of yet.
REVIEWABLE = ("reproduces", "artist", "category", "medium", "topic", "descriptor")
# Kinds whose values may stand below one another.
THESAURUS_KINDS = ("descriptor", "topic", "category")
# Kinds that are listed by their class.
CLASS_KINDS = {"run": "Run", "corpus": "Corpus", "model": "Model"}


def notes(found: Dataset, kind: str, spoken: str) -> dict[str, str]:
    """What a list says beside a name, by IRI: an artist's dates, an artwork's maker, what bears a name that
    a text holds; {} for other kinds.
    """

    def ask() -> dict[str, str]:
        if kind == "artist":
            rows = found.rows("artists")
            return {r["entity"].value: years(_text(r, "born"), _text(r, "died")) for r in rows}
        if kind == "name":
            return {r["entity"].value: word("name-" + r["type"].value, spoken) for r in found.rows("names")}
        makers: dict[str, list[Any]] = {}
        for row in found.rows("artworks"):
            makers.setdefault(row["entity"].value, []).append(row["maker"])
        chosen = {iri: best(names, spoken) for iri, names in makers.items()}
        return {iri: name.value for iri, name in chosen.items() if name}

    if kind not in {"artist", "artwork", "name"}:
        return {}
    made: dict[str, str] = found.kept(("notes", kind, spoken), ask)
    return made


def sources(found: Dataset, spoken: str) -> dict[str, views.Link]:
    """Every source by IRI: its title, creator and year, how many plates it has and one of them."""

    def ask() -> dict[str, views.Link]:
        counted = {row["entity"]: row["plates"] for row in found.index.values("source")}
        rows = {row["entity"].value: row for row in found.select("sources")}
        labels = found.index.labels(list(rows))
        made = {}
        for iri, row in rows.items():
            first = found.index.plates_of("source", iri, 1)
            made[iri] = views.named(
                iri,
                labels,
                found.names.base,
                spoken,
                n=counted.get(iri, 0),
                note=", ".join(row[v].value for v in ("year", "creator") if v in row),
                image=f"/image/{first[0]['digest']}/thumbnail" if first and first[0]["digest"] else "",
            )
        return made

    kept: dict[str, views.Link] = found.kept(("sources", spoken), ask)
    return kept


def years(born: str, died: str) -> str:
    """ "1471–1528", "born 1861" as "* 1861", "† 1700" when only the end is known, "" when nothing is."""
    if born and died:
        return f"{born}–{died}"
    return f"* {born}" if born else f"† {died}" if died else ""


def said(rows: list[Row], name: str) -> str:
    """The first value of one of our properties, as text."""
    return next((str(r["value"].value) for r in rows if r["property"].value == LG + name), "")


def _text(row: Row, name: str) -> str:
    return str(row[name].value) if name in row else ""
