"""What an encoder already knows of a label's words: a task and an encoder go in, a direction of vector space
per label comes out, from which training starts.

A network trained on ImageNet knows things by the names of its classes; an encoder with a text tower knows any
word. A head trained on few examples starts there and moves as far as its examples carry it (the idea of
Tip-Adapter, Zhang et al. 2022, as an offset of the regression): with no examples to speak of it is zero-shot,
with many it is a linear head.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vision import schemes
from vision.encoders import Encoder, JoinedEncoder, PackagedEncoder
from vision.training import RECIPES, Recipe

# Beside a text tower the data decide between its words (strong regularisation) and themselves (weak).
STRENGTHS = (0.03, 0.3, 3.0, 30.0, 300.0)


def known_words(task: str, encoder: Encoder, own: Mapping[str, Any] | None = None) -> dict[str, np.ndarray]:
    """For the labels of the task's scheme (or of a project's `own`, as a card keeps it) that the encoder has
    words for: where in its vectors such things lie, float64 [dimension].
    """
    if isinstance(encoder, PackagedEncoder | JoinedEncoder):
        return {} if own else {label: encoder.words(words) for label, words in schemes.words(task).items()}
    if not hasattr(encoder, "encode_words"):
        return {}
    from vision.openclip import directions

    prompts = {label: concept["labels"] for label, concept in own.items()} if own else schemes.prompts(task)
    found = directions(encoder, prompts)  # type: ignore[arg-type]
    mean = np.mean(list(found.values()), axis=0)
    return {label: direction - mean for label, direction in found.items()}


def recipe(task: str, encoder: Encoder) -> Recipe:
    """The task's recipe for a head on this encoder's vectors."""
    made = RECIPES[task]
    return replace(made, strengths=STRENGTHS) if hasattr(encoder, "encode_words") else made
