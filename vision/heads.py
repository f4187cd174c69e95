"""A head: vectors go in, calibrated probabilities of a few labels come out. Small, linear, readable, never a
pickle.

A model is a folder: `head.safetensors` (the numbers) and `card.json` (labels, encoder and its SHA-256,
preprocessing, what it was trained on and how well it did on sources left out, calibration, abstention
threshold, versions). The same vectors give the same answers in every process.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vision.together import Groups, Together
from vision.together import read as read_together

FORMAT = "legenda-head/1"
SHIPPED = Path(__file__).parent / "models"
TENSORS = "head.safetensors"
CARD = "card.json"


class ModelError(Exception):
    """A model that cannot be used; the message is one line with the file and the reason."""


@dataclass(frozen=True, eq=False)
class Head:
    """softmax(((x − mean) / scale · weight + bias) / temperature).

    Shapes: mean, scale [d]; weight [d, labels]; bias [labels]. `threshold` is the probability below which an
    answer is "undecided". `task` is "category" or "medium".
    """

    task: str
    labels: tuple[str, ...]
    mean: np.ndarray
    scale: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    temperature: float = 1.0
    threshold: float = 0.0
    encoder: str = ""
    encoder_sha256: str = ""
    card: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""  # of the tensors' file, "" before saving
    together: Together = field(default_factory=Together)

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors float32 [n, d] to probabilities float64 [n, labels], rows summing to one."""
        return softmax((self._standard(vectors) @ self.weight + self.bias) / self.temperature)

    def seen(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What a picture alone looks like [n, labels] (`probabilities`), and the same as it is answered from
        together: untempered, for sources are told apart by what the head is sure of.
        """
        logits = self._standard(vectors) @ self.weight + self.bias
        return softmax(logits / self.temperature), softmax(logits)

    def answers(self, vectors: np.ndarray, groups: Groups) -> np.ndarray:
        """As `probabilities`, the pictures of one source (`groups` [n]) answered together. `threshold` is for
        these.
        """
        alone, sure = self.seen(vectors)
        return self.together.answers(sure, groups, alone=alone)

    def _standard(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors as the weights want them, float64 [n, d]."""
        if vectors.shape[1] != len(self.mean):
            raise ModelError(
                f"the {self.task} model takes vectors of {len(self.mean)} numbers ({self.encoder}), "
                f"not of {vectors.shape[1]}"
            )
        return np.asarray((vectors.astype(np.float64) - self.mean) / self.scale)

    def save(self, folder: Path | str) -> None:
        """Write tensors, then card, each renamed into place; the card holds the tensors' digest."""
        from safetensors.numpy import save

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {
            name: np.ascontiguousarray(getattr(self, name), dtype=np.float32)
            for name in ("mean", "scale", "weight", "bias")
        }
        data = save(tensors)
        card = {
            "format": FORMAT,
            "task": self.task,
            "labels": list(self.labels),
            "encoder": "tuned:." if self.encoder.startswith("tuned:") else self.encoder,
            "encoder_sha256": self.encoder_sha256,
            "temperature": self.temperature,
            "threshold": self.threshold,
            "tensors_sha256": hashlib.sha256(data).hexdigest(),
            **self.card,
        }
        _write(folder / TENSORS, data)
        _write(folder / CARD, (json.dumps(card, ensure_ascii=False, indent=1) + "\n").encode())


def load(folder: Path | str) -> Head:
    """The model in `folder`. Raises `ModelError` when it is absent, damaged, or not one of ours."""
    from safetensors.numpy import load as tensors_of

    folder = Path(folder)
    card_file, tensor_file = folder / CARD, folder / TENSORS
    try:
        card = json.loads(card_file.read_text(encoding="utf-8"))
        data = tensor_file.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(
            f"{folder}: not a model of Legenda ({Path(str(error.filename)).name} is missing)"
        ) from None
    except NotADirectoryError:
        raise ModelError(f"{folder}: a model is a folder with {CARD} and {TENSORS}, this is a file") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(f"{card_file}: not readable as JSON ({error})") from None
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise ModelError(f"{card_file}: not a card of format {FORMAT}")
    if hashlib.sha256(data).hexdigest() != card.get("tensors_sha256"):
        raise ModelError(f"{tensor_file}: damaged, it does not match the digest in {CARD}")
    try:
        tensors = tensors_of(data)
        labels = tuple(card["labels"])
        head = Head(
            task=card["task"],
            labels=labels,
            **{name: tensors[name].astype(np.float64) for name in ("mean", "scale", "weight", "bias")},
            temperature=float(card["temperature"]),
            threshold=float(card["threshold"]),
            encoder=f"tuned:{folder}" if card["encoder"] == "tuned:." else card["encoder"],
            encoder_sha256=card["encoder_sha256"],
            card={key: value for key, value in card.items() if key not in _OWN},
            sha256=card["tensors_sha256"],
            together=read_together(card.get("together"), len(labels)),
        )
    except Exception as error:  # safetensors raises its own kind; a missing key is as foreign as a bad tensor
        raise ModelError(f"{folder}: incomplete ({type(error).__name__}: {error})") from None
    shape = (len(head.mean), len(labels))
    if head.weight.shape != shape or head.bias.shape != (len(labels),):
        raise ModelError(f"{tensor_file}: shapes do not fit the {len(labels)} labels of {CARD}")
    return head


def fits(head: Head, embeddings: Any) -> bool:
    """Whether the head was trained on vectors of this encoder, its weights and its preprocessing, or of the
    one that it stands for (`vision.int8`).
    """
    encoder = embeddings.encoder
    return any(
        (head.encoder == known.spec or head.encoder.startswith("tuned:"))
        and head.encoder_sha256 == known.sha256
        and head.card.get("encoder_key", known.key) == known.key
        for known in (encoder, getattr(encoder, "base", encoder))
    )


def shipped(task: str) -> Path:
    """The folder of the model that comes with the program for "category" or "medium"."""
    return SHIPPED / task


def softmax(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def argmax_labels(probabilities: np.ndarray, labels: Sequence[str]) -> list[str]:
    """The most probable label of each row."""
    return [labels[i] for i in probabilities.argmax(axis=1)]


_OWN = {
    "format",
    "task",
    "labels",
    "encoder",
    "encoder_sha256",
    "temperature",
    "threshold",
    "tensors_sha256",
}


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
