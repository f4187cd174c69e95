"""The link stage: who made the picture's original and which work it is, as claims with evidence.

In go illustrations; out come claims "artist" and "reproduces" whose values are items of the gazetteer. The
runners-up are claims too, with their lower confidence. Each claim quotes the words of the caption that name
its value (with offsets), the gazetteer's label that was met, the dates, and the rules that decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from enrich.linking.bysight import Seen, SightIndex, told
from enrich.linking.gazetteer import Entry, Gazetteer, open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.request import Choice, Request
from kg.nouns import (
    Claim,
    Entity,
    Evidence,
    Fault,
    Illustration,
    Model,
    Observation,
    Scope,
    Source,
    Text,
    probability,
)

LEAST = 0.02  # claims less likely than this are not worth keeping
_YEAR = re.compile(r"(?<!\d)(1[0-9]\d\d|20\d\d)(?!\d)")
_FIELD = {"caption": "caption", "heading": "heading", "title": "text"}
COMMONS = "http://commons.wikimedia.org/wiki/Special:FilePath/"


@dataclass(frozen=True)
class LinkConfig:
    """`gazetteer` is a folder made by `legenda gazetteer`, or "builtin"; `sight` a folder of reproductions
    of known works (Q….jpg) or a CSV with file and qid, "" for none.
    """

    gazetteer: str = "builtin"
    sight: str = ""


class LinkEnricher:
    """The "link" stage. `sources` (by id) give the printing date and the book's title; without them both
    are unknown.
    """

    name = "link"
    scope: Scope = "corpus"  # a caption also weighs whom the other captions of its source name

    def __init__(self, config: LinkConfig | None = None, sources: Mapping[str, Source] | None = None) -> None:
        self._config = config or LinkConfig()
        self._sources = dict(sources or {})

    @property
    def config(self) -> LinkConfig:
        return self._config

    @cached_property
    def gazetteer(self) -> Gazetteer:
        return open_gazetteer(self._config.gazetteer)

    @cached_property
    def _linker(self) -> Linker:
        return Linker(self.gazetteer)

    @property
    def models(self) -> tuple[Model, ...]:
        """The gazetteer by its version and the decision model by its file's hash: another of either is
        another run.
        """
        import hashlib
        from importlib.resources import files

        data = (files("enrich.linking") / "data" / "model.json").read_bytes()
        return (
            Model(f"gazetteer:{self._config.gazetteer}", self.gazetteer.card["version"]),
            Model("legenda-link", hashlib.sha256(data).hexdigest()),
        )

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        """Claims of each illustration in turn; one without a caption has none."""
        seen = self._seen(illustrations)
        asked = [
            (i, replace(self.request(i), seen=told(seen.get(i.key, ()))))
            for i in illustrations
            if i.caption.strip() or seen.get(i.key)
        ]
        answers = self._linker.link_works([request for _, request in asked])
        for (illustration, request), several in zip(asked, answers, strict=True):
            for name in ("artist", "reproduces"):
                best: dict[tuple[int, str], Choice] = {}
                for answer in several:  # a work each, of which two may be by one artist
                    for choice in answer.artists if name == "artist" else answer.artworks:
                        known = best.get((choice.item, choice.qualifier), choice)
                        if choice.confidence >= max(LEAST, known.confidence):
                            best[(choice.item, choice.qualifier)] = choice
                for choice in best.values():
                    yield self._claim(illustration, name, choice, request, seen)

    @cached_property
    def _index(self) -> SightIndex | None:
        return SightIndex(self._config.sight) if self._config.sight else None

    def _seen(self, illustrations: Sequence[Illustration]) -> dict[str, tuple[Seen, ...]]:
        """Which known works the pictures repeat, by the illustrations' keys; nothing without an index."""
        looked = [(i.key, i.image) for i in illustrations if i.image is not None]
        if self._index is None or not looked:
            return {}
        found = self._index.find([image for _, image in looked])
        return {key: seen for (key, _), seen in zip(looked, found, strict=True) if seen}

    def request(self, illustration: Illustration) -> Request:
        """What the linker is asked about an illustration."""
        source = self._sources.get(illustration.source)
        year = _YEAR.findall(source.date) if source else []
        return Request(
            illustration.caption,
            max(map(int, year), default=None),
            illustration.language or (source.language if source else ""),
            source.title if source else "",
            illustration.heading,
            f"{illustration.text_before}\n{illustration.text_after}".strip(),
        )

    def _claim(
        self,
        illustration: Illustration,
        name: str,
        choice: Choice,
        request: Request,
        seen: Mapping[str, tuple[Seen, ...]],
    ) -> Claim:
        entry = self.gazetteer.entry(choice.row)
        evidence = []
        printed = {"caption": request.caption, "heading": request.heading, "title": request.title}[
            choice.field
        ]
        quoted = printed[choice.start : choice.end]
        if quoted and choice.field != "title":
            evidence.append(Evidence(_FIELD[choice.field], quoted, choice.start, choice.end))
        elif quoted:
            evidence.append(Evidence("rule", f"title of the source: {printed}"))
        evidence.append(Evidence("gazetteer", f"{choice.matched} ({choice.qid})"))
        dates = _dates(entry)
        if dates:
            printing = f"; printed {request.year}" if request.year else ""
            evidence.append(Evidence("date", dates + printing))
        for one in seen.get(illustration.key, ()):
            if one.item == choice.item:
                said = f"repeats {one.file}: {one.agree} details lie on each other"
                evidence.append(Evidence("image", said, score=one.probability))
        evidence += [Evidence("rule", reason) for reason in choice.reasons]
        return Claim(
            illustration.key,
            name,
            entity(entry, self.gazetteer),
            probability(choice.confidence),
            choice.qualifier,
            tuple(evidence),
        )


def _dates(entry: Entry) -> str:
    if entry.born is not None or entry.died is not None:
        return f"lived {entry.born or '?'}–{entry.died or '?'}"
    return f"made {entry.made}" if entry.made is not None else ""


def entity(entry: Entry, gazetteer: Gazetteer, deep: bool = True) -> Entity:
    """An item of the gazetteer as the value of a claim; a work carries its maker and its holder as entities
    too.
    """
    kind = "artist" if entry.born is not None or entry.died is not None or entry.names else "artwork"
    languages: dict[str, str] = {}
    for text, language, alias in entry.labels:
        if not alias:
            languages.setdefault(language, text)
    if not languages:
        languages[""] = entry.label
    facts: list[tuple[str, Text | str | int | float | Entity]] = [("wikidata", entry.qid)]
    for name, year in (("born", entry.born), ("died", entry.died), ("inception", entry.made)):
        if year is not None:
            facts.append((name, f"{year:04}" if year >= 0 else f"-{-year:04}"))
    described: dict[str, str] = {}
    for text, language in entry.descriptions:
        described.setdefault(language, text)
    facts += [("description", Text(text, language)) for language, text in described.items()]
    for name, value in entry.facts:
        if name == "image":
            value = value if value.startswith("http") else COMMONS + value.replace(" ", "_")
        if name in ("ulan", "viaf", "gnd", "bnf", "image", "inventoryNumber"):
            facts.append((name, value))
    if deep and kind == "artwork":
        for item in entry.creators if entry.creators_stated else ():
            if (row := gazetteer.row_of(item)) is not None:
                facts.append(("creator", entity(gazetteer.entry(row), gazetteer, deep=False)))
        for item in dict.fromkeys(entry.holders):
            if (row := gazetteer.row_of(item)) is not None:
                facts.append(("collection", gazetteer.entry(row).label))
    return Entity(
        kind, entry.qid, tuple(Text(text, language) for language, text in languages.items()), tuple(facts)
    )
