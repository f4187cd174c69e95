"""What the linker never does, held over captions that are put together freely."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.linking.gazetteer import open_gazetteer
from enrich.linking.groups import YOUNGEST
from enrich.linking.linker import Linker
from enrich.linking.load import load
from enrich.linking.records import ARTWORK, PERSON
from enrich.linking.request import Answer, Request

BUILTIN = Linker(open_gazetteer("builtin"))
QUALIFIED = {
    "after {}": "after", "Nach {}": "after", "d’après {}": "after", "Workshop of {}": "workshop-of",
    "{} (Werkstatt)": "workshop-of", "Attributed to {}": "attributed-to",
    "{} (zugeschrieben)": "attributed-to", "School of {}": "school-of", "{} (Kopie nach)": "copy-after",
    "Umkreis des {}": "circle-of", "{} (?)": "attributed-to",
    "{} (Nachfolger)": "follower-of", "In der Art des {}": "manner-of", "{} (vermutlich)": "attributed-to",
}  # fmt: skip
NAMES = ("Albrecht Dürer", "REMBRANDT", "Raffael", "J.-F. Millet", "Titian", "van Dyck", "Rubens", "Goya, F.")
TITLES = (
    "Selbstbildnis", "The Night Watch", "Madonna", "Untitled", "Ohne Titel", "Les Glaneuses", "Portrait",
    "Landschaft", "Die Sixtinische Madonna", "Study of a head", "Mona Lisa",
)  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(TITLES),
    st.sampled_from(
        ("Abb. 12.", "PLATE II.—", "Louvre", "Museum of Modern Art", "Uffizi", "1640", "(1606–1669)", "by",
         "nach", "Radierung", "Photo Braun", "Royal Academy", "Taf. IV", "The Hermitage", "and", ",", ":")
    ),
    st.text(max_size=12),
)  # fmt: skip
CAPTIONS = st.lists(PIECES, min_size=1, max_size=8).map(" ".join)
YEARS = st.one_of(st.none(), st.integers(1400, 2020))
REQUESTS = st.builds(
    Request, CAPTIONS, YEARS, st.sampled_from(("", "de", "en", "fr")), CAPTIONS, CAPTIONS, CAPTIONS
)


def sound(request: Request, answer: Answer) -> None:
    """What holds of every answer."""
    for kind, choices in ((PERSON, answer.artists), (ARTWORK, answer.artworks)):
        assert sum(c.confidence for c in choices) <= 1.0 + 1e-9
        for choice in choices:
            entry = BUILTIN.gazetteer.entry(choice.row)
            assert entry.kind == kind, "an institution or a building is never an answer"
            if request.year is not None and kind == PERSON:
                assert entry.born is None or entry.born <= request.year - YOUNGEST
            if request.year is not None and kind == ARTWORK:
                assert entry.made is None or entry.made <= request.year
            field = {"caption": request.caption, "heading": request.heading, "title": request.title}[
                choice.field
            ]
            assert 0 <= choice.start <= choice.end <= len(field)
    assert answer.artist is None or answer.artist in answer.artists
    assert answer.artwork is None or answer.artwork in answer.artworks


@settings(max_examples=150, deadline=None)
@given(REQUESTS)
def test_no_caption_brings_a_person_born_too_late_a_work_made_too_late_or_an_institution(
    request: Request,
) -> None:
    answer = BUILTIN.link(request)
    sound(request, answer)
    assert BUILTIN.link(request) == answer, "the same caption is answered the same"


@settings(max_examples=60, deadline=None)
@given(st.lists(REQUESTS, min_size=1, max_size=5))
def test_that_holds_for_captions_that_keep_each_other_company_too(requests: list[Request]) -> None:
    requests = [replace(r, title="One book", year=1900) for r in requests]
    for request, answer in zip(requests, BUILTIN.link_all(requests), strict=True):
        sound(request, answer)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(QUALIFIED)), st.sampled_from(NAMES[:7]), st.sampled_from(TITLES), YEARS)
def test_a_qualified_name_never_becomes_plain_attribution(
    shape: str, name: str, title: str, year: int | None
) -> None:
    answer = BUILTIN.link(Request(f"{shape.format(name)}: {title}.", year))
    surname = name.split()[-1].lower()
    for choice in answer.artists:
        if choice.field == "caption" and surname in (choice.matched + choice.label).lower():
            assert choice.qualifier == QUALIFIED[shape]


@pytest.fixture(scope="module")
def namesakes(tmp_path_factory: pytest.TempPathFactory) -> Linker:
    """Two of one name, one of them famous: twenty works, forty languages."""
    folder = tmp_path_factory.mktemp("namesakes")
    item, label = "http://www.wikidata.org/entity/Q", "http://www.w3.org/2000/01/rdf-schema#label"
    direct = "http://www.wikidata.org/prop/direct/P"
    lines = [f'<{item}{n}> <{label}> "Konrad Tannhuber"@en .' for n in (1, 2)]
    lines += [f"<{item}{n}> <{direct}31> <{item}5> ." for n in (1, 2)]
    lines += [f'<{item}1> <http://wikiba.se/ontology#sitelinks> "40" .']
    for n in range(10, 30):
        lines += [f'<{item}{n}> <{label}> "Harbour {n}"@en .', f"<{item}{n}> <{direct}170> <{item}1> ."]
        lines += [f"<{item}{n}> <{direct}31> <{item}3305213> ."]
    (folder / "two.nt").write_text("\n".join(lines) + "\n", "utf-8")
    load([folder / "two.nt"], folder / "G")
    return Linker(open_gazetteer(folder / "G"))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(("Konrad Tannhuber", "K. Tannhuber", "Tannhuber, Konrad", "TANNHUBER")),
    st.sampled_from(
        ("{}", "{}. Portrait.", "{}: Untitled.", "A view. By {}.", "Fig. 2. {}, A head. Louvre.")
    ),
    YEARS,
)
def test_of_two_namesakes_fame_alone_never_chooses(
    namesakes: Linker, name: str, shape: str, year: int | None
) -> None:
    assert namesakes.link(Request(shape.format(name), year)).artist is None
