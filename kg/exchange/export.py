"""Writing a store in one of the exchange forms.

In: a reader, the name of a form, a folder. Out: files in that folder, each complete or not there. RDF forms
and CSV are streamed from the engine; JSON forms are one document per line (`.jsonl`), or one page per
source for annotations.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import pyoxigraph as ox

from kg import terms
from kg.engines import StoreError
from kg.exchange import json_forms
from kg.names import NAMESPACES
from kg.reading import Reader

_FOLDER = Path(__file__).parent
_PREFIXES = NAMESPACES | {
    "edm": "http://www.europeana.eu/schemas/edm/",
    "ore": "http://www.openarchives.org/ore/terms/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
FORMS = ("csv", "edm", "schema", "linked-art", "annotations", "iiif")


def export(reader: Reader, form: str, folder: Path, provider: str = "Legenda") -> list[Path]:
    """Write a form into a folder; returns the files. Raises StoreError for an unknown form."""
    if form not in FORMS:
        raise StoreError(f"no exchange form {form}; there are {', '.join(FORMS)}")
    folder.mkdir(parents=True, exist_ok=True)
    if form == "csv":
        return [
            _write(folder / f"{query.stem.removeprefix('csv-')}.csv", _csv(reader, query))
            for query in sorted(_FOLDER.glob("csv-*.rq"))
        ]
    if form in ("edm", "schema"):
        suffix, syntax = ("rdf", ox.RdfFormat.RDF_XML) if form == "edm" else ("ttl", ox.RdfFormat.TURTLE)
        query = (
            (_FOLDER / f"{form}.rq").read_text(encoding="utf-8").replace("$provider", terms.text(provider))
        )

        def write(out: BinaryIO) -> None:
            ox.serialize(reader.query(query), out, syntax, prefixes=_PREFIXES)

        return [_write(folder / f"{form}.{suffix}", write)]
    if form == "linked-art":
        return [
            _write(folder / "artworks.jsonl", _lines(json_forms.linked_art_works(reader))),
            _write(folder / "illustrations.jsonl", _lines(json_forms.linked_art_illustrations(reader))),
        ]
    pages = json_forms.annotation_pages(reader, iiif=form == "iiif")
    return [_write(folder / f"{name}.json", _document(page)) for name, page in pages]


def _csv(reader: Reader, query: Path) -> Callable[[BinaryIO], None]:
    def write(out: BinaryIO) -> None:
        answer = reader.query(query.read_text(encoding="utf-8"))
        answer.serialize(out, ox.QueryResultsFormat.CSV)

    return write


def _lines(documents: Iterable[dict[str, Any]]) -> Callable[[BinaryIO], None]:
    def write(out: BinaryIO) -> None:
        out.writelines((json.dumps(each, ensure_ascii=False) + "\n").encode() for each in documents)

    return write


def _document(page: dict[str, Any]) -> Callable[[BinaryIO], None]:
    def write(out: BinaryIO) -> None:
        out.write((json.dumps(page, ensure_ascii=False, indent=1) + "\n").encode())

    return write


def _write(file: Path, write: Callable[[BinaryIO], None]) -> Path:
    temporary = file.with_name(f".{file.name}.part")
    try:
        with temporary.open("wb") as out:
            write(out)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return file
