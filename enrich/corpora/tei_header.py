"""What a TEI header says of the printed source: title, creator, date, language, rights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lxml import etree

from enrich.corpora import codes
from enrich.corpora.xml import local, text_of
from kg.nouns import Source

_ID = "{http://www.w3.org/XML/1998/namespace}id"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def source_of(root: etree._Element, file: Path, given: Source | None) -> Source:
    """The source a TEI file is an edition of; what `given` (a `book.json`) says wins."""
    header = next(root.iter("{*}teiHeader"), None)
    own = root.get(_ID) or file.name.split(".")[0]
    made = Source(id=own, title=own)
    if header is not None:
        printed = next(header.iter("{*}sourceDesc"), None)
        edition = header.find("{*}fileDesc/{*}titleStmt")
        title = _title(printed) or _title(edition)
        licence = next(header.iter("{*}licence"), None)
        rights = (licence.get("target") or text_of(licence)) if licence is not None else ""
        made = replace(
            made,
            title=title or own,
            creator=_creator(printed) or _creator(edition, editors=False),
            date=_date(printed),
            language=_language(root, header),
            rights=rights or text_of(next(header.iter("{*}availability"), None)),
            url=next(
                (t for n in header.iter("{*}idno") if (t := text_of(n)).startswith("http") and not len(n)), ""
            ),
        )
    if given is None:
        return made
    names = ("title", "creator", "date", "language", "rights", "url")
    told = {name: getattr(given, name) for name in names if getattr(given, name)}
    return replace(made, id=given.id, metadata=given.metadata, **told)


def _title(node: etree._Element | None) -> str:
    """Main and sub title; of a bibliographic description without titles its first words."""
    if node is None:
        return ""
    for statement in [node, *node.iter("{*}titleStmt", "{*}monogr")]:
        titles = [t for t in statement.findall("{*}title") if text_of(t)]
        if titles:
            main = [t for t in titles if t.get("type") in (None, "main")] or titles
            subs = [t for t in titles if t.get("type") == "sub"]
            return ". ".join(text_of(t).rstrip(".") for t in [*main[:1], *subs[:1]])
    bibl = next(node.iter("{*}bibl"), None)
    return text_of(bibl)[:200]


def _creator(node: etree._Element | None, editors: bool = True) -> str:
    if node is None:
        return ""
    for name in ("author", "editor") if editors else ("author",):
        people = []
        for person in node.iter("{*}" + name):
            named = next(person.iter("{*}persName", "{*}name"), person)
            parts = {local(c): text_of(c) for c in named}
            whole = " ".join(p for p in (parts.get("forename", ""), parts.get("surname", "")) if p)
            people.append(whole or text_of(named))
        people = list(dict.fromkeys(p for p in people if p))
        if people:
            return "; ".join(people)
    return ""


def _date(node: etree._Element | None) -> str:
    if node is None:
        return ""
    for date in node.iter("{*}date"):
        found = codes.date(date.get("when") or date.get("from") or text_of(date))
        if found:
            return found
    return codes.date(text_of(next(node.iter("{*}bibl"), None))[-12:])


def _language(root: etree._Element, header: etree._Element) -> str:
    stated = [n.get("ident") or "" for n in header.iter("{*}language")]
    text = next(root.iter("{*}text"), None)
    own = (text.get(_LANG) or "") if text is not None else ""
    return (
        codes.language(own)
        or codes.language(stated[0] if stated else "")
        or codes.language(root.get(_LANG) or "")
    )
