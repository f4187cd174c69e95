"""IIIF Presentation 2 and 3 as plain data: manifests, canvases, what is painted on them, annotations,
collections.

In: parsed JSON. Out: frozen dataclasses. Whatever is missing or malformed is left empty; only something that
is no IIIF resource at all raises `NotIIIF`. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from enrich.corpora import codes
from enrich.corpora.iiif.annotations import Note, by_canvas, canvas_of, fragment, notes_of, target_of
from enrich.corpora.iiif.values import (
    first,
    http,
    labelled,
    link,
    listed,
    one_text,
    own_id,
    rights_of,
    sort_of,
    texts,
    whole,
)
from kg.nouns import Region

_IMAGE_FILE = re.compile(r"(?i)\.(jpe?g|png|tiff?|webp|gif|jp2)$")
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
    sort = sort_of(value)
    if sort == "collection":
        return _collection(value, depth)
    if sort == "manifest":
        return _manifest(value)
    if sort == "canvas":
        canvas = _canvas(value)
        rights = rights_of(value)
        return Manifest(canvas.id, canvas.label, (canvas,), rights=rights, url=http(canvas.id))
    if sort in ("annotationpage", "annotationlist"):
        return Notes(own_id(value), by_canvas(value))
    raise NotIIIF(
        f"is JSON of type {sort or 'unknown'}, not a IIIF manifest, collection, canvas or annotation page"
    )


# ---- manifests


def _manifest(value: Mapping[str, Any]) -> Manifest:
    own = own_id(value)
    canvases = tuple(_canvas(c) for c in _canvases(value) if isinstance(c, dict))
    rows = list(labelled(value.get("metadata")))
    told = {name: next((v for k, v in rows if k.lower().strip(" :") in keys), "") for name, keys in
            (("language", _LANGUAGE), ("creator", _CREATOR), ("date", _DATE))}  # fmt: skip
    language = codes.language(told["language"].split(";")[0])
    nav = str(value.get("navDate") or next((c.date for c in canvases if c.date), ""))[:10]
    label = one_text(value.get("label"), language)
    others = [(f"label@{code}", text) for code, text in texts(value.get("label")) if text != label and code]
    return Manifest(
        id=own,
        label=label,
        canvases=canvases,
        creator=told["creator"],
        date=codes.date(nav) or codes.date(told["date"]),
        language=language,
        rights=rights_of(value),
        url=link(value.get("homepage")) or link(value.get("related")) or http(own),
        metadata=tuple(rows + others),
        parts=_parts(value),
    )


def _canvases(value: Mapping[str, Any]) -> list[Any]:
    if isinstance(value.get("items"), list):
        return list(value["items"])
    sequences = [s for s in listed(value.get("sequences")) if isinstance(s, dict)]
    return [c for s in sequences[:1] for c in listed(s.get("canvases") or s.get("items"))]


def _canvas(value: Mapping[str, Any]) -> Canvas:
    width, height = whole(value.get("width")), whole(value.get("height"))
    own = own_id(value)
    painted: list[Painted] = []
    notes: list[Note] = []
    lists: list[str] = []
    for page in listed(value.get("items")):
        if isinstance(page, dict):
            for annotation in listed(page.get("items")):
                painted += _painting(annotation, width, height)
    for annotation in listed(value.get("images")):  # version 2
        painted += _painting(annotation, width, height)
    for page in [*listed(value.get("annotations")), *listed(value.get("otherContent"))]:
        inner = listed(page.get("items") or page.get("resources")) if isinstance(page, dict) else []
        notes += [n for a in inner for n in notes_of(a, width, height)]
        address = page if isinstance(page, str) else own_id(page) if isinstance(page, dict) else ""
        if not inner and address:
            lists.append(address)
    linked = [*listed(value.get("seeAlso")), *listed(value.get("rendering"))]
    texts = tuple(dict.fromkeys(own_id(x) for x in linked if isinstance(x, dict) and _is_text(x)))
    return Canvas(
        own, one_text(value.get("label")), width, height, tuple(painted), texts, tuple(lists), tuple(notes),
        str(value.get("navDate") or "")[:10],
    )  # fmt: skip


def _painting(annotation: Any, width: int, height: int) -> Iterator[Painted]:
    if not isinstance(annotation, dict):
        return
    motivation = str(annotation.get("motivation") or "painting")
    body = annotation.get("body", annotation.get("resource"))
    if "painting" not in motivation and sort_of(annotation) != "image":
        return
    for each in listed(body)[:1]:
        image = _chosen(each)
        if image is None:
            continue
        part = None
        if sort_of(image) == "specificresource" or "full" in image:
            selector = first(image.get("selector"))
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
        served = sort_of(image).startswith("imageservice")  # a service painted as if it were an image
        if sort_of(image) not in ("image", "") and not served:
            continue
        service = first(image.get("service"))
        if served and service is None and not _IMAGE_FILE.search(own_id(image)):
            service = image
        target = target_of(annotation.get("target", annotation.get("on")), width, height)
        if target is not None and _covers(target, width, height):
            target = None
        sort = sort_of(service) if isinstance(service, dict) else ""
        told = (
            [service.get(name, "") for name in ("@context", "profile")] if isinstance(service, dict) else []
        )
        context = str(told)
        yield Painted(
            address=own_id(image).split("#")[0],
            service=own_id(service).rstrip("/") if isinstance(service, dict) else "",
            level0="level0" in str(service.get("profile", "")) if isinstance(service, dict) else False,
            version=3 if sort.endswith("3") or "image/3" in context else 1 if "image/1" in context else 2,
            width=whole(image.get("width")),
            height=whole(image.get("height")),
            target=target,
            part=part,
        )


def _chosen(body: Any) -> Mapping[str, Any] | None:
    """The image of a body; of a choice the default or first."""
    for _ in range(4):
        if not isinstance(body, dict):
            return None
        if "choice" not in sort_of(body):
            return body
        body = body.get("default") or first(body.get("items") or body.get("item"))
    return None


def _covers(target: Region, width: int, height: int) -> bool:
    return target.width * target.height >= 0.95 * width * height > 0


# ---- collections and ranges


def _collection(value: Mapping[str, Any], depth: int) -> Collection:
    members: list[tuple[str, str]] = []
    inner: list[Manifest | Collection] = []
    for name in ("items", "manifests", "collections", "members"):
        for each in listed(value.get(name)):
            if isinstance(each, str):
                members.append((each, "collection" if name == "collections" else "manifest"))
            if not isinstance(each, dict):
                continue
            sort = sort_of(each) or ("collection" if name == "collections" else "manifest")
            written = any(each.get(k) for k in ("items", "sequences", "manifests", "members", "collections"))
            if written and depth < _DEEP and sort in ("manifest", "collection"):
                found = resource({**each, "type": sort}, depth + 1)
                if isinstance(found, Manifest | Collection):
                    inner.append(found)
            elif own_id(each):
                members.append((own_id(each), sort))
    for name in ("first", "next"):  # paged collections
        page = value.get(name)
        address = page if isinstance(page, str) else own_id(page) if isinstance(page, dict) else ""
        if address:
            members.append((address, "collection"))
    return Collection(
        own_id(value), one_text(value.get("label")), tuple(dict.fromkeys(members)), tuple(inner)
    )


def _parts(value: Mapping[str, Any]) -> dict[str, str]:
    parts: dict[str, str] = {}

    def follow(range_: Any, title: str, depth: int) -> None:
        if not isinstance(range_, dict) or depth > _DEEP:
            return
        own = one_text(range_.get("label")) or title
        if "top" in str(range_.get("viewingHint", "")):
            own = ""
        for canvas in listed(range_.get("canvases")):
            if isinstance(canvas, str) and own:
                parts[canvas.split("#")[0]] = own
        for item in listed(range_.get("items")):
            if isinstance(item, dict) and sort_of(item) == "range":
                follow(item, own if depth else "", depth + 1)
            elif own and depth:
                parts[canvas_of(item)] = own

    for top in listed(value.get("structures")):
        follow(top, "", 0 if "items" in top and _nested(top) else 1) if isinstance(top, dict) else None
    return parts


def _nested(range_: Mapping[str, Any]) -> bool:
    """A table of contents whose title is "Contents" holds ranges only."""
    return all(isinstance(i, dict) and sort_of(i) == "range" for i in listed(range_.get("items")))


def _is_text(link: Mapping[str, Any]) -> bool:
    told = f"{link.get('format', '')} {link.get('profile', '')} {one_text(link.get('label'))}".lower()
    return any(word in told for word in _TEXT_FORMATS)
