"""Values as IIIF writes them: texts in languages, links, ids, types, numbers that may be anything.

In: parsed JSON of either version. Out: plain strings and numbers, empty where nothing usable is there.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kg.nouns import Region


def plain(text: str) -> str:
    """Text without the HTML that values may carry."""
    return " ".join(html.unescape(re.sub(r"<[^<>]{0,2000}>", " ", text)).split())


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """(language, text) of a label or value of either version."""
    if isinstance(value, str):
        yield "", plain(value)
    elif isinstance(value, int | float):
        yield "", str(value)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        if "@value" in value:
            yield str(value.get("@language") or ""), plain(str(value["@value"]))
        else:
            for code, written in value.items():
                for text in listed(written):
                    if isinstance(text, str):
                        yield "" if code in ("none", "@none") else str(code), plain(text)


def one_text(value: Any, language: str = "") -> str:
    """One text: in the wanted language if there is one, else the first; several lines joined."""
    found = [(code, text) for code, text in texts(value) if text]
    if not found:
        return ""
    wanted = language if any(c == language for c, _ in found) else found[0][0]
    return "; ".join(dict.fromkeys(text for code, text in found if code == wanted))


def labelled(rows: Any) -> Iterator[tuple[str, str]]:
    """(label, value) of the rows of `metadata`."""
    for row in listed(rows):
        if isinstance(row, dict):
            labels = dict(texts(row.get("label")))
            label = labels.get("en") or next(iter(labels.values()), "")
            value = "; ".join(dict.fromkeys(t for _, t in texts(row.get("value")) if t))
            if label and value:
                yield label, value


def rights_of(value: Mapping[str, Any]) -> str:
    """Address or words of the licence, else the words that must be shown."""
    for name in ("rights", "license"):
        found = first(value.get(name))
        text = found if isinstance(found, str) else own_id(found) if isinstance(found, dict) else ""
        if text:
            linked = re.search(r"https?://[^\s\"'<>]+", text)
            return linked[0] if linked and "<" in text else plain(text)
    required = value.get("requiredStatement")
    if isinstance(required, dict) and (text := one_text(required.get("value"))):
        return text
    return one_text(value.get("attribution"))


def link(value: Any) -> str:
    """The first address of a link, "" without one on the web."""
    found = first(value)
    return http(found if isinstance(found, str) else own_id(found) if isinstance(found, dict) else "")


def http(text: str) -> str:
    """The text if it is an address on the web, else ""."""
    return text if text.startswith(("http://", "https://")) else ""


def own_id(value: Any) -> str:
    """The id of a resource, "" without one."""
    if not isinstance(value, dict):
        return ""
    found = value.get("id", value.get("@id"))
    return found.strip() if isinstance(found, str) else ""


def sort_of(value: Any) -> str:
    """ "manifest", "canvas" … whatever the prefix and the version."""
    found = first(value.get("type", value.get("@type"))) if isinstance(value, dict) else ""
    return found.rpartition(":")[2].lower() if isinstance(found, str) else ""


def listed(value: Any) -> list[Any]:
    """A value as a list: itself, one of one, or empty."""
    return value if isinstance(value, list) else [] if value is None else [value]


def first(value: Any) -> Any:
    """The first of a list, a single value itself."""
    return (value[0] if value else None) if isinstance(value, list) else value


def whole(value: Any) -> int:
    """A positive whole number, 0 for anything else."""
    if isinstance(value, str) and value.strip().isdecimal():  # some servers write numbers as text
        value = int(value.strip()[:9])
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return int(value) if good and 0 < value < 1e7 else 0


def rectangle(left: float, top: float, right: float, bottom: float) -> Region | None:
    """The rectangle between two corners in whole pixels, None without an area."""
    if not all(math.isfinite(n) and abs(n) < 1e7 for n in (left, top, right, bottom)):
        return None
    x, y = max(0, round(left)), max(0, round(top))
    width, height = round(right) - x, round(bottom) - y
    return Region(x, y, width, height) if width > 0 and height > 0 else None
