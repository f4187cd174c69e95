"""`/review/progress`: how far the review is, how good the models are by it, how far people agree.

In: the queue of the snapshot and its reviews. Out: a page, and the same figures as JSON and as a table. They
are as new as the snapshot: some seconds after the last verdict.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, render_template

from api.agreement import Calibration, agreement, calibration
from api.dataset import Dataset
from api.language import moment, word
from api.queue_routes import queue
from api.queue_score import key
from api.queue_words import said_word, words
from api.requests import conditional, dataset, language
from api.search import Index
from api.verdicts import reviewer_link
from api.views import local_name

blueprint = Blueprint("progress", __name__)
_COLUMNS = (
    *("table", "property", "run", "model", "reviewer", "name", "band", "open", "answered", "judged"),
    *("accepted", "rejected", "replaced", "withdrawn", "claimed", "low", "high", "brier"),
    *("calibration_error", "statements", "same", "alpha"),
)


@blueprint.get("/review/progress")
def page() -> Response:
    """The figures for people."""
    found, spoken = dataset(), language()
    told, base = figures(found), found.names.base
    people = {row["reviewer"]: reviewer_link(row["reviewer"], row["name"], base) for row in told["reviewers"]}
    html = render_template(
        "progress.html",
        w=words(spoken),
        said=lambda name, **values: said_word(name, spoken, **values),
        told=told,
        people=people,
        when=lambda at: moment(at, spoken),
        label=lambda property: word(property, spoken),
    )
    answer = Response(html)
    answer.headers["Link"] = (
        '</review/progress.json>; rel="alternate"; type="application/json", '
        '</review/progress.csv>; rel="alternate"; type="text/csv"'
    )
    return _kept(answer, told)


@blueprint.get("/review/progress.<any(json, csv):end>")
def data(end: str) -> Response:
    """The figures for programs."""
    told = figures(dataset())
    table = "text/csv; charset=utf-8"
    answer = jsonify(told) if end == "json" else Response(_table(told), content_type=table)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return _kept(answer, told)


def _kept(answer: Response, told: dict[str, Any]) -> Response:
    """Conditional on the snapshot, but for the moment in which the queue is still that of the one before."""
    if told["version"] == dataset().version:
        return conditional(answer)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def figures(found: Dataset) -> dict[str, Any]:
    """Everything there is to tell, as plain values; remembered as long as the snapshot is served. `version`
    is "" while queue or index are still those of the snapshot before.
    """
    held, index = queue(found), found.index
    folders = {file.parent.name.removeprefix("legenda-") for file in (held.file, index.file)}

    def count() -> dict[str, Any]:
        judged = _judged(index)
        return {
            "version": found.version if folders == {found.path.name} else "",
            "properties": _properties(held, judged),
            "reviewers": _reviewers(index),
            "models": _models(held, judged),
            "agreement": _agreement(judged),
        }

    kept: dict[str, Any] = found.kept(("progress", held.file, index.file), count)
    return kept


#: (plate, property, value, qualifier) → reviewer → (verdict, found right), the latest that stands of each.
Judgements = dict[tuple[str, str, str, str], dict[str, tuple[str, bool]]]


def _judged(index: Index) -> Judgements:
    rows = index.ask(
        "SELECT plate, property, value, qualifier, verdict, reviewer FROM review WHERE stands "
        "ORDER BY at, iri"
    )
    made: Judgements = {}
    for row in rows:
        verdict = local_name(row["verdict"])
        if verdict == "comment":
            continue
        qualifier = local_name(row["qualifier"]) if row["qualifier"] else ""
        statement = (row["plate"], local_name(row["property"]), row["value"], qualifier)
        mine = made.setdefault(statement, {})
        mine.pop(row["reviewer"], None)  # the latest comes last
        mine[row["reviewer"]] = (verdict, verdict == "accepted")
    return made


def _properties(held: Index, judged: Judgements) -> list[dict[str, Any]]:
    """Per property: questions still open, statements answered, and how."""
    rows = held.ask("SELECT property, count(*) AS n FROM item WHERE NOT settled GROUP BY property")
    left = {row["property"]: row["n"] for row in rows}
    answers: dict[str, Counter[str]] = {}
    for (_, property, _, _), by in judged.items():
        holds = list(by.values())[-1][0]
        answers.setdefault(property, Counter())[holds] += 1
    order = [*left, *(p for p in answers if p not in left)]
    return [
        {
            "property": property,
            "open": left.get(property, 0),
            "answered": sum(answers.get(property, {}).values()),
            **{v: answers.get(property, Counter())[v] for v in ("accepted", "rejected", "replaced")},
        }
        for property in sorted(order)
    ]


def _reviewers(index: Index) -> list[dict[str, Any]]:
    rows = index.ask("SELECT reviewer, name, verdict, at FROM review ORDER BY at")
    made: dict[str, dict[str, Any]] = {}
    for row in rows:
        mine = made.setdefault(
            row["reviewer"],
            {"reviewer": row["reviewer"], "name": row["name"], "verdicts": 0}
            | dict.fromkeys(("accepted", "rejected", "replaced", "comment", "withdrawn"), 0),
        )
        verdict = local_name(row["verdict"])
        mine[verdict] = mine.get(verdict, 0) + 1
        mine["verdicts"] += 1
        mine["last"] = row["at"]
    return sorted(made.values(), key=lambda row: -row["verdicts"])


def _models(held: Index, judged: Judgements) -> list[dict[str, Any]]:
    """Per run and property: the calibration of what was judged of it."""
    runs = {row["run"]: row for row in held.ask("SELECT run, enricher, model FROM run")}
    pairs: dict[tuple[str, str, str], list[tuple[float, bool]]] = {}
    for (plate, property, value, qualifier), by in judged.items():
        right = list(by.values())[-1][1]
        name = key(plate, property, value, qualifier)
        for row in held.ask("SELECT run, confidence FROM claim WHERE key = ?", (name,)):
            run = runs.get(row["run"], {})
            group = (property, run.get("enricher", ""), run.get("model", ""))
            pairs.setdefault(group, []).append((row["confidence"], right))
    return [
        {"property": property, "enricher": enricher, "model": model, **_as_plain(calibration(some))}
        for (property, enricher, model), some in sorted(pairs.items(), key=lambda item: -len(item[1]))
    ]


def _as_plain(made: Calibration) -> dict[str, Any]:
    bands = [asdict(band) | {"share": band.share} for band in made.bands]
    return {
        "judged": made.judged,
        "accepted": made.right,
        "brier": made.brier,
        "calibration_error": made.error,
        "bands": bands,
    }


def _agreement(judged: Judgements) -> list[dict[str, Any]]:
    """Over everything, then per property where two people judged the same."""
    groups: dict[str, list[dict[str, bool]]] = {"": []}
    for (_, property, _, _), by in judged.items():
        said = {reviewer: right for reviewer, (_, right) in by.items()}
        groups[""].append(said)
        groups.setdefault(property, []).append(said)
    made = []
    for property in sorted(groups):
        found = agreement(groups[property])
        if found.statements:
            made.append({"property": property} | asdict(found))
    return made


def _table(told: dict[str, Any]) -> str:
    """All figures as one table; `table` says what a row is about."""
    held = io.StringIO()
    writer = csv.DictWriter(held, _COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for row in told["properties"]:
        writer.writerow({"table": "property"} | row)
    for row in told["reviewers"]:
        writer.writerow({"table": "reviewer", "judged": row["verdicts"]} | row)
    for row in told["models"]:
        whole = {"property": row["property"], "run": row["enricher"], "model": row["model"]}
        writer.writerow({"table": "model"} | row | whole)
        for band in row["bands"]:
            more = {"band": band["name"], "accepted": band["right"], "name": ""}
            writer.writerow({"table": "band"} | band | whole | more)
    for row in told["agreement"]:
        writer.writerow({"table": "agreement"} | row)
    return held.getvalue()
