"""Pictures and thumbnails, by content hash.

In: a SHA-256 hex digest in the address; which file that is, only kg's media table knows — no path ever
comes from an address. Out: the file, when its first bytes are one of the raster formats browsers show. An
answer never changes, so clients may keep it for ever.
"""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, Response, redirect, request, send_file
from PIL import Image
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from api.dataset import Dataset
from api.requests import dataset

blueprint = Blueprint("images", __name__)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FOR_EVER = "public, max-age=31536000, immutable"


def raster_type(head: bytes) -> str | None:
    """The media type of a picture by its first 32 bytes, None unless it is a raster format browsers show.

    >>> raster_type(b"\\x89PNG\\r\\n\\x1a\\n....")
    'image/png'
    >>> raster_type(b"<svg onload=") is None
    True
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return None


@blueprint.get("/image/<digest>")
def image(digest: str) -> Response:
    """The picture as it was in the corpus. 404 unknown, 415 when it is no raster picture browsers show."""
    return _send(dataset().media.path(_checked(digest)), digest)


@blueprint.get("/image/<digest>/thumbnail")
def thumbnail(digest: str) -> Response:
    """The picture scaled to 480 pixels; the picture itself where the pipeline has written no thumbnail."""
    path = dataset().media.thumbnail(_checked(digest))
    if not path.is_file():
        if dataset().media.path(digest) is None:
            raise NotFound()
        answer = redirect(request.root_path + f"/image/{digest}", 302)
        answer.headers["Cache-Control"] = "no-cache"
        return answer  # type: ignore[return-value]
    return _send(path, digest + "-480")


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise NotFound()
    return digest


def _send(path: Path | None, tag: str) -> Response:
    if path is None or not path.is_file():
        raise NotFound("This picture is not on the server.")
    with path.open("rb") as file:
        kind = raster_type(file.read(32))
    if kind is None:
        raise UnsupportedMediaType("This file is not a picture that browsers show.")
    answer = send_file(path, mimetype=kind, conditional=True, etag=tag)
    answer.headers["Cache-Control"] = _FOR_EVER
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def picture_size(found: Dataset, digest: str) -> tuple[int, int]:
    """Width and height of a picture, read from its header; 1000 × 1000 where there is none."""

    def read() -> tuple[int, int]:
        path = found.media.path(digest) if digest else None
        if path is None:
            return 1000, 1000
        try:
            with Image.open(path) as picture:
                return picture.size
        except (OSError, ValueError, Image.DecompressionBombError):
            return 1000, 1000

    size: tuple[int, int] = found.kept(("size", digest), read)
    return size
