"""What people said of statements, as a page shows it: verdicts by statement, the latest first.

In: rows of the query `reviews`, and reviews that are still on their way into the graph (`api.inbox`). Out:
frozen values for templates. The latest verdict of a statement is the one that holds; all are shown, and where
people differ it says so. Nothing here asks a query, and nothing knows Flask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from api.inbox import Waiting
from api.language import Row, best_text, instant, moment
from api.views import Link, href, link, local_name
from kg.names import Names
from kg.verdicts import WITHDRAWN, standing

VERDICTS = ("accepted", "rejected", "replaced", "comment")
#: Everything a review may be: verdicts, and taking one back.
ALL_VERDICTS = (*VERDICTS, WITHDRAWN)
#: (local name of the property, IRI of the value, local name of the qualifier)
Statement = tuple[str, str, str]


@dataclass(frozen=True)
class Verdict:
    """One review as a line to read. `pending` is "" when a snapshot has it, else how far it has come."""

    verdict: str
    reviewer: Link
    at: str
    when: str
    comment: str = ""
    replacement: Link | None = None
    href: str = ""
    pending: str = ""


@dataclass(frozen=True)
class Judged:
    """All verdicts of one statement, the latest first; `holds` is the one that counts, "" where there are
    comments only, or where all was taken back.
    """

    verdicts: tuple[Verdict, ...]

    @property
    def standing(self) -> list[Verdict]:
        """Those that were not taken back, the latest last; comments are none."""
        stand = standing(reversed(self.verdicts), lambda v: (v.reviewer.iri, v.verdict))
        return [v for v in stand if v.verdict != "comment"]

    @property
    def holds(self) -> str:
        stand = self.standing
        return stand[-1].verdict if stand else ""

    @property
    def disputed(self) -> bool:
        return len({v.verdict for v in self.standing}) > 1


def by_statement(
    rows: Iterable[Row], waiting: Sequence[Waiting], names: Names, language: str
) -> dict[Statement, Judged]:
    """The verdicts of one illustration, by what they are about."""
    same: dict[str, list[Row]] = {}
    for row in rows:
        same.setdefault(row["review"].value, []).append(row)
    found: dict[Statement, list[Verdict]] = {}
    for iri, several in same.items():
        row = several[0]
        statement = (
            local_name(row["property"].value),
            row["value"].value,
            local_name(row["qualifier"].value) if "qualifier" in row else "",
        )
        found.setdefault(statement, []).append(_stored(iri, several, names.base, language))
    for each in waiting:
        content = each.content
        if names.iri("review", content["id"]) not in same:
            value = names.iri(content["value"]["kind"], content["value"]["id"])
            statement = (content["property"], value, content["qualifier"])
            found.setdefault(statement, []).append(_pending(each, names, language))
    return {
        statement: Judged(tuple(sorted(verdicts, key=lambda v: instant(v.at), reverse=True)))
        for statement, verdicts in found.items()
    }


def reviewer_link(iri: str, name: str, base: str) -> Link:
    """A reviewer by name, or by ORCID iD with its address."""
    short = iri.removeprefix("https://orcid.org/")
    return Link("ORCID " + short if short != iri else name or local_name(iri), href(iri, base), iri=iri)


def _stored(iri: str, rows: list[Row], base: str, language: str) -> Verdict:
    row = rows[0]
    said = [r["label"] for r in rows if "label" in r]
    at = row["at"].value
    return Verdict(
        verdict=local_name(row["verdict"].value),
        reviewer=reviewer_link(row["reviewer"].value, _text(row, "name"), base),
        at=at.replace("Z", "+00:00"),
        when=moment(at, language),
        comment=_text(row, "comment"),
        replacement=link(row["replacement"], said, base, language) if "replacement" in row else None,
        href=href(iri, base),
    )


def _pending(waiting: Waiting, names: Names, language: str) -> Verdict:
    content = waiting.content
    other: Mapping[str, Any] | None = content.get("replacement")
    better = None
    if other:
        text, tongue = best_text([tuple(label) for label in other["labels"]], language)
        iri = names.iri(other["kind"], other["id"])
        better = Link(text or other["id"], href(iri, names.base), tongue, iri)
    signature = content["reviewer"]
    iri = signature if "://" in signature else names.iri("reviewer", signature)
    return Verdict(
        verdict=content["verdict"],
        reviewer=reviewer_link(iri, signature, names.base),
        at=content["at"],
        when=moment(content["at"], language),
        comment=content["comment"],
        replacement=better,
        pending="problem" if waiting.problem else "written" if waiting.written else "kept",
    )


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return str(value.value) if isinstance(value, ox.Literal) else ""
