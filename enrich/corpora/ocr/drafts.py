"""From pages with their layouts to illustrations: captions, the text around, places on the scan, pictures cut
out of it.

In: the pages of one source, read or not. Out: `Draft`s in the order of the pages. What cannot be cut or is
left out is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from enrich.corpora import codes, crops
from enrich.corpora.faults import Report, error, notice
from enrich.corpora.images import SUFFIXES as IMAGE_SUFFIXES
from enrich.corpora.ocr import mets
from enrich.corpora.ocr.captions import page_number
from enrich.corpora.ocr.context import Sheet, Words, around, article_of, words_of
from enrich.corpora.ocr.layout import Picture, Piece, look
from enrich.corpora.ocr.order import FURNITURE
from enrich.corpora.ocr.page import Block, Box, Page, extent
from enrich.corpora.reading import Place
from enrich.corpora.table import Draft
from enrich.corpora.web import Unfetched
from kg.nouns import Passage, Region, Source

_PLATE = 12  # words; a page with fewer and without any picture in its file may be all picture
_NO_PLATE = ("cover", "blank", "title", "table-of-contents", "index")
_PER_INCH = {"mm10": 254, "inch1200": 1200}

#: (address, suffix) → the file in which the image at the address is kept. Raises `Unfetched`.
Scan = Callable[[str, str], Path]


@dataclass(frozen=True, slots=True)
class Ref:
    """One page of a source before it is read. `stem` names it within the source."""

    stem: str
    text: Path | None = None
    image: Path | None = None
    address: str = ""  # of the scan, when it is not a file
    number: str = ""
    file_ids: tuple[str, ...] = ()
    title: str = ""
    page: Page | None = None  # already read
    kind: str = ""  # of the file that `page` was read from
    size: tuple[int, int] | None = None  # of the scan, when it is not a file


def drafts(
    refs: Sequence[Ref],
    source: Source,
    place: Place,
    report: Report,
    package: mets.Package | None = None,
    scan: Scan | None = None,
) -> list[Draft]:
    """The illustrations of all pages of a source. `scan` fetches the image at an address; it is asked for
    pages with pictures only.
    """
    sheets: list[Sheet | None] = []
    left_out: Counter[str] = Counter()
    for ref in refs:
        if ref.page is None:
            sheets.append(None)
            continue
        told: dict[str, tuple[str, ...]] = {}
        articles: dict[str, str] = {}
        for file in ref.file_ids if package else ():
            told |= package.captions.get(file, {})  # type: ignore[union-attr]
            articles |= package.articles.get(file, {})  # type: ignore[union-attr]
        layout = look(ref.page, told)
        left_out.update(layout.left_out)
        if ref.page.blocks and not any(b.box for b in ref.page.blocks):
            report(
                notice(
                    ref.stem, "has no coordinates: captions are told by their words, no picture is cut out"
                )
            )
        sheets.append(Sheet(ref.page, layout, articles))
    maker = _Maker(refs, sheets, source, place, report, package, scan)
    found = [draft for number in range(len(refs)) for draft in maker.page(number)]
    if left_out:
        reasons = ", ".join(f"{n} {why}" for why, n in left_out.most_common())
        report(notice(source.id, f"{left_out.total()} graphic blocks are no illustrations: {reasons}"))
    pages = sum(sheet is not None for sheet in sheets)
    if pages and not found and not left_out:
        report(notice(source.id, f"none of {pages} pages that were read has a graphic block on it"))
    without = [d for d in found if d.image is None]
    if without and len(without) < len(found) and not maker.failed:
        report(
            error(
                source.id,
                f"no page image for {len(without)} of {len(found)} illustrations, first {without[0].id}",
            )
        )
    elif without and not maker.failed:
        why = "no page image was found" if place.crops else "no folder was given for pictures"
        report(notice(source.id, f"{len(without)} illustrations have no picture: {why}"))
    return found


class _Maker:
    """Makes the drafts of one source, page by page."""

    def __init__(
        self,
        refs: Sequence[Ref],
        sheets: Sequence[Sheet | None],
        source: Source,
        place: Place,
        report: Report,
        package: mets.Package | None,
        scan: Scan | None,
    ) -> None:
        self.refs, self.sheets, self.source, self.place, self.report = refs, sheets, source, place, report
        self.titles = package.titles if package else {}
        self.failed = False
        self.sizes: dict[int, tuple[int, int] | None] = {}
        self.digests: dict[int, str] = {}
        self.names = _page_names(refs)
        self.scan = scan
        self.fetched: dict[int, Path] = {}

    def page(self, number: int) -> list[Draft]:
        sheet = self.sheets[number]
        pictures = list(sheet.layout.pictures) if sheet else []
        if pictures or self._may_be_plate(number):
            self._fetch(number)
        if not pictures and self._is_plate(number):
            pictures = [Picture("", None, -1, _lettering(sheet.page.blocks) if sheet else ())]
        made = [self._draft(number, picture) for picture in pictures]
        return self._with_images(number, pictures, made)

    def _fetch(self, number: int) -> None:
        """Fetch the scan of a page that lies on the network, where that is allowed."""
        ref = self.refs[number]
        if self.scan is None or ref.image is not None or not ref.address or self.place.crops is None:
            return
        suffix = Path(urlsplit(ref.address).path).suffix.lower()
        try:
            self.fetched[number] = self.scan(ref.address, suffix if suffix in IMAGE_SUFFIXES else ".jpg")
        except Unfetched as problem:
            self.failed = True
            self.report(error(ref.stem, f"{problem}; its pictures are missing, their texts are kept"))

    def _image(self, number: int) -> Path | None:
        return self.refs[number].image or self.fetched.get(number)

    def _is_plate(self, number: int) -> bool:
        """A page of next to no words, whose scan shows that something is printed on it."""
        ref, image = self.refs[number], self._image(number)
        if image is None or self.place.crops is None or not self._may_be_plate(number):
            return False
        try:
            return not crops.is_blank(image, self._digest(number), self.place.crops)
        except crops.Uncut as problem:
            self._uncut(ref.stem, problem)
            return False

    def _may_be_plate(self, number: int) -> bool:
        """Whether what was recognised of a page leaves it possible that all of it is picture."""
        ref, sheet = self.refs[number], self.sheets[number]
        if not self.place.reading.pages or ref.text is None:
            return False
        if sheet is None or sum(b.words for b in sheet.page.blocks) > _PLATE:
            return False
        if any(b.graphic for b in sheet.page.blocks) or any(word in sheet.page.kind for word in _NO_PLATE):
            return False
        # Regions without words are a page whose text was not transcribed, not one without text.
        return not any(b.role != "caption" and not b.lines for b in sheet.page.blocks)

    def _draft(self, number: int, picture: Picture) -> Draft:
        ref, sheet = self.refs[number], self.sheets[number]
        heading, before, after = Words(), Words(), Words()
        caption = words_of(picture.caption, number, "\n")
        if sheet is not None:
            heading, before, after = around(self.sheets, number, picture)
        texts = {"caption": caption, "heading": heading, "text_before": before, "text_after": after}
        title = self._title(number, picture)
        passages = tuple(
            p for name, words in texts.items() for p in self._passages(name, words) if words.text
        )
        if title and title != heading.text:
            passages = tuple(p for p in passages if p.field != "heading")
        box = picture.box
        own = picture.id or ("-".join(str(n) for n in box) if box else "")
        return Draft(
            place=f"{file_name(ref)} {own}".strip(),
            source=self.source.id,
            id=f"{ref.stem}-{own}" if own else ref.stem,
            image=None,
            page=self.names[number],
            page_image=self._page_image(number),
            region=self._region(number, box) if box else None,
            caption=caption.text,
            heading=title or heading.text,
            text_before=before.text,
            text_after=after.text,
            language=self._language(number, picture) or self.source.language,
            passages=passages,
            page_file=ref.image if self._page_image(number) and not ref.address else None,
        )

    def _title(self, number: int, picture: Picture) -> str:
        """The article's or chapter's title, where a METS file knows it."""
        sheet = self.sheets[number]
        if sheet is None:
            return self.refs[number].title
        article = article_of(sheet, picture)
        return self.titles.get(article, "") or self.refs[number].title

    def _language(self, number: int, picture: Picture) -> str:
        sheet = self.sheets[number]
        if sheet is None:
            return ""
        blocks = sheet.page.blocks
        stated = [blocks[p.block].language for p in picture.caption if p.block >= 0]
        stated += [blocks[i].language for i in sheet.layout.order] + [sheet.page.language]
        return next((c for s in stated if (c := codes.language(s))), "")

    def _passages(self, name: str, words: Words) -> list[Passage]:
        out = []
        for start, end, number, piece in words.parts:
            region = self._region(number, piece.box) if piece.box else None
            if region is not None and end > start:
                out.append(Passage(name, start, end, self.names[number], region, self._page_image(number)))
        return out

    # ---- scans

    def _with_images(self, number: int, pictures: list[Picture], made: list[Draft]) -> list[Draft]:
        ref, sheet, image = self.refs[number], self.sheets[number], self._image(number)
        folder = self.place.crops
        if not made or image is None or folder is None:
            return made
        whole = [i for i, p in enumerate(pictures) if p.block < 0]
        boxed = [(i, d.region) for i, d in enumerate(made) if d.region is not None]
        for index in whole:
            made[index] = replace(made[index], image=image)
        try:
            turn = sheet.page.rotation if sheet else 0
            digest = self._digest(number)
            files = crops.cut(image, digest, [box for _, box in boxed], folder, turn) if digest else []
        except crops.Uncut as problem:
            self._uncut(ref.stem, problem)
            return made
        for (index, _), file in zip(boxed, files, strict=False):
            made[index] = replace(made[index], image=file)
        return made

    def _uncut(self, stem: str, problem: crops.Uncut) -> None:
        self.failed = True
        self.report(error(stem, f"{problem}; its pictures are missing, their texts are kept"))

    def _digest(self, number: int) -> str:
        """The digest of a page's scan, "" if it cannot be read."""
        if number not in self.digests:
            image = self._image(number)
            answer = self.place.digests.of_all([image])[0] if image else ""
            if isinstance(answer, OSError):
                self.failed = True
                self.report(error(self.refs[number].stem, f"{image} cannot be read ({answer.strerror})"))
                answer = ""
            self.digests[number] = answer
        return self.digests[number]

    def _page_image(self, number: int) -> str:
        ref = self.refs[number]
        return ref.address if ref.address and ref.image is None else self._digest(number)

    def _size(self, number: int) -> tuple[int, int] | None:
        if number not in self.sizes:
            image = self._image(number)
            try:
                self.sizes[number] = crops.size(image) if image else self.refs[number].size
            except crops.Uncut as problem:
                self._uncut(self.refs[number].stem, problem)
                self.sizes[number] = None
        return self.sizes[number]

    def _region(self, number: int, box: Box) -> Region | None:
        """A box in pixels of the page's scan."""
        sheet = self.sheets[number]
        assert sheet is not None
        across, down = scale(sheet.page, self._size(number))
        left, top = round(max(0, box.x) * across), round(max(0, box.y) * down)
        right, bottom = round(box.right * across), round(box.bottom * down)
        size = self._size(number)
        if size is not None:
            right, bottom = min(right, size[0]), min(bottom, size[1])
        return Region(left, top, right - left, bottom - top) if right > left and bottom > top else None


def file_name(ref: Ref) -> str:
    """The name of a page's file, or of the page where the file is one that was fetched."""
    return ref.text.name if ref.text and ref.text.name.startswith(ref.stem) else ref.stem


def scale(page: Page, size: tuple[int, int] | None) -> tuple[float, float]:
    """Pixels of the scan per unit of the page, across and down.

    Without a scan, tenths of millimetres and the like are taken at 300 dots per inch. A page whose stated
    size does not have the scan's proportions is believed only if its boxes do not fit the scan as they are.
    """
    if size is None:
        per_inch = _PER_INCH.get(page.unit.lower())
        factor = 300 / per_inch if per_inch else 1.0
        return factor, factor
    width, height = extent(page)
    if width <= 0 or height <= 0:
        return 1.0, 1.0
    across, down = size[0] / width, size[1] / height
    if abs(across / down - 1) < 0.03:
        return across, down
    if page.unit == "pixel":
        reach = [b.box for b in page.blocks if b.box]
        right, bottom = max((b.right for b in reach), default=0), max((b.bottom for b in reach), default=0)
        if right <= size[0] * 1.01 and bottom <= size[1] * 1.01:
            return 1.0, 1.0
        if page.width > 0:
            return size[0] / page.width, size[0] / page.width
    return across, down


def _lettering(blocks: Sequence[Block]) -> tuple[Piece, ...]:
    """The few words of a plate as pieces of its caption."""
    found = [(i, b) for i, b in enumerate(blocks) if b.lines and b.role not in FURNITURE]
    return tuple(Piece(b.text, b.box, i) for i, b in found if sum(c.isalpha() for c in b.text) > 2)


def _page_names(refs: Sequence[Ref]) -> list[str]:
    """Page numbers as printed, "[7]" by position where none is known, unique within the source."""
    names: list[str] = []
    seen: set[str] = set()
    order = 0
    for ref in refs:
        if not ref.stem:  # a gap
            names.append("")
            continue
        order += 1
        name = page_number(ref.number) or (page_number(ref.page.number) if ref.page else "")
        if not name or name in seen:
            name = f"[{order}]"
        seen.add(name)
        names.append(name)
    return names
