"""Reading a caption: which stretch of it is the number, the title, the technique, the date, the owner, the
credit.

In goes a caption as printed, in English, German or French; out comes a `Reading`: its segments with their
offsets and roles. Whether a name in it is the artist's is not decided here, only where names may stand and
what stands before them ("after", "workshop of"). The rules are data: patterns over words that captions have
used since the 19th century.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from enrich.linking.caseless import Caseless
from enrich.linking.folding import word_list

ROMAN = r"[IVXLCDM]+"
NUMBER = re.compile(
    rf"\s*(?:(?:abb(?:ildung)?|fig(?:ur|ure)?|taf(?:el)?|pl(?:ate|anche)?|illustr(?:ation)?|n[or°º]|nr|beilage|lichtdruck|"
    rf"frontispiece|titelbild|frontispice)\b\.?\s*(?:\d+\s?[a-z]?\b|{ROMAN}\b)?(?:\s*(?:bis|ter|u\.|und|and|et|[-–,&])\s*\d+\w?)?|"
    rf"\(?\d+[a-z]?\s?[.)])\s*[.:,—–-]*\s*",
    re.IGNORECASE,
)
CREDIT = Caseless(
    r"photo|phot\.|(?<!natur)aufnahme|verlag|clich[ée]|with (?:the )?permission|"
    r"by permission|by kind permission|mit genehmigung|copyright|"
    r"cassell|seemann|hanfst|bruckmann|gaz(?:ette|\.) des beaux|l[’']art\b|baschet|"
    r"braun\b|cl[ée]ment|mansell|anderson|alinari|"
    r"giraudon|schabkunstblatt|schwarzkunst|nach dem stich|nach einem stich|gestochen|"
    r"graph\. gesell|owner of the copyright|"
    r"reproduced|reproduction|eigentum und|courtesy|engraved|gravure de|grav[ée] par|"
    r"from the engraving|from an engraving|"
    r"autotype|heliogr|lichtdruck|holzschnitt von(?! *\d)|from perrot|aus dem werk"
)
OWNER = Caseless(
    r"\b(?:museum|mus[ée]e|museo|galerie|gallery|galleria|gall?\.|sammlung|collection|"
    r"collezione|coll\.|louvre|uffizi\w*|offices|"
    r"pinakothek|brera|prado|ermitage|hermitage|eremitage|albertina|kupferstichkabinett?|"
    r"belvedere|nationalgalerie|academy|"
    r"accademia|akademie|acad[ée]mie|palazzo|palais|palace|palast\w*|salle|salon|"
    r"privatbesitz|privatsammlung|besitz|possession|"
    r"kirche|church|dom|cathedral|cath[ée]drale|chapel|chap|kapelle|chapelle|s\. ?m\.|san|"
    r"santa|santo|vatican|vatikan\w*|"
    r"kunsthalle|institut|institute|library|bibliothek|biblioth[èe]que|schlo(?:ss|ß)|"
    r"castle|ch[âa]teau|rathaus|"
    r"pitti|bargello|borghese|farnesina|reichsmuseum|ryksmuseum|rijksmuseum|mauritshuis|"
    r"nat\. ?gal|kunsthandlung)\b"
)
TECHNIQUE = Caseless(
    r"\b(?:[öo]l(?:gem[äa]lde|bild|skizze|studie)?|gem[äa]lde|wandgem[äa]lde|"
    r"deckengem[äa]lde|radierung|kupferstich\w*|holzschnitt\w*|"
    r"(?:feder|kreide|bleistift|hand|kohlen|pinsel|r[öo]tel)?zeichnung|aquarell\w*|"
    r"lithographie|steindruck|fresko|fresco|skizze|entwurf|"
    r"relief|tafelbild|oil(?:-painting)?|painting|panel|canvas|drawing|engraving|etching|"
    r"woodcut|lithograph|water-?colou?r|tempera|"
    r"sketch|pen|peinture|tableau|huile|gravure|eau-forte|dessin|crayon|studien?|"
    r"deckfarben\w*|gouache|tuschzeichnung)\b"
)
YEAR = re.compile(r"(?<!\d)(1[0-9]\d\d|20[0-2]\d)(?:\s?[-–/]\s?(\d{2,4}))?(?!\d)")
LIFE = re.compile(
    r"[(\[]\s*(?:geb\.?|born|b\.|n[ée]e?|\*)?\s*(1\d{3})\??\s*(?:[-–—]|†|to|bis|gest\.?|"
    r"d\.)+\s*(?:nach|ca\.|c\.)?\s*(1\d{3}|20\d\d)?\??\s*[)\]]",
    re.IGNORECASE,
)
QUALIFIERS: tuple[tuple[str, Caseless], ...] = tuple(
    (name, Caseless(pattern + r"\s*$"))
    for name, pattern in (
        ("copy-after", r"(?:\bcopy (?:after|of)|\bkopie nach|\bcopie d[’']apr[èe]s|\bcopie de)"),
        (
            "after",
            r"(?:\bafter|\bnach|\bd[’']apr[èe]s|\bdopo|\bbased on)(?: a (?:painting|drawing|"
            r"work) by| einem gem[äa]lde von| dem gem[äa]lde von| un tableau de)?",
        ),
        (
            "workshop-of",
            r"(?:\bworkshop of|\bstudio of|\bwerkstatt(?: des| von| der)?|"
            r"\batelier d[eu’'](?: la)?|\bbottega di)",
        ),
        (
            "attributed-to",
            r"(?:\battributed to|\bascribed to|\bzugeschrieben(?: dem| an)?|"
            r"\battribu[ée]e? [àa]u?|\bassigned to)",
        ),
        ("school-of", r"(?:\bschool of|\bschule (?:des|von|der)|\b[ée]cole d[eu’']|\bscuola di)"),
        ("circle-of", r"(?:\bcircle of|\bumkreis (?:des|von)|\bentourage d[eu’']|\bkreis (?:des|von))"),
        (
            "follower-of",
            r"(?:\bfollower of|\bpupil of|\bsch[üu]ler (?:des|von)|\bnachfolger (?:des|von)|"
            r"\b[ée]l[èe]ve d[eu’']|\bimitator of)",
        ),
        ("manner-of", r"(?:\bmanner of|\bstyle of|\bin der art (?:des|von)|\bmani[èe]re d[eu’']|\bart des)"),
    )
)
QUALIFYING = Caseless("|".join(p.pattern.removesuffix(r"\s*$") for _, p in QUALIFIERS))
AFTER_NAME: tuple[tuple[str, Caseless], ...] = tuple(
    (name, Caseless(rf"\s*[(,\[]?\s*(?:{pattern})"))
    for name, pattern in (
        ("copy-after", r"(?:kopie nach|copy after|copie d[’']apr[èe]s)\b"),
        ("after", r"(?:nach|after|d[’']apr[èe]s)\s*[)\]]"),
        (
            "workshop-of",
            r"(?:anonymer meister seiner )?(?:werkstatt(?:kopie|replik)?|workshop|atelier|studio|bottega)\b"
            r"\s*(?:[)\].,]|$)",
        ),
        (
            "attributed-to",
            r"(?:zugeschrieben|attributed|attribu[ée]e?|attribution|zuschreibung|ascribed)\b|\?\s*[)\]]|"
            r"(?<=[(\[])(?:vermutlich|wohl|probably|possibly|perhaps|presumably|peut-[êe]tre)\s*[)\]]",
        ),
        ("school-of", r"(?:schule|school|[ée]cole|scuola)\b\s*(?:[)\].,]|$)"),
        ("circle-of", r"(?:umkreis|circle|entourage)\b\s*(?:[)\].,]|$)"),
        (
            "follower-of",
            r"(?:nachfolger|nachahmer|follower|imitator|suiveur|sch[üu]ler|pupil)\b[^)\]]{0,16}(?:[)\].,]|$)",
        ),
        (
            "manner-of",
            r"(?<=[(\[])(?:in der )?(?:art des|manier|manner of|style of|mani[èe]re d[eu])\s*[)\]]",
        ),
    )
)
_ANY_AFTER = Caseless("|".join(f"(?:{p.pattern})" for _, p in AFTER_NAME))
BY = Caseless(
    r"(?:\b(?:by|von|par|di|of|vom|de|du)|^\s*(?:artist|painter|k[üu]nstler|maler|"
    r"peintre)\s*:)\s*(?:the (?:elder|younger|great|master) )?$"
)
BY_SURE = Caseless(
    r"(?:\b(?:by|painted by|drawn by|gemalt von|gezeichnet von|peint par|par|von)|"
    r"^\s*(?:artist|painter|k[üu]nstler|maler|peintre)\s*:)\s*$"
)
_ABBREVIATED = word_list("abbreviations")
_BREAK = re.compile(r"[.;:!?|\n()\[\]«»„“”\"]|—|–|\s-\s|--")


class Segment(NamedTuple):
    """A stretch of the caption, `text[start:end]`, and its role: "text", "credit", "owner", "technique" or
    "date".

    `closed` tells what ends it: the punctuation character, or "" at the end of the caption.
    """

    start: int
    end: int
    role: str
    closed: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A caption taken apart. `start` is where it begins after its number; `years` are (offset, first,
    last).
    """

    text: str
    start: int
    number: str
    segments: tuple[Segment, ...]
    years: tuple[tuple[int, int, int], ...]
    life: tuple[int, int | None] | None

    def role_at(self, offset: int) -> str:
        """The role of the segment that holds a character of the caption."""
        return next((s.role for s in self.segments if s.start <= offset < s.end), "text")


@lru_cache(maxsize=1 << 12)
def read(caption: str) -> Reading:
    """Take a caption apart. Never fails: what it does not understand is "text".

    >>> [r.role for r in read("Abb. 3. Die Taufe. Radierung von 1641. (Nach einer Photographie.)").segments]
    ['text', 'technique', 'credit']
    """
    start = 0
    number = ""
    match = NUMBER.match(caption)
    if match and match.end() < len(caption):
        start, number = match.end(), match[0].strip(" .:,—–-")
    segments = tuple(_segments(caption, start))
    life = LIFE.search(caption)
    years = []
    for m in YEAR.finditer(caption, start):
        first = int(m[1])
        last = int(m[2]) if m[2] and len(m[2]) == 4 else int(m[1][: 4 - len(m[2])] + m[2]) if m[2] else first
        if not (life and life.start() <= m.start() < life.end()):
            years.append((m.start(), first, max(first, last)))
    dates = (int(life[1]), int(life[2]) if life[2] else None) if life else None
    return Reading(caption, start, number, segments, tuple(years), dates)


_PLACED = (
    Caseless(r"(?:^|[.;:—–\s(])\s*(?:(?:links|rechts|oben|unten|mitte)|(?:left|right|above|below|top|bottom|centre|center)|"
             r"(?:[àa] gauche|[àa] droite|en haut|en bas|gauche|droite))\s*[:.]\s*"),
    re.compile(r"(?:^|[.;\s])\s*(?:\(?[a-h]\)|\([a-h]\)|[a-h]\.)\s+(?=[^\W\d_a-zäöü])"),
    re.compile(r"(?:^|[.;]\s+|\s[—–]\s)(?:\(?\d{1,3}[.)]|(?:Abb|Fig|Nr|No)\.\s*\d+[.:]?)\s+(?=[^\W\d_a-zäöü])"),
)  # fmt: skip


def _count(mark: str) -> int | None:
    """The number of a mark, a letter's place in the alphabet, None for "links" and "rechts"."""
    number = re.search(r"\d+", mark)
    letter = re.search(r"(?<![^\W\d_])[a-h](?![^\W\d_])", mark)
    return int(number[0]) if number else ord(letter[0]) if letter else None


def works_in(caption: str) -> list[tuple[int, int]]:
    """Where each of several works that one caption names stands ("Links: … Rechts: …", "a) … b) …",
    "1. … 2. …", counted on); [] when it names one.

    >>> text = "1. Tizian, Flora. 2. Giorgione, Ruhende Venus."
    >>> [text[a:b] for a, b in works_in(text)]
    ['Tizian, Flora.', 'Giorgione, Ruhende Venus.']
    """
    for marks in _PLACED:
        first = marks.search(caption)
        if first is None or first.start() >= 24:
            continue
        found = list(marks.finditer(caption))
        if len(found) > 1:
            ends = [*(m.start() + (caption[m.start()] in ".;") for m in found[1:]), len(caption)]
            parts = [(m.end(), end) for m, end in zip(found, ends, strict=True)]
            counted = [_count(m[0]) for m in found]
            on = all(n is None for n in counted) or counted == [
                (counted[0] or 0) + i for i in range(len(counted))
            ]
            if on and all(len(caption[a:b].strip(" .;,")) > 5 for a, b in parts):
                return [(a, b) for a, b in parts]
    return []


def _segments(text: str, start: int) -> list[Segment]:
    out: list[Segment] = []
    begin = start
    depth = 0
    for match in _BREAK.finditer(text, start):
        mark = match[0]
        if mark == "." and not _ends_sentence(text, match.start()):
            continue
        if text[begin : match.start()].strip(" ,.’'"):
            out.append(_segment(text, begin, match.start(), mark.strip(), depth))
        depth += (mark in "([") - (mark in ")]" and depth > 0)
        begin = match.end()
    if text[begin:].strip(" ,.’'"):
        out.append(_segment(text, begin, len(text), "", depth))
    return out


def _ends_sentence(text: str, point: int) -> bool:
    """Whether the point at `text[point]` ends a sentence: not after an initial or an abbreviation, not
    before a small letter.
    """
    after = text[point + 1 : point + 3].lstrip()
    if text[point + 1 : point + 2].isalnum() and not text[point + 1].isupper():
        return False
    if after and after[0].islower():
        return False
    begin = point
    while begin and text[begin - 1].isalnum() and not text[begin - 1].isdecimal():
        begin -= 1
    word = text[begin:point]
    if not word:
        return True
    known = word.lower().replace("ö", "o") in _ABBREVIATED and not (word.isupper() and len(word) > 3)
    return len(word) > 1 and not known


def _segment(text: str, start: int, end: int, mark: str, depth: int) -> Segment:
    while start < end and text[start] in " ,.’'\t":
        start += 1
    while end > start and text[end - 1] in " ,\t":
        end -= 1
    return Segment(start, end, _role(text[start:end], bool(depth)), mark)


@lru_cache(maxsize=1 << 13)
def _role(part: str, inside: bool) -> str:
    """The role of a segment, in brackets or not; kept, since owners and credits come again and again."""
    if CREDIT.search(part):
        return "credit"
    if YEAR.fullmatch(part.strip(" .,()")):
        return "date"
    if (m := TECHNIQUE.search(part)) and (m.start() < 12 or inside):
        return "technique"
    if (m := OWNER.search(part)) and (m.start() < 25 or inside):
        return "owner"
    return "text"


_STUDY = Caseless(
    r"(?:studien?|skizzen?|entw[uü]rfe?|kartons?|vorzeichnung|study|studies|sketch(?:es)?|cartoons?|design|"
    r"[ée]tudes?|esquisses?|cartons?|projet)\b[^.;:]*?\b(?:zu[mr]?|f[uü]r|for|pour)\b(?=[^.;:]*$)"
)


def is_study(text: str, start: int, end: int) -> bool:
    """Whether the title at `text[start:end]` names the work that a study, sketch or cartoon was made for.

    >>> caption = "Abb. 62. Entwurf zur Madonna aus dem Hause Alba in Petersburg."
    >>> is_study(caption, caption.index("Madonna"), caption.index(" in"))
    True
    >>> is_study("Studienkopf. Madonna Colonna", 13, 28)
    False
    """
    return bool(_STUDY.search(text[:start]) or _STUDY.search(text[start:end].rstrip(" .;:")))


_OWN = re.compile(r"(?:\b(?:van|von|de|der|den|ten|ter|del|della|da|di|du|la|le)\s+)+$", re.IGNORECASE)


def qualifier(text: str, start: int, end: int) -> str:
    """The qualifier of a name at `text[start:end]` ("after", "workshop-of", …), "" for plain attribution.

    >>> qualifier("after van Dyck", 10, 14), qualifier("Rembrandt (?)", 0, 9), qualifier("by van Dyck", 7, 11)
    ('after', 'attributed-to', '')
    """
    before = text[max(0, start - 40) : start]
    if before and QUALIFYING.search(before):
        for words in (before, _OWN.sub("", before)):
            for name, pattern in QUALIFIERS:
                if pattern.search(words):
                    return name
    after = text[end : end + 30]
    if _ANY_AFTER.match(after):
        for name, pattern in AFTER_NAME:
            if pattern.match(after):
                return name
    return ""
