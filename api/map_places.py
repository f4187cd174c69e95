"""Where pictures lie on the map: places of look-alikes in the unit square, none on top of another.

In: coordinates in 0…1 per picture, from one projection or from one per corpus. Out: coordinates in 0…1 again,
moved as little as needed so that every picture has a cell of its own, and an order in which neighbours on the
map are neighbours in the list, so that they share texture sheets. Pure functions of arrays.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial import cKDTree

Array = np.ndarray
_ROOM = 3  # cells per picture
_MARGIN = 0.08
_RATIO = 1.6  # width of the map to its height
_ROUNDS = 300  # cells tried around a picture before it looks for the edge of its crowd


def islands(places: Array, corpus: Array) -> Array:
    """Places of several maps, each a unit square of its own, side by side as squares of the area of their
    share: `corpus` numbers the map of each picture.
    """
    sizes = np.bincount(corpus, minlength=int(corpus.max()) + 1 if len(corpus) else 0)
    sides = np.sqrt(np.maximum(sizes, 1))
    width = max(float(sides.max(initial=1.0)), float(np.sqrt((sides**2).sum())) * 1.5)
    corner = np.zeros((len(sizes), 2))
    x = y = high = 0.0
    for each in np.argsort(-sizes, kind="stable"):
        if x and x + sides[each] > width:
            x, y, high = 0.0, y + high * 1.06, 0.0
        corner[each] = x, y
        x, high = x + sides[each] * 1.06, max(high, float(sides[each]))
    moved = corner[corpus] + places * sides[corpus][:, None]
    return moved / np.maximum(moved.max(axis=0, initial=0.0), 1e-9)


def cells(pictures: int) -> tuple[int, int]:
    """How many columns and rows of cells a map of so many pictures has: wider than high, as screens are, and
    three cells for each picture.
    """
    across = max(2, math.ceil(math.sqrt(pictures * _ROOM * _RATIO)))
    return across, max(2, math.ceil(pictures * _ROOM / across))


def apart(places: Array) -> Array:
    """Places with a cell for each, the nearest free one to where it was. The result is the centres of the
    cells, again in 0…1.

    >>> spread = apart(np.full((9, 2), 0.5))
    >>> len({tuple(place) for place in spread.round(6).tolist()})
    9
    """
    n = len(places)
    if n == 0:
        return places
    across, down = cells(n)
    size = np.array([across, down])
    # A margin all round, so that crowds have somewhere to go and edges stay round.
    inner = _MARGIN + places * (1 - 2 * _MARGIN)
    wanted = np.minimum((_unstacked(inner, size) * size).astype(np.int64), size - 1)
    reach = int(np.sqrt(_ROUNDS)) // 2 + 1
    steps = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 2), -1).reshape(-1, 2)
    steps = steps[np.argsort((steps**2).sum(1), kind="stable")][:_ROUNDS]
    taken = np.zeros(across * down, bool)
    found = np.full(n, -1, np.int64)
    left = np.arange(n)
    for step in steps:
        cell = wanted[left] + step
        inside = ((cell >= 0) & (cell < size)).all(1)
        flat = cell[:, 1] * across + cell[:, 0]
        free = np.flatnonzero(inside)
        free = free[~taken[flat[free]]]
        _, first = np.unique(flat[free], return_index=True)
        won = free[first]
        found[left[won]] = flat[won]
        taken[flat[won]] = True
        left = np.delete(left, won)
        if not len(left):
            break
    if len(left):  # the inside of a crowd larger than was searched: to the free cells around it
        free = np.flatnonzero(~taken)
        free_at = np.stack([free % across, free // across], -1)
        away, _ = cKDTree(np.unique(wanted[left], axis=0)).query(free_at)
        around = np.argsort(away, kind="stable")[: len(left)]
        found[left] = free[around][_matched(wanted[left].astype(float), free_at[around].astype(float))]
    return (np.stack([found % across, found // across], -1) + 0.5) / size


def _matched(points: Array, cells: Array) -> Array:
    """A cell for each point, as many as there are points, neighbours for neighbours: both are halved across
    their longer side, again and again.
    """
    result = np.empty(len(points), np.int64)
    work = [(np.arange(len(points)), np.arange(len(cells)))]
    while work:
        of_points, of_cells = work.pop()
        extent = np.ptp(cells[of_cells], axis=0)
        axis = int(extent[1] > extent[0])
        by_point = of_points[np.argsort(points[of_points, axis], kind="stable")]
        by_cell = of_cells[np.argsort(cells[of_cells, axis], kind="stable")]
        if len(by_point) <= 3:
            result[by_point] = by_cell
            continue
        half = len(by_point) // 2
        work += [(by_point[:half], by_cell[:half]), (by_point[half:], by_cell[half:])]
    return result


def _unstacked(places: Array, size: Array) -> Array:
    """Places at which several pictures lie become small sunflowers, so that few cells must be tried."""
    _, where, counts = np.unique(
        (places * size * 4).astype(np.int64), axis=0, return_inverse=True, return_counts=True
    )
    where = where.ravel()
    order = np.argsort(where, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rank = np.empty(len(places))
    rank[order] = np.arange(len(places)) - np.repeat(starts, counts)
    angle = rank * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt(rank) * 0.56
    moved = places + np.stack([np.cos(angle), np.sin(angle)], -1) * radius[:, None] / size
    return np.clip(moved, 0.0, 1.0)


def morton(places: Array) -> Array:
    """The order in which to list places so that neighbours in the plane are near in the list."""
    cells = np.clip(places * 65535, 0, 65535).astype(np.uint64)

    def spread(values: Array) -> Array:
        for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            values = (values | values << np.uint64(shift)) & np.uint64(mask)
        return values

    return np.argsort(spread(cells[:, 0]) | spread(cells[:, 1]) << np.uint64(1), kind="stable")
