"""Of which nation an artist is, and which school or nation a caption, heading or note names.

In goes an entry or a text; out come countries as Wikidata items. A school is named beside the owner ("École
anglaise"), as a chapter ("Deutsche Schule") or in a note ("French painter"); the country of a person is P27
or what his description says ("Austrian painter"). Words are `data/nations.json`; neighbours that shared
their painters count as one.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files

from enrich.linking.caseless import Caseless
from enrich.linking.folding import plain, tokens
from enrich.linking.gazetteer import Gazetteer

_SCHOOL = Caseless(
    r"\b(?:[ée]coles?|schools?|schulen?|scuole?|painters?|maler|peintres?|artists?|k[üu]nstler)\b"
)
# States that are gone, and countries whose schools overlap: each stands for the other.
_SAME = {
    "Q29999": "Q55", "Q55": "Q31", "Q15180": "Q159", "Q34266": "Q159", "Q28513": "Q40", "Q131964": "Q40",
    "Q43287": "Q183", "Q12548": "Q183", "Q40": "Q183", "Q39": "Q183", "Q213": "Q183", "Q174193": "Q145",
    "Q161885": "Q145", "Q172579": "Q38", "Q148540": "Q38", "Q4948": "Q38", "Q71084": "Q142", "Q70972": "Q142",
}  # fmt: skip


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    table = json.loads((files("enrich.linking") / "data" / "nations.json").read_text("utf-8"))
    return {plain(word): _one(item) for item, words in table.items() for word in words.split()}


def _one(item: str) -> str:
    while item in _SAME:
        item = _SAME[item]
    return item


@lru_cache(maxsize=1 << 12)
def named(text: str) -> frozenset[str]:
    """The nations of the schools that a text names; none where it speaks of no school or painter.

    >>> sorted(named("Salle XX.—École anglaise")), sorted(named("An English garden"))
    (['Q145'], [])
    """
    if not _SCHOOL.search(text):
        return frozenset()
    return frozenset(n for t in tokens(text) if (n := _words().get(t.plain)))


@lru_cache(maxsize=1 << 16)
def of(row: int, gazetteer: Gazetteer) -> frozenset[str]:
    """The nations of a person of the gazetteer, by P27 or by the descriptions; empty when unknown."""
    entry = gazetteer.entry(row)
    stated = frozenset(_one(value) for name, value in entry.facts if name == "nationality")
    if stated:
        return stated
    return frozenset(
        n for text, _ in entry.descriptions for t in tokens(text) if (n := _words().get(t.plain))
    )
