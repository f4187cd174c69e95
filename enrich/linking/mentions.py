"""Finding persons' names in a text: where a name of the gazetteer may stand, and who it may be.

In goes a text and a gazetteer; out come `Mention`s with their candidates. Runs of capitalised words are
looked up form by form in the index (exact automaton); given names beside a surname must not contradict the
candidate's; only a run that yields nobody is repaired letter by letter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from enrich.linking.candidates import (
    MAX_CANDIDATES,
    NOTHING,
    Candidate,
    Given,
    Keys,
    Near,
    Words,
    candidate_of,
    full_name,
    lookup,
    near,
    repairs_of,
    words_of,
)
from enrich.linking.folding import PARTICLES, Token, given_names, skeleton, tokens, word_list
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.names import HONORIFICS, MASTERS, SUFFIXES, Form, printed_given
from enrich.linking.people import Namesakes, People
from enrich.linking.titles import vocabulary

_STRONG = frozenset('.;:!?|\n()[]—–«»„“”"')
_BESIDE = PARTICLES | SUFFIXES | HONORIFICS | {"j", "ae", "a"}  # what may stand beside an inverted name
_NOT_NAMES = word_list("not_names")
_ABBREVIATED = word_list("abbreviations")
_OTHER_FIRST_NAMES = word_list("first_names")  # by their loose keys


class Mention(NamedTuple):
    """A stretch of text that may name a person: `text[start:end]`, as read inverted or not, with
    candidates.
    """

    start: int
    end: int
    candidates: People
    inverted: bool = False
    possessive: bool = False
    words: int = 1

    def moved(self, by: int) -> Mention:
        """The same in a text that has so many characters before."""
        if not by:
            return self
        start, end = self.start + by, self.end + by
        return Mention(start, end, self.candidates, self.inverted, self.possessive, self.words)


class _Run(NamedTuple):
    """Consecutive capitalised words without punctuation between; `all` are its tokens, `words` those
    without particles.
    """

    all: tuple[Token, ...]
    words: tuple[Token, ...]


def find(text: str, gazetteer: Gazetteer, repair: bool = True, whole: bool = False) -> list[Mention]:
    """Mentions in reading order, none overlapping another.

    `whole` says that the text is a name and nothing else (a column of names). `repair` allows misprints
    where nothing fits exactly. "Surname, Given" is read as one name; where nobody bears it, what follows the
    comma may be a title ("Klinger, Beethoven") unless it is nothing but given names.
    """
    runs = _runs(text, tokens(text))
    if len(runs) == 2 and _inverted_name(text, runs):
        mention = _inverted(text, runs, gazetteer, repair)
        if mention:
            return [mention]
        if not any(t.plain in vocabulary()[0] for t in runs[1].words):  # nor words of titles
            return [] if all(first_name(t) for t in runs[1].words) else _in_run(text, runs[0], gazetteer)
    out: list[Mention] = []
    for run in runs:
        found = _in_run(text, run, gazetteer)
        if not found and repair and (whole or len(runs) <= 4):
            found = _repaired(text, run, gazetteer)
        out += found
    return out


def _runs(text: str, words: Sequence[Token]) -> list[_Run]:
    runs: list[_Run] = []
    current: list[Token] = []

    def close() -> None:
        while current and (current[-1].plain in PARTICLES and current[-1].printed.islower()):
            current.pop()
        kept = tuple(
            t
            for t in current
            if not (
                t.plain in PARTICLES and (t.printed.islower() or len(current) > 1) and not _initial(text, t)
            )
        )
        if kept:
            runs.append(_Run(tuple(current), kept))
        current.clear()

    last = 0
    for token in words:
        between = text[last : token.start]
        last = token.end
        if current and _separates(between, current[-1]):
            close()
        if token.printed[0].isupper() or (token.plain in PARTICLES and current):
            current.append(token)
        elif current:
            close()
    close()
    return runs


def _initial(text: str, token: Token) -> bool:
    """Whether a single letter is an initial ("A. Menzel"), not an article."""
    return len(token.printed) == 1 and token.printed.isupper() and text[token.end : token.end + 1] == "."


def _separates(between: str, before: Token) -> bool:
    if "," in between or any(c in _STRONG and c != "." for c in between):
        return True
    return "." in between and not _abbreviated(before)


@lru_cache(maxsize=1)
def _given_heads() -> frozenset[str]:
    """Proper beginnings (two letters and more) of the given names that are known."""
    return frozenset(name[:n] for name in given_names() for n in range(2, len(name)))


@lru_cache(maxsize=1)
def _first_names() -> frozenset[str]:
    """The given names that are known in several languages, by their loose keys."""
    return frozenset(given_names().values())


def first_name(token: Token) -> bool:
    """Whether a word is a known given name or an initial.

    >>> [first_name(t) for t in tokens("Zoltan J. Madonna")]
    [True, True, False]
    """
    return token.loose in _first_names() or token.loose in _OTHER_FIRST_NAMES or len(token.plain) == 1


def _abbreviated(token: Token) -> bool:
    """Whether a word with a point after it may be a shortened given name ("Gottfr.", "J.", "Ph.")."""
    word = token.printed
    if len(word) <= 2:
        return True
    if word.isupper():
        return len(word) <= 3
    return (
        skeleton(token.plain) in _given_heads() and token.loose not in given_names()
    ) or token.plain in _ABBREVIATED


def _inverted_name(text: str, runs: Sequence[_Run]) -> bool:
    """Whether a text of two runs is "Surname, Given" and nothing else."""
    first, second = runs
    between = text[first.all[-1].end : second.all[0].start].strip()
    outside = tokens(text[: first.all[0].start]) + tokens(text[second.all[-1].end :])
    if between != "," or len(first.words) > 3 or len(second.words) > 4 or len(text) > 60:
        return False
    if any(c.isdigit() for c in text) or any(t.plain not in _BESIDE for t in outside):
        return False
    capitals = [t for t in second.words if len(t.printed) > 2 and t.printed.isupper()]
    return not capitals


def _in_run(text: str, run: _Run, gazetteer: Gazetteer) -> list[Mention]:
    """Names inside a run of capitalised words, the longest and leftmost first."""
    words = run.words
    keys = tuple((t.plain, t.loose) for t in words)
    given: list[Given | None] = []
    ends = [gazetteer.ends_name(lo) or (lo[-1:] == "s" and len(lo) > 4) for _, lo in keys]
    whole = near(run.all)
    out: list[Mention] = []
    i = 0
    while i < len(words):
        master = words[i].plain in MASTERS and i + 1 < len(words)
        if not (master or _initial(text, words[i])) and (
            words[i].plain in _NOT_NAMES or words[i].plain in HONORIFICS or words[i].plain in SUFFIXES
        ):
            i += 1
            continue
        for end in range(min(i + 5, len(words)), i + master, -1):  # "Maestro" alone is nobody
            if not ends[end - 1]:
                continue
            if not given and len(words) > 1:
                given = [next(iter(printed_given((t,), text)), None) for t in words]
            beside = whole if whole is NOTHING else _beside(run, words[i], words[end - 1])
            found, possessive = _persons(keys[i:end], tuple(given[i : end - 1]), beside, gazetteer)
            if found:
                last = words[end - 1].end
                possessive = possessive or text[last : last + 2] in ("'s", "’s")
                out.append(Mention(words[i].start, last, found, possessive=possessive, words=end - i))
                i = end
                break
        else:
            i += 1
    return out


def _beside(run: _Run, first: Token, last: Token) -> Near:
    """What the words from `first` to `last` and close to them tell."""
    return near([t for t in run.all if first.start - 12 <= t.start <= last.end + 12])


@lru_cache(maxsize=1 << 13)
def _persons(
    part: tuple[Keys, ...], heads: tuple[Given | None, ...], beside: Near, gazetteer: Gazetteer
) -> tuple[People, bool]:
    """Whom the words `part` name, read as one name: given names (`heads`, where they can be such) first, the
    last one or two words the surname; or all of it one name. And whether it is read as a possessive.
    """
    found: dict[int, Candidate] = {}
    whole = words_of(part)
    if len(part) == 1:
        return _single(part[0], whole, beside, gazetteer)
    for row, form in gazetteer.names_at(whole.loose[:-1]):
        if form == Form.FULL or form == Form.GIVEN:
            candidate = full_name(row, form, whole, beside, gazetteer)
            if candidate is not None:
                found[row] = candidate
        if len(found) >= MAX_CANDIDATES:
            break
    for cut in range(len(part) - 1, max(len(part) - 3, 0), -1):
        surname = part[cut:]
        given = [g for g in heads[:cut] if g is not None]
        if not given or any(key in _NOT_NAMES for key, _ in surname) or len(surname[-1][0]) < 3:
            continue
        for candidate in lookup([lo for _, lo in surname], surname, given, beside, gazetteer):
            before = found.get(candidate.row)
            if candidate.given > 0 and (before is None or before.spelling < candidate.spelling - 0.1):
                found[candidate.row] = candidate
    return People(found.values()), False


def _single(keys: Keys, word: Words, beside: Near, gazetteer: Gazetteer) -> tuple[People, bool]:
    """Whom a single word names: a surname, a given name or all of a name; and whether it is a possessive."""
    found = _bearers(word, full_name, beside, gazetteer)
    key, lo = keys
    if found or not lo.endswith("s") or len(lo) <= 4:
        return found, False
    owner = words_of([(key[:-1], lo if key.endswith("ss") else lo[:-1])])

    def owning(row: int, form: Form, word: Words, beside: Near, gazetteer: Gazetteer) -> Candidate | None:
        return candidate_of(row, form, word, (), beside, gazetteer)

    found = _bearers(owner, owning, beside, gazetteer)
    return found, bool(found)


def _bearers(
    word: Words,
    compared: Callable[[int, Form, Words, Near, Gazetteer], Candidate | None],
    beside: Near,
    gazetteer: Gazetteer,
) -> People:
    """Everybody whom one word names; those of whom nothing but the name is known are not looked at."""
    single: list[Candidate] = []
    alike: dict[int, list[int]] = {}
    count = 0
    for row, form, kin in gazetteer.kin_at(word.loose[:-1]):
        if kin:
            alike.setdefault(kin, []).append(row)
            count += 1
        elif (candidate := compared(row, form, word, beside, gazetteer)) is not None:
            single.append(candidate)
            count += 1
        if count >= MAX_CANDIDATES:
            break
    namesakes = [Namesakes(rows, word, beside, gazetteer) for rows in alike.values()]
    single += [people[0] for people in namesakes if len(people) == 1]
    return People(single, [people for people in namesakes if len(people) > 1])


def _inverted(text: str, runs: Sequence[_Run], gazetteer: Gazetteer, repair: bool) -> Mention | None:
    """A text that is "Surname, Given": everybody of that surname whose given names do not contradict."""
    first, second = runs
    around = tokens(text)
    beside = near(around)
    given = printed_given(_without_generation(second.words), text)
    surname = [t for t in first.words if t.plain not in HONORIFICS] or list(first.words)
    options = [surname]
    if len(surname) > 1:  # a maiden name, or "Schuster-Wittek": each half may be the catalogued one
        options += [surname[-1:], surname[:1]]
    found: dict[int, Candidate] = {}
    for i, part in enumerate(options):
        if i and found:
            break
        for c in lookup(
            [t.loose for t in part], [(t.plain, t.loose) for t in part], given, beside, gazetteer
        ):
            if not given or c.given > 0:
                found.setdefault(c.row, _halved(c, surname, part, len(given), gazetteer) if i else c)
    if not found and len(first.words) == 1 and first.words[0].loose in _first_names():
        for c in lookup(  # "Louis, Uhl": set the wrong way round
            [t.loose for t in second.words],
            [(t.plain, t.loose) for t in second.words],
            printed_given(first.words, text),
            beside,
            gazetteer,
            repaired=True,
        ):
            if c.given > 0:
                found.setdefault(c.row, c)
    if not found and repair:
        for c in repairs_of(surname, given, beside, gazetteer):
            found.setdefault(c.row, c)
    if not found:
        return None
    return Mention(around[0].start, around[-1].end, People(found.values()), inverted=True, words=len(around))


def _without_generation(words: Sequence[Token]) -> list[Token]:
    """Given names without "d. J.", "jun." and the like."""
    out: list[Token] = []
    for i, word in enumerate(words):
        letter = word.plain in ("j", "a", "ae") and i and words[i - 1].plain == "d"
        if letter or (word.plain == "d" and i + 1 < len(words) and words[i + 1].plain in ("j", "a", "ae")):
            continue
        if word.plain not in SUFFIXES or len(word.plain) == 1:
            out.append(word)
    return out


def _halved(
    c: Candidate, surname: Sequence[Token], part: Sequence[Token], given: int, gazetteer: Gazetteer
) -> Candidate:
    """A candidate found by half of a double surname: the other half may be another part of the name
    ("Casanova y Estorach", catalogued under "Estorach"), else it is a name he lacks.
    """
    rest = {t.loose for t in surname if t not in part}
    met = 0
    parts = 0
    for name in gazetteer.readings(c.row):
        here = len(rest.intersection(name.given_loose.split(" ")[:-1]))
        if name.label == c.label and here >= met:
            met, parts = here, (name.given + name.surname).count(" ")
    if met < len(rest):
        return c._replace(unmatched=c.unmatched + 1)
    whole = parts == len(surname) + given and c.spelling == 1
    return c._replace(silent=max(c.silent - met, 0), exact=whole and not c.unmatched)


def _repaired(text: str, run: _Run, gazetteer: Gazetteer) -> list[Mention]:
    """A run in which nobody was found, read as given names and a misprinted surname (or a misprinted single
    name).
    """
    words = [t for t in run.words if t.plain not in HONORIFICS]
    if not words or len(words) > 4 or any(t.plain in _NOT_NAMES for t in words):
        return []
    if len(words) == 1 and len(words[0].loose) < 6:
        return []
    given = printed_given(words[:-1], text)
    beside = near(run.all)
    found: dict[int, Candidate] = {}
    for c in repairs_of(words[-1:], given, beside, gazetteer):
        found.setdefault(c.row, c)
    if len(words) == 2 and not found:
        for c in repairs_of(words, [], beside, gazetteer):
            found.setdefault(c.row, c)
    if not found:
        return []
    return [Mention(words[0].start, words[-1].end, People(found.values()), words=len(words))]
