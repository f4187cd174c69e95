"""The built-in gazetteer: a few hundred famous artists and their best-known works, facts only, so that a
first run links.

`data/builtin.nt.gz` holds the triples (Wikidata, CC0); `builtin_folder` builds the gazetteer from them once
per version and keeps it in the user's cache folder. `python -m enrich.linking.builtin DUMP.nt.gz` makes the
file anew from a dump: the artists that `data/builtin_artists.json` names, and of each the works with the
lowest item numbers (Wikidata's early items are its best-known ones) and some with labels in several
languages.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import sys
import tempfile
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

from enrich.linking.build import FORMAT
from enrich.linking.entries import MADE_BY
from enrich.linking.folding import plain
from enrich.linking.ntriples import DIRECT, ENTITY, TERMS, statements
from enrich.linking.records import ARTWORK, PERSON, PROPERTIES, Gathering, Record, kind_of

WORKS_EACH = 14
KEPT = ("P31", "P106", "P569", "P570", "P571", "P170", "P195", "P276", "P217", "P245", "P18")


def source() -> Path:
    """The built-in gazetteer's N-Triples file."""
    return Path(str(files("enrich.linking") / "data" / "builtin.nt.gz"))


def builtin_folder() -> Path:
    """The built-in gazetteer's folder, built on first use (about a second), shared by later runs.

    It lies in `$XDG_CACHE_HOME/legenda` (or ~/.cache/legenda); where that cannot be written, in the
    temporary folder.
    """
    from enrich.linking.load import load

    code = b"".join(
        (Path(__file__).parent / n).read_bytes()
        for n in ("build.py", "entries.py", "folding.py", "makers.py", "names.py", "titles.py")
    )
    data = b"".join(p.read_bytes() for p in sorted(source().parent.glob("*.json")) if p.name != "model.json")
    key = hashlib.sha256(source().read_bytes() + code + data).hexdigest()[:12]
    name = f"gazetteer-builtin-{FORMAT}-{key}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "legenda"
    for base in (
        cache,
        Path(tempfile.gettempdir()) / f"legenda-{os.getuid() if hasattr(os, 'getuid') else 0}",
    ):
        folder = base / name
        if (folder / "gazetteer.json").exists():
            return folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            load([source()], folder)
            return folder
        except PermissionError:
            continue
    raise PermissionError(f"{cache}: cannot be written, nor can the temporary folder; set XDG_CACHE_HOME")


def make(dumps: list[Path], out: Path) -> tuple[int, int]:
    """Write the built-in triples from dump files; returns (persons, works)."""
    described: list[tuple[tuple[str, ...], Record]] = []
    wanted = {_key(name) for name in json.loads(_names().read_text("utf-8"))}
    with Gathering(("en", "de", "fr", "mul")) as gathering:
        for path in dumps:
            for statement in statements(
                path, PROPERTIES, lambda line, reason: print(line, reason, file=sys.stderr)
            ):
                gathering.add(statement)
        people: dict[int, Record] = {}
        works: dict[int, list[Record]] = defaultdict(list)
        others: dict[int, Record] = {}
        for record in gathering.records():
            labels = {_key(text) for kind, text, _ in record.terms if kind != "description"}
            if (
                kind_of(record) == PERSON
                and labels & wanted
                and ("P245" in record.facts or "P569" in record.facts)
            ):
                people[record.item] = record
            elif kind_of(record) == ARTWORK:
                for maker in record.facts.get("P170", ()):
                    works[int(maker[1:])].append(record)
                if "P170" not in record.facts:
                    texts = (MADE_BY.search(t) for kind, t, _ in record.terms if kind == "description")
                    described += [(_key(m[1] or m[2]), record) for m in texts if m]
            else:
                others[record.item] = record
    called: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for record in people.values():
        for kind, text, _ in record.terms:
            if kind != "description":
                called[_key(text)].add(record.item)
    for key, record in described:
        if len(called.get(key, ())) == 1:
            works[next(iter(called[key]))].append(record)
    chosen: list[Record] = list(people.values())
    count = 0
    holders: set[int] = set()
    for item in people:
        ranked = sorted(works[item], key=lambda r: r.item)
        several = [
            r for r in ranked[WORKS_EACH:] if len({lang for k, _, lang in r.terms if k == "label"}) > 1
        ]
        for record in ranked[:WORKS_EACH] + several[:4]:
            if record not in chosen:
                chosen.append(record)
                count += 1
                holders.update(int(q[1:]) for p in ("P195", "P276") for q in record.facts.get(p, ()))
    chosen += [others[h] for h in holders if h in others]
    lines = sorted(line for record in chosen for line in _lines(record))
    with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as file:
        file.write("".join(lines).encode())
    return len(people), count


def _key(name: str) -> tuple[str, ...]:
    """A name's words without order and accents."""
    return tuple(sorted(plain(w) for w in name.replace(",", " ").split()))


def _names() -> Path:
    return Path(str(files("enrich.linking") / "data" / "builtin_artists.json"))


def _lines(record: Record) -> list[str]:
    subject = f"<{ENTITY}Q{record.item}>"
    terms = {short: iri for iri, short in TERMS.items()}
    out = []
    for kind, text, language in record.terms:
        quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        out.append(f'{subject} <{terms[kind]}> "{quoted}"@{language} .\n')
    for name in KEPT:
        for value in record.facts.get(name, ()):
            item = value[:1] == "Q" and value[1:].isdecimal()
            time = name in ("P569", "P570", "P571")
            shown = (
                f"<{ENTITY}{value}>"
                if item
                else f'"{value}"^^<http://www.w3.org/2001/XMLSchema#dateTime>'
                if time
                else f"<{value}>"
                if value.startswith("http")
                else f'"{value}"'
            )
            out.append(f"{subject} <{DIRECT}{name}> {shown} .\n")
    return out


if __name__ == "__main__":
    print(make([Path(a) for a in sys.argv[1:]], source()))
