"""A table of illustrations beside its images: the canonical corpus folder, and anybody's CSV, JSON Lines or
Parquet.

In: the table, the folder its image paths are relative to, the user's column mapping. Out: `Draft`s
(illustrations before their images are digested) and their sources; every row that cannot be used is one
fault with its place.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from enrich.corpora.columns import Columns, columns_for, source_of_row
from enrich.corpora.faults import Report, error, notice
from enrich.corpora.images import ImageIndex, resolve
from enrich.corpora.rows import read_header, read_rows
from kg.nouns import Passage, Region, Source


@dataclass(frozen=True, slots=True)
class Draft:
    """An illustration as read, its image not yet digested. `place` is where it was read, for faults."""

    place: str
    source: str
    id: str
    image: Path | None
    page: str = ""
    page_image: str = ""
    region: Region | None = None
    caption: str = ""
    heading: str = ""
    text_before: str = ""
    text_after: str = ""
    language: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    passages: tuple[Passage, ...] = ()
    page_file: Path | None = None


def read_table(
    path: Path,
    images: Path,
    mapping: Mapping[str, str],
    default: Source,
    report: Report,
) -> tuple[dict[str, Source], list[Draft]]:
    """All rows of `path`. `default` is the source of rows that name none; image paths are relative to
    `images`.
    """
    sources: dict[str, Source] = {}
    drafts: list[Draft] = []
    columns = columns_for(read_header(path), mapping, str(path), path.parent)
    index = ImageIndex(images)
    lost = 0
    for place, row in read_rows(path, report):
        source = source_of_row(row, columns, default)
        sources.setdefault(source.id, source)
        image, problem = _image(row, columns, images, index)
        if problem and columns.by_stem:
            lost += 1
        elif problem:
            report(error(place, problem))
        draft = _draft(place, row, columns, source, image)
        if columns.has_text() and not (
            draft.caption or draft.text_before or draft.text_after or draft.heading
        ):
            report(notice(f"{place} {draft.id}", "has neither caption nor text around it"))
        drafts.append(draft)
    if lost:
        report(
            error(
                path.name, f"no image file named after its id for {lost} of {len(drafts)} rows under {images}"
            )
        )
    return sources, drafts


def _draft(place: str, row: dict[str, str], columns: Columns, source: Source, image: Path | None) -> Draft:
    def text(name: str) -> str:
        return columns.field(row, name)

    return Draft(
        place=place,
        source=source.id,
        id=text("id") or text("image") or _content_id(row),
        image=image,
        page=text("page"),
        page_image=text("page_image"),
        region=parse_region(text("region")),
        caption=text("caption"),
        heading=text("heading"),
        text_before=text("text_before"),
        text_after=text("text_after"),
        language=text("language") or source.language,
        metadata=columns.metadata(row),
    )


def _image(row: dict[str, str], columns: Columns, images: Path, index: ImageIndex) -> tuple[Path | None, str]:
    """(the image file, the reason why there is none)."""
    if columns.by_stem:
        found = index.by_stem(columns.field(row, "id"))
        return found, "" if found else "no image"
    named = columns.field(row, "image")
    if not named:
        return None, ""
    return resolve(named, images, index)


def _content_id(row: Mapping[str, str]) -> str:
    """An id for a row that has neither id nor image, from what it says, so that it does not depend on row
    order.
    """
    content = json.dumps(dict(row), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def parse_region(text: str) -> Region | None:
    """A `region` cell, "x,y,width,height" with or without a leading "xywh=" or "pixel:"; None when it is no
    such.
    """
    match = re.fullmatch(r"(?:#?xywh=)?(?:pixel:)?(\d+)[,; ]+(\d+)[,; ]+(\d+)[,; ]+(\d+)", text.strip())
    return Region(*(int(n) for n in match.groups())) if match else None
