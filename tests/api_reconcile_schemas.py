"""What each answer must look like by the Reconciliation Service API 0.2 of the W3C's community group.

Written after the specification's text and its JSON schemas (github.com/reconciliation-api/specs, folder 0.2),
and stricter than these where the text is: ids and names are not empty, nothing comes that a client would not
know. Covered are service manifest, reconciliation results, suggestions, property proposals, data extension.
"""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}
_SOME = {"type": "string", "minLength": 1}
_URL = {"type": "string", "pattern": "^https?://"}
_TEMPLATE = {"type": "string", "pattern": r"^https?://.*\{\{id\}\}"}
_DATE = (
    r"^(-?(?:[1-9][0-9]*)?[0-9]{4})-(1[0-2]|0[1-9])-(3[01]|0[1-9]|[12][0-9])"
    r"T(2[0-3]|[01][0-9]):([0-5][0-9]):([0-5][0-9])(\.[0-9]+)?(Z|[+-](?:2[0-3]|[01][0-9]):[0-5][0-9])?$"
)


def _object(required: dict[str, Any], /, **optional: Any) -> dict[str, Any]:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": required | optional,
        "required": sorted(required),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items} | more


# A type may also be a mere string in results; ours are told by name, for a client shows that.
_TYPE = _object({"id": _SOME, "name": _SOME}, description=_TEXT, broader=_list({"type": "object"}))
_PROPERTY = _object({"id": _SOME, "name": _SOME}, description=_TEXT)
_SERVICE = _object(
    {"service_url": _URL, "service_path": {"type": "string", "pattern": "^/"}},
    flyout_service_url=_URL,
    flyout_service_path={"type": "string", "pattern": r"\$\{id\}"},
)
_WHERE = _object({"service_url": _URL, "service_path": {"type": "string", "pattern": "^/"}})
_PIXELS = {"type": "integer", "minimum": 1}

MANIFEST: dict[str, Any] = _object(
    {
        "versions": _list(_TEXT, contains={"const": "0.2"}),
        "name": _SOME,
        "identifierSpace": _URL,
        "schemaSpace": _URL,
        "defaultTypes": _list(_TYPE, uniqueItems=True),
    },
    documentation=_URL,
    serviceVersion=_TEXT,
    logo=_URL,
    authentication={"type": "object"},
    view=_object({"url": _TEMPLATE}),
    feature_view=_object({"url": _TEMPLATE}),
    preview=_object({"url": _TEMPLATE, "width": _PIXELS, "height": _PIXELS}),
    suggest=_object({}, entity=_SERVICE, type=_SERVICE, property=_SERVICE),
    extend=_object({}, propose_properties=_WHERE, property_settings=_list({"type": "object"})),
    batchSize={"type": "integer", "minimum": 1},
)

_CANDIDATE = _object(
    {"id": _SOME, "name": _SOME, "score": {"type": "number"}, "match": {"type": "boolean"}},
    description=_SOME,
    type=_list(_TYPE),
    features=_list(_object({"id": _SOME, "value": {"type": ["number", "boolean"]}})),
)
RESULTS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": _object({"result": _list(_CANDIDATE)}),
}

SUGGESTED: dict[str, dict[str, Any]] = {
    "entity": _object(
        {"result": _list(_object({"id": _SOME, "name": _SOME}, description=_SOME, notable=_list(_TYPE)))}
    ),
    "property": _object({"result": _list(_PROPERTY)}),
    "type": _object({"result": _list(_TYPE)}),
}

PROPOSED: dict[str, Any] = _object(
    {"type": _TEXT, "properties": _list(_PROPERTY)}, limit={"type": "integer", "minimum": 1}
)

_CELL = {
    "oneOf": [
        _object({}),
        _object({"id": _SOME, "name": _SOME}, description=_TEXT),
        _object({"str": _TEXT}),
        _object({"float": {"type": "number"}}),
        _object({"int": {"type": "integer"}}),
        _object({"date": {"type": "string", "pattern": _DATE}}),
    ]
}
EXTENDED: dict[str, Any] = _object(
    {
        "meta": _list(
            _object({"id": _SOME, "name": _SOME}, type=_object({"id": _SOME}, name=_TEXT), service=_URL)
        ),
        "rows": {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": _list(_CELL)},
        },
    }
)
