"""hOCR, however it is written: XHTML of Tesseract, HTML 4 with the end tags missing, words without blocks.

In: the bytes. Out: `Page`s. The classes of hOCR 1.2 and its predecessors are known; a page without blocks is
made of its paragraphs, one without paragraphs of its lines.
"""

from __future__ import annotations

import re

from lxml import etree, html

from enrich.corpora.ocr.page import Block, Box, Line, Page
from enrich.corpora.xml import Unreadable

_BLOCKS = frozenset(["ocr_carea", "ocrx_block", "ocr_block", "ocr_textblock", "ocr_xycut", "ocr_column"])
_LINES = frozenset(["ocr_line", "ocrx_line", "ocr_textline", "ocr_caption", "ocr_header", "ocr_footer",
                    "ocr_textfloat", "ocr_pageno"])  # fmt: skip
_PICTURES = {
    "ocr_photo": "photo", "ocr_image": "image", "ocrx_image": "image", "ocr_linedrawing": "drawing",
    "ocr_graphic": "graphic", "ocr_graphics": "graphic", "ocr_float": "float", "ocr_separator": "separator",
}  # fmt: skip
_ROLES = {
    "ocr_caption": "caption",
    "ocr_header": "header",
    "ocr_footer": "footer",
    "ocr_pageno": "page-number",
}
_BOX = re.compile(r"bbox\s+(-?\d+)(?:\.\d+)?\s+(-?\d+)(?:\.\d+)?\s+(-?\d+)(?:\.\d+)?\s+(-?\d+)")
_IMAGE = re.compile(r"\b(?:image|x_source)\s+(?:\"([^\"]*)\"|'([^']*)'|([^;\s]+))")
_SIZE = re.compile(r"x_f?size\s+(\d+(?:\.\d+)?)")
_ANGLE = re.compile(r"textangle\s+(-?\d+)")
_NUMBER = re.compile(r"lpageno\s+[\"']?([^;\"']+)")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([-\w]+)")
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([-\w]+)")


def pages(data: bytes) -> tuple[list[Page], str]:
    """(the pages of an hOCR file, what was forgiven). Raises `Unreadable`."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # a byte order mark is surer than what a file says
        data, encoding, forgiven = data.decode("utf-16", "replace").encode(), "utf-8", ""
    else:
        encoding, forgiven = _encoding(data)
    # The XML declaration would make the HTML parser believe it instead of what was found out.
    data = re.sub(rb"^\s*(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>", b"", data, count=1)
    try:
        root = html.document_fromstring(data, parser=html.HTMLParser(encoding=encoding, remove_comments=True))
    except (etree.ParserError, ValueError) as problem:
        raise Unreadable(f"is not HTML ({problem})") from None
    found = [n for n in root.iter() if "ocr_page" in (n.get("class") or "").split()]
    if not found:
        raise Unreadable("has no ocr_page in it")
    return [_page(node, root.get("lang") or "") for node in found], forgiven


def _encoding(data: bytes) -> tuple[str, str]:
    declared = _XML_ENCODING.search(data[:200]) or _CHARSET.search(data[:4096])
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return "windows-1252", "is not in the encoding it declares; read as Windows-1252"
    return encoding, ""


def _page(node: html.HtmlElement, language: str) -> Page:
    title = node.get("title") or ""
    box = _box(title)
    image = _IMAGE.search(title)
    number = _NUMBER.search(title)
    blocks = _blocks(node)
    return Page(
        id=node.get("id") or "",
        width=box.right if box else 0,
        height=box.bottom if box else 0,
        blocks=tuple(blocks),
        image=next((g for g in image.groups() if g), "") if image else "",
        number=number[1].strip() if number else "",
        language=node.get("lang") or "",
    )


def _blocks(page: html.HtmlElement) -> list[Block]:
    """Blocks in the order of the file. An element that belongs to no block is one of its own."""
    out: list[Block] = []
    done: set[int] = set()
    nodes = [(n, n.get("class", "").split()) for n in page.iterdescendants() if n.get("class")]
    has_blocks = any(c in _BLOCKS for _, classes in nodes for c in classes)
    for node, classes in nodes:
        picture = next((_PICTURES[c] for c in classes if c in _PICTURES), "")
        if picture:
            inner = [c for c in node.iterdescendants() if "ocr" in (c.get("class") or "")]
            if (
                picture == "float"
                and any("ocr_line" in (c.get("class") or "") for c in inner)
                and not any(
                    p in (c.get("class") or "")
                    for c in inner
                    for p in ("ocr_photo", "ocr_image", "ocr_linedrawing")
                )
            ):
                continue  # words set apart, not a picture
            out.append(Block(node.get("id") or "", _box(node.get("title") or ""), graphic=True, role=picture))
            continue
        is_block = any(c in _BLOCKS for c in classes)
        if not is_block and not (not has_blocks and "ocr_par" in classes):
            continue
        lines = [n for n in node.iterdescendants() if _is_line(n) and id(n) not in done]
        done.update(id(n) for n in lines)
        found = _of_lines(node, lines)
        if not found and is_block and not node.text_content().strip():
            box = _box(node.get("title") or "")  # how Tesseract 4.0 writes a picture
            found = [Block(node.get("id") or "", box, graphic=True, role="blank")] if box else []
        out += found
    loose = [n for n, _ in nodes if _is_line(n) and id(n) not in done]
    for line in loose:
        out += _of_lines(line, [line])
    return out


def _of_lines(node: html.HtmlElement, nodes: list[html.HtmlElement]) -> list[Block]:
    """One block, or two where its last lines are marked as a caption."""
    runs: list[tuple[str, list[html.HtmlElement]]] = []
    for line in nodes:
        role = next((_ROLES[c] for c in (line.get("class") or "").split() if c in _ROLES), "")
        if runs and runs[-1][0] == role:
            runs[-1][1].append(line)
        else:
            runs.append((role, [line]))
    blocks = []
    for number, (role, run) in enumerate(runs):
        lines = tuple(Line(text, _box(n.get("title") or "")) for n in run if (text := _words(n)))
        if not lines:
            continue
        sizes = [float(m[1]) for n in run if (m := _SIZE.search(n.get("title") or ""))]
        angle = _ANGLE.search(run[0].get("title") or "")
        own = node.get("id") or ""
        box = _box(node.get("title") or "") if len(runs) == 1 else None
        paragraph = next((n for n in node.iter() if n.get("lang")), None)
        blocks.append(
            Block(
                own if number == 0 or not own else f"{own}-{number}",
                box or _around(lines),
                lines,
                role=role,
                size=sorted(sizes)[len(sizes) // 2] if sizes else 0.0,
                language=paragraph.get("lang") or "" if paragraph is not None else "",
                rotation=round(int(angle[1]) / 90) * 90 % 360 if angle else 0,
            )
        )
    return blocks


def _around(lines: tuple[Line, ...]) -> Box | None:
    from enrich.corpora.ocr.page import union

    return union(line.box for line in lines if line.box)


def _is_line(node: html.HtmlElement) -> bool:
    return any(c in _LINES for c in (node.get("class") or "").split())


def _words(line: html.HtmlElement) -> str:
    """The words of a line, each with its own white space made single; broken markup may nest a line in
    another, whose words are its own.
    """
    parts: list[str] = []

    def gather(node: html.HtmlElement) -> None:
        if isinstance(node.tag, str) and (node is line or not _is_line(node)):
            parts.append(node.text or "")
            for child in node:
                gather(child)
                parts.append((" " if child.tag == "br" else "") + (child.tail or ""))

    gather(line)
    return " ".join("".join(parts).split())


def _box(title: str) -> Box | None:
    match = _BOX.search(title)
    if match is None:
        return None
    left, top, right, bottom = (int(n) for n in match.groups())
    return Box(left, top, right - left, bottom - top) if right > left and bottom > top else None
