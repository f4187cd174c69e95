"""Which column of a user's table is which field of Legenda, and what `book.json` says about the source.

In: a table's header, the user's own mapping (`caption=legend`), a source description. Out: a `Columns` that
turns a row into the fields of an illustration and keeps what Legenda does not know as metadata, in its
order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from enrich.corpora.faults import CorpusError
from enrich.corpora.rows import as_text
from kg.nouns import Source

TEXTS = ("caption", "heading", "text_before", "text_after")
FIELDS = ("id", "image", "page", *TEXTS, "language", "source", "page_image", "region")
SOURCE_FIELDS = {
    "source_title": "title",
    "source_creator": "creator",
    "source_date": "date",
    "source_language": "language",
    "source_rights": "rights",
    "source_url": "url",
}
KNOWN = (*FIELDS, *SOURCE_FIELDS)

# Tables of well-known programs are read as they are: their own column names, recognised by the header.
PIXPLOT = {"image": "filename", "caption": "description"}
VIKUS_MARKS = {"id", "keywords", "year"}

# book.json: the keys of the field, as people write them.
BOOK_KEYS = {
    "title": ("title", "name"),
    "creator": ("creator", "author", "authors", "editor"),
    "date": ("date", "year", "issued", "published"),
    "language": ("language", "lang"),
    "rights": ("rights", "licence", "license"),
    "url": ("url", "homepage", "uri"),
}


@dataclass(frozen=True)
class Columns:
    """Field → column of one table. `by_stem`: images are found by the row's id (VIKUS), not by a column."""

    of: Mapping[str, str]
    by_stem: bool = False

    def field(self, row: Mapping[str, str], name: str) -> str:
        """The row's text for a field of Legenda, stripped; "" when the table has no such column."""
        column = self.of.get(name)
        return (row.get(column) or "").strip() if column else ""

    def metadata(self, row: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The columns Legenda does not know, in their order, without the empty ones."""
        used = set(self.of.values())
        return tuple((k, v.strip()) for k, v in row.items() if k not in used and v.strip())

    def has_text(self) -> bool:
        return any(t in self.of for t in TEXTS)


def columns_for(header: Iterable[str], mapping: Mapping[str, str], place: str, folder: Path) -> Columns:
    """Match a header. Raises `CorpusError` when `mapping` names an unknown field or a column the table
    lacks.
    """
    names = list(header)
    for field, column in mapping.items():
        if field not in KNOWN:
            near = get_close_matches(field, KNOWN, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f" (known: {', '.join(KNOWN)})"
            raise CorpusError(f"--map {field}={column}: {field!r} is not a field of an illustration{hint}")
        if column not in names:
            near = get_close_matches(column, names, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f" (it has {', '.join(names)})"
            raise CorpusError(f"{place}: has no column {column!r}, which --map {field}={column} names{hint}")
    of = {n: n for n in names if n in KNOWN and n not in mapping.values()}
    by_stem = False
    if "filename" in names and "image" not in names:
        of |= {f: c for f, c in PIXPLOT.items() if c in names}
    elif set(names) >= VIKUS_MARKS and "image" not in names and "image" not in mapping:
        by_stem = True
        of |= _vikus_caption(names, folder)
    of |= mapping
    if "id" not in of and "image" not in of and not any(t in of for t in TEXTS):
        raise CorpusError(
            f"{place}: none of its columns ({', '.join(names[:12])}) is one Legenda knows; "
            "say which is which with --map image=COLUMN --map caption=COLUMN"
        )
    return Columns(of, by_stem)


def _vikus_caption(names: list[str], folder: Path) -> dict[str, str]:
    """A VIKUS project says in config.json, beside its table or one folder up, which column it shows as the
    title.
    """
    for file in (folder / "config.json", folder.parent / "config.json"):
        try:
            shown = json.loads(file.read_text(encoding="utf-8-sig"))["detail"]["structure"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no such file, or another program's config.json: it tells us no caption
        for entry in shown:
            if (
                isinstance(entry, dict)
                and re.fullmatch(r"(?i)tit(el|le|re|olo|ulo)", str(entry.get("name", "")))
                and entry.get("source") in names
            ):
                return {"caption": str(entry["source"])}
    return {}


def read_book(folder: Path) -> Source | None:
    """The source that `book.json` in `folder` describes; None without one. Raises `CorpusError` if it is
    broken.

    Its `slug` or `id`, else the folder's name, is the source's id; keys that are nothing of a source become
    metadata.
    """
    file = folder / "book.json"
    if not file.is_file():
        return None
    try:
        book = json.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise CorpusError(f"{file}: is not UTF-8") from None
    except json.JSONDecodeError as problem:
        raise CorpusError(f"{file}: is not JSON ({problem.msg}, line {problem.lineno})") from None
    if not isinstance(book, dict):
        raise CorpusError(f"{file}: is not a JSON object")
    texts = {str(k): as_text(v).strip() for k, v in book.items()}
    fields: dict[str, str] = {}
    used = {"slug", "id", "illustrations"}
    for field, keys in BOOK_KEYS.items():
        key = next((k for k in keys if texts.get(k)), None)
        if key:
            fields[field] = texts[key]
            used.add(key)
    if texts.get("pg_number", "").isdigit() and "url" not in fields:
        fields["url"] = f"https://www.gutenberg.org/ebooks/{texts['pg_number']}"
    return Source(
        id=texts.get("slug") or texts.get("id") or folder.name,
        title=fields.get("title", ""),
        creator=fields.get("creator", ""),
        date=clean_date(fields.get("date", "")),
        language=fields.get("language", ""),
        rights=fields.get("rights", ""),
        url=fields.get("url", ""),
        metadata=tuple((k, v) for k, v in texts.items() if k not in used and v),
    )


def clean_date(text: str) -> str:
    """A date as EDTF text where it has a year in it, "" for "n.d.", "o. J.", "s. a."."""
    return text.strip() if re.search(r"\d", text) else ""


def source_of_row(row: Mapping[str, str], columns: Columns, default: Source) -> Source:
    """The source a row belongs to: `default`, unless its `source` and `source_…` columns say otherwise."""
    name = columns.field(row, "source")
    told: dict[str, Any] = {
        attribute: columns.field(row, column)
        for column, attribute in SOURCE_FIELDS.items()
        if columns.field(row, column)
    }
    if "date" in told:
        told["date"] = clean_date(told["date"])
    base = default if not name or name == default.id else Source(id=name, language=default.language)
    return replace(base, **told) if told else base
