"""For those who copy: the description of the dataset (VoID), dumps with checksums, sitemaps, robots.txt.

In: the open snapshot and its index. Out: RDF about the dataset, files of the whole graph that are written
once per snapshot (ranges and Last-Modified work), and every plate's address for search engines.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
from pathlib import Path
from typing import IO, cast
from xml.sax.saxutils import escape

import pyoxigraph as ox
from flask import Blueprint, Response, request, send_file
from werkzeug.exceptions import NotFound

from api.data import written
from api.dataset import Dataset
from api.formats import TWINS, choose
from api.requests import conditional, dataset
from api.sparql_routes import open_to_all
from api.views import href
from kg.names import NAMESPACES

blueprint = Blueprint("harvest", __name__)
_DUMPS = {
    "legenda.nq.gz": (ox.RdfFormat.N_QUADS, "application/n-quads"),
    "legenda.trig.gz": (ox.RdfFormat.TRIG, "application/trig"),
}
_PER_SITEMAP = 20_000


def _here() -> str:
    return request.url_root.rstrip("/")


@blueprint.get("/.well-known/void")
def void() -> Response:
    """The dataset as VoID and DCAT: what kg's catalogue graph says, and where it can be had."""
    chosen = choose(request.headers.get("Accept"), TWINS) or TWINS[0]
    found = dataset()
    own = ox.NamedNode(found.names.base + "dataset")

    def about(prefix: str, local: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
        return ox.Triple(own, ox.NamedNode(NAMESPACES[prefix] + local), value)

    catalogue = ox.NamedNode(found.names.graph("catalogue"))
    triples = [q.triple for q in found.store.quads_for_pattern(None, None, None, catalogue)]
    triples += [
        about("void", "sparqlEndpoint", ox.NamedNode(_here() + "/sparql")),
        about("void", "uriSpace", ox.Literal(found.names.base + "id/")),
        about("void", "openSearchDescription", ox.NamedNode(_here() + "/search")),
        about("foaf", "homepage", ox.NamedNode(_here() + "/")),
        *(about("void", "dataDump", ox.NamedNode(f"{_here()}/dump/{name}")) for name in _DUMPS),
        *(
            about("void", "vocabulary", ox.NamedNode(NAMESPACES[n]))
            for n in ("lg", "crm", "oa", "skos", "prov")
        ),
        *(about("void", "exampleResource", ox.NamedNode(p["iri"])) for p in found.index.plates(3)),
    ]
    answer = Response(written(triples, chosen, own.value), content_type=chosen.content_type)
    answer.vary.add("Accept")
    return open_to_all(conditional(answer))


@blueprint.get("/dump/")
def dumps() -> Response:
    """What can be downloaded, one line each: SHA-256 and file name, as `sha256sum -c` reads it."""
    found = dataset()
    lines = [f"{_checksum(_dumped(found, name))}  {name}\n" for name in _DUMPS]
    return open_to_all(conditional(Response("".join(lines), content_type="text/plain; charset=utf-8")))


@blueprint.get("/dump/<name>")
def dump(name: str) -> Response:
    """The whole graph with all its named graphs, compressed."""
    if name not in _DUMPS:
        raise NotFound(f"There are {', '.join(_DUMPS)}.")
    found = dataset()
    file = _dumped(found, name)
    answer = send_file(
        file,
        mimetype="application/gzip",
        as_attachment=True,
        download_name=name,
        last_modified=found.published,
        etag=f"{found.version}-{name}",
        conditional=True,
    )
    answer.headers["Cache-Control"] = "no-cache"
    return open_to_all(answer)


def _dumped(found: Dataset, name: str) -> Path:
    """The file of a dump, written when it is first asked for; others who ask meanwhile wait."""
    finished = found.path / name
    with (found.path / ".dump.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            building = found.path / f".{name}.building"
            with building.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as out:
                found.store.dump(
                    cast("IO[bytes]", out), _DUMPS[name][0], prefixes=NAMESPACES if "trig" in name else None
                )
            building.replace(finished)
    return finished


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@blueprint.get("/sitemap.xml")
def sitemaps() -> Response:
    """The index of sitemaps."""
    found = dataset()
    parts = max(1, -(-found.index.count() // _PER_SITEMAP))
    day = found.published.date().isoformat()
    listed = "".join(
        f"<sitemap><loc>{escape(_here())}/sitemap-{n}.xml</loc><lastmod>{day}</lastmod></sitemap>"
        for n in range(1, parts + 1)
    )
    return _xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>')


@blueprint.get("/sitemap-<int:number>.xml")
def sitemap(number: int) -> Response:
    """The addresses of plates, and in the first part those of sources."""
    found = dataset()
    if number < 1:
        raise NotFound()
    plates = found.index.plates(_PER_SITEMAP, (number - 1) * _PER_SITEMAP)
    iris = [row["entity"] for row in found.index.values("source")] if number == 1 else []
    iris += [plate["iri"] for plate in plates]
    if not iris:
        raise NotFound()
    listed = "".join(f"<url><loc>{escape(_here() + href(iri, found.names.base))}</loc></url>" for iri in iris)
    return _xml(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>')


def _xml(body: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'
    return open_to_all(conditional(Response(text, content_type="application/xml; charset=utf-8")))


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Search engines may read pages; queries and searches would only keep the server busy."""
    lines = (
        "User-agent: *",
        "Disallow: /sparql?",
        "Disallow: /search?",
        f"Sitemap: {_here()}/sitemap.xml",
        "",
    )
    answer = Response("\n".join(lines), content_type="text/plain; charset=utf-8")
    answer.add_etag()  # says nothing of the dataset, and is there before one is
    return answer.make_conditional(request)  # type: ignore[return-value]
