"""Loading a gazetteer from dump files: what `legenda gazetteer load` does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from enrich.linking.build import build
from enrich.linking.garbage import uncollected
from enrich.linking.ntriples import statements
from enrich.linking.records import PROPERTIES, Gathering
from kg.nouns import Fault


def load(
    files: Sequence[Path],
    out: Path,
    languages: Iterable[str] | None = None,
    fault: Callable[[Fault], None] = lambda _: None,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Build the gazetteer `out` from N-Triples files (plain or .gz) and return its card.

    What several files say of one item is merged. Lines that cannot be read go to `fault` as "FILE:LINE";
    `progress` hears of every 10,000 statements taken in. Labels in languages not asked for are passed over
    (None: all are kept).

    Raises FileNotFoundError before anything is written, EmptyGazetteer when the files hold nothing of use.
    """
    for path in files:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file")
    with Gathering(languages) as gathering, uncollected():
        read = []
        for path in files:
            before = gathering.statements

            def report(line: int, reason: str, path: Path = path) -> None:
                fault(Fault("gazetteer", f"{path}:{line}", reason))

            for statement in statements(path, PROPERTIES, report):
                gathering.add(statement)
                if gathering.statements % 10_000 == 0:
                    progress(gathering.statements)
            read.append(
                {"file": path.name, "sha256": _digest(path), "statements": gathering.statements - before}
            )
        return build(gathering, out, {"sources": read})


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
