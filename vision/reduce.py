"""Fewer dimensions: principal components and UMAP with the settings that make both reproducible."""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

COMPONENTS = 50  # principal components that neighbours are looked for in
EXACT = 20_000  # points up to which all neighbours are computed; beyond, UMAP approximates them
_LEARNT_FROM = 10_000  # rows that principal components are learnt from at most


@dataclass(frozen=True, eq=False)
class Space:
    """Principal components of some vectors: their mean [d] and axes [components, d], widest first."""

    mean: np.ndarray
    axes: np.ndarray

    def coordinates(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors [n, d] in this space, float32 [n, components]."""
        return np.asarray((vectors - self.mean) @ self.axes.T, np.float32)

    def points(self, vectors: np.ndarray) -> np.ndarray:
        """As `coordinates`, each of length one, for cosine distances."""
        found = self.coordinates(vectors)
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def space_of(vectors: np.ndarray, components: int = COMPONENTS) -> Space:
    """The space of vectors [n, d]. Axes have a fixed sign (the largest loading positive); there are fewer
    than `components` where the vectors span fewer.
    """
    rows = learnt_from(len(vectors))
    mean = vectors[rows].astype(np.float64).mean(axis=0)
    centred = vectors[rows].astype(np.float64) - mean
    wide = len(rows) < vectors.shape[1]
    squares, found = np.linalg.eigh(centred @ centred.T if wide else centred.T @ centred)
    keep = [i for i in np.argsort(-squares, kind="stable")[:components] if squares[i] > 1e-12]
    axes = (found[:, keep].T @ centred) / np.sqrt(squares[keep])[:, None] if wide else found[:, keep].T
    signs = np.sign(axes[np.arange(len(keep)), np.abs(axes).argmax(axis=1)]) if keep else np.ones(0)
    return Space(mean.astype(np.float32), (axes * signs[:, None]).astype(np.float32))


def learnt_from(count: int) -> np.ndarray:
    """The rows [m], of so many vectors, that `space_of` looks at: evenly spread ones where there are many."""
    return np.linspace(0, count - 1, min(count, _LEARNT_FROM)).astype(np.int64)


def umap_of(points: np.ndarray, components: int, neighbours: int, min_dist: float, seed: int) -> np.ndarray:
    """UMAP [n, components] of points [n, d] under cosine distance."""
    from umap import UMAP

    _keep_compiled()
    count = min(neighbours, len(points) - 1)
    exact = len(points) <= EXACT
    with warnings.catch_warnings():
        # UMAP says that a seed costs parallelism (we know) and that few points change the spectral start.
        warnings.simplefilter("ignore")
        model = UMAP(
            n_components=components,
            n_neighbors=count,
            min_dist=min_dist,
            metric="cosine",
            random_state=seed,
            init="pca" if len(points) < 60 else "spectral",
            n_jobs=1,
            precomputed_knn=(*neighbours_of(points, count), None) if exact else (None, None, None),
            force_approximation_algorithm=exact,  # else what is given is ignored for few points
        )
        result: np.ndarray = model.fit_transform(points)
    return result.astype(np.float64)


def neighbours_of(points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` nearest points of each under cosine distance, itself first: (indices, distances), each
    [n, count]. Exact, in blocks, so that memory grows with n only; the same input gives the same answer.
    """
    unit = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
    indices = np.empty((len(points), count), np.int32)
    distances = np.empty((len(points), count), np.float32)
    for start in range(0, len(points), 1024):
        rows = np.arange(start, min(start + 1024, len(points)))
        distance = np.maximum(1.0 - unit[rows] @ unit.T, 0.0)
        distance[np.arange(len(rows)), rows] = -1.0  # itself before its duplicates
        near = np.sort(np.argpartition(distance, count - 1, axis=1)[:, :count], axis=1)
        own = np.take_along_axis(distance, near, axis=1)
        order = np.argsort(own, axis=1, kind="stable")
        indices[rows] = np.take_along_axis(near, order, axis=1)
        distances[rows] = np.maximum(np.take_along_axis(own, order, axis=1), 0.0)
    return indices, distances


@cache
def _keep_compiled() -> None:
    """Have numba keep UMAP's machine code on disk, beside the package or in the user's cache, where compiling
    it takes seconds once instead of in every run. UMAP itself asks for that in only some of its functions.
    """
    from umap import layouts, umap_

    functions: tuple[Any, ...] = (
        umap_.smooth_knn_dist,
        umap_.compute_membership_strengths,
        getattr(layouts, "_nb_optimize_layout_euclidean_single_epoch", None),
    )
    for function in functions:
        if hasattr(function, "enable_caching") and not function.signatures:
            with contextlib.suppress(RuntimeError):  # numba: no place for a cache; then it compiles
                function.enable_caching()
