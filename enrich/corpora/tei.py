"""TEI editions: figures with their heads, the text around them, page breaks, zones of facsimiles.

In: a TEI P5 (or P4) file. Out: one `Source` and its `Draft`s in the order of the text. `<head>` and the
words in a `<figure>` are its caption; `<figDesc>` is the editor's and kept as metadata. A file of image
markup (a facsimile whose zones the text names) gives an illustration for each zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from enrich.corpora import crops, xml
from enrich.corpora.faults import Report, error, notice
from enrich.corpora.images import SUFFIXES as IMAGE_SUFFIXES
from enrich.corpora.images import ImageIndex, resolve
from enrich.corpora.reading import Place
from enrich.corpora.table import Draft
from enrich.corpora.tei_header import source_of
from enrich.corpora.xml import local, text_of
from kg.nouns import Region, Source

CONTEXT = 1250
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_BLOCKS = frozenset([
    "p", "head", "l", "lg", "item", "ab", "div", "row", "cell", "quote", "list", "table", "titlePart",
    "byline", "opener", "closer", "salute", "signed", "label", "argument", "epigraph", "body", "front",
    "back", "div1", "div2", "div3", "div4", "sp", "stage", "docTitle", "postscript",
])  # fmt: skip
_SKIPPED = frozenset(["fw", "corr", "reg", "expan", "teiHeader", "facsimile", "formula", "standOff",
                      "sourceDoc",
                      "figDesc", "del", "metamark"])  # fmt: skip
_PICTURE_ZONE = re.compile(r"(?i)figure|illustration|image|picture|graphic|drawing|photo|plate")
_NOTE_PLACES = ("foot", "end", "margin", "bottom", "left", "right", "opposite")


@dataclass
class _Figure:
    """One figure while the text is walked."""

    id: str
    graphic: str
    caption: str
    page: str
    page_image: str
    heading: str
    before: str
    region: Region | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    after: list[str] = field(default_factory=list)
    offset: int = 0  # characters of the block being read that stand before it


def read_tei(file: Path, given: Source | None, place: Place, report: Report) -> tuple[Source, list[Draft]]:
    """The illustrations of an edition. Raises `xml.Unreadable`."""
    root, forgiven = xml.parse(xml.read_bytes(file))
    if forgiven:
        report(error(file.name, forgiven))
    source = source_of(root, file, given)
    zones = _zones(root)
    walk = _Walk(zones)
    for text in root.iter("{*}text"):
        if not any(local(a) == "text" for a in text.iterancestors()):
            walk.element(text)
    walk.end_block()
    figures = walk.figures or _marked_zones(root, zones) or _typed_zones(root)
    place.say(f"{file.name}: TEI, {len(figures)} figures")
    return source, _drafts(figures, source, file, place, report)


# ---- facsimiles


def _zones(root: etree._Element) -> dict[str, tuple[str, Region | None]]:
    """Id of a surface, graphic or zone → (address of its image, rectangle on it)."""
    found: dict[str, tuple[str, Region | None]] = {}
    for surface in root.iter("{*}surface"):
        graphic = surface.find("{*}graphic")
        address = (graphic.get("url") or "") if graphic is not None else ""
        for node in (surface, graphic):
            if node is not None and node.get(_ID):
                found[node.get(_ID, "")] = (address, None)
        for zone in surface.iter("{*}zone"):
            if zone.get(_ID):
                found[zone.get(_ID, "")] = (address, _rectangle(zone))
    return found


def _rectangle(zone: etree._Element) -> Region | None:
    points = re.findall(r"(-?\d+)(?:\.\d+)?,(-?\d+)(?:\.\d+)?", zone.get("points") or "")
    try:
        if points:
            across, down = [int(x) for x, _ in points], [int(y) for _, y in points]
            left, top, right, bottom = min(across), min(down), max(across), max(down)
        else:
            left, top, right, bottom = (int(float(zone.get(n) or "x")) for n in ("ulx", "uly", "lrx", "lry"))
    except (ValueError, OverflowError):
        return None
    left, top = max(0, left), max(0, top)
    return Region(left, top, right - left, bottom - top) if right > left and bottom > top else None


def _marked_zones(root: etree._Element, zones: dict[str, tuple[str, Region | None]]) -> list[_Figure]:
    """Figures of image markup: parts of the text that name a zone."""
    figures = []
    for part in root.iter("{*}div", "{*}figure", "{*}ab"):
        name = (part.get("corresp") or part.get("facs") or "").removeprefix("#")
        if name in zones and zones[name][1] is not None:
            address, region = zones[name]
            words = " ".join(t for c in part if (t := text_of(c))) or text_of(part)
            figures.append(_Figure(name, address, words, "[1]", address, "", "", region))
    return figures


def _typed_zones(root: etree._Element) -> list[_Figure]:
    """Figures of a facsimile or an embedded transcription whose zones are said to be pictures."""
    figures: list[_Figure] = []
    for number, surface in enumerate(root.iter("{*}surface"), start=1):
        graphic = surface.find("{*}graphic")
        address = (graphic.get("url") or "") if graphic is not None else ""
        page = (surface.get("n") or "").strip() or f"[{number}]"
        for zone in surface.iter("{*}zone"):
            if not _PICTURE_ZONE.search(f"{zone.get('type') or ''} {zone.get('subtype') or ''}"):
                continue
            own = zone.get(_ID) or f"zone-{number}-{len(figures) + 1}"
            words = " ".join(
                t for n in zone.iter("{*}head", "{*}desc", "{*}figDesc", "{*}line") if (t := text_of(n))
            )
            figures.append(_Figure(own, address, words, page, address, "", "", _rectangle(zone)))
    return figures


# ---- the text


class _Walk:
    """One pass over the text that knows the page, the heading and the last words wherever a figure stands."""

    def __init__(self, zones: dict[str, tuple[str, Region | None]]) -> None:
        self.zones = zones
        self.figures: list[_Figure] = []
        self.page = self.page_image = self.heading = ""
        self.words: list[str] = []
        self.before: list[str] = []
        self.open: list[_Figure] = []

    def element(self, node: etree._Element) -> None:
        name = local(node)
        if not name or name in _SKIPPED or _hidden(node):
            return
        if name == "pb":
            self._page_break(node)
            return
        if name in ("lb", "cb", "milestone", "gb"):
            if node.get("break") != "no":
                self.words.append(" ")
            elif self.words:
                self.words[-1] = self.words[-1].rstrip().rstrip("-¬\u00ad⸗=")
            return
        if name == "figure":
            self._figure(node, "")
            return
        if name == "graphic":
            self._graphic(node)
            return
        if name == "note" and any(word in (node.get("place") or "") for word in _NOTE_PLACES):
            return
        block = name in _BLOCKS
        if block:
            self.end_block()
        above = self.heading
        if name in ("head", "docTitle", "titlePart"):
            words = _words(node)
            self.heading = words if sum(c.isalpha() for c in words) >= 4 else self.heading
        if node.text:
            self.words.append(node.text)
        for child in node:
            self.element(child)
            if child.tail:
                self.words.append(child.tail)
        if block:
            self.end_block()
        if name == "text" or name.startswith("div"):
            self.heading = above  # a heading holds for its own part

    def end_block(self) -> None:
        raw = "".join(self.words)
        text = " ".join(raw.split())
        self.words = []
        if text:
            self.before.append(text)
            if len(self.before) > 40:
                del self.before[:20]
        for figure in self.open:
            if rest := " ".join(raw[figure.offset :].split()):
                figure.after.append(rest)
            figure.offset = 0
        self.open = [f for f in self.open if sum(map(len, f.after)) < CONTEXT]

    def _page_break(self, node: etree._Element) -> None:
        self.page = (node.get("n") or "").strip() or self.page
        facs = (node.get("facs") or "").split(" ")[0]
        self.page_image = self.zones.get(facs.removeprefix("#"), (facs, None))[0]

    def _figure(self, node: etree._Element, above: str) -> None:
        inner = list(node.iterchildren("{*}figure"))
        head = " ".join(t for c in node if local(c) == "head" and (t := _words(c)))
        rest = [t for c in node if local(c) in ("p", "ab", "lg", "l", "q", "quote", "label", "list")
                and not _hidden(c) and (t := _words(c))]  # fmt: skip
        caption = "\n".join(t for t in (above, head, *rest) if t)
        for child in inner:
            self._figure(child, caption)
        graphics = list(node.iterchildren("{*}graphic"))
        if inner and not graphics:
            return
        if (
            not graphics
            and not head
            and not rest
            and node.find("{*}figDesc") is None
            and not node.get("facs")
        ):
            return  # a formula or a rule
        description = " ".join(t for c in node if local(c) == "figDesc" and (t := text_of(c)))
        metadata: tuple[tuple[str, str], ...] = (("figDesc", description),) if description else ()
        metadata += (("rend", node.get("rend", "")),) if node.get("rend") else ()
        for number, graphic in enumerate(graphics or [node]):
            self._add(node, graphic, caption, metadata, number if len(graphics) > 1 else 0)

    def _graphic(self, node: etree._Element) -> None:
        self._add(node, node, "", (), 0)

    def _add(
        self,
        node: etree._Element,
        graphic: etree._Element,
        caption: str,
        metadata: tuple[tuple[str, str], ...],
        number: int,
    ) -> None:
        address = graphic.get("url") or ""
        region = None
        page_image = self.page_image
        for facs in ((graphic.get("facs") or "") + " " + (node.get("facs") or "")).split():
            if facs.removeprefix("#") in self.zones:
                page_image, region = self.zones[facs.removeprefix("#")]
                break
        own = graphic.get(_ID) or node.get(_ID) or Path(address.replace("\\", "/")).name.split("?")[0]
        own = own or f"{self.page or 'figure'}-{sum(f.page == self.page for f in self.figures) + 1}"
        figure = _Figure(
            id=f"{own}-{number + 1}" if number else own,
            graphic=address,
            caption=caption,
            page=self.page,
            page_image=page_image,
            heading=self.heading,
            before=_cut_start("\n\n".join([*self.before, " ".join("".join(self.words).split())]).strip()),
            region=region,
            metadata=metadata,
            offset=len("".join(self.words)),
        )
        self.figures.append(figure)
        self.open.append(figure)


def _hidden(node: etree._Element) -> bool:
    rend = f"{node.get('rend') or ''} {node.get('rendition') or ''} {node.get('style') or ''}".replace(
        " ", ""
    )
    return "display:none" in rend


def _words(node: etree._Element) -> str:
    """The printed words of an element: no notes, no corrections, divided words put together."""
    walk = _Walk({})
    walk.words.append(node.text or "")
    for child in node:
        if local(child) not in ("figure", "graphic", "note", "pb"):
            walk.element(child)
        walk.words.append(child.tail or "")
    walk.end_block()
    return " ".join(walk.before)


def _cut_start(text: str) -> str:
    return text if len(text) <= CONTEXT else "… " + text[-CONTEXT:].split(" ", 1)[-1]


def _cut_end(text: str) -> str:
    return text if len(text) <= CONTEXT else text[:CONTEXT].rsplit(" ", 1)[0] + " …"


# ---- illustrations


def _drafts(figures: list[_Figure], source: Source, file: Path, place: Place, report: Report) -> list[Draft]:
    folder = place.images or file.parent
    index = ImageIndex(folder)
    drafts: list[Draft] = []
    lost: list[str] = []
    for figure in figures:
        image = _image(figure.graphic, folder, index)
        if image is None and figure.graphic:
            lost.append(figure.graphic)
        region = figure.region
        page_image, page_file = (figure.page_image, None) if "://" in figure.page_image else ("", None)
        scan = _image(figure.page_image, folder, index) if region and not page_image else None
        if scan is not None and place.crops is not None:
            image, page_image, page_file = _cut(figure, scan, place, report, file)
        metadata = figure.metadata + (
            (("graphic", figure.graphic),) if figure.graphic and image is None else ()
        )
        drafts.append(
            Draft(
                place=f"{file.name} {figure.id}",
                source=source.id,
                id=figure.id,
                image=image,
                page=figure.page,
                page_image=page_image,
                region=region,
                caption=figure.caption,
                heading=figure.heading,
                text_before=figure.before,
                text_after=_cut_end("\n\n".join(figure.after)),
                language=source.language,
                metadata=metadata,
                page_file=page_file,
            )
        )
    if lost and len(lost) < len(figures):
        report(error(file.name, f"no image file for {len(lost)} of {len(figures)} figures, first {lost[0]}"))
    elif lost:
        report(notice(file.name, f"none of its {len(lost)} images is here, first {lost[0]}"))
    return drafts


def _image(named: str, folder: Path, index: ImageIndex) -> Path | None:
    """The file of a graphic, which editions often name without its suffix or under another folder."""
    if not named or "://" in named:
        return None
    named = named.replace("\\", "/")
    while named.startswith("../"):
        named = named[3:]
    found, _ = resolve(named, folder, index)
    if found is not None and found.suffix.lower() in IMAGE_SUFFIXES:
        return found
    name = Path(named).name
    return index.by_stem(Path(name).stem if Path(name).suffix.lower() in IMAGE_SUFFIXES else name)


def _cut(
    figure: _Figure, scan: Path, place: Place, report: Report, file: Path
) -> tuple[Path | None, str, Path | None]:
    """(the picture cut out of its plate, digest of the plate, the plate)."""
    digest = place.digests.of_all([scan])[0]
    if isinstance(digest, OSError) or figure.region is None or place.crops is None:
        return None, "", None
    try:
        return crops.cut(scan, digest, [figure.region], place.crops)[0], digest, scan
    except crops.Uncut as problem:
        report(error(f"{file.name} {figure.id}", str(problem)))
        return None, "", None
