"""IIIF Presentation 2 and 3 as plain data: manifests, canvases, what is painted on them, annotations,
collections.

In: parsed JSON. Out: frozen dataclasses. Whatever is missing or malformed is left empty; only something that
is no IIIF resource at all raises `NotIIIF`. Nothing is fetched.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from enrich.corpora import codes
from kg.nouns import Region

_FRAGMENT = re.compile(
    r"xywh=(pixel:|percent:)?(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?),(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)"
)
_NUMBERS = re.compile(r"(-?\d+(?:\.\d+)?)[ ,]+(-?\d+(?:\.\d+)?)")
_TEXT_FORMATS = ("alto", "hocr", "pagexml", "page+xml", "pagecontent")
_LANGUAGE = ("language", "sprache", "langue", "lingua", "idioma", "taal")
_CREATOR = (
    "creator",
    "author",
    "artist",
    "contributor",
    "contributors",
    "autor",
    "verfasser",
    "auteur",
    "urheber",
)
_DATE = ("date", "published", "publication date", "publication/creation", "year", "datum", "erscheinungsjahr",
         "erscheinungsdatum", "issued", "date of publication", "publication", "created")  # fmt: skip
_DEEP = 40  # ranges within ranges, collections within collections in one file


class NotIIIF(Exception):
    """JSON that is no resource of the IIIF Presentation API. One line."""


@dataclass(frozen=True, slots=True)
class Painted:
    """An image on a canvas. `target` is where on the canvas (None: all of it), `part` which part of the
    image is shown (None: all of it).
    """

    address: str
    service: str = ""
    level0: bool = False
    version: int = 2
    width: int = 0
    height: int = 0
    target: Region | None = None
    part: Region | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation with words: a transcribed line, a tag or a comment on a region."""

    text: str
    region: Region | None
    motivation: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Canvas:
    """One page. `texts` are addresses of ALTO, hOCR or PAGE files, `lists` of annotation pages."""

    id: str
    label: str = ""
    width: int = 0
    height: int = 0
    painted: tuple[Painted, ...] = ()
    texts: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    date: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One book, issue or object. `parts` is canvas id → title of the deepest range it belongs to."""

    id: str
    label: str = ""
    canvases: tuple[Canvas, ...] = ()
    creator: str = ""
    date: str = ""
    language: str = ""
    rights: str = ""
    url: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collection:
    """Members in their order: (address, "manifest" or "collection"); `inner` are those written out in it."""

    id: str
    label: str = ""
    members: tuple[tuple[str, str], ...] = ()
    inner: tuple[Manifest | Collection, ...] = ()


@dataclass(frozen=True, slots=True)
class Notes:
    """A page or list of annotations by itself: canvas id → its notes."""

    id: str
    of: Mapping[str, tuple[Note, ...]]


def resource(value: Any, depth: int = 0) -> Manifest | Collection | Notes:
    """The resource that JSON describes; a lone canvas is a manifest of one. Raises `NotIIIF`."""
    if not isinstance(value, dict):
        raise NotIIIF("is JSON, but not a IIIF resource")
    sort = _type(value)
    if sort == "collection":
        return _collection(value, depth)
    if sort == "manifest":
        return _manifest(value)
    if sort == "canvas":
        canvas = _canvas(value)
        rights = _rights(value)
        return Manifest(canvas.id, canvas.label, (canvas,), rights=rights, url=_http(canvas.id))
    if sort in ("annotationpage", "annotationlist"):
        return Notes(_id(value), _by_canvas(value))
    raise NotIIIF(
        f"is JSON of type {sort or 'unknown'}, not a IIIF manifest, collection, canvas or annotation page"
    )


def fragment(text: str, width: int = 0, height: int = 0) -> Region | None:
    """The rectangle of a media fragment ("…#xywh=10,20,30,40", "xywh=percent:5,5,90,90") in pixels, None
    without one that has an area.
    """
    match = _FRAGMENT.search(text)
    if match is None:
        return None
    x, y, across, down = (float(n) for n in match.groups()[1:])
    if match[1] == "percent:":
        x, across, y, down = x * width / 100, across * width / 100, y * height / 100, down * height / 100
    return _region(x, y, x + across, y + down)


# ---- manifests


def _manifest(value: Mapping[str, Any]) -> Manifest:
    own = _id(value)
    canvases = tuple(_canvas(c) for c in _canvases(value) if isinstance(c, dict))
    rows = list(_metadata(value.get("metadata")))
    told = {name: next((v for k, v in rows if k.lower().strip(" :") in keys), "") for name, keys in
            (("language", _LANGUAGE), ("creator", _CREATOR), ("date", _DATE))}  # fmt: skip
    language = codes.language(told["language"].split(";")[0])
    nav = str(value.get("navDate") or next((c.date for c in canvases if c.date), ""))[:10]
    label = _text(value.get("label"), language)
    others = [(f"label@{code}", text) for code, text in _texts(value.get("label")) if text != label and code]
    return Manifest(
        id=own,
        label=label,
        canvases=canvases,
        creator=told["creator"],
        date=codes.date(nav) or codes.date(told["date"]),
        language=language,
        rights=_rights(value),
        url=_link(value.get("homepage")) or _link(value.get("related")) or _http(own),
        metadata=tuple(rows + others),
        parts=_parts(value),
    )


def _canvases(value: Mapping[str, Any]) -> list[Any]:
    if isinstance(value.get("items"), list):
        return list(value["items"])
    sequences = [s for s in _list(value.get("sequences")) if isinstance(s, dict)]
    return [c for s in sequences[:1] for c in _list(s.get("canvases") or s.get("items"))]


def _canvas(value: Mapping[str, Any]) -> Canvas:
    width, height = _whole(value.get("width")), _whole(value.get("height"))
    own = _id(value)
    painted: list[Painted] = []
    notes: list[Note] = []
    lists: list[str] = []
    for page in _list(value.get("items")):
        if isinstance(page, dict):
            for annotation in _list(page.get("items")):
                painted += _painting(annotation, width, height)
    for annotation in _list(value.get("images")):  # version 2
        painted += _painting(annotation, width, height)
    for page in [*_list(value.get("annotations")), *_list(value.get("otherContent"))]:
        inner = _list(page.get("items") or page.get("resources")) if isinstance(page, dict) else []
        notes += [n for a in inner for n in _note(a, width, height)]
        address = page if isinstance(page, str) else _id(page) if isinstance(page, dict) else ""
        if not inner and address:
            lists.append(address)
    linked = [*_list(value.get("seeAlso")), *_list(value.get("rendering"))]
    texts = tuple(dict.fromkeys(_id(x) for x in linked if isinstance(x, dict) and _is_text(x)))
    return Canvas(
        own, _text(value.get("label")), width, height, tuple(painted), texts, tuple(lists), tuple(notes),
        str(value.get("navDate") or "")[:10],
    )  # fmt: skip


def _painting(annotation: Any, width: int, height: int) -> Iterator[Painted]:
    if not isinstance(annotation, dict):
        return
    motivation = str(annotation.get("motivation") or "painting")
    body = annotation.get("body", annotation.get("resource"))
    if "painting" not in motivation and _type(annotation) != "image":
        return
    for each in _list(body)[:1]:
        image = _chosen(each)
        if image is None:
            continue
        part = None
        if _type(image) == "specificresource" or "full" in image:
            selector = _first(image.get("selector"))
            inner = image.get("source", image.get("full"))
            image = _chosen(inner) if isinstance(inner, dict) else {"id": str(inner or "")}
            if image is None:
                continue
            region = (
                str(selector.get("region") or selector.get("value") or "")
                if isinstance(selector, dict)
                else ""
            )
            part = fragment(region if "xywh" in region else f"xywh={region}", width, height)
        if _type(image) not in ("image", "", "dctypes:image"):
            continue
        service = _first(image.get("service"))
        target = _target(annotation.get("target", annotation.get("on")), width, height)
        if target is not None and _covers(target, width, height):
            target = None
        sort = _type(service) if isinstance(service, dict) else ""
        context = str(service.get("@context", "")) if isinstance(service, dict) else ""
        yield Painted(
            address=_id(image).split("#")[0],
            service=_id(service).rstrip("/") if isinstance(service, dict) else "",
            level0="level0" in str(service.get("profile", "")) if isinstance(service, dict) else False,
            version=3 if sort.endswith("3") or "image/3" in context else 1 if "image/1" in context else 2,
            width=_whole(image.get("width")),
            height=_whole(image.get("height")),
            target=target,
            part=part,
        )


def _chosen(body: Any) -> Mapping[str, Any] | None:
    """The image of a body; of a choice the default or first."""
    for _ in range(4):
        if not isinstance(body, dict):
            return None
        if "choice" not in _type(body):
            return body
        body = body.get("default") or _first(body.get("items") or body.get("item"))
    return None


def _covers(target: Region, width: int, height: int) -> bool:
    return target.width * target.height >= 0.95 * width * height > 0


# ---- annotations


def _by_canvas(value: Mapping[str, Any]) -> dict[str, tuple[Note, ...]]:
    found: dict[str, list[Note]] = {}
    for annotation in _list(value.get("items") or value.get("resources")):
        if isinstance(annotation, dict):
            canvas = _canvas_of(annotation.get("target", annotation.get("on")))
            found.setdefault(canvas, []).extend(_note(annotation, 0, 0))
    return {canvas: tuple(notes) for canvas, notes in found.items()}


def _note(annotation: Any, width: int, height: int) -> Iterator[Note]:
    if not isinstance(annotation, dict):
        return
    region = _target(annotation.get("target", annotation.get("on")), width, height)
    motivation = " ".join(str(m) for m in _list(annotation.get("motivation")))
    bodies = [
        b for b in _list(annotation.get("body", annotation.get("resource"))) if isinstance(b, dict | str)
    ]
    words = []
    language = ""
    for body in bodies:
        if isinstance(body, str):
            continue
        text = body.get("value", body.get("chars", body.get("cnt:chars")))
        if isinstance(text, str) and text.strip():
            words.append(plain(text))
            language = language or str(body.get("language") or "")
    if words or region is not None:
        yield Note(" ".join(words), region, motivation.lower(), language)


def _target(value: Any, width: int, height: int) -> Region | None:
    """The rectangle an annotation is about, whichever way it is written."""
    value = _first(value)
    if isinstance(value, str):
        return fragment(value, width, height)
    if not isinstance(value, dict):
        return None
    for selector in _list(value.get("selector")):
        if isinstance(selector, str):
            found = fragment(selector, width, height)
        elif isinstance(selector, dict):
            found = _selected(selector, width, height)
        else:
            found = None
        if found is not None:
            return found
    source = value.get("source", value.get("full"))
    address = source if isinstance(source, str) else _id(source) if isinstance(source, dict) else _id(value)
    return fragment(address, width, height)


def _selected(selector: Mapping[str, Any], width: int, height: int, depth: int = 0) -> Region | None:
    if "choice" in _type(selector) and depth < 3:
        for inner in [*_list(selector.get("default")), *_list(selector.get("item") or selector.get("items"))]:
            found = _selected(inner, width, height, depth + 1) if isinstance(inner, dict) else None
            if found is not None:
                return found
        return None
    text = str(selector.get("value") or selector.get("chars") or selector.get("region") or "")
    if "svg" in _type(selector) or text.lstrip().startswith("<"):
        return _svg(text)
    return fragment(text if "xywh" in text else f"xywh={text}", width, height)


def _svg(text: str) -> Region | None:
    """The box around the points of an SVG shape with absolute coordinates."""
    shape = re.search(r"\b(?:d|points)\s*=\s*[\"']([^\"']{1,100000})", text)
    points = [(float(x), float(y)) for x, y in _NUMBERS.findall(shape[1])] if shape else []
    if len(points) < 2:
        return None
    across, down = [x for x, _ in points], [y for _, y in points]
    return _region(min(across), min(down), max(across), max(down))


def _canvas_of(value: Any) -> str:
    value = _first(value)
    for _ in range(3):
        if isinstance(value, dict):
            value = value.get("source", value.get("full", value.get("id", value.get("@id"))))
    return value.split("#")[0] if isinstance(value, str) else ""


# ---- collections and ranges


def _collection(value: Mapping[str, Any], depth: int) -> Collection:
    members: list[tuple[str, str]] = []
    inner: list[Manifest | Collection] = []
    for name in ("items", "manifests", "collections", "members"):
        for each in _list(value.get(name)):
            if isinstance(each, str):
                members.append((each, "collection" if name == "collections" else "manifest"))
            if not isinstance(each, dict):
                continue
            sort = _type(each) or ("collection" if name == "collections" else "manifest")
            written = any(each.get(k) for k in ("items", "sequences", "manifests", "members", "collections"))
            if written and depth < _DEEP and sort in ("manifest", "collection"):
                found = resource({**each, "type": sort}, depth + 1)
                if isinstance(found, Manifest | Collection):
                    inner.append(found)
            elif _id(each):
                members.append((_id(each), sort))
    for name in ("first", "next"):  # paged collections
        page = value.get(name)
        address = page if isinstance(page, str) else _id(page) if isinstance(page, dict) else ""
        if address:
            members.append((address, "collection"))
    return Collection(_id(value), _text(value.get("label")), tuple(dict.fromkeys(members)), tuple(inner))


def _parts(value: Mapping[str, Any]) -> dict[str, str]:
    parts: dict[str, str] = {}

    def follow(range_: Any, title: str, depth: int) -> None:
        if not isinstance(range_, dict) or depth > _DEEP:
            return
        own = _text(range_.get("label")) or title
        if "top" in str(range_.get("viewingHint", "")):
            own = ""
        for canvas in _list(range_.get("canvases")):
            if isinstance(canvas, str) and own:
                parts[canvas.split("#")[0]] = own
        for item in _list(range_.get("items")):
            if isinstance(item, dict) and _type(item) == "range":
                follow(item, own if depth else "", depth + 1)
            elif own and depth:
                parts[_canvas_of(item)] = own

    for top in _list(value.get("structures")):
        follow(top, "", 0 if "items" in top and _nested(top) else 1) if isinstance(top, dict) else None
    return parts


def _nested(range_: Mapping[str, Any]) -> bool:
    """A table of contents whose title is "Contents" holds ranges only."""
    return all(isinstance(i, dict) and _type(i) == "range" for i in _list(range_.get("items")))


# ---- values


def plain(text: str) -> str:
    """Text without the HTML that values may carry."""
    return " ".join(html.unescape(re.sub(r"<[^<>]{0,2000}>", " ", text)).split())


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """(language, text) of a label or value of either version."""
    if isinstance(value, str):
        yield "", plain(value)
    elif isinstance(value, int | float):
        yield "", str(value)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        if "@value" in value:
            yield str(value.get("@language") or ""), plain(str(value["@value"]))
        else:
            for code, texts in value.items():
                for text in _list(texts):
                    if isinstance(text, str):
                        yield "" if code in ("none", "@none") else str(code), plain(text)


def _text(value: Any, language: str = "") -> str:
    """One text: in the wanted language if there is one, else the first; several lines joined."""
    found = [(code, text) for code, text in _texts(value) if text]
    if not found:
        return ""
    wanted = language if any(c == language for c, _ in found) else found[0][0]
    return "; ".join(dict.fromkeys(text for code, text in found if code == wanted))


def _metadata(rows: Any) -> Iterator[tuple[str, str]]:
    for row in _list(rows):
        if isinstance(row, dict):
            labels = dict(_texts(row.get("label")))
            label = labels.get("en") or next(iter(labels.values()), "")
            value = "; ".join(dict.fromkeys(t for _, t in _texts(row.get("value")) if t))
            if label and value:
                yield label, value


def _rights(value: Mapping[str, Any]) -> str:
    for name in ("rights", "license"):
        found = _first(value.get(name))
        text = found if isinstance(found, str) else _id(found) if isinstance(found, dict) else ""
        if text:
            linked = re.search(r"https?://[^\s\"'<>]+", text)
            return linked[0] if linked and "<" in text else plain(text)
    required = value.get("requiredStatement")
    if isinstance(required, dict) and (text := _text(required.get("value"))):
        return text
    return _text(value.get("attribution"))


def _link(value: Any) -> str:
    found = _first(value)
    return _http(found if isinstance(found, str) else _id(found) if isinstance(found, dict) else "")


def _is_text(link: Mapping[str, Any]) -> bool:
    told = f"{link.get('format', '')} {link.get('profile', '')} {_text(link.get('label'))}".lower()
    return any(word in told for word in _TEXT_FORMATS)


def _http(text: str) -> str:
    return text if text.startswith(("http://", "https://")) else ""


def _id(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    found = value.get("id", value.get("@id"))
    return found.strip() if isinstance(found, str) else ""


def _type(value: Any) -> str:
    """ "manifest", "canvas" … whatever the prefix and the version."""
    found = _first(value.get("type", value.get("@type"))) if isinstance(value, dict) else ""
    return found.rpartition(":")[2].lower() if isinstance(found, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(value: Any) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value


def _whole(value: Any) -> int:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return int(value) if good and 0 < value < 1e7 else 0


def _region(left: float, top: float, right: float, bottom: float) -> Region | None:
    if not all(math.isfinite(n) and abs(n) < 1e7 for n in (left, top, right, bottom)):
        return None
    x, y = max(0, round(left)), max(0, round(top))
    width, height = round(right) - x, round(bottom) - y
    return Region(x, y, width, height) if width > 0 and height > 0 else None
