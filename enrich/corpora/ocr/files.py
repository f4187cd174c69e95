"""The files of a package by what a METS or an OCR file calls them: in its folder, or on the network where
that is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urljoin

from enrich.corpora.reading import Place
from enrich.corpora.web import Unfetched, Web


class Files:
    """The files of a package by what a METS or an OCR file calls them."""

    def __init__(self, folder: Path, place: Place, web: Web | None = None) -> None:
        self.roots = [folder.resolve()] + ([place.images.resolve()] if place.images else [])
        self._base = place.base
        self._web = web
        self._by_stem: dict[str, list[Path]] | None = None

    def find(self, address: str, suffixes: Sequence[str] | frozenset[str] = ()) -> Path | None:
        """A file inside the package: at its address, or one of that name (for images: of any image format)
        elsewhere in it.
        """
        address = re.sub(r"^file:/*(?:localhost/)?", "", address) if address.startswith("file:") else address
        if "://" in address:
            address = address.rsplit("/", 1)[-1]
        name = unquote(address).replace("\\", "/").removeprefix("./")
        if not name:
            return None
        for root in self.roots:
            try:
                path = (root / name.lstrip("/")).resolve()
                if path.is_relative_to(root) and path.is_file():
                    return path
            except (OSError, ValueError):  # a name no file system takes
                return None
        own = Path(name)
        stem, suffix = own.name.split(".")[0] if not suffixes else own.stem, own.suffix.lower()
        for path in self._listed().get(stem, ()):
            if suffixes and path.suffix.lower() in suffixes:
                return path
            if not suffixes and (path.suffix.lower() == suffix or path.name == own.name + ".gz"):
                return path
        return None

    def remote(self, address: str) -> str:
        """Where on the network a name points, "" where that is nowhere or may not be asked."""
        name = re.sub(r"^file:/*(?:localhost/|\./)?", "", address)
        full = urljoin(self._base, name) if self._base else name
        return full if self._web is not None and full.startswith(("http://", "https://")) else ""

    def fetch(self, address: str, suffix: str) -> Path:
        """The file that is kept of what lies at an address. Raises `Unfetched`."""
        if self._web is None:
            raise Unfetched(f"{address}: may not be fetched")
        return self._web.file(address, suffix)

    def _listed(self) -> dict[str, list[Path]]:
        if self._by_stem is None:
            self._by_stem = {}
            for root in self.roots:
                for path in sorted(root.rglob("*")):
                    if path.is_file() and not path.name.startswith("."):
                        for stem in {path.stem, path.name.split(".")[0]}:
                            self._by_stem.setdefault(stem, []).append(path)
        return self._by_stem
