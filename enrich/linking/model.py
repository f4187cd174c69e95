"""The decision models: choices between candidates and "none", kept as readable JSON (`data/model.json`).

Each candidate has a score, the weighted sum of its features; "none of these" has score 0. The probability
of a candidate is exp(score) over the sum of all (a conditional logit), sharpened or softened by one
calibration factor. `benchmarks/linking_train.py` trains the weights; nothing else is needed to apply them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_LEAST = math.exp(-60.0)


@dataclass(frozen=True)
class Model:
    """A conditional logit; features that are absent count as 0.

    `thresholds` are the least probabilities to choose, `sharpness` the calibration factors; both by a feature
    of the best candidate that tells the kind of row, with "" for the others.
    """

    intercept: float
    weights: Mapping[str, float]
    sharpness: Mapping[str, float]
    thresholds: Mapping[str, float]

    def score(self, features: Mapping[str, float]) -> float:
        """The raw score of a candidate; the higher, the likelier."""
        total, weights = self.intercept, self.weights
        for name, value in features.items():
            if value and name in weights:
                total += weights[name] * value
        return total

    def threshold(self, features: Mapping[str, float]) -> float:
        """The least probability with which a candidate is chosen."""
        return max(t for name, t in self.thresholds.items() if not name or features.get(name))

    def probabilities(self, scores: Sequence[float], best: Mapping[str, float]) -> list[float]:
        """The probability of each candidate; what is left to 1 is the probability of none. `best` are the
        features of the best one.

        >>> Model(0.0, {}, {"": 1.0}, {"": 0.5}).probabilities([0.0], {})
        [0.5]
        """
        sharpness = next((s for name, s in self.sharpness.items() if best.get(name)), self.sharpness[""])
        top = max(0.0, *scores) if scores else 0.0
        exp = math.exp
        powers = [exp(x) if (x := sharpness * (s - top)) > -60.0 else _LEAST for s in scores]
        total = sum(powers) + exp(max(-60.0, -sharpness * top))
        return [p / total for p in powers]


def parse_models(text: str) -> dict[str, Model]:
    """Models from their JSON."""
    content = json.loads(text)
    return {
        name: Model(one["intercept"], one["weights"], one["sharpness"], one["thresholds"])
        for name, one in content["models"].items()
    }


@lru_cache(maxsize=1)
def models() -> dict[str, Model]:
    """The models that come with the program: "artist" and "artwork"."""
    return parse_models((files(__package__) / "data" / "model.json").read_text("utf-8"))
