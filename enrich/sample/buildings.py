"""Buildings as solids: a temple, a domed church, a bell tower, a nave, a triumphal arch.

In goes a seeded generator; out comes a printed plate, photographed or engraved.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from enrich.sample import solids as s
from enrich.sample.photographs import develop
from enrich.sample.prints import hatch_view
from enrich.sample.tones import Array, Draw, Rng, cloud, grid, mix, press, resize

STONE = (0.74, 0.74, 0.74)


def _on_site(
    rng: Rng, view: s.View, height: int, width: int, *, ink: str = "black", weather: float = 0.25
) -> Image.Image:
    """The building photographed under a bright sky."""
    y, _x = grid(height, width)
    sky = 0.86 - 0.12 * (1 - y) + 0.1 * (cloud(rng, height, width, 3, 5, 2.4) - 0.5)
    seen = np.clip(resize(view.seen, height, width) * 1.5 - 0.25, 0, 1)
    light = resize(view.light * view.colour.mean(-1), height, width)
    light = (
        light
        * (1 - weather * cloud(rng, height, width, 40, 5))
        * (1 - 0.15 * cloud(rng, height, width, 5, 3))
    )
    haze = resize(np.clip(view.depth / 60, 0, 0.6), height, width) * 0.3
    return develop(rng, mix(sky, mix(light, 0.8, haze), seen), ink, pitch=3.1, paper="white")


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
    return _on_site(rng, view, 480, 700)


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
    return _on_site(rng, view, 700, 420)


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
    return develop(rng, np.clip(mix(light, 0.95, 0.6 * glow), 0, 1), "black", pitch=3.1, paper="white")


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
    y, _x = grid(h, w)
    back = np.clip(0.8 + 0.2 * y + 0.25 * (cloud(rng, h, w, 3, 4, 2) - 0.5), 0, 1)
    return press(rng, hatch_view(view, back, pitch=3.3, curve=1.5, gamma=0.65), paper="yellow", margin=0.03)


PLATES: dict[str, Draw] = {
    "temple": temple,
    "dome": dome,
    "campanile": campanile,
    "nave": nave,
    "arch": arch,
}
