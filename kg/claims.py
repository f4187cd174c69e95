"""RDF back to nouns: the runs of a graph, what they said, and what people said to that.

In: a query function over a store of any base IRI, ours or another institution's. Out: `Run`s, and per run its
`Claim`s (with evidence and the description of what they name) and `Observation`s; `Review`s. The inverse of
`kg.rdf`: writing what was read gives the same graph, up to what RDF cannot carry (`kg.terms.clean`;
confidences come in steps of a millionth). Memory holds one batch of claims.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

import pyoxigraph as ox

import ontology
from kg import terms
from kg.names import LG, NAMESPACES, Names
from kg.nouns import Claim, Entity, Evidence, Model, Observation, Review, Run, Text, Verdict
from kg.sparql import bind

Query = Callable[[str], Any]
#: What is said of one thing: predicate IRI → values.
Said = dict[str, list[Any]]

_BATCH = 500
_TYPE = NAMESPACES["rdf"] + "type"
_LABEL = NAMESPACES["rdfs"] + "label"
_ALT = NAMESPACES["skos"] + "altLabel"
_CRM, _OA, _PROV = NAMESPACES["crm"], NAMESPACES["oa"], NAMESPACES["prov"]
_VALUES = (_CRM + "P141_assigned", LG + "replacement")


def runs(query: Query, names: Names) -> list[tuple[str, str, Run]]:
    """(IRI of the run, IRI of its graph, run), in the order of their IRIs."""
    rows = query(bind("run-graphs.rq"))
    found = []
    for row in list(rows):
        iri, graph = row["run"].value, row["graph"].value
        parts = (names.split(iri) or ("", ""))[1].partition("/")
        said = _said(query, [iri], graph)[iri]
        used = [value.value for value in said.get(_PROV + "used", []) if isinstance(value, ox.NamedNode)]
        about = _said(query, used, graph)
        models = [
            Model(_text(about[each], _LABEL), _text(about[each], LG + "sha256"))
            for each in used
            if any(kind.value == LG + "Model" for kind in about[each].get(_TYPE, []))
        ]
        run = Run(
            enricher=_text(said, LG + "enricher") or parts[2],
            corpus=parts[0],
            corpus_digest=_text(said, LG + "corpusDigest"),
            config=json.loads(_text(said, LG + "config") or "{}"),
            models=tuple(sorted(models, key=lambda model: (model.name, model.sha256))),
            software=_text(said, LG + "software"),
            started=_text(said, _PROV + "startedAtTime"),
            ended=_text(said, _PROV + "endedAtTime"),
        )
        found.append((iri, graph, run))
    return found


def statements(query: Query, names: Names, graph: str) -> Iterator[Claim | Observation]:
    """What the run of a graph said: claims, then observations. Skips what is not about an illustration."""
    rows = query(bind("claims-of-graph.rq", graph=terms.node(graph)))
    claims = (row["claim"].value for row in rows)
    entities: dict[str, Entity] = {}
    while batch := list(islice(claims, _BATCH)):
        said = _said(query, batch, graph)
        evidence = _said(query, _objects(said.values(), LG + "evidence"), graph)
        values = [v for v in _objects(said.values(), _CRM + "P141_assigned") if v not in entities]
        _describe(query, names, graph, values, entities)
        for iri in batch:
            claim = _claim(said[iri], evidence, entities, names)
            if claim is not None:
                yield claim
    yield from _observations(query, names, graph)


def reviews(query: Query, names: Names) -> Iterator[Review]:
    """Every review, in the order in which they were given. Skips what is not about an illustration."""
    graph = names.graph("reviews")
    rows = query(bind("reviews-of-graph.rq", graph=terms.node(graph)))
    found = (row["review"].value for row in list(rows))
    entities: dict[str, Entity] = {}
    while batch := list(islice(found, _BATCH)):
        said = _said(query, batch, graph)
        reviewers = _said(query, _objects(said.values(), LG + "reviewer"), graph)
        values = [v for name in _VALUES for v in _objects(said.values(), name) if v not in entities]
        _describe(query, names, graph, list(dict.fromkeys(values)), entities)
        for iri in batch:
            review = _review(iri, said[iri], reviewers, entities, names)
            if review is not None:
                yield review


def _review(
    iri: str, said: Said, reviewers: dict[str, Said], entities: dict[str, Entity], names: Names
) -> Review | None:
    own, target, verdict, qualifier = (
        names.split(each)
        for each in (iri, *(_iri(said, p) for p in (_OA + "hasTarget", LG + "verdict", LG + "qualifier")))
    )
    value = entities.get(_iri(said, _VALUES[0]))
    if own is None or target is None or target[0] != "illustration" or verdict is None or value is None:
        return None
    reviewer = _iri(said, LG + "reviewer")
    return Review(
        id=own[1],
        illustration=target[1],
        property=_iri(said, _CRM + "P177_assigned_property_of_type").removeprefix(LG),
        value=value,
        verdict=cast(Verdict, verdict[1]),
        reviewer=_text(reviewers[reviewer], _LABEL) or reviewer,
        at=_text(said, _PROV + "endedAtTime"),
        qualifier=qualifier[1] if qualifier else "",
        replacement=entities.get(_iri(said, _VALUES[1])),
        comment=_text(said, NAMESPACES["rdfs"] + "comment"),
    )


def _claim(said: Said, evidence: dict[str, Said], entities: dict[str, Entity], names: Names) -> Claim | None:
    target = names.split(_iri(said, _OA + "hasTarget"))
    value = entities.get(_iri(said, _CRM + "P141_assigned"))
    if target is None or target[0] != "illustration" or value is None:
        return None
    qualifier = names.split(_iri(said, LG + "qualifier"))
    nodes = (evidence[each] for each in _objects([said], LG + "evidence"))
    return Claim(
        illustration=target[1],
        property=_iri(said, _CRM + "P177_assigned_property_of_type").removeprefix(LG),
        value=value,
        confidence=float(_text(said, LG + "confidence")),
        qualifier=qualifier[1] if qualifier else "",
        evidence=tuple(sorted((_evidence(node, names) for node in nodes), key=repr)),
    )


def _evidence(said: Said, names: Names) -> Evidence:
    kind = names.split(_iri(said, LG + "evidenceType"))
    start, end, score = (_text(said, LG + name) for name in ("start", "end", "score"))
    return Evidence(
        kind=kind[1] if kind else "",
        text=_text(said, NAMESPACES["rdf"] + "value"),
        start=int(start) if start else None,
        end=int(end) if end else None,
        score=float(score) if score else None,
    )


def _describe(
    query: Query, names: Names, graph: str, iris: Sequence[str], known: dict[str, Entity], depth: int = 2
) -> None:
    """Read entities, and those their facts name, into `known`."""
    said = _said(query, iris, graph)
    inner = {
        value.value
        for each in said.values()
        for predicate, values in each.items()
        if predicate.startswith(LG)
        for value in values
        if isinstance(value, ox.NamedNode) and names.split(value.value) and value.value not in known
    }
    if depth and inner:
        _describe(query, names, graph, sorted(inner - set(iris)), known, depth - 1)
    for iri in iris:
        pair = names.split(iri)
        if pair is None:
            continue
        labels = [*said[iri].get(_LABEL, []), *said[iri].get(_ALT, [])]
        known[iri] = Entity(
            pair[0],
            pair[1],
            tuple(Text(label.value, label.language or "") for label in labels),
            tuple(_facts(said[iri], known)),
        )


def _facts(said: Said, known: dict[str, Entity]) -> Iterator[tuple[str, Text | str | int | float | Entity]]:
    vocabulary = ontology.ontology().terms
    years = {term.year_property for term in vocabulary.values()}
    for predicate in sorted(said):
        local = predicate.removeprefix(LG)
        if local == predicate or local in years:
            continue
        for value in said[predicate]:
            if isinstance(value, ox.Literal):
                yield (
                    local,
                    Text(value.value, value.language) if value.language else terms.literal_value(value),
                )
            elif value.value in known:
                yield local, known[value.value]
            else:
                yield local, value.value


def _observations(query: Query, names: Names, graph: str) -> Iterator[Observation]:
    illustrations = terms.text(f"{names.base}id/illustration/")
    rows = query(bind("measurements.rq", graph=terms.node(graph), illustrations=illustrations))
    for row in rows:
        pair = names.split(row["s"].value)
        if pair is not None:
            value = row["o"]
            spelt = Text(value.value, value.language) if value.language else terms.literal_value(value)
            yield Observation(pair[1], row["p"].value.removeprefix(LG), spelt)


def _said(query: Query, iris: Iterable[str], graph: str) -> dict[str, Said]:
    wanted = list(dict.fromkeys(iris))
    found: dict[str, Said] = {iri: {} for iri in wanted}
    for start in range(0, len(wanted), _BATCH):
        things = " ".join(map(terms.node, wanted[start : start + _BATCH]))
        rows = query(bind("things-of-graph.rq", things=things, graph=terms.node(graph)))
        for row in rows:
            found[row["s"].value].setdefault(row["p"].value, []).append(row["o"])
    for said in found.values():
        for values_ in said.values():
            values_.sort(key=str)
    return found


def _objects(things: Iterable[Said], predicate: str) -> list[str]:
    return list(dict.fromkeys(v.value for said in things for v in said.get(predicate, [])))


def _text(said: Said, predicate: str) -> str:
    values = said.get(predicate)
    return str(values[0].value) if values else ""


_iri = _text
