"""PAGE XML 2010 to 2019 (Transkribus, OCR-D, eScriptorium): the page of one file.

In: the root element. Out: `Page`s. Of several `TextEquiv` the one with the lowest index counts; regions may
be nested; without a `ReadingOrder` the `custom` attributes of Transkribus are looked at, and without
these the page counts as unordered.
"""

from __future__ import annotations

import re

from lxml import etree

from enrich.corpora.ocr.alto import _turn, _whole
from enrich.corpora.ocr.page import Block, Box, Line, Page
from enrich.corpora.ocr.roles import picture_of, role_of
from enrich.corpora.xml import local, prefix

_PICTURES = {
    "ImageRegion": "image", "GraphicRegion": "graphic", "LineDrawingRegion": "drawing",
    "ChartRegion": "chart", "MapRegion": "map", "SeparatorRegion": "separator",
}  # fmt: skip
_POINT = re.compile(r"(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)")
_PLACE = re.compile(r"readingOrder\s*\{[^}]*index\s*:\s*(\d+)")
_STRUCTURE = re.compile(r"structure\s*\{[^}]*type\s*:\s*([^;}]+)")


def pages(root: etree._Element) -> list[Page]:
    """All pages of a PAGE file (there is one)."""
    return [_page(each, prefix(root)) for each in root.iter(prefix(root) + "Page")]


def _page(node: etree._Element, ns: str) -> Page:
    found: list[tuple[Block, str]] = []
    _regions(node, ns, "", found)
    order = _reading_order(node, ns)
    places = [_PLACE.search(custom) for _, custom in found]
    ordered = True
    if order:
        found.sort(key=lambda pair: order.get(pair[0].id, len(order)))
    elif found and all(places):
        ranked = sorted(range(len(found)), key=lambda i: int(places[i][1]))  # type: ignore[index]
        found = [found[i] for i in ranked]
    else:
        ordered = False
    blocks = tuple(block for block, _ in found)
    numbers = [b.text for b in blocks if b.role == "page-number"]
    return Page(
        id=node.get("id") or "",
        width=_whole(node.get("imageWidth")),
        height=_whole(node.get("imageHeight")),
        blocks=blocks,
        image=(node.get("imageFilename") or "").strip(),
        number=numbers[0] if len(numbers) == 1 and len(numbers[0]) < 12 else "",
        language=node.get("primaryLanguage") or "",
        rotation=_turn(node.get("orientation")),
        kind=(node.get("type") or "").lower(),
        ordered=ordered,
    )


def _regions(parent: etree._Element, ns: str, group: str, out: list[tuple[Block, str]]) -> None:
    for node in parent:
        name = local(node)
        if not name.endswith("Region"):
            continue
        custom = node.get("custom") or ""
        told = _STRUCTURE.search(custom)
        structure = told[1].strip().lower() if told else ""
        sort = (node.get("type") or structure).lower()
        own = node.get("id") or ""
        if name in _PICTURES:
            block = Block(own, _box(node, ns), graphic=True, role=sort or _PICTURES[name], group=group)
            out.append((block, custom))
            _regions(node, ns, own, out)  # words printed in or with the picture
        elif name in ("TextRegion", "TableRegion", "AdvertRegion", "CustomRegion", "UnknownRegion"):
            lines = _lines(node, ns) if name == "TextRegion" else ()
            picture = "" if lines else picture_of(sort) or picture_of(structure)
            if picture and name != "TableRegion":
                out.append((Block(own, _box(node, ns), graphic=True, role=picture, group=group), custom))
            elif name == "TextRegion":
                block = Block(
                    own,
                    _box(node, ns),
                    lines,
                    role=role_of(sort) or role_of(structure),
                    language=node.get("primaryLanguage") or node.get("language") or "",
                    group=group,
                    rotation=_turn(node.get("orientation")),
                )
                out.append((block, custom))
            _regions(node, ns, group, out)


def _lines(region: etree._Element, ns: str) -> tuple[Line, ...]:
    lines = []
    for node in region.iterchildren(ns + "TextLine"):
        text = _text(node, ns) or " ".join(t for w in node.iterchildren(ns + "Word") if (t := _text(w, ns)))
        if text:
            lines.append(Line(text, _box(node, ns)))
    if lines:
        return tuple(lines)
    whole = _text(region, ns)
    return tuple(Line(" ".join(t.split())) for t in whole.splitlines() if t.strip())


def _text(node: etree._Element, ns: str) -> str:
    """The text of the best `TextEquiv` directly below a node."""
    found = list(node.iterchildren(ns + "TextEquiv"))
    if len(found) > 1:
        found.sort(key=lambda e: _whole(e.get("index")) if e.get("index") else 0)
    for each in found:
        text = each.findtext(ns + "Unicode") or each.findtext(ns + "PlainText") or ""
        if text.strip():
            return text.strip()
    return ""


def _box(node: etree._Element, ns: str) -> Box | None:
    coords = node.find(ns + "Coords")
    if coords is None:
        return None
    points = _POINT.findall(coords.get("points") or "")
    if not points:  # before 2013
        points = [(p.get("x") or "", p.get("y") or "") for p in coords.iterchildren(ns + "Point")]
    try:
        across = [int(float(x)) for x, _ in points]
        down = [int(float(y)) for _, y in points]
    except (ValueError, OverflowError):
        return None
    if len(across) < 2:
        return None
    box = Box(min(across), min(down), max(across) - min(across), max(down) - min(down))
    return box if box.width > 0 and box.height > 0 else None


def _reading_order(page: etree._Element, ns: str) -> dict[str, int]:
    """Region id → place; groups within groups are followed in their order."""
    order = page.find(ns + "ReadingOrder")
    places: dict[str, int] = {}

    def follow(group: etree._Element) -> None:
        children = list(group)
        if all(c.get("index") for c in children):
            children.sort(key=lambda c: _whole(c.get("index")))
        for child in children:
            if reference := child.get("regionRef"):
                places.setdefault(reference, len(places))
            follow(child)

    if order is not None:
        follow(order)
    return places
