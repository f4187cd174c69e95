"""The researchers' thesaurus in the graph: its hierarchy, and also the concepts that no picture got.

In: a store opened for writing, a SKOS or CSV file. Out: `graph/vocabulary/NAME` with an RDF file word for
word, or with the rows of a table as descriptors. An unchanged file costs a look at its digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kg.nouns import Entity, Fault
from kg.vocabularies import OWN

if TYPE_CHECKING:
    from kg.store import Store

STAGE = "thesaurus"
_TABLES = frozenset({".csv", ".tsv", ".txt"})


def put_thesaurus(store: Store, path: Path, corpus: str, digest: str) -> tuple[bool, list[Fault]]:
    """Make the store hold the thesaurus in `path`; `digest` is the file's. Returns whether anything changed,
    and why the file could not be used: its earlier graph stays then.
    """
    from kg.store import StoreError

    table = path.suffix.lower() in _TABLES
    try:
        return store.put_vocabulary(_rows(path) if table else path, graph_name(path, corpus), digest), []
    except (StoreError, ValueError) as problem:
        reason = " ".join(str(problem).split()).removeprefix(f"{path}: ")
        return False, [Fault(STAGE, str(path), reason[:400])]


def graph_name(path: Path, corpus: str) -> str:
    """What the graph of a thesaurus is called: as its file, or, where that says nothing, after the corpus.

    >>> graph_name(Path("lists/keywords.csv"), "mills"), graph_name(Path("mills/thesaurus.ttl"), "mills")
    ('keywords', 'mills-thesaurus')
    """
    return f"{corpus}-{path.stem}" if path.stem in {"thesaurus", *OWN} else path.stem


def _rows(path: Path) -> Iterator[Entity]:
    """Read only when it is asked for its first concept."""
    from enrich.text.descriptors import entity
    from enrich.text.thesaurus import read_thesaurus

    thesaurus = read_thesaurus(path)
    for concept in thesaurus.concepts:
        # The broader ones are described in their own turn; one step up is enough to name them.
        yield entity(thesaurus, concept, depth=1)
