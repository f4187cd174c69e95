"""Landscapes that were never painted: shore, island, avenue, town, ships, valley.

In goes a seeded generator; out comes a printed plate.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from enrich.sample.easel import canvas_draw, cypress, hills, plate, sky, tree, water
from enrich.sample.tones import (
    Draw,
    Rng,
    cloud,
    from_image,
    grid,
    mix,
    ridge,
    smooth,
)


def shore(rng: Rng) -> Image.Image:
    """A small dark figure between dune, sea and an enormous sky."""
    h, w = 440, 680
    p = sky(rng, h, w, (0.22, 0.27, 0.36), (0.78, 0.77, 0.7), (0.5, 0.53, 0.58), 0.55, 0.75)
    p = water(rng, p, 0.76, (0.1, 0.17, 0.2), 0.8, 0.7)
    y, x = grid(h, w)
    dune = 0.84 + 0.05 * np.sin(x * 4.4 + 0.6) + 0.012 * cloud(rng, h, w, 9, 3)
    sand = np.array((0.72, 0.67, 0.55), np.float32) * (0.75 + 0.35 * cloud(rng, h, w, 18, 4, 3))[..., None]
    p = mix(p, sand, smooth(0, 0.01, y - dune))
    image, draw = canvas_draw(p)
    fx, fy = w * 0.33, h * 0.87
    draw.polygon([(fx - 14, fy), (fx - 8, fy - 58), (fx + 8, fy - 58), (fx + 14, fy)], fill=(22, 20, 22))
    draw.ellipse((fx - 8, fy - 74, fx + 8, fy - 54), fill=(52, 40, 34))
    for _ in range(9):
        gx, gy = rng.uniform(0.2, 0.8) * w, rng.uniform(0.55, 0.72) * h
        draw.arc((gx - 6, gy - 2, gx, gy + 3), 180, 340, fill=(225, 225, 220))
        draw.arc((gx, gy - 2, gx + 6, gy + 3), 200, 360, fill=(225, 225, 220))
    return plate(rng, from_image(image), age=0.4, fine=True)


def island(rng: Rng) -> Image.Image:
    """A rocky island with cypresses, a boat with a white figure approaching."""
    h, w = 430, 700
    p = sky(rng, h, w, (0.2, 0.2, 0.25), (0.5, 0.42, 0.36), (0.36, 0.33, 0.35), 0.5)
    y, x = grid(h, w)
    for centre, wide, tall, tone in (
        (0.33, 0.15, 0.46, 0.55),
        (0.68, 0.16, 0.5, 0.48),
        (0.5, 0.2, 0.22, 0.35),
    ):
        profile = np.clip(1 - np.abs((x[0] - centre) / wide) ** 3.2, 0, 1) ** 0.5 * tall
        profile = profile * (0.88 + 0.2 * ridge(rng, w, 22)) * (profile > 0.05)
        cover = smooth(0, 0.01, y - (0.74 - profile[None, :])) * (y < 0.745)
        cracks = cloud(rng, h, w, 16, 5, 0.5)
        light = 0.5 + 0.9 * cracks - 0.8 * np.clip((x - centre) / wide, -0.6, 0.8)
        p = mix(p, np.array((0.62, 0.54, 0.43), np.float32) * (light * tone * 1.5)[..., None], cover)
    image, draw = canvas_draw(p)
    for wx, wy in ((0.27, 0.55), (0.32, 0.6), (0.37, 0.52), (0.66, 0.5), (0.71, 0.58), (0.75, 0.52)):
        draw.rectangle((wx * w - 7, wy * h, wx * w + 7, wy * h + 26), fill=(28, 24, 24))
    for i in range(13):
        cypress(
            rng,
            draw,
            w * (0.5 + 0.012 * (i - 6) * rng.uniform(0.7, 1.3)),
            h * 0.735,
            h * rng.uniform(0.4, 0.62),
            (0.13, 0.17, 0.12),
        )
    p = water(rng, from_image(image), 0.745, (0.07, 0.1, 0.13), 0.62, 0.9)
    image, draw = canvas_draw(p)
    bx, by = 0.5 * w, 0.86 * h
    draw.polygon(
        [(bx - 62, by - 8), (bx + 60, by - 10), (bx + 44, by + 9), (bx - 44, by + 9)], fill=(48, 36, 28)
    )
    draw.polygon(
        [(bx - 12, by - 6), (bx - 8, by - 52), (bx + 6, by - 52), (bx + 10, by - 6)], fill=(238, 232, 218)
    )
    draw.ellipse((bx - 7, by - 62, bx + 5, by - 48), fill=(226, 218, 205))
    draw.rectangle((bx - 44, by - 20, bx - 20, by - 8), fill=(214, 206, 190))
    return plate(rng, from_image(image), age=0.7)


def avenue(rng: Rng) -> Image.Image:
    """A straight road between tall thin trees under a wide sky."""
    h, w = 480, 660
    p = sky(rng, h, w, (0.42, 0.55, 0.7), (0.86, 0.86, 0.8), (0.93, 0.92, 0.88), 0.5, 0.62)
    p = hills(rng, p, 0.62, 0.03, (0.35, 0.42, 0.36), 8)
    y, x = grid(h, w)
    field = mix((0.42, 0.45, 0.22), (0.3, 0.32, 0.14), cloud(rng, h, w, 10, 4, 4))
    p = mix(p, field, smooth(0.615, 0.62, y))
    half = np.clip(y - 0.61, 0, 1) * 0.5
    road = smooth(half + 0.004, half - 0.004, np.abs(x - 0.47)) * (y > 0.62)
    ruts = 0.88 + 0.12 * np.sin((x - 0.47) / np.maximum(half, 0.01) * 9)
    p = mix(p, np.array((0.74, 0.64, 0.47), np.float32) * ruts[..., None], road)
    for side in (-1, 1):
        ditch = smooth(0.012, 0.0, np.abs(x - 0.47 - side * half * 1.35) - half * 0.1) * (y > 0.63)
        p = mix(p, (0.32, 0.36, 0.35), ditch * 0.8)
    image, draw = canvas_draw(p)
    tree(rng, draw, w * 0.08, h * 0.66, h * 0.3, (0.36, 0.4, 0.2), 0.5, 300)
    tree(rng, draw, w * 0.9, h * 0.67, h * 0.34, (0.34, 0.38, 0.2), 0.5, 300)
    draw.polygon(
        [
            (w * 0.75, h * 0.63),
            (w * 0.75, h * 0.56),
            (w * 0.79, h * 0.51),
            (w * 0.83, h * 0.56),
            (w * 0.83, h * 0.63),
        ],
        fill=(128, 84, 62),
    )
    for k in np.linspace(0, 1, 9) ** 0.6:
        depth = 1 / (0.22 + 1.9 * float(1 - k))
        for side in (-1, 1):
            px, foot = w * 0.47 + side * w * 0.085 * depth, h * (0.61 + 0.065 * depth)
            tall = h * 0.2 * depth
            draw.line(
                (px, foot, px + rng.normal(0, 2), foot - tall * 0.8),
                fill=(62, 48, 36),
                width=max(1, round(tall * 0.022)),
            )
            for _ in range(int(30 + 30 * depth / 4)):
                a, q = rng.uniform(0, 2 * math.pi), math.sqrt(rng.random())
                cx, cy = px + 0.1 * tall * q * math.cos(a), foot - tall * 0.86 + 0.17 * tall * q * math.sin(a)
                r, b = tall * 0.022, rng.uniform(0.6, 1.25) - 0.25 * q * math.cos(a)
                draw.ellipse(
                    (cx - r, cy - r, cx + r, cy + r), fill=(round(84 * b), round(96 * b), round(52 * b))
                )
    fx, fy = w * 0.475, h * 0.715
    draw.rectangle((fx - 4, fy - 22, fx + 4, fy), fill=(60, 34, 28))
    draw.ellipse((fx - 3, fy - 29, fx + 3, fy - 21), fill=(190, 150, 120))
    return plate(rng, from_image(image), colour=True)


def river_town(rng: Rng) -> Image.Image:
    """A town with gate, towers and boats along a quiet river."""
    h, w = 480, 620
    p = sky(rng, h, w, (0.45, 0.55, 0.68), (0.9, 0.86, 0.76), (0.82, 0.8, 0.78), 0.62, 0.6)
    image, draw = canvas_draw(p)
    x = 0.0
    foot = h * 0.63
    for row in range(2):
        x = -10.0
        while x < w:
            wide, tall = rng.uniform(18, 52), h * rng.uniform(0.05, 0.12) * (1.25 if row == 0 else 0.85)
            lit = rng.uniform(0.55, 1.1) * (0.8 if row == 0 else 1)
            wall = tuple(
                round(255 * v * lit) for v in ((0.62, 0.4, 0.3) if rng.random() < 0.6 else (0.75, 0.68, 0.55))
            )
            roof = tuple(
                round(255 * v * lit)
                for v in ((0.62, 0.27, 0.18) if rng.random() < 0.55 else (0.27, 0.3, 0.36))
            )
            draw.rectangle((x, foot - tall, x + wide, foot), fill=wall)
            draw.polygon(
                [
                    (x - 2, foot - tall),
                    (x + wide * 0.5, foot - tall - wide * 0.45),
                    (x + wide + 2, foot - tall),
                ],
                fill=roof,
            )
            for k in range(int(wide // 11)):
                draw.rectangle(
                    (x + 5 + k * 11, foot - tall * 0.7, x + 9 + k * 11, foot - tall * 0.35), fill=(48, 40, 38)
                )
            x += wide * rng.uniform(0.7, 1.05)
    for tx, tall, spire in ((0.3, 0.2, 0.16), (0.62, 0.27, 0.13), (0.8, 0.16, 0.1)):
        a, b = tx * w - 11, tx * w + 11
        draw.rectangle((a, foot - tall * h, b, foot), fill=(150, 132, 108))
        draw.rectangle((a + 13, foot - tall * h, b, foot), fill=(104, 92, 80))
        draw.polygon(
            [(a - 3, foot - tall * h), (tx * w, foot - (tall + spire) * h), (b + 3, foot - tall * h)],
            fill=(62, 66, 76),
        )
        draw.rectangle((a + 6, foot - tall * h * 0.9, a + 14, foot - tall * h * 0.78), fill=(40, 36, 34))
    draw.rectangle((0, foot - 6, w, foot + 2), fill=(140, 104, 82))
    p = water(rng, from_image(image), 0.635, (0.3, 0.36, 0.42), 0.42, 0.88)
    y, xx = grid(h, w)
    bank = np.array((0.76, 0.66, 0.46), np.float32) * (0.85 + 0.25 * cloud(rng, h, w, 20, 3))[..., None]
    p = mix(p, bank, smooth(0, 0.01, y - (0.86 + 0.13 * xx + 0.01 * np.sin(xx * 9))))
    image, draw = canvas_draw(p)
    for bx, by, size in ((0.68, 0.7, 60), (0.83, 0.735, 78), (0.1, 0.72, 50)):
        cx, cy = bx * w, by * h
        draw.polygon(
            [
                (cx - size, cy - 12),
                (cx + size, cy - 16),
                (cx + size * 0.8, cy + 6),
                (cx - size * 0.85, cy + 6),
            ],
            fill=(44, 36, 34),
        )
        draw.line((cx, cy - 10, cx, cy - size * 1.3), fill=(60, 48, 40), width=3)
        draw.line((cx, cy - size * 1.2, cx + size * 0.8, cy - 16), fill=(80, 66, 54), width=1)
    for fx in (0.14, 0.17, 0.24):
        cx, cy = fx * w, 0.955 * h
        draw.polygon([(cx - 8, cy), (cx - 5, cy - 26), (cx + 5, cy - 26), (cx + 8, cy)], fill=(36, 36, 52))
        draw.ellipse((cx - 5, cy - 36, cx + 5, cy - 25), fill=(222, 210, 196))
    return plate(rng, from_image(image), colour=True, fine=True)


def ships(rng: Rng) -> Image.Image:
    """Sailing ships before a setting sun."""
    h, w = 460, 640
    y, x = grid(h, w)
    p = sky(rng, h, w, (0.35, 0.45, 0.6), (0.97, 0.76, 0.4), (0.9, 0.55, 0.32), 0.55, 0.68)
    sun = np.exp(-(((x - 0.74) * 1.4) ** 2 + (y - 0.56) ** 2) / 0.018)
    p = mix(p, (1.0, 0.9, 0.6), np.clip(sun, 0, 1))
    image, draw = canvas_draw(p)
    for cx, size, tone in (
        (0.3, 1.0, (222, 204, 168)),
        (0.52, 0.36, (170, 130, 96)),
        (0.12, 0.3, (160, 130, 104)),
    ):
        ox, foot = cx * w, h * 0.69
        k = 120 * size
        draw.polygon(
            [
                (ox - k, foot - k * 0.26),
                (ox + k * 1.05, foot - k * 0.3),
                (ox + k * 0.85, foot + 6),
                (ox - k * 0.85, foot + 6),
            ],
            fill=(92, 68, 48),
        )
        draw.line(
            (ox - k * 0.95, foot - k * 0.13, ox + k * 0.95, foot - k * 0.16),
            fill=(216, 190, 140),
            width=max(1, round(k / 24)),
        )
        draw.line(
            (ox + k, foot - k * 0.28, ox + k * 1.6, foot - k * 0.6),
            fill=(84, 62, 44),
            width=max(1, round(k / 40)),
        )
        for m, tall in ((-0.6, 1.35), (0.0, 1.7), (0.58, 1.4)):
            mx = ox + m * k
            draw.line(
                (mx, foot - k * 0.25, mx, foot - k * tall), fill=(84, 62, 44), width=max(1, round(k / 36))
            )
            for level, wide in ((0.45, 0.34), (0.78, 0.27), (1.05, 0.2)):
                top = foot - k * (level * tall * 0.78 + 0.38)
                draw.polygon(
                    [
                        (mx - wide * k, top),
                        (mx + wide * k, top),
                        (mx + wide * k * 1.12, top + k * 0.3),
                        (mx, top + k * 0.36),
                        (mx - wide * k * 1.12, top + k * 0.3),
                    ],
                    fill=tone,
                )
                draw.line(
                    (mx - wide * k, top, mx + wide * k, top), fill=(90, 66, 46), width=max(1, round(k / 60))
                )
    p = water(rng, from_image(image), 0.7, (0.3, 0.28, 0.3), 0.45, 0.55)
    glow = (
        np.exp(-(((x - 0.74) / (0.05 + 0.3 * np.clip(y - 0.7, 0, 1))) ** 2))
        * (y > 0.7)
        * cloud(rng, h, w, 12, 4, 7)
    )
    p = mix(p, (1.0, 0.8, 0.45), np.clip(glow * 1.1, 0, 1))
    return plate(rng, p, colour=True, age=0.4, wild=0.4)


def valley(rng: Rng) -> Image.Image:
    """An ideal landscape: trees as wings, a bridge, blue distances."""
    h, w = 500, 680
    p = sky(rng, h, w, (0.4, 0.52, 0.68), (0.96, 0.87, 0.66), (0.95, 0.85, 0.7), 0.4, 0.5)
    for base, rise, colour in (
        (0.56, 0.2, (0.62, 0.68, 0.74)),
        (0.62, 0.14, (0.5, 0.58, 0.6)),
        (0.68, 0.1, (0.42, 0.48, 0.38)),
    ):
        p = hills(rng, p, base, rise, colour, 5)
    p = water(rng, p, 0.68, (0.5, 0.56, 0.56), 0.4, 0.9)
    p = hills(rng, p, 0.84, 0.09, (0.38, 0.37, 0.2), 2, 0.35, 0.4)
    image, draw = canvas_draw(p)
    bx, by = w * 0.5, h * 0.7
    for i in range(4):
        draw.pieslice(
            (bx - 90 + i * 46, by - 18, bx - 90 + i * 46 + 44, by + 36), 180, 360, fill=(150, 130, 100)
        )
        draw.pieslice((bx - 82 + i * 46, by - 8, bx - 82 + i * 46 + 28, by + 30), 180, 360, fill=(92, 92, 84))
    draw.rectangle((bx - 94, by - 20, bx + 96, by - 11), fill=(172, 150, 116))
    draw.rectangle((w * 0.63, h * 0.5, w * 0.66, h * 0.62), fill=(196, 170, 128))
    draw.ellipse((w * 0.56, h * 0.545, w * 0.6, h * 0.6), fill=(180, 156, 120))
    draw.rectangle((w * 0.56, h * 0.57, w * 0.6, h * 0.62), fill=(168, 144, 110))
    tree(rng, draw, w * 0.13, h * 0.86, h * 0.72, (0.3, 0.33, 0.16), 0.34, 900)
    tree(rng, draw, w * 0.27, h * 0.82, h * 0.42, (0.36, 0.38, 0.19), 0.34, 420)
    tree(rng, draw, w * 0.88, h * 0.9, h * 0.6, (0.28, 0.31, 0.15), 0.36, 700)
    for fx in (0.42, 0.46, 0.49):
        cx, cy = fx * w, h * 0.88
        draw.ellipse((cx - 16, cy - 14, cx + 12, cy), fill=(150, 106, 72) if fx != 0.46 else (226, 214, 190))
        draw.ellipse((cx + 8, cy - 18, cx + 18, cy - 8), fill=(140, 98, 66))
    return plate(rng, from_image(image))


PLATES: dict[str, Draw] = {
    "shore": shore,
    "island": island,
    "avenue": avenue,
    "river-town": river_town,
    "ships": ships,
    "valley": valley,
}
