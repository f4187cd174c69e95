"""Passages: the paragraphs printed around the pictures, each counted once.

In go illustrations; out come `Passage`s (clean text, language, and every place where it is printed beside a
picture) and a notice for each picture left without one. A paragraph between two pictures stands in both
contexts, and one cut off by the corpus ("… und so") is a part of its whole; both are one passage with two
places.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from enrich.text.clean import Cleaned, clean, paragraphs
from enrich.text.language import DEFAULT_LANGUAGES, base_language, identify
from kg.nouns import Fault, Illustration

FIELDS = ("text_before", "text_after", "caption")
_WORD = re.compile(r"[^\W\d_]{2,}")
_VOWEL = re.compile(r"[aeiouyäöüàâæçéèêëîïôœùûáíóúåøœ]", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?»”\"])\s+(?=[«»„“\"]?[A-ZÄÖÜÀÂÉÈ])")
_MATCH = 60  # letters at either end by which a cut paragraph finds its whole


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage is printed: `start`…`end` are offsets into the illustration's field as the corpus has
    it. `distance` counts paragraphs from the picture (0 = next to it, and the caption)."""

    illustration: str
    field: str
    start: int
    end: int
    distance: int
    cleaned: Cleaned = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph (or a part of a very long one). `id` is the hash of its letters, so it outlives
    re-reading."""

    id: str
    text: str
    language: str
    places: tuple[Place, ...]


def collect(
    illustrations: Sequence[Illustration],
    *,
    min_words: int = 12,
    max_words: int = 220,
    languages: Sequence[str] = DEFAULT_LANGUAGES,
    stage: str = "topics",
) -> tuple[list[Passage], list[Fault]]:
    """Passages in the order of their ids, and notices for the pictures that have none.

    Paragraphs with fewer than `min_words` words, page numbers, running heads and garbled lines are left out;
    those with more than `max_words` are divided at sentence ends. The caption is taken only where there is
    no other text. `languages` are the codes tried where the corpus states none, or states one the text
    clearly is not in.
    """
    found: list[tuple[str, str, Place]] = []
    notices: list[Fault] = []
    for illustration in illustrations:
        stated = base_language(illustration.language)
        read, longest = _read(illustration, stated, ("text_before", "text_after"), min_words, max_words)
        if not read:
            read, longest_caption = _read(illustration, stated, ("caption",), min_words, max_words)
            longest = max(longest, longest_caption)
        if not read:
            reason = f"no passage of {min_words} words around the picture (longest: {longest})"
            notices.append(Fault(stage, illustration.key, reason, "notice"))
        found += ((place.cleaned.text, stated, place) for place in read)
    return _merge(found, languages), notices


def _read(
    illustration: Illustration, stated: str, fields: Sequence[str], min_words: int, max_words: int
) -> tuple[list[Place], int]:
    """The usable places of some fields, and the number of words of the longest paragraph."""
    places: list[Place] = []
    longest = 0
    heads = {_letters(illustration.heading), _letters(illustration.source)} - {""}
    for name in fields:
        text: str = getattr(illustration, name)
        spans = [piece for span in paragraphs(text) for piece in _divide(text, *span, max_words)]
        for number, (start, end) in enumerate(spans):
            cleaned = clean(text[start:end], stated)
            words = _WORD.findall(cleaned.text)
            longest = max(longest, len(words))
            if len(words) < min_words or _letters(cleaned.text) in heads or garbled(cleaned.text):
                continue
            distance = len(spans) - 1 - number if name == "text_before" else number
            places.append(Place(illustration.key, name, start, end, distance, cleaned))
    return places, longest


def garbled(text: str) -> bool:
    """True if less than 60 % of what stands between spaces reads like words: recognition of a picture or a
    table."""
    tokens = text.split()
    good = sum(bool(_WORD.search(t)) and bool(_VOWEL.search(t)) for t in tokens)
    short = sum(len(t) == 1 for t in tokens)
    return not tokens or good < 0.6 * len(tokens) or short > 0.4 * len(tokens)


def _divide(text: str, start: int, end: int, max_words: int) -> list[tuple[int, int]]:
    """A span cut at sentence ends into pieces of about `max_words` words (six characters each), if it is
    longer."""
    limit = max_words * 7
    if end - start <= limit:
        return [(start, end)]
    pieces: list[tuple[int, int]] = []
    first = last = start
    for match in _SENTENCE_END.finditer(text, start, end):
        if match.start() - first > limit and last > first:
            pieces.append((first, last))
            first = match.end() if last == first else _skip_space(text, last)
        last = match.start()
    if end - first > limit and last > first:
        pieces.append((first, last))
        first = _skip_space(text, last)
    return [*pieces, (first, end)]


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text.casefold()))


def _merge(found: list[tuple[str, str, Place]], languages: Sequence[str]) -> list[Passage]:
    """One passage per text: the longest first, so that each cut paragraph meets its whole."""
    entries = sorted(((_letters(text), stated, place) for text, stated, place in found), key=_order)
    groups: dict[str, list[tuple[str, Place]]] = {}
    ends: dict[str, list[str]] = {}
    for letters, stated, place in entries:
        whole = letters
        if letters not in groups:
            for candidate in [*ends.get(letters[:_MATCH], ()), *ends.get(letters[-_MATCH:], ())]:
                if letters in candidate:
                    whole = candidate
                    break
            else:
                groups[letters] = []
                for end in {letters[:_MATCH], letters[-_MATCH:]}:
                    ends.setdefault(end, []).append(letters)
        groups[whole].append((stated, place))
    passages = []
    for letters, members in groups.items():
        text = members[0][1].cleaned.text
        statements = [stated for stated, _ in members if stated]
        code, _ = identify(text, languages, max(sorted(set(statements)), key=statements.count, default=""))
        identity = hashlib.sha256(letters.encode()).hexdigest()[:16]
        passages.append(Passage(identity, text, code, tuple(place for _, place in members)))
    return sorted(passages, key=lambda passage: passage.id)


def _order(entry: tuple[str, str, Place]) -> tuple[int, str, str, str, int]:
    letters, _, place = entry
    return -len(letters), letters, place.illustration, place.field, place.start
