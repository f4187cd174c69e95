"""Files beside a manifest, by the address they would have on the network."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Library:
    """Files beside a manifest, by the address they would have: a local mirror needs no network."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ids: dict[str, Path] | None = None

    def json(self, address: str) -> bytes | None:
        """The resource that has this id."""
        if self._ids is None:
            self._ids = {}
            for file in sorted(self._folder.glob("*.json")):
                try:
                    value = json.loads(file.read_bytes().decode("utf-8-sig"))
                except (OSError, ValueError, RecursionError):
                    continue  # it is reported where it is read
                if isinstance(value, dict):
                    name = value.get("id", value.get("@id"))
                    self._ids.setdefault(name if isinstance(name, str) else "", file)
        known = self._ids.get(address)
        return known.read_bytes() if known else None

    def text(self, address: str) -> bytes | None:
        """A file of the same name as the last part of an address."""
        name = unquote(urlsplit(address).path.rsplit("/", 1)[-1])
        if not name or "/" in name or "\\" in name or not Path(name).suffix:
            return None
        file = self._folder / name
        try:
            return file.read_bytes() if file.is_file() else None
        except OSError:
            return None
