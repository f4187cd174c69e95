"""Vectors of pictures, computed once and kept: illustrations go in, a matrix of vectors comes out.

The cache is a folder of Arrow files (columns `digest`, `vector`), each written whole and renamed into place,
never changed afterwards: a killed run loses at most the pictures since the last file, a later run computes
only pictures whose content it has not seen. A file that is torn or holds vectors of another length is left
aside and said so, and its pictures are looked at again. Files are memory-mapped, so the cache may be larger
than memory.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kg.nouns import Fault, Illustration
from vision import reading
from vision.encoders import Encoder, EncoderError, batch_size, device
from vision.images import ImageError
from vision.reading import Wanted

STAGE = "embeddings"
FILE_EVERY = 512  # pictures per Arrow file
FILE_AFTER = 20.0  # seconds after which a smaller file is written, so that a kill costs little


class Embeddings:
    """The vectors of one encoder, kept in `folder` by image digest (SHA-256 of the image file's bytes).

    Several encoders may share a folder: each has its own sub-folder. Several processes may add at the same
    time; one sees what the others added when it is opened anew.
    """

    def __init__(self, folder: Path | str, encoder: Encoder) -> None:
        self.encoder = encoder
        self.folder = Path(folder) / encoder.key
        self._where: dict[str, tuple[int, int]] = {}  # digest → (part, row)
        self._parts: list[np.ndarray] = []  # float16 [rows, dimension], memory-mapped
        self._unusable: list[tuple[Path, str]] = []
        for path in sorted(self.folder.glob("*.arrow")):
            self._open(path)

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, digest: str) -> bool:
        return digest in self._where

    def ensure(
        self,
        illustrations: Sequence[Illustration],
        thumbnail: Callable[[str], Path] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[Fault]:
        """Compute what is missing, yielding a `Fault` for each picture that cannot be read.

        A picture is decoded once for its vector and its thumbnail; `thumbnail` tells where a digest's
        thumbnail is to be (one that is there already is left alone), `progress` is called with the number of
        illustrations done since its last call. Pictures are decoded ahead of the encoder, in threads, or many
        of them for a GPU in processes; memory does not grow with the corpus. Being a generator, it works as
        its faults are consumed. Raises `EncoderError` when the encoder gives vectors of another length than
        it promises; nothing of such a batch is kept.
        """
        for path, reason in self._unusable:
            reason = f"kept vectors cannot be used, their pictures are looked at again ({reason})"
            yield Fault(STAGE, str(path), reason, "notice")
        report = progress or (lambda _done: None)
        missing: dict[str, Illustration] = {}
        settled = 0
        for illustration in illustrations:
            digest = illustration.image_digest
            have_vector = digest in self._where
            have_thumbnail = thumbnail is None or not digest or thumbnail(digest).exists()
            if (
                illustration.image is None
                or not digest
                or (have_vector and have_thumbnail)
                or digest in missing
            ):
                settled += 1
            else:
                missing[digest] = illustration
        if settled:
            report(settled)

        def wanted(illustration: Illustration) -> Wanted:
            digest = illustration.image_digest
            small = thumbnail(digest) if thumbnail is not None else None
            small = None if small is None or small.exists() else small
            return Wanted(illustration.image or "", digest not in self._where, small)

        fresh: list[tuple[str, np.ndarray]] = []
        size = batch_size() if missing else 1  # asking for kept vectors takes no torch
        since = time.monotonic()

        def encoded(batch: list[tuple[Illustration, Any]]) -> tuple[int, list[Fault], list[Any]]:
            faults = [
                Fault(STAGE, str(i.image), str(value)) for i, value in batch if isinstance(value, ImageError)
            ]
            good = [(i, value) for i, value in batch if not isinstance(value, ImageError | None)]
            if not good:
                return len(batch), faults, []
            vectors = self._encoded([value for _, value in good])
            return len(batch), faults, list(zip((i.image_digest for i, _ in good), vectors, strict=True))

        try:
            with self._reading(len(missing)) as (threads, read, piece), ThreadPoolExecutor(2) as two:
                pieces = _batches(map(wanted, missing.values()), piece)
                values = chain.from_iterable(_ahead(threads, read, pieces, 3 * size // piece))
                batches = _batches(zip(missing.values(), values, strict=True), size)
                for done, faults, vectors in _ahead(two, encoded, batches, 2):  # the next begins as one ends
                    yield from faults
                    fresh += vectors
                    report(done)
                    if len(fresh) >= FILE_EVERY or time.monotonic() - since > FILE_AFTER:
                        self._write(fresh)
                        since = time.monotonic()
        finally:  # an interrupted or abandoned run keeps what it has computed
            self._write(fresh)

    @contextmanager
    def _reading(self, count: int) -> Iterator[tuple[ThreadPoolExecutor, Callable[[Any], list[Any]], int]]:
        """Threads, what they do to a piece of the list to read it, and how long such a piece is."""
        side, prepare = self.encoder.side, self.encoder.prepare
        workers = min(16, os.cpu_count() or 2)
        if count >= reading.MANY and device() == "cuda" and hasattr(os, "fork"):
            with reading.Readers(workers, side, prepare) as readers, ThreadPoolExecutor(workers) as threads:
                yield threads, readers.ask, reading.PIECE
        else:
            with ThreadPoolExecutor(workers) as threads:
                yield threads, lambda piece: [reading.read(side, prepare, one) for one in piece], 1

    def matrix(self, illustrations: Sequence[Illustration]) -> tuple[np.ndarray, np.ndarray]:
        """Their vectors, float32 [n, dimension], and a mask [n] of those that have one (others are zero)."""
        result = np.zeros((len(illustrations), self.encoder.dimension), np.float32)
        mask = np.zeros(len(illustrations), bool)
        for row, illustration in enumerate(illustrations):
            place = self._where.get(illustration.image_digest)
            if place is not None:
                result[row] = self._parts[place[0]][place[1]]
                mask[row] = True
        return result, mask

    def look(self, illustrations: Sequence[Illustration]) -> tuple[np.ndarray, np.ndarray]:
        """As `matrix`, only the part that says what is depicted, each row of length one (for cosine
        similarity).
        """
        columns = self.encoder.look
        result = np.zeros((len(illustrations), columns.stop - columns.start), np.float32)
        mask = np.zeros(len(illustrations), bool)
        for row, illustration in enumerate(illustrations):
            place = self._where.get(illustration.image_digest)
            if place is not None:
                result[row] = self._parts[place[0]][place[1], columns]
                mask[row] = True
        lengths = np.linalg.norm(result, axis=1, keepdims=True)
        return result / np.maximum(lengths, 1e-9), mask

    def seen(self, illustrations: Sequence[Illustration]) -> tuple[list[Illustration], np.ndarray]:
        """Those that have a vector, in the order of their keys, and what `look` says of them: what a stage
        that needs the whole corpus starts from, whatever order the corpus came in.
        """
        ordered = sorted(illustrations, key=lambda i: i.key)
        vectors, mask = self.look(ordered)
        return [i for i, has in zip(ordered, mask, strict=True) if has], vectors[mask]

    def _encoded(self, prepared: Sequence[Any]) -> np.ndarray:
        """Vectors of prepared pictures, float16 [n, dimension], checked."""
        vectors = self.encoder.encode(prepared).astype(np.float16)
        if vectors.shape != (len(prepared), self.encoder.dimension):
            raise EncoderError(
                f"{self.encoder.spec} gave {vectors.shape[0]} vectors of {vectors.shape[1:]} numbers for "
                f"{len(prepared)} pictures, but promises {self.encoder.dimension} numbers each"
            )
        return vectors

    def _write(self, fresh: list[tuple[str, np.ndarray]]) -> None:
        if not fresh:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        flat = pa.array(np.concatenate([vector for _, vector in fresh]))
        vectors = pa.FixedSizeListArray.from_arrays(flat, self.encoder.dimension)
        table = pa.table({"digest": [digest for digest, _ in fresh], "vector": vectors})
        path = self.folder / f"{time.time_ns():020d}-{os.getpid()}.arrow"
        temporary = path.with_suffix(".tmp")
        with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        temporary.replace(path)
        fresh.clear()
        self._open(path)

    def _open(self, path: Path) -> None:
        expected = pa.schema(
            {"digest": pa.string(), "vector": pa.list_(pa.float16(), self.encoder.dimension)}
        )
        try:
            with pa.memory_map(str(path)) as source:
                table = pa.ipc.open_file(source).read_all()
            table.validate()
        except (pa.ArrowInvalid, OSError) as error:
            self._unusable.append((path, str(error).splitlines()[0]))
            return
        if not table.schema.equals(expected):
            self._unusable.append((path, f"it does not hold vectors of {self.encoder.dimension} numbers"))
            return
        for batch in table.to_batches():  # joining them would copy them into memory
            flat = batch.column("vector").flatten().to_numpy(zero_copy_only=True)
            self._parts.append(flat.reshape(-1, self.encoder.dimension))
            for row, digest in enumerate(batch.column("digest").to_pylist()):
                self._where.setdefault(digest, (len(self._parts) - 1, row))


def _ahead(
    threads: ThreadPoolExecutor, work: Callable[[Any], Any], items: Iterable[Any], window: int
) -> Iterator[Any]:
    """`map` in threads, in order, never more than `window` results ahead of their use."""
    waiting = iter(items)
    futures = [threads.submit(work, item) for item in islice(waiting, window)]
    position = 0
    while position < len(futures):
        result = futures[position].result()
        futures[position] = None  # type: ignore[call-overload]
        position += 1
        futures += [threads.submit(work, item) for item in islice(waiting, 1)]
        yield result


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch
