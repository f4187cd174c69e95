"""Solids: bodies described by their distance, and a small ray marcher that draws them with light and shadow.

In go solids (functions from points to signed distances, after the well-known method of sphere tracing,
J. C. Hart 1996) with their colours, a camera and a light; out come planes of light, colour, depth and
shape (normals), from which casts are photographed, still lifes painted and plates engraved.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from enrich.sample.tones import Array, Colour

Indices = NDArray[np.intp]
Points = tuple[Array, Array, Array]
Vector = tuple[float, float, float]
Solid = Callable[[Points], Array]
Paint = Colour | Callable[[Points], Array]
Scene = Sequence[tuple[Solid, Paint]]


def ball(c: Vector, r: float) -> Solid:
    """A sphere."""
    return lambda p: np.sqrt((p[0] - c[0]) ** 2 + (p[1] - c[1]) ** 2 + (p[2] - c[2]) ** 2) - r


def egg(c: Vector, r: Vector) -> Solid:
    """An ellipsoid with the half axes `r` (distance to first order)."""

    def distance(p: Points) -> Array:
        x, y, z = (p[0] - c[0]), (p[1] - c[1]), (p[2] - c[2])
        k0 = np.sqrt((x / r[0]) ** 2 + (y / r[1]) ** 2 + (z / r[2]) ** 2)
        k1 = np.sqrt((x / r[0] ** 2) ** 2 + (y / r[1] ** 2) ** 2 + (z / r[2] ** 2) ** 2)
        return np.asarray(k0 * (k0 - 1) / np.maximum(k1, 1e-6))

    return distance


def limb(a: Vector, b: Vector, ra: float, rb: float | None = None) -> Solid:
    """A capsule from `a` to `b` whose radius runs from `ra` to `rb`."""
    rb = ra if rb is None else rb
    d = (b[0] - a[0], b[1] - a[1], b[2] - a[2])
    length = max(1e-9, d[0] ** 2 + d[1] ** 2 + d[2] ** 2)

    def distance(p: Points) -> Array:
        x, y, z = p[0] - a[0], p[1] - a[1], p[2] - a[2]
        t = np.clip((x * d[0] + y * d[1] + z * d[2]) / length, 0, 1)
        return np.asarray(
            np.sqrt((x - t * d[0]) ** 2 + (y - t * d[1]) ** 2 + (z - t * d[2]) ** 2) - (ra + (rb - ra) * t)
        )

    return distance


def block(c: Vector, half: Vector, edge: float = 0.0) -> Solid:
    """A box with the half extents `half` and rounded edges."""

    def distance(p: Points) -> Array:
        x, y, z = (np.abs(p[i] - c[i]) - (half[i] - edge) for i in range(3))
        outside = np.sqrt(np.maximum(x, 0) ** 2 + np.maximum(y, 0) ** 2 + np.maximum(z, 0) ** 2)
        return np.asarray(outside + np.minimum(np.maximum(x, np.maximum(y, z)), 0) - edge)

    return distance


def drum(c: Vector, r: float, half: float, edge: float = 0.0) -> Solid:
    """An upright cylinder."""

    def distance(p: Points) -> Array:
        x = np.sqrt((p[0] - c[0]) ** 2 + (p[2] - c[2]) ** 2) - (r - edge)
        y = np.abs(p[1] - c[1]) - (half - edge)
        return np.asarray(
            np.minimum(np.maximum(x, y), 0) + np.hypot(np.maximum(x, 0), np.maximum(y, 0)) - edge
        )

    return distance


def turned(c: Vector, profile: Sequence[tuple[float, float]], wall: float = 0.0) -> Solid:
    """A body turned on the lathe: `profile` gives (height, radius) from the foot up, smoothly joined.

    With a `wall` the vessel is hollow and open above.

    """
    hs = np.array([h for h, _ in profile], np.float64)
    fine = np.linspace(hs[0], hs[-1], 160)
    radii = np.interp(fine, hs, [r for _, r in profile])
    kernel = np.exp(-(np.linspace(-2, 2, 11) ** 2))
    radii = np.convolve(np.pad(radii, 5, "edge"), kernel / kernel.sum(), "valid")

    def distance(p: Points) -> Array:
        y = p[1] - c[1]
        rho = np.sqrt((p[0] - c[0]) ** 2 + (p[2] - c[2]) ** 2)
        side = (rho - np.interp(y, fine, radii)) * 0.75
        cap = np.maximum(fine[0] - y, y - fine[-1])
        d = np.maximum(side, cap)
        if wall:
            d = np.maximum(
                d, -np.maximum((rho - np.interp(y, fine, radii) + wall) * 0.75, fine[0] + wall - y)
            )
        return np.asarray(d, np.float32)

    return distance


def ring(c: Vector, r: float, thick: float, axis: int = 2) -> Solid:
    """A torus round the given axis."""
    i, j = [k for k in range(3) if k != axis]
    return lambda p: np.hypot(np.hypot(p[i] - c[i], p[j] - c[j]) - r, p[axis] - c[axis]) - thick


def half_space(normal: Vector, offset: float) -> Solid:
    """Everything below the plane `normal · p = offset` (normal of unit length)."""
    return lambda p: p[0] * normal[0] + p[1] * normal[1] + p[2] * normal[2] - offset


def both(*solids: Solid) -> Solid:
    """The union."""

    def distance(p: Points) -> Array:
        out = solids[0](p)
        for solid in solids[1:]:
            out = np.minimum(out, solid(p))
        return out

    return distance


def melt(k: float, *solids: Solid) -> Solid:
    """The union with the seams filled over a width of about `k` (polynomial smooth minimum)."""

    def distance(p: Points) -> Array:
        out = solids[0](p)
        for solid in solids[1:]:
            other = solid(p)
            h = np.maximum(k - np.abs(out - other), 0) / k
            out = np.minimum(out, other) - h * h * (k * 0.25)
        return out

    return distance


def common(*solids: Solid) -> Solid:
    """The intersection."""

    def distance(p: Points) -> Array:
        out = solids[0](p)
        for solid in solids[1:]:
            out = np.maximum(out, solid(p))
        return out

    return distance


def cut(solid: Solid, tool: Solid, k: float = 0.0) -> Solid:
    """The solid without the tool, its edge softened over `k`."""
    if not k:
        return lambda p: np.maximum(solid(p), -tool(p))

    def distance(p: Points) -> Array:
        a, b = solid(p), -tool(p)
        h = np.maximum(k - np.abs(a - b), 0) / k
        return np.asarray(np.maximum(a, b) + h * h * (k * 0.25))

    return distance


def moved(
    solid: Solid,
    by: Vector = (0, 0, 0),
    yaw: float = 0.0,
    pitch: float = 0.0,
    roll: float = 0.0,
    scale: float = 1.0,
) -> Solid:
    """The solid scaled, turned (radians: about y, then x, then z) and carried to `by`."""
    turn = rotation(yaw, pitch, roll) * (1.0 / scale)

    def distance(p: Points) -> Array:
        x, y, z = p[0] - by[0], p[1] - by[1], p[2] - by[2]
        q = tuple(turn[0, i] * x + turn[1, i] * y + turn[2, i] * z for i in range(3))
        return np.asarray(solid((q[0], q[1], q[2])) * scale)

    return distance


def wavy(solid: Solid, height: Callable[[Points], Array]) -> Solid:
    """The solid with its surface raised by `height` (folds, curls, bark); keep it small."""
    return lambda p: np.asarray((solid(p) - height(p)) * 0.7)


def repeated(solid: Solid, axis: int, pitch: float, count: int) -> Solid:
    """`count` copies in a row, `pitch` apart, centred."""
    half = (count - 1) / 2

    def distance(p: Points) -> Array:
        i = np.clip(np.round(p[axis] / pitch + half) - half, -half, half)
        if count % 2 == 0:
            i = np.clip(np.floor(p[axis] / pitch) + 0.5, -half, half)
        q = [p[0], p[1], p[2]]
        q[axis] = p[axis] - i * pitch
        return solid((q[0], q[1], q[2]))

    return distance


def rotation(yaw: float, pitch: float, roll: float) -> Array:
    """The matrix that turns about y, then x, then z."""
    cy, sy, cp, sp, cr, sr = (*(f(a) for a in (yaw, pitch, roll) for f in (math.cos, math.sin)),)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y, np.float32)


@dataclass(frozen=True)
class View:
    """What the camera saw: planes of height × width (colour and normal × 3); `seen` is 1 where a solid was
    hit."""

    light: Array
    colour: Array
    seen: Array
    depth: Array
    normal: Array
    place: Array
    part: Indices


def march(
    scene: Scene,
    height: int,
    width: int,
    *,
    eye: Vector = (0, 0, 8),
    look: Vector = (0, 0, 0),
    zoom: float = 2.2,
    sun: Vector = (-0.5, 0.75, 0.6),
    ambient: float = 0.22,
    shine: float = 0.0,
    shadow: float = 0.75,
    far: float = 30.0,
    steps: int = 56,
) -> View:
    """Draw the scene: sphere tracing, Lambert light, soft shadow, occlusion by neighbouring surfaces.

    `zoom` is the focal length in half heights of the picture. About 50 evaluations of the scene for
    each hit pixel.
    """
    forward = np.array(look, np.float64) - eye
    forward /= np.linalg.norm(forward)
    side = np.cross(forward, (0, 1, 0))
    side /= np.linalg.norm(side)
    up = np.cross(side, forward)
    v, u = np.mgrid[0:height, 0:width]
    u = (u + 0.5 - width / 2) / (height / 2)
    v = -(v + 0.5 - height / 2) / (height / 2)
    rays = forward * zoom + u[..., None] * side + v[..., None] * up
    rays = (rays / np.linalg.norm(rays, axis=-1, keepdims=True)).reshape(-1, 3).astype(np.float32)

    def nearest(p: Points) -> Array:
        out = scene[0][0](p)
        for solid, _ in scene[1:]:
            out = np.minimum(out, solid(p))
        return np.asarray(out, np.float32)

    def along(index: Indices, t: Array) -> Points:
        r = rays[index]
        return (
            (eye[0] + r[:, 0] * t).astype(np.float32),
            (eye[1] + r[:, 1] * t).astype(np.float32),
            (eye[2] + r[:, 2] * t).astype(np.float32),
        )

    count = height * width
    depth = np.full(count, far, np.float32)
    alive = np.arange(count)
    t = np.full(count, 0.2, np.float32)
    eps = 0.004
    for _ in range(steps):
        d = nearest(along(alive, t))
        t = t + d * 0.92
        done = d < eps
        depth[alive[done]] = t[done]
        keep = ~done & (t < far)
        alive, t = alive[keep], t[keep]
        if not len(alive):
            break
    close = nearest(along(alive, t)) < 0.03 if len(alive) else np.zeros(0, bool)
    depth[alive[close]] = t[close]

    hit = np.flatnonzero(depth < far)
    p = along(hit, depth[hit])
    h = 0.006
    normal = np.zeros((len(hit), 3), np.float32)
    for kx, ky, kz in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        d = nearest((p[0] + h * kx, p[1] + h * ky, p[2] + h * kz))
        normal += d[:, None] * np.array([kx, ky, kz], np.float32)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    sun_at = np.array(sun, np.float32) / np.linalg.norm(sun)
    lambert = np.clip(normal @ sun_at, 0, 1)

    dark = np.ones(len(hit), np.float32)
    lit = np.flatnonzero(lambert > 0.02)
    travel = np.full(len(lit), 0.05, np.float32)
    for _ in range(14):
        if shadow <= 0 or not len(lit):
            break
        q = tuple(p[i][lit] + normal[lit, i] * 0.02 + sun_at[i] * travel for i in range(3))
        d = nearest((q[0], q[1], q[2]))
        dark[lit] = np.minimum(dark[lit], np.clip(9 * d / travel, 0, 1))
        travel = travel + np.clip(d, 0.04, 0.6)
        keep = (dark[lit] > 0.01) & (travel < 6)
        lit, travel = lit[keep], travel[keep]
    open_sky = np.ones(len(hit), np.float32)
    for reach, weight in ((0.08, 1.6), (0.22, 0.8), (0.5, 0.35)):
        d = nearest((p[0] + normal[:, 0] * reach, p[1] + normal[:, 1] * reach, p[2] + normal[:, 2] * reach))
        open_sky -= weight * np.clip(reach - d, 0, reach)
    open_sky = np.clip(open_sky, 0.15, 1)
    from_sky = 0.6 + 0.4 * normal[:, 1]
    light = ambient * open_sky * from_sky * 1.4 + (1 - ambient) * lambert * (1 - shadow + shadow * dark) * (
        0.5 + 0.5 * open_sky
    )
    if shine:
        half = sun_at - rays[hit]
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        light += shine * np.clip((normal * half).sum(1), 0, 1) ** 40 * dark

    distances = np.stack([np.asarray(solid(p), np.float32) for solid, _ in scene])
    part = distances.argmin(0)
    colour = np.zeros((len(hit), 3), np.float32)
    for i, (_, paint) in enumerate(scene):
        chosen = part == i
        if chosen.any():
            colour[chosen] = paint((p[0][chosen], p[1][chosen], p[2][chosen])) if callable(paint) else paint

    def plane(values: Array, fill: float = 0.0) -> Array:
        out = np.full((count, *values.shape[1:]), fill, np.float32)
        out[hit] = values
        return out.reshape(height, width, *values.shape[1:])

    return View(
        light=plane(light.astype(np.float32)),
        colour=plane(colour),
        seen=plane(np.ones(len(hit), np.float32)),
        depth=depth.reshape(height, width),
        normal=plane(normal),
        place=plane(np.stack(p, 1)),
        part=plane(part.astype(np.float32), -1).astype(int),
    )
