"""Questions to a snapshot's index (`api.index`): lists, counts, neighbours, samples, words and facets.

In: the index file. Out: plates as plain dicts (number, iri, label, language, digest, source, year) and
counts. Every question is one or two SQL statements with bound parameters; a user's words never become FTS
syntax.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any

from api.folding import bare, spelt
from api.snippets import near

Record = dict[str, Any]

#: What a search can be narrowed by, in the order of the page.
FACETS = (
    *("category", "medium", "artist", "reproduces", "topic", "descriptor", "cluster"),
    *("source", "decade", "language", "confidence"),
)
_PLATE = "p.number, p.iri, p.label, p.language, p.digest, p.source, p.year, p.page"
_COUNTED = 20_000  # so many hits are looked at for facets


@dataclass(frozen=True)
class Found:
    """One page of a search: its plates, how many there are in all, and per facet (entity, plates) pairs."""

    plates: list[Record]
    total: int
    facets: dict[str, list[tuple[str, int]]]
    counted: int = 0  # of how many hits the facets were counted, when not of all


def expression(words: str) -> str:
    """A user's words as an FTS5 expression: all must occur, the last may be a beginning, "quoted words"
    together.

    >>> expression('Maria "im Grünen" Wie')
    '"Maria" "im Grünen" "Wie"*'
    >>> expression('a* OR (NEAR')
    '"a" "OR" "NEAR"*'
    >>> expression("达芬奇")
    '"达 芬 奇"*'
    """
    kept = terms(words)
    if not kept:
        return ""
    joined = " ".join(f'"{part}"' for part in kept)
    return joined if words.rstrip().endswith('"') else joined + "*"


def terms(words: str) -> list[str]:
    """The words and quoted phrases of a search, as the index spells them; at most 20."""
    parts = [(quoted or word).strip() for quoted, word in re.findall(r'"([^"]*)"|([^\s"]+)', words)]
    cleaned = [" ".join(re.findall(r"\w+", spelt(part))) for part in parts]
    return [part for part in cleaned if part][:20]


class Index:
    """One index file, read-only, from any number of threads, also after it was deleted."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._idle.put(self._connect())  # stays open: a snapshot may be deleted while somebody still reads it

    def ask(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Record]:
        """The rows of one SQL statement with its values bound."""
        connection = self._take()
        try:
            return [dict(row) for row in connection.execute(sql, values)]
        finally:
            self._idle.put(connection)

    def _take(self) -> sqlite3.Connection:
        """A connection that nobody uses: another one where all are in use, unless the file is gone."""
        try:
            return self._idle.get_nowait()
        except Empty:
            pass
        try:
            return self._connect()
        except sqlite3.OperationalError:
            if self._file.exists():
                raise
            return self._idle.get()

    def _connect(self) -> sqlite3.Connection:
        address = f"{self._file.as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection

    @property
    def file(self) -> Path:
        """Where the index lies: beside its snapshot, or in a folder that can be written to."""
        return self._file

    def numbers(self, words: str) -> list[int]:
        """The numbers of all plates with the words, the best first."""
        match = expression(words)
        sql = "SELECT rowid AS n FROM words WHERE words MATCH ? ORDER BY bm25(words, 6.0, 4.0, 1.0), rowid"
        return [row["n"] for row in self.ask(sql, (match,))] if match else []

    def count(self) -> int:
        """How many plates there are."""
        return int(self.ask("SELECT count(*) AS n FROM plate")[0]["n"])

    def plates(self, limit: int, offset: int = 0) -> list[Record]:
        """All plates in reading order: by year, source, page."""
        return self.ask(
            f"SELECT {_PLATE} FROM plate p WHERE p.number > ? ORDER BY p.number LIMIT ?", (offset, limit)
        )

    def sample(self, size: int, seed: str) -> list[Record]:
        """Different plates by chance, with a picture each: the same ones for the same seed."""
        last = self.count()
        if not last:
            return []
        numbers = random.Random(seed).sample(range(1, last + 1), min(size, last))
        marks = ",".join("?" * len(numbers))
        found = self.ask(
            f"SELECT {_PLATE} FROM plate p WHERE p.number IN ({marks}) AND p.digest <> ''", numbers
        )
        return sorted(found, key=lambda plate: numbers.index(plate["number"]))

    def years(self) -> list[Record]:
        """How many plates and sources there are of every year that has some, in order."""
        return self.ask(
            "SELECT CAST(year AS INTEGER) AS year, count(*) AS plates, count(DISTINCT source) AS sources "
            "FROM plate WHERE year <> '' GROUP BY year ORDER BY year"
        )

    def plates_of(self, property: str, entity: str, limit: int, offset: int = 0) -> list[Record]:
        """The plates that have a value, in reading order."""
        return self.ask(
            f"SELECT {_PLATE} FROM value v JOIN plate p ON p.number = v.plate "
            "WHERE v.property = ? AND v.entity = ? ORDER BY v.plate LIMIT ? OFFSET ?",
            (property, entity, limit, offset),
        )

    def count_of(self, property: str, entity: str) -> int:
        """How many plates have a value."""
        rows = self.ask("SELECT plates FROM total WHERE property = ? AND entity = ?", (property, entity))
        return int(rows[0]["plates"]) if rows else 0

    def values(self, property: str, limit: int = -1, offset: int = 0) -> list[Record]:
        """Every value of a property (entity, plates), the most frequent first."""
        return self.ask(
            "SELECT entity, plates FROM total WHERE property = ? "
            "ORDER BY plates DESC, entity LIMIT ? OFFSET ?",
            (property, limit, offset),
        )

    def plates_by_entity(self, entities: Sequence[str]) -> dict[str, int]:
        """How many plates have each of some values, by whatever property."""
        found: dict[str, int] = {}
        for start in range(0, len(entities), 500):
            some = entities[start : start + 500]
            marks = ",".join("?" * len(some))
            for row in self.ask(f"SELECT entity, plates FROM total WHERE entity IN ({marks})", some):
                found[row["entity"]] = found.get(row["entity"], 0) + row["plates"]
        return found

    def has_word(self, word: str, begins: bool = False) -> bool:
        """Whether some plate has a word, or one that begins like it."""
        match = f'"{word}"' + "*" * begins
        return bool(self.ask("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (match,)))

    def words_like(self, word: str, most: int = 200_000) -> list[str]:
        """Words of about the same length, first those that begin with the same letter, else any."""
        spelt_bare = bare(word)
        sql = (
            "SELECT term FROM vocabulary WHERE term >= ? AND term < ? "
            "AND length(term) BETWEEN ? AND ? LIMIT ?"
        )
        around = (max(1, len(spelt_bare) - 2), len(spelt_bare) + 2, most)
        first = spelt_bare[:1]
        found = self.ask(sql, (first, chr(ord(first) + 1) if first else "", *around))
        if not near(spelt_bare, [row["term"] for row in found]):
            found = self.ask(sql, ("", "\U0010ffff", *around))
        return [row["term"] for row in found]

    def count_values(self, property: str) -> int:
        """How many different values a property has."""
        return int(self.ask("SELECT count(*) AS n FROM total WHERE property = ?", (property,))[0]["n"])

    def labels(self, entities: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
        """The preferred labels (text, language) of some entities."""
        found: dict[str, list[tuple[str, str]]] = {}
        for start in range(0, len(entities), 500):
            some = entities[start : start + 500]
            marks = ",".join("?" * len(some))
            sql = f"SELECT entity, language, label FROM label WHERE NOT other AND entity IN ({marks})"
            for row in self.ask(sql, some):
                found.setdefault(row["entity"], []).append((row["label"], row["language"]))
        return found

    def plate(self, iri: str) -> Record | None:
        """One plate by its IRI, None when there is none."""
        rows = self.ask(f"SELECT {_PLATE} FROM plate p WHERE p.iri = ?", (iri,))
        return rows[0] if rows else None

    def all_labels(self) -> list[Record]:
        """Every name in every language of every entity, preferred ones first."""
        return self.ask("SELECT entity, label FROM label ORDER BY other, entity, language")

    def values_of_many(self, numbers: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        """What is believed of some plates, by their numbers: (property, entity) pairs."""
        found: dict[int, list[tuple[str, str]]] = {}
        marks = ",".join("?" * len(numbers))
        for row in self.ask(f"SELECT plate, property, entity FROM value WHERE plate IN ({marks})", numbers):
            found.setdefault(row["plate"], []).append((row["property"], row["entity"]))
        return found

    def values_of(self, iri: str) -> list[Record]:
        """What is believed of one plate: (property, entity)."""
        return self.ask(
            "SELECT v.property, v.entity FROM plate p JOIN value v ON v.plate = p.number WHERE p.iri = ?",
            (iri,),
        )

    def neighbours(self, iri: str) -> tuple[str, str]:
        """The IRIs of the plates before and after one in its source, "" at the ends."""
        rows = self.ask(
            """SELECT
              (SELECT iri FROM plate WHERE source = p.source AND number < p.number
               ORDER BY number DESC LIMIT 1) AS before,
              (SELECT iri FROM plate WHERE source = p.source AND number > p.number
               ORDER BY number LIMIT 1) AS after
            FROM plate p WHERE p.iri = ?""",
            (iri,),
        )
        return (rows[0]["before"] or "", rows[0]["after"] or "") if rows else ("", "")

    def plates_with(self, digests: Sequence[str], iris: Sequence[str] = ()) -> list[Record]:
        """The plates that show these pictures or have these IRIs, at most 900 of both, in reading order."""
        pictures, names = (",".join("?" * len(some)) for some in (digests, iris))
        sql = (
            f"SELECT {_PLATE} FROM plate p WHERE p.digest IN ({pictures}) UNION "
            f"SELECT {_PLATE} FROM plate p WHERE p.iri IN ({names}) ORDER BY p.number"
        )
        return self.ask(sql, (*digests, *iris))

    def beside(self, iri: str, limit: int) -> list[Record]:
        """Other plates of the same cluster, the nearest in reading order first."""
        return self.ask(
            f"""SELECT {_PLATE} FROM plate me
            JOIN value mine ON mine.plate = me.number AND mine.property = 'cluster'
            JOIN value v ON v.property = 'cluster' AND v.entity = mine.entity AND v.plate <> me.number
            JOIN plate p ON p.number = v.plate
            WHERE me.iri = ? ORDER BY abs(p.number - me.number) LIMIT ?""",
            (iri, limit),
        )

    def search(
        self,
        words: str,
        narrowed: Mapping[str, str],
        limit: int,
        offset: int = 0,
        years: tuple[int, int] | None = None,
    ) -> Found:
        """Plates with all the words and all the values of `narrowed` (facet → entity), the best first.

        Without words every plate counts as a hit, in reading order. `years` is the first and the last year.
        """
        match = expression(words)
        hits, values = _hits(match, narrowed, years)
        ranking = "ORDER BY bm25(words, 6.0, 4.0, 1.0), words.rowid" if match else "ORDER BY plate"
        total = self.ask(f"SELECT count(*) AS n FROM ({hits})", values)[0]["n"]
        plates = self.ask(
            f"SELECT {_PLATE} FROM ({hits} {ranking} LIMIT :limit OFFSET :offset) h "
            "JOIN plate p ON p.number = h.plate",
            values | {"limit": limit, "offset": offset},
        )
        if not (match or narrowed or years):
            every = self.ask("SELECT property, entity, plates FROM total ORDER BY plates DESC, entity")
            return Found(plates, int(total), _by_facet(every))
        counted = self.ask(
            "SELECT v.property, v.entity, count(*) AS plates "
            f"FROM ({hits} LIMIT {_COUNTED}) h JOIN value v ON v.plate = h.plate "
            "GROUP BY v.property, v.entity ORDER BY plates DESC, v.entity",
            values,
        )
        return Found(plates, int(total), _by_facet(counted), _COUNTED if total > _COUNTED else 0)


def _by_facet(rows: list[Record]) -> dict[str, list[tuple[str, int]]]:
    facets: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        if row["property"] in FACETS:
            facets.setdefault(row["property"], []).append((row["entity"], row["plates"]))
    return facets


def _hits(
    match: str, narrowed: Mapping[str, str], years: tuple[int, int] | None
) -> tuple[str, dict[str, Any]]:
    """The SELECT of matching plate numbers and its bound values."""
    values: dict[str, Any] = {"match": match} if match else {}
    conditions = ["words MATCH :match"] if match else []
    column = "words.rowid" if match else "number"
    for place, (property, entity) in enumerate(narrowed.items()):
        values |= {f"property{place}": property, f"entity{place}": entity}
        conditions.append(
            f"EXISTS (SELECT 1 FROM value WHERE property = :property{place} AND entity = :entity{place} "
            f"AND plate = {column})"
        )
    if years:
        values |= {"first": f"{years[0]:04d}", "last": f"{years[1]:04d}"}
        conditions.append(
            f"{column} IN (SELECT number FROM plate WHERE year <> '' AND year BETWEEN :first AND :last)"
        )
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {column} AS plate FROM {'words' if match else 'plate'} {where}", values
