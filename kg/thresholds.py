"""From which confidence an unreviewed claim is believed, per property.

In: the thresholds a user sets (`--config`). Out: a threshold for every property. They are published in the
catalogue graph (`lg:threshold`), so that whoever reads `graph/current` knows the rule it was derived by.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: The rule of a property that is not listed.
OTHERWISE = 0.5

DEFAULT: Mapping[str, float] = MappingProxyType(
    {
        "category": 0.5,
        "medium": 0.5,
        "cluster": 0.5,  # the share from which a picture belongs to it; no two clusters reach it
        "topic": 0.2,
        "descriptor": 0.5,
        "mentions": 0.5,
        "artist": 0.5,
        "reproduces": 0.5,
        "nearDuplicate": 0.5,
    }
)


def merged(given: Mapping[str, float] | None) -> dict[str, float]:
    """The defaults with a user's changes. Raises ValueError for a threshold outside 0…1."""
    thresholds = dict(DEFAULT) | dict(given or {})
    for property, value in thresholds.items():
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"threshold of {property} is {value}, not in 0…1")
    return thresholds
