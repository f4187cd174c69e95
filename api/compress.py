"""gzip for answers that are worth it: text, RDF and JSON beyond a kilobyte, whole or streamed.

In: a response and the request's Accept-Encoding. Out: the same response, its body compressed and its
headers right. Pictures, dumps and ranges stay as they are.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator

from flask import Response
from werkzeug.datastructures import Accept

_LEAST = 1024
_WORTH = ("text/", "application/json", "application/ld+json", "application/xml", "application/rdf+xml")
_SUFFIXES = ("+json", "+xml", "n-triples", "n-quads", "trig", "javascript")


def compress(response: Response, accepted: Accept) -> Response:
    """Compress `response` in place when the client takes gzip and the content is worth it."""
    kind = response.mimetype or ""
    if not (kind.startswith(_WORTH) or kind.endswith(_SUFFIXES)):
        return response
    response.vary.add("Accept-Encoding")
    if (
        not accepted.quality("gzip")
        or response.status_code != 200
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
    ):
        return response
    if response.is_streamed:
        packed = _stream(response.iter_encoded(), response.response)
        next(packed)  # begun, so that closing it always closes what it reads
        response.response = packed
        response.headers.pop("Content-Length", None)
    else:
        body = response.get_data()
        if len(body) < _LEAST:
            return response
        response.set_data(gzip.compress(body, 5, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _stream(parts: Iterable[bytes], source: object) -> Iterator[bytes]:
    """Compressed parts, each flushed, so that a client sees the first rows at once."""
    packer = zlib.compressobj(5, wbits=31)
    try:
        yield b""
        for part in parts:
            yield packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
        yield packer.flush()
    finally:
        close = getattr(source, "close", None)
        if close:  # the client has gone: the query process must know
            close()
