"""The packaged networks in ONNX Runtime: a network goes in, the same numbers come out of a CPU in less time.

PyTorch's CPU kernels are slow at the depthwise convolutions these networks are made of. The network with its
pooling is exported once, kept in the user's cache by the weights' digest, and checked against PyTorch before
it is used: vectors of less than cosine `CLOSE` to PyTorch's are not. Both packages are optional
(`pip install legenda[fast]`); without them PyTorch does the work.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

CLOSE = 0.9999  # least cosine to PyTorch's vectors


def available() -> bool:
    """Whether ONNX Runtime and what exports to it are installed."""
    return find_spec("onnxruntime") is not None and find_spec("onnx") is not None


def session(
    network: Any, pooled: Callable[[Any], Any], side: int, key: str, folder: Path | None = None
) -> Callable[[np.ndarray], np.ndarray] | None:
    """What turns pictures float32 [n, 3, side, side] into vectors float32 [n, d], as `pooled(batch)` does
    with `network`; None when it does not come close enough.

    The export is kept as `key`.onnx in `folder`, by default $XDG_CACHE_HOME/legenda/onnx or
    ~/.cache/legenda/onnx.
    """
    import onnxruntime
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, batch: Any) -> Any:
            return pooled(batch)

    if folder is None:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "legenda" / "onnx"
    path = folder / f"{key}.onnx"
    example = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's advice on which exporter to use
            torch.onnx.export(
                Whole().eval(),
                (example,),
                partial,
                dynamo=False,
                input_names=["pictures"],
                output_names=["vectors"],
                dynamic_axes={"pictures": {0: "n"}, "vectors": {0: "n"}},
                opset_version=17,
            )
        partial.replace(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    made = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(pictures: np.ndarray) -> np.ndarray:
        vectors: np.ndarray = made.run(None, {"pictures": pictures})[0]
        return vectors

    with torch.inference_mode():
        wanted = pooled(example).numpy()
    return run if closeness(wanted, run(example.numpy())) >= CLOSE else None


def closeness(one: np.ndarray, other: np.ndarray) -> float:
    """The least cosine between the rows of two matrices."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / lengths).min())
