"""The easel: what the painted pictures share, from the sky to the finished plate.

In goes a seeded generator and pictures as arrays of light; out come skies, hills, waters and trees laid
into them, and the plate: painted over with brush strokes, varnished, and printed in one ink (autotype)
or three colours.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from enrich.sample import solids as s
from enrich.sample.tones import (
    Array,
    Colour,
    Rng,
    blur,
    cloud,
    colour_screen,
    frame,
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
    return press(rng, screen(tone, strength=0.35), margin=0.025)


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
