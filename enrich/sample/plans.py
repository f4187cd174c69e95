"""Plans and maps: ground plans of churches, a house and a castle, a town with its wall and river.

In goes a seeded generator; out comes a line block with scale bar and letters.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from PIL import Image

from enrich.sample.drawings import letter
from enrich.sample.pen import Pen, Point, circle, spline
from enrich.sample.tones import Draw, Rng, press


def _wall(pen: Pen, points: list[Point], thick: float = 8) -> None:
    pen.line(points, thick)
    for x, y in (points[0], points[-1]):
        pen.shape(
            [
                (x - thick / 2, y - thick / 2),
                (x + thick / 2, y - thick / 2),
                (x + thick / 2, y + thick / 2),
                (x - thick / 2, y + thick / 2),
            ],
            0.0,
        )


def _scale_bar(pen: Pen, x: float, y: float, length: float, parts: int = 5) -> None:
    step = length / parts
    for i in range(parts):
        pen.shape(
            [(x + i * step, y), (x + (i + 1) * step, y), (x + (i + 1) * step, y + 6), (x + i * step, y + 6)],
            0.0 if i % 2 == 0 else 1.0,
            1,
        )
        pen.line([(x + i * step, y - 4), (x + i * step, y + 6)], 1)
    pen.line([(x + length, y - 4), (x + length, y + 6)], 1)


def _dashed(pen: Pen, a: Point, b: Point, dash: float = 5, width: float = 0.8) -> None:
    n = max(2, int(math.dist(a, b) / dash))
    for i in range(0, n, 2):
        pen.line([(a[0] + (b[0] - a[0]) * t / n, a[1] + (b[1] - a[1]) * t / n) for t in (i, i + 1)], width)


def _vault(pen: Pen, x0: float, y0: float, x1: float, y1: float) -> None:
    _dashed(pen, (x0, y0), (x1, y1))
    _dashed(pen, (x0, y1), (x1, y0))
    pen.line([(x0, y0), (x1, y0)], 0.5)
    pen.line([(x0, y1), (x1, y1)], 0.5)


def _pier(pen: Pen, x: float, y: float, r: float) -> None:
    pen.shape([(x - r, y), (x, y - r), (x + r, y), (x, y + r)], 0.0)
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        pen.disc(x + dx * r * 0.75, y + dy * r * 0.75, r * 0.42, 0.0, 0)


def cathedral(rng: Rng) -> Image.Image:
    """A vaulted basilica with transept, ambulatory and radiating chapels."""
    w, h = 470, 700
    pen = Pen(w, h)
    cx, bay, half, aisle, bottom = 235.0, 46.0, 42.0, 84.0, 610.0
    ys = [bottom - i * bay for i in range(7)]
    for y0, y1 in itertools.pairwise(ys):
        for x0, x1 in ((-aisle, -half), (-half, half), (half, aisle)):
            _vault(pen, cx + x0, y0, cx + x1, y1)
    for y in ys:
        for side in (-1, 1):
            _pier(pen, cx + side * half, y, 8)
            pen.shape(
                [
                    (cx + side * (aisle - 4), y - 7),
                    (cx + side * (aisle + 26), y - 5),
                    (cx + side * (aisle + 26), y + 5),
                    (cx + side * (aisle - 4), y + 7),
                ],
                0.0,
            )
    for side in (-1, 1):
        for y in ys[:-1]:
            x = cx + side * aisle
            pen.line([(x, y), (x, y - 12)], 8)
            pen.line([(x, y - bay), (x, y - bay + 12)], 8)
            pen.line([(x - 3, y - 12), (x - 3, y - bay + 12)], 1)
            pen.line([(x + 3, y - 12), (x + 3, y - bay + 12)], 1)
    end = ys[-1]
    for side in (-1, 1):  # transept
        for k in range(2):
            x0, x1 = cx + side * (aisle + 6 + 44 * (k - 1) + 38), cx + side * (aisle + 50 + 44 * (k - 1) + 38)
            _vault(pen, x0, end, x1, end - 84)
        _wall(pen, [(cx + side * aisle, end), (cx + side * 178, end), (cx + side * 178, end - 24)])
        _wall(pen, [(cx + side * 178, end - 60), (cx + side * 178, end - 84), (cx + side * aisle, end - 84)])
        for y in (end, end - 84):
            pen.shape(
                [
                    (cx + side * 174, y - 12),
                    (cx + side * 196, y - 12),
                    (cx + side * 196, y + 12),
                    (cx + side * 174, y + 12),
                ],
                0.0,
            )
            _pier(pen, cx + side * half, y, 12)
    _vault(pen, cx - half, end, cx + half, end - 84)
    oy = end - 84 - 60
    for y in (end - 84 - 30, oy):
        for side in (-1, 1):
            _pier(pen, cx + side * half, y, 7)
            _vault(pen, cx + side * half, end - 84, cx + side * aisle, oy)
    for a in np.linspace(180, 360, 7):
        r = math.radians(a)
        pen.disc(cx + half * math.cos(r), oy + half * math.sin(r), 6, 0.0, 0)
        _dashed(
            pen,
            (cx + half * math.cos(r), oy + half * math.sin(r)),
            (cx + aisle * math.cos(r), oy + aisle * math.sin(r)),
        )
        _dashed(pen, (cx, oy), (cx + half * math.cos(r), oy + half * math.sin(r)))
        pen.shape(circle(cx + (aisle + 4) * math.cos(r), oy + (aisle + 4) * math.sin(r), 10, steps=12), 0.0)
    for a in np.linspace(195, 345, 6):
        r = math.radians(a)
        px, py = cx + (aisle + 6) * math.cos(r), oy + (aisle + 6) * math.sin(r)
        pen.line(circle(px, py, 21, a - 105, a + 105), 6)
        _dashed(pen, (px, py), (px + 20 * math.cos(r), py + 20 * math.sin(r)))
    for side in (-1, 1):  # western towers
        x0, x1 = cx + side * half, cx + side * (aisle + 18)
        pen.line([(x0, bottom + 4), (x0, bottom + 66), (x1, bottom + 66), (x1, bottom + 4)], 14)
        _vault(pen, x0, bottom + 8, x1, bottom + 60)
    for side in (-1, 1):
        pen.shape(
            [
                (cx + side * half, bottom + 58),
                (cx + side * 14, bottom + 72),
                (cx + side * 14, bottom + 78),
                (cx + side * half, bottom + 78),
            ],
            0.0,
        )
    pen.line([(cx - 14, bottom + 70), (cx + 14, bottom + 70)], 1)
    _scale_bar(pen, cx - 90, h - 14, 180)
    for name, x, y in (("A", cx, 520), ("B", cx - 64, 520), ("C", cx, oy - 16), ("D", cx + 140, end - 42)):
        pen.disc(x, y, 10, 1.0, 0)
        letter(pen, name, x, y)
    return press(rng, pen.tone(), paper="cream", margin=0.03, tilt=0.2)


def central(rng: Rng) -> Image.Image:
    """A domed church over a cross in a square."""
    w = h = 560
    pen = Pen(w, h)
    c = 270.0
    for sx in (-1, 1):
        for sy in (-1, 1):
            block: list[Point] = [
                (c + sx * 60, c + sy * 60),
                (c + sx * 60, c + sy * 108),
                (c + sx * 84, c + sy * 108),
                (c + sx * 108, c + sy * 84),
                (c + sx * 108, c + sy * 60),
            ]
            pen.shape(block, 0.0)
            pen.disc(c + sx * 148, c + sy * 148, 30, None, 9)
            pen.line(
                [(c + sx * 108, c + sy * 180), (c + sx * 184, c + sy * 180), (c + sx * 184, c + sy * 108)], 15
            )
            pen.line(circle(c + sx * 148, c + sy * 148, 24), 0.6)
            for k in range(8):
                a = k * math.pi / 4
                _dashed(
                    pen,
                    (c + sx * 148, c + sy * 148),
                    (c + sx * 148 + 24 * math.cos(a), c + sy * 148 + 24 * math.sin(a)),
                    4,
                    0.6,
                )
    for k, start in enumerate((-90, 0, 90, 180)):
        a = math.radians(start)
        ox, oy = c + 182 * math.cos(a), c + 182 * math.sin(a)
        if k != 2:
            pen.line(circle(ox, oy, 62, start - 90, start + 90), 15)
            pen.line(circle(ox, oy, 50, start - 90, start + 90), 0.7)
            for j in range(-2, 3):
                b = a + j * 0.5
                pen.disc(ox + 74 * math.cos(b), oy + 74 * math.sin(b), 6, 0.0, 0)
        else:
            for j in range(6):
                pen.disc(c - 75 + j * 30, c + 226, 7, 0.0, 0)
            for j in range(4):
                pen.line([(c - 100 - j * 5, c + 240 + j * 6), (c + 100 + j * 5, c + 240 + j * 6)], 0.9)
            pen.line([(c - 110, c + 184), (c - 32, c + 184)], 15)
            pen.line([(c + 32, c + 184), (c + 110, c + 184)], 15)
    for r, width in ((84, 0.8), (78, 0.8), (20, 0.8)):
        pen.disc(c, c, r, None, width)
    for k in range(16):
        a = k * math.pi / 8
        _dashed(
            pen,
            (c + 20 * math.cos(a), c + 20 * math.sin(a)),
            (c + 78 * math.cos(a), c + 78 * math.sin(a)),
            5,
            0.7,
        )
    for low, high in (
        ((c - 60, c - 108), (c + 60, c - 182)),
        ((c - 60, c + 108), (c + 60, c + 182)),
        ((c - 182, c - 60), (c - 108, c + 60)),
        ((c + 108, c - 60), (c + 182, c + 60)),
    ):
        _vault(pen, *low, *high)
    _scale_bar(pen, c - 80, h - 14, 160)
    return press(rng, pen.tone(), paper="yellow", margin=0.03)


def villa(rng: Rng) -> Image.Image:
    """A country house: hall, stair, rooms, loggia, with doors, windows and stoves."""
    w, h = 620, 470
    pen = Pen(w, h)
    xs, ys = [70.0, 200.0, 290.0, 420.0, 540.0], [60.0, 190.0, 270.0, 390.0]
    _wall(pen, [(xs[0], ys[0]), (xs[4], ys[0]), (xs[4], ys[3]), (xs[0], ys[3]), (xs[0], ys[0])], 11)
    for x, y0, y1 in ((xs[1], ys[0], ys[3]), (xs[3], ys[0], ys[3]), (xs[2], ys[0], ys[1])):
        _wall(pen, [(x, y0), (x, y1)], 7)
    for y, x0, x1 in ((ys[1], xs[0], xs[3]), (ys[2], xs[0], xs[1]), (ys[2], xs[3], xs[4])):
        _wall(pen, [(x0, y), (x1, y)], 7)

    def opening(x: float, y: float, upright: bool, door: bool, size: float = 34) -> None:
        dx, dy = (6.5, size / 2) if upright else (size / 2, 6.5)
        pen.shape([(x - dx, y - dy), (x + dx, y - dy), (x + dx, y + dy), (x - dx, y + dy)], 1.0)
        if door:
            sx, sy = (x, y - dy) if upright else (x - dx, y)
            pen.line(circle(sx, sy, size, 0, 90, 20), 0.8)
            pen.line([(sx, sy), (sx + (size if upright else 0), sy + (0 if upright else size))], 1.4)
        else:
            for k in (-4, 0, 4):
                pen.line(
                    [(x + k, y - dy), (x + k, y + dy)] if upright else [(x - dx, y + k), (x + dx, y + k)], 0.9
                )

    for x in (135, 245, 355, 480):
        opening(x, ys[0], False, False)
        opening(x, ys[3], False, x == 355)
    for y in (125, 230, 330):
        opening(xs[0], y, True, False)
        opening(xs[4], y, True, False)
    for x, y, upright in (
        (xs[1], 230, True),
        (xs[3], 230, True),
        (xs[2] + 60, ys[1], False),
        (135, ys[1], False),
        (xs[1], 330, True),
        (480, ys[2], False),
        (245, ys[1], False),
        (xs[3], 120, True),
    ):
        opening(x, y, upright, True, 28)
    for i in range(11):
        pen.line([(212 + i * 7, 62), (212 + i * 7, 118)], 0.8)
    pen.line([(212, 90), (286, 90), (278, 86)], 1)
    for x, y in ((84, 204), (436, 284), (84, 376), (526, 74)):
        pen.shape([(x - 8, y - 8), (x + 8, y - 8), (x + 8, y + 8), (x - 8, y + 8)], 1.0, 1.2)
        pen.line([(x - 8, y - 8), (x + 8, y + 8)], 0.8)
    for i in range(7):
        pen.disc(230 + i * 28, 424, 5, 0.0, 0)
    for k in range(3):
        pen.line([(210 - k * 5, 434 + 5 * k), (416 + k * 5, 434 + 5 * k)], 0.9)
    for x0, x1 in itertools.pairwise(xs):
        pen.line([(x0, 34), (x1, 34)], 0.8)
        for x in (x0, x1):
            pen.line([(x - 4, 38), (x + 4, 30)], 1.1)
            pen.line([(x, 28), (x, 52)], 0.5)
    for name, x, y in (
        ("A", 355, 300),
        ("B", 135, 320),
        ("C", 135, 128),
        ("D", 480, 160),
        ("E", 480, 330),
        ("F", 355, 120),
    ):
        letter(pen, name, x, y, 14)
    _scale_bar(pen, 440, 440, 120, 4)
    return press(rng, pen.tone(), paper="white", margin=0.03)


def town(rng: Rng) -> Image.Image:
    """The map of a walled town on a river, with squares, churches and the new ring road."""
    w = h = 620
    pen = Pen(w, h)
    c = 305.0
    river = spline([(-10, 420), (120, 400), (240, 470), (360, 480), (480, 420), (640, 450)])
    ring = spline(
        [
            (c + r * math.cos(a), c - 20 + r * 0.86 * math.sin(a))
            for a, r in zip(np.linspace(0, 2 * math.pi, 15)[:-1], rng.uniform(196, 224, 14), strict=True)
        ],
        True,
    )
    inside = np.array(ring)

    def within(x: float, y: float, margin: float = 12) -> bool:
        i = int(
            np.argmin(
                np.abs(np.arctan2(inside[:, 1] - c + 20, inside[:, 0] - c) - math.atan2(y - c + 20, x - c))
            )
        )
        return math.hypot(x - c, y - c + 20) < math.hypot(inside[i, 0] - c, inside[i, 1] - c + 20) - margin

    def wet(x: float, y: float, gap: float) -> bool:
        return min(math.hypot(x - a, y - b) for a, b in river[::2]) < gap

    angles = np.linspace(0, 2 * math.pi, 27)[:-1] + rng.normal(0, 0.02, 26)
    radii = [30, 58, 88, 122, 158, 196]
    for r0, r1 in itertools.pairwise(radii):
        n = 26 if r0 > 80 else 13
        ang = angles if n == 26 else angles[::2]
        for i in range(n):
            a0, a1 = ang[i], ang[(i + 1) % n] + (2 * math.pi if i == n - 1 else 0)
            m = (a0 + a1) / 2
            px, py = c + (r0 + r1) / 2 * math.cos(m), c - 20 + (r0 + r1) / 2 * 0.86 * math.sin(m)
            if not within(px, py, 20) or wet(px, py, 30) or rng.random() < 0.07:
                continue
            g = 3.0
            ga0, ga1 = a0 + g / r0, a1 - g / r1
            quad = [
                (c + r * math.cos(a), c - 20 + r * 0.86 * math.sin(a))
                for a, r in ((ga0, r0 + g), (ga1, r0 + g), (ga1, r1 - g), (ga0, r1 - g))
            ]
            pen.hatch(quad, 3.2, 45, 0.8)
            pen.shape(quad, None, 1.2)
    pen.line([*ring, ring[0]], 4)
    for i in range(0, len(ring), 9):
        pen.disc(*ring[i], 6, 0.0, 0)
    outer = [(c + (x - c) * 1.13, c - 20 + (y - c + 20) * 1.13) for x, y in ring]
    pen.line([*outer, outer[0]], 1)
    outer = [(c + (x - c) * 1.18, c - 20 + (y - c + 20) * 1.18) for x, y in ring]
    pen.line([*outer, outer[0]], 1)
    for a in np.linspace(0, 2 * math.pi, 50):
        i = int(a / (2 * math.pi) * (len(ring) - 1))
        x, y = c + (ring[i][0] - c) * 1.155, c - 20 + (ring[i][1] - c + 20) * 1.155
        pen.disc(x, y, 2, None, 0.7)
    pen.line(river, 34, 1.0)
    for off in (-17, 17):
        pen.line([(x, y + off) for x, y in river], 1.4)
    for off in (-11, -5, 0, 5, 11):
        beside = [(x, y + off) for x, y in river]
        for i in range(0, len(beside) - 6, 9):
            pen.line(beside[i : i + 5], 0.6)
    for bx in (150, 300, 440):
        near = min(river, key=lambda q: abs(q[0] - bx))
        for dx in (-5, 5):
            pen.line([(near[0] + dx, near[1] - 22), (near[0] + dx, near[1] + 22)], 1.6)
    for x, y, r in ((c, c - 20, 15), (c - 110, c - 100, 11), (c + 120, c - 60, 12), (c + 50, c + 100, 10)):
        pen.disc(x, y, r + 8, 1.0, 0)
        pen.shape(
            [
                (x - r, y - r * 0.4),
                (x - r * 0.3, y - r * 0.4),
                (x - r * 0.3, y - r),
                (x + r * 0.3, y - r),
                (x + r * 0.3, y - r * 0.4),
                (x + r, y - r * 0.4),
                (x + r, y + r * 0.4),
                (x + r * 0.3, y + r * 0.4),
                (x + r * 0.3, y + r),
                (x - r * 0.3, y + r),
                (x - r * 0.3, y + r * 0.4),
                (x - r, y + r * 0.4),
            ],
            0.0,
        )
    for a in (0.4, 1.9, 2.9, 4.2, 5.3):
        p0 = (c + 232 * math.cos(a), c - 20 + 210 * math.sin(a))
        p1 = (c + 330 * math.cos(a + 0.05), c - 20 + 330 * math.sin(a + 0.05))
        for off in (-3, 3):
            pen.line([(p0[0] + off, p0[1] - off), (p1[0] + off, p1[1] - off)], 1)
    x, y = 560.0, 70.0
    pen.line([(x, y + 34), (x, y - 34)], 1.2)
    pen.shape([(x, y - 38), (x - 7, y - 14), (x, y - 20), (x + 7, y - 14)], 0.0)
    letter(pen, "N", x, y - 52, 14)
    pen.line([(6, 6), (w - 6, 6), (w - 6, h - 6), (6, h - 6), (6, 6)], 2)
    pen.line([(12, 12), (w - 12, 12), (w - 12, h - 12), (12, h - 12), (12, 12)], 0.8)
    _scale_bar(pen, 40, h - 34, 150)
    return press(rng, pen.tone(), paper="yellow", margin=0.02)


def castle(rng: Rng) -> Image.Image:
    """A castle: curtain wall with round towers, gate, inner ward and hall."""
    w, h = 600, 520
    pen = Pen(w, h)
    corners: list[Point] = [(90, 120), (300, 70), (500, 130), (530, 330), (330, 440), (110, 380)]
    moat = [(300 + (x - 300) * 1.17, 255 + (y - 255) * 1.2) for x, y in corners]
    pen.line(spline(moat, True), 1.2)
    pen.line(spline([(300 + (x - 300) * 1.1, 255 + (y - 255) * 1.12) for x, y in moat], True), 1.2)
    for a in np.arange(0, 360, 4.0):
        x, y = 300 + 262 * math.cos(math.radians(a)), 255 + 226 * math.sin(math.radians(a))
        pen.line([(x, y), (x + 9 * math.cos(math.radians(a)), y + 9 * math.sin(math.radians(a)))], 0.7)
    pen.line([*corners, corners[0]], 13)
    for x, y in corners:
        pen.disc(x, y, 30, 0.0, 0)
        pen.disc(x, y, 15, 1.0, 0)
        d = math.atan2(255 - y, 300 - x)
        pen.line([(x, y), (x + 34 * math.cos(d), y + 34 * math.sin(d))], 7, 1.0)
    gx, gy = (corners[4][0] + corners[5][0]) / 2, (corners[4][1] + corners[5][1]) / 2
    for side in (-1, 1):
        pen.disc(gx + side * 27, gy + side * 6, 21, 0.0, 0)
        pen.disc(gx + side * 27, gy + side * 6, 8, 1.0, 0)
    pen.line([(gx + 3, gy - 30), (gx - 6, gy + 34)], 15, 1.0)
    for k in (-7, 7):
        pen.line([(gx - 5 + k, gy + 26), (gx - 18 + k, gy + 84)], 1.4)
    _wall(pen, [(196, 170), (386, 150), (404, 300), (214, 316), (196, 170)], 8)
    pen.line([(288, 309), (318, 306)], 10, 1.0)
    for t in np.linspace(0.15, 0.85, 5):
        x = 196 + 190 * t
        pen.disc(x, 206 - 20 * t, 4, 0.0, 0)
    _wall(pen, [(204, 226), (392, 207)], 5)
    _wall(pen, [(300, 217), (307, 308)], 5)
    pen.line([(252, 221), (268, 219)], 7, 1.0)
    pen.line([(340, 212), (358, 210)], 7, 1.0)
    pen.disc(440, 210, 42, None, 12)
    pen.disc(440, 210, 20, None, 1)
    for k in range(12):
        a = k * math.pi / 6
        pen.line(
            [
                (440 + 20 * math.cos(a), 210 + 20 * math.sin(a)),
                (440 + 34 * math.cos(a), 210 + 34 * math.sin(a)),
            ],
            0.8,
        )
    pen.disc(160, 290, 14, 1.0, 2.5)
    pen.disc(160, 290, 7, None, 1)
    for name, x, y in (
        ("A", 440, 210),
        ("B", 250, 268),
        ("C", 350, 262),
        ("D", 290, 190),
        ("E", 150, 230),
        ("F", gx + 4, gy - 44),
    ):
        letter(pen, name, x, y, 13)
    _scale_bar(pen, 410, h - 30, 140, 4)
    return press(rng, pen.tone(), paper="grey", margin=0.03)


PLATES: dict[str, Draw] = {
    "cathedral": cathedral,
    "central": central,
    "villa": villa,
    "town": town,
    "castle": castle,
}
