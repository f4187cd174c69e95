"""Nearest neighbours among very many: `python benchmarks/vision_neighbours.py CORPUS N [N …]`.

CORPUS is a folder of book folders (`BOOK/illustrations.csv`, `BOOK/images/`). Makes N vectors between and
around the whitened vectors of its pictures, as the stage `duplicates` compares them, and looks for the eleven
nearest of 2,000 of them exactly and by cells (faiss). Prints seconds and how many of these are found. With N
below the number of pictures the real vectors themselves are searched.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np
from vision_clusters import read

from vision import search
from vision.commands import cache_folder
from vision.duplicates import telling
from vision.embeddings import Embeddings
from vision.encoders import load

ASKED = 2000


def made(real: np.ndarray, count: int) -> np.ndarray:
    """Unit vectors [count, d]: real ones, part of the way to a neighbour, and noise half as wide as all."""
    random = np.random.default_rng(1)
    near, _ = search.nearest(real, real, 11)
    found = np.empty((count, real.shape[1]), np.float32)
    for start in range(0, count, 8192):
        rows = slice(start, min(start + 8192, count))
        size = rows.stop - rows.start
        a = random.integers(0, len(real), size)
        b = near[a, random.integers(1, 11, size)]
        found[rows] = real[a] + random.uniform(-0.3, 0.8, (size, 1)).astype(np.float32) * (real[b] - real[a])
        found[rows] += 0.5 * random.normal(size=(size, real.shape[1])).astype(np.float32) * real.std(axis=0)
        found[rows] /= np.linalg.norm(found[rows], axis=1, keepdims=True)
    return found


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    items = read(Path(sys.argv[1]))
    embeddings = Embeddings(cache_folder(), load())
    list(embeddings.ensure(items))
    real = telling(embeddings, [i for i in items if i.image_digest in embeddings])
    for count in map(int, sys.argv[2:]):
        search.LARGE, search.MUCH = count + 1, 2**28
        vectors = made(real, count) if count > len(real) else real
        asked = vectors[np.random.default_rng(2).choice(len(vectors), ASKED, replace=False)]
        answers = []
        search.MANY = search.MUCH = 0
        for name, large in (("exact", len(vectors) + 1), ("cells", 0)):
            search.LARGE = large
            start, cpu = time.perf_counter(), time.process_time()
            answers.append(search.nearest(vectors, asked, 11)[0])
            print(
                f"{count:,} vectors, {name}: {time.perf_counter() - start:.1f} s"
                f" ({time.process_time() - cpu:.1f} s of CPU) for {ASKED}",
                flush=True,
            )
        found = [len(set(a) & set(b)) for a, b in zip(*(a.tolist() for a in answers), strict=True)]
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"found {np.mean(found) / 11:.4f} of the nearest; {held:.1f} GB at most", flush=True)


if __name__ == "__main__":
    main()
