"""Figures: heads and bodies as solids, for plaster casts, painted portraits and groups.

In go proportions and attitudes; out come solids (or painted scenes). A head is about 2 units high,
looks towards +z and has its centre in the origin; a standing body has its feet at 0 and the crown of
its head at about 7.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from enrich.sample.solids import (
    Paint,
    Points,
    Solid,
    Vector,
    ball,
    both,
    cut,
    drum,
    egg,
    limb,
    melt,
    moved,
    wavy,
)
from enrich.sample.tones import Array, Colour

Relief = Callable[[Points], Array]


def head(nose: float = 1.0, jaw: float = 1.0) -> Solid:
    """A bare head with neck: skull, brow, sockets, lids, nose, lips, chin, ears."""
    skull = melt(
        0.28,
        egg((0, 0.28, -0.12), (0.76, 0.86, 0.92)),
        egg((0, -0.2, 0.16), (0.6, 0.82 * jaw, 0.68)),
        egg((0, -0.84 * jaw, 0.5), (0.25, 0.17, 0.22)),
        ball((0.36, -0.24, 0.5), 0.2),
        ball((-0.36, -0.24, 0.5), 0.2),
        limb((0, -0.7, -0.2), (0, -1.7, -0.32), 0.43, 0.5),
    )
    carved = skull
    for sign in (-1, 1):
        carved = cut(carved, ball((0.27 * sign, 0.08, 0.96), 0.16), 0.14)
    brow = both(
        limb((-0.44, 0.2, 0.66), (-0.12, 0.25, 0.84), 0.06), limb((0.44, 0.2, 0.66), (0.12, 0.25, 0.84), 0.06)
    )
    carved = melt(0.12, carved, brow, limb((0, 0.2, 0.86), (0, -0.22, 0.86 + 0.2 * nose), 0.055, 0.1))
    nostrils = both(ball((0.1, -0.27, 0.93), 0.085), ball((-0.1, -0.27, 0.93), 0.085))
    lips = both(egg((0, -0.5, 0.8), (0.2, 0.05, 0.1)), egg((0, -0.61, 0.79), (0.16, 0.055, 0.1)))
    lids = both(egg((0.27, 0.07, 0.72), (0.155, 0.095, 0.12)), egg((-0.27, 0.07, 0.72), (0.155, 0.095, 0.12)))
    ears = both(egg((0.76, -0.08, -0.05), (0.09, 0.24, 0.16)), egg((-0.76, -0.08, -0.05), (0.09, 0.24, 0.16)))
    face = melt(0.05, carved, nostrils, lips, lids, ears)
    slits = both(
        limb((0.16, 0.065, 0.85), (0.38, 0.065, 0.8), 0.014),
        limb((-0.16, 0.065, 0.85), (-0.38, 0.065, 0.8), 0.014),
        limb((-0.17, -0.555, 0.86), (0.17, -0.555, 0.86), 0.016),
    )
    return cut(face, slits, 0.03)


def curls(size: float = 9.0, height: float = 0.045) -> Relief:
    """Locks of hair as a relief."""

    def relief(p: Points) -> Array:
        a = np.sin(p[0] * size + 1.3 * np.sin(p[1] * size * 0.7))
        return np.asarray(height * a * np.sin(p[1] * size + p[2] * size * 0.6 + np.sin(p[0] * 4)))

    return relief


def strands(size: float = 16.0, height: float = 0.03) -> Relief:
    """Combed hair or a beard as a relief of long waves."""
    return lambda p: np.asarray(height * np.sin(p[0] * size + 2.2 * np.sin(p[1] * 2.6 + p[2] * 1.7)))


def hair(length: float = 0.2, combed: bool = False) -> Solid:
    """Hair round the skull, `length` 0 (short) … 1 (to the shoulders), the face left free."""
    cap = egg((0, 0.36, -0.2), (0.87, 0.88, 0.98))
    if length > 0.3:
        cap = melt(0.3, cap, egg((0, -0.5 * length, -0.45), (0.86, 0.6 + 0.7 * length, 0.5)))
    shape = cut(cap, egg((0, -0.25, 1.0), (0.56, 0.9, 0.95)), 0.12)
    return wavy(shape, strands() if combed else curls())


def beard(length: float = 0.4) -> Solid:
    """A full beard and moustache."""
    chin = melt(
        0.15,
        egg((0, -0.75, 0.5), (0.5, 0.34, 0.36)),
        egg((0, -0.85 - length, 0.5), (0.3, 0.3 + length * 0.6, 0.22)),
        limb((-0.22, -0.46, 0.82), (0.22, -0.46, 0.82), 0.07),
    )
    return wavy(cut(chin, egg((0, -0.57, 0.95), (0.15, 0.05, 0.2)), 0.05), strands(20, 0.03))


def shoulders(width: float = 1.0, folds: float = 0.0) -> Solid:
    """Chest and shoulders under a head in the origin; `folds` of a garment."""
    body = melt(
        0.5,
        limb((-1.15 * width, -2.2, -0.3), (1.15 * width, -2.2, -0.3), 0.5),
        egg((0, -2.75, -0.1), (1.25 * width, 1.0, 0.66)),
        limb((-1.35 * width, -2.4, -0.3), (-1.6 * width, -4.2, -0.1), 0.45, 0.4),
        limb((1.35 * width, -2.4, -0.3), (1.6 * width, -4.2, -0.1), 0.45, 0.4),
        egg((0, -4.0, -0.1), (1.15 * width, 1.6, 0.62)),
    )
    if not folds:
        return body

    def relief(p: Points) -> Array:
        return np.asarray(folds * np.sin(6 * p[0] + 3.5 * p[1] * np.sign(p[0]) + 1.2 * np.sin(p[1] * 3)))

    return wavy(body, relief)


def torso(lean: float = 0.15) -> Solid:
    """A nude antique torso without head and arms, hip stepped out; about 4 units high, centre in the
    origin."""
    s = lean
    return melt(
        0.22,
        melt(
            0.45,
            egg((s * 0.3, 0.85, 0), (0.85, 0.62, 0.46)),
            egg((0, 0.0, 0), (0.6, 0.75, 0.4)),
            egg((-s * 0.6, -0.85, 0), (0.74, 0.5, 0.46)),
            limb((-0.42 - s * 0.6, -1.0, 0), (-0.5 - s * 0.4, -2.2, 0.05), 0.42, 0.33),
            limb((0.42 - s * 0.6, -1.0, 0), (0.62 - s * 0.2, -2.2, 0.25), 0.42, 0.33),
            limb((-0.85 + s * 0.3, 1.15, 0), (-1.1 + s * 0.3, 0.55, -0.1), 0.3, 0.24),
            limb((0.85 + s * 0.3, 1.15, 0), (1.2 + s * 0.3, 0.9, 0.1), 0.3, 0.22),
            limb((s * 0.3, 1.35, -0.05), (s * 0.5, 1.75, 0.0), 0.34, 0.27),
        ),
        egg((0.36 + s * 0.3, 0.92, 0.34), (0.33, 0.24, 0.16)),
        egg((-0.36 + s * 0.3, 0.92, 0.34), (0.33, 0.24, 0.16)),
        egg((0.14, 0.3, 0.34), (0.12, 0.16, 0.08)),
        egg((-0.14, 0.3, 0.34), (0.12, 0.16, 0.08)),
        egg((0.14, -0.05, 0.34), (0.12, 0.15, 0.08)),
        egg((-0.14, -0.05, 0.34), (0.12, 0.15, 0.08)),
        egg((-s * 0.3, -0.5, 0.32), (0.3, 0.25, 0.1)),
    )


def folds_down(depth: float = 0.06, number: float = 9.0, sway: float = 0.6) -> Relief:
    """Falling folds of a robe."""

    def relief(p: Points) -> Array:
        angle = np.arctan2(p[0], p[2])
        fall = np.clip((6.0 - p[1]) / 5.0, 0.1, 1)
        return np.asarray(depth * fall * np.sin(number * angle + sway * np.sin(p[1] * 1.1) + p[1] * 0.25))

    return relief


def robe(width: float = 1.0, depth: float = 0.07, number: float = 9.0) -> Solid:
    """A long garment from shoulders to ground."""
    cloth = melt(
        0.4,
        limb((0, 0.5, 0), (0, 4.2, 0), 1.25 * width, 0.72 * width),
        egg((0, 5.2, 0), (0.95 * width, 0.75, 0.55)),
    )
    return wavy(cut(cloth, drum((0, -1.0, 0), 6, 1.0)), folds_down(depth, number))


def arm(shoulder: Vector, elbow: Vector, hand: Vector, size: float = 0.25) -> Solid:
    """An arm of two limbs with a hand."""
    return melt(
        0.1,
        limb(shoulder, elbow, size * 1.2, size),
        limb(elbow, hand, size, size * 0.65),
        ball(hand, size * 0.75),
    )


def person(
    at: Vector,
    *,
    cloth: Colour = (0.5, 0.2, 0.15),
    cloak: Colour | None = None,
    skin: Colour = (0.85, 0.64, 0.5),
    locks: Colour = (0.25, 0.15, 0.08),
    height: float = 1.0,
    yaw: float = 0.0,
    lean: float = 0.0,
    hands: tuple[Vector, Vector] = ((-0.4, 3.9, 1.0), (0.4, 3.9, 1.0)),
    kneeling: bool = False,
    bow: float = 0.0,
    old: bool = False,
) -> list[tuple[Solid, Paint]]:
    """A clothed figure as painted parts; `height` 1 is 7.5 units. Hands are given in the figure's own
    units."""

    def place(solid: Solid) -> Solid:
        return moved(solid, at, yaw=yaw, roll=lean, scale=height)

    def set_head(solid: Solid) -> Solid:
        return moved(solid, (0, 6.75, 0.15 + 0.3 * bow), pitch=bow, scale=0.62)

    drop = 2.2 if kneeling else 0.0

    def lowered(solid: Solid) -> Solid:
        return cut(moved(solid, (0, -drop, 0)), drum((0, -2.0, 0), 8, 2.0)) if drop else solid

    sleeves = both(
        arm((-0.9, 5.4, 0), (-1.25, 4.2, 0.3), hands[0], 0.3),
        arm((0.9, 5.4, 0), (1.25, 4.2, 0.3), hands[1], 0.3),
    )
    parts: list[tuple[Solid, Paint]] = [
        (place(lowered(robe())), cloth),
        (place(lowered(sleeves)), cloak or cloth),
        (place(lowered(both(ball(hands[0], 0.27), ball(hands[1], 0.27)))), skin),
        (place(lowered(set_head(simple_head()))), skin),
        (place(lowered(set_head(hair(0.2 if old else 0.8)))), locks),
    ]
    if old:
        parts.append((place(lowered(set_head(beard(0.5)))), locks))
    if cloak:
        mantle = wavy(
            cut(
                limb((0, 1.0, -0.35), (0, 4.9, -0.25), 1.35, 0.95),
                egg((0.4, 2.6, 1.5), (0.95, 4.0, 1.3)),
                0.2,
            ),
            folds_down(0.08, 7),
        )
        parts.append((place(lowered(cut(mantle, drum((0, -1.0, 0), 6, 1.0)))), cloak))
    return parts


def simple_head() -> Solid:
    """A head for figures in the middle distance."""
    return melt(
        0.15,
        egg((0, 0.2, -0.05), (0.74, 0.88, 0.86)),
        egg((0, -0.35, 0.2), (0.56, 0.68, 0.6)),
        limb((0, 0.1, 0.82), (0, -0.2, 1.0), 0.06, 0.1),
        limb((0, -0.7, -0.1), (0, -1.5, -0.2), 0.42, 0.46),
        ball((0, -0.55, 0.72), 0.1),
    )


def nude(
    at: Vector,
    *,
    skin: Paint = (0.86, 0.67, 0.53),
    locks: Paint = (0.3, 0.18, 0.09),
    height: float = 1.0,
    yaw: float = 0.0,
    hands: tuple[Vector, Vector] = ((-1.5, 3.4, 0.5), (1.5, 3.4, 0.5)),
    step: float = 0.5,
) -> list[tuple[Solid, Paint]]:
    """A standing nude in counterpoise, its weight on one leg."""

    def place(solid: Solid) -> Solid:
        return moved(solid, at, yaw=yaw, scale=height)

    legs = melt(
        0.2,
        limb((-0.5, 3.6, 0), (-0.5, 2.0, 0.1), 0.44, 0.3),
        limb((-0.5, 2.0, 0.1), (-0.5, 0.2, -0.05), 0.3, 0.17),
        limb((0.4, 3.6, 0), (0.6, 2.0, step), 0.44, 0.3),
        limb((0.6, 2.0, step), (0.75, 0.2, step * 0.3), 0.3, 0.17),
        limb((-0.5, 0.14, 0), (-0.55, 0.1, 0.5), 0.15, 0.13),
        limb((0.75, 0.14, step * 0.3), (0.9, 0.1, step * 0.3 + 0.5), 0.15, 0.13),
    )
    body = melt(
        0.2,
        moved(torso(-0.12), (0, 4.4, 0), scale=0.9),
        legs,
        arm((-0.85, 5.4, 0), (-1.3, 4.3, 0.0), hands[0], 0.24),
        arm((0.85, 5.4, 0), (1.3, 4.3, 0.0), hands[1], 0.24),
    )
    crown = moved(hair(0.25), (-0.05, 6.75, 0.1), yaw=0.3, scale=0.62)
    face = moved(head(), (-0.05, 6.75, 0.1), yaw=0.3, scale=0.6)
    return [(place(melt(0.1, body, face)), skin), (place(crown), locks)]


def angle(degrees: float) -> float:
    """Radians."""
    return math.radians(degrees)
