"""How a page leaves the house: its template filled in, and the data beside it named.

In: a template, the encoded path of what it shows, its values. Out: a response with typed links (signposting)
in its Link header and its head, conditional on snapshot, language and address; and the arithmetic of paging.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from flask import Response, render_template, request
from werkzeug.exceptions import NotFound

from api.data import LINKED_ART
from api.formats import TWINS
from api.language import Row
from api.requests import conditional
from kg.names import NAMESPACES

IIIF = "http://iiif.io/api/presentation/3/context.json"


def rendered(template: str, path: str, **values: Any) -> Response:
    """A page with its data twins in Link headers, conditional on dataset, language and address."""
    twins = _twins(path, values.pop("rows")) if "rows" in values else []
    response = Response(render_template(template, path=path, twins=twins, **values))
    if "iri" in values:
        response.headers["Link"] = ", ".join(str(twin) for twin in (Twin(values["iri"], "cite-as"), *twins))
    return conditional(response)


@dataclass(frozen=True)
class Twin:
    """A typed link to something beside a page (signposting), in its head and in the Link header."""

    href: str
    rel: str
    type: str = ""
    profile: str = ""
    label: str = ""  # where people get to see it too

    def __str__(self) -> str:
        more = "".join(f'; {k}="{v}"' for k, v in (("type", self.type), ("profile", self.profile)) if v)
        return f'<{self.href}>; rel="{self.rel}"{more}'


def _twins(path: str, rows: list[Row]) -> list[Twin]:
    """Where the data of an entity are, what it is, and under which licence."""
    json_ld = "application/ld+json"
    made = [Twin(f"/data/{path}.{f.name}", "alternate describedby", f.types[0], "", f.label) for f in TWINS]
    if path.startswith(("artwork/", "illustration/")):
        made.append(
            Twin(f"/data/{path}.linked-art.json", "alternate", json_ld, LINKED_ART, "Linked Art"),
        )
    if path.startswith("source/"):
        address = f"/iiif/{path.removeprefix('source/')}/manifest.json"
        made.append(Twin(address, "alternate item", json_ld, IIIF, "IIIF"))
    for row in rows:
        value = row["value"]
        if not isinstance(value, ox.NamedNode):
            continue
        if row["property"].value == NAMESPACES["dcterms"] + "rights":
            made.append(Twin(value.value, "license"))
        if row["property"].value == NAMESPACES["rdf"] + "type" and value.value.startswith(
            NAMESPACES["schema"]
        ):
            made.append(Twin(value.value, "type"))
    return list(dict.fromkeys(made))


def page_number(size: int) -> tuple[int, int]:
    """The page asked for (from 1) and its offset; 404 for what is no number."""
    raw = request.args.get("p", "1")
    if not raw.isascii() or not raw.isdigit() or len(raw) > 8 or int(raw) < 1:
        raise NotFound()
    return int(raw), (int(raw) - 1) * size


def paging(total: int, number: int, size: int) -> dict[str, int]:
    """What a template needs to link to other pages; 404 past the last one."""
    last = max(1, -(-total // size))
    if number > last:
        raise NotFound()
    return {"total": total, "number": number, "last": last}
