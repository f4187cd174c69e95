"""The schemes of kinds of picture as data: `category.json`, `medium.json` with their labels in three
languages.

A project's own scheme is a SKOS file (`vision.schemes.skos`) given when its model is trained; a label that no
scheme knows is its own name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kg.nouns import Entity, Text


@cache
def scheme(name: str) -> dict[str, Any]:
    """The scheme called `name`; an empty one when there is none."""
    path = Path(__file__).with_name(f"{name}.json")
    if not path.exists():
        return {"scheme": name, "order": [], "labels": {}}
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def order(name: str) -> tuple[str, ...]:
    """The labels of a scheme in their usual order."""
    return tuple(scheme(name)["order"])


def words(name: str) -> dict[str, list[str]]:
    """For some labels, parts of the names of ImageNet classes that show such things."""
    return dict(scheme(name).get("imagenet", {}))


def prompts(name: str) -> dict[str, dict[str, str]]:
    """The labels of a scheme in the words by which an image-and-text encoder is asked for them."""
    known = scheme(name)
    return {label: known.get("prompts", {}).get(label, names) for label, names in known["labels"].items()}


def entity(name: str, label: str, own: Mapping[str, Any] | None = None) -> Entity:
    """A label of a scheme as the entity a claim names: kind = scheme, id = label, with its labels by
    language. `own` is a project's scheme as a model's card keeps it (`vision.schemes.skos`): its concept's
    IRI becomes an exactMatch.
    """
    concept = (own or {}).get(label)
    if concept is not None:
        texts = tuple(Text(value, language) for language, value in concept["labels"].items())
        return Entity(name, label, texts, (("exactMatch", str(concept["iri"])),))
    words = scheme(name)["labels"].get(label, {"": label.replace("-", " ")})
    return Entity(name, label, tuple(Text(value, language) for language, value in words.items()))
