"""The store: corpora, runs, reviews and the currently believed values, in named graphs of a triple store.

In: nouns (`Corpus`, `Run` with `Claim`s and `Observation`s, `Review`). Out: a graph people query.
`open_store` takes "oxigraph:DIR" (a bare path means the same), "memory:" or
"sparql:URL[,update=URL][,gsp=URL]".

What survives a crash (kill -9 at any moment): everything that a method returned from. A method that was cut
short leaves the old content or, when much changed, a part of the new with a mark in the catalogue graph:
`run_key` says None, no snapshot is published, and when the pipeline writes the graph again from its cached
claims only what is missing is written. A review is one transaction. Readers use snapshots (`kg.snapshots`)
and never see any of it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import ontology
from kg import entities, rdf, terms, vocabularies
from kg.current import believed_lines, threshold_lines
from kg.engines import Embedded, Engine, StoreError
from kg.folder import lock, settle_base
from kg.names import DEFAULT_BASE, LG, NAMESPACES, Names
from kg.nouns import Claim, Corpus, Entity, Observation, Review, Run
from kg.replace import blocks_of, difference, spool
from kg.sparql import bind
from kg.thresholds import merged

if TYPE_CHECKING:
    import rdflib

__all__ = ["Store", "StoreError", "open_store"]


def open_store(spec: str | Path, base: str | None = None) -> Store:
    """Open a store for writing, creating it when it is not there. Use it as a context manager.

    `base` is the base IRI of a new store (default "http://localhost:8000/"); an existing one keeps its own.
    Raises StoreError when another process writes to the store, when its format is newer than this program, or
    when `base` is not the store's.

    >>> with open_store("memory:") as store:
    ...     store.base
    'http://localhost:8000/'
    """
    text = str(spec)
    if text == "memory:":
        return Store(Embedded(), Names(base or DEFAULT_BASE), None)
    if text.startswith("sparql:"):
        from kg.remote import Remote

        return Store(Remote.from_spec(text.removeprefix("sparql:")), Names(base or DEFAULT_BASE), None)
    folder = Path(text.removeprefix("oxigraph:"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: not a folder for a store: {error.strerror}") from error
    held = lock(folder)
    try:
        names = Names(settle_base(folder, base))
        return Store(Embedded(folder / "live"), names, folder, held)
    except BaseException:
        os.close(held)
        raise


class Store:
    """A writable store. One process at a time; not for use from several threads at once."""

    def __init__(self, engine: Engine, names: Names, folder: Path | None, lock: int | None = None) -> None:
        self.engine = engine
        self.names = names
        self.folder = folder
        self._lock = lock
        self._catalogue = terms.node(names.graph("catalogue"))
        for parts, key, blocks in vocabularies.own_graphs(self.base):
            self._put_vocabulary(parts, key, blocks)

    @property
    def base(self) -> str:
        """The base IRI of everything minted in this store."""
        return self.names.base

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write everything to disk and let another process open the store, which it may also if the disk is
        full.
        """
        try:
            self.engine.close()
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    # ------------------------------------------------------------------ writing

    def put_corpus(self, corpus: Corpus) -> None:
        """Make `graph/source` say exactly this of the corpus; other corpora stay as they are.

        Costs about the change. Cut short, `corpus_digest` is None afterwards.
        """
        own = terms.node(self.names.iri("corpus", corpus.id))
        graph = terms.node(self.names.graph("source"))
        shared = {str(row["s"]) for row in self.engine.query(bind("shared.rq", graph=graph, corpus=own))}
        in_corpus = terms.node(NAMESPACES["lg"] + "corpus")

        def keep(line: str, subjects: set[str]) -> bool:
            subject, predicate, value = line.split(" ", 2)
            if subject not in shared:
                return False
            if predicate == in_corpus:
                return not value.startswith(own)
            return subject not in subjects

        description = (
            f"{own} <{NAMESPACES['rdf']}type> <{NAMESPACES['lg']}Corpus> . "
            f"{own} <{NAMESPACES['lg']}corpusDigest> {terms.text(corpus.digest)} . "
            f"{own} <{NAMESPACES['lg']}key> {terms.text(_stamped(corpus.digest))} . "
        )
        blocks = rdf.corpus_lines(corpus, self.names)
        self._replace("source", blocks, own, description, lambda file: self._corpus_dump(own, file), keep)
        self._describe_graph("source")

    def put_run(self, run: Run, statements: Iterable[Claim | Observation], key: str) -> None:
        """Make the run's graph hold exactly these statements; `key` is what `run_key` returns from then on.

        Statements are streamed to disk, not held. When one statement comes twice with different confidence,
        the higher one stays. `graph/current` follows with `derive_current`. If `statements` raises, the graph
        keeps its old content.
        """
        graph = self.names.graph("run", run.corpus, run.enricher)
        own = terms.node(graph)
        description = (
            f"{own} <{NAMESPACES['lg']}key> {terms.text(_stamped(key))} . "
            f"{own} <{NAMESPACES['prov']}wasGeneratedBy> "
            f"{terms.node(self.names.iri('run', f'{run.corpus}/{run.enricher}'))} . "
        )
        seen = rdf.Seen()
        blocks = rdf.run_lines(run, statements, self.names, seen)
        self._replace(("run", run.corpus, run.enricher), blocks, own, description)
        if seen.perhaps:
            self._drop_doubles(own)
        self._describe_graph("run", run.corpus, run.enricher)

    def drop_run(self, corpus: str, enricher: str) -> None:
        """Take a run and its claims out of the store; reviews of them stay."""
        graph = self.names.graph("run", corpus, enricher)
        self._update("begin.ru", target=terms.node(graph))
        self.engine.clear(graph)
        self._update("forget.ru", target=terms.node(graph))
        self._changed()

    def put_vocabulary(self, content: Path | Iterable[Entity], name: str = "", key: str = "") -> bool:
        """Make `graph/vocabulary/NAME` hold exactly a thesaurus: an RDF file, or concepts. Returns whether
        anything changed. An unchanged file is not read, nor are concepts that were put under the same `key`.
        `name` defaults to the file's, without its ending.

        Raises StoreError when the file is not RDF or its broader concepts go round in a circle (the graph
        then keeps its old content), and for the name of a vocabulary that comes with the program.
        """
        name = name or (content.stem if isinstance(content, Path) else "")
        if not name or name in vocabularies.OWN:
            raise StoreError(f"a thesaurus needs a name of its own, not {name!r}")
        known = vocabularies.key_of(content) if isinstance(content, Path) else key and _stamped(key)
        blocks = vocabularies.lines(content, name, self.names)
        return self._put_vocabulary(("vocabulary", name), known or None, blocks)

    def run_key(self, corpus: str, enricher: str) -> str | None:
        """The key given to `put_run`; None when there is no such run, or its graph is incomplete or was
        written by another version of this room, which may say things differently.
        """
        return _unstamped(self._key(self.names.graph("run", corpus, enricher)))

    def corpus_digest(self, corpus: str) -> str | None:
        """The digest of the corpus as last put; None when it is not there, incomplete, or written by another
        version of this room.
        """
        return _unstamped(self._key(self.names.iri("corpus", corpus)))

    def add_review(self, review: Review) -> None:
        """Append a person's verdict, in one transaction. Nothing ever removes it. Call `derive_current`
        after.

        Raises ValueError when a review of the same id is there, or when a replacement lacks its value.
        """
        if review.verdict == "replaced" and review.replacement is None:
            raise ValueError(f"review {review.id} replaces a value but gives none")
        reviews = terms.node(self.names.graph("reviews"))
        own = terms.node(self.names.iri("review", review.id))
        there = self.engine.query(bind("review-there.rq", reviews=reviews, review=own))
        if next(iter(there), None) is not None:
            raise ValueError(f"review {review.id} is already in the store; reviews are never changed")
        lines = "".join(rdf.review_lines(review, self.names))
        self.engine.update(bind("insert.ru", graph=reviews, lines=lines))
        self._changed()

    def derive_current(self, thresholds: Mapping[str, float] | None = None) -> None:
        """Make `graph/current` hold exactly the believed values, and publish the thresholds it was derived
        by.

        A value is believed if its statement is accepted, or unreviewed and at or above the threshold of its
        property. Thresholds not given are those of `kg.thresholds.DEFAULT`; None keeps the ones that were
        published last. Single-valued properties keep the best one: accepted before unreviewed, then the
        surer.
        """
        published = list(self.engine.query(bind("thresholds.rq", catalogue=self._catalogue)))
        if thresholds is None:
            thresholds = {r["property"].value.removeprefix(LG): float(r["minimum"].value) for r in published}
        rule = merged(thresholds)
        own = terms.node(self.names.graph("current"))
        outdated = ";\n".join(
            bind("forget.ru", catalogue=self._catalogue, target=str(row["threshold"])) for row in published
        )
        blocks, description = believed_lines(self.engine, self.names, rule), threshold_lines(self.names, rule)
        self._replace("current", blocks, own, description, outdated=outdated)
        self._describe_graph("current")

    # ------------------------------------------------------------------ reading

    def query(self, sparql: str) -> Any:
        """Run a query; its default graph is the union of all named graphs. Results are pyoxigraph's."""
        return self.engine.query(sparql)

    def dataset(self) -> rdflib.Dataset:
        """The live graph for rdflib, read-only (see `kg.datasets`). Raises StoreError for a remote store."""
        from kg.datasets import dataset

        if not isinstance(self.engine, Embedded):
            raise StoreError("a remote store is opened in rdflib by its own SPARQLStore")
        return dataset(self.engine.store, in_order=self.engine.on_disk)

    def counts(self) -> dict[str, int]:
        """How many things of each class, and how many triples ("triples"), the store holds."""
        by_iri = {term.iri: term.local for term in ontology.ontology().by_kind.values()}
        classes = " ".join(terms.node(iri) for iri in by_iri)
        found = {
            by_iri[row["class"].value]: int(row["n"].value)
            for row in self.engine.query(bind("count-classes.rq", classes=classes))
        }
        graphs = self.engine.query(bind("catalogue-graphs.rq", catalogue=self._catalogue))
        return dict(sorted(found.items())) | {"triples": sum(int(row["n"].value) for row in graphs)}

    def unfinished(self) -> list[str]:
        """IRIs of graphs and corpora that are being replaced; a snapshot is refused while there are any."""
        rows = self.engine.query(bind("unfinished.rq", catalogue=self._catalogue))
        return [row["target"].value for row in rows]

    def revision(self) -> int:
        """How many changes the store has seen."""
        found = _first(self.engine.query(bind("revision.rq", catalogue=self._catalogue)), "revision")
        return int(found or 0)

    # ------------------------------------------------------------------ how it is done

    def _replace(
        self,
        graph: str | tuple[str, ...],
        blocks: Iterable[str],
        target: str,
        description: str,
        dump: Callable[[Path], None] | None = None,
        keep: Callable[[str, set[str]], bool] | None = None,
        outdated: str = "",
    ) -> None:
        """Make a graph (or what `dump` writes of it) equal to `blocks`, then describe `target` in the
        catalogue, after the update `outdated`.
        """
        name = self.names.graph(*((graph,) if isinstance(graph, str) else graph))
        with self._scratch() as folder:
            new, old = folder / "new.nt", folder / "old.nt"
            spool(blocks, new)
            dump = dump or (lambda file: self.engine.dump(name, file))
            dump(old)
            finish = bind("finish.ru", catalogue=self._catalogue, target=target, description=description)
            finish = f"{outdated};\n{finish}" if outdated else finish
            if old.stat().st_size == 0:
                self._update("begin.ru", target=target)
                self.engine.load(name, new)
                self.engine.update(finish)
                self._changed()
                return
            change = difference(old, new, folder, keep)
            lines = self.engine.update_lines
            if change.removals + change.additions <= lines:
                # One update, which is one transaction.
                self.engine.update(";\n".join([*_data(name, change.removed, change.added), finish]))
            else:
                self._update("begin.ru", target=target)
                for block in blocks_of(change.removed, lines):
                    self.engine.update(bind("delete.ru", graph=terms.node(name), lines=block))
                self.engine.load(name, change.added)
                self.engine.update(finish)
            if change.removals or change.additions:
                self._changed()

    def _drop_doubles(self, graph: str) -> None:
        rows = list(self.engine.query(bind("doubled.rq", graph=graph)))
        confidence = terms.node(NAMESPACES["lg"] + "confidence")
        for start in range(0, len(rows), self.engine.update_lines):
            some = rows[start : start + self.engine.update_lines]
            lines = "".join(f"{row['claim']} {confidence} {row['lower']} .\n" for row in some)
            self.engine.update(bind("delete.ru", graph=graph, lines=lines))

    def _put_vocabulary(self, parts: tuple[str, ...], key: str | None, blocks: Iterable[str]) -> bool:
        graph = self.names.graph(*parts)
        if key is not None and self._key(graph) == key:
            return False
        own, before = terms.node(graph), self.revision()
        described = f"{own} <{NAMESPACES['lg']}key> {terms.text(key)} . " if key else ""
        self._replace(parts, blocks, own, described)
        self._describe_graph(*parts)
        return self.revision() != before

    def _describe_graph(self, *parts: str) -> None:
        graph = terms.node(self.names.graph(*parts))
        count = _first(self.engine.query(bind("count-graph.rq", graph=graph)), "n")
        self._update(
            "describe.ru",
            target=graph,
            n=terms.integer(int(count or 0)),
            title=terms.text("/".join(parts)),
            dataset=terms.node(self.names.base + "dataset"),
        )

    def _corpus_dump(self, corpus: str, file: Path) -> None:
        graph = terms.node(self.names.graph("source"))
        rows = self.engine.query(bind("corpus.rq", graph=graph, corpus=corpus))
        spool((f"{row['s']} {row['p']} {row['o']} .\n" for row in rows), file)

    def _key(self, target: str) -> str | None:
        rows = self.engine.query(bind("key.rq", catalogue=self._catalogue, target=terms.node(target)))
        return _first(rows, "key")

    def _changed(self) -> None:
        now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
        self._update(
            "changed.ru",
            dataset=terms.node(self.names.base + "dataset"),
            next=terms.integer(self.revision() + 1),
            now=terms.moment(now),
        )

    def _update(self, name: str, **values: str) -> None:
        self.engine.update(bind(name, catalogue=self._catalogue, **values))

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        # Inside the store, not in /tmp: it is as big as a graph, and belongs on the same disk.
        parent = None
        if self.folder is not None:
            parent = self.folder / "scratch"
            parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            yield Path(folder)


def _data(graph: str, removed: Path, added: Path) -> list[str]:
    updates = []
    for name, file in (("delete.ru", removed), ("insert.ru", added)):
        if file.stat().st_size:
            updates.append(bind(name, graph=terms.node(graph), lines=file.read_text(encoding="utf-8")))
    return updates


@cache
def _writer() -> str:
    """A hash of what decides how nouns become triples."""
    files = [Path(module.__file__ or "") for module in (rdf, entities, terms)]
    return hashlib.sha256(b"".join(f.read_bytes() for f in [*files, ontology.path("legenda")])).hexdigest()[
        :16
    ]


def _stamped(key: str) -> str:
    return f"{_writer()}:{key}"


def _unstamped(key: str | None) -> str | None:
    writer, _, own = (key or "").partition(":")
    return own if writer == _writer() else None


def _first(rows: Any, name: str) -> str | None:
    row = next(iter(rows), None)
    return None if row is None or row[name] is None else str(row[name].value)
