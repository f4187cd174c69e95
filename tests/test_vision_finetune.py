"""Fine-tuning: recipes, scan-like disturbances, models that answer the same in another process, reports."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw

from vision import commands, htmlreport, recipes
from vision.augment import DISTURBANCES, ScanLike
from vision.encoders import EncoderError, load
from vision.heads import load as load_head

TINY = """
backbone = "{backbone}"
size = 48
frozen = 0.5
epochs = 2
batch = 8
learning_rate = 1e-3
layer_decay = 0.8
ema = 0.5
dropout = 0.1
stochastic_depth = 0.1
mixup = 0.2
rand_augment = "rand-m4-n1"
random_erasing = 0.2
crop = 0.7
[scan]
{scan}
"""


def draw(path: Path, round_: bool, seed: int) -> None:
    random = np.random.default_rng(seed)
    picture = Image.new("RGB", (90, 70), (240, 235, 220))
    pen = ImageDraw.Draw(picture)
    for _ in range(8):
        x, y = (int(v) for v in random.integers(0, 60, 2))
        (pen.ellipse if round_ else pen.line)((x, y, x + 25, y + 20), fill="black")
    picture.save(path)


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tuning")
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "label", "group"])
        for number in range(24):
            name = f"p{number:02}.png"
            draw(folder / name, number % 2 == 0, number)
            table.writerow([name, "painting" if number % 2 == 0 else "other", f"book {number // 6}"])
        (folder / "broken.jpg").write_bytes(b"no picture")
        table.writerow(["broken.jpg", "other", "book 1"])
    return folder / "labels.csv"


def tiny(folder: Path, backbone: str = "packaged:efficientnet-lite0") -> Path:
    scan = "\n".join(f"{name} = 0.3" for name in DISTURBANCES)
    file = folder / "tiny.toml"
    file.write_text(TINY.format(backbone=backbone, scan=scan), encoding="utf-8")
    return file


def test_a_tuned_model_answers_the_same_from_another_folder_in_another_process(
    labels: Path, tmp_path: Path
) -> None:
    recipe, page = tiny(tmp_path), tmp_path / "report.html"
    arguments = [
        "medium",
        str(labels),
        "--recipe",
        str(recipe),
        "--out",
        str(tmp_path / "m"),
        "--report",
        str(page),
    ]
    result = CliRunner().invoke(commands.train, arguments)
    assert result.exit_code == 1 and "broken.jpg" in result.stderr and "epoch 2/2" in result.stderr
    first = load_head(tmp_path / "m")
    assert first.card["training"]["left_out_groups"] and first.card["recipe"]["mixup"] == 0.2
    assert 'src="data:image/jpeg' in page.read_text(encoding="utf-8") or "None." in page.read_text(
        encoding="utf-8"
    )
    pictures = sorted(str(p) for p in labels.parent.glob("p0*.png"))
    command = [*pictures, "--model", str(tmp_path / "m"), "--cache", str(tmp_path / "c1"), "--out"]
    assert CliRunner().invoke(commands.classify, [*command, str(tmp_path / "here.csv")]).exit_code == 0
    (tmp_path / "m").rename(tmp_path / "elsewhere")
    program = "import sys; from vision.commands import classify; classify(sys.argv[1:])"
    moved = [
        "--model",
        str(tmp_path / "elsewhere"),
        "--cache",
        str(tmp_path / "c2"),
        "--out",
        str(tmp_path / "there.csv"),
    ]
    subprocess.run([sys.executable, "-c", program, *pictures, *moved], check=True, capture_output=True)
    assert (tmp_path / "here.csv").read_text() == (tmp_path / "there.csv").read_text()
    again = CliRunner().invoke(commands.train, [*arguments[:5], str(tmp_path / "again")])
    assert again.exit_code == 1
    assert load_head(tmp_path / "again").encoder_sha256 == first.encoder_sha256, (
        "the same seed, the same weights"
    )
    network = tmp_path / "elsewhere" / "network.safetensors"
    network.write_bytes(network.read_bytes()[:-8])
    with pytest.raises(EncoderError, match="damaged"):
        load(f"tuned:{tmp_path / 'elsewhere'}")
    with pytest.raises(EncoderError, match="not a fine-tuned model"):
        load(f"tuned:{tmp_path}")


def test_a_recipe_says_where_it_is_wrong(tmp_path: Path) -> None:
    assert recipes.shipped() == ["augreg", "plain"]
    assert recipes.load("augreg").mixup > recipes.load("plain").mixup == 0
    file = tmp_path / "own.toml"
    for content, reason in (
        ("epoch = 3", "no setting 'epoch'"),
        ("epochs = 'many'", "not a whole number"),
        ("mixup = -1", "below 0"),
        ("dropout = 2", "above 1"),
        ("mixup = 0.2\nbatch = 7", "must be even"),
        ("[scan]\njpeg = 3", "scan.jpeg is a probability"),
        ("[scan]\nrain = 1", "no setting 'scan.rain'"),
        ("epochs = ", "not a recipe in TOML"),
    ):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(recipes.RecipeError, match=reason):
            recipes.load(file)
    with pytest.raises(recipes.RecipeError, match=r"no recipe 'best': use augreg, plain or a TOML file"):
        recipes.load("best")


@pytest.mark.parametrize("name", sorted(DISTURBANCES))
def test_a_disturbed_picture_keeps_its_size_changes_and_comes_again_with_the_seed(
    name: str, tmp_path: Path
) -> None:
    draw(tmp_path / "p.png", True, 1)
    tinted = Image.new("RGB", (90, 70), (250, 180, 90))
    picture = Image.blend(Image.open(tmp_path / "p.png"), tinted, 0.3)
    always = ScanLike(**{name: 1.0})
    worse = always(picture, np.random.default_rng(4))
    assert worse.size == picture.size and worse.mode == "RGB"
    assert np.abs(np.asarray(worse, int) - np.asarray(picture, int)).mean() > 0.3
    np.testing.assert_array_equal(np.asarray(always(picture, np.random.default_rng(4))), np.asarray(worse))
    assert ScanLike()(picture, np.random.default_rng(4)) is picture


def test_the_report_gives_intervals_and_areas_as_they_are_known() -> None:
    low, high = htmlreport.interval(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert htmlreport.interval(0, 0) == (0.0, 1.0)
    recall, precision, area = htmlreport.average_precision(np.array([0.9, 0.8, 0.7]), np.array([1, 0, 1]))
    assert area == pytest.approx(0.5 + 0.5 * 2 / 3) and recall[-1] == 1 and precision[0] == 1


def test_a_report_is_one_file_and_shows_what_went_wrong_without_trusting_names(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", True, 1)
    answers = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    files = [tmp_path / "a.png", tmp_path / "a.png", tmp_path / "a.png", tmp_path / "gone.png"]
    names = ["a.png", "<b>x.png", "a.png", "gone.png"]
    scored = htmlreport.Scored(
        ("painting", "other"), files, names, answers, np.array([0, 1, 1, 1]), ["b"] * 4, 0.65
    )
    htmlreport.write(tmp_path / "r.html", "medium: <m>", {"encoder": "x & y"}, scored)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<m>" not in page and "<b>x.png" not in page and "x &amp; y" in page
    assert "2 in all, 2 shown" in page and "no such file" in page and page.count("data:image/jpeg") == 1
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page
    assert "0.500 (0.150–0.850)" in page
    assert json.dumps(page)
