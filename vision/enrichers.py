"""The enrichers of this room, under the names that a configuration uses.

`category` and `medium` are here; `clusters`, `duplicates` and `projection` live in modules of those names.
All need the whole corpus, or at least whole sources, and take their vectors from an `Embeddings` whose
`ensure` has been run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kg.nouns import Claim, Evidence, Fault, Illustration, Model, Observation, Scope, probability
from vision import captionwords, heads
from vision.clusters import ClusterConfig, ClusterEnricher
from vision.duplicates import DuplicateConfig, DuplicateEnricher
from vision.embeddings import Embeddings
from vision.encoders import load as load_encoder
from vision.projection import ProjectionConfig, ProjectionEnricher
from vision.schemes import entity

_BLOCK = 4096  # pictures

__all__ = [
    "CategoryConfig",
    "CategoryEnricher",
    "ClusterConfig",
    "ClusterEnricher",
    "DuplicateConfig",
    "DuplicateEnricher",
    "MediumConfig",
    "MediumEnricher",
    "ProjectionConfig",
    "ProjectionEnricher",
]


@dataclass(frozen=True)
class CategoryConfig:
    """`model`: a model folder, "" for the one that comes with the program. `floor`: the least probability of
    a claim. `use_captions`: words of the caption ("Radierung", "ground plan") speak too.
    """

    model: str = ""
    floor: float = 0.05
    use_captions: bool = True


@dataclass(frozen=True)
class MediumConfig:
    """As `CategoryConfig`, for painting/other."""

    model: str = ""
    floor: float = 0.05
    use_captions: bool = True


class _HeadEnricher:
    """A claim per label with at least the floor's probability: the best one and the runners-up.

    The confidence is the calibrated probability, given with a view to the other pictures of the source
    (`vision.together`) and fused with what the caption's words say where these are
    used. The evidence is the image with its own probability, and each word or phrase of the caption that
    speaks for the label, with its log-likelihood ratio. Whether the best one is "decided" (its confidence
    reaches `threshold`) is for the graph to apply.
    """

    name: str
    scope: Scope = "corpus"  # the pictures of a source are answered together

    def __init__(self, config: CategoryConfig | MediumConfig, embeddings: Embeddings) -> None:
        self._config = config
        self._embeddings = embeddings
        self._head = heads.load(Path(config.model) if config.model else heads.shipped(self.name))
        self._tuned = self._head.encoder.startswith("tuned:")
        if self._tuned:  # a fine-tuned model looks with its own network
            self._embeddings = embeddings = Embeddings(
                embeddings.folder.parent, load_encoder(self._head.encoder)
            )
        check(self._head, self.name, embeddings)
        self._fusion = captionwords.for_head(self._head) if config.use_captions else None

    @property
    def config(self) -> Any:
        return self._config

    @property
    def models(self) -> tuple[Model, ...]:
        encoder = self._embeddings.encoder
        captions = () if self._fusion is None else (Model("caption words", captionwords.digest()),)
        return (
            Model(f"{self.name} head", self._head.sha256),
            *captions,
            Model(encoder.spec, encoder.sha256),
        )

    @property
    def threshold(self) -> float:
        """The probability from which an answer is believed: the model's, but over one half.

        At one half or less two answers about one picture could both be believed.
        """
        return max((self._fusion or self._head).threshold, 0.5001)

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        """Claims for the illustrations that have a vector; the others were reported when vectors were
        computed.
        """
        if self._tuned:
            yield from self._embeddings.ensure(illustrations)
        seen, image, sure = self._looked(illustrations)
        if not seen:
            return
        sources = [i.source for i in seen]
        cues: list[tuple[captionwords.Cue, ...]] = [()] * len(seen)
        if self._fusion is None:
            answer = self._head.together.answers(sure, sources, alone=image)
        else:
            cues = [captionwords.find(i.caption, i.language) for i in seen]
            fused = self._fusion.fuse(sure, [i.caption for i in seen], cues)
            answer = self._fusion.together.answers(fused, sources)
        for row, illustration in enumerate(seen):
            for index in (-answer[row]).argsort(kind="stable"):
                p = probability(float(answer[row, index]))
                if p < self._config.floor:
                    break
                evidence = Evidence("image", score=round(float(image[row, index]), 4))
                yield Claim(
                    illustration.key,
                    self.name,
                    entity(self.name, self._head.labels[index], self._head.card.get("scheme")),
                    min(p, 1.0),
                    evidence=(evidence, *self._heard(illustration.caption, cues[row], int(index))),
                )

    def _looked(
        self, illustrations: Sequence[Illustration]
    ) -> tuple[list[Illustration], np.ndarray, np.ndarray]:
        """Those that have a vector, and what the head has `seen` of each, twice [n, labels]; in blocks, for
        the vectors of a large corpus take more memory than its answers.
        """
        seen: list[Illustration] = []
        parts = [self._head.seen(np.zeros((0, len(self._head.mean))))]
        for start in range(0, len(illustrations), _BLOCK):
            block = illustrations[start : start + _BLOCK]
            vectors, mask = self._embeddings.matrix(block)
            seen += [i for i, has in zip(block, mask, strict=True) if has]
            parts.append(self._head.seen(vectors[mask]))
        alone, sure = zip(*parts, strict=True)
        return seen, np.concatenate(alone), np.concatenate(sure)

    def _heard(self, caption: str, cues: Sequence[captionwords.Cue], label: int) -> Iterator[Evidence]:
        """The places of the caption that speak for a label."""
        for cue in cues:
            weight = self._fusion.weights.get(cue.group, ())[label] if self._fusion else 0.0
            if weight > 0:
                text = caption[cue.start : cue.end]
                yield Evidence("caption", text, cue.start, cue.end, round(float(weight), 3))


class CategoryEnricher(_HeadEnricher):
    """What kind of picture it is."""

    name = "category"


class MediumEnricher(_HeadEnricher):
    """Whether it reproduces a painting."""

    name = "medium"


def check(head: heads.Head, task: str, embeddings: Embeddings) -> None:
    """Raise `heads.ModelError` when a model is for another task or another encoder than the vectors come
    from.
    """
    if head.task != task:
        raise heads.ModelError(f"a model of {head.task} was given where one of {task} is needed")
    encoder = embeddings.encoder
    if not heads.fits(head, embeddings):
        raise heads.ModelError(
            f"the {task} model was trained on {head.card.get('encoder_key', head.encoder)}, "
            f"the vectors are of {encoder.key}"
        )
