"""What else than its title speaks for or against a work: technique, date, owner, inventory number.

In go a work that a caption may show and the caption's reading; out come named features for the decision
model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from enrich.linking.artists import BEFORE_COMMA
from enrich.linking.captions import Reading, is_study
from enrich.linking.caseless import Caseless
from enrich.linking.folding import PARTICLES, tokens
from enrich.linking.gazetteer import Entry, Gazetteer
from enrich.linking.media import cut, drawn, painted, sketched
from enrich.linking.names import parse
from enrich.linking.request import Request
from enrich.linking.titles import notions

if TYPE_CHECKING:
    from enrich.linking.works import Sight, Title

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


@dataclass(frozen=True, slots=True)
class Surroundings:
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


def surroundings(reading: Reading, request: Request) -> Surroundings:
    text = reading.text
    printed = [t.plain for t in tokens(text[reading.start :])]
    owner = " ".join(text[s.start : s.end] for s in reading.segments if s.role == "owner")
    technique = " ".join(text[s.start : s.end] for s in reading.segments if s.role in ("technique", "text"))
    return Surroundings(
        frozenset((*printed, *map("".join, pairwise(printed)))),
        frozenset(notions(printed)),
        frozenset(w for w in notions([t.plain for t in tokens(owner)]) if len(w) > 4),
        float(drawn(technique)),
        request.maker is not None,
        float(sketched(technique)),
        float(cut(technique)),
        frozenset(map(int, _YEARS.findall(f"{request.heading}\n{request.text}"))),
    )


def work_evidence(
    sight: Sight,
    around: Surroundings,
    reading: Reading,
    gazetteer: Gazetteer,
    claimed: Mapping[int, float],
) -> dict[str, float]:
    """What else than its title speaks for or against a work: technique, date, owner, how its maker is named.

    `claimed`: rows of works that other captions of the source name better, with their probabilities.
    """
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


def _maker_printed(entry: Entry, around: Surroundings, gazetteer: Gazetteer) -> bool:
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


def _holder(entry: Entry, around: Surroundings, gazetteer: Gazetteer) -> dict[str, float]:
    """Whether the owner or place printed agrees with a holder of the work, and the inventory number with
    its.
    """
    out: dict[str, float] = {}
    for name, value in entry.facts:
        if name == "inventoryNumber" and len(value) > 2 and _plain_number(value) in around.printed:
            out["inventory"] = 1.0
    if any(around.places & words for words, _ in entry.titles):
        out["owner-in-title"] = 1.0
    held = [gazetteer.entry(r) for i in entry.holders if (r := gazetteer.row_of(i)) is not None]
    if any(_place_words(label) & around.words for holder in held for label, _, _ in holder.labels):
        out["holder"] = 1.0
    elif held and around.places:
        out["holder-contradicts"] = 1.0
    return out


def _plain_number(text: str) -> str:
    """An inventory number without blanks, points and case."""
    return re.sub(r"[\s.]", "", text).lower()
