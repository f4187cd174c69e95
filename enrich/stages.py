"""Running one stage: only what is not answered yet is computed, and every answer is on disk before the next.

In: an enricher (built only if needed), the illustrations, the stage's `ClaimCache`. Out: the answers in the
cache, and what the run is to be recorded with. Batch stages are computed in chunks that take some seconds
each, so that a killed run has little to repeat; corpus stages in one piece.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

from enrich.claimcache import ClaimCache, Statement
from kg.nouns import Enricher, Fault, Illustration, Model

CHUNK_SECONDS = 8.0  # aimed-at time per part: what a kill can cost
CHUNK_SMALLEST, CHUNK_LARGEST = 16, 4096
LATEST = "meta.json"


@dataclass(frozen=True)
class Described:
    """What a run graph records about its enricher.

    `thresholds`: the confidence from which the enricher itself would decide, by property; a model that was
    calibrated to abstain knows that better than a general default.
    """

    config: Mapping[str, Any]
    models: tuple[Model, ...]
    thresholds: Mapping[str, float] = field(default_factory=dict)


def compute(
    cache: ClaimCache,
    illustrations: Sequence[Illustration],
    digests: Mapping[str, str],
    scope: str,
    build: Callable[[], Enricher],
    advance: Callable[[int], None],
) -> tuple[Described, int]:
    """Bring the cache up to date for `illustrations`. Returns the description and how many were really
    computed.

    `digests` is illustration key → digest of what the stage looks at. Whatever the enricher raises is raised.
    """
    done = cache.done()
    pending = [i for i in illustrations if digests[i.key] not in done]
    described = read_description(cache.folder)
    if not pending and described is not None:
        advance(len(illustrations))
        return described, 0
    enricher = build()
    described = describe(enricher)
    write_description(cache.folder, described)
    if scope == "corpus" and pending:
        pending = list(illustrations)
    advance(len(illustrations) - len(pending))
    chunks = [pending] if scope == "corpus" else adaptive_chunks(pending)
    for chunk in chunks:
        if chunk:
            cache.add(grouped(chunk, digests, enricher.claims(chunk)))
            advance(len(chunk))
    cache.tidy()
    return described, len(pending)


def adaptive_chunks(items: Sequence[Illustration]) -> Iterator[Sequence[Illustration]]:
    """Slices of `items` whose size follows the time the consumer takes for one, towards `CHUNK_SECONDS`."""
    start, size = 0, CHUNK_SMALLEST * 4
    while start < len(items):
        before = time.monotonic()
        yield items[start : start + size]
        start += size
        seconds = max(time.monotonic() - before, 1e-3)
        aimed = int(size * CHUNK_SECONDS / seconds)
        size = max(CHUNK_SMALLEST, min(CHUNK_LARGEST, aimed, size * 4))


def grouped(
    chunk: Sequence[Illustration], digests: Mapping[str, str], statements: Iterable[Statement]
) -> list[tuple[str, list[Statement]]]:
    """Statements by the digest of their illustration, every illustration of the chunk included.

    A fault is about the illustration whose key it names; one that names none is kept with the chunk's first.
    """
    rows: dict[str, list[Statement]] = {i.key: [] for i in chunk}
    for statement in statements:
        key = statement.place if isinstance(statement, Fault) else statement.illustration
        if key not in rows:
            if not isinstance(statement, Fault):
                raise ValueError(f"a claim about {key!r}, which the enricher was not given")
            key = chunk[0].key
        rows[key].append(statement)
    return [(digests[key], found) for key, found in rows.items()]


# ---- the description kept beside the answers


def describe(enricher: Enricher) -> Described:
    """What `enricher` says of itself; one that has a `threshold` claims the property it is named after."""
    threshold = getattr(enricher, "threshold", None)
    thresholds = {enricher.name: float(threshold)} if isinstance(threshold, int | float) else {}
    return Described(plain(enricher.config), tuple(enricher.models), thresholds)


def read_description(folder: Path) -> Described | None:
    """What the enricher in this configuration calls itself, None when it was never built."""
    try:
        value = json.loads((folder / LATEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Described(value["config"], tuple(Model(**m) for m in value["models"]), value["thresholds"])


def write_description(folder: Path, described: Described) -> None:
    """Keep a description; atomic."""
    write_json(
        folder / LATEST,
        {
            "config": described.config,
            "models": [asdict(m) for m in described.models],
            "thresholds": described.thresholds,
        },
    )


def write_json(path: Path, value: Any) -> None:
    """Write JSON so that a reader sees the old or the new text, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    temporary.replace(path)


def state_of(path: Path) -> str:
    """The hash that the header of a safetensors file of ours holds of its contents ("state"), "" for no file
    or another one. Reads the header only, and needs no library.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length)) if length <= path.stat().st_size else {}
        return str(header["__metadata__"]["state"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def plain(config: Any) -> dict[str, Any]:
    """A frozen configuration as plain JSON data."""
    value = asdict(config) if is_dataclass(config) and not isinstance(config, type) else dict(config)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    result: dict[str, Any] = json.loads(text)
    return result
