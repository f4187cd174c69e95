"""Titles of works: brought to words that compare across English, German, French and Italian.

In goes a title as printed ("Die Anbetung der heiligen drei Könige", "L'Adoration des Mages"); out come its
telling words in one vocabulary (["adoration", "magi"]). The vocabulary is `data/title_words.json`: one line
per notion, the words that printers use for it; words it lacks are compared as they are, without endings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from enrich.linking.folding import given_names, plain, skeleton, tokens, word_list

STOP = word_list("title_stop_words")
_ENDING = re.compile(r"(?:ernen|ischen|ische|ischer|isches|en|er|es|em|e|s|n|x)$")


@lru_cache(maxsize=1)
def vocabulary() -> tuple[dict[str, str], dict[tuple[str, ...], str], frozenset[str]]:
    """(word → notion, several words → notion, first words of those several) by `data/title_words.json`."""
    lines = json.loads((files(__package__) / "data" / "title_words.json").read_text("utf-8"))
    one: dict[str, str] = {}
    several: dict[tuple[str, ...], str] = {}
    stems: dict[str, str] = {}
    for line in lines:
        notion = plain(line[0]).replace(" ", "")
        for phrase in line:
            words = tuple(plain(t.printed) for t in tokens(phrase))
            if len(words) == 1:
                one.setdefault(words[0], notion)
                stems.setdefault(stem(words[0]), notion)
            else:
                several.setdefault(words, notion)
    one = stems | one  # a word itself before what it may be the stem of: "king", "kings" (of the magi)
    return one, several, frozenset(w[0] for w in several)


@lru_cache(maxsize=1 << 17)
def stem(word: str) -> str:
    """A plain key without its commonest endings, never shorter than four letters."""
    if len(word) < 5:
        return word
    shorter = _ENDING.sub("", word)
    return shorter if len(shorter) >= 4 else word


@lru_cache(maxsize=1 << 17)
def _notion(word: str) -> str:
    one = vocabulary()[0]
    known = one.get(word) or one.get(stem(word))
    return known or given_names().get(skeleton(word)) or stem(word)  # "Balthazar" and "Baldassare"


@lru_cache(maxsize=1 << 17)
def _notions(word: str) -> tuple[str, ...]:
    """A word's notion, or the two of a German or Dutch compound that the vocabulary lacks ("Toteninsel")."""
    one = vocabulary()[0]
    if len(word) >= 8 and word not in one and stem(word) not in one:
        for cut in range(len(word) - 4, 3, -1):
            head, tail = word[:cut], word[cut:]
            if tail not in one:
                continue
            for joint in ("", "s", "n", "en", "es"):
                bare = head.removesuffix(joint) if joint else head
                if len(bare) > 3 and bare in one and (bare != head or not joint):
                    return one[tail], one[bare]
    return (_notion(word),)


@lru_cache(maxsize=1 << 16)
def title_words(text: str) -> tuple[str, ...]:
    """The telling words of a title in order, each once; a title of nothing but stop words keeps them.

    >>> title_words("Die Anbetung der Könige"), title_words("L'Adoration des Mages")
    (('adoration', 'magi'), ('adoration', 'magi'))
    """
    return notions([t.plain for t in tokens(text)])


def notions(words: Sequence[str]) -> tuple[str, ...]:
    """`title_words` of words already folded (plain keys)."""
    return _in_order(tuple(words))


@lru_cache(maxsize=1 << 14)
def _in_order(words: tuple[str, ...]) -> tuple[str, ...]:
    """`notions`, kept: credits and owners come again and again."""
    _, several, heads = vocabulary()
    out: dict[str, None] = {}
    i = 0
    while i < len(words):
        if words[i] in heads:
            for length in (4, 3, 2):
                notion = several.get(words[i : i + length])
                if notion is not None:
                    break
            if notion is not None:
                out[notion] = None
                i += length
                continue
        if words[i] not in STOP:
            out.update(dict.fromkeys(_notions(words[i])))
        i += 1
    return tuple(out) or tuple(dict.fromkeys(words))
