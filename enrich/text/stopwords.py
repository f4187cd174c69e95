"""Words that say nothing about what a text is about, by language: data, with one function that joins them.

spaCy's lists are the ground; added are the dust of captions and references ("Abb.", "fig.") and the filler of
scholarly prose in the spelling of 1800–1920.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

# What stands under pictures and in references in place of words, in the languages of the trade.
DUST = """
abb abbild abbildung abbildungen fig figs figure figures figur figuren taf tafel tafeln bd band pl plate
plates planche planches tav tavola illustration illustrations nr no nro num vol vols pp pag page pages
seite seiten anm cf vgl usw etc dgl bzw resp ca circa ebd ibid op cit ed edn ff sq mm cm ft inch inches
mr mrs mme mlle dr prof st ste hl heil kgl königl verl verlag phot photo photogr photographie
originalphotographie chapter kapitel chap cap chapitre gutenberg project ebook transcriber footnote note
notes san santa santo sta
"""

FILLER = {
    "de": """
ward sodann sey seyn seien daß dass giebt gibt theil theils teil teils desselben derselben demselben
denselben dieselbe dieselben derselbe dasselbe jenes jener jene jenem welch solch solche solcher sogar
hierin darin darauf dazu davon daran daneben dabei hierbei indessen allein freilich ebenso endlich
zuletzt zugleich zunächst übrigens etwa fast ganz gar recht sehr wol wohl zwar nur noch schon bald stets
oft meist lassen machen geben kommen gehen stehen sehen finden zeigen bringen nehmen halten lang kurz
gewiß gewiss einzeln wenig viel mal heutig vorig obig zahlreich bereits nämlich namentlich besonders bloß
wirklich überhaupt ding art weise fall jahr zeit erscheinen befinden besitzen bleiben führen liegen
stellen setzen bilden nennen sagen wissen scheinen gelten folgen
""",
    "en": """
thus hence upon whilst amongst thereof therein wherein whose shall unto one two three four five six seven
eight nine ten first second third last like also may might must much many well still even ever never yet
however indeed perhaps probably certainly almost quite rather often always soon later early late good
great little new old give take make come go see find show seem know think say tell become call use work
time year way thing part side hand day man kind sort example page mere represent appear stand follow
begin
""",
    "fr": """
ainsi aussi alors après avant bien chez comme contre dans depuis dont encore enfin ensuite entre fort
jamais même moins non où oui parce parmi pendant peu plus plusieurs point pourtant presque puis quand
quel quelque quelques sans selon seul seulement si sous surtout tant tel tous tout très trop vers voici
voilà faire dire voir aller venir mettre prendre donner falloir pouvoir vouloir devoir savoir trouver
passer rester rendre laisser an année fois jour chose temps grand petit beau bel bon deux trois ici
aujourd'hui aujourd’hui là être avoir
""",
}


@lru_cache(maxsize=32)
def stop_words(language: str) -> frozenset[str]:
    """All of them for a language (ISO 639-1, "" = only the dust), in small letters."""
    try:
        listed = import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS if language else set()
    except ModuleNotFoundError:
        listed = set()
    return frozenset({*listed, *FILLER.get(language, "").split(), *DUST.split()})
