"""Learning from verdicts: a head and what people said of its answers go in, a better head comes out.

The head that is there stays the starting point: what is learnt is a change of its weights, held small. An
accepted or better value says which label is right; a rejected one says only which is not, and is learnt as
what the head itself would think once it was told so. What is wanted is the rest of the same sources, so how
large the change may be is chosen on fifths of the reviewed pictures that were left out, and "no change" is
one of the choices; what it does to sources nobody reviewed is told by leaving out whole ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vision.heads import Head, softmax
from vision.metrics import calibration_error
from vision.training import RECIPES, balanced, make_folds, versions

LEAST = 10  # reviewed pictures
#: How large the change may be, from nothing to much: the inverse strength of the L2 penalty.
STRENGTHS = (0.0, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True)
class Learnt:
    """The head with what it was scored on: pictures whose right label is known. `before` is the head that was
    there, `after` one that learnt from the other four fifths, `elsewhere` one that learnt from the other
    sources (None where there is one source).
    """

    head: Head
    pictures: int
    known: int  # of which people said what they are
    sources: int
    strength: float
    before: dict[str, float]
    after: dict[str, float]
    elsewhere: dict[str, float] | None


def learn(head: Head, vectors: np.ndarray, possible: np.ndarray, groups: Sequence[str]) -> Learnt:
    """A head that has learnt from reviewed pictures.

    `vectors` [n, d]; `possible` [n, labels] says which labels verdicts leave possible, at least one and not
    all in each row; `groups` [n] are the sources. Raises ValueError for fewer than `LEAST` pictures.
    """
    if len(vectors) < LEAST:
        raise ValueError(
            f"{len(vectors)} reviewed pictures are too few to learn from; review {LEAST} or more"
        )
    group = np.array(groups)
    known = possible.sum(axis=1) == 1
    # A picture of which is only known what it is not counts as one of a label of its own.
    target = np.where(known, possible.argmax(axis=1), possible.shape[1] + (~possible).argmax(axis=1))
    recipe = RECIPES[head.task]
    fifths = np.random.default_rng(recipe.seed).permutation(len(vectors)) % 5
    weights = balanced(target, group, recipe)
    standard = (vectors.astype(np.float64) - head.mean) / head.scale / np.sqrt(vectors.shape[1])
    # The change lies in the span of the pictures: all of it, in as many numbers as there are pictures.
    left, size, axes = np.linalg.svd(standard, full_matrices=False)
    inside = left * size
    base = (standard * np.sqrt(vectors.shape[1]) @ head.weight + head.bias) / head.temperature
    wanted = _wanted(base, possible)

    def without(folds: np.ndarray, strength: float) -> np.ndarray:
        """Logits [n, labels] of heads that did not learn from a picture's fold."""
        logits = base.copy()
        for fold in np.unique(folds) if strength else ():
            out = folds == fold
            w, b = _fit(inside[~out], base[~out], wanted[~out], weights[~out], strength)
            logits[out] += inside[out] @ w + b
        return logits

    left_out = {strength: without(fifths, strength) for strength in STRENGTHS}
    strength = min(left_out, key=lambda s: (_loss(left_out[s], wanted, weights), s))
    scored = known if known.any() else np.ones(len(known), bool)
    right = possible.argmax(axis=1)[scored]
    made = head
    if strength:
        w, b = _fit(inside, base, wanted, weights, strength)
        change = axes.T @ w * head.temperature / np.sqrt(vectors.shape[1])
        made = replace(head, weight=head.weight + change, bias=head.bias + b * head.temperature, sha256="")
    return Learnt(
        head=made,
        pictures=len(vectors),
        known=int(known.sum()),
        sources=len(set(groups)),
        strength=strength,
        before=_scores(base[scored], right),
        after=_scores(left_out[strength][scored], right),
        elsewhere=_scores(without(make_folds(group, recipe)[0], strength)[scored], right)
        if len(set(groups)) > 1
        else None,
    )


def with_card(learnt: Learnt, prior: Head, told: dict[str, Any]) -> Head:
    """The head with a card that says what it learnt from; the other figures stay those of its prior."""
    card = dict(prior.card)
    card["based_on"] = prior.sha256
    card["from_reviews"] = told | {
        "pictures": learnt.pictures,
        "pictures_with_known_label": learnt.known,
        "sources": learnt.sources,
        "strength": learnt.strength,
        "before": learnt.before,
        "after_on_fifths_left_out": learnt.after,
        "after_on_sources_left_out": learnt.elsewhere,
    }
    card["versions"] = versions()
    return replace(learnt.head, card=card)


def _scores(logits: np.ndarray, right: np.ndarray) -> dict[str, float]:
    p = softmax(logits)
    return {
        "accuracy": round(float((p.argmax(axis=1) == right).mean()), 4),
        "log_loss": round(float(-np.log(np.maximum(p[np.arange(len(p)), right], 1e-12)).mean()), 4),
        "calibration_error": round(calibration_error(p, right), 4),
    }


def _wanted(base: np.ndarray, possible: np.ndarray) -> np.ndarray:
    """What is to be answered [n, labels]: the head's own probabilities, without what verdicts rule out."""
    p = softmax(base) * possible
    return p / np.maximum(p.sum(axis=1, keepdims=True), 1e-12)


def _loss(logits: np.ndarray, wanted: np.ndarray, weights: np.ndarray) -> float:
    """Weighted mean cross-entropy."""
    return float(-(weights * (wanted * _log_softmax(logits)).sum(axis=1)).sum() / weights.sum())


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _fit(
    inside: np.ndarray, base: np.ndarray, wanted: np.ndarray, weights: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """The change (weight [k, labels], bias [labels]) that minimises the loss plus ‖change‖² / (2 · strength ·
    pictures). Convex, and deterministic: it starts from no change.
    """
    from scipy.optimize import minimize

    n, k = inside.shape
    labels = base.shape[1]
    share = weights / weights.sum()
    penalty = 1 / (strength * n)

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w, b = flat[: k * labels].reshape(k, labels), flat[k * labels :]
        logits = inside @ w + b + base
        error = (softmax(logits) - wanted) * share[:, None]
        gradient = np.concatenate([(inside.T @ error).ravel(), error.sum(axis=0)])
        return _loss(logits, wanted, weights) + penalty * float(flat @ flat) / 2, gradient + penalty * flat

    answer = minimize(objective, np.zeros((k + 1) * labels), jac=True, method="L-BFGS-B").x
    return answer[: k * labels].reshape(k, labels), answer[k * labels :]
