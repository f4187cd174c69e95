"""The packaged network in ONNX Runtime gives PyTorch's vectors, or is not used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vision import onnxpath

pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
pytest.importorskip("onnx", reason="ONNX Runtime is not installed")


def test_a_network_gives_the_same_vectors_and_another_one_is_not_used_in_its_place(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(3)
    first, last = torch.nn.Conv2d(3, 8, 3, 2), torch.nn.Conv2d(8, 12, 3, groups=4)
    network = torch.nn.Sequential(first, torch.nn.ReLU(), last).eval()

    def pooled(batch: torch.Tensor) -> torch.Tensor:
        seen = network(batch.permute(0, 3, 1, 2) / 255)
        return torch.cat([seen.mean((2, 3)), seen.std((2, 3))], 1)

    quick = onnxpath.session(network, pooled, 32, "key", tmp_path)
    assert quick is not None and (tmp_path / "key-one.onnx").exists()
    pictures = np.random.default_rng(1).integers(0, 256, (5, 32, 32, 3), np.uint8)
    with torch.inference_mode():
        np.testing.assert_allclose(quick(pictures), pooled(torch.from_numpy(pictures)).numpy(), atol=1e-5)
        next(network.parameters()).neg_()  # what is kept under this key is another network's now
    assert onnxpath.session(network, pooled, 32, "key", tmp_path) is None


def test_networks_that_earlier_versions_left_in_the_cache_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = tmp_path / "legenda" / "onnx"
    cache.mkdir(parents=True)
    for name in ("key-bytes.onnx", "key-one.onnx", "notes.txt"):
        (cache / name).touch()
    ours = onnxpath.kept("key-one.onnx")
    ours.touch()
    assert onnxpath.kept("key-one.onnx") == ours and ours.exists() and ours != cache / "key-one.onnx"
    assert [path.name for path in cache.iterdir() if path.is_file()] == ["notes.txt"]
