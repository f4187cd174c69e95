"""Verdicts of people on claims: accept, reject, replace, comment, or say something nobody has said yet.

In: `POST /reviews`, a form of one of our pages (signed in, with its token) or JSON of a program (bearer
token, or a session and `X-CSRF-Token`). Out: the review is kept on disk, in the graph within a second, on
everybody's pages with the next snapshot. Whatever stands in the way (a session that ended, a name nobody
knows), the form comes back with all that was typed.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from werkzeug.exceptions import NotFound

from api import known, session
from api.dataset import Dataset
from api.inbox import Inbox, Last
from api.kinds import VALUE_KINDS
from api.language import best_text, word
from api.leases import Leases
from api.queue_score import key
from api.requests import dataset, entity_iri, language, settings
from api.session import Reviewer
from api.verdicts import ALL_VERDICTS, VERDICTS
from api.views import Link, href, local_name

blueprint = Blueprint("review", __name__)
#: Property → kind of its values.
KIND_OF = {property: kind for kind, property in VALUE_KINDS.items()}
_ANCHOR = re.compile(r"[A-Za-z][\w-]{0,80}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{32}")
_QID = re.compile(r"Q[1-9]\d{0,14}")
_NAMED = re.compile(r"(?P<name>.*\S)\s*\((?P<id>[^()]+)\)\s*")
_PATIENCE = 2.0  # seconds a form waits for its review to be in the graph
_MANY = 500  # reviews of one request of a program


@dataclass(frozen=True)
class Form:
    """What a reviewer has filled in, as it was typed.

    `illustration` and `value` are paths below `/id/`; an empty `value` with a `choice` says something new.
    """

    illustration: str
    property: str
    verdict: str
    value: str = ""
    qualifier: str = ""
    choice: str = ""
    comment: str = ""
    id: str = ""
    next: str = ""

    @classmethod
    def read(cls, given: Any) -> Form:
        """From the fields of a form or the members of an object."""
        names = (
            "illustration",
            "property",
            "verdict",
            "value",
            "qualifier",
            "choice",
            "comment",
            "id",
            "next",
        )
        # Half a surrogate pair, which JSON may hold, is no character that anything could store.
        texts = {name: str(given.get(name) or "").encode("utf-8", "replace").decode() for name in names}
        form = cls(**{name: text.strip()[:4000] for name, text in texts.items()})
        return form if _ID.fullmatch(form.id) else replace(form, id=uuid.uuid4().hex)


class Unclear(ValueError):
    """A form that cannot be taken as it is; `candidates` are what its choice may have meant."""

    def __init__(self, reason: str, candidates: tuple[Link, ...] = ()) -> None:
        super().__init__(reason)
        self.candidates = candidates


def inbox() -> Inbox:
    """The reviews of this store that are on their way."""
    found: Inbox = current_app.extensions["legenda.inbox"]
    return found


def keep(
    found: Dataset, reviews: Sequence[dict[str, Any]], seen: Mapping[str, str] | None = None
) -> dict[str, Last]:
    """Put reviews into the inbox under the keys of their statements; returns who was faster (`Inbox.put`)."""
    return inbox().put(reviews, [key_of(found, review) for review in reviews], seen)


def key_of(found: Dataset, review: Mapping[str, Any]) -> str:
    """The key of the statement that a review is about."""
    value = review["value"]
    return key(
        found.names.illustration(review["illustration"]),
        review["property"],
        found.names.iri(value["kind"], value["id"]),
        review["qualifier"],
    )


@blueprint.post("/reviews")
def give() -> Response:
    """Take one review of a form, or some of a program."""
    if request.mimetype == "application/json":
        return _of_program()
    form = Form.read(request.form)
    # Somebody whose session ended gives the token with the form that came back.
    fresh = request.form.get("token", "")
    if problem := session.check():
        return again(form, word("review-again", language()), 403 if session.signed_in() else 401, problem)
    reviewer = session.sign_in(fresh) if fresh else session.signed_in()
    if reviewer is None or session.signed_in() is None:
        return again(form, word("login-wrong" if fresh else "review-again", language()), 401)
    try:
        made = review(dataset(), form, reviewer)
    except Unclear as error:
        return again(form, str(error), 422, candidates=error.candidates)
    except NotFound:
        return again(form, word("review-gone", language()), 404)
    try:
        keep(dataset(), [made])
    except OSError as error:
        return again(form, f"{word('review-unkept', language())} ({error})", 503)
    inbox().written([made["id"]], _PATIENCE)
    anchor = request.form.get("anchor", "")
    onward = session.local_path(form.next) if form.next else f"/page/{form.illustration}"
    return redirect(onward + (f"#{anchor}" if _ANCHOR.fullmatch(anchor) else ""), 303)  # type: ignore[return-value]


def _of_program() -> Response:
    reviewer = session.bearer()
    if reviewer is None:
        reviewer = session.signed_in()
        if reviewer is not None and (problem := session.check()):
            return _said({"problem": problem}, 403)
    if reviewer is None:
        answer = _said({"problem": "a review needs a token of the role review: Authorization: Bearer …"}, 401)
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Legenda"'
        return answer
    sent = request.get_json(silent=True)
    several = sent.get("reviews", [sent]) if isinstance(sent, dict) else sent
    if not isinstance(several, list) or not several or not all(isinstance(one, dict) for one in several):
        return _said({"problem": 'send a review, or {"reviews": […]}'}, 400)
    if len(several) > _MANY:
        return _said({"problem": f"at most {_MANY} reviews at once"}, 413)
    made = []
    for place, one in enumerate(several):
        try:
            made.append(review(dataset(), Form.read(one), reviewer))
        except Unclear as error:
            candidates = [asdict(link) for link in error.candidates]
            return _said({"problem": str(error), "review": place, "candidates": candidates}, 422)
        except NotFound:
            return _said({"problem": "there is no such illustration", "review": place}, 404)
    try:
        keep(dataset(), made)
    except OSError as error:
        return _said({"problem": str(error)}, 503)
    done = inbox().written([one["id"] for one in made], _PATIENCE)
    return _said({"reviews": [one["id"] for one in made], "written": done}, 201 if done else 202)


def _said(content: dict[str, Any], status: int) -> Response:
    answer = jsonify(content)
    answer.status_code = status
    return answer


@blueprint.get("/reviews/draft/<id>")
def draft(id: str) -> Response:
    """A form that was typed when its session had ended, once more after signing in elsewhere."""
    kept = Leases(current_app.extensions["legenda"].store).draft(id)
    if kept is None:
        raise NotFound()
    return again(Form.read(kept), word("review-draft", language()), 200)


@blueprint.get("/suggest")
def suggest() -> Response:
    """Values of a kind by the beginning of a name, as one writes them into a form: "Raphael (Q5597)"."""
    found, spoken = dataset(), language()
    kind, text = request.args.get("kind", ""), request.args.get("q", "")[:200]
    entities = known.begun(found.index, kind, text) if kind in VALUE_KINDS and len(text) > 1 else []
    links = links_of(found, entities, spoken)
    return jsonify([{"value": written(link), "label": link.label, "path": link.href[6:]} for link in links])


def links_of(found: Dataset, entities: list[str], spoken: str) -> list[Link]:
    """Entities as links by their best names."""
    spelt = known.names(found.index, entities)
    made = []
    for iri in entities:
        text, tongue = best_text(spelt.get(iri, ())[:12], spoken)
        made.append(Link(text or local_name(iri), href(iri, found.names.base), tongue, iri))
    return made


def written(link: Link) -> str:
    """A value as a reviewer writes it: its name and, in brackets, its identifier."""
    local = local_name(link.iri)
    return link.label if link.label == local else f"{link.label} ({local})"


def review(found: Dataset, form: Form, reviewer: Reviewer) -> dict[str, Any]:
    """The review a form asks for, as the writer takes it. Raises Unclear, or NotFound for no illustration."""
    plate = entity_iri(form.illustration, found.names.base)
    split = found.names.split(plate)
    if split is None or split[0] != "illustration" or found.index.plate(plate) is None:
        raise NotFound()
    kind = KIND_OF.get(form.property)
    if kind is None or form.verdict not in ALL_VERDICTS:
        raise Unclear(word("review-what", language()))
    if form.qualifier and not re.fullmatch(r"[a-z-]{1,40}", form.qualifier):
        raise Unclear(word("review-what", language()))
    chosen = _chosen(found, kind, form.choice) if form.choice else None
    if form.value:
        value = _stated(found, kind, form.value)
    elif form.verdict == "accepted" and chosen:
        value, chosen = chosen, None
    else:
        raise Unclear(word("review-no-choice" if not form.choice else "review-what", language()))
    if form.verdict == "replaced" and (chosen is None or chosen["id"] == value["id"]):
        raise Unclear(word("review-no-choice", language()))
    if form.verdict == "comment" and not form.comment:
        raise Unclear(word("review-no-comment", language()))
    return {
        "id": _identity(form, reviewer),
        "illustration": split[1],
        "property": form.property,
        "value": value,
        "verdict": form.verdict,
        "reviewer": reviewer.signature,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "qualifier": form.qualifier,
        "replacement": chosen if form.verdict == "replaced" else None,
        "comment": form.comment,
    }


def _identity(form: Form, reviewer: Reviewer) -> str:
    """The same for a form that is sent twice, another one when anything in it has changed."""
    said = json.dumps([form.id, reviewer.signature, *asdict(form).values()], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _stated(found: Dataset, kind: str, path: str) -> dict[str, Any]:
    """The value of the statement that is judged; it may have gone from the graph since the page was shown."""
    iri = entity_iri(path, found.names.base)
    split = found.names.split(iri)
    if split is None or split[0] != kind:
        raise Unclear(word("review-what", language()))
    return {"kind": kind, "id": split[1], "labels": known.names(found.index, [iri]).get(iri, [])}


def _chosen(found: Dataset, kind: str, text: str) -> dict[str, Any]:
    """The value that a reviewer means: by its path, its identifier or its name."""
    index, text = found.index, text[:300].strip()
    named = _NAMED.fullmatch(text)
    asked = text.partition("/")[2] if text.startswith(kind + "/") else named["id"] if named else text
    if not asked.strip():
        raise Unclear(word("review-no-choice", language()))
    iri = found.names.iri(kind, unquote(asked))
    if known.kind_of(index, iri) == kind:
        return _entity(found, iri, kind)
    if kind in {"artist", "artwork"} and _QID.fullmatch(asked):  # somebody new, by the number in Wikidata
        label = named["name"] if named else asked
        return {"kind": kind, "id": asked, "labels": [(label, language() if named else "")]}
    same = known.called(index, kind, text)
    if len(same) == 1:
        return _entity(found, same[0], kind)
    near = same or known.begun(index, kind, text) or known.begun(index, kind, text.split()[-1])
    reason = word("review-which" if near else "review-unknown", language(), name=text)
    raise Unclear(reason, tuple(links_of(found, near, language())))


def _entity(found: Dataset, iri: str, kind: str) -> dict[str, Any]:
    split = found.names.split(iri)
    assert split is not None
    return {"kind": kind, "id": split[1], "labels": known.names(found.index, [iri]).get(iri, [])}


def choices(found: Dataset, spoken: str) -> dict[str, list[Link]]:
    """Per property whose values are few, all of them by name: what a list to choose from holds."""

    def gather() -> dict[str, list[Link]]:
        made = {}
        for property, kind in KIND_OF.items():
            entities = known.few(found.index, kind) if kind not in {"artist", "artwork"} else []
            links = links_of(found, entities, spoken)
            made[property] = sorted(links, key=lambda link: link.label.casefold())
        return made

    kept: dict[str, list[Link]] = found.kept(("choices", spoken), gather)
    return kept


def again(
    form: Form, reason: str, status: int, problem: str = "", candidates: tuple[Link, ...] = ()
) -> Response:
    """The form once more, with everything that was typed and why it was not taken."""
    found, spoken = dataset(), language()
    plate: dict[str, Any] | None = None
    try:
        plate = found.index.plate(entity_iri(form.illustration, found.names.base))
    except NotFound:
        plate = None
    house = urlsplit(settings().oidc_issuer).netloc if session.signed_in() is None else ""
    kept = ""
    if house and status == 401:  # signing in leads away from here and back
        kept = secrets.token_urlsafe(24)
        Leases(current_app.extensions["legenda"].store).keep_draft(kept, asdict(form))
    html = render_template(
        "review.html",
        house=house,
        draft=kept,
        form=form,
        reason=reason,
        problem=problem,
        candidates=[(link, written(link)) for link in candidates],
        choices=choices(found, spoken).get(form.property, []),
        kind=KIND_OF.get(form.property, ""),
        value=_value_link(found, form, spoken),
        plate=plate,
        reviewer=session.signed_in(),
        csrf=session.csrf(),
        verdicts=VERDICTS,
    )
    answer = Response(html, status)
    answer.headers["Cache-Control"] = "no-store"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Legenda"'
    if status == 503:
        answer.headers["Retry-After"] = "10"
    return answer


def _value_link(found: Dataset, form: Form, spoken: str) -> Link | None:
    if not form.value:
        return None
    try:
        return links_of(found, [entity_iri(form.value, found.names.base)], spoken)[0]
    except NotFound:
        return None
