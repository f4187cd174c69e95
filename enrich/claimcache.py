"""What stages have answered, kept on disk so that nothing is computed twice: append-only Parquet parts.

In: (digest of what was looked at, the statements about it). Out: the same, later, in another process. A
part is written beside its place and moved there in one step, so a kill at any moment costs at most the part
being written. One row per illustration, also when nothing was claimed; the statements as JSON text, which
survives every noun.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kg.nouns import Claim, Entity, Evidence, Fault, Observation, Text

Statement = Claim | Observation | Fault

KEPT_KEYS = (
    8  # older answers of a stage (another configuration, another state of the corpus) kept for going back
)
MANY_PARTS = 24  # from this many on, parts are merged into one when a stage is done


class ClaimCache:
    """The answers of one stage in one configuration, in the folder `folder`, by the digest of what was
    looked at.

    One writer at a time (the store's lock sees to that); a reader sees whole parts only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def done(self) -> set[str]:
        """Digests that are answered. Reads one column."""
        parts = self._parts()
        if not parts:
            return set()
        import pyarrow.parquet as parquet

        return {
            d for part in parts for d in parquet.read_table(part, columns=["digest"])["digest"].to_pylist()
        }

    def add(self, rows: Iterable[tuple[str, Sequence[Statement]]]) -> None:
        """Append one part. Atomic; on disk when the call returns."""
        import pyarrow

        pairs = [
            (digest, json.dumps([pack(s) for s in statements], ensure_ascii=False, default=_number))
            for digest, statements in rows
        ]
        table = pyarrow.table({"digest": [d for d, _ in pairs], "statements": [s for _, s in pairs]})
        self._write(table)

    def statements(self, wanted: set[str]) -> Iterator[tuple[str, list[Statement]]]:
        """The answers for `wanted`, each digest once, a few hundred rows in memory at a time."""
        import pyarrow.parquet as parquet

        left = set(wanted)
        for part in self._parts():
            with parquet.ParquetFile(part) as file:
                for batch in file.iter_batches(batch_size=256):
                    for digest, text in zip(
                        batch["digest"].to_pylist(), batch["statements"].to_pylist(), strict=True
                    ):
                        if digest in left:
                            left.discard(digest)
                            yield digest, [unpack(s) for s in json.loads(text)]

    def tidy(self) -> None:
        """Merge parts when they have become many, and forget the oldest other configurations of this
        stage.
        """
        parts = self._parts()
        if len(parts) >= MANY_PARTS:
            import pyarrow
            import pyarrow.parquet as parquet

            self._write(pyarrow.concat_tables(parquet.read_table(p) for p in parts))
            for part in parts:  # killed in between, the rows are there twice, which `statements` doesn't mind
                part.unlink()
        keys = sorted(
            (p for p in self.folder.parent.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime
        )
        for old in keys[:-KEPT_KEYS]:
            if old != self.folder:
                shutil.rmtree(old)

    def _parts(self) -> list[Path]:
        return sorted(self.folder.glob("part-*.parquet")) if self.folder.is_dir() else []

    def _write(self, table: Any) -> None:
        import pyarrow.parquet as parquet

        self.folder.mkdir(parents=True, exist_ok=True)
        parts = self._parts()
        number = int(parts[-1].stem.removeprefix("part-")) + 1 if parts else 0
        temporary = self.folder / f"writing-{os.getpid()}.tmp"
        with temporary.open("wb") as file:
            parquet.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.folder / f"part-{number:06}.parquet")
        for left in self.folder.glob("writing-*.tmp"):  # of a process that was killed
            left.unlink()


def pack(statement: Statement) -> dict[str, Any]:
    """A statement as plain JSON data; empty fields are left out."""
    if isinstance(statement, Fault):
        return {"fault": asdict(statement)}
    if isinstance(statement, Observation):
        return {"i": statement.illustration, "p": statement.property, "o": _pack_value(statement.value)}
    packed: dict[str, Any] = {
        "i": statement.illustration,
        "p": statement.property,
        "v": _pack_value(statement.value),
        "c": statement.confidence,
    }
    if statement.qualifier:
        packed["q"] = statement.qualifier
    if statement.evidence:
        packed["e"] = [
            {k: v for k, v in asdict(e).items() if v not in (None, "")} for e in statement.evidence
        ]
    return packed


def unpack(packed: Mapping[str, Any]) -> Statement:
    """The statement that `pack` packed; equal to it in every field."""
    if "fault" in packed:
        return Fault(**packed["fault"])
    if "o" in packed:
        return Observation(packed["i"], packed["p"], _unpack_value(packed["o"]))
    value = _unpack_value(packed["v"])
    return Claim(
        packed["i"],
        packed["p"],
        value,
        packed["c"],
        packed.get("q", ""),
        tuple(Evidence(**e) for e in packed.get("e", ())),
    )


def _number(value: Any) -> Any:
    """A number of NumPy as one of Python."""
    return value.item()


def _pack_value(value: Entity | Text | str | int | float) -> Any:
    if isinstance(value, Entity):
        packed: dict[str, Any] = {"kind": value.kind, "id": value.id}
        if value.labels:
            packed["labels"] = [[t.value, t.language] for t in value.labels]
        if value.facts:
            packed["facts"] = [[name, _pack_value(fact)] for name, fact in value.facts]
        return packed
    if isinstance(value, Text):
        return {"text": value.value, "language": value.language}
    return value


def _unpack_value(packed: Any) -> Any:
    if not isinstance(packed, dict):
        return packed
    if "text" in packed:
        return Text(packed["text"], packed["language"])
    return Entity(
        packed["kind"],
        packed["id"],
        tuple(Text(*t) for t in packed.get("labels", ())),
        tuple((name, _unpack_value(fact)) for name, fact in packed.get("facts", ())),
    )
