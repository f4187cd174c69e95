"""Training from a table: its pictures and labels go in, a model with its card and what it answered come out.

What `legenda train` does without its options: a head on an encoder's vectors, or a fine-tuned network; of the
labels as they stand, or of a project's own scheme.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from vision import htmlreport, knowledge, schemes, training
from vision.commands import embeddings_of, ensure
from vision.heads import Head
from vision.htmlreport import Scored
from vision.images import ImageError, open_image
from vision.schemes import skos
from vision.tables import Labelled, illustration, labelled, training_digest


def train_head(
    task: str, labels: Path, encoder: str, groups: str = "", cache: Path | None = None
) -> tuple[Head, set[str], int]:
    """The head trained on a table, the names of pictures that could not be read, the number of rows."""
    head, failed, scored = head_with_answers(task, labels, encoder, groups, cache)
    return head, failed, len(scored.truth) + len(failed)


def head_with_answers(
    task: str,
    labels: Path,
    encoder: str,
    groups: str = "",
    cache: Path | None = None,
    scheme: Path | None = None,
) -> tuple[Head, set[str], Scored]:
    """The head trained on a table, the names of pictures that could not be read, and what heads trained
    without a picture's group answered. `scheme` is a SKOS file whose concepts the labels name.

    Raises `TableError`, `EncoderError`, or `ValueError` (fewer than two labels, wrong labels for medium).
    """

    rows, own = rows_of(task, labels, groups, scheme)
    items = [illustration(row.name, row.path) for row in rows]
    embeddings = embeddings_of(encoder, cache)
    failed = ensure(embeddings, items) | {item.id for item in items if not item.image_digest}
    vectors, mask = embeddings.matrix(items)
    kept = [row for row, use in zip(rows, mask, strict=True) if use]
    head, answers = training.trained(
        task,
        vectors[mask],
        [row.label for row in kept],
        [row.group for row in kept],
        (embeddings.encoder.spec, embeddings.encoder.sha256),
        knowledge.recipe(task, embeddings.encoder),
        order=tuple(own) or schemes.order(task),
        knowledge=knowledge.known_words(task, embeddings.encoder, own),
    )
    used = np.flatnonzero(mask)
    digest = training_digest((items[i].image_digest, rows[i].label) for i in used)
    card = dict(head.card)
    card["encoder_key"] = embeddings.encoder.key
    card["preprocessing"] = embeddings.encoder.preprocessing
    card["training"] = card["training"] | {"sha256": digest}
    if own:
        card["scheme"] = own
    scored = htmlreport.Scored(
        head.labels,
        [row.path for row in kept],
        [row.name for row in kept],
        answers,
        np.array([head.labels.index(row.label) for row in kept]),
        [row.group for row in kept],
        head.threshold,
    )
    return training.with_card(head, card), failed, scored


def tune(
    task: str,
    labels: Path,
    recipe: str,
    out: Path,
    backbone: str = "",
    groups: str = "",
    scheme: Path | None = None,
) -> tuple[Head, set[str], Scored]:
    """A network fine-tuned on a table and saved to `out`; as `head_with_answers`, the answers those for the
    groups it was not trained on. `backbone` replaces the recipe's.
    """

    from vision import finetune, recipes

    chosen = recipes.load(recipe)
    if backbone:
        chosen = replace(chosen, backbone=backbone, backbone_gpu="")
    rows, own = rows_of(task, labels, groups, scheme)
    kept, digests, failed = [], [], set()
    for row in rows:
        try:
            open_image(row.path, 64)
        except ImageError as error:
            click.echo(f"{row.name}: {error}", err=True)
            failed.add(row.name)
        else:
            kept.append(row)
            digests.append((illustration(row.name, row.path).image_digest, row.label))
    model = finetune.finetune(
        task,
        [row.path for row in kept],
        [row.label for row in kept],
        [row.group for row in kept],
        chosen,
        tuple(own) or schemes.order(task),
        lambda line: click.echo(line, err=True),
    )
    if own:
        model.head.card["scheme"] = own  # type: ignore[index]
    model.head.card["training"]["sha256"] = training_digest(digests)
    head = finetune.save(model, out)
    left = [kept[int(row)] for row in model.left_out]
    scored = htmlreport.Scored(
        head.labels,
        [row.path for row in left],
        [row.name for row in left],
        model.answers,
        np.array([head.labels.index(row.label) for row in left]),
        [row.group for row in left],
        head.threshold,
    )
    return head, failed, scored


def rows_of(
    task: str, labels: Path, groups: str, scheme: Path | None = None
) -> tuple[list[Labelled], dict[str, Any]]:
    """The rows of a table, and what a card keeps of the project's own scheme ({} without one)."""
    rows = labelled(labels, groups)
    if scheme is not None:
        if task != "category":
            raise ValueError("a scheme of your own is for category: labels of medium are painting and other")
        kinds = skos.read(scheme)
        names = skos.ids([row.label for row in rows], kinds, scheme)
        rows = [replace(row, label=name) for row, name in zip(rows, names, strict=True)]
        return rows, skos.card(kinds, names)
    if task == "medium" and not {row.label for row in rows} <= {"painting", "other"}:
        raise ValueError(f"{labels}: labels of medium are painting and other")
    return rows, {}
