"""One question as a page shows it: the picture, its caption with the words that count marked, the claim with
its reasons, what else it might be, what looks like it, what people said.

In: an item of the queue and the snapshot it is about. Out: plain values for the template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from api import known, lookalikes, review, verdicts, views
from api.dataset import Dataset
from api.evidence import Piece, Span, pieces
from api.inbox import Waiting
from api.kinds import notes, sources
from api.language import Row, best, word
from api.views import ClaimView, Link
from kg.names import LG

_CHOICES = 9  # keys 1…9
_AROUND = 180  # characters of a text shown on each side of what is marked
_TEXTS = {"heading": "heading", "text-before": "textBefore", "text-after": "textAfter"}
_FEW = frozenset({"category", "medium"})  # all values are offered, claimed or not


@dataclass(frozen=True)
class Choice:
    """Another value that may be right: `path` is what the form sends."""

    link: Link
    path: str
    percent: str = ""
    reasons: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Shown:
    """A question, ready for the template. `claim` is None where nothing is claimed any more, or yet."""

    key: str
    illustration: str  # path
    property: str
    label: str
    value: Link | None
    value_path: str
    qualifier: str
    qualifier_label: str
    claim: ClaimView | None
    note: str
    choices: tuple[Choice, ...]
    caption: ox.Literal | None
    caption_pieces: Sequence[Piece]
    passages: tuple[tuple[str, Sequence[Piece], str], ...]  # which text, the text, its language
    digest: str
    plate: Link
    book: Link | None
    year: str
    page: Link | None
    alike: Sequence[views.Plate]
    judged: verdicts.Judged | None
    vanished: bool


def shown(found: Dataset, item: Mapping[str, Any], waiting: Sequence[Waiting], spoken: str) -> Shown | None:
    """The question of an item; None when its picture is not here any more."""
    iri, base = item["plate"], found.names.base
    plate = found.index.plate(iri)
    if plate is None:
        return None
    entity, name = ox.NamedNode(iri), item["property"]
    rows = found.select("entity", entity=entity)
    believed = {
        (views.local_name(r["property"].value), r["value"]) for r in rows if r.get("graph") == found.current
    }
    groups = views.claim_groups(found.select("claims", entity=entity), believed, base, spoken)
    group = next((g for g in groups if g.property == name), None)
    claims = [c for c in group.believed + group.others if not c.by_person] if group else []
    statement = (name, item["value"], item["qualifier"])
    claim = next((c for c in claims if c.statement == statement), None)
    others = [c for c in claims if c is not claim]
    judged = verdicts.by_statement(found.select("reviews", entity=entity), waiting, found.names, spoken)
    caption = _literal(rows, "caption", spoken)
    kind = review.KIND_OF[name]
    beside = notes(found, kind, spoken)
    value = review.links_of(found, [item["value"]], spoken)[0] if item["value"] else None
    book = next((r["value"].value for r in rows if r["property"].value == LG + "source"), "")
    page = next((r for r in rows if r["property"].value == LG + "page"), None)
    return Shown(
        key=item["key"],
        illustration=iri[len(base) + 3 :],
        property=name,
        label=word(name, spoken),
        value=value,
        value_path=item["value"][len(base) + 3 :],
        qualifier=item["qualifier"],
        qualifier_label=word(item["qualifier"], spoken) if item["qualifier"] else "",
        claim=claim,
        note=beside.get(item["value"], ""),
        choices=tuple(_choices(found, others, item["value"], name, beside, spoken)),
        caption=caption,
        caption_pieces=pieces(caption.value, _spans(claim, others)) if caption else (),
        passages=tuple(_passages(rows, claim, spoken)),
        digest=plate["digest"],
        plate=Link(plate["label"] or views.local_name(iri), views.href(iri, base), plate["language"], iri),
        book=sources(found, spoken).get(book),
        year=plate["year"],
        page=views.link(page["value"], [page["label"]] if "label" in page else [], base, spoken)
        if page
        else None,
        alike=views.plates(lookalikes.of(found, iri, 8, spoken), base),
        judged=judged.get(statement),
        vanished=claim is None and bool(item["value"]),
    )


def _choices(
    found: Dataset,
    others: Sequence[ClaimView],
    value: str,
    property: str,
    beside: Mapping[str, str],
    spoken: str,
) -> list[Choice]:
    """Runners-up, the surest first; where there are few values at all, the rest of them too."""
    cut = len(found.names.base) + 3
    made = {
        c.value.iri: Choice(
            c.value,
            c.value.iri[cut:],
            c.percent,
            tuple(line.text or f"{line.label} {line.score}" for line in c.evidence[:3] if line.text),
            beside.get(c.value.iri, ""),
        )
        for c in sorted(others, key=lambda c: -c.confidence)
        if c.value.iri and c.value.iri != value
    }
    if property in _FEW:
        some = [
            iri
            for iri in known.few(found.index, review.KIND_OF[property])
            if iri not in made and iri != value
        ]
        made |= {
            link.iri: Choice(link, link.iri[cut:])
            for link in sorted(review.links_of(found, some, spoken), key=lambda link: link.label)
        }
    return list(made.values())[:_CHOICES]


def _spans(claim: ClaimView | None, others: Sequence[ClaimView]) -> list[Span]:
    """The words of the caption that speak for the claim, and for what else it might be."""
    spans = []
    for label, some in (("this", [claim] if claim else []), ("other", list(others))):
        spans += [
            Span(line.start, line.end, label)
            for each in some
            for line in each.evidence
            if line.kind == "caption" and line.start is not None and line.end is not None
        ]
    return spans


def _passages(
    rows: Sequence[Row], claim: ClaimView | None, spoken: str
) -> list[tuple[str, Sequence[Piece], str]]:
    """What the texts around the picture say for the claim, shortened around the words that count."""
    made: list[tuple[str, Sequence[Piece], str]] = []
    for kind, name in _TEXTS.items():
        text = _literal(rows, name, spoken)
        spans = [
            Span(line.start, line.end, "this")
            for line in (claim.evidence if claim else ())
            if line.kind == kind and line.start is not None and line.end is not None
        ]
        if text is None or not spans:
            continue
        start = max(0, min(s.start for s in spans) - _AROUND)
        end = min(len(text.value), min(s.end for s in spans) + _AROUND)
        inside = [Span(s.start - start, s.end - start, s.claim) for s in spans if s.end <= end]
        cut = pieces(text.value[start:end], inside)
        whole = [*([Piece("… ")] if start else []), *cut, *([Piece(" …")] if end < len(text.value) else [])]
        made.append((word(kind, spoken), whole, text.language or ""))
    return made


def _literal(rows: Sequence[Row], name: str, spoken: str) -> ox.Literal | None:
    return best((r["value"] for r in rows if r["property"].value == LG + name), spoken)
