"""Which work is shown: works of the likely artists, and works of exactly that title, with the evidence for
each.

In goes a reading and the likely artists; out come works with named features for the decision model. A work
made after the printing is left out here and never comes back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from enrich.linking.artists import BEFORE_COMMA, NO_TITLE, Suspect
from enrich.linking.captions import Reading, is_study
from enrich.linking.caseless import Caseless
from enrich.linking.folding import PARTICLES, loose, tokens, word_list
from enrich.linking.gazetteer import Entry, Gazetteer
from enrich.linking.media import cut, drawn, painted, sketched
from enrich.linking.names import parse
from enrich.linking.records import ARTWORK
from enrich.linking.request import Request
from enrich.linking.shelves import Shelves, likeness
from enrich.linking.titles import notions

_GENERIC = word_list("generic_titles")
_LIKENED = Caseless(
    r"\b(?:[äa]hnlich|vergleiche|vgl\.|compare|similar to|recall(?:s|ing)|reminiscent|erinner(?:t|nd) an|"
    r"semblable|pendant|gegenst[üu]ck|companion)\b"
)
_YEARS = re.compile(r"(?<!\d)1[0-9]\d\d(?!\d)")
_PART = Caseless(
    r"\b(?:detail|teil|ausschnitt|kopf aus|gruppe aus|aus (?:dem|der|den)|part of|"
    r"from the|studie[n]? (?:zu|für)|study for|studies for|sketch for|skizze zu|"
    r"entwurf zu|d[ée]tail|fl[üu]gel|mittelbild|predella)\b"
)

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
        self._around: _Surroundings | None = None
        # What `works_of` found for a maker and titles: row, title, title met, features.
        self.works: dict[tuple[int, tuple[Title, ...]], list[tuple[int, Title, str, dict[str, float]]]] = {}

    def around(self, request: Request) -> _Surroundings:
        """What all works that a request's caption may show are judged by; always the same request but for
        its company.
        """
        if self._around is None:
            self._around = _surroundings(self._reading, request)
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
        sight.features |= _evidence(sight, titles.around(request), reading, gazetteer, claimed)
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


def _evidence(
    sight: Sight,
    around: _Surroundings,
    reading: Reading,
    gazetteer: Gazetteer,
    claimed: Mapping[int, float],
) -> dict[str, float]:
    """What else speaks for or against a work: technique, date, owner, how its maker is named."""
    entry = gazetteer.entry(sight.row)
    maker, option = sight.maker, sight.title
    by_brush = float(any(painted(d) for d, _ in entry.descriptions))
    features = {
        "artist-silent": float(maker is None),
        "likened": float(bool(_LIKENED.search(reading.text[max(0, option.start - 30) : option.end + 12]))),
        "creator-stated": float(entry.creators_stated),
        "drawn": around.drawn,
        # a study is a drawing of which a painting is spoken of
        "drawn-painting": around.sketched * by_brush * (not is_study(reading.text, option.start, option.end)),
        "cut-painting": around.cut * by_brush,
        "part": float(bool(_PART.search(reading.text[: option.end + 20]))),
        "first": float(option.start <= reading.segments[0].end) if reading.segments else 0.0,
        "subject-role": float(maker is not None and maker.role == "subject"),
        "lead-role": float(maker is not None and maker.role in ("lead", "by", "signed", *BEFORE_COMMA)),
        "qualified": float(maker is not None and bool(maker.qualifier)),
    }
    part = features["part"] or sight.features["exact"] or sight.features["exact-part"]
    features["claimed"] = 0.0 if part else claimed.get(sight.row, 0.0)
    features |= _dates(entry, reading, sight) | _holder(entry, around, gazetteer)
    if maker is None:
        named = _maker_printed(entry, around, gazetteer)
        agrees = features.get("holder") or features.get("inventory") or features.get("date-agrees")
        features["maker-printed"] = float(named)
        features["silent-alone"] = float(not named and not agrees)
        features["silent-generic"] = float(bool(sight.features["generic"]) and not named)
        before = around.recorded or _name_before(reading, option)
        features["silent-lead"] = float(not named and before)
    else:
        own = gazetteer.entry(maker.row).item
        how = next((how for item, how in entry.qualified if item == own), "")
        features["maker-agrees"] = float(bool(how) and how == maker.qualifier)
        features["maker-doubted"] = float(bool(how) and how != maker.qualifier)
    if around.text_years and entry.made is not None:
        features["text-year"] = float(entry.made in around.text_years)
    return features


def _maker_printed(entry: Entry, around: _Surroundings, gazetteer: Gazetteer) -> bool:
    """Whether a work's maker is named in the caption, though no artist was found in it."""
    rows = (gazetteer.row_of(item) for item in entry.creators)
    names = [n for row in rows if row is not None for n, _ in gazetteer.entry(row).names]
    names += parse(entry.described_maker) if entry.described_maker else ()
    surnames = [[key for key, _ in name.surname] for name in names]
    return any(all(key in around.printed and len(key) > 2 for key in keys) for keys in surnames)


def _name_before(reading: Reading, option: Title) -> bool:
    """Whether what precedes the title looks like somebody's name: one to four words, all with capitals."""
    for segment in reading.segments:
        if segment.role == "text" and segment.end <= option.start:
            words = [t for t in tokens(reading.text[segment.start : segment.end]) if t.plain not in PARTICLES]
            if 0 < len(words) <= 4 and all(t.printed[0].isupper() for t in words):
                return True
    return False


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What of a caption all its works are judged by: the words, those of the owner, whether it speaks of a
    drawing.
    """

    printed: frozenset[str]
    words: frozenset[str]
    places: frozenset[str]
    drawn: float
    recorded: bool  # a museum's record names the maker
    sketched: float  # speaks of a drawing or a study
    cut: float  # speaks of a print, not of one after a painting
    text_years: frozenset[int]  # named in the heading and the text printed near


def _surroundings(reading: Reading, request: Request) -> _Surroundings:
    text = reading.text
    printed = [t.plain for t in tokens(text[reading.start :])]
    owner = " ".join(text[s.start : s.end] for s in reading.segments if s.role == "owner")
    technique = " ".join(text[s.start : s.end] for s in reading.segments if s.role in ("technique", "text"))
    return _Surroundings(
        frozenset((*printed, *map("".join, pairwise(printed)))),
        frozenset(notions(printed)),
        frozenset(w for w in notions([t.plain for t in tokens(owner)]) if len(w) > 4),
        float(drawn(technique)),
        request.maker is not None,
        float(sketched(technique)),
        float(cut(technique)),
        frozenset(map(int, _YEARS.findall(f"{request.heading}\n{request.text}"))),
    )


def _dates(entry: Entry, reading: Reading, sight: Sight) -> dict[str, float]:
    if not reading.years or entry.made is None:
        return {"date-unknown": 1.0}
    distance = min(max(first - entry.made, entry.made - last, 0) for _, first, last in reading.years)
    titled = sight.features["exact"] and not sight.features["generic"]
    return {
        "date-agrees": 1.0
        if not distance
        else 0.8
        if distance == 1
        else 0.5
        if distance <= 3
        else 0.2
        if distance <= 8
        else 0.0,
        "date-contradicts": float(distance > 12),
        "another-year": float(distance > 1 and not titled),
    }


@lru_cache(maxsize=8192)
def _place_words(label: str) -> frozenset[str]:
    dull = {
        "museum",
        "of",
        "the",
        "art",
        "arts",
        "national",
        "galerie",
        "gallery",
        "fine",
        "institut",
        "collect",
        "staatlich",
    }
    return frozenset(w for w in notions([t.plain for t in tokens(label)]) if w not in dull and len(w) > 3)


def _holder(entry: Entry, around: _Surroundings, gazetteer: Gazetteer) -> dict[str, float]:
    """Whether the owner or place printed agrees with a holder of the work, and the inventory number with
    its.
    """
    out: dict[str, float] = {}
    for name, value in entry.facts:
        if name == "inventoryNumber" and len(value) > 2 and plain_number(value) in around.printed:
            out["inventory"] = 1.0
    if any(around.places & words for words, _ in entry.titles):
        out["owner-in-title"] = 1.0
    held = [gazetteer.entry(r) for i in entry.holders if (r := gazetteer.row_of(i)) is not None]
    if any(_place_words(label) & around.words for holder in held for label, _, _ in holder.labels):
        out["holder"] = 1.0
    elif held and around.places:
        out["holder-contradicts"] = 1.0
    return out


def plain_number(text: str) -> str:
    """An inventory number without blanks, points and case."""
    return re.sub(r"[\s.]", "", text).lower()
