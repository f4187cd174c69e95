"""Finding persons' names in a text: where a name of the gazetteer may stand, and who it may be.

In goes a text and a gazetteer; out come `Mention`s with their candidates. Runs of capitalised words are
looked up form by form in the index (exact automaton); given names beside a surname must not contradict the
candidate's; only a run that yields nobody is repaired letter by letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from enrich.linking.folding import PARTICLES, Token, given_names, skeleton, tokens, word_list
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.names import EPITHETS, HONORIFICS, SUFFIXES, Form, Name, compare_given, printed_given

_STRONG = frozenset('.;:!?|\n()[]—–«»„“”"')
MAX_CANDIDATES = 60
_BESIDE = PARTICLES | SUFFIXES | HONORIFICS | {"j", "ae", "a"}  # what may stand beside an inverted name
_NOT_NAMES = word_list("not_names")
_ABBREVIATED = word_list("abbreviations")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person a mention may mean, and how well the name agrees (see `enrich.linking.names`)."""

    row: int
    form: Form
    mono: bool  # the whole catalogued name is one word
    spelling: float
    given: float
    unmatched: int
    silent: int
    generation: int  # 1 the epithets agree, -1 they contradict, 0 unsaid
    article: bool  # a French or Spanish article of the name is missing in print ("Tour" for "La Tour")
    place: bool  # only the place of an "of somewhere" name is printed ("Brescia" for "Moretto da Brescia")
    exact: bool  # every word of the label is printed, spelled alike, and no other
    label: str
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that may name a person: `text[start:end]`, as read inverted or not, with
    candidates.
    """

    start: int
    end: int
    candidates: tuple[Candidate, ...]
    inverted: bool = False
    possessive: bool = False
    words: int = 1


@dataclass(frozen=True, slots=True)
class _Run:
    """Consecutive capitalised words without punctuation between; `all` are its tokens, `words` those
    without particles.
    """

    all: tuple[Token, ...]
    words: tuple[Token, ...]


def find(text: str, gazetteer: Gazetteer, repair: bool = True, whole: bool = False) -> list[Mention]:
    """Mentions in reading order, none overlapping another.

    `whole` says that the text is a name and nothing else (a column of names): then "Surname, Given" is read
    as such even when nobody is found. `repair` allows misprints where nothing fits exactly.
    """
    runs = _runs(text, tokens(text))
    if len(runs) == 2 and _inverted_name(text, runs):
        mention = _inverted(text, runs, gazetteer, repair)
        return [mention] if mention else []
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


def _generation(words: Sequence[Token], name: Name) -> int:
    printed = next((EPITHETS[t.plain] for t in words if t.plain in EPITHETS), 0)
    letters = [t.plain for t in words]
    for i in range(len(letters) - 1):
        if letters[i] == "d" and letters[i + 1] in ("a", "j", "ae"):
            printed = 2 if letters[i + 1] == "j" else 1
    if not printed and not name.generation:
        return 0
    if not printed:
        return -1 if name.generation == 2 else 0
    return 1 if printed == name.generation else -1


def _candidate(
    row: int,
    form: Form,
    surname: Sequence[tuple[str, str]],
    given: Sequence[tuple[str, str, bool]],
    around: Sequence[Token],
    gazetteer: Gazetteer,
    repaired: bool = False,
) -> Candidate | None:
    """The best reading of one person's labels against a printed surname and given names; None when they
    contradict.
    """
    best: Candidate | None = None
    keys = [lo for _, lo in surname]
    for name, label in gazetteer.entry(row).names:
        wanted = [lo for _, lo in name.surname]
        if form == Form.GIVEN:
            met = [g for g in name.given if g[1] in keys]
            if len(met) < len(keys):
                continue
            spelling = min((_likeness(a[0], b[0]) for a, b in zip(surname, met, strict=False)), default=0.0)
            agreement: tuple[float, float, int, int] | None = (0.0, spelling, 0, len(name.given) - len(met))
        elif wanted == keys:
            spelling = min(_likeness(a[0], b[0]) for a, b in zip(surname, name.surname, strict=True))
            agreement = compare_given(given, name)
        else:
            continue
        if agreement is None:
            continue
        share, likeness, unmatched, silent = agreement
        article = any(p in ("la", "le", "el", "l", "les") for p in name.particles) and not any(
            t.plain in name.particles for t in around
        )
        candidate = Candidate(
            row,
            form,
            not name.given,
            min(spelling, likeness),
            share,
            unmatched,
            silent,
            _generation(around, name),
            article,
            form == Form.SURNAME and name.toponymic and not any(t.plain in name.particles for t in around),
            form != Form.GIVEN
            and not silent
            and not unmatched
            and sorted(k for k, _ in name.parts)
            == sorted([k for k, _ in surname] + [k for k, _, _ in given]),
            label,
            repaired,
        )
        if best is None or _rank(candidate) > _rank(best):
            best = candidate
    return best


def _rank(c: Candidate) -> tuple[float, ...]:
    return (c.exact, -c.unmatched, c.given, c.spelling, -c.silent, c.generation)


def _likeness(a: str, b: str) -> float:
    return 1.0 if a == b else OSA.normalized_similarity(a, b)


def _lookup(
    keys: Sequence[str],
    surname: Sequence[tuple[str, str]],
    given: Sequence[tuple[str, str, bool]],
    around: Sequence[Token],
    gazetteer: Gazetteer,
    repaired: bool = False,
) -> list[Candidate]:
    """Candidates whose surname is `keys`, through the narrowest index key that the given names allow."""
    tail = " ".join(keys)
    rows: dict[int, Form] = {}
    for key, lo, abbreviated in given:
        form = Form.INITIAL if abbreviated else Form.SHORT
        head = lo[0] if abbreviated else lo
        for row, found in gazetteer.names_at(f"{head} {tail}"):
            if found <= Form.INITIAL:
                rows.setdefault(row, form)
        if not abbreviated and not rows:
            for row, found in gazetteer.names_at(f"{lo[0]} {tail}"):
                if found <= Form.INITIAL:
                    rows.setdefault(row, Form.INITIAL)
        if key != lo and not rows:
            for row, _ in gazetteer.names_at(f"{key[0]} {tail}"):
                rows.setdefault(row, Form.INITIAL)
    if not given or not rows:
        for row, found in gazetteer.names_at(tail):
            if found in (Form.SURNAME, Form.FULL) or (found == Form.GIVEN and not given):
                rows.setdefault(row, found)
    chosen = list(rows.items())
    if len(chosen) > MAX_CANDIDATES:
        chosen = sorted(chosen, key=lambda c: -float(gazetteer.prominence[c[0]]))[:MAX_CANDIDATES]
    found_ones = (_candidate(row, form, surname, given, around, gazetteer, repaired) for row, form in chosen)
    return [c for c in found_ones if c is not None]


def _in_run(text: str, run: _Run, gazetteer: Gazetteer) -> list[Mention]:
    """Names inside a run of capitalised words, the longest and leftmost first."""
    words = run.words
    out: list[Mention] = []
    i = 0
    while i < len(words):
        end = 0
        best: Mention | None = None
        if not _initial(text, words[i]) and (
            words[i].plain in _NOT_NAMES or words[i].plain in HONORIFICS or words[i].plain in SUFFIXES
        ):
            i += 1
            continue
        for length in range(min(5, len(words) - i), 0, -1):
            part = words[i : i + length]
            mention = _reading(text, run, part, gazetteer)
            if mention is not None:
                best, end = mention, i + length
                break
        if best is not None:
            out.append(best)
            i = end
        else:
            i += 1
    return out


def _reading(text: str, run: _Run, part: Sequence[Token], gazetteer: Gazetteer) -> Mention | None:
    """`part` read as one name: given names first, the last one or two words the surname; or all of it one
    name.
    """
    around = [t for t in run.all if part[0].start - 12 <= t.start <= part[-1].end + 12]
    found: dict[int, Candidate] = {}
    possessive = False
    last = part[-1]
    whole = " ".join(t.loose for t in part)
    full = gazetteer.names_at(whole)
    surname = [(t.plain, t.loose) for t in part]
    for row, form in full:
        if form == Form.FULL or len(part) == 1 or form == Form.GIVEN:
            candidate = _full(row, form, part, around, gazetteer)
            if candidate is not None:
                found[row] = candidate
        if len(found) >= MAX_CANDIDATES:
            break
    if len(part) > 1:
        given = printed_given(part[:-1], text)
        for cut in (len(part) - 1, len(part) - 2):
            if cut < 1:
                break
            given = printed_given(part[:cut], text)
            keys = part[cut:]
            if not given:
                continue
            if any(k.plain in _NOT_NAMES for k in keys) or len(keys[-1].plain) < 3:
                continue
            for candidate in _lookup(
                [t.loose for t in keys], [(t.plain, t.loose) for t in keys], given, around, gazetteer
            ):
                before = found.get(candidate.row)
                if candidate.given > 0 and (before is None or before.spelling < candidate.spelling - 0.1):
                    found[candidate.row] = candidate
    if not found and len(part) == 1 and last.loose.endswith("s") and len(last.loose) > 4:
        key = last.loose[:-1] if not last.plain.endswith("ss") else last.loose
        for row, form in gazetteer.names_at(key):
            plainer = last.plain[:-1]
            candidate = _candidate(row, form, [(plainer, key)], [], around, gazetteer)
            if candidate is not None:
                found[row] = candidate
                possessive = True
            if len(found) >= MAX_CANDIDATES:
                break
    if not found:
        return None
    del surname
    possessive = possessive or text[last.end : last.end + 2] in ("'s", "’s")
    return Mention(part[0].start, last.end, tuple(found.values()), possessive=possessive, words=len(part))


def _full(
    row: int, form: Form, part: Sequence[Token], around: Sequence[Token], gazetteer: Gazetteer
) -> Candidate | None:
    """A candidate whose whole catalogued name is `part`, or (one word) whose surname or given name it is."""
    if form != Form.FULL:
        return _candidate(row, form, [(t.plain, t.loose) for t in part], [], around, gazetteer)
    best: Candidate | None = None
    keys = [t.loose for t in part]
    for name, label in gazetteer.entry(row).names:
        if [lo for _, lo in name.parts] != keys:
            continue
        spelling = min(_likeness(t.plain, k) for t, (k, _) in zip(part, name.parts, strict=True))
        candidate = Candidate(
            row,
            Form.FULL,
            not name.given,
            spelling,
            1.0 if name.given else 0.0,
            0,
            0,
            _generation(around, name),
            False,
            False,
            [k for k, _ in name.parts] == [t.plain for t in part],
            label,
        )
        article = any(p in ("la", "le", "el", "l", "les") for p in name.particles)
        if article and not any(t.plain in name.particles for t in around):
            candidate = replace(candidate, article=True)
        if best is None or _rank(candidate) > _rank(best):
            best = candidate
    return best


def _inverted(text: str, runs: Sequence[_Run], gazetteer: Gazetteer, repair: bool) -> Mention | None:
    """A text that is "Surname, Given": everybody of that surname whose given names do not contradict."""
    first, second = runs
    around = tokens(text)
    given = printed_given(second.words, text)
    surname = [t for t in first.words if t.plain not in HONORIFICS] or list(first.words)
    options = [surname]
    if len(surname) > 1:  # a maiden name, or "Schuster-Wittek": each half may be the catalogued one
        options += [surname[-1:], surname[:1]]
    found: dict[int, Candidate] = {}
    for i, part in enumerate(options):
        if i and found:
            break
        for c in _lookup(
            [t.loose for t in part], [(t.plain, t.loose) for t in part], given, around, gazetteer
        ):
            if not given or c.given > 0:
                found.setdefault(c.row, c if not i else replace(c, unmatched=c.unmatched + 1))
    if not found and repair:
        for c in _repairs_of(surname, given, around, gazetteer):
            found.setdefault(c.row, c)
    if not found:
        return None
    return Mention(
        first.all[0].start, second.all[-1].end, tuple(found.values()), inverted=True, words=len(around)
    )


def _repairs_of(
    surname: Sequence[Token],
    given: Sequence[tuple[str, str, bool]],
    around: Sequence[Token],
    gazetteer: Gazetteer,
) -> list[Candidate]:
    """Candidates after setting right one letter of one word of the surname (words of four letters and
    more).
    """
    out: list[Candidate] = []
    keys = [t.loose for t in surname]
    options: list[list[str]] = []
    for i, key in enumerate(keys):
        if len(key) < 4:
            continue
        options += [[*keys[:i], near, *keys[i + 1 :]] for near in gazetteer.repairs(key)]
    joined = "".join(keys)
    if len(keys) > 1 and gazetteer.has_word(joined):
        options.append([joined])
    for option in options[:24]:
        pairs = (
            [(t.plain, key) for t, key in zip(surname, option, strict=True)]
            if len(option) == len(surname)
            else [("".join(t.plain for t in surname), option[0])]
        )
        found = _lookup(option, pairs, given, around, gazetteer, repaired=True)
        out += [c for c in found if not given or c.given > 0]
    return out


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
    found: dict[int, Candidate] = {}
    for c in _repairs_of(words[-1:], given, run.all, gazetteer):
        found.setdefault(c.row, c)
    if len(words) == 2 and not found:
        for c in _repairs_of(words, [], run.all, gazetteer):
            found.setdefault(c.row, c)
    if not found:
        return []
    return [Mention(words[0].start, words[-1].end, tuple(found.values()), words=len(words))]
