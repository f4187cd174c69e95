"""ALTO 1 to 4, with or without a namespace: pages of one file.

In: the root element. Out: `Page`s. Dialects that are read: composed blocks typed "Illustration" (CCS
docWorks) or holding a picture with its caption (BnF), `STYLEREFS` and `TAGREFS` for type size and role,
divided words by `HYP` and `SUBS_CONTENT`, the reading order of ALTO 4.1, glyphs (passed over).
"""

from __future__ import annotations

import re

from lxml import etree

from enrich.corpora.ocr.page import Block, Box, Line, Page
from enrich.corpora.ocr.roles import picture_of, role_of
from enrich.corpora.xml import local, prefix

_MARGINS = {
    "TopMargin": "header",
    "BottomMargin": "footer",
    "LeftMargin": "",
    "RightMargin": "",
    "PrintSpace": "",
}
_HYPHENS = ("-", "¬", "\u00ad", "⸗", "=", "")  # what stands in HYP
_PICTURES = ("Illustration", "GraphicalElement")
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?")


def pages(root: etree._Element) -> list[Page]:
    """All pages of an ALTO file, in its order."""
    # Only a file without a Layout is searched through: that costs as much as parsing a part of it.
    layout = root.find(prefix(root) + "Layout")
    found = root.iter(prefix(root) + "Page") if layout is None else layout.iterchildren(prefix(root) + "Page")
    reader = _Reader(root)
    return [reader.page(each) for each in found]


def image_name(root: etree._Element) -> str:
    """The scan the file was made from, as it names it (often an absolute path of another machine)."""
    ns = prefix(root)
    return (root.findtext(f"{ns}Description/{ns}sourceImageInformation/{ns}fileName") or "").strip()


class _Reader:
    """What is known of a whole file while its pages are read."""

    def __init__(self, root: etree._Element) -> None:
        ns = prefix(root)
        self.ns = ns
        self.image = image_name(root)
        self.unit = (root.findtext(f"{ns}Description/{ns}MeasurementUnit") or "pixel").strip() or "pixel"
        styles = root.iterfind(f"{ns}Styles/{ns}TextStyle")
        self.sizes = {style.get("ID", ""): _number(style.get("FONTSIZE")) for style in styles}
        self.tags: dict[str, str] = {}
        for tag in root.iterfind(f"{ns}Tags/*"):
            self.tags[tag.get("ID", "")] = (tag.get("LABEL") or tag.get("TYPE") or "").lower()
        self.order = _reading_order(root, ns)

    def page(self, node: etree._Element) -> Page:
        blocks: list[Block] = []
        for space in node:
            name = local(space)
            if name in _MARGINS:
                self._blocks(space, _MARGINS[name], "", blocks)
            elif name in ("TextBlock", "ComposedBlock", *_PICTURES):  # some dialects have no print space
                self._block(space, name, "", "", blocks)
        if self.order:
            last = len(self.order)
            blocks.sort(key=lambda b: self.order.get(b.id, last))
        return Page(
            id=node.get("ID", ""),
            width=_whole(node.get("WIDTH")),
            height=_whole(node.get("HEIGHT")),
            blocks=tuple(blocks),
            image=self.image,
            number=(node.get("PRINTED_IMG_NR") or "").strip(),
            unit=self.unit,
            language=node.get("LANG", ""),
            rotation=_turn(node.get("ROTATION")),
        )

    def _blocks(self, space: etree._Element, role: str, group: str, out: list[Block]) -> None:
        for node in space:
            self._block(node, local(node), role, group, out)

    def _block(self, node: etree._Element, name: str, role: str, group: str, out: list[Block]) -> None:
        if name == "TextBlock":
            out.append(self._text_block(node, role, group))
        elif name in _PICTURES:
            sort = (node.get("TYPE") or "").lower() or ("photo" if name == "Illustration" else "")
            out.append(Block(node.get("ID", ""), _box(node), graphic=True, role=sort, group=group))
        elif name == "ComposedBlock":
            self._composed(node, role, group, out)

    def _composed(self, node: etree._Element, role: str, group: str, out: list[Block]) -> None:
        own = node.get("ID", "") or group
        sort = (node.get("TYPE") or "").lower()
        inner: list[Block] = []
        self._blocks(node, role, own, inner)
        if _is_picture(sort):
            if not any(b.graphic and b.box == _box(node) for b in inner):
                out.append(Block(own, _box(node), graphic=True, role=sort, group=own))
            else:  # the box and the element in it are the same picture; the box has the id that others name
                inner = [b for b in inner if not (b.graphic and b.box == _box(node))]
                out.append(Block(own, _box(node), graphic=True, role=sort, group=own))
        out += inner

    def _text_block(self, node: etree._Element, role: str, group: str) -> Block:
        lines = _lines(node, self.ns + "TextLine", self.ns + "String", self.ns + "HYP")
        style = node.get("STYLEREFS") or ""
        told = [self.tags.get(t, "") for t in (node.get("TAGREFS") or "").split()]
        if sort := node.get("TYPE"):
            told.append(sort)
        role = next((r for t in told if (r := role_of(t))), role)
        picture = "" if lines else next((p for t in told if (p := picture_of(t))), "")
        if picture:  # eScriptorium knows zones only, whatever is in them
            return Block(node.get("ID", ""), _box(node), graphic=True, role=picture, group=group)
        return Block(
            node.get("ID", ""),
            _box(node),
            tuple(lines),
            role=role,
            size=next((self.sizes[s] for s in style.split() if self.sizes.get(s)), 0.0),
            language=node.get("LANG") or node.get("language") or "",
            group=group,
            rotation=_turn(node.get("ROTATION")),
        )


def _is_picture(sort: str) -> bool:
    return any(
        word in sort for word in ("illustration", "image", "photo", "picture", "drawing", "map", "figure")
    )


def _lines(block: etree._Element, line: str, string: str, hyphen: str) -> list[Line]:
    """The lines of a block in one pass over its lines, words and hyphens; most of the time of reading a page
    is spent here. Only a word or a hyphen has a `CONTENT`.
    """
    lines: list[Line] = []
    words: list[str] = []
    current = last = None
    for node in block.iter(line, string, hyphen):
        content = node.get("CONTENT")
        if content and (content not in _HYPHENS or node.tag == string):
            words.append(content)
            last = node
        elif content is None and node.tag == line:
            if words and current is not None and last is not None:
                lines.append(Line(" ".join(words), _box(current), _joint(last, hyphen)))
            words, current = [], node
    if words and current is not None and last is not None:
        lines.append(Line(" ".join(words), _box(current), _joint(last, hyphen)))
    return lines


def _joint(last: etree._Element, hyphen: str) -> str | None:
    """How a line whose last word this is goes on: None with a new word, "" within a word, "-" within a word
    at a hyphen that belongs to it ("Saint-Sébastien").
    """
    following = last.getnext()
    divided = following is not None and following.tag == hyphen
    if last.get("SUBS_TYPE") != "HypPart1":
        return "" if divided else None
    stem = (last.get("CONTENT") or "").rstrip("-¬\u00ad⸗=")
    return "-" if (last.get("SUBS_CONTENT") or "").startswith(stem + "-") else ""


def _reading_order(root: etree._Element, ns: str) -> dict[str, int]:
    """Block id → place, from the first order the file gives; a line stands for its block."""
    order = root.find(ns + "ReadingOrder")
    if order is None:
        return {}
    group = next(iter(order.iter(ns + "OrderedGroup")), order)
    places: dict[str, int] = {}
    for reference in group.iter(ns + "ElementRef"):
        places.setdefault(reference.get("REF", ""), len(places))
    for block in root.iter(ns + "TextBlock"):
        inner = [
            places[i] for line in block.iterchildren(ns + "TextLine") if (i := line.get("ID", "")) in places
        ]
        if inner and block.get("ID"):
            places.setdefault(block.get("ID", ""), min(inner))
    return places


def _box(node: etree._Element) -> Box | None:
    get = node.get
    try:
        box = Box(int(get("HPOS")), int(get("VPOS")), int(get("WIDTH")), int(get("HEIGHT")))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        try:  # not a whole number
            box = Box(*(int(float(get(name) or "")) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")))
        except (ValueError, OverflowError):  # not there, or not a number
            return _outline(node)
    return box if box.width > 0 and box.height > 0 else None


def _outline(node: etree._Element) -> Box | None:
    """The box around the polygon of a block that states no size."""
    shape = next((c for c in node if local(c) == "Shape"), None)
    polygon = next((c for c in shape if local(c) == "Polygon"), None) if shape is not None else None
    points = (polygon.get("POINTS") or "") if polygon is not None else ""
    numbers = [int(float(n)) for n in _DECIMAL.findall(points)]
    across, down = numbers[::2], numbers[1::2]
    if len(across) < 2 or len(across) != len(down) or max(numbers) > 10_000_000:
        return None
    box = Box(min(across), min(down), max(across) - min(across), max(down) - min(down))
    return box if box.width > 0 and box.height > 0 else None


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _whole(text: str | None) -> int:
    value = _number(text)
    return int(value) if 0 < value < 1e7 else 0


def _turn(text: str | None) -> int:
    """An angle as quarter turns in degrees, 0…270."""
    value = _number(text)
    return round(value / 90) * 90 % 360 if abs(value) < 1e4 else 0
