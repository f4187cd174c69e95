"""How fast pictures become vectors: `python benchmarks/vision_throughput.py FOLDER [N [ENCODER]]`.

On the first N pictures of FOLDER (default 48; taken several times, under other names, where there are fewer)
and the same as JPEGs of 7.7 megapixels, in rounds that measure every way in turn, the median of which is
said: the bare network on ready tensors, the whole way (read, decode, vector, kept; also with thumbnails) and
the loop people write (open with Pillow, torchvision's transforms, one forward pass, next). On a CPU in
PyTorch and, where it is installed, in ONNX Runtime, also in 8-bit integers; where there is a GPU, on it (some
thousands of pictures, for that goes fast). Then what part of the processor's time reading takes, and how much
memory a new process needs for N and for 4 N pictures. Bars: whole way ≥ 0.9 × bare network and ≥ 3 × loop,
large JPEGs not held up by decoding, memory flat. Prints pictures per second, ratios, mebibytes.
"""

from __future__ import annotations

import hashlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from kg.nouns import Illustration
from vision import onnxpath
from vision.embeddings import Embeddings
from vision.encoders import DEFAULT, Encoder, batch_size, device, load, packaged_network
from vision.images import open_image
from vision.tables import illustration, pictures

ROUNDS = 5
LARGE = 48  # different pictures of 7.7 megapixels; also how many are looked at one after the other


def measure(folder: Path, count: int, spec: str) -> dict[str, float]:
    """Pictures per second of each way over `count` pictures of `folder`."""
    some = [illustration(name, path) for name, path in pictures([folder])[:count]]
    items = repeated(some, count)
    encoders = {"GPU": load(spec)} if device() == "cuda" else {"PyTorch": pytorch_only(spec)}
    if device() == "cpu" and onnxpath.available():
        encoders |= {"ONNX": load(spec), "int8": load(f"int8:{spec}")}
    plain = next(iter(encoders.values()))
    ready = [plain.prepare(open_image(item.image or "", plain.side, grey=True)) for item in some]
    ready = [ready[n % len(ready)] for n in range(count)]
    kind, _, name = spec.partition(":")
    network: Any = packaged_network(name).to(device()) if kind == "packaged" else load(spec)
    network = getattr(network, "network", network)
    with tempfile.TemporaryDirectory() as scratch:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            large = list(threads.map(lambda item: enlarged(item, Path(scratch)), some[:LARGE]))
        large = repeated(large, count)
        ways: dict[str, Callable[[], int]] = {
            "the loop people write": lambda: loop(network, items[:LARGE]),
            "7.7 megapixels, the loop people write": lambda: loop(network, large[: LARGE // 4]),
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
        found = {name: statistics.median(each) for name, each in rates.items()}
        for name, several in (("0.1 megapixels", items[:LARGE]), ("7.7 megapixels", large[:LARGE])):
            start = time.process_time()
            for item in several:
                plain.prepare(open_image(item.image or "", plain.side, grey=True))
            found[f"reading alone, one core, {name}"] = len(several) / (time.process_time() - start)
    return found


def repeated(items: list[Illustration], count: int) -> list[Illustration]:
    """So many of them, again and again, as if each were another picture."""
    digests = [hashlib.sha256(f"{items[n % len(items)].image_digest}{n}".encode()) for n in range(count)]
    return [replace(items[n % len(items)], image_digest=d.hexdigest()) for n, d in enumerate(digests)]


def pytorch_only(spec: str) -> Encoder:
    """A packaged encoder as it is where ONNX Runtime is not installed."""
    encoder = load(spec)
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
            network(transform(Image.open(item.image or "").convert("RGB")).unsqueeze(0).to(device())).cpu()
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


def memory(folder: Path, count: int, times: int, spec: str) -> float:
    """Mebibytes that looking at the first `count` pictures of `folder`, each `times` times under another
    name, takes at most beyond what a few batches take. For a process of its own.
    """
    encoder = load(spec)
    items = [illustration(name, path) for name, path in pictures([folder])[:count]]
    whole_way(encoder, repeated(items, batch_size() * 4))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    whole_way(encoder, repeated(items, count * times))
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main() -> None:
    """Measure and print; see above."""
    if sys.argv[1:2] == ["--memory"]:
        print(memory(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]))
        return
    if len(sys.argv) not in (2, 3, 4):
        sys.exit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 48
    spec = sys.argv[3] if len(sys.argv) > 3 else DEFAULT
    found = measure(Path(sys.argv[1]), count, spec)
    for name, rate in found.items():
        print(f"{name:42} {rate:7.1f} pictures/s")
    plain = "GPU" if device() == "cuda" else "PyTorch"
    for name in [name.partition(",")[0] for name in found if name.endswith("bare network")]:
        for one, other in dict.fromkeys(
            (
                ("whole way", f"{name}, bare network"),
                ("with thumbnails", f"{name}, bare network"),
                ("7.7 megapixels", f"{name}, bare network"),
                ("whole way", f"{plain}, bare network"),
                ("7.7 megapixels", f"{plain}, bare network"),
                ("whole way", "the loop people write"),
                ("7.7 megapixels", "7.7 megapixels, the loop people write"),
            )
        ):
            print(f"{name}, {one} / {other}: {found[f'{name}, {one}'] / found[other]:.2f}")
    for times in (1, 4):
        command = [sys.executable, __file__, "--memory", sys.argv[1], str(count), str(times), spec]
        more = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(f"{count * times} pictures: {more:.0f} MiB more than the first batches")


if __name__ == "__main__":
    main()
