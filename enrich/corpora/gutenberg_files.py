"""Which files of a folder are Project Gutenberg books: HTML with pictures in it.

In: a file or folder. Out: the HTML files to read. Kept apart from the reader so that other corpora need no
lxml.
"""

from __future__ import annotations

import re
from pathlib import Path

HTML_SUFFIXES = (".html", ".htm", ".xhtml")


def html_files(path: Path) -> list[Path]:
    """HTML files of `path` that show pictures: the file itself, those in the folder, else those in its
    `…-h` folder.
    """
    if path.is_file():
        return [path] if path.suffix.lower() in HTML_SUFFIXES else []
    here = _with_pictures(path)
    if here:
        return here
    inner = sorted(p for p in path.iterdir() if p.is_dir() and p.name.endswith("-h"))
    return [file for folder in inner for file in _with_pictures(folder)]


def _with_pictures(folder: Path) -> list[Path]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in HTML_SUFFIXES and p.is_file())
    return [f for f in files if _is_book(f.read_bytes())]


def _is_book(data: bytes) -> bool:
    """Whether it shows or links pictures; hOCR pages do too and are something else."""
    pictures = re.search(rb"""(?i)<img\b|href=["']?[^"'>]+\.(jpe?g|png|gif)\b""", data)
    return pictures is not None and b"ocr_page" not in data
