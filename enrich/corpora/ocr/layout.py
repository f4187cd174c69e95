"""What is a picture on a page, and which words are its caption: graphics, captions and reading order put
together.

In: a `Page`. Out: `Picture`s with their captions, and how many graphic blocks were left out for which
reason. Pure functions; nothing here knows a format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from enrich.corpora.ocr.captions import LABEL
from enrich.corpora.ocr.graphics import graphics, initial, masthead
from enrich.corpora.ocr.matching import box_of, captions_of
from enrich.corpora.ocr.order import reading_order
from enrich.corpora.ocr.page import Box, Page, joined
from enrich.corpora.ocr.turning import upright


@dataclass(frozen=True, slots=True)
class Piece:
    """Words as printed in one place."""

    text: str
    box: Box | None
    block: int = -1


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on a page. `box` is None where the file has no geometry; `block` is its place in
    `Page.blocks`, -1 when the whole page is the picture.
    """

    id: str
    box: Box | None
    block: int
    caption: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """What was found on a page. `taken`: (block, line) of words that are a caption; `order`: the blocks with
    running text in reading order; `left_out`: graphic blocks by the reason why they are no picture.
    """

    pictures: tuple[Picture, ...]
    order: tuple[int, ...]
    taken: frozenset[tuple[int, int]]
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def words(self) -> int:
        """Blocks with running text; zero on a plate."""
        return len(self.order)


def look(page: Page, captions: Mapping[str, Sequence[str]] | None = None) -> Layout:
    """Pictures, captions and reading order of a page.

    `captions` is what a METS file knows: id of a picture → ids of its caption's blocks; the pictures it names
    are pictures however small.
    """
    told = captions or {}
    rotated = upright(page)
    kept, left_out = graphics(rotated, told)
    taken, found = captions_of(rotated, kept, told) if kept else (set(), {})
    still: list[int] = []
    for index in kept:
        sure = rotated.blocks[index].id in told or _sure(rotated, index, found.get(index, ()))
        if not sure and masthead(rotated, index, bool(found.get(index))):
            left_out["in the title of a newspaper"] += 1
            taken -= {(b, n) for b, lines in found.get(index, ()) for n in lines}
        elif not found.get(index) and initial(rotated, index):
            left_out["an initial"] += 1
        else:
            still.append(index)
    boxes = [b.box for b in page.blocks]
    pictures = []
    for index in still:
        block = page.blocks[index]
        pieces = tuple(
            Piece(joined([page.blocks[b].lines[n] for n in lines]), box_of(page.blocks[b], lines), b)
            for b, lines in found.get(index, ())
        )
        pictures.append(Picture(block.id, boxes[index], index, pieces))
    return Layout(
        tuple(pictures),
        reading_order(rotated, taken, [rotated.blocks[i].box for i in still]),
        frozenset(taken),
        dict(left_out),
    )


def _sure(page: Page, picture: int, caption: Sequence[tuple[int, list[int]]]) -> bool:
    """Whether more than its place makes the words of a caption one."""
    for index, _ in caption:
        block = page.blocks[index]
        if block.role == "caption" or LABEL.match(block.text):
            return True
        if block.group and block.group == page.blocks[picture].group:
            return True
    return False
