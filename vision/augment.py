"""Pictures as other presses, papers and scanners would give them: a picture goes in, a worse one comes out.

What differs from book to book is not what is depicted: the screen of the halftone, the yellow of the paper,
ink that shows through from the other side, a page that lay askew, the compression of the file. Trained on
pictures disturbed in these ways, a network cannot tell the book by them. Each disturbance happens with its
own probability, from the generator that is handed in, so that a seed gives the same pictures again.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from PIL import Image, ImageFilter, ImageOps


@dataclass(frozen=True)
class ScanLike:
    """How probable each disturbance is, 0…1. All at 0: the picture stays as it is."""

    grey: float = 0.0
    contrast: float = 0.0
    yellowing: float = 0.0
    print_through: float = 0.0
    halftone: float = 0.0
    blur: float = 0.0
    rotation: float = 0.0
    jpeg: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ValueError(f"{field.name} is a probability, 0 to 1, not {value!r}")

    def __call__(self, picture: Image.Image, random: np.random.Generator) -> Image.Image:
        """The RGB picture, disturbed; the same size."""
        for name, disturb in DISTURBANCES.items():
            if random.random() < getattr(self, name):
                picture = disturb(picture, random)
        return picture


def grey(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Without colour, as most plates before 1900."""
    return picture.convert("L").convert("RGB")


def contrast(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Faded or heavily inked: values between a raised black and a lowered white, on a bent curve."""
    values = np.asarray(ImageOps.autocontrast(picture), np.float32) / 255
    low, high = random.uniform(0, 0.25), random.uniform(0.7, 1)
    return _picture((low + (high - low) * values ** random.uniform(0.6, 1.6)) * 255)


def yellowing(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Brown at the edges, yellow everywhere: paper that has seen light."""
    height, width = picture.height, picture.width
    across = np.abs(np.linspace(-1, 1, width))[None, :] ** 2
    down = np.abs(np.linspace(-1, 1, height))[:, None] ** 2
    depth = random.uniform(0.05, 0.3) + random.uniform(0, 0.2) * np.maximum(across, down)
    tint = np.array([0.25, 0.5, 1.0]) * depth[..., None]
    return _picture(np.asarray(picture, np.float32) * (1 - tint))


def print_through(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Lines of type from the other side of the leaf, reversed and faint."""
    height, width = picture.height, picture.width
    pitch = max(4, int(min(height, width) * random.uniform(0.025, 0.05)))
    marks = random.random((height // pitch + 1, width // 3 + 1)) < random.uniform(0.4, 0.6)
    lines = np.repeat(np.repeat(marks, pitch, axis=0)[:height], 3, axis=1)[:, :width]
    inside = (np.arange(height) % pitch < 0.45 * pitch)[:, None]
    ink = Image.fromarray((lines & inside).astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(1.2))
    faint = np.asarray(ink, np.float32)[..., None] / 255 * random.uniform(0.05, 0.2)
    return _picture(np.asarray(picture, np.float32) * (1 - faint))


def halftone(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A grey screen of round dots at a slant, as autotypes have, blended with the picture."""
    values = np.asarray(picture.convert("L"), np.float32) / 255
    period, slant = random.uniform(2.2, 5.0), np.deg2rad(random.choice([0.0, 15.0, 45.0, 75.0]))
    y, x = np.mgrid[: values.shape[0], : values.shape[1]]
    turn = 2 * np.pi / period
    first = np.cos(turn * (x * np.cos(slant) + y * np.sin(slant)))
    second = np.cos(turn * (y * np.cos(slant) - x * np.sin(slant)))
    screen = 0.5 + 0.25 * (first + second)
    dots = 1 / (1 + np.exp(np.clip(-10 * (values - 0.15 - 0.7 * screen), -30, 30)))
    share = random.uniform(0.3, 0.8)
    return _picture(np.repeat(((1 - share) * values + share * dots)[..., None] * 255, 3, axis=2))


def blur(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A scanner out of focus, or a small picture enlarged."""
    return picture.filter(ImageFilter.GaussianBlur(random.uniform(0.4, 1.5)))


def rotation(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A page that lay askew: up to four degrees, paper at the corners."""
    paper = tuple(int(v) for v in np.percentile(np.asarray(picture).reshape(-1, 3), 95, axis=0))
    return picture.rotate(random.uniform(-4, 4), Image.Resampling.BILINEAR, fillcolor=paper)


def jpeg(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Saved too small."""
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=int(random.integers(25, 75)))
    with Image.open(held) as worse:
        return worse.convert("RGB")


# In the order in which they befall a picture: the press, the paper, the scanner, the file.
DISTURBANCES: dict[str, Callable[[Image.Image, np.random.Generator], Image.Image]] = {
    "grey": grey,
    "contrast": contrast,
    "halftone": halftone,
    "yellowing": yellowing,
    "print_through": print_through,
    "blur": blur,
    "rotation": rotation,
    "jpeg": jpeg,
}


def _picture(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))
