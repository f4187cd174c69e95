"""Which work is shown: works of the likely artists, and works of exactly that title, with the evidence for
each.

In goes a reading and the likely artists; out come works with named features for the decision model. A work
made after the printing is left out here and never comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from enrich.linking.artists import NO_TITLE, Suspect
from enrich.linking.captions import Reading
from enrich.linking.folding import loose, tokens, word_list
from enrich.linking.gazetteer import Entry, Gazetteer
from enrich.linking.records import ARTWORK
from enrich.linking.request import Request
from enrich.linking.shelves import Shelves, likeness
from enrich.linking.titles import notions
from enrich.linking.workevidence import Surroundings, surroundings, work_evidence

_GENERIC = word_list("generic_titles")

# How telling (`Shelves.weight`) the words are that two titles share: up to here they say little, from here on
# they say which work is meant.
FAINT, SAYING = 7.0, 13.0


class Title(NamedTuple):
    """A stretch of the caption that may be the title, with its words as notions."""

    start: int
    end: int
    words: tuple[str, ...]


@dataclass(slots=True)
class Sight:
    """A work the caption may show, with the evidence gathered."""

    row: int
    title: Title
    matched: str
    maker: Suspect | None
    features: dict[str, float]

    @property
    def support(self) -> float:
        """How far the title speaks for its maker: a title that many works bear says little."""
        f = self.features
        return f["f"] * (1 - 0.5 * f["generic"]) * min(1.0, f["telling"] * 3)


class Titles:
    """The stretches of a caption that may be its title; taken apart once for all its makers."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._words: list[tuple[bool, list[tuple[int, int, str]]]] = []  # per segment; whether it may begin
        for segment in reading.segments[:7]:
            if segment.role not in ("credit", "date"):
                here = segment.start
                found = tokens(reading.text[here : segment.end])
                words = [(t.start + here, t.end + here, t.plain) for t in found]
                self._words.append((segment.role not in ("owner", "technique"), words))
        self._kept: dict[frozenset[tuple[int, int]], tuple[Title, ...]] = {}
        self._around: Surroundings | None = None
        # What `works_of` found for a maker and titles: row, title, title met, features.
        self.works: dict[tuple[int, tuple[Title, ...]], list[tuple[int, Title, str, dict[str, float]]]] = {}

    def around(self, request: Request) -> Surroundings:
        """What all works that a request's caption may show are judged by; always the same request but for
        its company.
        """
        if self._around is None:
            self._around = surroundings(self._reading, request)
        return self._around

    def without(self, makers: Sequence[Suspect]) -> tuple[Title, ...]:
        """Text segments without the makers' names, alone and with the next one."""
        taken = frozenset(
            [(s.mention.start, s.mention.end) for s in makers if s.field == "caption" and s.role in NO_TITLE]
        )
        kept = self._kept.get(taken)
        if kept is None:
            kept = self._kept[taken] = self._found(taken)
        return kept

    def _found(self, taken: frozenset[tuple[int, int]]) -> tuple[Title, ...]:
        parts: list[list[tuple[int, int, str]]] = []
        for opens, words in self._words:
            if parts and not opens:
                continue
            for a, b in taken:
                words = [w for w in words if not a <= w[0] < b]
            if words:
                parts.append(words[:16])
            if len(parts) >= 4:
                break
        out: list[Title] = []
        for i, words in enumerate(parts):
            out.append(_title(words))
            if i + 1 < len(parts) and i < 2 and len(words) + len(parts[i + 1]) <= 14:
                out.append(_title(words + parts[i + 1]))
            comma = _before_comma(self._reading.text, words)
            if comma is not None:
                out.append(_title(comma))
        return tuple([t for t in out if t.words])


def _of_himself(title: Title, own: set[str]) -> Title:
    """A "portrait of Goya" among Goya's works is his self-portrait."""
    named = [w for w in title.words if loose(w) in own]
    if not named or not ({"portrait", "selfportrait"} & set(title.words)):
        return title
    rest = [w for w in title.words if w not in named and w not in ("portrait", "selfportrait")]
    return Title(title.start, title.end, ("selfportrait", *rest))


def _title(words: Sequence[tuple[int, int, str]]) -> Title:
    kept = tuple([w for _, _, w in words if not (len(w) == 4 and w.isdecimal())])
    return Title(words[0][0], words[-1][1], notions(kept) if kept else ())


def _before_comma(text: str, words: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]] | None:
    for i in range(1, len(words)):
        between = text[words[i - 1][1] : words[i][0]]
        owner = words[i][2] in ("in", "im") or between.strip() in (",", "(")
        if owner:
            return list(words[:i])
    return None


def works_of(
    maker: Suspect, titles: Titles, options: tuple[Title, ...], request: Request, shelves: Shelves
) -> list[Sight]:
    """Works of one artist that a caption's titles may mean; found once, whatever the caption's company."""
    kept = titles.works.get((maker.row, options))
    if kept is None:
        found = _on_shelf(maker, options, request, shelves)
        titles.works[maker.row, options] = [(s.row, s.title, s.matched, dict(s.features)) for s in found]
        return found
    return [Sight(row, title, matched, maker, dict(features)) for row, title, matched, features in kept]


def _on_shelf(maker: Suspect, options: Sequence[Title], request: Request, shelves: Shelves) -> list[Sight]:
    gazetteer = shelves.gazetteer
    entry = gazetteer.entry(maker.row)
    shelf = shelves.of(entry.item)
    if not shelf.titles:
        return []
    found: dict[int, Sight] = {}
    own = {lo for name, _ in entry.names for _, lo in name.surname}
    for given in options:
        option = _of_himself(given, own)
        numbers: set[int] = set()
        for word in option.words:
            key = loose(word)
            if len(key) > 3 and any(name.startswith(key) for name in own):
                continue  # his name in a title ("Three saints, fresco by Ghirlandaio") tells nothing
            hits = shelf.by_word.get(word)
            if hits is not None:
                numbers.update(hits)
            elif len(word) > 5:
                numbers.update(shelves.near(entry.item, word))
        for number in numbers:
            row, words, title = shelf.titles[number]
            _consider(found, row, option, words, title, maker, request, shelves)
    return sorted(found.values(), key=lambda s: (-s.features["f"], s.row))[:12]


def sights(
    request: Request,
    reading: Reading,
    makers: Sequence[tuple[Suspect, float]],
    titles: Titles,
    options: tuple[Title, ...],
    by_maker: dict[int, list[Sight]],
    shelves: Shelves,
) -> list[Sight]:
    """Works the caption may show. `makers` are the likely artists with their probability, the likeliest
    first; `by_maker` holds what `works_of` found for them already.
    """
    gazetteer = shelves.gazetteer
    found: dict[int, Sight] = {}
    for maker, sure in makers[:4]:
        if maker.row not in by_maker:
            by_maker[maker.row] = works_of(maker, titles, options, request, shelves)
        for sight in by_maker[maker.row]:
            sight.features["artist-sure"] = sure
            before = found.get(sight.row)
            if before is None or before.features["f"] < sight.features["f"]:
                found[sight.row] = sight
    if not any(sure > 0.5 for _, sure in makers):
        for option in options:
            if len(option.words) < 2:
                continue
            for row in gazetteer.titled(option.words)[:20]:
                words = frozenset(option.words)
                entry = gazetteer.entry(row)
                title = next((t for w, t in entry.titles if w == words), entry.label)
                _consider(found, row, option, words, title, None, request, shelves)
    sightings = sorted(found.values(), key=lambda s: (-s.features["f"], s.row))[:12]
    claimed = dict(request.claimed)
    for sight in sightings:
        sight.features |= work_evidence(sight, titles.around(request), reading, gazetteer, claimed)
    for sight, firm in [(s, _firm(s)) for s in sightings]:  # a work made in another year is no rival
        others = [o.features["f"] for o in sightings if o is not sight and firm - _firm(o) < 0.4]
        sight.features["margin"] = sight.features["f"] - max(others, default=0.0)
        sight.features["rivals"] = float(min(sum(o >= sight.features["f"] - 0.02 for o in others), 4)) / 4
    best = max((s.features.get("date-agrees", 0.0) for s in sightings), default=0.0)
    for sight in sightings:
        if "date-agrees" in sight.features:  # another work as like was made in the very year printed
            sight.features["date-worse"] = best - sight.features["date-agrees"]
            sight.features["generic-worse"] = sight.features["date-worse"] * sight.features["generic"]
        if sight.maker is None and request.text and not request.title:
            sight.features["silent-passage"] = 1.0
    return sightings


def _firm(sight: Sight) -> float:
    """How much else than the title speaks for a work: its year, its owner, its number."""
    f = sight.features
    return sum([f.get(name, 0.0) for name in ("date-agrees", "holder", "owner-in-title", "inventory")])


def by_sight(
    found: list[Sight], people: Sequence[tuple[Suspect, float]], request: Request, gazetteer: Gazetteer
) -> list[Sight]:
    """The works found by the caption weighed by what the picture repeats, and what only the picture tells."""
    chances = {row: p for item, p in request.seen if (row := gazetteer.row_of(item)) is not None}
    surest = max(chances.values(), default=0.0)
    for sight in found:
        if sight.row in chances:
            sight.features["sight"] = chances[sight.row]
        elif surest:
            sight.features["sight-contradicts"] = surest
    known = {s.row for s in found}
    makers = {gazetteer.entry(s.row).item: s for s, _ in reversed(people)}
    for row, chance in chances.items():
        entry = gazetteer.entry(row)
        late = request.year is not None and entry.made is not None and entry.made > request.year
        if row in known or late or entry.kind != ARTWORK:
            continue
        maker = next((makers[item] for item in entry.creators if item in makers), None)
        features = {"f": 0.0, "exact": 0.0, "generic": 0.0, "telling": 0.0, "sight": chance}
        found.append(Sight(row, Title(0, 0, ()), entry.label, maker, features))
    return found


def _consider(
    found: dict[int, Sight],
    row: int,
    option: Title,
    words: frozenset[str],
    title: str,
    maker: Suspect | None,
    request: Request,
    shelves: Shelves,
) -> None:
    entry = shelves.gazetteer.entry(row)
    if request.year is not None and entry.made is not None and entry.made > request.year:
        return
    of_title, of_print = likeness(option.words, words, shelves)
    if of_title + of_print < 0.6:
        return
    f = 2 * of_title * of_print / (of_title + of_print)
    before = found.get(row)
    if before is not None and before.features["f"] >= f:
        return
    met = [w for w in option.words if w in words]
    telling = sum([shelves.weight(w) for w in met])
    faint = min(max((SAYING - telling) / (SAYING - FAINT), 0.0), 1.0)
    features = {
        "f": f,
        "of-title": of_title,
        "of-print": of_print,
        "exact": float(set(option.words) == words and _entire(entry, words)),
        "exact-part": float(set(option.words) == words and not _entire(entry, words)),
        "one-word": float(len(met) == 1 and len(words | set(option.words)) > 1),
        "telling": min(telling, 24.0) / 24,
        "faint": faint,
        "generic": float(all(w in _GENERIC for w in words)),
    }
    found[row] = Sight(row, option, title, maker, features)


def _entire(entry: Entry, words: frozenset[str]) -> bool:
    return any(words == whole for whole, _ in entry.titles)
