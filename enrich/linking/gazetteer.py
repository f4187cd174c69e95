"""The gazetteer: artists, artworks, institutions and buildings, read-only, memory-mapped, shared between
processes.

Opening maps the files and reads the card; nothing is parsed. Look-ups go by keys of
`enrich.linking.folding`; an entry is read from the Arrow file when it is asked for.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import marisa_trie
import numpy as np
import pyarrow as pa

from enrich.linking.build import FORMAT, variants, word_hash
from enrich.linking.entries import NO_YEAR, Entry, Reading, Rows
from enrich.linking.folding import loose
from enrich.linking.names import Form
from enrich.linking.postings import Index
from enrich.linking.records import ARTWORK, PERSON

MOST = 200  # persons looked at per key: of a thousand Müllers, the best known
_FORMS = tuple(Form)


class GazetteerError(ValueError):
    """A folder that is no gazetteer, or one of another format; the message says which and what to do."""


class Gazetteer:
    """A gazetteer folder, opened. Safe to share between threads and, by opening it in each, between
    processes.
    """

    def __init__(self, folder: Path) -> None:
        card_file = folder / "gazetteer.json"
        try:
            self.card: dict[str, Any] = json.loads(card_file.read_text("utf-8"))
        except FileNotFoundError:
            raise GazetteerError(f"{folder}: no gazetteer (gazetteer.json is missing)") from None
        except (OSError, ValueError) as error:
            raise GazetteerError(f"{card_file}: cannot be read: {error}") from None
        if self.card.get("format") != FORMAT:
            raise GazetteerError(
                f"{folder}: format {self.card.get('format')}, this program reads {FORMAT}: load it anew"
            )
        self.folder = folder
        self.data = folder / self.card["version"]
        try:
            self._open()
        except (OSError, pa.ArrowInvalid, RuntimeError, ValueError) as error:
            raise GazetteerError(f"{self.data}: cannot be read: {error}") from None
        self.entry = lru_cache(maxsize=1 << 13)(self._entry)
        self.readings = lru_cache(maxsize=1 << 13)(self._readings)
        self.names_at = lru_cache(maxsize=1 << 14)(self._names_at)
        self.ends_name = lru_cache(maxsize=100_000)(self._ends_name)
        self.given_at = lru_cache(maxsize=1 << 12)(self._given_at)
        self.repairs = lru_cache(maxsize=1 << 14)(self._repairs)
        self.bearers = lru_cache(maxsize=50_000)(self._bearers)

    def _open(self) -> None:
        self._rows = Rows(self.data / "entities.arrow")
        batches = self._rows.batches

        def array(name: str) -> Any:
            return np.concatenate([b.column(name).to_numpy(zero_copy_only=False) for b in batches])

        def column(name: str) -> memoryview:
            return array(name).data

        self.items, self.kinds = column("item"), column("kind")
        self._bare = array("bare")
        self.prominence, self.bare = column("prominence"), self._bare.data
        self.born, self.died, self.made = column("born"), column("died"), column("made")
        self.size = len(self.items)
        self._names, self._titles, self._places = (
            Index(self.data, name) for name in ("names", "titles", "places")
        )
        self._kin, self._givens = np.load(self.data / "kin.npy", mmap_mode="r"), self._trie("givens")
        self._creators, self._works = self._array("creators"), self._array("works")
        self.credited = self._credited()
        self._described_work, self._described_maker = (
            self._array("described-work"),
            self._array("described-maker"),
        )
        self._words, self._endings = self._trie("words"), self._trie("endings")
        self._repair_hash = np.asarray(np.load(self.data / "repair-hash.npy", mmap_mode="r"))
        self._repair_word = self._array("repair-word")
        self._title_words, self._title_count = self._trie("title-words"), self._array("title-words")
        self.title_total = max(self.kinds.tobytes().count(ARTWORK), 1)

    def _credited(self) -> memoryview:
        """Per row, whether some work has it for a creator."""
        out = np.zeros(self.size, bool)
        makers = np.unique(np.asarray(self._creators))
        rows = np.searchsorted(np.asarray(self.items), makers)
        rows = rows[rows < self.size]
        out[rows[np.isin(np.asarray(self.items)[rows], makers)]] = True
        return out.data

    def _trie(self, name: str) -> marisa_trie.Trie:
        return marisa_trie.Trie().mmap(str(self.data / f"{name}.marisa"))

    def _array(self, name: str) -> memoryview:
        return np.load(self.data / f"{name}.npy", mmap_mode="r").data

    # names

    def name_prefixes(self, keys: str) -> list[str]:
        """Which index keys `keys` (loose keys joined by blanks) begins with; a key may end inside a word."""
        return self._names.trie.prefixes(keys)

    def is_name(self, key: str) -> bool:
        """Whether somebody is indexed under exactly this key."""
        return key in self._names.trie

    def _names_at(self, key: str) -> tuple[tuple[int, Form], ...]:
        """(row, form) of the persons indexed under exactly this key, the best known first; `MOST` at most."""
        return tuple([(v >> 4, _FORMS[v & 15]) for v in self._names.at(key, MOST)])

    def kin_at(self, key: str) -> list[tuple[int, Form, int]]:
        """`names_at`, and for each whose surname the key is the number that those share who are alike in all
        that a surname tells, 0 for others (`enrich.linking.build.kin`).
        """
        values = self._names.array(key, MOST)
        kin = np.where((values & 15) == Form.SURNAME, self._kin[values >> 4], 0)
        return [(v >> 4, _FORMS[v & 15], k) for v, k in zip(values.tolist(), kin.tolist(), strict=True)]

    def _given_at(self, key: str) -> tuple[tuple[str, str], ...]:
        """All given names of the persons of a surname (loose keys), as (plain, loose) keys."""
        found = self._givens.keys(f"{key}\t")
        return tuple([(word, loose(word)) for word in [text[len(key) + 1 :] for text in found]])

    def _ends_name(self, word: str) -> bool:
        """Whether some index key's last or only word is this (loose key)."""
        return word in self._endings

    def _bearers(self, key: str) -> int:
        """How many persons of whom more than the name is known are indexed under a key."""
        rows = self._names.array(key, MOST) >> 4
        return len(rows) - int(np.count_nonzero(self._bare[rows]))

    def has_word(self, word: str) -> bool:
        """Whether some name holds this word (loose key)."""
        return word in self._words

    def _repairs(self, word: str) -> tuple[str, ...]:
        """Words of names at most one letter away from `word` (loose key): lost, added, replaced, or two
        swapped.
        """
        from rapidfuzz.distance import OSA

        hashes = np.array([word_hash(variant) for variant in set(variants(word))], np.uint32)
        left, right = (np.searchsorted(self._repair_hash, hashes, side) for side in ("left", "right"))
        found: set[int] = set()
        for a, b in zip(left.tolist(), right.tolist(), strict=True):
            if a < b:
                found.update(self._repair_word[a:b].tolist())
        near = [self._words.restore_key(n) for n in found]
        return tuple(sorted(w for w in near if w != word and OSA.distance(w, word, score_cutoff=1) <= 1))

    # works

    def works_of(self, item: int) -> list[int]:
        """Rows of the works with this creator."""
        left = bisect_left(self._creators, item)
        if left == len(self._creators) or self._creators[left] != item:
            return []
        return self._works[left : bisect_right(self._creators, item, left)].tolist()

    def titled(self, words: Iterable[str]) -> list[int]:
        """Rows of the works one of whose titles is exactly these words."""
        return self._titles.at(" ".join(words))

    def institutions(self, words: Iterable[str]) -> list[int]:
        """Rows of the institutions one of whose names is exactly these words."""
        return self._places.at(" ".join(words))

    def weight(self, word: str) -> float:
        """How telling a title word is: its inverse document frequency, 1 … about 12."""
        number = self._title_words.get(word)
        count = self._title_count[number] if number is not None else 0
        return 1.0 + math.log(self.title_total / (1 + count)) if count < self.title_total else 1.0

    # entries

    def row_of(self, item: int) -> int | None:
        """The row of an item number, None when the gazetteer lacks it."""
        at = bisect_left(self.items, item)
        return at if at < self.size and self.items[at] == item else None

    def _readings(self, row: int) -> list[Reading]:
        """The readings of a person's labels; none of anything else."""
        return self._rows.readings(row) if self.kinds[row] == PERSON else []

    def life(self, row: int) -> tuple[int | None, int | None]:
        """The years of birth and death of a row, None where unknown."""
        return _year(self.born[row]), _year(self.died[row])

    def _described(self, row: int) -> tuple[int, ...]:
        left = bisect_left(self._described_work, row)
        return tuple(self._described_maker[left : bisect_right(self._described_work, row, left)])

    def _entry(self, row: int) -> Entry:
        batch, at = self._rows.at(row)
        years = (_year(self.born[row]), _year(self.died[row]), _year(self.made[row]))
        return Entry(
            row,
            self.items[row],
            self.kinds[row],
            years,
            self.prominence[row],
            bool(self.bare[row]),
            batch,
            at,
            self._described,
        )


def _year(value: int) -> int | None:
    return None if value == NO_YEAR else value


def open_gazetteer(spec: str | Path) -> Gazetteer:
    """The gazetteer in a folder; "builtin" is the small one that comes with the program.

    Raises GazetteerError, with one line for the user, when there is none or its format is another.
    """
    if str(spec) == "builtin":
        from enrich.linking.builtin import builtin_folder

        return Gazetteer(builtin_folder())
    return Gazetteer(Path(spec))
