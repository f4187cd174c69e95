"""How good claims are by the verdicts on them, and how far people agree: figures, nothing else.

In: (confidence, found right) pairs; verdicts of several people on the same statements. Out: bands with counts
and intervals, Brier score and calibration error; Krippendorff's alpha and Cohen's kappa for yes and no.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from api.language import CERTAINTY


@dataclass(frozen=True)
class Band:
    """The claims of one band of confidence: how many were judged, how many found right, the mean confidence,
    and the 95 % interval of the share found right (Wilson).
    """

    name: str
    judged: int
    right: int
    claimed: float
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.right / self.judged


@dataclass(frozen=True)
class Calibration:
    """How sure claims were against how right they were."""

    judged: int
    right: int
    bands: tuple[Band, ...]
    brier: float  # mean squared difference of confidence and verdict, 0…1, less is better
    error: float  # expected calibration error over the bands, 0…1


def calibration(judged: Sequence[tuple[float, bool]]) -> Calibration:
    """The calibration of claims that were judged.

    >>> c = calibration([(0.9, True), (0.9, True), (0.9, False), (0.3, False)])
    >>> c.judged, c.right, [(b.name, b.judged, b.right) for b in c.bands]
    (4, 2, [('possible', 1, 0), ('very-likely', 3, 2)])
    >>> round(c.brier, 4), round(c.error, 4)
    (0.23, 0.25)
    """
    sorted_in: dict[str, list[tuple[float, bool]]] = {}
    for confidence, right in judged:
        name = next(name for bound, name in CERTAINTY if confidence >= bound)
        sorted_in.setdefault(name, []).append((confidence, right))
    bands = []
    for _, name in reversed(CERTAINTY):
        if some := sorted_in.get(name):
            n, right_n = len(some), sum(right for _, right in some)
            low, high = wilson(right_n, n)
            bands.append(Band(name, n, right_n, sum(c for c, _ in some) / n, low, high))
    total = len(judged)
    return Calibration(
        judged=total,
        right=sum(right for _, right in judged),
        bands=tuple(bands),
        brier=sum((c - right) ** 2 for c, right in judged) / total if total else 0.0,
        error=sum(b.judged * abs(b.share - b.claimed) for b in bands) / total if total else 0.0,
    )


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The interval in which a share lies with 95 % (Wilson 1927), good for small samples too.

    >>> [round(x, 2) for x in wilson(8, 10)]
    [0.49, 0.94]
    """
    if not n:
        return 0.0, 1.0
    p, square = right / n, z * z
    middle = (p + square / (2 * n)) / (1 + square / n)
    reach = z * math.sqrt(p * (1 - p) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True)
class Pair:
    """Two people, how many statements both judged, how often alike, and Cohen's kappa (None where chance
    alone would always agree).
    """

    first: str
    second: str
    statements: int
    same: int
    kappa: float | None


@dataclass(frozen=True)
class Agreement:
    """Of statements that at least two people judged: how many, on how many all agree, alpha, each pair."""

    statements: int
    same: int
    alpha: float | None
    pairs: tuple[Pair, ...]


def agreement(judged: Iterable[Mapping[str, bool]]) -> Agreement:
    """How far people agree; each mapping is one statement's judges and whether they found it right.

    >>> both, neither = {"A": True, "B": True}, {"A": False, "B": False}
    >>> a = agreement([both, neither, {"A": True, "B": False}, {"A": True}])
    >>> a.statements, a.same, round(a.alpha, 3), a.pairs[0].same, round(a.pairs[0].kappa, 3)
    (3, 2, 0.444, 2, 0.4)
    """
    shared = [by for by in judged if len(by) > 1]
    by_pair: dict[tuple[str, str], list[tuple[bool, bool]]] = {}
    for by in shared:
        for one, other in combinations(sorted(by), 2):
            by_pair.setdefault((one, other), []).append((by[one], by[other]))
    return Agreement(
        statements=len(shared),
        same=sum(len(set(by.values())) == 1 for by in shared),
        alpha=_alpha(shared),
        pairs=tuple(
            Pair(one, other, len(said), sum(a == b for a, b in said), _kappa(said))
            for (one, other), said in sorted(by_pair.items(), key=lambda item: -len(item[1]))
        ),
    )


def _alpha(shared: Sequence[Mapping[str, bool]]) -> float | None:
    """Krippendorff's alpha for nominal data, any number of judges, any missing; None where nobody could ever
    have disagreed.
    """
    total: Counter[bool] = Counter()
    unlike = 0.0
    for by in shared:
        values = Counter(by.values())
        n = sum(values.values())
        total.update(values)
        unlike += 2 * values[True] * values[False] / (n - 1)
    n = sum(total.values())
    expected = 2 * total[True] * total[False]
    return 1 - (n - 1) * unlike / expected if expected else None


def _kappa(said: Sequence[tuple[bool, bool]]) -> float | None:
    n = len(said)
    observed = sum(a == b for a, b in said) / n
    first, second = sum(a for a, _ in said) / n, sum(b for _, b in said) / n
    chance = first * second + (1 - first) * (1 - second)
    return (observed - chance) / (1 - chance) if chance < 1 else None
