"""What a stage that arranges a whole corpus keeps of it, so that pictures added later find their place among
the others and move none of them.

An `Arrangement` is made once and then stands: what is answered depends on it and on the corpus alone, not on
the way the corpus grew. It is made anew when it no longer stands for the corpus (`standing`). On disk it is
one safetensors file, written whole and renamed into place, never unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kg.nouns import Illustration
from vision.embeddings import Embeddings
from vision.reduce import Space, learnt_from, space_of
from vision.search import nearest

FORMAT = "legenda-arrangement/1"
FITTED = 50_000  # pictures that a method sees at most; the others find their place among these
VOTERS = 5  # pictures among which one finds its place
_BLOCK = 4096


Voters = tuple[np.ndarray, np.ndarray, np.ndarray]  # see `voters`


class ArrangementError(Exception):
    """A file that holds no arrangement; the message is one line with the reason."""


@dataclass(frozen=True, eq=False)
class Arrangement:
    """`pictures` [n] (S64, sorted) are the digests that the corpus had, `fitted` [f] the rows of those that
    the method saw, `points` [f, components] their unit vectors in `space`. `values` are the stage's own
    numbers, `notes` the rest, as JSON data.
    """

    encoder: str  # its key: vectors of another cannot be compared
    pictures: np.ndarray
    fitted: np.ndarray
    space: Space
    points: np.ndarray
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)

    def rows_of(self, digests: np.ndarray) -> np.ndarray:
        """Which fitted row [m] each digest (S64) is, −1 for those that the method did not see."""
        known = self.pictures[self.fitted]
        where = np.minimum(np.searchsorted(known, digests), len(known) - 1)
        return np.where(known[where] == digests, where, -1)


def digests_of(seen: Sequence[Illustration]) -> np.ndarray:
    """The pictures of illustrations by content: S64, sorted, each once."""
    return np.array(sorted({i.image_digest for i in seen}), "S64")


def fitted_to(embeddings: Embeddings, pictures: np.ndarray) -> Arrangement:
    """The start of an arrangement of pictures that have vectors. Of many the first `FITTED` by digest are
    fitted, which is as good as drawn by lot, and the same in every run.
    """
    fitted = np.arange(min(len(pictures), FITTED))
    some = learnt_from(len(fitted))
    space = space_of(np.concatenate(list(_blocks(embeddings, pictures[fitted[some]]))))
    points = points_of(embeddings, space, pictures[fitted])
    return Arrangement(embeddings.encoder.key, pictures, fitted, space, points)


def points_of(embeddings: Embeddings, space: Space, pictures: np.ndarray) -> np.ndarray:
    """Unit vectors [n, components] of pictures in a space, read in blocks: memory holds only these."""
    found = [space.points(block) for block in _blocks(embeddings, pictures)]
    return np.concatenate(found) if found else np.zeros((0, len(space.axes)), np.float32)


def standing(arrangement: Arrangement | None, encoder: str, pictures: np.ndarray, renew: float) -> bool:
    """Whether an arrangement stands for a corpus: at most `renew` of the corpus's pictures are new to it, and
    at most `renew` of its own have gone.
    """
    if arrangement is None or arrangement.encoder != encoder or not len(pictures):
        return False
    common = len(np.intersect1d(arrangement.pictures, pictures, assume_unique=True))
    return common >= (1 - renew) * max(len(pictures), len(arrangement.pictures))


def voters(points: np.ndarray, asked: np.ndarray, count: int, own: np.ndarray | None = None) -> Voters:
    """The `count` nearest of `points` [f, c] to each of `asked` [m, c], and what each counts: (rows, weights,
    distances), each [m, count], fewer where there are no more points. `own`: the row of each that is not to
    be asked, itself.

    A weight falls from 1 for the nearest with the distance beyond it, relative to what is usual among these.
    """
    extra = 0 if own is None else 1
    rows, cosines = nearest(points, asked, count + extra)
    if own is not None:  # out with itself, or with the farthest where its duplicates crowd it out
        mine = rows == own[:, None]
        mine[~mine.any(axis=1), -1] = True
        rows, cosines = rows[~mine].reshape(len(asked), -1), cosines[~mine].reshape(len(asked), -1)
    distances = np.maximum(1.0 - cosines, 0.0)
    beyond = distances - distances[:, :1]
    usual = np.maximum(beyond.mean(axis=1, keepdims=True), 1e-6)
    return rows, np.exp(-beyond / usual), distances


def save(path: Path, arrangement: Arrangement) -> None:
    """Write an arrangement; the file appears whole or not at all. Its header's `state` is a hash of all it
    holds, so that a reader can tell two apart without reading them.
    """
    from safetensors.numpy import save as packed

    tensors: dict[str, np.ndarray] = {
        "pictures": np.frombuffer(arrangement.pictures.tobytes(), np.uint8).reshape(-1, 64),
        "fitted": arrangement.fitted.astype(np.int64),
        "mean": arrangement.space.mean,
        "axes": arrangement.space.axes,
        "points": arrangement.points,
        **{f"values.{name}": value for name, value in arrangement.values.items()},
    }
    tensors = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    notes = json.dumps(dict(arrangement.notes), ensure_ascii=False, sort_keys=True)
    state = hashlib.sha256(f"{arrangement.encoder}\n{notes}\n".encode())
    for name in sorted(tensors):
        state.update(name.encode() + tensors[name].tobytes())
    metadata = {
        "format": FORMAT,
        "encoder": arrangement.encoder,
        "notes": notes,
        "state": state.hexdigest(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(packed(tensors, metadata))
    temporary.replace(path)


def load(path: Path | None) -> Arrangement | None:
    """The arrangement kept at `path`, None when there is none. Raises `ArrangementError` for another file."""
    from safetensors import SafetensorError, safe_open

    if path is None or not path.exists():
        return None
    try:
        with safe_open(str(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise ArrangementError(f"{path.name} is not of the format {FORMAT}")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return Arrangement(
            metadata["encoder"],
            np.frombuffer(tensors.pop("pictures").tobytes(), "S64"),
            tensors.pop("fitted"),
            Space(tensors.pop("mean"), tensors.pop("axes")),
            tensors.pop("points"),
            {name.removeprefix("values."): value for name, value in tensors.items()},
            json.loads(metadata["notes"]),
        )
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise ArrangementError(f"{path.name} cannot be read: {str(error).splitlines()[0]}") from None


def _blocks(embeddings: Embeddings, pictures: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(pictures), _BLOCK):
        names = [digest.decode() for digest in pictures[start : start + _BLOCK].tolist()]
        yield embeddings.look([Illustration("", name, image_digest=name) for name in names])[0]
