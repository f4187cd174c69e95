"""The words that captions begin with, in the languages of digitised books and journals."""

from __future__ import annotations

import re

_NAMES = (
    "abb(?:ild(?:ung(?:en)?)?)?", "fig(?:ur(?:en|es?)?|s)?", "figs", "taf(?:eln?)?", "tab",
    "pl(?:ates?|anches?)?",
    "bild(?:er)?", "ill(?:us(?:tr(?:ations?)?)?)?", "textfig(?:ur)?", "textabb(?:ildung)?", "kunstbeilage",
    "karte", "kart", "map", "carte", "plan", "photos?", "phot", "grav(?:ure)?", "vignette", "cut",
    "no", "nr",
    "l[áa]m(?:inas?)?", "grabado", "figura", "tav(?:ol[ae])?", "afb(?:eelding(?:en)?)?", "plaat", "prent",
    "est(?:ampa)?", "obr(?:[áa]z(?:ek)?)?", "ryc(?:ina)?", "tabl(?:ica)?", "kuva", "рис(?:унок)?",
    "табл(?:ица)?",
    "εικ(?:[όο]να)?", "ציור", "תמונה", "שמות?",
)  # fmt: skip
#: "Abb. 12.", "Fig. 3 bis", "Taf. IV", "PLATE I.—", "№ 9", "Рис. 2": a text that numbers a picture.
LABEL = re.compile(
    r"^[^\w№]{0,3}(?:(?:" + "|".join(_NAMES) + r")\b|№)\.?\s*(?:n[ro°º]\.?\s*)?(?:\d{1,4}\b|[ivxlc]{1,7}\b)",
    re.IGNORECASE,
)
#: Words that name who made or reproduced a picture.
CREDIT = re.compile(
    r"(?i)\b(phot(?:o|\.|ogr)|aufn(?:ahme|\.)|clich[ée]|d['’]apr[èe]s|dessin de|"
    r"grav(?:ure|[ée]e?) (?:de|par)|"
    r"nach (?:einer?|dem|der) \w*(?:photogr|zeichn|gem[äa]lde|skizze)|gezeichnet von|"
    r"from a (?:photo|draw|paint)\w*|"
    r"after (?:a|the) \w+|drawn by|engraved by|copyright|fot(?:o|\.|ogr)|dibujo de|da una fotografia)"
)

#: A house in a street, an hour, a price: what stands under the picture of an advertisement.
ADDRESS = re.compile(
    r"(?i)^\W*\d{1,4}\s*(?:bis|ter)?\s*,?\s*(?:rue|boul(?:evard|\.)|bd|av(?:enue|\.)|place|quai|passage|faubourg|cours)\b|"
    r"\b\w*(?:stra(?:ss|ß|ſſ|ſs)e|str\.|gasse|platz|allee)\s*\d{1,4}\b|"
    r"^\W*\d{1,4},?\s+(?:\w+\s+){1,3}(?:street|st\.|avenue|ave\.|road|rd\.)|"
    r"\bt[ée]l[ée]ph(?:one|on)?\b|\b(?:prix|preis|price)\s*:?\s*(?:[MKFL£$]\.?\s*)?\d"
)


def page_number(text: str) -> str:
    """A page number in what was read for one: digits or a Roman number, "" for anything else."""
    match = re.fullmatch(r"[\W_]*(\d{1,4}[a-z]?|[ivxlcdm]{1,9})[\W_]*", text.strip(), re.IGNORECASE)
    return match[1] if match else ""
