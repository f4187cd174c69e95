"""The files of a package by what a METS or an OCR file calls them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote


class Files:
    """The files of a package by what a METS or an OCR file calls them."""

    def __init__(self, folder: Path, images: Path | None = None) -> None:
        self.roots = [folder.resolve()] + ([images.resolve()] if images else [])
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

    def _listed(self) -> dict[str, list[Path]]:
        if self._by_stem is None:
            self._by_stem = {}
            for root in self.roots:
                for path in sorted(root.rglob("*")):
                    if path.is_file() and not path.name.startswith("."):
                        for stem in {path.stem, path.name.split(".")[0]}:
                            self._by_stem.setdefault(stem, []).append(path)
        return self._by_stem
