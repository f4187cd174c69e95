"""German compounds taken apart: "Flügelaltars" → "Flügel", "Altar".

In goes a word, out come the dictionary forms of its parts, the head (which says what the thing is) last; a
word that is no compound of known words gives just itself. Parts are words of simplemma's dictionary joined
by the usual linking letters; of several readings the one with the fewest and then the longest parts wins.
"""

from __future__ import annotations

from functools import lru_cache

import simplemma

_LINKS = ("", "s", "es", "n", "en", "er", "e", "ens")
_SHORTEST = 3
# Endings and particles that the dictionary holds as words and that are no parts of nouns.
_NO_PART_WORDS = """
ung ungen heit keit schaft tum nis lich isch bar sam los haft end ende ein eine einer aus ober unter der
die das den dem des ver ent zer bei mit von vor zum zur ist war hat man wie sie ihr ihm ihn uns ich mir
dir was wer wen als ehe nur bis auf gen gar her hin
"""
_NO_PARTS: frozenset[str] = frozenset(_NO_PART_WORDS.split())


@lru_cache(maxsize=100_000)
def split_compound(word: str) -> tuple[str, ...]:
    """The parts of a German noun as lemmas, the head last.

    >>> split_compound("Flügelaltars")
    ('Flügel', 'Altar')
    >>> split_compound("Haus")
    ('Haus',)
    """
    lemma = simplemma.lemmatize(word, "de")
    whole = lemma if lemma[:1].isupper() else word
    parts = _split(whole.lower(), 3)
    return parts if parts and len(parts) > 1 else (lemma,)


@lru_cache(maxsize=200_000)
def _split(letters: str, most: int) -> tuple[str, ...] | None:
    best: tuple[str, ...] | None = None
    if most > 1:
        for cut in range(_SHORTEST, len(letters) - _SHORTEST + 1):
            first = _modifier(letters[:cut])
            if first is None:
                continue
            rest_whole = _noun(letters[cut:])
            rest = (rest_whole,) if rest_whole else _split(letters[cut:], most - 1)
            if rest is not None:
                candidate = (first, *rest)
                if best is None or (len(candidate), -min(map(len, candidate))) < (
                    len(best),
                    -min(map(len, best)),
                ):
                    best = candidate
    return best


@lru_cache(maxsize=200_000)
def _modifier(letters: str) -> str | None:
    """A noun followed by a linking element, as its lemma."""
    for link in _LINKS:
        if letters.endswith(link) and (noun := _noun(letters[: len(letters) - len(link)])):
            return noun
    return None


@lru_cache(maxsize=200_000)
def _noun(letters: str) -> str | None:
    """The lemma of a noun written in small letters, None if the dictionary has no such noun."""
    if len(letters) < _SHORTEST or letters in _NO_PARTS:
        return None
    capital = letters[0].upper() + letters[1:]
    if not simplemma.is_known(capital, "de"):
        return None
    lemma = simplemma.lemmatize(capital, "de")
    return lemma if lemma[:1].isupper() else None
