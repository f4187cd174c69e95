"""`/review`: one question after the other, in the order in which answers teach most.

In: filters in the address; a verdict as a form, with or without JavaScript. Out: the question that is next
and free, kept for its reader for some minutes; the verdict as a review like any other (`api.review`), unless
somebody was faster, which is then said. Undoing is a review too. Nothing that was typed is ever lost.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from werkzeug.exceptions import NotFound

from api import session
from api.dataset import Dataset
from api.kinds import REVIEWABLE, sources
from api.language import best_text, moment, word
from api.leases import EVERYBODY, Leases
from api.pages import ZOOM
from api.queue_index import Queue
from api.queue_pick import Filter, Looked, at, looked, offered
from api.queue_score import key as key_of_statement
from api.queue_view import Shown, shown
from api.queue_words import said_word, words
from api.requests import dataset, entity_iri, language
from api.review import KIND_OF, Form, Unclear, again, choices, inbox, keep, key_of, links_of, review
from api.search import Index, Record
from api.session import Reviewer
from api.verdicts import reviewer_link
from api.views import local_name
from kg.names import Names
from kg.verdicts import WITHDRAWN, standing

blueprint = Blueprint("queue", __name__)
_RECENT = 50  # reviews of one's own among which the last one is looked for


def queue(found: Dataset) -> Index:
    """The queue of a snapshot."""
    held: Queue = current_app.extensions.setdefault("legenda.queue", Queue())
    return held.of(found)


def leases() -> Leases:
    """The leases of this store."""
    return Leases(current_app.extensions["legenda"].store)


def reviewer_iri(names: Names, reviewer: Reviewer) -> str:
    """What a reviewer is called in the graph."""
    return reviewer.signature if "://" in reviewer.signature else names.iri("reviewer", reviewer.signature)


def look(found: Dataset, reviewer: Reviewer) -> Looked:
    """The queue as this reviewer sees it now."""
    me = reviewer_iri(found.names, reviewer)
    return looked(queue(found), found.names, me, reviewer.signature, inbox(), leases())


@blueprint.get("/review")
def ask() -> Response:
    """The next question, or the one that the address names; signing in first."""
    reviewer = session.signed_in()
    if reviewer is None:
        return to_login()
    found, spoken = dataset(), language()
    one = bool(request.args.get("illustration"))  # whose address names more than a filter
    chosen = Filter.of(request.args.get("filter", "")) if one else Filter.read(request.args)
    seen = look(found, reviewer)
    item = _named(found, seen) if one else None
    question = None
    if item is None:
        item, question = _next(found, seen, chosen, reviewer, request.args.get("without", ""), spoken)
    else:
        leases().take(item["key"], reviewer.signature)
        question = shown(found, item, _waiting(found, item), spoken)
        if question is None:
            raise NotFound(word("review-gone", spoken))
    last = inbox().last(item["key"]) if item is not None else None
    html = render_template(
        "queue.html",
        w=words(spoken),
        said=lambda name, **values: said_word(name, spoken, **values),
        question=question,
        item=item,
        seen=_seen(found, item, last.id if last else ""),
        why=_why(item, question, spoken) if item and question else [],
        left=seen.left(chosen),
        chosen=chosen,
        filters=_filters(found, seen, chosen, spoken),
        mine=_mine(found, reviewer, spoken),
        cluster=(found.names.split(item["cluster"]) or ("", ""))[1] if item else "",
        kind=KIND_OF[item["property"]] if item else "",
        few=choices(found, spoken).get(item["property"], []) if item else [],
        new_id=uuid.uuid4().hex,
        csrf=session.csrf(),
        zoom=ZOOM.exists(),
    )
    answer = Response(html)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post("/review")
def answer() -> Response:
    """Take the verdict and go on to the next question."""
    chosen, found = Filter.of(request.form.get("filter", "")), dataset()
    onward = "/review" + (f"?{chosen.address()}" if chosen.address() else "")
    form = replace(_filled(), next=onward)
    if problem := session.check():
        return again(form, word("review-again", language()), 403 if session.signed_in() else 401, problem)
    reviewer = session.signed_in()
    if reviewer is None:
        return again(form, word("review-again", language()), 401)
    try:
        made = review(found, form, reviewer)
    except Unclear as error:
        return again(form, str(error), 422, candidates=error.candidates)
    except NotFound:
        return again(form, word("review-gone", language()), 404)
    key = key_of(found, made)
    try:
        faster = keep(found, [made], {key: request.form.get("seen", "")})
    except OSError as error:
        return again(form, f"{word('review-unkept', language())} ({error})", 503)
    if key in faster:
        return again(form, _faster(faster[key], found, language()), 409)
    if not form.value:  # a question without a value is answered for everybody
        leases().put_aside(_asked_key(found, form), EVERYBODY)
    leases().release([_asked_key(found, form)], reviewer.signature)
    if request.headers.get("X-Requested-With"):
        return jsonify({"id": made["id"], "next": onward})
    return redirect(onward, 303)  # type: ignore[return-value]


@blueprint.post("/review/next")
def skip() -> Response:
    """Put a question aside: it comes again tomorrow, and to others at once."""
    chosen = Filter.of(request.form.get("filter", ""))
    reviewer = session.signed_in()
    if session.check() or reviewer is None:
        return to_login()
    if key := request.form.get("key", "")[:40]:
        leases().put_aside(key, reviewer.signature)
    if request.headers.get("X-Requested-With"):
        return jsonify({"put aside": key})
    return redirect("/review" + (f"?{chosen.address()}" if chosen.address() else ""), 303)  # type: ignore[return-value]


@blueprint.post("/review/undo")
def undo() -> Response:
    """Take back the reviewer's own verdict `id`, by a review that says so, and ask the question again."""
    chosen, found = Filter.of(request.form.get("filter", "")), dataset()
    reviewer = session.signed_in()
    if session.check() or reviewer is None:
        return to_login()
    mine = {each["id"]: each for each in _recent(found, reviewer)}
    given = mine.get(request.form.get("id", ""))
    if given is None:
        raise NotFound(said_word("nothing-to-undo", language()))
    taken_back = given | {
        "id": uuid.uuid4().hex,
        "verdict": WITHDRAWN,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "replacement": None,
        "comment": "",
    }
    keep(found, [taken_back])
    key = key_of(found, taken_back)
    leases().bring_back(key, reviewer.signature)
    value = given["value"]
    base = len(found.names.base) + 3
    address = {
        "illustration": found.names.illustration(given["illustration"])[base:],
        "property": given["property"],
        "value": found.names.iri(value["kind"], value["id"])[base:],
        "qualifier": given["qualifier"],
    }
    if chosen.address():
        address["filter"] = chosen.address()
    return redirect(f"/review?{urlencode(address)}", 303)  # type: ignore[return-value]


def to_login() -> Response:
    """To the page where one signs in, and back."""
    here = request.full_path.rstrip("?") if request.method == "GET" else "/review"
    answer = redirect(f"/login?{urlencode({'next': here})}", 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]


# ------------------------------------------------------------------ which question


def _next(
    found: Dataset, seen: Looked, chosen: Filter, reviewer: Reviewer, without: str, spoken: str
) -> tuple[Record | None, Shown | None]:
    """The first free question, from now on kept for this reviewer."""
    for item in seen.following(chosen, without):
        if leases().take(item["key"], reviewer.signature):
            question = shown(found, item, _waiting(found, item), spoken)
            if question is not None:
                return item, question
    return None, None


def _named(found: Dataset, seen: Looked) -> dict[str, Any] | None:
    """The question that the address names: of the queue, or put together from what it names."""
    names, base = found.names, found.names.base
    plate = entity_iri(request.args["illustration"], base)
    property, value = request.args.get("property", ""), request.args.get("value", "")
    if property not in REVIEWABLE or found.index.plate(plate) is None:
        raise NotFound(word("review-gone", language()))
    iri = entity_iri(value, base) if value else ""
    if iri and (names.split(iri) or ("",))[0] != KIND_OF[property]:
        raise NotFound()
    qualifier = request.args.get("qualifier", "")[:40]
    key = key_of_statement(plate, property, iri, qualifier)
    bare = {"key": key, "plate": plate, "property": property, "value": iri, "qualifier": qualifier}
    none = {
        "unsure": 0.0,
        "conflict": "",
        "disputed": 0,
        "undecided": 0,
        "alike": 0,
        "cluster": "",
        "run": "",
    }
    return at(seen.queue, key) or bare | none


def _waiting(found: Dataset, item: Mapping[str, Any]) -> list[Any]:
    split = found.names.split(item["plate"])
    return inbox().waiting(split[1]) if split else []


def _seen(found: Dataset, item: Mapping[str, Any] | None, last: str) -> str:
    """The review that was the last one when the question was shown."""
    if item is None or last:
        return last
    rows = found.index.ask(
        "SELECT iri FROM review WHERE plate = ? AND value = ? ORDER BY at DESC LIMIT 1",
        (item["plate"], item["value"]),
    )
    return local_name(rows[0]["iri"]) if rows else ""


def _filled() -> Form:
    """The form; a numbered choice is a verdict of its own, and what was merely typed says what it is."""
    form = Form.read(request.form)
    pick = request.form.get("pick", "").strip()[:300]
    if pick:
        form = replace(form, choice=pick, verdict="replaced")
    elif form.verdict == "typed":
        form = replace(form, verdict="replaced" if form.choice or not form.comment else "comment")
    if form.verdict == "replaced" and not form.value:
        form = replace(form, verdict="accepted")
    return form


def _asked_key(found: Dataset, form: Form) -> str:
    base = found.names.base
    value = entity_iri(form.value, base) if form.value else ""
    return key_of_statement(entity_iri(form.illustration, base), form.property, value, form.qualifier)


def _faster(last: Any, found: Dataset, spoken: str) -> str:
    who = reviewer_link(
        last.reviewer if "://" in last.reviewer else found.names.iri("reviewer", last.reviewer),
        last.reviewer,
        found.names.base,
    )
    verdict = word("verdict-" + last.verdict, spoken)
    return said_word("faster", spoken, name=who.label, verdict=verdict, when=moment(last.at, spoken))


# ------------------------------------------------------------------ what stands around it


def _why(item: Mapping[str, Any], question: Shown, spoken: str) -> list[str]:
    """Why this is asked now, in a few words each."""
    why = []
    if item["disputed"]:
        why.append(said_word("why-disputed", spoken))
    if item["conflict"]:
        why.append(said_word("why-" + item["conflict"], spoken))
    if item["undecided"]:
        why.append(said_word("why-undecided", spoken))
    if item["unsure"] >= 0.6 and item["value"]:
        why.append(said_word("why-unsure", spoken))
    if question.vanished:
        why.append(said_word("why-vanished", spoken))
    return why


def _filters(found: Dataset, seen: Looked, chosen: Filter, spoken: str) -> list[dict[str, Any]]:
    """Per filter its name, the choice made, and the choices with how many questions each leaves."""
    there = offered(seen, chosen)
    books = sources(found, spoken)
    base = len(found.names.base)

    def label(column: str, value: str) -> tuple[str, str]:
        if column == "property":
            return value, word(value, spoken)
        if column == "source":
            split = found.names.split(value)
            return split[1] if split else value, books[value].label if value in books else local_name(value)
        if column == "run":
            split = found.names.split(value)
            return (split[1] if split else value), value[base:].removeprefix("id/run/")
        return value, word(value, spoken) if column == "band" else said_word("only-" + value, spoken)

    return [
        {
            "name": column,
            "chosen": getattr(chosen, column),
            "choices": [(*label(column, value), n) for value, n in there[column]],
        }
        for column in ("property", "only", "source", "run", "band")
    ]


def _recent(found: Dataset, reviewer: Reviewer) -> list[dict[str, Any]]:
    """The reviewer's own last reviews that stand, the latest last, as the inbox keeps reviews."""
    me, names = reviewer_iri(found.names, reviewer), found.names
    rows = found.index.ask("SELECT * FROM review WHERE reviewer = ? ORDER BY at DESC LIMIT ?", (me, _RECENT))
    given = {names.iri("review", w.content["id"]): w.content for w in inbox().waiting()}
    mine = {iri: content for iri, content in given.items() if content["reviewer"] == reviewer.signature}
    for row in rows:
        value, plate, id = (names.split(row[n]) for n in ("value", "plate", "iri"))
        if row["iri"] in mine or value is None or plate is None or id is None:
            continue
        better = names.split(row["replacement"]) if row["replacement"] else None
        mine[row["iri"]] = {
            "id": id[1],
            "illustration": plate[1],
            "property": local_name(row["property"]),
            "value": {"kind": value[0], "id": value[1], "labels": []},
            "verdict": local_name(row["verdict"]),
            "reviewer": reviewer.signature,
            "at": row["at"],
            "qualifier": local_name(row["qualifier"]) if row["qualifier"] else "",
            "replacement": {"kind": better[0], "id": better[1], "labels": []} if better else None,
            "comment": row["comment"],
        }
    in_order = sorted(mine.values(), key=lambda each: datetime.fromisoformat(each["at"]))
    stand = standing(in_order, lambda each: (key_of(found, each), each["verdict"]))
    return [each for each in stand if each["verdict"] != "comment"]


def _mine(found: Dataset, reviewer: Reviewer, spoken: str) -> dict[str, Any] | None:
    """What this reviewer said last, to be taken back with one key; None of nothing."""
    mine = _recent(found, reviewer)
    if not mine:
        return None
    last, names = mine[-1], found.names
    links = []
    for each in (last["value"], last["replacement"]):
        if each:  # one that is new here has its name in the review alone
            (link,) = links_of(found, [names.iri(each["kind"], each["id"])], spoken)
            said = [tuple(label) for label in each["labels"]]
            text, tongue = best_text(said, spoken) if said else (link.label, link.language)
            links.append(replace(link, label=text, language=tongue))
    plate = found.index.plate(names.illustration(last["illustration"]))
    return {
        "id": last["id"],
        "verdict": last["verdict"],
        "property": word(last["property"], spoken),
        "values": links,
        "count": sum(each["at"][:10] == last["at"][:10] for each in mine),
        "thumbnail": f"/image/{plate['digest']}/thumbnail" if plate and plate["digest"] else "",
    }
