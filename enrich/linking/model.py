"""The decision models: logistic regressions over named features, kept as readable JSON (`data/model.json`).

A model scores every candidate (`weights`), then judges the best one by its score and its lead over the next
(`top`), which gives the probability that it is the right one; the rest to 1 is "none of these".
`benchmarks/linking_train.py` trains both; nothing else is needed to apply them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

LEAD_CAP = 6.0


@dataclass(frozen=True)
class Model:
    """A two-step logistic regression; features that are absent count as 0. `threshold` is the least
    probability to choose.
    """

    intercept: float
    weights: Mapping[str, float]
    top: Mapping[str, float]  # intercept, score, lead
    threshold: float

    def score(self, features: Mapping[str, float]) -> float:
        """The raw score of a candidate (a logit); the higher, the likelier."""
        weights = self.weights
        return self.intercept + sum(weights.get(name, 0.0) * value for name, value in features.items())

    def probability(self, score: float, lead: float) -> float:
        """The calibrated probability that the best candidate, `lead` ahead of the next, is right.

        >>> Model(0.0, {}, {"intercept": 0.0, "score": 1.0, "lead": 0.0}, 0.5).probability(0.0, 3.0)
        0.5
        """
        raw = self.top["intercept"] + self.top["score"] * score + self.top["lead"] * min(lead, LEAD_CAP)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, raw))))


def parse_models(text: str) -> dict[str, Model]:
    """Models from their JSON."""
    content = json.loads(text)
    return {
        name: Model(one["intercept"], one["weights"], one["top"], one["threshold"])
        for name, one in content["models"].items()
    }


@lru_cache(maxsize=1)
def models() -> dict[str, Model]:
    """The models that come with the program: "artist" and "artwork"."""
    return parse_models((files(__package__) / "data" / "model.json").read_text("utf-8"))
