"""Iconclass as a thesaurus, from the Python package `iconclass`, offline.

In goes a notation, or "" for all; out come the concepts below it with their texts and keywords in English,
German, French and Italian. A keyword that many concepts share ("Christ") would find all of them, so each
keyword belongs to the few concepts that it says most about: the shortest notations that bear it. The package
and its data (CC0) come with `pip install legenda[iconclass]`.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

from enrich.text.thesaurus import Concept, Thesaurus, ThesaurusError
from kg.nouns import Text

LANGUAGES = ("en", "de", "fr", "it")
_SHARED = 2  # concepts that a keyword may find at most
_ASIDE = re.compile(r"\([^)]*\)|~.*$|\*.*$")


def read_iconclass(notation: str) -> Thesaurus:
    """The concepts at and below a notation. Raises ThesaurusError when the package is not installed or has no
    such notation."""
    package = find_spec("iconclass")
    if package is None or package.origin is None:
        raise ThesaurusError("iconclass: is not installed; pip install 'legenda[iconclass]' brings it")
    with ZipFile(Path(package.origin).parent / "data.zip") as data:
        children = _children(data.read("notations.txt").decode("utf-8"))
        texts = {code: _table(data.read(f"txt_{code}.txt").decode("utf-8"), notation) for code in LANGUAGES}
        words = {code: _table(data.read(f"kw_{code}.txt").decode("utf-8"), notation) for code in LANGUAGES}
    below = _below(notation, children)
    labelled = [n for n in below if any(texts[code].get(n) for code in LANGUAGES)]
    if not labelled:
        raise ThesaurusError(f"iconclass:{notation}: there is no such notation")
    keywords = {code: _keywords(labelled, words[code]) for code in LANGUAGES}
    parent = {child: above for above, own in children.items() for child in own}
    held = set(labelled)
    concepts = {
        n: Concept(
            id=n,
            iri=f"https://iconclass.org/{n}",
            labels=tuple(Text(texts[code][n][0], code) for code in LANGUAGES if texts[code].get(n)),
            alternatives=tuple(_alternatives(n, texts, keywords)),
            broader=(parent[n],) if parent.get(n) in held else (),
        )
        for n in labelled
    }
    digest = hashlib.sha256("\n".join([notation, *labelled]).encode()).hexdigest()
    return Thesaurus(concepts, digest)


def _alternatives(
    notation: str, texts: dict[str, dict[str, list[str]]], keywords: dict[str, dict[str, list[str]]]
) -> list[Text]:
    """The keywords of a concept, and its text without asides ("altar (Christian worship)" → "altar")."""
    found: list[Text] = []
    for code in LANGUAGES:
        short = _ASIDE.sub("", (texts[code].get(notation) or [""])[0]).strip(" ,;")
        own = dict.fromkeys([short, *keywords[code].get(notation, [])])
        found += [Text(word, code) for word in own if len(word) > 2]
    return found


def _keywords(notations: list[str], words: dict[str, list[str]]) -> dict[str, list[str]]:
    """By notation, the keywords that few concepts share: each goes to the shortest notations that have it."""
    bearers: dict[str, list[str]] = defaultdict(list)
    for notation in notations:
        for word in words.get(notation, []):
            bearers[word].append(notation)
    found: dict[str, list[str]] = defaultdict(list)
    for word, own in bearers.items():
        own.sort(key=lambda n: (len(n), n))
        first = [n for n in own if len(n) == len(own[0])]
        if len(first) <= _SHARED:
            for notation in first:
                found[notation].append(word)
    return found


def _children(text: str) -> dict[str, list[str]]:
    """The narrower notations of each, as the data's records have them ("N 71", "C 71A", "; 71B")."""
    found: dict[str, list[str]] = {}
    for record in text.split("\n$"):
        own, field = "", ""
        narrower: list[str] = []
        for line in record.split("\n"):
            name, _, value = line.partition(" ")
            field = field if name == ";" else name
            if name == "N":
                own = value.strip()
            elif field == "C" and name in ("C", ";"):
                narrower.append(value.strip())
        if own:
            found[own] = narrower
    return found


def _below(notation: str, children: dict[str, list[str]]) -> list[str]:
    """The notations at and below one, without those that stand for a name to be filled in ("(...)")."""
    waiting = [notation] if notation else list("0123456789")
    found: dict[str, None] = {}
    while waiting:
        current = waiting.pop()
        if current in found or current not in children or "(..." in current:
            continue
        found[current] = None
        waiting += children[current]
    return sorted(found)


def _table(text: str, notation: str) -> dict[str, list[str]]:
    """The texts by notation, of those that begin like `notation`, as all below it do."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        if line.startswith(notation):
            own, bar, value = line.strip().partition("|")
            if bar and value:
                found[own].append(value.strip())
    return dict(found)
