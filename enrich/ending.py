"""The end of a run: what is believed now, a snapshot of it, and what the map needs beside it.

In: the run's work and its store. Out: whether a snapshot was published, and why not if it should have been;
nothing is done that an earlier run has done for the same state.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from enrich.registry import EMBED, Stage, digest_of
from enrich.stages import write_json
from enrich.work import Work, noted_of
from kg.nouns import Fault

MAP = "map"  # the last step of a run, no stage: it makes no statements


def publish(
    work: Work, graph: Any, stages: Sequence[Stage], changed: bool, force: bool
) -> tuple[bool, list[Fault]]:
    """Derive the current graph and publish it, if this run changed something or an earlier one was stopped
    before it could. Returns whether a snapshot was made, and why not if it should have been.
    """
    from kg import snapshots
    from kg.store import StoreError

    thresholds: dict[str, float] = {}
    for stage in stages:
        thresholds |= noted_of(work, stage.name).get("thresholds", {})
    thresholds |= work.settings.thresholds
    keys = {s.name: graph.run_key(work.corpus.id, s.name) for s in stages}
    state = digest_of([work.corpus_digest, work.thesaurus_digest, keys, thresholds])
    if not changed and noted_of(work, "published").get("key") == state and snapshots.latest(work.store_dir):
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


def prepare_map(work: Work) -> list[Fault]:
    """What the map needs besides the graph, made when pictures came or went, or a run was stopped before
    it could. The web side makes do without, so a failure is a notice.
    """
    looked = noted_of(work, EMBED).get("key")
    key = digest_of([looked, "tiles, places, look-alikes"])
    if looked is None or EMBED in work.settings.skip or noted_of(work, MAP).get("key") == key:
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


def triples(work: Work, graph: Any, published: bool) -> int:
    """Quads in the store; counted when something changed, remembered otherwise."""
    noted = noted_of(work, "triples")
    if not published and "count" in noted:
        return int(noted["count"])
    count = int(graph.counts()["triples"])
    write_json(work.notes / "triples.json", {"count": count})
    return count
