"""The text around a picture: its column above and below, its article, and the facing page.

In: the pages of a source with their layouts, and which block belongs to which article. Out: pieces before
and after a picture in reading order, and the heading over them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from enrich.corpora.ocr.layout import Layout, Picture, Piece
from enrich.corpora.ocr.page import Page, joined, shared
from enrich.corpora.ocr.typeface import body_type

CONTEXT = 1250  # characters of text kept before and after a picture, as for every corpus
NEIGHBOURS = 2  # pages looked at before and after the picture's own
_ENOUGH = 120  # characters; an article with less text than that around is not looked at alone


@dataclass(frozen=True, slots=True)
class Words:
    """Text with where its parts are printed: (start, end, page, piece) each."""

    text: str = ""
    parts: tuple[tuple[int, int, int, Piece], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with its layout; `articles` is block id → article."""

    page: Page
    layout: Layout
    articles: Mapping[str, str]


def around(sheets: Sequence[Sheet | None], number: int, picture: Picture) -> tuple[Words, Words, Words]:
    """(heading, text before, text after) of a picture on the page `number`.

    `sheets` are all pages of the source in order, None for one that could not be read. Where an article is
    known, its text only is taken, unless that is next to nothing.
    """
    sheet = sheets[number]
    assert sheet is not None
    place = _place(sheet, picture)
    article = _article(sheet, picture, place)
    for wanted in (article, "") if article else ("",):
        before = list(_walk(sheets, number, place, -1, wanted))
        after = list(_walk(sheets, number, place, 1, wanted))
        if sum(len(p.text) for _, p in before + after) >= _ENOUGH:
            break
    return _heading(sheet, number, place, picture), _before(before), _after(after)


def article_of(sheet: Sheet, picture: Picture) -> str:
    """The article a picture belongs to, "" where none is known."""
    return _article(sheet, picture, _place(sheet, picture))


def words_of(pieces: Sequence[Piece], number: int, separator: str = " ") -> Words:
    """Pieces of one page as one text."""
    return _assembled([(number, p) for p in pieces if p.text], separator)


def _place(sheet: Sheet, picture: Picture) -> int:
    """How many blocks of the reading order come before the picture."""
    order, blocks, box = sheet.layout.order, sheet.page.blocks, picture.box
    if picture.block < 0:
        return 0
    if box is None:
        return sum(i < picture.block for i in order)
    above = below = None
    for place, index in enumerate(order):
        other = blocks[index].box
        if other is None:
            continue
        if shared(box.x, box.right, other.x, other.right) < 0.4 * min(box.width, other.width):
            continue
        if other.y + other.height / 2 <= box.y + box.height / 2:
            if above is None or other.bottom >= blocks[order[above]].box.bottom:  # type: ignore[union-attr]
                above = place
        elif below is None or other.y < blocks[order[below]].box.y:  # type: ignore[union-attr]
            below = place
    if above is not None:
        return above + 1
    if below is not None:
        return below
    return sum(i < picture.block for i in order)


def _article(sheet: Sheet, picture: Picture, place: int) -> str:
    """The article that names the picture, or else that of the text next to it."""
    if picture.block >= 0:
        own = sheet.page.blocks[picture.block]
        for name in (own.id, own.group):
            if name and name in sheet.articles:
                return sheet.articles[name]
    order = sheet.layout.order
    for near in (place - 1, place):
        if 0 <= near < len(order):
            found = sheet.articles.get(sheet.page.blocks[order[near]].id, "")
            if found:
                return found
    return ""


def _walk(
    sheets: Sequence[Sheet | None], number: int, place: int, step: int, article: str
) -> Iterator[tuple[int, Piece]]:
    """Pieces going away from the picture, up to `CONTEXT` characters, over page breaks."""
    length = 0
    for page in range(number, number + step * (NEIGHBOURS + 1), step):
        if not 0 <= page < len(sheets):
            return
        sheet = sheets[page]
        if sheet is None:
            continue
        order = sheet.layout.order
        if page == number:
            chosen = order[place:] if step > 0 else order[:place][::-1]
        else:
            chosen = order if step > 0 else order[::-1]
        for index in chosen:
            if article and sheet.articles.get(sheet.page.blocks[index].id, "") != article:
                continue
            piece = _running(sheet, index)
            if piece.text:
                yield page, piece
                length += len(piece.text)
                if length >= CONTEXT:
                    return


def _running(sheet: Sheet, index: int) -> Piece:
    """A block without the lines that are a caption."""
    block, taken = sheet.page.blocks[index], sheet.layout.taken
    lines = [line for n, line in enumerate(block.lines) if (index, n) not in taken]
    return Piece(joined(lines), block.box, index)


def _before(pieces: list[tuple[int, Piece]]) -> Words:
    """Pieces nearest first, put in the order of reading and cut at their far end."""
    kept: list[tuple[int, Piece]] = []
    room = CONTEXT
    for page, piece in pieces:
        text = piece.text
        if len(text) > room:
            text = "… " + text[-room:].split(" ", 1)[-1]
        kept.append((page, Piece(text, piece.box, piece.block)))
        room -= len(piece.text)
    return _assembled(kept[::-1], "\n\n")


def _after(pieces: list[tuple[int, Piece]]) -> Words:
    kept: list[tuple[int, Piece]] = []
    room = CONTEXT
    for page, piece in pieces:
        text = piece.text
        if len(text) > room:
            text = text[:room].rsplit(" ", 1)[0] + " …"
        kept.append((page, Piece(text, piece.box, piece.block)))
        room -= len(piece.text)
    return _assembled(kept, "\n\n")


def _assembled(pieces: Sequence[tuple[int, Piece]], separator: str) -> Words:
    texts: list[str] = []
    parts = []
    start = 0
    for page, piece in pieces:
        texts.append(piece.text)
        parts.append((start, start + len(piece.text), page, piece))
        start += len(piece.text) + len(separator)
    return Words(separator.join(texts), tuple(parts))


def _heading(sheet: Sheet, number: int, place: int, picture: Picture) -> Words:
    """The nearest heading before the picture on its page: said to be one, or set in larger type."""
    body = body_type(sheet.page)
    order = sheet.layout.order
    for index in order[:place][::-1]:
        block = sheet.page.blocks[index]
        larger = block.size and body.size and block.size >= 1.25 * body.size
        if not block.size:
            heights = [line.box.height for line in block.lines if line.box]
            larger = bool(heights) and max(heights) >= 1.45 * body.line
        said = block.role == "heading"
        if (said or (larger and block.words <= 15 and len(block.lines) <= 3)) and _meant(block.text):
            return words_of([Piece(block.text, block.box, index)], number)
    return Words()


def _meant(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    return letters >= 4 and letters >= 0.6 * len(text.replace(" ", ""))
