"""Who a printed name may be: persons of the gazetteer whose names it does not contradict.

In go a surname and given names as printed (keys of `enrich.linking.folding`); out come `Candidate`s with how
well each name agrees. Look-ups go through the narrowest index key the given names allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import OSA

from enrich.linking.entries import Reading
from enrich.linking.folding import PARTICLES, Token
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.names import EPITHETS, Agreement, Form, compare_given, may_agree

MAX_CANDIDATES = 60
_ARTICLES = frozenset({"la", "le", "el", "l", "les"})
_TELLING = PARTICLES | set(EPITHETS)

Keys = tuple[str, str]  # plain and loose
Given = tuple[str, str, bool]  # plain, loose, abbreviated (`enrich.linking.names.printed_given`)


class Candidate(NamedTuple):
    """A person a mention may mean, and how well the name agrees (see `enrich.linking.names`)."""

    row: int
    form: Form
    mono: bool  # the whole catalogued name is one word
    spelling: float
    given: float
    unmatched: int
    stray: int  # printed initials that no given name of the label begins with
    silent: int
    generation: int  # 1 the epithets agree, -1 they contradict, 0 unsaid
    article: bool  # a French or Spanish article of the name is missing in print ("Tour" for "La Tour")
    place: bool  # only the place of an "of somewhere" name is printed ("Brescia" for "Moretto da Brescia")
    exact: bool  # every word of the label is printed, spelled alike, and no other
    label: str
    repaired: bool = False


class Near(NamedTuple):
    """What beside and between the words of a name tells of its bearer."""

    generation: int  # 1 the elder, 2 the younger, 0 unsaid
    particles: frozenset[str]


NOTHING = Near(0, frozenset())
NONE_PRINTED = Agreement(
    0.0, 1.0, 0, 0, 0
)  # no given name is printed; how many are silent is not counted here


def near(words: Sequence[Token]) -> Near:
    """What the words of a name and those around it tell.

    >>> from enrich.linking.folding import tokens
    >>> near(tokens("Hans Holbein d. J."))
    Near(generation=2, particles=frozenset({'d'}))
    """
    letters = [t.plain for t in words]
    if _TELLING.isdisjoint(letters):
        return NOTHING
    generation = next((EPITHETS[word] for word in letters if word in EPITHETS), 0)
    for one, two in pairwise(letters):
        if one == "d" and two in ("a", "j", "ae"):
            generation = 2 if two == "j" else 1
    return Near(generation, PARTICLES.intersection(letters))


class Words(NamedTuple):
    """Words sought among catalogued names: as keys, and all plain and all loose keys as a `Reading` has
    them.
    """

    keys: Sequence[Keys]
    plain: str
    loose: str


def words_of(keys: Sequence[Keys]) -> Words:
    """The words with these keys.

    >>> words_of([("van", "van"), ("dyck", "dik")]).loose
    'van dik '
    """
    return Words(keys, "".join([f"{key} " for key, _ in keys]), "".join([f"{lo} " for _, lo in keys]))


def _generation(beside: Near, name: Reading) -> int:
    """Whether "the elder" or the like that is printed agrees with a name (1) or not (-1). Unsaid is 0:
    "Holbein" is neither therefore the Elder nor therefore the Younger.
    """
    return 1 if beside.generation == name.generation else -1


def _unsaid(name: Reading, beside: Near) -> tuple[bool, bool]:
    """Whether none of a name's particles is printed, and whether an article is among them."""
    particles = name.particles.split(" ")
    return beside.particles.isdisjoint(particles), not _ARTICLES.isdisjoint(particles)


def candidate_of(
    row: int,
    form: Form,
    surname: Words,
    given: Sequence[Given],
    beside: Near,
    gazetteer: Gazetteer,
    repaired: bool = False,
) -> Candidate | None:
    """The best reading of one person's labels against a printed surname and given names; None when they
    contradict.
    """
    best: Candidate | None = None
    for name in gazetteer.readings(row):
        if form is Form.GIVEN:
            agreement = _given_alone(name, surname)
            spelling = 1.0
        elif name.surname_loose == surname.loose:
            spelling = 1.0
            if name.surname != surname.plain:
                pairs = zip(surname.keys, name.surname_pairs, strict=True)
                spelling = min(_likeness(a[0], b[0]) for a, b in pairs)
            agreement = compare_given(given, name.given_pairs, name.dropped) if given else NONE_PRINTED
        else:
            continue
        if agreement is None:
            continue
        bare, article = _unsaid(name, beside) if name.particles else (True, False)
        met, alike, unmatched, stray, silent = agreement
        if agreement is NONE_PRINTED:
            silent = name.given.count(" ") + name.dropped
        exact = form is not Form.GIVEN and not (silent or unmatched or stray)
        if exact:
            printed = surname.plain + "".join([f"{key} " for key, _, _ in given])
            exact = sorted((name.given + name.surname).split(" ")) == sorted(printed.split(" "))
        candidate = Candidate(
            row,
            form,
            not name.given,
            spelling if spelling < alike else alike,
            met,
            unmatched,
            stray,
            silent,
            _generation(beside, name) if beside.generation else 0,
            bare and article,
            form is Form.SURNAME and bare and name.particles != "" and name.toponymic,
            exact,
            name.label,
            repaired,
        )
        if best is None or _rank(candidate) > _rank(best):
            best = candidate
    return best


def _given_alone(name: Reading, words: Words) -> Agreement | None:
    """The agreement of a name with printed words that are given names of it and nothing else."""
    pairs = name.given_pairs
    printed = {lo for _, lo in words.keys}
    met = [g for g in pairs if g[1] in printed]
    if len(met) < len(words.keys):
        return None
    likenesses = [_in_tongues(a[0], b[0]) for a, b in zip(words.keys, met, strict=False)]
    return Agreement(0.0, min(likenesses, default=0.0), 0, 0, len(pairs) - len(met))


def _rank(c: Candidate) -> tuple[float, ...]:
    return (c.exact, -c.unmatched, -c.stray, c.given, c.spelling, -c.silent, c.generation)


def _likeness(a: str, b: str) -> float:
    return 1.0 if a == b else OSA.normalized_similarity(a, b)


def _in_tongues(a: str, b: str) -> float:
    """The likeness of two forms of a given name, at least that of a translation ("Raphael", "Raffaello")."""
    return max(0.95, _likeness(a, b))


def lookup(
    keys: Sequence[str],
    surname: Sequence[Keys],
    given: Sequence[Given],
    beside: Near,
    gazetteer: Gazetteer,
    repaired: bool = False,
) -> list[Candidate]:
    """Candidates whose surname is `keys`, through the narrowest index key that the given names allow."""
    tail = " ".join(keys)
    sought = Words(surname, "".join([f"{key} " for key, _ in surname]), f"{tail} ")
    rows: dict[int, Form] = {}
    if len(tail) > 1 and not gazetteer.is_name(tail):
        return []  # every other key of a surname comes with that of the surname alone
    if given and not may_agree(given, gazetteer.given_at(tail)):
        return []  # they contradict all of that surname
    for key, lo, abbreviated in given:
        form = Form.INITIAL if abbreviated else Form.SHORT
        head = lo[0] if abbreviated else lo
        for row, had in gazetteer.names_at(f"{head} {tail}"):
            if had <= Form.INITIAL:
                rows.setdefault(row, form)
        if not abbreviated and not rows:
            for row, had in gazetteer.names_at(f"{lo[0]} {tail}"):
                if had <= Form.INITIAL:
                    rows.setdefault(row, Form.INITIAL)
        if key != lo and not rows:
            for row, _ in gazetteer.names_at(f"{key[0]} {tail}"):
                rows.setdefault(row, Form.INITIAL)
    if not given or not rows:
        for row, had in gazetteer.names_at(tail):
            if had in (Form.SURNAME, Form.FULL) or (had == Form.GIVEN and not given):
                rows.setdefault(row, had)
    chosen = list(rows.items())[:MAX_CANDIDATES]
    found = [candidate_of(row, form, sought, given, beside, gazetteer, repaired) for row, form in chosen]
    return [c for c in found if c is not None]


def bearer(row: int, surname: Words, beside: Near, gazetteer: Gazetteer) -> Candidate | None:
    """`candidate_of` for a surname alone; most persons have one plain name, which needs no more than this."""
    readings = gazetteer.readings(row)
    if len(readings) == 1:
        label, given, _, spelled, loosely, particles, rest = readings[0]
        if given and not particles and loosely == surname.loose and spelled == surname.plain:
            generation = _generation(beside, readings[0]) if beside.generation else 0
            silent = given.count(" ") + int(rest[4:])
            return _PLAIN._replace(row=row, silent=silent, generation=generation, label=label)
    return candidate_of(row, Form.SURNAME, surname, (), beside, gazetteer)


# A surname printed as it is catalogued, by itself.
_PLAIN = Candidate(0, Form.SURNAME, False, 1.0, 0.0, 0, 0, 0, 0, False, False, False, "")


def full_name(row: int, form: Form, part: Words, beside: Near, gazetteer: Gazetteer) -> Candidate | None:
    """A candidate whose whole catalogued name is `part`, or (one word) whose surname or given name it is."""
    if form is Form.SURNAME:
        return bearer(row, part, beside, gazetteer)
    if form is not Form.FULL:
        return candidate_of(row, form, part, (), beside, gazetteer)
    best: Candidate | None = None
    for name in gazetteer.readings(row):
        if name.given_loose + name.surname_loose != part.loose:
            continue
        same = name.given + name.surname == part.plain
        spelling = 1.0
        if not same:
            alike = _likeness if name.given else _in_tongues
            parts = name.given_pairs + name.surname_pairs
            spelling = min(alike(key, k) for (key, _), (k, _) in zip(part.keys, parts, strict=True))
        unsaid, article = _unsaid(name, beside) if name.particles else (True, False)
        candidate = Candidate(
            row,
            Form.FULL,
            not name.given,
            spelling,
            1.0 if name.given else 0.0,
            0,
            0,
            0,
            _generation(beside, name) if beside.generation else 0,
            unsaid and article,
            False,
            same,
            name.label,
        )
        if best is None or _rank(candidate) > _rank(best):
            best = candidate
    return best


# What a reading machine takes for what; a long s for an f.
_CONFUSED = (("rn", "m"), ("in", "m"), ("m", "rn"), ("cl", "d"), ("d", "cl"), ("li", "h"), ("h", "li"),
             ("ii", "u"), ("u", "ii"), ("vv", "v"), ("f", "s"), ("ri", "n"), ("n", "ri"))  # fmt: skip


def _misread(word: str) -> list[str]:
    """A loose key with one pair of letters that scanning confuses set right, in every way.

    >>> "rembrand" in _misread("rernbrand")
    True
    """
    out = []
    for wrong, right in _CONFUSED:
        at = word.find(wrong)
        while at >= 0:
            out.append(word[:at] + right + word[at + len(wrong) :])
            at = word.find(wrong, at + 1)
    return out


def repairs_of(
    surname: Sequence[Token],
    given: Sequence[Given],
    beside: Near,
    gazetteer: Gazetteer,
) -> list[Candidate]:
    """Candidates after setting right one letter, never the first, of one word of the surname (words of four
    letters and more): "Serego" is not "Perego".
    """
    out: list[Candidate] = []
    keys = [t.loose for t in surname]
    options: list[list[str]] = []
    for i, key in enumerate(keys):
        if len(key) < 4:
            continue
        nearby = [*gazetteer.repairs(key), *(w for w in _misread(key) if gazetteer.has_word(w))]
        options += [[*keys[:i], near, *keys[i + 1 :]] for near in nearby if near[0] == key[0]]
    joined = "".join(keys)
    if len(keys) > 1 and gazetteer.has_word(joined):
        options.append([joined])
    for option in options[:24]:
        pairs = (
            [(t.plain, key) for t, key in zip(surname, option, strict=True)]
            if len(option) == len(surname)
            else [("".join(t.plain for t in surname), option[0])]
        )
        found = lookup(option, pairs, given, beside, gazetteer, repaired=True)
        out += [c for c in found if not given or c.given > 0]
    return out
