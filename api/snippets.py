"""Where the words of a search stand in a text: a piece of it with the words marked, and better spellings.

In: what was looked for, texts of a hit, the vocabulary of the index. Out: pieces of text for a template (each
marked or not), and words that are spelt nearly like one that nothing has. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from api.evidence import Piece, Span, pieces
from api.folding import bare

# With the signs above and below letters, which are no part of words by themselves.
_WORD = re.compile("[\\w\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]+")
_AROUND = 90  # characters shown on each side of the first word found
_NEAR = 74.0  # likeness, 0…100, of a word to another one that may be meant


def marked(text: str, words: Sequence[str], last_begins: bool = True) -> list[Piece]:
    """`text` with every occurrence of the words marked; of the last one every word that begins like it.

    >>> [(p.text, bool(p.claims)) for p in marked("Der Dürerbund", ["durer"])]
    [('Der ', False), ('Dürerbund', True)]
    """
    return pieces(text, _spans(text, words, last_begins))


def snippet(texts: Iterable[str], words: Sequence[str], last_begins: bool = True) -> list[Piece]:
    """The first passage of some texts where a word stands, with some text around it; none where none does.

    >>> [p.text for p in snippet(["nothing", "a fresco by Giotto"], ["giotto"])]
    ['a fresco by ', 'Giotto']
    """
    for text in texts:
        spans = _spans(text, words, last_begins)
        if spans:
            start, end = max(0, spans[0].start - _AROUND), min(len(text), spans[0].end + _AROUND)
            if start and (space := text.find(" ", start)) != -1 and space < spans[0].start:
                start = space + 1
            if end < len(text) and (space := text.rfind(" ", 0, end)) > spans[0].end:
                end = space
            inside = [Span(s.start - start, s.end - start, s.claim) for s in spans if s.end <= end]
            found = pieces(text[start:end], inside)
            return [*([Piece("… ")] if start else []), *found, *([Piece(" …")] if end < len(text) else [])]
    return []


def near(word: str, vocabulary: Sequence[str]) -> str:
    """The word of a vocabulary (spelt as in the index) most like one that it lacks, "" when none is near.

    >>> near("raphaell", ["raphael", "rapid", "giotto"]), near("xyzzy", ["giotto"])
    ('raphael', '')
    """
    best = process.extractOne(bare(word), vocabulary, scorer=fuzz.ratio, score_cutoff=_NEAR)
    return str(best[0]) if best else ""


def _spans(text: str, words: Sequence[str], last_begins: bool) -> list[Span]:
    wanted = [[bare(part) for part in _WORD.findall(word)] for word in words]
    wanted = [parts for parts in wanted if parts]
    if not wanted:
        return []
    found = [(m.start(), m.end(), bare(m[0])) for m in _WORD.finditer(text)]
    spans = []
    for place, parts in enumerate(wanted):
        begins = last_begins and place == len(wanted) - 1
        if len(parts) > 1 and len("".join(parts)) == len(parts):  # a word of a script without spaces
            spans += [Span(m.start(), m.end(), "found") for m in re.finditer(re.escape("".join(parts)), text)]
            continue
        for at in range(len(found) - len(parts) + 1):
            same = found[at : at + len(parts)]
            last = same[-1][2].startswith(parts[-1]) if begins else same[-1][2] == parts[-1]
            if last and all(s[2] == p for s, p in zip(same[:-1], parts[:-1], strict=True)):
                spans.append(Span(same[0][0], same[-1][1], "found"))
    return sorted(spans, key=lambda s: s.start)
