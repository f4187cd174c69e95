"""SHACL: does everything in a store say of itself what its class must say?

In: the shapes of the ontology and a store, opened for reading. Out: violations, one at a time. Two ways that
must agree (a test holds that): `check` lets the store find the suspects (`kg.suspects`) and looks at those
only, fast enough to run before every snapshot; `pyshacl_check` gives everything, in batches, to pyshacl, the
reference implementation. Neither holds more than a batch in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import pyoxigraph as ox

import ontology
from kg import terms
from kg.names import NAMESPACES
from kg.sparql import bind
from kg.suspects import Query, suspects

_SH = NAMESPACES["sh"]
#: Things looked at together.
_BATCH = 1000
_COMPONENTS = frozenset(
    (
        *("minCount", "maxCount", "datatype", "class", "nodeKind"),
        *("minInclusive", "maxInclusive", "pattern", "uniqueLang"),
    )
)
#: Constraints of which only one value is understood.
_ONLY = {"minCount": "1", "nodeKind": _SH + "IRI", "uniqueLang": "true"}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that breaks one rule. `focus` is its IRI; `value` the offending value, "" when one is
    missing.
    """

    focus: str
    shape: str
    component: str
    message: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.focus} {self.message}" + (f", but is {self.value}" if self.value else "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One constraint of one property shape."""

    shape: str
    target: str
    path: str
    component: str
    value: ox.NamedNode | ox.Literal


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of `shapes.ttl`. Raises ValueError for a constraint that `check` does not know."""
    graph = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in ontology.triples("shapes"))

    def objects(subject: Any, local: str) -> list[Any]:
        return [q.object for q in graph.quads_for_subject(subject) if q.predicate.value == _SH + local]

    found = []
    for quad in graph.quads_for_predicate(ox.NamedNode(_SH + "targetClass")):
        for shape in objects(quad.subject, "property"):
            (path,) = objects(shape, "path")
            for each in graph.quads_for_subject(shape):
                component = each.predicate.value.removeprefix(_SH)
                if not each.predicate.value.startswith(_SH) or component == "path":
                    continue
                if component not in _COMPONENTS:
                    raise ValueError(f"{shape}: {component} is not a constraint we can check")
                value = each.object
                assert isinstance(quad.object, ox.NamedNode) and isinstance(value, ox.NamedNode | ox.Literal)
                if _ONLY.get(component, value.value) != value.value:
                    raise ValueError(f"{shape}: of {component} only {_ONLY[component]} can be checked")
                found.append(Rule(shape.value, quad.object.value, path.value, component, value))
    return tuple(sorted(found, key=lambda rule: (rule.target, rule.shape, rule.component)))


def check(query: Query) -> Iterator[Violation]:
    """Every violation. `query` must see the union of all graphs as its default graph."""
    yield from _nameless(query)
    for same, found in suspects(query, rules()):
        while batch := list(islice(found, _BATCH)):
            for target in sorted({rule.target for rule in same}):
                things: dict[str, dict[str, list[Any]]] = {}
                for row in query(bind("things.rq", things=_nodes(batch), **{"class": terms.node(target)})):
                    said = things.setdefault(row["s"].value, {})
                    said.setdefault(row["p"].value, []).append(row["o"])
                for rule in (rule for rule in same if rule.target == target):
                    yield from _broken(query, rule, things)


def pyshacl_check(query: Query) -> Iterator[Violation]:
    """The same by pyshacl; some milliseconds a thing, in flat memory."""
    import pyshacl
    import rdflib

    yield from _nameless(query)
    shapes = rdflib.Graph().parse(ontology.path("shapes"))
    sh = rdflib.Namespace(_SH)
    for target in _by_target():
        for batch in _batches(query, target):
            own = query(bind("neighbourhood.rq", things=_nodes(batch)))
            types = query(bind("neighbour-types.rq", things=_nodes(batch)))
            lines = "".join(sorted({f"{triple} .\n" for triples in (own, types) for triple in triples}))
            graph = rdflib.Graph().parse(data=lines, format="nt")
            _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
            wanted = set(batch)
            for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
                focus = str(report.value(result, sh.focusNode))
                shape = str(report.value(result, sh.sourceShape))
                # Neighbours are there for their types only; they have their own batch.
                if focus in wanted and shape in {rule.shape for rule in _by_target()[target]}:
                    component = str(report.value(result, sh.sourceConstraintComponent))
                    value = report.value(result, sh.value)
                    yield Violation(
                        focus,
                        short(shape),
                        _component(component),
                        str(report.value(result, sh.resultMessage)),
                        "" if value is None else str(value),
                    )


@cache
def _by_target() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules():
        found.setdefault(rule.target, []).append(rule)
    return found


def _batches(query: Query, target: str) -> Iterator[list[str]]:
    focuses = (row["s"].value for row in query(bind("members.rq", **{"class": terms.node(target)})))
    while batch := list(islice(focuses, _BATCH)):
        yield batch


def _nodes(iris: Iterable[str]) -> str:
    return " ".join(map(terms.node, iris))


def _nameless(query: Query) -> Iterator[Violation]:
    """Everything of ours has an IRI: `sh:nodeKind sh:IRI` on each shape."""
    for row in query(bind("nameless.rq", classes=_nodes(_by_target()))):
        name = row["class"].value
        yield Violation(
            str(row["s"]), short(name) + "Shape", "nodeKind", f"is a {short(name)} without an IRI"
        )


def _broken(query: Query, rule: Rule, things: dict[str, dict[str, list[Any]]]) -> Iterator[Violation]:
    typed: set[str] = set()
    if rule.component == "class":
        values = {v.value for said in things.values() for v in said.get(rule.path, []) if not _literal(v)}
        rows = query(bind("of-class.rq", things=_nodes(sorted(values)), type=str(rule.value)))
        typed = {row["v"].value for row in rows}
    for focus, said in things.items():
        for wrong in _offending(rule, said.get(rule.path, []), typed):
            yield _violation(focus, rule, wrong)


def _offending(rule: Rule, values: list[Any], typed: set[str]) -> Iterator[Any]:
    """The values that break a rule; None stands for the thing as a whole (too few, too many). `typed` holds
    what is of the class that the rule asks for.
    """
    given = rule.value.value
    match rule.component:
        case "minCount" if len(values) < int(given):
            yield None
        case "maxCount" if len(values) > int(given):
            yield None
        case "uniqueLang":
            tags = [v.language for v in values if _literal(v) and v.language]
            yield from (None for _ in range(len(tags) - len(set(tags)) and 1))
        case "datatype":
            yield from (v for v in values if not _well_typed(v, given))
        case "class":
            yield from (v for v in values if _literal(v) or v.value not in typed)
        case "nodeKind":
            yield from (v for v in values if not isinstance(v, ox.NamedNode))
        case "pattern":
            yield from (v for v in values if not re.search(given, v.value))
        case "minInclusive":
            yield from (v for v in values if not _number(v) >= float(given))
        case "maxInclusive":
            yield from (v for v in values if not _number(v) <= float(given))


def _literal(term: Any) -> bool:
    return isinstance(term, ox.Literal)


def _well_typed(term: Any, datatype: str) -> bool:
    if not _literal(term) or term.datatype.value != datatype:
        return False
    import rdflib

    return not rdflib.Literal(term.value, datatype=rdflib.URIRef(datatype)).ill_typed


def _number(term: Any) -> float:
    value = terms.literal_value(term) if isinstance(term, ox.Literal) else ""
    return float(value) if isinstance(value, int | float) else float("nan")


def _violation(focus: str, rule: Rule, value: Any) -> Violation:
    path, given = short(rule.path), short(rule.value.value)
    message = {
        "minCount": f"has no {path}",
        "maxCount": f"has more than {given} {path}",
        "uniqueLang": f"has two {path} in one language",
        "datatype": f"{path} should be a {given}",
        "class": f"{path} should be a {given}",
        "nodeKind": f"{path} should be an IRI",
        "pattern": f"{path} should look like {given}",
        "minInclusive": f"{path} should be {given} or more",
        "maxInclusive": f"{path} should be {given} or less",
    }[rule.component]
    return Violation(
        focus, short(rule.shape), rule.component, message, "" if value is None else _brief(value)
    )


def _component(iri: str) -> str:
    """ "http://www.w3.org/ns/shacl#MinCountConstraintComponent" → "minCount"."""
    local = iri.removeprefix(_SH).removesuffix("ConstraintComponent")
    return local[:1].lower() + local[1:]


def short(iri: str) -> str:
    """An IRI with its prefix, for people; anything else as it is."""
    for prefix, namespace in NAMESPACES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def _brief(term: Any) -> str:
    spelt = short(term.value) if isinstance(term, ox.NamedNode) else str(term)
    return spelt if len(spelt) <= 80 else spelt[:79] + "…"
