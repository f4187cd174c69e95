"""`python -m vision.ship LABELS.csv`: train the models that come with the program and write them into the
package.

LABELS.csv has columns file, label, painting (1, 0 or blank) and group. The category model learns from every
row, the medium model from those whose `painting` is known.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

from vision.commands import score_lines
from vision.encoders import DEFAULT
from vision.heads import shipped
from vision.teach import train_head

MEDIUM = {"1": "painting", "0": "other"}


def ship(labels: Path) -> None:
    """Train both heads on the table and write them to `vision/models/`."""
    with labels.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = [row | {"label": MEDIUM[row["painting"]]} for row in rows if row["painting"] in MEDIUM]
    for task, chosen in (("category", rows), ("medium", known)):
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "labels.csv"
            with table.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["file", "label", "group"])
                root = labels.resolve().parent
                writer.writerows([str(root / row["file"]), row["label"], row["group"]] for row in chosen)
            head, failed, _ = train_head(task, table, DEFAULT)
        if failed:
            sys.exit(f"{len(failed)} pictures of {labels} could not be read: nothing shipped")
        head.save(shipped(task))
        print(task)
        for line in score_lines(head.card["left_out"], head.labels):
            print(line)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m vision.ship LABELS.csv")
    ship(Path(sys.argv[1]))
