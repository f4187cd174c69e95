"""Encoders in 8-bit integers: near the ones they stand for, or not used at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vision import heads, int8, onnxpath, quantised
from vision.embeddings import Embeddings
from vision.encoders import EncoderError, load

pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
pytest.importorskip("onnx", reason="ONNX Runtime is not installed")
NAME = "packaged:efficientnet-lite0"


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def test_integers_give_nearly_the_same_vectors_and_answers_under_a_key_of_their_own(tmp_path: Path) -> None:
    whole, coarse = load(NAME), load(f"int8:{NAME}")
    drawn = [whole.prepare(picture) for picture in int8.plates(12)[8:]]  # others than it is checked on
    one, other = whole.encode(drawn), coarse.encode(drawn)
    assert 0.99 < onnxpath.closeness(one, other) < 0.999999
    assert coarse.key != whole.key and coarse.sha256 == whole.sha256
    head = heads.load(heads.shipped("medium"))
    assert heads.fits(head, Embeddings(tmp_path, coarse))
    assert np.abs(head.probabilities(one) - head.probabilities(other)).max() < 0.1


def test_integers_that_are_not_near_are_refused_and_nothing_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = quantised.Measured.load(int8.MEASURED / "efficientnet-lite0.safetensors")
    narrow = replace(measured, bounds=measured.bounds / 20)
    narrow.save(tmp_path / "efficientnet-lite0.safetensors")
    monkeypatch.setattr(int8, "MEASURED", tmp_path)
    coarse = load(f"int8:{NAME}")
    with pytest.raises(EncoderError, match=r"come only to cosine 0\.\d+ .* 0\.99 is asked for: say packaged"):
        coarse.encode([coarse.prepare(int8.plates(1)[0])])
    other = replace(measured, means=measured.means[1:])
    other.save(tmp_path / "efficientnet-lite0.safetensors")
    coarse = load(f"int8:{NAME}")
    with pytest.raises(EncoderError, match="not the network that was measured"):
        coarse.encode([coarse.prepare(int8.plates(1)[0])])


def test_a_network_without_products_is_not_called_integer(tmp_path: Path) -> None:
    import timm
    from safetensors.torch import save_file

    network = timm.create_model("resnet10t", num_classes=0)
    save_file(network.state_dict(), tmp_path / "small.safetensors")
    spec = f"int8:timm:resnet10t@{tmp_path / 'small.safetensors'}"
    coarse = load(spec)
    with pytest.raises(EncoderError, match="no matrix products"):
        coarse.encode([coarse.prepare(int8.plates(1)[0])])
