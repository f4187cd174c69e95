"""`legenda classify`, `legenda train`, `legenda evaluate`: the room's commands, thin over its functions.

Vectors are kept by content in the user's cache folder, so that asking about the same picture again, or
training on it with another set of labels, looks at it only once per encoder. Exit status 1 means that some
pictures could not be read (each is named), 2 that the command was used wrongly.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from kg.nouns import Illustration
    from vision.embeddings import Embeddings
    from vision.heads import Head

TASKS = ("category", "medium")


@click.command(short_help="Say what kind of picture each one is, and whether it is a painting.")
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--model", "models", multiple=True, type=click.Path(path_type=Path), help="Model folder; may be repeated."
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="CSV file to write."
)
@click.option("--decide-all", is_flag=True, help="Answer even where the model would rather not decide.")
@click.option(
    "--encoder", default="", help="Instead of models: an open_clip encoder, asked by the labels' names."
)
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Where vectors are kept.  [default: user cache folder]"
)
def classify(
    images: tuple[Path, ...],
    models: tuple[Path, ...],
    out: Path,
    decide_all: bool,
    encoder: str,
    cache: Path | None,
) -> None:
    """Classify IMAGES: picture files, folders, or tables with a column `file`.

    Writes file,category,category_confidence,medium,medium_confidence. An empty cell means "undecided" (or
    that the picture could not be read). Without --model, the models that come with the program answer.
    Pictures of one folder are answered together: what the others show makes some answers likelier. With
    --encoder nothing was learnt (zero-shot): pictures are compared with what the labels are called in
    English, German and French, and confidences are not calibrated.
    """
    if encoder and models:
        raise click.UsageError("give --model or --encoder: a model brings its encoder along")
    from kg.nouns import probability
    from vision import heads
    from vision.tables import illustration, pictures, write_rows

    with _usage_errors():
        if encoder:
            from vision.openclip import asked_by_names

            chosen = asked_by_names(encoder, TASKS)
        else:
            chosen = {task: heads.load(heads.shipped(task)) for task in TASKS} if not models else {}
        for model in models:
            head = heads.load(model)
            if head.task in chosen:
                raise heads.ModelError(f"two models of {head.task}: give one")
            chosen[head.task] = head
        asked = pictures(images)
    items = [illustration(name, path) for name, path in asked]
    answers: dict[str, tuple[list[str], list[str]]] = {}
    failed = {item.id for item in items if not item.image_digest}
    for item in items:
        if item.id in failed:
            click.echo(f"{item.id}: cannot be read", err=True)
    for task, head in chosen.items():
        embeddings = embeddings_of(head.encoder, cache)
        _check_weights(head, embeddings)
        failed |= ensure(embeddings, items)
        vectors, mask = embeddings.matrix(items)
        labels, confidences = [""] * len(items), [""] * len(items)
        if mask.any():
            sources = [source for source, use in zip(sources_of(asked), mask, strict=True) if use]
            for row, p in zip(mask.nonzero()[0], head.answers(vectors[mask], sources), strict=True):
                best = int(p.argmax())
                confidences[row] = f"{probability(float(p[best])):.4f}"
                if decide_all or p[best] >= head.threshold:
                    labels[row] = head.labels[best]
        answers[task] = (labels, confidences)
    blank = ([""] * len(items), [""] * len(items))
    columns = [column for task in TASKS for column in answers.get(task, blank)]
    header = ["file", *(name for task in TASKS for name in (task, f"{task}_confidence"))]
    write_rows(out, header, ([item.id, *cells] for item, *cells in zip(items, *columns, strict=True)))
    _finish(len(items), failed)


@click.command(short_help="Train a model of category or medium on your own labels.")
@click.argument("task", type=click.Choice(TASKS))
@click.argument("labels", required=False, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Model folder to write.")
@click.option("--from-reviews", is_flag=True, help="Learn from the verdicts of people in --store.")
@click.option("--store", type=click.Path(path_type=Path, exists=True, file_okay=False), help="The store.")
@click.option(
    "--prior", type=click.Path(path_type=Path), help="Model to start from.  [default: the packaged one]"
)
@click.option("--encoder", default="", help="Encoder, e.g. timm:MODEL.  [default: the packaged one]")
@click.option(
    "--recipe",
    default="head",
    show_default=True,
    help="head, augreg, plain, or a TOML file: what is trained, and how.",
)
@click.option("--groups", default="", help="Column that says which pictures belong together (a book).")
@click.option(
    "--scheme",
    type=click.Path(path_type=Path, dir_okay=False),
    help="SKOS file of your own kinds of picture (category only).",
)
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="HTML file with the model's scores."
)
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Where vectors are kept.  [default: user cache folder]"
)
def train(
    task: str,
    labels: Path | None,
    out: Path,
    from_reviews: bool,
    store: Path | None,
    prior: Path | None,
    encoder: str,
    recipe: str,
    groups: str,
    scheme: Path | None,
    report: Path | None,
    cache: Path | None,
) -> None:
    """Train a TASK model on LABELS, a table with columns file,label (label of medium: painting or other).

    Pictures of one group (column `group` or `source`, else the picture's folder) stay together when the
    model's settings are chosen and its scores estimated; the card in the model folder tells both. The recipe
    "head" trains a linear head on an encoder's vectors; "augreg" (augmented and regularised) and "plain"
    fine-tune the network itself, of which --encoder names another one than the recipe's. With --scheme,
    labels are concepts of your own SKOS file, by notation, IRI or any label, and claims name these concepts.

    With --from-reviews, LABELS is left out: a model that is there (--prior) learns from what people accepted,
    replaced and rejected in --store, and is scored on reviewed pictures left out.
    """
    if from_reviews != (store is not None) or from_reviews == (labels is not None):
        raise click.UsageError("give LABELS, or --from-reviews with --store")
    if from_reviews and store is not None:
        _learn_from_reviews(task, store, prior, out, cache)
        return
    assert labels is not None
    from vision import htmlreport, teach
    from vision.encoders import DEFAULT

    with _usage_errors():
        if recipe == "head":
            head, failed, scored = teach.head_with_answers(
                task, labels, encoder or DEFAULT, groups, cache, scheme
            )
            head.save(out)
        else:
            head, failed, scored = teach.tune(task, labels, recipe, out, encoder, groups, scheme)
    total = sum(head.card["training"]["labels"].values()) + len(failed)
    if report is not None:
        told = {"scored on": head.card["validation"], "trained on": str(labels), "recipe": recipe}
        htmlreport.write(report, f"{task}: {out.name}", told | {"encoder": head.encoder}, scored)
    click.echo(f"{task}, scored on {head.card['validation']}:")
    for line in score_lines(head.card["left_out"], head.labels):
        click.echo(line)
    click.echo(f"written to {out}")
    _finish(total, failed)


def _learn_from_reviews(task: str, store: Path, prior: Path | None, out: Path, cache: Path | None) -> None:
    """`legenda train TASK --from-reviews`."""
    import numpy as np

    from kg.judged import judged
    from kg.nouns import Illustration
    from vision import heads, learnreviews

    with _usage_errors():
        head = heads.load(prior or heads.shipped(task))
        said = judged(store, task)
    kept = store / "cache" / "embeddings"  # what the enrichment of this store has looked at already
    embeddings = embeddings_of(head.encoder, cache or (kept if kept.is_dir() else None))
    _check_weights(head, embeddings)
    items = [Illustration(j.source, j.illustration, image=j.image, image_digest=j.digest) for j in said]
    failed = ensure(embeddings, items)
    vectors, mask = embeddings.matrix(items)
    labels = list(head.labels)
    possible = np.ones((len(said), len(labels)), bool)
    for row, each in enumerate(said):
        if each.right in labels:
            possible[row] = np.arange(len(labels)) == labels.index(each.right)
        elif not each.right:
            possible[row, [labels.index(label) for label in each.wrong if label in labels]] = False
    # A value that is no label of the model's says nothing.
    tells = possible.any(axis=1) & ~possible.all(axis=1)
    used = mask & tells
    with _usage_errors():
        sources = [item.source for item, use in zip(items, used, strict=True) if use]
        learnt = learnreviews.learn(head, vectors[used], possible[used], sources)
    verdicts = sum(each.verdicts for each, use in zip(said, used, strict=True) if use)
    learnreviews.with_card(learnt, head, {"verdicts": verdicts}).save(out)
    click.echo(
        f"{task}: {verdicts} verdicts on {learnt.pictures} pictures used, sources: {learnt.sources}; "
        f"{len(said) - learnt.pictures} pictures left out "
        f"({int((~mask).sum())} cannot be read, of {int((mask & ~tells).sum())} nothing can be learnt)"
    )
    click.echo(f"scored on {learnt.known} pictures whose right label is known:")
    for name, scores in (
        ("before", learnt.before),
        ("after, on fifths left out", learnt.after),
        ("after, on whole sources left out", learnt.elsewhere),
    ):
        if scores is not None:
            click.echo(
                f"  {name:32}  accuracy {scores['accuracy']:.3f}  log loss {scores['log_loss']:.3f}  "
                f"calibration error {scores['calibration_error']:.3f}"
            )
    if not learnt.strength:
        click.echo("no change made left-out pictures better: the model written is the one that was there")
    click.echo(f"written to {out}; use it with `legenda enrich … --set {task}.model={out}`")
    _finish(len(said), failed)


@click.command(short_help="Score a model on labelled pictures.")
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--groups", default="", help="Column to report by.  [default: group, source or folder]")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="HTML file with the scores.")
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Where vectors are kept.  [default: user cache folder]"
)
def evaluate(model: Path, labels: Path, groups: str, report: Path | None, cache: Path | None) -> None:
    """Score MODEL on LABELS (columns file,label): over all, per label and per group. Never on what it was
    trained on.
    """
    import numpy as np

    from vision import heads, htmlreport, metrics
    from vision.tables import illustration, labelled

    with _usage_errors():
        head = heads.load(model)
        rows = labelled(labels, groups)
    items = [illustration(row.name, row.path) for row in rows]
    embeddings = embeddings_of(head.encoder, cache)
    _check_weights(head, embeddings)
    failed = ensure(embeddings, items)
    vectors, mask = embeddings.matrix(items)
    known = mask & np.array([row.label in head.labels for row in rows])
    foreign = sorted({row.label for row in rows} - set(head.labels))
    if foreign:
        click.echo(f"left out, the model has no such label: {', '.join(foreign)}", err=True)
    if not known.any():
        raise click.UsageError(f"{labels}: no picture that can be scored")
    kept = [row for row, use in zip(rows, known, strict=True) if use]
    truth = np.array([head.labels.index(row.label) for row in kept])
    sources = np.array([row.group for row in kept])
    answers = head.answers(vectors[known], sources)
    scores = metrics.report(answers, truth, sources, head.labels, head.threshold)
    if report is not None:
        files, names = [row.path for row in kept], [row.name for row in kept]
        scored = htmlreport.Scored(
            head.labels, files, names, answers, truth, sources.tolist(), head.threshold
        )
        told = {"scored on": str(labels), "encoder": head.encoder}
        htmlreport.write(report, f"{head.task}: {model.name}", told, scored)
    for line in score_lines(scores, head.labels):
        click.echo(line)
    _finish(len(items), failed | {item.id for item in items if not item.image_digest})


def score_lines(scores: dict[str, Any], labels: Sequence[str]) -> Iterator[str]:
    """A report of `metrics.report` as lines of text."""
    yield (
        f"{scores['pictures']} pictures  accuracy {scores['accuracy']:.3f}  "
        f"macro-F1 {scores['macro_f1']:.3f}  calibration error {scores['calibration_error']:.3f}  "
        f"decided {scores['decided']:.3f}  accuracy of decided {scores['accuracy_of_decided'] or 0:.3f}"
    )
    for label, row in zip(labels, scores["confusion"], strict=True):
        f1 = scores["f1"][label]
        yield f"  {label:14} F1 {'  –  ' if f1 is None else format(f1, '.3f')}  answered " + "  ".join(
            f"{other} {count}" for other, count in zip(labels, row, strict=True) if count
        )
    for name, group in scores["groups"].items():
        accuracy, decided = group["accuracy"], group["decided"]
        yield f"  {name}: {group['pictures']} pictures, accuracy {accuracy:.3f}, decided {decided:.3f}"


def sources_of(asked: Sequence[tuple[str, Path]]) -> list[str]:
    """What each picture is taken to be from: its folder (of `BOOK/images/x.jpg` the whole path)."""
    return [str(path.parent) for _, path in asked]


def cache_folder() -> Path:
    """Where vectors are kept between commands: $XDG_CACHE_HOME/legenda or ~/.cache/legenda."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "legenda" / "embeddings"


def embeddings_of(encoder: str, cache: Path | None) -> Embeddings:
    from vision.embeddings import Embeddings
    from vision.encoders import EncoderError, load

    try:
        return Embeddings(cache or cache_folder(), load(encoder))
    except EncoderError as error:
        raise click.UsageError(str(error)) from None


def _check_weights(head: Head, embeddings: Embeddings) -> None:
    from vision.heads import fits

    if not fits(head, embeddings):
        raise click.UsageError(
            f"the {head.task} model was trained on other weights or preprocessing of {head.encoder} than are "
            "installed here: train it anew"
        )


def ensure(embeddings: Embeddings, items: Sequence[Illustration]) -> set[str]:
    """Compute missing vectors with a progress bar; the names of the pictures that could not be read."""
    by_path = {str(item.image): item.id for item in items}
    failed = set()
    with _bar(len(items)) as advance:
        for fault in embeddings.ensure(items, None, advance):
            click.echo(f"{fault.place}: {fault.reason}", err=True)
            failed.add(by_path.get(fault.place, fault.place))
    return failed


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, nothing when that is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("looking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("looking", total=total)
        yield lambda done: progress.advance(bar, done)


@contextmanager
def _usage_errors() -> Iterator[None]:
    """Turn what a user can mend into one line and exit status 2."""
    from vision.encoders import EncoderError
    from vision.heads import ModelError
    from vision.tables import TableError

    try:
        yield
    except (ModelError, TableError, EncoderError, ValueError) as error:
        raise click.UsageError(str(error)) from None


def _finish(total: int, failed: set[str]) -> None:
    if failed:
        click.echo(f"{len(failed)} of {total} pictures could not be read", err=True)
        sys.exit(1)
