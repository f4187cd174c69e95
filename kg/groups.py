"""Groups: pictures that a person chose and named, as triples of `graph/groups`.

In: a `Group`. Out: N-Triples: the group with its members, who made it and when. A group is never changed; who
wants another makes another. Enrichment does not touch the graph, so groups survive every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg import terms
from kg.entities import LABEL, TYPE, classes, properties
from kg.names import NAMESPACES, Names


@dataclass(frozen=True, slots=True)
class Group:
    """Some illustrations (by key) under a name. `author` is a name, or an ORCID iD as an IRI."""

    id: str
    label: str
    author: str
    at: str  # ISO 8601 with time zone
    members: tuple[str, ...]
    note: str = ""


def group_lines(group: Group, names: Names) -> Iterator[str]:
    """The triples of a group. Raises ValueError when it has no name or no members."""
    if not group.label.strip() or not group.members:
        raise ValueError("a group needs a name and at least one illustration")
    own = terms.node(names.iri("group", group.id))
    author_iri = terms.well_formed_iri(group.author) if "://" in group.author else None
    author = terms.node(author_iri or names.iri("reviewer", group.author))
    label = terms.text(group.label)
    yield "".join(f"{own} {TYPE} {each} .\n" for each in classes("group"))
    yield f"{own} {LABEL} {label} .\n"
    if group.note:
        yield f"{own} {terms.node(NAMESPACES['rdfs'] + 'comment')} {terms.text(group.note)} .\n"
    yield f"{own} {terms.node(NAMESPACES['prov'] + 'wasAttributedTo')} {author} .\n"
    yield f"{own} {terms.node(NAMESPACES['prov'] + 'generatedAtTime')} {terms.moment(group.at)} .\n"
    yield "".join(f"{author} {TYPE} {each} .\n" for each in classes("reviewer"))
    yield f"{author} {LABEL} {terms.text(group.author)} .\n"
    for member in dict.fromkeys(group.members):
        target = terms.node(names.illustration(member))
        yield "".join(f"{own} {each} {target} .\n" for each in properties("member"))
