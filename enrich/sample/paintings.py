"""Paintings of people and things that were never painted: portraits, still lifes, an annunciation, a revel.

In goes a seeded generator; out comes a printed plate. Figures and fruit are solids, painted over with
the brush.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from enrich.sample import figures as f
from enrich.sample import solids as s
from enrich.sample.easel import canvas_draw, hills, over, plate, sky, tree, water
from enrich.sample.tones import (
    Array,
    Colour,
    Draw,
    Rng,
    cloud,
    from_image,
    grid,
    mix,
    smooth,
)


def _portrait(
    rng: Rng,
    back: Array,
    parts: s.Scene,
    *,
    eye: s.Vector = (0, -0.9, 12),
    look: s.Vector = (0, -1.15, 0),
    zoom: float = 4.3,
    sun: s.Vector = (-0.7, 0.6, 0.55),
    ambient: float = 0.16,
) -> Array:
    h, w = back.shape[:2]
    view = s.march(
        parts, round(h * 0.5), round(w * 0.5), eye=eye, look=look, zoom=zoom, sun=sun, ambient=ambient
    )
    return over(back, view)


def _eyes(yaw: float, look: float = 0.1) -> list[tuple[s.Solid, s.Paint]]:
    """Painted eyes: whites with a dark iris, set into the sockets."""
    out: list[tuple[s.Solid, s.Paint]] = []
    for sign in (-1, 1):
        out.append(
            (s.moved(s.egg((0.27 * sign, 0.07, 0.745), (0.115, 0.055, 0.11)), yaw=yaw), (0.86, 0.82, 0.75))
        )
        out.append((s.moved(s.ball((0.27 * sign + look, 0.072, 0.825), 0.062), yaw=yaw), (0.1, 0.07, 0.05)))
    return out


def _face_paint(base: Colour, yaw: float) -> s.Paint:
    """Flesh: warmer cheeks, redder lips."""
    turn = s.rotation(yaw, 0, 0)

    def paint(p: s.Points) -> Array:
        q = [turn[0, i] * p[0] + turn[1, i] * p[1] + turn[2, i] * p[2] for i in range(3)]
        lips = np.exp(-((q[0] / 0.2) ** 4) - ((q[1] + 0.55) / 0.085) ** 4) * (q[2] > 0.6)
        cheek = np.exp(-(((np.abs(q[0]) - 0.38) / 0.2) ** 2) - ((q[1] + 0.25) / 0.2) ** 2) * (q[2] > 0)
        out = mix(
            base,
            np.array(base, np.float32) * np.array((1.05, 0.78, 0.72), np.float32),
            (cheek * 0.8)[:, None],
        )
        return mix(out, (0.62, 0.25, 0.2), (lips * 0.8)[:, None])

    return paint


def beret(rng: Rng) -> Image.Image:
    """An elderly painter in a dark beret, out of warm darkness."""
    h, w = 560, 450
    y, x = grid(h, w)
    back = (
        np.array((0.26, 0.19, 0.12), np.float32)
        * (0.35 + 0.9 * np.exp(-((x - 0.3) ** 2 + (y - 0.4) ** 2) / 0.14) + 0.15 * cloud(rng, h, w, 5, 4))[
            ..., None
        ]
    )
    yaw = -0.42
    parts: list[tuple[s.Solid, s.Paint]] = [
        (s.moved(f.head(1.15, 1.0), yaw=yaw), _face_paint((0.86, 0.62, 0.45), yaw)),
        (s.moved(f.hair(0.65), yaw=yaw), (0.42, 0.35, 0.28)),
        (s.moved(s.egg((0.08, 0.95, -0.1), (1.2, 0.36, 1.15)), yaw=yaw, roll=0.14), (0.09, 0.07, 0.06)),
        (s.moved(f.shoulders(1.05, 0.03), (0, 0.25, 0)), (0.26, 0.15, 0.09)),
        (s.wavy(s.limb((-0.6, -1.55, 0.2), (0.6, -1.55, 0.2), 0.28), f.curls(10, 0.03)), (0.5, 0.42, 0.3)),
        *_eyes(yaw),
    ]
    return plate(rng, _portrait(rng, back, parts, sun=(-0.8, 0.75, 0.4), ambient=0.08), framed=34, fine=True)


def lady(rng: Rng) -> Image.Image:
    """A lady half length before winding roads and blue rocks."""
    h, w = 600, 440
    p = sky(rng, h, w, (0.5, 0.58, 0.56), (0.82, 0.78, 0.6), (0.75, 0.74, 0.62), 0.4, 0.5)
    for base, rise, colour in (
        (0.36, 0.2, (0.45, 0.53, 0.53)),
        (0.46, 0.14, (0.4, 0.46, 0.42)),
        (0.56, 0.1, (0.45, 0.38, 0.24)),
    ):
        p = hills(rng, p, base, rise, colour, 9, 0.62)
    y, x = grid(h, w)
    p = mix(
        p,
        (0.66, 0.56, 0.38),
        smooth(0.02, 0.008, np.abs(x - 0.16 - 0.07 * np.sin(y * 34))) * (y > 0.4) * (y < 0.6) * 0.8,
    )
    p = hills(rng, p, 0.74, 0.02, (0.28, 0.2, 0.13), 3)
    yaw = -0.3
    parts: list[tuple[s.Solid, s.Paint]] = [
        (s.moved(f.head(0.85, 0.95), yaw=yaw), _face_paint((0.93, 0.74, 0.52), yaw)),
        (s.moved(f.hair(0.9, combed=True), yaw=yaw), (0.2, 0.13, 0.08)),
        (s.moved(f.shoulders(0.86, 0.035), (0, 0.3, 0)), (0.2, 0.21, 0.15)),
        (s.egg((0.05, -1.75, 0.12), (0.66, 0.42, 0.46)), (0.9, 0.7, 0.5)),
        (s.limb((-1.5, -3.6, 0.3), (0.25, -3.85, 1.05), 0.42, 0.3), (0.5, 0.38, 0.2)),
        (s.limb((1.5, -3.5, 0.3), (-0.1, -3.55, 1.15), 0.42, 0.28), (0.46, 0.35, 0.18)),
        (
            s.melt(
                0.1,
                s.egg((-0.25, -3.6, 1.3), (0.4, 0.16, 0.2)),
                s.limb((-0.4, -3.62, 1.4), (-0.75, -3.8, 1.35), 0.1, 0.06),
            ),
            (0.9, 0.71, 0.52),
        ),
        *_eyes(yaw, 0.06),
    ]
    return plate(
        rng,
        _portrait(
            rng,
            p,
            parts,
            look=(0, -1.75, 0),
            eye=(0, -1.2, 12),
            zoom=3.5,
            sun=(-0.4, 0.8, 0.65),
            ambient=0.24,
        ),
        colour=True,
        fine=True,
        age=0.9,
    )


def fruit(rng: Rng) -> Image.Image:
    """Apples, a pewter jug, a bowl and a knife on a table."""
    h, w = 470, 620
    _y, x = grid(h, w)
    back = mix((0.3, 0.25, 0.19), (0.12, 0.1, 0.09), np.clip(x * 0.9 + 0.2 * cloud(rng, h, w, 4, 4), 0, 1))
    table: s.Paint = (0.46, 0.32, 0.2)
    parts: list[tuple[s.Solid, s.Paint]] = [
        (s.block((0, -1.6, 0), (5.0, 0.6, 2.2), 0.05), table),
        (
            s.turned(
                (-1.75, -1.0, -0.4),
                [
                    (0, 0.55),
                    (0.12, 0.58),
                    (0.2, 0.42),
                    (0.9, 0.82),
                    (1.6, 0.62),
                    (2.0, 0.34),
                    (2.5, 0.4),
                    (2.55, 0.44),
                ],
            ),
            (0.52, 0.53, 0.52),
        ),
        (s.ring((-2.55, 0.3, -0.4), 0.5, 0.09), (0.5, 0.5, 0.5)),
        (
            s.turned(
                (1.0, -1.0, -0.2),
                [(0, 0.5), (0.12, 0.5), (0.2, 0.34), (0.45, 0.85), (0.8, 1.15), (0.84, 1.2)],
                0.09,
            ),
            (0.82, 0.8, 0.74),
        ),
        (s.block((0.2, -0.96, 1.5), (1.0, 0.02, 0.07), 0.01), (0.7, 0.7, 0.68)),
    ]
    for cx, cy, cz, r, tint in (
        (0.65, -0.02, 0.1, 0.42, (0.72, 0.2, 0.12)),
        (1.4, 0.0, -0.1, 0.44, (0.82, 0.6, 0.2)),
        (1.0, 0.08, -0.6, 0.42, (0.66, 0.28, 0.14)),
        (1.05, 0.42, -0.1, 0.4, (0.76, 0.3, 0.14)),
        (-0.6, -0.62, 0.7, 0.4, (0.78, 0.5, 0.18)),
        (0.05, -0.62, 0.95, 0.38, (0.7, 0.22, 0.14)),
        (2.35, -0.6, 0.6, 0.4, (0.6, 0.62, 0.24)),
    ):
        apple = s.cut(s.egg((cx, cy, cz), (r, r * 0.92, r)), s.ball((cx, cy + r * 1.08, cz), r * 0.3), 0.15)
        parts.append((apple, tint))
        parts.append(
            (s.limb((cx, cy + r * 0.7, cz), (cx + 0.06, cy + r * 1.2, cz), 0.025), (0.2, 0.13, 0.08))
        )
    for _ in range(9):
        gx, gy, gz = 2.0 + rng.uniform(-0.25, 0.35), -0.88 + rng.uniform(0, 0.3), 1.1 + rng.uniform(-0.2, 0.3)
        parts.append((s.ball((gx - 3.6, gy, gz), 0.15), (0.2, 0.14, 0.28)))
    view = s.march(
        parts,
        235,
        310,
        eye=(0, 1.9, 9),
        look=(0, -0.15, 0),
        zoom=3.5,
        sun=(-0.8, 0.8, 0.5),
        ambient=0.14,
        shine=0.35,
    )
    return plate(rng, over(back, view), framed=30)


def sunflowers(rng: Rng) -> Image.Image:
    """Yellow flowers in an earthen pot."""
    h, w = 600, 470
    y, _x = grid(h, w)
    p = np.where(
        (y < 0.72)[..., None],
        np.array((0.86, 0.82, 0.56), np.float32),
        np.array((0.82, 0.62, 0.22), np.float32),
    )
    p = (p * (0.92 + 0.16 * cloud(rng, h, w, 9, 4))[..., None]).astype(np.float32)
    view = s.march(
        [
            (
                s.turned(
                    (0, -2.9, 0), [(0, 0.8), (0.1, 0.82), (0.9, 1.12), (1.5, 0.95), (1.9, 0.72), (2.05, 0.78)]
                ),
                lambda q: np.where(
                    (q[1] > -2.0)[:, None], np.array((0.9, 0.72, 0.3)), np.array((0.88, 0.82, 0.6))
                ).astype(np.float32),
            )
        ],
        300,
        235,
        eye=(0, -0.2, 10),
        look=(0, -0.2, 0),
        zoom=2.9,
        sun=(-0.6, 0.7, 0.7),
        ambient=0.4,
    )
    p = over(p, view)
    image, draw = canvas_draw(p)
    heads = [
        (0.5, 0.2),
        (0.3, 0.28),
        (0.71, 0.27),
        (0.19, 0.45),
        (0.45, 0.42),
        (0.68, 0.46),
        (0.85, 0.42),
        (0.34, 0.58),
        (0.57, 0.6),
        (0.78, 0.61),
        (0.13, 0.6),
    ]
    for hx, hy in heads:
        cx, cy = hx * w, hy * h
        draw.line((cx, cy, w * 0.5 + (cx - w * 0.5) * 0.2, h * 0.68), fill=(92, 112, 48), width=5)
    for _ in range(16):
        lx, ly, a = rng.uniform(0.25, 0.75) * w, rng.uniform(0.4, 0.68) * h, rng.uniform(0, 6.3)
        draw.polygon(
            [
                (lx, ly),
                (lx + 26 * math.cos(a) + 9, ly + 26 * math.sin(a)),
                (lx + 46 * math.cos(a), ly + 46 * math.sin(a)),
                (lx + 26 * math.cos(a) - 9, ly + 26 * math.sin(a) + 9),
            ],
            fill=(80, 104, 50),
        )
    for hx, hy in heads:
        cx, cy, r = hx * w, hy * h, rng.uniform(34, 46)
        for _k in range(46):
            a, q = rng.uniform(0, 6.28), r * rng.uniform(1.0, 1.5)
            b = rng.uniform(0.8, 1.08)
            draw.polygon(
                [
                    (cx + r * 0.5 * math.cos(a - 0.2), cy + r * 0.5 * math.sin(a - 0.2)),
                    (cx + q * math.cos(a), cy + q * math.sin(a)),
                    (cx + r * 0.5 * math.cos(a + 0.2), cy + r * 0.5 * math.sin(a + 0.2)),
                ],
                fill=(round(235 * b), round(168 * b), round(30 * b)),
            )
        draw.ellipse((cx - r * 0.58, cy - r * 0.58, cx + r * 0.58, cy + r * 0.58), fill=(132, 82, 30))
        draw.ellipse((cx - r * 0.3, cy - r * 0.3, cx + r * 0.3, cy + r * 0.3), fill=(90, 84, 36))
    return plate(rng, from_image(image), colour=True, age=0.1, wild=0.7)


def annunciation(rng: Rng) -> Image.Image:
    """An angel kneels before a woman in an arcade with a tiled floor."""
    h, w = 470, 600

    def floor(p: s.Points) -> Array:
        tile = (np.floor(p[0] / 1.1) + np.floor(p[2] / 1.1)) % 2
        return mix((0.72, 0.62, 0.5), (0.5, 0.34, 0.28), tile[:, None])

    arches = s.cut(
        s.block((0, 6.8, 0), (12, 2.6, 0.3)),
        s.repeated(s.both(s.moved(s.drum((0, 0, 0), 1.95, 1.0), (0, 5.4, 0), pitch=math.pi / 2)), 0, 4.6, 5),
        0.0,
    )
    parts: list[tuple[s.Solid, s.Paint]] = [
        (s.half_space((0, 1, 0), 0.0), floor),
        (s.block((0, 5, -6.5), (14, 6, 0.3)), (0.86, 0.8, 0.68)),
        (s.block((2.6, 2.2, -6.2), (1.1, 2.2, 0.3)), (0.42, 0.3, 0.2)),
        (arches, (0.85, 0.78, 0.66)),
        (s.moved(s.repeated(s.drum((0, 2.7, 0), 0.24, 2.7), 0, 4.6, 4), (0, 0, 0)), (0.8, 0.74, 0.66)),
        (
            s.moved(s.repeated(s.block((0, 5.3, 0), (0.42, 0.16, 0.42), 0.05), 0, 4.6, 4), (0, 0, 0)),
            (0.84, 0.76, 0.6),
        ),
        *f.person(
            (-2.6, 0, 1.4),
            cloth=(0.85, 0.55, 0.5),
            locks=(0.72, 0.5, 0.2),
            height=0.72,
            yaw=1.25,
            kneeling=True,
            hands=((-0.3, 4.4, 1.3), (0.5, 5.2, 1.5)),
        ),
        *f.person(
            (2.7, 0, 0.4),
            cloth=(0.66, 0.2, 0.18),
            cloak=(0.12, 0.2, 0.48),
            locks=(0.6, 0.42, 0.2),
            height=0.66,
            yaw=-1.1,
            bow=0.35,
            hands=((0.35, 4.5, 0.8), (-0.3, 4.4, 0.9)),
        ),
        (
            s.moved(s.egg((0, 0, 0), (0.16, 1.9, 0.75)), (-4.2, 3.6, 0.6), roll=0.45, yaw=0.2),
            (0.85, 0.66, 0.3),
        ),
        (s.moved(s.ring((0, 0, 0), 0.58, 0.04), (2.5, 4.55, 0.55)), (0.9, 0.74, 0.3)),
        (s.moved(s.ring((0, 0, 0), 0.55, 0.04), (-2.35, 3.3, 1.4)), (0.9, 0.74, 0.3)),
    ]
    view = s.march(
        parts,
        210,
        268,
        eye=(0.4, 3.6, 13),
        look=(0, 3.3, 0),
        zoom=2.9,
        sun=(-0.7, 0.8, 0.9),
        ambient=0.42,
        shadow=0.5,
    )
    back = sky(rng, h, w, (0.4, 0.5, 0.62), (0.8, 0.78, 0.66), (0.9, 0.85, 0.75), 0.3)
    return plate(rng, over(back, view), colour=True, fine=True, wild=0.15)


def revel(rng: Rng) -> Image.Image:
    """Dancing figures by the sea, blue sky, trees on the right."""
    h, w = 490, 600
    p = sky(rng, h, w, (0.16, 0.32, 0.58), (0.75, 0.78, 0.75), (0.95, 0.9, 0.82), 0.45, 0.6)
    p = hills(rng, p, 0.55, 0.12, (0.38, 0.48, 0.56), 3)
    p = water(rng, p, 0.56, (0.16, 0.32, 0.45), 0.6, 0.8)
    p = hills(rng, p, 0.72, 0.06, (0.5, 0.4, 0.24), 2, 0.35)
    image, draw = canvas_draw(p)
    tree(rng, draw, w * 0.9, h * 0.8, h * 0.8, (0.24, 0.28, 0.12), 0.32, 900)
    tree(rng, draw, w * 0.76, h * 0.75, h * 0.55, (0.28, 0.33, 0.15), 0.3, 500)
    flesh = (0.88, 0.66, 0.5)
    parts: list[tuple[s.Solid, s.Paint]] = [
        *f.person(
            (-4.0, 0, 0),
            cloth=(0.2, 0.3, 0.62),
            cloak=(0.75, 0.2, 0.14),
            locks=(0.66, 0.44, 0.18),
            yaw=0.7,
            lean=0.08,
            hands=((-1.6, 6.0, 0.5), (1.6, 5.0, 1.2)),
        ),
        *f.nude((0.2, 0.4, 0.5), skin=flesh, yaw=-0.6, hands=((-2.4, 5.6, 0.8), (2.2, 6.2, -0.2)), step=0.9),
        (
            s.wavy(
                s.moved(s.egg((0, 0, 0), (1.7, 0.45, 0.3)), (-0.2, 4.9, -0.5), roll=0.7), f.strands(6, 0.05)
            ),
            (0.78, 0.24, 0.28),
        ),
        *f.person(
            (3.4, 0, -1),
            cloth=(0.85, 0.6, 0.25),
            locks=(0.4, 0.24, 0.12),
            height=0.94,
            yaw=-0.4,
            lean=-0.12,
            hands=((-1.0, 7.2, 0.6), (1.6, 4.0, 0.8)),
        ),
        *f.nude(
            (6.2, 0, -1.5),
            skin=(0.7, 0.5, 0.36),
            height=0.95,
            yaw=-0.9,
            hands=((-1.8, 4.2, 0.8), (1.4, 3.6, 0.5)),
            step=0.7,
        ),
    ]
    view = s.march(
        parts,
        220,
        270,
        eye=(0.8, 5.5, 30),
        look=(0.8, 4.7, 0),
        zoom=4.9,
        sun=(-0.6, 0.8, 0.6),
        ambient=0.3,
        far=50,
    )
    return plate(rng, over(from_image(image), view), colour=True, fine=True)


PLATES: dict[str, Draw] = {
    "beret": beret,
    "lady": lady,
    "fruit": fruit,
    "sunflowers": sunflowers,
    "annunciation": annunciation,
    "revel": revel,
}
