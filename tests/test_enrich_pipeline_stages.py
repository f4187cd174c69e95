"""Stages and their cache: nothing is computed twice, nothing is lost, every statement survives the disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import numpy
import pytest

from enrich import registry
from enrich.claimcache import MANY_PARTS, ClaimCache, Statement, pack, unpack
from enrich.stages import adaptive_chunks, compute, grouped
from kg.nouns import Claim, Entity, Evidence, Fault, Illustration, Model, Observation, Scope, Text


@dataclass(frozen=True)
class WordConfig:
    least: int = 1


@dataclass
class WordEnricher:
    """A real, small enricher: how many words a caption has. It remembers what it was asked about."""

    name: str = "words"
    scope: Scope = "batch"
    config: WordConfig = field(default_factory=WordConfig)
    models: tuple[Model, ...] = (Model("split at spaces"),)
    asked: list[str] = field(default_factory=list)

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Statement]:
        for illustration in illustrations:
            self.asked.append(illustration.key)
            words = len(illustration.caption.split())
            if words < self.config.least:
                yield Fault(self.name, illustration.key, "has no word", "notice")
                continue
            yield Observation(illustration.key, "tone", words)


def illustrations(count: int, start: int = 0) -> list[Illustration]:
    return [Illustration("book", str(n), caption="mill " * n) for n in range(start, start + count)]


def run(cache: ClaimCache, items: Sequence[Illustration], enricher: WordEnricher) -> int:
    digests = {i.key: i.digest for i in items}
    return compute(cache, items, digests, enricher.scope, lambda: enricher, lambda done: None)[1]


def test_every_kind_of_statement_survives_the_cache(tmp_path: Path) -> None:
    artist = Entity(
        "artist", "Q5580", (Text("Albrecht Dürer", "de"),), (("born", "1471"), ("wikidata", "Q5580"))
    )
    work = Entity(
        "artwork", "Q1", (Text("Kreuztragung"),), (("creator", artist), ("height", 12.5), ("year", 1498))
    )
    statements: list[Statement] = [
        Claim(
            "book/1",
            "reproduces",
            work,
            0.75,
            "after",
            (Evidence("caption", "Kreuz", 0, 5, 0.5), Evidence("image")),
        ),
        Claim("book/1", "artist", artist, 1.0),
        Observation("book/1", "mapX", 0.25),
        Observation("book/1", "detectedLanguage", "de"),
        Observation("book/1", "note", Text("Hügel", "de")),
        Fault("link", "book/1", "names nobody", "notice"),
    ]
    assert [unpack(pack(s)) for s in statements] == statements
    claim = unpack(pack(statements[0]))
    assert isinstance(claim, Claim) and claim.value.labels == work.labels and claim.value.facts == work.facts
    cache = ClaimCache(tmp_path / "link" / "key")
    cache.add([("d1", statements), ("d2", [])])
    assert dict(cache.statements({"d1", "d2", "d3"})) == {"d1": statements, "d2": []}
    assert cache.done() == {"d1", "d2"}


def test_numbers_of_numpy_are_kept_as_numbers(tmp_path: Path) -> None:
    cache = ClaimCache(tmp_path / "s" / "key")
    cache.add([("d", [Observation("book/1", "mapX", numpy.float32(0.5))])])  # type: ignore[arg-type]
    assert list(cache.statements({"d"})) == [("d", [Observation("book/1", "mapX", 0.5)])]


def test_five_new_illustrations_are_five_computations(tmp_path: Path) -> None:
    cache = ClaimCache(tmp_path / "words" / "key")
    assert run(cache, illustrations(100), WordEnricher()) == 100
    again = WordEnricher()
    assert run(cache, illustrations(100), again) == 0 and again.asked == []
    more = WordEnricher()
    assert run(cache, illustrations(105), more) == 5
    assert more.asked == [f"book/{n}" for n in range(100, 105)]
    wanted = {i.digest for i in illustrations(105)}
    assert len(dict(cache.statements(wanted))) == 105


def test_an_unchanged_stage_does_not_even_build_its_enricher(tmp_path: Path) -> None:
    cache = ClaimCache(tmp_path / "words" / "key")
    run(cache, illustrations(3), WordEnricher())

    def never() -> WordEnricher:
        raise AssertionError("built")

    items = illustrations(3)
    described, computed = compute(
        cache, items, {i.key: i.digest for i in items}, "batch", never, lambda done: None
    )
    assert computed == 0
    assert described.config == {"least": 1} and described.models == (Model("split at spaces"),)


def test_a_stage_that_sees_the_whole_corpus_is_computed_whole(tmp_path: Path) -> None:
    cache = ClaimCache(tmp_path / "words" / "key")
    run(cache, illustrations(4), WordEnricher(scope="corpus"))
    more = WordEnricher(scope="corpus")
    assert run(cache, illustrations(5), more) == 5 and len(more.asked) == 5


def test_what_was_answered_before_a_crash_is_kept(tmp_path: Path) -> None:
    class Crashing(WordEnricher):
        def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Statement]:
            if "book/70" in [i.key for i in illustrations]:
                raise MemoryError("as if killed")
            return super().claims(illustrations)

    cache = ClaimCache(tmp_path / "words" / "key")
    with pytest.raises(MemoryError):
        run(cache, illustrations(200), Crashing())
    (cache.folder / "writing-1.tmp").write_bytes(b"half a part")
    after = WordEnricher()
    assert run(cache, illustrations(200), after) == 136
    assert "book/63" not in after.asked and "book/64" in after.asked
    assert not list(cache.folder.glob("*.tmp"))


def test_many_parts_are_merged_and_old_configurations_forgotten(tmp_path: Path) -> None:
    cache = ClaimCache(tmp_path / "words" / "key")
    for n in range(MANY_PARTS + 1):
        cache.add([(f"d{n}", [Observation("book/1", "tone", n)])])
    for n in range(12):
        ClaimCache(tmp_path / "words" / f"other{n}").add([("d", [])])
    cache.add([("last", [])])
    cache.tidy()
    assert len(list(cache.folder.glob("part-*"))) == 1
    assert cache.done() == {f"d{n}" for n in range(MANY_PARTS + 1)} | {"last"}
    assert (
        cache.folder in set((tmp_path / "words").iterdir()) and len(list((tmp_path / "words").iterdir())) <= 9
    )


def test_an_enricher_may_only_speak_of_what_it_was_given() -> None:
    (one,) = illustrations(1)
    with pytest.raises(ValueError, match="was not given"):
        grouped([one], {one.key: "d"}, [Observation("book/77", "tone", 1)])


def test_chunks_grow_while_they_are_quick() -> None:
    sizes = [len(c) for c in adaptive_chunks(illustrations(5000))]
    assert sum(sizes) == 5000 and sizes[0] == 64 and sizes[1] == 256 and sizes[2] == 1024


@pytest.mark.parametrize("stage", registry.STAGES, ids=lambda stage: stage.name)
def test_what_a_stage_sees_at_once_is_what_its_enricher_asks_for(stage: registry.Stage) -> None:
    module, _, name = stage.enricher.partition(":")
    assert getattr(import_module(module), name).scope == stage.scope
