"""Photographs that no camera took: a street, mountains, a machine hall, a crowd, a harbour, a wood, a
workshop.

In goes a seeded generator; out comes a half-tone plate. Light, haze and grain are drawn; nothing is a
photograph.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from PIL import Image, ImageDraw

from enrich.sample import figures as f
from enrich.sample import solids as s
from enrich.sample.tones import (
    Array,
    Draw,
    Rng,
    blur,
    cloud,
    from_image,
    grid,
    levels,
    mix,
    press,
    resize,
    ridge,
    screen,
    smooth,
    to_image,
)


def develop(
    rng: Rng,
    light: Array,
    ink: str = "black",
    pitch: float = 3.2,
    haze: float = 0.0,
    margin: float = 0.03,
    paper: str = "toned",
) -> Image.Image:
    """Lens, plate and half-tone block: soft corners, grain, a compressed scale of tones."""
    h, w = light.shape
    y, x = grid(h, w)
    far = (x - 0.5) ** 2 + (y - 0.5) ** 2
    soft = mix(blur(light, 0.8), blur(light, 2.4), smooth(0.12, 0.5, far))
    glow = np.maximum(soft, blur(np.clip(soft - 0.7, 0, 1), 9) * 1.2 + soft * 0.9)
    tone: Array = glow * (1 - 0.35 * far * 2) + rng.normal(0, 0.025, (h, w)).astype(np.float32)
    tone = levels(tone, 0.003, 0.997) * (0.95 - haze) + haze
    return press(rng, screen(tone, pitch, 45, 0.42), paper=paper, ink=ink, margin=margin)


def people(
    rng: Rng, draw: ImageDraw.ImageDraw, x: float, y: float, tall: float, tone: int, hat: bool = True
) -> None:
    """A walker as a dark silhouette, feet at (x, y)."""
    k = tall
    lean = rng.normal(0, 0.02) * k
    if rng.random() < 0.4:  # a lady with a long skirt and a wide hat
        draw.polygon(
            [
                (x - 0.17 * k, y),
                (x - 0.05 * k, y - 0.55 * k),
                (x + 0.05 * k, y - 0.55 * k),
                (x + 0.17 * k, y),
            ],
            fill=tone,
        )
        draw.ellipse((x - 0.15 * k + lean, y - 0.97 * k, x + 0.15 * k + lean, y - 0.89 * k), fill=tone)
    else:
        for side in (-1, 1):
            draw.line(
                (x + side * 0.02 * k, y - 0.45 * k, x + side * rng.uniform(0.03, 0.13) * k, y),
                fill=tone,
                width=max(1, round(0.08 * k)),
            )
        if hat:
            draw.rectangle((x - 0.055 * k + lean, y - 1.04 * k, x + 0.055 * k + lean, y - 0.9 * k), fill=tone)
            draw.line(
                (x - 0.09 * k + lean, y - 0.91 * k, x + 0.09 * k + lean, y - 0.91 * k),
                fill=tone,
                width=max(1, round(0.025 * k)),
            )
    draw.polygon(
        [
            (x - 0.1 * k, y - 0.4 * k),
            (x - 0.13 * k + lean, y - 0.74 * k),
            (x - 0.05 * k + lean, y - 0.8 * k),
            (x + 0.05 * k + lean, y - 0.8 * k),
            (x + 0.13 * k + lean, y - 0.74 * k),
            (x + 0.1 * k, y - 0.4 * k),
        ],
        fill=tone,
    )
    draw.ellipse(
        (x - 0.06 * k + lean, y - 0.94 * k, x + 0.06 * k + lean, y - 0.79 * k), fill=min(255, tone + 40)
    )


def street(rng: Rng) -> Image.Image:
    """A narrow street between high houses, washing lines, people, haze at its end."""
    h, w = 660, 480
    image = to_image(np.ones((h, w), np.float32) * 0.88)
    draw = ImageDraw.Draw(image)
    vx, vy = w * 0.52, h * 0.62

    def at(side: float, depth: float, up: float) -> tuple[float, float]:
        return vx + side * w * 0.62 / depth, vy + (0.3 - up) * h / depth

    for side in (-1, 1):
        stations = [0.9]
        while stations[-1] < 13:
            stations.append(stations[-1] * rng.uniform(1.2, 1.5))
        for a, b in reversed(list(itertools.pairwise(stations))):
            fog = min(0.72, 0.06 * b)
            base = rng.uniform(0.2, 0.5) * (0.65 if side > 0 else 1.05)
            tone = int(255 * (base * (1 - fog) + 0.85 * fog))
            top = rng.uniform(1.5, 2.4)
            draw.polygon([at(side, a, 0), at(side, b, 0), at(side, b, top), at(side, a, top)], fill=tone)
            draw.line(
                [at(side, a, top), at(side, b, top)], fill=max(0, tone - 45), width=max(1, round(9 / a))
            )
            floors, bays = int(top / 0.27), max(1, int((b - a) / a * 6))
            for i in range(floors):
                for j in range(bays):
                    d1 = 1 / (1 / a + (1 / b - 1 / a) * (j + 0.28) / bays)
                    d2 = 1 / (1 / a + (1 / b - 1 / a) * (j + 0.68) / bays)
                    u1, u2 = 0.08 + i * 0.27, 0.08 + i * 0.27 + 0.17
                    pane = int(255 * (rng.uniform(0.05, 0.16) * (1 - fog) + 0.8 * fog))
                    draw.polygon(
                        [at(side, d1, u1), at(side, d2, u1), at(side, d2, u2), at(side, d1, u2)], fill=pane
                    )
                    draw.line(
                        [at(side, d1 * 0.99, u1 - 0.01), at(side, d2 * 1.01, u1 - 0.01)],
                        fill=min(255, tone + 50),
                        width=max(1, round(4 / a)),
                    )
            if rng.random() < 0.6 and a < 5:
                draw.polygon(
                    [
                        at(side, a * 1.05, 0.32),
                        at(side * 0.72, a * 1.05, 0.25),
                        at(side * 0.72, b * 0.95, 0.25),
                        at(side, b * 0.95, 0.32),
                    ],
                    fill=min(255, tone + 60),
                )
    for d in np.geomspace(1.0, 9, 26)[::-1]:
        fog = min(0.7, 0.06 * d)
        draw.polygon(
            [at(-1, d, 0), at(1, d, 0), at(1, d * 0.9, 0), at(-1, d * 0.9, 0)],
            fill=int(255 * (rng.uniform(0.42, 0.52) * (1 - fog) + 0.82 * fog)),
        )
    for d in (2.2, 3.1, 4.4):
        (ax, ay), (bx, by) = at(-0.97, d, 1.1 + 0.2 * d / 3), at(0.97, d, 1.15 + 0.2 * d / 3)
        draw.line((ax, ay, bx, by), fill=60, width=1)
        for k in range(9):
            x, y = ax + (bx - ax) * (k + 0.6) / 10, ay + (by - ay) * (k + 0.6) / 10
            size = 54 / d
            draw.polygon(
                [
                    (x, y),
                    (x + size * 0.8, y + 1),
                    (x + size * 0.75, y + size * rng.uniform(0.9, 1.7)),
                    (x + 2, y + size * 1.2),
                ],
                fill=int(rng.uniform(150, 245)),
            )
    for d in sorted(rng.uniform(1.3, 8, 17), reverse=True):
        x, y = at(float(rng.uniform(-0.75, 0.75)), float(d), 0)
        people(rng, draw, x, y, 0.21 * h / d, int(255 * min(0.6, 0.06 + 0.06 * d)))
    light = (
        from_image(image) * (0.8 + 0.35 * cloud(rng, h, w, 26, 5)) * (0.9 + 0.15 * cloud(rng, h, w, 90, 2))
    )
    return develop(rng, light, "brown", haze=0.02)


def mountains(rng: Rng) -> Image.Image:
    """Snow peaks, a glacier and a dark wood in front."""
    h, w = 470, 680
    y, _x = grid(h, w)
    light = 0.72 + 0.15 * y + 0.12 * smooth(0.5, 0.9, cloud(rng, h, w, 4, 5, 2))
    for base, rise, cells, snow, fade in ((0.62, 0.5, 3.2, 0.9, 0.35), (0.74, 0.36, 4.5, 0.55, 0.15)):
        line = base - rise * ridge(rng, w, cells, 7, 0.55)
        cover = smooth(-0.002, 0.004, y - line[None, :])
        relief = cloud(rng, h, w, 9, 7, 0.8)
        gy, gx = np.gradient(relief)
        lit = np.clip(0.5 + 26 * gx - 8 * gy + 9 * np.gradient(-line)[None, :] * 12, 0, 1)
        depth = y - line[None, :]
        white = smooth(0.34 * snow, 0.02, depth + 0.16 * (relief - 0.5))
        rock = 0.16 + 0.34 * lit
        face = mix(rock, 0.45 + 0.55 * lit, white)
        light = mix(light, mix(face, 0.75, fade), cover)
    mist = np.exp(-(((y - 0.74) / 0.05) ** 2)) * cloud(rng, h, w, 5, 4, 4)
    light = mix(light, 0.85, np.clip(mist, 0, 1))
    image = to_image(light)
    draw = ImageDraw.Draw(image)
    for row, (base, tall, tone) in enumerate(((0.82, 46, 78), (0.9, 80, 46), (1.02, 130, 22))):
        edge = ridge(rng, w, 3) * 0.08
        for _ in range(170 - 40 * row):
            px = rng.uniform(-10, w + 10)
            foot = h * (base + 0.05 - edge[int(np.clip(px, 0, w - 1))])
            t = tall * rng.uniform(0.5, 1.1)
            for k in range(6):
                b = t * (0.2 - 0.028 * k)
                yy = foot - t * k / 6
                draw.polygon(
                    [(px - b, yy), (px, yy - t * 0.3), (px + b, yy)], fill=int(tone * rng.uniform(0.7, 1.3))
                )
        draw.polygon([(0, h), *[(i, h * (base + 0.05 - edge[i])) for i in range(0, w, 8)], (w, h)], fill=tone)
    return develop(rng, from_image(image), "brown")


def machine_hall(rng: Rng) -> Image.Image:
    """A hall of iron girders with fly-wheels and belts."""
    h, w = 470, 680
    y, x = grid(h, w)
    iron = (0.3, 0.3, 0.3)
    spokes = s.both(
        *(s.moved(s.limb((0, -1.9, 0), (0, 1.9, 0), 0.09), roll=a) for a in np.linspace(0, math.pi, 5)[:-1])
    )
    wheel = s.both(
        s.ring((0, 0, 0), 1.95, 0.17), spokes, s.moved(s.drum((0, 0, 0), 0.36, 0.5), pitch=math.pi / 2)
    )
    truss = s.both(
        s.repeated(
            s.both(
                s.block((-4.6, 3, 0), (0.12, 3.2, 0.14)),
                s.block((4.6, 3, 0), (0.12, 3.2, 0.14)),
                s.moved(s.block((0, 0, 0), (2.7, 0.1, 0.12)), (-2.35, 7.1, 0), roll=0.36),
                s.moved(s.block((0, 0, 0), (2.7, 0.1, 0.12)), (2.35, 7.1, 0), roll=-0.36),
                s.block((0, 6.2, 0), (4.7, 0.06, 0.1)),
                s.limb((-2.2, 6.2, 0), (0, 7.9, 0), 0.05),
                s.limb((2.2, 6.2, 0), (0, 7.9, 0), 0.05),
            ),
            2,
            3.2,
            8,
        ),
    )
    parts: list[tuple[s.Solid, s.Paint]] = [
        (
            s.half_space((0, 1, 0), 0.0),
            lambda p: mix(
                (0.5, 0.5, 0.5), (0.36, 0.36, 0.36), ((np.floor(p[0]) + np.floor(p[2])) % 2)[:, None]
            ),
        ),
        (truss, iron),
        (s.moved(wheel, (-2.4, 2.15, 5.0), yaw=1.25), (0.42, 0.42, 0.42)),
        (s.moved(wheel, (2.5, 2.15, 1.0), yaw=-1.2), (0.42, 0.42, 0.42)),
        (
            s.both(
                s.block((-2.6, 0.5, 5.4), (0.9, 0.5, 1.9), 0.08),
                s.block((2.7, 0.5, 1.2), (0.9, 0.5, 1.9), 0.08),
            ),
            (0.5, 0.5, 0.5),
        ),
        (
            s.both(
                s.moved(s.drum((0, 0, 0), 0.55, 1.3, 0.08), (-2.6, 1.4, 7.6), pitch=1.57),
                s.moved(s.drum((0, 0, 0), 0.55, 1.3, 0.08), (2.7, 1.4, -2.2), pitch=1.57),
            ),
            (0.55, 0.55, 0.55),
        ),
        (s.limb((-2.2, 3.9, 5), (4.3, 5.6, -3), 0.07), (0.2, 0.2, 0.2)),
        (
            s.both(s.block((-4.9, 1.2, 0), (0.1, 1.3, 13)), s.block((4.9, 1.2, 0), (0.1, 1.3, 13))),
            (0.45, 0.45, 0.45),
        ),
        *f.person((0.4, 0, 3.6), cloth=(0.12, 0.12, 0.12), height=0.24, yaw=0.4),
        *f.person((0.9, 0, -4.5), cloth=(0.14, 0.14, 0.14), height=0.24),
    ]
    view = s.march(
        parts,
        235,
        340,
        eye=(0.6, 3.1, 13.2),
        look=(-0.1, 3.0, 0),
        zoom=1.75,
        sun=(0.4, 0.9, 0.35),
        ambient=0.5,
        shadow=0.6,
        far=32,
    )
    lit = resize(view.light * view.colour[..., 0], h, w)
    fog = resize(np.clip(view.depth / 34, 0, 1), h, w)
    windows = 0.75 + 0.2 * (np.sin(x * 60) > -0.7) * (np.sin(y * 44) > -0.8)
    light = np.where(resize(view.seen, h, w) > 0.5, mix(lit, 0.8, fog**1.3 * 0.9), windows)
    return develop(rng, (light * (0.9 + 0.16 * cloud(rng, h, w, 12, 4))).astype(np.float32), "brown")


def crowd(rng: Rng) -> Image.Image:
    """A crowd before the exhibition building, flags in the haze."""
    h, w = 450, 680
    y, _x = grid(h, w)
    image = to_image((0.86 - 0.12 * (1 - y)) * (0.94 + 0.08 * cloud(rng, h, w, 4, 4, 2)))
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 120, 620, 290), fill=168)
    draw.rectangle((270, 84, 410, 290), fill=182)
    draw.pieslice((286, 30, 394, 138), 180, 360, fill=150)
    for i in range(18):
        px = 74 + i * 31
        if not 262 < px < 402:
            draw.rectangle((px, 150, px + 13, 196), fill=112)
            draw.rectangle((px, 216, px + 13, 282), fill=104)
        draw.line((px + 21, 140, px + 21, 290), fill=192, width=4)
    draw.pieslice((310, 160, 370, 220), 180, 360, fill=64)
    draw.rectangle((310, 190, 370, 290), fill=64)
    draw.rectangle((50, 110, 630, 122), fill=200)
    for px in (90, 200, 480, 590):
        draw.line((px, 112, px, 40), fill=90, width=2)
        draw.polygon(
            [(px, 42), (px + 44, 48), (px + 36, 58), (px + 46, 68), (px, 66)], fill=int(rng.uniform(70, 150))
        )
    light = blur(from_image(image), 1.2)
    image = to_image(light)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 288, w, h), fill=150)
    for k in range(440):
        depth = (k / 440) ** 1.5
        py = 292 + depth * 190
        tall = 30 + 130 * depth
        people(
            rng,
            draw,
            float(rng.uniform(-20, w + 20)),
            py,
            tall * float(rng.uniform(0.92, 1.06)),
            int(max(8, 96 - 90 * depth + rng.normal(0, 14))),
        )
    return develop(rng, from_image(image) * (0.92 + 0.12 * cloud(rng, h, w, 20, 3)), "brown")


def harbour(rng: Rng) -> Image.Image:
    """Masts, funnels and cranes in a harbour in mist."""
    h, w = 460, 680
    y, _x = grid(h, w)
    light = 0.62 + 0.3 * y + 0.12 * cloud(rng, h, w, 3, 5, 2.5)
    image = to_image(np.clip(light, 0, 1))
    draw = ImageDraw.Draw(image)
    level = 300
    for layer, (tone, count) in enumerate(((176, 10), (128, 6), (66, 3))):
        for i in range(count):
            cx, k = float(rng.uniform(0, w)), 36 + 44 * layer
            yy = level + 6 * layer
            draw.polygon(
                [
                    (cx - k, yy - k * 0.28),
                    (cx + k * 1.1, yy - k * 0.34),
                    (cx + k * 0.95, yy + 5),
                    (cx - k * 0.9, yy + 5),
                ],
                fill=tone,
            )
            if i % 2:
                draw.rectangle(
                    (cx - k * 0.3, yy - k * 0.62, cx + k * 0.4, yy - k * 0.3), fill=min(255, tone + 30)
                )
                draw.polygon(
                    [
                        (cx - 5, yy - k * 0.6),
                        (cx - 2, yy - k * 1.15),
                        (cx + k * 0.18, yy - k * 1.15),
                        (cx + k * 0.18, yy - k * 0.6),
                    ],
                    fill=max(0, tone - 20),
                )
                for j in range(14):
                    r = 4 + j * 2.2
                    draw.ellipse(
                        (cx + j * 9 - r, yy - k * 1.2 - j * 4 - r, cx + j * 9 + r, yy - k * 1.2 - j * 4 + r),
                        fill=max(0, min(255, tone + 6 + j * 7)),
                    )
            else:
                for m in (-0.5, 0.05, 0.6):
                    mx = cx + m * k
                    draw.line((mx, yy - k * 0.2, mx + 1, yy - k * 2.1), fill=tone, width=1 + layer)
                    draw.line(
                        (mx, yy - k * 2.0, mx + k * 0.5, yy - k * 0.3), fill=min(255, tone + 20), width=1
                    )
                    draw.line(
                        (mx - k * 0.28, yy - k * 1.5, mx + k * 0.28, yy - k * 1.5),
                        fill=tone,
                        width=1 + layer // 2,
                    )
                    draw.line(
                        (mx - k * 0.32, yy - k * 1.0, mx + k * 0.32, yy - k * 1.0),
                        fill=tone,
                        width=1 + layer // 2,
                    )
    below = from_image(image)
    rows = np.arange(h - level)
    swell = cloud(rng, h - level, w, 10, 5, 8)
    source = np.clip(level - 1 - rows[:, None] * 1.2 + (swell - 0.5) * 26, 0, level - 1).astype(int)
    out = below.copy()
    out[level:] = below[source, np.arange(w)[None, :]] * (0.7 + 0.35 * swell)
    image = to_image(np.clip(out, 0, 1))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, h), (0, 404), (250, 424), (300, h)], fill=58)
    draw.polygon([(0, 404), (250, 424), (262, 432), (0, 414)], fill=120)
    for px in (40, 96, 130, 190):
        people(rng, draw, px, 424 + px * 0.03, 92, 24)
    for px in (220, 236):
        draw.ellipse((px, 396, px + 30, 430), fill=44)
    draw.line((20, 410, 60, 150), fill=40, width=7)
    draw.line((60, 150, 190, 130), fill=40, width=6)
    draw.line((190, 130, 190, 250), fill=40, width=2)
    return develop(rng, from_image(image), "brown", haze=0.05)


def forest(rng: Rng) -> Image.Image:
    """A path through a beech wood, light falling in."""
    h, w = 620, 480
    y, x = grid(h, w)
    glow = np.exp(-((x - 0.52) ** 2 / 0.04 + (y - 0.42) ** 2 / 0.1))
    light = 0.22 + 0.7 * glow + 0.3 * cloud(rng, h, w, 14, 5) * (y < 0.6)
    ground = 0.28 + 0.3 * cloud(rng, h, w, 24, 4, 3)
    light = mix(light, ground, smooth(0.6, 0.66, y))
    path = smooth(
        1.0, 0.7, np.abs(x - 0.52 - 0.06 * np.sin(y * 9)) / np.maximum(0.03 + (y - 0.6) * 0.5, 0.01)
    ) * (y > 0.62)
    light = mix(light, 0.7 * (0.75 + 0.4 * cloud(rng, h, w, 9, 4, 3)), path * 0.75)
    for depth in np.geomspace(9, 1.0, 34):
        side = 1 if rng.random() < 0.5 else -1
        px = 0.52 + side * rng.uniform(0.3, 1.5) / depth
        wide = 0.055 / depth * rng.uniform(0.7, 1.3)
        foot = 0.6 + 0.34 / depth
        sway = 0.012 * np.sin(y * 5 + depth)
        off = (x - px - sway) / wide
        bark = 0.55 + 0.4 * cloud(rng, h, w, 40, 2, 0.3)
        body = (0.1 + 0.3 * np.clip(-off * side, 0, 1)) * bark
        fog = min(0.75, 0.09 * depth)
        light = mix(
            light, body * (1 - fog) + (0.35 + 0.5 * glow) * fog, smooth(1.05, 0.9, np.abs(off)) * (y < foot)
        )
    leaves = smooth(0.52, 0.6, cloud(rng, h, w, 34, 4)) * smooth(0.5, 0.0, y + 0.3 * glow)
    light = mix(light, 0.13 + 0.4 * cloud(rng, h, w, 60, 2), leaves)
    for k in range(5):
        beam = np.exp(-(((x - 0.3 - 0.12 * k + 0.35 * y) / 0.018) ** 2)) * smooth(0.75, 0.2, y)
        light = light + 0.14 * beam
    return develop(rng, np.clip(light, 0, 1), "brown")


def workshop(rng: Rng) -> Image.Image:
    """The cast workshop: shelves, benches, plaster heads, a craftsman."""
    h, w = 470, 660
    plaster = (0.85, 0.85, 0.85)
    wood = (0.34, 0.34, 0.34)
    bust = s.melt(0.1, f.simple_head(), s.cut(f.shoulders(0.85), s.block((0, -5.2, 0), (5, 2, 5))))
    parts: list[tuple[s.Solid, s.Paint]] = [
        (s.half_space((0, 1, 0), 0.0), (0.4, 0.4, 0.4)),
        (
            s.cut(
                s.block((0, 4, -4), (9, 5, 0.3)),
                s.both(s.block((-2.8, 5, -4), (1.3, 1.7, 1)), s.block((0.8, 5, -4), (1.3, 1.7, 1))),
            ),
            (0.5, 0.5, 0.5),
        ),
        (
            s.both(
                s.block((0, 1.8, 0), (3.4, 0.12, 1.0)),
                *(s.block((a, 0.9, b), (0.13, 0.9, 0.13)) for a in (-3.1, 3.1) for b in (-0.8, 0.8)),
            ),
            wood,
        ),
        (
            s.both(
                s.block((4.7, 4.6, -2.6), (1.6, 0.08, 0.7)),
                s.block((4.7, 2.6, -2.6), (1.6, 0.08, 0.7)),
                s.block((6.2, 3, -2.6), (0.1, 3, 0.7)),
            ),
            wood,
        ),
        (s.moved(bust, (-1.9, 3.55, 0), yaw=0.5, scale=0.5), plaster),
        (s.moved(bust, (1.6, 3.3, 0.1), yaw=-0.7, scale=0.42), plaster),
        (s.moved(bust, (4.2, 3.9, -2.5), yaw=-0.3, scale=0.38), plaster),
        (s.moved(bust, (5.3, 5.9, -2.5), yaw=-0.5, scale=0.38), plaster),
        (s.moved(f.torso(), (-4.6, 2.3, -1.4), scale=0.95), plaster),
        (s.turned((0.1, 1.9, 0.5), [(0, 0.3), (0.1, 0.32), (0.5, 0.42), (0.62, 0.44)]), (0.6, 0.6, 0.6)),
        *f.person(
            (3.4, 0, 1.6),
            cloth=(0.62, 0.62, 0.62),
            skin=(0.6, 0.6, 0.6),
            locks=(0.12, 0.12, 0.12),
            height=0.68,
            yaw=-1.0,
            old=True,
            hands=((-0.6, 4.6, 1.5), (0.6, 5.0, 1.6)),
        ),
    ]
    view = s.march(
        parts,
        196,
        275,
        eye=(0.4, 3.9, 12),
        look=(0.4, 3.2, 0),
        zoom=2.6,
        sun=(-0.5, 0.6, 0.55),
        ambient=0.3,
        far=24,
    )
    lit = resize(view.light * view.colour[..., 0], h, w)
    light = np.where(resize(view.seen, h, w) > 0.5, lit, 0.97).astype(np.float32)
    return develop(rng, light * (0.9 + 0.16 * cloud(rng, h, w, 16, 5)), "brown")


PLATES: dict[str, Draw] = {
    "street": street,
    "mountains": mountains,
    "machine-hall": machine_hall,
    "crowd": crowd,
    "harbour": harbour,
    "forest": forest,
    "workshop": workshop,
}
