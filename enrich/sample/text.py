"""The journal's articles and the passages that stand round its plates.

In go the articles (`articles/LANGUAGE.txt`, written for this sample: a heading, then one sentence a
line, with {alternatives|to choose from}); out come a heading and the text before and after each plate,
in reading order, so that the plates of one article share its matter and no two passages are the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

REMARKS: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {
        "reproduction": (
            "Die Abbildung gibt das Gemälde nur im Ton wieder; die Farbe muß man sich hinzudenken.",
            "Unsere Tafel zeigt das Bild nach einer neuen Aufnahme, ohne den Rahmen.",
        ),
        "graphic": (
            "Das Blatt ist etwas verkleinert wiedergegeben, der Strich aber in voller Schärfe.",
            "Wir bringen das Blatt nach einem guten Abzug.",
        ),
        "photography": (
            "Die Aufnahme entstand am frühen Morgen und ist nicht überarbeitet.",
            "Unsere Photographie wurde eigens für diesen Aufsatz gemacht.",
        ),
        "object": (
            "Das Stück ist in einem Drittel seiner Größe abgebildet.",
            "Das Gefäß steht jetzt in der neuen Vitrine am Fenster.",
        ),
        "architecture": (
            "Die Abbildung zeigt den Bau von der Seite, von der ihn die alten Stiche zeigen.",
            "Man beachte die Profile, die in der Zeichnung deutlicher sind als am Bau.",
        ),
        "sculpture": (
            "Die Aufnahme nach dem Abguß wurde bei Seitenlicht gemacht.",
            "Unsere Abbildung zeigt das Bildwerk von links.",
        ),
        "plan": (
            "Der Plan ist nach dem Aufmaß gezeichnet; der Maßstab steht darunter.",
            "In den Plan sind die Räume mit Buchstaben eingetragen.",
        ),
        "ornament": (
            "Das Muster ist nach dem Original durchgezeichnet.",
            "Die Tafel zeigt das Ornament in der Fläche ausgebreitet.",
        ),
    },
    "fr": {
        "reproduction": (
            "Notre planche donne le tableau entier, sans son cadre.",
            "La reproduction ne rend que les valeurs; il faut imaginer la couleur.",
        ),
        "graphic": (
            "Le dessin est reproduit aux deux tiers de l’original.",
            "Nous reproduisons l’épreuve d’un amateur, dont la marge est intacte.",
        ),
        "photography": (
            "La photographie a été prise de bon matin, sans retouche.",
            "Le cliché a été fait pour cet article.",
        ),
        "object": (
            "L’objet est photographié sur un fond uni, au tiers de sa grandeur.",
            "La pièce a figuré à l’exposition rétrospective.",
        ),
        "architecture": (
            "La vue est prise du côté que préféraient les anciens graveurs.",
            "On remarquera sur notre figure la fermeté des profils.",
        ),
        "sculpture": (
            "Le moulage a été photographié sous une lumière de côté.",
            "Notre figure montre la statue de trois quarts.",
        ),
        "plan": (
            "Le plan est dressé d’après les relevés; l’échelle est indiquée au bas.",
            "Les lettres du plan renvoient aux différentes parties de l’édifice.",
        ),
        "ornament": ("Le motif est relevé à plat, au trait.", "La planche montre le raccord du motif."),
    },
    "en": {
        "reproduction": (
            "The picture is here reproduced without its frame.",
            "Our plate is from a photograph made in the gallery.",
        ),
        "graphic": (
            "The sheet is slightly reduced, but the line is untouched.",
            "It is reproduced from a good impression in private hands.",
        ),
        "photography": (
            "The photograph was taken in the early morning and has not been retouched.",
            "Our illustration is from the author's own negative.",
        ),
        "object": (
            "The piece is shown at a third of its size.",
            "It stood for many years in a farm kitchen.",
        ),
        "architecture": (
            "The view is taken from the side which the old engravers preferred.",
            "The mouldings are clearer in the figure than on the building.",
        ),
        "sculpture": ("The cast was photographed in a side light.", "Our figure shows it from the left."),
        "plan": (
            "The plan is drawn from measurement, and the scale is given below.",
            "The letters refer to the rooms.",
        ),
        "ornament": (
            "The pattern is traced from the original and laid flat.",
            "The plate shows the repeat in both directions.",
        ),
    },
}


@dataclass(frozen=True)
class Article:
    """One article: heading and sentences with their alternatives still open."""

    heading: str
    sentences: tuple[str, ...]


def articles(language: str) -> dict[str, Article]:
    """The articles of a language by subject."""
    out: dict[str, Article] = {}
    text = (files("enrich.sample") / "articles" / f"{language}.txt").read_text(encoding="utf-8")
    for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        first, *lines = part.strip().splitlines()
        subject, heading = (s.strip() for s in first.split("|"))
        out[subject] = Article(heading, tuple(line.strip() for line in lines))
    return out


def choose(rng: np.random.Generator, sentence: str) -> str:
    """The sentence with one of each {set|of alternatives}."""

    def pick(match: re.Match[str]) -> str:
        options = match[1].split("|")
        return options[int(rng.integers(len(options)))]

    return re.sub(r"\{([^}]*)\}", pick, sentence)


def passages(
    rng: np.random.Generator, article: Article, language: str, kind: str, place: int, of: int
) -> tuple[str, str]:
    """(text before, text after) of the article's plate number `place` of `of`, 80 to 200 words together.

    The plates stand in reading order in the article: each is set between the sentences that its place
    falls on, the passage before it and the one after it are paragraphs of four to five sentences.
    """
    n = len(article.sentences)
    at = round((place + 0.5) / of * n)
    at = min(max(at, min(4, n)), max(n - 3, 1)) if n > 6 else n // 2
    before = [choose(rng, s) for s in article.sentences[max(0, at - 5) : at]]
    after = [choose(rng, s) for s in article.sentences[at : at + 4]]
    remarks = REMARKS[language][kind]
    after.insert(int(rng.integers(0, 2)), remarks[int(rng.integers(len(remarks)))])
    return " ".join(before), " ".join(after)
