"""What the linker is asked and what it answers, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as default

RUNNING_TEXT = 60  # characters of surrounding text that make a row a passage, not an entry of a list


@dataclass(frozen=True, slots=True)
class Request:
    """One caption with what is printed around it.

    `year` is when it was printed (None: unknown). `title` is the source's title, `heading` the heading
    above, `text` what is printed near. `language` may be "".
    """

    caption: str
    year: int | None = None
    language: str = ""
    title: str = ""
    heading: str = ""
    text: str = ""
    seen: tuple[tuple[int, float], ...] = ()  # works the picture repeats: item number, probability
    company: frozenset[int] = frozenset()  # rows of the persons whom neighbouring captions name beyond doubt
    stranger: bool = False  # whether the last whom the passage named so, more fully, is nobody known
    here: frozenset[int] = frozenset()  # those of the company who are named in the same stretch of text
    echo: tuple[tuple[int, float], ...] = ()  # whom the same name means elsewhere in it: row, probability
    claimed: tuple[tuple[int, float], ...] = ()  # works another caption names better: row, probability
    maker: tuple[int, int] | None = None  # where in the caption the maker's name stands, if a record tells

    @property
    def passage(self) -> bool:
        """Whether there is running text around: a place or a date beside a name is none."""
        return len(self.text) >= RUNNING_TEXT


@dataclass(frozen=True, slots=True)
class Choice:
    """One item that a caption may mean. `start`/`end` are offsets of the words that name it in `field` of
    the request.
    """

    row: int
    item: int
    label: str
    confidence: float
    qualifier: str = ""
    field: str = "caption"
    start: int = 0
    end: int = 0
    matched: str = ""  # the gazetteer's label or title that was met
    reasons: tuple[str, ...] = ()
    features: dict[str, float] = default(default_factory=dict, compare=False)

    @property
    def qid(self) -> str:
        return f"Q{self.item}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Choices best first, each with the probability that it is the right one; what is left to 1 is "none of
    these".

    `artist` and `artwork` are the choices made, None when none is likely enough (or two are equally good).
    """

    artist: Choice | None = None
    artwork: Choice | None = None
    artists: tuple[Choice, ...] = ()
    artworks: tuple[Choice, ...] = ()
