"""Which words are the caption of which picture: place, type size, length, and the words captions begin with.

In: an upright `Page` and its pictures. Out: blocks and lines. Every line belongs to one picture at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from enrich.corpora.ocr.captions import ADDRESS, CREDIT, LABEL
from enrich.corpora.ocr.order import FURNITURE
from enrich.corpora.ocr.page import Block, Box, Line, Page, area, extent, joined, shared, union
from enrich.corpora.ocr.typeface import Type, body_type, line_height, smaller

PLATE_WORDS = 60  # a page with fewer words than that beside captions is a plate
LONGEST = 90  # words of a caption that nothing but its place declares to be one


def captions_of(
    page: Page, pictures: Sequence[int], told: Mapping[str, Sequence[str]]
) -> tuple[set[tuple[int, int]], dict[int, list[tuple[int, list[int]]]]]:
    """(lines taken, picture → its caption as (block, lines)); every line belongs to one picture at most."""
    body = body_type(page)
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
        if (
            picture not in found
            and not _of_another(page, picture, index, pictures, body)
            and not any((index, n) in taken for n in lines)
        ):
            _take(found, taken, picture, index, lines)
    full = plate or _full_of_pictures(page, pictures)
    for picture in [p for p in pictures if p in found]:
        _extend(page, picture, found, taken, body, full)
    if plate and len(pictures) == 1:
        _title_of_plate(page, pictures[0], found, taken)
    return taken, found


def _of_another(page: Page, picture: int, index: int, pictures: Sequence[int], body: Type) -> bool:
    """Words over a picture that nothing calls its caption and that stand under another one belong to that."""
    graphic, block = page.blocks[picture], page.blocks[index]
    if graphic.box is None or block.box is None or block.box.y > graphic.box.y + graphic.box.height / 2:
        return False
    if block.role == "caption" or LABEL.match(block.text) or (block.group and block.group == graphic.group):
        return False
    unit = max(1.0, body.line)
    for other in pictures:
        box = page.blocks[other].box
        if other == picture or box is None or box.y >= graphic.box.y:
            continue
        across = shared(box.x, box.right, block.box.x, block.box.right)
        if across >= 0.5 * min(box.width, block.box.width) and -unit <= block.box.y - box.bottom <= 8 * unit:
            return True
    return False


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


def _offers(page: Page, picture: int, index: int, body: Type) -> list[tuple[float, list[int]]]:
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
    if grouped and block.role == "caption":
        return [(10.0, everything)]
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


def _caption_lines(lines: Sequence[Line], picture: Box, body: Type) -> list[list[int]]:
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
    picture: Box, box: Box, block: Block, lines: Sequence[Line], body: Type, grouped: bool, page: Page
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
        not block.size and line_height(lines) and line_height(lines) <= 0.88 * body.line
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
        if ADDRESS.search(text) or _title_page(page, picture) or _heads_text(page, box, lines, block, body):
            return None
        meant = sum(any(c.isalpha() for c in word) for word in text.split())
        if not sideways and _beside(picture, box) and (meant < 3 or not _apart(box, page, unit)):
            return None
        score += 0.6 * signs
    else:
        score += 0.5 * bool(smaller) + 0.5 * centred
    return score - max(0, words - 40) / 40


def _beside(picture: Box, box: Box) -> bool:
    return box.x >= picture.right or box.right <= picture.x


def _apart(box: Box, page: Page, unit: float) -> bool:
    """No other words close above or under these: they are no part of a column."""
    return not any(
        -0.5 * unit <= max(b.box.y - box.bottom, box.y - b.box.bottom) < 1.5 * unit
        and shared(box.x, box.right, b.box.x, b.box.right) > 0.3 * min(box.width, b.box.width)
        for b in page.blocks
        if not b.graphic and b.lines and b.box and b.box != box
    )


def _heads_text(page: Page, box: Box, lines: Sequence[Line], block: Block, body: Type) -> bool:
    """Words said to be a heading, or in clearly larger type, with running text under them."""
    height = line_height(lines)
    larger = block.size >= 1.25 * body.size if block.size and body.size else height >= 1.35 * body.line
    if not larger and block.role != "heading":
        return False
    return any(
        b.words >= 20
        and b.box is not None
        and 0 <= b.box.y - box.bottom <= 12 * max(1.0, body.line)
        and shared(box.x, box.right, b.box.x, b.box.right) > 0.4 * min(box.width, b.box.width)
        for b in page.blocks
        if not b.graphic and b is not block
    )


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
    across = shared(picture.x, picture.right, box.x, box.right) / max(1, min(picture.width, box.width))
    down = shared(picture.y, picture.bottom, box.y, box.bottom) / max(1, min(picture.height, box.height))
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
    body: Type,
    full: bool,
) -> None:
    """Further short blocks directly under a caption, or in the same box as the picture, belong to it; on
    a page `full` of pictures longer ones in any type, and any text after a mere "Fig. 3".
    """
    graphic = page.blocks[picture]
    growing = True
    while growing and len(found[picture]) < 6:
        growing = False
        around = union(b for i, lines in found[picture] if (b := box_of(page.blocks[i], lines)))
        for index, block in enumerate(page.blocks):
            if block.graphic or not block.lines or (index, 0) in taken or block.role in FURNITURE:
                continue
            grouped = bool(graphic.group) and graphic.group == block.group
            if not _follows(around, block, body, grouped):
                continue
            number = sum(page.blocks[b].words for b, _ in found[picture]) <= 3
            if not grouped and (
                block.words > (60 if full else 25)
                or block.role == "heading"
                or LABEL.match(block.text)
                or (full and not _fits(graphic.box, block, page.blocks[found[picture][0][0]]))
                or not (full or number or smaller(block, body))
            ):
                continue
            _take(found, taken, picture, index, range(len(block.lines)))
            growing = True
            break
    found[picture].sort(key=lambda each: _top(page.blocks[each[0]], each[1]))


def _fits(picture: Box | None, block: Block, caption: Block) -> bool:
    """A block no wider than the picture and in no larger type than the caption so far."""
    if picture is None or block.box is None:
        return True
    inside = block.box.x >= picture.x - 0.08 * picture.width and block.box.right <= picture.right * 1.08
    height, first = line_height(block.lines), line_height(caption.lines)
    return inside and (not height or not first or height <= 1.3 * first)


def _full_of_pictures(page: Page, pictures: Sequence[int]) -> bool:
    """Whether pictures take up most of a page and few words are left."""
    width, height = extent(page)
    covered = sum(area(page.blocks[i].box) for i in pictures)
    return covered >= 0.4 * width * height and sum(b.words for b in page.blocks if not b.graphic) <= 250


def _title_of_plate(
    page: Page, picture: int, found: dict[int, list[tuple[int, list[int]]]], taken: set[tuple[int, int]]
) -> None:
    """What is set as a heading on a page that is all picture is the picture's title; "Taf. IV" at its top or
    bottom numbers it.
    """
    width, height = extent(page)
    box = page.blocks[picture].box
    if box is None or box.area < 0.35 * width * height:
        return
    for index, block in enumerate(page.blocks):
        telling = block.role == "heading" or (not block.graphic and bool(LABEL.match(block.text)))
        if telling and block.lines and (index, 0) not in taken:
            _take(found, taken, picture, index, range(len(block.lines)))
    if picture in found:
        found[picture].sort(key=lambda each: _top(page.blocks[each[0]], each[1]))


def _follows(around: Box | None, block: Block, body: Type, grouped: bool) -> bool:
    if around is None or block.box is None:
        return grouped
    across = shared(around.x, around.right, block.box.x, block.box.right) / max(
        1, min(around.width, block.box.width)
    )
    gap = max(block.box.y - around.bottom, around.y - block.box.bottom)
    meant = any(c.isalpha() for c in block.text)
    return meant and across > 0.5 and -body.line <= gap <= body.line * (4 if grouped else 1.2)


def _stands_alone(box: Box, page: Page, unit: float) -> bool:
    """No text directly under these words: they end a column, or white space follows."""
    for block in page.blocks:
        if block.graphic or not block.box or block.box == box or not block.lines:
            continue
        if 0 <= block.box.y - box.bottom < 0.8 * unit and shared(
            box.x, box.right, block.box.x, block.box.right
        ) > 0.5 * min(box.width, block.box.width):
            return False
    return True


def box_of(block: Block, lines: Sequence[int]) -> Box | None:
    """The box around some lines of a block; the block's own around all of them."""
    if len(lines) == len(block.lines):
        return block.box
    return union(box for n in lines if (box := block.lines[n].box)) or block.box


def _top(block: Block, lines: Sequence[int]) -> int:
    box = box_of(block, lines)
    return box.y if box else 0
