"""What is asked of the map: words, values, years, certainty, pictures alike; and which pictures answer.

In: the map's address (`?q=&category=&years=1890-1900&sure=80&like=`), or a set of pictures drawn by hand.
Out: an `Asked`, its pictures by their numbers on the map, and the same question as SPARQL. Values of one
facet are alternatives, everything else narrows. What the browser computes from the columns of the pack is
computed here by the same rules.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyoxigraph as ox

from api.dataset import Dataset
from api.map_pack import FACETS, Pack
from api.search import expression
from kg.names import LG, NAMESPACES, Names

Array = np.ndarray
_YEARS = re.compile(r"(\d{1,4})-(\d{1,4})")
_VALUES = 50  # of one facet, and pictures to look like
_LISTED = 2000  # pictures that a query names one by one


@dataclass(frozen=True)
class Asked:
    """A question to the map; all empty asks for every picture."""

    words: str = ""
    narrowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # facet → local ids
    years: tuple[int, int] | None = None
    sure: int = 0  # percent
    like: tuple[str, ...] = ()  # pictures by the encoded path of their page
    drawn: str = ""  # a set of pictures, as `bits` writes it

    def __bool__(self) -> bool:
        return bool(self.words or self.narrowed or self.years or self.sure or self.like or self.drawn)

    @property
    def address(self) -> list[tuple[str, str]]:
        """The question as parameters of an address; a set drawn by hand has none."""
        pairs = [("q", self.words)] if self.words else []
        pairs += [(facet, value) for facet, values in self.narrowed.items() for value in values]
        pairs += [("years", f"{self.years[0]}-{self.years[1]}")] if self.years else []
        pairs += [("sure", str(self.sure))] if self.sure else []
        return pairs + [("like", path) for path in self.like]


def asked(given: Any) -> Asked:
    """The question of an address or a form (a werkzeug MultiDict). What makes no sense in it is left out."""
    years = _YEARS.fullmatch(given.get("years", ""))
    sure = given.get("sure", "")
    return Asked(
        words=" ".join(given.get("q", "").replace("\0", " ").split())[:200],
        narrowed={
            facet: tuple(dict.fromkeys(v[:500] for v in given.getlist(facet) if v))[:_VALUES]
            for facet in FACETS
            if any(given.getlist(facet))
        },
        years=(int(years[1]), int(years[2])) if years else None,
        sure=min(100, int(sure)) if sure.isascii() and sure.isdigit() and len(sure) < 4 else 0,
        like=tuple(given.getlist("like"))[:_VALUES],
        drawn=given.get("plates", "")[:2_000_000],
    )


def bits(places: Array, count: int) -> str:
    """A set of pictures as base64 of one bit each, the first in the lowest bit.

    >>> bits(np.array([0, 9]), 12), from_bits(bits(np.array([0, 9]), 12), 12).tolist()
    ('AQI=', [0, 9])
    """
    mask = np.zeros(count, bool)
    mask[places] = True
    return base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode()


def from_bits(text: str, count: int) -> Array:
    """The pictures of a set written by `bits`. Raises ValueError when it is none of so many pictures."""
    try:
        raw = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except binascii.Error as error:
        raise ValueError("the set of pictures is not base64") from error
    if len(raw) != -(-count // 8):
        raise ValueError("the set of pictures is of another version of the map")
    return np.flatnonzero(np.unpackbits(raw, bitorder="little")[:count])


def answer(found: Dataset, pack: Pack, question: Asked, alike: Array | None = None) -> Array:
    """The pictures that answer, by their numbers on the map: the best first when words or pictures rank them,
    else in reading order. `alike` are those that look like what was asked for, best first.

    Raises ValueError for a drawn set that is not of this map.
    """
    mask = np.ones(len(pack), bool)
    if question.drawn:
        mask[:] = False
        mask[from_bits(question.drawn, len(pack))] = True
    if question.years:
        years = _years(pack)
        mask &= (years >= question.years[0]) & (years <= question.years[1])
    for facet, values in question.narrowed.items():
        mask &= holding(found, pack, facet, values, question.sure)
    if question.sure and not question.narrowed:
        mask &= holding(found, pack, "category", (), question.sure)
    ranked: Array | None = alike
    if question.words and expression(question.words):
        by_words = np.array(pack.places(found.index.numbers(question.words)), np.int64)
        ranked = by_words if ranked is None else ranked[np.isin(ranked, by_words)]
    if ranked is None:
        places = np.flatnonzero(mask)
        return places[np.argsort(pack.plates[places], kind="stable")]
    return ranked[mask[ranked]] if len(ranked) else ranked


def holding(found: Dataset, pack: Pack, facet: str, values: tuple[str, ...], sure: int = 0) -> Array:
    """Which pictures have one of the values (local ids; any when none is given), at least so surely."""
    described = next((f for f in pack.manifest["facets"] if f["name"] == facet), None)
    mask = np.zeros(len(pack), bool)
    if described is None:
        return mask
    counts, of_picture, sureness, ids = found.kept(("map", facet), lambda: _column(pack, described))
    fits = sureness >= sure * 255 / 100 - 0.5
    if values:
        wanted = [ids[value] for value in values if value in ids]
        fits = fits & np.isin(of_picture, wanted)
    mask[np.repeat(np.arange(len(pack)), counts)[fits]] = True
    return mask


def _column(pack: Pack, described: dict[str, Any]) -> tuple[Array, Array, Array, dict[str, int]]:
    raw = gzip.decompress((pack.folder / described["file"]).read_bytes())
    counts = np.frombuffer(raw, "u1", len(pack))
    total = int(counts.sum())
    kind = "<u4" if described["wide"] else "<u2"
    values = np.frombuffer(raw, kind, total, len(pack))
    sureness = np.frombuffer(raw, "u1", total, len(pack) + values.nbytes)
    listed = json.loads(gzip.decompress((pack.folder / described["labels"]).read_bytes()))
    return counts, values, sureness, {local: i for i, (local, *_) in enumerate(listed)}


def _years(pack: Pack) -> Array:
    raw = gzip.decompress((pack.folder / pack.manifest["plates"]).read_bytes())
    return np.frombuffer(raw, "<u2", len(pack), 8 * len(pack))


_PREFIXES = "".join(f"PREFIX {name}: <{NAMESPACES[name]}>\n" for name in ("lg", "rdfs", "xsd"))


def sparql(question: Asked, names: Names, drawn: list[str] | None = None) -> str:
    """The question as a query that `/sparql` runs; `drawn` are the IRIs of pictures chosen by hand or by eye.

    Words are looked for in captions and names by CONTAINS, which knows no rank and no spelling variants. More
    than two thousand chosen pictures are not listed; the query then says so.
    """
    lines = ["?plate a lg:Illustration ; lg:source ?source ; rdfs:label ?label ."]
    notes = []
    if drawn is not None:
        lines.append("VALUES ?plate { " + " ".join(str(ox.NamedNode(iri)) for iri in drawn[:_LISTED]) + " }")
        if len(drawn) > _LISTED:
            notes.append(f"# only the first {_LISTED} of {len(drawn)} pictures that were chosen\n")
    for facet, values in question.narrowed.items():
        listed = " ".join(_term(facet, value, names) for value in values)
        if facet == "group":
            lines.append(f"VALUES ?group {{ {listed} }} ?group lg:member ?plate .")
        elif facet == "language":
            lines.append(
                f"VALUES ?language {{ {listed} }} ?plate <{NAMESPACES['dcterms']}language> ?language ."
            )
        elif facet == "source":
            lines.append(f"VALUES ?source {{ {listed} }}")
        else:
            lines.append(f"VALUES ?{facet} {{ {listed} }} ?plate lg:{facet} ?{facet} .")
            lines += _sure(facet, question.sure, names)
    if question.sure and not question.narrowed:
        lines += ["?plate lg:category ?category .", *_sure("category", question.sure, names)]
    if question.years:
        first, last = question.years
        lines.append(
            "?source lg:year ?year . BIND(xsd:integer(STR(?year)) AS ?printed) "
            f"FILTER(?printed >= {first} && ?printed <= {last})"
        )
    for word in re.findall(r"\w+", question.words.lower()):
        text = str(ox.Literal(word))
        lines.append(
            "FILTER EXISTS { { ?plate lg:caption|lg:heading|lg:textBefore|lg:textAfter ?text } UNION "
            "{ ?plate lg:artist|lg:reproduces|lg:topic|lg:descriptor|lg:category ?thing . "
            "?thing rdfs:label ?text } "
            f"FILTER(CONTAINS(LCASE(STR(?text)), {text})) }}"
        )
    body = "\n".join("  " + line for line in lines)
    return f"{_PREFIXES}{''.join(notes)}SELECT DISTINCT ?plate ?label WHERE {{\n{body}\n}}\nORDER BY ?plate"


def _term(facet: str, value: str, names: Names) -> str:
    if facet == "language":
        return str(ox.Literal(value))
    return str(ox.NamedNode(names.iri({"reproduces": "artwork"}.get(facet, facet), value)))


def _sure(facet: str, sure: int, names: Names) -> list[str]:
    if not sure:
        return []
    return [
        f"?claim <{NAMESPACES['oa']}hasTarget> ?plate ; <{NAMESPACES['crm']}P141_assigned> ?{facet} ; "
        f"<{NAMESPACES['crm']}P177_assigned_property_of_type> <{LG}{facet}> ; lg:confidence ?sure . "
        f"FILTER(?sure >= {sure / 100:g})"
    ]
