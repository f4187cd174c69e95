"""From pages with recognised words to illustrations: a METS package, or a folder of ALTO, PAGE or hOCR files.

In: files. Out: one `Source` and its `Draft`s in the order of the pages: each picture with its caption, the
text around it (over page breaks, within its article), its region on the page, and where every passage stands.
What cannot be read is one fault with its file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from lxml import etree

from enrich.corpora import codes, kinds, xml
from enrich.corpora.faults import Report, error
from enrich.corpora.images import SUFFIXES as IMAGE_SUFFIXES
from enrich.corpora.ocr import alto, hocr, mets, pagexml
from enrich.corpora.ocr.context import NEIGHBOURS
from enrich.corpora.ocr.drafts import Ref, drafts, file_name
from enrich.corpora.ocr.files import Files
from enrich.corpora.ocr.page import Page
from enrich.corpora.reading import Place
from enrich.corpora.table import Draft
from enrich.corpora.web import Unfetched, Web
from kg.nouns import Source

KINDS = ("alto", "page", "hocr")


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
    with Web(place.web, place.reading) if place.fetch else nullcontext() as web:  # a client costs 50 ms
        return _read_package(package, file, Files(file.parent, place, web), source_id, given, place, report)


def _read_package(
    package: mets.Package,
    file: Path,
    files: Files,
    source_id: str,
    given: Source | None,
    place: Place,
    report: Report,
) -> tuple[Source, list[Draft]]:
    refs: list[Ref] = []
    lost: list[str] = []
    unasked = 0
    seen: set[str] = set()
    for order, leaf in enumerate(package.leaves, start=1):
        texts = [a for k, a in leaf.files if k == "text"]
        images = [a for k, a in leaf.files if k == "image"]
        text, used = next(((p, a) for a in texts if (p := files.find(a))), (None, ""))
        image = next((p for a in images if (p := files.find(a, IMAGE_SUFFIXES))), None)
        own = leaf.id or str(order)
        stem = text.name.split(".")[0] if text else (image.stem if image else own)
        if text is None and texts:
            text, used, reason = _fetched(texts, files)
            if text is None:
                unasked += not reason and all(a.startswith("http") for a in texts)
                lost.append(reason or texts[0])
        address = next((r for a in images if (r := files.remote(a) or a).startswith("http")), "")
        if text is None and image is None and not address:
            refs.append(Ref(own, number=leaf.number))
            continue
        ids = tuple(i for i in leaf.file_ids if text is None or package.addresses[i] == used)
        refs.append(Ref(own if stem in seen else stem, text, image, address, leaf.number, ids, leaf.title))
        seen.add(stem)
    if lost:
        where = f"not there, first {lost[0]}"
        if unasked == len(lost):
            where = "on the network and were not fetched; --set read.fetch=true allows it"
        report(error(file.name, f"{len(lost)} of {len(refs)} pages are {where}"))
    source = _source(source_id, package.record, package.metadata, given)
    if not refs:
        why = "it has no physical structure that points at files"
        if package.volumes:
            why = f"it stands for {len(package.volumes)} volumes; give one of them, as {package.volumes[0]}"
        report(error(file.name, f"names no page ({why})"))
    else:
        place.say(
            f"{file.name}: METS of {len(refs)} pages, {sum(r.text is not None for r in refs)} with text, "
            f"{sum(r.image is not None for r in refs)} with image"
        )
    scan = files.fetch if place.fetch else None
    return source, drafts(_expanded(refs, report), source, place, report, package, scan)


def _fetched(addresses: Sequence[str], files: Files) -> tuple[Path | None, str, str]:
    """(the first recognition of a page that can be fetched, its name in the METS, why none can)."""
    reason = ""
    for name in addresses:
        address = files.remote(name)
        if not address:
            continue
        try:
            return files.fetch(address, ".xml"), name, ""
        except Unfetched as problem:
            reason = reason or str(problem)
    return None, "", reason


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
    images = Files(folder, place)
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
    names = Counter({ref.text: ref.kind for ref in matched if ref.kind}.values())
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
            data = xml.read_bytes(ref.text)
            kind = kinds.kind_of(data[: kinds.HEAD])
            pages, forgiven = load(data, kind)
        except (xml.Unreadable, etree.LxmlError, RecursionError) as problem:
            report(error(file_name(ref), f"{_line(problem)}; the page is left out"))
            out.append(replace(ref, text=None))
            continue
        if forgiven:
            report(error(file_name(ref), forgiven))
        for number, page in enumerate(pages, start=1):
            stem = ref.stem if len(pages) == 1 else f"{ref.stem}-{number}"
            out.append(replace(ref, stem=stem, page=page, kind=kind))
    return out


def _line(problem: Exception) -> str:
    return " ".join(str(problem).split())[:200] or type(problem).__name__
