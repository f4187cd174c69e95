"""What was found or chosen on the map, to take away: CSV, JSON-LD, a IIIF manifest, a ZIP of the pictures.

In: a question to the map, in the address or as a form with a set drawn by hand. Out: one answer, written
while it is sent, so that memory does not grow with it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlencode

import numpy as np
from flask import Blueprint, Response, request, stream_with_context
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from api import iiif
from api.dataset import Dataset
from api.kinds import sources
from api.language import best_text
from api.map_find import asked
from api.map_pack import FACETS
from api.map_routes import answer_of, pack, records_of
from api.requests import dataset, language, settings
from api.views import href, local_name

blueprint = Blueprint("map_exports", __name__)
#: How files of the media types that browsers show are called.
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
}
_AT_ONCE = 500
_CANVASES = 2000
_UNSAFE = re.compile(r"[^\w.,() -]+")


@blueprint.route("/map/export.<form>", methods=["GET", "POST"])
def export(form: str) -> Response:
    """The pictures of a question as `csv`, `jsonld`, `json` (a IIIF manifest) or `zip`."""
    writers = {"csv": _csv, "jsonld": _jsonld, "json": _manifest, "zip": _zip}
    if form not in writers:
        raise NotFound()
    found, made = dataset(), pack()
    question = asked(request.values)
    answer = writers[form](found, made.plates[answer_of(found, made, question)])
    answer.headers["Content-Disposition"] = f'attachment; filename="legenda-pictures.{form}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def rows(found: Dataset, numbers: np.ndarray, spoken: str) -> Iterator[dict[str, str]]:
    """A row per picture: what it is, where it was printed, what is believed of it (names joined by " | ")."""
    books = sources(found, spoken)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        believed = found.index.values_of_many([int(number) for number in some])
        entities = {entity for pairs in believed.values() for _, entity in pairs if "/" in entity}
        labels = found.index.labels(sorted(entities))
        for record in records_of(found, some):
            values: dict[str, list[str]] = {}
            for property, entity in believed.get(record["number"], []):
                values.setdefault(property, []).append(
                    best_text(labels.get(entity, ()), spoken)[0] or local_name(entity)
                )
            book = books.get(record["source"])
            yield {
                "id": local_name(record["iri"]),
                "iri": record["iri"],
                "caption": record["label"],
                "source": book.label if book else "",
                "year": record["year"],
                "language": record["language"],
                **{
                    f: " | ".join(sorted(values.get(f, [])))
                    for f in FACETS
                    if f not in {"source", "language", "group"}
                },
                "image": found.names.image(record["digest"]) if record["digest"] else "",
            }


def table(found: Dataset, numbers: np.ndarray, spoken: str) -> Iterator[str]:
    """The rows as CSV with a header."""
    out = io.StringIO()
    names = ("id", "iri", "caption", "source", "year", "language")
    fields = [*names, *(f for f in FACETS if f not in {"source", "language", "group"}), "image"]
    writer = csv.DictWriter(out, fields, lineterminator="\r\n")
    writer.writeheader()
    for row in rows(found, numbers, spoken):
        writer.writerow(row)
        if out.tell() > 1 << 16:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _csv(found: Dataset, numbers: np.ndarray) -> Response:
    return _streamed(table(found, numbers, language()), "text/csv; charset=utf-8")


def _jsonld(found: Dataset, numbers: np.ndarray) -> Response:
    return _streamed(_jsonld_text(found, numbers), "application/ld+json")


def _jsonld_text(found: Dataset, numbers: np.ndarray) -> Iterator[str]:
    context = json.dumps(found.names.base + "context.jsonld")
    yield f'{{"@context": {context}, "@graph": ['
    first = True
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        believed = found.index.values_of_many([int(number) for number in some])
        for record in records_of(found, some):
            node: dict[str, Any] = {"id": record["iri"], "type": "Illustration"}
            label = {"@value": record["label"]} | (
                {"@language": record["language"]} if record["language"] else {}
            )
            node["rdfs:label"] = label
            for property, entity in sorted(believed.get(record["number"], [])):
                if "/" in entity:
                    node.setdefault(property, []).append(entity)
            yield ("" if first else ",\n") + json.dumps(node, ensure_ascii=False)
            first = False
    yield "]}\n"


def _manifest(found: Dataset, numbers: np.ndarray) -> Response:
    here = request.url_root.rstrip("/")
    own = f"{here}/map/export.json?{urlencode(asked(request.values).address)}"
    items = []
    for number, record in enumerate(records_of(found, numbers[:_CANVASES]), 1):
        canvas = iiif._canvas(found, record, own, here, number)
        del canvas["annotations"]  # those are of a source's manifest
        canvas["homepage"][0]["id"] = here + href(record["iri"], found.names.base)
        items.append(canvas)
    made = {
        "@context": iiif._CONTEXT,
        "id": own,
        "type": "Manifest",
        "label": {"none": [f"{settings().title}: {len(items)}"]},
        "items": items,
    }
    text = json.dumps(made, ensure_ascii=False)
    return Response(text, content_type=f'application/ld+json;profile="{iiif._CONTEXT}"')


class _Sink(io.RawIOBase):
    """What a ZIP is written into and taken out of piece by piece; it cannot be sought in."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def _zip(found: Dataset, numbers: np.ndarray) -> Response:
    """The pictures as they were in the corpus and a table of them. 413 when they are more than the setting
    `zip_size` allows, before anything is sent.
    """
    records = records_of(found, numbers)
    files = []
    total = 0
    for record in records:
        path = found.media.path(record["digest"]) if record["digest"] else None
        kind = iiif._format(found, record["digest"]) if path else ""
        if path is None or kind not in EXTENSIONS:
            continue
        total += path.stat().st_size
        if total > settings().zip_size:
            raise RequestEntityTooLarge(
                f"the pictures are more than {settings().zip_size >> 20} MiB together; choose fewer"
            )
        parts = [_UNSAFE.sub("_", unquote(part)).strip(". ") or "_" for part in record["iri"].split("/")[-2:]]
        files.append((f"{parts[0][:80]}/{parts[1][:100]}-{record['number']}.{EXTENSIONS[kind]}", path))
    spoken = language()

    def written() -> Iterator[bytes]:
        sink = _Sink()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
            with archive.open("pictures.csv", "w") as entry:
                for text in table(found, numbers, spoken):
                    entry.write(text.encode())
            yield sink.taken()
            for name, path in files:
                with (
                    archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry,
                    path.open("rb") as source,
                ):
                    while block := source.read(1 << 20):
                        entry.write(block)
                        yield sink.taken()
        yield sink.taken()

    return _streamed(written(), "application/zip")


def _streamed(parts: Any, media_type: str) -> Response:
    return Response(stream_with_context(parts), content_type=media_type)
