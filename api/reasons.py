"""The sentences that enrichers give as evidence, in the reader's language, and what their numbers measure.

In: a sentence as it stands in the graph (English). Out: the same in the language asked for; a sentence that
is not among those of `reasons.toml` comes back as it is.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from api.language import word

#: What an evidence's number is, by the claim's property and the kind of evidence; "" is any kind.
_MEASURES = {
    ("category", "image"): "probability", ("medium", "image"): "probability",
    ("category", "caption"): "weight", ("medium", "caption"): "weight",
    ("reproduces", "image"): "probability", ("artist", "image"): "probability",
    ("nearDuplicate", "image"): "probability", ("nearDuplicate", "neighbour"): "likeness",
    ("cluster", ""): "share", ("topic", ""): "probability", ("mentions", ""): "probability",
    ("descriptor", "image"): "likeness", ("descriptor", ""): "strength",
}  # fmt: skip


def reason(sentence: str, language: str) -> str:
    """The sentence in a language of the interface.

    >>> reason("lived 1606–1669; printed 1908", "de"), reason("the name opens the caption", "en")
    ('lebte 1606–1669; gedruckt 1908', 'the name opens the caption')
    """
    if language == "en":
        return sentence
    plain, patterns = _sentences()
    if sentence in plain:
        return plain[sentence][language]
    for pattern, translations in patterns:
        if found := pattern.fullmatch(sentence):
            return translations[language].format(**found.groupdict())
    return sentence


def measure(property: str, kind: str, language: str) -> str:
    """A word for what the number of such evidence is, "" where that is not known."""
    name = _MEASURES.get((property, kind)) or _MEASURES.get((property, ""))
    return word(f"measure-{name}", language) if name else ""


@cache
def _sentences() -> tuple[dict[str, dict[str, str]], list[tuple[re.Pattern[str], dict[str, str]]]]:
    """Sentences without a gap, and those with gaps as patterns, in the order of the file."""
    read: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "reasons.toml").read_text())
    patterns = [
        (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL), said)
        for sentence, said in read.items()
        if "{" in sentence
    ]
    return {sentence: said for sentence, said in read.items() if "{" not in sentence}, patterns
