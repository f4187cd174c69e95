"""A small real enricher for the tests of the pipeline: how long a caption is, and its longest word as a
topic.

It is as slow as `pause` says (seconds per illustration), so that a test can kill it in the middle. Run as a
script it is the whole pipeline with this enricher: `python enrich_word_enricher.py CORPUS STORE PAUSE`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.nouns import Claim, Entity, Fault, Illustration, Model, Observation, Scope, Source, Text


@dataclass(frozen=True)
class WordConfig:
    """`pause`: seconds per illustration. `least`: the length from which a word is worth a claim."""

    pause: float = 0.0
    least: int = 4


class WordEnricher:
    """One observation per caption and a claim for its longest word."""

    name = "words"
    scope: Scope = "batch"
    models = (Model("split at spaces"),)

    def __init__(self, config: WordConfig) -> None:
        self.config = config

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        for illustration in illustrations:
            time.sleep(self.config.pause)
            words = illustration.caption.split()
            yield Observation(illustration.key, "tone", len(words))
            longest = max(words, key=len, default="")
            if len(longest) < self.config.least:
                yield Fault(self.name, illustration.key, "has no long word", "notice")
                continue
            topic = Entity("topic", longest.lower(), (Text(longest, "en"),))
            yield Claim(illustration.key, "topic", topic, min(1.0, len(longest) / 10))


class TitleEnricher(WordEnricher):
    """As above, of the source's title, seen all at once."""

    name = "titles"
    scope: Scope = "corpus"

    def __init__(self, config: WordConfig, sources: Mapping[str, Source]) -> None:
        super().__init__(config)
        self.sources = sources

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        for illustration in illustrations:
            time.sleep(self.config.pause)
            title = self.sources[illustration.source].title
            yield Claim(illustration.key, "topic", Entity("topic", title.lower(), (Text(title, "en"),)), 0.9)


def stages() -> tuple[object, ...]:
    """The two of them as stages."""
    from enrich.registry import Stage

    here, code = "enrich_word_enricher", ("tests.enrich_word_enricher",)
    config = f"{here}:WordConfig"
    return (
        Stage("words", "counts words", f"{here}:WordEnricher", config, "batch", code=code),
        Stage("titles", "titles", f"{here}:TitleEnricher", config, "corpus", needs=("sources",), code=code),
    )


def main(corpus_folder: str, store: str, pause: float) -> None:
    """The whole pipeline with these enrichers."""
    from enrich.corpora import Digests, read
    from enrich.pipeline import run
    from enrich.progress import reporter
    from enrich.settings import Settings

    settings = Settings(stages={"words": {"pause": pause}, "titles": {"pause": pause}})
    with Digests(Path(store) / "cache" / "images.sqlite") as digests:
        corpus, faults = read(Path(corpus_folder), digests=digests)
        run(corpus, faults, store, settings, digests, reporter(False), stages())  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
