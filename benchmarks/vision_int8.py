"""What 8-bit integers cost and save: `python benchmarks/vision_int8.py LABELS.csv [--layers]`.

On the pictures of a table (columns file, group): the packaged network's ranges are measured on pictures of
every second group, and the pictures of the other groups are looked at both ways. Prints, of these, the least
and the mean cosine of whole vectors and of the part that says what is depicted, how many answers of the
models that come with the program are the same, how many nearest neighbours are, and milliseconds of one core
per picture. `--layers`: besides, for each convolution, the mean loss of cosine with it alone in integers, on
40 pictures, from which `vision.quantised.EXEMPT` was chosen.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from vision import heads, onnxpath, quantised
from vision.encoders import PackagedEncoder, stored
from vision.images import open_image
from vision.int8 import PLATES

NAME = "efficientnet-lite0"


def main() -> None:
    """Measure and print; see above."""
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--layers"]):
        sys.exit(__doc__)
    labels = Path(sys.argv[1])
    with labels.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    groups = [row["group"] for row in rows]
    learnt = np.isin(groups, sorted(set(groups))[::2])
    encoder = PackagedEncoder(NAME)

    def prepared(row: Any) -> np.ndarray:
        return encoder.prepare(open_image(labels.parent / rows[row]["file"], encoder.side, grey=True))

    with tempfile.TemporaryDirectory() as scratch:
        encoder.encode([prepared(0)])
        source = onnxpath.kept(f"{encoder.key}-one.onnx")
        some = np.random.default_rng(0).permutation(np.flatnonzero(learnt))[:PLATES]
        measured = quantised.measure(source, map(prepared, some))
        target = Path(scratch) / "int8.onnx"
        quantised.integers(source, measured, target)
        asked = np.flatnonzero(~learnt)
        fine, fine_ms = looked(source, map(prepared, asked))
        coarse, coarse_ms = looked(target, map(prepared, asked))
        print(f"measured on {len(some)} pictures, asked of {len(asked)} of other groups")
        print(f"milliseconds of a core: {fine_ms:.1f} as it is, {coarse_ms:.1f} in integers")
        for part, columns in (("whole vector", slice(None)), ("what is depicted", encoder.look)):
            cosines = unit(fine[:, columns], coarse[:, columns])
            print(f"{part}: cosine at least {cosines.min():.4f}, mean {cosines.mean():.4f}")
        answers(fine, coarse, [groups[row] for row in asked])
        print(f"of five nearest the same: {neighbours(fine[:, encoder.look], coarse[:, encoder.look]):.3f}")
        if sys.argv[2:]:
            few = [prepared(row) for row in asked[:: max(1, len(asked) // 40)]]
            fine, _ = looked(source, few)
            count = len(measured.means)
            for number in range(count):
                quantised.integers(source, measured, target, set(range(count)) - {number})
                cosines = unit(fine, looked(target, few)[0])
                print(f"convolution {number:2} alone: mean loss {1 - cosines.mean():.6f}")


def looked(file: Path, pictures: Iterable[np.ndarray]) -> tuple[np.ndarray, float]:
    """Vectors by the network in a file, and milliseconds of one core per picture."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    network = onnxruntime.InferenceSession(str(file), options)
    vectors, taken = [], []
    for picture in pictures:
        start = time.process_time()
        vectors.append(network.run(None, {onnxpath.INPUT: onnxpath.coloured(picture)[None]})[0])
        taken.append(time.process_time() - start)
    return stored(np.concatenate(vectors)), 1000 * float(np.median(taken))


def unit(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The cosines of the rows of two matrices."""
    return np.asarray((one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1))


def answers(fine: np.ndarray, coarse: np.ndarray, groups: list[str]) -> None:
    """Print how many answers are the same, sources answered together."""
    for task in ("category", "medium"):
        head = heads.load(heads.shipped(task))
        one, other = head.answers(fine, groups), head.answers(coarse, groups)
        decided = [np.where(p.max(1) >= head.threshold, p.argmax(1), -1) for p in (one, other)]
        differ = decided[0] != decided[1]
        against = differ & (decided[0] >= 0) & (decided[1] >= 0)
        print(
            f"{task}: {1 - differ.mean():.4f} the same, {against.sum()} decided otherwise, "
            f"{(differ & ~against).sum()} decided in one of both; most likely the same "
            f"{(one.argmax(1) == other.argmax(1)).mean():.4f}; probabilities differ by at most "
            f"{np.abs(one - other).max():.3f}"
        )


def neighbours(fine: np.ndarray, coarse: np.ndarray) -> float:
    """Which share of the five nearest of each picture are the same both ways."""
    found = []
    for vectors in (fine, coarse):
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -2)
        found.append(np.argsort(-cosines, axis=1)[:, :5])
    return float(np.mean([len(np.intersect1d(a, b)) / 5 for a, b in zip(*found, strict=True)]))


if __name__ == "__main__":
    main()
