"""The snapshot being served, opened read-only, and the named queries asked of it.

In: a store directory and what kg says is its latest snapshot. Out: a `Dataset` (a version that never
changes under a request) that answers the queries in `api/queries/` with their parameters bound as RDF
terms. A newly published snapshot is picked up between requests; a request that began on the old one ends on
it.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from api.history import History, record_apart
from api.index import ensure
from api.language import Row
from api.pool import Limits, Pool
from api.search import Index
from kg import snapshots
from kg.engines import StoreError
from kg.media import Media
from kg.names import Names

_QUERIES = Path(__file__).parent / "queries"
_PARAMETER = re.compile(r"\$([A-Za-z_]+)")


class NoSnapshot(RuntimeError):
    """The store has nothing to serve yet."""


@cache
def query_text(name: str) -> str:
    """The text of `api/queries/NAME.rq`, its prefixes in front."""
    return (_QUERIES / "prefixes.rq").read_text() + (_QUERIES / f"{name}.rq").read_text()


def bind(query: str, **terms: ox.NamedNode | ox.Literal) -> str:
    """`query` with every `$name` replaced by the term of that name in its own (escaped) SPARQL form.

    >>> bind("ASK { $who ?p $what }", who=ox.NamedNode("http://example.org/a"), what=ox.Literal('say "ah"'))
    'ASK { <http://example.org/a> ?p "say \\\\"ah\\\\"" }'
    """
    return _PARAMETER.sub(lambda match: str(terms[match[1]]), query)


@dataclass
class Dataset:
    """One snapshot, open. Safe to use from several threads; nothing in it changes, so answers may be kept."""

    version: str
    published: datetime
    folder: Path
    path: Path
    names: Names
    media: Media
    store: ox.Store
    pool: Pool
    _kept: dict[Any, Any] = field(default_factory=dict)
    earlier_index: Index | None = None
    queries_asked: int = 0
    _building: threading.Lock = field(default_factory=threading.Lock)
    _builder: threading.Thread | None = None
    _recording: threading.Lock = field(default_factory=threading.Lock)

    def select(self, name: str, **terms: ox.NamedNode | ox.Literal) -> list[Row]:
        """Rows of a named query over the union of all graphs, one dict per row without the unbound
        variables.
        """
        return list(self.rows(name, **terms))

    def rows(self, name: str, **terms: ox.NamedNode | ox.Literal) -> Iterator[Row]:
        """As `select`, one row after the other, for answers as long as the corpus."""
        graphs = {"current": self.current, "source": self.source, "reviews": self.reviews}
        text = bind(query_text(name), **graphs, **terms)
        self.queries_asked += 1
        answer = self.store.query(text, use_default_graph_as_union=True)
        assert isinstance(answer, ox.QuerySolutions)
        variables = [v.value for v in answer.variables]
        for solution in answer:
            yield {v: term for v, term in zip(variables, solution, strict=True) if term is not None}

    @property
    def index(self) -> Index:
        """The snapshot's index. While it is being built, lists come from the snapshot before, if there is
        one.
        """
        if "index" not in self._kept:
            with self._building:
                builder = self._builder
                if builder is None:
                    builder = self._builder = threading.Thread(target=self._build_index, daemon=True)
                    builder.start()
            builder.join(None if self.earlier_index is None else 0.2)
        index = self.index_if_built
        if index is None:
            raise NoSnapshot(f"the index of snapshot {self.version} could not be built")
        return index

    @property
    def index_if_built(self) -> Index | None:
        """The index, or the one before it, without waiting."""
        index: Index | None = self._kept.get("index", self.earlier_index)
        return index

    def _build_index(self) -> None:
        try:
            self._kept["index"] = Index(ensure(self.path, self.rows))
            threading.Thread(target=lambda: self.history, daemon=True).start()
        finally:
            self._builder = None  # after a failure (a full disk) the next request tries again

    @property
    def history(self) -> History | None:
        """What changed up to this snapshot, noted now if it was not; None where no history can be kept."""
        with self._recording:
            if "history" not in self._kept:
                history = History(self.folder, self.names.base)
                if history.version() != self.version and not record_apart(self.folder, self.version):
                    return None  # the next who asks tries again
                self._kept["history"] = history
        found: History = self._kept["history"]
        return found

    def construct(self, name: str, **terms: Any) -> list[ox.Triple]:
        """Triples of a named CONSTRUCT query, each once."""
        text = bind(query_text(name), current=self.current, source=self.source, **terms)
        self.queries_asked += 1
        answer = self.store.query(text, use_default_graph_as_union=True)
        assert isinstance(answer, ox.QueryTriples)
        return list(dict.fromkeys(answer))

    def kept(self, key: Any, compute: Callable[[], Any]) -> Any:
        """`compute()`, remembered for as long as this snapshot is served."""
        if key not in self._kept:
            self._kept[key] = compute()
        return self._kept[key]

    @property
    def current(self) -> ox.NamedNode:
        return ox.NamedNode(self.names.graph("current"))

    @property
    def reviews(self) -> ox.NamedNode:
        return ox.NamedNode(self.names.graph("reviews"))

    @property
    def source(self) -> ox.NamedNode:
        return ox.NamedNode(self.names.graph("source"))

    @property
    def modified(self) -> str:
        """When the snapshot was published, as an HTTP date."""
        from werkzeug.http import http_date

        return http_date(self.published)


class Served:
    """The dataset that requests of this process see: always the latest snapshot."""

    def __init__(self, store: Path, limits: Limits | None = None) -> None:
        self.store = store
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._dataset: Dataset | None = None
        self._mark: tuple[int, int] | None = None
        self._current = str(store / "snapshots" / "CURRENT")

    def dataset(self) -> Dataset:
        """The latest snapshot, open. Costs a look at a file's date. Raises NoSnapshot when there is none."""
        mark = self._published_mark()
        if self._dataset is not None and mark == self._mark:
            return self._dataset
        with self._lock:
            if self._dataset is not None and mark == self._mark:
                return self._dataset
            try:
                latest = snapshots.latest(self.store)
            except StoreError as error:
                raise NoSnapshot(str(error)) from error
            if latest is None:
                raise NoSnapshot(
                    f"{self.store} has no snapshot yet: run `legenda enrich` or `legenda snapshot publish`"
                )
            before = self._dataset
            if before is None or before.version != latest.version:
                self._dataset = Dataset(
                    version=latest.version,
                    published=latest.published,
                    folder=self.store,
                    path=latest.path,
                    names=Names(latest.base),
                    media=Media(self.store),
                    store=latest.open(),
                    pool=Pool(latest.path / "db", self._limits),
                    earlier_index=before.index_if_built if before else None,
                )
                if before is not None:
                    before.pool.close()
            self._mark = mark
            assert self._dataset is not None
            return self._dataset

    def _published_mark(self) -> tuple[int, int] | None:
        """Changes whenever another snapshot is published: the file that names it is replaced."""
        try:
            found = os.stat(self._current)  # noqa: PTH116 - asked at every request, and five times faster
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns
