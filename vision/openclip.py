"""open_clip models: an image tower, and a text tower that puts words into the same space.

`open_clip:MODEL/PRETRAINED`, where PRETRAINED is one of open_clip's tags (fetched once from its hub) or the
path of a checkpoint file. With the text tower come zero-shot heads (`zero_shot`) and search by words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vision import gpu, schemes
from vision.encoders import (
    GPU_BATCH,
    Encoder,
    EncoderError,
    Transformed,
    cache_key,
    device,
    load,
    mixed,
    state_digest,
    stored,
)
from vision.heads import Head

if TYPE_CHECKING:
    import torch

# One sentence per language around a label; averaging them steadies the direction (Radford et al. 2021,
# §3.1.4).
TEMPLATES = {
    "en": ("a scan of a {}.", "a plate in an art book: {}."),
    "de": ("ein Scan: {}.", "eine Abbildung in einem Kunstbuch: {}."),
    "fr": ("une numérisation : {}.", "une planche d'un livre d'art : {}."),
}


class WithWords(Encoder, Protocol):
    """An encoder that puts words where it puts the pictures they fit."""

    @property
    def logit_scale(self) -> float: ...

    def encode_words(self, texts: Sequence[str]) -> np.ndarray: ...


class OpenClipEncoder:
    """Both towers of an open_clip model; vectors have length one, so products are cosines."""

    def __init__(self, name: str) -> None:
        import open_clip

        model, _, pretrained = name.partition("/")
        if not pretrained:
            raise EncoderError(
                f"open_clip:{name}: name the weights too, open_clip:MODEL/TAG or open_clip:MODEL/FILE"
            )
        tags = open_clip.list_pretrained_tags_by_model(model)
        if pretrained not in tags and not Path(pretrained).is_file():
            raise EncoderError(
                f"open_clip:{name}: {pretrained} is neither a file nor one of open_clip's weights for {model}"
                f" ({', '.join(tags) or 'it has none'})"
            )
        try:
            network, _, transform = open_clip.create_model_and_transforms(model, pretrained=pretrained)
            self._tokens = open_clip.get_tokenizer(model)
        except Exception as error:  # open_clip and the hub raise their own kinds
            reason = (str(error).splitlines() or [""])[0][:160]
            raise EncoderError(
                f"open_clip model {name!r} cannot be loaded ({type(error).__name__}: {reason}). Run once with"
                " a network connection (weights stay in ~/.cache), or give the path of a checkpoint file"
            ) from None
        self.spec = f"open_clip:{name}"
        self.network = network.eval().to(device())
        self._transform = transform
        self.prepare = Transformed(transform)
        self.sha256 = state_digest(network.state_dict())
        size = network.visual.image_size
        self._size = max(size) if isinstance(size, tuple) else int(size)
        self.side = max(512, self._size)
        self._recorded = gpu.Recorded(self.vectors, (3, self._size, self._size), GPU_BATCH)
        self.dimension = int(self._words(["a"]).shape[1])
        self.look = slice(0, self.dimension)

    @property
    def preprocessing(self) -> dict[str, Any]:
        """The transform of open_clip, as text."""
        return {"transform": [str(step).split(" at 0x")[0] for step in self._transform.transforms]}

    @property
    def key(self) -> str:
        return cache_key(self)

    def encode(self, prepared: Sequence[np.ndarray]) -> np.ndarray:
        """Prepared pictures to vectors of length one, float32 [n, dimension]."""
        import torch

        if device() == "cuda":
            return stored(self._recorded(prepared))
        with torch.inference_mode():
            return stored(self.vectors(torch.from_numpy(np.stack(prepared))).float().numpy())

    def vectors(self, batch: torch.Tensor) -> torch.Tensor:
        """Vectors of length one [n, dimension] of a batch of prepared pictures."""
        with mixed():
            found: torch.Tensor = self.network.encode_image(batch, normalize=True)
        return found

    def encode_words(self, texts: Sequence[str]) -> np.ndarray:
        """Texts to vectors of length one in the pictures' space, float32 [n, dimension]."""
        return self._words(texts)

    @property
    def logit_scale(self) -> float:
        """What cosines are multiplied with before the softmax, as learnt by the model."""
        return float(self.network.logit_scale.detach().exp())

    def _words(self, texts: Sequence[str]) -> np.ndarray:
        import torch

        with torch.inference_mode():
            tokens = self._tokens(list(texts)).to(device())
            vectors: np.ndarray = self.network.encode_text(tokens, normalize=True).float().cpu().numpy()
            return vectors


def directions(encoder: WithWords, labels: Mapping[str, Mapping[str, str]]) -> dict[str, np.ndarray]:
    """Where the text tower puts each label, of length one, float64 [dimension]: the mean of the sentences
    around its names in all languages.
    """
    found = {}
    for label, names in labels.items():
        texts = [t.format(name) for language, name in names.items() for t in TEMPLATES.get(language, ("{}",))]
        mean = encoder.encode_words(texts).astype(np.float64).mean(axis=0)
        found[label] = mean / np.linalg.norm(mean)
    return found


def zero_shot(encoder: WithWords, task: str, labels: Mapping[str, Mapping[str, str]]) -> Head:
    """A head from words alone: `labels` gives each label's name by language ("graphic": {"de": "Grafik"}).

    Its probabilities are not calibrated (there is nothing to calibrate on), and its card says so.
    """
    found = list(directions(encoder, labels).values())
    return Head(
        task=task,
        labels=tuple(labels),
        mean=np.zeros(encoder.dimension),
        scale=np.ones(encoder.dimension),
        weight=np.stack(found, axis=1) * encoder.logit_scale,
        bias=np.zeros(len(labels)),
        encoder=encoder.spec,
        encoder_sha256=encoder.sha256,
        card={
            "validation": "none: zero-shot from the labels' names, not calibrated",
            "encoder_key": encoder.key,
            "preprocessing": encoder.preprocessing,
        },
    )


def asked_by_names(spec: str, tasks: Sequence[str]) -> dict[str, Head]:
    """A zero-shot head per task, from the names of its own labels. Raises `EncoderError`, also for an encoder
    that knows no words.
    """
    encoder: Any = load(spec)
    if not hasattr(encoder, "encode_words"):
        raise EncoderError(
            f"{spec} knows no words: give an open_clip encoder, or a model trained on its vectors"
        )
    return {task: zero_shot(encoder, task, schemes.prompts(task)) for task in tasks}
