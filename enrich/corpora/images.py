"""Image files of a corpus: which files are images, where a named one lies, and that it lies inside the
corpus.

In: a folder, the name a table gives an image. Out: an existing file inside that folder, or the reason why
not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SUFFIXES = frozenset(
    [".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp", ".jp2", ".j2k", ".jfif", ".avif"]
)
IGNORED = frozenset(["__macosx", "thumbs.db"])


def image_files(folder: Path) -> Iterator[Path]:
    """Image files under `folder`, in the order of their paths, hidden files and folders left out."""
    for entry in sorted(folder.iterdir(), key=lambda p: p.name):
        if entry.name.startswith(".") or entry.name.lower() in IGNORED:
            continue
        if entry.is_dir():
            yield from image_files(entry)
        elif entry.suffix.lower() in SUFFIXES:
            yield entry


class ImageIndex:
    """Image files of a folder by name and by stem, listed when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, list[Path]] | None = None
        self._stems: dict[str, list[Path]] = {}

    def by_name(self, name: str) -> list[Path]:
        """All files with this name, in any folder."""
        return self._listed().get(name, [])

    def by_stem(self, stem: str) -> Path | None:
        """The file with this name but for the suffix; of several sizes of one picture the largest file."""
        self._listed()
        found = self._stems.get(stem, [])
        return max(found, key=lambda p: (p.stat().st_size, str(p))) if found else None

    def _listed(self) -> dict[str, list[Path]]:
        if self._names is None:
            self._names = {}
            for file in image_files(self._folder) if self._folder.is_dir() else ():
                self._names.setdefault(file.name, []).append(file)
                self._stems.setdefault(file.stem, []).append(file)
        return self._names


def resolve(named: str, folder: Path, index: ImageIndex | None = None) -> tuple[Path | None, str]:
    """The file that `named` means below `folder`, or (None, why not).

    A path is relative to `folder` and must stay inside it, links followed; a bare file name that is not
    there is looked for in the subfolders (PixPlot tables name files that way). An absolute path counts if
    it is inside.
    """
    if "://" in named:
        return None, f"{named} is an address, not a file; nothing is downloaded: fetch the images first"
    named = named.replace("\\", "/")
    try:
        path = folder / named
        if not path.resolve().is_relative_to(folder.resolve()):
            return None, f"{named} lies outside {folder}; if that is meant, say --images FOLDER"
        if path.is_file():
            return path, ""
        found = index.by_name(named) if index and "/" not in named else []
    except (OSError, ValueError) as problem:  # a name with a NUL, or longer than the file system allows
        return None, f"{named[:80]!r} is not a usable file name ({problem})"
    if len(found) == 1:
        return found[0], ""
    if found:
        return None, f"{named} could be {found[0]} or {found[1]}; name the folder too"
    return None, f"{named} does not exist below {folder}"
