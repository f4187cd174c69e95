"""What map and pages need besides the graph, prepared at the end of a run: small pictures, look-alikes, and
one place for each picture.

In: a store with its media table and its cache of vectors. Out: tiles of all pictures (`kg.atlases`), which
look most like each (`kg.likeness`), and, when the store holds several corpora, places of all pictures in one
projection (`kg.positions`), which no corpus's own run can give. Nothing is done twice; the web side makes do
without what is missing, or makes it when somebody first looks at the map.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from kg import likeness, positions
from kg.atlases import Atlases
from kg.media import Media
from kg.nouns import Illustration
from vision.embeddings import Embeddings
from vision.kept import digests_of
from vision.projection import ProjectionConfig, placed
from vision.search import LARGE, nearest

_BLOCK = 4096  # pictures read at once
_MAP = "map.safetensors"  # in the folder of the models, beside the folders of corpora


def prepare(
    store_dir: Path, embeddings: Embeddings | None, corpora: int, advance: Callable[[int], None] | None = None
) -> None:
    """Make tiles and, where there are vectors, look-alikes and for more than one corpus joint places."""
    digests = Media(store_dir).digests()
    Atlases(store_dir).ensure(digests, advance)
    if embeddings is None:
        return
    pictures = digests_of([Illustration("", d, image_digest=d) for d in digests if d in embeddings])
    seen = [digest.decode() for digest in pictures.tolist()]
    key = hashlib.sha256("\n".join([embeddings.encoder.key, *seen]).encode()).hexdigest()
    if seen and not likeness.kept(store_dir, key):
        _keep_alike(store_dir, key, embeddings, seen)
    if corpora > 1 and seen and positions.key(store_dir) != key:
        places, _ = placed(embeddings, pictures, ProjectionConfig(), store_dir / "models" / _MAP)
        positions.keep(store_dir, key, seen, places)


def _keep_alike(store_dir: Path, key: str, embeddings: Embeddings, seen: list[str]) -> None:
    """Keep the nearest of each picture, by their vectors. Of very many only where faiss is installed:
    comparing each with all would take days.
    """
    if len(seen) >= LARGE and find_spec("faiss") is None:
        return
    vectors = np.empty((len(seen), embeddings.encoder.look.stop - embeddings.encoder.look.start), np.float16)
    for start in range(0, len(seen), _BLOCK):
        some = [Illustration("", d, image_digest=d) for d in seen[start : start + _BLOCK]]
        vectors[start : start + _BLOCK] = embeddings.look(some)[0]
    if len(seen) < LARGE:
        vectors = vectors.astype(np.float32)
    rows, near = nearest(vectors, vectors, likeness.NEAREST + 1)
    itself = rows == np.arange(len(seen))[:, None]
    itself[~itself.any(axis=1), -1] = True  # one more than wanted was asked for
    others = ~itself
    likeness.keep(
        store_dir, key, seen, rows[others].reshape(len(seen), -1), near[others].reshape(len(seen), -1)
    )
