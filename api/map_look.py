"""Pictures that look like others: like some of the map, like one that a visitor brings, like words.

In: pictures by their numbers on the map, an uploaded file, or words. Out: numbers on the map, best first,
from the vectors that the pipeline has kept in the store; nothing is looked at anew but what a visitor brings.
The vectors are read when somebody first asks, and kept while the snapshot is served; the network is only
loaded for a visitor's picture or words.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge

from api.dataset import Dataset
from api.map_pack import Pack

if TYPE_CHECKING:
    from vision.search import Vectors

Array = np.ndarray
#: So many pictures are said to look alike.
ALIKE = 120


def like(found: Dataset, pack: Pack, places: list[int], k: int = ALIKE) -> Array:
    """The pictures that look most like any of these, those themselves first."""
    from vision.search import find

    return find(_vectors(found, pack), k, like=places)


def like_picture(found: Dataset, pack: Pack, brought: FileStorage, pixels: int) -> Array:
    """The pictures that look most like one that a visitor brings, of at most so many pixels.

    Raises BadRequest with the reason for what is no picture, RequestEntityTooLarge for one that is too large.
    """
    from vision.images import ImageError
    from vision.search import find

    vectors = _vectors(found, pack)
    with tempfile.NamedTemporaryFile(prefix="legenda-") as file:
        brought.save(file)
        file.flush()
        try:
            with Image.open(file.name) as picture:
                if picture.width * picture.height > pixels:
                    raise RequestEntityTooLarge(f"a picture of more than {pixels:,} pixels is not looked at")
            return find(vectors, ALIKE, picture=file.name)
        except (ImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
            reason = (
                str(error) if isinstance(error, ImageError) else "it is damaged, or of no kind known here"
            )
            raise BadRequest(f"this is no picture that can be looked at: {reason}") from error


def with_words(found: Dataset, pack: Pack, words: str) -> Array:
    """The pictures whose captions have the words, then those that show what the words say, where the encoder
    knows words.
    """
    if not words:
        return np.zeros(0, np.int64)
    from vision.search import find

    try:
        vectors: Vectors | None = _vectors(found, pack)
    except NotFound:
        vectors = None
    return find(vectors, ALIKE, words=words, captioned=lambda w: pack.places(found.index.numbers(w)))


def _vectors(found: Dataset, pack: Pack) -> Vectors:
    def read() -> Vectors | None:
        from vision import embeddings, encoders
        from vision.search import Vectors

        digest = {row["number"]: row["digest"] for row in found.index.ask("SELECT number, digest FROM plate")}
        digests = [digest.get(int(number), "") for number in pack.plates]
        for row in found.select("map_encoder"):
            try:
                encoder = encoders.load(row["spec"].value)
            except encoders.EncoderError:
                continue  # a model that is not on this machine: another may be
            vectors = Vectors(embeddings.Embeddings(found.folder / "cache" / "embeddings", encoder), digests)
            if vectors.has.any():
                return vectors
        return None

    vectors: Vectors | None = found.kept(("map", "vectors"), read)
    if vectors is None:
        raise NotFound("The store keeps no vectors of its pictures, or not the model they were made with.")
    return vectors
