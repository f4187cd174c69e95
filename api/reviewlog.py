"""The log of reviews at `/reviews`: who said what of which statement, the newest first.

In: filters in the address (`person`, `property`, `verdict`, `disputed`), a page number. Out: a page for
people and the same as `/reviews.json` and `/reviews.csv`, all of it from the snapshot's index. Those who are
signed in also see what no snapshot shows yet.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, stream_with_context

from api import known, session
from api.dataset import Dataset
from api.language import best_text, moment, word
from api.rendering import page_number, paging
from api.requests import conditional, dataset, language, settings
from api.review import KIND_OF, inbox
from api.search import Index, Record
from api.verdicts import ALL_VERDICTS, reviewer_link
from api.views import Link, href, local_name
from kg.names import LG

blueprint = Blueprint("reviewlog", __name__)
_FILTERS = {"person": "reviewer", "property": "property", "verdict": "verdict"}
_COLUMNS = (
    *("review", "at", "reviewer", "name", "verdict", "illustration", "property", "qualifier", "value"),
    *("value_label", "replacement", "replacement_label", "comment", "disputed"),
)
_BATCH = 500
# Some other verdict on the same statement, neither comment nor taken back, says something else.
_DISPUTED = (
    "EXISTS (SELECT 1 FROM review o WHERE o.plate = r.plate AND o.property = r.property "
    "AND o.value = r.value AND o.qualifier = r.qualifier AND o.verdict <> r.verdict "
    "AND o.stands AND r.stands "
    "AND o.verdict <> :comment AND r.verdict <> :comment)"
)


@blueprint.get("/reviews")
def log() -> Response:
    """A page of the log with its filters."""
    found, spoken = dataset(), language()
    size = settings().page_size
    number, offset = page_number(size)
    given = {name: request.args[name][:300] for name in _FILTERS if request.args.get(name)}
    if request.args.get("disputed"):
        given["disputed"] = "1"
    where, values = _where(given, found)
    total = found.index.ask(f"SELECT count(*) AS n FROM review r {where}", values)[0]["n"]
    rows = _rows(found.index, where, values, size, offset)
    address = urlencode(given)
    response = Response(
        render_template(
            "reviews.html",
            rows=[_line(row, _names(found, rows), found, spoken) for row in rows],
            waiting=inbox().waiting() if session.signed_in() else [],
            filters=_offered(found, given, spoken),
            address=address + "&" if address else "",
            **paging(total, number, size),
        )
    )
    twins = [
        f'</reviews.{end}{"?" + address if address else ""}>; rel="alternate"; type="{kind}"'
        for end, kind in (("json", "application/json"), ("csv", "text/csv"))
    ]
    response.headers["Link"] = ", ".join(twins)
    return conditional(response)


@blueprint.get("/reviews.<any(json, csv):end>")
def data(end: str) -> Response:
    """All reviews that pass the filters, the newest first, row by row."""
    found = dataset()
    where, values = _where(request.args, found)

    def rows() -> Any:
        start = 0
        while some := _rows(found.index, where, values, _BATCH, start):
            names = _names(found, some)
            yield from (_record(row, names, found) for row in some)
            start += _BATCH

    kind = "text/csv; charset=utf-8" if end == "csv" else "application/json"
    written = _as_csv(rows()) if end == "csv" else _as_json(rows())
    answer = Response(stream_with_context(written), content_type=kind)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return conditional(answer)


def _where(given: Mapping[str, str], found: Dataset) -> tuple[str, dict[str, Any]]:
    names = found.names
    values: dict[str, Any] = {"comment": names.iri("status", "comment")}
    conditions = []
    for name, column in _FILTERS.items():
        if asked := given.get(name):
            values[name] = {
                "person": asked if "://" in asked else names.iri("reviewer", asked),
                "property": LG + asked,
                "verdict": names.iri("status", asked),
            }[name]
            conditions.append(f"r.{column} = :{name}")
    if given.get("disputed"):
        conditions.append(_DISPUTED)
    return (f"WHERE {' AND '.join(conditions)}" if conditions else ""), values


def _rows(index: Index, where: str, values: Mapping[str, Any], limit: int, offset: int) -> list[Record]:
    return index.ask(
        "SELECT r.*, p.label AS plate_label, p.language AS plate_language, p.digest, "
        f"{_DISPUTED} AS disputed "
        f"FROM review r LEFT JOIN plate p ON p.iri = r.plate {where} "
        "ORDER BY r.at DESC, r.iri LIMIT :limit OFFSET :offset",
        dict(values) | {"limit": limit, "offset": offset},
    )


def _names(found: Dataset, rows: list[Record]) -> known.Names:
    wanted = {row[name] for row in rows for name in ("value", "replacement") if row[name]}
    return known.names(found.index, sorted(wanted))


def _line(row: Record, names: known.Names, found: Dataset, spoken: str) -> dict[str, Any]:
    """One review as the page shows it."""
    base = found.names.base

    def link(iri: str) -> Link | None:
        text, tongue = best_text(names.get(iri, ()), spoken)
        return Link(text or local_name(iri), href(iri, base), tongue, iri) if iri else None

    property, qualifier = local_name(row["property"]), local_name(row["qualifier"])
    return {
        "href": href(row["iri"], base),
        "when": moment(row["at"], spoken),
        "reviewer": reviewer_link(row["reviewer"], row["name"], base),
        "verdict": local_name(row["verdict"]),
        "property": word(property, spoken),
        "qualifier": word(qualifier, spoken) if qualifier else "",
        "value": link(row["value"]),
        "replacement": link(row["replacement"]),
        "comment": row["comment"],
        "disputed": bool(row["disputed"]),
        "plate": Link(
            row["plate_label"] or local_name(row["plate"]),
            href(row["plate"], base),
            row["plate_language"] or "",
        ),
        "thumbnail": f"/image/{row['digest']}/thumbnail" if row["digest"] else "",
    }


def _record(row: Record, names: known.Names, found: Dataset) -> dict[str, Any]:
    """One review as data: IRIs, and a name beside each."""
    qualifier = row["qualifier"]
    values = (
        *(row["iri"], row["at"], row["reviewer"], row["name"], local_name(row["verdict"]), row["plate"]),
        *(local_name(row["property"]), local_name(qualifier) if qualifier else "", row["value"]),
        *(best_text(names.get(row["value"], ()), "en")[0], row["replacement"]),
        *(best_text(names.get(row["replacement"], ()), "en")[0], row["comment"], bool(row["disputed"])),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _offered(found: Dataset, given: Mapping[str, str], spoken: str) -> list[dict[str, Any]]:
    """What the log can be narrowed by: per filter the choices, and which one is made."""
    people = found.index.ask(
        "SELECT reviewer, max(name) AS name, count(*) AS n FROM review "
        "GROUP BY reviewer ORDER BY n DESC LIMIT 200"
    )
    base = found.names.base
    named = []
    for row in people:
        link = reviewer_link(row["reviewer"], row["name"], base)
        split = found.names.split(row["reviewer"])
        named.append((split[1] if split else row["reviewer"], f"{link.label} · {row['n']}"))
    return [
        {"name": "person", "chosen": given.get("person", ""), "choices": named},
        {
            "name": "property",
            "chosen": given.get("property", ""),
            "choices": [(property, word(property, spoken)) for property in KIND_OF],
        },
        {
            "name": "verdict",
            "chosen": given.get("verdict", ""),
            "choices": [(verdict, word("verdict-" + verdict, spoken)) for verdict in ALL_VERDICTS],
        },
    ]


def _as_csv(rows: Any) -> Any:
    held = io.StringIO()
    writer = csv.DictWriter(held, _COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow(row)
        if held.tell() > 1 << 15:
            yield held.getvalue()
            held.seek(0)
            held.truncate()
    yield held.getvalue()


def _as_json(rows: Any) -> Any:
    comma = "["
    for row in rows:
        yield comma + "\n" + json.dumps(row, ensure_ascii=False)
        comma = ","
    yield "\n]\n" if comma == "," else "[]\n"
