"""Names of persons: a label taken apart, the forms it may be printed in, and whether a printed name can be
it.

In goes a label as catalogued ("Sangallo, Antonio da the younger", "Theodor Hörmann von Hörbach"); out come
a `Name` and its index forms. A printed name is compared part by part: a different given name is a
contradiction, an initial or abbreviation an agreement that proves less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from enrich.linking.folding import PARTICLES, Token, loose, plain, tokens, word_list


class Form(IntEnum):
    """How much of a name an index key holds; the lower, the more it says."""

    FULL = 0
    SHORT = 1  # one given name and the surname
    INITIAL = 2  # an initial and the surname
    SURNAME = 3
    GIVEN = 4  # "Leonardo", "Taddeo": how artists born before 1600 are spoken of


HONORIFICS = word_list("honorifics")
SUFFIXES = word_list("suffixes")
TOPONYMIC = word_list("toponymic")
EPITHETS = {
    "elder": 1,
    "altere": 1,
    "sr": 1,
    "sen": 1,
    "senior": 1,
    "aine": 1,
    "vieux": 1,
    "pere": 1,
    "vecchio": 1,
}
EPITHETS |= {"younger": 2, "jungere": 2, "jr": 2, "jun": 2, "junior": 2, "jeune": 2, "fils": 2, "giovane": 2}
_ELDER = re.compile(r"\bd(?:er|\.)?\s*[ÄA]\.|\bd\. Ae\.", re.IGNORECASE)
_YOUNGER = re.compile(r"\bd(?:er|\.)?\s*J\.", re.IGNORECASE)
MASTERS = frozenset({"master", "meister", "maitre", "mastro"})  # folded: "Maestro" too
_MASTER_OF = re.compile(
    r"(?:master|meister|ma[iî]tre|maestro) (?:of|des|der|du|de|d|del|della|von)\b", re.IGNORECASE
)
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
ORGANISATION = re.compile(
    r"\b(?:Co|Inc|Ltd|Company|Cie|Corp|Corporation|Studio|Studios|Workshop|Factory|Press|Manufactory)\b\.?"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in parts, each as a (plain, loose) pair of keys; a mononym is all surname.

    `particles` are those printed, in order; `generation` is 1 for the elder, 2 for the younger, 0 when
    unsaid; `toponymic` tells that the surname is an "of somewhere or someone" ("da Vinci", "di Cosimo");
    `dropped` counts words of the label that this reading leaves out ("Holweg" for "Holweg-Glantschnigg").
    """

    given: tuple[tuple[str, str], ...]
    surname: tuple[tuple[str, str], ...]
    particles: tuple[str, ...] = ()
    generation: int = 0
    toponymic: bool = False
    dropped: int = 0

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        return self.given + self.surname


def _pair(word: str) -> tuple[str, str]:
    key = plain(word)
    return key, loose(key)


@lru_cache(maxsize=1 << 16)
def parse(label: str) -> tuple[Name, ...]:
    """The readings of a label: one as a rule, two where a name has a particle in its middle; none when it
    holds no word.

    >>> [(n.given, n.surname) for n in parse("Sarto, Andrea del")]
    [((('andrea', 'andreas'),), (('sarto', 'sarto'),))]
    """
    if _MASTER_OF.match(
        label
    ):  # named after a work: all of it is the name, or "Death of the Virgin" would be
        words_of = [t.plain for t in tokens(_BRACKETS.sub(" ", label)) if t.plain not in PARTICLES]
        return (Name((), tuple(_pair(w) for w in words_of)),) if len(words_of) > 1 else ()
    generation = 1 if _ELDER.search(label) else 2 if _YOUNGER.search(label) else 0
    text = _YOUNGER.sub(" ", _ELDER.sub(" ", _BRACKETS.sub(" ", label)))
    inverted = text.count(",") == 1
    if "," in text and not inverted:
        text = text.split(",")[0] if text.count(",") > 2 else text.replace(",", " ", text.count(",") - 1)
        inverted = "," in text
    family, _, rest = text.partition(",")
    if inverted and not split_words(rest):
        family, inverted = family, False
    words = [*split_words(rest), "|", *split_words(family)] if inverted else split_words(family)
    units: list[list[str]] = []
    particles: list[str] = []
    heads: list[int] = []  # indices of units that follow a particle
    bar = -1
    pending = joined = False
    fathers = 0
    for at, word in enumerate(words):
        if word == "|":
            bar = len(units)
            continue
        pieces = [plain(t.printed) for t in tokens(word)]
        if not pieces:
            continue
        if len(pieces) == 1 and pieces[0] in SUFFIXES and units:
            generation = generation or EPITHETS.get(pieces[0], 0)
            continue
        title = len(pieces) == 1 and pieces[0] in HONORIFICS
        if title and (not units or inverted or at + 1 < len(words)):  # "Hermann Baron Engelhardt" is a baron
            continue
        if len(pieces) == 1 and pieces[0] in PARTICLES and (word.islower() or units or len(words) > 1):
            particles.append(pieces[0])
            pending = True
            continue
        if len(pieces) == 2 and pieces[0] in PARTICLES:  # d'Agnolo, L'Orme
            particles.append(pieces[0])
            pieces, pending = pieces[1:], True
        if len(pieces) == 2 and re.search(r"\w[’'`´]\w", word):  # Prud'hon
            joined = True
        if pending and inverted and bar < 0 and units and particles[-1] == "di":
            fathers += 1  # "Allori, Alessandro di Cristofano" is no Cristofano
            pending = False
            continue
        if pending:
            heads.append(len(units))
        pending = False
        units.append(pieces)
    if not units:
        return ()
    toponymic = bool(particles) and particles[0] in TOPONYMIC
    cuts = [bar] if inverted and 0 <= bar < len(units) else [len(units) - 1]
    if not inverted and heads and 0 < heads[0] < len(units) - 1:
        cuts.append(heads[0])  # "Antonio da Ponte Alto": the surname begins at the particle
    if not inverted and heads and heads[-1] == len(units) - 1 and len(units) > 2:
        cuts.append(-2)  # "Hörmann von Hörbach": the surname stands before the particle
    names: list[Name] = []
    if joined:
        whole = parse(re.sub(r"(?<=\w)[’'`´](?=\w)", "", label))
        names += whole[:1]

    def add(given: list[list[str]], surname: list[list[str]], dropped: int) -> None:
        names.append(
            Name(
                tuple(_pair(w) for unit in given for w in unit),
                tuple(_pair(w) for unit in surname for w in unit),
                tuple(particles),
                generation,
                toponymic,
                dropped,
            )
        )

    for cut in cuts:
        if cut == -2:
            add(units[:-2], units[-2:-1], 1)
        else:
            add(units[:cut], units[cut:], fathers)
    last = units[cuts[0] :]
    if units[: cuts[0]] and len(last) == 1 and len(last[0]) == 2 and len(last[0][0]) > 3 and not joined:
        add(units[: cuts[0]], [last[0][:1]], 1)  # the first half of a double surname
    return tuple(names)


def split_words(text: str) -> list[str]:
    """Words between blanks, initials printed together ("J.F.") taken apart."""
    return [w for w in re.sub(r"(?<=\.)(?=[^\W\d_])", " ", text).split() if any(c.isalnum() for c in w)]


def forms(name: Name, given_alone: bool) -> Iterator[tuple[str, Form]]:
    """The index keys of a name, the fullest first; keys hold no particles. `given_alone` adds the given
    name alone.
    """
    given = [lo for _, lo in name.given]
    surname = " ".join(lo for _, lo in name.surname)
    yield " ".join((*given, surname)), Form.FULL
    if not given:
        return
    if len(surname) < 2:
        return
    for one, (key, _) in zip(given, name.given, strict=True):
        if len(one) > 1:
            yield f"{one} {surname}", Form.SHORT
        yield f"{loose(key[0])} {surname}", Form.INITIAL
    yield surname, Form.SURNAME
    if given_alone and len(given[0]) > 3:
        yield given[0], Form.GIVEN
        if len(given) > 1:
            yield " ".join(given), Form.GIVEN


class Agreement(NamedTuple):
    """How printed given names agree with catalogued ones.

    `given` says what they add (1 all printed ones met in full, 0.5 by initials or abbreviation, 0 none
    printed); `spelling` is the likeness of those that meet, 0…1; `unmatched` counts printed given names that
    the label lacks, `stray` printed initials that it lacks; `silent` the label's words that are not printed.
    """

    given: float
    spelling: float
    unmatched: int
    stray: int
    silent: int


def compare_given(
    printed: Sequence[tuple[str, str, bool]], wanted: Sequence[tuple[str, str]], dropped: int
) -> Agreement | None:
    """The agreement of printed given names with those of a name (`Name.given`, `Name.dropped`), None when
    they contradict it.

    `printed` holds (plain, loose, abbreviated) per printed given name, in order.
    """
    if not printed:
        return Agreement(0.0, 1.0, 0, 0, len(wanted) + dropped)
    if not wanted:
        return None
    full = short = unmatched = stray = 0
    likeness = 1.0
    used: set[int] = set()
    for key, lo, abbreviated in printed:
        best = -1
        for i, (k, w) in enumerate(wanted):
            if i in used:
                continue
            if lo == w or key == k or _shortened(key, lo, abbreviated, k, w):
                best = i
                break
        if best < 0:
            unmatched += len(key) > 1
            stray += len(key) == 1
            if len(key) == 1 and not used:  # "W. S. Coleman" is hardly a Samuel
                stray += 1
            continue
        used.add(best)
        k, w = wanted[best]
        if len(key) == 1 or len(k) == 1 or (abbreviated and k != key):
            short += 1
        else:
            full += 1
            if k != key:
                likeness = min(likeness, 0.9 if OSA.distance(k, key) <= 2 else 0.8)
    if full + short == 0:
        # One letter off may be the printer's; anything more is somebody else.
        key, lo, _ = printed[0]
        if not any(_misprinted(key, k) for k, _ in wanted):
            return None
        return Agreement(0.8, 0.7, unmatched - 1, stray, len(wanted) - 1 + dropped)
    if not full and len(printed[0][0]) > 1 and unmatched and len(printed) > 1:
        return None  # "Robert W. Forest" is no William
    # An unmet printed name before a met one ("Franz Wenzel" for "Wenzel") is usual; a wholly different
    # first is not.
    given = (full + 0.5 * short) / (full + short)
    return Agreement(given, likeness, unmatched, stray, len(wanted) - len(used) + dropped)


def _shortened(key: str, lo: str, abbreviated: bool, k: str, w: str) -> bool:
    """Whether a printed given name (`key`, `lo`) shortens another (`k`, `w`), or this one it."""
    return (
        (len(key) == 1 and (key == k[0] or lo == w[0]))
        or (len(k) == 1 and k == key[0])
        or (abbreviated and len(key) > 1 and (k.startswith(key) or w.startswith(lo)))
    )


def _misprinted(key: str, k: str) -> bool:
    """Whether a printed given name is one letter off another."""
    return len(key) > 3 and OSA.distance(key, k, score_cutoff=1) <= 1


def may_agree(printed: Sequence[tuple[str, str, bool]], wanted: Sequence[tuple[str, str]]) -> bool:
    """Whether printed given names may agree with somebody's whose given names are among `wanted`; where not,
    `compare_given` finds that they contradict everybody's.
    """
    first = printed[0][0]
    return any(
        lo == w or key == k or _shortened(key, lo, abbreviated, k, w)
        for key, lo, abbreviated in printed
        for k, w in wanted
    ) or any(_misprinted(first, k) for k, _ in wanted)


def printed_given(words: Sequence[Token], text: str) -> list[tuple[str, str, bool]]:
    """Given names as printed, for `compare_given`: a point after a word of up to five letters marks an
    abbreviation.
    """
    out = []
    for token in words:
        if (token.plain in PARTICLES and token.printed.islower()) or token.plain in HONORIFICS:
            continue
        point = text[token.end : token.end + 1] == "."
        out.append((token.plain, token.loose, (point and len(token.plain) <= 6) or len(token.plain) == 1))
    return out
