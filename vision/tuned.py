"""Fine-tuned networks: a model folder with a network of its own, used as an encoder and a head.

Beside the head's two files the folder holds `network.safetensors`, the fine-tuned weights without the
classifier, and its card says which network of timm they belong to and how pictures are prepared. The
classifier is the head; so everything that works with heads (`classify`, `evaluate`, `enrich`, calibration,
captions) works with these. The encoder's string is `tuned:FOLDER`; a card says `tuned:.`, so that the folder
can be moved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from vision.encoders import (
    EncoderError,
    Transformed,
    device,
    mixed,
    packaged_name,
    packaged_network,
    stored,
    to_tensor,
)

if TYPE_CHECKING:
    import torch

NETWORK = "network.safetensors"
HERE = "tuned:."


@dataclass(frozen=True)
class Backbone:
    """Which network of timm, and how a picture is made ready for it: squeezed to `size` × `size`."""

    model: str
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def prepare(self, picture: Image.Image) -> torch.Tensor:
        square = picture.resize((self.size, self.size), Image.Resampling.BICUBIC, reducing_gap=3.0)
        return to_tensor(square, self.mean, self.std)


def described(data: Mapping[str, Any]) -> Backbone:
    """A backbone as a card tells of it. Raises `KeyError`, `TypeError` or `ValueError`."""
    return Backbone(
        str(data["model"]),
        int(data["size"]),
        tuple(map(float, data["mean"])),
        tuple(map(float, data["std"])),
    )


def backbone(spec: str, size: int) -> Backbone:
    """What `spec` ("packaged:NAME", "timm:MODEL", "timm:MODEL@FILE") is built of. Raises `EncoderError`."""
    import timm

    kind, _, name = spec.partition(":")
    if kind == "packaged":
        return Backbone(packaged_name(name), size, (127 / 255,) * 3, (128 / 255,) * 3)
    if kind != "timm" or not name:
        raise EncoderError(f"{spec!r} cannot be fine-tuned: use packaged:NAME, timm:MODEL or timm:MODEL@FILE")
    model = name.partition("@")[0]
    config = timm.get_pretrained_cfg(model)
    if config is None:
        raise EncoderError(f"timm knows no model {model!r}")
    fixed = config.input_size[1] if getattr(config, "fixed_input_size", False) else size
    return Backbone(model, fixed, tuple(config.mean), tuple(config.std))


def pretrained(spec: str, labels: int, dropout: float, stochastic_depth: float) -> Any:
    """The network with its pretrained weights and a new classifier for `labels`. Raises `EncoderError`."""
    import timm

    kind, _, name = spec.partition(":")
    made: dict[str, Any] = {"num_classes": labels, "drop_rate": dropout, "drop_path_rate": stochastic_depth}
    if kind == "packaged":
        network = timm.create_model(packaged_name(name), **made)
        weights = packaged_network(name).state_dict()
    else:
        model, _, file = name.partition("@")
        try:
            if not file:
                return timm.create_model(model, pretrained=True, **made)
            from safetensors.torch import load_file

            network, weights = timm.create_model(model, **made), load_file(file)
        except Exception as error:  # timm, safetensors and the hub each raise their own kinds
            reason = (str(error).splitlines() or [""])[0][:160]
            raise EncoderError(
                f"{spec}: its weights cannot be had ({type(error).__name__}: {reason}). Run once with "
                "a network connection, or name a local checkpoint, timm:MODEL@FILE.safetensors"
            ) from None
    classifier = classifier_of(network)
    own = {k: v for k, v in weights.items() if not k.startswith(f"{classifier}.")}
    missing, foreign = network.load_state_dict(own, strict=False)
    wrong = [key for key in (*missing, *foreign) if not key.startswith(f"{classifier}.")]
    if wrong:
        raise EncoderError(f"{spec}: {len(wrong)} tensors do not fit the network, first {wrong[0]}")
    return network


def classifier_of(network: Any) -> str:
    """The name of a timm network's last layer."""
    return str(network.default_cfg["classifier"])


def save(folder: Path, network: Any) -> str:
    """Write the weights without the classifier; their SHA-256. The folder must exist."""
    from safetensors.torch import save as bytes_of

    classifier = classifier_of(network)
    weights = {
        name: tensor.detach().cpu().float().contiguous() if tensor.is_floating_point() else tensor.cpu()
        for name, tensor in network.state_dict().items()
        if not name.startswith(f"{classifier}.")
    }
    data = bytes_of(weights)
    temporary = folder / f".{NETWORK}.tmp"
    temporary.write_bytes(data)
    temporary.replace(folder / NETWORK)
    return hashlib.sha256(data).hexdigest()


class TunedEncoder:
    """The fine-tuned network of a model folder; its vector is what its classifier sees."""

    def __init__(self, folder: str) -> None:
        from vision.heads import CARD

        self.spec = f"tuned:{folder}"
        self._file = Path(folder) / NETWORK
        try:
            card: Mapping[str, Any] = json.loads((Path(folder) / CARD).read_text(encoding="utf-8"))
            made = described(card["network"])
            self.sha256 = hashlib.sha256(self._file.read_bytes()).hexdigest()
            self.dimension = int(card["network"]["dimension"])
            wanted = card["encoder_sha256"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EncoderError(
                f"{folder}: not a fine-tuned model of Legenda ({type(error).__name__}: {error})"
            ) from None
        if self.sha256 != wanted:
            raise EncoderError(f"{self._file}: damaged, it does not match the digest in {CARD}")
        self._backbone = made
        self.prepare = Transformed(made.prepare)
        self.side = max(256, made.size)
        self.look = slice(0, self.dimension)

    @property
    def preprocessing(self) -> dict[str, Any]:
        return preprocessing(self._backbone)

    @property
    def key(self) -> str:
        return key(self.sha256, self._backbone)

    def encode(self, prepared: Sequence[np.ndarray]) -> np.ndarray:
        """Prepared pictures to vectors, float32 [n, dimension]."""
        import torch

        return vectors_of(self._network, [torch.from_numpy(picture) for picture in prepared])

    @cached_property
    def _network(self) -> Any:
        import timm
        from safetensors.torch import load_file

        network = timm.create_model(self._backbone.model, num_classes=0)
        try:
            network.load_state_dict(load_file(self._file))
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise EncoderError(f"{self._file} does not fit {self._backbone.model}: {reason}") from None
        return network.eval().to(device())


def vectors_of(network: Any, prepared: Sequence[torch.Tensor]) -> np.ndarray:
    """What a timm network's classifier would see of prepared pictures, as the cache keeps it."""
    import torch

    with torch.inference_mode(), mixed():
        batch = torch.stack(list(prepared)).to(next(network.parameters()).device)
        seen = network.forward_head(network.forward_features(batch), pre_logits=True)
        return stored(seen.float().cpu().numpy())


def preprocessing(made: Backbone) -> dict[str, Any]:
    """How pictures are prepared, for a card."""
    return {
        "resize": [made.size, made.size],
        "mode": "squash",
        "interpolation": "bicubic",
        "mean": list(made.mean),
        "std": list(made.std),
    }


def key(sha256: str, made: Backbone) -> str:
    """A folder-safe name of everything the vectors depend on; not of where the model lies."""
    digest = hashlib.sha256(f"{sha256}|{made}".encode()).hexdigest()[:16]
    return f"tuned-{''.join(c if c.isalnum() else '-' for c in made.model)[:40]}-{digest}"
