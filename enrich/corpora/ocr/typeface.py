"""What the type of a page looks like: the height of its lines, the size of its letters, the width of its
columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from enrich.corpora.ocr.page import Block, Line, Page, extent


@dataclass(frozen=True, slots=True)
class Type:
    """What the running text of a page looks like."""

    line: float
    size: float
    width: int


def body_type(page: Page) -> Type:
    """The type of most words; a page without any is given lines of a hundredth of its height."""
    heights: list[float] = []
    sizes: list[float] = []
    widths: list[int] = []
    for block in page.blocks:
        if block.graphic or not block.lines or block.rotation in (90, 270):
            continue
        height = line_height(block.lines)
        if height:
            heights += [height] * min(50, max(1, block.words // 4))
        if block.size:
            sizes += [block.size] * min(50, max(1, block.words // 4))
        if block.box and block.words > 20:
            widths.append(block.box.width)
    _, page_height = extent(page)
    line = median(heights) if heights else page_height / 100
    line = min(line, page_height / 25) if page_height else line
    return Type(line, median(sizes) if sizes else 0.0, int(median(widths)) if widths else 0)


def line_height(lines: Sequence[Line]) -> float:
    """The usual height of lines that are not set sideways, 0 without any box."""
    heights = [line.box.height for line in lines if line.box and line.box.height < 3 * line.box.width]
    return median(heights) if heights else 0.0


def smaller(block: Block, body: Type) -> bool:
    """Whether a block is set in smaller type than the running text."""
    if block.size and body.size:
        return block.size <= 0.92 * body.size
    height = line_height(block.lines)
    return bool(height) and height <= 0.88 * body.line
