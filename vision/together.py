"""Pictures of one source answered together: probabilities of single pictures go in, better ones come out.

A book on furniture is full of furniture. What a source holds is not known beforehand, but its pictures tell:
the shares of the labels that explain all their probabilities best are found by expectation maximisation
(Saerens, Latinne & Decaestecker 2002), and each picture's probabilities are corrected from the shares of the
training pictures to these. A few imagined pictures of the training's kind are added, so that a source of one
picture stays as it is. No label is asked, nothing is trained; only pictures of the same source are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Groups = Sequence[str] | np.ndarray  # which source each picture is of

ROUNDS = 30
SEVERAL = (5.0, 10.0, 20.0, 50.0, 100.0)  # candidates for `imagined`


@dataclass(frozen=True)
class Together:
    """How a source's pictures are answered together; plain data, kept in a model's card.

    `prior`: the labels' shares in training [labels]; `imagined`: how many pictures these count for, 0: each
    picture is answered alone; `temperature`: of the corrected probabilities.
    """

    prior: tuple[float, ...] = ()
    imagined: float = 0.0
    temperature: float = 1.0

    def answers(self, alone: np.ndarray, groups: Groups) -> np.ndarray:
        """Probabilities [n, labels] of single pictures and the source of each [n] to those given together."""
        if not self.imagined or not len(alone):
            return alone
        corrected = adapted(alone, groups, np.array(self.prior), self.imagined)
        tempered = np.maximum(corrected, 1e-12) ** (1 / self.temperature)
        return np.asarray(tempered / tempered.sum(axis=1, keepdims=True))


def read(data: Mapping[str, Any] | None, labels: int) -> Together:
    """`Together` as a card holds it; each picture alone where it holds none. Raises `ValueError`."""
    if not data:
        return Together()
    found = Together(tuple(map(float, data["prior"])), float(data["imagined"]), float(data["temperature"]))
    if len(found.prior) != labels or min(found.prior) <= 0 or found.imagined < 0 or found.temperature <= 0:
        raise ValueError("the card's shares of labels do not fit its labels")
    return found


def adapted(alone: np.ndarray, groups: Groups, prior: np.ndarray, imagined: float) -> np.ndarray:
    """Probabilities [n, labels], corrected group by group; neither order nor number of groups matters."""
    result = np.array(alone, np.float64)
    names = np.asarray(groups)
    for name in np.unique(names):
        rows = names == name
        given = result[rows]
        shares = prior / prior.sum()
        for _ in range(ROUNDS):
            answer = given * (shares / prior)
            answer /= np.maximum(answer.sum(axis=1, keepdims=True), 1e-300)
            shares = (answer.sum(axis=0) + imagined * prior) / (len(answer) + imagined)
        result[rows] = answer
    return result


def chosen(
    alone: np.ndarray, target: np.ndarray, groups: Groups, prior: np.ndarray, judged: np.ndarray
) -> Together:
    """How to answer together: least cross-entropy on the `judged` rows of left-out probabilities."""
    from vision.training import temperature_for

    prior = np.maximum(prior, 1e-3) / np.maximum(prior, 1e-3).sum()
    tried = []
    for imagined in SEVERAL:
        logits = np.log(np.maximum(adapted(alone, groups, prior, imagined), 1e-12))[judged]
        temperature = temperature_for(logits, target[judged])
        scaled = logits / temperature
        scaled -= np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        loss = -float(scaled[np.arange(len(scaled)), target[judged]].mean())
        tried.append((loss, imagined, temperature))
    _, imagined, temperature = min(tried)
    return Together(tuple(round(float(p), 6) for p in prior), imagined, round(temperature, 4))
