"""Groups from the map: pictures that a person chose, named and kept in the graph with who did it and when.

In: `POST /map/groups`, JSON with a name and pictures, by somebody signed in (with `X-CSRF-Token`) or by a
program with a bearer token of the role `review`. Out: the address of the group, which is in the snapshot
published then.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import numpy as np
from flask import Blueprint, Response, jsonify, request

from api import changes, session
from api.map_find import from_bits
from api.map_routes import pack, records_of
from api.requests import dataset
from api.views import href
from kg.groups import Group, group_lines

blueprint = Blueprint("map_groups", __name__)
_NAME, _NOTE = 200, 4000  # characters


@blueprint.post("/map/groups")
def keep() -> Response:
    """Keep a group: `{"name": …, "note": …, "plates": a set as the map writes it}`, or `"illustrations":
    [IRI, …]`.
    """
    author = session.bearer()
    if author is None and (author := session.signed_in()) is not None and (problem := session.check()):
        return _said({"problem": problem}, 403)
    if author is None:
        answer = _said(
            {"problem": "a group needs somebody who is signed in, or a token of the role review"}, 401
        )
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Legenda"'
        return answer
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict) or not str(sent.get("name", "")).strip():
        return _said({"problem": "a group needs a name"}, 400)
    try:
        members = _members(sent)
    except ValueError as error:
        return _said({"problem": str(error)}, 400)
    if not members:
        return _said({"problem": "a group needs at least one illustration"}, 400)
    names = dataset().names
    group = Group(
        id=uuid.uuid4().hex,
        label=" ".join(str(sent["name"]).split())[:_NAME],
        author=author.signature,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        members=tuple(members),
        note=str(sent.get("note") or "").strip()[:_NOTE],
    )
    text = "".join(group_lines(group, names))
    changes.make("merge", graph=names.graph("groups"), base=names.base, parts=[(text, "nt")])
    iri = names.iri("group", group.id)
    answer = _said({"id": iri, "page": href(iri, names.base), "members": len(members)}, 201)
    answer.headers["Location"] = iri
    answer.autocorrect_location_header = False
    return answer


def _members(sent: dict[str, Any]) -> list[str]:
    """The keys of the illustrations. Raises ValueError for a set of another map, or for an unknown one."""
    found = dataset()
    if isinstance(sent.get("illustrations"), list):
        iris = [str(iri) for iri in sent["illustrations"]]
        unknown = [iri for iri in iris if found.index.plate(iri) is None]
        if unknown:
            raise ValueError(f"there is no illustration {unknown[0]}")
    else:
        made = pack()
        numbers = made.plates[from_bits(str(sent.get("plates", "")), len(made))]
        iris = [record["iri"] for record in records_of(found, np.sort(numbers))]
    split = (found.names.split(iri) for iri in iris)
    return [parts[1] for parts in split if parts]


def _said(content: dict[str, Any], status: int) -> Response:
    answer = jsonify(content)
    answer.status_code = status
    return answer
