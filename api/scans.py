"""The scan of a page, with the plates and texts on it outlined.

In: rows of the queries `regions` and `on_page` (rectangles in pixels of the scan, and where the scan is).
Out: a `Scan` for the template, with rectangles that link to their plates. A scan is a file of the corpus,
which we serve ourselves, or an image elsewhere: then the page that shows it, and only that page, may load
pictures from its host, and its size is found out in the browser. A IIIF image service is recognised by its
address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pyoxigraph as ox

from api.language import Row, word
from api.requests import POLICY
from api.views import local_name

_XYWH = re.compile(r"xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)")
_IIIF = re.compile(
    r"(https?://[^?#]+)/(?:full|square|\d+,\d+,\d+,\d+|pct:[\d.,]+)/[^/?#]+/!?\d+(?:\.\d+)?/"
    r"(?:default|native|color|gr[ae]y|bitonal)\.\w+"
)
_LOCAL = re.compile(r"image/([0-9a-f]{64})")
Size = Callable[[str], tuple[int, int]]


@dataclass(frozen=True)
class Box:
    """A rectangle on a scan, in its pixels."""

    x: int
    y: int
    width: int
    height: int
    label: str
    href: str = ""
    text: bool = False  # around words, not a picture


@dataclass(frozen=True)
class Scan:
    """The image of a page and what is on it. `width` and `height` are 0 when only the browser can tell."""

    image: str  # what an <img> loads
    full: str  # the image at its full resolution
    width: int = 0
    height: int = 0
    service: str = ""  # the address of a IIIF image service
    host: str = ""  # whose image it is, "" for our own
    boxes: tuple[Box, ...] = field(default=())

    def cut(self, box: Box, size: int = 1200) -> str:
        """The address of a part of the scan, "" where nobody cuts it out."""
        part = f"{box.x},{box.y},{box.width},{box.height}"
        return f"{self.service}/{part}/!{size},{size}/0/default.jpg" if self.service else ""


def of_illustration(rows: Iterable[Row], size: Size, base: str, label: str, spoken: str) -> Scan | None:
    """The scan of the page an illustration is on, with it and the texts on the same page outlined."""
    wholes: dict[str, list[Box]] = {}
    main = ""
    for row in rows:
        image = _address(row, base)
        if "text" not in row:
            main = main or image
        box = _box(row, word(local_name(row["text"].value), spoken) if "text" in row else label, "")
        if box is not None and image:
            boxes = wholes.setdefault(image, [])
            boxes += [box] if box not in boxes else []
    return _scan(main, tuple(wholes.get(main, ())), size, base) if main else None


def of_page(rows: Iterable[Row], size: Size, base: str, plates: Mapping[str, tuple[str, str]]) -> Scan | None:
    """The scan of a page with all illustrations on it; `plates` has the address and the label of each."""
    boxes: list[Box] = []
    main = ""
    for row in rows:
        image = _address(row, base)
        main = main or image
        address, label = plates.get(row["entity"].value, ("", ""))
        box = _box(row, label, address)
        if box is not None and image == main:
            boxes.append(box)
    return _scan(main, tuple(boxes), size, base) if main else None


def policy(scan: Scan | None) -> str:
    """The Content-Security-Policy of a page that shows a scan."""
    if scan is None or not scan.host:
        return POLICY
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(scan.full))
    if re.search(r"[\s;,'\"]", origin):
        return POLICY
    return POLICY.replace("img-src 'self'", f"img-src 'self' {origin}").replace(
        "connect-src 'self'", f"connect-src 'self' {origin}"
    )


def _scan(image: str, boxes: tuple[Box, ...], size: Size, base: str) -> Scan:
    boxes = tuple(sorted(boxes, key=lambda box: (box.text, box.y, box.x)))  # in reading order, pictures first
    local = _LOCAL.fullmatch(image.removeprefix(base)) if image.startswith(base) else None
    if local:
        width, height = size(local[1])
        path = f"/image/{local[1]}"
        return Scan(path, path, width, height, boxes=boxes)
    service = _IIIF.fullmatch(image)
    root = service[1] if service else image.removesuffix("/info.json") if image.endswith("/info.json") else ""
    shown = f"{root}/full/!1200,1200/0/default.jpg" if root else image
    return Scan(shown, image, service=root, host=urlsplit(image).hostname or "", boxes=boxes)


def _address(row: Row, base: str) -> str:
    """Where the scan is that a row speaks of: the image it names, else that of its page; "" for none."""
    for name in ("whole", "image"):
        term: Any = row.get(name)
        value = term.value if isinstance(term, ox.NamedNode) else ""
        if value.startswith(("http://", "https://")) and not value.startswith(base + "id/"):
            return str(value)
    return ""


def _box(row: Row, label: str, href: str) -> Box | None:
    said = _XYWH.fullmatch(row["xywh"].value) if "xywh" in row else None
    if said is None:
        return None
    x, y, width, height = (int(number) for number in said.groups())
    return Box(x, y, width, height, label, href, "text" in row) if width and height else None
