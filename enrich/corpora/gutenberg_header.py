"""What a Project Gutenberg HTML book says about itself: title, author, language, number, printing year.

In: the parsed file. Out: a `Source`. Headers of all ages are read: the text block of the first decades, the
marked-up one of today; where there is none, `<meta>` and `<title>` must do.
"""

from __future__ import annotations

import re

from lxml import etree, html

from kg.nouns import Source

HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
BLOCKS = HEADINGS | frozenset(
    [
        "p",
        "div",
        "li",
        "dd",
        "dt",
        "blockquote",
        "table",
        "tr",
        "td",
        "th",
        "figure",
        "figcaption",
        "section",
        "article",
        "center",
        "pre",
        "ul",
        "ol",
        "dl",
        "hr",
    ]
)
PG_START = re.compile(r"\*\*\*\s*START OF (THE|THIS) PROJECT GUTENBERG", re.I)
LANGUAGES = {
    "english": "en", "german": "de", "french": "fr", "italian": "it", "spanish": "es", "dutch": "nl",
    "latin": "la", "portuguese": "pt", "finnish": "fi", "swedish": "sv", "danish": "da", "norwegian": "no",
    "polish": "pl", "hungarian": "hu", "greek": "el", "catalan": "ca", "czech": "cs", "esperanto": "eo",
}  # fmt: skip


def read_source(root: html.HtmlElement, source_id: str) -> Source:
    """The book as its Project Gutenberg header describes it, else its `<meta>` elements, else its
    `<title>`.
    """
    meta: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("name") or element.get("property") or "").lower()
        name = {"dcterms.creator": "dc.creator", "dcterms.title": "dc.title"}.get(name, name)
        if element.get("content"):
            meta.setdefault(name, " ".join(element.get("content").split()))
    header = _header_lines(root)
    title = header.get("title") or meta.get("dc.title") or _title(root)
    creator = header.get("author") or meta.get("dc.creator") or meta.get("author") or ""
    language = LANGUAGES.get(header.get("language", "").lower(), "")
    language = language or (meta.get("dc.language") or root.get("lang") or root.get("xml:lang") or "").lower()
    number = re.search(r"#\s?(\d+)", header.get("release date", "") + header.get("ebook", ""))
    return Source(
        id=source_id,
        title=title,
        creator=creator,
        language=language,
        date=_printed_year(header),
        rights="Public domain in the USA" if header else "",
        url=f"https://www.gutenberg.org/ebooks/{number[1]}" if number else "",
        metadata=tuple((k, header[k]) for k in ("illustrator", "translator", "editor") if header.get(k)),
    )


def _header_lines(root: html.HtmlElement) -> dict[str, str]:
    """ "Title: …", "Author: …", "Language: …" of the Project Gutenberg header, old (text) and new (marked
    up).
    """
    text = _lines(root)
    start = PG_START.search(text)
    if start is None:
        return {}
    head = text[: start.start()]
    fields: dict[str, str] = {}
    names = "Title|Author|Illustrator|Translator|Editor|Language|Release Date|Original publication"
    pattern = rf"^[ \t]*({names})\s*:\s*"
    for match in re.finditer(pattern + r"(.+?)(?=\n\s*\n|^[ \t]*[A-Z][\w ]{2,24}:|\Z)", head, re.M | re.S):
        fields.setdefault(match[1].lower(), " ".join(match[2].split()))
    ebook = re.search(r"\[?EBook\s*(#\s?\d+)", head, re.I)
    if ebook:
        fields["ebook"] = ebook[1]
    return fields


def _printed_year(header: dict[str, str]) -> str:
    """The printing year, which only newer headers give ("Original publication: Leipzig: Velhagen, 1897")."""
    years = re.findall(r"\b1[4-9]\d\d\b", header.get("original publication", ""))
    return years[-1] if years else ""


def _title(root: html.HtmlElement) -> str:
    text = " ".join((root.findtext(".//title") or "").split())
    text = re.sub(r"(?i)^the project gutenberg e-?(book|text) (of )?", "", text)
    return re.sub(r"(?i)[\s.,—–|-]*(a |the )?project gutenberg('s)? e-?(book|text).*$", "", text).strip(
        " .,—"
    )


def _lines(root: html.HtmlElement) -> str:
    """The text of a document with a line per block, as a header is read."""
    parts: list[str] = []
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        if node.tag in BLOCKS or node.tag == "br":
            parts.append("\n\n" if event == "end" else "\n")
        parts.append((node.text if event == "start" else node.tail) or "")
    return "".join(parts)
