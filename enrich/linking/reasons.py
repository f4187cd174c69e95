"""Why a candidate is likely or not, in sentences: features go in, what a claim's evidence says comes out.

The sentences are translated by the web side (`api/reasons.toml`); a new one needs its translations.
"""

from __future__ import annotations

from enrich.linking.artists import Suspect
from enrich.linking.works import Sight

ROLE = {
    "whole": "the caption is the name", "lead": "the name opens the caption",
    "lead-title": "the name opens the caption", "lead-comma": "the name opens the caption",
    "lead-given": "the name opens the caption",
    "lead-run": "the caption begins with the name", "by": "named as the maker", "of": "named after “of”",
    "possessive": "named in the possessive", "tail": "the name stands by itself",
    "signed": "the name stands by itself",
    "inside": "named within the caption",
    "subject": "the source is about this artist", "heading": "named in the heading",
}  # fmt: skip
HOW = {
    "attributed-to": "attributed to", "workshop-of": "by the workshop of", "follower-of": "by a follower of",
    "circle-of": "from the circle of", "manner-of": "in the manner of", "after": "after",
    "school-of": "of the school of",
}  # fmt: skip
FORM = ("full name", "given name and surname", "initial and surname", "surname only", "given name only")


def artist_reasons(s: Suspect) -> tuple[str, ...]:
    """Why a caption may name this person."""
    f = s.features
    out = [ROLE[s.role], FORM[s.candidate.form]]
    if f.get("repaired"):
        out.append("after repairing one letter")
    if f.get("title-support", 0) > 0.75:
        out.append("the caption names a work of this artist")
    if f.get("named-nearby", 0) >= 1:
        out.append("named in full nearby")
    if f.get("company"):
        out.append("named in full by other captions of the source")
    if f.get("alive"):
        out.append("alive when printed")
    if f.get("long-dead"):
        out.append("long dead when printed")
    if f.get("life-agrees"):
        out.append("life dates agree")
    if f.get("life-contradicts"):
        out.append("life dates contradict")
    if f.get("nation-agrees"):
        out.append("of the school named")
    if f.get("nation-contradicts"):
        out.append("of another nation than the school named")
    if f.get("passage-here"):
        out.append("named in full in the same stretch of text")
    if f.get("passage-echo", 0) > 0.5:
        out.append("meant by the same name elsewhere in the text")
    if f.get("alternatives", 0) > 0:
        out.append("others bear the name too")
    if s.twins:
        out.append(f"the gazetteer holds this person twice, also as {', '.join(s.twins)}")
    return tuple(out)


def work_reasons(s: Sight) -> tuple[str, ...]:
    """Why a caption may show this work."""
    f = s.features
    out = ["the same title"] if f["exact"] else [f"title alike {f['f']:.2f}"] if f["f"] else []
    out.append("by the artist named" if s.maker is not None else "no artist named")
    if f.get("sight"):
        out.append("the picture repeats a known reproduction of it")
    if f.get("sight-contradicts", 0) > 0.5:
        out.append("the picture repeats a reproduction of another work")
    for name, text in (
        ("date-agrees", "date agrees"), ("date-contradicts", "date contradicts"), ("holder", "owner agrees"),
        ("inventory", "inventory number agrees"), ("generic", "a title many works bear"),
        ("rivals", "other works are as like"),
        ("part", "perhaps a part or a study of it"),
        ("maker-agrees", "catalogued with the same qualification"),
        ("maker-doubted", "the gazetteer does not give it plainly to this artist"),
        ("exact-part", "the same as a part of the title"),
        ("text-year", "the text near names its year"),
        ("claimed", "another caption of the source names it better"),
        ("drawn-painting", "the caption speaks of a drawing, the work is a painting"),
        ("cut-painting", "the caption speaks of a print, the work is a painting"),
    ):  # fmt: skip
        if f.get(name, 0) > 0:
            out.append(text)
    return tuple(out)
