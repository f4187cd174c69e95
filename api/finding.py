"""The search: plates by words, narrowed by facets and years, with the words marked where they stand.

In: `/search?q=…&category=…&from=1890&to=1900` and further facets, all of which combine. Out: a page of hits,
the best first, in an order that does not change while a snapshot is served; how many hits every further value
would leave; and, where nothing has a word, what is spelt nearly like it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request

from api import views
from api.dataset import Dataset
from api.hits import hits as marked_hits
from api.kinds import sources
from api.language import CERTAINTY, word
from api.rendering import page_number, paging, rendered
from api.requests import dataset, language, settings
from api.search import FACETS, Found, Index, terms
from api.snippets import near

blueprint = Blueprint("finding", __name__)
_SHOWN, _ALL = 8, 200  # values of a facet, and of one that is unfolded
_PLAIN = {"decade", "language", "confidence"}  # facets whose values are no entities
_KIND = {"reproduces": "artwork"}
_LONGEST = 200


@dataclass(frozen=True)
class Facet:
    """One thing to narrow a search by, with the values that its hits have."""

    name: str
    label: str
    chosen: bool
    values: list[views.Link]
    more: str  # where all of its values are shown


@blueprint.get("/search")
def search() -> Any:
    """Plates with the words of `q`, narrowed by facets and years."""
    found, spoken = dataset(), language()
    words = " ".join(request.args.get("q", "").replace("\0", " ").split())[:_LONGEST]
    given = {facet: request.args[facet][:300] for facet in FACETS if request.args.get(facet)}
    narrowed = {facet: _entity(facet, value, found) for facet, value in given.items()}
    years = _years()
    size = settings().page_size
    number, offset = page_number(size)
    hits, meant = found.index.search(words, narrowed, size, offset, years), ""
    if words and not hits.total and (better := _better(found.index, words)):
        corrected = found.index.search(better, narrowed, size, offset, years)
        if corrected.total:
            hits, meant = corrected, better
    address = ({"q": words} if words else {}) | given
    if years:
        address |= {"from": str(years[0]), "to": str(years[1])}
    return rendered(
        "search.html",
        "search",
        q=words,
        meant=meant,
        given=given,
        counted=f"{hits.counted:,}".replace(",", "\u202f") if hits.counted else "",
        years=years,
        first_year=(found.index.years() or [{"year": ""}])[0]["year"] if years is None else years[0],
        facets=_facets(found, hits, narrowed, address, spoken),
        hits=marked_hits(
            found, hits.plates, terms(meant or words), not words.endswith('"'), sources(found, spoken)
        ),
        address=urlencode(address) + "&" if address else "",
        without_years=urlencode({k: v for k, v in address.items() if k not in {"from", "to"}}),
        **paging(hits.total, number, size),
    )


def _years() -> tuple[int, int] | None:
    """The first and the last year asked for; what is no year does not narrow."""
    given = [request.args.get(name, "").strip() for name in ("from", "to")]
    if not any(given):
        return None
    first, last = (
        int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None for text in given
    )
    if first is None and last is None:
        return None
    return first or 0, 9999 if last is None else last


def _better(index: Index, words: str) -> str:
    """The words of a search with those that nothing has replaced by what is spelt nearly like them."""
    changed = [_known(index, term, last) for term, last in _with_last(terms(words))]
    return " ".join(changed) if changed != terms(words) else ""


def _with_last(parts: list[str]) -> list[tuple[str, bool]]:
    return [(part, place == len(parts) - 1) for place, part in enumerate(parts)]


def _known(index: Index, term: str, last: bool) -> str:
    if " " in term or index.has_word(term, begins=last):
        return term
    return near(term, index.words_like(term)) or term


def _facets(
    found: Dataset, hits: Found, narrowed: dict[str, str], address: dict[str, str], spoken: str
) -> list[Facet]:
    unfolded = request.args.get("more", "")
    counts = {facet: hits.facets.get(facet, [])[: _ALL if facet == unfolded else _SHOWN] for facet in FACETS}
    labels = found.index.labels([*(e for values in counts.values() for e, _ in values), *narrowed.values()])

    def link(facet: str, entity: str, plates: int | None) -> views.Link:
        chosen = facet in narrowed
        split = found.names.split(entity)
        changed = {k: v for k, v in address.items() if k != facet}
        changed |= {} if chosen else {facet: split[1] if split else entity}
        if facet in _PLAIN:
            shown = views.Link(entity + "s" if facet == "decade" else word(entity, spoken))
        else:
            shown = views.named(entity, labels, found.names.base, spoken)
        return views.Link(shown.label, "/search?" + urlencode(changed), shown.language, entity, plates)

    made = []
    for facet in FACETS:
        chosen = facet in narrowed
        values = [(narrowed[facet], None)] if chosen else _in_order(facet, counts[facet])
        more = len(hits.facets.get(facet, ())) > _SHOWN and facet != unfolded and not chosen
        if chosen or len(values) > 1:
            made.append(
                Facet(
                    facet,
                    word("sureness" if facet == "confidence" else facet, spoken),
                    chosen,
                    [link(facet, entity, plates) for entity, plates in values],
                    "/search?" + urlencode(address | {"more": facet}) if more else "",
                )
            )
    return made


def _in_order(facet: str, values: list[tuple[str, int]]) -> list[tuple[str, int | None]]:
    """Values as they are read: decades and degrees of certainty in their own order, others by how many."""
    if facet == "decade":
        return sorted(values)
    if facet == "confidence":
        order = {name: place for place, (_, name) in enumerate(CERTAINTY)}
        return sorted(values, key=lambda value: order.get(value[0], 99))
    return [*values]


def _entity(facet: str, value: str, found: Dataset) -> str:
    """What a facet's value in an address stands for in the index."""
    return value if facet in _PLAIN else found.names.iri(_KIND.get(facet, facet), value)
