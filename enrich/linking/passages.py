"""A name in running text: what stands beside it there, and what the text around tells of who is meant.

In goes a request whose caption is a mention and whose text is the passage it was taken from; out come
features for each person it may mean. "Andrea" is another man where the passage goes on "… del Castagno", a
saint or a duke is not the painter of his name, a year in the passage lies in somebody's life, and artists
named in full beside him are of his age.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

from enrich.linking.folding import PARTICLES, Token, tokens, word_list
from enrich.linking.gazetteer import Entry, Gazetteer
from enrich.linking.mentions import Mention, find
from enrich.linking.names import HONORIFICS, Form
from enrich.linking.request import Request

_RULER = re.compile(
    r"\b(?:pope|king|queen|emperor|empress|duke|duchess|prince|princess|cardinal|bishop|archbishop|saint|"
    r"count|countess|signor|lord|lady|captain|general|magnificent|papst|k[öo]nig|kaiser|herzog|kardinal|heilige[rn]?|"
    r"pape|roi|reine|duc|empereur|sainte?|(?:st|ss?|hl)\.?)(?:\s+the)?\s*$",
    re.IGNORECASE,
)
_ARTIST = re.compile(
    r"\b(?:painters?|sculptors?|architects?|engravers?|goldsmiths?|craftsm[ae]n|masters?|maestro|fra|"
    r"illuminators?|maler|bildhauer|baumeister|stecher|peintre|sculpteur|graveur|architecte|disciples?|pupils?|"
    r"(?:hand|works?) of)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(r"(?:^|[.!?:;“\"(—])\s*$")
_YEAR = re.compile(r"(?<!\d)(1[0-9]\d\d)(?!\d)")
_KIN = frozenset({"di", "son", "brother", "father", "sohn", "bruder", "fils", "frere"})
_NO_NAMES = word_list("not_names")


@dataclass(frozen=True, slots=True)
class Passage:
    """A mention's surroundings: names directly before and after it (loose keys), and what else is said."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    place: bool  # what comes after is "of somewhere"
    father: bool  # "Filippo di Ser …": the mention is whose son he is
    ruler: bool
    artist: bool
    years: tuple[int, ...]
    births: tuple[int, ...]  # of the artists whom the passage names in full


@lru_cache(maxsize=4096)
def passage(caption: str, text: str, span: tuple[int, int], gazetteer: Gazetteer) -> Passage | None:
    """What stands around `caption[span]` where a text holds the caption, nearest its middle; or None."""
    places = [m.start() for m in re.finditer(re.escape(caption), text)] if caption else []
    if not places:
        return None
    place = min(places, key=lambda at: abs(at + len(caption) / 2 - len(text) / 2))
    start, end = place + span[0], place + span[1]
    after: list[str] = []
    place = bool(re.match(r"\s+of\b", text[end : end + 6]))
    last = end
    for word in tokens(text[end : end + 60]):
        begins = word.start + end
        joins = word.plain in PARTICLES and word.plain != "the"
        if text[last:begins].strip(" ’'") or not (word.printed[0].isupper() or joins):
            break
        last = word.end + end
        if word.plain not in PARTICLES:
            after.append(word.loose)
    before: list[str] = []
    father = False
    first = start
    for word in reversed(tokens(text[max(0, start - 60) : start])):
        begins, ends = word.start + max(0, start - 60), word.end + max(0, start - 60)
        if text[ends:first].strip(" ’'" if len(word.plain) > 3 else " ’'."):
            break
        if (word.plain in PARTICLES and word.plain not in ("the", "of")) or word.plain in HONORIFICS:
            father |= word.plain in _KIN
        elif word.printed[0].isupper() and not _OPENS.search(text[:begins]) and word.plain not in _NO_NAMES:
            before.append(word.loose)
        else:
            break
        first = begins
    births = []
    for mention in find(text, gazetteer, repair=False):
        sure = [c for c in mention.candidates.single if c.form <= Form.SHORT and not gazetteer.bare[c.row]]
        if len(sure) == 1 and mention.words > 1 and not mention.start <= start < mention.end:
            born = gazetteer.entry(sure[0].row).born
            births += [born] if born is not None else []
    said = f"{text[max(0, start - 30) : start]}|{text[end : end + 30]}"
    return Passage(
        tuple(before), tuple(after), place, father and bool(before),
        bool(_RULER.search(text[max(0, start - 24) : start])), bool(_ARTIST.search(said)),
        tuple(int(y) for y in _YEAR.findall(text)), tuple(births),
    )  # fmt: skip


def titled(words: list[Token], text: str) -> bool:
    """Whether a printed name opens with the style of a saint, a pope or a prince ("S. Francis").

    >>> titled(tokens("Pope Clement"), "Pope Clement"), titled(tokens("Maestro Andrea"), "Maestro Andrea")
    (True, False)
    """
    return len(words) > 1 and bool(_RULER.search(text[: words[1].start]))


def features(request: Request, mention: Mention, entry: Entry, gazetteer: Gazetteer) -> dict[str, float]:
    """What a passage says for or against one person being meant; {} where the request is no passage."""
    out: dict[str, float] = {}
    if titled(tokens(request.caption), request.caption):
        out["passage-titled"] = 1.0
    if request.stranger:
        out["passage-stranger"] = 1.0
    if request.here:
        out["passage-here"] = float(entry.row in request.here)
    out["passage-echo"] = dict(request.echo).get(entry.row, 0.0)
    around = passage(request.caption, request.text, (mention.start, mention.end), gazetteer)
    if around is None:
        return out
    own = {lo for name, _ in entry.names for _, lo in name.parts}
    for side, words in (("before", around.before), ("of" if around.place else "after", around.after)):
        if words:
            out[f"passage-{side}-agrees" if own & set(words) else f"passage-{side}-other"] = 1.0
    out |= {
        "passage-father": float(around.father),
        "passage-ruler": float(around.ruler),
        "passage-artist": float(around.artist),
    }
    if around.years and entry.born is not None:
        died = entry.died or entry.born + 70
        apart = min(max(entry.born - y, y - died, 0) for y in around.years)
        out["passage-year-in-life"] = float(apart == 0)
        out["passage-year-apart"] = min(apart, 100) / 100
    if around.births and entry.born is not None:
        out["passage-age"] = min(abs(entry.born - median(around.births)), 300) / 300
    return {name: value for name, value in out.items() if value}
