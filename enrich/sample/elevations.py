"""Buildings in pen: the front of a cathedral, a palace, a gabled house.

In goes a seeded generator; out comes a line block.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from PIL import Image

from enrich.sample.pen import Pen, Point, circle
from enrich.sample.tones import Draw, Rng, cloud, press


def _pointed(pen: Pen, x: float, y: float, half: float, tall: float, width: float = 1.4) -> list[Point]:
    """A pointed arch standing on (x ± half, y), its springing `tall` above."""
    left = circle(x + half, y - tall, 2 * half, 180, 240, 14)
    right = circle(x - half, y - tall, 2 * half, 300, 360, 14)
    path = [(x - half, y), *left, *right, (x + half, y)]
    if width:
        pen.line(path, width)
    return path


def gothic(rng: Rng) -> Image.Image:
    """The west front of a cathedral: portals, rose, gallery, two towers; an elevation in pen."""
    w, h = 520, 720
    pen = Pen(w, h)
    c = 260.0
    for side in (-1, 1):
        x0, x1 = c + side * 66, c + side * 190
        for y in (690.0, 470.0, 330.0, 200.0):
            pen.line([(x0, y), (x1, y)], 2)
            pen.line([(x0, y - 6), (x1, y - 6)], 1)
        top = 120 if side < 0 else 92
        for x in (x0, x1):
            pen.hatch([(x - 13, 690), (x - 9, top + 60), (x + 9, top + 60), (x + 13, 690)], 3, 0, 0.7)
            pen.shape([(x - 13, 690), (x - 9, top + 60), (x + 9, top + 60), (x + 13, 690)], None, 1.4)
            pen.shape([(x - 9, top + 60), (x, top), (x + 9, top + 60)], 1.0, 1.4)
            for k in range(6):
                pen.disc(x - 9 + 1.5 * k, top + 54 - 9 * k, 2, 0.0, 0)
                pen.disc(x + 9 - 1.5 * k, top + 54 - 9 * k, 2, 0.0, 0)
        m = (x0 + x1) / 2
        for x in (m - 28, m + 28):
            for y, tall, half in ((318, 74, 20), (458, 70, 20)):
                pen.shape(_pointed(pen, x, y, half, tall, 0), 0.1)
                pen.line([(x, y), (x, y - tall - 26)], 2.4, 1.0)
                _pointed(pen, x, y, half + 4, tall, 1.2)
                for sx in (-1, 1):
                    _pointed(pen, x + sx * half / 2, y, half / 2 - 1, tall - 6, 1.0)
            pen.shape(_pointed(pen, x, 192, 17, 40, 0), 0.08)
            pen.line([(x, 192), (x, 138)], 2, 1.0)
        pen.shape(
            [
                (m - 46, 120 if side < 0 else 100),
                (m, 16 if side < 0 else 40),
                (m + 46, 120 if side < 0 else 100),
            ],
            1.0,
            1.6,
        )
        pen.hatch([(m, 118), (m, 24), (m + 44, 118)], 3.4, 60, 0.8)
        for k in range(9):
            t = k / 9
            y = (118 if side < 0 else 98) - t * (92 if side < 0 else 54)
            pen.line([(m - 44 * (1 - t), y), (m + 44 * (1 - t), y)], 0.7)
    for x, half, tall in ((c - 128, 40, 66), (c, 52, 80), (c + 128, 40, 66)):
        for k in range(7):
            _pointed(pen, x, 690, half - 4 * k, tall - 3 * k, 1.3)
        pen.shape(_pointed(pen, x, 690, half - 27, tall - 20, 0), 0.0)
        pen.line([(x, 690), (x, 690 - tall - 10)], 2, 1.0)
        gable = [
            (x - half - 6, 690 - tall - 30),
            (x, 690 - tall - 2 * half - 26),
            (x + half + 6, 690 - tall - 30),
        ]
        pen.line(gable, 1.6)
        pen.line([(a, b + 8) for a, b in gable], 0.9)
        for i in range(10):
            y = 640 - i * 7
            for sx in (-1, 1):
                pen.disc(x + sx * (half - 2), y, 1.7, 0.0, 0)
    for i in range(17):
        x = c - 184 + i * 23
        pen.shape(_pointed(pen, x, 520, 7, 16, 0), 0.15)
        _pointed(pen, x, 520, 9, 16, 0.9)
        pen.line([(x, 520), (x, 502)], 1.5, 1.0)
    pen.line([(c - 196, 524), (c + 196, 524)], 1.8)
    pen.line([(c - 196, 484), (c + 196, 484)], 1.4)
    pen.disc(c, 400, 56, 0.06, 2)
    for ring, petals, size in ((20, 6, 9), (40, 12, 9)):
        for k in range(petals):
            a = 2 * math.pi * k / petals
            pen.disc(
                c + ring * math.cos(a), 400 + ring * math.sin(a), size, 0.85 if ring == 20 else 0.06, 1.6
            )
            pen.line([(c, 400), (c + 54 * math.cos(a), 400 + 54 * math.sin(a))], 1.8, 1.0)
    for r in (57, 62, 31, 10):
        pen.disc(c, 400, r, None, 1.6)
    pen.shape([(c - 66, 330), (c, 232), (c + 66, 330)], 1.0, 1.8)
    pen.disc(c, 296, 20, 0.08, 1.6)
    for k in range(3):
        a = 2 * math.pi * k / 3 - math.pi / 2
        pen.disc(c + 9 * math.cos(a), 296 + 9 * math.sin(a), 9, 0.9, 1.4)
    pen.line([(c, 232), (c, 204)], 2)
    pen.line([(c - 8, 212), (c + 8, 212)], 2)
    for i in range(40):
        y = 340.0 + i * 8.6
        for x0, x1 in ((c - 66, c - 60), (c + 60, c + 66)):
            pen.line([(x0, y), (x1, y)], 0.6)
    pen.line([(20, 692), (500, 692)], 2.4)
    for k in range(4):
        pen.line([(40 - 4 * k, 696 + 5 * k), (480 + 4 * k, 696 + 5 * k)], 0.9)
    tone = pen.tone() * (0.97 + 0.03 * cloud(rng, h, w, 4, 3))
    return press(rng, tone, paper="yellow", margin=0.03)


def palace(rng: Rng) -> Image.Image:
    """A palace front with rustication, arched windows and a heavy cornice: engraving of an elevation."""
    w, h = 680, 470
    pen = Pen(w, h)
    left, right = 40.0, 640.0
    floors = ((440, 320), (312, 208), (200, 106))
    for f, (low, high) in enumerate(floors):
        courses = (9, 11, 12)[f]
        for i in range(courses):
            y0 = low - (low - high) * i / courses
            y1 = low - (low - high) * (i + 1) / courses
            pen.line([(left, y0), (right, y0)], (1.6, 0.9, 0.45)[f])
            if f < 2:
                step = 34 if f == 0 else 27
                x = left + (i % 2) * step / 2
                while x < right:
                    pen.line([(x, y0), (x, y1)], (1.6, 0.8)[f])
                    x += step
        pen.line([(left - 4, high - 4), (right + 4, high - 4)], 3)
        for k in range(46):
            x = left + k * (right - left) / 46
            pen.shape([(x, high - 2), (x + 6, high - 2), (x + 6, high + 4), (x, high + 4)], 0.0)
        count = 7
        for k in range(count):
            x = left + (right - left) * (k + 0.5) / count
            half, tall = ((17.0, 30.0), (21.0, 44.0), (19.0, 38.0))[f]
            base = float(low) - (0 if f == 0 and k == 3 else (46 if f == 0 else 10))
            if f == 0 and k == 3:
                half, tall, base = 26.0, 66.0, low
            outer = [
                (x - half - 11, base),
                (x - half - 11, base - tall),
                *circle(x, base - tall, half + 11, 180, 360, 24),
                (x + half + 11, base),
            ]
            pen.shape(outer, 1.0, 1.3)
            for a in np.linspace(180, 360, 10):
                r = math.radians(a)
                pen.line(
                    [
                        (x + half * math.cos(r), base - tall + half * math.sin(r)),
                        (x + (half + 11) * math.cos(r), base - tall + (half + 11) * math.sin(r)),
                    ],
                    1,
                )
            inner = [
                (x - half, base),
                (x - half, base - tall),
                *circle(x, base - tall, half, 180, 360, 24),
                (x + half, base),
            ]
            pen.shape(inner, 0.1, 1.0)
            if f:
                pen.line([(x, base), (x, base - tall)], 3, 0.95)
                for sx in (-1, 1):
                    pen.line(circle(x + sx * half / 2, base - tall, half / 2, 180, 360, 14), 2.4, 0.95)
                pen.disc(x, base - tall - half * 0.55, 4, None, 0)
                pen.line([(x - half - 14, base + 2), (x + half + 14, base + 2)], 2.4)
    pen.shape([(left - 18, 70), (right + 18, 70), (right + 4, 100), (left - 4, 100)], 1.0, 2)
    for k in range(58):
        x = left - 8 + k * (right - left + 16) / 58
        pen.shape([(x, 82), (x + 5, 82), (x + 4, 96), (x + 1, 96)], 0.15)
    pen.line([(left - 20, 66), (right + 20, 66)], 3)
    pen.line([(left - 16, 76), (right + 16, 76)], 1)
    pen.hatch([(left - 8, 100), (right + 8, 100), (right + 2, 108), (left - 2, 108)], 2.6, 60, 0.9)
    pen.shape([(left - 14, 440), (right + 14, 440), (right + 14, 452), (left - 14, 452)], 1.0, 1.8)
    pen.line([(8, 453), (672, 453)], 2)
    for k in range(3):
        pen.line([(8, 458 + 4 * k), (672, 458 + 4 * k)], 0.6)
    return press(rng, pen.tone(), paper="cream", margin=0.03)


def gabled(rng: Rng) -> Image.Image:
    """A timber-framed town house with a stepped neighbour: pen drawing."""
    w, h = 560, 660
    pen = Pen(w, h, rng, 0.5)
    x0, x1 = 70.0, 340.0
    m = (x0 + x1) / 2
    pen.line([(20, 620), (540, 620)], 2.4)
    levels = [620, 520, 430, 340]
    for k, (low, high) in enumerate(itertools.pairwise(levels)):
        a, b = x0 - 9 * k, x1 + 9 * k
        pen.shape([(a, low), (b, low), (b, high), (a, high)], 1.0, 2.2)
        pen.shape([(a - 5, high + 7), (b + 5, high + 7), (b + 5, high - 3), (a - 5, high - 3)], 0.85, 1.6)
        n = 6
        for i in range(n + 1):
            x = a + (b - a) * i / n
            if k:
                pen.line([(x, low), (x, high + 7)], 5, 0.15)
                if i < n:
                    x2 = a + (b - a) * (i + 1) / n
                    if (i + k) % 3 == 0:
                        pen.line([(x, low), (x2, high + 8)], 4, 0.15)
                        pen.line([(x, high + 8), (x2, low)], 4, 0.15)
                    elif (i + k) % 3 == 1:
                        pen.shape(
                            [(x + 8, high + 22), (x2 - 8, high + 22), (x2 - 8, low - 26), (x + 8, low - 26)],
                            0.1,
                            1.4,
                        )
                        pen.line([((x + x2) / 2, high + 22), ((x + x2) / 2, low - 26)], 2, 1.0)
                        pen.line([(x + 8, (low + high) / 2), (x2 - 8, (low + high) / 2)], 2, 1.0)
                        pen.line([(x, low - 20), (x2, low - 20)], 4, 0.15)
                    else:
                        pen.line([(x, low), (x2, (low + high) / 2)], 4, 0.15)
    pen.shape([(m - 30, 620), (m - 30, 556), *circle(m, 556, 30, 180, 360, 16), (m + 30, 620)], 0.12, 2)
    pen.line([(m, 620), (m, 530)], 1.4, 1.0)
    for x in (x0 + 44, x1 - 44):
        pen.shape([(x - 24, 598), (x - 24, 556), (x + 24, 556), (x + 24, 598)], 0.15, 1.6)
        for k in (-8, 8):
            pen.line([(x + k, 598), (x + k, 556)], 2, 1.0)
        pen.line([(x - 24, 577), (x + 24, 577)], 2, 1.0)
    a, b = x0 - 34, x1 + 34
    pen.shape([(a, 342), (m, 96), (b, 342)], 1.0, 2.6)
    for k in range(1, 5):
        t = k / 5
        y = 340 - 240 * t * 0.9
        half = (b - a) / 2 * (1 - t * 0.9)
        pen.line([(m - half, y), (m + half, y)], 4, 0.15)
        for i in range(-2, 3):
            x = m + i * half * 0.42
            pen.line([(x, y), (x, y + 44)], 3.6, 0.15)
        if k < 4:
            for i in (-1, 1):
                pen.shape(
                    [
                        (m + i * half * 0.3 - 9, y + 12),
                        (m + i * half * 0.3 + 9, y + 12),
                        (m + i * half * 0.3 + 9, y + 34),
                        (m + i * half * 0.3 - 9, y + 34),
                    ],
                    0.1,
                    1.2,
                )
    pen.line([(a - 8, 346), (m, 88), (b + 8, 346)], 5)
    left, right = 384.0, 520.0
    pen.shape([(left, 620), (left, 330), (right, 330), (right, 620)], 1.0, 2.2)
    step: list[Point] = [(left, 330)]
    for k in range(5):
        step += [(left + 13 * k, 330 - 34 * k), (left + 13 * k, 296 - 34 * k)]
    step += [(x, y) for x, y in [(left + right - a_, b_) for a_, b_ in reversed(step)]]
    pen.shape(step, 1.0, 2.2)
    pen.hatch([(left + 90, 620), (left + 90, 250), (right, 330), (right, 620)], 5, 62, 0.6)
    for y in (360, 430, 500, 560):
        for x in (left + 34, left + 100):
            pen.shape([(x - 14, y + 34), (x - 14, y), (x + 14, y), (x + 14, y + 34)], 0.12, 1.4)
            pen.line([(x, y + 34), (x, y)], 2, 1.0)
    for x in (left + 50, left + 86):
        pen.shape([(x - 8, 296), (x - 8, 268), (x + 8, 268), (x + 8, 296)], 0.12, 1.2)
    for _ in range(90):
        x, y = rng.uniform(20, 540), rng.uniform(624, 648)
        pen.curve(circle(x, y, 7, 180, 360, 6), 1.2, 0.5)
    for _ in range(20):
        x = rng.uniform(380, 540)
        pen.curve(
            [(x - 160, rng.uniform(40, 90)), (x - 120, rng.uniform(40, 90)), (x - 70, rng.uniform(50, 80))],
            1.2,
            0.9,
        )
    return press(rng, pen.tone(), paper="cream", margin=0.03)


PLATES: dict[str, Draw] = {
    "gothic": gothic,
    "palace": palace,
    "gabled": gabled,
}
