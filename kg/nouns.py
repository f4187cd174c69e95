"""The nouns every room shares, as frozen dataclasses: what a corpus holds and what is claimed about it.

A corpus reader makes `Source` and `Illustration`; an enricher reads illustrations and yields `Claim` and
`Observation`; `kg` alone turns them into RDF. Nothing here touches RDF, a store, torch or the disk.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Scope = Literal["batch", "corpus"]


@dataclass(frozen=True, slots=True)
class Source:
    """One book, journal volume or catalogue. `date` is EDTF text ("1897", "1901/1903", "" when unknown)."""

    id: str
    title: str = ""
    creator: str = ""
    date: str = ""
    language: str = ""
    rights: str = ""
    url: str = ""
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle on the page image, in pixels of that image (IIIF and Media Fragments `xywh=`)."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Where words of an illustration's text are printed: characters `start`…`end` of its `field` ("caption",
    "heading", "text_before", "text_after") stand in `region` of a page.

    `page` and `page_image` are as in `Illustration`; the page may be another than the picture's.
    """

    field: str
    start: int
    end: int
    page: str
    region: Region
    page_image: str = ""


@dataclass(frozen=True, slots=True)
class Illustration:
    """One picture printed on a page, with the text printed around it.

    `id` is the corpus's own and unique within `source`; `key` ("source/id") is unique within a corpus.
    `image` is a local file (None when the corpus has none); `image_digest` is the SHA-256 hex digest of its
    bytes, "" when the file could not be read. `page_image` is the address of the scan of the whole page, or
    the SHA-256 of the local file `page_file`. Texts are as printed, "" when absent; `passages` tells where on
    which page they stand, as far as the corpus knows. `metadata` keeps the columns of the corpus that Legenda
    does not know, in their order.
    """

    source: str
    id: str
    image: Path | None = None
    image_digest: str = ""
    page: str = ""
    page_image: str = ""
    region: Region | None = None
    caption: str = ""
    heading: str = ""
    text_before: str = ""
    text_after: str = ""
    language: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    passages: tuple[Passage, ...] = ()
    page_file: Path | None = None

    @property
    def key(self) -> str:
        return f"{self.source}/{self.id}"

    @property
    def digest(self) -> str:
        """SHA-256 of everything an enricher may look at: image bytes and texts, not where the file lies."""
        content = asdict(self) | {"image": self.image is not None}
        del content["page_file"]
        if not self.passages:  # nearly every corpus: their digests are those of before there were passages
            del content["passages"]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a reader found: sources and illustrations in the corpus's order, unique by `Illustration.key`.

    `id` names the corpus inside a store (run graphs are kept per corpus), by default its folder's or file's
    name.
    """

    id: str
    sources: tuple[Source, ...]
    illustrations: tuple[Illustration, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the illustrations' digests in key order and the sources: the corpus's version."""
        parts = sorted(i.digest for i in self.illustrations)
        parts += sorted(json.dumps(asdict(s), ensure_ascii=False, sort_keys=True) for s in self.sources)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a language (BCP 47; "" when unknown)."""

    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """Something a claim can name: a concept (category, medium, cluster, topic, descriptor), an artwork, an
    artist.

    `kind` and `id` make its IRI. `labels` and `facts` describe it; a fact is (name, value) with the name a
    local name of the ontology ("born", "wikidata", "word", "creator") and the value a text, number or another
    entity. Two entities are the same if kind and id are; description is carried along so that enrichers need
    no store.
    """

    kind: str
    id: str
    labels: tuple[Text, ...] = field(default=(), compare=False)
    facts: tuple[tuple[str, Text | str | int | float | Entity], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a claim is made, in a form a curator can read and a program can check.

    `kind` is one of the evidence types of the ontology ("caption", "heading", "text", "image", "gazetteer",
    "date", "neighbour", "rule", "review"). With a text kind, `start` and `end` are character offsets into
    that field and `text` quotes it. `score` is the evidence's own number (a probability, a distance), not the
    claim's confidence.
    """

    kind: str
    text: str = ""
    start: int | None = None
    end: int | None = None
    score: float | None = None


def probability(value: float) -> float:
    """A program's confidence as claims keep it: four decimals and never certain: 1 is a
    person's verdict, or what needs no judgement (two files with the same bytes).

    >>> probability(0.999987), probability(0.123456)
    (0.9999, 0.1235)
    """
    return min(0.9999, round(value, 4))


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement an enricher makes about an illustration. `confidence` is a probability in 0…1.

    Runners-up are claims too, with their lower confidence. `property` is a local name of the ontology
    ("category", "medium", "cluster", "topic", "descriptor", "reproduces", "artist"). `qualifier` ("after",
    "workshop-of", "attributed-to", "school-of", …) keeps a claim from ever being plain attribution.
    """

    illustration: str  # Illustration.key
    property: str
    value: Entity
    confidence: float
    qualifier: str = ""
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(
                f"confidence of {self.illustration} {self.property} is {self.confidence}, not in 0…1"
            )


@dataclass(frozen=True, slots=True)
class Observation:
    """A measurement, not a judgement: map position, detected language, image size. Nobody reviews it.

    `property` is a local name of the ontology ("mapX", "mapY", "detectedLanguage", "tone").
    """

    illustration: str  # Illustration.key
    property: str
    value: Text | str | int | float


@dataclass(frozen=True, slots=True)
class Fault:
    """Something of the corpus that could not be used, or was left out, as one line a user can act on.

    `place` is a file, "file:row" or an illustration key; an "error" is counted and makes the exit status 1, a
    "notice" (text too short for a topic) is only counted.
    """

    stage: str
    place: str
    reason: str
    level: Literal["error", "notice"] = "error"


@dataclass(frozen=True, slots=True)
class Model:
    """What answered: a model's name (encoder string, pipeline name, rule set) and the SHA-256 of its file or
    config.
    """

    name: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of one enricher with one configuration over one corpus (a PROV activity)."""

    enricher: str
    corpus: str
    corpus_digest: str
    config: Mapping[str, Any]
    models: tuple[Model, ...]
    software: str
    started: str  # ISO 8601 with time zone
    ended: str


Verdict = Literal["accepted", "rejected", "replaced", "comment", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Review:
    """A person's verdict on a claim. Append-only; the latest of a statement wins, all are kept.

    The statement (illustration, property, value, qualifier) is repeated so that the review survives when a
    re-run no longer makes the claim. `replacement` is the right value when the verdict is "replaced";
    "withdrawn" takes back the reviewer's last verdict on the statement that still stands (`kg.verdicts`).
    """

    id: str
    illustration: str
    property: str
    value: Entity
    verdict: Verdict
    reviewer: str  # a name, or an ORCID iD
    at: str  # ISO 8601 with time zone
    qualifier: str = ""
    replacement: Entity | None = None
    comment: str = ""


class Enricher(Protocol):
    """The one shape of everything that says something about illustrations.

    `scope` tells how much it must see at once: "batch" (each illustration on its own, any batching gives the
    same answers) or "corpus" (clusters, topics, projection: one call with all). `config` is a frozen
    dataclass of plain data from which the enricher can be rebuilt. `claims` is lazy and does not change the
    enricher.
    """

    name: str
    scope: Scope

    @property
    def config(self) -> Any: ...

    @property
    def models(self) -> tuple[Model, ...]: ...

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]: ...


def by_key(illustrations: Iterable[Illustration]) -> dict[str, Illustration]:
    """Illustrations by their key."""
    return {i.key: i for i in illustrations}
