"""From a corpus to a published snapshot: look, read the text, link, write the graph; nothing is done twice.

In: a corpus as read, a store, settings. Out: an `Outcome` with what every stage did and every fault.
Whether a stage must run is decided without importing it: the key of its run (corpus, settings, code, files)
is compared with the key the graph was written with. Whatever a stage computes is on disk at once, so a
killed run is continued by the next.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from enrich import registry
from enrich.claimcache import ClaimCache
from enrich.corpora import Digests
from enrich.ending import prepare_map, publish, triples
from enrich.progress import Reporter
from enrich.registry import EMBED, Stage, digest_of
from enrich.settings import Settings, SettingsError
from enrich.stages import compute, state_of, write_json
from enrich.work import Outcome, StageOutcome, Work, note, noted_of, unchanged
from kg.nouns import Claim, Corpus, Fault, Observation, Run


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
    work = Work(corpus, store_dir, settings, digests, report)
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
        published, refused = publish(work, graph, stages, changed, force)
        counted = triples(work, graph, published)
        current = snapshots.latest(store_dir)
    unmapped = prepare_map(work)
    faults = (*left_out, *(f for o in outcomes for f in o.faults), *refused, *unmapped)
    return Outcome(
        corpus=corpus.id,
        sources=len(corpus.sources),
        illustrations=len(corpus.illustrations),
        stages=tuple(outcomes),
        faults=faults,
        triples=counted,
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


def _put_thesaurus(work: Work, graph: Any) -> tuple[bool, list[Fault]]:
    from enrich.vocabulary import STAGE, put_thesaurus

    path = Path(work.settings.thesaurus_file)
    try:
        digest = work.digests.of(path)
    except OSError as problem:
        return False, [Fault(STAGE, str(path), problem.strerror or str(problem))]
    code = registry.code_digest(("enrich.text.thesaurus", "enrich.vocabulary"))
    work.thesaurus_digest = digest_of([digest, code])
    return put_thesaurus(graph, path, work.corpus.id, work.thesaurus_digest)


# ---- one stage


def _run_stage(work: Work, graph: Any, stage: Stage) -> StageOutcome:
    start = time.monotonic()
    known = registry.fingerprint(stage, work.settings, work.digests.of)
    if "verdicts" in stage.needs and (judged := _judged_descriptors(graph)):
        known = digest_of([known, judged])
    if "sight" in stage.needs and registry.knows_words(work.settings):  # all pictures teach
        known = digest_of([known, work.corpus_digest])
    arranged = state_of(work.kept(stage)) if stage.arranged_by else ""
    key = digest_of([known, work.corpus_digest, stage.scope, arranged])
    noted = noted_of(work, stage.name)
    if graph.run_key(work.corpus.id, stage.name) == key and noted.get("key") == key:
        return unchanged(stage.name, noted)
    looked_at = work.with_sources if "sources" in stage.needs else work.looked_at
    parts = known if stage.scope == "batch" else digest_of([known, work.corpus_digest, arranged])
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
            key = digest_of([known, work.corpus_digest, stage.scope, state_of(work.kept(stage))])
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
    note(work, outcome, key, described.thresholds)
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


def _embed(work: Work) -> StageOutcome:
    """Vectors and thumbnails of all pictures, as a stage of its own, because several stages look at them."""
    from kg.media import Media

    start = time.monotonic()
    pictures = [i for i in work.corpus.illustrations if i.image is not None]
    known = registry.encoder_fingerprint(work.settings, work.digests.of)
    key = digest_of([known, sorted(i.image_digest for i in pictures)])
    noted = noted_of(work, EMBED)
    if noted.get("key") == key:
        return unchanged(EMBED, noted)
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
    note(work, outcome, key)
    return outcome


def _remember_images(work: Work) -> None:
    from kg.media import Media

    illustrations = work.corpus.illustrations
    images = [(i.image_digest, i.image) for i in illustrations if i.image is not None]
    images += sorted({(i.page_image, i.page_file) for i in illustrations if i.page_file is not None})
    key = digest_of([[digest, str(path)] for digest, path in images])
    if noted_of(work, "media").get("key") != key:
        Media(work.store_dir).add_many(images)
        write_json(work.notes / "media.json", {"key": key})


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
