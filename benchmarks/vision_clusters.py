"""What grouping gives: `python benchmarks/vision_clusters.py CORPUS [--labels LABELS.csv] [--scale N]...`.

CORPUS is a folder of book folders (`BOOK/illustrations.csv`, `BOOK/images/`); `--labels` has the columns
file (relative to itself) and label. Prints, for each book of 50 pictures and more and for all together, what
HDBSCAN gives with its defaults, what UMAP and HDBSCAN give with theirs, and what the stage `clusters` gives:
groups, share of pictures in none, share of the largest, steadiness (mean Jaccard index over three groupings
of 80 % of the pictures), and how many pictures in groups have their group's commonest label. Then a tenth of
the pictures is left out, the others are grouped, and the tenth is added.

`--scale N` makes N vectors between and around the real ones and prints how long `clusters`, `projection` and
finding candidates for `duplicates` take for them, and the most memory held, without mapped files (Linux).
`--folder FOLDER` keeps the made vectors in FOLDER and takes those of an earlier run from there.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pyarrow as pa

from kg.nouns import Fault, Illustration
from vision.clusters import ClusterConfig, ClusterEnricher
from vision.commands import cache_folder
from vision.duplicates import DuplicateConfig, likely, telling
from vision.embeddings import Embeddings
from vision.encoders import load
from vision.grouping import TELLING, Grouping, asked_of, belonging, grouped, reach
from vision.kept import voters
from vision.projection import ProjectionConfig, ProjectionEnricher
from vision.reduce import space_of
from vision.search import nearest
from vision.tables import illustration

Labels = dict[str, str]
Method = Callable[[np.ndarray, int], np.ndarray]


def read(corpus: Path) -> list[Illustration]:
    """All pictures, with the folder of their book as their source."""
    items = []
    for table in sorted(corpus.glob("*/illustrations.csv")):
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["image"]:
                    one = illustration(row["id"], table.parent / row["image"])
                    items.append(
                        replace(
                            one,
                            source=table.parent.name,
                            id=row["id"],
                            caption=row["caption"],
                            language=row["language"],
                        )
                    )
    return items


def labels_of(path: Path | None) -> Labels:
    """Label by content of the picture."""
    if path is None:
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(path.parent / row["file"], row["label"]) for row in csv.DictReader(file)]
    return {hashlib.sha256(p.read_bytes()).hexdigest(): label for p, label in rows if label and p.is_file()}


def hdbscan_alone(vectors: np.ndarray, _seed: int) -> np.ndarray:
    from hdbscan import HDBSCAN

    return np.asarray(HDBSCAN().fit(vectors.astype(np.float64)).labels_)


def umap_and_hdbscan(vectors: np.ndarray, seed: int) -> np.ndarray:
    from hdbscan import HDBSCAN
    from umap import UMAP

    return np.asarray(HDBSCAN().fit(UMAP(random_state=seed, n_jobs=1).fit_transform(vectors)).labels_)


def ours(vectors: np.ndarray, seed: int) -> np.ndarray:
    points = space_of(vectors).points(vectors)
    found = grouped(points, Grouping(seed=seed))
    rows = np.arange(len(points))
    near = voters(points, points, asked_of(found.settings), rows)
    groups, shares = belonging(found.labels, reach(near[2], found), near, rows)
    return np.where(shares[:, 0] >= TELLING, groups[:, 0], -1)


def jaccard(labels: np.ndarray, others: np.ndarray) -> float:
    """Mean over the groups of the best overlap with a group of the other grouping."""
    found = []
    for group in np.unique(labels[labels >= 0]):
        mine = labels == group
        overlaps = [
            (mine & (others == o)).sum() / (mine | (others == o)).sum()
            for o in np.unique(others[mine])
            if o >= 0
        ]
        found.append(max(overlaps, default=0.0))
    return float(np.mean(found)) if found else 0.0


def purity(labels: np.ndarray, kinds: Sequence[str], among: np.ndarray | None = None) -> float:
    """How many of the labelled pictures in groups (those `among`) have their group's commonest label."""
    right = total = 0
    for group in np.unique(labels[labels >= 0]):
        rows = [r for r in np.flatnonzero(labels == group).tolist() if kinds[r]]
        if rows:
            common = Counter(kinds[r] for r in rows).most_common(1)[0][0]
            asked = [r for r in rows if among is None or among[r]]
            right += sum(kinds[r] == common for r in asked)
            total += len(asked)
    return right / max(1, total)


def line(name: str, method: Method, vectors: np.ndarray, kinds: Sequence[str]) -> str:
    start = time.process_time()
    labels = method(vectors, 42)
    seconds = time.process_time() - start
    steady = []
    for turn in range(3):
        part = np.sort(
            np.random.default_rng(turn).choice(len(vectors), round(0.8 * len(vectors)), replace=False)
        )
        steady.append(jaccard(labels[part], method(vectors[part], 43 + turn)))
    sizes = np.bincount(labels[labels >= 0]) if (labels >= 0).any() else np.zeros(1)
    return (
        f"{name:18} {(sizes > 0).sum():4} groups, in none {(labels < 0).mean():5.0%}, largest"
        f" {sizes.max() / len(vectors):4.0%}, steady {np.mean(steady):.2f}, one label"
        f" {purity(labels, kinds):.2f}, {seconds:5.1f} s"
    )


def compare(name: str, items: Sequence[Illustration], embeddings: Embeddings, labels: Labels) -> None:
    vectors, _ = embeddings.look(items)
    kinds = [labels.get(i.image_digest, "") for i in items]
    print(f"{name}: {len(items)} pictures", flush=True)
    for title, method in (
        ("HDBSCAN", hdbscan_alone),
        ("UMAP and HDBSCAN", umap_and_hdbscan),
        ("clusters", ours),
    ):
        print("  " + line(title, method, vectors, kinds), flush=True)


def growth(items: Sequence[Illustration], embeddings: Embeddings, labels: Labels) -> None:
    """A tenth of the pictures is added to the others' groups."""
    vectors, _ = embeddings.look(items)
    kinds = [labels.get(i.image_digest, "") for i in items]
    new = np.zeros(len(items), bool)
    new[np.random.default_rng(0).choice(len(items), len(items) // 10, replace=False)] = True
    space = space_of(vectors[~new])
    points, asked = space.points(vectors[~new]), space.points(vectors[new])
    found = grouped(points, Grouping())
    result, own = np.full(len(items), -1), np.arange(len(points))
    near = voters(points, points, asked_of(found.settings), own)
    told = found.labels, reach(near[2], found)
    far = voters(points, asked, asked_of(found.settings))
    for rows, (groups, shares) in ((~new, belonging(*told, near, own)), (new, belonging(*told, far))):
        result[rows] = np.where(shares[:, 0] >= TELLING, groups[:, 0], -1)
    print(
        f"{int(new.sum())} pictures added to {int((~new).sum())}: in a group {(result[new] >= 0).mean():.0%}"
        f" (of the others {(result[~new] >= 0).mean():.0%}), with their group's commonest label"
        f" {purity(result, kinds, new):.2f} (of the others {purity(result, kinds, ~new):.2f})"
    )


def made(count: int, items: Sequence[Illustration], embeddings: Embeddings, folder: Path) -> None:
    """So many vectors between and around the real ones, kept in `folder` as `Embeddings` keeps them, under
    the digests "0", "1" … hashed.
    """
    random = np.random.default_rng(1)
    real, _ = embeddings.matrix(items)
    near, _ = nearest(embeddings.look(items)[0], embeddings.look(items)[0], 11)
    spread = real.std(axis=0)
    home = folder / embeddings.encoder.key
    home.mkdir(parents=True, exist_ok=True)
    for start in range(0, count, 8192):
        some = digests_of(range(start, min(start + 8192, count)))
        a = random.integers(0, len(real), len(some))
        b = near[a, random.integers(1, 11, len(some))]
        along = random.uniform(-0.3, 0.8, (len(some), 1)).astype(np.float32)
        found = real[a] + along * (real[b] - real[a])
        found += 0.1 * random.standard_normal(found.shape, np.float32) * spread
        flat = pa.array(found.astype(np.float16).ravel())
        table = pa.table({"digest": some, "vector": pa.FixedSizeListArray.from_arrays(flat, found.shape[1])})
        path = home / f"{start:09}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)


def digests_of(numbers: Iterable[int]) -> list[str]:
    return [hashlib.sha256(str(n).encode()).hexdigest() for n in numbers]


def scale(count: int, items: Sequence[Illustration], embeddings: Embeddings, folder: Path) -> None:
    """Time and memory of the stages for so many made vectors, kept in `folder`; they get the captions of
    real pictures.
    """
    if not (folder / embeddings.encoder.key).exists():
        made(count, items, embeddings, folder)
    vectors = Embeddings(folder, embeddings.encoder)
    captions = [(i.caption, i.language) for i in items]
    pictures = [
        Illustration(f"book-{n // 200}", str(n), image_digest=digest, caption=caption, language=language)
        for n, digest in enumerate(digests_of(range(count)))
        for caption, language in (captions[n % len(captions)],)
    ]
    duplicates = DuplicateConfig()
    ways: dict[str, Callable[[], list[str]]] = {
        "clusters": lambda: notices(ClusterEnricher(ClusterConfig(), vectors, folder / "clusters"), pictures),
        "clusters, kept": lambda: notices(
            ClusterEnricher(ClusterConfig(), vectors, folder / "clusters"), pictures
        ),
        "projection": lambda: notices(
            ProjectionEnricher(ProjectionConfig(), vectors, folder / "map"), pictures
        ),
        "candidates for duplicates": lambda: [
            f"{len(likely(telling(vectors, pictures), duplicates)):,} pairs"
        ],
    }
    print(f"{count:,} vectors; before: {held():.1f} GB", flush=True)
    for kept in ("clusters", "map"):
        (folder / kept).unlink(missing_ok=True)
    for name, way in ways.items():
        start, cpu = time.perf_counter(), time.process_time()
        with most_held() as most:
            said = way()
        print(
            f"  {name}: {time.perf_counter() - start:.0f} s ({time.process_time() - cpu:.0f} s of CPU),"
            f" {max(most):.1f} GB at most; {'; '.join(said)}",
            flush=True,
        )


def notices(enricher: Any, pictures: Sequence[Illustration]) -> list[str]:
    """What a stage says of the whole, and how many claims and observations."""
    reasons, count = [], 0
    for said in enricher.claims(pictures):
        if isinstance(said, Fault):
            reasons.append(said.reason)
        else:
            count += 1
    return [*reasons, f"{count:,} claims and observations"]


def held() -> float:
    """Memory of this process in GB, without files that are mapped into it (these may be dropped at will)."""
    with Path("/proc/self/status").open(encoding="ascii") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("RssAnon")) / 1e6


@contextmanager
def most_held() -> Iterator[list[float]]:
    """What was held, ten times a second."""
    seen, done = [held()], Event()

    def watch() -> None:
        while not done.wait(0.1):
            seen.append(held())

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--scale", type=int, action="append", default=[])
    parser.add_argument("--folder", type=Path, help="where made vectors are kept")
    parser.add_argument("--all", action="store_true", help="all books together only")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    items = read(options.corpus)
    embeddings = Embeddings(cache_folder(), load())
    list(embeddings.ensure(items))
    items = [i for i in {i.image_digest: i for i in items}.values() if i.image_digest in embeddings]
    for count in options.scale:
        with tempfile.TemporaryDirectory(prefix="legenda-") as scratch:
            scale(count, items, embeddings, (options.folder or Path(scratch)) / str(count))
    if options.scale:
        return
    labels = labels_of(options.labels)
    books = sorted({i.source for i in items})
    for book in [] if options.all else books:
        own = [i for i in items if i.source == book]
        if len(own) >= 50:
            compare(book, own, embeddings, labels)
    compare("all books", items, embeddings, labels)
    growth(items, embeddings, labels)


if __name__ == "__main__":
    main()
