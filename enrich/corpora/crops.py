"""Pictures cut out of page scans, kept by the content of the scan: the user's files are never touched.

In: a scan, the boxes of its pictures. Out: image files in a folder of the store, named by a hash of scan, box
and turn, so that a second run cuts nothing. Also: how large a scan is, and whether anything is printed on it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageStat, UnidentifiedImageError

from kg.nouns import Region

_BLANK = 14.0  # standard deviation of grey below which a page is paper
_PROBLEMS = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, UnidentifiedImageError)


class Uncut(Exception):
    """A picture that cannot be cut out. One line."""


def size(scan: Path) -> tuple[int, int]:
    """Width and height in pixels, from the file's header. Raises `Uncut`."""
    try:
        with Image.open(scan) as image:
            return image.size
    except _PROBLEMS as problem:
        raise Uncut(f"{scan.name} is not a readable image ({_line(problem)})") from None


def cut(scan: Path, digest: str, boxes: Sequence[Region], folder: Path, turn: int = 0) -> list[Path]:
    """The files of the pictures in `boxes`, made where they are not there yet. Raises `Uncut`."""
    files = [folder / name[:2] / f"{name}.jpg" for name in (_name(digest, box, turn) for box in boxes)]
    missing = [(box, file) for box, file in zip(boxes, files, strict=True) if not file.exists()]
    if missing:
        try:
            with Image.open(scan) as image:
                image.load()
                for box, file in missing:
                    _save(_part(image, box, turn), file)
        except _PROBLEMS as problem:
            raise Uncut(f"{scan.name} cannot be read ({_line(problem)})") from None
    return files


def is_blank(scan: Path, digest: str, folder: Path) -> bool:
    """Whether a page is mere paper, remembered beside the pictures. Raises `Uncut`."""
    marks = {answer: folder / digest[:2] / f"{digest}.{answer}" for answer in ("blank", "printed")}
    for answer, mark in marks.items():
        if mark.exists():
            return answer == "blank"
    try:
        with Image.open(scan) as image:
            image.draft("L", (400, 400))
            small = image.convert("L").resize((200, 200))
    except _PROBLEMS as problem:
        raise Uncut(f"{scan.name} cannot be read ({_line(problem)})") from None
    blank = ImageStat.Stat(small.crop((20, 20, 180, 180))).stddev[0] < _BLANK
    mark = marks["blank" if blank else "printed"]
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    return blank


def _name(digest: str, box: Region, turn: int) -> str:
    text = f"{digest} {box.x},{box.y},{box.width},{box.height} {turn}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _part(image: Image.Image, box: Region, turn: int) -> Image.Image:
    part = image.crop(
        (box.x, box.y, min(box.x + box.width, image.width), min(box.y + box.height, image.height))
    )
    if part.mode in ("I;16", "I", "F"):
        low, high = part.getextrema()
        part = part.point(lambda v: (v - low) * 255 / max(1, high - low)).convert("L")  # type: ignore[operator]
    if part.mode not in ("L", "RGB"):
        part = part.convert("L" if part.mode in ("1", "LA") else "RGB")
    # Pillow turns counter-clockwise; a scan is turned clockwise to be read.
    return part.rotate(-turn, expand=True) if turn else part


def _save(part: Image.Image, file: Path) -> None:
    """Atomic, so that a kill leaves no half picture."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.stem}.{os.getpid()}.tmp")
    part.save(temporary, "JPEG", quality=92, optimize=False)
    temporary.replace(file)


def _line(problem: Exception) -> str:
    return " ".join(str(problem).split())[:120] or type(problem).__name__
