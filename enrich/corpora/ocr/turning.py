"""Pages that lie on their side: seen or said to be, and turned so that they can be read."""

from __future__ import annotations

from dataclasses import replace

from enrich.corpora.ocr.page import Box, Page, extent


def upright(page: Page) -> Page:
    """The page turned so that it can be read, for a scan that is said, or seen, to lie on its side."""
    turn = page.rotation or _seen_turn(page)
    if not turn:
        return page
    width, height = extent(page)
    blocks = tuple(
        replace(
            b,
            box=turned(b.box, turn, width, height),
            lines=tuple(line._replace(box=turned(line.box, turn, width, height)) for line in b.lines),
            rotation=0,
        )
        for b in page.blocks
    )
    size = (height, width) if turn in (90, 270) else (width, height)
    return replace(page, width=size[0], height=size[1], blocks=blocks, rotation=0)


def turned(box: Box | None, turn: int, width: int, height: int) -> Box | None:
    """A box after the page (of this size) was turned clockwise by 90, 180 or 270 degrees."""
    if box is None:
        return None
    if turn == 90:
        return Box(height - box.bottom, box.x, box.height, box.width)
    if turn == 180:
        return Box(width - box.right, height - box.bottom, box.width, box.height)
    if turn == 270:
        return Box(box.y, width - box.right, box.height, box.width)
    return box


def _seen_turn(page: Page) -> int:
    """90 where most lines of several words are higher than wide: a page scanned on its side."""
    first = [b.lines[len(b.lines) // 2] for b in page.blocks if b.lines]
    if (
        sum(ln.box is not None and ln.box.height > 2 * ln.box.width for ln in first) < 0.3 * len(first)
        or not first
    ):
        return 0  # one line of each block is enough to see that
    lines = [ln.box for b in page.blocks for ln in b.lines if ln.box and len(ln.text) > 8]
    on_side = sum(box.height > 2 * box.width for box in lines)
    if len(lines) < 4 or on_side < 0.7 * len(lines):
        return 0
    if page.blocks and all(b.rotation in (90, 270) for b in page.blocks if b.lines):
        return next(b.rotation for b in page.blocks if b.lines)
    return 90
