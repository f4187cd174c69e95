"""Hatching: how a tone becomes the lines of an engraver.

In go tones and solids as the camera saw them; out come lines on paper (float32, 1 = bare).
"""

from __future__ import annotations

import math

import numpy as np

from enrich.sample import solids as s
from enrich.sample.tones import Array, blur, resize, smooth


def engrave(
    tone: Array, bend: Array, *, pitch: float = 4.2, layers: int = 3, jitter: Array | None = None
) -> Array:
    """Hatch a tone: lines that swell with the dark, curved by `bend` (in line widths), crossed where it is
    darker."""
    h, w = tone.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    out = np.ones_like(tone)
    dark = 1 - tone
    for layer, degrees in enumerate((8.0, 62.0, -50.0)[:layers]):
        a = math.radians(degrees)
        phase = (y * math.cos(a) + x * math.sin(a)) / pitch + bend * (1.0 if layer == 0 else -0.7)
        if jitter is not None:
            phase = phase + jitter * 0.6
        away = np.abs(phase - np.round(phase)) * 2
        start = (0.05, 0.42, 0.68)[layer]
        width = np.clip((dark - start) * (0.95, 1.1, 1.3)[layer], 0, 0.8)
        out = np.minimum(out, np.clip((away - width) * pitch * 0.9 + 0.5, 0, 1) + (width <= 0.01))
    return np.clip(out, 0, 1)


def contour(view: s.View, height: int, width: int, strength: float = 1.0) -> Array:
    """Outlines where the part, the depth or the direction of the surface changes; 1 = bare paper."""
    depth = np.minimum(view.depth, 60)
    jump = np.hypot(*np.gradient(depth)) * view.seen
    turnof = sum(np.hypot(*np.gradient(view.normal[..., c])) for c in range(3))
    part = np.hypot(*np.gradient(view.part.astype(np.float32)))
    edge = np.clip(
        smooth(0.15, 0.6, jump.astype(np.float32)) + 0.7 * smooth(0.45, 0.9, turnof) + (part > 0.4), 0, 1
    )
    return np.asarray(
        1 - strength * smooth(0.25, 0.6, resize(edge.astype(np.float32), height, width)), np.float32
    )


def hatch_view(
    view: s.View, back: Array, *, pitch: float = 4.2, curve: float = 2.6, gamma: float = 0.8
) -> Array:
    """An engraving of solids before a ground of the tone `back`."""
    h, w = back.shape
    seen = np.clip(resize(view.seen, h, w), 0, 1)
    light = np.clip(resize(view.light * view.colour.mean(-1), h, w), 0, 1) ** gamma
    tone = np.clip(light * seen + back * (1 - seen), 0, 1)
    bend = resize(blur(view.normal[..., 0], 1.0) + 0.8 * blur(view.normal[..., 1], 1.0), h, w) * curve * seen
    return np.minimum(engrave(tone, bend, pitch=pitch), contour(view, h, w))
