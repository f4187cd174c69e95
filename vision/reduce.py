"""Fewer dimensions: principal components and UMAP with the settings that make both reproducible."""

from __future__ import annotations

import contextlib
import warnings
from functools import cache
from typing import Any

import numpy as np

EXACT = 20_000  # points up to which all neighbours are computed; beyond, UMAP approximates them


def principal(vectors: np.ndarray, components: int) -> np.ndarray:
    """Principal components [n, components] with a fixed sign (the largest loading positive); padded with
    zeros.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    _, values, axes = np.linalg.svd(centred, full_matrices=False)
    keep = min(components, int((values > 1e-9).sum()))
    axes = axes[:keep]
    signs = np.sign(axes[np.arange(keep), np.abs(axes).argmax(axis=1)])
    result = np.zeros((len(vectors), components))
    result[:, :keep] = centred @ (axes * signs[:, None]).T
    return result


def umap_of(vectors: np.ndarray, components: int, neighbours: int, min_dist: float, seed: int) -> np.ndarray:
    """UMAP [n, components] of unit vectors under cosine distance, after principal components (50)."""
    from umap import UMAP

    _keep_compiled()
    reduced = principal(vectors, min(50, len(vectors) - 1, vectors.shape[1])).astype(np.float32)
    count = min(neighbours, len(vectors) - 1)
    exact = len(vectors) <= EXACT
    with warnings.catch_warnings():
        # UMAP says that a seed costs parallelism (we know) and that few points change the spectral start.
        warnings.simplefilter("ignore")
        model = UMAP(
            n_components=components,
            n_neighbors=count,
            min_dist=min_dist,
            metric="cosine",
            random_state=seed,
            init="pca" if len(vectors) < 60 else "spectral",
            n_jobs=1,
            precomputed_knn=(*neighbours_of(reduced, count), None) if exact else (None, None, None),
            force_approximation_algorithm=exact,  # else what is given is ignored for few points
        )
        result: np.ndarray = model.fit_transform(reduced)
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
        near = np.argsort(distance, axis=1, kind="stable")[:, :count]
        indices[rows] = near
        distances[rows] = np.maximum(np.take_along_axis(distance, near, axis=1), 0.0)
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
