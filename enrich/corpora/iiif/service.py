"""Addresses of images: of a whole one or of a part, by the image service where there is one."""

from __future__ import annotations

from enrich.corpora.iiif.manifest import Canvas, Painted
from kg.nouns import Region


def image_address(painted: Painted, box: Region | None, size: int) -> str:
    """The address of an image or of a part of it, no larger than `size` pixels where a service scales.

    >>> image_address(Painted("https://x/full.jpg", "https://x/s", width=4000, height=3000), None, 800)
    'https://x/s/full/!800,800/0/default.jpg'
    """
    if not painted.service or painted.level0:
        return painted.address
    region = f"{box.x},{box.y},{box.width},{box.height}" if box else "full"
    across, down = (box.width, box.height) if box else (painted.width, painted.height)
    small = 0 < max(across, down) <= size  # a level 2 service refuses to enlarge, and version 3 always does
    scaled = ("max" if painted.version == 3 else "full") if small else f"!{size},{size}"
    name = "native.jpg" if painted.version == 1 else "default.jpg"
    return f"{painted.service}/{region}/{scaled}/0/{name}"


def page_address(canvas: Canvas) -> str:
    """The address of the image that fills a canvas, "" without one."""
    painted = next(
        (p for p in canvas.painted if p.target is None), canvas.painted[0] if canvas.painted else None
    )
    return painted.address if painted and "://" in painted.address else ""


def size_of(canvas: Canvas) -> tuple[int, int] | None:
    """Width and height of the image of a canvas in pixels, or else of the canvas."""
    painted = next((p for p in canvas.painted if p.target is None), None)
    if painted and painted.part is None and painted.width and painted.height:
        return painted.width, painted.height
    return (canvas.width, canvas.height) if canvas.width and canvas.height else None
