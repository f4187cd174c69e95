"""The commands of this room: query, dump, validate, export, import, snapshot.

In: a store (a folder, or `sparql:URL`) and options. Out: results on standard output, messages on standard
error, and the exit status: 0, 1 when something was found wrong, 2 for wrong usage. Heavy imports wait inside
the functions, so that `legenda --help` is instant.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click

DEFAULT_STORE = "build/store"
FORMS = ["csv", "edm", "schema", "linked-art", "annotations", "iiif", "site"]


def store_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option `--store`, the same everywhere."""
    return click.option(
        "--store",
        envvar="LEGENDA_STORE",
        default=DEFAULT_STORE,
        show_default=True,
        help="Store to read: a folder, or sparql:URL. Also from the environment: LEGENDA_STORE.",
    )(function)


@click.command()
@click.argument("query", required=False)
@store_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "tsv", "json", "xml", "ttl", "nt", "jsonld"]),
    help="How to write the answer. Default: a table, or Turtle for CONSTRUCT and DESCRIBE.",
)
@click.option("--snapshot", "version", help="Ask this snapshot instead of the served one.")
@click.option("--list", "listed", is_flag=True, help="List the example queries that come with the program.")
def query(query: str | None, store: str, form: str | None, version: str | None, listed: bool) -> None:
    """Ask the graph by SPARQL.

    QUERY is SPARQL text, a file with it, "-" for standard input, or the name of an example query (--list).
    The default graph is the union of all graphs; the prefixes lg:, skos:, dcterms: … need not be declared.
    """
    from kg import queries
    from kg.answers import write_answer
    from kg.reading import open_reader

    if listed:
        for name in queries.names():
            click.echo(f"{name:28} {queries.title(name)}")
        return
    if not query:
        raise click.UsageError("give a query, a file with one, or the name of an example (see --list)")
    text = _query_text(query)
    with _clear_errors():
        reader = open_reader(store, version)
        write_answer(reader, text, form, sys.stdout.buffer)


@click.command()
@store_option
@click.option(
    "--out", type=click.Path(path_type=Path), help="File to write; .gz compresses. Default: standard output."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["nq", "trig", "nt", "ttl"]),
    help="Default: from the file name, else nq.",
)
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    help='Only this graph: "current", "source", "run/CORPUS/ENRICHER" or an IRI.',
)
@click.option("--snapshot", "version", help="Dump this snapshot instead of the served one.")
@click.option("--sorted", "in_order", is_flag=True, help="Sorted N-Quads, to compare two dumps (in memory).")
def dump(
    store: str,
    out: Path | None,
    form: str | None,
    graphs: tuple[str, ...],
    version: str | None,
    in_order: bool,
) -> None:
    """Write the graph, or some of its named graphs, to a file; memory stays flat."""
    from kg.dumps import write_dump
    from kg.reading import open_reader

    with _clear_errors():
        write_dump(open_reader(store, version), out, form, graphs, in_order)


@click.command()
@store_option
@click.option("--snapshot", "version", help="Check this snapshot instead of the served one.")
@click.option("--pyshacl", is_flag=True, help="Check with pyshacl, the reference implementation (slow).")
@click.option("--limit", default=20, show_default=True, help="Violations to show of each rule.")
def validate(store: str, version: str | None, pyshacl: bool, limit: int) -> None:
    """Check the graph against its SHACL shapes. Exit status 1 when something breaks them."""
    from kg import shapes
    from kg.reading import open_reader

    with _clear_errors():
        reader = open_reader(store, version)
        counts: dict[tuple[str, str], int] = {}
        for found in (shapes.pyshacl_check if pyshacl else shapes.check)(reader.query):
            rule = (found.shape, found.component)
            counts[rule] = counts.get(rule, 0) + 1
            if counts[rule] <= limit:
                click.echo(str(found))
    for (shape, component), count in sorted(counts.items()):
        click.echo(f"{count:8} × {shape} {component}", err=True)
    click.echo(f"{sum(counts.values())} violations of {len(shapes.rules())} rules", err=True)
    sys.exit(1 if counts else 0)


@click.command("export")
@click.argument(
    "form", type=click.Choice(["csv", "edm", "schema", "linked-art", "annotations", "iiif", "site"])
)
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@store_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The same as FOLDER.")
@click.option("--provider", default="Legenda", show_default=True, help="Name of the data provider (EDM).")
@click.option("--snapshot", "version", help="Export this snapshot instead of the served one.")
@click.option("--language", default="en", show_default=True, help="Language of a site: en, de or fr.")
@click.option("--thumbnails", is_flag=True, help="A site without the pictures in full size.")
def export_command(
    form: str,
    folder: Path | None,
    store: str,
    out: Path | None,
    provider: str,
    version: str | None,
    language: str,
    thumbnails: bool,
) -> None:
    """Write the graph into FOLDER in a form of exchange.

    FORM: csv (a table per class), edm (Europeana), schema (schema.org), linked-art, annotations (W3C Web
    Annotation pages, one per source), iiif (the same for IIIF viewers), site (the map and all pages of the
    served snapshot, for any web space, with tables for PixPlot and VIKUS Viewer).
    """
    from kg.exchange.export import export
    from kg.reading import open_reader

    out = folder or out
    if out is None:
        raise click.UsageError("say which folder to write into: legenda export FORM FOLDER")
    with _clear_errors():
        if form == "site":
            # The pages belong to a room above this one, which offers the form by an entry point.
            (offered,) = entry_points(group="legenda.exports", name="site")
            pages = offered.load()(_existing(store), out, language, not thumbnails)
            click.echo(f"{out}: {pages} pages")
            return
        for file in export(open_reader(store, version), form, out, provider):
            click.echo(str(file))


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@store_option
@click.option("--from", "name", required=True, help="Whose claims these are: becomes part of the run's name.")
def import_command(file: Path, store: str, name: str) -> None:
    """Take claims of another institution (TriG, N-Quads, .gz) into the store, with their provenance."""
    from kg import snapshots
    from kg.exchange.imports import import_claims
    from kg.store import open_store

    with _clear_errors():
        if not store.startswith("sparql:"):
            _existing(store)
        with open_store(store) as opened:
            for run in import_claims(opened, file, name):
                left = f", {run.left_out} not about our illustrations" if run.left_out else ""
                click.echo(f"{run.corpus}/{run.enricher}: {run.statements} statements{left}")
            opened.derive_current()
            if opened.folder is not None:
                click.echo(f"published {snapshots.publish(opened).version}")


@click.group()
def snapshot() -> None:
    """Publish, list and roll back the versions that are served."""


@snapshot.command("publish")
@store_option
@click.option("--keep", default=5, show_default=True, help="Snapshots to keep.")
@click.option("--force", is_flag=True, help="Publish even what breaks the SHACL shapes or is incomplete.")
def snapshot_publish(store: str, keep: int, force: bool) -> None:
    """Publish what the store holds now."""
    from kg import snapshots

    with _clear_errors():
        _existing(store)
        made = snapshots.publish(store, keep=keep, force=force)
    click.echo(f"{made.version}  {made.path}")


@snapshot.command("list")
@store_option
def snapshot_list(store: str) -> None:
    """List the snapshots, oldest first; the served one has a star."""
    from kg import snapshots

    with _clear_errors():
        folder = _existing(store)
        served = snapshots.latest(folder)
        for each in snapshots.list_all(folder):
            star = "*" if served and each.version == served.version else " "
            when = f"{each.published:%Y-%m-%d %H:%M:%S} UTC"
            click.echo(f"{star} {each.version}  {when}  revision {each.revision}")


@snapshot.command("rollback")
@click.argument("version", required=False)
@store_option
def snapshot_rollback(version: str | None, store: str) -> None:
    """Serve an older snapshot: VERSION, or the one before the served one."""
    from kg import snapshots

    with _clear_errors():
        made = snapshots.rollback(_existing(store), version)
    click.echo(f"now served: {made.version}")


@snapshot.command("prune")
@store_option
@click.option("--keep", default=5, show_default=True, type=click.IntRange(min=1), help="Snapshots to keep.")
def snapshot_prune(store: str, keep: int) -> None:
    """Remove all but the newest snapshots and the served one."""
    from kg import snapshots

    with _clear_errors():
        gone = snapshots.prune(_existing(store), keep)
    click.echo(f"removed {len(gone)} snapshots" + (f": {', '.join(gone)}" if gone else ""))


def _existing(store: str) -> Path:
    from kg.engines import StoreError

    folder = Path(store.removeprefix("oxigraph:"))
    if not (folder / "store.json").is_file():
        raise StoreError(f"{folder}: no store here")
    return folder


def _query_text(given: str) -> str:
    from kg import queries

    if given == "-":
        return sys.stdin.read()
    if given in queries.names():
        return queries.load(given)
    if "{" not in given:
        file = Path(given)
        if not file.is_file():
            raise click.UsageError(f"{given}: neither SPARQL, nor a file, nor an example query (see --list)")
        return file.read_text(encoding="utf-8")
    return given


class _clear_errors:
    """Turns the errors a user can cause into one line and exit status 2."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from kg.engines import StoreError

        if isinstance(error, SyntaxError):
            # The parser lists every character it would have liked; the place and a few are enough.
            place, _, expected = str(error).partition(": ")
            raise click.UsageError(f"the query is not SPARQL: {place}, {expected[:80]}") from error
        if isinstance(error, BrokenPipeError):
            sys.stderr.close()
            sys.exit(0)
        if isinstance(error, StoreError | ValueError | OSError):
            raise _Unusable(str(error)) from error


class _Unusable(click.ClickException):
    """One line, without a reminder of the options: these were right."""

    exit_code = 2
