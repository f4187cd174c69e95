"""open_clip from a local file: pictures and words in one space, zero-shot heads, search."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import map_store
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from api.app import create_app
from kg.nouns import Illustration
from vision import heads, knowledge, onnxpath, schemes, search, training
from vision.commands import classify
from vision.embeddings import Embeddings
from vision.encoders import EncoderError, load
from vision.openclip import OpenClipEncoder, zero_shot

TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "patch_size": 16, "head_width": 32},
    "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny open_clip model with random weights, saved as an ordinary checkpoint file."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("open_clip")
    config = folder / "legenda-tiny.json"
    config.write_text(json.dumps(TINY), encoding="utf-8")
    open_clip.add_model_config(config)
    torch.manual_seed(7)
    checkpoint = folder / "tiny.safetensors"
    model = open_clip.create_model("legenda-tiny")
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, checkpoint)
    return f"open_clip:legenda-tiny/{checkpoint}"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Illustration]:
    folder = tmp_path_factory.mktemp("pictures")
    made = []
    for number, caption in enumerate(["The old mill", "Grundriß der Kirche", "A mill and a church"]):
        path = folder / f"{number}.png"
        noise = np.random.default_rng(number).integers(0, 255, (5, 5, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((90, 80)).save(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        made.append(Illustration("b", str(number), path, digest, caption=caption))
    return made


def test_words_and_pictures_share_a_space_that_is_the_same_when_loaded_again(
    spec: str, pictures: list[Illustration], tmp_path: Path
) -> None:
    first, second = load(spec), load(spec)
    assert isinstance(first, OpenClipEncoder) and isinstance(second, OpenClipEncoder)
    assert first.key == second.key
    np.testing.assert_array_equal(first.encode_words(["eine Kirche"]), second.encode_words(["eine Kirche"]))
    vectors = Embeddings(tmp_path, first)
    assert list(vectors.ensure(pictures)) == []
    matrix, _ = vectors.look(pictures)
    cosines = matrix @ first.encode_words(["a church"])[0]
    held = search.Vectors(vectors, [p.image_digest for p in pictures])
    assert search.find(held, 2, words="a church").tolist() == np.argsort(-cosines)[:2].tolist()


def test_the_image_tower_in_integers_is_near_and_knows_the_same_words(
    spec: str, pictures: list[Illustration], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    whole, coarse = load(spec), load(f"int8:{spec}")
    both = []
    for encoder in (whole, coarse):
        vectors = Embeddings(tmp_path, encoder)
        assert list(vectors.ensure(pictures)) == []
        both.append(
            (vectors.matrix(pictures)[0], search.Vectors(vectors, [p.image_digest for p in pictures]))
        )
    (fine, held), (near, asked) = both
    assert (tmp_path / "legenda" / "onnx" / onnxpath.FORMAT / f"{coarse.key}.onnx").exists()
    assert 0.99 < onnxpath.closeness(fine, near) < 0.9999999
    found = [search.find(each, 3, words="a church").tolist() for each in (held, asked)]
    assert sorted(found[0]) == sorted(found[1]) == [0, 1, 2]


def test_a_zero_shot_head_is_a_model_like_any_other(
    spec: str, pictures: list[Illustration], tmp_path: Path
) -> None:
    encoder = load(spec)
    assert isinstance(encoder, OpenClipEncoder)
    zero_shot(encoder, "category", schemes.prompts("category")).save(tmp_path / "zero")
    head = heads.load(tmp_path / "zero")
    assert head.labels == schemes.order("category") and "not calibrated" in head.card["validation"]
    picture = encoder.encode([encoder.prepare(Image.new("RGB", (64, 64), "white"))])
    assert head.probabilities(picture).sum() == pytest.approx(1.0)


def test_pictures_are_classified_by_the_labels_names_alone(
    spec: str, pictures: list[Illustration], tmp_path: Path
) -> None:
    asked = [str(p.image) for p in pictures]
    out, cache = str(tmp_path / "o.csv"), ["--cache", str(tmp_path / "cache")]
    done = CliRunner().invoke(classify, [*asked, "--encoder", spec, "--decide-all", "--out", out, *cache])
    assert done.exit_code == 0, done.output
    lines = list(csv.DictReader((tmp_path / "o.csv").open(encoding="utf-8")))
    assert [line["file"] for line in lines] == asked
    assert all(line["category"] in schemes.order("category") for line in lines)
    assert all(line["medium"] in schemes.order("medium") for line in lines)
    refused = CliRunner().invoke(
        classify, [asked[0], "--encoder", "packaged:efficientnet-lite0", "--out", out]
    )
    assert refused.exit_code == 2 and "knows no words" in refused.output


def test_one_function_answers_pictures_files_and_words(
    spec: str, pictures: list[Illustration], tmp_path: Path
) -> None:
    seeing = Embeddings(tmp_path, load(spec))
    assert list(seeing.ensure(pictures)) == []
    digests = [p.image_digest for p in pictures]
    held = search.Vectors(seeing, [*digests, ""])  # the last has no picture
    assert search.find(held, 5, like=[1])[0] == 1
    assert sorted(search.find(held, 5, like=[1]).tolist()) == [0, 1, 2]
    assert search.find(held, 5, picture=pictures[2].image)[0] == 2
    captioned = search.find(held, 5, words="mill", captioned=lambda words: [2, 0] if words == "mill" else [])
    assert captioned.tolist() == [2, 0, 1]  # the captions' first, then what only looks like it
    blind = Embeddings(tmp_path, load())  # an encoder without a text tower
    assert search.find(search.Vectors(blind, digests), 5, words="mill").tolist() == []
    assert search.find(None, 5, words="mill", captioned=lambda _: [1]).tolist() == [1]


def test_the_web_side_finds_by_words_what_only_the_pictures_say(spec: str, tmp_path: Path) -> None:
    store = map_store.build(tmp_path, 9, vectors=True, encoder=spec)
    client = create_app(store).test_client()
    found = client.get("/map/find?q=Krug").json["ranked"]
    manifest = client.get("/map/manifest.json").json
    block = client.get(f"/map/plates/{manifest['version']}/0.json").json
    assert len(found) == 9 and all("Krug" in str(block[n]) for n in found[:4])
    assert not any("Krug" in str(block[n]) for n in found[4:])
    nobody_wrote = client.get("/map/find?q=a+blue+ellipse").json["ranked"]
    other = client.get("/map/find?q=stormy+weather").json["ranked"]
    assert len(nobody_wrote) == len(other) == 9 and nobody_wrote != other


def test_nearest_neighbours_are_exact() -> None:
    random = np.random.default_rng(2)
    vectors = random.normal(size=(400, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows, cosines = search.nearest(vectors, vectors[:300], 3)
    assert (rows[:, 0] == np.arange(300)).all() and (np.diff(cosines, axis=1) <= 0).all()


def test_nearest_neighbours_of_very_many_are_nearly_all_found_and_the_same_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("faiss")
    random = np.random.default_rng(3)
    centres = random.normal(size=(300, 24))
    vectors = (centres[random.integers(0, 300, 6000)] + random.normal(scale=0.5, size=(6000, 24))).astype(
        np.float32
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    exact, likeness = search.nearest(vectors, vectors[:1500], 6)
    monkeypatch.setattr(search, "MUCH", 0)
    rows, cosines = search.nearest(vectors, vectors[:1500], 6)
    assert np.array_equal(rows, exact)
    np.testing.assert_allclose(cosines, likeness, atol=1e-6)
    monkeypatch.setattr(search, "LARGE", 5000)
    monkeypatch.setattr(search, "MANY", 1000)
    rows, cosines = search.nearest(vectors, vectors[:1500], 6)
    found = np.mean([len(set(a) & set(b)) / 6 for a, b in zip(rows.tolist(), exact.tolist(), strict=True)])
    assert found > 0.9 and (rows[:, 0] == np.arange(1500)).all() and (np.diff(cosines, axis=1) <= 1e-6).all()
    halves = vectors.astype(np.float16)
    assert np.array_equal(search.nearest(halves, halves[:1500], 6)[0][:, 0], np.arange(1500))
    assert np.array_equal(rows, search.nearest(vectors, vectors[:1500], 6)[0])


def test_weights_that_are_not_there_are_a_clear_message(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="name the weights too"):
        load("open_clip:ViT-B-32")
    with pytest.raises(EncoderError, match=r"absent.pt is neither a file nor one of .*openai"):
        load(f"open_clip:ViT-B-32/{tmp_path}/absent.pt")


def test_training_with_a_text_tower_starts_from_what_the_labels_are_called(spec: str) -> None:
    encoder = load(spec)
    known = knowledge.known_words("category", encoder)
    assert tuple(known) == schemes.order("category")
    own = {"tondo": {"iri": "x:tondo", "labels": {"de": "Rundbild", "en": "round picture"}}}
    assert list(
        knowledge.known_words("category", encoder, own | {"b": {"iri": "x:b", "labels": {"": "b"}}})
    ) == [
        "tondo",
        "b",
    ]
    random = np.random.default_rng(2)
    rows = np.repeat(np.stack(list(known.values())), 4, axis=0)
    vectors = (rows + random.normal(scale=rows.std(), size=rows.shape)).astype(np.float32)
    labels = np.repeat(list(known), 4).tolist()
    made = knowledge.recipe("category", encoder)
    groups = [f"book {number % 4}" for number in range(len(labels))]
    head = training.train(
        "category", vectors, labels, groups, (encoder.spec, encoder.sha256), made, None, known
    )
    assert head.card["strength"] in knowledge.STRENGTHS
    fresh = (rows + random.normal(scale=rows.std(), size=rows.shape)).astype(np.float32)
    right = [
        head.labels[i] == label for i, label in zip(head.probabilities(fresh).argmax(1), labels, strict=True)
    ]
    assert np.mean(right) > 0.8
