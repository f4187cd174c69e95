"""The review queue of a snapshot, in one SQLite file: every question once, in the order in which answers
teach most.

In: an open snapshot and its index. Out: `queue-N.sqlite` beside it with the tables `claim` (what runs say),
`item` (the questions, by `place`), `run` and `known` (the reviews that were already counted). While the file
of a new snapshot is being made, the one before it is served: what was said since is left out by the inbox.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

from api.dataset import Dataset, NoSnapshot
from api.index import ensure as ensure_index
from api.language import CERTAINTY
from api.queue_score import Judged, Question, Said, key, questions, score
from api.search import Index

FILE = "queue-1.sqlite"
_TABLES = """
CREATE TABLE witness (claim TEXT, kind TEXT, score REAL);
CREATE TABLE raw (claim TEXT, plate TEXT, property TEXT, value TEXT, qualifier TEXT, confidence REAL,
  run TEXT);
CREATE TABLE claim (key TEXT, plate TEXT, property TEXT, value TEXT, qualifier TEXT, confidence REAL,
  run TEXT, sight REAL, heard INTEGER);
CREATE TABLE asked (key TEXT, plate TEXT, property TEXT, value TEXT, qualifier TEXT, confidence REAL,
  run TEXT, unsure REAL, conflict TEXT, disputed INTEGER, undecided INTEGER, settled INTEGER, judges TEXT);
CREATE TABLE item (place INTEGER PRIMARY KEY, key TEXT UNIQUE, plate TEXT, property TEXT, value TEXT,
  qualifier TEXT, confidence REAL, run TEXT, unsure REAL, conflict TEXT, disputed INTEGER, undecided INTEGER,
  settled INTEGER, judges TEXT, source TEXT, cluster TEXT, alike INTEGER, band TEXT, score REAL);
CREATE TABLE run (run TEXT PRIMARY KEY, enricher TEXT, model TEXT);
CREATE TABLE known (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_CLAIMS = """
INSERT INTO claim SELECT key(r.plate, r.property, r.value, r.qualifier),
  r.plate, r.property, r.value, r.qualifier, r.confidence, r.run,
  (SELECT max(score) FROM witness w WHERE w.claim = r.claim AND w.kind = 'image'),
  EXISTS (SELECT 1 FROM witness w WHERE w.claim = r.claim AND w.kind = 'caption')
  FROM raw r ORDER BY r.plate, r.property
"""
_ITEMS = """
INSERT INTO item SELECT row_number() OVER (ORDER BY score DESC, number, property, value, qualifier),
  key, plate, property, value, qualifier, confidence, run, unsure, conflict, disputed, undecided, settled,
  judges, source, cluster, alike, band, score FROM (
  SELECT key, plate, property, value, qualifier, confidence, run, unsure, conflict, disputed, undecided,
    settled, judges, source, cluster, alike, band,
    score(property, unsure, conflict <> '', disputed, alike, rank) AS score, number FROM (
  SELECT a.*, p.number, p.source, coalesce(c.entity, '') AS cluster, band(a.confidence) AS band,
    CASE WHEN c.entity IS NULL OR a.settled THEN 0 ELSE
      count(*) OVER (PARTITION BY c.entity, a.property, a.value, a.qualifier, a.settled) - 1 END AS alike,
    row_number() OVER (PARTITION BY c.entity, a.property, a.value, a.qualifier, a.settled
      ORDER BY a.unsure DESC, p.number) AS rank
  FROM asked a JOIN search.plate p ON p.iri = a.plate
  LEFT JOIN search.value c ON c.plate = p.number AND c.property = 'cluster'))
"""
_DONE = """
CREATE INDEX item_property ON item (property, place);
CREATE INDEX item_statement ON item (cluster, property, value);
CREATE INDEX item_plate ON item (plate);
CREATE INDEX claim_plate ON claim (plate, property);
CREATE INDEX claim_key ON claim (key);
DROP TABLE witness;
DROP TABLE raw;
DROP TABLE asked;
"""


class Queue:
    """The queue of the store that is served; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: tuple[str, Index] | None = None
        self._builder: threading.Thread | None = None
        self._error: Exception | None = None

    def of(self, found: Dataset, wait: float = 0.3) -> Index:
        """The queue of a snapshot; for a moment the one before it, while that is made. Raises NoSnapshot when
        none can be made.
        """
        with self._lock:
            if self._held is not None and self._held[0] == found.version:
                return self._held[1]
            builder, first = self._builder, self._held is None
            if builder is None:
                builder = self._builder = threading.Thread(target=self._build, args=(found,), daemon=True)
                builder.start()
        builder.join(None if first else wait)
        if self._held is None:
            raise NoSnapshot(f"the review queue could not be made: {self._error}")
        return self._held[1]

    def _build(self, found: Dataset) -> None:
        try:
            self._held = (found.version, Index(ensure(found)))
        except (OSError, sqlite3.Error) as error:
            self._error = error  # a full disk: the next request tries again
        finally:
            self._builder = None


def ensure(found: Dataset) -> Path:
    """The queue's file of a snapshot, made when it is not there; one process makes it, others wait."""
    place = found.path
    if not os.access(place, os.W_OK):
        place = Path(tempfile.gettempdir()) / f"legenda-{place.name}"
        place.mkdir(exist_ok=True)
    finished = place / FILE
    if finished.exists():
        return finished
    with (place / ".queue.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            building = place / f".{FILE}.building"
            building.unlink(missing_ok=True)
            with closing(sqlite3.connect(building)) as database:
                # Not `found.index`: that may still be the one of the snapshot before.
                _fill(database, found, ensure_index(found.path, found.rows))
            building.replace(finished)
    return finished


def band(confidence: float) -> str:
    """The name of a confidence's band.

    >>> band(0.93), band(0.0)
    ('very-likely', 'hardly')
    """
    return next(name for bound, name in CERTAINTY if confidence >= bound)


def _fill(database: sqlite3.Connection, found: Dataset, index: Path) -> None:
    database.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-100000;" + _TABLES
    )
    database.create_function("key", 4, key, deterministic=True)
    database.create_function("score", 6, score, deterministic=True)
    database.create_function("band", 1, band, deterministic=True)
    database.execute("ATTACH ? AS search", (f"{index.as_uri()}?mode=ro&immutable=1",))
    with database:
        database.executemany("INSERT INTO raw VALUES (?,?,?,?,?,?,?)", _claims(found))
        database.executemany("INSERT INTO witness VALUES (?,?,?)", _witnesses(found))
        database.execute("CREATE INDEX witness_claim ON witness (claim)")
        database.execute(_CLAIMS)
        database.executemany("INSERT OR IGNORE INTO run VALUES (?,?,?)", _runs(found))
        database.execute("INSERT INTO known SELECT iri FROM search.review")
        database.executemany(
            "INSERT INTO asked VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", map(_row, _questions(database))
        )
        database.execute(_ITEMS)
        for statement in _DONE.strip().split(";\n"):
            database.execute(statement)
    database.execute("DETACH search")


def _claims(found: Dataset) -> Iterator[tuple[Any, ...]]:
    for row in found.rows("queue_claims"):
        yield (
            *(row[name].value for name in ("claim", "plate")),
            _local(row["property"].value),
            row["value"].value,
            _local(row["qualifier"].value) if "qualifier" in row else "",
            float(row["confidence"].value),
            row["run"].value,
        )


def _witnesses(found: Dataset) -> Iterator[tuple[Any, ...]]:
    for row in found.rows("queue_witnesses"):
        yield (
            row["claim"].value,
            _local(row["type"].value),
            float(row["score"].value) if "score" in row else None,
        )


def _runs(found: Dataset) -> Iterator[tuple[str, str, str]]:
    rows = sorted(
        (row["run"].value, row["enricher"].value, row["model"].value if "model" in row else "")
        for row in found.rows("queue_runs")
    )
    for (run, enricher), same in groupby(rows, key=lambda row: row[:2]):
        yield run, enricher, ", ".join(dict.fromkeys(row[2] for row in same if row[2]))


def _questions(database: sqlite3.Connection) -> Iterator[Question]:
    """The questions of all pictures, picture by picture; at no time more than one of them is held."""
    pictures = database.execute("SELECT number, iri FROM search.plate ORDER BY iri")
    claims = _by_plate(
        database.execute(
            "SELECT plate, property, value, qualifier, confidence, run, sight, heard "
            "FROM claim ORDER BY plate"
        )
    )
    judged = _by_plate(
        database.execute(
            "SELECT plate, property, value, qualifier, verdict, reviewer, replacement FROM search.review "
            "WHERE stands ORDER BY plate, at, iri"
        )
    )
    next_claims, next_judged = next(claims, None), next(judged, None)
    for number, iri in pictures:
        while next_claims is not None and next_claims[0] < iri:
            next_claims = next(claims, None)
        while next_judged is not None and next_judged[0] < iri:
            next_judged = next(judged, None)
        said = next_claims[1] if next_claims is not None and next_claims[0] == iri else []
        by = next_judged[1] if next_judged is not None and next_judged[0] == iri else []
        believed = [
            (property.removesuffix("Qualified"), value, property.endswith("Qualified"))
            for property, value in database.execute(
                "SELECT property, entity FROM search.value WHERE plate = ?", (number,)
            )
        ]
        held = [(c[1], c[2], c[3]) for c in said if (c[1], c[2], bool(c[3])) in believed] + [
            (property, value, "") for property, value, qualified in believed if not qualified
        ]
        yield from questions(iri, [Said(*c) for c in said], held, _judged(by))


def _by_plate(rows: Iterator[Any]) -> Iterator[tuple[str, list[Any]]]:
    for plate, some in groupby(rows, key=lambda row: row[0]):
        yield plate, list(some)


def _judged(rows: list[Any]) -> dict[tuple[str, str, str], Judged]:
    """Per statement what each person last said of it; who replaced it by another one accepted that one."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for _, property, value, qualifier, verdict, reviewer, replacement in rows:
        verdict, name = _local(verdict), _local(property)
        if verdict == "comment":
            continue
        found.setdefault((name, value, _local(qualifier)), {})[reviewer] = verdict
        if replacement:
            found.setdefault((name, replacement, ""), {})[reviewer] = "accepted"
    return {statement: Judged(verdicts) for statement, verdicts in found.items()}


def _row(question: Question) -> tuple[Any, ...]:
    said = question.said
    return (
        key(said.plate, said.property, said.value, said.qualifier),
        *(said.plate, said.property, said.value, said.qualifier, said.confidence, said.run),
        *(question.unsure, question.conflict, question.disputed, question.undecided, question.settled),
        json.dumps(question.judges),
    )


def _local(iri: str) -> str:
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
