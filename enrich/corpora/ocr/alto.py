"""ALTO 1 to 4, with or without a namespace: pages of one file.

In: the root element. Out: `Page`s. Dialects that are read: composed blocks typed "Illustration" (CCS
docWorks) or holding a picture with its caption (BnF), `STYLEREFS` and `TAGREFS` for type size and role,
divided words by `HYP` and `SUBS_CONTENT`, the reading order of ALTO 4.1, glyphs (passed over).
"""

from __future__ import annotations

from lxml import etree

from enrich.corpora.ocr.page import Block, Box, Line, Page
from enrich.corpora.xml import local, prefix

_MARGINS = {
    "TopMargin": "header",
    "BottomMargin": "footer",
    "LeftMargin": "",
    "RightMargin": "",
    "PrintSpace": "",
}
#: What tags and types of blocks say, in the words that occur, as roles.
ROLES = {
    "caption": "caption", "legend": "caption", "figure-caption": "caption", "illustrationcaption": "caption",
    "title": "heading", "heading": "heading", "headline": "heading", "subheadline": "heading",
    "header": "header", "running-head": "header", "runninghead": "header", "running title": "header",
    "runningtitle": "header", "runningtitlezone": "header", "footer": "footer",
    "page-number": "page-number", "pagenumber": "page-number", "pagenum": "page-number",
    "numberingzone": "page-number", "folio": "page-number", "pagination": "page-number",
    "signature-mark": "furniture", "signaturemark": "furniture", "quiremarkszone": "furniture",
    "catch-word": "furniture", "catchword": "furniture", "drop-capital": "furniture", "stampzone": "furniture",
    "advertisement": "",
}  # fmt: skip
_PICTURES = ("Illustration", "GraphicalElement")


def pages(root: etree._Element) -> list[Page]:
    """All pages of an ALTO file, in its order."""
    return [_Reader(root).page(each) for each in root.iter(prefix(root) + "Page")]


def image_name(root: etree._Element) -> str:
    """The scan the file was made from, as it names it (often an absolute path of another machine)."""
    return (root.findtext(f".//{prefix(root)}sourceImageInformation/{prefix(root)}fileName") or "").strip()


class _Reader:
    """What is known of a whole file while its pages are read."""

    def __init__(self, root: etree._Element) -> None:
        ns = prefix(root)
        self.ns = ns
        self.image = image_name(root)
        self.unit = (root.findtext(f".//{ns}MeasurementUnit") or "pixel").strip() or "pixel"
        self.sizes = {
            style.get("ID", ""): _number(style.get("FONTSIZE")) for style in root.iter(ns + "TextStyle")
        }
        self.tags: dict[str, str] = {}
        for tag in root.iter(*(ns + n for n in ("StructureTag", "LayoutTag", "RoleTag", "OtherTag"))):
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
        ns = self.ns
        string, hyphen = ns + "String", ns + "HYP"
        lines: list[Line] = []
        for line in node.iterchildren(ns + "TextLine"):
            words: list[str] = []
            divided: str | None = None
            for child in line.iterchildren(string, hyphen):
                content = child.get("CONTENT")
                if child.tag == hyphen:
                    divided = divided if divided is not None else ""
                elif content:
                    words.append(content)
                    kind = child.get("SUBS_TYPE")
                    divided = _joint(content, child.get("SUBS_CONTENT")) if kind == "HypPart1" else None
            if words:
                lines.append(Line(" ".join(words), _box(line), divided))
        style = node.get("STYLEREFS") or ""
        told = [self.tags.get(t, "") for t in (node.get("TAGREFS") or "").split()]
        told.append((node.get("TYPE") or "").lower())
        role = next((ROLES[t] for t in told if t in ROLES), role)
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


def _joint(first: str, whole: str | None) -> str:
    """ "-" if the hyphen at the line's end belongs to the whole word ("Saint-Sébastien"), else ""."""
    stem = first.rstrip("-¬\u00ad⸗=")
    return "-" if whole and whole.startswith(stem + "-") else ""


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
        box = Box(
            int(float(get("HPOS"))),
            int(float(get("VPOS"))),
            int(float(get("WIDTH"))),
            int(float(get("HEIGHT"))),
        )
    except (TypeError, ValueError, OverflowError):  # not there, or not a number
        return None
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
