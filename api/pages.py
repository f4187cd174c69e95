"""Pages for people: the front page, one page per entity, lists, search.

In: the encoded identifier in the address. Out: HTML, from a fixed number of named queries however many
plates or claims an entity has. Every page names its data twins in Link headers and in its head.
"""

from __future__ import annotations

import random
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotFound

from api import views
from api.dataset import Dataset
from api.evidence import Span, pieces
from api.formats import TWINS
from api.language import Row, best
from api.requests import conditional, dataset, entity_iri, language, raw_path, settings
from kg.names import LG

blueprint = Blueprint("pages", __name__)

# Kinds whose page lists the illustrations that have the value, and by which property.
VALUE_KINDS = {
    "artist": "artist",
    "artwork": "reproduces",
    "category": "category",
    "medium": "medium",
    "topic": "topic",
    "cluster": "cluster",
    "descriptor": "descriptor",
}
# Kinds that are listed by their class.
CLASS_KINDS = {"run": "Run", "corpus": "Corpus", "model": "Model"}
# Properties of an illustration that its page shows in another form than as a fact.
_SHOWN = {
    *("type", "label", "caption", "alt", "heading", "textBefore", "textAfter", "isPartOf", "source"),
    *(
        "imageDigest",
        "contentUrl",
        "thumbnailUrl",
        "identifier",
        "mapX",
        "mapY",
        "P138_represents",
        "subject",
    ),
    *(
        "relation",
        "about",
        "artistQualified",
        "reproducesQualified",
        "image",
        "thumbnail",
        "depicts",
        "genre",
    ),
    *("P2_has_type", "P65_shows_visual_item", "P94i_was_created_by", "creator"),
    *VALUE_KINDS.values(),
}
_CONCEPT_SHOWN = {"type", "inScheme", "topConceptOf", "image", "notation", "identifier", *views.AUTHORITIES}
_POOL = 240  # plates from which the front page draws its sample


@blueprint.get("/")
def front() -> Response:
    """What is here: counts, kinds, sources by year, who is shown most, and some plates."""
    found, spoken = dataset(), language()
    base = found.names.base
    overview = found.kept(("front", spoken), lambda: _overview(found, spoken))
    pool = found.kept("pool", lambda: _pool(found))
    chosen = random.sample(pool, min(32, len(pool)))
    html = render_template("front.html", sample=views.plates(chosen, base, spoken), **overview)
    answer = Response(html)
    answer.headers["Cache-Control"] = "no-cache"  # the plates change with every visit
    return answer


def _overview(found: Dataset, spoken: str) -> dict[str, Any]:
    base = found.names.base
    sources = views.labelled(found.select("sources"), base, spoken)
    used = {
        kind: views.labelled(found.select("used_values", property=ox.NamedNode(LG + name)), base, spoken)
        for kind, name in VALUE_KINDS.items()
    }
    return {"sources": sources, "used": used, "total": sum(s.n or 0 for s in sources)}


def _pool(found: Dataset) -> list[Row]:
    """Some plates spread evenly over the corpus: those whose content hash begins with one digit, then all."""
    rows = found.select("sample", start=ox.Literal("a"), limit=_POOL)
    return rows if len(rows) >= 32 else found.select("sample", start=ox.Literal(""), limit=_POOL)


@blueprint.get("/page/illustration/<path:local>")
def illustration(local: str) -> Response:
    """One illustration: the picture, its caption with the evidence marked, what is said of it and why."""
    found, spoken, iri, path = _here()
    base, entity = found.names.base, ox.NamedNode(iri)
    rows = found.select("entity", entity=entity)
    if not rows:
        raise NotFound()
    believed = {
        (views.local_name(r["property"].value), r["value"]) for r in rows if r["graph"] == found.current
    }
    groups = views.claim_groups(found.select("claims", entity=entity), believed, base, spoken)
    alike = views.plates(found.select("beside", entity=entity, limit=12), base, spoken)
    before, after = _neighbours(found, entity)
    caption = _literal(rows, LG + "caption")
    texts = {
        kind: _literal(rows, LG + name)
        for kind, name in (("heading", "heading"), ("text-before", "textBefore"), ("text-after", "textAfter"))
    }
    spans = [
        (line.kind, Span(line.start, line.end, claim.anchor))
        for group in groups
        for claim in group.believed
        for line in claim.evidence
        if line.start is not None and line.end is not None
    ]
    digest = _literal(rows, LG + "imageDigest")
    book = next((r for r in rows if r["property"].value == LG + "source"), None)
    return _html(
        "illustration.html",
        path,
        iri=iri,
        label=_label(rows, spoken) or local,
        caption=caption,
        caption_pieces=pieces(caption.value, [s for k, s in spans if k == "caption"]) if caption else [],
        texts={k: (t, pieces(t.value, [s for kind, s in spans if kind == k])) for k, t in texts.items() if t},
        groups=groups,
        alike=alike,
        before=before,
        after=after,
        digest=digest.value if digest else "",
        identifier=_literal(rows, "http://purl.org/dc/terms/identifier"),
        book=views.link(book["value"], _labels_of(rows, book["value"]), base, spoken) if book else None,
        facts=views.facts(rows, base, spoken, _SHOWN),
        elsewhere=views.elsewhere(rows),
    )


def _neighbours(found: Dataset, entity: ox.NamedNode) -> tuple[str, str]:
    """Paths of the plates before and after this one in its source ("" at the ends)."""
    base = found.names.base
    order = [r["plate"].value for r in found.select("siblings", entity=entity)]
    order = list(dict.fromkeys(order))
    if entity.value not in order:
        return "", ""
    at = order.index(entity.value)
    before = views.href(order[at - 1], base) if at else ""
    after = views.href(order[at + 1], base) if at + 1 < len(order) else ""
    return before, after


@blueprint.get("/page/source/<path:local>")
def source(local: str) -> Response:
    """One book, volume or catalogue with its plates in their order."""
    found, spoken, iri, path = _here()
    base, entity = found.names.base, ox.NamedNode(iri)
    rows = found.select("entity", entity=entity)
    if not rows:
        raise NotFound()
    number, offset = _page_number()
    total = _count(found.select("count_in", entity=entity))
    listed = found.select("plates_in", entity=entity, limit=settings().page_size, offset=offset)
    return _html(
        "entity.html",
        path,
        kind="source",
        iri=iri,
        label=_label(rows, spoken) or local,
        facts=views.facts(rows, base, spoken, {"type", "label", "title", "identifier", "name"}),
        elsewhere=views.elsewhere(rows),
        plates=views.plates(listed, base, spoken),
        qualified=[],
        works=[],
        **_paging(total, number),
    )


@blueprint.get("/page/<kind>/<path:local>")
def entity(kind: str, local: str) -> Response:
    """An artist, artwork or concept with the plates that have it; anything else as its plain record."""
    found, spoken, iri, path = _here()
    base, node = found.names.base, ox.NamedNode(iri)
    rows = found.select("entity", entity=node)
    if not rows:
        raise NotFound()
    label = _label(rows, spoken)
    if kind not in VALUE_KINDS:
        return _html(
            "record.html",
            path,
            kind=kind,
            iri=iri,
            label=label or local,
            facts=views.facts(rows, base, spoken),
            elsewhere=views.elsewhere(rows),
        )
    name = VALUE_KINDS[kind]
    number, offset = _page_number()
    total = _count(found.select("count_of", entity=node, property=ox.NamedNode(LG + name)))
    listed = found.select(
        "plates_of", entity=node, property=ox.NamedNode(LG + name), limit=settings().page_size, offset=offset
    )
    qualified: list[Row] = []
    if kind in {"artist", "artwork"}:
        qualified = found.select(
            "plates_of",
            entity=node,
            property=ox.NamedNode(LG + name + "Qualified"),
            limit=settings().page_size,
        )
    works = [
        {("entity" if key == "work" else key): term for key, term in row.items()}
        for row in (found.select("works_of", entity=node) if kind == "artist" else [])
    ]
    books = {s.iri: s for s in found.kept(("sources", spoken), lambda: _sources(found, spoken))}
    return _html(
        "entity.html",
        path,
        kind=kind,
        iri=iri,
        label=label or local,
        facts=views.facts(rows, base, spoken, _CONCEPT_SHOWN),
        elsewhere=views.elsewhere(rows),
        plates=views.plates(listed, base, spoken, books),
        qualified=views.plates(qualified, base, spoken, books),
        works=views.labelled(works, base, spoken),
        **_paging(total, number),
    )


@blueprint.get("/page/<kind>")
def listing(kind: str) -> Response:
    """All entities of one kind: values by how many plates have them, sources by year, plates in order."""
    found, spoken = dataset(), language()
    base = found.names.base
    number, offset = _page_number()
    if kind == "illustration":
        total = sum(s.n or 0 for s in found.kept(("sources", spoken), lambda: _sources(found, spoken)))
        books = {s.iri: s for s in found.kept(("sources", spoken), lambda: _sources(found, spoken))}
        rows = found.select("plates", limit=settings().page_size, offset=offset)
        return _html(
            "plates.html",
            "illustration",
            plates=views.plates(rows, base, spoken, books),
            **_paging(total, number),
        )
    if kind == "source":
        entries = found.kept(("sources", spoken), lambda: _sources(found, spoken))
    elif kind in VALUE_KINDS:
        name = ox.NamedNode(LG + VALUE_KINDS[kind])
        entries = found.kept(
            (kind, spoken), lambda: views.labelled(found.select("used_values", property=name), base, spoken)
        )
    elif kind in CLASS_KINDS:
        wanted = ox.NamedNode(LG + CLASS_KINDS[kind])
        entries = views.labelled(found.select("instances", type=wanted), base, spoken)
    else:
        raise NotFound()
    size = settings().page_size * 4
    return _html(
        "list.html",
        kind,
        kind=kind,
        entries=entries[(number - 1) * size : number * size],
        most=max((e.n or 0 for e in entries), default=0),
        **_paging(len(entries), number, size),
    )


@blueprint.get("/search")
def search() -> Response:
    """Plates whose caption, artist, work or topic contains the words of `q`."""
    found, spoken = dataset(), language()
    q = " ".join(request.args.get("q", "").split())[:200]
    number, offset = _page_number()
    size = settings().page_size
    rows: list[Row] = []
    if q:
        rows = found.select("search", text=ox.Literal(q.lower()), limit=size + 1, offset=offset)
    books = {s.iri: s for s in found.kept(("sources", spoken), lambda: _sources(found, spoken))}
    return _html(
        "search.html",
        "search",
        q=q,
        plates=views.plates(rows[:size], found.names.base, spoken, books),
        number=number,
        last=number + 1 if len(rows) > size else number,
    )


@blueprint.get("/health")
def health() -> Response:
    """Alive, with the version of the dataset that is served; 503 while the store has no snapshot."""
    found = dataset()
    return Response(f'{{"status":"ok","dataset":"{found.version}"}}\n', mimetype="application/json")


def _here() -> tuple[Dataset, str, str, str]:
    """Dataset, language, entity IRI and encoded path of the page that is asked for."""
    found = dataset()
    path = raw_path().removeprefix("/page/")
    return found, language(), entity_iri(path, found.names.base), path


def _sources(found: Dataset, spoken: str) -> list[views.Link]:
    return views.labelled(found.select("sources"), found.names.base, spoken)


def _html(template: str, path: str, **values: Any) -> Response:
    """A rendered page with its data twins in Link headers, conditional on dataset, language and address."""
    response = Response(render_template(template, path=path, twins=TWINS, **values))
    if "iri" in values:
        twins = [f'</data/{path}.{f.name}>; rel="alternate describedby"; type="{f.types[0]}"' for f in TWINS]
        response.headers["Link"] = ", ".join([f'<{values["iri"]}>; rel="cite-as"', *twins])
    return conditional(response, language(), str(len(response.get_data())))


def _literal(rows: list[Row], iri: str) -> ox.Literal | None:
    return best((r["value"] for r in rows if r["property"].value == iri), language())


def _label(rows: list[Row], spoken: str) -> str:
    found = best((r["value"] for r in rows if r["property"].value in views.LABELS), spoken)
    return found.value if found else ""


def _labels_of(rows: list[Row], value: Any) -> list[Any]:
    return [r["label"] for r in rows if r["value"] == value and "label" in r]


def _count(rows: list[Row]) -> int:
    return int(rows[0]["n"].value) if rows else 0


def _page_number() -> tuple[int, int]:
    """The page asked for (from 1) and its offset in plates; 404 for what is no number."""
    raw = request.args.get("p", "1")
    if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw[:9]) <= 10_000_000:
        raise NotFound()
    return int(raw), (int(raw) - 1) * settings().page_size


def _paging(total: int, number: int, size: int | None = None) -> dict[str, int]:
    last = max(1, -(-total // (size or settings().page_size)))
    if number > last:
        raise NotFound()
    return {"total": total, "number": number, "last": last}
