"""What a verdict on a statement would teach: which statements about a picture are asked, and in which order.

In: what runs claim of one picture, what is believed of it and what people said. Out: the questions that are
open, each with how unsure it is, whether its witnesses contradict each other, whether people do. Nothing here
knows SQL, RDF or Flask.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

#: Properties of which a picture has one value: once it is judged, nothing more is asked.
SINGLE = frozenset({"category", "medium"})
#: Pictures without any claim of these are asked for one.
WANTED = ("category", "medium")
_LEAST = 0.1  # a guess below this is not asked, when a better one was rejected
_HEARD = 0.15  # a value that the caption speaks for counts as a contradiction from this confidence
_PAINTED = {"category": "reproduction", "medium": "painting"}  # either both or none
_TEACHES = {"topic": 0.5}  # no model learns from verdicts on topics: they only mend what is shown
DISPUTE = 2.0  # added to the score of what people differ about


@dataclass(frozen=True)
class Said:
    """A claim of a run. `sight` is what the picture alone says (0…1, None where it was not asked), `heard`
    whether the caption speaks for it.
    """

    plate: str
    property: str
    value: str
    qualifier: str
    confidence: float
    run: str
    sight: float | None = None
    heard: bool = False

    def statement(self) -> tuple[str, str]:
        """What is said, whoever says it."""
        return self.value, self.qualifier


@dataclass(frozen=True)
class Judged:
    """What people said of one statement: per person the verdict that stands, and the value put in its
    place.
    """

    verdicts: Mapping[str, str] = field(default_factory=dict)  # reviewer → verdict, comments left out

    @property
    def disputed(self) -> bool:
        """Whether as many find it right as find it wrong."""
        right = sum(verdict == "accepted" for verdict in self.verdicts.values())
        return right > 0 and 2 * right == len(self.verdicts)


@dataclass(frozen=True)
class Question:
    """Something to ask a person. `unsure` is 0…1; `conflict` names what disagrees ("sight", "medium", "");
    `settled`: somebody answered it already, it is only asked for a second opinion.
    """

    said: Said
    unsure: float
    conflict: str = ""
    disputed: bool = False
    undecided: bool = False  # nothing is believed
    settled: bool = False
    judges: tuple[str, ...] = ()


def key(plate: str, property: str, value: str, qualifier: str) -> str:
    """A short name for a statement, the same everywhere: 20 hexadecimal digits."""
    text = "\n".join((plate, property, value, qualifier))
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()


def unsure(best: float, second: float) -> float:
    """How near the two best answers are, 0…1.

    >>> round(unsure(0.95, 0.05), 2), round(unsure(0.52, 0.48), 2)
    (0.1, 0.96)
    """
    return max(0.0, min(1.0, 1 - abs(best - second)))


def score(property: str, doubt: float, conflict: bool, disputed: bool, alike: int, rank: int) -> float:
    """The worth of asking: doubt and contradiction, more where look-alikes wait for the same answer (the
    first of them counts most), and most where people differ.

    >>> alone, many = score("artist", 0.5, False, False, 0, 1), score("artist", 0.5, False, False, 9, 1)
    >>> alone < many < score("artist", 0.5, True, False, 9, 1)
    True
    """
    doubt = (doubt + conflict) * _TEACHES.get(property, 1.0)
    return doubt * (1 + math.log10(1 + alike) / rank) + DISPUTE * disputed


def questions(
    plate: str,
    claims: Sequence[Said],
    believed: Iterable[tuple[str, str, str]],
    judged: Mapping[tuple[str, str, str], Judged],
) -> list[Question]:
    """The questions about one picture.

    `believed` and the keys of `judged` are (property, value, qualifier). Asked are the values that are
    believed and nobody judged; where nothing is believed, the best guess nobody judged.
    """
    held = set(believed)
    found: list[Question] = []
    ordered = sorted(claims, key=lambda c: (c.property, -c.confidence, c.value, c.qualifier))
    groups = {name: _once(some) for name, some in groupby(ordered, key=lambda c: c.property)}
    painted = _painted(groups)
    for name, group in groups.items():
        mine = {said[1:]: by for said, by in judged.items() if said[0] == name}
        answered = any("accepted" in by.verdicts.values() for by in mine.values()) or any(
            "replaced" in by.verdicts.values() for by in mine.values()
        )
        decided = any(has[0] == name for has in held)
        open_ones = [c for c in group if c.statement() not in mine]
        asked = [c for c in open_ones if (name, *c.statement()) in held]
        if not decided and open_ones and (not mine or open_ones[0].confidence >= _LEAST):
            asked = open_ones[:1]
        if name in SINGLE and answered:
            asked = []
        for claim in group:
            by = mine.get(claim.statement())
            if claim not in asked and by is None:
                continue
            found.append(
                Question(
                    claim,
                    unsure(claim.confidence, _second(claim, group)),
                    _conflict(claim, group) or (painted if name in _PAINTED else ""),
                    by is not None and by.disputed,
                    not decided,
                    by is not None and not by.disputed,
                    tuple(sorted(by.verdicts)) if by else (),
                )
            )
    for name in WANTED:
        said = any(statement[0] == name for statement in judged) or any(has[0] == name for has in held)
        if name not in groups and not said:
            found.append(Question(Said(plate, name, "", "", 0.0, ""), 1.0, undecided=True))
    return found


def _once(claims: Iterable[Said]) -> list[Said]:
    """Each statement once, as the surest run says it."""
    best: dict[tuple[str, str], Said] = {}
    for claim in claims:
        best.setdefault(claim.statement(), claim)
    return list(best.values())


def _second(claim: Said, group: Sequence[Said]) -> float:
    """The confidence of the best other answer; where "none of them" is an answer too, at least that of it."""
    other = max((c.confidence for c in group if c is not claim), default=0.0)
    return other if claim.property in SINGLE and len(group) > 1 else max(other, 1 - claim.confidence)


def _conflict(claim: Said, group: Sequence[Said]) -> str:
    """ "sight" when the picture alone says something else than the caption."""
    seen = [c for c in group if c.sight is not None]
    if not seen:
        return ""
    by_sight = max(seen, key=lambda c: c.sight or 0.0)
    if by_sight is not claim and claim.heard:
        return "sight"
    others = any(c.heard and c.confidence >= _HEARD for c in group if c is not claim)
    return "sight" if others and not claim.heard else ""


def _painted(groups: Mapping[str, Sequence[Said]]) -> str:
    """ "medium" when a picture counts as reproducing a painting and as no painting at once, or the other way
    round.
    """
    best = {name: groups[name][0] for name in _PAINTED if groups.get(name)}
    if len(best) < 2:
        return ""
    says = {best[name].value.rsplit("/", 1)[-1] == value for name, value in _PAINTED.items()}
    return "medium" if len(says) == 2 else ""
