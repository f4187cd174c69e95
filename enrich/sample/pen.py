"""A pen: lines, swelling curves, filled shapes, drawn large and reduced as a line block is.

In go points in pixels of the finished picture; out comes its tone (float32, 1 = bare paper).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from enrich.sample.tones import Array, from_image

Point = tuple[float, float]


def spline(points: Sequence[Point], closed: bool = False, density: int = 14) -> list[Point]:
    """A smooth curve through the points (Catmull-Rom)."""
    p = [points[-1], *points, points[0], points[1]] if closed else [points[0], *points, points[-1]]
    out: list[Point] = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        for i in range(density):
            t = i / density
            out.append(
                tuple(  # type: ignore[arg-type]
                    0.5
                    * (
                        2 * q
                        + (r - o) * t
                        + (2 * o - 5 * q + 4 * r - s) * t * t
                        + (3 * q - o - 3 * r + s) * t**3
                    )
                    for o, q, r, s in zip(a, b, c, d, strict=True)
                )
            )
    out.append(out[0] if closed else points[-1])
    return out


def circle(x: float, y: float, r: float, start: float = 0, stop: float = 360, steps: int = 72) -> list[Point]:
    """Points of an arc, degrees clockwise from three o'clock."""
    return [
        (x + r * math.cos(math.radians(a)), y + r * math.sin(math.radians(a)))
        for a in np.linspace(start, stop, steps)
    ]


class Pen:
    """A sheet `width` × `height`, drawn on three times larger. With a generator the hand trembles a
    little."""

    def __init__(
        self, width: int, height: int, rng: np.random.Generator | None = None, tremble: float = 0.5
    ) -> None:
        self.size, self.rng, self.tremble, self.scale = (width, height), rng, tremble, 3
        self.image = Image.new("L", (width * self.scale, height * self.scale), 255)
        self.draw = ImageDraw.Draw(self.image)

    def _at(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    def line(self, points: Sequence[Point], width: float = 1.2, ink: float = 0.0) -> None:
        """A polyline of even width."""
        if self.rng is not None and len(points) == 2:
            (ax, ay), (bx, by) = points
            n = max(2, round(math.hypot(bx - ax, by - ay) / 24))
            points = [
                (
                    ax + (bx - ax) * i / n + self._shake(0 < i < n),
                    ay + (by - ay) * i / n + self._shake(0 < i < n),
                )
                for i in range(n + 1)
            ]
        w = max(1, round(width * self.scale))
        self.draw.line(self._at(points), fill=round(ink * 255), width=w, joint="curve")

    def _shake(self, on: bool) -> float:
        return float(self.rng.normal(0, self.tremble)) if on and self.rng is not None else 0.0

    def curve(
        self,
        points: Sequence[Point],
        width: float = 2.0,
        taper: float = 0.7,
        ink: float = 0.0,
        closed: bool = False,
    ) -> None:
        """A smooth stroke that swells towards its middle; `taper` 0 keeps its width even."""
        path = self._at(spline(points, closed))
        n = len(path)
        for i, (a, b) in enumerate(itertools.pairwise(path)):
            swell = (
                1 - taper * (1 - math.sin(math.pi * (i + 0.5) / n))
                if not closed
                else 1 - taper * 0.3 * (1 + math.sin(i * 0.05))
            )
            r = max(0.5, width * self.scale * swell / 2)
            self.draw.line((a, b), fill=round(ink * 255), width=max(1, round(2 * r)))
            self.draw.ellipse((b[0] - r, b[1] - r, b[0] + r, b[1] + r), fill=round(ink * 255))

    def shape(
        self, points: Sequence[Point], fill: float | None = 0.0, width: float = 0.0, smooth: bool = False
    ) -> None:
        """A polygon (or closed curve) filled with a tone and, with a width, outlined."""
        path = spline(points, True) if smooth else list(points)
        if fill is not None:
            self.draw.polygon(self._at(path), fill=round(fill * 255))
        if width:
            self.line([*path, path[0]], width)

    def disc(self, x: float, y: float, r: float, fill: float | None = None, width: float = 1.2) -> None:
        """A circle, filled or drawn."""
        if fill is not None:
            s = self.scale
            self.draw.ellipse(((x - r) * s, (y - r) * s, (x + r) * s, (y + r) * s), fill=round(fill * 255))
        if width:
            self.line(circle(x, y, r), width)

    def hatch(
        self,
        points: Sequence[Point],
        pitch: float = 4,
        angle: float = 45,
        width: float = 0.8,
        smooth: bool = False,
    ) -> None:
        """Parallel lines inside a polygon."""
        path = self._at(spline(points, True) if smooth else points)
        mask = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(mask).polygon(path, fill=255)
        layer = Image.new("L", self.image.size, 255)
        draw = ImageDraw.Draw(layer)
        xs, ys = [x for x, _ in path], [y for _, y in path]
        cx, cy = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        reach = math.hypot(max(xs) - min(xs), max(ys) - min(ys)) / 2 + 4
        a = math.radians(angle)
        dx, dy = math.cos(a), math.sin(a)
        step = pitch * self.scale
        for i in range(-int(reach / step) - 1, int(reach / step) + 2):
            j = i * step + self._shake(True) * 2
            ox, oy = cx - dy * j, cy + dx * j
            draw.line(
                (ox - dx * reach, oy - dy * reach, ox + dx * reach, oy + dy * reach),
                fill=0,
                width=max(1, round(width * self.scale)),
            )
        self.image.paste(
            0,
            mask=Image.composite(
                Image.eval(layer, lambda v: 255 - v), Image.new("L", self.image.size, 0), mask
            ),
        )

    def tone(self) -> Array:
        """The sheet, reduced to its proper size."""
        return from_image(self.image.resize(self.size, Image.Resampling.LANCZOS))
