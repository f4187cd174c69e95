"""Sculpture: plaster casts and marbles, photographed before a dark or a light cloth, or engraved.

In goes a seeded generator; out comes a printed plate.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from enrich.sample import figures as f
from enrich.sample import solids as s
from enrich.sample.objects import engraved
from enrich.sample.tones import Array, Draw, Rng, cloud, grid, mix, press, resize, screen, smooth

MARBLE = (0.93, 0.93, 0.93)


def cast(
    rng: Rng,
    view: s.View,
    height: int,
    width: int,
    *,
    ground: float = 0.12,
    ink: str = "black",
    stone: float = 0.1,
    cut_out: bool = False,
) -> Image.Image:
    """The sculpture before a cloth of the tone `ground`; `stone`: how much its surface is weathered."""
    seen = np.clip(resize(view.seen, height, width), 0, 1)
    light = np.clip(resize(view.light * view.colour.mean(-1), height, width), 0, 1.1)
    light = (
        light
        * (1 - stone * cloud(rng, height, width, 30, 5))
        * (1 - 0.4 * stone * cloud(rng, height, width, 5, 3))
    )
    y, x = grid(height, width)
    back = ground * (0.75 + 0.5 * cloud(rng, height, width, 3, 4)) + 0.12 * np.exp(
        -((x - 0.7) ** 2 + (y - 0.4) ** 2) / 0.15
    )
    tone = (
        np.clip(light, 0, 1) ** 0.9 * seen
        + back * (1 - seen)
        + rng.normal(0, 0.015, (height, width)).astype(np.float32)
    )
    tone = screen(np.clip(tone, 0, 1) * 0.9 + 0.05, 3.2, 45, 0.3)
    if cut_out:
        tone = mix(1.0, tone, smooth(0.3, 0.7, seen))
    return press(rng, tone, ink=ink, margin=0.03)


def _bust(solid_head: s.Solid, chest: s.Solid, yaw: float) -> s.Solid:
    body = s.cut(
        chest,
        s.both(
            s.block((0, -5.0, 0), (4, 2.0, 4)),
            s.block((2.9, -2.5, 0), (1.3, 3, 3)),
            s.block((-2.9, -2.5, 0), (1.3, 3, 3)),
        ),
        0.2,
    )
    foot = s.turned(
        (0, -4.2, -0.2), [(0, 0.85), (0.2, 0.85), (0.3, 0.6), (0.6, 0.42), (1.0, 0.5), (1.5, 0.85)]
    )
    return s.melt(0.12, s.moved(solid_head, yaw=yaw), body, foot)


def youth(rng: Rng) -> Image.Image:
    """The bust of a youth with curled hair."""
    statue = _bust(s.melt(0.06, f.head(0.95), f.hair(0.25)), f.shoulders(0.95), -0.5)
    view = s.march(
        [(statue, MARBLE)],
        330,
        255,
        eye=(0, -1.2, 13),
        look=(0, -1.5, 0),
        zoom=4.2,
        sun=(-0.75, 0.7, 0.45),
        ambient=0.2,
    )
    return cast(rng, view, 620, 480)


def philosopher(rng: Rng) -> Image.Image:
    """The bust of a bearded man, mantle over the shoulder."""
    statue = _bust(
        s.melt(0.06, f.head(1.15), f.hair(0.35), f.beard(0.55)),
        s.melt(
            0.1,
            f.shoulders(1.0, 0.03),
            s.wavy(s.limb((-1.4, -1.7, 0.1), (0.9, -2.9, 0.5), 0.36), f.strands(10, 0.06)),
        ),
        0.4,
    )
    view = s.march(
        [(statue, (0.88, 0.88, 0.88))],
        330,
        255,
        eye=(0, -1.0, 13),
        look=(0, -1.5, 0),
        zoom=4.2,
        sun=(0.7, 0.75, 0.5),
        ambient=0.22,
    )
    return cast(rng, view, 620, 480, ground=0.5, stone=0.22)


def torso(rng: Rng) -> Image.Image:
    """An antique torso on a base."""
    body = s.moved(f.torso(0.3), (0, 0.5, 0), yaw=0.35)
    broken = s.wavy(
        s.cut(body, s.moved(s.block((0, 0, 0), (2, 0.5, 2)), (0, -2.2, 0), roll=0.12)),
        lambda p: 0.008 * np.sin(p[0] * 22) * np.sin(p[1] * 19) * np.sin(p[2] * 17),
    )
    base = s.block((0, -2.15, 0), (1.1, 0.42, 0.75), 0.06)
    view = s.march(
        [(broken, MARBLE), (base, (0.55, 0.55, 0.55))],
        340,
        250,
        eye=(0, 0.2, 12),
        look=(0, 0.05, 0),
        zoom=4.2,
        sun=(-0.85, 0.55, 0.4),
        ambient=0.17,
    )
    return cast(rng, view, 640, 470, ground=0.1, stone=0.2)


def draped(rng: Rng) -> Image.Image:
    """A draped standing figure, its arms broken off."""
    robe = f.robe(0.82, 0.085, 11)
    over = s.wavy(
        s.cut(
            s.melt(
                0.3,
                s.limb((0.1, 3.0, 0), (0, 5.0, 0), 1.05, 0.85),
                s.limb((-0.8, 5.2, 0), (0.9, 3.4, 0.3), 0.4, 0.4),
            ),
            s.moved(s.block((0, 0, 0), (3, 1.4, 3)), (0, 1.6, 0), roll=0.35),
            0.1,
        ),
        lambda p: 0.05 * np.sin(p[0] * 5 + p[1] * 6 + 1.4 * np.sin(p[0] * 3)),
    )
    head = s.moved(
        s.melt(0.06, f.head(0.95), f.hair(0.2, combed=True), s.ball((0, 0.7, -0.95), 0.4)),
        (0, 6.75, 0.1),
        yaw=-0.4,
        scale=0.6,
    )
    stumps = s.both(
        s.limb((-0.85, 5.4, 0), (-1.2, 4.6, 0.1), 0.3, 0.27),
        s.limb((0.85, 5.4, 0), (1.3, 5.0, 0.3), 0.3, 0.26),
    )
    base = s.drum((0, -0.25, 0), 1.5, 0.28, 0.04)
    view = s.march(
        [(s.melt(0.1, robe, over, head, stumps), MARBLE), (base, (0.8, 0.8, 0.8))],
        400,
        230,
        eye=(0, 4.2, 26),
        look=(0, 3.55, 0),
        zoom=5.9,
        sun=(-0.75, 0.65, 0.5),
        ambient=0.2,
        far=45,
    )
    return cast(rng, view, 680, 392, ground=0.16, stone=0.14)


def hero(rng: Rng) -> Image.Image:
    """A standing nude with a sling over the shoulder, cut out of its ground."""
    body = s.both(
        *(solid for solid, _ in f.nude((0, 0, 0), hands=((-1.25, 2.9, 0.3), (0.75, 5.3, 0.75)), step=0.35))
    )
    stump = s.wavy(s.limb((-0.75, 0, -0.4), (-0.7, 2.0, -0.35), 0.42, 0.3), f.curls(6, 0.05))
    base = s.block((0, -0.25, 0), (1.5, 0.26, 1.0), 0.05)
    view = s.march(
        [(s.melt(0.05, body, stump), MARBLE), (base, (0.8, 0.8, 0.8))],
        420,
        230,
        eye=(0, 3.6, 26),
        look=(0, 3.45, 0),
        zoom=6.0,
        sun=(-0.65, 0.7, 0.55),
        ambient=0.24,
        far=45,
    )
    return engraved(rng, view, 700, 384, pitch=3.0, curve=3.2)


def relief(rng: Rng) -> Image.Image:
    """A marble relief: a procession of robed figures between pilasters."""
    parts: list[s.Solid] = [
        s.block((0, 3.7, -0.9), (10.2, 4.4, 0.35)),
        s.block((0, -0.35, -0.2), (10.4, 0.4, 0.7), 0.08),
        s.block((0, 7.95, -0.2), (10.4, 0.35, 0.7), 0.08),
        s.repeated(s.block((0, 3.7, -0.3), (0.3, 3.8, 0.35), 0.05), 0, 19.6, 2),
    ]
    x = -7.6
    for i in range(7):
        yaw = float(rng.uniform(0.5, 1.1))
        lift = float(rng.uniform(3.6, 6.2))
        for solid, _ in f.person(
            (x, 0, -0.1),
            height=float(rng.uniform(0.9, 1.0)),
            yaw=yaw,
            hands=((-0.6, lift, 1.2), (0.6, lift * 0.85, 1.3)),
            old=i % 3 == 1,
        ):
            parts.append(solid)
        x += float(rng.uniform(2.3, 2.7))

    def flat(p: s.Points) -> Array:
        q = (p[0], p[1], p[2] * 2.0)
        return np.asarray(s.both(*parts)(q) * 0.55)

    view = s.march(
        [(flat, MARBLE)],
        156,
        320,
        eye=(0, 4.2, 30),
        look=(0, 3.8, 0),
        zoom=6.4,
        sun=(-0.75, 0.6, 0.35),
        ambient=0.2,
        far=45,
        steps=60,
    )
    return cast(rng, view, 350, 718, ground=0.2, stone=0.25)


PLATES: dict[str, Draw] = {
    "youth": youth,
    "philosopher": philosopher,
    "torso": torso,
    "draped": draped,
    "hero": hero,
    "relief": relief,
}
