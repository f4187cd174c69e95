"""What a caption says its picture was made with, as far as that contradicts a painting.

"Studie (Bleistift)" shows a drawing, "Radierung von 1633" a print, so neither is the painting of that title,
unless the caption says that it was made after one ("Nach dem Stich von …", "Radierung von W. Unger").
"""

from __future__ import annotations

from enrich.linking.caseless import Caseless

_DRAWN = Caseless(
    r"zeichnung|radierung|kupferstich|holzschnitt|lithogra|drawing|engraving|etching|"
    r"woodcut|sketch|skizze|studie|study|entwurf|dessin|gravure|eau-forte|detail|kopf aus"
)
_SKETCHED = Caseless(
    r"(?:hand|feder|kreide|kohlen?|pinsel|sepia|bleistift|r[öo]tel|silberstift|tusch)zeichnung|"
    r"\bdrawings?\b|\bdessins?\b|"
    r"(?:akt|natur|gewand|modell|feder|bleistift)studien?|\bstudienk[öo]pf|\bstudien?\W+bleistift"
)
_CUT = Caseless(
    r"\b(?:radierung|kupferstich|holzschnitt|schabkunst|schwarzkunst|steindruck|lithographie)\w*|"
    r"\b(?:etching|engraving|woodcut|mezzotint|aquatint|lithograph|eau-forte|gravure|estampe)s?\b"
)
_AFTER = Caseless(r"\b(?:nach|after|from|d[’']apr[èe]s)\b[^.;:]*$")
_BY = Caseless(r"\W*(?:von|by|par|de)\s+[^\W\d_]")
_PAINTED = Caseless(r"gem[äa]lde|painting|[öo]lbild|fresco|fresko|panel|tableau|peinture|canvas|altar")


def painted(text: str) -> bool:
    """Whether a painting is named."""
    return bool(_PAINTED.search(text))


def drawn(text: str) -> bool:
    """Whether a drawing, a print or a part of something is named, and no painting."""
    return bool(_DRAWN.search(text)) and not painted(text)


def sketched(text: str) -> bool:
    """Whether a drawing or a study is named, and no painting.

    >>> sketched("Studien (Bleistift)"), sketched("Alte Bezeichnung")
    (True, False)
    """
    return bool(_SKETCHED.search(text)) and not painted(text)


def cut(text: str) -> bool:
    """Whether a print is named that is not said to be after or by another.

    >>> [cut(t) for t in ("Radierung von 1633", "Radierung von W. Unger", "Nach dem Holzschnitt", "Etching")]
    [True, False, False, True]
    """
    match = _CUT.search(text)
    if match is None or painted(text):
        return False
    return not (_AFTER.search(text[: match.start()]) or _BY.match(text[match.end() :]))
