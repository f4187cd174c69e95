"""`/map`: all pictures at once; and what the map asks the server for.

In: addresses below `/map`. Out: the page (a list with the same content, which the browser turns into the map
when it can), the pack of the snapshot (`api.map_pack`), texture sheets, names of pictures in blocks, answers
to words and to pictures. Everything of the pack and every sheet may be kept for ever by whoever asked for it.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from flask import Blueprint, Response, jsonify, request, send_file
from werkzeug.exceptions import BadRequest, NotFound

from api import map_look, map_pack, views
from api.dataset import Dataset
from api.kinds import sources
from api.map_find import Asked, answer, asked, bits, sparql
from api.map_pack import Pack
from api.rendering import paging, rendered
from api.requests import conditional, dataset, entity_iri, language, settings
from kg.atlases import Atlases

blueprint = Blueprint("map", __name__)
_FOR_EVER = "public, max-age=31536000, immutable"
#: Pictures of which names are sent together.
BLOCK = 64
_RANKED = 500  # pictures of an answer that are sent in order; of the others only which they are
_BUILT = Path(__file__).parent / "static" / "vendor" / "map.js"
#: Keys of the address that say how the map is looked at, not what is asked.
LOOKS = ("layout", "view", "plate", "at")


@cache
def _all_words() -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / "map_words.toml").read_text(encoding="utf-8"))


def map_words(spoken: str) -> dict[str, str]:
    """The words of the map's page in a language."""
    return {key: entry.get(spoken) or entry["en"] for key, entry in _all_words().items()}


def pack() -> Pack:
    """The pack of this request's snapshot, built now if it is not there."""
    found = dataset()
    made: Pack = found.kept("map", lambda: map_pack.ensure(found))
    return made


@blueprint.get("/map")
def page() -> Response:
    """The map; without WebGL or JavaScript the list of what is asked for, page by page."""
    found, spoken = dataset(), language()
    question, made = asked(request.args), pack()
    places = answer_of(found, made, question)
    size = settings().page_size
    number = request.args.get("p", "1")
    if not number.isascii() or not number.isdigit() or len(number) > 8 or int(number) < 1:
        raise NotFound()
    offset = (int(number) - 1) * size
    records = records_of(found, made.plates[places[offset : offset + size]])
    shown = views.plates(records, found.names.base, sources(found, spoken))
    address = urlencode(question.address)
    config = {
        "manifest": "/map/manifest.json",
        "pack": "/map/pack/",
        "sheets": "/map/sheets/",
        "plates": f"/map/plates/{found.version}/",
        "block": BLOCK,
        "thumbnail": "/image/{digest}/thumbnail",
        "page": "/page/illustration/{local}",
        "entity": "/page/{kind}/{local}",
        "served": True,
        "language": spoken,
        "words": map_words(spoken),
        "plate": _start(found, made),
    }
    return rendered(
        "map.html",
        "map",
        m=map_words(spoken),
        config=json.dumps(config, ensure_ascii=False).replace("<", "\\u003c"),
        built=_BUILT.exists(),
        asked=question,
        plates=shown,
        address=address + "&" if address else "",
        **paging(len(places), int(number), size),
    )


def _start(found: Dataset, made: Pack) -> int:
    """The number of the picture that the address shows, -1 for none."""
    local = request.args.get("plate", "")
    if local:
        try:
            plate = found.index.plate(entity_iri(f"illustration/{local}", found.names.base))
        except NotFound:
            plate = None
        places = made.places([plate["number"]]) if plate else []
        return places[0] if places else -1
    return -1


def answer_of(found: Dataset, made: Pack, question: Asked) -> np.ndarray:
    """The pictures that a question is about, by their numbers on the map, best first."""
    alike = None
    if question.like:
        alike = map_look.like(found, made, places_of(found, made, question.like))
    try:
        return answer(found, made, question, alike)
    except ValueError as error:
        raise BadRequest(str(error)) from error


def places_of(found: Dataset, made: Pack, paths: tuple[str, ...]) -> list[int]:
    """Numbers on the map of pictures by the encoded paths of their pages; unknown ones are left out."""
    numbers = []
    for path in paths:
        try:
            plate = found.index.plate(entity_iri(f"illustration/{path}", found.names.base))
        except NotFound:
            continue
        numbers += [plate["number"]] if plate else []
    return made.places(numbers)


def records_of(found: Dataset, numbers: np.ndarray) -> list[dict[str, Any]]:
    """The index's records of pictures by their numbers there, in their order."""
    known: dict[int, dict[str, Any]] = {}
    for start in range(0, len(numbers), 500):
        some = [int(number) for number in numbers[start : start + 500]]
        sql = (
            "SELECT number, iri, label, language, digest, source, year, page FROM plate "
            f"WHERE number IN ({','.join('?' * len(some))})"
        )
        known |= {row["number"]: row for row in found.index.ask(sql, some)}
    return [known[int(number)] for number in numbers]


@blueprint.get("/map/manifest.json")
def manifest() -> Response:
    """What the pack of the snapshot holds, and under which names."""
    return conditional(jsonify(pack().manifest))


@blueprint.get("/map/pack/<name>")
def column(name: str) -> Response:
    """A file of the pack. Its name is the hash of its content, so an earlier snapshot's file is as good."""
    file = map_pack.file_of(dataset(), name)
    if file is None:
        raise NotFound()
    # The file is compressed itself: it is served as it is, here as from any static web space.
    return _for_ever(send_file(file, mimetype="application/gzip"))


@blueprint.get("/map/sheets/<name>.jpg")
def sheet(name: str) -> Response:
    """A texture sheet: many pictures side by side, small."""
    if not name.isalnum() or len(name) != 24:
        raise NotFound()
    file = Atlases(dataset().folder).sheet(name)
    if not file.is_file():
        raise NotFound()
    return _for_ever(send_file(file, mimetype="image/jpeg"))


@blueprint.get("/map/plates/<version>/<int:block>.json")
def plates(version: str, block: int) -> Response:
    """Names of the pictures of a block: path, caption, its language, picture, source, year."""
    found, made = dataset(), pack()
    if version != found.version:
        raise NotFound("The map is of an earlier version: load it again.")
    answer = jsonify(block_of(found, made, block, language()))
    answer.headers["Cache-Control"] = "private, max-age=31536000"
    answer.vary.add("Accept-Language")
    return answer


def block_of(found: Dataset, made: Pack, block: int, spoken: str) -> list[list[str]]:
    """What a block of pictures is called; one whose file is gone has no picture. Raises NotFound for a block
    that is not there.
    """
    numbers = made.plates[block * BLOCK : (block + 1) * BLOCK]
    seen = made.seen[block * BLOCK : (block + 1) * BLOCK]
    if not len(numbers):
        raise NotFound()
    books = sources(found, spoken)
    prefix = len(found.names.base) + len("id/illustration/")
    return [
        [
            row["iri"][prefix:],
            row["label"],
            row["language"],
            row["digest"] if shown else "",
            books[row["source"]].label if row["source"] in books else "",
            row["year"],
        ]
        for row, shown in zip(records_of(found, numbers), seen, strict=True)
    ]


@blueprint.get("/map/find")
def find() -> Response:
    """The pictures with the words of `q`: the best ones in order, and all of them as a set. Pictures that
    show what the words say follow those that are captioned so, where the encoder knows words.
    """
    found, made = dataset(), pack()
    return conditional(_ranked(map_look.with_words(found, made, asked(request.args).words), len(made)))


@blueprint.get("/map/like")
def like() -> Response:
    """The pictures that look like those of `?like=` (several may be given), those first."""
    found, made = dataset(), pack()
    places = places_of(found, made, asked(request.args).like)
    if not places:
        raise NotFound()
    return conditional(_ranked(map_look.like(found, made, places), len(made)))


@blueprint.post("/map/look")
def look() -> Response:
    """The pictures that look like the one that is sent as `picture`. It is not kept."""
    brought = request.files.get("picture")
    if brought is None:
        raise BadRequest("send a picture as the field picture of a form")
    found, made = dataset(), pack()
    return _ranked(map_look.like_picture(found, made, brought, settings().picture_pixels), len(made))


@blueprint.route("/map/sparql", methods=["GET", "POST"])
def as_sparql() -> Response:
    """The question as a SPARQL query, for `/sparql`."""
    found, made, question = dataset(), pack(), asked(request.values)
    drawn = None
    if question.drawn or question.like:
        chosen = records_of(found, made.plates[answer_of(found, made, question)])
        drawn = [row["iri"] for row in chosen]
    return Response(sparql(question, found.names, drawn) + "\n", mimetype="text/plain")


def _ranked(places: np.ndarray, count: int) -> Response:
    return jsonify({"ranked": places[:_RANKED].tolist(), "all": bits(places, count), "total": len(places)})


def _for_ever(response: Response) -> Response:
    response.headers["Cache-Control"] = _FOR_EVER
    return response
