"""How a reader reports: a corpus that cannot be read at all raises, anything smaller is one `Fault` and
reading goes on.

`CorpusError` carries one line a user can act on; the command line turns it into exit status 2.
"""

from __future__ import annotations

from collections.abc import Callable

from kg.nouns import Fault

STAGE = "read"
Report = Callable[[Fault], None]


class CorpusError(Exception):
    """The corpus cannot be read at all (no such folder, no such column, not UTF-8). One line, with the
    place in it.
    """


def error(place: str, reason: str) -> Fault:
    """Something of the corpus that could not be used."""
    return Fault(STAGE, place, reason)


def notice(place: str, reason: str) -> Fault:
    """Something worth counting that is nobody's mistake."""
    return Fault(STAGE, place, reason, "notice")
