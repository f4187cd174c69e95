"""The evidence for a person a caption may mean, as named features (numbers, mostly 0…1).

In go a mention's candidates, its place in the caption (`Scene`) and what the text around and the source's
other captions say of each (`Known`); out come the features that the decision model weighs. Evidence depends
on nothing else, so it is kept: a book names the same few artists over and over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import NamedTuple

from enrich.linking import nations
from enrich.linking.candidates import Candidate
from enrich.linking.captions import Reading
from enrich.linking.caseless import Caseless
from enrich.linking.folding import WORD, loose, plain, tokens
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.mentions import Mention
from enrich.linking.names import Form
from enrich.linking.peers import Example, Peers, Rivals, kind_of, peers_of, standing_of
from enrich.linking.people import Members, only, rows_of
from enrich.linking.request import Request
from enrich.linking.titles import vocabulary

# Where a caption names its maker and not just somebody.
NAMING = frozenset({"lead", "lead-title", "lead-comma", "lead-given", "signed", "by"})
_FORMS = tuple(f"form-{form.name.lower()}" for form in Form)


_HONOURED = Caseless(
    r"\b(?:professor|prof\.|colonel|col\.|mr\.?|mrs\.?|miss|dr\.|rev\.|captain|capt\.|"
    r"general|gen\.|governor|mayor|judge|bishop|"
    r"pope|king|queen|emperor|empress|duke|duchess|prince|princess|cardinal|saint|st\.|"
    r"s\.|lady|lord|count|countess|graf|"
    r"gr[äa]fin|herzog|herzogin|k[öo]nig|k[öo]nigin|kaiser|kaiserin|papst|heilige[rn]?|"
    r"hl\.|fürst|prinz|prinzessin|madame|mme|"
    r"monsieur|m\.|comte|duc|roi|reine|portrait of|bildnis(?: des| der)?|portrait de|kopf|"
    r"head of|sankt|saints|ss\.)\s*$"
)


_NONE: frozenset[str] = frozenset()


class Scene(NamedTuple):
    """All of a mention and its caption that a person's evidence depends on, beside the text around."""

    role: str
    rivals: Rivals
    inverted: bool
    passage: bool  # whether there is running text around
    year: int | None
    life: tuple[int, int | None] | None
    dated: tuple[int, ...]
    honoured: bool
    capitals: bool
    notion: bool  # a single word that titles are made of ("David", "Koch")
    printed: tuple[str, ...]  # loose keys of the words, where they had to be repaired
    nations: frozenset[str]  # of the schools named beside the title, above it or, in a list, by the note

    def plain(self) -> Scene:
        """What of it matters for persons of whom nothing but the name is known: neither dates nor nations."""
        return self._replace(year=None, life=None, dated=(), printed=(), nations=_NONE)


class Known(NamedTuple):
    """What the text around and the source's other captions say of a person."""

    nearby: float
    company: bool
    middle: float | None  # the middle year of birth of the company


class Setting(NamedTuple):
    """What of a caption the scene of each of its mentions holds (see `Scene`)."""

    passage: bool
    year: int | None
    life: tuple[int, int | None] | None
    dated: tuple[int, ...]
    shouted: bool  # all of the caption is in capitals
    nations: frozenset[str]


def setting_of(request: Request, reading: Reading) -> Setting:
    text = request.caption
    beside = " | ".join([text[s.start : s.end] for s in reading.segments if s.start > reading.start])
    named = nations.named(beside)
    if request.heading:
        named |= nations.named(request.heading)
    if request.text and not request.passage:
        named |= nations.named(request.text)
    dated = tuple([last for _, _, last in reading.years])
    return Setting(request.passage, request.year, reading.life, dated, text.isupper(), named)


def scene_of(mention: Mention, role: str, text: str, setting: Setting, gazetteer: Gazetteer) -> Scene:
    """The scene of a mention in the caption `text`, without what matters for none of its candidates."""
    start = mention.start
    rivals = peers_of(mention.candidates, gazetteer)[1]
    kind = kind_of(mention.candidates, gazetteer)
    here = role not in ("subject", "heading")
    printed = text[start : mention.end]
    return Scene(
        role,
        rivals,
        mention.inverted,
        setting.passage,
        setting.year if kind.dated else None,
        setting.life if kind.dated else None,
        setting.dated if kind.dated else (),
        here and bool(_HONOURED.search(text[max(0, start - 20) : start])),
        here and not setting.shouted and printed.isupper(),
        here and mention.words == 1 and plain(printed) in vocabulary()[0],
        tuple([t.loose for t in tokens(printed)]) if mention.candidates.repaired else (),
        _NONE if kind.plain else setting.nations,
    )


def evidence_of(
    peer: Peers, scene: Scene, plain: Scene, known: Known, again: bool, gazetteer: Gazetteer
) -> dict[str, float]:
    """The evidence for persons alike; `plain` is the scene as persons known by name alone see it. With
    `again` it is likely to be asked for again, as company makes it where text is around.
    """
    if peer.example is not None:
        features = _example_features(peer.example, plain, known.nearby, gazetteer)
    elif again:
        features = features_of(peer.members[0], scene, known.nearby, gazetteer)
    else:
        features = _features(peer.members[0], scene, known.nearby, gazetteer)
    if known.company or (known.middle is not None and peer.life[0] is not None):
        first = peer.members[0] if peer.example is None else peer.example.candidate
        return features | by_company(first, peer.life[0], scene, known.company, known.middle)
    return features


def by_company(
    c: Candidate, born: int | None, scene: Scene, company: bool, middle: float | None
) -> dict[str, float]:
    """What the source's other captions say for or against a person: whether he is of the `company`, and what
    its `middle` year of birth is.
    """
    out = {}
    # The town of Vinci is not Leonardo; "Michelangelo" is whom nobody calls otherwise, not Caravaggio.
    borrowed = c.place or (c.form == Form.GIVEN and scene.rivals.master)
    if company and not borrowed:
        out["company"] = 1.0
        if c.form == Form.GIVEN:
            out["company-given"] = 1.0
    if middle is not None and born is not None and born != middle:
        # among artists of the Renaissance "Dove" is a bird
        out["other-age"] = min(abs(born - middle) / 100, 4.0) / 4
    return out


@lru_cache(maxsize=1 << 14)
def _example_features(
    example: Example, scene: Scene, nearby: float, gazetteer: Gazetteer
) -> dict[str, float]:
    return _features(example.candidate, scene, nearby, gazetteer)


def told_of(
    peer: Peers, request: Request, middle: float | None, gazetteer: Gazetteer
) -> Iterable[tuple[Known, Members]]:
    """Persons alike by what the text around and the source's other captions say of each."""
    company = frozenset() if request.stranger else request.company
    words = _around(request.heading, request.text)
    told: dict[Known, list[int]] = {}
    for row in rows_of(peer.members):
        nearby = _named_nearby(row, words, gazetteer) if words.at else 0.0
        told.setdefault(Known(nearby, row in company, middle), []).append(row)
    if request.passage:
        return [(known, only(peer.members, (row,))) for known, rows in told.items() for row in rows]
    if len(told) == 1:
        return [(known, peer.members) for known in told]
    return [(known, only(peer.members, rows)) for known, rows in told.items()]


@lru_cache(maxsize=1 << 13)
def features_of(c: Candidate, scene: Scene, nearby: float, gazetteer: Gazetteer) -> dict[str, float]:
    """The evidence for a person but for his company, kept."""
    return _features(c, scene, nearby, gazetteer)


@lru_cache(maxsize=1 << 13)
def _own(c: Candidate, gazetteer: Gazetteer) -> dict[str, float]:
    """What of a candidate's evidence does not depend on the scene; features of 0 are left out."""
    mononym = c.form == Form.FULL and c.mono
    standing = standing_of(c.row, c.label, gazetteer)
    features = {
        "form-mononym" if mononym else _FORMS[c.form]: 1.0,
        "mononym-named": float(mononym and standing.works > 0),
        "spelling": c.spelling - 1.0,
        "given": c.given,
        "unmatched": float(min(c.unmatched, 3)),
        "stray": float(min(c.stray, 2)),
        "silent": min(c.silent, 3) / 3 if c.given else 0.0,
        "repaired": float(c.repaired),
        "generation": float(c.generation),
        "article-missing": float(c.article),
        "place-only": float(c.place),
        "exact": float(c.exact),
        "prominence": standing.prominence,
        "surname-rare": standing.rare,
        "known-artist": float(standing.artist),
        "works": math.log1p(standing.works) / 6,
        "bare": float(gazetteer.bare[c.row]),
        "organisation": float(standing.organisation),
    }
    return {name: value for name, value in features.items() if value}


def _features(c: Candidate, scene: Scene, nearby: float, gazetteer: Gazetteer) -> dict[str, float]:
    role, year = scene.role, scene.year
    born, died = gazetteer.life(c.row)
    features = {"role-" + role: 1.0, **_own(c, gazetteer)}
    if role not in NAMING:
        features.pop("mononym-named", None)
    if c.repaired:  # a word that is a name itself is hardly a misprint
        readings = gazetteer.readings(c.row)
        catalogued = {lo for name in readings for lo in (name.given_loose + name.surname_loose).split(" ")}
        if any(lo not in catalogued and len(lo) > 3 and gazetteer.has_word(lo) for lo in scene.printed):
            features["repaired-known"] = 1.0
    if "bare" not in features and (year is None or (born is None and died is None)):
        features["undated"] = 1.0
    if year is not None and born is not None:
        age = year - born
        if age < 20:
            features["child"] = 1.0
        elif age < 95 and (died is None or year <= died + 5):
            features["alive"] = 1.0
        if died is not None and year > died + 5:
            features["dead"] = 1.0
        if (died is not None and year > died + 30) or age > 125:
            features["long-dead"] = 1.0
    if role == "whole":
        features |= _whole(c, scene, features)
        if not scene.passage:  # lists name the obscure like the famous
            for name in ("prominence", "works", "known-artist"):
                features.pop(name, None)
    if scene.life is not None:
        first, last = scene.life
        agrees = born == first and (died is None or last is None or died == last)
        near = born is not None and abs(born - first) <= 2
        if agrees or near:
            features["life-agrees"] = 1.0 if agrees else 0.5
        if born is not None and not near:
            features["life-contradicts"] = 1.0
    if scene.dated and born is not None:
        if all(y < born + 10 for y in scene.dated):
            features["dated-before-birth"] = 1.0
        if any(born + 10 <= y <= (died or born + 90) + 1 for y in scene.dated):
            features["dated-in-life"] = 1.0
    if scene.honoured:
        features["honoured"] = 1.0
    if scene.capitals:
        features["capitals"] = 1.0
    if scene.notion:
        features["notion"] = 1.0
    if nearby:
        features["named-nearby"] = nearby
    if scene.nations and (home := nations.of(c.row, gazetteer)):
        features["nation-agrees" if home & scene.nations else "nation-contradicts"] = 1.0
    # Who has no other name ("Michelangelo") is not rivalled by all whose first name it is.
    rivals = scene.rivals.mononyms if c.mono else None
    if alternatives := scene.rivals.all if rivals is None else rivals:
        features["alternatives"] = alternatives
    return features


def _whole(c: Candidate, scene: Scene, features: dict[str, float]) -> dict[str, float]:
    """More of the evidence where there is a name and nothing else (a column of a database, a mention in a
    text): the name alone must carry it. Features of 0 are left out.
    """
    mononym = c.form == Form.FULL and c.mono
    whole = "whole-inverted-" if scene.inverted else "whole-passage-" if scene.passage else "whole-plain-"
    tongues = mononym or c.form == Form.GIVEN  # "Michelagnolo" is Michelangelo in another mouth
    initials = float(0 < c.given < 1)
    out = {whole + "is": 1.0}
    for name in ("exact", "repaired", "unmatched", "silent", "long-dead", "dead", "spelling", "undated"):
        if name in features:
            out[whole + name] = features[name]
    out |= {
        whole + "initials": initials,
        whole + "initials-dead": initials * features.get("long-dead", 0.0),
        whole + "initials-rare": initials * features["surname-rare"],
        whole + "surname": float(not c.given and not mononym),
        whole + "respelled": float(c.spelling < 1 and not c.repaired and not tongues),
        whole + "initials-repaired": initials * float(c.repaired or c.spelling < 0.9),
        whole + "dead-common": features.get("dead", 0.0) * (1 - features["surname-rare"]),
        whole + "mononym": float(mononym),
        whole + "given-form": float(c.form == Form.GIVEN),
    }
    return {name: value for name, value in out.items() if value}


@lru_cache(maxsize=64)
def age_of(company: frozenset[int], gazetteer: Gazetteer) -> float | None:
    """The middle year of birth of a caption's company."""
    births = [born for row in company if (born := gazetteer.life(row)[0]) is not None]
    return median(births) if births else None


def _named_nearby(row: int, words: _Words, gazetteer: Gazetteer) -> float:
    """How far the text around names the person more fully than the caption does: 1 given name and surname
    together.
    """
    best = 0.0
    for name in gazetteer.readings(row):
        surname = name.surname_loose[:-1].rpartition(" ")[2]
        if surname not in words.at:
            continue
        best = max(best, 0.3)
        for position in words.at[surname]:
            before = words.loose[max(0, position - 3) : position]
            spelled = words.plain[max(0, position - 3) : position]
            for key, lo in name.given_pairs:
                if len(lo) > 2 and lo in before:
                    best = max(best, 1.0 if key in spelled else 0.8)
    return best


@dataclass(frozen=True, slots=True)
class _Words:
    plain: tuple[str, ...]
    loose: tuple[str, ...]
    at: dict[str, list[int]]


@lru_cache(maxsize=4)
def _around(heading: str, text: str) -> _Words:
    """The words of the heading and the surrounding text with their places; kept, since many candidates ask
    in a row.
    """
    # Names begin with a capital; the other words only keep the distance between them.
    found = [word if word[0].isupper() else "" for word in WORD.findall(f"{heading}\n{text}")]
    keys = [plain(word) if word else "" for word in found]
    levelled = [loose(key) if key else "" for key in keys]
    at: dict[str, list[int]] = {}
    for i, key in enumerate(levelled):
        if key:
            at.setdefault(key, []).append(i)
    return _Words(tuple(keys), tuple(levelled), at)
