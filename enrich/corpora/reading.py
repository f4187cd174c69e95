"""What the reading of a corpus may do and where it may put things.

`Reading` is what a user can set (`[read]` in the settings); `Place` adds the folders of the store. Without
folders nothing is written: no picture is cut out of a page and nothing fetched is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from enrich.corpora.digests import Digests


@dataclass(frozen=True)
class Reading:
    """`fetch`: whether resources that a manifest or a METS names may be fetched (those of an address given as
    the corpus may always); `timeout`: seconds to wait for an answer; `limit_mb`: the largest answer; `pause`:
    seconds between two requests to one server; `image_size`: long side in pixels of pictures asked of a
    service; `manifests`: how many manifests of collections are read at most; `pages`: whether pages that are
    nothing but picture become illustrations.
    """

    fetch: bool = False
    timeout: float = 30.0
    limit_mb: int = 100
    pause: float = 0.2
    image_size: int = 1200
    manifests: int = 1000
    pages: bool = True

    def __post_init__(self) -> None:
        for name in ("fetch", "pages"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be true or false")
        for name in ("timeout", "limit_mb", "image_size", "manifests"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be greater than 0")
        if self.pause < 0:
            raise ValueError("pause must not be negative")


@dataclass
class Place:
    """`crops`: where pictures cut out of pages are kept; `web`: where answers of servers are kept; `say`:
    how the reader tells what it found; `base`: the address of a corpus that was given as one, which is what
    relative names in it are relative to.
    """

    reading: Reading = field(default_factory=Reading)
    crops: Path | None = None
    web: Path | None = None
    digests: Digests = field(default_factory=Digests)
    say: Callable[[str], None] = lambda text: None
    images: Path | None = None
    base: str = ""

    @property
    def fetch(self) -> bool:
        """Whether what a file names may be fetched: the user allowed it, or gave an address."""
        return self.reading.fetch or bool(self.base)
