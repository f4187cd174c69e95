"""Encoders in 8-bit integers, for CPUs: `int8:SPEC`, nearly the vectors of SPEC in six tenths of the time.

    int8:packaged:efficientnet-lite0    convolutions in integers, by ranges that come with the program
    int8:timm:MODEL                     matrix products in integers (transformers)
    int8:open_clip:MODEL/PRETRAINED     the same of the image tower; the text tower stays as it is

Prepared once and kept in the user's cache. Whenever it is loaded, pictures drawn like plates are looked at
both ways: less than cosine `LEAST` between the two is one clear error, and nothing is computed. Its key
differs from SPEC's, so that vectors of both are never mixed; models made for SPEC answer for it too.

`python -m vision.int8 LABELS.csv` measures the packaged networks on the pictures of a table and writes what
comes with the program.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from vision import onnxpath, quantised
from vision.augment import ScanLike
from vision.encoders import PACKAGED, Encoder, EncoderError, PackagedEncoder, cache_key, device, load, stored
from vision.images import open_image

LEAST = 0.99  # cosine to the vectors of the encoder it is made from
MEASURED = Path(__file__).parent / "models" / "int8"
PLATES = 96  # pictures that the ranges are measured on
DRAWN = 8  # pictures that the closeness is checked on


class Int8Encoder:
    """Another encoder, its network in 8-bit integers; all else is the other's.

    `base` is the encoder it stands for.
    """

    def __init__(self, name: str) -> None:
        self.base: Encoder = load(name)
        self.spec = f"int8:{name}"
        if not hasattr(self.base, "vectors"):
            raise EncoderError(f"{self.spec}: {name} cannot be had in 8-bit integers")
        if device() != "cpu":
            raise EncoderError(f"{self.spec}: 8-bit integers are for CPUs, there is a GPU: say {name}")
        if not onnxpath.available():
            raise EncoderError(f"{self.spec}: 8-bit integers need ONNX Runtime: pip install onnxruntime onnx")
        self._one_at_a_time = Lock()
        self.sha256 = self.base.sha256
        self.prepare = self.base.prepare
        self.side, self.dimension, self.look = self.base.side, self.base.dimension, self.base.look

    def __getattr__(self, name: str) -> Any:
        """What else the other can do: words, its text tower."""
        if name in ("base", "_run"):
            raise AttributeError(name)
        return getattr(self.base, name)

    @property
    def preprocessing(self) -> dict[str, Any]:
        """The other's, and which integers."""
        file = self._measured
        how = "products" if file is None else hashlib.sha256(file.read_bytes()).hexdigest()
        return {**self.base.preprocessing, "integers": f"{how}, exempt {quantised.EXEMPT}"}

    @property
    def key(self) -> str:
        return cache_key(self)

    def encode(self, prepared: Sequence[Any]) -> np.ndarray:
        """Prepared pictures to vectors, float32 [n, dimension]. Raises `EncoderError` the first time when
        they are not near enough to the other's.
        """
        with self._one_at_a_time:  # prepared once, though batches come from several threads
            run = self._run
        return stored(run([np.asarray(picture) for picture in prepared]))

    @property
    def _measured(self) -> Path | None:
        """What was measured of a packaged network; None: only products are in integers."""
        kind, _, name = self.base.spec.partition(":")
        return MEASURED / f"{name}.safetensors" if kind == "packaged" else None

    @cached_property
    def _run(self) -> onnxpath.Run:
        drawn = [self.base.prepare(picture) for picture in plates(DRAWN)]
        run = onnxpath.running(self._file(drawn[0]))
        near = onnxpath.closeness(stored(run([np.asarray(each) for each in drawn])), self.base.encode(drawn))
        if not near >= LEAST:
            raise EncoderError(
                f"{self.spec}: in 8-bit integers its vectors come only to cosine {near:.3f} of those of "
                f"{self.base.spec} on this machine, {LEAST} is asked for: say {self.base.spec}"
            )
        return run

    def _file(self, example: Any) -> Path:
        """The network in integers, written when it is not there."""
        import torch

        file = onnxpath.kept(f"{self.key}.onnx")
        if file.exists():
            return file
        base: Any = self.base
        batch = torch.as_tensor(onnxpath.coloured(np.asarray(example)))[None]
        with torch.inference_mode():
            source = onnxpath.exported(base.network, base.vectors, batch, base.key)
        try:
            if self._measured is None:
                quantised.products(source, file)
            else:
                quantised.integers(source, quantised.Measured.load(self._measured), file)
        except quantised.QuantisedError as error:
            raise EncoderError(f"{self.spec}: {error}: say {self.base.spec}") from None
        return file


def plates(count: int) -> list[Image.Image]:
    """Drawn pictures with what plates have: forms in tones and lines, a screen, paper, type of the other
    side. The same ones every time.
    """
    random = np.random.default_rng(1)
    printed = ScanLike(
        grey=0.6,
        contrast=0.7,
        yellowing=0.4,
        print_through=0.3,
        halftone=0.5,
        blur=0.3,
        rotation=0.2,
        jpeg=0.5,
    )
    return [printed(_drawn(random), random) for _ in range(count)]


def _drawn(random: np.random.Generator) -> Image.Image:
    """Clouds of all sizes, and forms before them, filled or hatched."""
    width, height = (int(side) for side in random.integers(240, 480, 2))
    tones = np.zeros((height, width, 3), np.float32)
    for cells in (3, 6, 12, 24, 48, 96):
        coarse = random.integers(0, 256, (cells, cells, 3), np.uint8)
        cloud = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        tones += (np.asarray(cloud, np.float32) - 128) * random.uniform(0.5, 1.5) / cells**0.5
    picture = Image.fromarray(np.clip(tones + random.integers(90, 200), 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for _ in range(int(random.integers(4, 30))):
        x, y = random.uniform(0, width), random.uniform(0, height)
        reach = random.uniform(0.03, 0.35) * min(width, height)
        corners = [(x + reach * dx, y + reach * dy) for dx, dy in random.uniform(-1, 1, (5, 2))]
        ink = tuple(int(v) for v in random.integers(0, 256, 3))
        if random.random() < 0.5:
            pen.polygon(corners, fill=ink)
        else:
            for step in np.linspace(-reach, reach, int(random.integers(3, 40))):
                pen.line([(x - reach, y + step), (x + reach, y + step + reach / 3)], fill=ink, width=1)
    return picture


def measure(name: str, files: Sequence[Path]) -> quantised.Measured:
    """What a packaged network sees of pictures."""
    import torch

    encoder = PackagedEncoder(name)
    pictures = [encoder.prepare(open_image(file, encoder.side, grey=True)) for file in files]
    batch = torch.as_tensor(onnxpath.coloured(pictures[0]))[None]
    return quantised.measure(
        onnxpath.exported(encoder.network, encoder.vectors, batch, encoder.key), pictures
    )


def some(labels: Path, count: int = PLATES) -> list[Path]:
    """So many pictures of a table with a column `file`, drawn by lot, the same ones every time."""
    with labels.open(encoding="utf-8", newline="") as file:
        files = [labels.parent / row["file"] for row in csv.DictReader(file)]
    rows = np.random.default_rng(0).permutation(len(files))[:count]
    return [files[row] for row in sorted(rows.tolist())]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m vision.int8 LABELS.csv")
    MEASURED.mkdir(parents=True, exist_ok=True)
    for packaged in PACKAGED:
        measure(packaged, some(Path(sys.argv[1]))).save(MEASURED / f"{packaged}.safetensors")
