"""Reading pictures, keeping their vectors, and the models that come with the program."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from test_enrich_pipeline import enriched

from enrich import registry
from kg.nouns import Claim, Fault, Illustration, Observation
from vision import heads, metrics, training
from vision.clusters import ClusterConfig, ClusterEnricher
from vision.embeddings import Embeddings
from vision.encoders import Encoder, EncoderError, load
from vision.enrichers import CategoryConfig, CategoryEnricher, MediumConfig, MediumEnricher
from vision.grouping import Grouping, grouped
from vision.images import ImageError, open_image
from vision.projection import ProjectionConfig, ProjectionEnricher


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load()


def draw(path: Path, seed: int, size: tuple[int, int] = (120, 90)) -> Illustration:
    """A picture of random blots, as an illustration of a corpus."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 255, (6, 8, 3), dtype=np.uint8), "RGB")
    coarse.resize(size, Image.Resampling.BICUBIC).save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Illustration("book", path.stem, image=path, image_digest=digest, caption=f"Blots number {seed}")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Illustration]:
    folder = tmp_path_factory.mktemp("pictures")
    return [draw(folder / f"p{seed:02}.png", seed) for seed in range(16)]


@pytest.fixture(scope="module")
def embeddings(
    tmp_path_factory: pytest.TempPathFactory, encoder: Encoder, pictures: list[Illustration]
) -> Embeddings:
    vectors = Embeddings(tmp_path_factory.mktemp("vectors"), encoder)
    assert list(vectors.ensure(pictures)) == []
    return vectors


def save_bad(folder: Path) -> dict[str, Path]:
    """One file of each kind that people's folders hold and that is no ordinary picture."""
    grey = np.linspace(0, 4095, 64 * 64).reshape(64, 64)
    Image.new("CMYK", (64, 48), (0, 200, 200, 10)).save(folder / "cmyk.jpg")
    Image.fromarray(grey.astype(np.uint16)).save(folder / "deep.png")
    Image.fromarray(grey.astype(np.float32)).save(folder / "float.tif")
    Image.new("P", (40, 40), 3).save(folder / "palette.png")
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(folder / "clear.png")
    frames = [Image.new("P", (40, 40), i) for i in range(3)]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 40), "red").save(folder / "turned.jpg", exif=exif)
    Image.new("RGB", (50, 50), "blue").save(folder / "right.png")
    (folder / "right.png").rename(folder / "wrong-extension.jpg")
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    whole = folder / "whole.jpg"
    Image.effect_noise((400, 400), 80).convert("RGB").save(whole)
    (folder / "cut.jpg").write_bytes(whole.read_bytes()[:9000])
    (folder / "empty.png").write_bytes(b"")
    (folder / "drawing.svg").write_text("<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "page.jpg").write_text("<!DOCTYPE html><title>404</title>")
    (folder / "program.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n")
    Image.new("1", (30_000, 30_000)).save(folder / "bomb.png", compress_level=1)
    return {path.name: path for path in folder.iterdir()}


def test_odd_pictures_are_shown_or_refused_with_a_reason(tmp_path: Path) -> None:
    files = save_bad(tmp_path)
    for name in ("cmyk.jpg", "deep.png", "float.tif", "palette.png", "moving.gif", "wrong-extension.jpg"):
        picture = open_image(files[name], 32)
        assert picture.mode == "RGB" and max(picture.size) == 32, name
    assert open_image(files["turned.jpg"]).size == (40, 80)
    assert open_image(files["clear.png"]).getpixel((3, 3)) == (255, 255, 255)
    assert np.ptp(np.asarray(open_image(files["deep.png"]))) == 255
    reasons = {
        "dot.png": "too small",
        "cut.jpg": "damaged",
        "empty.png": "empty file",
        "drawing.svg": "SVG",
        "page.jpg": "HTML",
        "program.eps": "PostScript",
        "bomb.png": "too large",
        "absent.png": "no such file",
    }
    for name, reason in reasons.items():
        with pytest.raises(ImageError, match=reason):
            open_image(tmp_path / name, 32)


def test_a_run_names_what_is_no_picture_and_looks_at_the_others(tmp_path: Path) -> None:
    corpus = tmp_path / "shelf"
    corpus.mkdir()
    files = save_bad(corpus)
    (corpus / "drawing.svg").rename(corpus / "svg-called.png")
    start = (corpus / "bomb.png").read_bytes()
    header = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)  # of what it would unpack to
    (corpus / "lie.png").write_bytes(start[:12] + header + struct.pack(">I", zlib.crc32(header)) + start[33:])
    frames = [Image.new("RGB", (40, 40), c) for c in ("red", "blue")]
    frames[0].save(corpus / "moving.webp", save_all=True, append_images=frames[1:])
    names = sorted(p.name for p in corpus.iterdir() if p.is_file())
    rows = "\n".join(f"{name},{name}," for name in names)
    (corpus / "illustrations.csv").write_text(f"id,image,caption\n{rows}\n")
    stages = tuple(s for s in registry.STAGES if s.name in ("category", "duplicates", "projection"))
    outcome = enriched(corpus, tmp_path / "store", stages)
    assert [s.state for s in outcome.stages] == ["done"] * 4 and outcome.published
    faults = {Path(f.place).name: f.reason for f in outcome.faults if f.level == "error"}
    refused = {
        "dot.png": "too small", "cut.jpg": "damaged", "empty.png": "empty file", "svg-called.png": "SVG",
        "page.jpg": "HTML", "program.eps": "PostScript", "bomb.png": "too large", "lie.png": "too large",
    }  # fmt: skip
    assert set(faults) == set(refused)
    for name, reason in refused.items():
        assert reason in faults[name], (name, faults[name])
    shown = set(names) - set(refused)
    places = Embeddings(tmp_path / "store" / "cache" / "embeddings", load())
    assert shown == {n for n in names if hashlib.sha256((corpus / n).read_bytes()).hexdigest() in places}
    assert {"cmyk.jpg", "deep.png", "palette.png", "moving.gif", "moving.webp", "turned.jpg"} < shown
    assert len(files) > 15


def test_a_large_scan_is_made_small_before_it_is_copied(tmp_path: Path) -> None:
    grey = np.tile(np.linspace(100, 3000, 2000, dtype=np.uint16), (1500, 1))
    Image.fromarray(grey).save(tmp_path / "deep.tif")
    exif = Image.Exif()
    exif[0x0112] = 8
    Image.fromarray((grey >> 4).astype(np.uint8)).convert("RGBA").save(tmp_path / "turned.png", exif=exif)
    deep = np.asarray(open_image(tmp_path / "deep.tif", 100))
    assert deep.shape == (75, 100, 3) and deep[0, 0, 0] < 4 and deep[-1, -1, 0] > 251
    turned = np.asarray(open_image(tmp_path / "turned.png", 100)).astype(int)
    assert turned.shape == (100, 75, 3) and turned[0, 0, 0] > turned[-1, 0, 0] + 150


def test_a_picture_is_looked_at_once_and_its_thumbnail_written(tmp_path: Path, encoder: Encoder) -> None:
    pictures = [draw(tmp_path / f"{seed}.png", seed, (700, 500)) for seed in range(3)]
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 not much of a picture")
    digest = hashlib.sha256(broken.read_bytes()).hexdigest()
    everything = [*pictures, Illustration("book", "broken", broken, digest), Illustration("book", "none")]

    def thumbnail(name: str) -> Path:
        return tmp_path / "thumbnails" / f"{name}.webp"

    done: list[int] = []
    vectors = Embeddings(tmp_path / "cache", encoder)
    faults = list(vectors.ensure(everything, thumbnail, done.append))
    assert [type(fault) for fault in faults] == [Fault] and faults[0].place == str(broken)
    assert sum(done) == len(everything)
    assert Image.open(thumbnail(pictures[0].image_digest)).size[0] == 480
    files = sorted((tmp_path / "cache").rglob("*.arrow"))
    again = Embeddings(tmp_path / "cache", encoder)
    assert len(again) == 3
    list(again.ensure(pictures, thumbnail))
    assert sorted((tmp_path / "cache").rglob("*.arrow")) == files
    matrix, mask = again.matrix(everything)
    assert mask.tolist() == [True, True, True, False, False]
    fresh = encoder.encode([encoder.prepare(open_image(pictures[1].image or "", encoder.side))])[0]
    np.testing.assert_allclose(matrix[1], fresh, rtol=2e-3, atol=2e-3)


def test_shipped_models_claim_runners_up_with_the_image_as_evidence(
    embeddings: Embeddings, pictures: list[Illustration]
) -> None:
    for enricher in (
        CategoryEnricher(CategoryConfig(), embeddings),
        MediumEnricher(MediumConfig(), embeddings),
    ):
        claims = list(enricher.claims([*pictures, Illustration("book", "none")]))
        assert {c.illustration for c in claims if isinstance(c, Claim)} == {p.key for p in pictures}
        for claim in claims:
            assert isinstance(claim, Claim) and claim.property == enricher.name
            assert claim.confidence >= 0.05 and claim.evidence[0].kind == "image"
        assert list(enricher.claims(pictures)) == claims


def test_the_map_lies_in_the_unit_square_and_is_the_same_twice(
    embeddings: Embeddings, pictures: list[Illustration]
) -> None:
    enricher = ProjectionEnricher(ProjectionConfig(), embeddings)
    first = list(enricher.claims(pictures))
    assert all(isinstance(o, Observation) and 0 <= float(str(o.value)) <= 1 for o in first)
    assert first == list(enricher.claims(pictures[::-1]))
    assert next(iter(enricher.claims(pictures[:1]))).value == 0.5  # type: ignore[union-attr]


def test_clear_groups_are_found_and_named_alike_in_any_order() -> None:
    random = np.random.default_rng(1)
    centres = random.normal(size=(4, 32))
    vectors = np.repeat(centres, 25, axis=0) + random.normal(scale=0.15, size=(100, 32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = grouped(vectors.astype(np.float32), Grouping())
    assert found.count == 4 and not found.degenerate


def test_sameness_without_structure_is_reported_not_dressed_up(
    tmp_path: Path, embeddings: Embeddings, pictures: list[Illustration]
) -> None:
    few = list(ClusterEnricher(ClusterConfig(), embeddings).claims(pictures[:5]))
    assert [type(f) for f in few] == [Fault] and few[0].level == "notice"  # type: ignore[union-attr]


def test_a_trained_model_answers_the_same_in_another_process(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    target = np.arange(120) % 3
    vectors = (random.normal(size=(120, 20)) + 2 * np.eye(3, 20)[target]).astype(np.float32)
    names, groups = [f"kind{t}" for t in target], [f"book{i // 20}" for i in range(120)]
    head = training.train("category", vectors, names, groups, ("packaged:none", "0" * 64))
    head.save(tmp_path / "model")
    np.save(tmp_path / "vectors.npy", vectors)
    here = heads.load(tmp_path / "model").probabilities(vectors)
    program = (
        "import sys, numpy as np; from vision import heads; "
        "print(heads.load(sys.argv[1]).probabilities(np.load(sys.argv[2])).tobytes().hex())"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "model"), str(tmp_path / "vectors.npy")]
    there = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert here.tobytes().hex() == there
    assert head.card["left_out"]["accuracy"] > 0.8
    assert "whole groups left out" in head.card["validation"]


def test_a_damaged_or_foreign_model_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(heads.ModelError, match=r"card\.json is missing"):
        heads.load(tmp_path)
    good = heads.load(heads.shipped("medium"))
    good.save(tmp_path / "m")
    tensors = tmp_path / "m" / heads.TENSORS
    tensors.write_bytes(tensors.read_bytes()[:-4])
    with pytest.raises(heads.ModelError, match="damaged"):
        heads.load(tmp_path / "m")
    (tmp_path / "m" / heads.CARD).write_text(json.dumps({"format": "pickle"}))
    with pytest.raises(heads.ModelError, match="format"):
        heads.load(tmp_path / "m")
    with pytest.raises(EncoderError, match="unknown encoder"):
        load("magic:wand")


def test_calibration_and_coverage_say_what_they_should() -> None:
    probabilities = np.array([[0.9, 0.1]] * 90 + [[0.6, 0.4]] * 10)
    truth = np.array([0] * 90 + [1] * 10)
    assert metrics.coverage_threshold(probabilities, truth, 0.95) == pytest.approx(0.9)
    assert metrics.coverage_threshold(probabilities, truth, 0.8) == 0.0
    # Nine in ten right, of a hundred: that it would be nine in ten of others too is not sure enough.
    assert metrics.coverage_threshold(probabilities, truth, 0.9) == pytest.approx(0.9)
    # A model that is right in nothing decides only what it would be as sure of as it was asked to be.
    assert metrics.coverage_threshold(probabilities, 1 - truth, 0.95) == 0.95
    assert metrics.calibration_error(probabilities, truth) == pytest.approx(0.9 * 0.1 + 0.1 * 0.6)
    assert metrics.f1_per_label(truth, probabilities.argmax(1), 2)[1] == 0.0


def test_a_torn_or_foreign_file_of_vectors_is_left_aside_and_its_pictures_looked_at_again(
    tmp_path: Path, encoder: Encoder, pictures: list[Illustration]
) -> None:
    first = Embeddings(tmp_path, encoder)
    assert list(first.ensure(pictures[:2])) == []
    (whole,) = first.folder.glob("*.arrow")
    (first.folder / "0-torn.arrow").write_bytes(whole.read_bytes()[:-700])
    (first.folder / "0-empty.arrow").write_bytes(b"")
    short = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(24, np.float16)), 12)
    table = pa.table({"digest": [p.image_digest for p in pictures[2:4]], "vector": short})
    with (
        pa.OSFile(str(first.folder / "0-short.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as f,
    ):
        f.write_table(table)
    again = Embeddings(tmp_path, encoder)
    notices = list(again.ensure(pictures[:4]))
    assert [n.level for n in notices] == ["notice"] * 3
    assert {Path(n.place).name for n in notices} == {"0-torn.arrow", "0-empty.arrow", "0-short.arrow"}
    matrix, mask = again.matrix(pictures[:4])
    assert mask.all() and np.abs(matrix).sum(axis=1).all()


def test_vectors_of_another_length_than_promised_are_refused_before_they_are_kept(
    tmp_path: Path, pictures: list[Illustration], monkeypatch: pytest.MonkeyPatch
) -> None:
    liar = load()
    monkeypatch.setattr(liar, "dimension", liar.dimension - 7)
    vectors = Embeddings(tmp_path, liar)
    with pytest.raises(
        EncoderError, match=r"gave 3 vectors of .2848,. numbers for 3 pictures, but promises 2841"
    ):
        list(vectors.ensure(pictures[:3]))
    assert not list(tmp_path.rglob("*.arrow"))


def test_kept_vectors_are_mapped_not_copied_into_memory(encoder: Encoder, tmp_path: Path) -> None:
    for name in "ab":
        digests = [f"{name}{n}" for n in range(500)]
        numbers = pa.array(np.zeros(500 * encoder.dimension, np.float16))
        vectors = pa.FixedSizeListArray.from_arrays(numbers, encoder.dimension)
        (tmp_path / encoder.key).mkdir(exist_ok=True)
        table = pa.table({"digest": digests, "vector": vectors})
        with pa.ipc.new_file(str(tmp_path / encoder.key / f"{name}.arrow"), table.schema) as writer:
            writer.write_table(table, max_chunksize=200)
        del numbers, vectors, table
    before = pa.total_allocated_bytes()
    kept = Embeddings(tmp_path, encoder)
    assert len(kept) == 1000 and {"a499", "b0"} <= set(kept._where)
    assert pa.total_allocated_bytes() - before < 500 * encoder.dimension * 2 / 10


def test_a_large_jpeg_of_any_shape_looks_as_if_all_of_it_had_been_decoded(
    tmp_path: Path, pictures: list[Illustration]
) -> None:
    plate = Image.open(pictures[2].image or "").convert("RGB")
    for size in ((3000, 600), (1300, 1900)):
        large = plate.resize(size)
        large.save(tmp_path / "large.jpg", quality=90)
        seen = open_image(tmp_path / "large.jpg", 512)
        assert max(seen.size) == 512
        whole = np.asarray(large.resize(seen.size, Image.Resampling.BICUBIC), np.float32)
        assert np.abs(np.asarray(seen, np.float32) - whole).mean() < 2


def test_a_grey_scan_is_looked_at_as_its_twin_in_colour(tmp_path: Path, encoder: Encoder) -> None:
    grey = np.random.default_rng(2).integers(0, 256, (700, 900), np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(grey).convert("RGB").save(tmp_path / "colour.png")
    scan, twin = (open_image(tmp_path / f"{name}.png", 512, grey=True) for name in ("grey", "colour"))
    assert (scan.mode, twin.mode, scan.size) == ("L", "RGB", twin.size)
    one, other = encoder.prepare(scan), encoder.prepare(twin)
    assert (
        one.shape == (320, 320, 1) and other.shape == (320, 320, 3) and np.array_equal(one + other * 0, other)
    )
    np.testing.assert_array_equal(*encoder.encode([one, other]))
    assert open_image(tmp_path / "grey.png", 512).mode == "RGB"


@pytest.mark.parametrize("with_onnx", [True, False])
def test_threads_that_share_an_encoder_get_the_vectors_of_their_own_pictures(
    encoder: Encoder, pictures: list[Illustration], with_onnx: bool
) -> None:
    asked = load()
    if not with_onnx:  # as where ONNX Runtime is not installed: PyTorch does the work
        vars(asked)["_quick"] = None
    prepared = [encoder.prepare(open_image(p.image or "", encoder.side)) for p in pictures[:6]]
    alone = [encoder.encode([one]) for one in prepared]
    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(lambda one: asked.encode([one]), prepared))
    np.testing.assert_allclose(np.stack(together), np.stack(alone), rtol=1e-2, atol=1e-2)


def test_a_timm_model_promises_the_length_it_gives(tmp_path: Path, pictures: list[Illustration]) -> None:
    import timm
    from safetensors.torch import save_file

    network = timm.create_model("mobilenetv3_small_050")  # has a layer after its `num_features`
    save_file(network.state_dict(), tmp_path / "m.safetensors")
    encoder = load(f"timm:mobilenetv3_small_050@{tmp_path / 'm.safetensors'}")
    vectors = Embeddings(tmp_path / "cache", encoder)
    assert list(vectors.ensure(pictures[:3])) == []
    assert vectors.matrix(pictures[:3])[0].shape == (3, 1024) == (3, encoder.dimension)
