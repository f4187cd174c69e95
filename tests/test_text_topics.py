"""Topics: what the texts speak of, the same in every run, with words a reader can find beside the picture."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from enrich.corpora import read
from enrich.sample import journal
from enrich.text.embedders import embedder
from enrich.text.enrichers import TopicConfig, TopicEnricher
from enrich.text.hierarchy import groups, label
from enrich.text.topicfile import TopicFileError, load, told_apart
from enrich.text.topicwords import leftover, own_share_of, telling
from enrich.text.words import Word, analyser, lemmatise, merge_genitives, settle_case
from kg.nouns import Claim, Fault, Illustration

THEMES = {
    "Kirche": (
        "Altar",
        "Kirche",
        "Chor",
        "Orgel",
        "Priester",
        "Gewölbe",
        "Turm",
        "Glocke",
        "Kapelle",
        "Kanzel",
    ),
    "Schiff": ("Schiff", "Hafen", "Segel", "Matrose", "Anker", "Küste", "Welle", "Kapitän", "Mast", "Ruder"),
    "Garten": ("Garten", "Rose", "Brunnen", "Hecke", "Gärtner", "Blume", "Tulpe", "Beet", "Laube", "Rasen"),
}


def corpus(per_theme: int = 22) -> list[Illustration]:
    """Plates of three themes, each beside a paragraph of its own."""
    draw = random.Random(7)
    pictures = []
    for theme, nouns in THEMES.items():
        for number in range(per_theme):
            a, b, c, d, e, f = draw.sample(nouns, 6)
            text = (
                f"Am Morgen zeigt der Maler uns {a} und {b}, daneben noch {c} im milden Licht. "
                f"Der Betrachter erkennt {d} sowie {e}, und ganz am Rande steht {f} (vgl. Abb. {number})."
            )
            pictures.append(
                Illustration(theme, str(number), text_after=text, heading="Die Gartenlaube", language="de")
            )
    return pictures


@pytest.fixture(scope="module")
def claims() -> list[Claim]:
    return [c for c in TopicEnricher().claims(corpus()) if isinstance(c, Claim)]


def words(claim: Claim) -> list[str]:
    return [value.value for name, value in claim.value.facts if name == "word"]  # type: ignore[union-attr]


def test_each_theme_gets_its_own_topic(claims: list[Claim]) -> None:
    best = {}
    for claim in sorted(claims, key=lambda c: c.confidence):
        best[claim.illustration] = claim.value.id
    for theme in THEMES:
        topics = Counter(topic for key, topic in best.items() if key.startswith(theme))
        assert topics.most_common(1)[0][1] >= 20


def test_topic_words_are_nouns_of_the_theme_without_dust_or_stop_words(claims: list[Claim]) -> None:
    known = {word for nouns in THEMES.values() for word in nouns}
    for claim in claims:
        assert len(set(words(claim)[:5]) & known) >= 4
        assert not {w.lower() for w in words(claim)} & {"abb", "vgl", "und", "die", "gartenlaube"}


def test_evidence_quotes_the_field_at_its_offsets(claims: list[Claim]) -> None:
    pictures = {picture.key: picture for picture in corpus()}
    quoted = [(pictures[c.illustration].text_after, e) for c in claims for e in c.evidence]
    assert quoted
    for text, evidence in quoted:
        assert evidence.kind == "text-after"
        assert text[evidence.start : evidence.end] == evidence.text


def test_topics_do_not_depend_on_the_order_of_the_corpus(claims: list[Claim]) -> None:
    shuffled = corpus()
    random.Random(1).shuffle(shuffled)
    again = [c for c in TopicEnricher().claims(shuffled) if isinstance(c, Claim)]
    assert again == claims
    assert [c.value.facts for c in again] == [c.value.facts for c in claims]


SCRIPT = """
import socket, sys
def refuse(*a, **k): raise OSError("the network was asked")
socket.socket.connect = refuse
sys.path.insert(0, "tests")
from enrich.text.embedders import embedder
v = embedder("packaged:all-minilm-l6-v2").embed(
    ["A ship in the harbour.", "A boat at the quay.", "The theory of numbers."], [[], [], []])
assert v.shape == (3, 384) and v[0] @ v[1] > v[0] @ v[2] + 0.2, v @ v.T
from test_text_topics import corpus, Claim, TopicEnricher
for c in TopicEnricher().claims(corpus()):
    if isinstance(c, Claim): print(c.illustration, c.value.id, c.confidence)
"""


def test_another_process_without_network_embeds_and_finds_the_same_topics(
    claims: list[Claim], tmp_path: Path
) -> None:
    """One process for both, since the libraries take seconds to import; nothing else may reach stdout."""
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{c.illustration} {c.value.id} {c.confidence}" for c in claims]
    assert [p.name[:16] for p in (tmp_path / "legenda" / "models").iterdir()] == ["all-minilm-l6-v2"]


def facts(claim: Claim, name: str) -> list[object]:
    return [value for key, value in claim.value.facts if key == name]


def test_a_topic_shows_passages_and_the_pictures_it_is_surest_of(claims: list[Claim]) -> None:
    pictures = {picture.key: picture for picture in corpus()}
    for claim in claims:
        typical = [value.id for value in facts(claim, "typicalIllustration")]  # type: ignore[attr-defined]
        assert 1 <= len(typical) <= 3
        sure = {c.illustration: c.confidence for c in claims if c.value == claim.value}
        assert sure[typical[0]] == max(sure.values())
        for passage in facts(claim, "passage"):
            assert any(passage.value == p.text_after for p in pictures.values())  # type: ignore[attr-defined]


def kept(tmp_path: Path) -> Path:
    list(TopicEnricher(folder=tmp_path).claims(corpus()))
    return tmp_path / "topics.safetensors"


FIXED = """
import sys
sys.path.insert(0, "tests")
from test_text_topics import corpus, Claim, TopicEnricher, TopicConfig
for c in TopicEnricher(TopicConfig(model=sys.argv[1])).claims(corpus(12)):
    if isinstance(c, Claim): print(c.illustration, c.value.id, c.confidence)
"""


def test_kept_topics_applied_in_another_process_say_the_same(claims: list[Claim], tmp_path: Path) -> None:
    file = kept(tmp_path)
    fixed = TopicEnricher(TopicConfig(model=str(file)))
    again = [c for c in fixed.claims(corpus()) if isinstance(c, Claim)]
    assert again == claims  # the texts it was made from
    few = [c for c in fixed.claims(corpus(12)) if isinstance(c, Claim)]  # fewer than topics are looked for in
    done = subprocess.run(
        [sys.executable, "-c", FIXED, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [f"{c.illustration} {c.value.id} {c.confidence}" for c in few]
    assert {c.value.id for c in few} <= {c.value.id for c in claims}


def test_kept_topics_say_the_same_of_a_real_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drawn sample, in three languages."""
    monkeypatch.setattr(journal, "picture", lambda plate, seed: Image.new("RGB", (40, 30), "white"))
    journal.write(tmp_path / "sample", 1908, lambda done, of: None)
    pictures = read(tmp_path / "sample")[0].illustrations
    found = [c for c in TopicEnricher(folder=tmp_path).claims(pictures) if isinstance(c, Claim)]
    fixed = TopicEnricher(TopicConfig(model=str(tmp_path / "topics.safetensors")))
    assert found
    assert [c for c in fixed.claims(pictures) if isinstance(c, Claim)] == found


def test_a_word_the_model_left_out_is_not_read_as_the_one_with_its_small_letters(tmp_path: Path) -> None:
    tool = embedder("tfidf-svd")
    lemmas = [["Licht", "Turm"], ["Licht", "Turm"], ["Chor", "licht"], ["Chor", "Mast"], ["Mast", "Segel"]]
    seen = tool.fit([""] * 5, lemmas)
    model = replace(load(kept(tmp_path))["de"], embedder=tool, apart=told_apart(lemmas, tool))
    assert model.apart == {"licht"}
    assert np.allclose(tool.embed([""] * 5, [model.in_its_words(words) for words in lemmas]), seen)
    assert model.in_its_words(["licht", "turm", "LICHT"]) == ["licht", "Turm", "Licht"]


def test_kept_topics_say_which_language_they_lack(tmp_path: Path) -> None:
    text = "The ship lay in the harbour near the old town with all its sails and masts and anchors."
    fixed = TopicEnricher(TopicConfig(model=str(kept(tmp_path))))
    answers = list(fixed.claims([Illustration("b", "1", text_after=text, language="en")]))
    assert [a.place for a in answers if isinstance(a, Fault)] == ["en"]


@pytest.mark.parametrize("content", [b"", b"not topics", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_file_without_topics_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "topics.safetensors"
    file.write_bytes(content)
    with pytest.raises(TopicFileError, match="is no file of topics") as raised:
        TopicEnricher(TopicConfig(model=str(file)))
    assert "\n" not in str(raised.value)


def test_topics_that_share_words_have_a_broader_one() -> None:
    weights = np.eye(8)
    weights[0, 1] = weights[1, 0] = weights[4, 5] = weights[5, 4] = 0.9
    found = groups(weights)
    assert any({0, 1} <= set(rows) for rows in found) and any({4, 5} <= set(rows) for rows in found)
    assert not groups(np.eye(5))


def test_labels_leave_out_the_running_title_and_show_phrases() -> None:
    words = [("Rembrandt", 3.0), ("Familie", 2.0), ("Altar", 1.5), ("Bild", 1.0)]
    kinds = {"Rembrandt": "name", "Familie": "noun", "Altar": "noun", "Bild": "noun"}
    assert (
        label(words, kinds, frozenset({"rembrandt"}), ["Heilige Familie"]) == "Heilige Familie, Altar, Bild"
    )


def test_a_small_corpus_gives_no_topics_and_says_why() -> None:
    answers = list(TopicEnricher().claims(corpus(per_theme=4)))
    assert all(isinstance(a, Fault) and a.level == "notice" for a in answers)
    assert "12 passages, fewer than the 40" in answers[-1].reason  # type: ignore[union-attr]


def test_texts_that_all_say_the_same_give_no_topics() -> None:
    same = [
        Illustration(
            "b", str(n), text_after=f"Der Maler malt die alte Wand und das Haus in der Stadt, Nummer {word}."
        )
        for n, word in enumerate(x * 3 for x in "abcdefghijklmnopqrstuvwxyz" * 2)
    ]
    answers = list(TopicEnricher(TopicConfig(min_passages=20, min_words=5)).claims(same))
    assert not [a for a in answers if isinstance(a, Claim)]


def test_lemmas_know_old_spelling_and_names_lose_their_genitive() -> None:
    assert lemmatise("Theile", "de") == "Teil"
    assert lemmatise("Gemälden", "de") == "Gemälde"
    told = analyser("de", "rules").words(["Damals malte Menzel viel.", "Nun Menzels Bild."])
    found = merge_genitives(list(told), "de")
    assert [w.lemma for w in found[1]][1] == "Menzel"


def test_a_name_that_was_lowered_gets_its_capital_back() -> None:
    told = [[Word("Louvre", "louvre", "noun", 0, 6)], [Word("LOUVRE", "louvre", "noun", 0, 6)]]
    assert [found[0].lemma for found in settle_case(told)] == ["Louvre", "Louvre"]
    mixed = [[Word("Main", "main", "noun", 0, 4)], [Word("main", "main", "noun", 0, 4)]]
    assert [found[0].lemma for found in settle_case(mixed)] == ["main", "main"]


def test_kinds_of_words_follow_german_capitals() -> None:
    told = next(iter(analyser("de", "rules").words(["Er malte die alte Kirche für Kjupf."])))
    kinds = {word.text: word.kind for word in told}
    assert (kinds["Kirche"], kinds["Kjupf"], kinds["malte"], kinds["Er"]) == ("noun", "name", "verb", "other")


def test_the_group_of_what_fits_nowhere_else_is_no_topic() -> None:
    """Four groups of passages with words of their own, and one whose words stand all over the corpus."""
    own = [
        ["altar", "candle", "priest"],
        ["ship", "sail", "harbour"],
        ["horse", "rider", "saddle"],
        ["mill", "wheel"],
    ]
    common = ["picture", "head"]
    lemmas = [words + common for words in own for _ in range(10)] + [common] * 10
    topic_of = np.repeat(np.arange(5), 10)
    vectors = np.eye(5, 6, dtype=np.float32)[topic_of]
    vectors[40:] = np.linspace(0.2, 1, 60, dtype=np.float32).reshape(10, 6)[:, ::-1]
    vocabulary = sorted({word for words in lemmas for word in words})
    share = own_share_of(lemmas, topic_of, 5, vocabulary)
    assert leftover(vectors, topic_of, share, [*own, common], vocabulary) == {4}
    assert leftover(vectors, topic_of, share, own[:3], vocabulary) == set()  # too few groups to say


def test_a_label_begins_with_what_only_its_topic_says() -> None:
    words = [("eye", 0.5), ("Reynolds", 0.4)]
    assert telling(words, np.array([0.9, 0.1]), ["Reynolds", "eye"])[0][0] == "Reynolds"
