"""Tones: the grounds, grains and inks out of which the sample's pictures are made.

In goes a seeded `numpy.random.Generator` and arrays of light (float32, 0 = black … 1 = white, height ×
width or height × width × 3); out come arrays of the same kind, and at the end a page: ink on yellowed
paper, a little askew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Array = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]
Rng = np.random.Generator
Draw = Callable[[Rng], Image.Image]


def grid(height: int, width: int) -> tuple[Array, Array]:
    """Pixel coordinates (y, x), both 0…1 from the upper left corner."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return y / max(1, height - 1), x / max(1, width - 1)


def smooth(low: float, high: float, value: Array) -> Array:
    """Hermite step from 0 at `low` to 1 at `high` (which may be the smaller)."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def mix(a: Array | Colour | float, b: Array | Colour | float, t: Array | float) -> Array:
    """Linear mixture; a plane `t` mixes colours too."""
    a, b, t = np.asarray(a, np.float32), np.asarray(b, np.float32), np.asarray(t, np.float32)
    if t.ndim == 2 and t.shape[1] > 1 and (a.shape[-1:] == (3,) or b.shape[-1:] == (3,)):
        t = t[..., None]
    return np.asarray(a * (1 - t) + b * t, np.float32)


def resize(plane: Array, height: int, width: int) -> Array:
    """Bicubic resampling of a plane or of three."""
    if plane.ndim == 3:
        return np.stack([resize(plane[..., c], height, width) for c in range(plane.shape[2])], axis=-1)
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def blur(plane: Array, sigma: float) -> Array:
    """A Gaussian: three box means in each direction for a plane; Pillow's own, at 8 bits, for a coloured
    picture."""
    if plane.ndim == 3:
        return from_image(to_image(plane).filter(ImageFilter.GaussianBlur(sigma)))
    reach = max(1, round(sigma * 0.98))
    out = plane.astype(np.float64)
    for axis in (0, 1):
        for _ in range(3):
            sides = [(reach + 1, reach) if a == axis else (0, 0) for a in (0, 1)]
            total = np.cumsum(np.pad(out, sides, "edge"), axis=axis)
            length = total.shape[axis]
            upper = total[:, 2 * reach + 1 :] if axis else total[2 * reach + 1 :]
            lower = total[:, : length - 2 * reach - 1] if axis else total[: length - 2 * reach - 1]
            out = (upper - lower) / (2 * reach + 1)
    return out.astype(np.float32)


def cloud(
    rng: np.random.Generator, height: int, width: int, scale: float, octaves: int = 5, stretch: float = 1.0
) -> Array:
    """Fractal value noise, 0…1: `scale` cells across the width, each octave twice as fine and half as
    strong.

    `stretch` > 1 draws the cells out sideways (strata, water).

    """
    total = np.zeros((height, width), np.float32)
    weight = 0.0
    for octave in range(octaves):
        cells = scale * 2**octave
        rows, columns = max(2, round(cells * height / width * stretch)) + 3, max(2, round(cells)) + 3
        if rows > 2 * height or columns > 2 * width:
            break
        total += resize(rng.random((rows, columns), dtype=np.float32), height, width) * 0.5**octave
        weight += 0.5**octave
    total /= weight
    low, high = np.quantile(total, (0.01, 0.99))
    return np.clip((total - low) / (high - low), 0, 1).astype(np.float32)


def ridge(rng: np.random.Generator, width: int, cells: float, octaves: int = 6, gain: float = 0.5) -> Array:
    """A fractal line, 0…1, one value for each column: a skyline of hills."""
    total = np.zeros(width, np.float32)
    for octave in range(octaves):
        knots = rng.random(max(2, round(cells * 2**octave)) + 3).astype(np.float32)
        at = np.linspace(1, len(knots) - 2.001, width)
        i, f = at.astype(int), at - at.astype(int)
        f = f * f * (3 - 2 * f)
        total += (knots[i] * (1 - f) + knots[i + 1] * f).astype(np.float32) * gain**octave
    total -= total.min()
    return np.asarray(total / max(1e-6, float(total.max())), np.float32)


def grey(picture: Array, red: float = 0.3) -> Array:
    """Light of a coloured picture, as an orthochromatic plate of the time saw it: red comes out dark."""
    if picture.ndim == 2:
        return picture
    return np.asarray(picture @ np.array([red * 0.7, 0.62, 0.38 - red * 0.7], np.float32), np.float32)


def levels(plane: Array, low: float = 0.02, high: float = 0.98) -> Array:
    """Stretch so that the given quantiles become black and white."""
    a, b = np.quantile(plane, (low, high))
    return np.clip((plane - a) / max(1e-6, float(b - a)), 0, 1).astype(np.float32)


def to_image(picture: Array) -> Image.Image:
    """An 8-bit image (L or RGB) of an array of light."""
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def from_image(image: Image.Image) -> Array:
    """An array of light of an L or RGB image."""
    return np.asarray(image, np.float32) / 255


def strokes(
    rng: np.random.Generator,
    picture: Array,
    brushes: Sequence[tuple[int, float]] = ((22, 1.0), (11, 1.0), (6, 0.8), (3, 0.35)),
    wild: float = 0.25,
) -> Array:
    """The coloured picture painted over with brush strokes, broad ones first, fine ones where something
    happens.

    Strokes run along the contours (across the gradient of the blurred light), as a painter's do, in the
    spirit of A. Hertzmann's painterly rendering (1998). `brushes`: (width in pixels, share of places
    painted); `wild`: radians of scatter.
    """
    height, width = picture.shape[:2]
    light = blur(grey(picture), 3)
    gy, gx = np.gradient(light)
    gxx, gyy, gxy = (blur(np.asarray(g), 5) for g in (gx * gx, gy * gy, gx * gy))
    along = 0.5 * np.arctan2(2 * gxy, gxx - gyy) + math.pi / 2
    canvas = to_image(blur(picture, 6))
    for size, share in brushes:
        source = blur(picture, max(1.0, size / 3))
        dy, dx = np.gradient(blur(light, max(1.0, size / 4)))
        busy = np.hypot(dy, dx)
        need = smooth(0.0, 0.02 + 0.015 / size, busy) * 0.8 + 0.2 if size < 10 else np.ones_like(light)
        step = max(2, round(size * 0.62))
        ys, xs = np.mgrid[0:height:step, 0:width:step]
        points = np.stack([ys.ravel(), xs.ravel()], 1) + rng.integers(-step, step + 1, (ys.size, 2))
        points = np.clip(points, 0, [height - 1, width - 1])
        rng.shuffle(points)
        keep = rng.random(len(points)) < share * need[points[:, 0], points[:, 1]]
        points = points[keep]
        angle = along[points[:, 0], points[:, 1]] + rng.normal(0, wild, len(points))
        reach = size * rng.uniform(0.9, 2.2, len(points))
        tint = source[points[:, 0], points[:, 1]] * rng.uniform(0.93, 1.07, (len(points), 1)) + rng.normal(
            0, 0.012, (len(points), 3)
        )
        ink = (np.clip(tint, 0, 1) * 255).astype(int)
        draw = ImageDraw.Draw(canvas)
        for (y, x), a, r, c in zip(
            points.tolist(), angle.tolist(), reach.tolist(), ink.tolist(), strict=True
        ):
            ox, oy = math.cos(a) * r, math.sin(a) * r
            draw.line((x - ox, y - oy, x + ox, y + oy), fill=tuple(c), width=max(1, round(size * 0.55)))
    painted = from_image(canvas)
    relief = grey(painted) - blur(grey(painted), 1.2)
    return np.clip(painted + relief[..., None] * 0.5, 0, 1).astype(np.float32)


def varnish(rng: np.random.Generator, painting: Array, age: float = 0.6, cracks: float = 0.4) -> Array:
    """Old varnish: warmer lights, sunk corners, a faint net of cracks."""
    height, width = painting.shape[:2]
    y, x = grid(height, width)
    fall = 1 - 0.35 * age * ((x - 0.5) ** 2 + (y - 0.5) ** 2) * 2
    net = np.abs(cloud(rng, height, width, 26, 3) - cloud(rng, height, width, 31, 3))
    lines = smooth(0.02, 0.0, net) * cracks * cloud(rng, height, width, 4, 2)
    warm = painting * np.array([1.0, 1 - 0.06 * age, 1 - 0.22 * age], np.float32)
    return np.asarray(warm * fall[..., None] * (1 - 0.35 * lines[..., None]), np.float32)


def frame(rng: np.random.Generator, painting: Array, width: int, gilt: Colour = (0.62, 0.46, 0.2)) -> Array:
    """The painting in a profiled, gilded frame of `width` pixels."""
    h, w = painting.shape[:2]
    out = np.zeros((h + 2 * width, w + 2 * width, 3), np.float32)
    y, x = np.mgrid[0 : out.shape[0], 0 : out.shape[1]].astype(np.float32)
    left, right, top, bottom = x, out.shape[1] - 1 - x, y, out.shape[0] - 1 - y
    depth = np.minimum(np.minimum(left, right), np.minimum(top, bottom)) / width
    lit = np.where(np.minimum(left, top) < np.minimum(right, bottom), 1.0, 0.55)
    profile = (
        0.65 + 0.35 * np.cos(depth * 9.5) * lit + 0.08 * np.sin((x + y) * 0.55) * (np.abs(depth - 0.5) < 0.2)
    )
    out[:] = np.array(gilt, np.float32) * np.clip(profile * lit * 1.25, 0.1, 1.5)[..., None]
    out *= 0.85 + 0.3 * cloud(rng, out.shape[0], out.shape[1], 30, 2)[..., None]
    out[width:-width, width:-width] = painting
    return np.clip(out, 0, 1)


def screen(tone: Array, pitch: float = 3.4, angle: float = 45.0, strength: float = 0.5) -> Array:
    """Autotype: the tone broken into the dots of a half-tone screen of `pitch` pixels, a little out of
    focus."""
    y, x = np.mgrid[0 : tone.shape[0], 0 : tone.shape[1]].astype(np.float32)
    a = math.radians(angle)
    u = (x * math.cos(a) + y * math.sin(a)) * (2 * math.pi / pitch)
    v = (-x * math.sin(a) + y * math.cos(a)) * (2 * math.pi / pitch)
    threshold = 0.5 + 0.25 * (np.cos(u) + np.cos(v))
    dots = np.clip((tone - threshold) * 2.6 + 0.5, 0, 1)
    return np.asarray(tone * (1 - strength) + dots * strength, np.float32)


def colour_screen(picture: Array, strength: float = 0.3) -> Array:
    """Three-colour autotype: each ink with its own screen angle, very slightly out of register."""
    planes = [
        screen(np.roll(picture[..., c], c - 1, axis=1), 3.1, angle, strength)
        for c, angle in enumerate((15, 75, 45))
    ]
    return np.stack(planes, axis=-1)


PAPERS: dict[str, Colour] = {
    "white": (0.98, 0.975, 0.96),
    "cream": (0.965, 0.95, 0.915),
    "yellow": (0.95, 0.92, 0.85),
    "toned": (0.93, 0.88, 0.77),
    "grey": (0.92, 0.91, 0.885),
}
INKS: dict[str, Colour] = {
    "black": (0.085, 0.08, 0.08),
    "brown": (0.19, 0.12, 0.08),
    "sepia": (0.25, 0.17, 0.10),
    "green": (0.09, 0.14, 0.12),
    "blue": (0.09, 0.11, 0.19),
    "red": (0.50, 0.14, 0.10),
}


def press(
    rng: np.random.Generator,
    picture: Array,
    *,
    paper: str = "cream",
    ink: str = "black",
    margin: float = 0.05,
    tilt: float | None = None,
    flat: float = 0.0,
) -> Image.Image:
    """Print a tone in one ink (or a coloured picture in its colours) on paper, as a scan shows it.

    `margin` is the white border as a share of the long side; `tilt` degrees (drawn when None);
    `flat` lightens the blacks as a worn block does.

    """
    height, width = picture.shape[:2]
    border = round(margin * max(height, width)) + 3
    sheet = np.ones((height + 2 * border, width + 2 * border, *picture.shape[2:]), np.float32)
    sheet[border:-border, border:-border] = np.clip(picture, 0, 1) * (1 - flat) + flat
    sheet = turn(sheet, float(rng.normal(0, 0.35)) if tilt is None else tilt)
    h, w = sheet.shape[:2]
    ground = paper_tone(rng, h, w, PAPERS[paper])
    uneven = 1 - 0.10 * cloud(rng, h, w, 3, 3) - 0.06 * rng.random((h, w), dtype=np.float32)
    cover = (1 - np.clip(sheet, 0, 1)) * (uneven if sheet.ndim == 2 else uneven[..., None])
    if sheet.ndim == 2:
        cover = cover[..., None]
        printed = ground * (1 - cover) + np.array(INKS[ink], np.float32) * cover
    else:
        printed = ground * (1 - cover * 0.95)
    printed += rng.normal(0, 0.008, (h, w, 1)).astype(np.float32)
    return to_image(printed)


def turn(picture: Array, degrees: float) -> Array:
    """The picture turned about its middle, the corners left white."""
    if picture.ndim == 3:
        return np.stack([turn(picture[..., c], degrees) for c in range(3)], axis=-1)
    plane = Image.fromarray(np.ascontiguousarray(picture, np.float32))
    return np.asarray(plane.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=1.0), np.float32)


def paper_tone(rng: np.random.Generator, height: int, width: int, colour: Colour) -> Array:
    """A sheet of old paper: fibre, browned edges, a few specks of foxing."""
    y, x = grid(height, width)
    edge = np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y))
    brown = smooth(0.08, 0.0, edge) * 0.5 + 0.3 * cloud(rng, height, width, 3, 3)
    sheet = np.ones((height, width, 3), np.float32) * np.array(colour, np.float32)
    sheet *= 1 - brown[..., None] * np.array([0.03, 0.045, 0.075], np.float32)
    sheet *= 1 - 0.03 * (rng.random((height, width, 1), dtype=np.float32) - 0.5)
    for _ in range(int(rng.integers(2, 9))):
        cy, cx, r = rng.random(), rng.random(), rng.uniform(0.002, 0.008)
        spot = np.exp(-((x - cx) ** 2 + ((y - cy) * height / width) ** 2) / (r * r))
        sheet *= 1 - spot[..., None] * np.array([0.06, 0.13, 0.24], np.float32)
    return sheet
