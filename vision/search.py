"""Search: pictures or words go in, the pictures that fit best come out, best first (`find`).

Words are looked for in the captions, and with an encoder that has a text tower in the pictures themselves.
Nearest neighbours (`nearest`) are exact; of a hundred thousand pictures and more they are looked for with
faiss where it is installed, which is some hundred times faster and misses few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kg.nouns import Illustration
from vision.embeddings import Embeddings
from vision.images import open_image

LARGE = 100_000  # vectors
MANY = 10_000  # queries from which it pays to part the vectors first
MUCH = 2**28  # comparisons from which faiss pays
_PROBED = 64  # cells that a query is compared with
_COARSE = 4  # times as many as asked for, and 32 at least, are compared exactly
_PER_CELL = 40  # vectors that a cell is learnt from at most
_AT_ONCE = 65_536
_BLOCK = 4096  # pictures compared at once


def nearest(vectors: np.ndarray, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The `k` rows of unit `vectors` [n, d] nearest to each of `queries` [m, d]: (rows, cosines), each
    [m, k].

    Exact, but for `MANY` queries among `LARGE` and more vectors where faiss is installed. Vectors may be of
    half precision and mapped from a file. The same input gives the same answer.
    """
    k = min(k, len(vectors))
    parted = len(vectors) >= LARGE and len(queries) >= MANY
    if parted or len(vectors) * len(queries) >= MUCH:
        try:
            import faiss
        except ImportError:
            pass  # exact, below: slower
        else:
            return (_by_cells if parted else _all_compared)(faiss, vectors, queries, k)
    rows = np.empty((len(queries), k), np.int64)
    cosines = np.empty((len(queries), k), np.float32)
    for start in range(0, len(queries), 256):
        block = queries[start : start + 256] @ vectors.T
        best = np.argpartition(-block, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(block, best, 1), axis=1, kind="stable")
        rows[start : start + 256] = np.take_along_axis(best, order, 1)
        cosines[start : start + 256] = np.take_along_axis(block, rows[start : start + 256], 1)
    return rows, cosines


def _all_compared(
    faiss: Any, vectors: np.ndarray, queries: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """`nearest`, exact, without a matrix of all cosines."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    for start in range(0, len(vectors), _AT_ONCE):
        index.add(np.ascontiguousarray(vectors[start : start + _AT_ONCE], np.float32))
    rows = np.empty((len(queries), k), np.int64)
    cosines = np.empty((len(queries), k), np.float32)
    for start in range(0, len(queries), _AT_ONCE):
        some = np.ascontiguousarray(queries[start : start + _AT_ONCE], np.float32)
        cosines[start : start + _AT_ONCE], rows[start : start + _AT_ONCE] = index.search(some, k)
    return rows, cosines


def _by_cells(faiss: Any, vectors: np.ndarray, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """`nearest` by an inverted file with product quantisation (Jégou, Douze & Schmid 2011): vectors are
    parted into cells by seeded k-means and kept there with four bits for every two numbers; each query is
    compared with those of the nearest cells, and then exactly with the best of these.
    """
    odd = vectors.shape[1] % 2
    width = vectors.shape[1] + odd
    cells = int(4 * len(vectors) ** 0.5)
    index = faiss.IndexIVFPQFastScan(
        faiss.IndexFlatIP(width), width, cells, width // 2, 4, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.seed, index.cp.niter, index.nprobe = 1, 6, _PROBED

    def plain(some: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(np.pad(some, ((0, 0), (0, odd))), np.float32)

    learnt_from = np.linspace(0, len(vectors) - 1, min(len(vectors), _PER_CELL * cells)).astype(np.int64)
    index.train(plain(vectors[learnt_from]))
    for start in range(0, len(vectors), _AT_ONCE):
        index.add(plain(vectors[start : start + _AT_ONCE]))
    coarse = min(len(vectors), max(_COARSE * k, 32))
    rows = np.empty((len(queries), k), np.int64)
    cosines = np.empty((len(queries), k), np.float32)
    for start in range(0, len(queries), 1024):
        some = slice(start, start + 1024)
        asked = plain(queries[some])
        near = np.sort(index.search(asked, coarse)[1], axis=1)  # −1 where the cells hold fewer
        exact = np.einsum("qkd,qd->qk", vectors[near].astype(np.float32), asked[:, : vectors.shape[1]])
        exact[near < 0] = -2.0
        order = np.argsort(-exact, axis=1, kind="stable")[:, :k]
        rows[some] = np.take_along_axis(near, order, 1)
        cosines[some] = np.take_along_axis(exact, order, 1)
    return rows, cosines


def find(
    vectors: Vectors | None,
    k: int,
    *,
    like: Sequence[int] = (),
    picture: Path | str | None = None,
    words: str = "",
    captioned: Callable[[str], Sequence[int]] | None = None,
) -> np.ndarray:
    """The pictures that fit what is asked, as rows of `vectors`, best first.

    Asked for may be pictures of the corpus (`like`: their rows; they come first, then the `k` that look most
    like any of them), a picture in a file (the `k` that look most like it; raises `ImageError` for what is
    none), or words: all whose captions have them, as `captioned` finds them, then of the `k` that show what
    the words say, where the encoder has a text tower, those that are not among these. `vectors` None: there
    are none.
    """
    first = np.array(list(like), np.int64)
    if words and captioned is not None:
        first = np.array(list(captioned(words)), np.int64)
    asked: np.ndarray | None = None
    if vectors is not None:
        if len(like):
            asked = vectors.of(like)
        elif picture is not None:
            asked = vectors.of_picture(picture)
        elif words:
            asked = vectors.of_words(words)
    if vectors is None or asked is None:
        return first
    found = vectors.nearest(asked, k + len(like))[0]
    return np.concatenate([first, found[~np.isin(found, first)][:k]])


class Vectors:
    """The vectors of many pictures, held for a service that is asked often: half precision, 2 bytes a number.

    `digests` are the pictures by content hash, in the order that answers speak of; "" is one without a
    picture.
    """

    def __init__(self, embeddings: Embeddings, digests: Sequence[str]) -> None:
        self.embeddings = embeddings
        blocks, masks = [], []
        for start in range(0, len(digests), _BLOCK):
            some = [
                Illustration("", digest, image_digest=digest) for digest in digests[start : start + _BLOCK]
            ]
            vectors, mask = embeddings.look(some)
            blocks.append(vectors.astype(np.float16))
            masks.append(mask)
        self.has = np.concatenate(masks) if masks else np.zeros(0, bool)
        self._blocks = blocks

    def of(self, rows: Sequence[int]) -> np.ndarray:
        """Unit vectors of some of the pictures, float32 [m, d]; those without a vector are left out."""
        kept = [r for r in rows if 0 <= r < len(self.has) and self.has[r]]
        if not kept:
            return np.zeros((0, self._dimension), np.float32)
        return np.stack([self._blocks[r // _BLOCK][r % _BLOCK] for r in kept]).astype(np.float32)

    def of_picture(self, path: Path | str) -> np.ndarray:
        """The unit vector of a picture in a file, float32 [1, d]. Raises `ImageError` for what is none."""
        encoder = self.embeddings.encoder
        picture = open_image(path, encoder.side)
        vector = np.asarray(encoder.encode([encoder.prepare(picture)]), np.float32)[:, encoder.look]
        return vector / np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-9)

    def of_words(self, words: str) -> np.ndarray | None:
        """The unit vector of words, where the encoder has a text tower; None where it has none."""
        tower = getattr(self.embeddings.encoder, "encode_words", None)
        return None if tower is None else np.asarray(tower([words]), np.float32)

    def nearest(self, asked: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The `k` pictures nearest to any of `asked` [m, d], best first: (rows, cosines)."""
        if not len(asked) or not self.has.any():
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        best = np.concatenate([(block.astype(np.float32) @ asked.T).max(axis=1) for block in self._blocks])
        best[~self.has] = -2.0
        k = min(k, int(self.has.sum()))
        rows = np.argpartition(-best, k - 1)[:k]
        rows = rows[np.lexsort((rows, -best[rows]))]
        return rows, best[rows]

    @property
    def _dimension(self) -> int:
        columns = self.embeddings.encoder.look
        return int(columns.stop - columns.start)
