"""What a run is told: `legenda.toml`, overridden by the command line, checked before anything starts.

In: the file's text and the options. Out: one frozen `Settings`. An unknown key is an error that names the
nearest known one; a value of the wrong type is an error too. Paths in the file are relative to the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kg.thresholds import DEFAULT as THRESHOLDS

DEFAULT_ENCODER = "packaged:efficientnet-lite0"
DEFAULT_BASE = "http://localhost:8000/"


class SettingsError(Exception):
    """A setting that means nothing. One line: where, what, and what was probably meant."""


@dataclass(frozen=True)
class Settings:
    """Everything a run can be told, with its defaults.

    `corpus` names the corpus inside the store ("" = its folder's name), `images` is the folder image paths
    are relative to, `encoder` the picture encoder all looking stages share, `columns` maps fields to the
    table's own column names, `thresholds` overrides the published threshold of a property, `stages` holds
    each stage's own table and that of the reading ("read"), `keep` is the number of snapshots kept for
    rollback, `jobs` the number of CPU cores to use (0 = all).
    """

    base: str = ""
    corpus: str = ""
    images: str = ""
    encoder: str = DEFAULT_ENCODER
    gazetteer: str = ""
    thesaurus: str = ""
    jobs: int = 0
    keep: int = 5
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def thesaurus_file(self) -> str:
        """The thesaurus that is used: the one of the descriptors' own table, else the one for all; "" when
        it is Iconclass, which is no file.
        """
        named = str(self.stages.get("descriptors", {}).get("thesaurus") or self.thesaurus)
        return "" if named.startswith("iconclass:") else named


TEXT_KEYS = ("base", "corpus", "encoder")
PATH_KEYS = ("images", "gazetteer", "thesaurus")
NUMBER_KEYS = ("jobs", "keep")
LIST_KEYS = ("only", "skip")
READ = "read"  # the table of what reading a corpus may do; no stage, so never in `only` and `skip`


def load(config: Path | None, overrides: Mapping[str, Any], stage_names: Iterable[str]) -> Settings:
    """Settings from `config` (None: defaults) with `overrides` on top; `stage_names` are the known stage
    tables.

    Raises `SettingsError`.
    """
    stage_names = tuple(stage_names)
    table: dict[str, Any] = {}
    if config is not None:
        try:
            table = tomllib.loads(config.read_text(encoding="utf-8-sig"))
        except OSError as problem:
            raise SettingsError(f"{config}: {problem.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise SettingsError(f"{config}: is not TOML ({problem})") from None
    where = str(config) if config else "settings"
    values = _from_table(table, where, config.parent if config else Path(), stage_names)
    for key, value in overrides.items():
        if key in ("columns", "thresholds"):
            values[key] = {**values.get(key, {}), **value}
        elif key == "stages":
            values["stages"] = _merged(values.get("stages", {}), value)
        else:
            values[key] = value
    for key in LIST_KEYS:
        for name in values.get(key, ()):
            if name not in stage_names:
                raise SettingsError(f"--{key} {name}: there is no such stage{_nearest(name, stage_names)}")
    for name in values.get("stages", {}):
        if name not in (*stage_names, READ):
            raise SettingsError(f"there is no stage {name!r}{_nearest(name, stage_names)}")
    if values.get("base") and not values["base"].endswith(("/", "#")):
        values["base"] += "/"
    return Settings(**values)


def _from_table(
    table: Mapping[str, Any], where: str, folder: Path, stage_names: tuple[str, ...]
) -> dict[str, Any]:
    known = (*TEXT_KEYS, *PATH_KEYS, *NUMBER_KEYS, *LIST_KEYS, "columns", "thresholds", READ, *stage_names)
    values: dict[str, Any] = {}
    stages: dict[str, dict[str, Any]] = {}
    for key, value in table.items():
        if key not in known:
            raise SettingsError(f"{where}: unknown setting {key!r}{_nearest(key, known)}")
        if key in TEXT_KEYS:
            values[key] = _typed(value, str, where, key)
        elif key in PATH_KEYS:
            values[key] = _path(_typed(value, str, where, key), folder)
        elif key in NUMBER_KEYS:
            values[key] = _typed(value, int, where, key)
        elif key in LIST_KEYS:
            values[key] = tuple(_typed(v, str, where, key) for v in _typed(value, list, where, key))
        elif key == "columns":
            entries = _typed(value, dict, where, key)
            values[key] = {k: _typed(v, str, where, f"columns.{k}") for k, v in entries.items()}
        elif key == "thresholds":
            entries = _typed(value, dict, where, key)
            for name in entries:
                if name not in THRESHOLDS:
                    raise SettingsError(f"{where}: thresholds has no {name!r}{_nearest(name, THRESHOLDS)}")
            values[key] = {k: _probability(v, where, f"thresholds.{k}") for k, v in entries.items()}
        else:
            entries = _typed(value, dict, where, key)
            stages[key] = {k: _path(v, folder) if isinstance(v, str) else v for k, v in entries.items()}
    if stages:
        values["stages"] = stages
    return values


def parse_set(text: str) -> tuple[str, str, Any]:
    """`--set category.model=file.json` as (stage, key, value); the value is TOML where it can be, else
    text.
    """
    name, equals, value = text.partition("=")
    stage, dot, key = name.strip().partition(".")
    if not (equals and dot and stage and key):
        raise SettingsError(f"--set {text}: write STAGE.KEY=VALUE, for example category.model=my-model")
    try:
        return stage, key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return stage, key, value


def parse_topics(text: str) -> str:
    """`--topics fixed:FILE` as the file. Raises `SettingsError` for anything else, and when there is none."""
    scheme, _, file = text.partition(":")
    if scheme != "fixed" or not file:
        raise SettingsError(f"--topics {text}: write fixed:FILE, a topics.safetensors that a run has kept")
    if not Path(file).is_file():
        raise SettingsError(f"--topics {text}: {file}: no such file")
    return file


def parse_pair(option: str, text: str) -> tuple[str, str]:
    """`--map caption=legend` as (field, column)."""
    field_name, equals, column = text.partition("=")
    if not (equals and field_name.strip() and column.strip()):
        raise SettingsError(f"{option} {text}: write FIELD=COLUMN, for example caption=legend")
    return field_name.strip(), column.strip()


def config_for(config_class: type, table: Mapping[str, Any], stage: str) -> Any:
    """The stage's frozen configuration built from its table. Raises `SettingsError` naming the nearest
    key.
    """
    import dataclasses

    fields = [f.name for f in dataclasses.fields(config_class)]
    for key in table:
        if key not in fields:
            raise SettingsError(f"[{stage}] has no setting {key!r}{_nearest(key, fields)}")
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    try:
        return config_class(**values)
    except (TypeError, ValueError) as problem:
        raise SettingsError(f"[{stage}]: {problem}") from None


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, 1)
    return f"; did you mean {near[0]!r}?" if near else f" (known: {', '.join(names)})"


def _typed(value: Any, kind: type, where: str, key: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise SettingsError(f"{where}: {key} is {value!r}, which is not {_KINDS[kind]}")
    return value


_KINDS = {str: "text", int: "a whole number", list: "a list", dict: "a table"}


def _probability(value: Any, where: str, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise SettingsError(f"{where}: {key} is {value!r}, which is not a number from 0 to 1")
    return float(value)


def _path(value: str, folder: Path) -> str:
    """A path written in a file is relative to that file; a value that names nothing there is no path and
    stays.
    """
    path = folder / value
    return str(path) if value and not value.startswith("/") and path.exists() else value


def _merged(below: Mapping[str, Mapping[str, Any]], above: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: {**below.get(name, {}), **above.get(name, {})} for name in {**below, **above}}
