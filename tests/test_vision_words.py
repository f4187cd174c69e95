"""open_clip from a local file: pictures and words in one space, zero-shot heads, search."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kg.nouns import Illustration
from vision import heads, schemes, search
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
    hits = search.by_words(vectors, pictures, "a church", 2)
    matrix, _ = vectors.look(pictures)
    cosines = matrix @ first.encode_words(["a church"])[0]
    assert [h.key for h in hits] == [pictures[i].key for i in np.argsort(-cosines)[:2]]


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


def test_without_a_text_tower_words_are_looked_for_in_captions(pictures: list[Illustration]) -> None:
    assert [h.key for h in search.by_words(None, pictures, "mill church")] == ["b/2", "b/0"]
    assert search.by_words(None, pictures, "ship") == []


def test_nearest_neighbours_are_exact() -> None:
    random = np.random.default_rng(2)
    vectors = random.normal(size=(400, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows, cosines = search.nearest(vectors, vectors[:300], 3)
    assert (rows[:, 0] == np.arange(300)).all() and (np.diff(cosines, axis=1) <= 0).all()


def test_weights_that_are_not_there_are_a_clear_message(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="name the weights too"):
        load("open_clip:ViT-B-32")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load(f"open_clip:ViT-B-32/{tmp_path}/absent.pt")
