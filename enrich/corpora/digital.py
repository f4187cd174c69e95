"""Digitised books as libraries deliver them: METS packages, OCR pages, TEI editions, IIIF manifests.

In: a file or folder. Out: sources and drafts, or None when it holds nothing of the kind. What a file is, its
content says (`kinds`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from enrich.corpora import kinds
from enrich.corpora.columns import read_book
from enrich.corpora.faults import CorpusError, Report, error
from enrich.corpora.reading import Place
from enrich.corpora.table import Draft
from kg.nouns import Source

OCR = ("alto", "page", "hocr")
#: Folders that hold the pages of the book in the folder above, and not a book of their own.
_PARTS = ("alto", "ocr", "page", "hocr", "xml", "text", "fulltext", "gt-page", "pages", "pagexml")

Found = tuple[dict[str, Source], list[Draft]]


def read_digital(path: Path, place: Place, report: Report) -> Found | None:
    """What `path` holds, None if it is nothing of the kind. Raises `CorpusError` for a file that is of the
    kind and cannot be read at all.
    """
    if path.is_file():
        kind = kinds.kind(path)
        return _read({kind: [path]}, path.parent, path.stem.split(".")[0], place, report) if kind else None
    found: dict[str, list[Path]] = defaultdict(list)
    for file in _candidates(path):
        if kind := kinds.kind(file):
            found[kind].append(file)
    if not found:
        for child in sorted(p for p in path.iterdir() if p.is_dir() and _is_part(p.name)):
            pages: dict[str, list[Path]] = defaultdict(list)
            for file in _candidates(child):
                if (kind := kinds.kind(file)) in OCR:
                    pages[kind].append(file)
            if pages:  # of several recognitions of the same pages the first is read
                found = pages
                break
    return _read(found, path, path.name, place, report) if found else None


def _is_part(name: str) -> bool:
    name = name.lower()
    return name in _PARTS or name.startswith("ocr-d-gt") or name.startswith("ocr-d-ocr")


def _candidates(folder: Path) -> Iterator[Path]:
    files = (p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    yield from sorted((p for p in files if p.suffix.lower() in kinds.SUFFIXES), key=kinds.natural)


def _read(found: dict[str, list[Path]], folder: Path, name: str, place: Place, report: Report) -> Found:
    """A METS or a manifest names the pages that belong to it; pages beside it are read through it only."""
    from enrich.corpora import xml

    sources: dict[str, Source] = {}
    drafts: list[Draft] = []
    given = read_book(folder)

    def add(source: Source, more: list[Draft]) -> None:
        sources[source.id] = source
        drafts.extend(more)

    one_file = sum(map(len, found.values())) == 1 and "mets" not in found
    for file in found.get("mets", ()):
        from enrich.corpora.ocr.package import read_mets

        own = folder.name if len(found["mets"]) == 1 else f"{folder.name}-{file.stem}"
        try:
            add(*read_mets(file, own, given if len(found["mets"]) == 1 else None, place, report))
        except xml.Unreadable as problem:
            if len(found["mets"]) == 1:
                raise CorpusError(f"{file}: {problem}") from None
            report(error(file.name, str(problem)))
    for file in found.get("tei", ()):
        from enrich.corpora.tei import read_tei

        try:
            about = given if len(found["tei"]) == 1 and not one_file else None
            add(*read_tei(file, about, place, report))
        except xml.Unreadable as problem:
            if len(found["tei"]) == 1:
                raise CorpusError(f"{file}: {problem}") from None
            report(error(file.name, str(problem)))
    if "iiif" in found:
        from enrich.corpora.iiif.read import read_files

        more_sources, more = read_files(found["iiif"], place, report)
        sources |= more_sources
        drafts += more
    pages = sorted((f for kind in OCR for f in found.get(kind, ())), key=kinds.natural)
    if pages and not ({"mets", "iiif"} & set(found)):
        from enrich.corpora.ocr.package import read_pages

        source = given or Source(id=name, title=name)
        spoken, more = read_pages(pages, source, place, report)
        add(spoken, more)
    return sources, drafts
