"""Clean-up of printed and recognised text: hyphenation, long s, ligatures, entities, mojibake.

In goes one text as the corpus has it; out comes a `Cleaned`: the readable text together with the place in
the original of each of its characters, so that evidence found in the clean text can be shown in the
original, which is never changed. Each step runs only where its sign occurs, so clean text costs next to
nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product

LIGATURES = {
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
    "ſ": "s",
    "ꝛ": "r",
}

# What may stand for a hyphen at a line's end: ASCII, Unicode hyphens, the not sign of OCR engines, and the
# double hyphen of Fraktur (also read as an equals sign).
_HYPHENS = "-‐‑¬⸗="
_LETTER_E_ABOVE = re.compile("[aouAOU]\u0364")  # how umlauts were set before 1850, and transcribed
_WITH_E = dict(zip("aouAOU", "äöüÄÖÜ", strict=True))
_LOOSE_LINE_HYPHEN = re.compile(rf"(?<=[^\W\d_]) [{_HYPHENS}][ \t]*\r?\n\s*(?=[^\W\d_])")
_LINE_HYPHEN = re.compile(rf"(?<=[^\W\d_])[{_HYPHENS}][ \t]*\r?\n\s*(?=[^\W\d_])")
_SPACED_HYPHEN = re.compile(rf"\b([^\W\d_]{{2,}})[{_HYPHENS}] ([^\W\d_]{{2,}})\b")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LIGATURE = re.compile("[" + "".join(LIGATURES) + "]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_SPACE = re.compile(r"\s+")
_WORD_WITH_F = re.compile(r"[^\W\d_]*f[^\W\d_]*", re.IGNORECASE)
_CONJUNCTIONS = frozenset(
    ("und", "oder", "bis", "sowie", "wie", "noch", "als", "and", "or", "to", "et", "ou", "e", "o")
)

# Words that exist in no dictionary of their language and are what a long s read as f leaves behind. Two of
# them in a text (or one in twenty words) say that it was set with long s and read without.
_LONG_S_SIGNS = {
    "de": """
        ift fich fie fo find fein feine feiner diefe diefer diefes diefem felbft erft daf fehr fchon
        fchön meift zwifchen deutfche deutfchen menfchen kunft künftler meifter wiffen laffen müffen
        chriftus""",
    "en": """
        thefe thofe moft firft muft fhall fuch himfelf itfelf alfo againft fays becaufe houfe ufe
        fhould fince leaft eaft weft""",
    "fr": "eft fes fon efprit auffi ainfi plufieurs lorfque fous jufqu",
}
_LONG_S: dict[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _LONG_S_SIGNS.items()}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A readable text and where it comes from. `positions[i]` is the index in `original` of character i of
    `text` (None: they are the same text)."""

    text: str
    original: str
    positions: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of `original` that the half-open, non-empty span of `text` was read from."""
        if self.positions is None:
            return start, end
        return self.positions[start], self.positions[end - 1] + 1


def clean(text: str, language: str = "") -> Cleaned:
    """The readable form of `text`. `language` (ISO 639-1) opens the steps that need a dictionary: joining
    words hyphenated across a lost line break, and long s read as f; they are skipped for languages without
    one."""
    result = Cleaned(text, text)
    if "&" in text:
        result = _replace(result, _ENTITY, lambda m: html.unescape(m.group()))
    result = _mend_encoding(result)
    if not result.text.isascii():
        result = _replace(result, _INVISIBLE, lambda m: "")
        result = _replace(result, _LIGATURE, lambda m: LIGATURES[m.group()])
        result = _replace(result, _LETTER_E_ABOVE, lambda m: _WITH_E[m.group()[0]])
    if "\n" in text:
        result = _replace(result, _LOOSE_LINE_HYPHEN, lambda m: _joined_if_known(m, language))
        result = _replace(result, _LINE_HYPHEN, _join_lines)
    if any(f"{hyphen} " in result.text for hyphen in _HYPHENS):
        result = _join_spaced(result, language)
    # An engine that knows the long s still misreads some.
    if looks_like_long_s(result.text, language) or ("ſ" in text and language in _LONG_S):
        result = _replace(result, _WORD_WITH_F, lambda m: _mend_long_s(m.group(), language))
    return _replace(result, _SPACE, lambda m: " " if m.group() != " " else None)


def looks_like_long_s(text: str, language: str) -> bool:
    """True if the text was set with long s and every ſ was read as f ("ift", "fich", "thefe")."""
    signs = _LONG_S.get(language)
    if not signs or "f" not in text:
        return False
    words = re.findall(r"[^\W\d_]+", text)
    hits = sum(word.lower() in signs for word in words)
    return hits >= 2 or (hits == 1 and len(words) <= 20)


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the paragraphs of a field: what stands between blank lines, outer white space left off."""
    start = 0
    for separator in [*re.finditer(r"\n[ \t\r]*\n\s*", text), None]:
        end = separator.start() if separator else len(text)
        piece = text[start:end]
        if stripped := piece.strip():
            first = start + piece.index(stripped)
            yield first, first + len(stripped)
        start = separator.end() if separator else end


def known(word: str, language: str) -> bool:
    """True if the dictionary of the language has the word in this or its lower-case form; False without
    one."""
    import simplemma

    try:
        return simplemma.is_known(word, language) or simplemma.is_known(word.lower(), language)
    except ValueError:  # a language simplemma has no dictionary for
        return False


def _replace(
    source: Cleaned, pattern: re.Pattern[str], change: Callable[[re.Match[str]], str | None]
) -> Cleaned:
    """Every match replaced by what `change` answers (None: left as it is), positions carried along."""
    pieces: list[str] = []
    positions: list[int] = []
    done = 0
    old = source.positions
    for match in pattern.finditer(source.text):
        new = change(match)
        if new is None or new == match.group():
            continue
        start, end = match.span()
        pieces += [source.text[done:start], new]
        positions += old[done:start] if old else range(done, start)
        positions += (_at(old, start + min(i, end - start - 1)) for i in range(len(new)))
        done = end
    if not done:
        return source
    pieces.append(source.text[done:])
    positions += old[done:] if old else range(done, len(source.text))
    return Cleaned("".join(pieces), source.original, tuple(positions))


def _at(positions: tuple[int, ...] | None, index: int) -> int:
    return positions[index] if positions else index


def _join_lines(match: re.Match[str]) -> str:
    """A hyphen at a line's end vanishes, unless a capital follows: "Nord-⏎Ost" keeps its own."""
    return "-" if match.string[match.end()].isupper() else ""


def _joined_if_known(match: re.Match[str], language: str) -> str | None:
    """ "Offi -⏎zier" becomes "Offizier" if the dictionary knows the whole; a dash stays."""
    text, (start, end) = match.string, match.span()
    first = re.search(r"[^\W\d_]+$", text[max(0, start - 40) : start])
    second = re.match(r"[^\W\d_]+", text[end : end + 40])
    return "" if first and second and known(first.group() + second.group(), language) else None


def _join_spaced(source: Cleaned, language: str) -> Cleaned:
    """ "hand- work" becomes "handwork" if the dictionary knows the whole; "Kunst- und Bauwerke" stays as it
    is."""

    def change(match: re.Match[str]) -> str | None:
        first, second = match.groups()
        if second.lower() in _CONJUNCTIONS or not known(first + second, language):
            return None
        return first + second

    return _replace(source, _SPACED_HYPHEN, change)


def _mend_long_s(word: str, language: str) -> str | None:
    """The word with the fewest f turned to s that makes it one of the dictionary; None when it is one
    already."""
    places = [i for i, letter in enumerate(word) if letter == "f"]
    if not places or len(places) > 4:
        return None
    if word.lower() not in _LONG_S[language] and known(word, language):
        return None
    for letters in sorted(product("fs", repeat=len(places)), key=lambda p: (p.count("s"), p)):
        if "s" in letters:
            candidate = list(word)
            for place, letter in zip(places, letters, strict=True):
                candidate[place] = letter
            if known(found := "".join(candidate), language):
                return found
    return None


def _mend_encoding(source: Cleaned) -> Cleaned:
    """UTF-8 once read as Latin-1 ("DÃ¼rer") is turned back by ftfy, only where the text bears its signs."""
    if source.text.isascii():
        return source
    import ftfy
    import ftfy.badness

    if not ftfy.badness.is_bad(source.text):
        return source
    fixed = ftfy.fix_encoding(source.text)
    if fixed == source.text:
        return source
    positions: list[int] = []
    for _, i1, i2, j1, j2 in SequenceMatcher(None, source.text, fixed, autojunk=False).get_opcodes():
        positions += (_at(source.positions, min(i1 + k, max(i2 - 1, i1))) for k in range(j2 - j1))
    return Cleaned(fixed, source.original, tuple(positions))
