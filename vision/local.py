"""The same work or only a similar one? Two pictures go in, how well their details fit each other comes out.

A vector says that two pictures look alike; that both show *one* work is told by local geometry. Distinct
points (SIFT, Lowe 2004, with Hellinger-normalised descriptors, Arandjelović & Zisserman 2012) are found in
both, paired where the pairing is unambiguous in both directions, and one plane-to-plane mapping (homography,
MAGSAC) is looked for under which as many pairs as possible fall together. Prints after a painting are often
reversed, so the mirrored picture may be tried too. Halftone dots and paper grain are not details of the work:
pictures are made small and soft first.

OpenCV does the work and is imported on first use.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vision.images import open_image

SIDE = 480  # pixels of the longer side; more shows the printer's screen instead of the work
POINTS = 500  # the most distinct ones of a picture
_RATIO = 0.85  # a pair counts if its second-best partner is clearly farther (Lowe's test)
_TOLERANCE = 4.0  # pixels at SIDE that a point may miss its place: paper shrinks, lenses bend
_LEAST = 6  # pairs without which no mapping is looked for
_CENTRE, _SLOPE, _SHARE = 8.0, 0.9, 4.0  # see `Match.probability`


@dataclass(frozen=True, eq=False)
class Features:
    """Distinct points of a picture: places [n, 2] in pixels, descriptors as SIFT gives them, uint8 [n, 128],
    width, height. At most 70 kB.
    """

    points: np.ndarray
    descriptors: np.ndarray
    size: tuple[int, int]


@dataclass(frozen=True)
class Match:
    """What two pictures have in common.

    `pairs` points look alike, `agree` of them lie on each other under one mapping; `overlap` is the share of
    the first picture that the agreeing points span, `mirrored` whether one had to be reversed.
    """

    pairs: int
    agree: int
    overlap: float
    mirrored: bool = False

    @property
    def probability(self) -> float:
        """How probable it is that both show the same work (or part of it), 0…1.

        A logistic curve over the number of agreeing points and their share of all pairs, set by hand between
        what was seen: 10 and more in printings of one work, 5 at most in 1,500 pairs of other works.
        """
        if not self.agree:
            return 0.0
        evidence = _SLOPE * (self.agree - _CENTRE) + _SHARE * (self.agree / self.pairs - 0.5)
        return float(1 / (1 + np.exp(-np.clip(evidence, -30, 30))))


def features(picture: Image.Image | Path | str) -> Features:
    """The distinct points of an upright RGB picture (or of a file). Deterministic, thread-safe.

    Raises `ImageError` for a file that is no picture.
    """
    cv2 = _cv2()
    if not isinstance(picture, Image.Image):
        picture = open_image(picture, SIDE)
    grey = picture.convert("L")
    if max(grey.size) > SIDE:
        scale = SIDE / max(grey.size)
        size = (max(1, round(grey.width * scale)), max(1, round(grey.height * scale)))
        grey = grey.resize(size, Image.Resampling.BOX, reducing_gap=None)
    values = cv2.GaussianBlur(np.asarray(grey), (0, 0), 0.8)
    values = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(6, 6)).apply(values)  # dark and faded printings
    found, descriptors = cv2.SIFT_create(nfeatures=POINTS, contrastThreshold=0.03).detectAndCompute(
        values, None
    )
    if descriptors is None:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.uint8), grey.size)
    places = np.array([p.pt for p in found[:POINTS]], np.float32)
    return Features(places, descriptors[:POINTS].astype(np.uint8), grey.size)


def verify(a: Features, b: Features) -> Match:
    """How well two pictures' points lie on each other. Symmetric but for `overlap`; deterministic."""
    pairs = _pairs(_rooted(a.descriptors), _rooted(b.descriptors))
    if len(pairs) < _LEAST:
        return Match(len(pairs), 0, 0.0)
    cv2 = _cv2()
    here, there = a.points[pairs[:, 0]], b.points[pairs[:, 1]]
    cv2.setRNGSeed(0)
    mapping, mask = cv2.findHomography(
        here, there, cv2.USAC_MAGSAC, _TOLERANCE, maxIters=2000, confidence=0.999
    )
    if mapping is None or mask is None or not _plausible(mapping, a.size):
        return Match(len(pairs), 0, 0.0)
    inside = mask.ravel().astype(bool)
    agree = _distinct(here[inside], there[inside])
    if agree < 4:
        return Match(len(pairs), 0, 0.0)
    hull = cv2.contourArea(cv2.convexHull(here[inside].reshape(-1, 1, 2)))
    return Match(len(pairs), agree, round(float(hull) / (a.size[0] * a.size[1]), 4))


def best(a: Features, b: Features, mirrored: bool = True) -> Match:
    """`verify`, and the same with the second picture reversed where it does not fit as it is."""
    plain = verify(a, b)
    if not mirrored or plain.probability >= 0.5:
        return plain
    turned = verify(a, mirror(b))
    return replace(turned, mirrored=True) if turned.probability > plain.probability else plain


def compare(a: Path | str | Image.Image, b: Path | str | Image.Image, mirrored: bool = True) -> Match:
    """`best` for two pictures or files."""
    return best(features(a), features(b), mirrored)


def mirror(found: Features) -> Features:
    """The points that would be found in the reversed picture, by reordering each descriptor.

    A descriptor is 4 × 4 places (along and across the point's own direction) of 8 directions each; a
    reflection swaps the sides across and the sense of turning.
    """
    cells = found.descriptors.reshape(-1, 4, 4, 8)
    turned = cells[:, ::-1][..., -np.arange(8) % 8].reshape(found.descriptors.shape)
    points = found.points * np.array([-1, 1], np.float32) + np.array([found.size[0] - 1, 0], np.float32)
    return Features(points, np.ascontiguousarray(turned), found.size)


def _rooted(descriptors: np.ndarray) -> np.ndarray:
    """Unit vectors whose products are Hellinger's kernel of the descriptors."""
    values = descriptors.astype(np.float32)
    return np.sqrt(values / np.maximum(values.sum(axis=1, keepdims=True), 1e-9))


def _pairs(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Rows [m, 2] of descriptors that are each other's nearest and pass the ratio test from both sides."""
    if len(a) < 2 or len(b) < 2:
        return np.zeros((0, 2), np.intp)
    likeness = a @ b.T  # of unit vectors: distance² = 2 − 2 · likeness
    forth, back = likeness.argmax(axis=1), likeness.argmax(axis=0)
    rows = np.flatnonzero(back[forth] == np.arange(len(a)))
    best = likeness[rows, forth[rows]]
    across, down = likeness[rows], likeness[:, forth[rows]].T
    second = np.maximum(np.partition(across, -2, axis=1)[:, -2], np.partition(down, -2, axis=1)[:, -2])
    clear = (1 - best) < _RATIO**2 * (1 - second)
    return np.stack([rows[clear], forth[rows][clear]], axis=1)


def _plausible(mapping: np.ndarray, size: tuple[int, int]) -> bool:
    """Whether a mapping could be one printing laid on another: not folded over, not absurdly scaled."""
    width, height = size
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64) @ mapping.T
    if not np.isfinite(corners).all() or (corners[:, 2] <= 1e-6).any():
        return False
    places = corners[:, :2] / corners[:, 2:]
    sides = np.roll(places, -1, axis=0) - places
    turn = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
    lengths = np.linalg.norm(sides, axis=1) / np.array([width, height, width, height])
    return bool(
        (turn > 0).all() and lengths.min() > 0.1 and lengths.max() < 10 and np.ptp(np.log(lengths)) < 1.4
    )


def _distinct(here: np.ndarray, there: np.ndarray) -> int:
    """How many places agree: points found at several scales, or crowding on a letter, count once."""
    cells = {(*map(int, p // 6), *map(int, q // 6)) for p, q in zip(here, there, strict=True)}
    return min(len(cells), len({c[:2] for c in cells}), len({c[2:] for c in cells}))


@lru_cache(maxsize=1)
def _cv2() -> Any:
    import cv2

    cv2.setNumThreads(1)  # callers bring their own threads
    return cv2
