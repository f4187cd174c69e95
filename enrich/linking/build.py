"""Building a gazetteer: records in, one folder of memory-mapped files out (`enrich.linking.gazetteer` reads
it).

Names are indexed in the forms they are printed in, titles by their words brought to one language, single
words of names by what is left of them when one letter is lost (for repair). Memory is in proportion to what
is kept, not to the dump it came from.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import marisa_trie
import numpy as np
import pyarrow as pa
import pyarrow.compute

from enrich.linking.entries import NO_YEAR, SCHEMA, Rows, described_maker, read_name, write_name
from enrich.linking.makers import Described, described_makers
from enrich.linking.names import ORGANISATION, TOPONYMIC, Form, forms, parse
from enrich.linking.postings import Index, Postings
from enrich.linking.records import (
    ARTWORK,
    BUILDING,
    INSTITUTION,
    KINDS,
    PERSON,
    Gathering,
    Record,
    is_artist,
    kind_of,
)
from enrich.linking.titles import title_words

FORMAT = 7
FACTS = {
    "P245": "ulan", "P214": "viaf", "P227": "gnd", "P268": "bnf", "P18": "image", "P217": "inventoryNumber",
    "P186": "material", "P136": "genre", "P27": "nationality", "P180": "depicts",
    "P1773": "attributed-to", "P1774": "workshop-of", "P1775": "follower-of", "P1776": "circle-of",
    "P1777": "manner-of", "P1778": "after", "P1779": "attributed-to", "P1780": "school-of", "P1877": "after",
}  # fmt: skip
MAKERS = ("P1773", "P1774", "P1775", "P1776", "P1777", "P1778", "P1779", "P1780", "P1877")
# Values of "nature of statement" (P5102) that make a maker a guess: attribution, possibly, presumably, …
HEDGES = frozenset(
    ("Q230768", "Q30230067", "Q18122778", "Q56644435", "Q18912752", "Q18603603", "Q28831311", "Q355567")
)


class EmptyGazetteer(ValueError):
    """Nothing of the input is a person, an artwork, an institution or a building."""


def year_of(values: Iterable[str]) -> int:
    """The earliest year among Wikidata's time values, `NO_YEAR` without one.

    >>> year_of(["1471-05-21T00:00:00Z"]), year_of(["-0043-01-01T00:00:00Z"])
    (1471, -43)
    """
    years = []
    for value in values:
        sign, digits = (-1, value[1:]) if value.startswith("-") else (1, value.lstrip("+"))
        head = digits.split("-")[0]
        if head.isdecimal() and int(head) < 32767:
            years.append(sign * int(head))
    return min(years, default=NO_YEAR)


def _items(values: Iterable[str]) -> list[int]:
    return [int(v[1:]) for v in values if v[:1] == "Q" and v[1:].isdecimal()]


def best_label(terms: Iterable[tuple[str, str, str]]) -> str:
    """The label to show: English, the language-neutral one, German, French, then any; an alias only if
    nothing else.
    """
    order = {language: i for i, language in enumerate(("en", "mul", "de", "fr", "it", "nl", "es"))}
    ranked = [
        (kind != "label", order.get(lang, 9), text) for kind, text, lang in terms if kind != "description"
    ]
    return min(ranked, key=lambda r: r[:2])[2] if ranked else ""


def variants(text: str, length: int = 4) -> list[str]:
    """A word and what is left of it when one letter is lost; short words only as they are."""
    return [text, *(text[:i] + text[i + 1 :] for i in range(len(text)))] if len(text) >= length else [text]


def kin(entry: Mapping[str, Any]) -> int:
    """A 64-bit number that persons share who are alike in all that a surname alone tells of them: how it is
    spelled, particles, generation, and how many words else the name has where it is read in several ways.
    0 for who is known for more than one name, and for firms.
    """
    labels = entry["labels"]
    if not entry["bare"] or len(labels) != 1:  # none but persons are bare
        return 0
    names = [read_name(text)[1] for text in entry["read"]]
    if not names or not all(name.given for name in names):
        return 0
    if ORGANISATION.search(labels[0]["text"]):
        return 0
    told = [
        (n.surname, n.particles, n.generation, n.toponymic, len(names) > 1 and len(n.given) + n.dropped)
        for n in names
    ]
    digest = hashlib.blake2b(repr(told).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1


def _given_names(rows: Rows) -> Iterator[str]:
    """ "surname, a tab, given name" of every reading of the persons' labels."""
    for batch in rows.batches:
        people = batch.filter(pa.compute.equal(batch.column("kind"), PERSON))
        for text in people.column("read").flatten().to_pylist():
            _, given, _, _, surname, *_ = text.split("\t")
            for word in given.split(" ")[:-1]:
                yield f"{surname[:-1]}\t{word}"


def word_hash(text: str) -> int:
    """A 32-bit hash, the same on every machine."""
    return zlib.crc32(text.encode())


def build(gathering: Gathering, out: Path, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Write a gazetteer into the folder `out`, replacing one that is there, and return its card.

    The new files lie in a folder of their own until `gazetteer.json` names them (one atomic replacement),
    so a process that reads the old one goes on reading it, and a killed build leaves the old one whole.

    Raises EmptyGazetteer when no record is of a known kind.
    """
    creators: set[int] = set()
    works_of: Counter[int] = Counter()
    for record in gathering.records():
        if kind_of(record) in (ARTWORK, BUILDING):
            made_by = [item for item, _ in _named(record)]
            creators.update(made_by)
            works_of.update(made_by)
    out.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    folder = out / f"tmp-{stamp}-{os.getpid()}"
    folder.mkdir()
    try:
        counts = _write(gathering, folder, creators, works_of)
        digest = hashlib.sha256()
        for path in sorted(folder.iterdir()):
            with path.open("rb") as file:
                digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
        version = digest.hexdigest()[:16]
        if (out / version).exists():
            shutil.rmtree(folder)
        else:
            folder.rename(out / version)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    card = {"format": FORMAT, "version": version, "created": stamp, **counts, "provenance": dict(provenance)}
    temporary = out / f"gazetteer.json.{os.getpid()}"
    temporary.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    temporary.replace(out / "gazetteer.json")
    for old in out.iterdir():
        if old.is_dir() and len(old.name) == 16 and old.name != version:
            shutil.rmtree(old, ignore_errors=True)
    return card


def _terms(record: Record) -> list[tuple[str, str, str]]:
    """(label, alias or description; text; language) of an item; the title a work itself bears (P1476) is an
    alias.
    """
    known = {text for _, text, _ in record.terms}
    own = [("alias", text, "") for text in record.facts.get("P1476", ()) if text not in known]
    return [*record.terms, *own]


def _row(record: Record, kind: int, works: int) -> dict[str, Any]:
    terms, facts = _terms(record), record.facts
    sitelinks = max((int(v) for v in facts.get("sitelinks", ()) if v.isdecimal()), default=0)
    languages = len({lang for term, _, lang in terms if term == "label"})
    authorities = sum(p in facts for p in ("P245", "P214", "P227", "P268"))
    described = any(t == "description" for t, _, _ in terms)
    named = _named(record)
    makers = [{"name": how, "value": f"Q{item}"} for item, how in named if how]
    return {
        "item": record.item,
        "kind": kind,
        "label": best_label(terms),
        "labels": [
            {"text": text, "language": lang, "alias": term == "alias"}
            for term, text, lang in terms
            if term != "description"
        ],
        "descriptions": [
            {"text": text, "language": lang} for term, text, lang in terms if term == "description"
        ],
        "born": year_of(facts.get("P569", ())),
        "died": year_of(facts.get("P570", ())),
        "made": year_of(facts.get("P571", ())),
        "creators": [item for item, how in named if not how],
        "holders": _items([*facts.get("P195", ()), *facts.get("P276", ())]),
        "prominence": math.log1p(works)
        + math.log1p(sitelinks)
        + 0.3 * languages
        + 0.3 * authorities
        + 0.2 * described,
        "bare": kind == PERSON
        and not (works or sitelinks or described or authorities)
        and not any(p in facts for p in ("P569", "P570", *FACTS)),
        "facts": makers
        + [{"name": FACTS[p], "value": v} for p in FACTS if p not in MAKERS for v in facts.get(p, ())],
        "read": _read(kind, dict.fromkeys(text for term, text, _ in terms if term != "description")),
    }


def _named(record: Record) -> list[tuple[int, str]]:
    """Who a work says made it, each once: item and "", or how he is said to have ("workshop-of", …).

    A maker whom only a guess names (P5102) counts as attributed where he is the only one.
    """
    plain = _items([*record.facts.get("P170", ()), *record.facts.get("P84", ())])
    qualified = [(item, FACTS[p]) for p in MAKERS for item in _items(record.facts.get(p, ()))]
    guessed = len(plain) == 1 and HEDGES.intersection(record.facts.get("P5102", ()))
    own = [(item, "attributed-to" if guessed else "") for item in plain]
    said = {item for item, _ in qualified}  # "Rembrandt, workshop of Rembrandt" is no Rembrandt
    return list(dict.fromkeys([*(o for o in own if o[0] not in said), *qualified]))


def _read(kind: int, texts: Iterable[str]) -> list[str]:
    """A person's labels or a work's titles taken apart, as `enrich.linking.entries` reads them."""
    if kind == PERSON:
        return [write_name(name, i) for i, text in enumerate(texts) for name in parse(text)]
    return [" ".join(title_words(text)) for text in texts] if kind == ARTWORK else []


def _write(gathering: Gathering, folder: Path, creators: set[int], works_of: Counter[int]) -> dict[str, Any]:
    names, titles, places = Postings(), Postings(), Postings()
    words: dict[str, None] = {}
    title_count: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    makers, made = array("q"), array("I")  # the maker's item and the work's row, of every work and maker
    described: list[Described] = []
    fame, born, died, items = array("d"), array("h"), array("h"), array("q")  # of each row
    alike = array("Q")  # `kin` of each row
    labels = row = 0
    with pa.OSFile(str(folder / "entities.arrow"), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
        batch: list[dict[str, Any]] = []
        for record in gathering.records():
            kind = kind_of(record)
            terms = [t for t in _terms(record) if t[0] != "description"]
            if (
                not kind
                or not terms
                or (kind == PERSON and not is_artist(record) and record.item not in creators)
            ):
                continue
            entry = _row(record, kind, works_of[record.item])
            batch.append(entry)
            fame.append(entry["prominence"])
            alike.append(kin(entry))
            born.append(entry["born"])
            died.append(entry["died"])
            items.append(record.item)
            kinds[KINDS[kind]] += 1
            labels += len(terms)
            languages.update(lang for _, _, lang in terms)
            if kind == PERSON:
                for key, form in person_keys([t[1] for t in terms], entry["born"], entry["died"]):
                    names.add(key, row << 4 | form)
                    words.update(dict.fromkeys(w for w in key.split() if len(w) > 3))
            elif kind in (ARTWORK, BUILDING):
                for text in {t[1] for t in terms}:
                    found = title_words(text)
                    if found and kind == ARTWORK:
                        titles.add(" ".join(found), row)
                        title_count.update(set(found))
                stated = [item for item, _ in _named(record)]
                makers.extend(stated)
                made.extend([row] * len(stated))
                if not stated and (maker := described_maker(d["text"] for d in entry["descriptions"])):
                    described.append((row, entry["made"], maker))
            elif kind == INSTITUTION:
                for text in {t[1] for t in terms}:
                    if found := title_words(text):
                        places.add(" ".join(found), row)
            row += 1
            if len(batch) >= 4096:
                writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=SCHEMA))
                batch.clear()
        if batch:
            writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=SCHEMA))
    if not row:
        raise EmptyGazetteer("no person, artwork, institution or building in the input")
    name_forms = names.save(folder, "names", fame)
    marisa_trie.Trie({key.rpartition(" ")[2] for key in names}).save(str(folder / "endings.marisa"))
    found_titles = titles.save(folder, "titles")
    places.save(folder, "places")
    rows = Rows(folder / "entities.arrow")
    guessed = sorted(
        {(w, items[p]) for w, p in described_makers(described, Index(folder, "names"), rows, (born, died))}
    )
    np.save(folder / "described-work.npy", np.array([r for r, _ in guessed], np.uint32))
    np.save(folder / "described-maker.npy", np.array([c for _, c in guessed], np.int64))
    makers.extend(item for _, item in guessed)
    made.extend(work for work, _ in guessed)
    maker_column, made_column = np.array(makers, np.int64), np.array(made, np.uint32)
    kinship = np.array(alike, np.uint64)
    kinship[np.isin(np.array(items, np.int64), maker_column)] = 0  # works make known
    np.save(folder / "kin.npy", kinship)
    marisa_trie.Trie(_given_names(rows)).save(str(folder / "givens.marisa"))
    order = np.lexsort((made_column, maker_column))
    np.save(folder / "creators.npy", maker_column[order])
    np.save(folder / "works.npy", made_column[order])
    _repair(folder, words)
    title_trie = marisa_trie.Trie(title_count)
    title_trie.save(str(folder / "title-words.marisa"))
    frequency = np.zeros(max(len(title_count), 1), np.uint32)
    for word, count in title_count.items():
        frequency[title_trie[word]] = count
    np.save(folder / "title-words.npy", frequency)
    return {
        "entities": dict(kinds),
        "labels": labels,
        "languages": dict(languages.most_common()),
        "name_forms": name_forms,
        "titles": found_titles,
        "works_with_creator": len(np.unique(made_column)),
    }


def person_keys(labels: Iterable[str], born: int, died: int) -> set[tuple[str, int]]:
    """Every index key of a person with its form (the fullest, where one key comes from several).

    The given name stands alone for artists of before 1600 and for the "of somewhere" names (Leonardo da
    Vinci).
    """
    early = NO_YEAR < born < 1600 or NO_YEAR < died < 1640
    best: dict[str, int] = {}
    for label in labels:
        for i, name in enumerate(parse(label)):
            toponymic = name.toponymic and any(p in TOPONYMIC for p in name.particles) and born < 1650
            for key, form in forms(name, given_alone=early or toponymic):
                if form == Form.FULL and (i or name.dropped):
                    continue
                best[key] = min(best.get(key, 99), int(form))
    return set(best.items())


def _repair(folder: Path, words: Iterable[str]) -> None:
    """Every word of the names, and its one-letter-lost variants as sorted hashes, for finding a misprinted
    one.
    """
    trie = marisa_trie.Trie(words)
    trie.save(str(folder / "words.marisa"))
    hashes, ids = array("I"), array("I")
    for word in words:
        number = trie[word]
        for variant in set(variants(word)):
            hashes.append(word_hash(variant))
            ids.append(number)
    table, numbers = np.array(hashes, np.uint32), np.array(ids, np.uint32)
    order = np.lexsort((numbers, table))
    np.save(folder / "repair-hash.npy", table[order])
    np.save(folder / "repair-word.npy", numbers[order])
