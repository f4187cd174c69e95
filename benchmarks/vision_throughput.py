"""How fast pictures become vectors: `python benchmarks/vision_throughput.py FOLDER [N]`.

In one run, on the first N (default 96) pictures of FOLDER: the bare network on ready tensors, the whole way
(read, decode, thumbnail, vector, cache), and the loop people write (open with Pillow, resize, one forward
pass, next); then the whole way on the same pictures as JPEGs of 7.7 megapixels, and how much memory a new
process needs for N and for 4 N pictures. Bars: whole way ≥ 0.9 × bare network, ≥ 3 × loop, large JPEGs not
held up by decoding (≥ 0.9 × bare network too), memory flat. Prints pictures per second, ratios, mebibytes.
"""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from kg.nouns import Illustration
from vision.embeddings import Embeddings
from vision.encoders import Encoder, batch_size, load, packaged_network, to_tensor
from vision.images import open_image
from vision.tables import illustration, pictures


def measure(folder: Path, count: int) -> dict[str, float]:
    """Pictures per second of each way over the first `count` pictures of `folder`."""
    import torch
    from PIL import Image

    encoder, size = load(), batch_size()
    items = [illustration(name, path) for name, path in pictures([folder])[:count]]
    ready = [encoder.prepare(open_image(item.image or "", encoder.side)) for item in items]
    encoder.encode(ready[:size])  # warm up
    rates = {}

    start = time.perf_counter()
    for at in range(0, len(ready), size):
        encoder.encode(ready[at : at + size])
    rates["bare network"] = len(ready) / (time.perf_counter() - start)
    rates["whole way"] = whole_way(encoder, items)
    rates["with thumbnails"] = whole_way(encoder, items, thumbnails=True)

    network = packaged_network("efficientnet-lite0").to(memory_format=torch.contiguous_format)
    side = encoder.preprocessing["resize"]
    start = time.perf_counter()
    for item in items:
        with torch.no_grad():
            picture = Image.open(item.image or "").convert("RGB").resize(side, Image.Resampling.BICUBIC)
            network(to_tensor(picture, (0.5,) * 3, (0.5,) * 3)[None])
    rates["one-image loop"] = len(items) / (time.perf_counter() - start)

    with tempfile.TemporaryDirectory() as scratch:
        large = [enlarged(item, Path(scratch)) for item in items]
        rates["whole way, 7.7 megapixels"] = whole_way(encoder, large)
    return rates


def whole_way(encoder: Encoder, items: list[Illustration], thumbnails: bool = False) -> float:
    """Pictures per second from file to kept vector, and thumbnail."""
    with tempfile.TemporaryDirectory() as scratch:
        small = (lambda d: Path(scratch) / f"{d}.webp") if thumbnails else None
        start = time.perf_counter()
        faults = list(Embeddings(scratch, encoder).ensure(items, small))
        return (len(items) - len(faults)) / (time.perf_counter() - start)


def enlarged(item: Illustration, folder: Path) -> Illustration:
    """The picture as a JPEG of 7.7 megapixels."""
    picture = open_image(item.image or "")
    scale = (7.7e6 / (picture.width * picture.height)) ** 0.5
    path = folder / f"{item.image_digest}.jpg"
    picture.resize((round(picture.width * scale), round(picture.height * scale))).save(path, quality=88)
    return illustration(path.name, path)


def memory(folder: Path, count: int, times: int) -> float:
    """Mebibytes that looking at the first `count` pictures of `folder`, each `times` times under another
    name, takes at most beyond what a few batches take. For a process of its own.
    """
    encoder = load()
    items = [illustration(name, path) for name, path in pictures([folder])[:count]]
    whole_way(encoder, items[: batch_size() * 4])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    digests = [
        hashlib.sha256(f"{i.image_digest}{k}".encode()).hexdigest() for k in range(times) for i in items
    ]
    whole_way(encoder, [replace(items[n % len(items)], image_digest=d) for n, d in enumerate(digests)])
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main() -> None:
    """Measure and print; see above."""
    if sys.argv[1:2] == ["--memory"]:
        print(memory(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
        return
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) == 3 else 96
    found = measure(Path(sys.argv[1]), count)
    for name, rate in found.items():
        print(f"{name:26} {rate:7.1f} pictures/s")
    for one, other in (
        ("whole way", "bare network"),
        ("with thumbnails", "bare network"),
        ("whole way", "one-image loop"),
        ("whole way, 7.7 megapixels", "bare network"),
    ):
        print(f"{one} / {other}: {found[one] / found[other]:.2f}")
    for times in (1, 4):
        command = [sys.executable, __file__, "--memory", sys.argv[1], str(count), str(times)]
        more = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(f"{count * times} pictures: {more:.0f} MiB more than the first batches")


if __name__ == "__main__":
    main()
