"""Entries of the gazetteer: what is known of one item, each part read from the Arrow file when it is asked
for.

Most candidates are passed over by their name and dates alone, so an entry is a row number until more is
wanted. The readings of a person's labels and the words of a work's titles are stored as text (`write_name`,
`write_title`): parsing them anew would cost ten times as much as reading them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from enrich.linking.columns import Bounds, Flags, Numbers, Texts
from enrich.linking.names import Name
from enrich.linking.records import ARTWORK, PERSON

NO_YEAR = -32768
QUALIFIED = frozenset(
    ("attributed-to", "workshop-of", "follower-of", "circle-of", "manner-of", "after", "school-of")
)
MADE_BY = re.compile(
    r"(?:painting|work|print|drawing|engraving|etching|woodcut|sculpture|fresco|portrait|"
    r"triptych|altarpiece)s? by "
    r"(?:the [A-Z][a-z]+ (?:artist|painter) )?([^,(;]+)|(?:Gemälde|Werk|Kupferstich|"
    r"Holzschnitt) von ([^,(;]+)"
)
SCHEMA = pa.schema(
    [
        ("item", pa.int64()),
        ("kind", pa.uint8()),
        ("label", pa.string()),
        (
            "labels",
            pa.list_(pa.struct([("text", pa.string()), ("language", pa.string()), ("alias", pa.bool_())])),
        ),
        ("descriptions", pa.list_(pa.struct([("text", pa.string()), ("language", pa.string())]))),
        ("born", pa.int16()),
        ("died", pa.int16()),
        ("made", pa.int16()),
        ("creators", pa.list_(pa.int64())),
        ("holders", pa.list_(pa.int64())),
        ("prominence", pa.float32()),
        ("bare", pa.bool_()),  # a person of whom nothing but the name is known
        ("facts", pa.list_(pa.struct([("name", pa.string()), ("value", pa.string())]))),
        ("read", pa.list_(pa.string())),  # persons' names and works' titles taken apart
    ]
)


def write_name(name: Name, number: int) -> str:
    r"""A reading of a person's `number`th label as text: keys end in a blank, parts in a tab.

    >>> write_name(Name((("carl", "karl"),), (("dahl", "dal"),)), 0)
    '0\tcarl \tkarl \tdahl \tdal \t\t0 0 0'
    """
    parts = [[pair[i] for pair in pairs] for pairs in (name.given, name.surname) for i in (0, 1)]
    keys = ["".join(f"{key} " for key in part) for part in (*parts, name.particles)]
    return "\t".join([str(number), *keys, f"{name.generation} {name.toponymic:d} {name.dropped}"])


def read_name(text: str) -> tuple[int, Name]:
    """What `write_name` wrote.

    >>> read_name(write_name(Name((), (("goya", "goia"),), ("y",), 2, True, 1), 3))[1].toponymic
    True
    """
    number, given, given_loose, surname, surname_loose, particles, rest = text.split("\t")
    generation, toponymic, dropped = rest.split(" ")
    return int(number), Name(
        tuple(zip(given.split(" ")[:-1], given_loose.split(" "), strict=False)),
        tuple(zip(surname.split(" ")[:-1], surname_loose.split(" "), strict=False)),
        tuple(particles.split(" ")[:-1]),
        int(generation),
        toponymic == "1",
        int(dropped),
    )


class Reading(NamedTuple):
    """A reading of a person's label as `write_name` wrote it, not taken apart: most candidates are told by
    comparing these texts. Each key in them ends in a blank.
    """

    label: str
    given: str
    given_loose: str
    surname: str
    surname_loose: str
    particles: str
    rest: str

    @property
    def given_pairs(self) -> list[tuple[str, str]]:
        """The given names as (plain, loose) keys."""
        return list(zip(self.given.split(" ")[:-1], self.given_loose.split(" "), strict=False))

    @property
    def surname_pairs(self) -> list[tuple[str, str]]:
        """The surname as (plain, loose) keys."""
        return list(zip(self.surname.split(" ")[:-1], self.surname_loose.split(" "), strict=False))

    @property
    def generation(self) -> int:
        return int(self.rest[0])

    @property
    def toponymic(self) -> bool:
        return self.rest[2] == "1"

    @property
    def dropped(self) -> int:
        return int(self.rest[4:])


def described_maker(descriptions: Iterable[str]) -> str:
    """The name after "by" in a work's descriptions, "" without one.

    >>> described_maker(["painting by Paolo Uccello"])
    'Paolo Uccello'
    """
    found = (MADE_BY.search(text) for text in descriptions)
    return next((m[1] or m[2] for m in found if m), "")


class Batch:
    """One record batch of the entities, its columns ready to be read row by row."""

    def __init__(self, batch: Any) -> None:
        def column(name: str) -> Any:
            return batch.column(name)

        self.label = Texts(column("label"))
        self.label_bounds = Bounds(column("labels"))
        labels = column("labels").values
        self.label_text, self.label_language = Texts(labels.field("text")), Texts(labels.field("language"))
        self.label_alias = Flags(labels.field("alias"))
        self.description_bounds = Bounds(column("descriptions"))
        descriptions = column("descriptions").values
        self.description_text = Texts(descriptions.field("text"))
        self.description_language = Texts(descriptions.field("language"))
        self.creator_bounds, self.creator = Bounds(column("creators")), Numbers(column("creators").values)
        self.holder_bounds, self.holder = Bounds(column("holders")), Numbers(column("holders").values)
        self.fact_bounds = Bounds(column("facts"))
        facts = column("facts").values
        self.fact_name, self.fact_value = Texts(facts.field("name")), Texts(facts.field("value"))
        self.read_bounds, self.read = Bounds(column("read")), Texts(column("read").values)

    def readings(self, at: int) -> list[Reading]:
        """The readings of a person's labels. Most persons have one of one, which is read without detour."""
        reads, labels = self.read_bounds.bounds, self.label_bounds.bounds
        first, label = reads[at], labels[at]
        if reads[at + 1] - first == 1 and labels[at + 1] - label == 1:
            read, text = self.read, self.label_text
            fields = str(read.bytes[read.bounds[first] : read.bounds[first + 1]], "utf-8").split("\t")
            fields[0] = str(text.bytes[text.bounds[label] : text.bounds[label + 1]], "utf-8")
            return [Reading(*fields)]
        texts = _texts(self, at)
        out = []
        for i in self.read_bounds[at]:
            fields = self.read[i].split("\t")
            fields[0] = texts[int(fields[0])]
            out.append(Reading(*fields))
        return out


class Rows:
    """The rows of an entities file, opened memory-mapped."""

    def __init__(self, file: Path) -> None:
        reader = pa.ipc.open_file(pa.memory_map(str(file)))
        self.batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        self._starts = [0, *accumulate(b.num_rows for b in self.batches)]
        self._open: dict[int, Batch] = {}

    def at(self, row: int) -> tuple[Batch, int]:
        """The batch that holds a row, and the row's place in it."""
        number = bisect_right(self._starts, row) - 1
        batch = self._open.get(number)
        if batch is None:
            batch = self._open[number] = Batch(self.batches[number])
        return batch, row - self._starts[number]

    def label(self, row: int) -> str:
        batch, at = self.at(row)
        return batch.label[at]

    def texts(self, row: int) -> list[str]:
        """The label to show and all labels."""
        batch, at = self.at(row)
        return [batch.label[at], *(batch.label_text[i] for i in batch.label_bounds[at])]

    def readings(self, row: int) -> list[Reading]:
        """The readings of a person's labels."""
        batch, at = self.at(row)
        return batch.readings(at)


class Entry:
    """One item of the gazetteer. Years are None when unknown; `creators` and `holders` are item numbers.

    The attributes without a value below are read when they are first asked for, and kept.
    """

    label: str
    labels: tuple[tuple[str, str, bool], ...]  # text, language, whether an alias
    descriptions: tuple[tuple[str, str], ...]  # text, language
    facts: tuple[tuple[str, str], ...]  # name, value
    creators: tuple[int, ...]
    qualified: tuple[tuple[int, str], ...]  # of a work: whose workshop, follower, … made it, and which
    creators_stated: bool  # False: the creators are read off the description ("painting by …")
    holders: tuple[int, ...]
    names: tuple[tuple[Name, str], ...]  # of a person: parsed labels with the label each comes from
    titles: tuple[tuple[frozenset[str], str], ...]  # of a work: its titles' words with the title
    described_maker: str  # whom the description of a work without creators names ("painting by …"), or ""

    def __init__(
        self,
        row: int,
        item: int,
        kind: int,
        years: Sequence[int | None],
        prominence: float,
        bare: bool,
        batch: Batch,
        at: int,
        guessed: Callable[[int], tuple[int, ...]],
    ) -> None:
        self.row, self.item, self.kind = row, item, kind
        self.born, self.died, self.made = years
        self.prominence = prominence
        self.bare = bare  # a person of whom nothing but the name is known
        self._batch, self._at, self._guessed = batch, at, guessed

    def __getattr__(self, name: str) -> Any:
        read = _PARTS.get(name)
        if read is None:
            raise AttributeError(name)
        value = self.__dict__[name] = read(self, self._batch, self._at)
        return value

    @property
    def qid(self) -> str:
        return f"Q{self.item}"


def _texts(b: Batch, at: int) -> list[str]:
    """The labels' texts, each once."""
    places = b.label_bounds[at]
    if len(places) == 1:
        return [b.label_text[places.start]]
    return list(dict.fromkeys(b.label_text[i] for i in places))


def _names(entry: Entry, b: Batch, at: int) -> tuple[tuple[Name, str], ...]:
    if entry.kind != PERSON:
        return ()
    texts = _texts(b, at)
    parsed = [read_name(b.read[i]) for i in b.read_bounds[at]]
    return tuple([(name, texts[number]) for number, name in parsed])


def _titles(entry: Entry, b: Batch, at: int) -> tuple[tuple[frozenset[str], str], ...]:
    if entry.kind != ARTWORK:
        return ()
    words = [frozenset(b.read[i].split()) for i in b.read_bounds[at]]
    return tuple(zip(words, _texts(b, at), strict=True))


def _maker(entry: Entry, *_: object) -> str:
    stated = entry.creators_stated or entry.kind != ARTWORK
    return "" if stated else described_maker(text for text, _ in entry.descriptions)


def _creators(entry: Entry, b: Batch, at: int) -> tuple[int, ...]:
    stated = tuple(b.creator[i] for i in b.creator_bounds[at])
    return stated or (() if entry.qualified else entry._guessed(entry.row))


def _qualified(entry: Entry, *_: object) -> tuple[tuple[int, str], ...]:
    return tuple([(int(v[1:]), n) for n, v in entry.facts if n in QUALIFIED and v[:1] == "Q"])


_PARTS: dict[str, Callable[[Entry, Batch, int], Any]] = {
    "label": lambda _, b, at: b.label[at],
    "labels": lambda _, b, at: tuple(
        (b.label_text[i], b.label_language[i], b.label_alias[i]) for i in b.label_bounds[at]
    ),
    "descriptions": lambda _, b, at: tuple(
        (b.description_text[i], b.description_language[i]) for i in b.description_bounds[at]
    ),
    "facts": lambda _, b, at: tuple((b.fact_name[i], b.fact_value[i]) for i in b.fact_bounds[at]),
    "creators": _creators,
    "qualified": _qualified,
    "creators_stated": lambda _, b, at: len(b.creator_bounds[at]) > 0,
    "holders": lambda _, b, at: tuple(b.holder[i] for i in b.holder_bounds[at]),
    "names": _names,
    "titles": _titles,
    "described_maker": _maker,
}
