"""What reviewers said of descriptors, read from the graph for the next run of the matcher.

In go a store opened for writing and the corpus; out come `Verdict`s in a fixed order. A replaced descriptor
is a rejected one, and its replacement an accepted one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from enrich.text.descriptors import Verdict
from kg.current import verdicts
from kg.names import LG
from kg.nouns import Illustration, by_key

if TYPE_CHECKING:
    from kg.store import Store


def descriptor_verdicts(store: Store, illustrations: Sequence[Illustration]) -> list[Verdict]:
    """The latest verdict on each descriptor of these illustrations."""
    known = by_key(illustrations)
    found = []
    for (illustration, value, _), accepted in (
        verdicts(store.engine, store.names).get(LG + "descriptor", {}).items()
    ):
        picture = store.names.split(illustration.strip("<>"))
        concept = store.names.split(value.strip("<>"))
        if picture and concept and concept[0] == "descriptor" and picture[1] in known:
            found.append(Verdict(known[picture[1]], concept[1], accepted))
    return sorted(found, key=lambda v: (v.illustration.key, v.concept, v.accepted))
