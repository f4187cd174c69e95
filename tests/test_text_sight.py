"""Descriptors from pictures: a small open_clip model, trained here and saved, sees what is drawn."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from enrich.corpora import Digests, read
from enrich.pipeline import run
from enrich.progress import Silent
from enrich.settings import Settings
from enrich.text.descriptors import DescriptorConfig, DescriptorEnricher, Verdict
from kg import snapshots
from kg.nouns import Claim, Illustration
from vision.embeddings import Embeddings
from vision.encoders import load
from vision.openclip import TEMPLATES, OpenClipEncoder

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "patch_size": 8, "head_width": 16},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
WORDS = ("mill", "church", "ship", "horse")
THESAURUS = "id,label@en,broader\nbuilding,building,\n" + "".join(
    f"{w},{w},{'building' if w in ('mill', 'church') else ''}\n" for w in WORDS
)


def drawn(what: int, number: int) -> Image.Image:
    """A picture of the sort: stripes across, stripes down, a bright or a dark field, with noise."""
    noise = np.random.default_rng(1000 * what + number).normal(0, 40, (32, 32))
    rows, columns = np.mgrid[:32, :32]
    pattern = (rows // 4 % 2 * 160, columns // 4 % 2 * 160, rows * 0 + 210, rows * 0 + 30)[what]
    return Image.fromarray(np.clip(pattern + 40 + noise, 0, 255).astype(np.uint8)).convert("RGB")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> OpenClipEncoder:
    """Trained for a moment on drawings and their words, saved, and loaded as a user's checkpoint is."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("sight")
    (folder / "legenda-sight.json").write_text(json.dumps(TINY), encoding="utf-8")
    open_clip.add_model_config(folder / "legenda-sight.json")
    torch.manual_seed(3)
    model, _, transform = open_clip.create_model_and_transforms("legenda-sight")
    tokens = open_clip.get_tokenizer("legenda-sight")
    texts = tokens([TEMPLATES["en"][0].format(word) for word in WORDS])
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(60):
        batch = torch.stack(
            [transform(drawn(what, 500 + 8 * step + n)) for what in range(4) for n in range(4)]
        )
        scores = model.encode_image(batch, normalize=True) @ model.encode_text(texts, normalize=True).T
        loss = torch.nn.functional.cross_entropy(10 * scores, torch.arange(4).repeat_interleave(4))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / "tiny.safetensors")
    found = load(f"open_clip:legenda-sight/{folder / 'tiny.safetensors'}")
    assert isinstance(found, OpenClipEncoder)
    return found


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Illustration]:
    """Twelve of each sort, ten with a caption that names it, two without any text."""
    folder = tmp_path_factory.mktemp("drawn")
    made = []
    for what, word in enumerate(WORDS):
        for number in range(12):
            path = folder / f"{word}-{number}.png"
            drawn(what, number).save(path)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            caption = f"The {word}, number {number}" if number < 10 else ""
            made.append(Illustration("b", path.stem, path, digest, caption=caption, language="en"))
    return made


def claims(
    pictures: list[Illustration], vectors: Embeddings | None, thesaurus: Path, *verdicts: Verdict
) -> dict[str, dict[str, Claim]]:
    sight = (vectors, pictures) if vectors else None
    enricher = DescriptorEnricher(DescriptorConfig(thesaurus=str(thesaurus)), sight=sight, verdicts=verdicts)
    found: dict[str, dict[str, Claim]] = {}
    for claim in enricher.claims(pictures):
        assert isinstance(claim, Claim)
        found.setdefault(claim.illustration, {})[claim.value.id] = claim  # type: ignore[union-attr]
    return found


@pytest.fixture(scope="module")
def thesaurus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("thesaurus") / "words.csv"
    path.write_text(THESAURUS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def vectors(
    encoder: OpenClipEncoder, pictures: list[Illustration], tmp_path_factory: pytest.TempPathFactory
) -> Embeddings:
    kept = Embeddings(tmp_path_factory.mktemp("vectors"), encoder)
    assert list(kept.ensure(pictures)) == []
    return kept


def test_pictures_without_a_word_get_the_concept_that_they_show(
    pictures: list[Illustration], vectors: Embeddings, thesaurus: Path
) -> None:
    found = claims(pictures, vectors, thesaurus)
    for word in WORDS:
        for number in (10, 11):
            best = max(found[f"b/{word}-{number}"].values(), key=lambda c: c.confidence)
            assert best.value.id == word and best.confidence > 0.5  # type: ignore[union-attr]
            (evidence,) = best.evidence
            assert evidence.kind == "image" and evidence.score is not None
    assert "b/mill-10" not in claims(pictures, None, thesaurus)


def test_what_a_picture_shows_raises_what_the_text_says_and_lowers_what_it_does_not(
    pictures: list[Illustration], vectors: Embeddings, thesaurus: Path
) -> None:
    plain = pictures[10]  # shows a mill
    spoken = replace(plain, id="spoken", text_after="Here the mill stands, and there a ship.")
    with_sight = claims([*pictures, spoken], vectors, thesaurus)["b/spoken"]
    without = claims([*pictures, spoken], None, thesaurus)["b/spoken"]
    assert with_sight["mill"].confidence > 2 * without["mill"].confidence
    assert with_sight["ship"].confidence < without["ship"].confidence if "ship" in with_sight else True
    assert [e.kind for e in with_sight["mill"].evidence] == ["text-after", "image"]
    assert "building" not in with_sight  # its narrower concept says it


def test_a_tower_that_knows_nothing_says_nothing(
    pictures: list[Illustration], vectors: Embeddings, thesaurus: Path
) -> None:
    """The captions name other things than the pictures show: the tower is found worthless and not heard."""
    shuffled = np.random.default_rng(5).permutation([i.caption for i in pictures])
    wrong = [replace(i, caption=str(c)) for i, c in zip(pictures, shuffled, strict=True)]
    said = [c for own in claims(wrong, vectors, thesaurus).values() for c in own.values()]
    assert said and all(e.kind != "image" for c in said for e in c.evidence)


def test_reviews_of_what_a_picture_shows_are_learned_from(
    pictures: list[Illustration], vectors: Embeddings, thesaurus: Path
) -> None:
    def confidence(*verdicts: Verdict) -> float:
        return claims(pictures, vectors, thesaurus, *verdicts)["b/mill-10"]["mill"].confidence

    rejected = [Verdict(i, "mill", False) for i in pictures[:8]]
    assert confidence(*rejected) < confidence()


def test_an_encoder_without_words_changes_nothing(
    pictures: list[Illustration], thesaurus: Path, tmp_path: Path
) -> None:
    plain = Embeddings(tmp_path, load("packaged:efficientnet-lite0"))
    assert claims(pictures, plain, thesaurus) == claims(pictures, None, thesaurus)


def test_a_run_with_such_an_encoder_writes_what_pictures_show_with_its_evidence(
    encoder: OpenClipEncoder, pictures: list[Illustration], thesaurus: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "drawings"
    folder.mkdir()
    rows = ["id,image,caption"]
    for picture in pictures:
        assert picture.image is not None
        shutil.copy(picture.image, folder / Path(picture.image).name)
        rows.append(f'{picture.id},{Path(picture.image).name},"{picture.caption}"')
    (folder / "illustrations.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "book.json").write_text('{"title": "Drawings", "language": "en"}', encoding="utf-8")
    settings = Settings(encoder=encoder.spec, only=("descriptors",), thesaurus=str(thesaurus))
    store = tmp_path / "store"
    for state in ("done", "unchanged"):
        with Digests(store / "cache" / "images.sqlite") as digests:
            corpus, faults = read(folder, digests=digests)
            outcome = run(corpus, faults, str(store), settings, digests, Silent())
        assert [(s.stage, s.state) for s in outcome.stages] == [("embed", state), ("descriptors", state)]
    snapshot = snapshots.latest(store)
    assert snapshot is not None
    rows_of: Any = snapshot.open().query(
        "PREFIX lg: <https://w3id.org/legenda/ns#> PREFIX oa: <http://www.w3.org/ns/oa#> SELECT ?i ?d WHERE {"
        " GRAPH ?c { ?i lg:descriptor ?d }"
        " GRAPH ?r { ?claim oa:hasTarget ?i ; oa:hasBody ?d ; lg:evidence ?e . ?e lg:evidenceType ?t }"
        " FILTER(STRENDS(STR(?t), '/image')) }"
    )
    found = {tuple(cell.value.rsplit("/", 1)[-1] for cell in row) for row in rows_of}
    assert ("mill-10", "mill") in found and ("ship-11", "ship") in found
