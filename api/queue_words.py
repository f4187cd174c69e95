"""The words of the review pages, in three languages, from `queue_words.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _all() -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / "queue_words.toml").read_text(encoding="utf-8"))


def words(spoken: str) -> dict[str, str]:
    """Every word of the review pages in a language."""
    return {key: entry.get(spoken) or entry["en"] for key, entry in _all().items()}


def said_word(key: str, spoken: str, **values: Any) -> str:
    """One of them, `{name}` filled in."""
    return words(spoken)[key].format(**values)
