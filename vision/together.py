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
# Candidates for `imagined`. More would drown a book of a hundred pictures, whatever it holds.
SEVERAL = (2.0, 5.0, 20.0, 50.0)
ENOUGH = 8  # groups to learn from


@dataclass(frozen=True)
class Together:
    """How a source's pictures are answered together; plain data, kept in a model's card.

    `prior`: the labels' shares in training [labels]; `imagined`: how many pictures these count for, 0: each
    picture is answered alone; `temperature`: of the corrected probabilities.
    """

    prior: tuple[float, ...] = ()
    imagined: float = 0.0
    temperature: float = 1.0

    def answers(
        self,
        sure: np.ndarray,
        groups: Groups,
        priors: np.ndarray | None = None,
        alone: np.ndarray | None = None,
    ) -> np.ndarray:
        """Probabilities [n, labels] of single pictures and the source of each [n] to those given together.
        Where each picture is answered alone, `alone` is the answer (None: the same as went in).

        `priors` [n, labels] stand in for the labels' shares where other models gave the probabilities.
        """
        if not self.imagined or not len(sure):
            return sure if alone is None else alone
        prior = np.array(self.prior) if priors is None else priors
        tempered = np.maximum(adapted(sure, groups, prior, self.imagined), 1e-12) ** (1 / self.temperature)
        return np.asarray(tempered / tempered.sum(axis=1, keepdims=True))


def read(data: Mapping[str, Any] | None, labels: int) -> Together:
    """`Together` as a card holds it; each picture alone where it holds none. Raises `ValueError`."""
    if not data or not data["imagined"]:
        return Together()
    if any(data.get("doubts", ())):
        raise ValueError("it mixes doubts into its answers, as an earlier version did: train it again")
    found = Together(
        tuple(map(float, data["prior"])),
        float(data["imagined"]),
        float(data["temperature"]),
    )
    if len(found.prior) != labels or min(found.prior) <= 0 or found.imagined < 0 or found.temperature <= 0:
        raise ValueError("the card's shares of labels do not fit its labels")
    return found


def adapted(alone: np.ndarray, groups: Groups, prior: np.ndarray, imagined: float) -> np.ndarray:
    """Probabilities [n, labels], corrected group by group; neither order nor number of groups matters.

    `prior` are the labels' shares in the training of the model that answered: [labels], or [n, labels] where
    the groups were answered by several models (one model per group).
    """
    result = np.array(alone, np.float64)
    names = np.asarray(groups)
    for name in np.unique(names):
        rows = names == name
        given = result[rows]
        trained = prior[rows][0] if prior.ndim == 2 else prior
        trained = shares = trained / trained.sum()
        for _ in range(ROUNDS):
            answer = given * (shares / trained)
            answer /= np.maximum(answer.sum(axis=1, keepdims=True), 1e-300)
            shares = (answer.sum(axis=0) + imagined * trained) / (len(answer) + imagined)
        result[rows] = answer
    return result


def shares(weights: np.ndarray, target: np.ndarray, labels: int) -> np.ndarray:
    """The labels' shares [labels] in a training of weighted pictures [n], none below a thousandth."""
    sums = np.maximum(np.bincount(target, weights, labels) / weights.sum(), 1e-3)
    return np.asarray(sums / sums.sum())


def chosen(
    alone: np.ndarray,
    target: np.ndarray,
    groups: Groups,
    prior: np.ndarray,
    priors: np.ndarray | None = None,
) -> Together:
    """How to answer together: least cross-entropy of left-out probabilities [n, labels].

    `prior` [labels] is that of the model which will be used, `priors` [n, labels] those of the models that
    gave the left-out probabilities (the same, where none are given). With fewer than `ENOUGH` groups every
    picture is answered alone: what helps books cannot be learnt from a handful of them.
    """
    from vision.training import temperature_for

    if len(np.unique(np.asarray(groups))) < ENOUGH:
        return Together()
    tried = []
    for imagined in SEVERAL:
        corrected = adapted(alone, groups, prior if priors is None else priors, imagined)
        logits = np.log(np.maximum(corrected, 1e-12))
        temperature = temperature_for(logits, target)
        scaled = logits / temperature
        scaled -= np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        loss = -float(scaled[np.arange(len(scaled)), target].mean())
        tried.append((loss, imagined, temperature))
    _, imagined, temperature = min(tried)
    return Together(tuple(round(float(p), 6) for p in prior), imagined, round(temperature, 4))
