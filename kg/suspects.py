"""The sieve of the SHACL check: which things may break a rule.

In: rules and a store. Out: rules with the IRIs of the things that may break them, among them all that do. It
is a handful of queries over the store's indexes, which return nothing where nothing is wrong: one per class
for numbers of values, answered thing by thing, and one per property for what its values must be, answered
value by value. So the time follows the number of values, memory does not, and only suspects are ever looked
at in Python (`kg.shapes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kg import terms
from kg.names import NAMESPACES
from kg.sparql import bind

if TYPE_CHECKING:
    from kg.shapes import Rule

Query = Callable[[str], Any]

_XSD, _RDF = NAMESPACES["xsd"], NAMESPACES["rdf"]
#: Datatypes whose every text is well formed as far as RDF goes.
_PLAIN = frozenset((_XSD + "string", _RDF + "JSON", _RDF + "langString"))
#: Casts of SPARQL 1.1; a value of another datatype is well formed if it looks like this.
_CASTS = frozenset(_XSD + local for local in ("boolean", "double", "float", "decimal", "integer", "dateTime"))
_LOOKS = {_XSD + "gYear": "^[0-9]{4}$"}


def suspects(query: Query, rules: Sequence[Rule]) -> Iterator[tuple[list[Rule], Iterator[str]]]:
    """Rules, and IRIs of things that may break them: each thing once for one set of rules."""
    for target in sorted({rule.target for rule in rules}):
        counted = [r for r in rules if r.target == target and r.component in ("minCount", "maxCount")]
        if counted:
            wrong = " || ".join(_miscounted(rule) for rule in counted)
            yield counted, _found(query, "suspect-counts.rq", {"class": terms.node(target), "wrong": wrong})
    for path in sorted({rule.path for rule in rules}):
        # One scan for all classes that ask the same of the values of a property.
        by_request: dict[tuple[str, str], list[Rule]] = {}
        for rule in rules:
            if rule.path == path and (request := _request(rule)):
                by_request.setdefault(request, []).append(rule)
        for (name, given), same in by_request.items():
            variables = {"path": terms.node(path), "conforms": given, "type": given}
            yield same, _found(query, name, variables)


def _found(query: Query, name: str, variables: dict[str, str]) -> Iterator[str]:
    return (row["s"].value for row in query(bind(name, **variables)))


def _miscounted(rule: Rule) -> str:
    """Whether one thing's triples (?s ?p ?v) have a wrong number of values. Triples of several graphs count
    several times, which makes suspects, not violations. sameTerm, because "=" would decode every IRI.
    """
    relation = "<" if rule.component == "minCount" else ">"
    count = f"SUM(IF(sameTerm(?p, {terms.node(rule.path)}), 1, 0))"
    return f"{count} {relation} {rule.value.value}"


def _request(rule: Rule) -> tuple[str, str] | None:
    """The query that finds the wrong values, and its condition or class; None for numbers of values."""
    given = rule.value.value
    match rule.component:
        case "class":
            return "suspect-classes.rq", terms.node(given)
        case "uniqueLang":
            return "suspect-languages.rq", ""
        case "nodeKind":
            return "suspect-values.rq", "isIRI(?v)"
        case "pattern":
            return "suspect-values.rq", f"REGEX(STR(?v), {terms.text(given)})"
        case "minInclusive":
            return "suspect-values.rq", f"?v >= {rule.value}"
        case "maxInclusive":
            return "suspect-values.rq", f"?v <= {rule.value}"
        case "datatype":
            typed = f"DATATYPE(?v) = {terms.node(given)}"
            if given in _PLAIN:
                return "suspect-values.rq", typed
            if given in _CASTS:
                return "suspect-values.rq", f"{typed} && isLiteral({terms.node(given)}(STR(?v)))"
            look = _LOOKS.get(given, "^$")
            return "suspect-values.rq", f"{typed} && REGEX(STR(?v), {terms.text(look)})"
    return None
