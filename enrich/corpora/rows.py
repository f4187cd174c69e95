"""Rows of a table file as plain dictionaries of text: CSV (`,`, `;` or tab), JSON Lines and Parquet.

In: a file. Out: (place, {column: text}) pairs, one row in memory at a time; a row that cannot be read is
reported with its place ("file:row", the row as a spreadsheet counts it, the header being row 1) and left
out.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from enrich.corpora.faults import CorpusError, Report, error

CSV_SUFFIXES = (".csv", ".tsv")
JSONL_SUFFIXES = (".jsonl", ".ndjson")
PARQUET_SUFFIXES = (".parquet",)
SUFFIXES = CSV_SUFFIXES + JSONL_SUFFIXES + PARQUET_SUFFIXES
FIELD_LIMIT = 20_000_000  # characters; a longer field is an unclosed quotation mark, not a caption

Row = tuple[str, dict[str, str]]


def read_rows(path: Path, report: Report) -> Iterator[Row]:
    """Every readable row of `path` with its place. Raises `CorpusError` if the file as a whole is not a
    table.
    """
    suffix = path.suffix.lower()
    if suffix in CSV_SUFFIXES:
        return _csv_rows(path, report)
    if suffix in JSONL_SUFFIXES:
        return _json_rows(path, report)
    if suffix in PARQUET_SUFFIXES:
        return _parquet_rows(path)
    raise CorpusError(f"{path}: not a table Legenda reads ({', '.join(SUFFIXES)})")


def read_header(path: Path) -> list[str]:
    """The columns of a table: a CSV's first row, the fields of a Parquet schema, every key that a JSON line
    has.
    """
    suffix = path.suffix.lower()
    if suffix in PARQUET_SUFFIXES:
        return _parquet_header(path)
    if suffix in JSONL_SUFFIXES:
        return list(dict.fromkeys(k for _, row in _json_rows(path, lambda fault: None) for k in row))
    check_utf8(path)
    csv.field_size_limit(FIELD_LIMIT)
    for _, fields, problem in _csv_records(path, _delimiter(path)):
        if problem or not any(f.strip() for f in fields):
            raise CorpusError(f"{path}: the first row is not a header ({problem or 'it is empty'})")
        return _checked_header(path, fields)
    raise CorpusError(f"{path}: the table is empty")


def check_utf8(path: Path) -> None:
    """Raise `CorpusError` naming the first byte that is not UTF-8, and what the file probably is instead."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise CorpusError(f"{path}: is UTF-16, not UTF-8; save it again as UTF-8")
        file.seek(0)
        while block := file.read(1 << 20):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as problem:
                line += block.count(b"\n", 0, problem.start)
                raise CorpusError(
                    f"{path}: line {line} is not UTF-8 (byte 0x{problem.object[problem.start]:02x}); "
                    "the file is probably Windows-1252 or ISO 8859-1: save it again as UTF-8"
                ) from None
            line += block.count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise CorpusError(f"{path}: ends within a character; the file was cut off") from None


def sniff_delimiter(header: str) -> str:
    """The delimiter of a header line: the one of `,` `;` tab that occurs most often outside quotation
    marks.
    """
    outside = "".join(header.split('"')[::2])
    return max(",;\t", key=outside.count)


# ---- CSV


def _csv_rows(path: Path, report: Report) -> Iterator[Row]:
    header = read_header(path)
    resync = (
        False  # after a broken record that ran over several lines: the next good row is where reading resumes
    )
    records = _csv_records(path, _delimiter(path))
    next(records)  # the header
    for row, (line, fields, problem) in enumerate(records, start=2):
        place = f"{path.name}:{row}" if line == row else f"{path.name}:{row} (line {line})"
        if not problem and not any(fields):
            continue  # a blank line
        if not problem and len(fields) != len(header):
            problem = f"has {len(fields)} fields, the header {len(header)}; the row was left out"
        if problem:
            if not resync:
                report(error(place, problem))
            resync = resync or "opened and not closed" in problem
            continue
        resync = False
        yield place, dict(zip(header, fields, strict=True))


def _delimiter(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sniff_delimiter(file.readline())


def _checked_header(path: Path, fields: list[str]) -> list[str]:
    names = [f.strip() for f in fields]
    twice = sorted({n for n in names if n and names.count(n) > 1})
    if twice:
        raise CorpusError(f"{path}: the column {twice[0]!r} occurs twice in the header")
    return [n or f"column{number}" for number, n in enumerate(names, start=1)]


def _csv_records(path: Path, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """(first line, fields, problem) of every record; after an unclosed quotation mark reading resumes on
    the next line, so that one stray mark costs one row and not the rest of the file.
    """
    line = 1
    again = True
    while again:
        again = False
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = line
            reader = csv.reader(islice(file, first - 1, None), delimiter=delimiter, strict=True)
            while True:
                start = line
                try:
                    fields = next(reader)
                except StopIteration:
                    break
                except csv.Error as problem:
                    line = first + reader.line_num
                    if line - start > 1 or "unexpected end of data" in str(problem):
                        yield start, [], "a quotation mark is opened and not closed; the row was left out"
                        line, again = start + 1, True
                        break
                    if "field limit" in str(problem):
                        limit = f"a field of more than {FIELD_LIMIT:,} characters"
                        yield start, [], f"{limit}, or a quotation mark not closed; the row was left out"
                        continue
                    yield start, [], f"a misplaced quotation mark ({problem}); the row was left out"
                    continue
                line = first + reader.line_num
                yield start, fields, ""


# ---- JSON Lines


def _json_rows(path: Path, report: Report) -> Iterator[Row]:
    check_utf8(path)
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            place = f"{path.name}:{number}"
            try:
                value = json.loads(line)
            except json.JSONDecodeError as problem:
                report(
                    error(
                        place, f"is not JSON ({problem.msg} at column {problem.colno}); the row was left out"
                    )
                )
                continue
            if not isinstance(value, dict):
                report(error(place, f"is a JSON {type(value).__name__}, not an object; the row was left out"))
                continue
            yield place, {str(k): as_text(v) for k, v in value.items()}


# ---- Parquet


def _parquet_header(path: Path) -> list[str]:
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        return [str(n) for n in parquet.read_schema(path).names]
    except (pyarrow.ArrowInvalid, OSError) as problem:
        raise CorpusError(f"{path}: not a readable Parquet file ({str(problem).splitlines()[0]})") from None


def _parquet_rows(path: Path) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        with parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path.name}:{number}", {str(k): as_text(v) for k, v in row.items()}
    except (pyarrow.ArrowInvalid, OSError) as problem:
        raise CorpusError(f"{path}: not a readable Parquet file ({str(problem).splitlines()[0]})") from None


def as_text(value: Any) -> str:
    """A cell as text: "" for nothing, whole numbers without ".0", several values of a list joined by "|"."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, float) and value != value:  # not a number: how data frames write an empty cell
        return ""
    if isinstance(value, list) and all(isinstance(v, str | int | float) for v in value):
        return "|".join(as_text(v) for v in value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
