"""Which values are believed: the rule from claims and reviews to `graph/current`.

In: the claims of all runs, the reviews, a threshold per property. Out: N-Triples of the direct triples, each
with its materialised standard super-properties. The rule: a statement is believed if the latest verdict on it
accepts it (or replaced another value by it), or if nobody judged it and its confidence reaches the threshold.
A verdict that was withdrawn counts as never given.
It is about statements, not about claim nodes: a verdict holds for every model that says the same, and
outlives re-runs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import ontology
from kg import terms
from kg.engines import Engine
from kg.entities import TYPE, properties
from kg.names import LG, Names
from kg.sparql import bind
from kg.thresholds import OTHERWISE
from kg.verdicts import standing

#: (illustration, value, qualifier) as N-Triples terms; the qualifier is "" when there is none.
Statement = tuple[str, str, str]


def verdicts(engine: Engine, names: Names) -> dict[str, dict[Statement, bool]]:
    """Per property: statements that were judged, and whether the latest standing verdict accepts them; those
    that were judged last come last.
    """
    judged: dict[str, dict[Statement, bool]] = {}
    rows = engine.query(
        bind(
            "verdicts.rq",
            reviews=terms.node(names.graph("reviews")),
            comment=terms.node(names.iri("status", "comment")),
        )
    )

    def said(row: Any) -> tuple[Hashable, str]:
        key = (row["reviewer"].value, row["property"].value, _statement(row))
        status = names.split(row["verdict"].value)
        return key, status[1] if status else ""

    for row in standing(rows, said):
        statements = judged.setdefault(row["property"].value, {})
        statement = _statement(row)
        # Later rows come later in time: the last one wins.
        statements.pop(statement, None)
        statements[statement] = said(row)[1] == "accepted"
        if row["replacement"] is not None:
            better = (statement[0], str(row["replacement"]), "")
            statements.pop(better, None)
            statements[better] = True
    return judged


def _statement(row: Any) -> Statement:
    qualifier = row["qualifier"]
    return str(row["illustration"]), str(row["value"]), str(qualifier) if qualifier else ""


def believed_lines(engine: Engine, names: Names, thresholds: Mapping[str, float]) -> Iterator[str]:
    """The direct triples, property by property."""
    judged = verdicts(engine, names)
    claimed = {row["property"].value for row in engine.query(bind("claimed-properties.rq"))}
    for property in sorted(claimed | set(judged)):
        local = property.removeprefix(LG)
        minimum = thresholds.get(local, OTHERWISE)
        term = ontology.ontology().terms.get(local)
        found = _believed(engine, names, property, minimum, judged.get(property, {}))
        if term is not None and term.single_valued:
            found = _best(found)
        written = {False: properties(local), True: ()}
        if term is not None and term.qualified_form:
            written[True] = properties(term.qualified_form)
        for (illustration, value, qualifier), _ in found:
            for each in written[bool(qualifier)]:
                yield f"{illustration} {each} {value} .\n"


def threshold_lines(names: Names, thresholds: Mapping[str, float]) -> str:
    """What the catalogue says of the rule by which `graph/current` was derived."""
    own = terms.node(names.graph("current"))
    found = ""
    for property, minimum in sorted(thresholds.items()):
        node = terms.node(names.iri("threshold", property))
        found += f"{own} <{LG}threshold> {node} . {node} {TYPE} <{LG}Threshold> . "
        found += (
            f"{node} <{LG}onProperty> <{LG}{property}> . {node} <{LG}minimum> {terms.decimal(minimum)} . "
        )
    return found


def _believed(
    engine: Engine, names: Names, property: str, minimum: float, judged: Mapping[Statement, bool]
) -> Iterator[tuple[Statement, tuple[bool, float]]]:
    """Statements believed, with (accepted by a person, confidence); what was accepted later is worth more."""
    for place, (statement, accepted) in enumerate(judged.items()):
        if accepted:
            yield statement, (True, float(place))
    rows = engine.query(
        bind(
            "believed.rq",
            property=terms.node(property),
            minimum=terms.decimal(minimum),
            reviews=terms.node(names.graph("reviews")),
        )
    )
    for row in rows:
        statement = _statement(row)
        if statement not in judged:
            yield statement, (False, float(row["confidence"].value))


def _best(
    found: Iterator[tuple[Statement, tuple[bool, float]]],
) -> Iterator[tuple[Statement, tuple[bool, float]]]:
    """One statement per illustration: the latest accepted before unreviewed, then the surer, then by IRI."""
    best: dict[str, tuple[Statement, tuple[bool, float]]] = {}
    for statement, weight in found:
        illustration = statement[0]
        held = best.get(illustration)
        if held is None or (weight, statement[1]) > (held[1], held[0][1]):
            best[illustration] = statement, weight
    yield from best.values()
