"""Pages that list: the front page, all entities of a kind.

In: a kind and a page number from the address. Out: HTML from the snapshot's index; what does
not change while a snapshot is served is computed once.
"""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotFound

from api import views
from api.dataset import Dataset
from api.kinds import CLASS_KINDS, PLATE_KINDS, notes, sources
from api.rendering import page_number, paging, rendered
from api.requests import conditional, dataset, language, settings
from kg.names import LG

blueprint = Blueprint("lists", __name__)
_ON_FRONT = 8  # entities of a kind on the front page
_ON_WALL = 32  # plates on the front page, of which as many show as fit


@blueprint.get("/")
def front() -> Response:
    """What is here: counts, kinds, sources by year, who is shown most, and some plates by chance."""
    found, spoken = dataset(), language()
    base = found.names.base
    overview = found.kept(("front", spoken), lambda: _overview(found, spoken))
    seed = request.args.get("others", "")
    turn = int(seed) if seed.isascii() and seed.isdigit() and len(seed) < 6 else 0
    wall = views.plates(found.index.sample(_ON_WALL, f"{found.version} {turn}"), base)
    return conditional(Response(render_template("front.html", sample=wall, turn=turn + 1, **overview)))


def _overview(found: Dataset, spoken: str) -> dict[str, Any]:
    used = {kind: _values(found, name, spoken, limit=_ON_FRONT) for kind, name in PLATE_KINDS.items()}
    sizes = {kind: found.index.count_values(name) for kind, name in PLATE_KINDS.items()}
    books = _in_order(sources(found, spoken))
    return {
        "sources": books,
        "used": used,
        "sizes": sizes,
        "total": found.index.count(),
        "timeline": views.timeline(found.index.years()),
    }


def _in_order(books: dict[str, views.Link]) -> list[views.Link]:
    """Sources by year, those without a year last."""
    return sorted(books.values(), key=lambda book: (book.note == "", book.note, book.label))


def _values(found: Dataset, name: str, spoken: str, limit: int = -1, offset: int = 0) -> list[views.Link]:
    """The values of a property with their labels and how many plates have each."""
    counted = found.index.values(name, limit, offset)
    labels = found.index.labels([row["entity"] for row in counted])
    kind = {"reproduces": "artwork", "mentions": "name"}.get(name, name)
    beside = notes(found, kind, spoken) if counted else {}
    base = found.names.base
    return [
        views.named(row["entity"], labels, base, spoken, n=row["plates"], note=beside.get(row["entity"], ""))
        for row in counted
    ]


@blueprint.get("/page/<kind>")
def listing(kind: str) -> Response:
    """All entities of one kind: values by how many plates have them, sources by year, plates in reading
    order.
    """
    found, spoken = dataset(), language()
    base = found.names.base
    size = settings().page_size * (1 if kind == "illustration" else 4)
    number, offset = page_number(size)
    if kind == "illustration":
        shown = views.plates(found.index.plates(size, offset), base, sources(found, spoken))
        return rendered("plates.html", kind, plates=shown, **paging(found.index.count(), number, size))
    entries: list[views.Link]
    if kind == "source":
        books = _in_order(sources(found, spoken))
        entries, total = books[offset : offset + size], len(books)
    elif kind in PLATE_KINDS:
        entries = _values(found, PLATE_KINDS[kind], spoken, size, offset)
        total = found.index.count_values(PLATE_KINDS[kind])
    elif kind in CLASS_KINDS:
        rows = found.select("instances", type=ox.NamedNode(LG + CLASS_KINDS[kind]))
        texts: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            label = row.get("label")
            texts.setdefault(row["entity"].value, []).extend(
                [(label.value, label.language or "")] if label else []
            )
        entries = [views.named(iri, texts, base, spoken) for iri in list(texts)[offset : offset + size]]
        total = len(texts)
    else:
        raise NotFound()
    most = max((entry.n or 0 for entry in _values(found, PLATE_KINDS.get(kind, kind), spoken, 1)), default=0)
    return rendered("list.html", kind, kind=kind, entries=entries, most=most, **paging(total, number, size))
