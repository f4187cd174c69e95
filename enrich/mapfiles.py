"""What the map needs besides the graph, prepared at the end of a run: small pictures, and one place for each.

In: a store with its media table and its cache of vectors. Out: tiles of all pictures (`kg.atlases`), and,
when the store holds several corpora, places of all pictures in one projection (`kg.positions`), which no
corpus's own run can give. Nothing is done twice; the web side makes what is missing when somebody first looks
at the map.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kg import positions
from kg.atlases import Atlases
from kg.media import Media
from kg.nouns import Illustration
from vision.embeddings import Embeddings
from vision.projection import ProjectionConfig, layout
from vision.search import nearest

_PROJECTED = 20_000  # pictures that UMAP sees; the others go where their likes are


def prepare(
    store_dir: Path, embeddings: Embeddings | None, corpora: int, advance: Callable[[int], None] | None = None
) -> None:
    """Make tiles and, for more than one corpus and where there are vectors, joint places."""
    digests = Media(store_dir).digests()
    Atlases(store_dir).ensure(digests, advance)
    if corpora < 2 or embeddings is None:
        return
    pictures = [Illustration("", digest, image_digest=digest) for digest in digests if digest in embeddings]
    seen = [picture.image_digest for picture in pictures]
    key = hashlib.sha256("\n".join([embeddings.encoder.key, *seen]).encode()).hexdigest()
    if pictures and positions.key(store_dir) != key:
        vectors, _ = embeddings.look(pictures)
        positions.keep(store_dir, key, seen, joint(vectors))


def joint(vectors: np.ndarray, projected: int = _PROJECTED) -> np.ndarray:
    """Places [n, 2] in 0…1 of unit vectors [n, d]: by UMAP, of many through a part of them; each of the
    others lies among the five of that part that look most like it.
    """
    if len(vectors) <= projected:
        return layout(vectors, ProjectionConfig())
    part = np.linspace(0, len(vectors) - 1, projected).astype(np.int64)
    places = np.empty((len(vectors), 2))
    places[part] = layout(vectors[part], ProjectionConfig())
    rest = np.setdiff1d(np.arange(len(vectors)), part)
    for start in range(0, len(rest), 2048):
        some = rest[start : start + 2048]
        rows, cosines = nearest(vectors[part], vectors[some], 5)
        weight = np.maximum(cosines, 1e-3) ** 8
        weight /= weight.sum(axis=1, keepdims=True)
        places[some] = (places[part][rows] * weight[:, :, None]).sum(axis=1)
    return places
