"""Networks on a GPU: what is recorded says the same as what is not. Skipped where there is none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from vision import gpu
from vision.encoders import load

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


def test_a_recorded_pass_gives_what_the_network_gives_to_threads_that_share_it() -> None:
    encoder = load()
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (320, 320, 1 + 2 * (n % 2)), np.uint8) for n in range(200)]
    alone = np.concatenate([encoder.encode(pictures[at : at + 50]) for at in range(0, 200, 50)])
    with ThreadPoolExecutor(2) as threads:
        parts = list(threads.map(encoder.encode, [pictures[:100], pictures[100:], pictures[:128]]))
    assert encoder._recorded._graph is not None  # type: ignore[attr-defined]
    for part, wanted in zip(parts, (alone[:100], alone[100:], alone[:128]), strict=True):
        cosines = (part * wanted).sum(1) / np.linalg.norm(part, axis=1) / np.linalg.norm(wanted, axis=1)
        assert cosines.min() > 0.9999


def test_a_network_that_cannot_be_recorded_runs_as_it_is_written() -> None:
    def vectors(batch: torch.Tensor) -> torch.Tensor:
        mean = batch.float().mean((1, 2))
        return mean * 2 if mean.sum().item() > 0 else mean

    run = gpu.Recorded(vectors, (4, 4, 3), 8)
    pictures = [np.full((4, 4, 3), n, np.uint8) for n in range(8)]
    for _ in range(2):
        assert np.array_equal(run(pictures)[:, 0], 2.0 * np.arange(8))
    assert run._graph is None
