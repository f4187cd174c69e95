"""Buildings and rooms: a temple, a domed church, a Gothic front, a tower, a palace, a nave, an arch, a gabled house.

In goes a seeded generator; out comes a printed plate: photographs of solids, engravings of the same, pen elevations.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from enrich.sample import solids as s
from enrich.sample.objects import Rng
from enrich.sample.pen import Pen, Point, circle
from enrich.sample.photographs import develop
from enrich.sample.prints import hatch_view
from enrich.sample.tones import Array, cloud, grid, mix, press, resize

STONE = (0.74, 0.74, 0.74)


def _on_site(
    rng: Rng, view: s.View, height: int, width: int, *, ink: str = "black", weather: float = 0.25
) -> Image.Image:
    """The building photographed under a bright sky."""
    y, x = grid(height, width)
    sky = 0.86 - 0.12 * (1 - y) + 0.1 * (cloud(rng, height, width, 3, 5, 2.4) - 0.5)
    seen = np.clip(resize(view.seen, height, width) * 1.5 - 0.25, 0, 1)
    light = resize(view.light * view.colour.mean(-1), height, width)
    light = (
        light
        * (1 - weather * cloud(rng, height, width, 40, 5))
        * (1 - 0.15 * cloud(rng, height, width, 5, 3))
    )
    haze = resize(np.clip(view.depth / 60, 0, 0.6), height, width) * 0.3
    return develop(rng, mix(sky, mix(light, 0.8, haze), seen), ink, pitch=3.1)


def _ground(scale: float = 1.0) -> tuple[s.Solid, s.Paint]:
    def paint(p: s.Points) -> Array:
        v = 0.42 + 0.1 * np.sin(p[0] * 1.7 * scale + 2 * np.sin(p[2] * 0.9)) * np.sin(p[2] * 2.3 * scale)
        return np.asarray(v[:, None] * np.ones((1, 3)), np.float32)

    return s.half_space((0, 1, 0), 0.0), paint


def _gable(half: float, rise: float, base: float, deep: float) -> s.Solid:
    """A prism with a low gable towards ±z."""
    n = math.hypot(rise, half)

    def roof(p: s.Points) -> Array:
        return np.asarray((np.abs(p[0]) * rise + (p[1] - base - rise) * half) / n)

    return s.common(roof, s.block((0, base + rise, 0), (half * 1.05, rise, deep)))


def temple(rng: Rng) -> Image.Image:
    """A Doric temple seen from its corner."""
    column = s.wavy(
        s.turned((0, 0, 0), [(0.9, 0.5), (2.5, 0.47), (4.6, 0.38), (4.8, 0.4), (5.0, 0.58), (5.05, 0.62)]),
        lambda p: -0.025 * np.abs(np.sin(np.arctan2(p[0], p[2]) * 10)) * (p[1] < 4.7),
    )
    slab = s.block((0, 5.15, 0), (0.64, 0.12, 0.64))
    unit = s.both(column, slab)
    front = s.moved(s.repeated(unit, 0, 1.75, 6), (0, 0, 6.1))
    rear = s.moved(s.repeated(unit, 0, 1.75, 6), (0, 0, -6.1))
    flank = s.both(
        s.moved(s.repeated(unit, 2, 1.75, 8), (4.37, 0, 0)),
        s.moved(s.repeated(unit, 2, 1.75, 8), (-4.37, 0, 0)),
    )
    steps = s.both(
        *(s.block((0, 0.15 + 0.3 * k, 0), (6.0 - 0.35 * k, 0.15, 7.7 - 0.35 * k)) for k in range(3))
    )
    cell = s.block((0, 3.0, 0), (2.9, 2.2, 4.6))
    beam = s.both(
        s.block((0, 5.6, 0), (5.0, 0.35, 6.75)),
        s.block((0, 6.25, 0), (4.95, 0.32, 6.7)),
        s.block((0, 6.68, 0), (5.4, 0.12, 7.15)),
    )
    triglyphs = s.both(
        s.moved(s.repeated(s.block((0, 6.25, 0), (0.22, 0.3, 0.06)), 0, 0.875, 12), (0, 0, 6.72)),
        s.moved(s.repeated(s.block((0, 6.25, 0), (0.06, 0.3, 0.22)), 2, 0.875, 16), (4.97, 0, 0)),
    )
    pediment = s.cut(_gable(5.4, 1.75, 6.8, 7.15), s.moved(_gable(4.6, 1.4, 6.9, 0.35), (0, 0, 7.1)))
    broken = s.wavy(pediment, lambda p: 0.03 * np.sin(p[0] * 9) * np.sin(p[1] * 11) * np.sin(p[2] * 7))
    view = s.march(
        [
            _ground(),
            (s.both(steps, cell), (0.6, 0.6, 0.6)),
            (s.both(front, rear, flank), STONE),
            (s.both(beam, triglyphs), STONE),
            (broken, (0.7, 0.7, 0.7)),
        ],
        265,
        390,
        eye=(17, 3.6, 21),
        look=(0.4, 4.0, 0.5),
        zoom=2.75,
        sun=(-0.25, 0.7, 0.8),
        ambient=0.28,
        far=60,
        steps=70,
    )
    return _on_site(rng, view, 480, 700, ink="brown")


def dome(rng: Rng) -> Image.Image:
    """A domed church on a square."""
    ribs = s.wavy(
        s.egg((0, 9.2, 0), (2.75, 3.1, 2.75)), lambda p: 0.07 * np.cos(np.arctan2(p[0], p[2]) * 16) ** 8
    )
    drum = s.cut(
        s.drum((0, 8.0, 0), 2.8, 1.5, 0.05),
        s.both(
            *(
                s.moved(
                    s.block((0, 0, 0), (0.3, 0.75, 0.6)), (2.8 * math.sin(a), 8.1, 2.8 * math.cos(a)), yaw=-a
                )
                for a in np.linspace(-1.2, 1.9, 8)
            )
        ),
    )
    colonnade = s.both(
        *(
            s.limb(
                (3.05 * math.sin(a), 6.8, 3.05 * math.cos(a)),
                (3.05 * math.sin(a), 9.2, 3.05 * math.cos(a)),
                0.14,
            )
            for a in np.linspace(-1.4, 2.1, 9)
        )
    )
    lantern = s.both(
        s.drum((0, 12.7, 0), 0.5, 0.7),
        s.egg((0, 13.5, 0), (0.6, 0.6, 0.6)),
        s.limb((0, 14, 0), (0, 15.2, 0), 0.08),
        s.limb((-0.35, 14.8, 0), (0.35, 14.8, 0), 0.07),
    )
    body = s.both(
        s.block((0, 3.2, -0.5), (4.6, 3.2, 4.4)),
        s.block((0, 6.5, -0.5), (4.9, 0.2, 4.7)),
        s.drum((0, 6.6, 0), 3.3, 0.5, 0.05),
    )
    porch = s.both(
        s.moved(
            s.repeated(
                s.turned((0, 0.4, 0), [(0, 0.34), (0.3, 0.3), (4.0, 0.24), (4.2, 0.36), (4.4, 0.4)]),
                0,
                1.25,
                6,
            ),
            (0, 0, 5.6),
        ),
        s.block((0, 5.1, 5.0), (3.6, 0.36, 1.0)),
        s.moved(_gable(3.7, 1.25, 5.45, 1.0), (0, 0, 5.0)),
        s.block((0, 0.2, 5.4), (4.0, 0.2, 1.4)),
        s.block((0, 0.08, 5.8), (4.6, 0.1, 1.9)),
    )
    windows = s.both(
        *(s.block((x, 3.6, 3.9), (0.4, 0.9, 0.25)) for x in (-3.9, 3.9)),
        *(s.block((4.6, 3.6, z), (0.25, 0.9, 0.4)) for z in (-3.2, -1.2, 0.8, 2.8)),
        s.block((0, 1.9, 3.9), (0.8, 1.6, 0.3)),
    )
    towers = s.both(
        *(
            s.both(
                s.block((x, 7.6, 2.9), (0.85, 1.3, 0.85)),
                s.cut(
                    s.block((x, 9.8, 2.9), (0.7, 1.0, 0.7)),
                    s.both(s.block((x, 9.8, 2.9), (0.32, 0.7, 1)), s.block((x, 9.8, 2.9), (1, 0.7, 0.32))),
                ),
                s.egg((x, 11.0, 2.9), (0.72, 0.85, 0.72)),
            )
            for x in (-3.7, 3.7)
        )
    )
    view = s.march(
        [
            _ground(0.6),
            (s.cut(body, windows), STONE),
            (s.both(drum, colonnade, lantern, towers), (0.78, 0.78, 0.78)),
            (porch, (0.8, 0.8, 0.8)),
            (ribs, (0.45, 0.45, 0.45)),
            (s.block((0, 3, 3.4), (4.4, 2.6, 0.2)), (0.12, 0.12, 0.12)),
        ],
        340,
        300,
        eye=(13, 3.0, 27),
        look=(0, 6.6, 0),
        zoom=3.25,
        sun=(-0.7, 0.7, 0.6),
        ambient=0.27,
        far=70,
        steps=70,
    )
    return _on_site(rng, view, 640, 564)


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
        for y in (690, 470, 330, 200):
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
        y = 340 + i * 8.6
        for x0, x1 in ((c - 66, c - 60), (c + 60, c + 66)):
            pen.line([(x0, y), (x1, y)], 0.6)
    pen.line([(20, 692), (500, 692)], 2.4)
    for k in range(4):
        pen.line([(40 - 4 * k, 696 + 5 * k), (480 + 4 * k, 696 + 5 * k)], 0.9)
    tone = pen.tone() * (0.97 + 0.03 * cloud(rng, h, w, 4, 3))
    return press(rng, tone, paper="yellow", margin=0.03)


def campanile(rng: Rng) -> Image.Image:
    """A bell tower of brick with a pyramid roof, houses at its foot."""
    shaft = s.cut(
        s.block((0, 7, 0), (1.5, 7, 1.5)),
        s.both(
            s.moved(s.repeated(s.block((0, 6, 0), (0.18, 5.2, 0.2)), 0, 0.75, 3), (0, 0, 1.6)),
            s.moved(s.repeated(s.block((0, 6, 0), (0.2, 5.2, 0.18)), 2, 0.75, 3), (1.6, 0, 0)),
        ),
    )
    belfry = s.cut(
        s.block((0, 15.4, 0), (1.6, 1.4, 1.6)),
        s.both(
            s.repeated(
                s.both(
                    s.block((0, 15.0, 0), (0.3, 0.7, 3)),
                    s.moved(s.drum((0, 0, 0), 0.3, 3), (0, 15.7, 0), pitch=math.pi / 2),
                ),
                0,
                0.9,
                3,
            ),
            s.moved(
                s.repeated(
                    s.both(
                        s.block((0, 15.0, 0), (3, 0.7, 0.3)),
                        s.moved(s.drum((0, 0, 0), 0.3, 3), (0, 15.7, 0), roll=math.pi / 2),
                    ),
                    2,
                    0.9,
                    3,
                ),
                (0, 0, 0),
            ),
        ),
    )
    trim = s.both(
        s.block((0, 14.0, 0), (1.75, 0.15, 1.75)),
        s.block((0, 16.85, 0), (1.85, 0.16, 1.85)),
        s.block((0, 17.6, 0), (1.3, 0.6, 1.3)),
    )

    def roof(p: s.Points) -> Array:
        q = np.maximum(np.abs(p[0]), np.abs(p[2]))
        return np.asarray(np.maximum((q * 3.6 + (p[1] - 22.4) * 1.35) / 3.85, 18.2 - p[1]))

    houses = s.both(
        s.cut(
            s.block((-5.2, 2.0, -1), (3.3, 2.0, 2.5)),
            s.moved(
                s.repeated(
                    s.both(s.block((0, 2.7, 1.5), (0.25, 0.5, 0.4)), s.block((0, 1.0, 1.5), (0.3, 0.7, 0.4))),
                    0,
                    1.1,
                    5,
                ),
                (-5.2, 0, 0),
            ),
        ),
        s.cut(
            s.block((5.4, 1.7, -1.5), (3.4, 1.7, 2.5)),
            s.moved(s.repeated(s.block((0, 1.0, 1.0), (0.35, 0.7, 0.5)), 0, 1.1, 5), (5.4, 0, 0)),
        ),
        s.block((-5.2, 4.1, -1), (3.5, 0.14, 2.7)),
        s.block((5.4, 3.5, -1.5), (3.6, 0.14, 2.7)),
    )
    top = s.limb((0, 22.2, 0), (0, 23.4, 0), 0.1)
    view = s.march(
        [
            _ground(0.5),
            (s.both(shaft, belfry), (0.5, 0.5, 0.5)),
            (trim, (0.8, 0.8, 0.8)),
            (roof, (0.42, 0.42, 0.42)),
            (houses, (0.66, 0.66, 0.66)),
            (top, (0.3, 0.3, 0.3)),
        ],
        400,
        240,
        eye=(13, 2.2, 34),
        look=(0, 11.3, 0),
        zoom=2.95,
        sun=(-0.6, 0.6, 0.75),
        ambient=0.27,
        far=80,
        steps=70,
    )
    return _on_site(rng, view, 700, 420, ink="sepia")


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
            half, tall = ((17, 30), (21, 44), (19, 38))[f]
            base = low - (0 if f == 0 and k == 3 else (46 if f == 0 else 10))
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


def nave(rng: Rng) -> Image.Image:
    """The vaulted nave of a church, looking towards the choir."""

    def hall(p: s.Points) -> Array:
        """Free space: a nave and two aisles under pointed barrels, with bays."""
        z = (p[2] + 100) % 4.2 - 2.1
        groin = 0.35 * np.abs(z) / 2.1
        x = np.abs(p[0])
        high = np.where(p[1] < 8.0, x - 2.9, np.hypot(x + 1.0, np.maximum(p[1] - 8.0, 0)) - 3.9 + groin)
        aisle_x = np.abs(x - 4.9)
        low = np.where(p[1] < 3.8, aisle_x - 1.55, np.hypot(aisle_x + 0.6, np.maximum(p[1] - 3.8, 0)) - 2.15)
        arch = np.where(
            p[1] < 3.6, np.abs(z) - 1.45, np.hypot(np.abs(z) + 0.7, np.maximum(p[1] - 3.6, 0)) - 2.15
        )
        between = np.maximum(arch, np.abs(x - 3.2) - 1.2)
        clear = np.maximum(
            np.where(
                p[1] < 8.2, np.abs(z) - 0.55, np.hypot(np.abs(z) + 0.5, np.maximum(p[1] - 8.2, 0)) - 1.05
            ),
            np.maximum(np.abs(x - 3.4) - 0.8, 6.6 - p[1]),
        )
        return np.asarray(np.minimum(np.minimum(np.minimum(high, low), between), clear) * 0.7)

    def walls(p: s.Points) -> Array:
        return np.asarray(np.maximum(np.maximum(-hall(p), -(p[2] + 31.5)), -40.0), np.float32)

    shafts = s.both(
        *(
            s.moved(
                s.repeated(
                    s.both(
                        s.drum((0, 4.6, 0), 0.17, 4.6),
                        s.drum((0.14, 1.8, 0.6), 0.15, 1.8),
                        s.drum((0.14, 1.8, -0.6), 0.15, 1.8),
                        s.block((0, 7.6, 0), (0.24, 0.14, 0.24)),
                        s.block((0.12, 3.65, 0), (0.34, 0.1, 0.8)),
                    ),
                    2,
                    4.2,
                    14,
                ),
                (x, 0, 0),
                yaw=0 if x < 0 else math.pi,
            )
            for x in (-2.86, 2.86)
        )
    )
    floor = s.half_space((0, 1, 0), 0.0)
    altar = s.both(
        s.block((0, 0.9, -28), (1.3, 0.9, 0.6)),
        s.limb((0, 1.8, -28), (0, 4.4, -28), 0.1),
        s.limb((-0.7, 3.6, -28), (0.7, 3.6, -28), 0.1),
    )
    benches = s.both(
        *(
            s.moved(
                s.repeated(
                    s.both(
                        s.block((0, 0.45, 0), (0.95, 0.06, 0.2)), s.block((0, 0.6, 0.2), (0.95, 0.45, 0.05))
                    ),
                    2,
                    1.3,
                    16,
                ),
                (x, 0, -6),
            )
            for x in (-1.55, 1.55)
        )
    )

    def tiles(p: s.Points) -> Array:
        return mix(
            (0.62, 0.62, 0.62), (0.4, 0.4, 0.4), ((np.floor(p[0] / 0.7) + np.floor(p[2] / 0.7)) % 2)[:, None]
        )

    scene: list[tuple[s.Solid, s.Paint]] = [
        (walls, (0.78, 0.78, 0.78)),
        (shafts, (0.8, 0.8, 0.8)),
        (floor, tiles),
        (altar, (0.4, 0.4, 0.4)),
        (benches, (0.22, 0.22, 0.22)),
    ]
    view = s.march(
        scene,
        350,
        250,
        eye=(0.35, 2.6, 13.0),
        look=(0, 4.7, -12),
        zoom=1.75,
        sun=(0.75, 0.55, 0.55),
        ambient=0.62,
        shadow=0.25,
        far=52,
        steps=72,
    )
    h, w = 680, 486
    light = resize(view.light * view.colour[..., 0], h, w)
    depth = resize(np.minimum(view.depth, 52), h, w)
    light = light * (1.0 - 0.35 * np.exp(-depth / 12)) * (0.85 + 0.2 * cloud(rng, h, w, 22, 4))
    y, x = grid(h, w)
    glow = np.exp(-(((x - 0.5) / 0.06) ** 2 + ((y - 0.46) / 0.1) ** 2))
    return develop(rng, np.clip(mix(light, 0.95, 0.6 * glow), 0, 1), "brown", pitch=3.1)


def arch(rng: Rng) -> Image.Image:
    """A triumphal arch, engraved."""

    def passage(x: float, half: float, tall: float) -> s.Solid:
        return s.both(
            s.block((x, tall / 2, 0), (half, tall / 2, 4)),
            s.moved(s.drum((0, 0, 0), half, 4), (x, tall, 0), pitch=math.pi / 2),
        )

    mass = s.cut(
        s.block((0, 4.4, 0), (6.2, 4.4, 1.6)),
        s.both(passage(0, 1.6, 4.0), passage(-4.1, 0.85, 2.3), passage(4.1, 0.85, 2.3)),
    )
    columns = s.both(
        *(
            s.both(
                s.block((x, 0.7, 2.0), (0.5, 0.7, 0.5)),
                s.turned(
                    (x, 1.4, 2.0),
                    [(0, 0.36), (0.2, 0.36), (0.3, 0.29), (4.0, 0.24), (4.2, 0.36), (4.6, 0.44)],
                ),
                s.block((x, 6.3, 1.9), (0.5, 0.32, 0.55)),
            )
            for x in (-5.6, -2.5, 2.5, 5.6)
        )
    )
    trim = s.both(
        s.block((0, 6.25, 0), (6.4, 0.28, 1.7)),
        s.block((0, 6.7, 0), (6.7, 0.14, 2.0)),
        s.block((0, 8.9, 0), (6.6, 0.18, 1.95)),
        s.moved(s.ring((0, 0, 0), 1.75, 0.16), (0, 4.0, 1.6)),
        s.block((0, 5.75, 1.75), (0.3, 0.45, 0.3)),
    )
    attic = s.wavy(
        s.block((0, 7.8, 0.12), (2.6, 0.75, 1.6)),
        lambda p: 0.025 * (np.sin(p[1] * 24) > 0.1) * (np.sin(p[0] * 13 + 3 * np.sin(p[1] * 40)) > -0.5),
    )
    panels = s.wavy(
        s.both(*(s.block((x, 5.1, 1.6), (1.0, 0.7, 0.1)) for x in (-4.05, 4.05))),
        lambda p: 0.09 * np.sin(p[0] * 7) * np.sin(p[1] * 6 + 1),
    )
    parts: list[tuple[s.Solid, s.Paint]] = [
        _ground(0.4),
        (mass, (0.82, 0.82, 0.82)),
        (columns, (0.9, 0.9, 0.9)),
        (trim, (0.86, 0.86, 0.86)),
        (attic, (0.88, 0.88, 0.88)),
        (panels, (0.8, 0.8, 0.8)),
    ]
    view = s.march(
        parts,
        260,
        360,
        eye=(9, 2.6, 24),
        look=(0.2, 4.3, 0),
        zoom=3.5,
        sun=(-0.6, 0.75, 0.55),
        ambient=0.28,
        far=60,
        steps=70,
    )
    h, w = 480, 665
    y, x = grid(h, w)
    back = np.clip(0.8 + 0.2 * y + 0.25 * (cloud(rng, h, w, 3, 4, 2) - 0.5), 0, 1)
    return press(rng, hatch_view(view, back, pitch=3.3, curve=1.5, gamma=0.65), paper="yellow", margin=0.03)


def gabled(rng: Rng) -> Image.Image:
    """A timber-framed town house with a stepped neighbour: pen drawing."""
    w, h = 560, 660
    pen = Pen(w, h, rng, 0.5)
    x0, x1 = 70.0, 340.0
    m = (x0 + x1) / 2
    pen.line([(20, 620), (540, 620)], 2.4)
    levels = [620, 520, 430, 340]
    for k, (low, high) in enumerate(zip(levels, levels[1:], strict=False)):
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


PLATES = {
    "temple": temple,
    "dome": dome,
    "gothic": gothic,
    "campanile": campanile,
    "palace": palace,
    "nave": nave,
    "arch": arch,
    "gabled": gabled,
}
