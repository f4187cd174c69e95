"""One entity in schema.org, as search engines read it in a page: JSON-LD from the same rows as the page.

In: the rows of the query `entity` (what the graph says of it, with labels of what it names). Out: a plain
dict to be written into the page. It says nothing that the graph does not say; names are those in the
visitor's language. The context is written out, so that nobody has to fetch one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyoxigraph as ox

from api.language import Row, best
from api.views import LABELS, OWL_SAME, SKOS
from kg.names import LG, NAMESPACES

_SCHEMA, _DCTERMS = NAMESPACES["schema"], NAMESPACES["dcterms"]
_TYPE = NAMESPACES["rdf"] + "type"
CONTEXT = {"@vocab": _SCHEMA} | {
    name: {"@type": "@id"} for name in ("contentUrl", "thumbnailUrl", "sameAs", "url", "license")
}
#: What the graph says → how schema.org calls it, where the value is a text.
_TEXTS = {
    _DCTERMS + "identifier": "identifier",
    _DCTERMS + "language": "inLanguage",
    _DCTERMS + "date": "datePublished",
    LG + "caption": "caption",
    LG + "inception": "dateCreated",
    LG + "born": "birthDate",
    LG + "died": "deathDate",
    LG + "description": "description",
    SKOS + "definition": "description",
    SKOS + "altLabel": "alternateName",
    NAMESPACES["prov"] + "startedAtTime": "startTime",
    NAMESPACES["prov"] + "endedAtTime": "endTime",
}
#: … where it is an address.
_ADDRESSES = {
    _SCHEMA + "contentUrl": "contentUrl",
    _SCHEMA + "thumbnailUrl": "thumbnailUrl",
    _SCHEMA + "url": "url",
    _DCTERMS + "rights": "license",
    OWL_SAME: "sameAs",
    SKOS + "exactMatch": "sameAs",
}
#: … where it is another entity, and what that is ("" for its name alone).
_THINGS = {
    LG + "source": ("isPartOf", "CreativeWork"),
    LG + "category": ("genre", ""),
    LG + "topic": ("keywords", ""),
    LG + "descriptor": ("keywords", ""),
    LG + "reproduces": ("about", "VisualArtwork"),
    LG + "artist": ("about", "Person"),
    LG + "creator": ("creator", "Person"),
    _DCTERMS + "creator": ("author", ""),
}


def described(iri: str, rows: Sequence[Row], language: str) -> dict[str, Any]:
    """The JSON-LD of one entity."""
    made: dict[str, Any] = {"@context": CONTEXT, "@id": iri, "@type": _types(rows)}
    name = best((r["value"] for r in rows if r["property"].value in LABELS), language)
    if name is not None:
        made["name"] = name.value
    for predicate, short in _TEXTS.items():
        found = best(_values(rows, predicate), language)
        if found is not None and short not in made:
            made[short] = found.value
    for predicate, short in _ADDRESSES.items():
        addresses = [v.value for v in _values(rows, predicate) if isinstance(v, ox.NamedNode)]
        if addresses:
            made[short] = _one_or_all([*_listed(made.get(short)), *addresses])
    for predicate, (short, kind) in _THINGS.items():
        things = [_thing(value, rows, kind, language) for value in _values(rows, predicate)]
        things = [thing for thing in things if thing and not (short == "author" and isinstance(thing, dict))]
        if things:
            made[short] = _one_or_all([*_listed(made.get(short)), *things])
    return made


def _thing(value: Any, rows: Sequence[Row], kind: str, language: str) -> Any:
    if isinstance(value, ox.Literal):
        return value.value
    name = best((r["label"] for r in rows if r["value"] == value and "label" in r), language)
    if not kind:
        return name.value if name else None
    return {"@id": value.value, "@type": kind} | ({"name": name.value} if name else {})


def _types(rows: Sequence[Row]) -> Any:
    classes = [v.value for v in _values(rows, _TYPE)]
    ours = sorted({c.removeprefix(_SCHEMA) for c in classes if c.startswith(_SCHEMA)})
    if not ours and SKOS + "Concept" in classes:
        return "DefinedTerm"
    return _one_or_all(ours) if ours else "Thing"


def _values(rows: Iterable[Row], predicate: str) -> list[Any]:
    return list(dict.fromkeys(r["value"] for r in rows if r["property"].value == predicate))


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _one_or_all(values: list[Any]) -> Any:
    kept = [value for place, value in enumerate(values) if value not in values[:place]]
    return kept[0] if len(kept) == 1 else kept
