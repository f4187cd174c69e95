"""What the tags and types of blocks mean, whoever gave them: docWorks, Transkribus, eScriptorium, OCR-D."""

from __future__ import annotations

import re
from functools import lru_cache

#: What tags and types of blocks say, in the words that occur, as roles.
ROLES = {
    "caption": "caption", "legend": "caption", "figure-caption": "caption", "illustrationcaption": "caption",
    "title": "heading", "heading": "heading", "headline": "heading", "subheadline": "heading",
    "header": "header", "running-head": "header", "runninghead": "header", "running title": "header",
    "runningtitle": "header", "runningtitlezone": "header", "footer": "footer",
    "page-number": "page-number", "pagenumber": "page-number", "pagenum": "page-number",
    "numberingzone": "page-number", "folio": "page-number", "pagination": "page-number",
    "signature-mark": "furniture", "signaturemark": "furniture", "quiremarkszone": "furniture",
    "catch-word": "furniture", "catchword": "furniture", "drop-capital": "furniture",
    "stampzone": "furniture", "dropcapitalzone": "furniture",
    "mainzone:head": "heading", "titlepagezone": "", "figdesc": "caption", "illustration_caption": "caption",
    "advertisement": "",
}  # fmt: skip
_PARTS = re.compile(r"[:#/]")
_GRAPHIC = re.compile(
    r"illustration|photo|image|picture|drawing|figure|engraving|graphic|ornament|decoration|\bmap\b"
)


@lru_cache(maxsize=1000)
def role_of(tag: str) -> str:
    """The role that a tag gives to words: "caption", "heading" … , "" for none that is known.

    >>> role_of("GraphicZone:figDesc"), role_of("NumberingZone:page#1"), role_of("MainZone")
    ('caption', 'page-number', '')
    """
    tag = tag.lower()
    if tag in ROLES:
        return ROLES[tag]
    parts = _PARTS.split(tag)
    found = next((ROLES[p] for p in (":".join(parts[:2]), *reversed(parts)) if ROLES.get(p)), "")
    return found or ("caption" if "caption" in tag else "")


@lru_cache(maxsize=1000)
def picture_of(tag: str) -> str:
    """What sort of picture a tag speaks of, "" where it speaks of words.

    >>> picture_of("GraphicZone:illustration"), picture_of("Figure"), picture_of("GraphicZone:figDesc")
    ('illustration', 'figure', '')
    """
    tag = tag.lower()
    if role_of(tag) or not _GRAPHIC.search(tag):
        return ""
    base, _, sort = tag.replace("#", ":").partition(":")
    return (sort or "illustration") if base == "graphiczone" else tag
