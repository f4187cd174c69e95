"""From a corpus to a published snapshot: look, read the text, link, write the graph; nothing is done twice.

In: a corpus as read, a store, settings. Out: an `Outcome` with what every stage did and every fault.
Whether a stage must run is decided without importing it: the key of its run (corpus, settings, code, files)
is compared with the key the graph was written with. Whatever a stage computes is on disk at once, so a
killed run is continued by the next.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from enrich import registry
from enrich.claimcache import ClaimCache
from enrich.corpora import Digests
from enrich.progress import Reporter
from enrich.registry import EMBED, Stage
from enrich.settings import Settings, SettingsError
from enrich.stages import compute, state_of, write_json
from kg.nouns import Claim, Corpus, Fault, Observation, Run

State = Literal["done", "unchanged", "failed"]
MAP = "map"  # the last step of a run, no stage: it makes no statements


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
class _Work:
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
        sources = {s.id: _hash(asdict(s)) for s in self.corpus.sources}
        return {i.key: _hash([self.looked_at[i.key], sources[i.source]]) for i in self.corpus.illustrations}

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


def run(
    corpus: Corpus,
    read_faults: Sequence[Fault],
    store_spec: str,
    settings: Settings,
    digests: Digests,
    report: Reporter,
    stages: tuple[Stage, ...] = registry.STAGES,
    force: bool = False,
) -> Outcome:
    """Run `stages` over `corpus` into the store and publish a snapshot if anything changed.

    Raises `SettingsError` before anything is computed if a stage's settings make no sense. A stage that
    fails costs its own answers only: it is one fault, its earlier graph stays, the others run. A graph that
    breaks its SHACL shapes is written but, unless `force`, not published, which is one fault too.
    """
    from kg import snapshots, store

    start = time.monotonic()
    store_dir = store_folder(store_spec)
    chosen = registry.selected(settings, stages)
    registry.check(chosen, settings)
    work = _Work(corpus, store_dir, settings, digests, report)
    outcomes: list[StageOutcome] = []
    with store.open_store(store_spec, base=settings.base or None) as graph:
        changed, left_out = False, list(read_faults)
        if graph.corpus_digest(corpus.id) != work.corpus_digest:
            with report.stage("read", len(corpus.illustrations)) as advance:
                graph.put_corpus(corpus)
                advance(len(corpus.illustrations))
            changed = True
        if settings.thesaurus_file:
            new, unusable = _put_thesaurus(work, graph)
            changed, left_out = changed or new, [*left_out, *unusable]
        _remember_images(work)
        if any(registry.looks(s, settings) for s in chosen) and EMBED not in settings.skip:
            outcomes.append(_embed(work))
        for stage in chosen:
            outcome = _run_stage(work, graph, stage)
            outcomes.append(outcome)
            changed = changed or outcome.state == "done"
        published, refused = _publish(work, graph, stages, changed, force)
        triples = _triples(work, graph, published)
        current = snapshots.latest(store_dir)
    unmapped = _prepare_map(work)
    faults = (*left_out, *(f for o in outcomes for f in o.faults), *refused, *unmapped)
    return Outcome(
        corpus=corpus.id,
        sources=len(corpus.sources),
        illustrations=len(corpus.illustrations),
        stages=tuple(outcomes),
        faults=faults,
        triples=triples,
        snapshot=current.version if current else "",
        published=published,
        seconds=time.monotonic() - start,
    )


def store_folder(spec: str) -> Path:
    """The folder of a store on disk: "oxigraph:DIR" or a bare path. Raises `SettingsError` for any other
    store.
    """
    scheme, colon, rest = spec.partition(":")
    if scheme == "oxigraph" and colon:
        return Path(rest)
    if colon and scheme in ("sparql", "memory", "http", "https"):
        raise SettingsError(
            f"--store {spec}: enrich writes into a folder; load the result elsewhere with `legenda dump`"
        )
    return Path(spec)


def _put_thesaurus(work: _Work, graph: Any) -> tuple[bool, list[Fault]]:
    from enrich.vocabulary import STAGE, put_thesaurus

    path = Path(work.settings.thesaurus_file)
    try:
        digest = work.digests.of(path)
    except OSError as problem:
        return False, [Fault(STAGE, str(path), problem.strerror or str(problem))]
    code = registry.code_digest(("enrich.text.thesaurus", "enrich.vocabulary"))
    work.thesaurus_digest = _hash([digest, code])
    return put_thesaurus(graph, path, work.corpus.id, work.thesaurus_digest)


# ---- one stage


def _run_stage(work: _Work, graph: Any, stage: Stage) -> StageOutcome:
    start = time.monotonic()
    known = registry.fingerprint(stage, work.settings, work.digests.of)
    if "verdicts" in stage.needs and (judged := _judged_descriptors(graph)):
        known = _hash([known, judged])
    if "sight" in stage.needs and registry.knows_words(work.settings):  # all pictures teach
        known = _hash([known, work.corpus_digest])
    arranged = state_of(work.kept(stage)) if stage.arranged_by else ""
    key = _hash([known, work.corpus_digest, stage.scope, arranged])
    noted = _noted(work, stage.name)
    if graph.run_key(work.corpus.id, stage.name) == key and noted.get("key") == key:
        return _unchanged(stage.name, noted)
    looked_at = work.with_sources if "sources" in stage.needs else work.looked_at
    parts = known if stage.scope == "batch" else _hash([known, work.corpus_digest, arranged])
    cache = ClaimCache(work.cache / stage.name / parts[:32])
    started = _now()
    tally = _Tally()
    try:
        with work.report.stage(stage.name, len(work.corpus.illustrations)) as advance:
            described, computed = compute(
                cache,
                work.corpus.illustrations,
                looked_at,
                stage.scope,
                lambda: registry.build(stage, work.settings, work.resources(graph, stage)),
                advance,
            )
        if stage.arranged_by:  # it may have arranged the corpus anew; asked again it would say the same
            key = _hash([known, work.corpus_digest, stage.scope, state_of(work.kept(stage))])
        record = Run(
            enricher=stage.name,
            corpus=work.corpus.id,
            corpus_digest=work.corpus_digest,
            config=described.config,
            models=described.models,
            software=f"legenda {version('legenda')}",
            started=started,
            ended=_now(),
        )
        graph.put_run(record, tally.counted(cache, set(looked_at.values())), key)
    except Exception as problem:
        return _failed(stage.name, len(work.corpus.illustrations), start, problem)
    outcome = StageOutcome(
        stage=stage.name,
        state="done",
        illustrations=len(work.corpus.illustrations),
        computed=computed,
        claims=tally.claims,
        observations=tally.observations,
        seconds=time.monotonic() - start,
        faults=tuple(tally.faults),
    )
    _note(work, outcome, key, described.thresholds)
    return outcome


def _judged_descriptors(graph: Any) -> list[list[Any]]:
    """The verdicts on descriptors, from which their stage learns: new ones make its answers stale."""
    from kg.current import verdicts
    from kg.names import LG

    judged = verdicts(graph.engine, graph.names).get(LG + "descriptor", {})
    return sorted([*statement, accepted] for statement, accepted in judged.items())


def _failed(stage: str, illustrations: int, start: float, problem: Exception) -> StageOutcome:
    """A stage that raised costs its own answers only; the traceback is for `--debug`."""
    logging.getLogger("legenda").debug("stage %s failed", stage, exc_info=problem)
    text = " ".join(str(problem).split()) or "no reason given"
    fault = Fault(stage, "the whole stage", f"{type(problem).__name__}: {text[:300]}")
    return StageOutcome(stage, "failed", illustrations, seconds=time.monotonic() - start, faults=(fault,))


@dataclass
class _Tally:
    """Counts statements on their way into the graph, and keeps the faults back."""

    claims: int = 0
    observations: int = 0
    faults: list[Fault] = field(default_factory=list)

    def counted(self, cache: ClaimCache, wanted: set[str]) -> Iterator[Claim | Observation]:
        for _, statements in cache.statements(wanted):
            for statement in statements:
                if isinstance(statement, Fault):
                    self.faults.append(statement)
                    continue
                if isinstance(statement, Claim):
                    self.claims += 1
                else:
                    self.observations += 1
                yield statement


def _embed(work: _Work) -> StageOutcome:
    """Vectors and thumbnails of all pictures, as a stage of its own, because several stages look at them."""
    from kg.media import Media

    start = time.monotonic()
    pictures = [i for i in work.corpus.illustrations if i.image is not None]
    known = registry.encoder_fingerprint(work.settings, work.digests.of)
    key = _hash([known, sorted(i.image_digest for i in pictures)])
    noted = _noted(work, EMBED)
    if noted.get("key") == key:
        return _unchanged(EMBED, noted)
    media = Media(work.store_dir)
    try:
        with work.report.stage(EMBED, len(pictures)) as advance:
            before = len(work.embeddings)
            faults = tuple(
                replace(f, stage=EMBED) for f in work.embeddings.ensure(pictures, media.thumbnail, advance)
            )
            computed = len(work.embeddings) - before
    except Exception as problem:
        return _failed(EMBED, len(pictures), start, problem)
    outcome = StageOutcome(
        EMBED, "done", len(pictures), computed, seconds=time.monotonic() - start, faults=faults
    )
    _note(work, outcome, key)
    return outcome


# ---- notes about finished stages, so that a run that does nothing can still say what is the case


def _noted(work: _Work, stage: str) -> dict[str, Any]:
    try:
        value = json.loads((work.notes / f"{stage}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return value if isinstance(value, dict) else {}


def _note(
    work: _Work, outcome: StageOutcome, key: str, thresholds: Mapping[str, float] | None = None
) -> None:
    note = {**asdict(outcome), "key": key, "thresholds": dict(thresholds or {})}
    write_json(work.notes / f"{outcome.stage}.json", note)


def _unchanged(stage: str, noted: Mapping[str, Any]) -> StageOutcome:
    return StageOutcome(
        stage=stage,
        state="unchanged",
        illustrations=noted["illustrations"],
        claims=noted["claims"],
        observations=noted["observations"],
        faults=tuple(Fault(**f) for f in noted["faults"]),
    )


def _remember_images(work: _Work) -> None:
    from kg.media import Media

    illustrations = work.corpus.illustrations
    images = [(i.image_digest, i.image) for i in illustrations if i.image is not None]
    images += sorted({(i.page_image, i.page_file) for i in illustrations if i.page_file is not None})
    key = _hash([[digest, str(path)] for digest, path in images])
    if _noted(work, "media").get("key") != key:
        Media(work.store_dir).add_many(images)
        write_json(work.notes / "media.json", {"key": key})


# ---- the end: what is believed now, and a snapshot of it


def _publish(
    work: _Work, graph: Any, stages: Sequence[Stage], changed: bool, force: bool
) -> tuple[bool, list[Fault]]:
    """Derive the current graph and publish it, if this run changed something or an earlier one was stopped
    before it could. Returns whether a snapshot was made, and why not if it should have been.
    """
    from kg import snapshots
    from kg.store import StoreError

    thresholds: dict[str, float] = {}
    for stage in stages:
        thresholds |= _noted(work, stage.name).get("thresholds", {})
    thresholds |= work.settings.thresholds
    keys = {s.name: graph.run_key(work.corpus.id, s.name) for s in stages}
    state = _hash([work.corpus_digest, work.thesaurus_digest, keys, thresholds])
    if not changed and _noted(work, "published").get("key") == state and snapshots.latest(work.store_dir):
        return False, []
    with work.report.stage("graph", 1) as advance:
        graph.derive_current(thresholds)
        try:
            snapshots.publish(graph, keep=work.settings.keep, force=force)
        except StoreError as problem:
            text = " ".join(str(problem).split())
            return False, [Fault("snapshot", "not published", text if len(text) < 400 else text[:400] + " …")]
        advance(1)
    write_json(work.notes / "published.json", {"key": state})
    return True, []


def _prepare_map(work: _Work) -> list[Fault]:
    """What the map needs besides the graph, made when pictures came or went, or a run was stopped before
    it could. The web side makes do without, so a failure is a notice.
    """
    key = _noted(work, EMBED).get("key")
    if key is None or EMBED in work.settings.skip or _noted(work, MAP).get("key") == key:
        return []
    from enrich import mapfiles
    from kg.media import Media

    corpora = sum(1 for each in work.notes.parent.iterdir() if each.is_dir())
    try:
        with work.report.stage(MAP, len(Media(work.store_dir).digests())) as advance:
            mapfiles.prepare(work.store_dir, work.embeddings, corpora, advance)
    except Exception as problem:
        logging.getLogger("legenda").debug("the map was not prepared", exc_info=problem)
        return [Fault(MAP, "tiles and places", f"{type(problem).__name__}: {problem}", "notice")]
    write_json(work.notes / f"{MAP}.json", {"key": key})
    return []


def _triples(work: _Work, graph: Any, published: bool) -> int:
    """Quads in the store; counted when something changed, remembered otherwise."""
    noted = _noted(work, "triples")
    if not published and "count" in noted:
        return int(noted["count"])
    count = int(graph.counts()["triples"])
    write_json(work.notes / "triples.json", {"count": count})
    return count


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
