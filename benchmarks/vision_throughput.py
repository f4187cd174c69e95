"""How fast pictures become vectors: `python benchmarks/vision_throughput.py FOLDER [N]`.

In one run, on the first N (default 96) pictures of FOLDER: the bare network on ready tensors, the whole way
(read, decode, thumbnail, vector, cache), and the loop people write (open with Pillow, resize, one forward
pass, next). Bars: whole way ≥ 0.9 × bare network, ≥ 3 × loop. Prints pictures per second and the two ratios.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from vision.embeddings import Embeddings
from vision.encoders import BATCH, load, packaged_network, to_tensor
from vision.images import open_image
from vision.tables import illustration, pictures


def measure(folder: Path, count: int) -> dict[str, float]:
    """Pictures per second of the three ways over the first `count` pictures of `folder`."""
    import torch
    from PIL import Image

    encoder = load()
    items = [illustration(name, path) for name, path in pictures([folder])[:count]]
    ready = [encoder.prepare(open_image(item.image or "", encoder.side)) for item in items]
    encoder.encode(ready[:BATCH])  # warm up
    rates = {}

    start = time.perf_counter()
    for at in range(0, len(ready), BATCH):
        encoder.encode(ready[at : at + BATCH])
    rates["bare network"] = len(ready) / (time.perf_counter() - start)

    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        faults = list(Embeddings(scratch, encoder).ensure(items, lambda d: Path(scratch) / f"{d}.webp"))
        rates["whole way"] = (len(items) - len(faults)) / (time.perf_counter() - start)

    network = packaged_network("efficientnet-lite0").to(memory_format=torch.contiguous_format)
    size = encoder.preprocessing["resize"]
    start = time.perf_counter()
    for item in items:
        with torch.no_grad():
            picture = Image.open(item.image or "").convert("RGB").resize(size, Image.Resampling.BICUBIC)
            network(to_tensor(picture, (0.5,) * 3, (0.5,) * 3)[None])
    rates["one-image loop"] = len(items) / (time.perf_counter() - start)
    return rates


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    found = measure(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 96)
    for name, rate in found.items():
        print(f"{name:16} {rate:7.1f} pictures/s")
    print(f"whole way / bare network   {found['whole way'] / found['bare network']:.2f}")
    print(f"whole way / one-image loop {found['whole way'] / found['one-image loop']:.2f}")
