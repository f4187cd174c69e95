"""The small things pages are made of: links, plates, facts, claims — plain values, ready for a template.

In: rows of the named queries (`api/queries/`). Out: frozen dataclasses in the visitor's language. Nothing
here asks a query and nothing knows Flask, so all of it is tested on rows alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pyoxigraph as ox

from api.evidence import EvidenceLine, evidence_lines
from api.language import Row, best, best_text, confidence_words, moment, percent, word
from api.search import Record

LG = "https://w3id.org/legenda/ns#"
OWL_SAME = "http://www.w3.org/2002/07/owl#sameAs"
SKOS = "http://www.w3.org/2004/02/skos/core#"
LABELS = {
    SKOS + "prefLabel",
    "http://www.w3.org/2000/01/rdf-schema#label",
    "http://purl.org/dc/terms/title",
}
ELSEWHERE = {
    OWL_SAME,
    SKOS + "exactMatch",
    SKOS + "closeMatch",
    "https://schema.org/sameAs",
    "http://www.w3.org/2000/01/rdf-schema#seeAlso",
}
# What the order of claims on an illustration's page follows.
CLAIM_ORDER = ("reproduces", "artist", "category", "medium", "topic", "descriptor", "cluster")
_SAID_ONCE = {"description", "definition"}  # in the visitor's language, not in every one
# What comes first among the facts of an entity; the others follow by name.
_FACT_ORDER = (
    *("description", "definition", "altLabel", "creator", "born", "died", "inception"),
    *("collection", "inventoryNumber", "year", "language", "rights", "startedAtTime", "endedAtTime"),
)
_DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
_ADDRESS = re.compile(r"(?P<text>[^()<>]*?)\(?(?P<address>https?://[^\s()<>\"]+)\)?")
# Names of well-known identifier facts, and the page each leads to.
AUTHORITIES = {
    "wikidata": ("Wikidata", "https://www.wikidata.org/wiki/{}"),
    "ulan": ("ULAN", "https://vocab.getty.edu/ulan/{}"),
    "gnd": ("GND", "https://d-nb.info/gnd/{}"),
    "viaf": ("VIAF", "https://viaf.org/viaf/{}"),
    "aat": ("AAT", "https://vocab.getty.edu/aat/{}"),
    "iconclass": ("Iconclass", "https://iconclass.org/{}"),
}
_SITES = {
    "wikidata.org": "Wikidata",
    "vocab.getty.edu/ulan": "ULAN",
    "vocab.getty.edu/aat": "AAT",
    "d-nb.info/gnd": "GND",
    "viaf.org": "VIAF",
    "iconclass.org": "Iconclass",
}


@dataclass(frozen=True)
class Link:
    """A name that leads somewhere: `href` is a path of ours, a web address, or "" when it leads nowhere."""

    label: str
    href: str = ""
    language: str = ""
    iri: str = ""
    n: int | None = None
    note: str = ""
    image: str = ""


@dataclass(frozen=True)
class Plate:
    """One illustration in a list."""

    href: str
    label: str
    language: str
    thumbnail: str
    book: str = ""
    year: str = ""
    page: str = ""
    book_href: str = ""
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """Some years of a time line, with how much was printed in them; `height` is 0…100."""

    first: int
    last: int
    plates: int
    sources: int
    height: int

    @property
    def years(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


@dataclass(frozen=True)
class Fact:
    """One property of an entity with all its values."""

    name: str
    label: str
    values: tuple[Link, ...]
    about: str = ""  # where our vocabulary explains the property


@dataclass(frozen=True)
class ClaimView:
    """A claim as a person reads it."""

    anchor: str
    href: str
    property: str
    value: Link
    qualifier: str
    confidence: float
    percent: str
    words: str
    believed: bool
    evidence: tuple[EvidenceLine, ...]
    run: Link | None
    qualifier_id: str = ""
    by_person: bool = False  # a reviewer's own claim: it repeats what an accepted or better value says
    statement: tuple[str, str, str] = ("", "", "")  # what a review of it is about: property, value, qualifier


@dataclass(frozen=True)
class ClaimGroup:
    """All claims of one property: those believed now, and the others, each most confident first."""

    property: str
    label: str
    believed: tuple[ClaimView, ...]
    others: tuple[ClaimView, ...]


def local_name(iri: str) -> str:
    """The last part of an IRI, decoded: what follows the last # or /."""
    return unquote(iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1])


def href(iri: str, base: str) -> str:
    """Where a person is taken: the page of one of our entities, a web address, or "" (never another
    scheme).
    """
    if iri.startswith(base + "id/"):
        return "/page/" + iri[len(base) + 3 :]
    if iri.startswith(base + "graph/"):
        return "/graphs?graph=" + iri
    return iri if iri.startswith(("http://", "https://")) else ""


def link(term: Any, labels: Iterable[Any], base: str, language: str, **more: Any) -> Link:
    """An RDF term as a link, or as plain text when it is a literal."""
    if isinstance(term, ox.Literal):
        return _literal(term, language, **more)
    if not isinstance(term, ox.NamedNode):
        return Link("…", **more)
    chosen = best(labels, language)
    text = chosen.value if chosen else site_name(term.value) or local_name(term.value)
    return Link(text, href(term.value, base), (chosen.language or "") if chosen else "", term.value, **more)


def _literal(term: ox.Literal, language: str, **more: Any) -> Link:
    """A literal as it is read: a time to the minute, a text that names a web address as a link to it."""
    if term.datatype.value == _DATE_TIME:
        return Link(moment(term.value, language), **more)
    named_address = _ADDRESS.fullmatch(term.value)
    if named_address:
        text, address = named_address["text"].strip(), named_address["address"]
        return Link(text or address, address, term.language or "", **more)
    return Link(term.value, language=term.language or "", **more)


def site_name(iri: str) -> str:
    """ "Wikidata Q5580" for the address of a known authority, else ""."""
    for site, name in _SITES.items():
        if site in iri:
            return f"{name} {local_name(iri)}"
    return ""


def plates(records: Iterable[Record], base: str, books: Mapping[str, Link] | None = None) -> list[Plate]:
    """Illustrations of the index as they stand in a list; `books` names their sources."""
    return [
        Plate(
            href=href(record["iri"], base),
            label=record["label"] or local_name(record["iri"]),
            language=record["language"],
            thumbnail=f"/image/{record['digest']}/thumbnail" if record["digest"] else "",
            book=books[record["source"]].label if books and record["source"] in books else "",
            year=record["year"],
            page=record["page"],
            book_href=href(record["source"], base),
            note=record.get("note", ""),
        )
        for record in records
    ]


def timeline(years: Sequence[Record], bars: int = 100) -> list[Bar]:
    """Plates and sources by year, or by so many years that there are at most `bars`, without gaps.

    >>> [(b.first, b.last, b.plates) for b in timeline([{"year": 1895, "plates": 3, "sources": 1}])]
    [(1895, 1895, 3)]
    """
    if not years:
        return []
    first, last = int(years[0]["year"]), int(years[-1]["year"])
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 1000) if (last // s - first // s) < bars or s == 1000)
    plates: dict[int, int] = {}
    sources: dict[int, int] = {}
    for row in years:
        place = int(row["year"]) // step
        plates[place] = plates.get(place, 0) + row["plates"]
        sources[place] = sources.get(place, 0) + row["sources"]
    most = max(plates.values())
    return [
        Bar(
            *(place * step, place * step + step - 1, plates.get(place, 0), sources.get(place, 0)),
            height=round(max(100 * plates[place] / most, 3)) if place in plates else 0,
        )
        for place in range(first // step, last // step + 1)
    ]


def named(
    iri: str, labels: Mapping[str, Iterable[tuple[str, str]]], base: str, language: str, **more: Any
) -> Link:
    """A link to an entity by its best label, or by its local id when it has none."""
    text, spoken = best_text(labels.get(iri, ()), language)
    return Link(text or local_name(iri), href(iri, base), spoken, iri, **more)


def facts(rows: Sequence[Row], base: str, language: str, leave_out: Iterable[str] = ()) -> list[Fact]:
    """An entity's properties by name, values once each; `leave_out` names local names.

    A property that only repeats one of ours — a materialised super-property, the year of a date — is left
    out.
    """
    skip = set(leave_out)
    by_property: dict[str, dict[Any, list[Any]]] = {}
    for row in rows:
        by_property.setdefault(row["property"].value, {}).setdefault(row["value"], []).append(
            row.get("label")
        )
    ours = {
        getattr(value, "value", "")
        for iri, values in by_property.items()
        if iri.startswith(LG) and not iri.endswith("Year")
        for value in values
    }
    made: list[Fact] = []
    order = {name: place for place, name in enumerate(_FACT_ORDER)}
    names = {iri: local_name(iri) for iri in by_property}
    for iri in sorted(by_property, key=lambda i: (order.get(names[i], 99), not i.startswith(LG), i)):
        name = names[iri]
        if name in skip or iri in LABELS or iri in ELSEWHERE:
            continue
        repeats = not iri.startswith(LG) or iri.endswith("Year")
        values = tuple(
            link(value, [x for x in labels if x], base, language)
            for value, labels in by_property[iri].items()
            if (name not in _SAID_ONCE or value in _spoken(by_property[iri], language))
            and not (repeats and getattr(value, "value", "") in ours)
        )
        if values:
            about = f"/ontology#{name}" if iri.startswith(LG) else ""
            made.append(Fact(name, word(name, language), values, about))
    return made


def _spoken(values: Iterable[Any], language: str) -> list[Any]:
    """Of texts in several languages those in the one to show; values without a language all stay."""
    texts = [(value.value, value.language) for value in values if getattr(value, "language", None)]
    _, shown = best_text(texts, language)
    return [value for value in values if getattr(value, "language", None) in (None, shown)]


def elsewhere(rows: Iterable[Row]) -> list[Link]:
    """Links to the same thing in other data sets, each once."""
    found: dict[str, Link] = {}
    for row in rows:
        name, value = local_name(row["property"].value), row["value"]
        if row["property"].value in ELSEWHERE and isinstance(value, ox.NamedNode):
            iri = value.value
            if iri.startswith(("http://", "https://")):
                label = site_name(iri) or f"{iri.split('/')[2]}: {local_name(iri)}"
                found.setdefault(
                    label, Link(label, iri.replace("http://www.wiki", "https://www.wiki"), iri=iri)
                )
        elif name in AUTHORITIES and isinstance(value, ox.Literal):
            title, address = AUTHORITIES[name]
            label = f"{title} {value.value}"
            found.setdefault(label, Link(label, address.format(value.value)))
    return list(found.values())


def claim_groups(
    rows: Iterable[Row], believed: set[tuple[str, Any]], base: str, language: str
) -> list[ClaimGroup]:
    """Claims gathered by property, in the reading order of a page.

    Rows without a claim are labels of values. `believed` holds (local property name, value term) of
    `graph/current`; a qualified claim stands there under its property's name + "Qualified".
    """
    by_claim: dict[str, list[Row]] = {}
    labels: dict[Any, list[Any]] = {}
    for row in rows:
        if "claim" in row:
            by_claim.setdefault(row["claim"].value, []).append(row)
        else:
            labels.setdefault(row["value"], []).append(row["label"])
    by_property: dict[str, list[ClaimView]] = {}
    for iri, same in by_claim.items():
        view = _claim(iri, same, labels.get(same[0]["value"], ()), believed, base, language)
        by_property.setdefault(view.property, []).append(view)
    for name, views in by_property.items():
        by_property[name] = _without_echoes(views)
    order = {name: place for place, name in enumerate(CLAIM_ORDER)}
    groups = []
    for name in sorted(by_property, key=lambda n: (order.get(n, len(order)), n)):
        claims = sorted(by_property[name], key=lambda c: (-c.confidence, c.value.label))
        groups.append(
            ClaimGroup(
                name,
                word(name, language),
                tuple(c for c in claims if c.believed),
                tuple(c for c in claims if not c.believed),
            )
        )
    return groups


def with_all(groups: Sequence[ClaimGroup], properties: Sequence[str], language: str) -> list[ClaimGroup]:
    """Groups with an empty one for each of `properties` that has none, in the order of a page."""
    there = {group.property for group in groups}
    more = [ClaimGroup(name, word(name, language), (), ()) for name in properties if name not in there]
    order = {name: place for place, name in enumerate(CLAIM_ORDER)}
    return sorted([*groups, *more], key=lambda g: (order.get(g.property, len(order)), g.property))


def _without_echoes(claims: list[ClaimView]) -> list[ClaimView]:
    """Claims without the reviewers' own where a machine says the same, and one of those that people alone
    make.
    """
    said = {claim.statement for claim in claims if not claim.by_person}
    kept = [claim for claim in claims if not claim.by_person]
    for claim in claims:
        if claim.by_person and claim.statement not in said:
            said.add(claim.statement)
            kept.append(claim)
    return kept


def _claim(
    iri: str, rows: list[Row], labels: Iterable[Any], believed: set[tuple[str, Any]], base: str, language: str
) -> ClaimView:
    first = rows[0]
    name = local_name(first["property"].value)
    confidence = float(first["confidence"].value)
    qualifier = local_name(first["qualifier"].value) if "qualifier" in first else ""
    return ClaimView(
        anchor="claim-" + local_name(iri)[:16],
        href=href(iri, base),
        property=name,
        value=link(first["value"], labels, base, language),
        qualifier=word(qualifier, language) if qualifier else "",
        confidence=confidence,
        percent=percent(confidence),
        words=confidence_words(confidence, language),
        believed=(name + ("Qualified" if qualifier else ""), first["value"]) in believed,
        evidence=evidence_lines(rows, name, language),
        run=link(first["run"], (), base, language) if "run" in first else None,
        qualifier_id=qualifier,
        statement=(name, first["value"].value, qualifier),
        by_person="run" in first and first["run"].value.startswith(base + "id/review/"),
    )
