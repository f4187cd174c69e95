"""IIIF Change Discovery 1.0, level 2, and "gone" for what was withdrawn.

In: the history of the store (`api.history`). Out: `/changes/` and its pages of a hundred activities, oldest
first; pages that are full never change. Every described entity is in it; a source is announced as its IIIF
manifest.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from api.formats import TWINS
from api.history import Activity, History
from api.requests import conditional, dataset
from api.sparql_routes import open_to_all

blueprint = Blueprint("feed", __name__)
_PAGE = 100
_CONTEXT = "http://iiif.io/api/discovery/1/context.json"


@blueprint.get("/changes/")
def collection() -> Response:
    """The list of all changes: how many there are, its first and its last page."""
    history = recorded()
    total = history.count()
    last = max(1, -(-total // _PAGE))
    return _answer(
        {
            "@context": _CONTEXT,
            "id": _here() + "/changes/",
            "type": "OrderedCollection",
            "totalItems": total,
            "seeAlso": [
                {"id": _here() + "/.well-known/void", "type": "Dataset", "format": "text/turtle"},
            ],
            "first": _page(1),
            "last": _page(last),
        }
    )


@blueprint.get("/changes/<int:number>")
def page(number: int) -> Response:
    """One page of changes, oldest first."""
    history = recorded()
    last = max(1, -(-history.count() // _PAGE))
    if not 1 <= number <= last:
        raise NotFound()
    base = dataset().names.base
    made: dict[str, Any] = {
        "@context": _CONTEXT,
        **_page(number),
        "partOf": {"id": _here() + "/changes/", "type": "OrderedCollection"},
        "startIndex": (number - 1) * _PAGE,
    }
    if number > 1:
        made["prev"] = _page(number - 1)
    if number < last:
        made["next"] = _page(number + 1)
    first = (number - 1) * _PAGE + 1
    made["orderedItems"] = [_activity(each, base) for each in history.activities(first, _PAGE)]
    return _answer(made)


def recorded() -> History:
    """The history, the snapshot of this request noted in it. Raises NotFound where none can be kept."""
    history = dataset().history
    if history is None:
        raise NotFound("This server keeps no history of changes.")
    return history


def _activity(each: Activity, base: str) -> dict[str, Any]:
    return {"type": each.type, "object": _object(each.iri, base, each.type != "Delete"), "endTime": each.at}


def _object(iri: str, base: str, there: bool) -> dict[str, Any]:
    path = iri[len(base) + 3 :]
    kind, _, local = path.partition("/")
    described = {"canonical": iri, "id": iri, "type": "Image" if kind == "illustration" else "Object"}
    if kind == "source":
        described |= {"id": f"{_here()}/iiif/{local}/manifest.json", "type": "Manifest"}
    if there:
        described["seeAlso"] = [  # type: ignore[assignment]
            {"id": f"{_here()}/data/{path}.{f.name}", "type": "Dataset", "format": f.types[0]}
            for f in TWINS[:2]
        ]
    return described


def _page(number: int) -> dict[str, str]:
    return {"id": f"{_here()}/changes/{number}", "type": "OrderedCollectionPage"}


def _here() -> str:
    return request.url_root.rstrip("/")


def _answer(content: dict[str, Any]) -> Response:
    text = json.dumps(content, ensure_ascii=False)
    profile = f'application/ld+json;profile="{_CONTEXT}"'
    return open_to_all(conditional(Response(text, content_type=profile)))
