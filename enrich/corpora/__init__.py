"""Reading corpora: whatever a collection looks like on disk becomes one `Corpus` of sources and
illustrations.

In: a folder or file. Out: `(Corpus, list[Fault])`; what cannot be read is a fault with its place, and a
corpus that cannot be read at all raises `CorpusError`. Recognised, in this order:

1. a table file (CSV, JSON Lines, Parquet), or a folder with `illustrations.*`, `metadata.*` or `data.*` in
   it;
2. METS, ALTO, PAGE, hOCR, TEI or a IIIF manifest or collection: the file, the folder it lies in, or its
   address;
3. a folder with a Project Gutenberg HTML file in it (or in its `NNNNN-h/` folder), or that file;
4. a folder of such folders: one corpus of many sources;
5. any other folder: its image files, however deep.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from enrich.corpora.columns import read_book
from enrich.corpora.digests import Digests
from enrich.corpora.digital import read_digital
from enrich.corpora.faults import CorpusError, Report, error
from enrich.corpora.gutenberg_files import html_files
from enrich.corpora.images import image_files
from enrich.corpora.reading import Place, Reading
from enrich.corpora.rows import SUFFIXES
from enrich.corpora.table import Draft, read_table
from kg.nouns import Corpus, Fault, Illustration, Source

__all__ = ["CorpusError", "Digests", "Reading", "is_address", "read"]

DEPTH = 3  # folders of folders that are looked into for books
TABLE_NAMES = ("illustrations", "metadata", "data")

Found = tuple[dict[str, Source], list[Draft]]


def read(
    path: Path | str,
    mapping: Mapping[str, str] | None = None,
    corpus_id: str | None = None,
    images: Path | str | None = None,
    digests: Digests | None = None,
    reading: Reading | None = None,
    work: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> tuple[Corpus, list[Fault]]:
    """Read the corpus at `path`, a file, a folder or an address (`https://…`).

    `mapping` is field → column of the user's table (`{"caption": "legend"}`), `images` the folder that the
    table's image paths are relative to (default: the table's own), `digests` the memory of image digests
    (default: every image is read), `reading` what else a user can say. Below the folder `work` (the store)
    pictures cut out of pages and answers of servers are kept; without it no picture is cut out. `say` is told
    in a line each what was recognised. Raises `CorpusError` with one line if there is nothing to read.
    """
    if images is not None and not Path(images).is_dir():
        raise CorpusError(f"{images}: no such folder (--images)")
    faults: list[Fault] = []
    place = Place(
        reading or Reading(),
        work / "media" / "crops" if work else None,
        work / "cache" / "web" if work else None,
        digests or Digests(),
        say,
        Path(images).resolve() if images else None,
    )
    if is_address(str(path)):
        from enrich.corpora.iiif.read import read_address

        found: Found | None = read_address(str(path), place, faults.append)
        name = address_name(str(path))
    else:
        path = Path(path)
        if not path.exists():
            raise CorpusError(f"{path}: no such file or folder")
        path = path.resolve()
        found = _read_any(path, mapping or {}, place, faults.append)
        name = path.stem if path.is_file() and path.stem not in TABLE_NAMES else _folder(path).name
    if found is None:
        raise CorpusError(
            f"{path}: neither a table, nor METS, ALTO, PAGE, hOCR, TEI, IIIF or a Project Gutenberg book, "
            "nor images in it"
        )
    sources, drafts = found
    illustrations = _finish(drafts, place.digests, faults.append)
    name = corpus_id or name
    used = {i.source for i in illustrations}
    corpus = Corpus(name, tuple(s for s in sources.values() if s.id in used), tuple(illustrations))
    if not illustrations:
        raise CorpusError(
            f"{path}: holds no illustration that can be read" + (f" ({faults[0].reason})" if faults else "")
        )
    return corpus, faults


def is_address(text: str) -> bool:
    """Whether a corpus is named by an address and not by a path."""
    return text.startswith(("http://", "https://"))


def address_name(address: str) -> str:
    """A name for the corpus at an address: the last part of it that says something."""
    parts = [p for p in urlsplit(address).path.split("/") if p]
    telling = [p for p in parts if not re.fullmatch(r"(?i)(manifest|collection|index|info)(\.json)?", p)]
    return unquote(
        (telling or parts or [urlsplit(address).netloc])[-1].removesuffix(".json").removesuffix(".xml")
    )


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _read_any(path: Path, mapping: Mapping[str, str], place: Place, report: Report) -> Found | None:
    one = _read_one(path, mapping, place, report)
    if one is not None or path.is_file():
        return one
    many = _read_many(path, mapping, place, report)
    return many if many is not None else _read_images(path)


def _read_one(path: Path, mapping: Mapping[str, str], place: Place, report: Report) -> Found | None:
    """A single source: a table, a digitised or an edited book. None when `path` is none of these."""
    table = path if path.is_file() and path.suffix.lower() in SUFFIXES else _table_in(path)
    if table is not None:
        folder = table.parent
        book = read_book(folder)
        stem = folder.name if table.stem in TABLE_NAMES else table.stem
        return read_table(table, place.images or folder, mapping, book or Source(id=stem), report)
    digital = read_digital(path, place, report)
    if digital is not None:
        return digital
    books = html_files(path)
    if not books:
        return None
    from enrich.corpora.gutenberg import read_gutenberg  # lxml is only needed here

    sources: dict[str, Source] = {}
    drafts: list[Draft] = []
    folder = _folder(path)
    given = read_book(folder)
    for file in books:
        name = folder.name if len(books) == 1 and path.is_dir() else file.stem
        source, more = read_gutenberg(file, name, given if len(books) == 1 else None, report)
        if more:
            sources[source.id] = source
            drafts += more
    return (sources, drafts) if drafts else None


def _table_in(folder: Path) -> Path | None:
    if not folder.is_dir():
        return None
    for name in TABLE_NAMES:
        found = [folder / f"{name}{suffix}" for suffix in SUFFIXES if (folder / f"{name}{suffix}").is_file()]
        if len(found) > 1:
            raise CorpusError(f"{folder}: has both {found[0].name} and {found[1].name}; name the one to read")
        if found:
            return found[0]
    return None


def _read_many(
    folder: Path, mapping: Mapping[str, str], place: Place, report: Report, depth: int = 0
) -> Found | None:
    """A folder of corpora, or of folders of corpora. A folder among them that cannot be read is one fault.
    None when there is none.
    """
    sources: dict[str, Source] = {}
    drafts: list[Draft] = []
    recognised = False
    for child in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        below = partial(_report_under, report, child.name)
        try:
            found = _read_one(child, mapping, place, below)
            if found is None and depth < DEPTH:
                found = _read_many(child, mapping, place, below, depth + 1)
        except CorpusError as problem:
            report(error(child.name, str(problem)))
            recognised = True
            continue
        if found is None:
            continue
        recognised = True
        renamed = {
            s: f"{child.name}-{s}" if s in sources else s for s in found[0]
        }  # two folders, one source id
        sources |= {renamed[s]: replace(source, id=renamed[s]) for s, source in found[0].items()}
        drafts += [replace(d, source=renamed[d.source], place=f"{child.name}/{d.place}") for d in found[1]]
    return (sources, drafts) if recognised else None


def _report_under(report: Report, folder: str, fault: Fault) -> None:
    report(replace(fault, place=f"{folder}/{fault.place}"))


def _read_images(folder: Path) -> Found | None:
    """A bare folder of images. The path below the folder, suffix included, is an illustration's id."""
    files = list(image_files(folder))
    if not files:
        return None
    source = read_book(folder) or Source(id=folder.name, title=folder.name)
    names = [f.relative_to(folder).as_posix() for f in files]
    drafts = [
        Draft(place=name, source=source.id, id=name, image=file, language=source.language)
        for name, file in zip(names, files, strict=True)
    ]
    return {source.id: source}, drafts


def _finish(drafts: list[Draft], digests: Digests, report: Report) -> list[Illustration]:
    """Digest the images and make the illustrations, unique by source and id."""
    unique: dict[tuple[str, str], Draft] = {}
    for draft in drafts:
        first = unique.setdefault((draft.source, draft.id), draft)
        if first is not draft:
            report(
                error(
                    draft.place,
                    f"the id {draft.id!r} was used before, at {first.place}; the row was left out",
                )
            )
    found = digests.of_all([d.image for d in unique.values() if d.image])
    answers = iter(found)
    illustrations = []
    for draft in unique.values():
        answer = next(answers) if draft.image else ""
        if isinstance(answer, OSError):
            report(error(draft.place, f"{draft.image} cannot be read ({answer.strerror})"))
            answer = ""
        illustrations.append(
            Illustration(
                source=draft.source,
                id=draft.id,
                image=draft.image if answer else None,
                image_digest=answer,
                page=draft.page,
                page_image=draft.page_image,
                region=draft.region,
                caption=draft.caption,
                heading=draft.heading,
                text_before=draft.text_before,
                text_after=draft.text_after,
                language=draft.language,
                metadata=draft.metadata,
                passages=draft.passages,
                page_file=draft.page_file,
            )
        )
    return illustrations
