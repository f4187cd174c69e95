"""Publishing when the disk is full or the process is killed: what was served stays served."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_kg_store import DUERER, GRAPHIC, corpus, review, run

from kg import commands, snapshots
from kg.nouns import Claim
from kg.store import Store, StoreError, open_store


def changed(store: Store, number: int) -> None:
    store.put_run(run("link"), [Claim("duerer/000", "artist", DUERER, number / 10)], str(number))
    store.derive_current()


def filled(folder: Path) -> Store:
    store = open_store(folder)
    store.put_corpus(corpus())
    store.put_run(run(), [Claim("duerer/000", "category", GRAPHIC, 0.9)], "1")
    store.derive_current()
    return store


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 32 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as out, pytest.raises(OSError):
        while True:
            out.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


def served(folder: Path) -> int:
    """How many quads the served snapshot has, read from its files."""
    snapshot = snapshots.latest(folder)
    assert snapshot is not None
    return len(snapshot.open())


def test_a_full_disk_leaves_the_old_snapshot_served_and_a_later_publish_succeeds(disk: Path) -> None:
    folder = disk / "store"
    with pytest.raises(OSError, match="No space left"), filled(folder) as store:
        first = snapshots.publish(store)
        before = served(folder)
        changed(store, 9)
        with full(disk):
            with pytest.raises(StoreError, match=r"No space left .* the old snapshot is still served"):
                snapshots.publish(store)
            assert snapshots.latest(folder) == first and served(folder) == before
            with pytest.raises(OSError):
                store.add_review(review("r1", GRAPHIC, "accepted", "01"))
    # Oxigraph takes nothing more until it is opened anew; the lock is free, and only the review is lost.
    assert [each.version for each in snapshots.list_all(folder)] == [first.version]
    second = snapshots.publish(folder)
    assert second.version != first.version and served(folder) > before
    with open_store(folder) as store:
        store.add_review(review("r1", GRAPHIC, "accepted", "01"))
        assert store.counts()["Review"] == 1


def test_a_full_disk_is_one_line_on_the_command_line(disk: Path) -> None:
    folder = disk / "store"
    with filled(folder) as store:
        snapshots.publish(store)
        changed(store, 9)
    with full(disk):
        done = CliRunner().invoke(commands.snapshot, ["publish", "--store", str(folder)])
        assert done.exit_code == 2
        (line,) = done.output.splitlines()
        assert "No space left on device" in line
        out = disk / "dump.nq"
        done = CliRunner().invoke(commands.dump, ["--store", str(folder), "--out", str(out)])
        assert done.exit_code == 2 and not out.exists()
        (line,) = done.output.splitlines()
        assert "No space left on device" in line
    done = CliRunner().invoke(commands.snapshot, ["publish", "--store", str(folder)])
    assert done.exit_code == 0 and "snapshots" in done.output


@pytest.mark.parametrize("before", ["snapshot.json", "VERSION", "CURRENT"])
def test_killed_while_publishing_the_old_snapshot_stays_and_the_next_publish_succeeds(
    tmp_path: Path, before: str
) -> None:
    folder = tmp_path / "store"
    with filled(folder) as store:
        first = snapshots.publish(store)
        quads = served(folder)
        changed(store, 9)
    script = Path(__file__).with_name("kg_killed_writer.py")
    done = subprocess.run([sys.executable, str(script), str(folder), "publish", before], check=False)
    assert done.returncode == -signal.SIGKILL
    assert snapshots.latest(folder) == first and served(folder) == quads
    second = snapshots.publish(folder)
    assert snapshots.latest(folder) == second != first and served(folder) > quads
    assert list((folder / "snapshots").glob(".*")) == []
    assert snapshots.rollback(folder, first.version) == first and served(folder) == quads
