"""Paintings that were never painted: landscapes, seas, portraits, still lifes, figures in rooms and under the sky.

In goes a seeded generator; out comes a printed plate. A scene is composed of gradients, ridges, blots and solids,
painted over with brush strokes, varnished, and printed in one ink (autotype) or three colours.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from enrich.sample import figures as f
from enrich.sample import solids as s
from enrich.sample.tones import (
    Array,
    Colour,
    blur,
    cloud,
    colour_screen,
    frame,
    from_image,
    grey,
    grid,
    levels,
    mix,
    press,
    resize,
    ridge,
    screen,
    smooth,
    strokes,
    to_image,
    varnish,
)

Rng = np.random.Generator


def plate(
    rng: Rng,
    scene: Array,
    *,
    colour: bool = False,
    framed: int = 0,
    age: float = 0.6,
    wild: float = 0.25,
    fine: bool = False,
) -> Image.Image:
    """Paint the scene, let it age, and print it."""
    brushes = (
        ((12, 1.0), (6, 1.0), (4, 0.9), (2, 0.7)) if fine else ((20, 1.0), (11, 1.0), (6, 0.8), (3, 0.4))
    )
    painting = varnish(rng, strokes(rng, scene, brushes, wild), age)
    if framed:
        painting = frame(rng, painting, framed)
    if colour:
        return press(rng, colour_screen(painting), paper="white", margin=0.03)
    tone = levels(grey(painting), 0.004, 0.996)
    tone = tone ** float(np.clip(np.log(0.46) / np.log(max(0.05, tone.mean())), 0.5, 1.0)) * 0.92 + 0.04
    return press(
        rng, screen(tone, strength=0.35), ink=str(rng.choice(["black", "brown", "black"])), margin=0.025
    )


def sky(
    rng: Rng,
    height: int,
    width: int,
    top: Colour,
    low: Colour,
    clouds: Colour,
    cover: float = 0.5,
    horizon: float = 1.0,
) -> Array:
    """A sky that lightens downwards, with clouds that flatten towards the horizon."""
    y, _ = grid(height, width)
    out = mix(top, low, np.clip(y / horizon, 0, 1) ** 0.8)
    mass = cloud(rng, height, width, 3.2, 6, stretch=2.2)
    veil = smooth(1 - cover - 0.25, 1 - cover + 0.3, mass) * (1 - 0.45 * y)
    under = smooth(0.0, 0.16, mass - np.roll(mass, -height // 30, axis=0) + 0.04)
    tint = mix(np.array(clouds, np.float32) * 0.72, clouds, under)
    return mix(out, tint, veil)


def hills(
    rng: Rng,
    picture: Array,
    base: float,
    rise: float,
    colour: Colour,
    cells: float = 4,
    rough: float = 0.5,
    texture: float = 0.25,
) -> Array:
    """A chain of hills laid over the picture; `base` is the height of its foot, 0 above … 1 below."""
    height, width = picture.shape[:2]
    line = base - rise * ridge(rng, width, cells, gain=rough)
    y, _ = grid(height, width)
    cover = smooth(-0.003, 0.003, y - line)
    shade = (
        0.85 + texture * (cloud(rng, height, width, 14, 4, 1.6) - 0.5) + 0.25 * smooth(0.25, 0.0, y - line)
    )
    return mix(picture, np.array(colour, np.float32) * shade[..., None], cover)


def water(
    rng: Rng, picture: Array, level: float, tint: Colour, depth: float = 0.6, calm: float = 0.5
) -> Array:
    """Everything below `level` becomes water that mirrors what stands above it."""
    height, width = picture.shape[:2]
    row = round(level * height)
    below = height - row
    y = np.arange(below)[:, None]
    x = np.arange(width)[None, :]
    swell = cloud(rng, below, width, 9, 5, stretch=7)
    shift = ((swell - 0.5) * (6 + 60 * (1 - calm) * y / below)).astype(int)
    source = np.clip(row - 1 - (y * 1.0).astype(int) + shift, 0, row - 1)
    mirror = picture[source, np.clip(x + shift, 0, width - 1)]
    glint = smooth(0.55, 0.9, swell)[..., None]
    out = picture.copy()
    out[row:] = mix(mirror, np.array(tint, np.float32), depth) * (0.8 + 0.35 * glint)
    return out


def tree(
    rng: Rng,
    draw: ImageDraw.ImageDraw,
    x: float,
    foot: float,
    tall: float,
    colour: Colour,
    spread: float = 0.32,
    leaves: int = 260,
    trunk: Colour = (0.2, 0.14, 0.1),
) -> None:
    """A tree of branches and many blots of leaves, light from the upper left."""
    ink = tuple(round(c * 255) for c in trunk)
    draw.line((x, foot, x + tall * 0.03, foot - tall * 0.55), fill=ink, width=max(2, round(tall * 0.045)))
    for _ in range(7):
        a, r = rng.uniform(-2.6, -0.5), tall * rng.uniform(0.18, 0.38)
        draw.line(
            (x + tall * 0.02, foot - tall * 0.42, x + r * math.cos(a), foot - tall * 0.5 + r * math.sin(a)),
            fill=ink,
            width=max(1, round(tall * 0.015)),
        )
    lumps = [
        (rng.normal(0, spread * 0.55), rng.normal(-0.66, 0.13), rng.uniform(0.09, 0.17)) for _ in range(12)
    ]
    dabs = []
    for _ in range(leaves):
        lx, ly, lr = lumps[int(rng.integers(len(lumps)))]
        a, q = rng.uniform(0, 2 * math.pi), lr * math.sqrt(rng.random())
        ox, oy = q * math.cos(a), q * math.sin(a)
        dabs.append((ly + oy, lx + ox, 0.78 - 1.9 * (ox + oy) + rng.normal(0, 0.12)))
    for dy, dx, shade in sorted(dabs, key=lambda d: d[2]):
        r = tall * rng.uniform(0.012, 0.034)
        cx, cy = x + dx * tall, foot + dy * tall
        c = tuple(round(255 * min(1, max(0, v * shade))) for v in colour)
        draw.ellipse((cx - r * 1.3, cy - r, cx + r * 1.3, cy + r), fill=c)


def cypress(rng: Rng, draw: ImageDraw.ImageDraw, x: float, foot: float, tall: float, colour: Colour) -> None:
    """A cypress of upward strokes."""
    for _ in range(int(90 + tall / 3)):
        h = rng.random()
        w = tall * 0.1 * math.sin(math.pi * min(1, h * 0.85 + 0.13)) ** 0.8
        cx = x + rng.uniform(-w, w)
        shade = 0.8 - 0.5 * (cx - x) / (tall * 0.1) + rng.normal(0, 0.1)
        c = tuple(round(255 * min(1, max(0, v * shade))) for v in colour)
        y = foot - h * tall
        draw.line((cx, y, x + (cx - x) * 0.6, y - tall * 0.09), fill=c, width=max(2, round(tall * 0.016)))


def over(picture: Array, view: s.View, soft: float = 0.8) -> Array:
    """The marched solids laid over the picture."""
    height, width = picture.shape[:2]
    seen = np.clip(resize(blur(view.seen, soft), height, width) * 1.6 - 0.3, 0, 1)
    body = resize(view.colour * view.light[..., None], height, width)
    body = body / np.maximum(resize(view.seen, height, width), 0.2)[..., None]
    return mix(picture, np.clip(body, 0, 1), seen)


def canvas_draw(picture: Array) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = to_image(picture)
    return image, ImageDraw.Draw(image)


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
    draw.polygon([(fx - 9, fy), (fx - 5, fy - 40), (fx + 5, fy - 40), (fx + 9, fy)], fill=(22, 20, 22))
    draw.ellipse((fx - 5, fy - 50, fx + 5, fy - 38), fill=(70, 52, 40))
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
    y, x = grid(h, w)
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
    y, x = grid(h, w)
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
        for k in range(46):
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


PLATES = {
    "shore": shore,
    "island": island,
    "avenue": avenue,
    "river-town": river_town,
    "ships": ships,
    "valley": valley,
    "beret": beret,
    "lady": lady,
    "fruit": fruit,
    "sunflowers": sunflowers,
    "annunciation": annunciation,
    "revel": revel,
}
