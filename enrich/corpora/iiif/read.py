"""From manifests and collections to illustrations.

In: JSON files, or one address. Out: sources and drafts. Pages with recognised words (ALTO, hOCR, PAGE, or
line annotations) give the pictures their layout shows; annotations that tag a region as a picture give that
region; a manifest without any words is an object or an album, and every canvas of it is a picture. Nothing is
fetched for a local file unless the settings allow it; what a manifest names and a neighbouring file holds is
read from there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from enrich.corpora import crops, kinds, xml
from enrich.corpora.faults import CorpusError, Report, error, notice
from enrich.corpora.iiif.annotations import Note
from enrich.corpora.iiif.library import Library
from enrich.corpora.iiif.manifest import (
    Canvas,
    Collection,
    Manifest,
    Notes,
    NotIIIF,
    Painted,
    resource,
)
from enrich.corpora.iiif.names import source_ids, stem_names
from enrich.corpora.iiif.notes import page_of_notes
from enrich.corpora.iiif.service import image_address, page_address, size_of
from enrich.corpora.ocr import package
from enrich.corpora.ocr.captions import page_number
from enrich.corpora.ocr.drafts import Ref
from enrich.corpora.ocr.drafts import drafts as drafts_of_pages
from enrich.corpora.ocr.page import Page
from enrich.corpora.reading import Place
from enrich.corpora.table import Draft
from enrich.corpora.web import Unfetched, Web
from kg.nouns import Region, Source

Found = tuple[dict[str, Source], list[Draft]]

_PAGE_LABEL = re.compile(
    r"(?i)^\W*(?:p|pp|page|seite|s|f|ff|fol|folio|image|bild|view|vue|canvas|scan|nr|no)?\W*"
    r"(?:\d{1,5}\s*[rvab]?|[ivxlc]+)?\W*(?:\[\d+\])?\W*$"
)
_OUTSIDE = re.compile(
    r"(?i)\b((front|back|inside|upper|lower)[ -]*(front |back )?cover|cover|spine|endpapers?|flyleaf|"
    r"pastedown|"
    r"blank|title[ -]?page|colou?r (chart|checker|target)|vorderdeckel|r[üu]ckdeckel|einband|vorsatz|"
    r"nachsatz|"
    r"spiegel|titelblatt|farbinformation|farbkarte|leerseite|plat (sup[ée]rieur|inf[ée]rieur)|garde|"
    r"couverture|"
    r"page de titre)\b"
)


def read_files(files: Sequence[Path], place: Place, report: Report) -> Found:
    """The illustrations of local manifests and collections; each manifest is read once, whoever names it."""
    library = Library(files[0].parent)
    with Web(place.web, place.reading) as web:
        reader = _Reader(library, web, place.reading.fetch, place, report)
        for file in files:
            try:
                found = _parsed(xml.read_bytes(file))
            except (xml.Unreadable, NotIIIF) as problem:
                if len(files) == 1:
                    raise CorpusError(f"{file}: {problem}") from None
                report(error(file.name, f"{problem}; it is left out"))
                continue
            reader.add(found, file.name)
        return reader.finish()


def read_address(address: str, place: Place, report: Report) -> Found | None:
    """What lies at an address: a manifest or collection, or an OCR or TEI file. Raises `CorpusError`."""
    with Web(place.web, place.reading) as web:
        try:
            data = web.get(address)
        except Unfetched as problem:
            raise CorpusError(str(problem)) from None
        kind = kinds.kind_of(data[: kinds.HEAD])
        if kind == "iiif" or data.lstrip()[:1] == b"{":
            try:
                found = _parsed(data)
            except NotIIIF as problem:
                raise CorpusError(f"{address}: {problem}") from None
            reader = _Reader(None, web, True, place, report)
            reader.add(found, address)
            return reader.finish()
        if not kind:
            raise CorpusError(f"{address}: is neither IIIF nor ALTO, PAGE, hOCR, METS or TEI")
        name = re.sub(r"[^\w.-]", "_", unquote(urlsplit(address).path.rsplit("/", 1)[-1])) or f"{kind}.xml"
        if place.web is None:
            raise CorpusError(f"{address}: there is no folder to keep it in")
        folder = place.web / "named" / hashlib.sha256(address.encode()).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    from enrich.corpora.digital import read_digital

    return read_digital(folder / name, replace(place, base=address), report)


def _parsed(data: bytes) -> Manifest | Collection | Notes:
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotIIIF("is not UTF-8") from None
    except RecursionError:
        raise NotIIIF("is nested too deeply") from None
    except ValueError as problem:
        raise NotIIIF(f"is not JSON ({str(problem)[:120]})") from None
    return resource(value)


class _Reader:
    """Collects manifests, then makes drafts of each."""

    def __init__(self, library: Library | None, web: Web, fetch: bool, place: Place, report: Report) -> None:
        self.library, self.web, self.fetch, self.place, self.report = library, web, fetch, place, report
        self.manifests: dict[str, Manifest] = {}
        self.notes: dict[str, tuple[Note, ...]] = {}
        self.seen: set[str] = set()
        self.unasked: Counter[str] = Counter()
        self.refused = 0

    def add(self, found: Manifest | Collection | Notes, name: str) -> None:
        """Take in a resource and, of a collection, all its members; a circle of collections ends."""
        queue: deque[tuple[Manifest | Collection | Notes, str]] = deque([(found, name)])
        while queue:
            each, where = queue.popleft()
            if isinstance(each, Notes):
                for canvas, notes in each.of.items():
                    self.notes[canvas] = notes
                self.seen.add(each.id)
                continue
            own = each.id or where
            if isinstance(each, Manifest):
                if len(self.manifests) >= self.place.reading.manifests and own not in self.manifests:
                    self.refused += 1
                else:
                    self.manifests.setdefault(own, each)
                    self.seen.add(own)
                continue
            self.seen.add(own)
            queue.extend((inner, where) for inner in each.inner)
            for address, sort in each.members:
                if address in self.seen:
                    continue
                self.seen.add(address)
                if len(self.manifests) >= self.place.reading.manifests:
                    self.refused += 1
                    continue
                if (more := self._resource(address, sort)) is not None:
                    queue.append((more, address))

    def finish(self) -> Found:
        """Sources and drafts of everything taken in; what was not fetched is told once."""
        sources: dict[str, Source] = {}
        drafts: list[Draft] = []
        names = source_ids(list(self.manifests.values()))
        for own, manifest in self.manifests.items():
            source = Source(
                id=names[own],
                title=manifest.label or names[own],
                creator=manifest.creator,
                date=manifest.date,
                language=manifest.language,
                rights=manifest.rights,
                url=manifest.url,
                metadata=manifest.metadata,
            )
            drafts += self._of(manifest, source)
            sources[source.id] = source
        if self.unasked:
            named = ", ".join(f"{n} {what}" for what, n in self.unasked.most_common())
            self.report(notice("network", f"not fetched: {named}; --set read.fetch=true allows it"))
        if self.refused:
            limit = self.place.reading.manifests
            self.report(
                error("network", f"{self.refused} more manifests were left out (read.manifests = {limit})")
            )
        return sources, drafts

    # ---- getting things

    def _resource(self, address: str, sort: str) -> Manifest | Collection | Notes | None:
        data = self.library.json(address) if self.library else None
        try:
            if data is None:
                data = self._get(address, f"{sort}s")
            return _parsed(data) if data is not None else None
        except NotIIIF as problem:
            self.report(error(address, f"{problem}; it is left out"))
        return None

    def _get(self, address: str, what: str) -> bytes | None:
        if not self.fetch:
            self.unasked[what] += 1
            return None
        try:
            return self.web.get(address)
        except Unfetched as problem:
            place, _, reason = str(problem).partition(": ")
            self.report(error(place, f"{reason}; it is left out"))
            return None

    def _page(self, canvas: Canvas) -> Page | None:
        """The words of a canvas: from its OCR file, else from its annotations."""
        for address in canvas.texts:
            data = self.library.text(address) if self.library else None
            if data is None:
                data = self._get(address, "OCR files")
            if data is None:
                continue
            kind = kinds.kind_of(data[: kinds.HEAD])
            try:
                if kind not in package.KINDS:
                    raise xml.Unreadable("is neither ALTO, PAGE nor hOCR")
                pages, forgiven = package.load(data, kind)
            except xml.Unreadable as problem:
                self.report(error(address, f"{problem}; the page is read without it"))
                continue
            if forgiven:
                self.report(error(address, forgiven))
            return pages[0]
        notes = list(canvas.notes) + list(self.notes.get(canvas.id, ()))
        for address in canvas.lists:
            if address in self.seen and canvas.id in self.notes:
                continue
            found = self._resource(address, "annotation list")
            if isinstance(found, Notes):
                notes += [n for of in found.of.values() for n in of]
        return page_of_notes(canvas, notes) if notes else None

    # ---- making drafts

    def _of(self, manifest: Manifest, source: Source) -> list[Draft]:
        pages = [self._page(c) for c in manifest.canvases]
        stems = stem_names([c.id for c in manifest.canvases])
        worded = sum(p is not None for p in pages)
        named = sum(bool(c.texts or c.lists) for c in manifest.canvases)
        unread = [not self.fetch and _is_leaf(manifest, c) for c in manifest.canvases]
        self.place.say(
            f"{source.id}: IIIF manifest of {len(manifest.canvases)} canvases"
            + (f", {worded} with text" if worded else f", {named} with text not fetched" if named else "")
        )
        if not manifest.canvases:
            self.report(error(source.id, "the manifest has no canvas"))
        if worded:
            refs = [
                Ref(
                    stem,
                    address=page_address(c),
                    number=_number(c),
                    title=manifest.parts.get(c.id, ""),
                    page=page,
                    size=size_of(c),
                )
                for c, page, stem in zip(manifest.canvases, pages, stems, strict=True)
            ]
            quiet = replace(self.place, crops=None)
            found = drafts_of_pages(refs, source, quiet, self._but_pictures)
            by_stem = dict(zip(stems, manifest.canvases, strict=True))
            found = [self._pictured(d, by_stem[_stem_of(d.id, by_stem)]) for d in found]
            if any(b.lines for p in pages if p for b in p.blocks if b.role != "caption"):
                return found
        else:
            found = []
        if not self.place.reading.pages:
            return found
        marked = bool(found)
        return self._canvases(manifest, source, stems, unread, marked) + found

    def _canvases(
        self, manifest: Manifest, source: Source, stems: list[str], unread: list[bool], marked: bool
    ) -> list[Draft]:
        """The canvases that are pictures as a whole. `unread`: those with words that were not fetched;
        `marked`: regions were tagged, so that those with mere page numbers are the pages of a book.
        """
        drafts: list[Draft] = []
        outside = 0
        for number, (canvas, stem) in enumerate(zip(manifest.canvases, stems, strict=True), start=1):
            if unread[number - 1] or (marked and _has_page_label(manifest, canvas)):
                continue
            told = f"{canvas.label} {manifest.parts.get(canvas.id, '')}"
            if len(manifest.canvases) > 2 and _OUTSIDE.search(told):
                outside += 1
                continue
            drafts += self._whole(manifest, source, canvas, stem, number)
        if outside:
            self.report(
                notice(source.id, f"{outside} covers, endpapers, title pages and colour charts left out")
            )
        return drafts

    def _but_pictures(self, fault: object) -> None:
        """Whether pictures are there is known only after they were fetched."""
        from kg.nouns import Fault

        if (
            isinstance(fault, Fault)
            and "page image" not in fault.reason
            and "no folder was given" not in fault.reason
        ):
            self.report(fault)

    def _whole(
        self, manifest: Manifest, source: Source, canvas: Canvas, stem: str, number: int
    ) -> list[Draft]:
        """The images of a canvas that has no words: all of it, and those laid on parts of it."""
        drafts = []
        if not canvas.painted:
            self.report(notice(f"{source.id} {stem}", "the canvas has no image"))
        label = "" if _PAGE_LABEL.match(canvas.label) else canvas.label
        if not label and len(manifest.canvases) == 1 and not _PAGE_LABEL.match(manifest.label):
            label = manifest.label
        for place, painted in enumerate(canvas.painted):
            region = painted.target
            own = stem if place == 0 else f"{stem}-{place + 1}"
            draft = Draft(
                place=f"{source.id} {own}",
                source=source.id,
                id=own,
                image=None,
                page=page_number(_number(canvas)) or f"[{number}]",
                page_image=page_address(canvas),
                region=region,
                caption=label,
                heading=manifest.parts.get(canvas.id, ""),
                language=source.language,
                metadata=(("canvas", canvas.id),),
            )
            drafts.append(self._fetched(draft, painted, painted.part))
        return drafts

    def _pictured(self, draft: Draft, canvas: Canvas) -> Draft:
        """A draft of a page's layout with its picture, cut by the image service where there is one."""
        painted = next((p for p in canvas.painted if p.target is None), None)
        draft = replace(draft, metadata=(*draft.metadata, ("canvas", canvas.id)))
        if painted is None or draft.region is None:
            return draft
        box = draft.region
        if painted.part is not None:
            box = Region(box.x + painted.part.x, box.y + painted.part.y, box.width, box.height)
        return self._fetched(draft, painted, box)

    def _fetched(self, draft: Draft, painted: Painted, box: Region | None) -> Draft:
        address = image_address(painted, box, self.place.reading.image_size)
        draft = replace(draft, metadata=(*draft.metadata, ("image", address)) if address else draft.metadata)
        if not address:
            return draft
        if not self.fetch or self.place.crops is None:
            self.unasked["pictures"] += not self.fetch
            return draft
        suffix = Path(urlsplit(address).path).suffix.lower()
        try:
            file = self.web.file(address, suffix if suffix in (".png", ".tif", ".webp", ".gif") else ".jpg")
            if box is not None and (painted.level0 or not painted.service):
                file = self._cut(file, box)
        except (Unfetched, crops.Uncut) as problem:
            self.report(error(f"{draft.source} {draft.id}", f"{problem}; its text is kept"))
            return draft
        return replace(draft, image=file)

    def _cut(self, file: Path, box: Region) -> Path:
        digest = self.place.digests.of_all([file])[0]
        if isinstance(digest, OSError) or self.place.crops is None:
            raise crops.Uncut(f"{file.name} cannot be read")
        return crops.cut(file, digest, [box], self.place.crops)[0]


def _number(canvas: Canvas) -> str:
    """The label of a canvas without the word for page."""
    return re.sub(r"(?i)^\W*(p|page|seite|s|f|fol|folio)\b\W*", "", canvas.label)


def _is_leaf(manifest: Manifest, canvas: Canvas) -> bool:
    """Whether a canvas is the page of a book, with words that were not read: it names an OCR file, or
    annotations and has no name but a page number.
    """
    return bool(canvas.texts) or (bool(canvas.lists) and _has_page_label(manifest, canvas))


def _has_page_label(manifest: Manifest, canvas: Canvas) -> bool:
    label = canvas.label
    if not label and len(manifest.canvases) == 1:
        label = manifest.label
    return bool(_PAGE_LABEL.match(label))


def _stem_of(own: str, stems: dict[str, Canvas]) -> str:
    """The canvas of a draft: the longest stem that its id begins with."""
    return max((s for s in stems if own == s or own.startswith(f"{s}-")), key=len)
