"""Pen drawings: caricatures and diagrams.

In goes a seeded generator; out comes a line block.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from enrich.sample.pen import Pen, Point, circle, spline
from enrich.sample.tones import Draw, Rng, press


def _gentleman(
    pen: Pen,
    x: float,
    y: float,
    k: float,
    *,
    belly: float,
    nose: float,
    flip: int = 1,
    hat: bool = True,
    stick: bool = True,
) -> None:
    """A caricatured gentleman, feet at (x, y), `k` pixels high, with his belly and his nose."""

    def at(points: list[Point]) -> list[Point]:
        return [(x + flip * a * k, y - b * k) for a, b in points]

    for lx in (-0.05, 0.07):  # legs and shoes
        pen.shape(
            at([(lx - 0.035, 0.36), (lx + 0.045, 0.36), (lx + 0.03, 0.04), (lx - 0.02, 0.04)]), 1.0, 1.6
        )
        pen.hatch(
            at([(lx - 0.035, 0.36), (lx + 0.01, 0.36), (lx + 0.005, 0.04), (lx - 0.02, 0.04)]), 4, 60, 0.8
        )
        pen.shape(
            at(
                [
                    (lx - 0.025, 0.045),
                    (lx + 0.04, 0.045),
                    (lx + 0.12, 0.015),
                    (lx + 0.11, 0.0),
                    (lx - 0.03, 0.0),
                ]
            ),
            0.0,
        )
    coat: list[Point] = [
        (-0.1, 0.68),
        (-0.16, 0.5),
        (-0.17, 0.3),
        (-0.1, 0.26),
        (0.0, 0.32),
        (0.06 + belly * 0.5, 0.34),
        (0.09 + belly, 0.44),
        (0.08 + belly * 0.7, 0.58),
        (0.07, 0.69),
    ]
    pen.shape(spline(at(coat), True), 1.0, 2.2)
    pen.hatch(
        spline(
            at([(-0.1, 0.68), (-0.16, 0.5), (-0.17, 0.3), (-0.1, 0.27), (-0.04, 0.45), (0.0, 0.66)]), True
        ),
        3.4,
        52,
        1.2,
    )
    pen.hatch(
        spline(at([(-0.1, 0.66), (-0.16, 0.5), (-0.17, 0.31), (-0.12, 0.28), (-0.09, 0.45)]), True),
        3.4,
        -40,
        1.0,
    )
    pen.curve(at([(0.03, 0.66), (0.05 + belly * 0.6, 0.52), (0.04 + belly * 0.6, 0.37)]), 1.6)
    for b in (0.6, 0.53, 0.46, 0.4):
        cx, cy = at([(0.055 + belly * 0.7 * math.sin((0.7 - b) * 5), b)])[0]
        pen.disc(cx, cy, k * 0.008, 0.0, 0)
    pen.shape(
        spline(
            at(
                [
                    (-0.06, 0.64),
                    (-0.1, 0.52),
                    (0.0, 0.44),
                    (0.09 + belly, 0.47),
                    (0.1 + belly, 0.5),
                    (0.02, 0.5),
                    (-0.02, 0.54),
                    (0.02, 0.64),
                ]
            ),
            True,
        ),
        1.0,
        1.8,
    )
    pen.hatch(
        spline(at([(-0.07, 0.62), (-0.1, 0.52), (0.0, 0.44), (0.03, 0.47), (-0.04, 0.53)]), True),
        3.2,
        20,
        1.1,
    )
    profile: list[Point] = [
        (-0.07, 0.7),
        (-0.09, 0.8),
        (-0.07, 0.88),
        (0.0, 0.9),
        (0.06, 0.87),
        (0.075, 0.82),
        (0.08 + nose, 0.78),
        (0.085 + nose * 0.8, 0.765),
        (0.075, 0.76),
        (0.085, 0.745),
        (0.07, 0.735),
        (0.085, 0.71),
        (0.05, 0.68),
        (0.0, 0.67),
    ]
    pen.shape(spline(at(profile), True, 8), 1.0, 2.0)
    cx, cy = at([(0.045, 0.82)])[0]
    pen.disc(cx, cy, k * 0.009, 0.0, 0)
    pen.curve(at([(0.02, 0.845), (0.045, 0.85), (0.07, 0.838)]), 2.4)
    pen.curve(at([(0.045, 0.735), (0.06, 0.73), (0.08, 0.737)]), 1.6)
    pen.curve(at([(-0.03, 0.8), (-0.045, 0.78), (-0.03, 0.76), (-0.02, 0.78)]), 1.5)
    for i in range(6):
        pen.curve(at([(-0.05 + 0.004 * i, 0.85), (-0.085 + 0.006 * i, 0.8), (-0.06 + 0.01 * i, 0.73)]), 1.2)
    pen.shape(at([(-0.06, 0.69), (0.07, 0.7), (0.09, 0.665), (-0.06, 0.655)]), 1.0, 1.6)
    if hat:
        pen.shape(at([(-0.08, 0.885), (-0.1, 1.04), (0.08, 1.05), (0.065, 0.885)]), 0.05, 1.5)
        pen.curve(at([(-0.14, 0.895), (-0.02, 0.875), (0.13, 0.9)]), 6, 0.5)
        pen.line(at([(0.04, 0.91), (0.05, 1.03)]), 1.4, 0.9)
    if stick:
        pen.curve(at([(0.09 + belly, 0.5), (0.12 + belly, 0.25), (0.13 + belly, 0.0)]), 3, 0.2)
        cx, cy = at([(0.088 + belly, 0.51)])[0]
        pen.disc(cx, cy, k * 0.016, 1.0, 1.5)


def _ground(pen: Pen, rng: Rng, y: float, left: float, right: float) -> None:
    for _ in range(44):
        x = rng.uniform(left, right)
        r = rng.uniform(14, 60)
        yy = y + abs(rng.normal(0, 7))
        pen.curve([(x, yy), (x + r / 2, yy + rng.normal(0, 1.5)), (x + r, yy)], 1.4, 0.9)


def caricature_critics(rng: Rng) -> Image.Image:
    """A stout connoisseur and a lean one before a picture on an easel: pen caricature."""
    h, w = 520, 640
    pen = Pen(w, h, rng, 0.4)
    _ground(pen, rng, 470, 20, 600)
    pen.line([(470, 470), (520, 150)], 4)
    pen.line([(600, 470), (546, 150)], 4)
    pen.line([(535, 150), (575, 440)], 2.5)
    pen.line([(462, 352), (610, 352)], 5)
    pen.shape([(466, 190), (606, 184), (606, 346), (466, 350)], 1.0, 3)
    pen.line([(474, 198), (598, 192), (598, 338), (474, 342), (474, 198)], 1.2)
    pen.shape(
        spline([(520, 320), (500, 280), (516, 236), (538, 222), (562, 236), (576, 280), (556, 322)], True),
        1.0,
        2,
    )
    pen.disc(526, 268, 4, 0.0, 0)
    pen.disc(552, 268, 4, 0.0, 0)
    pen.curve([(522, 296), (538, 302), (556, 294)], 2)
    pen.curve([(538, 222), (536, 206), (546, 200)], 2.5)
    _gentleman(pen, 170, 470, 380, belly=0.2, nose=0.035)
    _gentleman(pen, 350, 470, 430, belly=-0.02, nose=0.075, stick=False)
    pen.curve([(360, 262), (410, 240), (456, 250)], 7, 0.3)
    pen.curve([(452, 250), (472, 246), (480, 250)], 3)
    return press(rng, pen.tone(), paper="cream", margin=0.02)


def caricature_pears(rng: Rng) -> Image.Image:
    """Four heads that turn, step by step, into a pear: pen caricature."""
    h, w = 600, 520
    pen = Pen(w, h, rng, 0.4)
    for k in range(4):
        t = k / 3
        cx, cy = 140 + 240 * (k % 2), 150 + 270 * (k // 2)
        outline: list[Point] = []
        for a in np.linspace(0, 2 * math.pi, 26)[:-1]:
            low = 0.5 - 0.5 * math.cos(a)
            r = 78 * (0.86 - 0.22 * t * (1 - low) ** 1.5 + (0.2 + 0.32 * t) * low**2)
            outline.append(
                (cx + r * math.sin(a) * (1 - 0.18 * t * (1 - low)), cy - 98 * math.cos(a) * (1 + 0.04 * t))
            )
        pen.shape(outline, 1.0, 2.4, smooth=True)
        pen.hatch(
            [
                (cx + 34, cy - 80),
                (cx + 70, cy - 20),
                (cx + 92, cy + 50),
                (cx + 50, cy + 94),
                (cx + 56, cy + 30),
            ],
            4,
            62,
            1.1,
            smooth=True,
        )
        pen.hatch(
            [(cx + 58, cy - 30), (cx + 92, cy + 46), (cx + 56, cy + 88), (cx + 70, cy + 30)],
            4,
            -35,
            0.9,
            smooth=True,
        )
        for side in (-1, 1):
            ex = cx + side * (30 - 6 * t)
            if t < 0.9:
                pen.curve([(ex - 15, cy - 26), (ex, cy - 34), (ex + 15, cy - 26)], 2.4)
            pen.curve([(ex - 13, cy - 10), (ex, cy - 17), (ex + 13, cy - 9)], 2)
            pen.disc(ex, cy - 9, 4 - t, 0.0, 0)
            pen.curve([(ex - 8, cy + 4), (ex, cy + 7), (ex + 9, cy + 3)], 1.2)
        pen.curve([(cx - 4, cy - 12), (cx - 10 - 4 * t, cy + 22), (cx + 2, cy + 30), (cx + 13, cy + 24)], 2)
        pen.curve([(cx - 30, cy + 58 + 6 * t), (cx, cy + 50 + 8 * t), (cx + 32, cy + 57 + 6 * t)], 2.4)
        pen.curve([(cx - 14, cy + 70), (cx, cy + 74), (cx + 15, cy + 69)], 1.4)
        for i in range(round(16 * (1 - t)) + 3):
            a = math.pi * (0.15 + 0.7 * i / 16)
            pen.curve(
                [
                    (cx - 64 * math.cos(a), cy - 74 * math.sin(a)),
                    (cx - 70 * math.cos(a) + 8, cy - 104 * math.sin(a) - 8),
                    (cx - 52 * math.cos(a) + 16, cy - 112 * math.sin(a) - 12),
                ],
                2,
            )
        if t > 0.5:
            pen.curve([(cx, cy - 96), (cx + 4, cy - 124), (cx + 16, cy - 136)], 6, 0.3)
            pen.shape(
                [(cx + 8, cy - 122), (cx + 44, cy - 140), (cx + 66, cy - 122), (cx + 36, cy - 112)],
                1.0,
                1.8,
                smooth=True,
            )
        if t < 0.9:
            pen.shape(
                [
                    (cx - 66, cy + 96),
                    (cx, cy + 86),
                    (cx + 66, cy + 96),
                    (cx + 40, cy + 116),
                    (cx - 40, cy + 116),
                ],
                0.1,
            )
    return press(rng, pen.tone(), paper="yellow", margin=0.02)


def perspective(rng: Rng) -> Image.Image:
    """Construction of a tiled floor and arches from two vanishing points: diagram."""
    h, w = 470, 660
    pen = Pen(w, h)
    eye: Point = (w * 0.5, 150)
    pen.line([(20, 150), (w - 20, 150)], 1.2)
    base = 420
    rows = [150 + (base - 150) / (1 + k * 0.28) for k in range(9)]
    for i in range(-6, 7):
        x = w / 2 + i * 48
        far = eye[0] + (x - eye[0]) * (rows[-1] - 150) / (base - 150)
        pen.line([(x, base), (far, rows[-1])], 1.1)
        for k in range(0, 14, 2):
            a, b = k / 14, (k + 1) / 14
            fx, fy = far, rows[-1]
            pen.line(
                [
                    (fx + (eye[0] - fx) * a, fy + (150 - fy) * a),
                    (fx + (eye[0] - fx) * b, fy + (150 - fy) * b),
                ],
                0.6,
            )
    for y in rows:
        half = 288 * (y - 150) / (base - 150)
        pen.line([(w / 2 - half, y), (w / 2 + half, y)], 1.1)
    for i in range(-6, 6):
        for k in range(8):
            if (i + k) % 2:
                continue
            quad = []
            for j, y in ((i, rows[k]), (i + 1, rows[k]), (i + 1, rows[k + 1]), (i, rows[k + 1])):
                quad.append((w / 2 + j * 48 * (y - 150) / (base - 150), y))
            pen.hatch(quad, 3.4, 45, 0.7)
    for side in (-1, 1):
        for k in (0, 2, 4, 6):
            q = (rows[k] - 150) / (base - 150)
            x, y = w / 2 + side * 288 * q, rows[k]
            pen.line([(x, y), (x, y - 330 * q)], 2)
            if k < 6:
                q2 = (rows[k + 2] - 150) / (base - 150)
                x2 = w / 2 + side * 288 * q2
                arch = [
                    (
                        x + (x2 - x) * (1 - math.cos(a)) / 2,
                        (y - 230 * q) * (1 - (1 - math.cos(a)) / 2)
                        + (rows[k + 2] - 230 * q2) * (1 - math.cos(a)) / 2
                        - 60 * (q + q2) / 2 * math.sin(a),
                    )
                    for a in np.linspace(0, math.pi, 24)
                ]
                pen.line(arch, 1.6)
        pen.line(
            [
                (w / 2 + side * 288, base - 330),
                (
                    w / 2 + side * 288 * (rows[6] - 150) / (base - 150),
                    rows[6] - 330 * (rows[6] - 150) / (base - 150),
                ),
            ],
            1.4,
        )
    for dx, points in ((-1, [(20, 150), (w / 2 + 288, base)]), (1, [(w - 20, 150), (w / 2 - 288, base)])):
        for k in range(0, 40, 2):
            (ax, ay), (bx, by) = points
            pen.line(
                [
                    (ax + (bx - ax) * k / 40, ay + (by - ay) * k / 40),
                    (ax + (bx - ax) * (k + 1) / 40, ay + (by - ay) * (k + 1) / 40),
                ],
                0.7,
            )
        pen.disc(points[0][0], 150, 3, 0.0, 0)
        letter(pen, "D" if dx < 0 else "E", points[0][0] - 5 * dx, 134)
    pen.disc(eye[0], 150, 3.5, 0.0, 0)
    for name, x, y in (("A", w / 2 - 300, base + 16), ("B", w / 2 + 300, base + 16), ("O", w / 2 + 10, 134)):
        letter(pen, name, x, y)
    return press(rng, pen.tone(), paper="cream", margin=0.03)


LETTERS: dict[str, list[list[Point]]] = {
    "A": [[(0, 1), (0.5, 0), (1, 1)], [(0.2, 0.65), (0.8, 0.65)]],
    "B": [
        [(0, 1), (0, 0), (0.7, 0.05), (0.8, 0.25), (0.6, 0.48), (0, 0.5)],
        [(0.6, 0.48), (0.9, 0.7), (0.7, 0.97), (0, 1)],
    ],
    "C": [[(0.95, 0.15), (0.5, 0), (0.05, 0.4), (0.1, 0.75), (0.5, 1), (0.95, 0.85)]],
    "D": [[(0, 0), (0, 1), (0.6, 0.95), (0.95, 0.5), (0.6, 0.05), (0, 0)]],
    "E": [[(0.9, 0), (0, 0), (0, 1), (0.9, 1)], [(0, 0.5), (0.7, 0.5)]],
    "F": [[(0.9, 0), (0, 0), (0, 1)], [(0, 0.5), (0.7, 0.5)]],
    "N": [[(0, 1), (0, 0), (0.9, 1), (0.9, 0)]],
    "O": [
        [(0.5, 0), (0.1, 0.2), (0, 0.55), (0.2, 0.9), (0.5, 1), (0.85, 0.9), (1, 0.5), (0.85, 0.15), (0.5, 0)]
    ],
    "S": [[(0.9, 0.1), (0.5, 0), (0.1, 0.2), (0.5, 0.48), (0.9, 0.75), (0.5, 1), (0.05, 0.88)]],
    "M": [[(0, 1), (0.1, 0), (0.5, 0.7), (0.9, 0), (1, 1)]],
}


def letter(pen: Pen, letter: str, x: float, y: float, size: float = 12) -> None:
    for path in LETTERS[letter]:
        pen.line([(x + (a - 0.5) * size * 0.8, y + (b - 0.5) * size) for a, b in path], 1.5)


def colour_circle(rng: Rng) -> Image.Image:
    """The twelve-part circle of colours, hatched as a block without colour prints it: diagram."""
    h, w = 520, 520
    pen = Pen(w, h)
    cx = cy = 260.0
    for i in range(12):
        a, b = i * 30 - 105, i * 30 - 75
        wedge = [*circle(cx, cy, 220, a, b, 14), *reversed(circle(cx, cy, 140, a, b, 14))]
        pen.hatch(wedge, 3 + (i % 4) * 1.6, i * 15, 0.9)
        if i % 3 == 0:
            pen.hatch(wedge, 4, i * 15 + 90, 0.8)
        pen.line([*wedge, wedge[0]], 1.5)
        mx, my = (
            cx + 236 * math.cos(math.radians(i * 30 - 90)),
            cy + 236 * math.sin(math.radians(i * 30 - 90)),
        )
        letter(pen, "ABCDEFNOSMAB"[i], mx, my, 11)
    for r in (140, 96, 50):
        pen.disc(cx, cy, r, None, 1.4)
    for k, tint in ((0, 0), (1, 1)):
        corners = [
            (
                cx + 130 * math.cos(math.radians(j * 120 - 90 + 180 * k)),
                cy + 130 * math.sin(math.radians(j * 120 - 90 + 180 * k)),
            )
            for j in range(3)
        ]
        pen.line([*corners, corners[0]], 2.0 if not tint else 1.0)
        if not k:
            for j in range(3):
                m = corners[(j + 1) % 3]
                pen.hatch([corners[j], m, (cx, cy)], 5 + 2 * j, 30 + 50 * j, 0.7)
    pen.disc(cx, cy, 4, 0.0, 0)
    return press(rng, pen.tone(), paper="grey", margin=0.02)


PLATES: dict[str, Draw] = {
    "critics": caricature_critics,
    "pears": caricature_pears,
    "perspective": perspective,
    "colour-circle": colour_circle,
}
