"""The snapshot being served, opened read-only, and the named queries asked of it.

In: a store directory and what kg says is its latest snapshot. Out: a `Dataset` (a version that never
changes under a request) that answers the queries in `api/queries/` with their parameters bound as RDF
terms. A newly published snapshot is picked up between requests; a request that began on the old one ends on
it.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

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
    path: Path
    names: Names
    media: Media
    store: ox.Store
    pool: Pool
    _kept: dict[Any, Any] = field(default_factory=dict)
    queries_asked: int = 0

    def select(self, name: str, *, limit: int | None = None, offset: int = 0, **terms: Any) -> list[Row]:
        """Rows of a named query over the union of all graphs, one dict per row without the unbound
        variables.
        """
        text = bind(query_text(name), current=self.current, source=self.source, **terms)
        if limit is not None:
            text += f"\nLIMIT {int(limit)} OFFSET {int(offset)}"
        self.queries_asked += 1
        answer = self.store.query(text, use_default_graph_as_union=True)
        assert isinstance(answer, ox.QuerySolutions)
        variables = [v.value for v in answer.variables]
        return [
            {v: term for v, term in zip(variables, solution, strict=True) if term is not None}
            for solution in answer
        ]

    @property
    def index(self) -> Index:
        """The snapshot's index, built at its first use (`Served` makes that happen before anyone waits)."""
        index: Index = self.kept("index", lambda: Index(ensure(self.path, self.select)))
        return index

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
    def source(self) -> ox.NamedNode:
        return ox.NamedNode(self.names.graph("source"))

    @property
    def modified(self) -> str:
        """When the snapshot was published, as an HTTP date."""
        from werkzeug.http import http_date

        return http_date(self.published)


class Served:
    """The dataset that requests of this process see: always the latest snapshot, looked up every `check`
    seconds.
    """

    def __init__(self, store: Path, check: float = 1.0, limits: Limits | None = None) -> None:
        self.store = store
        self._limits = limits or Limits()
        self._check = check
        self._lock = threading.Lock()
        self._dataset: Dataset | None = None
        self._looked = 0.0

    def dataset(self) -> Dataset:
        """The latest snapshot, open. Raises NoSnapshot when the store has none."""
        now = time.monotonic()
        if self._dataset is not None and now - self._looked < self._check:
            return self._dataset
        with self._lock:
            try:
                latest = snapshots.latest(self.store)
            except StoreError as error:
                raise NoSnapshot(str(error)) from error
            if latest is None:
                raise NoSnapshot(
                    f"{self.store} has no snapshot yet: run `legenda enrich` or `legenda snapshot publish`"
                )
            if self._dataset is None or self._dataset.version != latest.version:
                if self._dataset is not None:
                    self._dataset.pool.close()
                self._dataset = Dataset(
                    version=latest.version,
                    published=latest.published,
                    path=latest.path,
                    names=Names(latest.base),
                    media=Media(self.store),
                    store=latest.open(),
                    pool=Pool(latest.path / "db", self._limits),
                )
            self._looked = now
            return self._dataset
