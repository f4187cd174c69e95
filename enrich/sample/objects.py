"""Objects on a plain ground: vessels, a chair, a clock, a casket, a candlestick, as engraved or photographed.

In goes a seeded generator; out comes a printed plate.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from enrich.sample import solids as s
from enrich.sample.hatching import contour, hatch_view
from enrich.sample.tones import Array, Draw, Rng, cloud, grid, levels, mix, press, resize, screen, smooth


def photographed(
    rng: Rng,
    view: s.View,
    height: int,
    width: int,
    *,
    ground: float = 0.8,
    ink: str = "black",
    cut_out: bool = False,
) -> Image.Image:
    """The object before a screen, or with the ground cut out of the block."""
    seen = np.clip(resize(view.seen, height, width), 0, 1)
    light = np.clip(resize(view.light * view.colour.mean(-1), height, width), 0, 1)
    y, x = grid(height, width)
    back = (
        ground
        * (0.92 + 0.1 * cloud(rng, height, width, 3, 3))
        * (1 - 0.35 * ((x - 0.45) ** 2 + (y - 0.5) ** 2))
    )
    tone: Array = light * seen + back * (1 - seen) + rng.normal(0, 0.015, (height, width)).astype(np.float32)
    tone = screen(levels(tone, 0.002, 0.998) * 0.88 + 0.06, 3.2, 45, 0.32)
    if cut_out:
        tone = mix(1.0, tone, smooth(0.3, 0.7, seen))
    return press(rng, tone, ink=ink, paper="white" if cut_out else "cream", margin=0.04)


def engraved(
    rng: Rng,
    view: s.View,
    height: int,
    width: int,
    *,
    pitch: float = 3.6,
    curve: float = 3.0,
    outline: float = 1.0,
) -> Image.Image:
    """The object in line, on the bare paper, with a little cast shadow where there is a floor."""
    tone = hatch_view(view, np.ones((height, width), np.float32), pitch=pitch, curve=curve, gamma=0.7)
    return press(
        rng, np.minimum(tone, 1 - outline * (1 - contour(view, height, width))), paper="cream", margin=0.06
    )


def _bands(
    p: s.Points, low: float, high: float, light: tuple[float, float, float], dark: tuple[float, float, float]
) -> Array:
    """The painting of a Greek vase: meanders above and below, running figures between."""
    angle = np.arctan2(p[0], p[2])
    t = (p[1] - low) / (high - low)
    tongue = (np.sin(angle * 26) > 0) & (np.abs(t - 0.86) < 0.035)
    meander = ((np.floor(angle * 9) + np.floor(t * 40)) % 2 == 0) & (
        (np.abs(t - 0.3) < 0.03) | (np.abs(t - 0.72) < 0.03)
    )
    lines = (
        (np.abs(t - 0.34) < 0.006)
        | (np.abs(t - 0.26) < 0.006)
        | (np.abs(t - 0.76) < 0.006)
        | (np.abs(t - 0.68) < 0.006)
    )
    u = (angle * 2.2 / math.pi * 2) % 1 - 0.5
    v = (t - 0.5) / 0.16
    body = (np.abs(u + 0.05 * np.sin(v * 3)) < 0.11 - 0.04 * v) & (np.abs(v) < 0.62)
    skull = (u - 0.04) ** 2 * 24 + (v - 0.8) ** 2 * 1.2 < 0.04
    legs = (np.abs(np.abs(u) - 0.1 - 0.08 * (-v - 0.5)) < 0.045) & (v < -0.45) & (v > -1.0)
    spear = (np.abs(u - 0.26 - v * 0.05) < 0.014) & (np.abs(v) < 0.95)
    arms = (np.abs(v - 0.35 - np.abs(u) * 0.6) < 0.09) & (np.abs(u) < 0.27)
    figure = (body | skull | legs | spear | arms) & (np.abs(t - 0.51) < 0.16)
    ring = (np.abs(t - 0.12) < 0.1) & (np.sin(angle * 20) > 2.6 * np.abs(t - 0.12) * 6 - 0.6)
    pattern = tongue | meander | lines | figure
    return np.where(
        (pattern | (ring & (t < 0.2)))[:, None], np.array(dark, np.float32), np.array(light, np.float32)
    )


def amphora(rng: Rng) -> Image.Image:
    """A painted amphora."""
    profile = [
        (0, 0.52),
        (0.12, 0.56),
        (0.22, 0.34),
        (0.9, 0.82),
        (1.9, 1.26),
        (2.7, 1.16),
        (3.1, 0.6),
        (3.4, 0.46),
        (3.9, 0.5),
        (4.05, 0.66),
        (4.15, 0.66),
    ]
    jar = s.turned((0, -2.1, 0), profile, 0.07)
    handles = s.both(
        *(
            s.both(
                s.limb((a * 1.02, 0.7, 0), (a * 1.0, 1.3, 0), 0.1),
                s.limb((a * 1.0, 1.3, 0), (a * 0.62, 1.68, 0), 0.1),
            )
            for a in (-1, 1)
        )
    )
    view = s.march(
        [
            (jar, lambda p: _bands(p, -2.1, 1.6, (0.72, 0.5, 0.36), (0.13, 0.11, 0.1))),
            (handles, (0.16, 0.14, 0.13)),
        ],
        360,
        270,
        eye=(0, 1.0, 12),
        look=(0, -0.05, 0),
        zoom=4.9,
        sun=(-0.6, 0.6, 0.7),
        ambient=0.3,
        shine=0.35,
    )
    return photographed(rng, view, 640, 480, ground=0.88)


def tankard(rng: Rng) -> Image.Image:
    """A pewter tankard with a lid, and a beaker."""
    body = s.turned(
        (-0.8, -1.7, 0),
        [
            (0, 1.0),
            (0.15, 1.02),
            (0.25, 0.86),
            (0.8, 0.9),
            (1.5, 0.8),
            (2.4, 0.72),
            (2.5, 0.8),
            (2.6, 0.78),
            (2.75, 0.6),
            (3.0, 0.25),
            (3.15, 0.12),
            (3.3, 0.16),
            (3.4, 0.05),
        ],
    )
    grip = s.both(
        s.limb((0.0, 0.45, 0), (0.75, 0.3, 0), 0.11),
        s.limb((0.75, 0.3, 0), (0.8, -0.6, 0), 0.11),
        s.limb((0.8, -0.6, 0), (0.05, -1.1, 0), 0.11),
    )
    beaker = s.turned(
        (1.95, -1.7, 0.4), [(0, 0.55), (0.1, 0.58), (0.25, 0.44), (0.9, 0.5), (1.5, 0.68), (1.7, 0.72)], 0.05
    )
    relief = s.wavy(
        body,
        lambda p: (
            0.02 * np.sin(np.arctan2(p[0] + 0.8, p[2]) * 12) * np.sin(p[1] * 6) * (np.abs(p[1] + 0.3) < 0.8)
        ),
    )
    view = s.march(
        [(relief, (0.82, 0.82, 0.82)), (grip, (0.8, 0.8, 0.8)), (beaker, (0.84, 0.84, 0.84))],
        300,
        330,
        eye=(0, 1.4, 12),
        look=(0.35, -0.15, 0),
        zoom=4.7,
        sun=(-0.7, 0.6, 0.6),
        ambient=0.24,
        shine=0.5,
    )
    return engraved(rng, view, 560, 620, pitch=3.7)


def chair(rng: Rng) -> Image.Image:
    """A turned and carved arm-chair."""

    def leg(x: float, z: float, top: float) -> s.Solid:
        knobs = [
            (0, 0.12),
            (0.15, 0.17),
            (0.3, 0.09),
            (0.5, 0.15),
            (0.8, 0.19),
            (1.1, 0.1),
            (1.25, 0.17),
            (1.4, 0.12),
            (top, 0.12),
        ]
        return s.turned((x, -2.6, z), knobs)

    def spindle(x: float) -> s.Solid:
        return s.turned(
            (x, -0.55, -1.0),
            [(0, 0.06), (0.3, 0.1), (0.6, 0.05), (1.0, 0.11), (1.4, 0.05), (1.7, 0.09), (2.1, 0.05)],
        )

    frame = s.both(
        leg(-1.2, 1.0, 3.0),
        leg(1.2, 1.0, 3.0),
        leg(-1.2, -1.0, 4.9),
        leg(1.2, -1.0, 4.9),
        s.block((0, -1.0, 0), (1.35, 0.13, 1.15), 0.05),
        s.block((0, -2.0, 1.0), (1.2, 0.09, 0.09), 0.04),
        s.block((0, -2.0, -1.0), (1.2, 0.09, 0.09), 0.04),
        s.block((-1.2, -2.15, 0), (0.09, 0.09, 1.0), 0.04),
        s.block((1.2, -2.15, 0), (0.09, 0.09, 1.0), 0.04),
        s.block((0, -0.5, -1.0), (1.2, 0.1, 0.09), 0.03),
        *(spindle(x) for x in (-0.8, -0.4, 0.0, 0.4, 0.8)),
        s.limb((-1.25, 0.35, -1.0), (-1.3, 0.3, 1.1), 0.12),
        s.limb((1.25, 0.35, -1.0), (1.3, 0.3, 1.1), 0.12),
    )
    crest = s.cut(
        s.melt(
            0.1,
            s.block((0, 1.75, -1.0), (1.3, 0.28, 0.12), 0.08),
            s.moved(s.drum((0, 0, 0), 0.55, 0.12, 0.05), (0, 2.05, -1.0), pitch=math.pi / 2),
        ),
        s.both(
            *(s.ball((x, 1.75, -0.86), 0.13) for x in (-0.9, -0.55, 0.55, 0.9)), s.ball((0, 2.05, -0.8), 0.24)
        ),
    )
    cushion = s.block((0, -0.78, 0.05), (1.15, 0.16, 0.95), 0.14)
    view = s.march(
        [(frame, (0.7, 0.7, 0.7)), (crest, (0.74, 0.74, 0.74)), (cushion, (0.9, 0.9, 0.9))],
        380,
        290,
        eye=(5.2, 2.6, 10.5),
        look=(0, -0.2, 0),
        zoom=4.1,
        sun=(-0.3, 0.8, 0.7),
        ambient=0.3,
    )
    return engraved(rng, view, 660, 500, pitch=3.2, curve=1.6)


def clock(rng: Rng) -> Image.Image:
    """A mantel clock with columns, dial and urn."""

    def dial(p: s.Points) -> Array:
        r = np.hypot(p[0], p[1] - 0.55)
        a = np.arctan2(p[0], p[1] - 0.55)
        hours = (np.abs(r - 0.66) < 0.1) & (np.abs((a * 12 / (2 * math.pi)) % 1 - 0.5) > 0.4)
        hand = ((np.abs(np.sin(a - 0.9)) * r < 0.03) & (np.cos(a - 0.9) > 0) & (r < 0.5)) | (
            (np.abs(np.sin(a + 2.0)) * r < 0.022) & (np.cos(a + 2.0) > 0) & (r < 0.68)
        )
        rim = (np.abs(r - 0.8) < 0.015) | (np.abs(r - 0.52) < 0.01)
        return np.where(
            (hours | hand | rim | (r < 0.05))[:, None], np.float32(0.08), np.float32(0.95)
        ) * np.ones((1, 3), np.float32)

    case = s.both(
        s.block((0, -2.0, 0), (1.9, 0.22, 0.75), 0.04),
        s.block((0, -1.65, 0), (1.7, 0.16, 0.65), 0.04),
        s.cut(
            s.block((0, 0.2, 0), (1.15, 1.75, 0.5), 0.04),
            s.moved(s.drum((0, 0, 0), 0.95, 0.4), (0, 0.55, 0.7), pitch=math.pi / 2),
        ),
        s.block((0, 1.8, 0), (1.75, 0.16, 0.66), 0.04),
        s.block((0, 2.08, 0), (1.5, 0.14, 0.58), 0.04),
        s.moved(s.ring((0, 0, 0), 0.92, 0.08), (0, 0.55, 0.5)),
    )
    columns = s.both(
        *(
            s.turned(
                (x, -1.5, 0.35), [(0, 0.24), (0.1, 0.24), (0.2, 0.17), (2.9, 0.14), (3.0, 0.2), (3.15, 0.24)]
            )
            for x in (-1.42, 1.42)
        )
    )
    urn = s.turned(
        (0, 2.2, 0),
        [
            (0, 0.3),
            (0.08, 0.3),
            (0.2, 0.1),
            (0.5, 0.42),
            (0.75, 0.34),
            (0.85, 0.2),
            (1.0, 0.14),
            (1.15, 0.02),
        ],
    )
    plate = s.moved(s.drum((0, 0, 0), 0.93, 0.05), (0, 0.55, 0.36), pitch=math.pi / 2)
    swag = s.both(
        s.wavy(s.limb((-0.8, -0.9, 0.5), (0, -1.15, 0.56), 0.08), lambda p: 0.02 * np.sin(p[0] * 30)),
        s.wavy(s.limb((0.8, -0.9, 0.5), (0, -1.15, 0.56), 0.08), lambda p: 0.02 * np.sin(p[0] * 30)),
    )
    view = s.march(
        [
            (case, (0.36, 0.34, 0.34)),
            (columns, (0.75, 0.72, 0.66)),
            (urn, (0.7, 0.62, 0.5)),
            (plate, dial),
            (swag, (0.75, 0.66, 0.5)),
        ],
        370,
        300,
        eye=(1.6, 1.6, 12),
        look=(0, 0.4, 0),
        zoom=4.1,
        sun=(-0.6, 0.7, 0.8),
        ambient=0.3,
        shine=0.4,
    )
    return photographed(rng, view, 620, 500, ground=0.72, ink="brown")


def candlestick(rng: Rng) -> Image.Image:
    """A brass candlestick and a ewer on its dish."""
    stick = s.turned(
        (-1.5, -2.2, 0),
        [
            (0, 1.0),
            (0.1, 1.0),
            (0.2, 0.7),
            (0.45, 0.3),
            (0.7, 0.22),
            (0.9, 0.42),
            (1.1, 0.2),
            (1.7, 0.17),
            (2.0, 0.36),
            (2.3, 0.16),
            (3.0, 0.18),
            (3.2, 0.5),
            (3.3, 0.52),
            (3.4, 0.26),
            (3.7, 0.28),
        ],
    )
    candle = s.drum((-1.5, 1.9, 0), 0.2, 0.6)
    ewer = s.turned(
        (1.3, -1.95, 0.2),
        [
            (0, 0.5),
            (0.1, 0.52),
            (0.3, 0.2),
            (0.6, 0.3),
            (1.2, 0.72),
            (1.7, 0.62),
            (2.2, 0.26),
            (2.6, 0.24),
            (2.9, 0.42),
        ],
        0.05,
    )
    spout = s.limb((0.95, 0.9, 0.2), (0.45, 1.25, 0.2), 0.14, 0.08)
    grip = s.both(
        s.limb((1.55, 0.95, 0.2), (2.25, 0.8, 0.2), 0.07),
        s.limb((2.25, 0.8, 0.2), (2.3, -0.1, 0.2), 0.07),
        s.limb((2.3, -0.1, 0.2), (1.9, -0.5, 0.2), 0.07),
    )
    dish = s.turned((1.3, -2.2, 0.2), [(0, 0.8), (0.08, 0.9), (0.22, 1.45), (0.27, 1.48)], 0.06)
    metal = (0.68, 0.62, 0.5)
    view = s.march(
        [
            (stick, metal),
            (candle, (0.95, 0.93, 0.88)),
            (ewer, metal),
            (spout, metal),
            (grip, metal),
            (dish, metal),
        ],
        350,
        340,
        eye=(0, 1.3, 12),
        look=(0, 0.05, 0),
        zoom=4.3,
        sun=(-0.7, 0.65, 0.55),
        ambient=0.26,
        shine=0.8,
    )
    return photographed(rng, view, 580, 564, ground=0.35)


def casket(rng: Rng) -> Image.Image:
    """An iron-bound casket with a domed lid."""

    def wood(p: s.Points) -> Array:
        bands = (
            (np.abs((p[0] + 0.35) % 0.9 - 0.45) < 0.1)
            | (np.abs(p[1] - 0.25) < 0.06)
            | (np.abs(p[1] + 1.15) < 0.06)
        )
        studs = (np.hypot((p[0] + 0.35) % 0.9 - 0.45, (p[1] + 0.1) % 0.35 - 0.17) < 0.05) & bands
        grain = 0.5 + 0.08 * np.sin(p[1] * 30 + 4 * np.sin(p[0] * 2))
        return np.where(studs[:, None], 0.85, np.where(bands[:, None], 0.3, grain[:, None])).astype(
            np.float32
        ) * np.ones((1, 3), np.float32)

    lid = s.common(
        s.moved(s.drum((0, 0, 0), 1.15, 1.95), (0, 0.0, 0), roll=math.pi / 2),
        s.block((0, 1.0, 0), (2, 0.8, 1.2)),
    )
    chest = s.both(s.block((0, -0.5, 0), (1.9, 0.75, 1.1), 0.04), lid)
    fittings = s.both(
        s.block((0, 0.12, 1.12), (0.22, 0.3, 0.07), 0.03),
        *(s.ball((x, -1.35, z), 0.2) for x in (-1.7, 1.7) for z in (-0.9, 0.9)),
        s.moved(s.ring((0, 0, 0), 0.28, 0.05), (0, 1.22, 0.0)),
    )
    view = s.march(
        [(chest, wood), (fittings, (0.5, 0.5, 0.5))],
        280,
        380,
        eye=(4.2, 3.0, 9.5),
        look=(0, -0.15, 0),
        zoom=4.2,
        sun=(-0.4, 0.8, 0.7),
        ambient=0.3,
    )
    return engraved(rng, view, 470, 640, pitch=3.4, curve=1.4)


def goblet(rng: Rng) -> Image.Image:
    """A standing cup with bosses and cover."""

    def bosses(p: s.Points) -> Array:
        a = np.arctan2(p[0], p[2])
        return np.asarray(
            0.05 * (np.cos(a * 8 + np.floor(p[1] / 0.42) * math.pi) * np.cos(p[1] * 2 * math.pi / 0.84))
        )

    cup = s.wavy(
        s.turned(
            (0, -2.5, 0),
            [
                (0, 0.95),
                (0.12, 0.98),
                (0.3, 0.6),
                (0.6, 0.22),
                (0.9, 0.16),
                (1.1, 0.36),
                (1.3, 0.16),
                (1.6, 0.3),
                (2.0, 0.85),
                (2.6, 0.7),
                (3.1, 0.92),
                (3.25, 0.95),
                (3.3, 0.9),
                (3.5, 0.86),
                (3.9, 0.55),
                (4.2, 0.2),
                (4.4, 0.14),
                (4.6, 0.26),
                (4.8, 0.1),
                (5.0, 0.12),
                (5.1, 0.02),
            ],
        ),
        bosses,
    )
    view = s.march(
        [(cup, (0.72, 0.7, 0.64))],
        400,
        240,
        eye=(0, 1.1, 12),
        look=(0, 0.05, 0),
        zoom=4.2,
        sun=(-0.7, 0.6, 0.6),
        ambient=0.22,
        shine=0.9,
    )
    return photographed(rng, view, 660, 396, ground=0.93, cut_out=True, ink="brown")


PLATES: dict[str, Draw] = {
    "amphora": amphora,
    "tankard": tankard,
    "chair": chair,
    "clock": clock,
    "candlestick": candlestick,
    "casket": casket,
    "goblet": goblet,
}
