"""The sample corpus: an invented art journal of 61 plates in German, French and English, drawn by code.

`draw(folder)` writes it in the layout every corpus reader knows, with a small SKOS thesaurus. Nothing
is fetched and nothing is copied: the pictures are drawn with numpy and Pillow, the texts are the
project's own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

__all__ = ["draw"]


def draw(folder: Path, seed: int = 1908, drawn: Callable[[int, int], None] | None = None) -> None:
    """Write the sample corpus into `folder`, which is made if it is not there (about 15 MB at most, half a
    minute).

    The same seed gives the same bytes with the same versions of numpy and Pillow. Files of the same
    names are overwritten, others are left. `drawn(done, of)` is called after each plate.

    Raises OSError when the folder cannot be written.

    """
    from enrich.sample.journal import write

    write(folder, seed, drawn or (lambda done, of: None))
