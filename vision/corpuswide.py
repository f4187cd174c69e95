"""What the enrichers have in common that look at the vectors of a whole corpus: `clusters`, `duplicates`,
`projection`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from kg.nouns import Illustration, Model, Scope
from vision.embeddings import Embeddings

Config = TypeVar("Config")


class CorpusEnricher(Generic[Config]):
    """A configuration, the vectors, and where the stage keeps what is to stand (None: nowhere)."""

    name: ClassVar[str]
    scope: Scope = "corpus"

    def __init__(self, config: Config, embeddings: Embeddings, kept: Path | None = None) -> None:
        self.config = config
        self.embeddings = embeddings
        self.kept = kept

    @property
    def models(self) -> tuple[Model, ...]:
        return (Model(self.embeddings.encoder.spec, self.embeddings.encoder.sha256),)

    def seen(self, illustrations: Sequence[Illustration]) -> list[Illustration]:
        """Those that have a vector, in the order of their keys, whatever order the corpus came in."""
        return [i for i in sorted(illustrations, key=lambda i: i.key) if i.image_digest in self.embeddings]
