"""Lists of pictures as people have them: tables, folders or files go in, pictures and labels come out."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.nouns import Illustration

TABLES = {".csv", ".tsv"}
PICTURES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp", ".ppm", ".pgm", ".jp2", ".jpe"}


class TableError(Exception):
    """A table that cannot be used; the message names file and row."""


@dataclass(frozen=True)
class Labelled:
    """One picture of a training table: `name` as written, its file, its label, the group it belongs to."""

    name: str
    path: Path
    label: str
    group: str


def pictures(places: Iterable[Path | str]) -> list[tuple[str, Path]]:
    """(name as given, file) of every picture in `places`: tables with a column `file`, folders, picture
    files.

    Names in a table are relative to the table's folder and come back as written; a folder's pictures are
    named by their path, sorted. Raises `TableError`.
    """
    found: list[tuple[str, Path]] = []
    for place in map(Path, places):
        if place.is_dir():
            files = sorted(p for p in place.rglob("*") if p.suffix.lower() in PICTURES and p.is_file())
            if not files:
                raise TableError(f"{place}: no pictures in this folder")
            found += [(str(file), file) for file in files]
        elif place.suffix.lower() in TABLES:
            found += [(row["file"], place.parent / row["file"]) for _, row in _rows(place, ("file",))]
        elif place.exists():
            found.append((str(place), place))
        else:
            raise TableError(f"{place}: no such file or folder")
    return found


def labelled(table: Path | str, groups: str = "") -> list[Labelled]:
    """The pictures of a training table (columns file, label), in its order.

    `groups` names the column that says which pictures belong together (a book); by default `group` or
    `source` where there is one, else the picture's folder: label follows book, so pictures of one book must
    stay on one side.
    """
    table = Path(table)
    found = []
    for number, row in _rows(table, ("file", "label")):
        path = table.parent / row["file"]
        column = groups or next((name for name in ("group", "source") if row.get(name)), "")
        if groups and groups not in row:
            raise TableError(f"{table}: no column {groups!r}")
        if not row["label"]:
            raise TableError(f"{table}:{number}: the label is empty")
        found.append(Labelled(row["file"], path, row["label"], row[column] if column else str(path.parent)))
    if not found:
        raise TableError(f"{table}: no rows")
    return found


def illustration(name: str, path: Path) -> Illustration:
    """A picture file as an illustration without a corpus; a file that cannot be read has no digest."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return Illustration("", name)
    return Illustration("", name, image=path, image_digest=digest)


def training_digest(items: Iterable[tuple[str, str]]) -> str:
    """SHA-256 of a training set: its (image digest, label) pairs in sorted order, wherever the files lie."""
    return hashlib.sha256("\n".join(f"{d} {label}" for d, label in sorted(items)).encode()).hexdigest()


def write_rows(path: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    """A CSV file, UTF-8, written whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    temporary.replace(path)


def _rows(table: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a CSV or TSV table, which must have the `needed` columns filled."""
    delimiter = "\t" if table.suffix.lower() == ".tsv" else ","
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=delimiter)
            missing = [name for name in needed if name not in (reader.fieldnames or ())]
            if missing:
                raise TableError(
                    f"{table}: no column {missing[0]!r} (there are: {', '.join(reader.fieldnames or ())})"
                )
            for row in reader:
                clean = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
                if not clean["file"]:
                    raise TableError(f"{table}:{reader.line_num}: the column 'file' is empty")
                yield reader.line_num, clean
    except FileNotFoundError:
        raise TableError(f"{table}: no such file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{table}: not a UTF-8 CSV table ({error})") from None
