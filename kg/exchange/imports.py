"""Claims of another institution, taken into our store with their provenance.

In: a TriG or N-Quads file (.gz too) written by a Legenda with another base IRI, over illustrations that we
hold too. Out: one run in our store per run in the file, named after where it comes from; its software,
models, times and configuration are kept. Illustrations, artists, works and published concepts are matched
by their identifiers; topics and clusters stay theirs. A verdict counts where it was given: what their
reviewers accepted or rejected comes in as claims of confidence 1 or 0, with the reviewer, the time and the
comment as evidence, and is believed or not by our thresholds and our reviewers.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import tempfile
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg import claims, terms
from kg.engines import StoreError
from kg.names import Names
from kg.nouns import Claim, Entity, Evidence, Observation, Review, Run
from kg.sparql import bind
from kg.store import Store
from kg.verdicts import standing

#: Kinds whose ids mean something only in the store they were found in.
_LOCAL = frozenset({"topic", "cluster"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Imported:
    """A run that was taken over: its name in our store, its statements, how many were not about ours."""

    enricher: str
    corpus: str
    statements: int
    left_out: int


def import_claims(store: Store, file: Path, name: str) -> list[Imported]:
    """Take the runs of a file into the store; `name` says whose they are. A second time changes nothing.

    Raises StoreError when the file holds no run, or is not RDF, or `name` is not a plain word.
    """
    if not _NAME.fullmatch(name):
        raise StoreError(
            f"--from {name!r}: say whose claims these are in one word of letters, digits, dots, hyphens and "
            "underscores, for example belvedere"
        )
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        foreign = _load(file, Path(folder))

        def query(sparql: str) -> Any:
            return foreign.query(sparql, use_default_graph_as_union=True)

        base = _base(query, file)
        found, software = [], ""
        for iri, graph, run in claims.runs(query, Names(base)):
            taken, software = _Taken(store, name), run.software
            ours = replace(run, enricher=f"{name}-{run.enricher}", config=_origin(iri, run.config))
            store.put_run(ours, taken.ours(claims.statements(query, Names(base), graph)), digest)
            found.append(Imported(ours.enricher, run.corpus, taken.kept, taken.left_out))
        found += _import_verdicts(
            store, list(claims.reviews(query, Names(base))), base, name, software, digest
        )
    return found


def _origin(iri: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {"importedFrom": iri, "config": dict(config)}


def _import_verdicts(
    store: Store, reviews: list[Review], base: str, name: str, software: str, digest: str
) -> Iterator[Imported]:
    """One run for each of our corpora that the reviews are about."""
    by_corpus: dict[str, list[Review]] = {}
    for review in reviews:
        iri = terms.node(store.names.illustration(review.illustration))
        rows = store.query(bind("corpora-of.rq", illustration=iri))
        pair = store.names.split(next((row["corpus"].value for row in rows), ""))
        by_corpus.setdefault(pair[1] if pair else "", []).append(review)
    elsewhere = len(by_corpus.pop("", []))
    for corpus, some in by_corpus.items():
        run = Run(
            enricher=f"{name}-reviews",
            corpus=corpus,
            corpus_digest=store.corpus_digest(corpus) or "",
            config=_origin(Names(base).graph("reviews"), {}),
            models=(),
            software=software,
            started=some[0].at,
            ended=some[-1].at,
        )
        taken = _Taken(store, name)
        store.put_run(run, taken.ours(_verdicts(some)), digest)
        yield Imported(run.enricher, corpus, taken.kept, elsewhere)
        elsewhere = 0
    if elsewhere:
        yield Imported(f"{name}-reviews", "", 0, elsewhere)


def _verdicts(reviews: Iterable[Review]) -> Iterator[Claim]:
    """What the latest standing verdict on each statement says, as claims of the reviewers; no comments."""
    latest: dict[tuple[str, str, Entity, str], tuple[bool, Review]] = {}

    def of(review: Review) -> tuple[Hashable, str]:
        statement = (review.illustration, review.property, review.value, review.qualifier)
        return (review.reviewer, statement), review.verdict

    for review in standing(reviews, of):
        if review.verdict != "comment":
            statement = (review.illustration, review.property, review.value, review.qualifier)
            latest[statement] = review.verdict == "accepted", review
            if review.replacement is not None:
                latest[review.illustration, review.property, review.replacement, ""] = True, review
    for (illustration, property, value, qualifier), (accepted, review) in latest.items():
        # That another institution rejected one of its own topics or clusters says nothing about ours.
        if accepted or value.kind not in _LOCAL:
            said = f"{review.verdict} by {review.reviewer}, {review.at[:10]}"
            why = Evidence("review", f"{said}: {review.comment}" if review.comment else said)
            yield Claim(illustration, property, value, float(accepted), qualifier, (why,))


class _Taken:
    """Passes on the statements about illustrations we hold, counting."""

    def __init__(self, store: Store, name: str) -> None:
        self.store, self.name = store, name
        self.kept = self.left_out = 0
        self._known: dict[str, bool] = {}

    def ours(self, statements: Iterator[Claim | Observation]) -> Iterator[Claim | Observation]:
        for statement in statements:
            if not self._held(statement.illustration):
                self.left_out += 1
                continue
            self.kept += 1
            if isinstance(statement, Claim):
                yield replace(statement, value=self._entity(statement.value))
            else:
                yield statement

    def _held(self, key: str) -> bool:
        if key not in self._known:
            iri = self.store.names.illustration(key)
            rows = self.store.query(bind("source-of.rq", illustration=terms.node(iri)))
            self._known[key] = next(iter(rows), None) is not None
        return self._known[key]

    def _entity(self, entity: Entity) -> Entity:
        return replace(entity, id=f"{self.name}:{entity.id}") if entity.kind in _LOCAL else entity


def _load(file: Path, folder: Path) -> ox.Store:
    plain = file
    if file.suffix == ".gz":
        plain = folder / file.stem
        with gzip.open(file) as packed, plain.open("wb") as out:
            shutil.copyfileobj(packed, out)
    form = {".trig": ox.RdfFormat.TRIG, ".nq": ox.RdfFormat.N_QUADS}.get(plain.suffix)
    if form is None:
        raise StoreError(f"{file}: expected .trig, .nq, .trig.gz or .nq.gz")
    store = ox.Store(str(folder / "db"))
    try:
        store.bulk_load(path=str(plain), format=form)
    except (SyntaxError, OSError) as error:
        raise StoreError(f"{file}: not readable as RDF: {error}") from error
    return store


def _base(query: Any, file: Path) -> str:
    rows = query(bind("run-graphs.rq"))
    bases = {row["run"].value.partition("id/run/")[0] for row in rows}
    if len(bases) != 1:
        raise StoreError(f"{file}: expected runs of one institution, found {len(bases)}")
    return str(bases.pop())
