"""Captions of the kind "Artist, Title" to train the linker on, as journals and lists of plates print them.

In go an opened gazetteer, the same one with some persons hidden (`linking_names.Partly`) and a museum's list
of works (JSON lines with `artist_inverted` and `title_de`, CC0); out come rows (id, caption, year, language,
artist). Who a row's artist is, is read off his full name in the list, which exactly one person of the
gazetteer must bear; an artist whom it lacks or hides has nothing to link to. The caption then prints no more
than the form allows: often a surname alone. Titles come from the list and from the gazetteer's own works.
Everything follows from the rows, so that the same inputs always give the same captions.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from linking_names import Partly

from enrich.linking.catalogue import natural
from enrich.linking.folding import PARTICLES
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.mentions import find
from enrich.linking.names import SUFFIXES, Form, parse
from enrich.linking.records import ARTWORK

LISTED = 700  # captions with a title from the list
OWN = 300  # captions with a title from the gazetteer
EACH = 4  # captions of one artist at most
# How often which form is printed; {n} is the name, {t} the title, {i} a number.
SHAPES = (
    ("{n}, {t}", 0.45), ("{n}: {t}", 0.12), ("{n}. {t}", 0.12), ("{t}. {n}", 0.1), ("{t}, {n}", 0.06),
    ("Abb. {i}. {n}, {t}", 0.05), ("{t} {by} {n}", 0.05), ("{N}, {t}", 0.05),
)  # fmt: skip
SURNAME = 0.6  # how often the surname stands alone
_NAME = re.compile(r"[^\W\d_][\w .’'`´-]+")


def titled_captions(folder: Gazetteer, partly: Partly, works: Path) -> list[dict[str, str]]:
    """Rows to train on, with `partly` as the gazetteer."""
    rows = []
    own = [*_own(folder)]
    # Half of the gazetteer's own works are hidden: most titles printed are not catalogued.
    partly.hidden |= {row for key, *_ in own if (row := _work(folder, key)) is not None and _odd(key)}
    for key, name, title, language, row in (*_listed(folder, works), *own):
        if row in partly.dateless:  # somebody's namesake now, not himself
            continue
        dice = random.Random(f"title {key}")
        caption = printed(name, title, language, dice)
        born = folder.entry(row).born if row is not None else None
        year = None if dice.random() < 0.3 else dice.randint(1890, 1935)
        if year is not None and born is not None and born > year - 25:
            year = born + dice.randint(30, 60)
        known = row is not None and row not in partly.hidden
        rows.append({
            "id": f"title{key}", "caption": caption, "year": str(year or ""), "language": language,
            "context": "", "artist": folder.entry(row).qid if known and row is not None else "",
        })  # fmt: skip
    return rows


def _work(folder: Gazetteer, key: str) -> int | None:
    return folder.row_of(int(key[1:]))


def _odd(key: str) -> bool:
    return random.Random(f"hide {key}").random() < 0.5


def printed(name: str, title: str, language: str, dice: random.Random) -> str:
    """A caption of a name ("Hans von Aachen") and a title.

    >>> printed("Albrecht Dürer", "Melancholie", "de", random.Random(4))
    'Dürer, Melancholie'
    """
    words = name.split()
    alone = dice.random() < SURNAME
    last = parse(name)[0].surname
    if alone and words[-1].lower().strip(".") not in SUFFIXES | {"ä", "j"}:
        cut = len(words) - max(1, min(len(last), len(words) - 1))
        if cut and words[cut - 1].lower() in PARTICLES and dice.random() < 0.4:
            cut -= 1
        words = words[cut:]
        words[0] = words[0][0].upper() + words[0][1:]
    simple = not re.search(r"[.;:(,–—]", title)  # a name may close it
    shapes = [(s, w) for s, w in SHAPES if simple or not s.endswith("{n}")]
    shape = dice.choices([s for s, _ in shapes], [w for _, w in shapes])[0]
    said = " ".join(words)
    by = "von" if language == "de" else "by"
    return shape.format(n=said, N=said.upper(), t=title, by=by, i=dice.randint(1, 300))


def _listed(folder: Gazetteer, works: Path) -> Iterator[tuple[str, str, str, str, int | None]]:
    """(key, name, title, language, the artist's row or None) from the list, the artists mixed."""
    with gzip.open(works, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    random.Random("list").shuffle(records)
    seen: Counter[str] = Counter()
    for record in records:
        title = " ".join(record.get("title_de", "").split())
        inverted = " ".join(record.get("artist_inverted", "").split())
        if "(" in inverted or not inverted or not title or len(title) > 70 or title.startswith("Ohne"):
            continue
        name = natural(inverted, inverted=True)
        if len(name.split()) < 2 or not _NAME.fullmatch(name) or seen[name] >= EACH or not parse(name):
            continue
        found = _bearers(name, folder)
        if found is None or sum(seen.values()) >= LISTED:
            continue
        seen[name] += 1
        yield f"b{record['inventory_number']}", name, title, "de", found[0] if found else None


def _bearers(name: str, folder: Gazetteer) -> list[int] | None:
    """The one person of a full name, nobody, or None where it cannot be told."""
    found = [c for m in find(name, folder, repair=False) for c in m.candidates]
    if not found:
        surname = " ".join(lo for _, lo in parse(name)[0].surname)
        near = find(name, folder) or find(
            " ".join(w[0] + "." for w in name.split()[:1]) + f" {surname}", folder
        )
        return None if near else []
    full = [c for c in found if c.form <= Form.SHORT and c.given == 1 and not c.unmatched and c.spelling == 1]
    return [full[0].row] if len(full) == 1 == len(found) else None


def _own(folder: Gazetteer) -> Iterator[tuple[str, str, str, str, int | None]]:
    """The same from the gazetteer's works, whose makers are known."""
    rows = [row for row in range(folder.size) if folder.kinds[row] == ARTWORK]
    random.Random("own").shuffle(rows)
    seen: Counter[int] = Counter()
    for row in rows:
        entry = folder.entry(row)
        maker = folder.row_of(entry.creators[0]) if len(entry.creators) == 1 else None
        titles = [(text, language) for text, language, _ in entry.labels if language in ("de", "en")]
        if maker is None or not entry.creators_stated or not titles or seen[maker] >= EACH:
            continue
        title, language = titles[-1]
        name = folder.entry(maker).label
        if len(title) > 70 or "(" in name or "," in name or not _NAME.fullmatch(name) or not parse(name):
            continue
        seen[maker] += 1
        yield f"o{entry.item}", name, title, language, maker
        if sum(seen.values()) >= OWN:
            return
