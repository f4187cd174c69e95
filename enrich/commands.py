"""The commands of this room: `legenda enrich` and `legenda sample`.

In: the command line. Out: a store with a published snapshot, or a sample corpus; exit status 0, 1 when some
items failed (they are listed, and all in STORE/faults.csv), 2 for wrong usage, 130 when interrupted.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

import click

from enrich import registry, settings


@click.command()
@click.argument("corpus")
@click.option(
    "--store", required=True, metavar="DIR", help="The store to write into; made if it is not there."
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file (default: legenda.toml in the corpus folder, if there is one).",
)
@click.option("--base", help=f"Base IRI of everything minted (default {settings.DEFAULT_BASE}).")
@click.option("--id", "corpus_id", help="Name of the corpus inside the store (default: its folder's name).")
@click.option("--only", metavar="STAGE,…", help=f"Run only these stages ({', '.join(registry.NAMES)}).")
@click.option("--skip", metavar="STAGE,…", help="Run all stages but these.")
@click.option(
    "--set", "sets", multiple=True, metavar="STAGE.KEY=VALUE", help="One setting of a stage; repeatable."
)
@click.option(
    "--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Which column is which; repeatable."
)
@click.option("--images", metavar="DIR", help="The folder a table's image paths are relative to.")
@click.option("--encoder", help=f"Picture encoder (default {settings.DEFAULT_ENCODER}).")
@click.option("--gazetteer", help="Gazetteer to link to (default: the built-in one).")
@click.option(
    "--thesaurus", help="SKOS thesaurus for descriptors (default: thesaurus.ttl in the corpus folder)."
)
@click.option(
    "--topics",
    metavar="fixed:FILE",
    help="Apply the topics an earlier run kept instead of looking for topics.",
)
@click.option("--jobs", type=click.IntRange(min=0), help="CPU cores to use (default 0: all).")
@click.option("--force", is_flag=True, help="Publish even a graph that breaks its SHACL shapes.")
@click.option("--quiet", is_flag=True, help="No progress, no table; only what went wrong.")
@click.option("--debug", is_flag=True, help="Show the traceback of a stage that fails.")
def enrich(corpus: str, store: str, config: Path | None, quiet: bool, debug: bool, **options: Any) -> None:
    """Look at a corpus, read its texts, link it, and publish the graph. Resumes where it stopped.

    CORPUS is a file, a folder, or the address of a IIIF manifest or collection.
    """
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    if debug:
        logging.getLogger("legenda").setLevel(logging.DEBUG)
    try:
        status = _enrich(corpus, store, config, quiet, options)
    except settings.SettingsError as problem:
        raise click.UsageError(str(problem)) from None
    except (OSError, sqlite3.Error) as problem:
        reason = " ".join(str(problem).split())
        click.echo(
            f"Error: {store}: {reason}. Is the disk full? What was published is still served; "
            "the same command continues where it stopped.",
            err=True,
        )
        status = 1
    except KeyboardInterrupt:
        click.echo(f"Interrupted. The same command continues where it stopped (store {store}).", err=True)
        status = 130
    sys.exit(status)


def _enrich(corpus: str, store: str, config: Path | None, quiet: bool, options: dict[str, Any]) -> int:
    from enrich.corpora import CorpusError, Digests, Reading, is_address, read
    from enrich.pipeline import run, store_folder
    from enrich.progress import reporter
    from enrich.report import faults_by_reason, summary, write_faults
    from kg.store import StoreError

    path = Path() if is_address(corpus) else Path(corpus)
    beside = config if is_address(corpus) else _config_file(path, config)
    told = settings.load(beside, _overrides(options), registry.NAMES)
    told = told if is_address(corpus) else _with_thesaurus(told, path)
    reading = settings.config_for(Reading, told.stages.get(settings.READ, {}), settings.READ)
    _use_cores(told.jobs)
    folder = store_folder(store)
    report = reporter(quiet)
    with Digests(folder / "cache" / "images.sqlite", told.jobs or os.cpu_count() or 1) as digests:
        try:
            found, faults = read(
                corpus, told.columns, told.corpus or None, told.images or None, digests,
                reading=reading, work=folder, say=report.line,
            )  # fmt: skip
            outcome = run(found, faults, store, told, digests, report, force=options["force"])
        except (CorpusError, StoreError) as problem:
            raise click.UsageError(str(problem)) from None
    write_faults(folder / "faults.csv", outcome.faults)
    if not quiet:
        click.echo(summary(outcome, store))
    else:
        for line in faults_by_reason([f for f in outcome.faults if f.level == "error"]):
            click.echo(line, err=True)
    return 1 if outcome.failed else 0


def _config_file(corpus: Path, config: Path | None) -> Path | None:
    if config is not None:
        return config
    beside = (corpus if corpus.is_dir() else corpus.parent) / "legenda.toml"
    return beside if beside.is_file() else None


def _overrides(options: dict[str, Any]) -> dict[str, Any]:
    """What the command line says, as settings; what it does not say is left to the file."""
    overrides: dict[str, Any] = {
        key: options[key]
        for key in ("base", "images", "encoder", "gazetteer", "thesaurus", "jobs")
        if options[key] is not None
    }
    if options["corpus_id"]:
        overrides["corpus"] = options["corpus_id"]
    for key in ("only", "skip"):
        if options[key]:
            overrides[key] = tuple(n.strip() for n in options[key].split(",") if n.strip())
    if options["maps"]:
        overrides["columns"] = dict(settings.parse_pair("--map", text) for text in options["maps"])
    stages: dict[str, dict[str, Any]] = {}
    for text in options["sets"]:
        stage, key, value = settings.parse_set(text)
        stages.setdefault(stage, {})[key] = value
    if options["topics"]:
        stages.setdefault("topics", {})["model"] = settings.parse_topics(options["topics"])
    if stages:
        overrides["stages"] = stages
    return overrides


def _with_thesaurus(told: settings.Settings, corpus: Path) -> settings.Settings:
    """The corpus's own thesaurus.ttl, when no other is named."""
    from dataclasses import replace

    own = corpus / "thesaurus.ttl"
    return replace(told, thesaurus=str(own)) if not told.thesaurus and own.is_file() else told


def _use_cores(jobs: int) -> None:
    """Bound the threads of the numeric libraries; they read these variables when they are first imported."""
    if jobs:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
            os.environ[name] = str(jobs)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--seed", type=int, help="Draw another edition of the journal (default: the one of the README)."
)
def sample(folder: Path, seed: int | None) -> None:
    """Draw the sample corpus: a small trilingual journal with plates of every kind."""
    from enrich.sample import draw

    if folder.exists() and any(folder.iterdir()) and not (folder / "thesaurus.ttl").is_file():
        raise click.UsageError(f"{folder}: is not empty and not a sample corpus; choose another folder")
    if seed is None:
        draw(folder)
    else:
        draw(folder, seed=seed)
    click.echo(f"Sample corpus: {folder}\nNext: legenda enrich {folder} --store STORE")
