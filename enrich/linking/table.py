"""Linking a table: CSV in (id, caption and, where known, year, language, context), CSV out, row for row.

`context` is what is printed around the caption: its first line the source's title, its second the heading,
the rest the text; a single line is text. Rows of one source belong together: each also weighs whom the
others name. A row without a caption is answered with empty cells; a row that is broken is a fault.
"""

from __future__ import annotations

import csv
import gc
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from threading import Semaphore

from enrich.linking.catalogue import parts_of, record
from enrich.linking.garbage import uncollected
from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.linker import STUDY_FOR, Linker
from enrich.linking.request import Answer, Request
from kg.nouns import Fault, probability

COLUMNS = ("id", "artist", "artist_confidence", "qualifier", "artwork", "artwork_confidence")
BLOCK = 1000
_YEAR = re.compile(r"(?<!\d)(1[0-9]\d\d|20\d\d)(?!\d)")


class TableError(ValueError):
    """The table as a whole cannot be linked (no such file, no header, a column missing)."""


def request_of(row: dict[str, str]) -> Request:
    """A row of the table as a request; a year is the first four digits that look like one.

    A row without a column `caption` is a museum's record (`enrich.linking.catalogue`).
    """
    if "caption" not in row:
        return record(row, parts_of(row))
    year = _YEAR.search(row.get("year") or "")
    context = row.get("context") or ""
    if not context.endswith("\n\n"):  # which is a title without heading and text
        context = context.removesuffix("\n")
    lines = context.split("\n", 2)
    if len(lines) >= 3:
        title, heading, text = lines
    elif len(lines) == 2:
        title, heading, text = lines[0], "", lines[1]
    else:
        title, heading, text = "", "", context
    return Request(
        (row.get("caption") or "").strip(),
        int(year[1]) if year else None,
        row.get("language") or "",
        title.strip(),
        heading.strip(),
        text.rstrip("\n"),
    )


def answer_row(identifier: str, answer: Answer | None) -> list[str]:
    """The output row of an answer; confidences have four decimals."""
    artist = answer.artist if answer else None
    artwork = answer.artwork if answer else None
    if artwork and artwork.qualifier == STUDY_FOR:
        artwork = None  # the table has no column to say that it is not the work itself
    return [
        identifier,
        artist.qid if artist else "",
        f"{probability(artist.confidence):.4f}" if artist else "",
        artist.qualifier if artist else "",
        artwork.qid if artwork else "",
        f"{probability(artwork.confidence):.4f}" if artwork else "",
    ]


def surest(answers: Sequence[Answer]) -> Answer:
    """Of the answers for the works of one caption the surest: a row has room for one."""

    def sure(answer: Answer) -> tuple[float, float]:
        chosen = (answer.artwork, answer.artist)
        return (chosen[0].confidence if chosen[0] else 0.0, chosen[1].confidence if chosen[1] else 0.0)

    return max(answers, key=sure)


_linker: Linker | None = None


def _start(gazetteer: str) -> None:
    global _linker
    _linker = Linker(open_gazetteer(gazetteer))


def _start_process(gazetteer: str) -> None:
    """`_start` in a process that does nothing else: it never searches for cyclic garbage, there is none."""
    gc.disable()
    _start(gazetteer)


def _rows(block: list[dict[str, str]]) -> list[list[str]]:
    assert _linker is not None
    requests = [request_of(row) for row in block]
    answers = iter(_linker.link_works([r for r in requests if r.caption], brief=True))
    return [
        answer_row(row["id"], surest(next(answers)) if request.caption else None)
        for row, request in zip(block, requests, strict=True)
    ]


def link_table(
    table: Path,
    gazetteer: str,
    out: Path,
    *,
    processes: int | None = None,
    fault: Callable[[Fault], None] = lambda _: None,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Link every row of `table` and write `out` (whole or not at all); returns the number of rows written.

    Large tables are shared out over `processes` (default: the processors there are). Rows keep their order.
    A row whose number of cells is not the header's, or without an id, goes to `fault` and is left out.

    Raises TableError, GazetteerError.
    """
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    count = 0
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for rows in _answers(_blocks(table, fault), gazetteer, processes):
                writer.writerows(rows)
                count += len(rows)
                progress(count)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _answers(
    blocks: Iterable[list[dict[str, str]]], gazetteer: str, processes: int | None
) -> Iterator[list[list[str]]]:
    open_gazetteer(gazetteer)  # says what is wrong before any process is started
    wanted = processes or min(os.cpu_count() or 1, 8)
    blocks = iter(blocks)
    ahead = list(islice(blocks, 2))
    if wanted == 1 or len(ahead) < 2:
        with uncollected():
            _start(gazetteer)
            yield from map(_rows, chain(ahead, blocks))
        return
    from multiprocessing import get_context

    room = Semaphore(3 * wanted)  # blocks read but not yet answered: a table may be larger than the memory

    wanted_still = True

    def fed() -> Iterator[list[dict[str, str]]]:
        for block in chain(ahead, blocks):
            room.acquire()
            if not wanted_still:
                return
            yield block

    method = "fork" if os.name == "posix" else "spawn"
    with get_context(method).Pool(wanted, _start_process, (gazetteer,)) as pool:
        try:
            for rows in pool.imap(_rows, fed()):
                room.release()
                yield rows
        finally:
            wanted_still = False
            room.release()


def _blocks(table: Path, fault: Callable[[Fault], None]) -> Iterator[list[dict[str, str]]]:
    """Rows in blocks of about `BLOCK`, cut between sources where the rows tell their source's title."""
    block: list[dict[str, str]] = []
    title = ""
    for row in _read(table, fault):
        before, title = title, (row.get("context") or "").partition("\n")[0]
        if (len(block) >= BLOCK and title != before) or len(block) >= 4 * BLOCK:
            yield block
            block = []
        block.append(row)
    yield block


def _read(table: Path, fault: Callable[[Fault], None]) -> Iterator[dict[str, str]]:
    csv.field_size_limit(1 << 24)
    try:
        file = table.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise TableError(f"{table}: {error.strerror or error}") from None
    with file:
        reader = csv.DictReader(file, restkey="\0more")
        header = list(reader.fieldnames or ())
        known = parts_of(header)
        if "caption" not in header and not {"name", "title"} & set(known):
            missing = "no column id and " if "id" not in header else ""
            raise TableError(f"{table}: {missing}no column caption, nor one like name or title")
        key = "id" if "id" in header else known.get("inventory", "") if "caption" not in header else ""
        if not key:
            raise TableError(f"{table}: no column id")
        try:
            for row in reader:
                if "\0more" in row or None in row.values():
                    fault(Fault("link", f"{table}:{reader.line_num}", "not as many cells as the header has"))
                elif not row[key]:
                    fault(Fault("link", f"{table}:{reader.line_num}", f"no {key}"))
                else:
                    row["id"] = row[key]
                    yield row
        except (csv.Error, UnicodeDecodeError) as error:
            fault(Fault("link", f"{table}:{reader.line_num + 1}", f"cannot be read further: {error}"))
