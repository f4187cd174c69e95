"""The SPARQL that the store itself runs, one file per request, and how values are put into it.

In: the name of a file beside this module and the terms for its `$variables`. Out: the request as text. A
value is only ever a whole RDF term, serialised here or in `kg.terms`; nothing is glued into the middle of a
query.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_VARIABLE = re.compile(r"\$([A-Za-z]\w*)")


def bind(name: str, **values: str) -> str:
    """The request `name` ("begin.ru") with every `$variable` replaced by a term in N-Triples spelling.

    Raises KeyError when the file has a variable that is not given.
    """
    return _VARIABLE.sub(lambda found: values[found[1]], _text(name))


@cache
def _text(name: str) -> str:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))
