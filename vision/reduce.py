"""Fewer dimensions: principal components and UMAP with the settings that make both reproducible."""

from __future__ import annotations

import warnings

import numpy as np


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

    reduced = principal(vectors, min(50, len(vectors) - 1, vectors.shape[1]))
    with warnings.catch_warnings():
        # UMAP says that a seed costs parallelism (we know) and that few points change the spectral start.
        warnings.simplefilter("ignore")
        model = UMAP(
            n_components=components,
            n_neighbors=min(neighbours, len(vectors) - 1),
            min_dist=min_dist,
            metric="cosine",
            random_state=seed,
            init="pca" if len(vectors) < 60 else "spectral",
            n_jobs=1,
        )
        result: np.ndarray = model.fit_transform(reduced)
    return result.astype(np.float64)
