"""Networks in ONNX Runtime: a network goes in, the same numbers come out of a CPU in less time.

PyTorch's CPU kernels are slow at the depthwise convolutions that the packaged networks are made of. A
network with its pooling is exported once, kept in the user's cache by the weights' digest, and checked
against PyTorch before it is used: vectors of less than cosine `CLOSE` to PyTorch's are not. Where there is no
ONNX Runtime PyTorch does the work.

Every picture is one forward pass of its own on one core, as many at a time as there are cores: a batch's
intermediate layers do not fit into a core's cache, and cores that share one pass wait for each other at every
layer.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = "2"  # of what is kept: another one whenever what networks take or give changes
CLOSE = 0.9999  # least cosine to PyTorch's vectors
INPUT, OUTPUT = "pictures", "vectors"

Run = Callable[[Sequence[np.ndarray]], np.ndarray]


def available() -> bool:
    """Whether ONNX Runtime and what exports to it are installed."""
    return find_spec("onnxruntime") is not None and find_spec("onnx") is not None


def session(
    network: Any, pooled: Callable[[Any], Any], side: int, key: str, folder: Path | None = None
) -> Run | None:
    """What turns pictures, each uint8 [side, side, 3], into vectors float32 [n, d], as `pooled(batch)` does
    with `network`; None when it does not come close enough.

    The export is kept as `key`-one.onnx in `folder`; see `kept`.
    """
    import torch

    random = torch.Generator().manual_seed(0)
    examples = torch.randint(0, 256, (2, side, side, 3), dtype=torch.uint8, generator=random)
    run = running(exported(network, pooled, examples[:1], key, folder))
    with torch.inference_mode():
        wanted = pooled(examples).numpy()
    return run if closeness(wanted, run(list(examples.numpy()))) >= CLOSE else None


def kept(name: str, folder: Path | None = None) -> Path:
    """Where an exported network of this name lies, or is to lie, in `folder`, by default FORMAT in
    $XDG_CACHE_HOME/legenda/onnx or ~/.cache/legenda/onnx. Networks that earlier versions of this program left
    there are removed: none has a use for them any more, and they are some 15 MB each.
    """
    if folder is None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "legenda" / "onnx"
        for left in cache.glob("*.onnx"):
            left.unlink(missing_ok=True)
        folder = cache / FORMAT
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def exported(
    network: Any, pooled: Callable[[Any], Any], example: Any, key: str, folder: Path | None = None
) -> Path:
    """The file of `pooled`, which uses `network`, for one picture of the example's shape [1, …] at a time; it
    is written when it is not there. With the shape known ONNX Runtime computes every padding once and makes
    it part of its convolution.
    """
    import onnxruntime
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, batch: Any) -> Any:
            return pooled(batch)

    path = kept(f"{key}-one.onnx", folder)
    if path.exists():
        return path
    raw, partial = (path.with_name(f".{path.name}.{os.getpid()}.{part}") for part in ("raw", "tmp"))
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # ONNX has no such attention
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's advice on which exporter to use
            torch.onnx.export(
                Whole().eval(),
                (example,),
                raw,
                dynamo=False,
                input_names=[INPUT],
                output_names=[OUTPUT],
                opset_version=17,
            )
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(partial)
    options.log_severity_level = 3  # it warns of what it tidies up itself
    onnxruntime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
    raw.unlink()
    put(partial, path)
    return path


def put(partial: Path, path: Path) -> None:
    """Rename a written file into place once the disk has it: a torn network would be there for good."""
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    partial.replace(path)


def running(path: Path) -> Run:
    """What turns prepared pictures into vectors float32 [n, d] by the network in a file."""
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    made = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    threads = ThreadPoolExecutor(torch.get_num_threads())

    def one(picture: np.ndarray) -> np.ndarray:
        vectors: np.ndarray = made.run(None, {INPUT: coloured(picture)[None]})[0]
        return vectors

    def run(pictures: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate(list(threads.map(one, pictures)))

    return run


def coloured(picture: np.ndarray) -> np.ndarray:
    """A prepared grey picture [height, width, 1] with three channels; any other as it is."""
    return np.stack([picture[..., 0]] * 3, axis=2) if picture.shape[-1] == 1 else picture


def closeness(one: np.ndarray, other: np.ndarray) -> float:
    """The least cosine between the rows of two matrices."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / lengths).min())
