"""What the report on topics tells, read from a published snapshot and the list of what was left out.

In goes a store's folder; out comes a `Findings`: topics with words, passages, pictures, years and sources.
Nothing is computed anew: the report shows what the graph says.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from kg.reading import Reader, open_reader

_TEXT_STAGES = frozenset({"topics", "language", "mentions", "descriptors"})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a topic: how sure, what is printed under it, where from."""

    iri: str
    confidence: float
    label: str
    digest: str
    source: str
    year: int | None


@dataclass
class TopicFound:
    """One topic. `broader` is the IRI of the topic above it, "" if there is none."""

    iri: str
    label: str
    language: str
    size: int
    broader: str
    words: list[str] = field(default_factory=list)
    passages: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    @property
    def decades(self) -> Counter[int]:
        """Pictures by decade of their source's printing."""
        return Counter(p.year // 10 * 10 for p in self.pictures if p.year is not None)

    @property
    def sources(self) -> Counter[str]:
        """Pictures by title of their source."""
        return Counter(p.source for p in self.pictures)


@dataclass(frozen=True)
class Findings:
    """Everything the page shows. `groups` are the broader topics by IRI, `left_out` (stage, reason, count,
    first places)."""

    version: str
    pictures: int
    sources: int
    told: int
    topics: tuple[TopicFound, ...]
    groups: dict[str, TopicFound]
    left_out: tuple[tuple[str, str, int, str], ...]


def findings(store: str) -> Findings:
    """What a store says of topics. Raises StoreError when there is no published snapshot."""
    reader = open_reader(store)
    counts = next(iter(_rows(reader, "counts")))
    found: dict[str, TopicFound] = {}
    for row in _rows(reader, "topics"):
        iri = row["topic"].value
        if iri not in found:
            size = int(row["size"].value) if row["size"] else 0
            broader = row["broader"].value if row["broader"] else ""
            found[iri] = TopicFound(iri, row["label"].value, row["label"].language or "", size, broader)
    for row in _rows(reader, "words"):
        topic = found[row["topic"].value]
        if row["word"]:
            topic.words.append(row["word"].value)
        else:
            topic.passages.append(row["passage"].value)
    for row in _rows(reader, "pictures"):
        if row["topic"].value in found:
            year = int(row["year"].value[:4]) if row["year"] else None
            digest = row["digest"].value if row["digest"] else ""
            picture = Picture(
                row["picture"].value,
                float(row["confidence"].value),
                row["label"].value,
                digest,
                row["title"].value,
                year,
            )
            found[row["topic"].value].pictures.append(picture)
    above = {topic.broader for topic in found.values()} - {""}
    topics = [topic for iri, topic in found.items() if iri not in above]
    topics.sort(key=lambda t: (t.language, -len(t.pictures), t.iri))
    return Findings(
        reader.version,
        int(counts["pictures"].value),
        int(counts["sources"].value),
        int(counts["told"].value),
        tuple(topics),
        {iri: found[iri] for iri in sorted(above) if iri in found},
        tuple(_left_out(Path(store.removeprefix("oxigraph:")) / "faults.csv")),
    )


def _rows(reader: Reader, name: str) -> Any:
    query = (files("enrich.text.report") / f"{name}.rq").read_text("utf-8")
    return reader.query(query)


def _left_out(path: Path) -> list[tuple[str, str, int, str]]:
    """The faults of the stages that read text, by stage and kind of reason, most frequent first."""
    if not path.is_file():
        return []
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["stage"] in _TEXT_STAGES:
                kind = re.sub(r"\d+", "…", row["reason"])
                groups.setdefault((row["stage"], kind), []).append((row["reason"], row["place"]))
    found = []
    for (stage, kind), members in groups.items():
        reason = members[0][0] if len(members) == 1 else kind
        found.append((stage, reason, len(members), ", ".join(place for _, place in members[:3])))
    return sorted(found, key=lambda entry: (-entry[2], entry[0], entry[1]))
