"""The mentions enricher: which names of people, places, works and bodies are printed beside a picture.

In go illustrations; out come claims picture → name, each with the places where it is printed as evidence
(offsets into the field as the corpus has it). A name is not yet a person: who is meant is the linker's
business. Paragraphs that stand beside several pictures are read once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from enrich.linking.gazetteer import Gazetteer, open_gazetteer
from enrich.text.clean import Cleaned, clean, paragraphs
from enrich.text.language import DEFAULT_LANGUAGES, base_language, identify
from enrich.text.names import Found, NameFinder, finder
from enrich.text.passages import garbled
from kg.nouns import Claim, Entity, Evidence, Fault, Illustration, Model, Observation, Scope, Text

_FIELDS = (  # of an illustration, with the type of evidence each is
    *(("caption", "caption"), ("heading", "heading")),
    *(("text_after", "text-after"), ("text_before", "text-before")),
)
_EVIDENCE = 2
_AGAIN = 0.25  # how much of the remaining doubt each further place of a name takes away


@dataclass(frozen=True, slots=True)
class MentionConfig:
    """`pipeline`: "auto" (an installed spaCy pipeline, else rules), "rules", or the name of a pipeline.
    `gazetteer`: whose names are known ("" = none). `threshold`: less sure names are not claimed; `most`:
    claims per picture at most; `languages`: tried where the corpus states none."""

    pipeline: str = "auto"
    gazetteer: str = "builtin"
    threshold: float = 0.4
    most: int = 20
    languages: tuple[str, ...] = DEFAULT_LANGUAGES


@dataclass(frozen=True, slots=True)
class _Paragraph:
    illustration: str
    kind: str  # of evidence
    start: int  # in the field
    cleaned: Cleaned
    language: str


class MentionEnricher:
    """Names in captions, headings and the paragraphs around pictures."""

    name = "mentions"
    scope: Scope = "batch"

    def __init__(self, config: MentionConfig | None = None) -> None:
        self.config = config or MentionConfig()
        self._finder = lru_cache(maxsize=32)(self._make_finder)

    @property
    def models(self) -> tuple[Model, ...]:
        from importlib.metadata import version

        known = (Model("gazetteer", self._gazetteer.card["version"]),) if self._gazetteer else ()
        return (Model(f"spacy {version('spacy')}"), Model(f"simplemma {version('simplemma')}"), *known)

    @cached_property
    def _gazetteer(self) -> Gazetteer | None:
        return open_gazetteer(self.config.gazetteer) if self.config.gazetteer else None

    def _make_finder(self, language: str) -> NameFinder:
        return finder(language, self.config.pipeline, self._gazetteer)

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        read = [paragraph for illustration in illustrations for paragraph in self._paragraphs(illustration)]
        found = self._find(read)
        places: dict[str, list[tuple[_Paragraph, Found]]] = defaultdict(list)
        for paragraph in read:
            places[paragraph.illustration] += (
                (paragraph, name) for name in found[paragraph.language, paragraph.cleaned.text]
            )
        for illustration in illustrations:
            yield from self._claims_for(illustration, places.get(illustration.key, []))

    def _paragraphs(self, illustration: Illustration) -> Iterator[_Paragraph]:
        stated = base_language(illustration.language)
        for field, kind in _FIELDS:
            text: str = getattr(illustration, field)
            for start, end in paragraphs(text):
                cleaned = clean(text[start:end], stated)
                if garbled(cleaned.text):
                    continue
                code, _ = identify(cleaned.text, self.config.languages, stated)
                yield _Paragraph(illustration.key, kind, start, cleaned, code)

    def _find(self, read: Sequence[_Paragraph]) -> dict[tuple[str, str], list[Found]]:
        """The names of each different text, by language and text."""
        texts: dict[str, dict[str, None]] = defaultdict(dict)
        for paragraph in read:
            texts[paragraph.language][paragraph.cleaned.text] = None
        found: dict[tuple[str, str], list[Found]] = {}
        for language in sorted(texts):
            # In one order whatever the order of the pictures, so that a model's batches are the same.
            own = sorted(texts[language])
            for text, names in zip(own, self._finder(language).find(own), strict=True):
                found[language, text] = names
        return found

    def _claims_for(
        self, illustration: Illustration, found: list[tuple[_Paragraph, Found]]
    ) -> Iterator[Claim]:
        printed = {name.text for _, name in found}
        groups: dict[tuple[str, str], list[tuple[_Paragraph, Found]]] = defaultdict(list)
        for paragraph, name in found:
            groups[name.type, base_form(name.text, printed, paragraph.language)].append((paragraph, name))
        scored = []
        for (type, label), members in groups.items():
            doubt = 1 - max(name.score for _, name in members)
            score = round(1 - doubt * (1 - _AGAIN) ** min(len(members) - 1, 3), 4)
            scored.append((-score, -len(members), type, label, members))
        kept = [entry for entry in sorted(scored, key=lambda e: e[:4]) if -entry[0] >= self.config.threshold]
        for negative, _, type, label, members in kept[: self.config.most]:
            value = Entity(
                "name", name_id(type, label), (Text(label, members[0][0].language),), (("nameType", type),)
            )
            evidence = tuple(self._evidence(illustration, *member) for member in members[:_EVIDENCE])
            yield Claim(illustration.key, "mentions", value, -negative, evidence=evidence)

    def _evidence(self, illustration: Illustration, paragraph: _Paragraph, name: Found) -> Evidence:
        field = next(field for field, kind in _FIELDS if kind == paragraph.kind)
        first, last = paragraph.cleaned.span(name.start, name.end)
        start, end = paragraph.start + first, paragraph.start + last
        return Evidence(paragraph.kind, getattr(illustration, field)[start:end], start, end, name.score)


def base_form(name: str, others: set[str], language: str) -> str:
    """A name without the case it was printed in: "Dürers" is "Dürer" where that is printed beside it too, and
    "DÜRER" is "Dürer"."""
    if name.isupper() and len(name) > 3:
        name = re.sub(r"[^\W\d_]+", lambda m: m.group().capitalize(), name)
    stem = name[:-1]
    return stem if language == "de" and name.endswith("s") and stem in others else name


def name_id(type: str, label: str) -> str:
    """A local id from what bears the name and the name itself.

    >>> name_id("person", "Jan van Eyck")
    'person-jan-van-eyck'
    """
    slug = re.sub(r"\W+", "-", label.casefold()).strip("-_")
    return f"{type}-{slug or 'name'}"
