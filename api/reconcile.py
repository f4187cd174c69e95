"""W3C Reconciliation Service API 0.2: match names to the entities of this store, from OpenRefine or a script.

In: batches of queries (a name, perhaps a type), extension requests, suggestions. Out: candidates with
scores 0–100. A candidate's score is the likeness of names (rapidfuzz); a match is announced only when the
best candidate is nearly the same name and clearly ahead of the second.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request
from rapidfuzz import fuzz, process, utils
from werkzeug.exceptions import NotFound

from api.dataset import Dataset
from api.language import word
from api.pages import VALUE_KINDS
from api.requests import dataset, entity_iri, language
from api.sparql import ProtocolError
from api.sparql_routes import open_to_all
from api.views import facts, local_name
from kg.names import LG

blueprint = Blueprint("reconcile", __name__)
_MATCH, _AHEAD = 95.0, 5.0
_BATCH = 50
_SUGGESTED = 10
_BY_PROPERTIES = 0.3  # of a score, where a query gives values of properties too


@blueprint.route("/reconcile", methods=["GET", "POST"])
def service() -> Response:
    """The manifest, a batch of `queries`, or an `extend` request."""
    found = dataset()
    if "queries" in request.values:
        asked = _json(request.values["queries"])
        if not isinstance(asked, dict) or len(asked) > _BATCH:
            raise ProtocolError(400, f"queries is an object of at most {_BATCH} queries")
        return _answer({name: {"result": _candidates(found, query)} for name, query in asked.items()})
    if "extend" in request.values:
        return _answer(_extended(found, _json(request.values["extend"])))
    return _answer(_manifest(found))


@blueprint.get("/reconcile/suggest/entity")
def suggest_entity() -> Response:
    """Entities whose name begins like `prefix`, or is like it."""
    found, prefix = dataset(), request.args.get("prefix", "")
    candidates = {c["id"]: c for c in _begun(found, prefix)}
    for c in _candidates(found, {"query": prefix, "limit": _SUGGESTED}):
        candidates.setdefault(c["id"], c)
    shown = [{"id": c["id"], "name": c["name"], "notable": c["type"]} for c in candidates.values()]
    return _answer({"result": shown[:_SUGGESTED]})


@blueprint.get("/reconcile/suggest/type")
def suggest_type() -> Response:
    """The types of entities there are."""
    prefix = request.args.get("prefix", "").lower()
    return _answer({"result": [t for t in _types() if prefix in t["name"].lower()]})


@blueprint.get("/reconcile/suggest/property")
def suggest_property() -> Response:
    """The properties by which a column can be extended."""
    prefix = request.args.get("prefix", "").lower()
    return _answer({"result": [p for p in _properties() if prefix in p["name"].lower()]})


@blueprint.get("/reconcile/properties")
def propose_properties() -> Response:
    """The properties that entities of a type have."""
    return _answer({"type": request.args.get("type", ""), "properties": _properties()})


@blueprint.get("/reconcile/preview")
def preview() -> Any:
    """A small page about one entity, to be shown in a frame; the only page that may be framed."""
    found = dataset()
    iri = entity_iri(request.args.get("id", ""), found.names.base)
    rows = found.select("entity", entity=ox.NamedNode(iri))
    labels = [r["value"].value for r in rows if local_name(r["property"].value) == "label"]
    shown = facts(rows, found.names.base, language(), ("type", "corpus", "inScheme"))
    html = render_template("preview.html", label=labels[0] if labels else iri, facts=shown)
    response = Response(html)
    policy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors *"
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Frame-Options"] = "ALLOWALL"
    return response


def _manifest(found: Dataset) -> dict[str, Any]:
    here = request.url_root.rstrip("/")
    suggest = {
        kind: {"service_url": here, "service_path": f"/reconcile/suggest/{kind}"}
        for kind in ("entity", "type", "property")
    }
    return {
        "versions": ["0.2"],
        "name": "Legenda",
        "identifierSpace": found.names.base + "id/",
        "schemaSpace": LG,
        "defaultTypes": _types(),
        "view": {"url": here + "/page/{{id}}"},
        "preview": {"url": here + "/reconcile/preview?id={{id}}", "width": 400, "height": 240},
        "suggest": suggest,
        "extend": {
            "propose_properties": {"service_url": here, "service_path": "/reconcile/properties"},
            "property_settings": [],
        },
        "batchSize": _BATCH,
    }


def _types() -> list[dict[str, str]]:
    return [_type(kind) for kind in (*VALUE_KINDS, "source")]


def _type(kind: str) -> dict[str, str]:
    return {"id": kind, "name": word(kind, language())}


def _properties() -> list[dict[str, str]]:
    names = ("wikidata", "ulan", "gnd", "viaf", "born", "died", "inception", "creator", "collection")
    return [{"id": name, "name": word(name, language())} for name in (*names, "label", "plates")]


def _names(found: Dataset) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Names, the same prepared for comparison, and for each its entity's IRI and kind; once per snapshot."""

    def gather() -> tuple[list[str], list[str], list[tuple[str, str]]]:
        names: list[str] = []
        owners: list[tuple[str, str]] = []
        for row in found.index.all_labels():
            split = found.names.split(row["entity"])
            if split:
                names.append(row["label"])
                owners.append((row["entity"], split[0]))
        return names, [utils.default_process(name) for name in names], owners

    kept: tuple[list[str], list[str], list[tuple[str, str]]] = found.kept("reconcile", gather)
    return kept


def _candidates(found: Dataset, query: Any) -> list[dict[str, Any]]:
    if not isinstance(query, dict) or not isinstance(query.get("query"), str):
        raise ProtocolError(400, "a query is an object with a text under `query`")
    wanted = query.get("type") or []
    wanted = [wanted] if isinstance(wanted, str) else wanted
    kinds = {str(t.get("id")) if isinstance(t, dict) else str(t) for t in wanted}
    limit = query.get("limit")
    limit = limit if isinstance(limit, int) and 0 < limit <= 50 else 5
    names, prepared, owners = _names(found)
    text = utils.default_process(query["query"][:300])
    if not text:
        return []
    near = process.extract(text, prepared, scorer=fuzz.token_sort_ratio, limit=200, score_cutoff=50)
    best: dict[str, dict[str, Any]] = {}
    for _, score, place in near:
        iri, kind = owners[place]
        if iri in best or (kinds and kind not in kinds):
            continue
        best[iri] = {
            "id": iri[len(found.names.base) + 3 :],
            "name": names[place],
            "score": round(score, 1),
            "match": False,
            "type": [_type(kind)],
        }
        if len(best) > limit:
            break
    ranked = _compared(found, list(best.values()), query.get("properties"))
    if ranked and ranked[0]["score"] >= _MATCH:
        ranked[0]["match"] = len(ranked) == 1 or ranked[0]["score"] - ranked[1]["score"] >= _AHEAD
    return ranked[:limit]


def _begun(found: Dataset, prefix: str) -> list[dict[str, Any]]:
    """Entities of which a word of some name begins like `prefix`, the shortest name first."""
    names, prepared, owners = _names(found)
    text = utils.default_process(prefix[:300])
    if not text:
        return []
    places = [n for n, name in enumerate(prepared) if name.startswith(text) or f" {text}" in name]
    places.sort(key=lambda n: (not prepared[n].startswith(text), len(names[n]), names[n]))
    best: dict[str, dict[str, Any]] = {}
    for place in places:
        iri, kind = owners[place]
        id = iri[len(found.names.base) + 3 :]
        best.setdefault(id, {"id": id, "name": names[place], "type": [_type(kind)]})
        if len(best) == _SUGGESTED:
            break
    return list(best.values())


def _compared(found: Dataset, ranked: list[dict[str, Any]], asked: Any) -> list[dict[str, Any]]:
    """Candidates scored also by the values of properties that a query gives, each shown as a feature."""
    wanted = {}
    for one in asked if isinstance(asked, list) else []:
        if isinstance(one, dict) and isinstance(one.get("pid"), str):
            given = one.get("v")
            wanted[one["pid"]] = {_plain(v) for v in (given if isinstance(given, list) else [given])} - {""}
    wanted = {pid: values for pid, values in wanted.items() if values}
    if not wanted or not ranked:
        return ranked
    held = _extended(found, {"ids": [c["id"] for c in ranked], "properties": [{"id": p} for p in wanted]})
    for candidate in ranked:
        cells = held["rows"][candidate["id"]]
        values = {pid: {_plain(v) for cell in cells.get(pid, ()) for v in cell.values()} for pid in wanted}
        alike = {pid: 100.0 * bool(values[pid] & wanted[pid]) for pid in wanted}
        known = [alike[pid] for pid in wanted if values[pid]]  # what is not known speaks for nobody
        if known:
            part = sum(known) / len(known)
            score = (1 - _BY_PROPERTIES) * candidate["score"] + _BY_PROPERTIES * part
            candidate["score"] = round(score, 1)
        candidate["features"] = [{"id": pid, "value": alike[pid]} for pid in wanted]
    return sorted(ranked, key=lambda c: -c["score"])


def _plain(value: Any) -> str:
    """A value as it is compared: of an entity its last name, of anything else its text."""
    text = str(value.get("name") or value.get("id") or "") if isinstance(value, dict) else str(value or "")
    return str(utils.default_process(text.rsplit("/", 1)[-1]))


def _extended(found: Dataset, asked: Any) -> dict[str, Any]:
    """The values of some properties for some entities."""
    try:
        ids = [str(one) for one in asked["ids"]][:_BATCH]
        properties = [str(one["id"]) for one in asked["properties"]][:20]
    except (KeyError, TypeError) as error:
        raise ProtocolError(400, "extend is an object with `ids` and `properties`") from error
    rows: dict[str, Any] = {}
    for id in ids:
        values: dict[str, list[dict[str, Any]]] = {name: [] for name in properties}
        rows[id] = values
        try:
            iri = entity_iri(id, found.names.base)
        except NotFound:
            continue  # an id that is none of ours has no values
        for row in found.select("entity", entity=ox.NamedNode(iri)):
            name, value = local_name(row["property"].value), row["value"]
            if name not in values:
                continue
            cell: dict[str, Any] = {"str": value.value}
            if isinstance(value, ox.NamedNode) and value.value.startswith(found.names.base + "id/"):
                label = row["label"].value if "label" in row else local_name(value.value)
                cell = {"id": value.value[len(found.names.base) + 3 :], "name": label}
            if cell not in values[name]:
                values[name].append(cell)
        if "plates" in values:
            kind = id.partition("/")[0]
            values["plates"] = [{"int": found.index.count_of(VALUE_KINDS.get(kind, kind), iri)}]
    return {"meta": [{"id": name, "name": word(name, language())} for name in properties], "rows": rows}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(400, f"not JSON: {error}") from error


def _answer(content: dict[str, Any]) -> Response:
    callback = request.args.get("callback", "")
    text = json.dumps(content, ensure_ascii=False)
    if callback.isidentifier() and callback.isascii():
        script = f"/**/{quote(callback)}({text});"
        return open_to_all(Response(script, content_type="application/javascript; charset=utf-8"))
    return open_to_all(Response(text, content_type="application/json; charset=utf-8"))
