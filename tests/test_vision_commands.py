"""The room's commands as people script against them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from vision.commands import classify, evaluate, train


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two books of striped and of blotted pictures, with a training table."""
    root = tmp_path_factory.mktemp("shelf")
    random = np.random.default_rng(5)
    rows = []
    for book in ("a", "b", "c"):
        (root / book).mkdir()
        for number in range(6):
            stripes = number % 2 == 0
            if stripes:
                values = np.tile((np.arange(96) // (3 + number) % 2 * 255).astype(np.uint8), (96, 1))
            else:
                values = random.integers(0, 255, (96, 96), dtype=np.uint8)
            path = root / book / f"{number}.png"
            Image.fromarray(values).convert("RGB").save(path)
            rows.append([f"{book}/{number}.png", "painting" if stripes else "other"])
    with (root / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["file", "label"], *rows])
    return root


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_model_is_trained_asked_and_scored(shelf: Path, tmp_path: Path) -> None:
    run, cache = CliRunner(), ["--cache", str(tmp_path / "cache")]
    labels, model, out = str(shelf / "labels.csv"), str(tmp_path / "model"), tmp_path / "out.csv"
    made = run.invoke(train, ["medium", labels, "--out", model, *cache])
    assert made.exit_code == 0, made.output
    asked = run.invoke(classify, [labels, "--model", model, "--out", str(out), *cache])
    assert asked.exit_code == 0, asked.output
    rows = read(out)
    assert list(rows[0]) == ["file", "category", "category_confidence", "medium", "medium_confidence"]
    assert [r["file"] for r in rows] == [r["file"] for r in read(shelf / "labels.csv")]
    assert {r["category"] for r in rows} == {""}
    right = sum(a["medium"] == b["label"] for a, b in zip(rows, read(shelf / "labels.csv"), strict=True))
    assert right >= 16
    scored = run.invoke(evaluate, [model, labels, *cache])
    assert scored.exit_code == 0 and "macro-F1" in scored.output


def test_shipped_models_answer_and_an_unreadable_picture_is_named(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"nothing")
    out = tmp_path / "out.csv"
    arguments = [str(shelf / "a"), str(tmp_path / "bad.jpg"), "--out", str(out), "--decide-all"]
    asked = CliRunner().invoke(classify, [*arguments, "--cache", str(tmp_path / "cache")])
    assert asked.exit_code == 1
    assert "bad.jpg: not a picture" in asked.output and "1 of 7 pictures" in asked.output
    rows = read(out)
    assert all(row["category"] and row["medium"] for row in rows[:-1])
    assert rows[-1]["category"] == rows[-1]["medium"] == rows[-1]["medium_confidence"] == ""


def test_wrong_usage_is_a_line_and_status_2(shelf: Path, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "o.csv")]
    no_model = CliRunner().invoke(classify, [str(shelf), "--model", str(tmp_path), *out])
    assert no_model.exit_code == 2 and "card.json is missing" in no_model.output
    no_column = tmp_path / "t.csv"
    no_column.write_text("picture\nx.png\n", encoding="utf-8")
    refused = CliRunner().invoke(classify, [str(no_column), *out])
    assert refused.exit_code == 2 and "no column 'file'" in refused.output
    one = tmp_path / "one.csv"
    one.write_text(f"file,label\n{shelf / 'a' / '0.png'},painting\n", encoding="utf-8")
    alone = CliRunner().invoke(train, ["medium", str(one), *out, "--cache", str(tmp_path / "cache")])
    assert alone.exit_code == 2 and "at least two labels" in alone.output
