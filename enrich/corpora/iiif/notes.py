"""A page made of annotations: transcribed lines become blocks with words, tagged or commented regions
become pictures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from enrich.corpora import codes
from enrich.corpora.iiif.manifest import Canvas, Note
from enrich.corpora.ocr.page import Block, Box, Line, Page, union

#: Motivations of annotations without words that point a region out.
_POINTING = ("tag", "classif", "identif", "highlight", "describ", "comment")
_PICTURE_WORDS = re.compile(
    r"(?i)\b(illustration|image|picture|photo(graph)?|figure|drawing|engraving|map|plate|abbildung|bild|zeichnung|"
    r"tafel|karte|gravure|dessin|carte|planche|illustrazione|grabado)s?\b"
)


def page_of_notes(canvas: Canvas, notes: Sequence[Note]) -> Page | None:
    """A page made of annotations: transcribed lines as blocks, tagged or commented regions as pictures."""
    blocks: list[Block] = []
    lines: list[tuple[Line, str]] = []
    for number, note in enumerate(notes):
        if note.region is None:
            continue
        box = Box(note.region.x, note.region.y, note.region.width, note.region.height)
        transcribed = not note.motivation or any(
            word in note.motivation for word in ("supplement", "transcri", "painting")
        )
        tagged = _PICTURE_WORDS.search(note.text) and len(note.text.split()) <= 3
        if transcribed and not tagged:
            if note.text:
                lines.append((Line(note.text, box), note.language))
            continue
        if not note.text and not any(word in note.motivation for word in _POINTING):
            continue  # a place on a map, a link: about the region, and not a picture for that
        own = f"note-{box.x}-{box.y}-{box.width}-{box.height}"
        blocks.append(Block(own, box, graphic=True, role="illustration", group=own))
        if note.text and not tagged and "classif" not in note.motivation:
            caption = Block(f"{own}-{number}", box, (Line(note.text, box),), role="caption", group=own)
            blocks.append(caption)
    blocks = _grouped(lines) + blocks
    if not blocks:
        return None
    language = next((c for _, code in lines if (c := codes.language(code))), "")
    return Page(canvas.id, canvas.width, canvas.height, tuple(blocks), language=language)


def _grouped(lines: Sequence[tuple[Line, str]]) -> list[Block]:
    """Lines that follow each other in one column, as blocks."""
    runs: list[list[tuple[Line, str]]] = []
    for line, language in lines:
        last = runs[-1][-1][0].box if runs else None
        box = line.box
        if last and box:
            shared = min(last.right, box.right) - max(last.x, box.x)
            near = -0.5 * box.height <= box.y - last.bottom <= 0.9 * box.height
            if near and shared >= 0.5 * min(last.width, box.width):
                runs[-1].append((line, language))
                continue
        runs.append([(line, language)])
    blocks = []
    for run in runs:
        boxes = [line.box for line, _ in run if line.box]
        around = union(boxes)
        assert around is not None  # every note with words has a region
        own = f"lines-{around.x}-{around.y}"
        blocks.append(Block(own, around, tuple(line for line, _ in run), language=run[0][1]))
    return blocks
