"""W3C Reconciliation Service API 0.2: match names to the entities of this store, from OpenRefine or a script.

In: batches of queries (a name or an identifier, values of properties, perhaps a type), extension requests,
suggestions. Out: candidates with scores 0–100. A candidate's score is the likeness of names (rapidfuzz), and
of the values a query gives; an identifier of ours, or one in Wikidata, GND, ULAN or VIAF, is itself. A match
is announced only when the best candidate is nearly the same name and clearly ahead of the second.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request
from rapidfuzz import fuzz, process, utils
from werkzeug.exceptions import NotFound

from api.dataset import Dataset
from api.kinds import VALUE_KINDS
from api.language import word
from api.reconcile_facts import Facts, cell_of, compared, facts, properties_of
from api.requests import SOFTWARE, dataset, entity_iri, language, settings
from api.sparql import ProtocolError
from api.sparql_routes import open_to_all
from api.views import facts as shown_facts
from api.views import local_name
from kg.names import LG

blueprint = Blueprint("reconcile", __name__)
_MATCH, _AHEAD = 95.0, 5.0
_BATCH = 50
_SUGGESTED, _SUGGESTIONS = 10, 200  # at once, and as far as a cursor goes
_SHOWN = ("id", "name", "description", "notable")
_IDENTIFIER = re.compile(r"(?:https?://\S+/)?(?=\S*\d)[\w-]{3,40}")
_BY_PROPERTIES = 0.3  # of a score, where a query gives values of properties too


@blueprint.route("/reconcile", methods=["GET", "POST"])
def service() -> Response:
    """The manifest, a batch of `queries`, or an `extend` request."""
    found = dataset()
    if "queries" in request.values:
        asked = _json(request.values["queries"])
        if not isinstance(asked, dict):
            raise ProtocolError(400, "queries is an object of queries")
        if len(asked) > _BATCH:
            raise ProtocolError(413, f"at most {_BATCH} queries are answered at once")
        return _answer({name: {"result": _candidates(found, query)} for name, query in asked.items()})
    if "extend" in request.values:
        return _answer(_extended(found, _json(request.values["extend"])))
    return _answer(_manifest(found))


@blueprint.get("/reconcile/suggest/entity")
def suggest_entity() -> Response:
    """Entities whose name begins like `prefix`, or is like it."""
    found, prefix = dataset(), request.args.get("prefix", "")
    skipped = _whole(request.args.get("cursor"), 0, 0)
    most = min(skipped + _SUGGESTED, _SUGGESTIONS)
    kinds = set(request.args.getlist("type")) & {t["id"] for t in _types()}
    candidates = {iri: _named(found, iri) for iri in _identified(found, prefix)} if prefix.strip() else {}
    for iri, candidate in _begun(found, prefix, most):
        candidates.setdefault(iri, candidate)
    for candidate in _candidates(found, {"query": prefix, "limit": most}) if prefix.strip() else ():
        candidates.setdefault(found.names.base + "id/" + candidate["id"], candidate)
    of_kind = [c for c in candidates.values() if not kinds or c["type"][0]["id"] in kinds]
    shown = [{**c, "notable": c.pop("type")} for c in of_kind[skipped:most]]
    return _answer({"result": [{k: c[k] for k in _SHOWN if k in c} for c in shown]})


@blueprint.get("/reconcile/suggest/type")
def suggest_type() -> Response:
    """The types of entities there are."""
    return _answer({"result": _beginning(_types())})


@blueprint.get("/reconcile/suggest/property")
def suggest_property() -> Response:
    """The properties by which a column can be extended."""
    return _answer({"result": _beginning(_properties(""))})


@blueprint.get("/reconcile/properties")
def propose_properties() -> Response:
    """The properties that entities of a type have."""
    kind = request.args.get("type", "")
    limit = _whole(request.args.get("limit"), 0, 1)
    proposed = _properties(kind if kind in {t["id"] for t in _types()} else "")
    limited = {"limit": limit} if limit else {}
    return _answer({"type": kind, **limited, "properties": proposed[: limit or None]})


@blueprint.get("/reconcile/preview")
def preview() -> Any:
    """A small page about one entity, to be shown in a frame; the only page that may be framed."""
    found = dataset()
    iri = entity_iri(request.args.get("id", ""), found.names.base)
    rows = found.select("entity", entity=ox.NamedNode(iri))
    labels = [r["value"].value for r in rows if local_name(r["property"].value) == "label"]
    shown = shown_facts(rows, found.names.base, language(), ("type", "corpus", "inScheme"))
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
        "name": settings().title,
        "documentation": here + "/",
        "serviceVersion": SOFTWARE,
        "logo": here + "/static/icon.svg",
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


def _properties(kind: str) -> list[dict[str, str]]:
    return [{"id": name, "name": word(name, language())} for name in properties_of(kind)]


def _beginning(things: list[dict[str, str]]) -> list[dict[str, str]]:
    """Those whose id is, or whose name holds, what was typed, from the cursor on; beginnings come first."""
    prefix = request.args.get("prefix", "").strip().lower()
    found = [t for t in things if t["id"].lower() == prefix or prefix in t["name"].lower()]
    found.sort(key=lambda t: f" {prefix}" not in " " + t["name"].lower())
    return found[_whole(request.args.get("cursor"), 0, 0) :]


def _whole(text: Any, otherwise: int, least: int) -> int:
    """A whole number of at least `least` that somebody sent, or another where that is none."""
    try:
        number = int(text)
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return number if number >= least else otherwise


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
    """The candidates of one query, the best first. Raises ProtocolError for what is no query."""
    if not isinstance(query, dict):
        raise ProtocolError(400, "a query is an object")
    name, given = query.get("query"), _given(query.get("properties"))
    if not isinstance(name, str) and not (name is None and given):
        raise ProtocolError(400, "a query holds a text under `query`, or `properties`")
    wanted = query.get("type") or []
    wanted = wanted if isinstance(wanted, list) else [wanted]
    kinds = {str(t.get("id")) if isinstance(t, dict) else str(t) for t in wanted}
    limit = min(_whole(query.get("limit"), 5, 1), 50)
    if name is None:
        alike = [(iri, 100.0, "") for iri in facts(found).having(given)]
    else:
        alike = [(iri, 100.0, "") for iri in _identified(found, name)] + _alike(found, name)
    best: dict[str, dict[str, Any]] = {}
    for iri, score, written in alike:
        split = found.names.split(iri)
        if iri in best or split is None or (kinds and split[0] not in kinds):
            continue
        best[iri] = _named(found, iri, written) | {"score": round(score, 1), "match": False}
        if len(best) > limit:
            break
    ranked = _compared(found, best, given, name is not None)
    if ranked and ranked[0]["score"] >= _MATCH:
        ranked[0]["match"] = len(ranked) == 1 or ranked[0]["score"] - ranked[1]["score"] >= _AHEAD
    return ranked[:limit]


def _alike(found: Dataset, name: str) -> list[tuple[str, float, str]]:
    """Entities of which a name is like this one: IRI, likeness 0–100, and that name."""
    names, prepared, owners = _names(found)
    text = utils.default_process(name[:300])
    if not text:
        return []
    near = process.extract(text, prepared, scorer=fuzz.token_sort_ratio, limit=200, score_cutoff=50)
    return [(owners[place][0], score, names[place]) for _, score, place in near]


def _identified(found: Dataset, text: str) -> list[str]:
    """The entities that a text is an identifier of: our own, or one in Wikidata, GND, ULAN or VIAF."""
    text = text.strip()[:300]
    known = _all_names(found)
    try:
        iri = entity_iri(text.removeprefix(found.names.base + "id/"), found.names.base)
    except NotFound:
        iri = ""
    if iri in known:
        return [iri]
    elsewhere = compared([text]) if _IDENTIFIER.fullmatch(text) else set()
    wanted = dict.fromkeys(("wikidata", "gnd", "ulan", "viaf"), elsewhere)
    return [entity for entity in facts(found).having(wanted) if entity in known]


def _named(found: Dataset, iri: str, written: str = "") -> dict[str, Any]:
    """An entity as a candidate: id, name (as it was found, or the preferred one), description, type."""
    name = written or _all_names(found).get(iri, [local_name(iri)])[0]
    split = found.names.split(iri)
    about = facts(found).description(iri)
    described = {"description": about} if about else {}
    kind = [_type(split[0])] if split else []
    return {"id": iri[len(found.names.base) + 3 :], "name": name, **described, "type": kind}


def _begun(found: Dataset, prefix: str, most: int) -> list[tuple[str, dict[str, Any]]]:
    """Entities of which a word of some name begins like `prefix`, the shortest name first."""
    names, prepared, owners = _names(found)
    text = utils.default_process(prefix[:300])
    if not text:
        return []
    places = [n for n, name in enumerate(prepared) if name.startswith(text) or f" {text}" in name]
    places.sort(key=lambda n: (not prepared[n].startswith(text), len(names[n]), names[n]))
    best: dict[str, dict[str, Any]] = {}
    for place in places:
        iri = owners[place][0]
        if iri not in best:
            best[iri] = _named(found, iri, names[place])
        if len(best) == most:
            break
    return list(best.items())


def _given(asked: Any) -> dict[str, set[str]]:
    """The values that a query gives of properties, as they are compared."""
    wanted = {}
    for one in asked if isinstance(asked, list) else []:
        if isinstance(one, dict) and isinstance(one.get("pid"), str):
            given = one.get("v")
            wanted[one["pid"]] = compared(given if isinstance(given, list) else [given])
    return {pid: values for pid, values in wanted.items() if values}


def _compared(
    found: Dataset, best: dict[str, dict[str, Any]], wanted: dict[str, set[str]], by_name: bool
) -> list[dict[str, Any]]:
    """Candidates scored also by the values of properties that a query gives, each shown as a feature."""
    if not wanted or not best:
        return list(best.values())
    known = facts(found)
    for iri, candidate in best.items():
        values = {pid: _values_compared(found, known, iri, pid) for pid in wanted}
        alike = {pid: 100.0 * bool(values[pid] & wanted[pid]) for pid in wanted}
        told = [alike[pid] for pid in wanted if values[pid]]  # what is not known speaks for nobody
        if told:
            share = _BY_PROPERTIES if by_name else 1.0
            candidate["score"] = round((1 - share) * candidate["score"] + share * sum(told) / len(told), 1)
        candidate["features"] = [{"id": pid, "value": alike[pid]} for pid in wanted]
    return sorted(best.values(), key=lambda c: -c["score"])


def _values_compared(found: Dataset, known: Facts, iri: str, name: str) -> set[str]:
    if name == "label":
        return {utils.default_process(label) for label in _all_names(found).get(iri, ())}
    cells = known.values.get(iri, {}).get(name)
    if cells is None and name not in properties_of(""):
        asked = {"ids": [iri[len(found.names.base) + 3 :]], "properties": [{"id": name}]}
        cells = next(iter(_extended(found, asked)["rows"].values()))[name]
    # An entity is known by its id and by its name.
    return compared(value for cell in cells or () for value in cell.values())


def _all_names(found: Dataset) -> dict[str, list[str]]:
    """The names of every entity that has any, its preferred ones first."""

    def gather() -> dict[str, list[str]]:
        names, _, owners = _names(found)
        held: dict[str, list[str]] = {}
        for name, (iri, _) in zip(names, owners, strict=True):
            held.setdefault(iri, []).append(name)
        return held

    kept: dict[str, list[str]] = found.kept("reconcile-all", gather)
    return kept


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
            cell = cell_of(value, row.get("label"), found.names.base)
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
