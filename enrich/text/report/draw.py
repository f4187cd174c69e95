"""The drawings of the report as SVG text: a map of topics, bars over time, a table of topics and sources.

In go numbers and labels, out comes SVG without a script or an outside reference; colours are those of the
page's style sheet (classes g0 to g7 for groups).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from enrich.text.report.data import TopicFound

WIDTH = 720


def topic_map(topics: Sequence[TopicFound], group_of: Sequence[int]) -> str:
    """Topics as circles, their areas the number of their pictures; near each other where they share words and
    pictures. Each links to its entry on the page."""
    if not topics:
        return ""
    radii = np.array([10 + 4.2 * math.sqrt(len(t.pictures)) for t in topics])
    radii *= min(1.0, 330 / math.sqrt(float((radii**2).sum())) / 1.25)
    centres = _apart(_places(topics, group_of), radii)
    low, high = (centres - radii[:, None]).min(0) - 8, (centres + radii[:, None]).max(0) + 8
    width, height = high - low
    parts = [
        f'<svg class="map" viewBox="{low[0]:.0f} {low[1]:.0f} {width:.0f} {height:.0f}" role="img" '
        f'style="max-width:{max(320, min(WIDTH, width)):.0f}px">'
    ]
    for topic, (x, y), radius, group in zip(topics, centres, radii, group_of, strict=True):
        size = max(7.0, min(13.0, radius / 3.4))
        lines = topic.label.split(", ")
        shown = [_cut(line, int(2.0 * radius / (0.52 * size))) for line in lines] if radius > 17 else []
        first = y - (len(shown) - 1) * size * 0.6 + size * 0.33
        text = "".join(
            f'<text x="{x:.1f}" y="{first + i * size * 1.2:.1f}" font-size="{size:.1f}">{escape(line)}</text>'
            for i, line in enumerate(shown)
        )
        parts.append(
            f'<a href="#{anchor(topic)}"><circle class="g{group % 8}" cx="{x:.1f}" cy="{y:.1f}" '
            f'r="{radius:.1f}"><title>{escape(topic.label)} ({len(topic.pictures)})</title></circle>'
            f"{text}</a>"
        )
    return "".join([*parts, "</svg>"])


def bars(decades: Counter[int], first: int, last: int) -> str:
    """A small bar per decade from `first` to `last`."""
    steps = range(first, last + 10, 10)
    most = max(decades.values(), default=1)
    step = 9
    drawn = []
    for i, decade in enumerate(steps):
        height = max(1.0, 22 * decades[decade] / most)
        none = "" if decades[decade] else ' class="none"'
        drawn.append(
            f'<rect x="{i * step}" y="{24 - height:.1f}" width="{step - 2}" height="{height:.1f}"{none}>'
            f"<title>{decade}: {decades[decade]}</title></rect>"
        )
    width = len(steps) * step
    return f'<svg class="bars" viewBox="0 0 {width} 24" width="{width}" height="24">{"".join(drawn)}</svg>'


def anchor(topic: TopicFound) -> str:
    """The name of a topic's entry on the page."""
    return "t-" + "".join(c if c.isalnum() else "-" for c in topic.iri.rsplit("/", 1)[-1])


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(most - 1, 1)].rstrip() + "…"


def _places(topics: Sequence[TopicFound], group_of: Sequence[int]) -> NDArray[np.float64]:
    """Positions by classical scaling of how little the topics share; the same for the same topics."""
    count = len(topics)
    apart = np.ones((count, count)) - np.eye(count)
    words = [frozenset(t.words) for t in topics]
    pictures = [frozenset(p.iri for p in t.pictures) for t in topics]
    for i in range(count):
        for j in range(i):
            shared = len(words[i] & words[j]) / max(1, min(len(words[i]), len(words[j])))
            seen = len(pictures[i] & pictures[j]) / max(1, min(len(pictures[i]), len(pictures[j])))
            same = 0.35 if group_of[i] == group_of[j] else 0.0
            apart[i, j] = apart[j, i] = max(0.1, 1 - same - 0.4 * shared - 0.5 * seen)
    centring = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(-0.5 * centring @ apart**2 @ centring)
    places = np.zeros((count, 2))
    for column, index in enumerate(np.argsort(-values)[: min(2, count)]):
        axis = vectors[:, index] * math.sqrt(max(float(values[index]), 0.0))
        places[:, column] = axis if axis[np.abs(axis).argmax()] > 0 else -axis
    angle = np.arange(count) * 2.399963  # a tiny spiral parts what fell on one spot
    return places * 460 + np.stack([np.cos(angle), np.sin(angle)], 1) * 4


def _apart(centres: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Circles pushed apart until none overlaps another, while all are drawn gently to the middle."""
    places = centres * np.array([1.25, 0.8])
    for turn in range(600):
        places = places * (0.985 if turn < 420 else 1.0)
        moved = False
        for i in range(len(radii)):
            for j in range(i):
                line = places[i] - places[j]
                distance = float(np.hypot(*line)) or 1e-6
                overlap = radii[i] + radii[j] + 3 - distance
                if overlap > 0:
                    push = line / distance * overlap / 2
                    places[i] += push
                    places[j] -= push
                    moved = True
        if turn >= 420 and not moved:
            break
    return places
