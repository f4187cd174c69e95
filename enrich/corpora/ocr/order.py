"""The running text of a page: which blocks belong to it and the order in which they are read.

In: a `Page`. Out: places in `Page.blocks`. Page numbers, running heads and signatures are told by what the
file says or by their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from enrich.corpora.ocr.page import Block, Box, Page, within

FURNITURE = frozenset(["header", "footer", "page-number", "furniture"])


def reading_order(
    page: Page, taken: Iterable[tuple[int, int]] = (), inside: Sequence[Box | None] = ()
) -> tuple[int, ...]:
    """The blocks with running text, in the order in which they are read; no captions, page numbers, running
    heads, and no lettering in the pictures (`inside`).
    """
    gone = set(taken)
    edges = type_area(page)
    chosen = [
        index
        for index, block in enumerate(page.blocks)
        if not block.graphic
        and (any((index, n) not in gone for n in range(len(block.lines))) if gone else block.lines)
        and not is_furniture(block, edges)
        and not (block.words <= 12 and any(p and block.box and within(block.box, p) > 0.8 for p in inside))
    ]
    if page.ordered or any(page.blocks[i].box is None for i in chosen):
        return tuple(chosen)
    to_left = page.language[:2] in ("he", "ar", "fa", "ur", "yi")
    return tuple(_columns([(i, page.blocks[i].box) for i in chosen], to_left))  # type: ignore[misc]


def type_area(page: Page) -> tuple[int, int]:
    """Where the words of a page begin and end, from top to bottom."""
    boxes = [b.box for b in page.blocks if not b.graphic and b.box and b.lines]
    return (min(b.y for b in boxes), max(b.bottom for b in boxes)) if boxes else (0, 0)


def is_furniture(block: Block, edges: tuple[int, int]) -> bool:
    """Running heads, page numbers and signatures, by what the file says or by their place at the edge of
    the type area.
    """
    if block.role in FURNITURE:
        return True
    if block.box is None or len(block.lines) > 1 or block.role or block.words > 9:
        return False
    span = max(1, edges[1] - edges[0])
    top = block.box.y <= edges[0] + 0.02 * span
    if not top and block.box.bottom < edges[1] - 0.02 * span:
        return False
    text = block.text
    return sum(c.isalpha() for c in text) <= 3 or (top and any(c.isdigit() for c in text)) or text.isupper()


def _columns(items: list[tuple[int, Box]], to_left: bool, depth: int = 0) -> list[int]:
    """Recursive cutting of a page at its white gutters and bands."""
    if len(items) <= 1 or depth > 40:
        return [i for i, _ in items]
    for vertical in (True, False):
        groups = _cut(items, vertical)
        if len(groups) > 1:
            if vertical and to_left:
                groups.reverse()
            return [i for group in groups for i in _columns(group, to_left, depth + 1)]
    return [i for i, _ in sorted(items, key=lambda each: (each[1].y, each[1].x))]


def _cut(items: list[tuple[int, Box]], vertical: bool) -> list[list[tuple[int, Box]]]:
    """Groups with white space between them, left to right or top to bottom; overlaps of 2 % are forgiven."""
    spans = []
    for index, box in items:
        first, length = (box.x, box.width) if vertical else (box.y, box.height)
        spans.append((first + 0.02 * length, first + 0.98 * length, (index, box)))
    spans.sort(key=lambda s: s[0])
    groups: list[list[tuple[int, Box]]] = []
    reach = float("-inf")
    for start, end, item in spans:
        if start > reach:
            groups.append([])
        groups[-1].append(item)
        reach = max(reach, end)
    return groups
