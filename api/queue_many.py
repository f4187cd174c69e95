"""`/review/many`: one verdict on many pictures: a cluster, a group, what the map has chosen.

In: which pictures (a cluster, or any question to the map, also a set drawn there) and which statement. Out:
their thumbnails, each of which can be taken out; then one review per picture left in, as if each had been
given on its own. Where nobody said which statement, those that are open about these pictures are offered.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, NotFound

from api import session
from api.dataset import Dataset
from api.language import word
from api.map_find import asked
from api.map_routes import answer_of, pack, records_of
from api.queue_pick import Looked
from api.queue_routes import leases, look, to_login
from api.queue_words import said_word, words
from api.requests import dataset, entity_iri, language
from api.review import KIND_OF, Form, Unclear, again, choices, keep, key_of, links_of, review
from api.search import Record
from api.session import Reviewer
from api.views import plates

blueprint = Blueprint("queue_many", __name__)
MOST = 200  # pictures shown together
_QUEUE = frozenset({"property", "value", "qualifier"})


@blueprint.route("/review/many", methods=["GET", "POST"])
def page() -> Response:
    """The pictures with a statement, to be judged together; or the statements there are. A set drawn on the
    map comes by POST, for it is too long for an address; nothing is changed by it.
    """
    reviewer = session.signed_in()
    if reviewer is None:
        return to_login()
    if request.method == "POST" and (problem := session.check()):
        raise BadRequest(problem)
    return _page(reviewer, request.values, ())


@blueprint.post("/review/many/verdict")
def judge() -> Response:
    """Keep the verdict on all pictures that were left in."""
    reviewer = session.signed_in()
    form, given = Form.read(request.form), MultiDict(request.form)
    if problem := session.check():
        return again(form, word("review-again", language()), 403 if reviewer else 401, problem)
    if reviewer is None:
        return again(form, word("review-again", language()), 401)
    chosen = [path for path in dict.fromkeys(request.form.getlist("s")) if path][:MOST]
    if not chosen:
        return _page(reviewer, given, (said_word("many-nothing", language()),), 422)
    found, made, gone = dataset(), [], 0
    seen: dict[str, str] = {}
    for path in chosen:
        one = Form.read(dict(request.form) | {"illustration": path, "id": uuid.uuid4().hex})
        try:
            each = review(found, one, reviewer)
        except NotFound:
            gone += 1
            continue
        except Unclear as error:
            links = [link.label for link in error.candidates]
            return _page(reviewer, given, (str(error), *links), 422)
        made.append(each)
        seen[key_of(found, each)] = ""  # nobody had judged what is shown together
    try:
        faster = keep(found, made, seen)
    except OSError as error:
        return _page(reviewer, given, (f"{word('review-unkept', language())} ({error})",), 503)
    leases().release(list(seen), reviewer.signature)
    notes = [said_word("many-done", language(), n=len(made) - len(faster))]
    if faster or gone:
        notes.append(said_word("many-faster", language(), n=len(faster) + gone))
    left = _open(found, look(found, reviewer), _places(found, given), _statement(found, given))
    if not left and not given.get("plates"):
        return redirect("/review?" + urlencode({"property": form.property}), 303)  # type: ignore[return-value]
    return _page(reviewer, given, tuple(notes))


def _page(reviewer: Reviewer, given: Any, notes: Sequence[str], status: int = 200) -> Response:
    found, spoken = dataset(), language()
    seen, places = look(found, reviewer), _places(found, given)
    statement = _statement(found, given)
    rows = _open(found, seen, places, statement) if statement else []
    shown = rows[:MOST]
    leases().take_all([row["key"] for row in shown], reviewer.signature)
    value = statement[1] if statement else ""
    property = statement[0] if statement else ""
    records = {p["iri"]: p for p in (found.index.plate(row["plate"]) for row in shown) if p}
    base = len(found.names.base) + 3
    html = render_template(
        "queue_many.html",
        w=words(spoken),
        said=lambda name, **values: said_word(name, spoken, **values),
        plates=[
            (row["plate"][base:], plate)
            for row, plate in zip(
                (row for row in shown if row["plate"] in records),
                plates((records[row["plate"]] for row in shown if row["plate"] in records), found.names.base),
                strict=True,
            )
        ],
        total=len(rows),
        offers=[] if statement else _offers(found, seen, places, spoken),
        property=property,
        value=links_of(found, [value], spoken)[0] if value else None,
        value_path=value[base:],
        qualifier=statement[2] if statement else "",
        kind=KIND_OF.get(property, ""),
        few=choices(found, spoken).get(property, []),
        about=[(k, v) for k, v in given.items(multi=True) if k not in _QUEUE and _asks(k)],
        given=given,
        notes=notes,
        csrf=session.csrf(),
        new_id=uuid.uuid4().hex,
    )
    answer = Response(html, status)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _asks(name: str) -> bool:
    """Whether a parameter says which pictures are meant."""
    from api.map_pack import FACETS

    return name in {"q", "years", "sure", "like", "plates", *FACETS}


def _statement(found: Dataset, given: Mapping[str, str]) -> tuple[str, str, str] | None:
    """The statement that is to be judged (property, IRI of the value, qualifier)."""
    property, value = given.get("property", ""), given.get("value", "")
    if not property or not value:
        return None
    iri = entity_iri(value, found.names.base)
    split = found.names.split(iri)
    if property not in KIND_OF or split is None or split[0] != KIND_OF[property]:
        raise NotFound()
    return property, iri, given.get("qualifier", "")[:40]


def _places(found: Dataset, given: Any) -> list[str] | None:
    """IRIs of the pictures that are meant; None for all of a single cluster, which the queue knows itself."""
    question = asked(MultiDict((k, v) for k, v in given.items(multi=True) if k != "p"))
    if not question:
        raise BadRequest("say which pictures: a cluster, a group, or a question to the map")
    only = dict(question.narrowed)
    if set(only) == {"cluster"} and len(only["cluster"]) == 1 and len(question.address) == 1:
        return None
    made = pack()
    return [record["iri"] for record in records_of(found, made.plates[answer_of(found, made, question)])]


def _open(
    found: Dataset, seen: Looked, places: list[str] | None, statement: tuple[str, str, str] | None
) -> list[Record]:
    """The open questions of these pictures about a statement, the surest last."""
    if statement is None:
        return []
    where, values = _among(found, seen, places)
    return seen.queue.ask(
        f"SELECT * FROM item WHERE {where} AND property = :property AND value = :value "
        "AND qualifier = :qualifier ORDER BY confidence, place",
        values | dict(zip(("property", "value", "qualifier"), statement, strict=True)),
    )


def _offers(found: Dataset, seen: Looked, places: list[str] | None, spoken: str) -> list[dict[str, Any]]:
    """The statements that are open about these pictures, those about most pictures first."""
    where, values = _among(found, seen, places)
    rows = seen.queue.ask(
        f"SELECT property, value, qualifier, count(*) AS n FROM item WHERE {where} AND value <> '' "
        "GROUP BY property, value, qualifier ORDER BY n DESC LIMIT 60",
        values,
    )
    base = len(found.names.base) + 3
    links = links_of(found, [row["value"] for row in rows], spoken)
    return [
        dict(row) | {"link": link, "path": row["value"][base:], "label": word(row["property"], spoken)}
        for row, link in zip(rows, links, strict=True)
    ]


def _among(found: Dataset, seen: Looked, places: list[str] | None) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"hidden": json.dumps(sorted(seen.hidden))}
    where = "NOT settled AND NOT disputed AND key NOT IN (SELECT value FROM json_each(:hidden))"
    if places is None:
        cluster = found.names.iri("cluster", request.values["cluster"])
        return f"{where} AND cluster = :cluster", values | {"cluster": cluster}
    where += " AND plate IN (SELECT value FROM json_each(:plates))"
    return where, values | {"plates": json.dumps(places)}
