"""Training a head on labelled pictures: vectors, labels and groups go in, a calibrated head with its report
comes out.

Pictures of one book look alike, and in every real collection the label follows the book. So the loss gives
every (label, group) pair a damped weight, and everything that is chosen (regularisation, temperature,
threshold) is chosen on predictions for groups that were left out, never on random folds.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from vision import together
from vision.heads import Head, softmax
from vision.metrics import coverage_threshold, report


@dataclass(frozen=True)
class Recipe:
    """How a linear head is trained; plain data, kept in the card.

    `strengths` are candidates for the inverse L2 regularisation; `class_balance` and `group_balance` in 0…1
    damp frequent labels and large books (1: all weigh the same); `components` is the number of principal
    components that are kept; `folds` bounds the number of left-out group folds; `target` is the accuracy
    wanted on what is decided. Temperatures, threshold, and how pictures are answered together are chosen on
    all left-out pictures, so that a model knows how often it meets what it does not know; the regularisation
    on those whose label at least `support` pictures of the other groups have, for only these can be learnt.
    `knowledge` weighs what the encoder already knows of a label's words.
    """

    strengths: tuple[float, ...] = (100.0, 300.0)
    class_balance: float = 0.0
    group_balance: float = 1.0
    components: int = 300
    folds: int = 24
    target: float = 0.95
    support: int = 30
    knowledge: float = 1.5
    seed: int = 0


def train(
    task: str,
    vectors: np.ndarray,
    labels: Sequence[str],
    groups: Sequence[str],
    encoder: tuple[str, str],
    recipe: Recipe | None = None,
    order: Sequence[str] | None = None,
    knowledge: Mapping[str, np.ndarray] | None = None,
) -> Head:
    """The head of `trained`."""
    return trained(task, vectors, labels, groups, encoder, recipe, order, knowledge)[0]


def trained(
    task: str,
    vectors: np.ndarray,
    labels: Sequence[str],
    groups: Sequence[str],
    encoder: tuple[str, str],
    recipe: Recipe | None = None,
    order: Sequence[str] | None = None,
    knowledge: Mapping[str, np.ndarray] | None = None,
) -> tuple[Head, np.ndarray]:
    """A head for `labels` [n] from `vectors` [n, d]; `groups` [n] say which pictures belong together.

    `encoder` is (spec, SHA-256). `knowledge` gives for some labels a direction [d] of vector space in which
    the encoder's own classes for such things lie: an offset the regression starts from, so that a label of
    which few pictures are known is not told from those few alone. With fewer than two groups random folds are
    used and the card says so. Beside the head stand the probabilities [n, labels] that heads trained without
    a picture's group gave it. Raises `ValueError` when there are fewer than two labels.
    """
    recipe = recipe or Recipe()
    names = [n for n in (order or ()) if n in set(labels)]
    names += sorted(set(labels) - set(names))
    if len(names) < 2:
        raise ValueError(f"training needs at least two labels, the table has {names or 'none'}")
    target = np.array([names.index(label) for label in labels])
    group = np.array(groups)
    folds, how = make_folds(group, recipe)
    space = _Space.of(vectors, recipe.components)
    inside = space.project(vectors)
    before = _offsets(vectors, space, names, knowledge or {}, recipe.knowledge)
    offset = (vectors - space.mean) / space.scale @ before
    weights = balanced(target, group, recipe)
    known = _supported(target, folds, recipe.support)
    trials = {}
    priors = np.zeros((len(target), len(names)))
    for strength in recipe.strengths:
        logits = np.zeros((len(target), len(names)))
        for fold in np.unique(folds):
            out = folds == fold
            some = balanced(target[~out], group[~out], recipe)
            w, b = fit(inside[~out], target[~out], some, len(names), strength, offset[~out])
            logits[out] = inside[out] @ w + b + offset[out]
            priors[out] = together.shares(some, target[~out], len(names))
        best = temperature_for(logits[known], target[known])
        trials[strength] = (_loss(logits[known], target[known], best), logits)
    strength = min(trials, key=lambda s: trials[s][0])
    logits = trials[strength][1]
    temperature = temperature_for(logits, target)
    alone, sure = softmax(logits / temperature), softmax(logits)
    prior = together.shares(weights, target, len(names))
    jointly = together.chosen(sure, target, groups, prior, priors)
    left_out = jointly.answers(sure, groups, priors, alone)
    threshold = coverage_threshold(left_out, target, recipe.target)
    w, b = fit(inside, target, weights, len(names), strength, offset)
    weight, bias = space.unproject(w, b)
    card: dict[str, Any] = {
        "recipe": asdict(recipe),
        "strength": strength,
        "validation": how,
        "together": asdict(jointly),
        "left_out_alone": report(alone, target, group, names, threshold),
        "left_out": report(left_out, target, group, names, threshold),
        "left_out_supported": report(left_out[known], target[known], group[known], names, threshold),
        "training": {
            "pictures": len(target),
            "labels": dict(Counter(labels)),
            "groups": {str(k): v for k, v in sorted(Counter(groups).items())},
        },
        "versions": versions(),
    }
    head = Head(
        task=task,
        labels=tuple(names),
        mean=space.mean,
        scale=space.scale,
        weight=weight + before,
        bias=bias,
        temperature=temperature,
        threshold=threshold,
        encoder=encoder[0],
        encoder_sha256=encoder[1],
        card=card,
        together=jointly,
    )
    return head, left_out


def make_folds(groups: np.ndarray, recipe: Recipe) -> tuple[np.ndarray, str]:
    """A fold number per picture and how it was made: whole groups left out, or (one group) at random."""
    names, sizes = np.unique(groups, return_counts=True)
    if len(names) < 2:
        numbers = np.random.default_rng(recipe.seed).permutation(len(groups)) % 5
        return numbers, "random folds within one group: expect worse on other sources"
    load = np.zeros(min(recipe.folds, len(names)))
    fold_of = {}
    for index in np.argsort(-sizes, kind="stable"):  # largest first, each into the emptiest fold
        fold = int(load.argmin())
        fold_of[names[index]] = fold
        load[fold] += sizes[index]
    how = f"{len(names)} groups in {len(load)} folds, whole groups left out"
    return np.array([fold_of[g] for g in groups]), how


def balanced(target: np.ndarray, groups: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Weights [n], mean 1: within a label large groups are damped, then frequent labels are."""
    pairs = Counter(zip(target.tolist(), groups.tolist(), strict=True))
    weights = np.array(
        [pairs[t, g] ** -recipe.group_balance for t, g in zip(target.tolist(), groups.tolist(), strict=True)]
    )
    for label in np.unique(target):
        chosen = target == label
        weights[chosen] *= chosen.sum() ** (1 - recipe.class_balance) / weights[chosen].sum()
    return weights / weights.mean()


def fit(
    vectors: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray,
    labels: int,
    strength: float,
    offset: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted multinomial logistic regression by L-BFGS: (weight [d, labels], bias [labels]).

    Minimises mean cross-entropy of softmax(vectors · weight + bias + offset) plus ‖weight‖² / (2 · strength).
    Deterministic: it starts from zero. Single precision inside, which halves the time and changes nothing
    that matters.
    """
    from scipy.optimize import minimize

    n, d = vectors.shape
    values = np.ascontiguousarray(vectors, dtype=np.float32)
    given = offset.astype(np.float32)
    one_hot = np.eye(labels, dtype=np.float32)[target]
    share = (weights / weights.sum()).astype(np.float32)

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w, b = flat[: d * labels].reshape(d, labels).astype(np.float32), flat[d * labels :].astype(np.float32)
        p = softmax(values @ w + b + given)
        loss = float(-(share * np.log(np.maximum(p[np.arange(n), target], 1e-12))).sum())
        error = (p - one_hot) * share[:, None]
        gradient = np.concatenate([(values.T @ error + w / strength).ravel(), error.sum(axis=0)])
        return loss + float((w**2).sum()) / (2 * strength), gradient.astype(np.float64)

    start = np.zeros(d * labels + labels)
    answer = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 80}).x
    return answer[: d * labels].reshape(d, labels), answer[d * labels :]


def temperature_for(logits: np.ndarray, target: np.ndarray) -> float:
    """The temperature that minimises the cross-entropy of left-out predictions (Guo et al. 2017)."""
    candidates = np.geomspace(0.3, 5.0, 57)
    return float(candidates[int(np.argmin([_loss(logits, target, t) for t in candidates]))])


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    from importlib.metadata import version

    packages = ("legenda", "numpy", "scipy", "torch", "timm", "pillow")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


def _loss(logits: np.ndarray, target: np.ndarray, temperature: float) -> float:
    p = softmax(logits / temperature)[np.arange(len(target)), target]
    return float(-np.log(np.maximum(p, 1e-12)).mean())


def _supported(target: np.ndarray, folds: np.ndarray, support: int) -> np.ndarray:
    """Which pictures [n] have a label that enough pictures of the other folds have; all, when none has."""
    total, inside = Counter(target.tolist()), Counter(zip(target.tolist(), folds.tolist(), strict=True))
    pairs = zip(target.tolist(), folds.tolist(), strict=True)
    known = np.array([total[t] - inside[t, f] >= support for t, f in pairs])
    return known if known.any() else np.ones(len(target), bool)


def _offsets(
    vectors: np.ndarray,
    space: _Space,
    names: Sequence[str],
    knowledge: Mapping[str, np.ndarray],
    weight: float,
) -> np.ndarray:
    """Weights [d, labels] on standardised vectors that give a label `weight` × its standard score."""
    result = np.zeros((vectors.shape[1], len(names)))
    for column, name in enumerate(names):
        direction = knowledge.get(name)
        if direction is not None and weight:
            spread = float((vectors @ direction).std())
            if spread > 0:
                result[:, column] = weight * space.scale * direction / spread
    return result


@dataclass(frozen=True, eq=False)
class _Space:
    """Standardised principal components: mean, scale [d], axes [d, k]."""

    mean: np.ndarray
    scale: np.ndarray
    axes: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray, components: int) -> _Space:
        from sklearn.utils.extmath import randomized_svd

        values = vectors.astype(np.float64)
        mean, deviation = values.mean(axis=0), values.std(axis=0)
        # Channels that hardly ever fire would otherwise be blown up to the importance of the others.
        scale = deviation + 0.02 * deviation.mean() + 1e-6
        standard = (values - mean) / scale / np.sqrt(values.shape[1])
        keep = min(components, *standard.shape)
        if 3 * keep < min(standard.shape):
            # Any basis that holds the bulk of the variance serves; the randomised one is many times faster.
            _, _, rows = randomized_svd(standard.astype(np.float32), keep, n_iter=3, random_state=0)
            axes = rows.T.astype(np.float64)
        else:
            axes = np.linalg.svd(standard, full_matrices=False)[2][:keep].T
        return cls(mean, scale, axes * 4 / np.sqrt(values.shape[1]))

    def project(self, vectors: np.ndarray) -> np.ndarray:
        return (vectors.astype(np.float64) - self.mean) / self.scale @ self.axes

    def unproject(self, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.axes @ weight, bias


def with_card(head: Head, card: dict[str, Any]) -> Head:
    """The same head with another card."""
    return replace(head, card=card)


# Frequent kinds are not damped: answering together finds out what a source is full of, and does so better
# from what training really held. Painting or not has two labels, both in most books, and is decided always:
# its two answers leave no third place to look it up.
RECIPES = {"category": Recipe(), "medium": Recipe(class_balance=0.5, group_balance=0.5, target=0.85)}
