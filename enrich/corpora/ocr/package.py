"""From pages with recognised words to illustrations: a METS package, or a folder of ALTO, PAGE or hOCR files.

In: files. Out: one `Source` and its `Draft`s in the order of the pages: each picture with its caption, the
text around it (over page breaks, within its article), its region on the page, and where every passage stands.
What cannot be read is one fault with its file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from enrich.corpora import codes, crops, kinds, xml
from enrich.corpora.faults import Report, error, notice
from enrich.corpora.images import SUFFIXES as IMAGE_SUFFIXES
from enrich.corpora.ocr import alto, hocr, mets, pagexml
from enrich.corpora.ocr.captions import page_number
from enrich.corpora.ocr.context import NEIGHBOURS, Sheet, Words, around, article_of, words_of
from enrich.corpora.ocr.layout import FURNITURE, Picture, Piece, look
from enrich.corpora.ocr.page import Block, Box, Page, extent
from enrich.corpora.reading import Place
from enrich.corpora.table import Draft
from kg.nouns import Passage, Region, Source

KINDS = ("alto", "page", "hocr")
_PLATE = 12  # words; a page with fewer and without any picture in its file may be all picture
_NO_PLATE = ("cover", "blank", "title", "table-of-contents", "index")
_PER_INCH = {"mm10": 254, "inch1200": 1200}


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
    size: tuple[int, int] | None = None  # of the scan, when it is not a file


def load(data: bytes, kind: str) -> tuple[list[Page], str]:
    """(pages, what was forgiven) of a file of one of `KINDS`. Raises `xml.Unreadable`."""
    if kind == "hocr":
        return hocr.pages(data)
    root, forgiven = xml.parse(data)
    found = (alto if kind == "alto" else pagexml).pages(root)
    if not found:
        raise xml.Unreadable("has no Page in it")
    return found, forgiven


# ---- a METS package


def read_mets(
    file: Path, source_id: str, given: Source | None, place: Place, report: Report
) -> tuple[Source, list[Draft]]:
    """The illustrations of a package. Raises `xml.Unreadable` if the METS file itself cannot be read."""
    root, forgiven = xml.parse(xml.read_bytes(file))
    if forgiven:
        report(error(file.name, forgiven))
    package = mets.read(root)
    folder = file.parent
    files = _Files(folder, place.images)
    refs: list[Ref] = []
    lost: list[str] = []
    remote = 0
    for order, leaf in enumerate(package.leaves, start=1):
        texts = [a for k, a in leaf.files if k == "text"]
        images = [a for k, a in leaf.files if k == "image"]
        text = next((p for a in texts if (p := files.find(a))), None)
        image = next((p for a in images if (p := files.find(a, IMAGE_SUFFIXES))), None)
        address = next((a for a in images if a.startswith("http")), "")
        remote += bool(texts) and text is None and all(a.startswith("http") for a in texts)
        if texts and text is None:
            lost.append(texts[0])
        if text is None and image is None and not address:
            refs.append(Ref(leaf.id or str(order), number=leaf.number))
            continue
        stem = text.name.split(".")[0] if text else (image.stem if image else leaf.id or str(order))
        ids = tuple(i for i in leaf.file_ids if text is None or files.find(package.addresses[i]) == text)
        refs.append(Ref(stem, text, image, address, leaf.number, ids, leaf.title))
    if lost:
        where = (
            "on the network, which is not asked for pages"
            if remote == len(lost)
            else f"not there, first {lost[0]}"
        )
        report(error(file.name, f"{len(lost)} of {len(refs)} pages are {where}"))
    source = _source(source_id, package.record, package.metadata, given)
    if not refs:
        report(error(file.name, "names no page (it has no physical structure that points at files)"))
    else:
        place.say(
            f"{file.name}: METS of {len(refs)} pages, {sum(r.text is not None for r in refs)} with text, "
            f"{sum(r.image is not None for r in refs)} with image"
        )
    return source, drafts(_expanded(refs, report), source, place, report, package)


class _Files:
    """The files of a package by what a METS or an OCR file calls them."""

    def __init__(self, folder: Path, images: Path | None = None) -> None:
        self.roots = [folder.resolve()] + ([images.resolve()] if images else [])
        self._by_stem: dict[str, list[Path]] | None = None

    def find(self, address: str, suffixes: Sequence[str] | frozenset[str] = ()) -> Path | None:
        """A file inside the package: at its address, or one of that name (for images: of any image format)
        elsewhere in it.
        """
        address = re.sub(r"^file:/*(?:localhost/)?", "", address) if address.startswith("file:") else address
        if "://" in address:
            address = address.rsplit("/", 1)[-1]
        name = unquote(address).replace("\\", "/").removeprefix("./")
        if not name:
            return None
        for root in self.roots:
            try:
                path = (root / name.lstrip("/")).resolve()
                if path.is_relative_to(root) and path.is_file():
                    return path
            except (OSError, ValueError):  # a name no file system takes
                return None
        own = Path(name)
        stem, suffix = own.name.split(".")[0] if not suffixes else own.stem, own.suffix.lower()
        for path in self._listed().get(stem, ()):
            if suffixes and path.suffix.lower() in suffixes:
                return path
            if not suffixes and (path.suffix.lower() == suffix or path.name == own.name + ".gz"):
                return path
        return None

    def _listed(self) -> dict[str, list[Path]]:
        if self._by_stem is None:
            self._by_stem = {}
            for root in self.roots:
                for path in sorted(root.rglob("*")):
                    if path.is_file() and not path.name.startswith("."):
                        for stem in {path.stem, path.name.split(".")[0]}:
                            self._by_stem.setdefault(stem, []).append(path)
        return self._by_stem


def _source(
    source_id: str, record: Mapping[str, str], metadata: tuple[tuple[str, str], ...], given: Source | None
) -> Source:
    """What the package says of itself; what `book.json` says wins."""
    made = Source(
        id=source_id,
        title=record.get("title", "") or source_id,
        creator=record.get("creator", ""),
        date=record.get("date", ""),
        language=record.get("language", ""),
        rights=record.get("rights", ""),
        url=record.get("url", ""),
        metadata=metadata,
    )
    if given is None:
        return made
    fields = ("title", "creator", "date", "language", "rights", "url")
    told = {name: getattr(given, name) for name in fields if getattr(given, name)}
    return replace(made, id=given.id, metadata=given.metadata + metadata, **told)


# ---- a folder of pages


def read_pages(
    files: Sequence[Path], source: Source, place: Place, report: Report
) -> tuple[Source, list[Draft]]:
    """The illustrations of OCR files that nothing ties but their folder, in the natural order of their
    names.
    """
    folder = files[0].parent
    images = _Files(folder, place.images)
    refs = []
    seen: Counter[str] = Counter()
    for file in files:
        stem = file.name.split(".")[0]
        seen[stem] += 1
        refs.append(Ref(stem if seen[stem] == 1 else file.name, file))
    expanded = _expanded(refs, report)
    matched = []
    for ref in expanded:
        image = images.find(f"{ref.stem}.jpg", IMAGE_SUFFIXES)
        if image is None and ref.page is not None and ref.page.image:
            named = ref.page.image.replace("\\", "/").rsplit("/", 1)[-1]
            image = images.find(named if "." in named else named + ".jpg", IMAGE_SUFFIXES)
        matched.append(replace(ref, image=image))
    names = {k: n for k, n in Counter(kinds.kind(f) for f in files).items() if k}
    what = ", ".join(f"{n} {'hOCR' if k == 'hocr' else k.upper()}" for k, n in names.items())
    place.say(f"{folder.name}: {what} files, {sum(r.image is not None for r in matched)} with image")
    if not source.language:
        spoken = Counter(codes.language(r.page.language) for r in matched if r.page and r.page.language)
        source = replace(source, language=spoken.most_common(1)[0][0] if spoken else "")
    return source, drafts(_with_gaps(matched), source, place, report)


def _with_gaps(refs: Sequence[Ref]) -> list[Ref]:
    """Pages with empty places between those whose names do not follow each other: the text of page 14 does
    not go on on page 120, nor in another book that lies in the same folder.
    """
    keys = [re.fullmatch(r"(.*?)(\d{1,9})(\D*)", ref.stem) for ref in refs]
    steps: Counter[int] = Counter()
    for one, other in pairwise(keys):
        if one and other and one.group(1, 3) == other.group(1, 3):
            steps[int(other[2]) - int(one[2])] += 1
    usual, times = steps.most_common(1)[0] if steps else (1, 0)
    step = max(1, usual) if times >= 3 else 1  # some scanners number by tens
    out: list[Ref] = []
    for place, ref in enumerate(refs):
        if place:
            one, other = keys[place - 1], keys[place]
            same = one is None and other is None
            if one and other and one.group(1, 3) == other.group(1, 3):
                same = 0 <= int(other[2]) - int(one[2]) <= step
            out += [] if same else [Ref("")] * NEIGHBOURS
        out.append(ref)
    return out


def _expanded(refs: Sequence[Ref], report: Report) -> list[Ref]:
    """Every reference with its page read; a file with several pages becomes several."""
    out: list[Ref] = []
    for ref in refs:
        if ref.text is None:
            out.append(ref)
            continue
        try:
            pages, forgiven = load(xml.read_bytes(ref.text), kinds.kind(ref.text))
        except (xml.Unreadable, etree.LxmlError, RecursionError) as problem:
            report(error(ref.text.name, f"{_line(problem)}; the page is left out"))
            out.append(replace(ref, text=None))
            continue
        if forgiven:
            report(error(ref.text.name, forgiven))
        for number, page in enumerate(pages, start=1):
            stem = ref.stem if len(pages) == 1 else f"{ref.stem}-{number}"
            out.append(replace(ref, stem=stem, page=page))
    return out


# ---- illustrations


def drafts(
    refs: Sequence[Ref], source: Source, place: Place, report: Report, package: mets.Package | None = None
) -> list[Draft]:
    """The illustrations of all pages of a source."""
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
    maker = _Maker(refs, sheets, source, place, report, package)
    found = [draft for number in range(len(refs)) for draft in maker.page(number)]
    if left_out:
        reasons = ", ".join(f"{n} {why}" for why, n in left_out.most_common())
        report(notice(source.id, f"{left_out.total()} graphic blocks are no illustrations: {reasons}"))
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
    ) -> None:
        self.refs, self.sheets, self.source, self.place, self.report = refs, sheets, source, place, report
        self.titles = package.titles if package else {}
        self.failed = False
        self.sizes: dict[int, tuple[int, int] | None] = {}
        self.digests: dict[int, str] = {}
        self.names = _page_names(refs)

    def page(self, number: int) -> list[Draft]:
        sheet = self.sheets[number]
        pictures = list(sheet.layout.pictures) if sheet else []
        if not pictures and self._is_plate(number):
            pictures = [Picture("", None, -1, _lettering(sheet.page.blocks) if sheet else ())]
        made = [self._draft(number, picture) for picture in pictures]
        return self._with_images(number, pictures, made)

    def _is_plate(self, number: int) -> bool:
        """A page of next to no words, whose scan shows that something is printed on it."""
        ref, sheet = self.refs[number], self.sheets[number]
        if ref.image is None or self.place.crops is None or not self.place.reading.pages or ref.text is None:
            return False
        if sheet is None or sum(b.words for b in sheet.page.blocks) > _PLATE:
            return False
        if any(b.graphic for b in sheet.page.blocks) or any(word in sheet.page.kind for word in _NO_PLATE):
            return False
        # Regions without words are a page whose text was not transcribed, not one without text.
        if any(b.role != "caption" and not b.lines for b in sheet.page.blocks):
            return False
        try:
            return not crops.is_blank(ref.image, self._digest(number), self.place.crops)
        except crops.Uncut as problem:
            self._uncut(ref.stem, problem)
            return False

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
            place=f"{ref.text.name if ref.text else ref.stem} {own}".strip(),
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
        ref, sheet = self.refs[number], self.sheets[number]
        folder = self.place.crops
        if not made or ref.image is None or folder is None:
            return made
        whole = [i for i, p in enumerate(pictures) if p.block < 0]
        boxed = [(i, d.region) for i, d in enumerate(made) if d.region is not None]
        for index in whole:
            made[index] = replace(made[index], image=ref.image)
        try:
            turn = sheet.page.rotation if sheet else 0
            digest = self._digest(number)
            files = crops.cut(ref.image, digest, [box for _, box in boxed], folder, turn) if digest else []
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
            image = self.refs[number].image
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
            image = self.refs[number].image
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


def _line(problem: Exception) -> str:
    return " ".join(str(problem).split())[:200] or type(problem).__name__
