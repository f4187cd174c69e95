"""How good answers are: probabilities and truth go in, accuracy, F1, coverage and calibration come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def f1_per_label(truth: np.ndarray, answer: np.ndarray, labels: int) -> np.ndarray:
    """F1 of each label [labels]; an answer of −1 is "undecided". NaN for a label that occurs in neither."""
    result = np.full(labels, np.nan)
    for label in range(labels):
        either = (truth == label).sum() + (answer == label).sum()
        if either:
            result[label] = 2 * ((truth == label) & (answer == label)).sum() / either
    return result


def calibration_error(probabilities: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over equal-width bins of the top probability (Guo et al. 2017)."""
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    place = np.minimum((top * bins).astype(int), bins - 1)
    return float(
        sum(
            (place == b).mean() * abs(top[place == b].mean() - right[place == b].mean())
            for b in range(bins)
            if (place == b).any()
        )
    )


SURE = 1.645  # standard deviations: 95 %, one-sided


def coverage_threshold(probabilities: np.ndarray, truth: np.ndarray, target: float) -> float:
    """The lowest probability at and above which answers reach the accuracy `target`; 0 when all together do.

    That they do must be 95 % sure (lower end of Wilson's interval, 1927): a threshold flatters the answers it
    was chosen on. Where no set of at least 20 answers reaches it, the threshold that comes nearest with 20
    answers, but no less than `target` itself: a model that nowhere kept the promise may speak only where it
    is that sure.
    """
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    order = np.argsort(-top, kind="stable")
    top, count = top[order], np.arange(1, len(order) + 1)
    accuracy = np.cumsum(right[order]) / count
    doubt = np.sqrt(accuracy * (1 - accuracy) / count + SURE**2 / (4 * count**2))
    at_least = (accuracy + SURE**2 / (2 * count) - SURE * doubt) / (1 + SURE**2 / count)
    whole = np.append(top[1:] < top[:-1], True)  # answers as probable as each other stand or fall together
    enough = whole & (count >= min(20, len(order)))
    good = np.flatnonzero((at_least >= target) & enough)
    if not len(good):
        return max(target, float(top[np.argmax(np.where(enough, accuracy, -1))]))
    return 0.0 if good[-1] == len(order) - 1 else float(top[good[-1]])


def report(
    probabilities: np.ndarray, truth: np.ndarray, groups: np.ndarray, labels: Sequence[str], threshold: float
) -> dict[str, Any]:
    """Everything worth printing, as plain data: forced answers, decided answers, per label and per group."""
    answer = probabilities.argmax(axis=1)
    decided = probabilities.max(axis=1) >= threshold
    right = answer == truth
    f1 = f1_per_label(truth, answer, len(labels))
    return {
        "pictures": len(truth),
        "accuracy": _round(right.mean()),
        "macro_f1": _round(np.nanmean(f1)),
        "f1": {name: _round(value) for name, value in zip(labels, f1, strict=True)},
        "calibration_error": _round(calibration_error(probabilities, truth)),
        "decided": _round(decided.mean()),
        "accuracy_of_decided": _round(right[decided].mean()) if decided.any() else None,
        "confusion": [
            [int(((truth == t) & (answer == a)).sum()) for a in range(len(labels))]
            for t in range(len(labels))
        ],
        "groups": {
            str(name): {
                "pictures": int((groups == name).sum()),
                "accuracy": _round(right[groups == name].mean()),
                "decided": _round(decided[groups == name].mean()),
            }
            for name in np.unique(groups)
        },
    }


def _round(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
