"""Texture atlases of the map: every picture small, many pictures to a sheet, in several levels of detail.

In: the thumbnails of a store, by content hash. Out: `STORE/media/tiles.sqlite`, which keeps each picture at
64 × 64 pixels with its proportions and mean colour, so that a new picture costs one picture; and sheets below
`STORE/media/sheets/`, named by a hash of what they show, so that they never change and may be kept for ever.
A picture is squeezed to a square on a sheet and drawn in its own proportions, so no pixel is wasted on
margins.
"""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from kg.media import Media

#: Side of a kept tile in pixels; every level of detail is made from it.
TILE = 64
#: The format of tiles and sheets; another number leaves the old ones unused.
FORMAT = 1
_TABLE = (
    "CREATE TABLE IF NOT EXISTS tile (digest TEXT PRIMARY KEY, width INT, height INT, colour INT, jpeg BLOB)"
)
_SOME = 400  # tiles asked for or written at once
_GREY = (128, 128, 128)


@dataclass(frozen=True)
class Level:
    """One level of detail: pictures of `side` pixels, `columns` × `columns` of them on a sheet."""

    side: int
    columns: int

    @property
    def per_sheet(self) -> int:
        return self.columns * self.columns


@dataclass(frozen=True)
class Look:
    """What is known of a picture without seeing it: its size in pixels (0 × 0 when it cannot be read) and its
    mean colour.
    """

    width: int
    height: int
    colour: tuple[int, int, int]


def levels(pictures: int) -> tuple[Level, ...]:
    """The levels of a map of so many pictures. The first is loaded whole, so it is the coarser the more there
    are (about 2 MB at 100,000); the others are loaded where somebody looks.

    >>> [level.side for level in levels(500)], [level.side for level in levels(100_000)]
    ([32, 64], [8, 32, 64])
    """
    near = (Level(32, 32), Level(64, 16))
    if pictures <= 4096:
        return (Level(32, 64 if pictures > 1024 else 32), near[1])
    first = Level(16, 128) if pictures <= 16_384 else Level(8, 128)
    return (first, *near)


class Atlases:
    """The tiles and sheets of the store in `store_dir`. Several processes may use one; a crash leaves nothing
    half-made.
    """

    def __init__(self, store_dir: Path | str) -> None:
        self._media = Media(store_dir)
        self._tiles = self._media.folder / "tiles.sqlite"
        self._sheets = self._media.folder / "sheets"

    def ensure(self, digests: Iterable[str], progress: Callable[[int], None] | None = None) -> int:
        """Make the tiles that are missing; returns how many pictures could not be read. A picture that could
        not is tried again the next time.
        """
        wanted = list(dict.fromkeys(digest for digest in digests if digest))
        self._media.folder.mkdir(parents=True, exist_ok=True)
        with closing(self._open()) as database:
            there = {row[0] for row in database.execute("SELECT digest FROM tile")}
            missing = [digest for digest in wanted if digest not in there]
            if progress and len(missing) < len(wanted):
                progress(len(wanted) - len(missing))
            unread = 0
            with ThreadPoolExecutor(4) as threads:
                for start in range(0, len(missing), _SOME):
                    some = missing[start : start + _SOME]
                    made = [row for row in threads.map(self._tile, some) if row]
                    unread += len(some) - len(made)
                    with database:
                        database.executemany("INSERT OR IGNORE INTO tile VALUES (?,?,?,?,?)", made)
                    if progress:
                        progress(len(some))
        return unread

    def looks(self, digests: Sequence[str]) -> list[Look]:
        """Size and colour of pictures, in their order."""
        known: dict[str, Look] = {}
        with closing(self._open()) as database:
            for some, marks in _blocks(digests):
                sql = f"SELECT digest, width, height, colour FROM tile WHERE digest IN ({marks})"
                for digest, width, height, colour in database.execute(sql, some):
                    known[digest] = Look(width, height, (colour >> 16, colour >> 8 & 255, colour & 255))
        nothing = Look(0, 0, _GREY)
        return [known.get(digest, nothing) for digest in digests]

    def sheets(self, digests: Sequence[str], level: Level) -> list[str]:
        """The names of the sheets that show these pictures in this order, made where they are not there.

        The file of a name is `sheet(name)`. Pictures without a tile stay grey.
        """
        names = []
        self._sheets.mkdir(parents=True, exist_ok=True)
        with closing(self._open()) as database:
            for start in range(0, len(digests), level.per_sheet):
                some = digests[start : start + level.per_sheet]
                there = _there(database, some)
                listed = "\n".join(digest if digest in there else "" for digest in some)
                key = f"{FORMAT} {level.side} {level.columns}\n{listed}"
                name = hashlib.sha256(key.encode()).hexdigest()[:24]
                if not self.sheet(name).exists():
                    _write(self.sheet(name), _sheet(database, some, level))
                names.append(name)
        return names

    def sheet(self, name: str) -> Path:
        """Where the sheet of a name lies."""
        return self._sheets / f"{name}.jpg"

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._tiles, timeout=60)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(_TABLE)
        return database

    def _tile(self, digest: str) -> tuple[str, int, int, int, bytes] | None:
        """One picture as a row of the table, from its thumbnail, or from itself where it has none."""
        file: Path | None = self._media.thumbnail(digest)
        if file is None or not file.is_file():
            file = self._media.path(digest)
        if file is None:
            return None
        try:
            with Image.open(file) as picture:
                picture.draft("RGB", (2 * TILE, 2 * TILE))
                width, height = picture.size
                small = picture.convert("RGB").resize(
                    (TILE, TILE), Image.Resampling.LANCZOS, reducing_gap=2.0
                )
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None  # whoever looked at the pictures has reported it
        red, green, blue = small.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        out = io.BytesIO()
        small.save(out, "JPEG", quality=80)
        return digest, width, height, red << 16 | green << 8 | blue, out.getvalue()


def _there(database: sqlite3.Connection, digests: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some, marks in _blocks(digests):
        found |= {r[0] for r in database.execute(f"SELECT digest FROM tile WHERE digest IN ({marks})", some)}
    return found


def _sheet(database: sqlite3.Connection, digests: Sequence[str], level: Level) -> bytes:
    """The pictures side by side, row by row, as a JPEG; no higher than they need."""
    rows = -(-len(digests) // level.columns)
    side = level.side
    sheet = Image.new("RGB", (level.columns * side, rows * side), _GREY)
    places: dict[str, list[int]] = {}
    for place, digest in enumerate(digests):
        places.setdefault(digest, []).append(place)
    for some, marks in _blocks(list(places)):
        for digest, jpeg in database.execute(
            f"SELECT digest, jpeg FROM tile WHERE digest IN ({marks})", some
        ):
            tile: Image.Image = Image.open(io.BytesIO(jpeg))
            tile.draft("RGB", (side, side))
            tile = tile.convert("RGB")
            if tile.size != (side, side):
                tile = tile.resize((side, side), Image.Resampling.BOX)
            for place in places[digest]:
                sheet.paste(tile, (place % level.columns * side, place // level.columns * side))
    out = io.BytesIO()
    # Colour is kept per block of 16 pixels, or of 8 where a picture is no larger: none bleeds into the next.
    sheet.save(
        out, "JPEG", quality=50 if side < TILE else 60, subsampling=0 if side < 16 else 2, optimize=True
    )
    return out.getvalue()


def _blocks(digests: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    for start in range(0, len(digests), _SOME):
        some = digests[start : start + _SOME]
        yield some, ",".join("?" * len(some))


def _write(file: Path, content: bytes) -> None:
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(file)
