"""Pictures read in processes are those read in threads, and what kills such a process costs one picture."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_vision_pictures import draw

from kg.nouns import Fault, Illustration
from vision import embeddings, gpu, reading
from vision.embeddings import Embeddings
from vision.encoders import load
from vision.images import ImageError
from vision.reading import Readers, Wanted


def values(picture: Image.Image) -> np.ndarray:
    """A preparation that dies of black pictures."""
    array = np.asarray(picture)
    if array.ndim == 3 and not array.any():
        os.abort()
    return array


def waited(readers: Readers) -> Readers:
    """They, all started."""
    while readers._idle.qsize() < len(readers._all):
        time.sleep(0.01)
    return readers


def test_processes_read_what_threads_read_and_survive_what_kills_one(tmp_path: Path) -> None:
    paths = [draw(tmp_path / f"{seed}.png", seed).image or "" for seed in range(5)]
    Image.new("RGB", (40, 30)).save(tmp_path / "black.png")
    (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    small = tmp_path / "small" / "0.webp"
    piece = [
        Wanted(paths[0], False, small),
        *map(Wanted, [*paths, tmp_path / "black.png", tmp_path / "torn.png"]),
    ]
    with Readers(2, 512, values) as readers:
        found = waited(readers).ask(piece)
        while readers._idle.qsize() < 2:  # one has come anew
            time.sleep(0.01)
        first = [process for process in readers._first if process.poll() is None]
        assert len(first) == 2
    assert found[0] is None and small.exists()
    for path, value in zip(paths, found[1:6], strict=True):
        assert np.array_equal(value, reading.read(512, values, Wanted(path)))
    assert [type(value) for value in found[6:]] == [ImageError, ImageError]
    assert "died" in str(found[6]) and "not a picture" in str(found[7])
    assert all(process.poll() == 0 for process in first), "none is left behind"


def test_a_disk_that_cannot_be_written_is_no_fault_of_the_picture(tmp_path: Path) -> None:
    picture = draw(tmp_path / "0.png", 0).image or ""
    (tmp_path / "full").write_text("where a folder should be")
    with waited(Readers(1, 512, values)) as readers:
        for _ in range(2):
            with pytest.raises(OSError):
                readers.ask([Wanted(picture, True, tmp_path / "full" / "0.webp")])
        assert np.array_equal(readers.ask([Wanted(picture)])[0], reading.read(512, values, Wanted(picture)))


def test_processes_that_read_end_when_the_program_that_asks_is_killed() -> None:
    asks = "import sys; sys.path[:] = {path!r}; from test_vision_reading import killed; killed()"
    program = subprocess.run([sys.executable, "-c", asks.format(path=sys.path)], stdout=subprocess.PIPE)
    assert program.returncode == -signal.SIGKILL
    for pid in map(int, program.stdout.split()):
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.01)


def killed() -> None:
    """Start processes, name the first and kill this one."""
    readers = waited(Readers(2, 512, values))
    print(readers._first[0].pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def test_vectors_are_the_same_whether_threads_or_processes_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings.os, "cpu_count", lambda: 1)
    encoder = load()
    pictures = [draw(tmp_path / f"{seed}.png", seed, (700, 500)) for seed in range(3)]
    Image.effect_noise((600, 300), 80).save(tmp_path / "grey.png")
    pictures.append(draw(tmp_path / "grey.png", 9))
    (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    torn = Illustration("book", "torn", image=tmp_path / "torn.png", image_digest="0" * 64)
    matrices, faults = [], []

    def looked_at(how: str) -> None:
        vectors = Embeddings(tmp_path / how, encoder)
        faults.append(list(vectors.ensure([*pictures, torn], lambda d: tmp_path / how / f"{d}.webp")))
        matrices.append(vectors.matrix(pictures)[0])
        assert (tmp_path / how / f"{pictures[0].image_digest}.webp").exists()

    looked_at("threads")
    monkeypatch.setattr(reading, "MANY", 1)
    monkeypatch.setattr(embeddings, "device", lambda: "cuda")
    alone: list[int] = []  # what threads read while processes start is read by processes here
    monkeypatch.setattr(reading.Readers, "__enter__", waited)
    monkeypatch.setattr(reading, "read", lambda *_: alone.append(1))
    looked_at("processes")
    assert not alone
    assert matrices[0].any(axis=1).all() and np.array_equal(*matrices)
    assert faults[0] == faults[1] and [type(fault) for fault in faults[0]] == [Fault]


def test_every_encoders_preparation_can_be_sent_to_another_process(tmp_path: Path) -> None:
    import timm
    from safetensors.torch import save_file

    file = tmp_path / "m.safetensors"
    save_file(timm.create_model("mobilenetv3_small_050").state_dict(), file)
    picture = Image.effect_noise((300, 200), 90)
    for spec in (
        "packaged:efficientnet-lite0",
        "packaged:efficientnet-lite0+efficientnet-lite2",
        f"timm:mobilenetv3_small_050@{file}",
    ):
        prepare = load(spec).prepare
        sent = pickle.loads(pickle.dumps(prepare))
        for one, other in zip(prepare(picture), sent(picture), strict=True):
            assert np.array_equal(one, other)


def test_grey_and_coloured_pictures_come_together_in_their_order() -> None:
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (4, 5, depth), np.uint8) for depth in (1, 3, 3, 1, 1)]
    batch = gpu.batched(pictures, (4, 5, 3), "cpu").numpy()
    assert batch.dtype == np.uint8
    assert np.array_equal(batch, np.stack([np.broadcast_to(p, (4, 5, 3)) for p in pictures]))
