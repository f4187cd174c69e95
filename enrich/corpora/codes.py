"""Dates, languages and rights as libraries write them, as the graph wants them: EDTF and BCP 47.

In: text of a record. Out: the same in standard form; what is not understood stays as it is (dates) or
becomes "" (languages).
"""

from __future__ import annotations

import re

_LANGUAGES = {
    "de": "de ger deu german deutsch allemand goh gmh", "en": "en eng english englisch anglais",
    "fr": "fr fre fra french französisch français francais frm", "it": "it ita italian italiano italienisch",
    "es": "es spa spanish español spanisch", "nl": "nl dut nld dutch nederlands", "la": "la lat latin latein",
    "pt": "pt por portuguese", "pl": "pl pol polish", "cs": "cs cze ces czech", "da": "da dan danish",
    "sv": "sv swe swedish", "nb": "nb nob", "no": "no nor norwegian", "fi": "fi fin finnish",
    "hu": "hu hun hungarian", "ru": "ru rus russian", "el": "el gre ell grc greek", "he": "he heb hbo hebrew",
    "yi": "yi yid", "ar": "ar ara arabic", "fa": "fa per fas", "ca": "ca cat", "cy": "cy wel cym welsh",
    "lb": "lb ltz", "hr": "hr hrv scr", "sl": "sl slv", "sk": "sk slo slk",
    "ro": "ro rum ron", "uk": "uk ukr",
    "ja": "ja jpn", "zh": "zh chi zho", "tr": "tr tur ota", "et": "et est", "lv": "lv lav", "lt": "lt lit",
}  # fmt: skip
_CODE = {word: code for code, words in _LANGUAGES.items() for word in words.split()}
_ISO = re.compile(r"\b(1[0-9]\d\d|20\d\d)(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?\b")
_DOTTED = re.compile(r"\b(0?[1-9]|[12]\d|3[01])[./](0?[1-9]|1[0-2])[./](1[0-9]\d\d|20\d\d)\b")
_COMPACT = re.compile(r"\b(1[0-9]\d\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\b")
_SPAN = re.compile(r"\b(1[0-9]\d\d|20\d\d)\s*[-–/]\s*(1[0-9]\d\d|20\d\d)\b")


def language(text: str) -> str:
    """BCP 47 for a code or name of a language, "" when it is none that is known.

    >>> language("ger"), language("French"), language("de-Latf"), language("xx!")
    ('de', 'fr', 'de-Latf', '')
    """
    text = text.strip()
    found = _CODE.get(text.lower())
    if found:
        return found
    main, dash, rest = text.replace("_", "-").partition("-")
    if dash and main.lower() in _CODE and re.fullmatch(r"[A-Za-z0-9-]{1,20}", rest):
        return f"{_CODE[main.lower()]}-{rest}"
    return text.lower() if re.fullmatch(r"[A-Za-z]{2,3}", text) else ""


def date(text: str) -> str:
    """A date as EDTF where one is in the text, else the text if it has a year in it, else "".

    >>> date("03.06.1900"), date("19100216"), date("1903-1905"), date("Leipzig 1897"), date("n.d.")
    ('1900-06-03', '1910-02-16', '1903/1905', '1897', '')
    """
    text = text.strip()
    if match := _SPAN.search(text):
        return f"{match[1]}/{match[2]}" if match[1] < match[2] else match[1]
    if match := _DOTTED.search(text):
        return f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
    if match := _COMPACT.search(text):
        return "-".join(match.groups())
    if match := _ISO.search(text):
        return "-".join(g for g in match.groups() if g)
    return text if re.search(r"\d{3}", text) and len(text) < 40 else ""
