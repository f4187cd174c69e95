"""Who is the artist: every person a caption, its heading or its book's title may mean, with the evidence
for each.

In goes a request and its reading; out come candidates with named features (numbers, mostly 0…1) that the
decision model weighs. Impossible ones (born after the printing) are left out here and never come back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import NamedTuple

from enrich.linking import nations, passages
from enrich.linking.candidates import Candidate
from enrich.linking.captions import BY, BY_SURE, QUALIFYING, Reading, qualifier
from enrich.linking.folding import PARTICLES, WORD, loose, plain, tokens, word_list
from enrich.linking.gazetteer import Entry, Gazetteer
from enrich.linking.mentions import Mention, People, find
from enrich.linking.names import HONORIFICS, Form
from enrich.linking.request import Request

_STRENGTH = {
    "whole": 9, "lead": 9, "lead-comma": 8, "lead-run": 6, "by": 9, "subject": 6.5, "possessive": 5,
    "of": 5, "tail": 6, "heading": 3, "inside": 1,
}  # fmt: skip
EXAMPLES = 1 << 14  # kinds of persons remembered
YOUNGEST = 12  # nobody is reproduced before this age
_HONOURED = re.compile(
    r"\b(?:professor|prof\.|colonel|col\.|mr\.?|mrs\.?|miss|dr\.|rev\.|captain|capt\.|"
    r"general|gen\.|governor|mayor|judge|bishop|"
    r"pope|king|queen|emperor|empress|duke|duchess|prince|princess|cardinal|saint|st\.|"
    r"s\.|lady|lord|count|countess|graf|"
    r"gr[äa]fin|herzog|herzogin|k[öo]nig|k[öo]nigin|kaiser|kaiserin|papst|heilige[rn]?|"
    r"hl\.|fürst|prinz|prinzessin|madame|mme|"
    r"monsieur|m\.|comte|duc|roi|reine|portrait of|bildnis(?: des| der)?|portrait de|kopf|"
    r"head of|sankt|saints|ss\.)\s*$",
    re.IGNORECASE,
)
_ARTIST_WORD = re.compile(
    r"artist|painter|sculptor|engraver|architect|illustrator|etcher|draughts|draftsman|"
    r"photographer|maler|bildhauer|"
    r"k[üu]nstler|stecher|architekt|zeichner|peintre|graveur|sculpteur|artiste|printmaker|"
    r"lithograph|caricatur|designer",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"\b(?:Co|Inc|Ltd|Company|Cie|Corp|Corporation|Studio|Studios|Workshop|Factory|Press|Manufactory)\b\.?"
)
ROLES = (
    "whole",
    "lead",
    "lead-comma",
    "lead-run",
    "by",
    "of",
    "possessive",
    "tail",
    "inside",
    "subject",
    "heading",
)


_SURNAME_NEXT = re.compile(r" (?:(?:d[aei]|del|della|dei|von|van|de la) )?[A-ZÄÖÜÉ][a-zäöüéèß]{3,}")
# Words that open titles as often as names do not.
_NO_NAMES = word_list("not_names") | word_list("generic_titles")


@dataclass(slots=True)
class Suspect:
    """A person, where and how the name stands, and the evidence gathered."""

    row: int
    candidate: Candidate
    mention: Mention
    role: str
    field: str
    qualifier: str
    features: dict[str, float]  # never changed in place: persons whom nothing tells apart share one
    key: tuple[float, ...] = ()
    twins: tuple[str, ...] = ()  # other items of the gazetteer that are the same person
    dated: bool = False  # whether a year of birth or death is known


def suspects(request: Request, reading: Reading, gazetteer: Gazetteer) -> list[Suspect]:
    """Every person who may be the artist, each once, in his best role."""
    found: dict[int, Suspect] = {}
    whole = len(reading.segments) <= 1 and len(request.caption) < 60
    text = request.caption
    searched = QUALIFYING.sub(lambda m: "|" * len(m[0]), _without_credits(text, reading))
    mentions = _mentions(searched[reading.start :], gazetteer, whole)
    people: list[tuple[Mention, str, str, str]] = []
    lead_taken = False
    for mention in mentions:
        start, end = mention.start + reading.start, mention.end + reading.start
        part = reading.role_at(start)
        if request.maker and not request.maker[0] <= start < request.maker[1]:
            continue
        role = _role(text, start, end, mention, reading, lead_taken)
        if part == "credit" and role != "whole":  # "Braun, Leopold" is a painter, "(Phot. Braun)" is not
            continue
        if part == "owner" and role not in ("by", "whole", "lead", "lead-comma"):
            continue
        if role.startswith("lead") or role == "whole":
            lead_taken = True
        people.append((mention.moved(reading.start), role, "caption", qualifier(text, start, end)))
    subject = _subject(request.title, gazetteer)
    if subject is not None:
        people.append((subject, "subject", "title", ""))
    elif request.heading and len(request.heading) < 120 and not _opens_with_a_stranger(people, text, reading):
        named = _heading(request.heading, gazetteer)
        people += [(m, "heading", "heading", "") for m in named]
    middle = _age(request.company, gazetteer) if len(request.company) > 2 else None
    for mention, role, field, qualified in people:
        peers, rivals = _peers(mention.candidates, gazetteer)
        scene = _scene(mention, role, rivals, request, reading)
        for peer in peers:
            first = peer.members[0]
            if impossible(peer.entry, request.year):
                continue
            if first.form == Form.GIVEN and role == "lead-run" and _SURNAME_NEXT.match(text, mention.end):
                continue  # "Lorenzo Monaco", of whom nobody is known, is not another Lorenzo
            key = (_STRENGTH[role], first.given, first.spelling)
            dated = peer.entry.born is not None or peer.entry.died is not None
            for known, members in _known(peer, scene, request, middle, gazetteer):
                features = _features(peer.example, scene, known, gazetteer)
                if request.passage and not request.title and len(text) < 60:
                    near = passages.features(request, mention, gazetteer.entry(members[0].row), gazetteer)
                    features = {**features, **near}
                for c in members:
                    suspect = Suspect(c.row, c, mention, role, field, qualified, features, key, (), dated)
                    other = found.get(c.row)
                    if other is None:
                        found[c.row] = suspect
                    elif key > other.key:
                        suspect.features = {**features, "also-" + other.role: 1.0}
                        found[c.row] = suspect
                    else:
                        other.features = {**other.features, "also-" + role: 1.0}
    return list(found.values())


class _Rivals(NamedTuple):
    """How many others a mention may mean as well, as logarithms."""

    all: float
    mononyms: float | None  # of those who have no other name; None where there are none


class _Scene(NamedTuple):
    """All of a mention and its caption that a person's evidence depends on, beside the text around."""

    role: str
    rivals: _Rivals
    inverted: bool
    passage: bool  # whether there is running text around
    year: int | None
    life: tuple[int, int | None] | None
    dated: tuple[int, ...]
    honoured: bool
    capitals: bool
    printed: tuple[str, ...]  # loose keys of the words, where they had to be repaired
    nations: frozenset[str]  # of the schools named beside the title, above it or, in a list, by the note


class _Known(NamedTuple):
    """What the text around and the source's other captions say of a person."""

    nearby: float
    company: bool
    middle: float | None  # the middle year of birth of the company


def _scene(mention: Mention, role: str, rivals: _Rivals, request: Request, reading: Reading) -> _Scene:
    text, start = request.caption, mention.start
    here = role not in ("subject", "heading")
    repaired = any(c.repaired for c in mention.candidates)
    return _Scene(
        role,
        rivals,
        mention.inverted,
        request.passage,
        request.year,
        reading.life,
        tuple(last for _, _, last in reading.years),
        here and bool(_HONOURED.search(text[max(0, start - 20) : start])),
        here and text[start : mention.end].isupper() and not text.isupper(),
        tuple(t.loose for t in tokens(text[start : mention.end])) if repaired else (),
        _nations(request, reading),
    )


def _nations(request: Request, reading: Reading) -> frozenset[str]:
    text = request.caption
    beside = " | ".join(text[s.start : s.end] for s in reading.segments if s.start > reading.start)
    note = "" if request.passage else request.text
    return nations.named(beside) | nations.named(request.heading) | nations.named(note)


class _Peers(NamedTuple):
    """Persons of one name, alike in all that evidence follows from: one who is known for something, or
    those of whom nothing but the name is known; of a hundred such namesakes, most are alike.
    """

    members: tuple[Candidate, ...]
    entry: Entry  # of the first
    example: Candidate  # who has the same evidence: of persons alike in other names too, the first ever met


@lru_cache(maxsize=4)
def _examples(gazetteer: Gazetteer) -> dict[tuple[object, ...], Candidate]:
    return {}


@lru_cache(maxsize=1 << 13)
def _peers(people: People, gazetteer: Gazetteer) -> tuple[tuple[_Peers, ...], _Rivals]:
    """A mention's candidates by what they have in common, and how many others there are for each."""
    alike: dict[tuple[object, ...], list[Candidate]] = {}
    examples = _examples(gazetteer)
    known = 0
    for c in people:
        bare = gazetteer.bare[c.row]
        known += not bare
        if c.spelling < 0.6:
            continue
        key: tuple[object, ...] = (c.row,)
        if bare and not c.repaired:
            key = (*c[1:12], *_standing(c.row, c.label, gazetteer))
        alike.setdefault(key, []).append(c)
    alternatives = known + 0.1 * (len(people) - known)
    peers = []
    for key, members in alike.items():
        example = examples.setdefault(key, members[0]) if len(key) > 1 else members[0]
        peers.append(_Peers(tuple(members), gazetteer.entry(members[0].row), example))
    if len(examples) > EXAMPLES:
        examples.clear()
    alone = sum(c.mono and not gazetteer.bare[c.row] for c in people)
    mononyms = math.log1p(alone - 1) if alone else None
    return tuple(peers), _Rivals(math.log1p(max(alternatives - 1, 0)), mononyms)


def _known(
    peer: _Peers, scene: _Scene, request: Request, middle: float | None, gazetteer: Gazetteer
) -> Iterable[tuple[_Known, Sequence[Candidate]]]:
    """Persons alike by what the text around and the source's other captions say of each."""
    if not (request.heading or request.text or request.company):
        return ((_Known(0.0, False, middle), peer.members),)
    told = [
        (_Known(named_nearby(gazetteer.entry(c.row), c, request), c.row in request.company, middle), c)
        for c in peer.members
    ]
    if len(told) == 1 or scene.passage:
        return [(known, (c,)) for known, c in told]
    groups: dict[_Known, list[Candidate]] = {}
    for known, c in told:
        groups.setdefault(known, []).append(c)
    return groups.items()


class _Standing(NamedTuple):
    """What a person is known for, whatever the caption."""

    rare: float  # how rare the surname is among those of whom more than the name is known, 1 one bearer
    works: int
    artist: bool  # has works, or is said to be an artist
    organisation: bool  # the label is that of a firm
    prominence: float


@lru_cache(maxsize=1 << 17)
def _standing(row: int, label: str, gazetteer: Gazetteer) -> _Standing:
    entry = gazetteer.entry(row)
    surname = next((name.surname for name, text in entry.names if text == label), ())
    bearers = gazetteer.bearers(" ".join(lo for _, lo in surname))
    works = len(gazetteer.works_of(entry.item))
    return _Standing(
        1.0 / (1.0 + math.log1p(max(bearers - 1, 0))),
        works,
        bool(works)
        or any(_ARTIST_WORD.search(text) for text, _ in entry.descriptions)
        or any(n == "ulan" for n, _ in entry.facts),
        bool(_ORGANISATION.search(label)),
        min(entry.prominence, 8.0) / 8.0,
    )


def _opens_with_a_stranger(
    people: Sequence[tuple[Mention, str, str, str]], text: str, reading: Reading
) -> bool:
    """Whether the caption opens with the name of somebody the gazetteer lacks ("Cosimo Rosselli. Destruction
    of …"): then its chapter's artist is not the one.
    """
    first = next((s for s in reading.segments if s.role != "credit"), None)
    if first is None or any(role in ("whole", "lead", "lead-comma", "by") for _, role, _, _ in people):
        return False
    words = tokens(text[first.start : first.end])
    names = [w for w in words if w.plain not in PARTICLES]
    return (
        2 <= len(names) <= 3
        and all(w.printed[0].isupper() for w in names)
        and not any(w.plain in _NO_NAMES for w in names)
        and len(reading.segments) > 1
    )


@lru_cache(maxsize=8192)
def _mentions(text: str, gazetteer: Gazetteer, whole: bool) -> tuple[Mention, ...]:
    """`find`, kept for when the caption is asked about again with its company."""
    return tuple(find(text, gazetteer, whole=whole))


def _without_credits(text: str, reading: Reading) -> str:
    """The caption with its credits blanked out, at the same length; a caption that is all credit stays as
    it is.
    """
    credits = [s for s in reading.segments if s.role == "credit"]
    if len(credits) == len(reading.segments):
        return text
    for segment in credits:
        text = text[: segment.start] + "|" * (segment.end - segment.start) + text[segment.end :]
    return text


def impossible(entry: Entry, year: int | None) -> bool:
    """Whether a person cannot have made what was printed in `year`: not yet born, or a child."""
    return year is not None and entry.born is not None and entry.born > year - YOUNGEST


def _role(text: str, start: int, end: int, mention: Mention, reading: Reading, lead_taken: bool) -> str:
    """How a mention stands in the caption; see `ROLES`."""
    before = text[reading.start : start]
    after = text[end:]
    alone = len(reading.segments) <= 1 and len(text) < 60 and not _NOT_ALONE.search(text)
    if (not before.strip(" .,") and not after.strip(" .,")) or (
        alone and not _STYLE.sub("", _stripped(before)) and not _stripped(after)
    ):
        return "whole"
    if BY_SURE.search(text[max(0, start - 24) : start]):
        return "by"
    if BY.search(text[max(0, start - 24) : start]):
        return "of"
    index = next((i for i, s in enumerate(reading.segments) if s.start <= start < s.end), -1)
    if index < 0:
        return "inside"
    segment = reading.segments[index]
    lead_in = _stripped(text[segment.start : start])
    rest = _stripped(text[end : segment.end])
    first = not lead_taken and all(s.role == "credit" for s in reading.segments[:index])
    if mention.possessive:
        return "possessive"
    if not lead_in and not rest:
        if first or (index and not lead_taken and text[start:end].isupper()):
            return "lead"
        return "tail"
    if not lead_in and first:
        if after.lstrip().startswith(","):
            return "lead-comma"
        return "lead-run"
    return "inside"


_NOT_ALONE = re.compile(
    r"\b(?:by|von|par|after|nach|d[’']apr[èe]s|werkstatt|workshop|atelier|school|schule|zugeschrieben|"
    r"attributed)\b|\(",
    re.IGNORECASE,
)
_STYLE = re.compile(rf"(?:\b(?:{'|'.join(sorted(HONORIFICS))})\b\.?\s*)+", re.IGNORECASE)
_DECOR = re.compile(
    r"\(.*?\)|\b(?:by|von|par|after|nach|d[’']apr[èe]s|workshop of|werkstatt des|"
    r"atelier de|attributed to|school of|schule des|zugeschrieben|"
    r"fra|sir|lord|p\.|le|la|el|il|de|van|von|artist|d\. ?[ÄäJj]\.?|der [äÄjJ]\w+|"
    r"the (?:elder|younger)|le jeune|fils|pere|père|jun|sen|\?)",
    re.IGNORECASE,
)


def _stripped(text: str) -> str:
    if not text or text.isspace():
        return ""
    return _DECOR.sub("", QUALIFYING.sub("", text)).strip(" .,:;–—-’'\"“”()[]&")


@lru_cache(maxsize=512)
def _subject(title: str, gazetteer: Gazetteer) -> Mention | None:
    """The artist whom a monograph's title names: a title of nothing but a name, a series in brackets left
    aside.
    """
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", title)
    bare = re.split(r"[:;–—]|\bby\b|\bvon\b(?= [A-Z][a-z]+ [A-Z])| - ", bare)[0].strip(" .,")
    bare = re.sub(
        r"^(?:(?:the )?life (?:and works? )?of|works of|das werk|l[’']œuvre de|vie de)\s+",
        "",
        bare,
        flags=re.IGNORECASE,
    )
    if not bare or len(bare) > 50:
        return None
    for mention in find(bare, gazetteer):
        if not _stripped(bare[: mention.start] + bare[mention.end :]):
            return mention
    return None


@lru_cache(maxsize=512)
def _heading(heading: str, gazetteer: Gazetteer) -> tuple[Mention, ...]:
    """Persons a heading names, when it begins with a name or is one ("ANTOINE WATTEAU L'EMBARQUEMENT…")."""
    last = heading.split(" / ")[-1]
    return tuple(
        mention
        for mention in find(last[:80], gazetteer, repair=False)[:1]
        if not _stripped(last[: mention.start]) and any(c.form <= Form.SURNAME for c in mention.candidates)
    )


@lru_cache(maxsize=1 << 14)
def _features(c: Candidate, scene: _Scene, known: _Known, gazetteer: Gazetteer) -> dict[str, float]:
    """The evidence for a person; kept, since a book names the same few artists over and over."""
    entry, role, year = gazetteer.entry(c.row), scene.role, scene.year
    mononym = c.form == Form.FULL and c.mono
    standing = _standing(c.row, c.label, gazetteer)
    features = {
        f"role-{role}": 1.0,
        "form-mononym" if mononym else f"form-{c.form.name.lower()}": 1.0,
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
    }
    if c.repaired:  # a word that is a name itself is hardly a misprint
        catalogued = {lo for name, _ in entry.names for _, lo in name.parts}
        features["repaired-known"] = float(
            any(lo not in catalogued and len(lo) > 3 and gazetteer.has_word(lo) for lo in scene.printed)
        )
    if entry.bare:
        features["bare"] = 1.0
    elif year is None or (entry.born is None and entry.died is None):
        features["undated"] = 1.0
    if standing.organisation:
        features["organisation"] = 1.0
    if year is not None and entry.born is not None:
        age = year - entry.born
        features["child"] = float(age < 20)
        alive = 20 <= age < 95 and (entry.died is None or year <= entry.died + 5)
        features["alive"] = float(alive)
        features["dead"] = float(entry.died is not None and year > entry.died + 5)
        features["long-dead"] = float((entry.died is not None and year > entry.died + 30) or age > 125)
    if role == "whole":
        # A name and nothing else (a column of a database, a mention in a text): the name alone must carry it.
        whole = "whole-inverted-" if scene.inverted else "whole-passage-" if scene.passage else "whole-plain-"
        features[whole + "is"] = 1.0
        if not scene.passage:  # lists name the obscure like the famous
            features |= {"prominence": 0.0, "works": 0.0, "known-artist": 0.0}
        for name in (
            "exact",
            "repaired",
            "unmatched",
            "silent",
            "long-dead",
            "dead",
            "spelling",
            "undated",
        ):
            if features.get(name):
                features[whole + name] = features[name]
        features[whole + "initials"] = float(0 < c.given < 1)
        features[whole + "initials-dead"] = float(0 < c.given < 1) * features.get("long-dead", 0.0)
        features[whole + "initials-rare"] = float(0 < c.given < 1) * features["surname-rare"]
        features[whole + "surname"] = float(not c.given and not mononym)
        tongues = mononym or c.form == Form.GIVEN  # "Michelagnolo" is Michelangelo in another mouth
        features[whole + "respelled"] = float(c.spelling < 1 and not c.repaired and not tongues)
        features[whole + "initials-repaired"] = float(0 < c.given < 1 and (c.repaired or c.spelling < 0.9))
        features[whole + "dead-common"] = features.get("dead", 0.0) * (1 - features["surname-rare"])
        features[whole + "given-form"] = float(c.form == Form.GIVEN)
    if scene.life is not None:
        born, died = scene.life
        agrees = entry.born == born and (died is None or entry.died is None or entry.died == died)
        near = entry.born is not None and abs(entry.born - born) <= 2
        features["life-agrees"] = float(agrees) + 0.5 * float(near and not agrees)
        features["life-contradicts"] = float(entry.born is not None and not near)
    dated = scene.dated
    if dated and entry.born is not None:
        features["dated-before-birth"] = float(all(y < entry.born + 10 for y in dated))
        features["dated-in-life"] = float(
            any(entry.born + 10 <= y <= (entry.died or entry.born + 90) + 1 for y in dated)
        )
    features["honoured"] = float(scene.honoured)
    features["capitals"] = float(scene.capitals)
    features["named-nearby"] = known.nearby
    # Who has no other name ("Michelangelo") is not rivalled by all whose first name it is.
    if scene.nations and (home := nations.of(c.row, gazetteer)):
        features["nation-agrees" if home & scene.nations else "nation-contradicts"] = 1.0
    rivals = scene.rivals.mononyms if c.mono else None
    features["alternatives"] = scene.rivals.all if rivals is None else rivals
    # The town of Vinci is not Leonardo; "Michelangelo" is whom nobody calls otherwise, not Caravaggio.
    borrowed = c.place or (c.form == Form.GIVEN and scene.rivals.mononyms is not None)
    if known.company and not borrowed:
        features["company"] = 1.0
        if c.form == Form.GIVEN:
            features["company-given"] = 1.0
    if (
        known.middle is not None and entry.born is not None
    ):  # among artists of the Renaissance "Dove" is a bird
        features["other-age"] = min(abs(entry.born - known.middle) / 100, 4.0) / 4
    return features


@lru_cache(maxsize=64)
def _age(company: frozenset[int], gazetteer: Gazetteer) -> float | None:
    """The middle year of birth of a caption's company."""
    births = [e.born for row in company if (e := gazetteer.entry(row)).born is not None]
    return median(births) if births else None


def named_nearby(entry: Entry, c: Candidate, request: Request) -> float:
    """How far the text around names the person more fully than the caption does: 1 given name and surname
    together.
    """
    if not (request.heading or request.text) or not entry.names:
        return 0.0
    around = f"{request.heading}\n{request.text}"
    words = _around(around)
    best = 0.0
    for name, _ in entry.names:
        surname = [lo for _, lo in name.surname]
        if not surname or surname[-1] not in words.at:
            continue
        best = max(best, 0.3)
        for position in words.at[surname[-1]]:
            before = words.loose[max(0, position - 3) : position]
            spelled = words.plain[max(0, position - 3) : position]
            for key, lo in name.given:
                if len(lo) > 2 and lo in before:
                    best = max(best, 1.0 if key in spelled else 0.8)
    return best


@dataclass(frozen=True, slots=True)
class _Words:
    plain: tuple[str, ...]
    loose: tuple[str, ...]
    at: dict[str, list[int]]


_last: list[tuple[str, _Words]] = []


def _around(text: str) -> _Words:
    """The words of a surrounding text with their places; the last text is kept, since many candidates ask
    in a row.
    """
    if _last and _last[0][0] == text:
        return _last[0][1]
    # Names begin with a capital; the other words only keep the distance between them.
    found = [m[0] if m[0][0].isupper() else "" for m in WORD.finditer(text)]
    keys = [plain(word) if word else "" for word in found]
    levelled = [loose(key) if key else "" for key in keys]
    at: dict[str, list[int]] = {}
    for i, key in enumerate(levelled):
        if key:
            at.setdefault(key, []).append(i)
    words = _Words(tuple(keys), tuple(levelled), at)
    _last[:] = [(text, words)]
    return words


def namesakes(one: Suspect, two: Suspect) -> bool:
    """Whether only fame tells two candidates of the same words apart, so that choosing would be guessing."""
    if (one.mention.start, one.mention.end, one.field) != (two.mention.start, two.mention.end, two.field):
        return False
    fame = {"prominence", "works", "known-artist", "alternatives"}
    if one.dated == two.dated:  # that nothing is known of one of them is fame too, dates are more
        fame |= {"bare", "undated", "whole-plain-undated", "whole-inverted-undated", "whole-passage-undated"}
    names: Iterable[str] = (set(one.features) | set(two.features)) - fame
    return all(abs(one.features.get(n, 0.0) - two.features.get(n, 0.0)) < 0.05 for n in names)
