"""One page per entity: illustration, source, artist, artwork, concept, and the plain record of anything else.

In: the encoded identifier in the address. Out: HTML from at most two named queries and a few look-ups in
the index, however many plates or claims an entity has. Every page names its data twins in Link headers and
in its head.
"""

from __future__ import annotations

import re
import uuid
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from api import lookalikes, runs, scans, schema_org, session, verdicts, views
from api.dataset import Dataset
from api.evidence import Span, pieces
from api.hits import hits
from api.images import picture_size
from api.kinds import CLASS_KINDS, PLATE_KINDS, REVIEWABLE, THESAURUS_KINDS, VALUE_KINDS, said, sources, years
from api.language import Row, best, word
from api.rendering import page_number, paging, rendered
from api.requests import dataset, entity_iri, language, missing, raw_path, settings
from api.search import terms
from kg.names import LG

blueprint = Blueprint("pages", __name__)

# What stands beside the name already, or is plain: of concepts that are ours alone that they are in our
# vocabulary, and how many plates they have.
_SHOWN_BESIDE = {kind: {"inScheme", "size"} for kind in ("category", "medium", "topic", "cluster")} | {
    "artist": {"born", "died", "birthDate", "deathDate", "birthYear", "deathYear"}
}
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
    *("corpus", "field", "additionalProperty", "language", "displayOrder", "page", "region", "passage"),
    *("wasDerivedFrom", "hasPart", "mentions", "nearDuplicate", "hasFormat"),
    *VALUE_KINDS.values(),
}
_RECORD_SHOWN = {"type", "identifier", "additionalProperty", *views.AUTHORITIES}
_TARGET = "http://www.w3.org/ns/oa#hasTarget"
_PLACED = {LG + "region", LG + "passage"}
ZOOM = Path(__file__).parent / "static" / "vendor" / "openseadragon.min.js"
_HASH = re.compile(r"[0-9a-f]{16,64}")
_CONCEPT_SHOWN = {
    "type",
    "corpus",
    "field",
    "additionalProperty",
    "exactMatch",
    "topConceptOf",
    "image",
    "notation",
    "nameType",
    "additionalType",
    "identifier",
    *views.AUTHORITIES,
}


@blueprint.get("/page/illustration/<path:local>")
def illustration(local: str) -> Response:
    """One illustration: the picture, its caption with the evidence marked, what is said of it and why."""
    found, spoken, iri, path = _here()
    base, entity = found.names.base, ox.NamedNode(iri)
    rows = found.select("entity", entity=entity)
    if not rows:
        raise missing(iri)
    believed = {
        (views.local_name(r["property"].value), r["value"]) for r in rows if r.get("graph") == found.current
    }
    groups = views.claim_groups(found.select("claims", entity=entity), believed, base, spoken)
    judged, reviewing = _reviews(found, iri, spoken)
    groups = views.with_all(groups, REVIEWABLE if reviewing else (), spoken)
    claimed = {c.statement for group in groups for c in group.believed + group.others}
    unclaimed = {
        group.property: [
            each
            for statement, said in judged.items()
            if statement[0] == group.property and statement not in claimed
            for each in said.verdicts
        ]
        for group in groups
    }
    before, after = found.index.neighbours(iri)
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
    scan = _scan_of(found, entity, rows, spoken) if _PLACED & {r["property"].value for r in rows} else None
    book = next((r for r in rows if r["property"].value == LG + "source"), None)
    page = next((r for r in rows if r["property"].value == LG + "page"), None)
    plate = found.index.plate(iri)
    answer = rendered(
        "illustration.html",
        path,
        iri=iri,
        rows=rows,
        label=_label(rows, spoken) or local,
        caption=caption,
        schema=schema_org.described(iri, rows, spoken),
        caption_pieces=pieces(caption.value, [s for k, s in spans if k == "caption"]) if caption else [],
        texts={k: (t, pieces(t.value, [s for kind, s in spans if kind == k])) for k, t in texts.items() if t},
        groups=groups,
        judged=judged,
        unclaimed=unclaimed,
        local_path=path,
        **reviewing,
        alike=views.plates(
            lookalikes.of(found, iri, 12, spoken, [v.value for p, v in believed if p == "nearDuplicate"]),
            base,
        ),
        before=views.href(before, base),
        after=views.href(after, base),
        digest=digest.value if digest else "",
        zoom=ZOOM.exists(),
        identifier=_literal(rows, "http://purl.org/dc/terms/identifier"),
        year=plate["year"] if plate else "",
        page=views.link(page["value"], _labels_of(rows, page["value"]), base, spoken) if page else None,
        book=views.link(book["value"], _labels_of(rows, book["value"]), base, spoken) if book else None,
        facts=views.facts(rows, base, spoken, _SHOWN) + _fields(found, entity),
        elsewhere=views.elsewhere(rows),
        scan=scan,
        own=next((box for box in scan.boxes if not box.text), None) if scan and not digest else None,
    )
    answer.headers["Content-Security-Policy"] = scans.policy(scan)
    return answer


def _scan_of(found: Dataset, entity: ox.NamedNode, rows: list[Row], spoken: str) -> scans.Scan | None:
    """The page an illustration is on, with its place outlined."""
    return scans.of_illustration(
        found.select("regions", entity=entity),
        partial(picture_size, found),
        found.names.base,
        word("illustration", spoken),
        spoken,
    )


def _reviews(
    found: Dataset, iri: str, spoken: str
) -> tuple[dict[verdicts.Statement, verdicts.Judged], dict[str, Any]]:
    """What people said of the statements about a plate; and what forms need where somebody may say more."""
    from api import review

    rows = found.select("reviews", entity=ox.NamedNode(iri))
    if session.signed_in() is None:
        return verdicts.by_statement(rows, (), found.names, spoken), {}
    split = found.names.split(iri)
    waiting = review.inbox().waiting(split[1]) if split else []
    needed = {
        "csrf": session.csrf(),
        "kind_of": review.KIND_OF,
        "choices": review.choices(found, spoken),
        "new_id": lambda: uuid.uuid4().hex,
    }
    return verdicts.by_statement(rows, waiting, found.names, spoken), needed


def _fields(found: Dataset, entity: ox.NamedNode) -> list[views.Fact]:
    """The columns of the corpus that Legenda does not know, as facts under their own names."""
    made: dict[str, list[views.Link]] = {}
    for row in found.select("fields", entity=entity):
        made.setdefault(row["name"].value, []).append(views.Link(row["value"].value))
    return [views.Fact(name, name, tuple(values)) for name, values in sorted(made.items())]


@blueprint.get("/page/claim/<path:local>")
def claim(local: str) -> Response:
    """One claim: what it says of which illustration, how sure it is and why, and whether it stands."""
    found, spoken, iri, path = _here()
    base = found.names.base
    rows = found.select("entity", entity=ox.NamedNode(iri))
    target = next((r["value"] for r in rows if r["property"].value == _TARGET), None)
    if not isinstance(target, ox.NamedNode):
        raise missing(iri)
    believed = {
        (row["property"], ox.NamedNode(row["entity"]))
        for row in found.index.values_of(target.value)
        if ":" in row["entity"]  # decades and languages are no entities
    }
    said = [
        row
        for row in found.select("claims", entity=target)
        if "claim" not in row or row["claim"].value == iri
    ]
    groups = views.claim_groups(said, believed, base, spoken)
    if not groups:
        raise NotFound()
    plate = found.index.plate(target.value)
    judged, _ = _reviews(found, target.value, spoken)
    shown = (groups[0].believed + groups[0].others)[0]
    return rendered(
        "claim.html",
        path,
        iri=iri,
        rows=rows,
        claim=shown,
        judged=judged.get(shown.statement),
        plates=views.plates([plate] if plate else [], base, sources(found, spoken)),
    )


@blueprint.get("/page/<kind>/<path:local>")
def entity(kind: str, local: str) -> Response:
    """A source, artist, artwork or concept with the plates that have it; anything else as its plain
    record.
    """
    found, spoken, iri, path = _here()
    base, node = found.names.base, ox.NamedNode(iri)
    rows = found.select("entity", entity=node)
    if not rows:
        raise missing(iri)
    name = "source" if kind == "source" else PLATE_KINDS.get(kind)
    if name is None:
        scan, printed = _page_of(found, node) if kind == "page" else (None, [])
        answer = rendered(
            "record.html",
            path,
            kind=kind,
            iri=iri,
            rows=rows,
            schema=schema_org.described(iri, rows, spoken),
            label=_title(kind, local, rows, spoken),
            facts=views.facts(
                rows,
                base,
                spoken,
                _RECORD_SHOWN
                | {"run": {"config"}, "page": {"image", "identifier", "depiction"}}.get(kind, set()),
            ),
            elsewhere=views.elsewhere(rows),
            listed=kind in CLASS_KINDS,
            **(_of_run(found, node, rows, spoken) if kind == "run" else {}),
            members=_concepts(found, "members", node, spoken) if kind == "scheme" else [],
            plates=printed,
            scan=scan,
            zoom=ZOOM.exists(),
        )
        answer.headers["Content-Security-Policy"] = scans.policy(scan)
        return answer
    size = settings().page_size
    number, offset = page_number(size)
    books = sources(found, spoken)
    listed = found.index.plates_of(name, iri, size, offset)
    qualified = found.index.plates_of(name + "Qualified", iri, size) if kind in {"artist", "artwork"} else []
    works: list[views.Link] = []
    if kind == "artist":
        counted = {row["entity"]: row["plates"] for row in found.index.values("reproduces")}
        made = [row["entity"].value for row in found.select("works_of", entity=node)]
        labels = found.index.labels(made)
        works = [views.named(work, labels, base, spoken, n=counted.get(work)) for work in made]
        works.sort(key=lambda work: (-(work.n or 0), work.label))
    return rendered(
        "entity.html",
        path,
        kind=kind,
        iri=iri,
        rows=rows,
        schema=schema_org.described(iri, rows, spoken),
        label=_label(rows, spoken) or local,
        lived=_beside(kind, rows, spoken),
        facts=views.facts(rows, base, spoken, _CONCEPT_SHOWN | _SHOWN_BESIDE.get(kind, set()))
        + _fields(found, node),
        elsewhere=views.elsewhere(rows),
        plates=views.plates(listed, base, None if kind == "source" else books),
        hits=hits(found, listed, _words_of(rows), True, books) if kind == "name" else [],
        qualified=views.plates(qualified, base, books),
        works=works,
        narrower=_concepts(found, "narrower", node, spoken) if kind in THESAURUS_KINDS else [],
        **paging(found.index.count_of(name, iri), number, size),
    )


def _of_run(found: Dataset, run: ox.NamedNode, rows: list[Row], spoken: str) -> dict[str, Any]:
    """What a run said, and with which settings."""
    counted = found.kept(("run", run.value), lambda: found.select("run_claims", entity=run))
    return {
        "said": runs.said(counted, found.kept("thresholds", lambda: found.select("thresholds")), spoken),
        "settings": runs.configuration(said(rows, "config")),
    }


def _concepts(found: Dataset, query: str, node: ox.NamedNode, spoken: str) -> list[views.Link]:
    """The concepts that stand below one, or in a scheme, with how many plates have each."""
    labels: dict[str, list[tuple[str, str]]] = {}
    for row in found.select(query, entity=node):
        label = row.get("label")
        labels.setdefault(row["entity"].value, []).extend(
            [(label.value, label.language or "")] if label else []
        )
    counts = found.index.plates_by_entity(list(labels))
    made = [views.named(iri, labels, found.names.base, spoken, n=counts.get(iri, 0)) for iri in labels]
    return sorted(made, key=lambda link: (-(link.n or 0), link.label.casefold()))


def _page_of(found: Dataset, page: ox.NamedNode) -> tuple[scans.Scan | None, list[views.Plate]]:
    """The scan of a page with what is on it outlined, and the illustrations as the index has them."""
    rows, base = found.select("on_page", page=page), found.names.base
    entities = dict.fromkeys(row["entity"].value for row in rows)
    records = [plate for plate in map(found.index.plate, entities) if plate is not None]
    plates = views.plates(records, base)
    named = {r["iri"]: (p.href, p.label) for r, p in zip(records, plates, strict=True)}
    return scans.of_page(rows, partial(picture_size, found), base, named), plates


def _title(kind: str, local: str, rows: list[Row], spoken: str) -> str:
    """The heading of a plain record: its label, else its kind or its id, whichever can be read."""
    label = _label(rows, spoken)
    if kind == "page" and label:
        return word("page-short", spoken, n=label)
    return label or (word(kind, spoken) if _HASH.fullmatch(local) else local)


def _words_of(rows: list[Row]) -> list[str]:
    """The words of a name, to be marked where it is printed: its longest form as one phrase."""
    names = {r["value"].value for r in rows if r["property"].value in views.LABELS}
    return terms(f'"{max(names, key=len)}"') if names else []


def _beside(kind: str, rows: list[Row], spoken: str) -> str:
    """What stands beside an entity's name on its own page."""
    if kind == "name":
        types = dict.fromkeys(r["value"].value for r in rows if r["property"].value == LG + "nameType")
        return ", ".join(word("name-" + each, spoken) for each in types)
    return years(*(said(rows, name) for name in ("born", "died"))) if kind == "artist" else ""


def _here() -> tuple[Dataset, str, str, str]:
    """Dataset, language, entity IRI and encoded path of the page that is asked for."""
    found = dataset()
    path = raw_path().removeprefix("/page/")
    return found, language(), entity_iri(path, found.names.base), path


def _literal(rows: list[Row], iri: str) -> ox.Literal | None:
    return best((r["value"] for r in rows if r["property"].value == iri), language())


def _label(rows: list[Row], spoken: str) -> str:
    found = best((r["value"] for r in rows if r["property"].value in views.LABELS), spoken)
    return found.value if found else ""


def _labels_of(rows: list[Row], value: Any) -> list[Any]:
    return [r["label"] for r in rows if r["value"] == value and "label" in r]
