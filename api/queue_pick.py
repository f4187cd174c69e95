"""What is asked next: the filters of the queue and the first question that passes them and is free.

In: the address of `/review`, the queue of a snapshot, what was said since, who looks at what. Out: items of
the queue as plain records, how many are left, and the choices of each filter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from api.inbox import Inbox
from api.language import CERTAINTY
from api.leases import Leases
from api.search import Index, Record
from kg.names import Names
from kg.verdicts import WITHDRAWN

#: What the queue can be narrowed to beside values: nothing is believed yet, witnesses disagree, people do,
#: many look-alikes wait for the same answer, somebody else has judged it.
ONLY = ("undecided", "conflict", "disputed", "alike", "second")
_ALIKE = 3  # look-alikes from which a question counts as one about many
_WHERE = {
    "undecided": "undecided AND NOT settled",
    "conflict": "conflict <> '' AND NOT settled",
    "disputed": "disputed",
    "alike": f"alike >= {_ALIKE} AND NOT settled",
    "second": "settled AND NOT EXISTS (SELECT 1 FROM json_each(judges) WHERE value = :me)",
    "": "NOT settled AND NOT EXISTS (SELECT 1 FROM json_each(judges) WHERE value = :me)",
}


@dataclass(frozen=True)
class Filter:
    """What somebody wants to review; all empty: everything. Values are local ids as in addresses."""

    property: str = ""
    only: str = ""
    band: str = ""
    source: str = ""
    run: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Filter:
        """From an address or a form; what makes no sense is left out."""
        texts = {name: str(given.get(name) or "")[:500] for name in cls.__dataclass_fields__}
        if texts["only"] not in ONLY:
            texts["only"] = ""
        return cls(**texts)

    @classmethod
    def of(cls, address: str) -> Filter:
        """From the query of an address, as `address` makes it."""
        return cls.read(dict(parse_qsl(address[:4000])))

    def address(self) -> str:
        """The filter as the query of an address, "" for everything."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def sql(self, names: Names, me: str) -> tuple[str, dict[str, Any]]:
        """The condition on `item`, with its values. `me` is the reviewer's IRI."""
        values: dict[str, Any] = {"me": me}
        conditions = [_WHERE[self.only]]
        for column, value in (
            ("property", self.property),
            ("band", self.band),
            ("source", names.iri("source", self.source) if self.source else ""),
            ("run", names.iri("run", self.run) if self.run else ""),
        ):
            if value:
                conditions.append(f"{column} = :{column}")
                values[column] = value
        return " AND ".join(conditions), values


@dataclass(frozen=True)
class Looked:
    """The queue as one reviewer sees it now."""

    queue: Index
    names: Names
    me: str  # IRI
    hidden: frozenset[str]  # keys of what was answered since, is looked at by others, or was put aside

    def ask(self, select: str, chosen: Filter, more: str = "", **values: Any) -> list[Record]:
        """`SELECT select FROM item` for what passes the filter and is not hidden."""
        where, bound = chosen.sql(self.names, self.me)
        sql = (
            f"SELECT {select} FROM item WHERE {where} "
            f"AND key NOT IN (SELECT value FROM json_each(:hidden)) {more}"
        )
        return self.queue.ask(sql, bound | {"hidden": json.dumps(sorted(self.hidden))} | values)

    def left(self, chosen: Filter) -> int:
        """How many questions pass the filter."""
        return int(self.ask("count(*) AS n", chosen)[0]["n"])

    def following(self, chosen: Filter, without: str = "", most: int = 8) -> list[Record]:
        """The next questions, the one that teaches most first."""
        return self.ask(
            "*", chosen, "AND key <> :without ORDER BY place LIMIT :most", without=without, most=most
        )


def looked(queue: Index, names: Names, me: str, signature: str, inbox: Inbox, leases: Leases) -> Looked:
    """What this reviewer may be asked. Reviews that the queue counted already hide nothing."""
    said = inbox.said()
    iris = {names.iri("review", last.id): key for key, last in said.items()}
    counted = {
        row["id"]
        for row in queue.ask(
            "SELECT id FROM known WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(iris)),)
        )
    }
    fresh = {key for iri, key in iris.items() if iri not in counted}
    answered = {key for key in fresh if said[key].verdict != WITHDRAWN}
    return Looked(queue, names, me, frozenset(answered | leases.taken(signature)))


def offered(look: Looked, chosen: Filter) -> dict[str, list[tuple[str, int]]]:
    """Per filter the values there are with how many questions each leaves; of one filter all its values."""
    made: dict[str, list[tuple[str, int]]] = {}
    for column in ("property", "source", "run", "band"):
        others = Filter(**(asdict(chosen) | {column: ""}))
        rows = look.ask(f"{column} AS value, count(*) AS n", others, f"GROUP BY {column}")
        counted = {row["value"]: row["n"] for row in rows if row["value"]}
        if column == "band":
            counted = {name: counted[name] for _, name in CERTAINTY if name in counted}
        made[column] = list(counted.items())
    for only in ONLY:
        made.setdefault("only", []).append((only, look.left(Filter(**(asdict(chosen) | {"only": only})))))
    return made


def at(queue: Index, key: str) -> Record | None:
    """The question of a statement, None where it is none (any more)."""
    rows = queue.ask("SELECT * FROM item WHERE key = ?", (key,))
    return rows[0] if rows else None
