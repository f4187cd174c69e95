"""Which graphic blocks of a page are pictures, and why the others are none: rules, initials, borders of the
scan, emblems, stains.

In: an upright `Page`. Out: places in `Page.blocks`, and how many blocks were left out for which reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from enrich.corpora.ocr.page import Block, Box, Page, area, extent, shared, within

#: What a graphic block is called when it is no picture.
_NO_PICTURE = ("separator", "barcode", "handwritten", "stamp", "stempel", "signature", "punch", "paper-grow",
               "frame", "table", "advert", "noise", "damage", "border")  # fmt: skip
_DECLARED = ("photo", "image", "illustration", "drawing", "map", "chart", "picture", "figure", "painting")


def graphics(page: Page, told: Mapping[str, Sequence[str]]) -> tuple[list[int], Counter[str]]:
    """(places of the pictures among the blocks, how many others were left out for which reason).

    Blocks named in `told` are pictures however small; of two that cover each other the larger is kept.
    """
    left_out: Counter[str] = Counter()
    width, height = extent(page)
    kept: list[int] = []
    for index, block in enumerate(page.blocks):
        if not block.graphic:
            continue
        reason = _no_picture(block, width, height, block.id in told, page)
        if reason:
            left_out[reason] += 1
            continue
        same = next((k for k in kept if _same(page.blocks[k].box, block.box)), None)
        if same is None:
            kept.append(index)
        elif area(block.box) > area(page.blocks[same].box):
            kept[kept.index(same)] = index
    return kept, left_out


def _no_picture(block: Block, width: int, height: int, told: bool, page: Page) -> str:
    """Why a graphic block is no picture, "" if it is one."""
    if any(word in block.role for word in _NO_PICTURE):
        return "named as none in the file"
    box = block.box
    if box is None or width <= 0 or height <= 0:
        return "" if box is None and declared(block) else "without a place on the page"
    short, long = sorted((box.width, box.height))
    edge_x, edge_y = width * 0.006, height * 0.006
    touching = [box.x <= edge_x, box.y <= edge_y, box.right >= width - edge_x, box.bottom >= height - edge_y]
    if any(touching) and not told:
        across = box.width if touching[0] or touching[2] else width
        down = box.height if touching[1] or touching[3] else height
        if across < width * 0.12 or down < height * 0.12:
            return "at the edge of the scan"
    if long > 8 * max(1, short):
        return "a rule or a strip"
    sure = told or declared(block)
    share = box.area / (width * height)
    if block.role == "blank" and (share < 0.04 or short < width * 0.12):
        return "a block without words"
    if share < (0.001 if told else 0.0025 if sure else 0.008) or short < width * (0.028 if sure else 0.045):
        return "too small"
    if share > 0.02 and not told:
        inside = [b for b in page.blocks if not b.graphic and b.box and within(b.box, box) > 0.8]
        if sum(b.words for b in inside) > 60 and sum(area(b.box) for b in inside) > box.area * 0.5:
            return "a frame around text"
    if not told and sum(b.words for b in page.blocks if _crosses(b, box)) >= 5:
        return "text runs through it"
    return ""


def _crosses(block: Block, box: Box) -> bool:
    """Words that lie half in a picture: recognition took paper, a stain or print-through for one."""
    if block.graphic or block.box is None or len(block.lines) > 2:
        return False
    middle = block.box.y + block.box.height / 2
    inside = box.y + 0.05 * box.height < middle < box.bottom - 0.05 * box.height
    return inside and 0.2 < within(block.box, box) < 0.8


def declared(block: Block) -> bool:
    """Whether the file calls a graphic block a picture."""
    return any(word in block.role for word in _DECLARED)


def masthead(page: Page, index: int, captioned: bool) -> bool:
    """A small picture at the top of a page full of text: the emblem or the name of a newspaper, under which
    stands the date and no caption.
    """
    _, height = extent(page)
    box = page.blocks[index].box
    words = sum(b.words for b in page.blocks if not b.graphic)
    enough = words > (900 if captioned else 250)
    return box is not None and enough and box.bottom < height * 0.17 and box.height < height * 0.12


def initial(page: Page, index: int) -> bool:
    """A small, nearly square picture with text directly to its right and under it."""
    width, height = extent(page)
    box = page.blocks[index].box
    if box is None or box.area > width * height * 0.02 or not 0.5 < box.width / max(1, box.height) < 2:
        return False
    for block in page.blocks:
        if block.graphic or not block.box or block.words < 8:
            continue
        beside = shared(box.y, box.bottom, block.box.y, block.box.bottom) > box.height * 0.6
        gap = block.box.x - box.right
        if beside and (-box.width <= gap <= box.width * 0.5) and block.box.x <= box.right + box.width * 0.5:
            return block.box.right > box.right + box.width
    return False


def _same(one: Box | None, other: Box | None) -> bool:
    """Two boxes that are one picture: one lies in the other, or they share most of their area."""
    if one is None or other is None:
        return False
    return max(within(one, other), within(other, one)) > 0.75
