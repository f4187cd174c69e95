"""Names in a text: people, places, works and bodies, with their offsets.

In go clean texts of one language, out come `Found` names. Two real implementations stand behind `NameFinder`:
`SpacyNames`, the name recogniser of an installed spaCy pipeline, and `RuleNames`, which needs no model: runs
of capitalised words that are in no dictionary, read with the help of given names, the surnames of a
gazetteer, a list of places and the words before them. Titles in quotation marks near a word for a picture
are works in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol

from enrich.linking.folding import PARTICLES, given_names, loose, plain, skeleton, word_list
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.names import Form
from enrich.text.clean import known
from enrich.text.compounds import split_compound
from enrich.text.places import PLACES
from enrich.text.stopwords import stop_words
from enrich.text.words import installed_pipeline, lemmatise

NameType = Literal["person", "place", "work", "organisation"]


@dataclass(frozen=True, slots=True)
class Found:
    """One name as printed: its half-open span, what bears it, how surely, and what said so."""

    text: str
    start: int
    end: int
    type: NameType
    score: float
    by: str  # "model", "gazetteer" or "rule"


class NameFinder(Protocol):
    """Texts in, their names out in reading order, none overlapping another; the same for any grouping."""

    name: str

    def find(self, texts: Iterable[str]) -> Iterator[list[Found]]: ...


def finder(language: str, spec: str, gazetteer: Gazetteer | None) -> NameFinder:
    """The finder of a language. `spec` is "auto" (an installed spaCy pipeline, else rules), "rules", or the
    name of a spaCy pipeline. Raises OSError if a pipeline is named that is not installed."""
    pipeline = installed_pipeline(language) if spec == "auto" else "" if spec == "rules" else spec
    return SpacyNames(pipeline, language, gazetteer) if pipeline else RuleNames(language, gazetteer)


# How often a name of each label was one of its type among those of the books of 1890–1925 that were read by
# eye (docs/text.md); the models were trained on the news of today.
_LABELS: dict[str, tuple[NameType, float]] = {
    **{"PERSON": ("person", 0.7), "PER": ("person", 0.7)},
    **{"GPE": ("place", 0.35), "LOC": ("place", 0.35), "FAC": ("place", 0.4)},
    **{"ORG": ("organisation", 0.2), "WORK_OF_ART": ("work", 0.5)},
}
_BODY = re.compile(
    r"\b(?:Gallery|Galerie|Galleria|Museums?|Musée|Museo|Pinakothek|Akademie|Academy|Académie|Accademia|Institut\w*|"
    r"Sammlung|Collection|Society|Gesellschaft|Louvre|Uffizi|Prado|Eremitage|Hermitage|University|Universität|Kabinett)\b"
)
_BUILDING = re.compile(
    r"\b(?:Cathedral|Church|Chapel|Abbey|Palace|Castle|Street|Square|Bridge|Hall|Temple|Kirche|Dom|Schlo(?:ß|ss)|Palazzo|"
    r"Château|Église|Cathédrale|Salle|Basilica|House|Villa|Court|Tower)\b"
)
_SURE = 0.9  # a person whose names the gazetteer knows, a place that is listed
_KNOWN_SURNAME = 0.75
_TITLED = 0.8
_GIVEN_AND_MORE = 0.85
_MONONYM, _GIVEN_ALONE = 0.65, 0.4
_KEEPER, _BUILT = 0.7, 0.65
_BEHIND_PREPOSITION = 0.4
_MODEL_AND_PREPOSITION = 0.65
_AT = re.compile(r"\b(?:in|at|near|from|to|à|en|vers|de|aus|zu|nach|bei)\s(?:the\s|la\s|le\s)?$")
_QUOTED_BESIDE_ART, _QUOTED = 0.7, 0.35

_QUOTATION = re.compile(r"[„“\"«»](?P<inner>[^„“”\"«»\n]{3,70}?)[“”\"»«]")
_INNER_SPACE = re.compile(r"\s")
_CAPITALS = re.compile(r"\b[^\W\d_a-zäöüßéèà]{4,}\b")
_POSSESSIVE = re.compile(r"(?:['’]s?|['’]S)$")
_ELIDED = re.compile(r"\s+\w['’]?$")  # "Laure n’" of "Laure n’est"
_EDGE = re.compile(r"^(?:(?:the|a|an|le|la|les|l['’]|der|die|das|dem|den|des)\s+|[^\w]+)", re.IGNORECASE)
_ART_WORDS = re.compile(
    r"\b(?:\w*bild(?:e|er|ern|es|nis|nisse)?|gemälde\w*|stich\w*|kupferstich\w*|radierung\w*|holzschnitt\w*|blatt|"
    r"blätter|zeichnung\w*|lithographie\w*|skizze\w*|painting|pictures?|portraits?|engraving|etching|woodcut|drawing|"
    r"fresco(?:es)?|canvas|statue|sketch|tableaux?|toile|gravure|estampe|fresque|peinture|dessin|entitled|betitelt|"
    r"genannt|intitulée?)\b",
    re.IGNORECASE,
)


def quoted_works(text: str) -> Iterator[Found]:
    """Titles in quotation marks: short, with a capital, no sentence; surer near a word for a picture."""
    for match in _QUOTATION.finditer(text):
        start, end = match.span("inner")
        inner = match["inner"].strip().rstrip(",;:")
        start += len(match["inner"]) - len(match["inner"].lstrip())
        end = start + len(inner)
        words = inner.split()
        capitals = sum(word[0].isupper() for word in words)
        if not words or len(words) > 8 or not words[0][0].isupper() or inner[-1] in ".!?" or not capitals:
            continue
        if len(words) > 4 and capitals < 2:  # a remark somebody makes, not a title
            continue
        near = text[max(0, start - 70) : start - 1] + " " + text[end + 1 : end + 40]
        yield Found(
            inner, start, end, "work", _QUOTED_BESIDE_ART if _ART_WORDS.search(near) else _QUOTED, "rule"
        )


class SpacyNames:
    """The name recogniser of a spaCy pipeline, in batches of 64 texts; nothing else of it is loaded."""

    def __init__(self, pipeline: str, language: str, gazetteer: Gazetteer | None) -> None:
        self.name = pipeline
        self._language = language
        self._gazetteer = gazetteer
        self._nlp: Any = recogniser(pipeline)

    def find(self, texts: Iterable[str]) -> Iterator[list[Found]]:
        kept = list(texts)
        for text, doc in zip(kept, self._nlp.pipe(kept, batch_size=64), strict=True):
            judged = (self._judged(text, span.start_char, span.end_char, span.label_) for span in doc.ents)
            found = [*quoted_works(text), *filter(None, judged), *self._in_capitals(text)]
            yield without_overlaps(found)

    def _in_capitals(self, text: str) -> Iterator[Found]:
        """Surnames of the gazetteer set in capitals, as captions do, which recognisers take for anything."""
        if not _CAPITALS.search(text):
            return
        for match in _CAPITALS.finditer(text):
            word = match.group()
            small = word.capitalize()
            if strange(small, self._language) and known_surname(small, self._gazetteer):
                yield Found(word, *match.span(), "person", _KNOWN_SURNAME, "gazetteer")

    def _judged(self, text: str, start: int, end: int, label: str) -> Found | None:
        """The recogniser's name with its edges trimmed; None for labels that are no names (dates), and for
        what is no name by its letters."""
        if label not in _LABELS:
            return None
        if trimmed := _EDGE.match(text[start:end]):
            start += trimmed.end()
        printed = _POSSESSIVE.sub("", _ELIDED.sub("", text[start:end])).rstrip(" .,;:—–-'’\"”(")
        end = start + len(printed)
        if len(printed) < 3 or not printed[0].isupper() or not plausible(printed, self._language):
            return None
        type, score = _LABELS[label]
        if printed in PLACES and not is_stop(printed, self._language):
            return Found(printed, start, end, "place", _SURE, "model")
        if label not in ("DATE", "WORK_OF_ART") and (told := by_its_words(printed, start, self._gazetteer)):
            return told
        if type == "place" and _AT.search(text[max(0, start - 12) : start]) and not is_given(printed):
            score = _MODEL_AND_PREPOSITION
        if " " not in printed and lemmatise(printed, self._language)[0].islower():
            score = min(score, 0.25)  # "Virgin", "Gothic": a word of the language with a capital
        return Found(printed, start, end, type, score, "model")


def recogniser(pipeline: str) -> Any:
    """A spaCy pipeline with its name recogniser and what that needs, without the rest."""
    import spacy
    from spacy.pipeline.tok2vec import Tok2VecListener

    rest = [
        "tagger",
        "morphologizer",
        "parser",
        "senter",
        "attribute_ruler",
        "lemmatizer",
        "trainable_lemmatizer",
    ]
    nlp: Any = spacy.load(pipeline, exclude=rest)
    shared = any(isinstance(node, Tok2VecListener) for node in nlp.get_pipe("ner").model.walk())
    if "tok2vec" in nlp.pipe_names and not shared:
        nlp.remove_pipe("tok2vec")
    return nlp


_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_SENTENCE_START = re.compile(r"(?:^|[.!?:…]['’”\"»«)\]]*\s+['‘“\"„»«(\[]*)$")
_BEFORE_PERSONS = """
meister maler bildhauer kupferstecher baumeister kaiser kaiserin könig königin papst bischof erzbischof herzog
herzogin graf gräfin fürst fürstin kurfürst prinz prinzessin herr herrn frau fräulein professor doktor dr
schüler lehrer freund bruder sohn kardinal ritter painter sculptor king queen emperor pope bishop duke count
prince princess cardinal saint mr mrs sir lord lady peintre sculpteur roi reine empereur pape évêque duc comte
madame monsieur maître
"""
_PERSON_BEFORE = frozenset(_BEFORE_PERSONS.split())
_BEFORE_PLACES = "in zu nach aus bei at near from à en vers stadt schloß schloss kirche city town ville"
_PLACE_BEFORE = frozenset(_BEFORE_PLACES.split())


_NO_GIVEN = frozenset({"Art", "Mark", "Christ", "Page", "Grace"})  # given names that are words first


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int
    capital: bool
    opens: bool  # stands at the beginning of a sentence
    shortened: bool  # an initial, or a given name cut short: "J.", "Gottfr."


class RuleNames:
    """Names by their letters, for languages without a model."""

    def __init__(self, language: str, gazetteer: Gazetteer | None) -> None:
        self.name = f"rules {language}".strip()
        self._language = language
        self._gazetteer = gazetteer

    def find(self, texts: Iterable[str]) -> Iterator[list[Found]]:
        for text in texts:
            yield without_overlaps([*quoted_works(text), *self._names(text)])

    def _names(self, text: str) -> Iterator[Found]:
        tokens = _tokens(text)
        i = 0
        while i < len(tokens):
            length = self._run(text, tokens, i)
            if length:
                if name := self._judged(text, tokens, i, length):
                    yield name
                i += length
            else:
                i += 1

    def _run(self, text: str, tokens: Sequence[_Token], first: int) -> int:
        """How many tokens from `first` on are one name, 0 if none is: names with the particles between them.
        After a given name any capitalised word is a surname ("Adolf Menzel", "Hans Baldung")."""
        token = tokens[first]
        pair = text[token.start : tokens[first + 1].end] if first + 1 < len(tokens) else ""
        if pair in PLACES:
            return 2
        particle = token.text.lower() in PARTICLES and pair and self._strange(tokens[first + 1])
        if not token.capital or not (
            token.shortened or particle or is_given(token.text) or self._strange(token)
        ):
            return 0
        given = token.shortened or is_given(token.text)
        length = 0 if token.shortened else 1
        i = first + 1
        while (
            i < len(tokens) and text[tokens[i - 1].end : tokens[i].start].strip(" ") == "" and i - first < 6
        ):
            if tokens[i - 1].text.endswith(".") and len(tokens[i - 1].text) > 3:
                break
            word = tokens[i]
            if (
                word.capital
                and (given or self._strange(word))
                and not self._common(word, given and i - first < 4)
            ):
                length = i - first + 1
                given = given and is_given(word.text)
            elif not (word.text.lower() in PARTICLES and not word.capital):
                break
            i += 1
        return length

    def _common(self, word: _Token, after_given: bool) -> bool:
        """Whether a capitalised word is one of the language's nouns, and not a surname by its place."""
        return not after_given and not self._strange(word) and not is_given(word.text)

    def _strange(self, word: _Token) -> bool:
        """Whether the word is in no dictionary of the language, as names are."""
        if word.text in PLACES:
            return not is_stop(word.text, self._language)
        return strange(word.text.rstrip("."), self._language)

    def _judged(self, text: str, tokens: Sequence[_Token], first: int, length: int) -> Found | None:
        start, end = tokens[first].start, tokens[first + length - 1].end
        printed = text[start:end].rstrip(".")
        end = start + len(printed)
        words = printed.split()
        before = tokens[first - 1].text.lower().rstrip(".") if first else ""
        stem = self._without_genitive(printed)
        if printed in PLACES or stem in PLACES:
            return Found(printed, start, end, "place", _SURE, "rule")
        if known_person(words, self._gazetteer) or known_person(stem.split(), self._gazetteer):
            return Found(printed, start, end, "person", _SURE, "gazetteer")
        shortened = tokens[first].shortened and not is_stop(words[-1], self._language)
        if length > 1 and (shortened or is_given(words[0])) and not is_given(words[-1]):
            return Found(printed, start, end, "person", _GIVEN_AND_MORE, "rule")
        if before in _PERSON_BEFORE and not tokens[first].opens:
            return Found(printed, start, end, "person", _TITLED, "rule")
        if known_surname(words[-1], self._gazetteer) or known_surname(stem.split()[-1], self._gazetteer):
            return Found(printed, start, end, "person", _KNOWN_SURNAME, "gazetteer")
        if before in _PLACE_BEFORE and length == 1 and not is_given(printed) and not tokens[first].opens:
            return Found(printed, start, end, "place", _BEHIND_PREPOSITION, "rule")
        if length == 1 and is_given(printed) and not tokens[first].opens:
            known = known_by_one_name(printed, self._gazetteer)
            return Found(printed, start, end, "person", _MONONYM if known else _GIVEN_ALONE, "rule")
        return None

    def _without_genitive(self, printed: str) -> str:
        return (
            printed[:-1] if self._language == "de" and printed.endswith("s") and len(printed) > 4 else printed
        )


def by_its_words(printed: str, start: int, gazetteer: Gazetteer | None) -> Found | None:
    """What a name is by the words in it: a keeping body, a building, somebody whom the gazetteer knows."""
    end = start + len(printed)
    words = printed.split()
    if _BODY.search(printed):
        return Found(printed, start, end, "organisation", _KEEPER, "rule")
    if _BUILDING.search(printed):
        return Found(printed, start, end, "place", _BUILT, "rule") if len(words) > 1 else None
    if known_person(words, gazetteer):
        return Found(printed, start, end, "person", _SURE, "gazetteer")
    if len(words) <= 3 and known_surname(words[-1], gazetteer) and " at " not in printed:
        return Found(printed, start, end, "person", _KNOWN_SURNAME, "gazetteer")
    return None


def without_overlaps(found: list[Found]) -> list[Found]:
    """In reading order; of two that overlap the surer, then the longer."""
    kept: list[Found] = []
    for name in sorted(found, key=lambda f: (-f.score, f.start - f.end, f.start)):
        if all(name.end <= other.start or name.start >= other.end for other in kept):
            kept.append(name)
    return sorted(kept, key=lambda f: f.start)


def plausible(name: str, language: str) -> bool:
    """False for what is no name by its letters: figures, Roman numbers, stop words, dust ("Fig", "Abb")."""
    words = [word.strip(".,").lower() for word in name.split()]
    stops = stop_words(language)
    return (
        sum(c.isalpha() for c in name) > 0.7 * len(name)
        and not all(word in stops or re.fullmatch(r"[ivxlcdm]+", word) for word in words)
        and words[0] not in {"fig", "abb", "plate", "taf", "chapter", "figure"}
        and len(words) <= 7
    )


@lru_cache(maxsize=100_000)
def is_given(word: str) -> bool:
    """Whether the word is a given name ("Albrecht", "Giovanni")."""
    return (
        len(word) > 2
        and word[0].isupper()
        and word not in _NO_GIVEN
        and skeleton(plain(word)) in given_names()
    )


@lru_cache(maxsize=200_000)
def strange(word: str, language: str) -> bool:
    """Whether a word is in no dictionary of its language, also not in old spelling or as a compound."""
    if len(word) < 3 or word.isupper() or word.lower() in stop_words(language):
        return False
    if known(word, language):
        return False
    if language == "de":
        stems = {word, *(word.removesuffix(end) for end in ("s", "es", "n", "en", "er", "e"))}
        if any(known(lemmatise(stem, "de"), "de") for stem in stems if len(stem) > 3):
            return word.endswith("s") and not known(word[:-1], "de")
        return len(split_compound(word)) < 2
    return True


def is_stop(word: str, language: str) -> bool:
    """Whether a word is one of those that say nothing in the language ("Seine" in German)."""
    return word.lower() in stop_words(language)


def known_surname(word: str, gazetteer: Gazetteer | None) -> bool:
    """Whether the gazetteer has a person whose name holds this word and is not only a given name."""
    if gazetteer is None or len(word) < 4:
        return False
    key = plain(word)
    return skeleton(key) not in given_names() and gazetteer.has_word(loose(key))


def known_by_one_name(word: str, gazetteer: Gazetteer | None) -> bool:
    """Whether the gazetteer has somebody whose whole name this is ("Michelangelo")."""
    return gazetteer is not None and any(
        form in (Form.FULL, Form.SURNAME) for _, form in gazetteer.names_at(loose(plain(word)))
    )


def known_person(words: Sequence[str], gazetteer: Gazetteer | None) -> bool:
    """Whether these words together are a name the gazetteer has."""
    if gazetteer is None or len(words) < 2:
        return False
    keys = [loose(plain(word.rstrip("."))) for word in words]
    return bool(gazetteer.names_at(" ".join(keys)))


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        word = match.group()
        opens = bool(_SENTENCE_START.search(text[max(0, start - 6) : start]))
        shortened = word.endswith(".") and word[0].isupper() and _cut_short(word[:-1])
        if word.endswith(".") and not shortened:
            word, end = word[:-1], end - 1
        found.append(_Token(word, start, end, word[0].isupper(), opens, shortened))
    return found


def _joined(text: str, one: _Token, two: _Token) -> bool:
    """Whether two words are parted by nothing but a blank (or an initial's full stop)."""
    return text[one.end : two.start] in (" ", "")


_SHORTENED = word_list("abbreviations")


def _cut_short(word: str) -> bool:
    """Whether a word before a full stop is an initial or a given name cut short, and no "Abb." or "St."."""
    low = plain(word)
    if word in ("I", "V", "X"):  # rather a number
        return False
    return (len(word) == 1 or low in _SHORTENED) and word.lower() not in stop_words("")
