"""Forms of exchange with a prescribed JSON shape: Linked Art, Web Annotation pages, IIIF annotation pages.

In: a reader of a store. Out: plain documents, one after the other. Linked Art: https://linked.art/api/1.0/;
Web Annotation: https://www.w3.org/TR/annotation-model/; IIIF Presentation 3 annotation pages have the same
items under another context, and target the canvas of a page where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import pyoxigraph as ox

from kg.names import LG, NAMESPACES
from kg.reading import Reader
from kg.sparql import bind

_LINKED_ART = "https://linked.art/ns/v1/linked-art.json"
_AAT = NAMESPACES["aat"]
_RDFS, _OWL, _OA, _CRM = NAMESPACES["rdfs"], NAMESPACES["owl"], NAMESPACES["oa"], NAMESPACES["crm"]
_SCHEMA, _DCTERMS, _RDF = NAMESPACES["schema"], NAMESPACES["dcterms"], NAMESPACES["rdf"]
_BATCH = 500
Said = dict[str, list[Any]]


def linked_art_works(reader: Reader, only: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Every artwork a claim names, or those of these IRIs, as a Linked Art HumanMadeObject."""
    for iri, said, labels in _things(reader, "Artwork", only):
        yield {
            "@context": _LINKED_ART,
            "id": iri,
            "type": "HumanMadeObject",
            "_label": _label(said),
            "identified_by": [
                *(
                    {"type": "Name", "content": n.value, **_preferred(k)}
                    for k, n in enumerate(said[_RDFS + "label"])
                ),
                *(
                    {
                        "type": "Identifier",
                        "content": n.value,
                        "classified_as": [_type("300312355", "Accession Number")],
                    }
                    for n in said.get(LG + "inventoryNumber", [])
                ),
            ],
            **_if(
                "equivalent",
                [{"id": v.value, "type": "HumanMadeObject"} for v in said.get(_OWL + "sameAs", [])],
            ),
            **_if("produced_by", _production(said, labels)),
            **_if("current_keeper", [_ref(v, "Group", labels) for v in said.get(LG + "collection", [])]),
        }


def linked_art_illustrations(reader: Reader, only: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Every illustration, or those of these IRIs, as a Linked Art VisualItem with its digital image and what
    it represents.
    """
    for iri, said, labels in _things(reader, "Illustration", only):
        captions = said.get(LG + "caption", [])
        digital = [
            {
                "type": "DigitalObject",
                "classified_as": [_type("300215302", "Digital Image")],
                "access_point": [{"id": url.value, "type": "DigitalObject"}],
            }
            for url in said.get(_SCHEMA + "contentUrl", [])
        ]
        description = {"type": "LinguisticObject", "classified_as": [_type("300435416", "Description")]}
        yield {
            "@context": _LINKED_ART,
            "id": iri,
            "type": "VisualItem",
            "_label": _label(said),
            "identified_by": [
                {"type": "Identifier", "content": v.value} for v in said[_DCTERMS + "identifier"]
            ],
            **_if("referred_to_by", [description | {"content": c.value} for c in captions]),
            **_if("classified_as", [_ref(v, "Type", labels) for v in said.get(LG + "category", [])]),
            **_if(
                "represents", [_ref(v, "HumanMadeObject", labels) for v in said.get(LG + "reproduces", [])]
            ),
            **_if("about", [_ref(v, "Type", labels) for v in said.get(_DCTERMS + "subject", [])]),
            **_if("digitally_shown_by", digital),
        }


def annotation_pages(reader: Reader, iiif: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file name, page) per source: every claim about its illustrations, believed or not."""
    context = "http://iiif.io/api/presentation/3/context.json" if iiif else "http://www.w3.org/ns/anno.jsonld"
    sources = reader.query(bind("sources.rq"))
    for row in list(sources):
        source = row["s"]
        local = (reader.names.split(source.value) or ("", source.value))[1]
        rows = reader.query(bind("annotations.rq", source=str(source)))
        items = [_annotation(each) for each in rows]
        page_iri = f"{reader.names.base}annotations/{source.value.rsplit('/', 1)[-1]}"
        name = "".join(c if c.isalnum() or c in "-_." else "_" for c in local)
        yield name, {"@context": context, "id": page_iri, "type": "AnnotationPage", "items": items}


def _annotation(row: Any) -> dict[str, Any]:
    target: Any = row["plate"].value
    if row["whole"] is not None:
        target = f"{row['whole'].value}#{row['xywh'].value}"
    body: dict[str, Any] = {"type": "SpecificResource", "source": row["value"].value}
    bodies: list[dict[str, Any]] = [body]
    if row["label"] is not None:
        text = {"type": "TextualBody", "value": row["label"].value, "format": "text/plain"}
        bodies.append(text | ({"language": row["label"].language} if row["label"].language else {}))
    return {
        "id": row["claim"].value,
        "type": "Annotation",
        "motivation": row["motive"].value.removeprefix(_OA),
        "target": target,
        "body": bodies,
        LG + "property": row["term"].value.removeprefix(LG),
        LG + "confidence": float(row["confidence"].value),
    }


def _things(reader: Reader, kind: str, only: Sequence[str]) -> Iterator[tuple[str, Said, dict[str, str]]]:
    members = bind("members-in-order.rq", **{"class": f"<{LG}{kind}>"})
    rows = () if only else reader.query(members)
    found = iter(only) if only else (row["s"].value for row in rows)
    while batch := list(islice(found, _BATCH)):
        things = " ".join(f"<{iri}>" for iri in batch)
        said: dict[str, Said] = {iri: {} for iri in batch}
        for row in reader.query(bind("facts.rq", things=things)):
            said[row["s"].value].setdefault(row["p"].value, []).append(row["o"])
        labels = {
            row["o"].value: row["label"].value
            for row in reader.query(bind("labels-of-objects.rq", things=things))
        }
        for iri in batch:
            for terms in said[iri].values():
                terms.sort(key=str)
            yield iri, said[iri], labels


def _production(said: Said, labels: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "Production"}
    if creators := said.get(LG + "creator"):
        made["carried_out_by"] = [_ref(v, "Person", labels) for v in creators]
    if dates := said.get(LG + "inception"):
        made["timespan"] = {
            "type": "TimeSpan",
            "identified_by": [{"type": "Name", "content": dates[0].value}],
        }
    return made if len(made) > 1 else {}


def _label(said: Said) -> str:
    labels = said.get(_RDFS + "label", [])
    return str(next((x.value for x in labels if x.language == "en"), labels[0].value if labels else ""))


def _preferred(place: int) -> dict[str, Any]:
    return {"classified_as": [_type("300404670", "Primary Name")]} if place == 0 else {}


def _type(aat: str, label: str) -> dict[str, str]:
    return {"id": _AAT + aat, "type": "Type", "_label": label}


def _ref(value: ox.NamedNode, kind: str, labels: dict[str, str]) -> dict[str, str]:
    return {"id": value.value, "type": kind} | (
        {"_label": labels[value.value]} if value.value in labels else {}
    )


def _if(key: str, value: Any) -> dict[str, Any]:
    return {key: value} if value else {}
