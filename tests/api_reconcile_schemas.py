"""JSON schemas of the Reconciliation Service API 0.2 as we know it: what each answer must look like.

No package carries the ones of the W3C's community group. These were written from knowledge of the
specification, without its text at hand, so a client that follows the text is the better judge. Covered are
service manifest (section 3), reconciliation response (4), suggest (5), data extension (7).
"""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}
_URL = {"type": "string", "pattern": "^https?://"}
_NAMED = {
    "type": "object",
    "properties": {"id": {"type": "string", "minLength": 1}, "name": _TEXT, "description": _TEXT},
    "required": ["id", "name"],
}
_SERVICE = {
    "type": "object",
    "properties": {"service_url": _URL, "service_path": {"type": "string", "pattern": "^/"}},
    "required": ["service_url", "service_path"],
}
_TEMPLATE = {"type": "string", "pattern": r"^https?://.*\{\{id\}\}"}

MANIFEST: dict[str, Any] = {
    "type": "object",
    "properties": {
        "versions": {"type": "array", "items": _TEXT, "contains": {"const": "0.2"}},
        "name": _TEXT,
        "identifierSpace": _URL,
        "schemaSpace": _URL,
        "documentation": _URL,
        "logo": _URL,
        "defaultTypes": {"type": "array", "items": _NAMED},
        "view": {"type": "object", "properties": {"url": _TEMPLATE}, "required": ["url"]},
        "preview": {
            "type": "object",
            "properties": {
                "url": _TEMPLATE,
                "width": {"type": "integer", "minimum": 1},
                "height": {"type": "integer", "minimum": 1},
            },
            "required": ["url", "width", "height"],
        },
        "suggest": {
            "type": "object",
            "properties": {"entity": _SERVICE, "type": _SERVICE, "property": _SERVICE},
            "additionalProperties": False,
        },
        "extend": {
            "type": "object",
            "properties": {"propose_properties": _SERVICE, "property_settings": {"type": "array"}},
        },
        "batchSize": {"type": "integer", "minimum": 1},
    },
    "required": ["versions", "name", "identifierSpace", "schemaSpace"],
}

_FEATURE = {
    "type": "object",
    "properties": {"id": _TEXT, "name": _TEXT, "value": {"type": ["number", "boolean"]}},
    "required": ["id", "value"],
}
_CANDIDATE = {
    "type": "object",
    "properties": {
        **_NAMED["properties"],  # type: ignore[dict-item]
        "type": {"type": "array", "items": {"anyOf": [_NAMED, _TEXT]}},
        "score": {"type": "number"},
        "features": {"type": "array", "items": _FEATURE},
        "match": {"type": "boolean"},
    },
    "required": ["id", "name", "score"],
}
RESULTS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {"result": {"type": "array", "items": _CANDIDATE}},
        "required": ["result"],
    },
}

_SUGGESTED = {
    "type": "object",
    "properties": {
        **_NAMED["properties"],  # type: ignore[dict-item]
        "notable": {"type": "array", "items": {"anyOf": [_NAMED, _TEXT]}},
    },
    "required": ["id", "name"],
}
SUGGEST: dict[str, Any] = {
    "type": "object",
    "properties": {"result": {"type": "array", "items": _SUGGESTED}},
    "required": ["result"],
}

PROPOSED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": _TEXT,
        "limit": {"type": "integer"},
        "properties": {"type": "array", "items": _NAMED},
    },
    "required": ["properties"],
}


def _only(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


_CELL = {
    "anyOf": [
        _only(id=_TEXT, name=_TEXT),
        _only(str=_TEXT),
        _only(int={"type": "integer"}),
        _only(float={"type": "number"}),
        _only(date=_TEXT),
        _only(bool={"type": "boolean"}),
        _only(),
    ]
}
EXTENDED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "meta": {"type": "array", "items": _NAMED},
        "rows": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": _CELL},
            },
        },
    },
    "required": ["meta", "rows"],
}
