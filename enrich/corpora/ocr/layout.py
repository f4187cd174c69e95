"""What is a picture on a page, and which words are its caption: geometry, type size and the words captions
begin with.

In: a `Page`. Out: `Picture`s with their captions, and how many graphic blocks were left out for which
reason. Pure functions; nothing here knows a format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from enrich.corpora.ocr.captions import CREDIT, LABEL
from enrich.corpora.ocr.page import Block, Box, Line, Page, extent, joined, union

#: What a graphic block is called when it is no picture.
_NO_PICTURE = ("separator", "barcode", "handwritten", "stamp", "stempel", "signature", "punch", "paper-grow",
               "frame", "table", "advert", "noise", "damage", "border")  # fmt: skip
_DECLARED = ("photo", "image", "illustration", "drawing", "map", "chart", "picture", "figure", "painting")
FURNITURE = frozenset(["header", "footer", "page-number", "furniture"])
PLATE_WORDS = 60  # a page with fewer words than that beside captions is a plate
LONGEST = 90  # words of a caption that nothing but its place declares to be one


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
    kept, left_out = _pictures(rotated, told)
    taken, found = _captions(rotated, kept, told) if kept else (set(), {})
    still: list[int] = []
    for index in kept:
        sure = rotated.blocks[index].id in told or _sure(rotated, index, found.get(index, ()))
        if not sure and _masthead(rotated, index, bool(found.get(index))):
            left_out["in the title of a newspaper"] += 1
            taken -= {(b, n) for b, lines in found.get(index, ()) for n in lines}
        elif not found.get(index) and _initial(rotated, index):
            left_out["an initial"] += 1
        else:
            still.append(index)
    boxes = [b.box for b in page.blocks]
    pictures = []
    for index in still:
        block = page.blocks[index]
        pieces = tuple(
            Piece(joined([page.blocks[b].lines[n] for n in lines]), _box_of(page.blocks[b], lines), b)
            for b, lines in found.get(index, ())
        )
        pictures.append(Picture(block.id, boxes[index], index, pieces))
    return Layout(
        tuple(pictures),
        reading_order(rotated, taken, [rotated.blocks[i].box for i in still]),
        frozenset(taken),
        dict(left_out),
    )


# ---- which graphic blocks are pictures


def _pictures(page: Page, told: Mapping[str, Sequence[str]]) -> tuple[list[int], Counter[str]]:
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
        elif _area(block.box) > _area(page.blocks[same].box):
            kept[kept.index(same)] = index
    return kept, left_out


def _no_picture(block: Block, width: int, height: int, told: bool, page: Page) -> str:
    """Why a graphic block is no picture, "" if it is one."""
    if any(word in block.role for word in _NO_PICTURE):
        return "named as none in the file"
    box = block.box
    if box is None or width <= 0 or height <= 0:
        return "" if box is None and _declared(block) else "without a place on the page"
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
    sure = told or _declared(block)
    share = box.area / (width * height)
    if share < (0.001 if told else 0.0025 if sure else 0.008) or short < width * (0.028 if sure else 0.045):
        return "too small"
    inside = [b for b in page.blocks if not b.graphic and b.box and _within(b.box, box) > 0.8]
    if (
        share > 0.02
        and not told
        and sum(b.words for b in inside) > 60
        and sum(_area(b.box) for b in inside) > box.area * 0.5
    ):
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
    return inside and 0.2 < _within(block.box, box) < 0.8


def _declared(block: Block) -> bool:
    return any(word in block.role for word in _DECLARED)


def _sure(page: Page, picture: int, caption: Sequence[tuple[int, list[int]]]) -> bool:
    """Whether more than its place makes the words of a caption one."""
    for index, _ in caption:
        block = page.blocks[index]
        if block.role == "caption" or LABEL.match(block.text):
            return True
        if block.group and block.group == page.blocks[picture].group:
            return True
    return False


def _masthead(page: Page, index: int, captioned: bool) -> bool:
    """A small picture at the top of a page full of text: the emblem or the name of a newspaper, under which
    stands the date and no caption.
    """
    _, height = extent(page)
    box = page.blocks[index].box
    words = sum(b.words for b in page.blocks if not b.graphic)
    enough = words > (900 if captioned else 250)
    return box is not None and enough and box.bottom < height * 0.17 and box.height < height * 0.12


def _initial(page: Page, index: int) -> bool:
    """A small, nearly square picture with text directly to its right and under it."""
    width, height = extent(page)
    box = page.blocks[index].box
    if box is None or box.area > width * height * 0.02 or not 0.5 < box.width / max(1, box.height) < 2:
        return False
    for block in page.blocks:
        if block.graphic or not block.box or block.words < 8:
            continue
        beside = _shared(box.y, box.bottom, block.box.y, block.box.bottom) > box.height * 0.6
        gap = block.box.x - box.right
        if beside and (-box.width <= gap <= box.width * 0.5) and block.box.x <= box.right + box.width * 0.5:
            return block.box.right > box.right + box.width
    return False


# ---- which words are a caption


@dataclass(frozen=True, slots=True)
class _Type:
    """What the running text of a page looks like."""

    line: float
    size: float
    width: int


def _captions(
    page: Page, pictures: Sequence[int], told: Mapping[str, Sequence[str]]
) -> tuple[set[tuple[int, int]], dict[int, list[tuple[int, list[int]]]]]:
    """(lines taken, picture → its caption as (block, lines)); every line belongs to one picture at most."""
    body = _body(page)
    plate = sum(b.words for b in page.blocks if not b.graphic and b.role not in FURNITURE) <= PLATE_WORDS
    taken: set[tuple[int, int]] = set()
    found: dict[int, list[tuple[int, list[int]]]] = {}
    by_id = {b.id: i for i, b in enumerate(page.blocks) if b.id and not b.graphic}
    for picture in pictures:
        for block_id in told.get(page.blocks[picture].id, ()):
            if block_id in by_id and page.blocks[by_id[block_id]].lines:
                _take(found, taken, picture, by_id[block_id], range(len(page.blocks[by_id[block_id]].lines)))
    offers = []
    for picture in pictures:
        if picture in found:
            continue
        for index, block in enumerate(page.blocks):
            if not block.graphic and block.lines and (index, 0) not in taken:
                for score, lines in _offers(page, picture, index, body):
                    offers.append((-score, picture, index, lines))
    offers.sort(key=lambda o: o[:3])
    for _, picture, index, lines in offers:
        if picture not in found and not any((index, n) in taken for n in lines):
            _take(found, taken, picture, index, lines)
    for picture in [p for p in pictures if p in found]:
        _extend(page, picture, found, taken, body, plate)
    if plate and len(pictures) == 1:
        _title_of_plate(page, pictures[0], found, taken)
    return taken, found


def _take(
    found: dict[int, list[tuple[int, list[int]]]],
    taken: set[tuple[int, int]],
    picture: int,
    block: int,
    lines: Iterable[int],
) -> None:
    numbers = list(lines)
    found.setdefault(picture, []).append((block, numbers))
    taken.update((block, n) for n in numbers)


def _offers(page: Page, picture: int, index: int, body: _Type) -> list[tuple[float, list[int]]]:
    """The ways in which a block may be the caption of a picture, or hold it, with their scores."""
    graphic, block = page.blocks[picture], page.blocks[index]
    if block.role in FURNITURE:
        return []
    everything = list(range(len(block.lines)))
    grouped = bool(graphic.group) and graphic.group == block.group
    if graphic.box is None or block.box is None:
        labelled = bool(LABEL.match(block.text)) or block.role == "caption" or grouped
        near = 0 < index - picture <= 2 or index == picture - 1
        return [(3.0 - abs(index - picture), everything)] if labelled and near else []
    reach = 11 * max(1.0, body.line)  # most blocks are far away, which is seen before their words are read
    if (
        block.box.y - graphic.box.bottom > reach
        or graphic.box.y - block.box.bottom > reach
        or block.box.x - graphic.box.right > reach
        or graphic.box.x - block.box.right > reach
    ):
        return []
    out: list[tuple[float, list[int]]] = []
    whole = _score(graphic.box, block.box, block, block.lines, body, grouped, page)
    if whole is not None:
        out.append((whole, everything))
    if len(block.lines) > 3 and block.role != "caption" and all(line.box for line in block.lines):
        for lines in _caption_lines(block.lines, graphic.box, body):
            part = [block.lines[n] for n in lines]
            box = union(line.box for line in part if line.box)
            score = _score(graphic.box, box, block, part, body, grouped, page) if box else None
            if score is not None and LABEL.match(joined(part)):
                out.append((score + 0.5, lines))
    return out


def _caption_lines(lines: Sequence[Line], picture: Box, body: _Type) -> list[list[int]]:
    """Runs of lines of a longer block that begin like a caption: from "Fig. 3" to a short last line."""
    runs = []
    for start, line in enumerate(lines):
        if not LABEL.match(line.text) or not line.box:
            continue
        below = line.box.y - picture.bottom + body.line >= 0
        if not below and start:
            continue
        run = [start]
        for number in range(start + 1, min(len(lines), start + 6)):
            last, this = lines[number - 1].box, lines[number].box
            if not last or not this or this.y - last.bottom > body.line * 0.8:
                break
            full = last.width > 0.85 * max(ln.box.width for ln in lines if ln.box)
            if lines[number - 1].text.rstrip().endswith((".", "!", "?", ")")) and not full:
                break
            run.append(number)
        if len(run) < len(lines):
            runs.append(run)
    return runs


def _score(
    picture: Box, box: Box, block: Block, lines: Sequence[Line], body: _Type, grouped: bool, page: Page
) -> float | None:
    """How well words fit as the caption of a picture; None if they cannot be it."""
    sideways = block.rotation in (90, 270)
    if _place(picture, box, max(1.0, body.line), 10, sideways) is None:
        return None
    text = joined(lines)
    words = len(text.split())
    if not any(c.isalnum() for c in text) or (words == 1 and len(text.strip(".,-–—()[] ")) < 2):
        return None
    labelled = bool(LABEL.match(text))
    declared = block.role == "caption"
    unit = max(1.0, body.line)
    reach = 10 if labelled or declared or grouped else 5
    place = _place(picture, box, unit, reach, sideways)
    if place is None:
        return None
    score = place + 4 * declared + 3 * labelled + 2.5 * grouped
    smaller = (block.size and body.size and block.size <= 0.92 * body.size) or (
        not block.size and _line_height(lines) and _line_height(lines) <= 0.88 * body.line
    )
    centred = abs((box.x + box.right) - (picture.x + picture.right)) < 0.16 * max(picture.width, 1)
    narrow = box.width <= 0.92 * max(picture.width, body.width)
    short = words <= 25 and len(lines) <= 4
    if not (labelled or declared or grouped):
        if words > LONGEST or (block.role == "heading" and place < 2):
            return None
        if box.width > 1.25 * picture.width and not (centred and short):
            return None
        signs = (
            bool(smaller)
            + (centred and narrow)
            + short
            + bool(CREDIT.search(text))
            + _stands_alone(box, page, unit)
        )
        if signs < 2 or (text[:1].islower() and not smaller) or text[-1] in "-¬⸗":
            return None
        if _title_page(page, picture):
            return None
        score += 0.6 * signs
    else:
        score += 0.5 * bool(smaller) + 0.5 * centred
    return score - max(0, words - 40) / 40


def _title_page(page: Page, picture: Box) -> bool:
    """A printer's device between title and imprint: few words, most of them in several blocks above it."""
    if page.kind in ("title", "front-cover", "back-cover"):
        return True
    width, height = extent(page)
    texts = [b for b in page.blocks if not b.graphic and b.box and b.lines]
    above = [b for b in texts if b.box.bottom <= picture.y + 0.1 * picture.height]  # type: ignore[union-attr]
    words = sum(b.words for b in texts)
    return (
        picture.area < 0.3 * width * height
        and words <= 90
        and len(above) >= 3
        and sum(b.words for b in above) > 0.5 * words
    )


def _place(picture: Box, box: Box, unit: float, reach: float, sideways: bool) -> float | None:
    """2…3 for words under a picture, less over and beside it, least in it; None if they are elsewhere."""
    across = _shared(picture.x, picture.right, box.x, box.right) / max(1, min(picture.width, box.width))
    down = _shared(picture.y, picture.bottom, box.y, box.bottom) / max(1, min(picture.height, box.height))
    under, over = box.y - picture.bottom, picture.y - box.bottom
    slack = min(2 * unit, 0.12 * picture.height)
    if across >= 0.5:
        if -slack <= under <= reach * unit and box.y + box.height / 2 > picture.bottom - slack:
            return 3.0 - max(0.0, under) / (reach * unit)
        if -slack <= over <= 0.7 * reach * unit and box.bottom - box.height / 2 < picture.y + slack:
            return 1.9 - max(0.0, over) / (reach * unit)
        if down >= 0.9 and (
            box.y > picture.y + 0.75 * picture.height or box.bottom < picture.y + 0.12 * picture.height
        ):
            return 1.4  # the box of the picture holds its caption too
    if down >= 0.6:
        aside = max(box.x - picture.right, picture.x - box.right)
        if -slack <= aside <= 3 * unit and (box.width <= 0.8 * picture.width or sideways):
            return (2.4 if sideways else 1.3) - max(0.0, aside) / (6 * unit)
    return None


def _extend(
    page: Page,
    picture: int,
    found: dict[int, list[tuple[int, list[int]]]],
    taken: set[tuple[int, int]],
    body: _Type,
    plate: bool,
) -> None:
    """Further short blocks directly under a caption, or in the same box as the picture, belong to it."""
    graphic = page.blocks[picture]
    growing = True
    while growing and len(found[picture]) < 6:
        growing = False
        around = union(b for i, lines in found[picture] if (b := _box_of(page.blocks[i], lines)))
        for index, block in enumerate(page.blocks):
            if block.graphic or not block.lines or (index, 0) in taken or block.role in FURNITURE:
                continue
            grouped = bool(graphic.group) and graphic.group == block.group
            if not _follows(around, block, body, grouped) or not (grouped or block.words <= 25):
                continue
            if not grouped and (
                block.role == "heading" or LABEL.match(block.text) or not (plate or _smaller(block, body))
            ):
                continue
            _take(found, taken, picture, index, range(len(block.lines)))
            growing = True
            break
    found[picture].sort(key=lambda each: _top(page.blocks[each[0]], each[1]))


def _title_of_plate(
    page: Page, picture: int, found: dict[int, list[tuple[int, list[int]]]], taken: set[tuple[int, int]]
) -> None:
    """What is set as a heading on a page that is all picture is the picture's title."""
    width, height = extent(page)
    box = page.blocks[picture].box
    if box is None or box.area < 0.35 * width * height:
        return
    for index, block in enumerate(page.blocks):
        if block.role == "heading" and block.lines and (index, 0) not in taken:
            _take(found, taken, picture, index, range(len(block.lines)))
    if picture in found:
        found[picture].sort(key=lambda each: _top(page.blocks[each[0]], each[1]))


def _follows(around: Box | None, block: Block, body: _Type, grouped: bool) -> bool:
    if around is None or block.box is None:
        return grouped
    across = _shared(around.x, around.right, block.box.x, block.box.right) / max(
        1, min(around.width, block.box.width)
    )
    gap = max(block.box.y - around.bottom, around.y - block.box.bottom)
    meant = any(c.isalpha() for c in block.text)
    return meant and across > 0.5 and -body.line <= gap <= body.line * (4 if grouped else 1.2)


def _smaller(block: Block, body: _Type) -> bool:
    if block.size and body.size:
        return block.size <= 0.92 * body.size
    height = _line_height(block.lines)
    return bool(height) and height <= 0.88 * body.line


def _stands_alone(box: Box, page: Page, unit: float) -> bool:
    """No text directly under these words: they end a column, or white space follows."""
    for block in page.blocks:
        if block.graphic or not block.box or block.box == box or not block.lines:
            continue
        if 0 <= block.box.y - box.bottom < 0.8 * unit and _shared(
            box.x, box.right, block.box.x, block.box.right
        ) > 0.5 * min(box.width, block.box.width):
            return False
    return True


# ---- the running text


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
        and not (block.words <= 12 and any(p and block.box and _within(block.box, p) > 0.8 for p in inside))
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


def upright(page: Page) -> Page:
    """The page turned so that it can be read, for a scan that is said, or seen, to lie on its side."""
    from dataclasses import replace

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


def _body(page: Page) -> _Type:
    """The type of most words; a page without any is given lines of a hundredth of its height."""
    heights: list[float] = []
    sizes: list[float] = []
    widths: list[int] = []
    for block in page.blocks:
        if block.graphic or not block.lines or block.rotation in (90, 270):
            continue
        height = _line_height(block.lines)
        if height:
            heights += [height] * min(50, max(1, block.words // 4))
        if block.size:
            sizes += [block.size] * min(50, max(1, block.words // 4))
        if block.box and block.words > 20:
            widths.append(block.box.width)
    _, page_height = extent(page)
    line = median(heights) if heights else page_height / 100
    line = min(line, page_height / 25) if page_height else line
    return _Type(line, median(sizes) if sizes else 0.0, int(median(widths)) if widths else 0)


def _line_height(lines: Sequence[Line]) -> float:
    heights = [line.box.height for line in lines if line.box and line.box.height < 3 * line.box.width]
    return median(heights) if heights else 0.0


def _box_of(block: Block, lines: Sequence[int]) -> Box | None:
    if len(lines) == len(block.lines):
        return block.box
    return union(box for n in lines if (box := block.lines[n].box)) or block.box


def _top(block: Block, lines: Sequence[int]) -> int:
    box = _box_of(block, lines)
    return box.y if box else 0


def _same(one: Box | None, other: Box | None) -> bool:
    """Two boxes that are one picture: one lies in the other, or they share most of their area."""
    if one is None or other is None:
        return False
    return max(_within(one, other), _within(other, one)) > 0.75


def _within(inner: Box, outer: Box) -> float:
    """The share of a box that lies in another."""
    across = _shared(inner.x, inner.right, outer.x, outer.right)
    down = _shared(inner.y, inner.bottom, outer.y, outer.bottom)
    return across * down / max(1, inner.area)


def _shared(start: int, end: int, other_start: int, other_end: int) -> int:
    return max(0, min(end, other_end) - max(start, other_start))


def _area(box: Box | None) -> int:
    return box.area if box else 0
