"""Reading pictures safely: a file goes in, an upright 8-bit RGB picture of bounded size comes out, or one
clear reason.

Scans come as CMYK separations, 16-bit masters, palette images, animations, with EXIF rotation, cut short by a
broken transfer, or with a wrong extension; a few are bombs that unpack to gigabytes. What can be shown is
shown as a person would see it; the rest raises `ImageError`, whose text says why. Formats that run other
programs (EPS) or that are not pictures of pixels (SVG, PDF) are refused by content, never by extension.
"""

from __future__ import annotations

import os
import threading
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP", "PPM", "JPEG2000")
MAX_PIXELS = 178_956_970  # 2 × Pillow's own warning level: about 512 MiB as RGB
LARGE_PIXELS = 40_000_000  # pictures of more are unpacked one at a time, whatever the number of threads
ROOM = 1.25  # a JPEG is decoded at the least scale that gives this many times the wanted side
MIN_SIDE = 8  # pixels; below that there is nothing to look at
THUMBNAIL_SIDE = 480  # pixels
_ORIENTATION = 0x0112  # of EXIF: how the camera was held
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_one_large_at_a_time = threading.Lock()

# Between one and two times Pillow's limit it warns; we refuse above our limit and want no warning below it.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class ImageError(Exception):
    """A picture that cannot be used; the message is the reason, without the file's name."""


def open_image(path: Path | str, long_side: int | None = None, grey: bool = False) -> Image.Image:
    """The picture at `path`, upright, RGB, 8 bits, its longer side at most `long_side` pixels (never
    enlarged). With `grey` a grey one stays grey (mode L), which is a third of the work.

    JPEGs are decoded at a reduced scale where that suffices (the DCT's 1/2, 1/4, 1/8), which makes large
    scans several times faster. Transparent areas become white, of an animation the first frame is taken,
    16-bit and floating-point pictures are stretched to 8 bits. Raises `ImageError` for whatever is not such a
    picture.
    """
    path = Path(path)
    try:
        with Image.open(path, formats=FORMATS) as picture:
            if picture.format == "JPEG" and long_side:
                share = ROOM * long_side / max(picture.size)
                picture.draft(None, (round(share * picture.width), round(share * picture.height)))
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise ImageError(f"{width}×{height} pixels is more than {MAX_PIXELS:,}: refused as too large")
            if min(width, height) < MIN_SIDE:
                raise ImageError(f"{width}×{height} pixels: too small to look at")
            upright = _upright(picture, long_side)
            return upright if grey else upright.convert("RGB")
    except ImageError:
        raise
    except FileNotFoundError:
        raise ImageError("no such file") from None
    except IsADirectoryError:
        raise ImageError("is a folder") from None
    except Image.DecompressionBombError:
        raise ImageError(f"more than {MAX_PIXELS:,} pixels: refused as too large") from None
    except Image.UnidentifiedImageError:
        raise ImageError(_what_is_it(path)) from None
    except MemoryError:
        raise ImageError("not enough memory to unpack it") from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError) as error:
        # Pillow's decoders raise any of these on damaged files; the text is the only account of what is
        # wrong.
        raise ImageError(f"damaged: {str(error) or type(error).__name__}") from None


def write_thumbnail(picture: Image.Image, path: Path, side: int = THUMBNAIL_SIDE) -> None:
    """Write `picture` as WebP with its longer side at most `side` pixels; the file appears whole or not at
    all.
    """
    small = picture
    if max(picture.size) > side:
        small = picture.copy()
        small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    small.save(temporary, "WEBP", quality=80, method=0)
    temporary.replace(path)


def _upright(picture: Image.Image, long_side: int | None) -> Image.Image:
    """Grey or RGB. Made small before anything else, for every copy of a large picture is as large."""
    if picture.width * picture.height <= LARGE_PIXELS:
        small = _shrunk(picture, long_side)
    else:
        with _one_large_at_a_time:
            small = _shrunk(picture, long_side)
    turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    upright = small if turn is None else small.transpose(turn)
    plain = upright if upright.mode == "L" else _to_rgb(upright)
    if long_side and max(plain.size) > long_side:
        scale = long_side / max(plain.size)
        width, height = (max(1, round(side * scale)) for side in plain.size)
        plain = Image.fromarray(resampled(plain, width, height))
    return plain


def resampled(picture: Image.Image, width: int, height: int) -> np.ndarray:
    """A grey or RGB picture of another size, uint8 [height, width] or [height, width, 3].

    PyTorch's bicubic resampling of bytes is Pillow's (a grey level in 160 differs by one) in half the time.
    """
    import torch

    values = torch.from_numpy(np.array(picture, np.uint8))
    planes = (values[..., None] if values.ndim == 2 else values).permute(2, 0, 1)[None]
    made = torch.nn.functional.interpolate(planes, (height, width), mode="bicubic", antialias=True)[0]
    return np.ascontiguousarray(made.permute(1, 2, 0).numpy()).reshape(height, width, *values.shape[2:])


def _shrunk(picture: Image.Image, long_side: int | None) -> Image.Image:
    """The decoded picture in 8 bits, averaged to about three times the wanted size where it is larger."""
    picture.seek(0)
    picture.load()
    factor = max(1, int(max(picture.size) / (3 * long_side))) if long_side else 1
    if picture.mode in {"I", "F", "I;16", "I;16B", "I;16L", "I;16N"}:
        return _stretched(picture, factor)
    if "transparency" in picture.info or picture.mode in {"La", "PA", "RGBa"}:
        plain = picture.convert("RGBA")
    elif picture.mode == "1":
        plain = picture.convert("L")
    elif picture.mode in {"L", "LA", "RGB", "RGBA", "CMYK"}:
        plain = picture
    else:
        plain = picture.convert("RGB")
    return plain.reduce(factor) if factor > 1 else plain


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode in {"LA", "RGBA"}:
        layered = picture.convert("RGBA")
        paper = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(paper, layered).convert("RGB")
    return picture.convert("RGB")


def _stretched(picture: Image.Image, factor: int) -> Image.Image:
    """Deep grey values to 8 bits, averaged over squares of `factor` pixels. Scanners store 10, 12 or 16 bits
    in 16, so the picture's own range is the scale.
    """
    values = np.asarray(picture)
    height, width = max(1, values.shape[0] // factor), max(1, values.shape[1] // factor)
    small = np.empty((height, width), np.float32)
    for row in range(
        height
    ):  # line by line: a whole picture of floating-point numbers is four times as large
        strip = values[row * factor : (row + 1) * factor, : width * factor].astype(np.float32)
        strip[~np.isfinite(strip)] = np.nan
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # nothing to average: nan
            small[row] = np.nanmean(strip.reshape(strip.shape[0], width, -1), axis=(0, 2))
    finite = small[np.isfinite(small)]
    if finite.size == 0:
        raise ImageError("damaged: no finite pixel value")
    low, high = float(finite.min()), float(finite.max())
    grey = np.nan_to_num((small - low) / max(high - low, 1e-6), nan=0.0)
    return Image.fromarray((grey * 255).round().astype(np.uint8), mode="L")


def _what_is_it(path: Path) -> str:
    """Why Pillow knows nothing of this file, from its first bytes."""
    with path.open("rb") as file:
        head = file.read(512)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "empty file"
    if b"<svg" in start or start.startswith(b"<?xml"):
        return "an SVG or XML file, not a picture of pixels"
    if start.startswith(b"%pdf"):
        return "a PDF, not a picture"
    if start.startswith((b"%!ps", b"\xc5\xd0\xd3\xc6")):
        return "PostScript is not opened (it is a program)"
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page, not a picture"
    return f"not a picture in a known format ({', '.join(FORMATS)})"
