"""What a cluster is called: its members and the whole corpus go in, a label per language and an identity come
out.

The label is the kind of picture most members are and one to three words that their captions share and others
do not: whole words as printed, in German nouns only, no numbers, abbreviations, function words or places of
museums. The identity is made of the contents of members and corpus, so that the same corpus has the same
clusters in every run, whatever its order, and two corpora never share one.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kg.nouns import Entity, Illustration, Text
from vision import schemes

LANGUAGES = ("en", "de", "fr")
MOST = 3  # words of a label
SHARE = 0.18  # of the members at least, and three of them, should have a word in their captions
RARE = 0.06  # of the members at least must have a word that only tells one cluster from another
LIFT = 1.5  # and that many times the share of all captions that have it
TOWN_SHARE = 0.8  # a museum's town is told only when nearly all members have it, and hardly others
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_ELISION = re.compile(r"^[dlnsDLNS][’']")
_POSSESSIVE = re.compile(r"[’'][sS]?$")
_ROMAN = re.compile(r"[IVXLCDM]+e?$")
_CREDIT = re.compile(  # photographers and publishers of photographs
    r"\(?\b(?:nach einer (?:original)?(?:photographie|aufnahme)|photographieverlag|from a photo|by permission"
    r"|phot\.|cliché|eigentum und verlag)[^()]*\)?",
    re.IGNORECASE,
)
_START = re.compile(r"(?:^|[.:;!?—–(„“\"»«]\s*)$")
_ENDING = re.compile(r"(?:ens|en|es|e|n|s)$")
_LOOKALIKES = {"en": "look-alikes in", "de": "Ähnliche in", "fr": "images semblables dans"}
_BOTH = {"en": "and", "de": "und", "fr": "et"}


def _listed(name: str) -> frozenset[str]:
    return frozenset(Path(__file__).with_name(name).read_text(encoding="utf-8").split())


# Words of captions that say nothing about the picture: function words, "plate", photographers' houses.
EMPTY_WORDS = _listed("empty_words.txt")
TOWNS = _listed("museum_towns.txt")


@dataclass(frozen=True)
class Words:
    """The telling words of a corpus's captions: per illustration key its stems, per stem its forms as printed
    and the number of captions that have it.
    """

    of: Mapping[str, frozenset[str]]
    forms: Mapping[str, Counter[str]]
    captions: Mapping[str, int]


def telling_words(illustrations: Sequence[Illustration]) -> Words:
    """Look through all captions of a corpus.

    In German a word counts as a noun when it stands nowhere without a capital, and somewhere with one that is
    not owed to the beginning of a sentence before another noun ("Heimliche Offenbarung").
    """
    found = {i.key: list(_words(i.caption)) for i in illustrations}
    lower = {stem_of(word) for words in found.values() for word, _, _ in words if word[0].islower()}
    nouns = {stem_of(word) for words in found.values() for word, doubtful, _ in words if not doubtful} - lower
    of: dict[str, frozenset[str]] = {}
    forms: dict[str, Counter[str]] = {}
    captions: Counter[str] = Counter()
    for illustration in illustrations:
        german = illustration.language.lower().startswith("de")
        stems = set()
        for word, _, short in found[illustration.key]:
            plain = word.lower()
            if len(word) < 4 or short or plain in EMPTY_WORDS:
                continue
            stem = stem_of(word)
            if german and (word[0].islower() or stem not in nouns):
                continue
            stems.add(stem)
            forms.setdefault(stem, Counter())[word] += 1
        of[illustration.key] = frozenset(stems)
        captions.update(stems)
    return Words(of, forms, captions)


def stem_of(word: str) -> str:
    """A word without case and without the commonest inflexion of the three languages."""
    plain = word.lower()
    return _ENDING.sub("", plain) if len(plain) > 5 else plain


def name(
    members: Sequence[Illustration],
    kinds: Sequence[str],
    words: Words,
    corpus: str,
    taken: set[str],
) -> Entity:
    """The entity of a cluster. `kinds`: each member's category ("" unknown); `corpus`: `content_of` it;
    `taken`: labels given so far, to which this one's are added.
    """
    digests = sorted({m.image_digest or m.key for m in members})
    identity = hashlib.sha256("\n".join([corpus, *digests]).encode()).hexdigest()[:12]
    kind, count = Counter(kinds).most_common(1)[0]
    labels = schemes.scheme("category")["labels"].get(kind, {}) if count * 2 > len(members) else {}
    sources = [source for source, _ in Counter(m.source for m in members).most_common(2)]
    shown: tuple[str, ...] = ()
    for shown in _choices(*distinctive(members, words)):
        if _text(labels, shown, sources, "en") not in taken:
            break
    values = {language: _text(labels, shown, sources, language) for language in LANGUAGES}
    number = 1
    while (label := values["en"] + (f" ({number})" if number > 1 else "")) in taken:
        number += 1
    taken.add(label)
    suffix = f" ({number})" if number > 1 else ""
    facts: tuple[tuple[str, str | int], ...] = (("size", len(members)), *(("word", word) for word in shown))
    return Entity("cluster", identity, tuple(Text(values[lang] + suffix, lang) for lang in LANGUAGES), facts)


def content_of(illustrations: Iterable[Illustration]) -> str:
    """SHA-256 of what pictures a corpus has and how it calls them."""
    return hashlib.sha256(
        "\n".join(sorted(f"{i.key} {i.image_digest}" for i in illustrations)).encode()
    ).hexdigest()


def distinctive(members: Sequence[Illustration], words: Words) -> tuple[list[str], list[str]]:
    """Words, as printed, that the members' captions share and the corpus's others do not, best first: those
    that many members share, and those that some do.
    """
    total = max(1, len(words.of))
    inside = Counter(stem for m in members for stem in words.of[m.key])
    many: list[tuple[float, str]] = []
    few: list[tuple[float, str]] = []
    for stem, count in inside.items():
        share, everywhere = count / len(members), words.captions[stem] / total
        town = any(form.lower() in TOWNS for form in words.forms[stem])
        if count < 2 or share < max(RARE, LIFT * everywhere):
            continue
        if town and (share < TOWN_SHARE or share < 4 * everywhere):
            continue
        enough = count >= min(3, len(members) - 1) and share >= SHARE
        (many if enough else few).append((-share * float(np.log(share / everywhere)), stem))
    return (
        [_printed(words.forms[stem]) for _, stem in sorted(many)],
        [_printed(words.forms[stem]) for _, stem in sorted(few)],
    )


def _choices(many: Sequence[str], few: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The best words, then others with them, so that two clusters of the same kind are told apart."""
    best = tuple(many[:MOST]) or tuple(few[:1])
    yield best
    for other in [*many[MOST:], *few]:
        if other not in best:
            yield (*best[: MOST - 1], other)


def _text(labels: Mapping[str, str], words: Sequence[str], sources: Sequence[str], language: str) -> str:
    kind = labels.get(language, "")
    if words:
        return f"{kind}: {', '.join(words)}" if kind else ", ".join(words)
    where = f" {_BOTH[language]} ".join(sources)
    return f"{kind}, {where}" if kind else f"{_LOOKALIKES[language]} {where}"


def _printed(forms: Counter[str]) -> str:
    """The commonest form; one in capitals only where there is no other, and then as a name is written."""
    usual = {form: n for form, n in forms.items() if not form.isupper()}
    if usual:  # "Rembrandt" before "Rembrandts", unless it is rare
        common = [form for form, n in usual.items() if 4 * n >= max(usual.values())]
        return min(common, key=lambda form: (len(form), -usual[form], form))
    return "-".join(part.capitalize() for part in max(forms, key=lambda f: (forms[f], f)).split("-"))


def _words(caption: str) -> Iterator[tuple[str, bool, bool]]:
    """(word, whether it begins a sentence before another capital, whether it is an abbreviation or half of a
    compound).
    """
    text = _CREDIT.sub(" ", re.sub(r"-\s*\n\s*|\u00ad", "", caption))
    for match in _WORD.finditer(text):
        word = _POSSESSIVE.sub("", _ELISION.sub("", match.group()))
        after, before = text[match.end() : match.end() + 3], text[: match.start()]
        short = after[:1] == "-" or (after[:1] == "." and len(word) < 6 and after[1:].strip() != "")
        if word and not _ROMAN.match(word):
            next_capital = after[:1] == " " and after[1:2].isupper()
            yield word, next_capital and bool(_START.search(before[-12:])), short
