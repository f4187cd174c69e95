"""Recipes of fine-tuning as data: a name that ships (`augreg`, `plain`) or a TOML file in, settings out."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from vision.augment import ScanLike

FOLDER = Path(__file__).parent
_SHARES = ("frozen", "frozen_gpu", "dropout", "stochastic_depth", "label_smoothing", "ema", "class_balance")
_AT_MOST_1 = (*_SHARES, "group_balance", "random_erasing", "crop", "flip", "layer_decay")
PARTS = ("all", "norms")  # what is trained: every layer that is not frozen, or only their normalisations
_POSITIVE = ("size", "size_gpu", "epochs", "patience", "batch", "learning_rate", "crop", "layer_decay")


class RecipeError(ValueError):
    """A recipe that cannot be used; the message is one line with the file, the key and the reason."""


@dataclass(frozen=True)
class FineTune:
    """How a network is fine-tuned; what each number means stands in `recipes/augreg.toml`."""

    backbone: str = "packaged:efficientnet-lite0"
    backbone_gpu: str = ""
    size: int = 192
    size_gpu: int = 224
    frozen: float = 0.6
    frozen_gpu: float = 0.0
    parts: str = "all"
    epochs: int = 8
    patience: int = 3
    batch: int = 32
    seed: int = 0
    learning_rate: float = 5e-4
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    warmup: int = 1
    ema: float = 0.0
    dropout: float = 0.0
    stochastic_depth: float = 0.0
    label_smoothing: float = 0.0
    mixup: float = 0.0
    class_balance: float = 0.5
    group_balance: float = 0.5
    rand_augment: str = ""
    random_erasing: float = 0.0
    crop: float = 1.0
    flip: float = 0.5
    scan: ScanLike = field(default_factory=ScanLike)


def shipped() -> list[str]:
    """The names of the recipes that come with the program."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str | Path) -> FineTune:
    """The recipe of that name, or in that TOML file. Raises `RecipeError` for what is no recipe."""
    path = FOLDER / f"{name}.toml" if str(name) in shipped() else Path(name)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecipeError(f"no recipe {str(name)!r}: use {', '.join(shipped())} or a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise RecipeError(f"{path}: not a recipe in TOML ({error})") from None
    scan = data.pop("scan", {})
    if not isinstance(scan, dict):
        raise RecipeError(f"{path}: scan is a table of probabilities")
    _known(path, "", data, FineTune)
    _known(path, "scan.", scan, ScanLike)
    try:
        recipe = FineTune(**data, scan=ScanLike(**scan))
    except ValueError as error:
        raise RecipeError(f"{path}: scan.{error}") from None
    _check(path, recipe)
    return recipe


def _known(path: Path, prefix: str, data: dict[str, Any], kind: type) -> None:
    names = {f.name for f in fields(kind)}
    for key in data:
        if key not in names:
            raise RecipeError(f"{path}: no setting {prefix + key!r} (there are: {', '.join(sorted(names))})")


def _check(path: Path, recipe: FineTune) -> None:
    defaults = FineTune()
    for f in fields(FineTune):
        value, default = getattr(recipe, f.name), getattr(defaults, f.name)
        wanted = (int, float) if isinstance(default, float) else type(default)
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise RecipeError(f"{path}: {f.name} = {value!r} is not {_kind(default)}")
        if isinstance(value, int | float) and value < 0:
            raise RecipeError(f"{path}: {f.name} = {value!r} is below 0")
        if f.name in _AT_MOST_1 and value > 1:
            raise RecipeError(f"{path}: {f.name} = {value!r} is above 1")
        if f.name in _POSITIVE and value <= 0:
            raise RecipeError(f"{path}: {f.name} = {value!r} must be above 0")
    if recipe.parts not in PARTS:
        raise RecipeError(f"{path}: parts = {recipe.parts!r} is none of {', '.join(PARTS)}")
    if recipe.mixup and recipe.batch % 2:
        raise RecipeError(f"{path}: batch = {recipe.batch!r} must be even, pictures are mixed in pairs")


def _kind(default: Any) -> str:
    return {int: "a whole number", float: "a number", str: "a text"}.get(type(default), "a table")
