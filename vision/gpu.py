"""Networks on a GPU: prepared pictures go in, vectors come out, and Python is asked as little as can be.

A forward pass is some three hundred operations, each of which is started from Python, and whoever starts one
waits for the interpreter's lock wherever other threads have pictures to unpack: on sixteen cores that took
many times as long as the network. So a pass over a full batch is recorded once (a CUDA graph) and then
started whole, by one call. What cannot be recorded runs as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

_WARM = 3  # passes before the recording, in which libraries choose their kernels


def batched(prepared: Sequence[np.ndarray], shape: tuple[int, ...], device: str) -> torch.Tensor:
    """Prepared pictures as one batch [n, *shape] on a device. A grey one has one channel where `shape` has
    three: it travels as it is, and there all three are that one.
    """
    import torch

    rows: dict[tuple[int, ...], list[int]] = {}
    for row, picture in enumerate(prepared):
        rows.setdefault(picture.shape, []).append(row)
    alike = [torch.from_numpy(np.stack([prepared[row] for row in some])).to(device) for some in rows.values()]
    batch = torch.empty((len(prepared), *shape), dtype=alike[0].dtype, device=device)
    for some, pictures in zip(rows.values(), alike, strict=True):
        batch[torch.tensor(some, device=device)] = pictures.expand(-1, *shape)
    return batch


class Recorded:
    """`vectors`, which makes of a batch [n, *shape] on the GPU vectors [n, d], recorded for `size` pictures.

    A batch of at most half as many runs as it is written. Threads may share it.
    """

    def __init__(
        self, vectors: Callable[[torch.Tensor], torch.Tensor], shape: tuple[int, ...], size: int
    ) -> None:
        self._vectors, self._shape, self._size = vectors, shape, size
        self._one_at_a_time = Lock()
        self._tried = False
        self._graph: Any = None
        self._input: Any = None
        self._output: Any = None

    def __call__(self, prepared: Sequence[np.ndarray]) -> np.ndarray:
        """Vectors of at most `size` prepared pictures, float32 [n, d]."""
        import torch

        with torch.inference_mode():
            full = 2 * len(prepared) > self._size
            with self._one_at_a_time:  # no one else may use the GPU in the meantime
                if full and not self._tried:
                    self._tried = True
                    self._record(batched(prepared, self._shape, "cuda"))
            batch = batched(prepared, self._shape, "cuda")  # as the batch before is looked at
            with self._one_at_a_time:
                if not full or self._graph is None:
                    vectors = self._vectors(batch)
                else:
                    self._input[: len(batch)].copy_(batch)
                    self._graph.replay()
                    vectors = self._output[: len(batch)]
                found: np.ndarray = vectors.float().cpu().numpy()
        return found

    def _record(self, batch: torch.Tensor) -> None:
        import torch

        self._input = batch.new_zeros((self._size, *self._shape))
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(_WARM):
                self._vectors(self._input)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self._output = self._vectors(self._input)
        except RuntimeError:  # a network that asks the GPU for numbers on its way
            torch.cuda.synchronize()
            self._input = None
            return
        self._graph = graph
