"""IIIF Presentation 3: one manifest per source, with its plates as canvases and what is believed as
annotations.

In: a source's local id. Out: JSON for any IIIF viewer. A canvas has the size of its picture; what is said
of a plate is its metadata, and its annotation page holds the claims that stand, with confidence.
"""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from api.dataset import Dataset
from api.images import picture_size
from api.kinds import sources
from api.language import best_text, percent, word
from api.rendering import IIIF
from api.requests import conditional, dataset, entity_iri, missing, raw_path
from api.sparql_routes import open_to_all
from api.views import href, local_name
from kg.names import LG

blueprint = Blueprint("iiif", __name__)
_CONTEXT = IIIF
_MAXIMUM = 2000  # canvases of one manifest


@blueprint.get("/iiif/<path:_local>/manifest.json")
def manifest(_local: str) -> Response:
    """The manifest of a source; 404 for an unknown one."""
    found = dataset()
    path = raw_path().removeprefix("/iiif/").removesuffix("/manifest.json")
    iri = entity_iri(f"source/{path}", found.names.base)
    book = sources(found, "en").get(iri)
    if book is None:
        raise missing(iri)
    here = request.url_root.rstrip("/")
    own = f"{here}/iiif/{path}"
    made = {
        "@context": _CONTEXT,
        "id": f"{own}/manifest.json",
        "type": "Manifest",
        "label": {book.language or "none": [book.label]},
        "metadata": [_pair("about", book.note)] if book.note else [],
        "homepage": [
            {
                "id": here + href(iri, found.names.base),
                "type": "Text",
                "label": _label(book.label),
                "format": "text/html",
            }
        ],
        "seeAlso": [
            {"id": f"{here}/data/source/{path}.jsonld", "type": "Dataset", "format": "application/ld+json"}
        ],
        "items": [
            _canvas(found, plate, own, here, number)
            for number, plate in enumerate(found.index.plates_of("source", iri, _MAXIMUM), 1)
        ],
    }
    text = json.dumps(made, ensure_ascii=False)
    answer = Response(text, content_type=f'application/ld+json;profile="{_CONTEXT}"')
    return open_to_all(conditional(answer))


@blueprint.get("/iiif/<path:_local>/annotations/<int:number>.json")
def annotation_page(_local: str, number: int) -> Response:
    """What stands about one plate of a source, as an annotation page."""
    found = dataset()
    path = raw_path().removeprefix("/iiif/").rsplit("/annotations/", 1)[0]
    iri = entity_iri(f"source/{path}", found.names.base)
    plates = found.index.plates_of("source", iri, 1, number - 1) if number > 0 else []
    if not plates:
        raise NotFound()
    own = f"{request.url_root.rstrip('/')}/iiif/{path}"
    target = f"{own}/canvas/{number}"
    claims: dict[str, dict[str, Any]] = {}
    believed = {
        (LG + row["property"], row["entity"])
        for row in found.index.values_of(plates[0]["iri"])
        if row["entity"]
    }
    said = found.select("claims", entity=ox.NamedNode(plates[0]["iri"]))
    texts: dict[str, list[tuple[str, str]]] = {}
    for row in said:
        if "label" in row:
            texts.setdefault(row["value"].value, []).append((row["label"].value, row["label"].language or ""))
    for row in said:
        value = row["value"]
        if "claim" not in row or (row["property"].value, value.value) not in believed or "qualifier" in row:
            continue
        text, language = best_text(texts.get(value.value, ()), "en")
        kind = word(local_name(row["property"].value), "en")
        sure = percent(float(row["confidence"].value))
        claims[row["claim"].value] = {
            "id": row["claim"].value,
            "type": "Annotation",
            "motivation": "tagging",
            "body": {
                "type": "TextualBody",
                "value": f"{kind}: {text or local_name(value.value)} ({sure})",
                "format": "text/plain",
                **({"language": language} if language else {}),
            },
            "target": target,
        }
    page = {
        "@context": _CONTEXT,
        "id": f"{own}/annotations/{number}.json",
        "type": "AnnotationPage",
        "items": list(claims.values()),
    }
    text = json.dumps(page, ensure_ascii=False)
    return open_to_all(conditional(Response(text, content_type="application/ld+json")))


def _canvas(found: Dataset, plate: dict[str, Any], own: str, here: str, number: int) -> dict[str, Any]:
    width, height = picture_size(found, plate["digest"])
    canvas: dict[str, Any] = {
        "id": f"{own}/canvas/{number}",
        "type": "Canvas",
        "label": {plate["language"] or "none": [plate["label"] or local_name(plate["iri"])]},
        "width": width,
        "height": height,
        "homepage": [
            {
                "id": here + href(plate["iri"], found.names.base),
                "type": "Text",
                "label": _label("Legenda"),
                "format": "text/html",
            }
        ],
        "items": [],
        "annotations": [{"id": f"{own}/annotations/{number}.json", "type": "AnnotationPage"}],
    }
    if plate["digest"]:
        image = f"{here}/image/{plate['digest']}"
        body = {"id": image, "type": "Image", "format": _format(found, plate["digest"])}
        canvas["thumbnail"] = [{"id": image + "/thumbnail", "type": "Image", "format": "image/webp"}]
        canvas["items"] = [
            {
                "id": f"{own}/canvas/{number}/page",
                "type": "AnnotationPage",
                "items": [
                    {
                        "id": f"{own}/canvas/{number}/page/image",
                        "type": "Annotation",
                        "motivation": "painting",
                        "body": body | {"width": width, "height": height},
                        "target": f"{own}/canvas/{number}",
                    }
                ],
            }
        ]
    return canvas


def _format(found: Dataset, digest: str) -> str:
    from api.images import raster_type

    path = found.media.path(digest)
    if path is None:
        return "image/jpeg"
    with path.open("rb") as file:
        return raster_type(file.read(32)) or "image/jpeg"


def _label(text: str) -> dict[str, list[str]]:
    return {"none": [text]}


def _pair(name: str, value: str) -> dict[str, Any]:
    return {"label": _label(name), "value": _label(value)}
