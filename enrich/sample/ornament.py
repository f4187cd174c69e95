"""Ornament: a tracery rose, friezes, star tiling, interlace, an initial, a wallpaper.

In goes a seeded generator; out comes a line block in one or two inks.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from enrich.sample.pen import Pen, Point, circle, spline
from enrich.sample.tones import Array, Draw, Rng, mix, press


def rose(rng: Rng) -> Image.Image:
    """A rose window of tracery, twelvefold."""
    w = h = 600
    pen = Pen(w, h)
    c = 300.0
    pen.disc(c, c, 280, 0.0, 0)
    pen.disc(c, c, 268, 1.0, 0)
    pen.disc(c, c, 254, 0.12, 2)
    for k in range(12):
        a = k * math.pi / 6
        for r, size in ((206, 44), (118, 34)):
            b = a + (math.pi / 12 if r == 118 else 0)
            x, y = c + r * math.cos(b), c + r * math.sin(b)
            pen.disc(x, y, size, 0.95, 2)
            for j in range(5 if r == 206 else 3):
                q = b + j * 2 * math.pi / (5 if r == 206 else 3)
                pen.disc(x + size * 0.45 * math.cos(q), y + size * 0.45 * math.sin(q), size * 0.36, 0.1, 1.6)
            pen.disc(x, y, size * 0.3, 0.1, 0)
        ends = [(c + r * math.cos(a + math.pi / 12), c + r * math.sin(a + math.pi / 12)) for r in (60, 252)]
        pen.line(ends, 11)
        pen.line(ends, 7, 1.0)
        pen.line(ends, 1.2)
    pen.disc(c, c, 66, 1.0, 2.4)
    pen.disc(c, c, 56, 0.1, 2)
    for k in range(6):
        a = k * math.pi / 3
        pen.disc(c + 30 * math.cos(a), c + 30 * math.sin(a), 20, 0.96, 1.8)
        pen.disc(c + 30 * math.cos(a), c + 30 * math.sin(a), 11, 0.1, 1.2)
    pen.disc(c, c, 13, 1.0, 2)
    return press(rng, pen.tone(), paper="cream", margin=0.03)


def friezes(rng: Rng) -> Image.Image:
    """Four borders: meander, running dog, palmettes, egg and dart."""
    w, h = 660, 520
    pen = Pen(w, h)

    def rails(y: float, tall: float) -> None:
        for yy in (y - 8, y + tall + 8):
            pen.line([(20, yy), (640, yy)], 3)
        for yy in (y - 14, y + tall + 14):
            pen.line([(20, yy), (640, yy)], 1)

    rails(34, 70)
    x = 26.0
    while x < 610:
        u = 14.0
        path = [
            (0, 5),
            (0, 0),
            (5, 0),
            (5, 4),
            (2, 4),
            (2, 2),
            (3.2, 2),
            (3.2, 3),
            (4, 3),
            (4, 1),
            (1, 1),
            (1, 5),
            (6, 5),
        ]
        pen.line([(x + a * u, 34 + b * u) for a, b in path], 6)
        x += 6 * u
    rails(162, 64)
    for k in range(11):
        x = 26 + k * 57
        spiral = [
            (x + 26 + r * math.cos(t), 192 + r * math.sin(t))
            for t, r in ((i * 0.25, 25 - i * 0.62) for i in range(38))
        ]
        pen.line(spiral, 6)
        pen.curve([(x - 2, 222), (x + 14, 226), (x + 34, 224), (x + 51, 200), (x + 51, 190)], 8, 0.2)
        pen.disc(x + 27, 192, 4, 0.0, 0)
    rails(284, 78)
    for k in range(8):
        x = 62 + k * 77.0
        if k % 2 == 0:
            for j in range(-4, 5):
                a = -math.pi / 2 + j * 0.33
                reach = 62 - 4.2 * abs(j)
                tip = (x + reach * math.cos(a), 356 + reach * math.sin(a))
                side = (x + reach * 0.6 * math.cos(a - 0.13), 356 + reach * 0.6 * math.sin(a - 0.13))
                other = (x + reach * 0.6 * math.cos(a + 0.13), 356 + reach * 0.6 * math.sin(a + 0.13))
                pen.shape([(x, 356), side, tip, other], 0.0, smooth=True)
        else:
            for sx in (-1, 1):
                pen.curve([(x, 360), (x + sx * 10, 326), (x + sx * 28, 302), (x + sx * 24, 290)], 8, 0.5)
                pen.shape([(x, 352), (x + sx * 7, 322), (x, 290)], 0.0, smooth=True)
        for sx in (-1, 1):
            pen.line(
                [
                    (x + sx * 20 + r * math.cos(t), 352 + r * math.sin(t))
                    for t, r in ((i * 0.3, 12 - i * 0.42) for i in range(26))
                ],
                3,
            )
    rails(412, 70)
    for k in range(11):
        x = 52 + k * 56.0
        pen.shape(
            [(x - 21, 412), (x - 20, 446), (x, 478), (x + 20, 446), (x + 21, 412)], 1.0, 2.4, smooth=False
        )
        pen.shape([(x - 13, 412), (x - 13, 440), (x, 464), (x + 13, 440), (x + 13, 412)], 1.0, 1.6)
        pen.hatch([(x, 464), (x + 13, 440), (x + 13, 412), (x + 4, 412)], 3, 60, 0.9)
        pen.shape(
            [
                (x + 28 - 3, 412),
                (x + 28 + 3, 412),
                (x + 28 + 2, 458),
                (x + 28 + 7, 458),
                (x + 28, 480),
                (x + 28 - 7, 458),
                (x + 28 - 2, 458),
            ],
            0.0,
        )
    return press(rng, pen.tone(), paper="yellow", margin=0.02)


def stars(rng: Rng) -> Image.Image:
    """Eight-pointed stars and crosses: a Moorish tiling in two inks."""
    w, h = 640, 520
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    pitch = 108.0

    def star(ox: float, oy: float, size: float) -> Array:
        u, v = (x - ox + pitch / 2) % pitch - pitch / 2, (y - oy + pitch / 2) % pitch - pitch / 2
        square = np.maximum(np.abs(u), np.abs(v))
        diamond = (np.abs(u) + np.abs(v)) / math.sqrt(2)
        return np.asarray(np.minimum(square, diamond) - size, np.float32)

    outer = star(0, 0, pitch * 0.354)
    band = np.abs(outer) - 4.5
    line = np.abs(np.abs(outer) - 6.0) - 1.1
    u, v = (x + pitch / 2) % pitch - pitch / 2, (y + pitch / 2) % pitch - pitch / 2
    angle, r = np.arctan2(v, u), np.hypot(u, v)
    flower = r - 22 * (0.72 + 0.28 * np.cos(angle * 8))
    ux, vx = (x) % pitch - pitch / 2, (y) % pitch - pitch / 2
    ra, aa = np.hypot(ux, vx), np.arctan2(vx, ux)
    cross = np.abs(ra - 17 * (0.7 + 0.3 * np.cos(aa * 4))) - 1.5
    picture = np.ones((h, w, 3), np.float32) * np.array((0.95, 0.91, 0.82), np.float32)
    red, blue, dark = (0.62, 0.2, 0.14), (0.16, 0.26, 0.45), (0.1, 0.09, 0.09)

    def inked(distance: Array, colour: tuple[float, float, float], strength: float = 0.95) -> None:
        nonlocal picture
        picture = mix(picture, colour, np.clip(0.5 - distance, 0, 1) * strength)

    inked(outer + 10, blue, 0.9)
    inked(-(outer - 10), red, 0.85)
    inked(band - 3, (0.95, 0.91, 0.82))
    inked(line, dark)
    inked(flower, (0.93, 0.82, 0.5))
    inked(np.abs(flower) - 1.2, dark)
    inked(r - 6, red)
    inked(ra - 15, (0.93, 0.82, 0.5))
    inked(cross, dark)
    return press(rng, picture, paper="cream", margin=0.03)


def knot(rng: Rng) -> Image.Image:
    """A panel of interlaced bands, over and under."""
    w, h = 560, 560
    pen = Pen(w, h)
    n, cell, off = 10, 48.0, 40.0
    pen.shape(
        [
            (off - 20, off - 20),
            (off + n * cell + 20, off - 20),
            (off + n * cell + 20, off + n * cell + 20),
            (off - 20, off + n * cell + 20),
        ],
        0.06,
    )
    blocked = {(3, 4), (6, 5), (4, 7), (5, 2), (2, 2), (7, 7), (2, 7), (7, 2)}

    def band(points: list[Point]) -> None:
        pen.line(points, 19, 0.06)
        pen.line(points, 14, 0.96)
        pen.line(points, 8, 0.06)
        pen.line(points, 5, 0.96)

    for over in (0, 1):
        for i in range(n):
            for j in range(n):
                cx, cy = off + (i + 0.5) * cell, off + (j + 0.5) * cell
                d = cell / 2
                rising = (i + j) % 2 == over
                if (i, j) in blocked:
                    if not over:
                        for sx in (-1, 1):
                            band(
                                spline(
                                    [(cx + sx * d, cy - d), (cx + sx * d * 0.36, cy), (cx + sx * d, cy + d)]
                                )
                            )
                elif rising:
                    band([(cx - d * 1.02, cy + d * 1.02), (cx + d * 1.02, cy - d * 1.02)])
                else:
                    band([(cx - d * 1.02, cy - d * 1.02), (cx + d * 1.02, cy + d * 1.02)])
    for k in range(0, n, 1):
        for x, y, a in (
            (off + (k + 0.5) * cell, off, -90),
            (off + (k + 0.5) * cell, off + n * cell, 90),
            (off, off + (k + 0.5) * cell, 180),
            (off + n * cell, off + (k + 0.5) * cell, 0),
        ):
            r = math.radians(a)
            dx, dy = math.cos(r), math.sin(r)
            if k % 2 == 0:
                continue
            tx, ty = -dy, dx
            band(
                spline(
                    [
                        (x - tx * cell / 2, y - ty * cell / 2),
                        (x + dx * 9, y + dy * 9),
                        (x + tx * cell / 2, y + ty * cell / 2),
                    ]
                )
            )
    pen.line(
        [
            (off - 24, off - 24),
            (off + n * cell + 24, off - 24),
            (off + n * cell + 24, off + n * cell + 24),
            (off - 24, off + n * cell + 24),
            (off - 24, off - 24),
        ],
        4,
    )
    pen.line(
        [
            (off - 31, off - 31),
            (off + n * cell + 31, off - 31),
            (off + n * cell + 31, off + n * cell + 31),
            (off - 31, off + n * cell + 31),
            (off - 31, off - 31),
        ],
        1.4,
    )
    return press(rng, pen.tone(), paper="cream", margin=0.02)


def _leaf(pen: Pen, x: float, y: float, a: float, size: float, ink: float = 0.0, vein: float = 1.0) -> None:
    shape = [
        (0, 0),
        (0.3, -0.22),
        (0.55, -0.3),
        (0.6, -0.16),
        (0.9, -0.14),
        (1.0, 0.0),
        (0.9, 0.12),
        (0.62, 0.15),
        (0.55, 0.28),
        (0.3, 0.2),
    ]
    c, s_ = math.cos(a), math.sin(a)
    pen.shape(
        [(x + size * (u * c - v * s_), y + size * (u * s_ + v * c)) for u, v in shape], ink, smooth=True
    )
    pen.line([(x, y), (x + size * 0.85 * c, y + size * 0.85 * s_)], max(0.8, size * 0.03), vein)


def _scroll(pen: Pen, x: float, y: float, r: float, turn: float, way: int, ink: float = 0.0) -> None:
    """A spiral of acanthus with leaves on its outer side and a flower in its eye."""
    path = [
        (x + q * math.cos(t), y + q * math.sin(t))
        for t, q in ((turn + way * i * 0.22, r * (1 - i / 44)) for i in range(40))
    ]
    pen.line(path, max(2.0, r * 0.07), ink)
    for i in range(1, 30, 3):
        px, py = path[i]
        a = math.atan2(py - y, px - x) + way * 0.75
        _leaf(pen, px, py, a, r * 0.36 * (1 - i / 48), ink, 1 - ink)
    for k in range(6):
        a = k * math.pi / 3
        pen.disc(x + r * 0.12 * math.cos(a), y + r * 0.12 * math.sin(a), r * 0.075, ink, 0)
    pen.disc(x, y, r * 0.06, 1 - ink, 0)


def initial(rng: Rng) -> Image.Image:
    """A letter D on a ground of vines."""
    w, h = 520, 540
    pen = Pen(w, h)
    pen.shape([(20, 20), (500, 20), (500, 520), (20, 520)], 0.03)
    pen.shape([(30, 30), (490, 30), (490, 510), (30, 510)], 1.0)
    pen.shape([(36, 36), (484, 36), (484, 504), (36, 504)], 0.03)
    for x, y, r, turn, way in (
        (130, 128, 84, 1.2, 1),
        (390, 128, 84, 2.0, -1),
        (130, 412, 84, -1.2, -1),
        (390, 412, 84, -2.0, 1),
        (262, 270, 100, 0.6, 1),
        (60, 270, 46, 0, 1),
        (462, 270, 46, 3, -1),
    ):
        _scroll(pen, x, y, r, turn, way, 1.0)
    outer = [(150, 110), (290, 110), *circle(290, 270, 160, -90, 90, 40), (150, 430)]
    for grow, ink in ((9, 0.03), (0, 1.0)):
        pen.line([*outer, outer[0]], 46 + 2 * grow, ink)
        pen.line([(190, 104), (190, 436)], 64 + 2 * grow, ink)
    pen.line([(190, 116), (190, 424)], 2, 0.03)
    pen.line([*outer[1:-1]], 2, 0.03)
    for y in (150, 210, 270, 330, 390):
        pen.disc(190, y, 8, 0.03, 0)
        pen.disc(190, y, 4, 1.0, 0)
    return press(rng, pen.tone(), paper="yellow", ink="black", margin=0.02)


def wallpaper(rng: Rng) -> Image.Image:
    """A repeating pattern of leaves, scrolls and flowers, light on dark."""
    w, h = 560, 640
    pen = Pen(w, h)
    pen.shape([(0, 0), (w, 0), (w, h), (0, h)], 0.1)
    for row in range(-1, 6):
        for column in range(-1, 5):
            x, y = column * 160 + (80 if row % 2 else 0), row * 128.0
            way = 1 if (row + column) % 2 else -1
            pen.curve(
                [(x - 80, y + 64), (x - 30, y + 40), (x, y), (x + 30, y - 40), (x + 80, y - 64)], 6, 0.2, 0.9
            )
            _scroll(pen, x + 34 * way, y + 24, 46, 0.4 * way, way, 0.9)
            for k in range(8):
                a = k * math.pi / 4 + 0.2
                pen.shape(
                    [
                        (x - 44 * way, y - 20),
                        (x - 44 * way + 26 * math.cos(a - 0.28), y - 20 + 26 * math.sin(a - 0.28)),
                        (x - 44 * way + 33 * math.cos(a), y - 20 + 33 * math.sin(a)),
                        (x - 44 * way + 26 * math.cos(a + 0.28), y - 20 + 26 * math.sin(a + 0.28)),
                    ],
                    0.95,
                    smooth=True,
                )
            pen.disc(x - 44 * way, y - 20, 9, 0.1, 0)
            pen.disc(x - 44 * way, y - 20, 5, 0.9, 0)
            for k in range(4):
                _leaf(pen, x - 66 + 36 * k, y + 58 - 34 * k, (-1.9 if k % 2 else 0.9), 30, 0.85, 0.1)
    return press(rng, pen.tone(), paper="grey", ink="green", margin=0.02)


PLATES: dict[str, Draw] = {
    "rose": rose,
    "friezes": friezes,
    "stars": stars,
    "knot": knot,
    "initial": initial,
    "wallpaper": wallpaper,
}
