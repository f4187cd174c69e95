"""What reconciliation knows of every entity besides its names: dates, makers, numbers elsewhere.

In: an open dataset. Out: `Facts`, read once per snapshot: the values of each property as the protocol writes
them, which entities have a value, and one line that tells namesakes apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from rapidfuzz import utils

from api.dataset import Dataset
from api.views import local_name

Cell = dict[str, Any]
# The properties by which a column can be extended and candidates compared, by kind; the first ones of all.
EVERY = ("label", "description", "plates")
_OF_KIND = {
    "artist": ("wikidata", "ulan", "gnd", "viaf", "born", "died"),
    "artwork": ("wikidata", "creator", "inception", "collection", "inventoryNumber"),
}


def properties_of(kind: str) -> tuple[str, ...]:
    """The properties that entities of a kind have; of an unknown kind, all there are."""
    if kind in _OF_KIND:
        return (*_OF_KIND[kind], *EVERY)
    everything = dict.fromkeys(name for names in _OF_KIND.values() for name in names)
    return EVERY if kind else (*everything, *EVERY)


@dataclass(frozen=True)
class Facts:
    """Values by entity (IRI) and property (local name), and entities by property and compared value."""

    values: dict[str, dict[str, list[Cell]]]
    holders: dict[tuple[str, str], list[str]]

    def having(self, wanted: dict[str, set[str]]) -> list[str]:
        """The entities that have most of these values, at least one; the best first."""
        hits: dict[str, int] = {}
        for name, values in wanted.items():
            for entity in {e for value in values for e in self.holders.get((name, value), ())}:
                hits[entity] = hits.get(entity, 0) + 1
        return sorted(hits, key=lambda entity: (-hits[entity], entity))

    def description(self, entity: str) -> str:
        """What tells an entity from its namesakes: its description, else its dates or its maker."""
        held = self.values.get(entity, {})

        def first(name: str) -> str:
            return next((str(cell.get("name") or cell.get("str") or "") for cell in held.get(name, ())), "")

        if first("description"):
            return first("description")
        years = "–".join((first("born"), first("died")))
        return years if len(years) > 1 else ", ".join(filter(None, (first("creator"), first("inception"))))


def facts(found: Dataset) -> Facts:
    """The facts of this snapshot."""

    def gather() -> Facts:
        values: dict[str, dict[str, list[Cell]]] = {}
        holders: dict[tuple[str, str], list[str]] = {}
        for row in found.rows("reconcile_facts"):
            entity, name = row["entity"].value, local_name(row["property"].value)
            cell = cell_of(row["value"], row.get("label"), found.names.base)
            held = values.setdefault(entity, {}).setdefault(name, [])
            if cell in held:
                continue
            held.append(cell)
            for text in compared(cell.values()):
                holders.setdefault((name, text), []).append(entity)
        return Facts(values, holders)

    kept: Facts = found.kept("reconcile-facts", gather)
    return kept


def cell_of(value: Any, label: Any, base: str) -> Cell:
    """A value as a data extension gives it: an entity of ours by id and name, all else as text."""
    if isinstance(value, ox.NamedNode) and value.value.startswith(base + "id/"):
        name = label.value if label is not None else local_name(value.value)
        return {"id": value.value[len(base) + 3 :], "name": name}
    return {"str": value.value}


def compared(given: Iterable[Any]) -> set[str]:
    """Values as they are compared: of an address or id its last part, of anything else its text."""
    texts = set()
    for value in given:
        text = value.get("id") or value.get("name") or "" if isinstance(value, dict) else value
        texts.add(str(utils.default_process(str("" if text is None else text).rsplit("/", 1)[-1])))
    return texts - {""}
