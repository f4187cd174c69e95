"""Search: a picture or words go in, the illustrations that fit best come out, best first.

With an encoder that has a text tower, words are looked for in the pictures themselves; without one, in the
captions. Nearest neighbours are exact (one matrix product); from a hundred thousand pictures on, faiss is
used where it is installed, with the same answers for inner products.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kg.nouns import Illustration
from vision.embeddings import Embeddings
from vision.images import open_image

LARGE = 100_000  # pictures
WORD = re.compile(r"\w{2,}")
_BLOCK = 4096  # pictures compared at once


@dataclass(frozen=True)
class Hit:
    """An illustration's key and how well it fits: a cosine (pictures, text tower) or BM25 (captions)."""

    key: str
    score: float


def nearest(vectors: np.ndarray, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The `k` rows of unit `vectors` [n, d] nearest to each of `queries` [m, d]: (rows, cosines), each [m,
    k].
    """
    k = min(k, len(vectors))
    if len(vectors) >= LARGE:
        try:
            import faiss
        except ImportError:
            pass  # exact by blocks below: slower, same answers
        else:
            index = faiss.IndexFlatIP(vectors.shape[1])
            index.add(np.ascontiguousarray(vectors, np.float32))
            cosines, rows = index.search(np.ascontiguousarray(queries, np.float32), k)
            return rows, cosines
    rows = np.empty((len(queries), k), np.int64)
    cosines = np.empty((len(queries), k), np.float32)
    for start in range(0, len(queries), 256):
        block = queries[start : start + 256] @ vectors.T
        best = np.argpartition(-block, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(block, best, 1), axis=1, kind="stable")
        rows[start : start + 256] = np.take_along_axis(best, order, 1)
        cosines[start : start + 256] = np.take_along_axis(block, rows[start : start + 256], 1)
    return rows, cosines


def by_picture(
    embeddings: Embeddings, illustrations: Sequence[Illustration], query: Illustration, k: int = 20
) -> list[Hit]:
    """The illustrations that look most like `query`, which needs a vector; itself left out."""
    others = [i for i in illustrations if i.key != query.key]
    vectors, mask = embeddings.look(others)
    asked, has = embeddings.look([query])
    if not has[0] or not mask.any():
        return []
    seen = [i for i, m in zip(others, mask, strict=True) if m]
    rows, cosines = nearest(vectors[mask], asked, k)
    return [Hit(seen[r].key, round(float(c), 4)) for r, c in zip(rows[0], cosines[0], strict=True)]


def by_words(
    embeddings: Embeddings | None, illustrations: Sequence[Illustration], words: str, k: int = 20
) -> list[Hit]:
    """The illustrations that fit `words`: by the text tower where the encoder has one, else by their
    captions.
    """
    text_tower = getattr(embeddings.encoder, "encode_words", None) if embeddings else None
    if embeddings is None or text_tower is None:
        return _by_captions(illustrations, words, k)
    vectors, mask = embeddings.look(illustrations)
    if not mask.any():
        return []
    seen = [i for i, m in zip(illustrations, mask, strict=True) if m]
    rows, cosines = nearest(vectors[mask], text_tower([words]), k)
    return [Hit(seen[r].key, round(float(c), 4)) for r, c in zip(rows[0], cosines[0], strict=True)]


def _by_captions(illustrations: Sequence[Illustration], words: str, k: int) -> list[Hit]:
    """BM25 (Robertson & Zaragoza 2009, k1 = 1.2, b = 0.75) over caption words; only captions that share a
    word.
    """
    documents = [Counter(w.lower() for w in WORD.findall(i.caption)) for i in illustrations]
    asked = {w.lower() for w in WORD.findall(words)}
    total = len(documents)
    mean = sum(d.total() for d in documents) / max(1, total) or 1.0
    frequency = {w: sum(w in d for d in documents) for w in asked}
    hits = []
    for illustration, document in zip(illustrations, documents, strict=True):
        length = 0.25 + 0.75 * document.total() / mean
        score = sum(
            math.log(1 + (total - frequency[w] + 0.5) / (frequency[w] + 0.5))
            * document[w]
            * 2.2
            / (document[w] + 1.2 * length)
            for w in sorted(asked)
            if document[w]
        )
        if score > 0:
            hits.append(Hit(illustration.key, round(score, 4)))
    return sorted(hits, key=lambda h: (-h.score, h.key))[:k]


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
