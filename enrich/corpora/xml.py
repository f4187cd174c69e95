"""Reading XML from strangers: no entities, no DTD, no network, no unlimited size; what can be saved is saved.

In: a file or bytes. Out: the root element and what had to be forgiven ("" if nothing). Raises `Unreadable`
with one line when there is nothing to read.
"""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from lxml import etree

LARGEST = 256 * 1024 * 1024  # bytes of XML, unpacked; the largest real page is about 5 MB, a TEI volume 50
_ENTITY = "<!ENTITY"


class Unreadable(Exception):
    """A file that cannot be read. One line without the file's name."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, unpacked if it is gzip. Raises `Unreadable`."""
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable(f"is larger than {LARGEST >> 20} MiB and is not read")
        data = path.read_bytes()
    except OSError as problem:
        raise Unreadable(f"cannot be read ({problem.strerror or problem})") from None
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            data = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise Unreadable(f"is not a whole gzip file ({problem})") from None
    if len(data) > LARGEST:
        raise Unreadable(f"unpacks to more than {LARGEST >> 20} MiB and is not read")
    return data


def parse(data: bytes) -> tuple[etree._Element, str]:
    """(root, what was forgiven). Raises `Unreadable`.

    Entity declarations are refused, because no format read here needs one and they are how a file of a
    kilobyte becomes one of gigabytes. A file with the wrong encoding is read as Windows-1252; one that is cut
    off is read as far as it goes.
    """
    if not data.strip():
        raise Unreadable("is empty")
    if _declares_entities(data):
        raise Unreadable("declares XML entities, which are refused (they can be used to exhaust memory)")
    try:
        return _root(data, _parser()), ""
    except etree.XMLSyntaxError as problem:
        reason = " ".join(str(problem.msg or problem).split())
    if "ncoding" in reason or "UTF-8" in reason or "nvalid bytes" in reason:
        try:
            return _root(
                data, _parser("windows-1252")
            ), "is not in the encoding it declares; read as Windows-1252"
        except etree.XMLSyntaxError as problem:
            reason = " ".join(str(problem.msg or problem).split())
    try:
        root = _root(data, _parser(recover=True))
    except etree.XMLSyntaxError:
        root = None
    if root is None or not len(root):
        raise Unreadable(f"is not XML ({reason})")
    return root, f"is not well-formed XML ({reason}); what could be read was read"


def _declares_entities(data: bytes) -> bool:
    wide = b"\0" in data[:8]  # UTF-16 or UTF-32, which are rare: each further search costs a tenth of parsing
    marks = (
        [_ENTITY.encode(code) for code in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")]
        if wide
        else []
    )
    return any(mark in data for mark in (_ENTITY.encode(), *marks))


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; "" for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def prefix(element: etree._Element) -> str:
    """ "{namespace}" of an element, "" without one."""
    tag = element.tag
    return tag[: tag.index("}") + 1] if isinstance(tag, str) and tag.startswith("{") else ""


def text_of(element: etree._Element | None) -> str:
    """All words of an element, white space made single."""
    return "" if element is None else " ".join("".join(str(t) for t in element.itertext()).split())


def _root(data: bytes, parser: etree.XMLParser) -> etree._Element:
    root = etree.fromstring(data, parser)
    if root is None:
        raise Unreadable("is not XML")
    return root


def _parser(encoding: str | None = None, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
    )
