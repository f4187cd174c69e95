"""Names in running text to train the linker on, made of what illustrated books say around their pictures.

In go an opened gazetteer and folders of books (`book.json`, `illustrations.csv` with `text_before` and
`text_after`); out come rows (id, caption, language, context, artist) in the order of the text, and the
gazetteer to weigh them with, which lacks a part of the persons. A row is a name as the passage prints it,
with the passage cut out around it. Who is meant is read off full names, which exactly one person of the
gazetteer bears; then some of them are printed shorter, first the later ones: by the given name alone if born
before 1600, else by the surname. A person whom the gazetteer is made to lack, a saint and a prince have
nothing to link to. Everything follows from the texts, so that the same inputs always give the same rows.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from linking_names import Partly

from enrich.linking.folding import plain, tokens
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.mentions import Mention, find
from enrich.linking.names import HONORIFICS, Form
from enrich.linking.passages import titled
from enrich.linking.titles import vocabulary

EACH = 5  # rows of one person, and of one saint, at most: a chapter names its painter on every page
AROUND = 160  # characters of the passage kept on each side of a name
EXCERPT = 2400  # characters of text that belong together
HIDDEN = 0.3  # share of the persons whom the gazetteer lacks
ALL = 0.35  # share of the excerpts that name nobody in full: their book did so pages before
SHORTER = (0.25, 0.65)  # how often a name is cut short: at its first place in an excerpt, later on
GIVEN_UNTIL = 1600  # who was born before is spoken of by his given name
_STYLED = re.compile(
    r"\b(?:St\.|Saint|San|Santa|Pope|King|Queen|Emperor|Duke|Cardinal|Bishop|Sankt|Papst|Kaiser|Herzog|Kardinal|"
    r"König|Königin) [A-Z][a-zäöüé]+"
)


class _Found(NamedTuple):
    """A name in an excerpt and whom it means: a row, or None for nobody to link to."""

    start: int
    end: int
    row: int | None


def passages(folder: Gazetteer, books: Sequence[Path]) -> tuple[list[dict[str, str]], Partly]:
    """(rows to train on, the gazetteer to train them with)."""
    rows: list[dict[str, str]] = []
    seen: Counter[int | str] = Counter()
    for book in books:
        card = json.loads((book / "book.json").read_text("utf-8"))
        language = card.get("language", "")
        for number, excerpt in enumerate(_excerpts(book)):
            dice = random.Random(f"passage {book.name} {number}")
            named = list(_named(excerpt, folder))
            if len({f.row for f in named}) < 2:
                continue
            text, placed = _shortened(excerpt, named, folder, dice)
            for at, found in enumerate(placed):
                whom = text[found.start : found.end] if found.row is None else found.row
                seen[whom] += 1
                if seen[whom] > EACH:
                    continue
                rows.append({
                    "id": f"{book.name}-{number}-{at}", "caption": text[found.start : found.end], "year": "",
                    "language": language, "context": _cut(text, found),
                    "artist": "" if found.row is None else f"Q{folder.items[found.row]}",
                })  # fmt: skip
    partly = Partly(folder.folder)
    known = [whom for whom in seen if isinstance(whom, int)]
    partly.hidden = frozenset(r for r in known if random.Random(f"lack {folder.items[r]}").random() < HIDDEN)
    away = {f"Q{folder.items[r]}" for r in partly.hidden}
    return [r | {"artist": "" if r["artist"] in away else r["artist"]} for r in rows], partly


def _excerpts(book: Path) -> Iterator[str]:
    """Stretches of a book's text, none twice."""
    with (book / "illustrations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seen: set[str] = set()
    excerpt = ""
    for paragraph in (p for r in rows for t in (r["text_before"], r["text_after"]) for p in t.split("\n\n")):
        text = " ".join(paragraph.strip("… \n").split())
        middle = text[len(text) // 2 : len(text) // 2 + 40]
        if len(text) < 120 or middle in seen:
            continue
        seen.update(text[at : at + 40] for at in range(len(text)))
        excerpt = f"{excerpt} {text}".strip()
        if len(excerpt) > EXCERPT:
            yield excerpt
            excerpt = ""


def _named(text: str, gazetteer: Gazetteer) -> Iterator[_Found]:
    """Names in a text of which it is plain whom they mean, in the order of the text."""
    styled = [(m.start(), m.end()) for m in _STYLED.finditer(text)]
    sure: dict[int, int] = {}
    mentions = find(text, gazetteer, repair=False)
    for mention in mentions:
        row = _bearer(mention, text, gazetteer)
        if row is not None:
            sure[row] = mention.start
    for mention in mentions:
        if any(a < mention.end and mention.start < b for a, b in styled):
            continue
        row = _bearer(mention, text, gazetteer)
        if row is None:  # a name cut short by the book itself: of whom it named in full before
            able = {c.row for c in mention.candidates if sure.get(c.row, mention.end) < mention.start}
            row = able.pop() if len(able) == 1 and mention.words == 1 else None
        if row is not None:
            yield _Found(mention.start, mention.end, row)
    for start, end in styled:
        if titled(tokens(text[start:end]), text[start:end]):
            yield _Found(start, end, None)


def _bearer(mention: Mention, text: str, gazetteer: Gazetteer) -> int | None:
    """The one person of whom more than the name is known who bears a name in full."""
    full = [c for c in mention.candidates if c.form <= Form.SHORT and not gazetteer.bare[c.row]]
    if len(full) != 1 or full[0].unmatched or full[0].spelling < 0.9 or gazetteer.born[full[0].row] is None:
        return None
    if mention.words == 1:
        word = text[mention.start : mention.end].lower()
        known = gazetteer.works_of(gazetteer.items[full[0].row])
        return full[0].row if full[0].mono and known and word not in vocabulary()[0] else None
    return full[0].row if len(mention.candidates) == 1 else None


def _shortened(
    text: str, named: Sequence[_Found], gazetteer: Gazetteer, dice: random.Random
) -> tuple[str, list[_Found]]:
    """The text with some of the names cut short, and where the names stand then."""
    out, placed, last, before = "", [], 0, set()
    always = dice.random() < ALL
    for found in sorted(named):
        if found.start < last:
            continue
        printed = text[found.start : found.end]
        words = printed.split()
        shorter = always or dice.random() < SHORTER[found.row in before]
        if found.row is not None and len(words) > 1 and shorter:
            born, _ = gazetteer.life(found.row)
            early = born is not None and born < GIVEN_UNTIL and plain(words[0]) not in HONORIFICS
            printed = words[0] if early else words[-1]
        before.add(found.row)
        out += text[last : found.start]
        placed.append(_Found(len(out), len(out) + len(printed), found.row))
        out += printed
        last = found.end
    return out + text[last:], placed


def _cut(text: str, found: _Found) -> str:
    """The passage around a name, from word to word."""
    start = max(0, text.find(" ", max(0, found.start - AROUND))) if found.start > AROUND else 0
    end = text.rfind(" ", 0, found.end + AROUND)
    return text[min(start, found.start) : max(end, found.end)].strip()
