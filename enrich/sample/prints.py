"""Prints: an engraving, two woodcuts, an etching, chalk and crayon.

In goes a seeded generator; out comes a printed plate. Engravings hatch a tone that solids cast.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from enrich.sample import figures as f
from enrich.sample import solids as s
from enrich.sample.hatching import contour, hatch_view
from enrich.sample.pen import Pen, Point, circle, spline
from enrich.sample.tones import Draw, Rng, blur, cloud, grid, mix, press, resize, ridge, smooth


def melancholy(rng: Rng) -> Image.Image:
    """A brooding winged figure among a sphere, a polyhedron, a ladder and an hour glass: engraving."""
    h, w = 640, 500
    stone = (0.8, 0.8, 0.8)
    crystal = s.common(
        s.block((0, 0, 0), (1.2, 1.2, 1.2)),
        s.moved(s.block((0, 0, 0), (1.25, 1.25, 1.25)), yaw=0.8, pitch=0.9),
        s.ball((0, 0, 0), 1.75),
    )
    parts: list[tuple[s.Solid, s.Paint]] = [
        (s.half_space((0, 1, 0), 0.0), (0.7, 0.7, 0.7)),
        (s.block((2.6, 4.6, -2.4), (2.0, 4.6, 1.2)), (0.72, 0.72, 0.72)),
        *f.person(
            (1.5, 0.3, 0.6),
            cloth=(0.85, 0.85, 0.85),
            cloak=(0.68, 0.68, 0.68),
            skin=(0.92, 0.92, 0.92),
            locks=(0.4, 0.4, 0.4),
            height=0.9,
            yaw=-0.6,
            kneeling=True,
            bow=0.3,
            hands=((-0.3, 5.6, 1.1), (0.9, 3.4, 1.6)),
        ),
        (
            s.moved(
                s.wavy(s.egg((0, 0, 0), (0.7, 2.1, 0.25)), f.strands(9, 0.07)), (3.2, 4.1, -0.4), roll=-0.5
            ),
            (0.86, 0.86, 0.86),
        ),
        (
            s.moved(
                s.wavy(s.egg((0, 0, 0), (0.6, 1.9, 0.25)), f.strands(9, 0.07)), (-0.1, 4.2, -0.6), roll=0.55
            ),
            (0.82, 0.82, 0.82),
        ),
        (s.moved(crystal, (-2.2, 2.6, -0.8), yaw=0.4, pitch=0.3), stone),
        (s.ball((-2.9, 0.62, 2.2), 0.62), (0.9, 0.9, 0.9)),
        (
            s.moved(
                s.both(
                    s.limb((-0.45, 0, 0), (-0.45, 9, 0), 0.12),
                    s.limb((0.45, 0, 0), (0.45, 9, 0), 0.12),
                    s.moved(s.repeated(s.limb((-0.45, 0, 0), (0.45, 0, 0), 0.09), 1, 1.1, 8), (0, 4.8, 0)),
                ),
                (-0.9, 0, -2.6),
                roll=-0.14,
            ),
            (0.75, 0.75, 0.75),
        ),
        (
            s.turned((3.3, 6.6, -1.0), [(-0.55, 0.45), (-0.4, 0.4), (0.0, 0.1), (0.4, 0.4), (0.55, 0.45)]),
            (0.8, 0.8, 0.8),
        ),
        (s.egg((-0.8, 0.45, 2.4), (0.95, 0.4, 0.4)), (0.62, 0.62, 0.62)),
        (s.ball((-1.75, 0.55, 2.6), 0.34), (0.62, 0.62, 0.62)),
        (s.limb((0.3, 0.1, 3.2), (2.4, 0.1, 2.7), 0.09), (0.7, 0.7, 0.7)),
    ]
    view = s.march(
        parts,
        320,
        250,
        eye=(0.2, 5.4, 22),
        look=(0.2, 4.2, 0),
        zoom=4.3,
        sun=(-0.6, 0.7, 0.6),
        ambient=0.3,
        far=40,
    )
    y, x = grid(h, w)
    rays = 0.75 + 0.25 * np.sin(np.arctan2(y - 0.3, x - 0.14) * 40)
    back = np.clip(0.3 + 0.5 * y + 0.5 * rays * np.exp(-((x - 0.14) ** 2 + (y - 0.3) ** 2) / 0.06), 0, 1)
    back = np.where(y > 0.46, 0.62 + 0.2 * np.sin(y * 160) * (y < 0.56), back).astype(np.float32)
    return press(rng, hatch_view(view, back, pitch=3.9), paper="yellow", margin=0.03)


def woodcut(rng: Rng) -> Image.Image:
    """A rider's path below a castle, trees and clouds: black-line woodcut."""
    h, w = 640, 470
    pen = Pen(w, h, rng, 0.7)
    for k in range(9):  # clouds
        cx, cy = rng.uniform(0, w), rng.uniform(20, h * 0.24)
        for j in range(5):
            pen.curve(circle(cx + j * 22, cy + 6 * math.sin(j * 2), 16, 180, 370, 9), 2.2, 0.5)
        pen.line([(cx - 20, cy + 16 + k % 3), (cx + 110, cy + 16)], 1.6)
    base = [
        (float(x), float(h * 0.48 - h * 0.22 * v))
        for x, v in zip(range(0, w + 1, 6), ridge(rng, w // 6 + 1, 4), strict=False)
    ]
    pen.shape([*base, (w, h), (0, h)], 1.0, 2.4)
    for x, y in base[:-2]:
        pen.line([(x, y + 4), (x - 10, y + rng.uniform(12, 46))], 1.5)
    cx, cy = w * 0.64, h * 0.3
    for dx, tall, wide in ((-46, 60, 22), (-18, 92, 28), (20, 66, 34), (54, 46, 24)):
        pen.shape(
            [
                (cx + dx, cy + 30),
                (cx + dx, cy - tall),
                (cx + dx + wide, cy - tall),
                (cx + dx + wide, cy + 30),
            ],
            1.0,
            2,
        )
        pen.shape(
            [(cx + dx - 4, cy - tall), (cx + dx + wide / 2, cy - tall - 34), (cx + dx + wide + 4, cy - tall)],
            0.0,
        )
        pen.hatch(
            [
                (cx + dx + wide * 0.55, cy + 30),
                (cx + dx + wide * 0.55, cy - tall),
                (cx + dx + wide, cy - tall),
                (cx + dx + wide, cy + 30),
            ],
            4,
            0,
            1.5,
        )
        pen.shape(
            [
                (cx + dx + 6, cy - tall + 12),
                (cx + dx + 10, cy - tall + 12),
                (cx + dx + 10, cy - tall + 24),
                (cx + dx + 6, cy - tall + 24),
            ],
            0.0,
        )
    near: list[Point] = [(0, h * 0.6), (w * 0.3, h * 0.55), (w * 0.7, h * 0.62), (w, h * 0.57)]
    pen.shape([*spline(near), (w, h), (0, h)], 1.0, 2.6)
    for _ in range(60):
        x, y = rng.uniform(0, w), h * rng.uniform(0.63, 0.97)
        pen.curve([(x, y), (x + 20, y - 4), (x + 46, y + 2)], 2.2, 0.9)
    for tx, ty, tall in ((0.16, 0.9, 330), (0.84, 0.86, 260)):
        x, y = tx * w, ty * h
        pen.shape(
            [
                (x - 16, y),
                (x - 8, y - tall * 0.45),
                (x - 40, y - tall * 0.75),
                (x - 30, y - tall * 0.76),
                (x, y - tall * 0.52),
                (x + 30, y - tall * 0.8),
                (x + 40, y - tall * 0.78),
                (x + 12, y - tall * 0.45),
                (x + 22, y),
            ],
            1.0,
            2.6,
        )
        pen.hatch(
            [(x + 2, y), (x + 2, y - tall * 0.48), (x + 12, y - tall * 0.45), (x + 22, y)], 4.5, 12, 1.7
        )
        for _ in range(150):
            a, q = rng.uniform(0, 6.28), math.sqrt(rng.random())
            lx, ly = x + q * math.cos(a) * tall * 0.38, y - tall * 0.86 + q * math.sin(a) * tall * 0.3
            pen.shape(circle(lx, ly, 10, 140, 400, 12), 1.0)
            pen.curve(circle(lx, ly, 10, 140, 400, 8), 2.4 if lx > x else 1.5, 0.6)
            if lx > x - 10:
                pen.line([(lx - 4, ly + 2), (lx + 7, ly + 5)], 1.6)
    x, y = w * 0.5, h * 0.83
    horse: list[Point] = [
        (-62, -40),
        (-40, -58),
        (10, -56),
        (42, -62),
        (58, -96),
        (70, -104),
        (92, -84),
        (84, -76),
        (70, -76),
        (62, -40),
        (58, -10),
        (66, 36),
        (54, 38),
        (46, 2),
        (6, -6),
        (-30, -2),
        (-38, 38),
        (-50, 38),
        (-50, -6),
        (-66, 34),
        (-76, 32),
        (-64, -10),
    ]
    pen.shape([(x + a, y + b) for a, b in horse], 1.0, 2.6)
    pen.hatch([(x + a, y + b) for a, b in [(-62, -30), (42, -34), (52, -4), (6, -6), (-50, -4)]], 4, 20, 1.6)
    pen.curve([(x - 62, y - 40), (x - 86, y - 20), (x - 80, y + 20)], 5)
    pen.shape(
        [
            (x - 14, y - 54),
            (x - 18, y - 108),
            (x - 2, y - 120),
            (x + 18, y - 106),
            (x + 16, y - 56),
            (x + 12, y - 6),
            (x + 2, y - 6),
            (x - 2, y - 50),
        ],
        1.0,
        2.4,
    )
    pen.hatch([(x - 14, y - 54), (x - 18, y - 108), (x - 2, y - 112), (x, y - 56)], 4, -20, 1.6)
    pen.disc(x + 2, y - 130, 13, 1.0, 2.2)
    pen.shape([(x - 15, y - 134), (x - 8, y - 152), (x + 14, y - 150), (x + 20, y - 134)], 0.0)
    pen.line([(x + 40, y - 150), (x + 8, y - 60)], 2)
    pen.line([(x - 50, y - 190), (x + 60, y - 10)], 3)
    pen.line([(4, 4), (w - 4, 4), (w - 4, h - 4), (4, h - 4), (4, 4)], 3)
    return press(rng, pen.tone(), paper="yellow", margin=0.03, flat=0.03)


def wave(rng: Rng) -> Image.Image:
    """A great curling wave, boats, a far mountain: colour woodcut."""
    h, w = 440, 640
    pen = Pen(w, h)
    colour = np.ones((h, w, 3), np.float32) * np.array((0.9, 0.85, 0.74), np.float32)
    y, _x = grid(h, w)
    colour *= mix((0.86, 0.84, 0.82), (1.0, 1.0, 1.0), smooth(0.0, 0.4, y))

    def fill(points: list[Point], tint: tuple[float, float, float], outline: float = 1.6) -> None:
        nonlocal colour
        mask = Pen(w, h)
        mask.shape(points, 0.0)
        colour = mix(colour, tint, 1 - mask.tone())
        if outline:
            pen.line([*points, points[0]], outline)

    fill([(350, 300), (408, 246), (424, 236), (440, 246), (500, 300)], (0.3, 0.38, 0.5))
    fill(
        [(398, 256), (424, 236), (450, 256), (440, 262), (432, 255), (424, 264), (414, 256)],
        (0.95, 0.93, 0.88),
        0,
    )
    crest: list[Point] = [(0, 190), (60, 120), (130, 66), (210, 48), (280, 70), (318, 116), (322, 160)]
    inner: list[Point] = [
        (322, 160),
        (290, 140),
        (250, 132),
        (210, 150),
        (186, 196),
        (190, 250),
        (230, 300),
        (300, 330),
        (400, 340),
        (520, 322),
        (640, 336),
    ]
    fill([*spline(crest), *spline(inner), (640, 440), (0, 440)], (0.16, 0.26, 0.42))
    for k in range(9):
        t = k / 9
        stripe: list[Point] = [
            (20 + 150 * t, 440 - 20 * t),
            (50 + 110 * t, 300 - 30 * t),
            (100 + 90 * t, 190 - 40 * t),
            (190 + 40 * t, 110 - 10 * t),
        ]
        mask = Pen(w, h)
        mask.curve(stripe, 9, 0.75)
        colour = mix(colour, (0.62, 0.72, 0.78), (1 - mask.tone()) * 0.85)
    edge = spline([*crest, *inner[:4]], density=12)
    foam = Pen(w, h)
    for i, (px, py) in enumerate(edge):
        if i > 20:
            for _ in range(3):
                q, a = rng.uniform(3, 11), rng.uniform(0.2, 2.6)
                cx, cy = px + 14 * math.cos(a) * rng.random(), py + 16 * math.sin(a) * rng.random()
                foam.disc(cx, cy, q, 0.0, 0)
                pen.disc(cx, cy, q, 1.0, 0.9)
    for _ in range(90):
        foam.disc(rng.uniform(120, 420), rng.uniform(40, 250), rng.uniform(1, 2.6), 0.0, 0)
    colour = mix(colour, (0.95, 0.92, 0.85), 1 - foam.tone())
    for bx, by, tip in ((300, 352, 0.16), (470, 372, -0.1), (90, 392, 0.08)):
        boat: list[Point] = [
            (bx - 110, by - 16 - 110 * tip),
            (bx - 60, by + 6),
            (bx + 60, by + 10),
            (bx + 116, by - 18 + 110 * tip),
            (bx + 70, by + 26),
            (bx - 66, by + 22),
        ]
        fill(spline(boat, True), (0.82, 0.66, 0.42), 1.4)
        for i in range(6):
            fill(circle(bx - 44 + i * 17, by - 2, 7, steps=12), (0.28, 0.32, 0.42), 1.0)
    front: list[Point] = [
        (0, 410),
        (120, 372),
        (220, 404),
        (340, 388),
        (480, 420),
        (640, 384),
        (640, 440),
        (0, 440),
    ]
    fill([*spline(front[:6]), *front[6:]], (0.2, 0.32, 0.48), 1.6)
    for _ in range(26):
        px, py = rng.uniform(0, w), rng.uniform(402, 436)
        mask = Pen(w, h)
        mask.curve([(px, py), (px + 26, py - 6), (px + 56, py + 2)], 4, 0.8)
        colour = mix(colour, (0.86, 0.88, 0.86), (1 - mask.tone()) * 0.8)
    fill([(26, 40), (74, 40), (74, 130), (26, 130)], (0.93, 0.88, 0.76), 1.2)
    for i in range(5):
        pen.curve([(42, 50 + i * 16), (50, 54 + i * 16), (60, 50 + i * 16)], 2.4)
        pen.line([(50, 46 + i * 16), (47, 60 + i * 16)], 1.8)
    grain = 0.94 + 0.06 * cloud(rng, h, w, 5, 5, 14)
    return press(
        rng, colour * grain[..., None] * np.maximum(pen.tone(), 0.12)[..., None], paper="cream", margin=0.03
    )


def etching(rng: Rng) -> Image.Image:
    """Three trees on a rise, plain and rain: etching."""
    h, w = 470, 640
    pen = Pen(w, h, rng, 0.6)
    mass = cloud(rng, h, w, 3, 5, 2)
    for _ in range(5200):  # sky and ground in short strokes where it is to be dark
        x, y = rng.uniform(0, w), rng.uniform(0, h * 0.72)
        dark = smooth(0.45, 0.9, mass[int(y) : int(y) + 1, int(x) : int(x) + 1])[0, 0] * (0.9 - y / h)
        if rng.random() < dark * 0.9:
            a = 0.5 + 1.6 * float(mass[int(y), int(x)])
            r = rng.uniform(6, 16)
            pen.line([(x, y), (x + r * math.cos(a), y + r * math.sin(a))], 0.6)
    for i in range(34):
        x = i * 7 - 60
        pen.line([(x, 0), (x + 90, h * 0.56)], 0.7)
    for i in range(46):
        y = h * (0.66 + 0.0011 * i * i * 0.1)
        x = rng.uniform(0, w * 0.7)
        pen.line([(x, h * 0.68 + i * 0.7), (x + rng.uniform(20, 160), h * 0.68 + i * 0.7)], 0.5)
        if i % 6 == 0:
            pen.shape([(x, y), (x + 6, y - 8), (x + 12, y)], 0.0)
    rise: list[Point] = [
        (0, h * 0.86),
        (w * 0.3, h * 0.84),
        (w * 0.55, h * 0.72),
        (w * 0.8, h * 0.68),
        (w, h * 0.72),
    ]
    pen.shape([*spline(rise), (w, h), (0, h)], 1.0, 1.0)
    for _ in range(2300):
        x = rng.uniform(0, w)
        top = float(np.interp(x, [p[0] for p in rise], [p[1] for p in rise]))
        y = rng.uniform(top, h)
        if rng.random() < 0.3 + 0.9 * (y - top) / h + 0.3 * (x > w * 0.6):
            r = rng.uniform(5, 13)
            pen.line([(x, y), (x + r * 0.6, y - r)], 0.8)
    for tx, foot, tall in ((0.66, 0.71, 250), (0.76, 0.69, 270), (0.87, 0.7, 255)):
        x, y = tx * w, foot * h
        pen.shape([(x - 7, y), (x - 4, y - tall * 0.5), (x + 4, y - tall * 0.5), (x + 8, y)], 0.15)
        for _ in range(900):
            a, q = rng.uniform(0, 6.28), math.sqrt(rng.random())
            lx, ly = x + q * math.cos(a) * tall * 0.23, y - tall * 0.68 + q * math.sin(a) * tall * 0.34
            if rng.random() < 0.45 + 0.4 * math.cos(a - 0.7) * q + 0.25:
                pen.curve([(lx, ly), (lx + 3, ly - 4), (lx + 7, ly - 1), (lx + 8, ly + 4)], 0.9, 0.3)
    return press(
        rng,
        np.minimum(pen.tone(), 0.93 + 0.07 * cloud(rng, h, w, 3, 2)),
        paper="cream",
        ink="brown",
        margin=0.03,
    )


def chalk(rng: Rng) -> Image.Image:
    """Studies of a torso and a head in red chalk."""
    h, w = 620, 470
    view = s.march(
        [(f.torso(0.25), (0.95, 0.95, 0.95))],
        300,
        235,
        eye=(0.9, 0.2, 11),
        look=(0.5, -0.5, 0),
        zoom=3.9,
        sun=(-0.7, 0.6, 0.5),
        ambient=0.2,
    )
    small = s.march(
        [
            (s.moved(s.melt(0.1, f.head()), yaw=0.9, pitch=0.25), (0.95, 0.95, 0.95)),
            (s.moved(f.hair(0.3), yaw=0.9, pitch=0.25), (0.7, 0.7, 0.7)),
        ],
        130,
        120,
        eye=(0, -0.3, 12),
        look=(0, -0.3, 0),
        zoom=6.0,
        sun=(-0.7, 0.6, 0.5),
    )
    tone = np.ones((h, w), np.float32)
    for v, top, left, hh, ww in ((view, 0, 0, h, w), (small, 8, 300, 170, 157)):
        light = np.clip(resize(v.light, hh, ww), 0, 1)
        seen = np.clip(resize(v.seen, hh, ww), 0, 1)
        near = smooth(1.0, 0.2, resize(blur(1 - v.seen, 6), hh, ww))
        part = 1 - (1 - light) ** 1.1 * seen * (0.35 + 0.65 * near)
        part = np.minimum(part, 0.35 + 0.65 * contour(v, hh, ww))
        tone[top : top + hh, left : left + ww] = np.minimum(tone[top : top + hh, left : left + ww], part)
    y, x = np.mgrid[0:h, 0:w]
    lines = 0.5 + 0.5 * np.sin((x * 0.8 + y) * 0.85 + 5 * cloud(rng, h, w, 5, 3))
    grain = rng.random((h, w), dtype=np.float32) * 0.45 + 0.35 * lines.astype(np.float32) + 0.1
    drawn = np.clip((tone - grain * 0.85) * 3.2 + 0.35, 0, 1)
    drawn = np.where(tone > 0.97, 1, drawn).astype(np.float32)
    return press(rng, blur(drawn, 0.6), paper="yellow", ink="red", margin=0.02)


def crayon(rng: Rng) -> Image.Image:
    """A bearded man's portrait: crayon lithograph."""
    h, w = 600, 470
    yaw = 0.45
    parts: list[tuple[s.Solid, s.Paint]] = [
        (s.moved(f.head(1.2), yaw=yaw), (0.92, 0.92, 0.92)),
        (s.moved(f.hair(0.4, combed=True), yaw=yaw), (0.36, 0.36, 0.36)),
        (s.moved(f.beard(0.2), yaw=yaw), (0.42, 0.42, 0.42)),
        (s.moved(f.shoulders(1.05, 0.03), (0, 0.3, 0)), (0.22, 0.22, 0.22)),
        (s.moved(s.egg((0, -1.75, 0.3), (0.5, 0.3, 0.4)), yaw=yaw * 0.5), (0.95, 0.95, 0.95)),
    ]
    view = s.march(
        parts, 300, 235, eye=(0, -0.9, 12), look=(0, -0.85, 0), zoom=4.4, sun=(0.6, 0.7, 0.55), ambient=0.3
    )
    seen = np.clip(resize(view.seen, h, w), 0, 1)
    y, x = grid(h, w)
    back = 1 - 0.4 * np.exp(-((x - 0.4) ** 2 + (y - 0.45) ** 2) / 0.08)
    tone = np.clip(resize(view.light * view.colour[..., 0], h, w), 0, 1) ** 0.75 * seen + back * (1 - seen)
    fade = smooth(0.98, 0.62, y + 0.25 * np.abs(x - 0.5))
    tone = np.minimum(1 - (1 - tone) * fade, 1 - (1 - contour(view, h, w)) * 0.7 * fade)
    grain = 0.55 * rng.random((h, w), dtype=np.float32) + 0.45 * cloud(rng, h, w, 130, 2)
    drawn = np.clip((tone - 0.15 - 0.62 * grain) * 3 + 0.5, 0, 1)
    for i in range(26):
        drawn[int(h * 0.93) : int(h * 0.935), 300 + i * 3 : 302 + i * 3] = 0.3
    return press(rng, blur(drawn, 0.5), paper="cream", margin=0.03)


PLATES: dict[str, Draw] = {
    "melancholy": melancholy,
    "woodcut": woodcut,
    "wave": wave,
    "etching": etching,
    "chalk": chalk,
    "crayon": crayon,
}
