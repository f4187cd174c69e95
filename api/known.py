"""What can be said of a picture: the artists, artworks and concepts of a snapshot, found by name.

In: the index of a snapshot. Out: entities with all their names, by IRI, by the beginning of a word, by a name
spelt in full. This is what a reviewer chooses a better value from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.folding import bare
from api.search import Index, expression

Names = dict[str, list[tuple[str, str]]]  # IRI → (name, language), preferred names first
_SOME = 500


def names(index: Index, entities: Sequence[str]) -> Names:
    """Every name of some entities, preferred ones first."""
    found: Names = {}
    for start in range(0, len(entities), _SOME):
        some = entities[start : start + _SOME]
        marks = ",".join("?" * len(some))
        sql = f"SELECT entity, label, language FROM known WHERE entity IN ({marks}) "
        for row in index.ask(sql + "ORDER BY other, language, label", some):
            found.setdefault(row["entity"], []).append((row["label"], row["language"]))
    return found


def kind_of(index: Index, entity: str) -> str:
    """The kind of an entity ("artist"), "" when nothing is known of it."""
    rows = index.ask("SELECT kind FROM known WHERE entity = ? LIMIT 1", (entity,))
    return str(rows[0]["kind"]) if rows else ""


def begun(index: Index, kind: str, text: str, limit: int = 10) -> list[str]:
    """IRIs of the entities of a kind that have a name with these words, the most often shown first."""
    match = expression(text)
    if not match:
        return []
    rows = index.ask(
        "SELECT k.entity, min(length(k.label)) AS length, "
        "(SELECT sum(plates) FROM total t WHERE t.entity = k.entity) AS plates "
        "FROM named JOIN known k ON k.number = named.rowid "
        "WHERE named MATCH ? AND k.kind = ? GROUP BY k.entity ORDER BY plates DESC, length, k.entity LIMIT ?",
        (match, kind, limit),
    )
    return [row["entity"] for row in rows]


def called(index: Index, kind: str, name: str, limit: int = 10) -> list[str]:
    """IRIs of the entities of a kind that have exactly this name, but for case and accents."""
    wanted = bare(name)
    near = begun(index, kind, f'"{name.replace(chr(34), " ")}"', _SOME)
    spelt = names(index, near)
    return [iri for iri in near if any(bare(label) == wanted for label, _ in spelt[iri])][:limit]


def few(index: Index, kind: str, most: int = 80) -> list[str]:
    """IRIs of all entities of a kind when there are few enough to choose from a list; else none."""
    rows = index.ask(
        "SELECT DISTINCT entity FROM known WHERE kind = ? AND NOT other LIMIT ?", (kind, most + 1)
    )
    return [row["entity"] for row in rows] if len(rows) <= most else []


def in_order(found: Names, entities: Iterable[str], language: str) -> list[str]:
    """Entities by their name in a language."""
    from api.language import best_text

    return sorted(entities, key=lambda iri: bare(best_text(found.get(iri, ()), language)[0]))
