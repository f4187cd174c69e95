"""`legenda export site DIR`: the map and every page as a folder that any web space serves, and that needs no
server.

In: a store's latest snapshot. Out: a folder with `index.html`, `map.html`, a page per thing, pictures, the
pack of the map, and `tables/` with CSV files for PixPlot and VIKUS Viewer. Pages are those of the web side,
asked for one after the other and their links made relative; what needs the server (search, queries, reviews)
is left out.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from api import map_routes, site_tables
from api.app import create_app
from api.dataset import Dataset, Served
from api.images import raster_type
from api.kinds import VALUE_KINDS
from api.map_exports import EXTENSIONS
from api.map_pack import Pack, ensure
from kg.atlases import Atlases

_LONGEST = 180  # characters of a file's name; longer ones do not fit on all disks
_STATIC = ("style.css", "map.css", "icon.svg", "zoom.js", "vendor/map.js", "vendor/openseadragon.min.js")
_LISTS = ("illustration", "source", *VALUE_KINDS)


def write(
    store: Path,
    folder: Path,
    language: str = "en",
    originals: bool = True,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the site of a store's latest snapshot into a folder; returns how many pages it has.

    With `originals` False only thumbnails of pictures are copied. Files of an earlier export are replaced;
    others in the folder are left alone.
    """
    app = create_app(store, page_size=120)
    served: Served = app.extensions["legenda"]
    return _Site(app, served.dataset(), folder, language, originals, progress).write()


class _Site:
    def __init__(
        self,
        app: Flask,
        found: Dataset,
        folder: Path,
        language: str,
        originals: bool,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._client: FlaskClient = app.test_client()
        self._found, self._folder, self._language, self._originals = found, folder, language, originals
        self._progress = progress or (lambda _done: None)
        self._app = app
        self._pack: Pack = ensure(found)
        #: Address → file, of everything that is or will be there.
        self._files: dict[str, str] = {}

    def write(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        pages = list(self._pages())
        self._files |= {address: file_of(address) for address in pages}
        for name in _STATIC:
            source = Path(self._app.static_folder or "") / name
            if source.is_file():
                self._copy(source, f"static/{name}")
                self._files[f"/static/{name}"] = f"static/{name}"
        self._pictures()
        self._map()
        for address in pages:
            self._page(address)
            self._progress(1)
        places = np.argsort(self._pack.plates, kind="stable")
        site_tables.write(self._found, self._pack, places, self._folder / "tables", self._language)
        (self._folder / ".nojekyll").write_text("")  # some web spaces hide folders otherwise
        return len(pages)

    def _pages(self) -> Iterator[str]:
        """The addresses of all pages: front, map, lists with their further pages, every entity."""
        yield "/"
        yield "/map"
        base = len(self._found.names.base) + len("id/")
        entities = [row["iri"] for row in self._found.index.ask("SELECT iri FROM plate ORDER BY number")]
        of_kind: dict[str, list[str]] = {}
        for row in self._found.index.ask("SELECT DISTINCT entity FROM value ORDER BY entity"):
            if parts := self._found.names.split(row["entity"]):
                of_kind.setdefault(parts[0], []).append(row["entity"])
        for kind in _LISTS:
            answer = self._client.get(f"/page/{kind}")
            if answer.status_code == 200:
                yield from self._all_of(f"/page/{kind}")
            for iri in of_kind.get(kind, []):
                yield from self._all_of(f"/page/{iri[base:]}")
        yield from (f"/page/{iri[base:]}" for iri in entities)

    def _all_of(self, address: str) -> Iterator[str]:
        """A page and the further ones that its pager leads to."""
        yield address
        number = 2
        while self._client.get(f"{address}?p={number}").status_code == 200:
            yield f"{address}?p={number}"
            number += 1

    def _page(self, address: str) -> None:
        answer = self._client.get(address, headers={"Accept": "text/html", "Accept-Language": self._language})
        if answer.status_code != 200:
            raise ValueError(f"{address} answers {answer.status_code}")
        document: Any = html.document_fromstring(answer.text)
        here = self._files[address]
        for form in document.xpath("//form[not(@id='map-form')]"):
            form.drop_tree()
        for left_out in ("//link[@rel!='stylesheet' and @rel!='icon']", "//*[contains(@class, 'langs')]"):
            for node in document.xpath(left_out):
                node.drop_tree()
        if address == "/map":
            self._configure(document)
        for node in document.xpath("//*[@href or @src]"):
            name = "href" if node.get("href") is not None else "src"
            target = self._target(node.get(name), address)
            if target is None:
                continue
            if target:
                file, mark, anchor = target.partition("#")
                node.set(name, posixpath.relpath(file, posixpath.dirname(here) or ".") + mark + anchor)
            elif node.tag == "a":
                del node.attrib[name]
            else:
                node.drop_tree()
        for link in document.xpath("//nav/a[not(@href)]"):
            link.drop_tree()
        text = html.tostring(document, doctype="<!doctype html>", encoding="unicode")
        self._write(here, text.encode())

    def _target(self, address: str, page: str) -> str | None:
        """The file of a link, "" when it leads to what is not exported, None when it is to stay as it is."""
        if address.startswith("#") or urlsplit(address).scheme:
            return None
        if address.startswith("?"):
            address = page.partition("?")[0] + address
        path, mark, anchor = address.partition("#")
        path = path.removesuffix("?p=1")
        return self._files[path] + mark + anchor if path in self._files else ""

    def _pictures(self) -> None:
        for row in self._found.index.ask("SELECT DISTINCT digest FROM plate WHERE digest <> ''"):
            digest = row["digest"]
            small, whole = self._found.media.thumbnail(digest), self._found.media.path(digest)
            kind = ""
            if whole is not None:
                with whole.open("rb") as file:
                    kind = EXTENSIONS.get(raster_type(file.read(32)) or "", "")
            if small.is_file() or (whole is not None and kind):
                name = f"pictures/{digest}-480.webp"  # where there is no thumbnail, browsers see what it is
                self._copy(small if small.is_file() else whole, name)
                self._files[f"/image/{digest}/thumbnail"] = self._files[f"/image/{digest}"] = name
            if whole is not None and kind and self._originals:
                self._copy(whole, f"pictures/{digest}.{kind}")
                self._files[f"/image/{digest}"] = f"pictures/{digest}.{kind}"

    def _map(self) -> None:
        manifest = self._pack.manifest
        self._write("map/manifest.json", json.dumps(manifest, ensure_ascii=False).encode())
        for name in [manifest["plates"], *(f[key] for f in manifest["facets"] for key in ("file", "labels"))]:
            self._copy(self._pack.folder / name, f"map/{name}")
        atlases = Atlases(self._found.folder)
        for level in manifest["levels"]:
            for name in level["sheets"]:
                self._copy(atlases.sheet(name), f"map/sheets/{name}.jpg")
        with self._app.test_request_context(headers={"Accept-Language": self._language}):
            for block in range(-(-len(self._pack) // map_routes.BLOCK)):
                rows = map_routes.block_of(self._found, self._pack, block, self._language)
                named = [[*row, self._files[f"/page/illustration/{row[0]}"]] for row in rows]
                self._write(f"map/plates/{block}.json", json.dumps(named, ensure_ascii=False).encode())

    def _configure(self, document: Any) -> None:
        """The map's configuration, for files instead of a server."""
        node = document.get_element_by_id("map-config")
        config = json.loads(node.text or "{}")
        config |= {
            "manifest": "map/manifest.json",
            "pack": "map/",
            "sheets": "map/sheets/",
            "plates": "map/plates/",
            "thumbnail": "pictures/{digest}-480.webp",
            "page": "{local}",
            "served": False,
        }
        node.text = json.dumps(config, ensure_ascii=False).replace("<", "\\u003c")
        form = document.get_element_by_id("map-form")
        del form.attrib["action"]

    def _copy(self, source: Path | None, name: str) -> None:
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source is not None:
            shutil.copyfile(source, target)

    def _write(self, name: str, content: bytes) -> None:
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def file_of(address: str) -> str:
    """The file of a page's address. Two addresses never share one, and no file needs to be asked for encoded.

    >>> file_of("/"), file_of("/page/illustration/d%C3%BCrer/p1"), file_of("/page/topic?p=2")
    ('index.html', 'page/illustration/d~C3~BCrer/p1.html', 'page/topic-p2.html')
    """
    path, _, query = address.partition("?")
    if path == "/":
        return "index.html"
    name = path.strip("/").replace("~", "~7E").replace("%", "~")
    parts = [part if len(part) <= _LONGEST else _shortened(part) for part in name.split("/")]
    number = "-" + query.replace("=", "") if query else ""
    return "/".join(parts) + number + ".html"


def _shortened(part: str) -> str:
    return part[: _LONGEST - 33] + "-" + hashlib.sha256(part.encode()).hexdigest()[:32]
