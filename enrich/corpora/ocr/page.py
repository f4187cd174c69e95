"""A page as text recognition describes it: boxes with words and boxes with pictures, in one shape for every
format.

Readers make a `Page`; `layout` and `context` look at nothing else. Coordinates are whole numbers in the unit
of the file (pixels, or tenths of millimetres); a box is None where the file has no geometry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

#: Words after which a hyphen at a line's end stands for a left-out part ("Kunst- und Baudenkmale").
_CONJUNCTIONS = frozenset(
    ["und", "oder", "bzw", "and", "or", "et", "ou", "e", "o", "y", "en", "of", "och", "i"]
)
_HYPHENS = "-¬\u00ad⸗‐="
_FIRST_WORD = re.compile(r"\w+")


class Box(NamedTuple):
    """A rectangle: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def area(self) -> int:
        return self.width * self.height


class Line(NamedTuple):
    """One printed line, its words one space apart. `joint` is what stands between it and the next: None a
    space, "" nothing (a divided word), "-" a hyphen that belongs to the word.
    """

    text: str
    box: Box | None = None
    joint: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A box with words (`graphic` False) or a picture, a rule, an ornament (`graphic` True).

    `role` is "caption", "heading", "header", "footer", "page-number", "furniture" or "" where the file says
    nothing; of a graphic it is the file's own word for its sort ("photo", "separator", "barcode"). `size` is
    the type size the file states (0: unknown), `group` the box around several blocks that belong together,
    `rotation` the angle of the words in degrees.
    """

    id: str
    box: Box | None
    lines: tuple[Line, ...] = ()
    graphic: bool = False
    role: str = ""
    size: float = 0.0
    language: str = ""
    group: str = ""
    rotation: int = 0
    words: int = field(default=0, init=False, compare=False)  # how many; asked for very often

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", sum([line.text.count(" ") + 1 for line in self.lines]))

    @property
    def text(self) -> str:
        return joined(self.lines)


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `ordered`: the blocks stand in the reading order that the file states or implies.

    `image` is the file name of the scan as the file has it, `number` the page number as printed, `unit` the
    unit of all coordinates, `rotation` the angle in degrees (0, 90, 180, 270, clockwise) by which the scan
    must be turned to be read, `kind` the file's word for the page ("front-cover").
    """

    id: str
    width: int
    height: int
    blocks: tuple[Block, ...]
    image: str = ""
    number: str = ""
    unit: str = "pixel"
    language: str = ""
    rotation: int = 0
    kind: str = ""
    ordered: bool = True


def joined(lines: Sequence[Line]) -> str:
    """Lines as running text; words divided at a line's end are put together."""
    parts: list[str] = []
    last = len(lines) - 1
    for number, line in enumerate(lines):
        text = line.text
        if number == last or not text:
            parts.append(text)
        elif line.joint is not None:
            parts.append(text.rstrip(_HYPHENS) + line.joint)
        elif text[-1] in _HYPHENS and len(text) > 1 and text[-2].isalpha():
            parts.append(_divided(text, lines[number + 1].text))
        else:
            parts.append(text + " ")
    return "".join(parts).strip()


def _divided(text: str, following: str) -> str:
    """A line that ends in a hyphen, ready for `following` to be put after it."""
    first = _FIRST_WORD.match(following)
    if first is None or first[0] in _CONJUNCTIONS:
        return text + " "
    if text[-1] in "¬\u00ad⸗" or first[0][0].islower():
        return text[:-1]
    return text if text[-1] in "-‐" else text + " "


def union(boxes: Iterable[Box]) -> Box | None:
    """The smallest box around all; None of none."""
    found = list(boxes)
    if not found:
        return None
    left, top = min(b.x for b in found), min(b.y for b in found)
    right, bottom = max(b.right for b in found), max(b.bottom for b in found)
    return Box(left, top, right - left, bottom - top)


def extent(page: Page) -> tuple[int, int]:
    """Width and height of a page: as stated, unless what is on it reaches further (some files state a wrong
    size) or nothing is stated.
    """
    around = union(b.box for b in page.blocks if b.box)
    right, bottom = (around.right, around.bottom) if around else (0, 0)
    width = page.width if page.width >= right * 0.98 else right
    height = page.height if page.height >= bottom * 0.98 else bottom
    return width, height


def within(inner: Box, outer: Box) -> float:
    """The share of a box that lies in another."""
    across = min(inner.x + inner.width, outer.x + outer.width) - max(inner.x, outer.x)
    down = min(inner.y + inner.height, outer.y + outer.height) - max(inner.y, outer.y)
    return across * down / max(1, inner.area) if across > 0 and down > 0 else 0.0


def shared(start: int, end: int, other_start: int, other_end: int) -> int:
    """The length that two spans have in common."""
    return max(0, min(end, other_end) - max(start, other_start))


def area(box: Box | None) -> int:
    """The area of a box, 0 of none."""
    return box.area if box else 0
