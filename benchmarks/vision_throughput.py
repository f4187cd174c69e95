"""How fast pictures become vectors: `python benchmarks/vision_throughput.py FOLDER [N]`.

On the first N (default 48) pictures of FOLDER and the same as JPEGs of 7.7 megapixels, in rounds that measure
every way in turn, the median of which is said: the bare network on ready tensors, the whole way (read,
decode, vector, kept; also with thumbnails) and the loop people write (open with Pillow, torchvision's
transforms, one forward pass, next), in PyTorch and, where it is installed, in ONNX Runtime, also in 8-bit
integers. Then what part of the processor's time reading takes, and how much memory a new process needs for N
and for 4 N pictures. Bars: whole way ≥ 0.9 × bare network and ≥ 3 × loop, large JPEGs not held up by
decoding, memory flat. Prints pictures per second, ratios, mebibytes.
"""

from __future__ import annotations

import hashlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from kg.nouns import Illustration
from vision import onnxpath
from vision.embeddings import Embeddings
from vision.encoders import DEFAULT, Encoder, batch_size, load, packaged_network
from vision.images import open_image
from vision.tables import illustration, pictures

ROUNDS = 5


def measure(folder: Path, count: int) -> dict[str, float]:
    """Pictures per second of each way over the first `count` pictures of `folder`."""
    items = [illustration(name, path) for name, path in pictures([folder])[:count]]
    encoders = {"PyTorch": pytorch_only()}
    if onnxpath.available():
        encoders |= {"ONNX": load(), "int8": load(f"int8:{DEFAULT}")}
    ready = [encoders["PyTorch"].prepare(open_image(item.image or "", 512)) for item in items]
    network = packaged_network("efficientnet-lite0")
    with tempfile.TemporaryDirectory() as scratch:
        large = [enlarged(item, Path(scratch)) for item in items]
        ways: dict[str, Callable[[], int]] = {
            "the loop people write": lambda: loop(network, items),
            "7.7 megapixels, the loop people write": lambda: loop(network, large[::4]),
        }
        for name, encoder in encoders.items():
            ways |= {
                f"{name}, bare network": lambda e=encoder: bare(e, ready),
                f"{name}, whole way": lambda e=encoder: whole_way(e, items),
                f"{name}, with thumbnails": lambda e=encoder: whole_way(e, items, thumbnails=True),
                f"{name}, 7.7 megapixels": lambda e=encoder: whole_way(e, large),
            }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(ROUNDS + 1):
            for name, way in ways.items():
                start = time.perf_counter()
                done = way()
                if turn:  # the first warms up
                    rates[name].append(done / (time.perf_counter() - start))
        found = {name: statistics.median(several) for name, several in rates.items()}
        for name, some in (("0.1 megapixels", items), ("7.7 megapixels", large)):
            start = time.process_time()
            for item in some:
                encoders["PyTorch"].prepare(open_image(item.image or "", 512))
            found[f"reading alone, one core, {name}"] = len(some) / (time.process_time() - start)
    return found


def pytorch_only() -> Encoder:
    """The packaged encoder as it is where ONNX Runtime is not installed."""
    encoder = load()
    vars(encoder)["_quick"] = None
    return encoder


def bare(encoder: Encoder, ready: list[Any]) -> int:
    """The network on pictures that are decoded and prepared already."""
    for at in range(0, len(ready), batch_size()):
        encoder.encode(ready[at : at + batch_size()])
    return len(ready)


def loop(network: Any, items: list[Illustration]) -> int:
    """What is written first: one picture after the other, decoded whole, all settings as they come."""
    import torch
    from PIL import Image
    from torchvision import transforms

    transform = transforms.Compose(
        [transforms.Resize((320, 320)), transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)]
    )
    with torch.no_grad():
        for item in items:
            network(transform(Image.open(item.image or "").convert("RGB")).unsqueeze(0))
    return len(items)


def whole_way(encoder: Encoder, items: list[Illustration], thumbnails: bool = False) -> int:
    """From file to kept vector, and thumbnail."""
    with tempfile.TemporaryDirectory() as scratch:
        small = (lambda d: Path(scratch) / f"{d}.webp") if thumbnails else None
        faults = list(Embeddings(scratch, encoder).ensure(items, small))
        return len(items) - len(faults)


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
    count = int(sys.argv[2]) if len(sys.argv) == 3 else 48
    found = measure(Path(sys.argv[1]), count)
    for name, rate in found.items():
        print(f"{name:42} {rate:7.1f} pictures/s")
    for name in [name.partition(",")[0] for name in found if name.endswith("bare network")]:
        for one, other in (
            ("whole way", f"{name}, bare network"),
            ("with thumbnails", f"{name}, bare network"),
            ("7.7 megapixels", f"{name}, bare network"),
            ("whole way", "PyTorch, bare network"),
            ("7.7 megapixels", "PyTorch, bare network"),
            ("whole way", "the loop people write"),
            ("7.7 megapixels", "7.7 megapixels, the loop people write"),
        ):
            print(f"{name}, {one} / {other}: {found[f'{name}, {one}'] / found[other]:.2f}")
    for times in (1, 4):
        command = [sys.executable, __file__, "--memory", sys.argv[1], str(count), str(times)]
        more = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(f"{count * times} pictures: {more:.0f} MiB more than the first batches")


if __name__ == "__main__":
    main()
