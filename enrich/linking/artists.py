"""Who is the artist: every person a caption, its heading or its book's title may mean, with the evidence
for each.

In goes a request and its reading; out come candidates with named features (numbers, mostly 0…1) that the
decision model weighs. Impossible ones (born after the printing) are left out here and never come back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from enrich.linking.candidates import Candidate
from enrich.linking.captions import BY, BY_SURE, QUALIFYING, Reading, qualifier
from enrich.linking.caseless import Caseless
from enrich.linking.evidence import Scene, scene_of, setting_of
from enrich.linking.folding import PARTICLES, plain, tokens, word_list
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.groups import Group
from enrich.linking.mentions import Mention, find, first_name
from enrich.linking.names import HONORIFICS, Form
from enrich.linking.request import Request
from enrich.linking.titles import vocabulary

BEFORE_COMMA = ("lead-title", "lead-comma", "lead-given")  # "Rembrandt," by what follows; see `_following`
NO_TITLE = frozenset(("lead", *BEFORE_COMMA, "lead-run", "by", "signed", "tail", "whole", "of"))
ROLES = (
    "whole",
    "lead",
    "lead-title",
    "lead-comma",
    "lead-given",
    "lead-run",
    "by",
    "of",
    "possessive",
    "signed",
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


class Called(NamedTuple):
    """A name where it stands, with all of its caption that the evidence for its bearers follows from."""

    mention: Mention
    role: str
    field: str
    qualifier: str
    scene: Scene
    surnames: bool  # "Lorenzo Monaco", of whom nobody is known, is not another Lorenzo


def called(request: Request, reading: Reading, gazetteer: Gazetteer) -> list[Called]:
    """The names in a caption, its heading and its book's title that may be the artist's."""
    text = request.caption
    people = _in_caption(request, reading, gazetteer)
    subject = _subject(request.title, gazetteer)
    if subject is not None:
        people.append((subject, "subject", "title", ""))
    elif (
        request.heading
        and len(request.heading) < 120
        and not _opens_with_a_stranger(people, text, reading, gazetteer)
    ):
        named = _heading(request.heading, gazetteer)
        people += [(m, "heading", "heading", "") for m in named]
    setting = setting_of(request, reading)
    out = []
    for mention, role, field, qualified in people:
        scene = scene_of(mention, role, text, setting, gazetteer)
        surnames = role == "lead-run" and bool(_SURNAME_NEXT.match(text, mention.end))
        out.append(Called(mention, role, field, qualified, scene, surnames))
    return out


def _in_caption(
    request: Request, reading: Reading, gazetteer: Gazetteer
) -> list[tuple[Mention, str, str, str]]:
    """The names in the caption itself: mention, role, field, qualifier."""
    whole = len(reading.segments) <= 1 and len(request.caption) < 60
    text = request.caption
    searched = QUALIFYING.sub(lambda m: "|" * len(m[0]), _without_credits(text, reading))
    mentions = find(searched[reading.start :], gazetteer, whole=whole)
    people: list[tuple[Mention, str, str, str]] = []
    lead_taken = False
    for mention in mentions:
        start, end = mention.start + reading.start, mention.end + reading.start
        part = reading.role_at(start)
        if request.maker and not request.maker[0] <= start < request.maker[1]:
            continue
        role = _role(text, start, end, mention, reading, lead_taken)
        if role in ("tail", "inside") and _signs(text, start, end, reading, people):
            role = "signed"
            if plain(text[start:end]) not in vocabulary()[0]:  # "David. Michelangelo": David is the title
                people = [(m, "inside", field, how) for m, _, field, how in people]
        if part == "credit" and role != "whole":  # "Braun, Leopold" is a painter, "(Phot. Braun)" is not
            continue
        if part == "owner" and role not in ("by", "whole", "lead", *BEFORE_COMMA):
            continue
        if role.startswith("lead") or role == "whole":
            lead_taken = True
        qualified = qualifier(text, start, end)
        if qualified and (role in BEFORE_COMMA or (role == "of" and not qualified.endswith("after"))):
            role = "by"  # "Nach Michelangelo, David", "School of Michelangelo": a maker is named
        people.append((mention.moved(reading.start), role, "caption", qualified))
    return people


def gathered(placed: Iterable[tuple[int, Group]], named: Sequence[Called]) -> list[Suspect]:
    """The persons in groups, each with the number of his name among `named`, each once, in his best role."""
    found: dict[int, Suspect] = {}
    for number, (members, _, features, key, dated, _, _) in placed:
        mention, role, field, qualified, _, _ = named[number]
        for c in members:
            other = found.get(c.row)
            if other is not None and key <= other.key:
                other.features = {**other.features, "also-" + role: 1.0}
                continue
            own = features if other is None else {**features, "also-" + other.role: 1.0}
            found[c.row] = Suspect(c.row, c, mention, role, field, qualified, own, key, (), dated)
    return list(found.values())


def _opens_with_a_stranger(
    people: Sequence[tuple[Mention, str, str, str]], text: str, reading: Reading, gazetteer: Gazetteer
) -> bool:
    """Whether the caption opens with the name of somebody the gazetteer lacks, or of whom it knows no more
    than the name ("Cosimo Rosselli. Destruction of …"): then its chapter's artist is not the one.
    """
    first = next((s for s in reading.segments if s.role != "credit"), None)
    named = [m for m, role, _, _ in people if role in ("whole", "lead", "by", *BEFORE_COMMA)]
    if first is None or not all(gazetteer.bare[c.row] for m in named for c in m.candidates.single):
        return False
    words = tokens(text[first.start : first.end])
    names = [w for w in words if w.plain not in PARTICLES]
    return (
        2 <= len(names) <= 3
        and all(w.printed[0].isupper() for w in names)
        and not any(w.plain in _NO_NAMES for w in names)
        and len(reading.segments) > 1
    )


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


def _role(text: str, start: int, end: int, mention: Mention, reading: Reading, lead_taken: bool) -> str:
    """How a mention stands in the caption; see `ROLES`."""
    before = text[reading.start : start]
    after = text[end:]
    alone = len(reading.segments) <= 1 and len(text) < 60 and not _NOT_ALONE.search(text)
    if (not before.strip(" .,") and not after.strip(" .,")) or (
        alone and not _STYLE.sub("", _stripped(before)) and not _stripped(after)
    ):
        return "whole"
    near = text[max(0, start - 24) : start]
    last = near.rstrip()[-1:]
    if last.isalpha() or last == ":":
        if BY_SURE.search(near):
            return "by"
        if BY.search(near):
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
            named = any(c.form <= Form.SHORT and not c.mono for c in mention.candidates.single)
            follows = "title" if named else _following(text[end : segment.end])
            if len(reading.segments) > 1 or reading.start > 0:  # no mere name of a list
                return {"title": "lead", "comma": "lead-title", "given": "lead-comma"}[follows]
            return "lead-" + follows
        return "lead-run"
    return "inside"


def _signs(
    text: str, start: int, end: int, reading: Reading, before: Sequence[tuple[Mention, str, str, str]]
) -> bool:
    """Whether a name closes a caption of no more than a title and itself ("Die Toteninsel, Böcklin", "David.
    Michelangelo"), nobody being named before it but by a word that titles are made of.
    """
    title = text[reading.start : start].rstrip()
    if len(reading.segments) > 2 or _stripped(text[end:]) or title[-1:] not in (",", "."):
        return False
    if (
        title[-1] == ","
        and (  # "Fischer, Friedrich" and "Harrach, Ferdinand Graf" are names of lists
            _following(title) != "title" or all(first_name(t) for t in tokens(text[start:end]))
        )
    ):
        return False
    known = vocabulary()[0]
    return all(m.words == 1 and plain(text[m.start : m.end]) in known for m, *_ in before)


@lru_cache(maxsize=1 << 12)
def _following(text: str) -> str:
    """What follows "Rembrandt,": a "title" by its words ("Das Abendmahl", "Ritter, Tod und Teufel"), "given"
    names ("Paul Harmensz.") or, where its words do not tell ("Titus"), no more than the "comma".
    """
    words = [t for t in tokens(text)[:6] if t.plain not in HONORIFICS]
    names = [t for t in words if t.plain not in PARTICLES or not t.printed.islower()]
    if len(names) < 5 and len(names) == len(words) and all(first_name(t) for t in names):
        return "given"
    known = vocabulary()[0]
    article = len(words) > 1 and words[0].plain in _ARTICLES and words[0].printed[0].isupper()
    if article or any(t.printed.islower() and t.plain not in PARTICLES for t in words):
        return "title"
    return "title" if any(t.plain in known and not first_name(t) for t in names) else "comma"


_ARTICLES = word_list("articles")


_NOT_ALONE = Caseless(
    r"\b(?:by|von|par|after|nach|d[’']apr[èe]s|werkstatt|workshop|atelier|school|schule|zugeschrieben|"
    r"attributed)\b|\("
)
_STYLE = Caseless(rf"(?:\b(?:{'|'.join(sorted(HONORIFICS))})\b\.?\s*)+")
_DECOR = Caseless(
    r"\(.*?\)|\b(?:by|von|par|after|nach|d[’']apr[èe]s|workshop of|werkstatt des|"
    r"atelier de|attributed to|school of|schule des|zugeschrieben|"
    r"fra|sir|lord|p\.|le|la|el|il|de|van|von|artist|d\. ?[äj]\.?|der [äj]\w+|"
    r"the (?:elder|younger)|le jeune|fils|pere|père|jun|sen|\?)"
)


_POINTS = " .,:;–—-’'\"“”()[]&"


def _stripped(text: str) -> str:
    """What is left of a text without qualifiers, articles, particles and what stands in brackets."""
    if not text.strip(_POINTS) or text.isspace():
        return ""
    return _undecorated(text)


@lru_cache(maxsize=1 << 12)
def _undecorated(text: str) -> str:
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
        if not _stripped(last[: mention.start]) and mention.candidates.with_surname
    )


def namesakes(one: Suspect, two: Suspect) -> bool:
    """Whether only fame tells two candidates of the same words apart, so that choosing would be guessing."""
    if (one.mention.start, one.mention.end, one.field) != (two.mention.start, two.mention.end, two.field):
        return False
    fame = {"prominence", "works", "known-artist", "alternatives", "mononym-named"}
    if one.dated == two.dated:  # that nothing is known of one of them is fame too, dates are more
        fame |= {"bare", "undated", "whole-plain-undated", "whole-inverted-undated", "whole-passage-undated"}
    names: Iterable[str] = (set(one.features) | set(two.features)) - fame
    return all(abs(one.features.get(n, 0.0) - two.features.get(n, 0.0)) < 0.05 for n in names)
