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

from kg import positions
from kg.atlases import Atlases
from kg.media import Media
from kg.nouns import Illustration
from vision.embeddings import Embeddings
from vision.kept import digests_of
from vision.projection import ProjectionConfig, placed

_MAP = "map.safetensors"  # in the folder of the models, beside the folders of corpora


def prepare(
    store_dir: Path, embeddings: Embeddings | None, corpora: int, advance: Callable[[int], None] | None = None
) -> None:
    """Make tiles and, for more than one corpus and where there are vectors, joint places."""
    digests = Media(store_dir).digests()
    Atlases(store_dir).ensure(digests, advance)
    if corpora < 2 or embeddings is None:
        return
    pictures = digests_of([Illustration("", d, image_digest=d) for d in digests if d in embeddings])
    seen = [digest.decode() for digest in pictures.tolist()]
    key = hashlib.sha256("\n".join([embeddings.encoder.key, *seen]).encode()).hexdigest()
    if seen and positions.key(store_dir) != key:
        places, _ = placed(embeddings, pictures, ProjectionConfig(), store_dir / "models" / _MAP)
        positions.keep(store_dir, key, seen, places)
