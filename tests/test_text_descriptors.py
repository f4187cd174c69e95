"""Descriptors: the researchers' concepts found in captions and text, most specific first."""

from __future__ import annotations

from pathlib import Path

import pytest
import rdflib

from enrich.text.descriptors import Verdict
from enrich.text.enrichers import DescriptorConfig, DescriptorEnricher
from enrich.text.thesaurus import ThesaurusError, open_thesaurus, read_thesaurus
from enrich.text.verdicts import descriptor_verdicts
from kg.nouns import Claim, Entity, Illustration, Review
from kg.store import open_store

TURTLE = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix t: <http://example.org/thesaurus/> .
t:building a skos:Concept ; skos:prefLabel "Bauwerk"@de , "building"@en .
t:church a skos:Concept ; skos:prefLabel "Kirche"@de , "church"@en ; skos:altLabel "Gotteshaus"@de .
t:church skos:broader t:building .
t:altar a skos:Concept ; skos:prefLabel "Altar"@de , "altar"@en ; skos:altLabel "altarpiece"@en .
t:supper a skos:Concept ; skos:prefLabel "Last Supper"@en , "Letztes Abendmahl"@de .
t:mother a skos:Concept ; skos:prefLabel "mère"@fr .
"""


@pytest.fixture
def thesaurus(tmp_path: Path) -> Path:
    path = tmp_path / "thesaurus.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    return path


def found(path: Path, **texts: str) -> dict[str, Claim]:
    enricher = DescriptorEnricher(DescriptorConfig(thesaurus=str(path)))
    answers = enricher.claims([Illustration("b", "1", **texts)])  # type: ignore[arg-type]
    return {c.value.id: c for c in answers if isinstance(c, Claim)}


def test_without_a_thesaurus_nothing_is_said() -> None:
    assert not list(DescriptorEnricher().claims([Illustration("b", "1", caption="Altar")]))


def test_inflected_words_in_the_caption_find_their_concept_and_are_quoted(thesaurus: Path) -> None:
    caption = "Abb. 3. Inneres zweier Kirchen in Köln."
    claim = found(thesaurus, caption=caption, language="de")["church"]
    evidence = claim.evidence[0]
    assert (evidence.kind, evidence.text) == ("caption", "Kirchen")
    assert caption[evidence.start : evidence.end] == "Kirchen"
    assert claim.confidence > 0.8
    assert ("exactMatch", "http://example.org/thesaurus/church") in claim.value.facts


def test_the_caption_counts_more_than_the_text_and_the_near_text_more_than_the_far(thesaurus: Path) -> None:
    text = "Hier steht nur ein Altar.\n\nDort steht ein Gotteshaus in der Nähe."
    claims = found(thesaurus, caption="Die Kirche", text_after=text, language="de")
    assert claims["church"].confidence > claims["altar"].confidence
    far = found(thesaurus, text_after="Ein Tag.\n\n" + text, language="de")
    assert far.get("altar") is None or far["altar"].confidence < claims["altar"].confidence


def test_a_broader_concept_is_left_out_beside_its_narrower_one(thesaurus: Path) -> None:
    assert set(found(thesaurus, caption="Kirche, ein Bauwerk", language="de")) == {"church"}
    assert set(found(thesaurus, caption="Ein Bauwerk", language="de")) == {"building"}


def test_a_german_compound_finds_its_head_more_surely_than_its_modifier(thesaurus: Path) -> None:
    head = found(thesaurus, caption="Der Flügelaltar", language="de")["altar"].confidence
    modifier = found(thesaurus, caption="Das Altarbild", language="de")["altar"].confidence
    assert 0.85 > head > modifier > 0.2


def test_labels_of_several_words_match_as_a_whole(thesaurus: Path) -> None:
    assert "supper" in found(thesaurus, caption="LEONARDO. THE LAST SUPPER", language="en")
    assert "supper" not in found(thesaurus, caption="Supper at last", language="en")


def test_labels_of_another_language_do_not_match(thesaurus: Path) -> None:
    assert "church" not in found(thesaurus, caption="Die church der Stadt am See im Winter", language="de")


def test_every_rdf_syntax_gives_the_same_thesaurus(thesaurus: Path, tmp_path: Path) -> None:
    graph = rdflib.Graph().parse(thesaurus)
    expected = read_thesaurus(thesaurus).concepts
    for suffix, syntax in ((".rdf", "xml"), (".nt", "nt"), (".jsonld", "json-ld"), (".n3", "n3")):
        other = tmp_path / f"other{suffix}"
        graph.serialize(other, format=syntax)
        assert read_thesaurus(other).concepts == expected


def test_a_table_is_a_thesaurus_too(tmp_path: Path) -> None:
    path = tmp_path / "keywords.csv"
    path.write_text(
        "label@de,label@en,alt@de,broader\nBauwerk,building,,\nKirche,church,Dom|Münster,Bauwerk\n",
        encoding="utf-8",
    )
    concepts = read_thesaurus(path).concepts
    assert concepts["kirche"].broader == ("bauwerk",)
    assert "kirche" in found(path, caption="Das Münster zu Ulm", language="de")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("bad.ttl", "@prefix broken", "not readable as turtle"),
        ("empty.ttl", "", "no concept with a label"),
        ("twice.csv", "id,label\n1,Altar\n1,Kirche\n", "twice.csv:3: the id '1' occurs twice"),
        ("columns.csv", "wort,nummer\nAltar,1\n", "no column `label`"),
        ("latin.csv", "label\nGem\xe4lde\n", "not UTF-8"),
    ],
)
def test_an_unusable_thesaurus_is_refused_in_one_line(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ThesaurusError, match=reason) as raised:
        read_thesaurus(path)
    assert "\n" not in str(raised.value)


def test_a_loop_in_the_hierarchy_ends(tmp_path: Path) -> None:
    path = tmp_path / "loop.csv"
    path.write_text("id,label,broader\na,Altar,b\nb,Kirche,a\n", encoding="utf-8")
    assert found(path, caption="Altar", language="de")


def test_a_near_spelling_or_a_shared_number_raises_what_the_text_says(thesaurus: Path) -> None:
    text = "Hier sieht man den Turm (Abb. 7) neben dem Altar des Meisters Johann im hohen Chor."
    plain = found(thesaurus, caption="Abb. 9. Ein Bild", text_after=text, language="de")["altar"]
    same = found(thesaurus, caption="Abb. 7. Ein Bild", text_after=text, language="de")["altar"]
    assert same.confidence > plain.confidence


def test_what_only_the_text_names_is_claimed_but_not_believed(thesaurus: Path) -> None:
    claim = found(thesaurus, text_after="In der Nähe steht auch ein Altar.", language="de").get("altar")
    assert claim is None or claim.confidence < 0.5


def test_a_rejected_pair_of_concept_and_word_counts_for_less(thesaurus: Path) -> None:
    def confidence(*verdicts: Verdict) -> float:
        config = DescriptorConfig(thesaurus=str(thesaurus))
        enricher = DescriptorEnricher(config, verdicts=verdicts)
        picture = Illustration("b", "new", caption="Das Altarbild", language="de")
        return max((c.confidence for c in enricher.claims([picture]) if isinstance(c, Claim)), default=0.0)

    judged = Illustration("b", "old", caption="Ein Altarbild aus Köln", language="de")
    once = confidence(Verdict(judged, "altar", False))
    assert confidence() > once > confidence(*[Verdict(judged, "altar", False)] * 5)
    assert confidence(Verdict(judged, "altar", True)) == confidence()


def test_reviews_of_descriptors_come_back_from_the_graph() -> None:
    pictures = [Illustration("duerer", "000", caption="Altar")]
    altar, church = Entity("descriptor", "altar"), Entity("descriptor", "church")
    with open_store("memory:") as store:
        for number, (value, verdict) in enumerate(((altar, "rejected"), (church, "accepted"))):
            store.add_review(
                Review(
                    f"r{number}", "duerer/000", "descriptor", value, verdict, "A", "2026-01-01T00:00:00+00:00"
                )
            )
        found = descriptor_verdicts(store, pictures)
    assert [(v.concept, v.accepted) for v in found] == [("altar", False), ("church", True)]


def test_iconclass_is_a_thesaurus_in_four_languages_without_the_network() -> None:
    concepts = open_thesaurus("iconclass:11F").concepts
    madonna = concepts["11F"]
    assert {text.language for text in madonna.labels} == {"en", "de", "fr", "it"}
    assert madonna.iri == "https://iconclass.org/11F"
    assert concepts["11F4"].broader == ("11F",)
    with pytest.raises(ThesaurusError, match="no such notation"):
        open_thesaurus("iconclass:99Z")


def test_iconclass_finds_what_a_caption_names() -> None:
    enricher = DescriptorEnricher(DescriptorConfig(thesaurus="iconclass:71"))
    picture = Illustration("b", "1", caption="Fig. 3. Judith with the head of Holofernes", language="en")
    labels = {t.value for c in enricher.claims([picture]) if isinstance(c, Claim) for t in c.value.labels}
    assert any("Judith" in label or "Holofernes" in label for label in labels)
