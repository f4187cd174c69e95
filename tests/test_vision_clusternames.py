"""What clusters are called."""

from __future__ import annotations

from kg.nouns import Entity, Illustration
from vision.clusternames import content_of, name, telling_words


def shelf(captions: list[str], language: str, source: str = "book") -> list[Illustration]:
    return [
        Illustration(source, str(n), image_digest=f"{n:064}", caption=caption, language=language)
        for n, caption in enumerate(captions)
    ]


def called(members: list[Illustration], everything: list[Illustration], kind: str = "graphic") -> Entity:
    kinds = [kind] * len(members)
    return name(members, kinds, telling_words(everything), content_of(everything), set())


def labels(entity: Entity) -> dict[str, str]:
    return {text.language: text.value for text in entity.labels}


GERMAN = [
    "Abb. 1. Das Marienleben: Holzschnitt von 1510. Apok. 12. In London.",
    "Abb. 2. Heimliche Offenbarung Johannis. Holzschnitt in London.",
    "Abb. 3. Die heimliche Offenbarung. Einer der Holzschnitte, London. (Nach einer Aufnahme von Holzer.)",
    "Abb. 4. Landschaft am Main, Aquarell in Wien.",
    "Abb. 5. Eine Landschaft mit Tannen, Aquarell in Wien.",
    "Abb. 6. Blick auf die Landschaft bei Trient.",
    "Abb. 7. Der alte Bürgermeister.",
]


def test_a_label_is_the_kind_and_whole_nouns_that_members_share_in_three_languages() -> None:
    everything = shelf(GERMAN, "de")
    label = labels(called(everything[:3], everything))
    assert label["de"].startswith("Grafik: ") and label["en"].startswith("graphic work: ")
    assert label["fr"].startswith("œuvre graphique: ")
    words = label["de"].partition(": ")[2].split(", ")
    assert "Holzschnitt" in words and 1 <= len(words) <= 3
    assert not {"London", "Apok", "heimliche", "Heimliche", "Abb", "Aufnahme", "Holzer"} & set(words)
    assert "Landschaft" in labels(called(everything[3:6], everything))["de"]


def test_capitals_elisions_and_possessives_are_read_as_words() -> None:
    french = shelf(["RUBENS — L’ENLÈVEMENT", "L’ENLÈVEMENT (XVIIIe SIÈCLE)", "L'ENLÈVEMENT", *"ABCDE"], "fr")
    assert labels(called(french[:3], french))["fr"] == "œuvre graphique: Enlèvement"
    english = shelf(["Chippendale's chairs", "Chair by Chippendale", "A Chair", "Lyons", *"abcd"], "en")
    assert set(labels(called(english[:3], english, "object"))["en"].split(": ")[1].split(", ")) <= {
        "Chair",
        "Chippendale",
    }


def test_labels_differ_and_clusters_without_words_are_named_by_their_source() -> None:
    everything = shelf([""] * 6, "en")
    words, taken = telling_words(everything), set[str]()
    names = [
        labels(name(part, kinds, words, "c", taken))
        for part, kinds in ((everything[:3], ["graphic"] * 3), (everything[3:], ["graphic"] * 3))
    ]
    assert names[0]["en"] == "graphic work, book" and names[0]["en"] != names[1]["en"]
    mixed = labels(called(everything[:3], everything, ""))
    assert mixed["en"] == "look-alikes in book" and mixed["de"] == "Ähnliche in book"


def test_a_cluster_is_the_same_in_any_order_and_another_in_another_corpus() -> None:
    everything = shelf(GERMAN, "de")
    first = called(everything[:3], everything)
    assert called(everything[:3][::-1], everything[::-1]).id == first.id
    other = shelf(GERMAN, "de", "another-book")
    assert called(other[:3], other).id != first.id
    assert called(everything[:3], everything[:6]).id != first.id
