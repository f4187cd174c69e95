"""Annotations of either version: their words, and the rectangle of the canvas they are about.

In: parsed JSON. Out: `Note`s. Regions are read from media fragments, selectors and SVG shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from enrich.corpora.iiif.values import first, listed, own_id, plain, rectangle, sort_of
from kg.nouns import Region

_FRAGMENT = re.compile(
    r"xywh=(pixel:|percent:)?(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?),(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)"
)
_NUMBERS = re.compile(r"(-?\d+(?:\.\d+)?)[ ,]+(-?\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation with words: a transcribed line, a tag or a comment on a region."""

    text: str
    region: Region | None
    motivation: str = ""
    language: str = ""


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
    return rectangle(x, y, x + across, y + down)


def by_canvas(value: Mapping[str, Any]) -> dict[str, tuple[Note, ...]]:
    """Canvas id → the notes on it, of an annotation page or list."""
    found: dict[str, list[Note]] = {}
    for annotation in listed(value.get("items") or value.get("resources")):
        if isinstance(annotation, dict):
            canvas = canvas_of(annotation.get("target", annotation.get("on")))
            found.setdefault(canvas, []).extend(notes_of(annotation, 0, 0))
    return {canvas: tuple(notes) for canvas, notes in found.items()}


def notes_of(annotation: Any, width: int, height: int) -> Iterator[Note]:
    """The note that an annotation is: its words in plain text and its region; none if it has neither."""
    if not isinstance(annotation, dict):
        return
    region = target_of(annotation.get("target", annotation.get("on")), width, height)
    motivation = " ".join(str(m) for m in listed(annotation.get("motivation")))
    bodies = [
        b for b in listed(annotation.get("body", annotation.get("resource"))) if isinstance(b, dict | str)
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


def target_of(value: Any, width: int, height: int) -> Region | None:
    """The rectangle an annotation is about, whichever way it is written."""
    value = first(value)
    if isinstance(value, str):
        return fragment(value, width, height)
    if not isinstance(value, dict):
        return None
    for selector in listed(value.get("selector")):
        if isinstance(selector, str):
            found = fragment(selector, width, height)
        elif isinstance(selector, dict):
            found = _selected(selector, width, height)
        else:
            found = None
        if found is not None:
            return found
    source = value.get("source", value.get("full"))
    address = (
        source if isinstance(source, str) else own_id(source) if isinstance(source, dict) else own_id(value)
    )
    return fragment(address, width, height)


def _selected(selector: Mapping[str, Any], width: int, height: int, depth: int = 0) -> Region | None:
    if "choice" in sort_of(selector) and depth < 3:
        for inner in [
            *listed(selector.get("default")),
            *listed(selector.get("item") or selector.get("items")),
        ]:
            found = _selected(inner, width, height, depth + 1) if isinstance(inner, dict) else None
            if found is not None:
                return found
        return None
    text = str(selector.get("value") or selector.get("chars") or selector.get("region") or "")
    if "svg" in sort_of(selector) or text.lstrip().startswith("<"):
        return _svg(text)
    return fragment(text if "xywh" in text else f"xywh={text}", width, height)


def _svg(text: str) -> Region | None:
    """The box around the points of an SVG shape with absolute coordinates."""
    shape = re.search(r"\b(?:d|points)\s*=\s*[\"']([^\"']{1,100000})", text)
    points = [(float(x), float(y)) for x, y in _NUMBERS.findall(shape[1])] if shape else []
    if len(points) < 2:
        return None
    across, down = [x for x, _ in points], [y for _, y in points]
    return rectangle(min(across), min(down), max(across), max(down))


def canvas_of(value: Any) -> str:
    """The id of the canvas that a target names, however it is written."""
    value = first(value)
    for _ in range(3):
        if isinstance(value, dict):
            value = value.get("source", value.get("full", value.get("id", value.get("@id"))))
    return value.split("#")[0] if isinstance(value, str) else ""
