"""Groups among points: unit vectors go in, a group and a degree of belonging for each come out.

UMAP to a few dimensions, then HDBSCAN (Campello et al. 2013), with settings that adapt to the number of
points. A result with one group, or nearly all noise, is degenerate: other settings are tried in turn and, if
none helps, the result says so. How much a point belongs to a group is asked of its neighbours, so that it can
be asked of points that were not grouped too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from vision.kept import Voters
from vision.reduce import umap_of

MOST = 3  # groups that are told of a point
TELLING = 0.5  # the share from which a point belongs to a group
_PART = 0.8  # of the points takes part in a regrouping
_PART_MOST = 10_000
_REACH = 0.95  # of a group's points lie as near to their neighbours as its `reach` says
_FAST = 20_000  # points
_BLOCK = 4096


@dataclass(frozen=True)
class Grouping:
    """`min_size` and `neighbours` 0 mean adapted to the number of points; `dimensions` is what UMAP reduces
    to. `noise` is the share of points in no group above which a result counts as degenerate.
    """

    min_size: int = 0
    neighbours: int = 0
    dimensions: int = 5
    noise: float = 0.7
    seed: int = 42

    def adapted(self, n: int) -> Grouping:
        """With the sizes for `n` points, where none are set."""
        return Grouping(
            self.min_size or int(np.clip(round(n**0.5 / 2.5), 4, 100)),
            self.neighbours or int(np.clip(round(n**0.5 / 2), 5, 30)),
            self.dimensions,
            self.noise,
            self.seed,
        )


@dataclass(frozen=True, eq=False)
class Groups:
    """A group number [n] per point (−1: none), how it came about, and why it says little ("" when it does
    not).
    """

    labels: np.ndarray
    settings: Mapping[str, Any]
    degenerate: str = ""

    @property
    def count(self) -> int:
        return int(self.labels.max(initial=-1)) + 1


def grouped(points: np.ndarray, given: Grouping) -> Groups:
    """Unit vectors [n, d] grouped; tries finer settings while the result is degenerate."""
    n = len(points)
    wanted = given.adapted(n)
    reduced = umap_of(points, min(wanted.dimensions, n - 2), wanted.neighbours, 0.0, wanted.seed)
    base = wanted.min_size
    attempts = [(base, "eom"), (base, "leaf"), (max(3, base // 2), "leaf"), (max(3, base // 3), "leaf")]
    best: Groups | None = None
    for min_size, method in attempts:
        labels = _hdbscan(reduced, min_size, method)
        settings = {"min_size": min_size, "method": method, "neighbours": wanted.neighbours}
        result = Groups(labels, settings, degenerate(labels, wanted.noise))
        if not result.degenerate:
            return result
        if best is None or result.count > best.count:
            best = result
    assert best is not None
    return best


def degenerate(labels: np.ndarray, noise: float) -> str:
    """Why a grouping [n] says little, "" when it does not."""
    groups = int(labels.max(initial=-1)) + 1
    outside = float((labels < 0).mean())
    if groups < 2:
        return f"{groups} cluster{'s' if groups != 1 else ''} for {len(labels)} pictures"
    if outside > noise:
        return f"{outside:.0%} of {len(labels)} pictures are in no cluster"
    largest = np.bincount(labels[labels >= 0]).max() / len(labels)
    return f"one cluster holds {largest:.0%} of the pictures" if largest > 0.8 else ""


def steadiness(points: np.ndarray, groups: Groups, given: Grouping, times: int) -> np.ndarray:
    """How well each group [groups] is found again, 0…1: the Jaccard index of its points and those of the most
    similar group when a part of all points is grouped with another seed, mean of some `times` (Hennig 2007).

    The part is 80 % of the points, of many 10,000, with the sizes that gave these groups in proportion.
    """
    n = len(points)
    size = min(round(_PART * n), _PART_MOST)
    found = np.zeros((times, groups.count))
    for turn in range(times):
        part = np.sort(np.random.default_rng([given.seed, turn]).choice(n, size, replace=False))
        scale = 1.0 if size == round(_PART * n) else size / n
        smaller = Grouping(
            max(3, round(groups.settings["min_size"] * scale)),
            int(groups.settings["neighbours"]),
            given.dimensions,
            given.noise,
            given.seed + 1 + turn,
        )
        reduced = umap_of(
            points[part],
            min(smaller.dimensions, size - 2),
            smaller.neighbours,
            0.0,
            smaller.seed,
        )
        again = _hdbscan(reduced, smaller.min_size, groups.settings["method"])
        found[turn] = _jaccard(groups.labels[part], again, groups.count)
    return found.mean(axis=0) if times else np.zeros(0)


def _jaccard(labels: np.ndarray, others: np.ndarray, count: int) -> np.ndarray:
    """For each of `count` groups of `labels` [n] the best Jaccard index with a group of `others` [n]."""
    width = int(others.max(initial=-1)) + 1
    both = np.zeros((count, width))
    inside = (labels >= 0) & (others >= 0)
    np.add.at(both, (labels[inside], others[inside]), 1)
    own = np.bincount(labels[labels >= 0], minlength=count)[:, None]
    theirs = np.bincount(others[others >= 0], minlength=width)[None, :]
    return np.asarray((both / np.maximum(own + theirs - both, 1)).max(axis=1, initial=0.0))


def asked_of(settings: Mapping[str, Any]) -> int:
    """How many neighbours say where a point belongs: as many as the smallest group may have, 10 at most."""
    return int(np.clip(settings["min_size"] - 1, 3, 10))


def reach(distances: np.ndarray, groups: Groups) -> np.ndarray:
    """How far [groups] nearly all points of a group are from their neighbours (mean cosine distance), given
    each point's `distances` [n, neighbours].
    """
    mean = distances.mean(axis=1)
    return np.array([np.quantile(mean[groups.labels == g], _REACH) for g in range(groups.count)])


def belonging(
    labels: np.ndarray, reaches: np.ndarray, near: Voters, own: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """To which groups points belong whose neighbours among the grouped ones are `near` (as many as `asked_of`
    says), and how much: (groups, shares), each [m, `MOST`], the largest share first; the group is −1 where
    there is no other.

    A share is the part that a group has among these neighbours, each weighted by its likeness; what is
    farther off than the group's points are from theirs counts less. A point that was grouped (`own` [m]: its
    row) has a voice about itself. Shares sum to one at most: the rest is in no group.
    """
    count, asked = len(reaches), len(near[0])
    groups = np.full((asked, MOST), -1, np.int32)
    shares = np.zeros((asked, MOST), np.float32)
    for start in range(0, asked, _BLOCK):
        some = slice(start, start + _BLOCK)
        rows, weights, distances = (values[some] for values in near)
        votes = np.zeros((len(rows), count + 1))
        lines = np.repeat(np.arange(len(rows)), rows.shape[1])
        np.add.at(votes, (lines, labels[rows].ravel()), weights.ravel())  # no group: the last column
        if own is not None:
            votes[np.arange(len(rows)), labels[own[some]]] += 1.0
        share = votes[:, :count] / np.maximum(votes.sum(axis=1, keepdims=True), 1e-9)
        share *= np.minimum(1.0, reaches / np.maximum(distances.mean(axis=1, keepdims=True), 1e-9))
        best = np.argsort(-share, axis=1, kind="stable")[:, :MOST]
        most = np.round(np.take_along_axis(share, best, axis=1), 4)
        groups[some, : best.shape[1]] = np.where(most > 0, best, -1)
        shares[some, : best.shape[1]] = most
    shares[:, 1:] = np.minimum(shares[:, 1:], TELLING - 1e-4)  # a point belongs to one group at most
    return groups, shares


def _hdbscan(points: np.ndarray, min_size: int, method: str) -> np.ndarray:
    """The group [n] of each point by `hdbscan`, of many by `fast_hdbscan` where that is installed: it uses
    all cores, but takes half a minute to begin.
    """
    import warnings

    options: dict[str, Any] = {
        "min_cluster_size": min_size,
        "min_samples": max(2, min_size // 3),
        "cluster_selection_method": method,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside its dependencies
        if len(points) >= _FAST and find_spec("fast_hdbscan"):
            from fast_hdbscan import HDBSCAN
        else:
            from hdbscan import HDBSCAN

            options["core_dist_n_jobs"] = 1
        labels: np.ndarray = HDBSCAN(**options).fit(points).labels_
    return labels
