"""A Project Gutenberg HTML book: its illustrations with caption, heading, page number and the text before
and after.

In: the .html/.htm file as it is distributed, its images beside it. Out: one `Source` and the `Draft`s in
the order of the book. Project Gutenberg has no schema: twenty years of volunteers wrote captions as
`<figcaption>`, as `<p|div|span class="caption…">` in and after the picture's box, as `[Illustration: …]`,
or only as `alt`. All of these are read; pictures that are furniture of the file (cover, decorations without
caption in the front matter are kept, but page-corner marks, publisher's icons and spacers are not) are left
out by their size in the markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree, html

from enrich.corpora.faults import CorpusError, Report, error
from enrich.corpora.gutenberg_header import BLOCKS, HEADINGS, PG_START, read_source
from enrich.corpora.images import SUFFIXES, resolve
from enrich.corpora.table import Draft
from kg.nouns import Source

CONTEXT = 1250  # characters of text kept before and after a picture
SMALL = 40  # pixels in the markup; a picture smaller than that on both sides is a glyph or a bullet

LONGEST_CENTRED = (
    600  # characters; a centred block with pictures and more text than that is a page, not a figure
)

SKIPPED = frozenset(["script", "style", "head", "map", "noscript", "title"])
BOX_CLASSES = re.compile(r"(?i)\b(fig|illus|image|img|pic|plate|abb|photo)")
CAPTION_CLASSES = re.compile(r"(?i)\b(caption|cap\d*|captn|figcap|legend|legende|bildunter\w*|illcap\w*)")
PAGE_CLASSES = re.compile(
    r"(?i)\b(page[-_]?(num|no|number|break)\w*|pagenum\w*|pgnum\w*|pb|folio|seite(nzahl)?)\b"
)
PAGE_IDS = re.compile(r"(?i)^(?:page|pg|seite|pagina)[-_. ]?(\d{1,4}|[ivxlc]{1,8})$")
ILLUSTRATION = re.compile(r"^\W*(?:Illustration|Image|Abbildung|Bild)\s*:?\s*(.*?)\s*\]?$", re.S | re.I)
LARGER = re.compile(
    r"(?i)^\W*(larger (image|view|version|size)|gr(ö|oe)sseres bild|größeres bild|view larger|enlarge\w*|"
    r"(please )?click( here)?[^.]{0,60}|image plus grande|agrandir\w*)\W*$"
)
PG_END = re.compile(r"\*\*\*\s*END OF (THE|THIS) PROJECT GUTENBERG|^End of (the )?Project Gutenberg", re.I)


@dataclass
class _Picture:
    """One picture while the book is being walked."""

    src: str
    alt: str
    page: str
    heading: str
    caption: str = ""
    before: str = ""
    after: list[str] = field(default_factory=list)


def read_gutenberg(
    path: Path, source_id: str, given: Source | None, report: Report
) -> tuple[Source, list[Draft]]:
    """The illustrations of one HTML book. `given` (from book.json) overrides what the file says about itself.

    Raises `CorpusError` if the file cannot be parsed; a picture whose file is missing is one fault and kept
    with its text.
    """
    root = _parse(path)
    source = given or read_source(root, source_id)
    drafts: list[Draft] = []
    seen: set[str] = set()
    for picture in _pictures(root):
        src = unquote(urlsplit(picture.src).path)
        if not src or Path(src).suffix.lower() not in SUFFIXES:
            continue
        image, problem = resolve(src, path.parent)
        if problem:
            report(error(f"{path.name} {picture.src}", problem))
        number = Path(src).stem
        if number in seen:  # the same file shown twice is one illustration, at its first place
            continue
        seen.add(number)
        drafts.append(
            Draft(
                place=f"{path.name} {src}",
                source=source.id,
                id=number,
                image=image,
                page=picture.page,
                caption=picture.caption,
                heading=picture.heading,
                text_before=picture.before,
                text_after=_cut_end(" ".join(picture.after)),
                language=source.language,
                metadata=(("alt", picture.alt),) if picture.alt and picture.alt != picture.caption else (),
            )
        )
    return source, drafts


def _parse(path: Path) -> html.HtmlElement:
    data = path.read_bytes()
    declared = re.search(rb"charset\s*=\s*[\"']?\s*([-\w]+)", data[:4096])
    encoding = "utf-8" if data.startswith(b"\xef\xbb\xbf") or not declared else declared[1].decode()
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        encoding = (
            "windows-1252"  # what browsers do with a wrong declaration; every byte but five means something
        )
    try:
        root = html.document_fromstring(data, parser=html.HTMLParser(encoding=encoding, remove_comments=True))
    except (etree.ParserError, ValueError) as problem:
        raise CorpusError(f"{path}: not a readable HTML file ({problem})") from None
    return root


# ---- walking the book


def _pictures(root: html.HtmlElement) -> Iterator[_Picture]:
    """Pictures in the order of the book, each with its surroundings complete."""
    walk = _Walk(_covers(root))
    walk.element(root.find("body") if root.find("body") is not None else root)
    walk.end_block()
    return iter(walk.pictures)


class _Walk:
    """One pass over the document that knows the page, the heading and the last words wherever a picture
    stands.
    """

    def __init__(self, covers: frozenset[str]) -> None:
        self.covers = covers
        self.pictures: list[_Picture] = []
        self.page = ""
        self.heading = ""
        self.words: list[str] = []  # of the block being read
        self.before: list[str] = []  # finished blocks, newest last
        self.open: list[_Picture] = []  # pictures still gathering the text after them
        self.over = False

    def element(self, node: html.HtmlElement) -> None:
        if self.over or not isinstance(node.tag, str) or node.tag in SKIPPED:
            return
        if _is_pg_boilerplate(node):
            return
        self._note_page(node)
        if PAGE_CLASSES.search(node.get("class", "")):
            return
        box = _box_of(node)
        if box is not None:
            self._picture_box(node, box)
            return
        if node.tag == "img":
            self._picture(node, "")
            return
        block = node.tag in BLOCKS
        if block:
            self.end_block()
        if node.tag in HEADINGS and not node.xpath(".//img"):
            self.heading = _text(node) or self.heading
        self._add(node.text)
        for child in node:
            self.element(child)
            self._add(child.tail)
        if block:
            self.end_block()

    def end_block(self) -> None:
        text = " ".join("".join(self.words).split())
        self.words = []
        if not text:
            return
        if PG_START.search(text):
            self.before, self.open, self.pictures = [], [], []
            return
        if PG_END.search(text):
            self.over = True
            return
        caption = re.fullmatch(r"\[\s*(Illustration\s*:?.*)\]?", text, re.I)
        if caption and self.pictures and not self.pictures[-1].caption and not self.pictures[-1].after:
            self.pictures[-1].caption = _clean_caption(text)
            return
        self.before.append(text)
        if len(self.before) > 40:
            del self.before[:20]
        for picture in self.open:
            picture.after.append(text)
        self.open = [p for p in self.open if sum(map(len, p.after)) < CONTEXT]

    def _add(self, text: str | None) -> None:
        if text:
            self.words.append(text)

    def _note_page(self, node: html.HtmlElement) -> None:
        for key in ("id", "name"):
            match = PAGE_IDS.match(node.get(key, ""))
            if match:
                self.page = match[1]
                return
        if PAGE_CLASSES.search(node.get("class", "")):
            shown = re.search(r"(\d{1,4}|\b[ivxlc]{1,8}\b)", node.get("title") or node.text_content())
            inner = [PAGE_IDS.match(a.get("id") or a.get("name") or "") for a in node.iter("a", "span")]
            numbers = [m[1] for m in inner if m]
            if numbers or shown:
                self.page = numbers[-1] if numbers else shown[1]  # type: ignore[index]

    def _picture_box(self, node: html.HtmlElement, images: list[html.HtmlElement]) -> None:
        """A box that holds pictures and what is printed under them: all its text is caption."""
        self.end_block()
        for inner in node.iter():
            if isinstance(inner.tag, str):
                self._note_page(inner)
        captions = _captions(node, len(images))
        for image, caption in zip(images, captions, strict=True):
            self._picture(image, caption)
        if not captions[-1]:
            _adopt(node, self.pictures[-1] if self.pictures else None)

    def _picture(self, image: html.HtmlElement, caption: str) -> None:
        src = image.get("src") or image.get("href") or ""
        if _is_furniture(image) or (src in self.covers and not caption):
            return
        alt = " ".join((image.get("alt") or "").split())
        title = " ".join((image.get("title") or "").split())
        marked = ILLUSTRATION.match(alt) if alt.startswith("[") else None
        if marked and not caption:
            caption = marked[1]
        before = " ".join("".join(self.words).split())
        picture = _Picture(
            src=src,
            alt=alt or title,
            page=self.page,
            heading=self.heading,
            caption=_clean_caption(caption),
            before=_cut_start(" ".join([*self.before, before]).strip()),
        )
        self.pictures.append(picture)
        self.open.append(picture)


def _is_pg_boilerplate(node: html.HtmlElement) -> bool:
    marks = f"{node.get('id', '')} {node.get('class', '')}"
    return bool(
        re.search(r"\bpg-(header|footer|boilerplate|machine-header|start-separator)\b|boilerplate", marks)
    )


def _box_of(node: html.HtmlElement) -> list[html.HtmlElement] | None:
    """The pictures of a figure box, or None when `node` is no such box.

    A box is a `<figure>`, or a block whose class speaks of figures, or whose every word is a caption; a
    chapter that merely contains pictures is none.
    """
    if node.tag not in ("figure", "div", "p", "center", "table", "span"):
        return None
    images = [i for i in node.iter("img") if not _is_furniture(i)]
    if not images and BOX_CLASSES.search(node.get("class", "")):
        images = [
            a for a in node.iter("a") if Path(urlsplit(a.get("href") or "").path).suffix.lower() in SUFFIXES
        ]
    if not images:
        return None
    if node.tag == "figure":
        return images
    if any(isinstance(e.tag, str) and e.tag in HEADINGS for e in node.iter()):
        return None
    if len(list(node.iter("p"))) > 8 * len(images):
        return None
    if BOX_CLASSES.search(node.get("class", "")) or BOX_CLASSES.search(node.get("id", "")):
        return images
    if any(_is_caption(e) for e in node.iter()) and not _words_outside_captions(node):
        return images
    centred = node.tag == "center" or "center" in f"{node.get('align', '')} {node.get('class', '')}".lower()
    return images if centred and len(_text(node)) <= LONGEST_CENTRED else None


def _is_caption(element: html.HtmlElement) -> bool:
    return isinstance(element.tag, str) and (
        element.tag == "figcaption" or bool(CAPTION_CLASSES.search(element.get("class", "")))
    )


def _words_outside_captions(node: html.HtmlElement) -> bool:
    total = len(_text(node))
    inside = sum(len(_text(e)) for e in node.iter() if _is_caption(e) and not _has_caption_above(e, node))
    return total - inside > 20


def _has_caption_above(element: html.HtmlElement, stop: html.HtmlElement) -> bool:
    above = element.getparent()
    while above is not None and above is not stop:
        if _is_caption(above):
            return True
        above = above.getparent()
    return False


def _captions(box: html.HtmlElement, pictures: int) -> list[str]:
    """One caption per picture: the box's marked captions if there are as many, else all its text for each."""
    marked = [e for e in box.iter() if _is_caption(e) and not _has_caption_above(e, box)]
    if pictures > 1 and len(marked) == pictures:
        return [_text(e) for e in marked]
    if pictures > 1 and not marked:
        blocks = [e for e in box.iter("p", "td") if len(list(e.iter("img", "a"))) and _text(e)]
        if len(blocks) == pictures:
            return [_text(e) for e in blocks]
    whole = _text(box)
    return [whole] * pictures


def _adopt(box: html.HtmlElement, picture: _Picture | None) -> None:
    """Give a picture the caption that stands in the block after its box (`<div class="caption">` as a
    sibling).
    """
    after = box.getnext()
    if picture is None or picture.caption or after is None or not _is_caption(after):
        return
    picture.caption = _clean_caption(_text(after))
    tail = after.tail
    after.clear()
    after.tail = tail


def _covers(root: html.HtmlElement) -> frozenset[str]:
    """Pictures the file declares as its cover, which is the e-book's and not the printed book's."""
    declared = {
        link.get("href") or "" for link in root.iter("link") if "cover" in (link.get("rel") or "").lower()
    }
    return frozenset(declared | {f"images/cover.{suffix}" for suffix in ("jpg", "jpeg", "png")})


def _is_furniture(image: html.HtmlElement) -> bool:
    sides = [re.match(r"\s*(\d+)", image.get(side) or "") for side in ("width", "height")]
    sizes = [int(m[1]) for m in sides if m]
    unit_free = not any("%" in (image.get(side) or "") for side in ("width", "height"))
    return len(sizes) == 2 and unit_free and max(sizes) < SMALL


# ---- text


def _text(node: html.HtmlElement) -> str:
    """The text of an element without page numbers, links to a larger picture and scripts; breaks become
    spaces.
    """
    parts: list[str] = []
    _gather(node, parts)
    return " ".join("".join(parts).split())


def _gather(node: html.HtmlElement, parts: list[str]) -> None:
    if not isinstance(node.tag, str) or node.tag in SKIPPED:
        return
    if PAGE_CLASSES.search(node.get("class", "")) or LARGER.match(" ".join(node.text_content().split())):
        return
    if node.tag in BLOCKS or node.tag == "br":
        parts.append(" ")
    parts.append(node.text or "")
    for child in node:
        _gather(child, parts)
        parts.append(child.tail or "")
    if node.tag in BLOCKS:
        parts.append(" ")


def _clean_caption(text: str) -> str:
    text = " ".join(text.split())
    marked = ILLUSTRATION.match(text) if text.startswith("[") else None
    return marked[1] if marked else text


def _cut_start(text: str) -> str:
    return text if len(text) <= CONTEXT else "… " + text[-CONTEXT:].split(" ", 1)[-1]


def _cut_end(text: str) -> str:
    return text if len(text) <= CONTEXT else text[:CONTEXT].rsplit(" ", 1)[0] + " …"
