"""A researchers' thesaurus, read from SKOS (any RDF syntax rdflib knows) or from a CSV table.

In goes a file, out comes a `Thesaurus`: concepts with preferred and alternative labels by language and their
broader concepts. A CSV has a header with `id` (optional), `label`, `alt` and `broader` (an id or label of
another row); label and alt may be given per language as `label@de`, `alt@fr` and so on, and several
alternatives are parted by "|" or ";".
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from kg.nouns import Text

_CSV = {".csv", ".tsv", ".txt"}
_FORMATS = {
    **{".ttl": "turtle", ".rdf": "xml", ".xml": "xml", ".owl": "xml", ".nt": "nt", ".n3": "n3"},
    **{".trig": "trig", ".nq": "nquads", ".jsonld": "json-ld", ".json": "json-ld"},
}


class ThesaurusError(ValueError):
    """The file cannot be read as a thesaurus; the message names file, row and reason."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept: `id` is unique in its thesaurus and stable, `iri` is "" when the file gives none."""

    id: str
    iri: str
    labels: tuple[Text, ...]
    alternatives: tuple[Text, ...] = ()
    broader: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thesaurus:
    """Concepts by id. Broader concepts that the file does not hold are left out of `Concept.broader`."""

    concepts: Mapping[str, Concept]
    sha256: str

    @cached_property
    def ancestors(self) -> dict[str, frozenset[str]]:
        """All broader concepts of each concept; a loop in the hierarchy ends where it closes."""
        found = {}
        for start in self.concepts:
            seen: set[str] = set()
            waiting = list(self.concepts[start].broader)
            while waiting:
                concept = waiting.pop()
                if concept != start and concept not in seen:
                    seen.add(concept)
                    waiting += self.concepts[concept].broader
            found[start] = frozenset(seen)
        return found


def open_thesaurus(spec: str) -> Thesaurus:
    """The thesaurus a setting names: "iconclass:", "iconclass:NOTATION", or a file. Raises ThesaurusError."""
    if spec.startswith("iconclass:"):
        from enrich.text.iconclass_data import read_iconclass

        return read_iconclass(spec.removeprefix("iconclass:"))
    return read_thesaurus(Path(spec))


def read_thesaurus(path: Path) -> Thesaurus:
    """The thesaurus in a file. Raises ThesaurusError when it is absent, malformed, or holds no labelled
    concept."""
    if not path.is_file():
        raise ThesaurusError(f"{path}: no such file")
    suffix = path.suffix.lower()
    concepts = list(_from_table(path) if suffix in _CSV else _from_rdf(path, _FORMATS.get(suffix)))
    if not concepts:
        raise ThesaurusError(f"{path}: no concept with a label in it")
    by_id = {concept.id: concept for concept in concepts}
    held = {
        c.id: Concept(c.id, c.iri, c.labels, c.alternatives, tuple(b for b in c.broader if b in by_id))
        for c in concepts
    }
    return Thesaurus(held, hashlib.sha256(path.read_bytes()).hexdigest())


def _from_rdf(path: Path, syntax: str | None) -> Iterator[Concept]:
    from rdflib import Dataset, Graph, Literal, URIRef
    from rdflib.namespace import RDF, RDFS, SKOS, Namespace

    xl = Namespace("http://www.w3.org/2008/05/skos-xl#")
    graph: Graph = Dataset(default_union=True) if syntax in ("trig", "nquads") else Graph()
    try:
        graph.parse(path, format=syntax)
    except Exception as error:  # rdflib's parsers raise whatever their own parsers do
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise ThesaurusError(f"{path}: not readable as {syntax or 'RDF'}: {reason}") from error

    def texts(node: URIRef, *properties: URIRef) -> tuple[Text, ...]:
        plain = {o for p in properties for o in graph.objects(node, p) if isinstance(o, Literal)}
        return tuple(
            sorted((Text(str(o).strip(), o.language or "") for o in plain if str(o).strip()), key=_by_text)
        )

    def labels_of(node: URIRef) -> tuple[Text, ...]:
        extended = (
            o for label in graph.objects(node, xl.prefLabel) for o in graph.objects(label, xl.literalForm)
        )
        found = {
            *texts(node, SKOS.prefLabel),
            *(Text(str(o), getattr(o, "language", "") or "") for o in extended),
        }
        return tuple(sorted(found, key=_by_text)) or texts(node, RDFS.label)

    nodes = {s for s in graph.subjects(RDF.type, SKOS.Concept) if isinstance(s, URIRef)}
    nodes |= {s for s in graph.subjects(SKOS.prefLabel, None) if isinstance(s, URIRef)}
    nodes -= {s for kind in (SKOS.ConceptScheme, SKOS.Collection) for s in graph.subjects(RDF.type, kind)}
    ids = _local_ids(sorted(str(node) for node in nodes))
    for node in sorted(nodes):
        above = {
            str(o)
            for p in (SKOS.broader, SKOS.broaderTransitive, SKOS.broadMatch)
            for o in graph.objects(node, p)
        }
        above |= {str(s) for s in graph.subjects(SKOS.narrower, node)}
        if labels := labels_of(node):
            others = texts(node, SKOS.altLabel, SKOS.hiddenLabel)
            broader = tuple(sorted(ids[iri] for iri in above if iri in ids))
            yield Concept(ids[str(node)], str(node), labels, others, broader)


def _local_ids(iris: list[str]) -> dict[str, str]:
    """The last part of each IRI; where two have the same, a hash of the IRI makes them differ."""
    last = {iri: unquote(re.split(r"[/#]", iri.rstrip("/#"))[-1]) or "concept" for iri in iris}
    counts = Counter(last.values())
    return {
        iri: name if counts[name] == 1 else f"{name}-{hashlib.sha256(iri.encode()).hexdigest()[:8]}"
        for iri, name in last.items()
    }


def _from_table(path: Path) -> Iterator[Concept]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ThesaurusError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from error
    head = text.split("\n", 1)[0]
    delimiter = max("\t;,", key=head.count)
    rows = list(csv.DictReader(text.splitlines(), delimiter=delimiter))
    columns = [name for name in (rows[0] if rows else {}) if name]
    label_columns = {
        name: _language(name) for name in columns if re.fullmatch(r"(pref)?label(@[\w-]+)?", name, re.I)
    }
    alt_columns = {
        name: _language(name) for name in columns if re.fullmatch(r"alt(label)?s?(@[\w-]+)?", name, re.I)
    }
    if not label_columns:
        raise ThesaurusError(
            f"{path}:1: no column `label` (or `label@de` …); found: {', '.join(columns) or 'nothing'}"
        )
    ids: dict[str, str] = {}
    read: list[tuple[str, str, dict[str, str]]] = []
    for number, raw in enumerate(rows, start=2):
        row = {
            key: (value or "").strip() for key, value in raw.items() if key and not isinstance(value, list)
        }
        first = next((row[name] for name in label_columns if row.get(name)), "")
        if not first:
            continue
        identity = row.get("id") or _slug(first)
        if any(identity == other for other, _, _ in read):
            raise ThesaurusError(f"{path}:{number}: the id {identity!r} occurs twice")
        read.append((identity, row.get("uri") or row.get("iri") or "", row))
        ids[identity] = identity
        for name in label_columns:
            if row.get(name):
                ids.setdefault(row[name], identity)
    for identity, iri, row in read:
        labels = tuple(Text(row[name], lang) for name, lang in label_columns.items() if row.get(name))
        others = tuple(
            Text(part.strip(), lang)
            for name, lang in alt_columns.items()
            for part in re.split(r"[|;]", row.get(name, ""))
            if part.strip()
        )
        above = [part.strip() for part in re.split(r"[|;]", row.get("broader", "")) if part.strip()]
        broader = tuple(ids[name] for name in above if name in ids and ids[name] != identity)
        yield Concept(identity, iri, labels, others, broader)


def _language(column: str) -> str:
    return column.partition("@")[2].lower()


def _slug(label: str) -> str:
    return (
        re.sub(r"[\W_]+", "-", label.casefold()).strip("-") or hashlib.sha256(label.encode()).hexdigest()[:8]
    )


def _by_text(text: Text) -> tuple[str, str]:
    return text.language, text.value


def labels_by_language(concept: Concept) -> dict[str, list[str]]:
    """All labels of a concept, preferred ones first, by language ("" when the thesaurus does not say)."""
    found: dict[str, list[str]] = defaultdict(list)
    for text in (*concept.labels, *concept.alternatives):
        found[text.language.split("-")[0].lower()].append(text.value)
    return found
