"""The index of a snapshot: every plate in reading order, what is believed of it, and its words — in one
SQLite file.

In: an open snapshot. Out: `search.sqlite` beside it, written once, then read by every process: lists and
their pages, counts, neighbours, samples, full-text search (FTS5) and facets cost what their answer costs,
however large the corpus is. The graph stays the truth; the file is made from it and can be deleted at any
time.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox

from api.folding import spelt
from api.language import CERTAINTY, Row, instant
from kg.verdicts import standing

#: Increased when the tables change: a file of another format is written anew.
FORMAT = 6
FILE = f"search-{FORMAT}.sqlite"

_TABLES = """
CREATE TABLE raw (iri TEXT, label TEXT, language TEXT, digest TEXT, source TEXT, year TEXT, natural TEXT,
  page TEXT, caption TEXT, text TEXT);
CREATE TABLE plate (number INTEGER PRIMARY KEY, iri TEXT, label TEXT, language TEXT, digest TEXT,
  source TEXT, year TEXT, page TEXT);
CREATE TABLE value (property TEXT, entity TEXT, plate INTEGER,
  PRIMARY KEY (property, entity, plate)) WITHOUT ROWID;
CREATE TABLE label (entity TEXT, language TEXT, label TEXT, other INTEGER,
  PRIMARY KEY (entity, language, label)) WITHOUT ROWID;
CREATE TABLE total (property TEXT, entity TEXT, plates INTEGER,
  PRIMARY KEY (property, entity)) WITHOUT ROWID;
CREATE TABLE sure (property TEXT, entity TEXT, plate TEXT, confidence REAL,
  PRIMARY KEY (plate, property, entity)) WITHOUT ROWID;
CREATE TABLE known (number INTEGER PRIMARY KEY, kind TEXT, entity TEXT, language TEXT, label TEXT,
  other INTEGER, UNIQUE (entity, language, label));
CREATE TABLE review (number INTEGER PRIMARY KEY, iri TEXT UNIQUE, at TEXT, plate TEXT, property TEXT,
  value TEXT, qualifier TEXT, verdict TEXT, reviewer TEXT, name TEXT, replacement TEXT, comment TEXT,
  stands INTEGER);
CREATE VIRTUAL TABLE words USING fts5 (caption, names, text, content='',
  tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE named USING fts5 (label, content='', tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab ('words', 'row');
"""
_ORDERED = """
INSERT INTO plate SELECT NULL, iri, label, language, digest, source, year, page FROM raw
  ORDER BY year = '', year, source, natural, iri;
CREATE UNIQUE INDEX plate_iri ON plate (iri);
CREATE INDEX plate_source ON plate (source, number);
CREATE INDEX plate_digest ON plate (digest);
"""
_DERIVED = """
INSERT INTO value SELECT 'source', source, number FROM plate WHERE source <> '';
INSERT INTO value SELECT 'decade', substr(year, 1, 3) || '0', number FROM plate WHERE length(year) = 4;
INSERT INTO value SELECT 'language', language, number FROM plate WHERE language <> '';
INSERT INTO value SELECT 'confidence', CASE {bands} END, number FROM (
  SELECT v.plate AS number, min(s.confidence) AS least FROM value v
  JOIN plate p ON p.number = v.plate
  JOIN sure s ON s.plate = p.iri AND s.property = replace(v.property, 'Qualified', '') AND s.entity = v.entity
  GROUP BY v.plate);
DROP TABLE sure;
INSERT INTO total SELECT property, entity, count(*) FROM value GROUP BY property, entity;
CREATE INDEX total_entity ON total (entity);
CREATE INDEX value_plate ON value (plate, property);
INSERT INTO words (rowid, caption, names, text)
  SELECT p.number, spelt(r.caption),
    (SELECT spelt(group_concat(l.label, ' / ')) FROM value v JOIN label l ON l.entity = v.entity
     WHERE v.plate = p.number AND v.property NOT IN ('mentions', 'cluster')),
    spelt(r.text)
  FROM plate p JOIN raw r ON r.iri = p.iri;
DROP TABLE raw;
INSERT INTO words (words) VALUES ('optimize');
INSERT INTO named (rowid, label) SELECT number, spelt(label) FROM known;
CREATE INDEX known_entity ON known (entity, other);
CREATE INDEX known_kind ON known (kind, other);
CREATE INDEX review_at ON review (at DESC, number);
CREATE INDEX review_statement ON review (plate, property, value);
"""


def ensure(folder: Path, rows: Callable[[str], Iterable[Row]]) -> Path:
    """The index file of the snapshot in `folder`, built when it is not there; `rows` asks a named query.

    Several processes may call this at once: one builds, the others wait for it. A crash leaves no
    half-built file. Where the snapshot's folder cannot be written to, the file lies in the system's
    temporary folder.
    """
    place = folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir()) / f"legenda-{folder.name}"
    place.mkdir(exist_ok=True)
    finished = place / FILE
    if finished.exists():
        return finished
    with (place / ".search.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            building = place / f".{FILE}.building"
            building.unlink(missing_ok=True)
            with closing(sqlite3.connect(building)) as database:
                _build(database, rows)
            building.replace(finished)
    return finished


def _build(database: sqlite3.Connection, rows: Callable[[str], Iterable[Row]]) -> None:
    database.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;" + _TABLES
    )
    with database:
        database.create_function("spelt", 1, lambda text: spelt(text or ""), deterministic=True)
        plates = (_raw(row) for row in _first(rows("index_plates"), "plate"))
        database.executemany("INSERT INTO raw VALUES (?,?,?,?,?,?,?,?,?,?)", plates)
        for statement in _ORDERED.strip().split(";\n"):
            database.execute(statement)
        believed = (
            (_local(row["property"].value), row["entity"].value, row["plate"].value)
            for row in rows("index_values")
            if isinstance(row["entity"], ox.NamedNode)
        )
        database.executemany(
            "INSERT OR IGNORE INTO value SELECT ?, ?, number FROM plate WHERE iri = ?", believed
        )
        labels = (
            (
                row["entity"].value,
                row["label"].language or "",
                row["label"].value,
                "kind" in row and row["kind"].value.endswith("altLabel"),
            )
            for row in rows("index_labels")
        )
        database.executemany("INSERT OR IGNORE INTO label VALUES (?,?,?,?)", labels)
        _names_and_reviews(database, rows)
        bands = " ".join(f"WHEN least >= {bound} THEN '{name}'" for bound, name in CERTAINTY)
        for statement in _DERIVED.strip().split(";\n"):
            database.execute(statement.replace("{bands}", bands))


def _names_and_reviews(database: sqlite3.Connection, rows: Callable[[str], Iterable[Row]]) -> None:
    """What can be said of pictures, how sure the claims are, and what people said of them."""
    known = (
        (
            _local(row["class"].value).lower(),
            row["entity"].value,
            row["label"].language or "",
            row["label"].value,
            row["kind"].value.endswith("altLabel"),
        )
        for row in rows("index_known")
    )
    database.executemany("INSERT OR IGNORE INTO known VALUES (NULL,?,?,?,?,?)", known)
    claimed = (
        (
            _local(row["property"].value),
            row["entity"].value,
            row["plate"].value,
            float(row["confidence"].value),
        )
        for row in rows("index_confidence")
    )
    database.executemany(
        "INSERT INTO sure VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET "
        "confidence = max(confidence, excluded.confidence)",
        claimed,
    )
    names = ("review", "at", "plate", "property", "value", "qualifier", "verdict", "reviewer", "name")
    given = {
        row["review"].value: tuple(
            (instant(row[n].value) if n == "at" else row[n].value) if n in row else ""
            for n in (*names, "replacement", "comment")
        )
        for row in rows("index_reviews")
    }
    in_order = sorted(given.values(), key=lambda review: (review[1], review[0]))
    # Who said it (7) of which statement (2…5), and what (6).
    stand = {r[0] for r in standing(in_order, lambda r: ((r[7], *r[2:6]), _local(r[6])))}
    reviews = ((*review, review[0] in stand) for review in in_order)
    database.executemany("INSERT INTO review VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?)", reviews)


def _first(rows: Iterable[Row], variable: str) -> Iterator[Row]:
    """One row of each plate, also when a value of it occurs twice."""
    seen: set[str] = set()
    for row in rows:
        if row[variable].value not in seen:
            seen.add(row[variable].value)
            yield row


def _raw(row: Row) -> tuple[str, ...]:
    def text(name: str) -> str:
        return row[name].value if name in row else ""

    label = row.get("label")
    # Pages and ids are compared as people do: 9 before 10.
    place = text("page") + " " + text("identifier")
    natural = re.sub(r"\d+", lambda digits: digits[0].zfill(9)[-9:], place)
    return (
        text("plate"),
        text("label"),
        (label.language or "") if label else "",
        text("digest"),
        text("book"),
        text("year")[:4],
        natural,
        text("page"),
        text("caption"),
        " ".join(filter(None, (text("heading"), text("before"), text("after")))),
    )


def _local(iri: str) -> str:
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
