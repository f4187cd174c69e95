"""Which language a text is in, chosen among the languages the corpus can be in.

In goes a text, out comes an ISO 639-1 code with a probability. The small words of a text ("und", "the",
"dans") settle most passages: they are counted at its beginning and in its middle, and where one language has
far more of them than any other, it is that. Only what they leave in doubt (a few words, several languages in
one passage, a language whose small words are not known here) goes to py3langid, naive Bayes on byte n-grams.
What the corpus itself states is a strong prior: only clear evidence overrules it, and a text of a few words
never does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from enrich.text.clean import clean
from enrich.text.smallwords import SMALL_WORDS
from kg.nouns import Claim, Fault, Illustration, Model, Observation, Scope

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

DEFAULT_LANGUAGES = ("de", "en", "es", "fr", "it", "la", "nl")
_GLANCE = 100  # characters py3langid reads first
_WINDOW = 160  # characters whose small words are counted, at the beginning and in the middle of a text
_LEAST = 5  # small words a language must have there, three times as many as any other
_SURE = 0.95  # below it the whole text is read, and a stated language stands
_ENOUGH = 40  # letters a text must have to be told from what the corpus states


@lru_cache(maxsize=8)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(languages))
    return identifier


def identify(text: str, languages: Sequence[str] = DEFAULT_LANGUAGES, stated: str = "") -> tuple[str, float]:
    """The language of `text` among `languages` (and `stated`), with its probability; ("", 0.0) when nothing
    tells.

    `stated` is what the corpus says (BCP 47, only its first part counts); it is kept unless another language
    has a probability of 0.95 and the text at least 40 letters. Raises ValueError for a code py3langid does
    not know in `languages`; an unknown `stated` is returned as it is.
    """
    stated = base_language(stated)
    candidates = _candidates(tuple(languages), stated)
    if found := _by_small_words(text, _small_words(candidates)):
        return found
    letters = sum(map(str.isalpha, text[: 4 * _ENOUGH]))
    if stated and (letters < _ENOUGH or candidates == (stated,) or stated not in candidates):
        return stated, 1.0
    if not letters or not candidates:
        return "", 0.0
    if len(candidates) == 1:
        return candidates[0], 1.0
    identifier = _identifier(candidates)
    code, probability = identifier.classify(text[:_GLANCE])
    if len(text) > _GLANCE and (probability < _SURE or (stated and code != stated)):
        code, probability = identifier.classify(text)
    if stated and code != stated and probability < _SURE:
        return stated, 1.0 - probability
    return code, float(probability)


@lru_cache(maxsize=64)
def _candidates(languages: tuple[str, ...], stated: str) -> tuple[str, ...]:
    if stated in identifiable():
        return tuple(sorted({*languages, stated} - {""}))
    return tuple(sorted(languages))


@lru_cache(maxsize=64)
def _small_words(candidates: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The languages of each small word; nothing when the small words of a candidate are not known here, or
    there is nothing to choose."""
    if len(candidates) < 2 or not SMALL_WORDS.keys() >= set(candidates):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for code in candidates:
        for word in SMALL_WORDS[code]:
            found[word] = (*found.get(word, ()), code)
    return found


def _by_small_words(text: str, small: Mapping[str, tuple[str, ...]]) -> tuple[str, float] | None:
    """The language that has far more of the text's small words than any other, None if none has."""
    if not small:
        return None
    read = text[:_WINDOW]
    if len(text) > 3 * _WINDOW:
        middle = len(text) // 2
        read += " " + text[middle : middle + _WINDOW]
    counts: dict[str, int] = {}
    for word in read.lower().split():
        if word in small:
            for code in small[word]:
                counts[code] = counts.get(code, 0) + 1
    if not counts:
        return None
    best = max(counts, key=counts.__getitem__)
    most = counts.pop(best)
    others = max(counts.values(), default=0)
    if most < _LEAST or most < 3 * others:
        return None
    return best, round(1 - (others + 0.5) / (most + others + 1) / 2, 4)


@lru_cache(maxsize=1)
def identifiable() -> frozenset[str]:
    """The codes that can be told apart at all."""
    return frozenset(_load_all().nb_classes)


def _load_all() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def base_language(code: str) -> str:
    """ "de-AT" → "de", "deu" and "ger" → "de"; "" stays."""
    first = code.strip().lower().replace("_", "-").split("-")[0]
    return _THREE_LETTERS.get(first, first)


_THREE_LETTERS = {
    "deu": "de", "ger": "de", "eng": "en", "fra": "fr", "fre": "fr", "ita": "it", "spa": "es", "lat": "la",
    "nld": "nl", "dut": "nl", "ces": "cs", "cze": "cs", "pol": "pl", "hun": "hu", "por": "pt", "rus": "ru",
    "dan": "da", "swe": "sv", "nor": "no", "fin": "fi",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LanguageConfig:
    """`languages`: ISO 639-1 codes the texts can be in, next to what the corpus states for each picture."""

    languages: tuple[str, ...] = DEFAULT_LANGUAGES


class LanguageEnricher:
    """Says in which language the text around a picture is: the `detectedLanguage` observation.

    The text after the picture, before it, and the caption are read in this order until there are enough
    letters; without any letters nothing is said.
    """

    name = "language"
    scope: Scope = "batch"

    def __init__(self, config: LanguageConfig | None = None) -> None:
        self.config = config or LanguageConfig()

    @property
    def models(self) -> tuple[Model, ...]:
        from importlib.metadata import version

        return (Model(f"py3langid {version('py3langid')}"),)

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        for illustration in illustrations:
            texts = (illustration.text_after, illustration.text_before, illustration.caption)
            text = " ".join(filter(None, texts))[:2000]
            code, _ = identify(clean(text).text, self.config.languages, illustration.language)
            if code:
                yield Observation(illustration.key, "detectedLanguage", code)
