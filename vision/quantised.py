"""A network in 8-bit integers: an exported network and what was measured of it go in, a network comes out
that says nearly the same in six tenths of the time.

Every convolution but the first few takes bytes, multiplies them with signed bytes, one scale per channel, and
gives bytes (Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference"). What rounding the weights shifts in the mean is put right in the biases
(Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", §4.2); that
takes the ranges and the means of what the convolutions see, measured on real plates once and for all: they
are the network's, not the corpus's. Transformers need no measuring: their products are made of bytes as they
come, with the range of the moment.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vision.onnxpath import INPUT, coloured, put

#: The first convolutions stay as they are: there rounding does most harm (`benchmarks/vision_int8.py`).
EXEMPT = 6


class QuantisedError(Exception):
    """A network that cannot be put into integers; the message is one line."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Of every convolution, in the network's order: the least and the greatest number it takes and (after its
    activation) gives, [convolutions, 4], and the mean of each channel it takes.
    """

    bounds: np.ndarray
    means: tuple[np.ndarray, ...]

    def save(self, path: Path) -> None:
        """Write one safetensors file."""
        from safetensors.numpy import save_file

        lengths = np.array([len(mean) for mean in self.means], np.int32)
        means = np.concatenate(self.means).astype(np.float16)
        tensors: dict[str, np.ndarray] = {
            "bounds": self.bounds.astype(np.float32),
            "lengths": lengths,
            "means": means,
        }
        save_file(tensors, path)

    @classmethod
    def load(cls, path: Path) -> Measured:
        """What `save` wrote."""
        from safetensors.numpy import load_file

        found = load_file(path)
        means = np.split(found["means"].astype(np.float32), np.cumsum(found["lengths"])[:-1])
        return cls(found["bounds"], tuple(means))


def measure(path: Path, pictures: Iterable[np.ndarray]) -> Measured:
    """What the convolutions of an exported network see of prepared pictures."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    steps = _convolutions(model.graph)
    wanted = list(dict.fromkeys(name for step in steps for name in (step.taken, step.given)))
    inside = {name for node in model.graph.node for name in node.output} & set(wanted)
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in sorted(inside))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    asked = onnxruntime.InferenceSession(model.SerializeToString(), options)
    low = dict.fromkeys(wanted, np.inf)
    high = dict.fromkeys(wanted, -np.inf)
    means: dict[str, list[np.ndarray]] = {name: [] for name in wanted}
    for picture in pictures:
        for name, seen in zip(wanted, asked.run(wanted, {INPUT: coloured(picture)[None]}), strict=True):
            low[name], high[name] = min(low[name], seen.min()), max(high[name], seen.max())
            means[name].append(seen.mean(axis=(0, 2, 3)))
    bounds = [(low[s.taken], high[s.taken], low[s.given], high[s.given]) for s in steps]
    taken = (np.stack(means[step.taken]).mean(axis=0) for step in steps)
    return Measured(np.array(bounds, np.float32), tuple(taken))


def integers(source: Path, measured: Measured, target: Path, exempt: Collection[int] = range(EXEMPT)) -> None:
    """Write an exported network of convolutions with all but the `exempt` ones in integers. Raises
    `QuantisedError` when it is not the network that was measured.
    """
    import onnx

    model = onnx.load(source)
    steps = _convolutions(model.graph)
    shapes = [step.weight.shape[0 if step.depthwise else 1] for step in steps]
    if shapes != [len(mean) for mean in measured.means]:
        raise QuantisedError(f"{source.name} is not the network that was measured")
    writer = _Writer(model.graph)
    for number, step in enumerate(steps):
        if number not in exempt:
            writer.put(step, measured.bounds[number], measured.means[number])
    writer.close()
    _write(model, target)


def products(source: Path, target: Path) -> None:
    """Write an exported network with its matrix products in integers. Raises `QuantisedError` where there are
    none, as in networks of convolutions.
    """
    import logging

    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    partial = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    asked = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)  # it advises what has been done
    try:
        quantize_dynamic(
            source,
            partial,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
    finally:
        logging.getLogger().setLevel(asked)
    if not any("Integer" in node.op_type for node in onnx.load(partial).graph.node):
        partial.unlink()
        raise QuantisedError("it has no matrix products of any weight that integers would speed up")
    put(partial, target)


# ---- the graph


@dataclass(frozen=True, eq=False)
class _Step:
    """A convolution: the names of what it takes and, after its activation, gives; weight, bias."""

    node: Any
    taken: str
    given: str
    weight: np.ndarray
    bias: np.ndarray

    @property
    def depthwise(self) -> bool:
        return bool(self.weight.shape[1] == 1)


def _convolutions(graph: Any) -> list[_Step]:
    from onnx.numpy_helper import to_array

    tensors = {tensor.name: tensor for tensor in graph.initializer}
    readers: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    steps = []
    for node in graph.node:
        if node.op_type == "Conv":
            then = readers.get(node.output[0], [])
            given = then[0].output[0] if [n.op_type for n in then] == ["Clip"] else node.output[0]
            weight = to_array(tensors[node.input[1]]).astype(np.float32)
            bias = to_array(tensors[node.input[2]]).astype(np.float32)
            steps.append(_Step(node, node.input[0], given, weight, bias))
    return steps


class _Writer:
    """Puts convolutions into integers: around each stand QuantizeLinear and DequantizeLinear, from which ONNX
    Runtime makes one step in integers.
    """

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._scales: dict[str, float] = {}  # of the tensors that are bytes, by name
        self._before: dict[str, list[Any]] = {}  # new nodes by the name of the node they stand before
        self._after: dict[str, list[Any]] = {}  # or of the tensor they stand after
        self._gone: set[str] = set()

    def put(self, step: _Step, bounds: np.ndarray, mean: np.ndarray) -> None:
        """One convolution; `bounds` as in `Measured`, `mean` of each channel it takes."""
        from onnx.helper import make_node

        name = step.node.name
        scale = self._bytes(step.taken, float(bounds[0]), float(bounds[1]))
        largest = np.abs(step.weight).max(axis=(1, 2, 3)) / 127
        scales = np.maximum(largest, np.abs(step.bias) / (scale * 2**30) + 1e-12).astype(np.float32)
        shaped = scales[:, None, None, None]
        whole = np.clip(np.rint(step.weight / shaped), -127, 127).astype(np.int8)
        lost = (step.weight - whole * shaped).sum(axis=(2, 3))  # [out, in]; of a depthwise one [out, 1]
        bias = step.bias + (lost[:, 0] * mean if step.depthwise else lost @ mean)
        weight = self._keep(f"{name}/int8", whole)
        zeros = self._keep(f"{name}/zeros", np.zeros(len(scales), np.int8))
        self._before[name] = [
            make_node(
                "DequantizeLinear",
                [weight, self._keep(f"{name}/scales", scales), zeros],
                [f"{name}/weight"],
                axis=0,
            ),
            make_node(
                "DequantizeLinear",
                [
                    self._keep(f"{name}/int32", np.rint(bias / (scales * scale)).astype(np.int32)),
                    self._keep(f"{name}/steps", (scales * scale).astype(np.float32)),
                    self._keep(f"{name}/zeros32", np.zeros(len(scales), np.int32)),
                ],
                [f"{name}/bias"],
                axis=0,
            ),
        ]
        self._gone.update(step.node.input[1:3])
        step.node.input[1:] = [f"{name}/weight", f"{name}/bias"]
        self._bytes(step.given, float(bounds[2]), float(bounds[3]))

    def _bytes(self, tensor: str, low: float, high: float) -> float:
        """Make a tensor bytes on its way to all who read it; returns what one step of them is worth."""
        from onnx.helper import make_node

        if tensor in self._scales:
            return self._scales[tensor]
        low, high = min(low, 0.0), max(high, 0.0)
        scale = float(np.float32(max(high - low, 1e-6) / 255))
        self._scales[tensor] = scale
        how = [
            self._keep(f"{tensor}/scale", np.array(scale, np.float32)),
            self._keep(f"{tensor}/zero", np.array(round(-low / scale), np.uint8)),
        ]
        self._after[tensor] = [
            make_node("QuantizeLinear", [tensor, *how], [f"{tensor}/bytes"]),
            make_node("DequantizeLinear", [f"{tensor}/bytes", *how], [f"{tensor}/read"]),
        ]
        return scale

    def _keep(self, name: str, values: np.ndarray) -> str:
        from onnx.numpy_helper import from_array

        self._graph.initializer.append(from_array(values, name))
        return name

    def close(self) -> None:
        """Put the new nodes in their places and let all read the bytes."""
        nodes = []
        for node in self._graph.node:
            for place, name in enumerate(node.input):
                if name in self._scales:
                    node.input[place] = f"{name}/read"
            nodes += [*self._before.get(node.name, ()), node]
            nodes += [new for name in node.output for new in self._after.get(name, ())]
        kept = [tensor for tensor in self._graph.initializer if tensor.name not in self._gone]
        del self._graph.node[:], self._graph.initializer[:]
        self._graph.node.extend(nodes)
        self._graph.initializer.extend(kept)


def _write(model: Any, path: Path) -> None:
    import onnx

    onnx.checker.check_model(model)
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    onnx.save(model, partial)
    put(partial, path)
