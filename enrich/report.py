"""The end of a run for a person: what each stage did, what could not be used and why, what to do next.

In: an `Outcome`. Out: text for the terminal, and every fault as a row of STORE/faults.csv.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from pathlib import Path

from enrich.progress import duration
from enrich.work import Outcome, StageOutcome
from kg.nouns import Fault

SHOWN = 3  # places shown per reason; faults.csv has them all


def summary(outcome: Outcome, store: str) -> str:
    """The final table, the faults by reason, and the next step."""
    rows: list[tuple[str, ...]] = [
        ("stage", "looked at", "computed", "claims", "observations", "errors", "notices", "time")
    ]
    rows += [_row(s) for s in outcome.stages]
    lines = [
        f"{outcome.corpus}: {_count(outcome.sources, 'source')}, "
        f"{_count(outcome.illustrations, 'illustration')}",
        "",
        *_aligned(rows),
        "",
    ]
    lines += faults_by_reason(outcome.faults)
    version = f"snapshot {outcome.snapshot} {'published' if outcome.published else 'unchanged'}"
    version = version if outcome.snapshot else "no snapshot"
    lines.append(f"{outcome.triples:,} triples; {version}; {duration(outcome.seconds)}")
    if outcome.faults:
        lines.append(f"All faults: {Path(store) / 'faults.csv'}")
    lines.append(f"Next: legenda serve --store {store}")
    return "\n".join(lines)


def faults_by_reason(faults: Sequence[Fault]) -> list[str]:
    """Faults grouped by stage and reason, with the first places of each group; errors first."""
    groups: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.level, fault.stage, _kind(fault.reason)), []).append(fault)
    lines: list[str] = []
    for (level, stage, _), members in sorted(groups.items(), key=lambda g: (g[0][0], -len(g[1]))):
        if len(members) == 1:
            lines.append(f"{level}: {stage}: {members[0].place}: {members[0].reason}")
            continue
        lines.append(f"{level}: {stage}: {len(members)} × {members[0].reason}")
        lines += [f"    {f.place}" for f in members[:SHOWN]]
        if len(members) > SHOWN:
            lines.append(f"    … and {len(members) - SHOWN} more")
    return [*lines, ""] if lines else []


def write_faults(path: Path, faults: Sequence[Fault]) -> None:
    """All faults as CSV (stage, level, place, reason); the file is replaced in one step, also when there
    are none.
    """
    temporary = path.with_suffix(".csv.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["stage", "level", "place", "reason"])
        writer.writerows([f.stage, f.level, f.place, f.reason] for f in faults)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _row(stage: StageOutcome) -> tuple[str, ...]:
    errors = sum(f.level == "error" for f in stage.faults)
    numbers = [stage.illustrations, stage.computed, stage.claims, stage.observations]
    time = stage.state if stage.state != "done" else duration(stage.seconds)
    return (stage.stage, *(f"{n:,}" for n in numbers), str(errors), str(len(stage.faults) - errors), time)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(r[c]) for r in rows) for c in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(w) if c == 0 else cell.rjust(w)
            for c, (cell, w) in enumerate(zip(r, widths, strict=True))
        )
        for r in rows
    ]


def _kind(reason: str) -> str:
    """What makes two reasons one group: the words without file names, numbers and quotations."""
    return re.sub(r"'[^']*'|\S*[/\\.]\S+|\d+", "…", reason)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
