"""Who is the artist: every person a caption, its heading or its book's title may mean, with the evidence
for each.

In goes a request and its reading; out come candidates with named features (numbers, mostly 0…1) that the
decision model weighs. Impossible ones (born after the printing) are left out here and never come back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from enrich.linking import passages
from enrich.linking.candidates import Candidate
from enrich.linking.captions import BY, BY_SURE, QUALIFYING, Reading, qualifier
from enrich.linking.evidence import (
    UNKNOWN,
    Known,
    age_of,
    evidence_of,
    peers_of,
    scene_of,
    setting_of,
    told_of,
)
from enrich.linking.folding import PARTICLES, tokens, word_list
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.mentions import Mention, find
from enrich.linking.names import HONORIFICS, Form
from enrich.linking.request import Request
from enrich.linking.titles import vocabulary

_STRENGTH = {
    "whole": 9, "lead": 9, "lead-comma": 8, "lead-run": 6, "by": 9, "subject": 6.5, "possessive": 5,
    "of": 5, "tail": 6, "heading": 3, "inside": 1,
}  # fmt: skip
WEIGHED = 24  # persons whose probabilities are compared
YOUNGEST = 12  # nobody is reproduced before this age
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


class _Group(NamedTuple):
    """Persons whom one mention may mean, whom nothing tells apart: their evidence is one."""

    members: Sequence[Candidate]
    plain: bool  # persons of whom nothing but the name is known
    mention: Mention
    role: str
    field: str
    qualifier: str
    features: dict[str, float]
    key: tuple[float, ...]
    dated: bool


def suspects(
    request: Request, reading: Reading, gazetteer: Gazetteer, score: Callable[[Mapping[str, float]], float]
) -> list[Suspect]:
    """The persons who may be the artist, each once, in his best role.

    Of those of whom nothing but the name is known, the `WEIGHED` best by `score` are told, then by row: of a
    hundred John Smiths the others could not be among as many of all.
    """
    found: dict[int, Suspect] = {}
    groups: list[_Group] = []
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
    middle = age_of(request.company, gazetteer) if len(request.company) > 2 else None
    setting = setting_of(request, reading)
    alone = None if request.heading or request.text or request.company else Known(0.0, False, middle)
    for mention, role, field, qualified in people:
        peers, rivals = peers_of(mention.candidates, gazetteer)
        scene = scene_of(mention, role, rivals, text, setting)
        plain = scene.plain()
        for peer in peers:
            first = peer.members[0]
            if impossible(peer.life[0], request.year):
                continue
            if first.form == Form.GIVEN and role == "lead-run" and _SURNAME_NEXT.match(text, mention.end):
                continue  # "Lorenzo Monaco", of whom nobody is known, is not another Lorenzo
            key: tuple[float, ...] = (_STRENGTH[role], first.given, first.spelling)
            dated = peer.life != UNKNOWN
            told = ((alone, peer.members),) if alone else told_of(peer, request, middle, gazetteer)
            for known, members in told:
                features = evidence_of(peer, scene, plain, known, gazetteer)
                if request.passage and not request.title and len(text) < 60:
                    near = passages.features(request, mention, gazetteer.entry(members[0].row), gazetteer)
                    features = {**features, **near}
                groups.append(
                    _Group(
                        members,
                        peer.example is not None,
                        mention,
                        role,
                        field,
                        qualified,
                        features,
                        key,
                        dated,
                    )
                )
    for group in _foremost(groups, score):
        members, _, mention, role, field, qualified, features, key, dated = group
        for c in members:
            other = found.get(c.row)
            if other is not None and key <= other.key:
                other.features = {**other.features, "also-" + role: 1.0}
                continue
            own = features if other is None else {**features, "also-" + other.role: 1.0}
            found[c.row] = Suspect(c.row, c, mention, role, field, qualified, own, key, (), dated)
    return list(found.values())


def _foremost(groups: list[_Group], score: Callable[[Mapping[str, float]], float]) -> list[_Group]:
    """The groups without those persons of whom only the name is known, whom one mention alone may mean and
    who are not among the `WEIGHED` best of such persons.
    """
    if sum([len(g.members) for g in groups if g.plain]) <= WEIGHED:
        return groups
    rows = Counter([c.row for g in groups for c in g.members]) if len(groups) > 1 else {}
    marks = []
    for group in groups:
        if group.plain:
            against = -score(group.features)
            marks += [(against, c.row) for c in group.members if rows.get(c.row, 1) == 1]
    if len(marks) <= WEIGHED:
        return groups
    beyond = {row for _, row in sorted(marks)[WEIGHED:]}
    return [
        g._replace(members=[c for c in g.members if c.row not in beyond]) if g.plain else g for g in groups
    ]


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


def impossible(born: int | None, year: int | None) -> bool:
    """Whether a person cannot have made what was printed in `year`: not yet born, or a child."""
    return year is not None and born is not None and born > year - YOUNGEST


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
    if mention.possessive:
        return "possessive"
    if _stripped(text[segment.start : start]):
        return "inside"
    rest = _stripped(text[end : segment.end])
    first = not lead_taken and all(s.role == "credit" for s in reading.segments[:index])
    if not rest:
        if first or (index and not lead_taken and text[start:end].isupper()):
            return "lead"
        return "tail"
    if first:
        if after.lstrip().startswith(","):
            caption = len(reading.segments) > 1 or reading.start > 0  # no mere name of a list
            return "lead" if caption and _is_title(rest) else "lead-comma"
        return "lead-run"
    return "inside"


def _is_title(text: str) -> bool:
    """Whether what follows "Rembrandt," is called as pictures are ("Selbstbildnis"), so that it is no given
    name ("Rembrandt, Titus").
    """
    known, _, _ = vocabulary()
    words = [token.plain for token in tokens(text)]
    return any(word in known and len(word) > 5 for word in words[:4])


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


_POINTS = " .,:;–—-’'\"“”()[]&"


def _stripped(text: str) -> str:
    if not text.strip(_POINTS) or text.isspace():
        return ""
    return _DECOR.sub("", QUALIFYING.sub("", text)).strip(_POINTS)


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


def namesakes(one: Suspect, two: Suspect) -> bool:
    """Whether only fame tells two candidates of the same words apart, so that choosing would be guessing."""
    if (one.mention.start, one.mention.end, one.field) != (two.mention.start, two.mention.end, two.field):
        return False
    fame = {"prominence", "works", "known-artist", "alternatives"}
    if one.dated == two.dated:  # that nothing is known of one of them is fame too, dates are more
        fame |= {"bare", "undated", "whole-plain-undated", "whole-inverted-undated", "whole-passage-undated"}
    names: Iterable[str] = (set(one.features) | set(two.features)) - fame
    return all(abs(one.features.get(n, 0.0) - two.features.get(n, 0.0)) < 0.05 for n in names)
