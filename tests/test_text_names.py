"""Names: people, places and works as printed, quoted from where they stand."""

from __future__ import annotations

import pytest
from test_kg_store import corpus, run  # the store these claims are written to

from enrich.text.enrichers import MentionConfig, MentionEnricher
from kg.nouns import Claim, Illustration
from kg.store import open_store

GERMAN = (
    "Im Jahre 1506 reiste Albrecht Dürer nach Venedig und sah dort Bilder von Giovanni Bellini. Die Kirche "
    "war hoch. Sein Gemälde „Das Rosenkranzfest“ hängt heute in Prag. J. M. Volz zeichnete danach (vgl. "
    "Abb. 3). Dürers Freude war groß."
)
ENGLISH = (
    "In 1874 the painter Claude Monet showed his picture “Impression, Sunrise” at Paris. Peter Paul Rubens "
    "had travelled to Madrid long before, and the National Gallery at London keeps his works."
)
FRENCH = "Le peintre Nicolas Poussin vécut à Rome. Son tableau « Les Bergers » est au musée du Louvre."


def named(text: str, language: str, **settings: object) -> dict[str, Claim]:
    """The claims by type and label of the name."""
    enricher = MentionEnricher(MentionConfig(**settings))  # type: ignore[arg-type]
    answers = enricher.claims([Illustration("b", "1", text_after=text, language=language)])
    return {c.value.id: c for c in answers if isinstance(c, Claim)}


def test_german_names_are_found_without_a_model_and_nouns_are_not_names() -> None:
    claims = named(GERMAN, "de")
    surely = {key for key, claim in claims.items() if claim.confidence >= 0.5}
    assert surely == {
        *("person-albrecht-dürer", "person-giovanni-bellini", "person-j-m-volz", "person-dürers"),
        *("place-venedig", "place-prag", "work-das-rosenkranzfest"),
    }


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (ENGLISH, "en", {"person-claude-monet", "person-peter-paul-rubens", "place-paris", "place-madrid"}),
        (ENGLISH, "en", {"work-impression-sunrise", "organisation-national-gallery"}),
        (FRENCH, "fr", {"person-nicolas-poussin", "place-rome", "work-les-bergers"}),
    ],
)
def test_names_are_found_with_the_packaged_pipelines(text: str, language: str, expected: set[str]) -> None:
    assert expected <= set(named(text, language))


def test_every_claim_quotes_its_field_at_the_offsets() -> None:
    text = "Zuerst malte Al-\nbrecht Dü\u00adrer in Nürnberg, dann Rubens sein Bild in der Stadt Antwerpen."
    claims = named(text, "de")
    assert claims["person-albrecht-dürer"].evidence[0].text == "Al-\nbrecht Dü\u00adrer"
    for claim in claims.values():
        for evidence in claim.evidence:
            assert evidence.kind == "text-after"
            assert text[evidence.start : evidence.end] == evidence.text


def test_a_name_in_capitals_is_the_same_name() -> None:
    pictures = [Illustration("b", "1", caption="REMBRANDT. THE NIGHT WATCH.", language="en")]
    found = {c.value.id for c in MentionEnricher().claims(pictures) if isinstance(c, Claim)}
    assert "person-rembrandt" in found


def test_a_number_before_a_noun_is_no_initial() -> None:
    assert not named("Nach dem Leben, I. Kupferstich und II. Radierung, in der Sammlung.", "de")
    assert "person-d-chodowiecki" in named("Abb. 10. D. Chodowiecki: ein Blatt.", "de")


def test_batches_change_nothing() -> None:
    pictures = [
        Illustration("b", str(n), text_after=t, language="en") for n, t in enumerate(ENGLISH.split(". "))
    ]
    enricher = MentionEnricher()
    together = list(enricher.claims(pictures))
    assert together == [c for picture in pictures for c in enricher.claims([picture])]


def test_names_are_written_to_the_graph_and_pass_its_shapes() -> None:
    claims = [
        Claim("duerer/000", c.property, c.value, c.confidence, evidence=c.evidence)
        for c in named(GERMAN, "de").values()
    ]
    with open_store("memory:") as store:
        store.put_corpus(corpus())
        store.put_run(run("mentions"), claims, "1")
        store.derive_current()
        rows = store.query(
            "PREFIX lg: <https://w3id.org/legenda/ns#> PREFIX schema: <https://schema.org/> "
            "SELECT ?label ?type WHERE { GRAPH ?g { ?i lg:mentions ?n ; schema:mentions ?n } "
            "GRAPH ?r { ?n a lg:Name ; lg:nameType ?type ; "
            "<http://www.w3.org/2000/01/rdf-schema#label> ?label } }"
        )
        found = {(row["label"].value, row["type"].value) for row in rows}
    assert ("Venedig", "place") in found and ("Das Rosenkranzfest", "work") in found
