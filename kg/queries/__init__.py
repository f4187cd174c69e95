"""Example queries, one `.rq` file each, whose first comment line says what it answers.

In: a name ("works-in-several-sources"). Out: SPARQL that runs unchanged on any installation (only vocabulary
terms, no local IRI). The tests run each of them, the query page and the documentation list them.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The names of the queries, in alphabetical order."""
    return sorted(file.stem for file in _FOLDER.glob("*.rq"))


def load(name: str) -> str:
    """The text of a query. Raises KeyError when there is none of this name."""
    file = _FOLDER / f"{name}.rq"
    if name not in names():
        raise KeyError(f"no query {name!r}; there are {', '.join(names())}")
    return file.read_text(encoding="utf-8")


def title(name: str) -> str:
    """What a query answers: its first comment line."""
    return load(name).partition("\n")[0].lstrip("# ").strip()
