"""What a file is, by its content: its first kilobytes decide, not its name.

In: a path. Out: "alto", "page", "hocr", "mets", "tei", "iiif", or "" for anything else.
"""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

HEAD = 65_536
_ENOUGH = 2048  # bytes in which the root element of most files stands
SUFFIXES = (
    ".xml",
    ".alto",
    ".page",
    ".hocr",
    ".html",
    ".htm",
    ".xhtml",
    ".json",
    ".jsonld",
    ".tei",
    ".mets",
    ".gz",
)
_ROOTS = {
    "alto": "alto", "pcgts": "page", "mets": "mets", "tei": "tei", "teicorpus": "tei", "tei.2": "tei",
}  # fmt: skip
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)[\s/>]")
_PROLOGUE = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.S)
_IIIF = re.compile(r"iiif\.io/api/presentation|\"sc:(?:Manifest|Collection|Canvas|AnnotationList)\"")
_TYPE = re.compile(r"\"type\"\s*:\s*\"(?:Manifest|Collection|Canvas|AnnotationPage)\"")


def kind(path: Path) -> str:
    """The kind of a file; "" when it is none of these or cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            if head.startswith(b"\x1f\x8b"):
                file.seek(0)
                with gzip.GzipFile(fileobj=file) as packed:
                    head = packed.read(HEAD)
    except (OSError, EOFError, zlib.error):
        return ""
    return kind_of(head)


def kind_of(head: bytes) -> str:
    """The kind of what begins with these bytes."""
    start = head[:_ENOUGH].decode("utf-8-sig", "replace").lstrip()
    if start.startswith("<") and (told := _root_kind(start)):
        return told
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    else:
        text = head.decode("utf-8-sig", "replace")
    text = text.lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return "iiif" if _IIIF.search(text) or _TYPE.search(text) else ""
    if not text.startswith("<"):
        return ""
    if told := _root_kind(text):
        return told
    if re.search(r"ocr_page|ocr-capabilities", text):
        return "hocr"
    return ""


def _root_kind(text: str) -> str:
    """The kind that the root element of XML says, "" for another or none."""
    root = _ROOT.search(_PROLOGUE.sub(" ", text))
    return _ROOTS.get(root[1].lower(), "") if root else ""


def natural(path: Path | str) -> list[tuple[int, int, str]]:
    """A sort key in which page 10 comes after page 9."""
    name = path.as_posix() if isinstance(path, Path) else path
    return [(0, int(t), "") if t.isdigit() else (1, 0, t.lower()) for t in re.split(r"(\d+)", name) if t]
