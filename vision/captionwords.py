"""What captions say about the kind of picture: a caption goes in, cues with their place in it come out.

"Radierung von 1641", "Ground plan", "d'après le dessin": such words and phrases stand in `captioncues.json`,
by language and by what they mean. How much a group of cues weighs for a label is learnt from captioned,
labelled pictures (`vision.learncaptions`) and kept in `captionweights.json`. A caption's cues and the image's
probabilities are fused as evidence from two witnesses: logarithms are added, and the sum of what the cues say
is capped, so that no caption outshouts a picture that is plainly something else.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from vision.heads import Head, softmax
from vision.together import Together
from vision.together import read as read_together

CUES = Path(__file__).with_name("captioncues.json")
WEIGHTS = Path(__file__).with_name("captionweights.json")
HIDDEN = "hidden"
_NUMBER = re.compile(
    r"\s*(abb(ildung)?|figs?|figure|taf(el)?|plate|pl|planche|nr|no)\b[.\s]*[\divxlc]+[a-z]?\b"
    r"([\s,–-]*(to|bis|und|and|u)?[\s.]*\d+)*[\s.:—–>-]*",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_CLAUSE = re.compile(
    r"(?<!\bst)(?<!\bheil)(?<!\b\w)[.;:]\s|—|–\s|\(|\sin (?:the|der|dem|den)\s", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A word or phrase of a caption: the group it belongs to and its characters [start, end) in the
    caption.
    """

    group: str
    start: int
    end: int


@dataclass(frozen=True)
class Fusion:
    """How cues and image are put together for one task.

    `weights`: group → log-likelihood ratio per label; `scale` multiplies, `cap` bounds their sum per label.
    `floor`: the share of the image's probabilities that is spread over all labels before a caption is heard,
    for the image may show what its model hardly ever saw; `sharpness`: the power to which they are raised
    before that, since beside captions the image need not doubt labels it knows. `temperature` is of the fused
    probabilities, `silent` of the image's where the caption has no cue, `bare` where there is no caption:
    such that the one `threshold` of abstention is right for all three.
    """

    labels: tuple[str, ...]
    weights: Mapping[str, Sequence[float]]
    scale: float = 1.0
    cap: float = 4.0
    floor: float = 0.1
    sharpness: float = 1.0
    temperature: float = 1.0
    silent: float = 1.0
    bare: float = 1.0
    threshold: float = 0.0
    head: str = ""  # SHA-256 of the head's tensors that the numbers were chosen for
    report: Mapping[str, Any] = field(default_factory=dict)
    together: Together = field(default_factory=Together)

    def fuse(self, image: np.ndarray, captions: Sequence[str], cues: Sequence[Sequence[Cue]]) -> np.ndarray:
        """The image's probabilities [n, labels], n captions and their cues as distributions [n, labels]. A
        group speaks once per caption, however often it occurs.
        """
        said = np.zeros(image.shape)
        for row, found in enumerate(cues):
            for group in {cue.group for cue in found} & self.weights.keys():
                said[row] += self.weights[group]
        heard = np.array([bool(found) for found in cues], bool)
        return self.combine(
            image, said, heard, np.array([bool(caption.strip()) for caption in captions], bool)
        )

    def combine(
        self, image: np.ndarray, said: np.ndarray, heard: np.ndarray, captioned: np.ndarray
    ) -> np.ndarray:
        """As `fuse`, from summed weights [n, labels], whether there was any cue [n], any caption [n]."""
        image = self.sharpened(image)
        together = np.log(self.floored(image)) + self.capped(said)
        logits = np.where(heard[:, None], together, np.log(np.maximum(image, 1e-9)))
        temperature = np.where(heard, self.temperature, np.where(captioned, self.silent, self.bare))
        return softmax(logits / temperature[:, None])

    def sharpened(self, image: np.ndarray) -> np.ndarray:
        """The image's probabilities as sure as they are of labels their model knows."""
        powers = np.maximum(image, 1e-12) ** self.sharpness
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))

    def floored(self, image: np.ndarray) -> np.ndarray:
        """The image's probabilities with the floor under them."""
        return (1 - self.floor) * image + self.floor / image.shape[-1]

    def capped(self, said: np.ndarray) -> np.ndarray:
        """What the cues say, as loud as they may."""
        return np.clip(self.scale * said, -self.cap, self.cap)


def find(caption: str, language: str = "") -> tuple[Cue, ...]:
    """The cues of a caption in the order they stand, what the groups' rules mute left out.

    `language` (BCP 47) chooses the words; without one, or with one that has no words, all are looked for.
    Spelling may be old or misread: long s, ß or ss, lost or written-out umlauts, hyphens at line ends.
    """
    if not caption:
        return ()
    text, places = folded(caption)
    cues = _cues(language.lower().partition("-")[0])
    first = _first_clause(text)
    rules = _data()["groups"]
    spans = [(m.start(), m.end(), cues.phrases[int(m.lastindex or 1) - 1]) for m in cues.finditer(text)]
    phrases = {place for start, end, _ in spans for place in range(start, end)}
    words = ((m.start(), m.end(), cues.word(m.group())) for m in _WORD.finditer(text))
    spans += [(start, end, group) for start, end, group in words if group and start not in phrases]
    found = [
        Cue(group, places[start], places[end - 1] + 1)
        for start, end, group in sorted(spans)
        if group != HIDDEN and not (rules[group].get("first") and start >= first)
    ]
    muted = {name for cue in found for name in rules[cue.group].get("mutes", ())}
    return tuple(cue for cue in found if cue.group not in muted)


def load(task: str) -> Fusion:
    """The fusion learnt for "category" or "medium"."""
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))[task]
    labels = tuple(data["labels"])
    together = read_together(data.get("together"), len(labels))
    return Fusion(**{**data, "labels": labels, "together": together})


def for_head(head: Head) -> Fusion | None:
    """How captions are heard beside this head; None when its labels are not those the words are about.

    Threshold and temperatures were chosen for the head that comes with the program; another one keeps its
    own, unless it merely learnt from reviews of that one's answers.
    """
    fusion = load(head.task)
    if set(head.labels) != set(fusion.labels):
        return None
    order = [fusion.labels.index(label) for label in head.labels]
    weights = {group: [row[i] for i in order] for group, row in fusion.weights.items()}
    fusion = replace(fusion, labels=head.labels, weights=weights)
    if fusion.head in {head.sha256, head.card.get("based_on")}:
        return fusion
    return replace(fusion, silent=1.0, bare=1.0, threshold=head.threshold, together=head.together)


def digest() -> str:
    """SHA-256 of the words and their weights."""
    return hashlib.sha256(CUES.read_bytes() + WEIGHTS.read_bytes()).hexdigest()


def groups_for(task: str) -> dict[str, dict[str, float]]:
    """Group → label → the share of pictures that language alone lets one expect; what is left over is
    spread evenly.
    """
    return {name: dict(rule[task]) for name, rule in _data()["groups"].items() if task in rule}


def folded(text: str) -> tuple[str, list[int]]:
    """Text in lower case without diacritics, long s and ligatures, soft hyphens and hyphens at line ends, and
    for each of its characters the place it comes from.
    """
    characters: list[str] = []
    places: list[int] = []
    for match in re.finditer(r"(?:-\s*\n\s*|\u00ad)|.", text, re.DOTALL):
        if len(match.group()) > 1 or match.group() == "\u00ad":
            continue
        for character in _fold(match.group()):
            characters.append(character)
            places.append(match.start())
    return "".join(characters), places


@cache
def _fold(character: str) -> str:
    special = {"ß": "ss", "ẞ": "ss", "ſ": "s", "æ": "ae", "œ": "oe", "’": "'", "‘": "'", "ø": "o"}
    if character.lower() in special:
        return special[character.lower()]
    parts = unicodedata.normalize("NFKD", character).lower()
    plain = "".join(c for c in parts if not unicodedata.combining(c))
    return plain if plain.strip() else (plain and " ")


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(CUES.read_text(encoding="utf-8"))
    return data


class _Cues:
    """The cues of some languages, ready to be looked for: phrases by one pattern, single words by a look-up
    that remembers its answers. Hidden ones are tried first, then those without stars, then the longest.
    """

    def __init__(self, by_group: Sequence[tuple[str, str]]) -> None:
        ordered = sorted(by_group, key=lambda i: (i[1] != HIDDEN, "*" in i[0], -len(i[0]), i[0]))
        phrases = [(cue, group) for cue, group in ordered if re.search(r"\W", cue.replace("*", ""))]
        words = [
            (form, group) for cue, group in ordered if (cue, group) not in phrases for form in _forms(cue)
        ]
        self.phrases = tuple(group for _, group in phrases)
        self.finditer = re.compile(
            rf"(?<!\w)(?:{'|'.join('(' + '|'.join(_forms(cue)) + ')' for cue, _ in phrases)})(?!\w)"
        ).finditer
        self._groups = tuple(group for _, group in words)
        self._words = re.compile("|".join(f"({form})" for form, _ in words))
        self.word = lru_cache(maxsize=50_000)(self._look_up)

    def _look_up(self, word: str) -> str:
        match = self._words.fullmatch(word)
        return self._groups[int(match.lastindex or 1) - 1] if match else ""


@cache
def _cues(language: str) -> _Cues:
    by_language = _data()["cues"]
    chosen = [by_language[language]] if language in by_language else list(by_language.values())
    return _Cues([(cue, name) for words in chosen for name, group in words.items() for cue in group])


def _forms(cue: str) -> list[str]:
    """A cue as regular expressions over folded text: umlauts lost or written out, s misread as f."""
    written = cue.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    forms = {folded(cue)[0], folded(written)[0]}
    return [_expression(form) for form in sorted(forms)]


def _expression(form: str) -> str:
    words = []
    for word in form.split():
        if word == "*":
            words.append(r"\w+")
            continue
        escaped = re.escape(word).replace(r"\*", r"\w*")
        if len(word) > 5:  # a long s read as f; it never ends a word
            escaped = re.sub(r"s(?=[a-z])", "[sf]", escaped)
        words.append(escaped)
    return r"\W{1,3}".join(words)


def _first_clause(text: str) -> int:
    """Where the caption's first clause ends, its number left aside."""
    number = _NUMBER.match(text)
    start = number.end() if number else 0
    end = _CLAUSE.search(text, start + 1)
    return end.start() if end else len(text)
