"""Harvesting a gazetteer from a Wikidata-shaped SPARQL endpoint: `legenda gazetteer harvest` and `update`.

First the items of each scope (page by page), then what is said of them (batch by batch), then the makers
and holders that the works name. Every page and batch is a file of its own in `OUT/harvest`, so a killed
harvest goes on where it stopped. Only standard SPARQL 1.1 is asked, so Wikidata's own service, QLever and a
local endpoint all serve.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from enrich.linking.build import build
from enrich.linking.ntriples import DIRECT, ENTITY, TERMS, item_number
from enrich.linking.records import PROPERTIES, Gathering, Record, kind_of, scope_of, scopes
from enrich.linking.sparql import Endpoint, EndpointError, Row, TooMuch, query

PAGE = 5000
BATCH = 200
LANGUAGES = ("en", "de", "fr", "it", "es", "nl", "mul")
QUALIFIERS = tuple(f"P{n}" for n in (1773, 1774, 1775, 1776, 1777, 1778, 1779, 1780, 1877, 5102))
DETAILS = tuple(sorted(p for p in PROPERTIES if p[0] == "P" and p not in QUALIFIERS))
Say = Callable[[str], None]


def harvest(
    endpoint: Endpoint,
    out: Path,
    kinds: Sequence[str] = ("person", "artwork", "institution", "building"),
    languages: Sequence[str] = LANGUAGES,
    say: Say = lambda _: None,
    page: int = PAGE,
    batch: int = BATCH,
) -> dict[str, Any]:
    """Harvest `kinds` (names of `records.scope_of`) into the gazetteer `out` and return its card.

    Resumes what an earlier call with the same endpoint, scopes and languages left unfinished; a finished
    harvest is made anew. Raises EndpointError; what was fetched before stays.
    """
    folder = out / "harvest"
    folder.mkdir(parents=True, exist_ok=True)
    plan = _plan(endpoint.url, kinds, languages)
    state = _state(folder)
    if state.get("plan") != plan or state.get("finished"):
        for old in folder.glob("*.json*"):
            old.unlink()
        state = {
            "plan": plan,
            "started": _now(),
            "endpoint": endpoint.url,
            "finished": "",
            "languages": [*languages],
        }
        state["kinds"] = [*kinds]
        _write(folder / "state.json", json.dumps(state))
    for kind in kinds:
        _pages(endpoint, folder, kind, page, say)
    wanted = sorted({item for kind in kinds for item in _ids(folder, kind)})
    _batches(endpoint, folder, wanted, languages, batch, say)
    named = sorted(set(_named(folder)) - set(wanted))
    _batches(endpoint, folder, named, languages, batch, say)
    return _finish(folder, out, state, say)


def update(
    endpoint: Endpoint, out: Path, say: Say = lambda _: None, page: int = PAGE, batch: int = BATCH
) -> dict[str, Any]:
    """Bring a harvested gazetteer up to date: new items, items changed since, items gone; returns its card.

    Raises EndpointError when `out` was not harvested (a gazetteer loaded from dumps is loaded anew instead).
    """
    folder = out / "harvest"
    state = _state(folder)
    if not state.get("finished"):
        raise EndpointError(f"{out}: no finished harvest to update; run gazetteer harvest")
    began = _now()
    known = set(_known(folder))
    kinds, languages = state["kinds"], state["languages"]
    for old in folder.glob("ids-*.json"):
        old.unlink()
    for kind in kinds:
        _pages(endpoint, folder, kind, page, say)
    wanted = {item for kind in kinds for item in _ids(folder, kind)}
    changed = set(_changed(endpoint, sorted(known), state["started"], batch))
    say(f"{len(wanted - known):,} new, {len(changed):,} changed")
    _fetch(endpoint, folder, sorted((wanted - known) | changed), languages, batch, say)
    named = sorted(set(_named(folder)) - set(_known(folder)))
    _fetch(endpoint, folder, named, languages, batch, say)
    gone = known - wanted - set(_named(folder))
    state |= {"started": began, "gone": sorted(gone)}
    return _finish(folder, out, state, say)


def _plan(url: str, kinds: Sequence[str], languages: Sequence[str]) -> str:
    texts = [query(name) for name in ("ids", "details", "makers")]
    content = json.dumps([url, [*kinds], [*languages], scopes(), texts], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _state(folder: Path) -> dict[str, Any]:
    path = folder / "state.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)


def _iri(item: int) -> str:
    return f"<{ENTITY}Q{item}>"


def _item(row: Row, name: str = "item") -> int | None:
    return item_number(row[name]["value"])


def _pages(endpoint: Endpoint, folder: Path, kind: str, page: int, say: Say) -> None:
    """Every item of a scope, a page of ids to a file: ids-KIND-00000.json."""
    name, items = scope_of(kind)
    classes = " ".join(f"<{ENTITY}{c}>" for c in items)
    number, after, size = 0, "", page
    while True:
        path = folder / f"ids-{kind.replace(' ', '_')}-{number:05}.json"
        if path.exists():
            ids = json.loads(path.read_text("utf-8"))
        else:
            text = query("ids", classes=classes, property=f"<{DIRECT}{name}>", after=after, limit=str(size))
            try:
                rows = endpoint.select(text)
            except TooMuch as error:
                if size <= 50:
                    raise EndpointError(
                        f"{endpoint.url}: cannot list {kind}s even {size} at a time: {error}"
                    ) from None
                size //= 2
                continue
            ids = [i for i in (_item(row) for row in rows) if i is not None]
            _write(path, json.dumps(ids))
            say(f"{kind}: {number * page + len(ids):,} items listed")
        if not ids:
            return
        after = max(f"{ENTITY}Q{i}" for i in ids)
        number += 1


def _ids(folder: Path, kind: str) -> Iterator[int]:
    for path in sorted(folder.glob(f"ids-{kind.replace(' ', '_')}-*.json")):
        yield from json.loads(path.read_text("utf-8"))


def _batches(
    endpoint: Endpoint, folder: Path, items: Sequence[int], languages: Sequence[str], batch: int, say: Say
) -> None:
    """Details of the items that no file has yet."""
    known = set(_known(folder))
    _fetch(endpoint, folder, [i for i in items if i not in known], languages, batch, say)


def _fetch(
    endpoint: Endpoint, folder: Path, items: Sequence[int], languages: Sequence[str], batch: int, say: Say
) -> None:
    number = len(list(folder.glob("details-*.jsonl")))
    at, size = 0, batch
    while at < len(items):
        part = items[at : at + size]
        try:
            records = _details(endpoint, part, languages)
        except TooMuch as error:
            if size == 1:
                say(f"Q{part[0]}: left out: {error}")
                records, size = [Record(part[0])], 2
            else:
                size = max(1, size // 2)
                continue
        _write(folder / f"details-{number:06}.jsonl", "".join(r.line() + "\n" for r in records))
        number += 1
        at += len(part)
        size = min(batch, size + max(1, size // 4))
        say(f"{at:,} of {len(items):,} items fetched")


def _details(endpoint: Endpoint, items: Sequence[int], languages: Sequence[str]) -> list[Record]:
    values = " ".join(map(_iri, items))
    names = ", ".join(f"<{iri}>" for iri in (*TERMS, *(f"{DIRECT}{p}" for p in DETAILS)))
    tongues = ", ".join(json.dumps(tongue) for tongue in languages)
    records = {item: Record(item) for item in items}
    rows = endpoint.select(query("details", items=values, properties=names, languages=tongues))
    qualifiers = " ".join(f"<http://www.wikidata.org/prop/qualifier/{q}>" for q in QUALIFIERS)
    rows += endpoint.select(query("makers", items=values, qualifiers=qualifiers))
    for row in rows:
        item = _item(row)
        if item not in records:
            continue
        iri, value = row["property"]["value"], row["value"]
        name = TERMS.get(iri) or iri.rsplit("/", 1)[1]
        if value["type"] != "bnode" and name in PROPERTIES:
            records[item].add(name, value["value"].removeprefix(ENTITY), value.get("xml:lang", ""))
    return list(records.values())


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("details-*.jsonl"), reverse=True)


def _records(folder: Path) -> Iterator[Record]:
    """Every item's newest record."""
    seen: set[int] = set()
    for path in _files(folder):
        for line in path.read_text("utf-8").splitlines():
            record = Record.parse(line)
            if record.item not in seen:
                seen.add(record.item)
                yield record


def _known(folder: Path) -> Iterator[int]:
    for path in _files(folder):
        for line in path.read_text("utf-8").splitlines():
            yield int(json.loads(line)[0])


def _named(folder: Path) -> Iterator[int]:
    """Makers and holders that the works name."""
    for record in _records(folder):
        for name in ("P170", "P195", "P276", "P84", *QUALIFIERS[:-1]):
            for value in record.facts.get(name, ()):
                if value[:1] == "Q" and value[1:].isdecimal():
                    yield int(value[1:])


def _changed(endpoint: Endpoint, items: Sequence[int], since: str, batch: int) -> Iterator[int]:
    at, size = 0, batch * 5
    while at < len(items):
        part = items[at : at + size]
        try:
            rows = endpoint.select(query("changed", items=" ".join(map(_iri, part)), since=since))
        except TooMuch as error:
            if size <= 10:
                raise EndpointError(f"{endpoint.url}: cannot tell what changed: {error}") from None
            size //= 2
            continue
        yield from (i for i in (_item(row) for row in rows) if i is not None)
        at += len(part)


def _finish(folder: Path, out: Path, state: dict[str, Any], say: Say) -> dict[str, Any]:
    gone = set(state.get("gone", ()))
    with Gathering(None) as gathering:
        taken = 0
        for record in _records(folder):
            if record.item in gone or not kind_of(record):
                continue
            taken += 1
            for statement in _statements(record):
                gathering.add(statement)
        say(f"{taken:,} items; building")
        source = {"endpoint": state["endpoint"], "harvested": state["started"], "queries": state["plan"]}
        card = build(gathering, out, {"sources": [source]})
    state["finished"] = _now()
    _write(folder / "state.json", json.dumps(state))
    return card


def _statements(record: Record) -> Iterable[tuple[int, str, str, str]]:
    for name, value, language in record.terms:
        yield record.item, name, value, language
    for name, values in record.facts.items():
        for value in values:
            yield record.item, name, value, ""
