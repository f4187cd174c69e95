"""What the stages of one run share, what each did, and the notes by which a later run that does nothing can
still say what is the case.

In: a corpus, a store's folder, settings. Out: `Work`, of which everything expensive is made when it is first
asked for, and `StageOutcome`s, kept as JSON below `STORE/cache/runs/`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from enrich import registry
from enrich.corpora import Digests
from enrich.progress import Reporter
from enrich.registry import Stage, digest_of
from enrich.settings import Settings
from enrich.stages import write_json
from kg.nouns import Corpus, Fault

State = Literal["done", "unchanged", "failed"]


@dataclass(frozen=True)
class StageOutcome:
    """What one stage did: `computed` of `illustrations` were looked at anew, the others' answers were on
    disk.
    """

    stage: str
    state: State
    illustrations: int = 0
    computed: int = 0
    claims: int = 0
    observations: int = 0
    seconds: float = 0.0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a run did. `snapshot` is the version now served, `published` whether this run made it."""

    corpus: str
    sources: int
    illustrations: int
    stages: tuple[StageOutcome, ...]
    faults: tuple[Fault, ...]
    triples: int
    snapshot: str
    published: bool
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether anything could not be used (exit status 1)."""
        return any(f.level == "error" for f in self.faults)


@dataclass
class Work:
    """What the stages of one run share. Everything expensive is made when it is first asked for."""

    corpus: Corpus
    store_dir: Path
    settings: Settings
    digests: Digests
    report: Reporter
    corpus_digest: str = ""
    thesaurus_digest: str = ""
    looked_at: dict[str, str] = field(default_factory=dict)  # illustration key → its digest

    def __post_init__(self) -> None:
        self.looked_at = {i.key: i.digest for i in self.corpus.illustrations}
        self.corpus_digest = self.corpus.digest

    @property
    def cache(self) -> Path:
        return self.store_dir / "cache"

    @property
    def notes(self) -> Path:
        return self.cache / "runs" / quote(self.corpus.id, safe="")

    @cached_property
    def embeddings(self) -> Any:
        from vision import embeddings, encoders

        return embeddings.Embeddings(self.cache / "embeddings", encoders.load(self.settings.encoder))

    @cached_property
    def with_sources(self) -> dict[str, str]:
        """As `looked_at`, for stages that also look at the source (its title, its date)."""
        sources = {s.id: digest_of(asdict(s)) for s in self.corpus.sources}
        return {
            i.key: digest_of([self.looked_at[i.key], sources[i.source]]) for i in self.corpus.illustrations
        }

    @property
    def models(self) -> Path:
        return self.store_dir / "models" / quote(self.corpus.id, safe="")

    def kept(self, stage: Stage) -> Path:
        """Where a stage keeps what it goes by in later runs, or what spares it work."""
        if stage.arranged_by:
            return self.models / registry.kept_name(stage, self.settings)
        return self.cache / "kept" / stage.name

    def resources(self, graph: Any, stage: Stage) -> Mapping[str, Callable[[], Any]]:
        """What a stage may need, by the keyword it takes it under."""

        def verdicts() -> Any:
            from enrich.text.verdicts import descriptor_verdicts

            return descriptor_verdicts(graph, self.corpus.illustrations)

        def sight() -> Any:
            knows = registry.knows_words(self.settings)
            return (self.embeddings, self.corpus.illustrations) if knows else None

        return {
            "embeddings": lambda: self.embeddings,
            "sources": lambda: {s.id: s for s in self.corpus.sources},
            "verdicts": verdicts,
            "sight": sight,
            "folder": lambda: self.models,
            "kept": lambda: self.kept(stage),
        }


def noted_of(work: Work, stage: str) -> dict[str, Any]:
    try:
        value = json.loads((work.notes / f"{stage}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return value if isinstance(value, dict) else {}


def note(work: Work, outcome: StageOutcome, key: str, thresholds: Mapping[str, float] | None = None) -> None:
    note = {**asdict(outcome), "key": key, "thresholds": dict(thresholds or {})}
    write_json(work.notes / f"{outcome.stage}.json", note)


def unchanged(stage: str, noted: Mapping[str, Any]) -> StageOutcome:
    return StageOutcome(
        stage=stage,
        state="unchanged",
        illustrations=noted["illustrations"],
        claims=noted["claims"],
        observations=noted["observations"],
        faults=tuple(Fault(**f) for f in noted["faults"]),
    )
