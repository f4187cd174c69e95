"""`/openapi.json`: every route of this service as an OpenAPI 3.1 document, for people who write clients.

In: the routes as Flask knows them, the first lines of their docstrings, and `openapi.toml` for what a route
cannot say of itself (parameters, media types, tokens). Out: one JSON document; a route that the file does not
know is listed all the same, with its path and what its docstring says.
"""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.routing import Rule

from api.requests import SOFTWARE, settings
from api.sparql_routes import open_to_all

blueprint = Blueprint("openapi", __name__)
_METHODS = ("get", "put", "post", "delete", "patch")
_ARGUMENT = re.compile(r"<(?:(?P<converter>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
_REASONS = {
    "200": "The answer.",
    "201": "The graph was made.",
    "204": "Done.",
    "206": "The part that was asked for.",
    "302": "It is at another address.",
    "303": "Another address describes it.",
    "304": "Not changed since the client got it.",
    "400": "The request is not what the route understands; one line says why.",
    "401": "It needs a token.",
    "403": "That is not allowed.",
    "404": "There is no such thing.",
    "406": "It is not written in any format that is accepted.",
    "410": "There was such a thing; it was withdrawn.",
    "413": "The request is too long.",
    "415": "The format of the request is not understood.",
    "416": "There is no such part.",
    "429": "Too many requests from this client; Retry-After says when to go on.",
    "503": "A limit was passed, or there is no dataset yet; Retry-After says when to try again.",
}


@blueprint.get("/openapi.json")
def document() -> Response:
    """The description of every route, as OpenAPI 3.1."""
    text = json.dumps(described(current_app, request.url_root.rstrip("/")), ensure_ascii=False)
    answer = Response(text, content_type="application/json; charset=utf-8")
    answer.add_etag()
    answer.headers["Cache-Control"] = "no-cache"
    answer.make_conditional(request)
    return open_to_all(answer)


def described(app: Flask, here: str) -> dict[str, Any]:
    """The OpenAPI document of an application that is reached at the address `here`."""
    paths: dict[str, Any] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        operations = paths.setdefault(path_of(rule), {})
        for method in _METHODS:
            if method.upper() in (rule.methods or ()):
                operations[method] = _operation(app, rule, method)
    title = settings().title
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": SOFTWARE, "summary": "Illustrations as linked data."},
        "servers": [{"url": here}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made by `legenda token`."}
            }
        },
    }


def path_of(rule: Rule) -> str:
    """A route's path as OpenAPI writes it.

    >>> path_of(Rule("/page/<kind>/<path:local>"))
    '/page/{kind}/{local}'
    """
    return _ARGUMENT.sub(lambda match: "{" + match["name"].lstrip("_") + "}", rule.rule)


@cache
def told() -> dict[str, Any]:
    """What `openapi.toml` says."""
    return tomllib.loads((Path(__file__).parent / "openapi.toml").read_text(encoding="utf-8"))


def _operation(app: Flask, rule: Rule, method: str) -> dict[str, Any]:
    known = told()["endpoints"].get(rule.endpoint, {})
    first, _, rest = _docstring(app, rule).partition("\n\n")
    made: dict[str, Any] = {
        "operationId": f"{rule.endpoint}.{method}{_suffix(app, rule)}",
        "summary": " ".join(first.split()),
        "tags": [rule.endpoint.partition(".")[0]],
        "parameters": _parameters(
            rule, [] if method == "post" and "form" in known else known.get("query", [])
        ),
        "responses": _responses(known, method),
    }
    if rest:
        made["description"] = " ".join(rest.split())
    if method in {"put", "post", "patch"}:
        made["requestBody"] = {"content": _bodies(known)}
    if role := known.get("token", {}).get(method.upper()):
        made["security"] = [{"token": []}]
        made["description"] = f"{made.get('description', '')} Needs a token of role `{role}`.".strip()
    return made


def _docstring(app: Flask, rule: Rule) -> str:
    function = app.view_functions[rule.endpoint]
    return "A file of the interface." if rule.endpoint == "static" else (function.__doc__ or "").strip()


def _suffix(app: Flask, rule: Rule) -> str:
    """What tells several paths of one function apart."""
    same = sorted(each.rule for each in app.url_map.iter_rules(rule.endpoint))
    return f".{same.index(rule.rule) + 1}" if len(same) > 1 else ""


def _parameters(rule: Rule, query: list[str]) -> list[dict[str, Any]]:
    meanings = told()["parameters"]
    found = []
    for match in _ARGUMENT.finditer(rule.rule):
        name = match["name"].lstrip("_")
        kind = {"type": "integer", "minimum": 0} if match["converter"] == "int" else {"type": "string"}
        one = {"name": name, "in": "path", "required": True, "schema": kind}
        found.append(one | {"description": meanings.get(name, "The rest of the path.")})
    for name in query:
        one = {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        if name.endswith("-uri"):
            one["schema"] = {"type": "array", "items": {"type": "string"}}
        found.append(one | {"description": meanings[name]})
    return found


def _bodies(known: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {name: {"schema": {"type": "string"}} for name in known.get("bodies", [])}
    if "multipart/form-data" in content:
        file = {"type": "string", "format": "binary"}
        content["multipart/form-data"] = {"schema": {"type": "object", "properties": {"graph": file}}}
    fields = known.get("form")
    if fields or not content:
        meanings = told()["parameters"]
        properties = {n: {"type": "string", "description": meanings[n]} for n in fields or []}
        content["application/x-www-form-urlencoded"] = {
            "schema": {"type": "object", "properties": properties}
        }
    return content


def _responses(known: dict[str, Any], method: str) -> dict[str, Any]:
    answers = known.get("answers")
    made: dict[str, Any] = {}
    if answers != [] and (method in {"get", "post"} or answers is None):
        made["200"] = {"description": _REASONS["200"]}
        if answers:
            made["200"]["content"] = {name: {} for name in answers}
    for status in sorted({*known.get("status", []), "304", "429", "503"}):
        made[status] = {"description": _REASONS[status]}
    return made
