"""What is known of one Wikidata item, gathered from many lines, files or answers; kept on disk while it
grows.

Statements come in any order and from several files. They are gathered item by item in memory, written out
as a sorted run when there are many, and merged at the end, so that memory stays flat whatever the size of
the dump.
"""

from __future__ import annotations

import heapq
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from enrich.linking.folding import word_list
from enrich.linking.ntriples import Statement

KINDS = ("other", "person", "artwork", "institution", "building")
PERSON, ARTWORK, INSTITUTION, BUILDING = 1, 2, 3, 4
PROPERTIES = word_list("properties")


@dataclass(slots=True)
class Record:
    """One item: `terms` are (kind, text, language) with kind label, alias or description; `facts` property
    → values.
    """

    item: int
    terms: dict[tuple[str, str, str], None] = field(default_factory=dict)
    facts: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, name: str, value: str, language: str) -> None:
        if name in ("label", "alias", "description"):
            self.terms[(name, value, language)] = None
        else:
            self.facts.setdefault(name, {})[value] = None

    def merge(self, other: Record) -> None:
        self.terms.update(other.terms)
        for name, values in other.facts.items():
            self.facts.setdefault(name, {}).update(values)

    def line(self) -> str:
        body = [self.item, list(self.terms), {k: list(v) for k, v in self.facts.items()}]
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def parse(line: str) -> Record:
        item, terms, facts = json.loads(line)
        return Record(item, {tuple(t): None for t in terms}, {k: dict.fromkeys(v) for k, v in facts.items()})


class Gathering:
    """Statements in, merged records out in the order of item numbers. Use as a context manager: it has a
    temp folder.
    """

    def __init__(self, languages: Iterable[str] | None = None, run_length: int = 200_000) -> None:
        self._languages = frozenset(languages) if languages is not None else None
        self._run_length = run_length
        self._records: dict[int, Record] = {}
        self._weight = 0
        self._folder = tempfile.TemporaryDirectory(prefix="legenda-gazetteer-")
        self._runs: list[Path] = []
        self.statements = 0

    def __enter__(self) -> Gathering:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def add(self, statement: Statement) -> None:
        item, name, value, language = statement
        if language and self._languages is not None and language not in self._languages:
            return
        record = self._records.get(item)
        if record is None:
            if self._weight > self._run_length * 12 or len(self._records) >= self._run_length:
                self._spill()
            record = self._records[item] = Record(item)
        record.add(name, value, language)
        self._weight += 1
        self.statements += 1

    def _spill(self) -> None:
        path = Path(self._folder.name) / f"run-{len(self._runs):05}.jsonl"
        with path.open("w", encoding="utf-8") as out:
            for item in sorted(self._records):
                record = self._records[item]
                # A dump holds far more than art: what can never be wanted is not even written down.
                if kind_of(record) or "P31" not in record.facts:
                    out.write(record.line() + "\n")
        self._runs.append(path)
        self._records, self._weight = {}, 0

    def records(self) -> Iterator[Record]:
        """Every item once, in order, what was said of it merged. May be called more than once."""
        if self._records:
            self._spill()
        streams = [map(Record.parse, path.open(encoding="utf-8")) for path in self._runs]
        current: Record | None = None
        for record in heapq.merge(*streams, key=lambda r: r.item):
            if current is not None and record.item == current.item:
                current.merge(record)
            else:
                if current is not None:
                    yield current
                current = record
        if current is not None:
            yield current


@lru_cache(maxsize=1)
def scopes() -> dict[str, dict[str, dict[str, str]]]:
    """The scopes as data: kind → classes, occupations (QID → English name)."""
    content: dict[str, Any] = json.loads((files(__package__) / "data" / "scopes.json").read_text("utf-8"))
    return {kind: scope for kind, scope in content.items() if kind != "about"}


def scope_of(name: str) -> tuple[str, tuple[str, ...]]:
    """A scope by its name: the property that tells its items (P31 or P106) and its classes.

    A kind of `scopes.json` ("person") is all its classes; a class ("painter", "art museum") is itself.
    Raises KeyError for a name that is neither.

    >>> scope_of("engraver")
    ('P106', ('Q329439',))
    """
    for kind, lists in scopes().items():
        classes = lists["occupations"] if kind == KINDS[PERSON] else lists["classes"]
        told = "P106" if kind == KINDS[PERSON] else "P31"
        if name == kind:
            return told, tuple(classes)
        if found := tuple(c for c, label in classes.items() if label == name):
            return told, found
    raise KeyError(name)


def kind_of(record: Record) -> int:
    """The kind of an item by its classes (index into `KINDS`); 0 when it is nothing a gazetteer takes in.

    A thing that is a person is never anything else, and nothing but a person can be an artist.
    """
    classes = record.facts.get("P31", {})
    if any(c in scopes()["person"]["classes"] for c in classes):
        return PERSON
    for kind in (ARTWORK, INSTITUTION, BUILDING):
        if any(c in scopes()[KINDS[kind]]["classes"] for c in classes):
            return kind
    # A class we do not list, but with a maker and a holder, or a maker and an inventory number: a work of
    # art.
    if classes and "P170" in record.facts and ("P195" in record.facts or "P217" in record.facts):
        return ARTWORK
    return 0


def is_artist(record: Record) -> bool:
    """Whether a person's stated occupations allow art: one of them is of the scope, or none is stated."""
    stated = record.facts.get("P106", {})
    return not stated or any(o in scopes()["person"]["occupations"] for o in stated)
