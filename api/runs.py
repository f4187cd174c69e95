"""What a run said, in numbers: claims by property and by confidence, and the settings it ran with.

In: rows of the queries `run_claims` and `thresholds`, and the configuration a run carries. Out: frozen values
for the page of a run. Nothing here asks a query.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from api.language import Row, percent, word
from api.views import local_name

_TENTHS = 10


@dataclass(frozen=True)
class Said:
    """The claims of one property in one run: how many, in tenths of confidence, and what is believed of
    them unless somebody objects.
    """

    property: str
    label: str
    claims: int
    heights: tuple[int, ...]  # of ten bars, 0…100
    spoken: str  # the bars for those who cannot see them
    threshold: str


def said(rows: Iterable[Row], thresholds: Iterable[Row], language: str) -> list[Said]:
    """The claims of a run by property, the most first."""
    minimum = {local_name(r["property"].value): float(r["minimum"].value) for r in thresholds}
    tenths: dict[str, list[int]] = {}
    for row in rows:
        name = local_name(row["property"].value)
        place = min(int(float(row["tenth"].value)), _TENTHS - 1)
        tenths.setdefault(name, [0] * _TENTHS)[place] += int(row["n"].value)
    made = []
    for name, counts in tenths.items():
        most = max(counts)
        made.append(
            Said(
                property=name,
                label=word(name, language),
                claims=sum(counts),
                heights=tuple(round(max(100 * n / most, 4)) if n else 0 for n in counts),
                spoken="; ".join(f"{10 * i}–{10 * i + 10} %: {n}" for i, n in enumerate(counts) if n),
                threshold=percent(minimum[name]) if name in minimum else "",
            )
        )
    return sorted(made, key=lambda each: -each.claims)


def configuration(text: str) -> list[tuple[str, str]]:
    """The settings of a run, one per line; settings within settings by their path.

    >>> configuration('{"encoder": "timm:x", "head": {"c": 2}, "words": ["a", "b"]}')
    [('encoder', 'timm:x'), ('head.c', '2'), ('words', 'a, b')]
    """
    try:
        return list(_flat(json.loads(text), ""))
    except ValueError:
        return [("", text)] if text else []


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name in value:
            yield from _flat(value[name], f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and not any(isinstance(each, dict) for each in value):
        yield path, ", ".join(map(str, value))
    else:
        yield path, (value or "–") if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
