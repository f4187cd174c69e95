"""METS: which files make up a book or an issue, in which order, what it is called, and which blocks of its
pages are one article.

In: the root element. Out: a `Package` of plain data; no file it names is opened. Profiles that are read:
ENMAP and docWorks (areas that point at blocks), BnF (Dublin Core), DFG (MODS, structLink), OCR-D.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from enrich.corpora import codes
from enrich.corpora.xml import local, text_of

_HREF = "{http://www.w3.org/1999/xlink}href"
_FROM, _TO = "{http://www.w3.org/1999/xlink}from", "{http://www.w3.org/1999/xlink}to"
_ARTICLES = ("article", "section", "chapter", "advertis", "poem", "letter", "review", "feuilleton", "essay",
             "contained_work", "obituar", "weather")  # fmt: skip
_PARTS = ("picture", "illustration", "image", "article", "section", "advert", "chapter")
_NAMELESS = frozenset(["", "untitled", "sans titre", "ohne titel", "[untitled]", "unknown"])
_SMALL = ("thumb", "min", "bin", "teaser", "colorprofile")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page: the files about it as (kind, address), best first; kind is "text" or "image"."""

    id: str
    number: str
    files: tuple[tuple[str, str], ...]
    file_ids: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Package:
    """What a METS file says. `articles`: file id → block id → article id; `captions`: file id → picture's
    block id → ids of its caption's blocks; `titles`: article id → title; `volumes`: addresses of other
    METS files.
    """

    record: dict[str, str]
    metadata: tuple[tuple[str, str], ...]
    leaves: tuple[Leaf, ...]
    articles: dict[str, dict[str, str]] = field(default_factory=dict)
    captions: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()


def read(root: etree._Element) -> Package:
    """The package that a METS root describes."""
    files, ranks = _files(root)
    maps = {(m.get("TYPE") or "").lower(): m for m in _all(root, "structMap")}
    physical = maps.get("physical", next(iter(_all(root, "structMap")), None))
    logical = maps.get("logical")
    records = {d.get("ID", ""): d for d in _all(root, "dmdSec")}
    titles, articles, captions = _logical(logical, records) if logical is not None else ({}, {}, {})
    linked = _linked(root, logical, records)
    leaves = tuple(_leaves(physical, files, ranks, linked)) if physical is not None else ()
    record, metadata = _record(root, logical, physical, records)
    return Package(
        record,
        metadata,
        leaves,
        articles,
        captions,
        titles,
        {i: address for i, (_, address) in files.items()},
        tuple(dict.fromkeys(a for m in _all(root, "mptr") if (a := m.get(_HREF) or ""))),
    )


def _all(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return root.iter("{*}" + name)


# ---- files and pages


def _files(root: etree._Element) -> tuple[dict[str, tuple[str, str]], dict[str, int]]:
    """(file id → (kind, address), file id → rank among the files of a page, the lower the better)."""
    files: dict[str, tuple[str, str]] = {}
    ranks: dict[str, int] = {}
    for number, node in enumerate(_all(root, "file")):
        place = next(node.iter("{*}FLocat"), None)
        address = (place.get(_HREF) or place.get("href") or "") if place is not None else ""
        if not address:  # BnF of other years writes xlink under another namespace
            address = (
                next((str(v) for k, v in place.attrib.items() if str(k).endswith("href")), "")
                if place is not None
                else ""
            )
        parent = node.getparent()
        use = (
            ((parent.get("USE") or "") if parent is not None else "").lower()
            + " "
            + (node.get("USE") or "").lower()
        )
        mime = (node.get("MIMETYPE") or "").lower()
        own = node.get("ID", "")
        kind = _kind(mime, use, address, own)
        if not (own and address and kind):
            continue
        files[own] = (kind, address)
        if kind == "image":
            ranks[own] = 1000 * any(word in use for word in _SMALL) + 100 * ("default" in use) + number % 7
        else:
            ranks[own] = (0 if "page" in mime or "page" in use else 1) * 100_000 - number
    return files, ranks


def _kind(mime: str, use: str, address: str, own: str) -> str:
    if mime.startswith("image/") or re.search(r"(?i)\.(jpe?g|tiff?|png|jp2|webp)$", address):
        return "image"
    told = f"{mime} {use} {address} {own}".lower()
    if "pdf" in mime or "toc" in use.split() or not ("xml" in told or "html" in told or "hocr" in told):
        return ""
    if any(word in told for word in ("alto", "page", "ocr", "fulltext", "hocr", "text")):
        return "text"
    return ""


def _leaves(
    physical: etree._Element, files: dict[str, tuple[str, str]], ranks: dict[str, int], linked: dict[str, str]
) -> Iterator[Leaf]:
    """The deepest divs that point at files, in their order."""
    for div in _all(physical, "div"):
        pointers = [p for p in div if local(p) == "fptr"]
        if not pointers:
            continue
        ids = [
            i
            for pointer in pointers
            for node in pointer.iter()
            if isinstance(node.tag, str) and (i := node.get("FILEID")) in files
        ]
        if not ids:
            continue
        if (div.get("TYPE") or "").lower() in ("physsequence", "volume", "book"):
            continue
        ids.sort(key=lambda i: ranks[i])
        own = div.get("ID", "")
        number = div.get("ORDERLABEL") or div.get("LABEL") or ""
        yield Leaf(own, number, tuple(dict.fromkeys(files[i] for i in ids)), tuple(ids), linked.get(own, ""))


# ---- articles and captions


def _logical(
    logical: etree._Element, records: dict[str, etree._Element]
) -> tuple[dict[str, str], dict[str, dict[str, str]], dict[str, dict[str, tuple[str, ...]]]]:
    titles: dict[str, str] = {}
    articles: dict[str, dict[str, str]] = {}
    captions: dict[str, dict[str, tuple[str, ...]]] = {}

    def walk(div: etree._Element, article: str, depth: int) -> None:
        if depth > 200:
            return
        sort = (div.get("TYPE") or "").lower()
        if any(word in sort for word in _ARTICLES) and "title" not in sort:
            article = div.get("ID", "") or article
            titles[article] = _title(div, records)
        if sort in ("illustration", "picture", "image") and any(local(c) == "div" for c in div):
            _pictures(div, captions)
        elif sort in ("illustration", "picture", "image"):
            for file, block in _areas(div):
                captions.setdefault(file, {}).setdefault(block, ())
        for child in div:
            if local(child) == "div":
                walk(child, article, depth + 1)
            elif local(child) == "fptr" and article:
                for file, block in _areas(child, deep=True):
                    articles.setdefault(file, {})[block] = article

    for top in logical:
        if local(top) == "div":
            walk(top, "", 0)
    return titles, articles, captions


def _pictures(div: etree._Element, captions: dict[str, dict[str, tuple[str, ...]]]) -> None:
    """A picture with its caption: areas in CAPTION divs are the caption of the areas in the others."""
    pictures, words = [], []
    for child in _all(div, "div"):
        if child is div:
            continue
        sort = (child.get("TYPE") or "").lower()
        if "caption" in sort or "legend" in sort:
            words += list(_areas(child, deep=True))
        elif sort in ("image", "picture", "illustration"):
            pictures += list(_areas(child))
    for file, block in pictures:
        captions.setdefault(file, {})[block] = tuple(b for f, b in words if f == file)


def _areas(node: etree._Element, deep: bool = False) -> Iterator[tuple[str, str]]:
    """(file id, block id) of the areas below a div, not of those of divs in it unless `deep`."""
    nodes = (
        node.iter("{*}area") if deep else (a for p in node if local(p) == "fptr" for a in p.iter("{*}area"))
    )
    for area in nodes:
        if area.get("BEGIN") and area.get("FILEID"):
            yield area.get("FILEID", ""), area.get("BEGIN", "")


def _title(div: etree._Element, records: dict[str, etree._Element]) -> str:
    label = " ".join((div.get("LABEL") or "").split())
    if label.lower() not in _NAMELESS:
        return label
    for name in (div.get("DMDID") or "").split():
        found = _mods_title(records.get(name))
        if found.lower() not in _NAMELESS:
            return found
    return ""


def _linked(
    root: etree._Element, logical: etree._Element | None, records: dict[str, etree._Element]
) -> dict[str, str]:
    """Page → title of the deepest part that a structLink ties it to."""
    if logical is None:
        return {}
    titles = {d.get("ID", ""): _title(d, records) for d in list(_all(logical, "div"))[1:]}
    found: dict[str, str] = {}
    for link in _all(root, "smLink"):
        title = titles.get((link.get(_FROM) or "").lstrip("#"), "")
        if title:
            found[(link.get(_TO) or "").lstrip("#")] = title
    return found


# ---- what the whole is


def _record(
    root: etree._Element,
    logical: etree._Element | None,
    physical: etree._Element | None,
    records: dict[str, etree._Element],
) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """Title, creator, date, language, rights, url; and what else is worth keeping."""
    named: list[str] = []
    for structure in (logical, physical):
        if structure is not None:
            for div in _all(structure, "div"):
                if not any(word in (div.get("TYPE") or "").lower() for word in (*_PARTS, "page", "object")):
                    named += [n for n in (div.get("DMDID") or "").split() if n not in named]
    chosen = [records[n] for n in reversed(named) if n in records] or list(records.values())[:1]
    chosen += [r for i, r in records.items() if "PRINT" in i and r not in chosen]
    record: dict[str, str] = {}
    metadata: list[tuple[str, str]] = []
    languages: set[str] = set()
    for section in chosen:
        for key, value in _fields(section, metadata):
            if key == "language":
                languages.add(value)
            elif value and not record.get(key):
                record[key] = value
    languages.discard("")
    if len(languages) == 1:  # of a bilingual newspaper nobody knows which page is in which
        record["language"] = languages.pop()
    label = " ".join((root.get("LABEL") or "").split())
    if label and (not record.get("title") or record["title"] in label):
        record["title"] = label
    if not record.get("date") and label:
        record["date"] = codes.date(label)
    if not record.get("rights"):
        record["rights"] = next((t for n in _all(root, "license") if (t := text_of(n))), "")
    own = root.get("OBJID") or ""
    if own.startswith("http"):
        record["url"] = own
    elif own:
        metadata.append(("identifier", own))
    return record, tuple(dict.fromkeys(metadata))


def _fields(section: etree._Element, metadata: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Fields of one MODS or Dublin Core record. Related items are other books."""
    for node in section.iter():
        name = local(node)
        if not name or any(local(a) == "relatedItem" for a in node.iterancestors()):
            continue
        text = text_of(node)
        above = node.getparent()
        parent = local(above) if above is not None else ""
        if name == "titleInfo" and node.get("type") is None:
            yield "title", _title_info(node)
        elif name == "title" and parent != "titleInfo" and not _qualified(node):
            yield "title", text
        elif name == "name" and parent == "mods":
            yield "creator", _name(node)
        elif name == "creator":
            yield "creator", text
        elif name in ("dateIssued", "date") or (name == "dateCreated" and parent == "originInfo"):
            yield "date", codes.date(text)
        elif name in ("languageTerm", "language") and not len(node):
            yield "language", codes.language(text)
        elif name == "accessCondition":
            address = node.get(_HREF) or ""
            if "restriction" not in (node.get("type") or ""):
                yield "rights", address or text
        elif name == "rights":
            yield "rights", text
        elif name == "url" or (name == "identifier" and text.startswith("http")):
            yield "url", text
        elif (
            name in ("publisher", "placeTerm", "identifier", "shelfLocator", "partNumber", "extent") and text
        ):
            metadata.append((name, text))


def _qualified(node: etree._Element) -> bool:
    return any(str(k).endswith("}type") for k in node.attrib)


def _mods_title(section: etree._Element | None) -> str:
    if section is None:
        return ""
    info = next((t for t in (_title_info(n) for n in section.iter("{*}titleInfo")) if t), "")
    return info or next((text_of(n) for n in section.iter("{http://purl.org/dc/elements/1.1/}title")), "")


def _title_info(node: etree._Element) -> str:
    parts = {local(c): text_of(c) for c in node}
    title = " ".join(p for p in (parts.get("nonSort", ""), parts.get("title", "")) if p)
    return f"{title}: {parts['subTitle']}" if title and parts.get("subTitle") else title


def _name(node: etree._Element) -> str:
    shown = next((text_of(c) for c in node if local(c) == "displayForm"), "")
    if shown:
        return shown
    parts = {c.get("type") or "": text_of(c) for c in node if local(c) == "namePart"}
    whole = " ".join(p for p in (parts.get("given", ""), parts.get("family", "")) if p)
    return whole or parts.get("", "")
