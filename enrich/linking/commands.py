"""The commands `legenda link` and `legenda gazetteer load|harvest|update|info`: thin shells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.nouns import Fault

if TYPE_CHECKING:
    from enrich.linking.sparql import Endpoint


class _Faults:
    """Faults shown as they come (the first twenty), counted all."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, fault: Fault) -> None:
        self.count += 1
        if self.count <= 20:
            click.echo(f"{fault.place}: {fault.reason}", err=True)

    def finish(self) -> None:
        if self.count > 20:
            click.echo(f"… and {self.count - 20} more", err=True)
        if self.count:
            click.echo(f"{self.count} items failed", err=True)
            raise SystemExit(1)


@click.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--gazetteer", "-g", default="builtin", show_default=True, help="Folder of a gazetteer, or builtin."
)
@click.option(
    "--out", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path), help="CSV to write."
)
@click.option(
    "--processes",
    "-p",
    type=click.IntRange(1),
    default=None,
    help="Processes to use. [default: all processors]",
)
def link(table: Path, gazetteer: str, out: Path, processes: int | None) -> None:
    """Link a table of captions or names to artists and artworks.

    TABLE is a CSV with the columns id and caption and, where known, year (of printing), language and
    context (source title, heading and text on a line each). OUT gets id, artist, artist_confidence,
    qualifier, artwork and artwork_confidence; an empty cell means: none in the gazetteer.
    """
    from enrich.linking.gazetteer import GazetteerError
    from enrich.linking.table import TableError, link_table

    faults = _Faults()
    try:
        link_table(table, gazetteer, out, processes=processes, fault=faults)
    except (TableError, GazetteerError) as error:
        raise click.UsageError(str(error)) from None
    faults.finish()


@click.group()
def gazetteer() -> None:
    """The index of artists and artworks that captions are linked to."""


@gazetteer.command("load")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--out", "-o", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write."
)
@click.option(
    "--languages", "-l", default="", help="Languages of labels to keep, as en,de,fr. [default: all]"
)
def load_command(files: tuple[Path, ...], out: Path, languages: str) -> None:
    """Build a gazetteer from N-Triples files (Wikidata's truthy dump or a part of it), plain or .gz."""
    from enrich.linking.build import EmptyGazetteer
    from enrich.linking.load import load

    faults = _Faults()
    wanted = [part.strip() for part in languages.split(",") if part.strip()]
    try:
        card = load(files, out, wanted or None, faults)
    except (EmptyGazetteer, OSError) as error:
        raise click.UsageError(str(error)) from None
    _show(out, card)
    faults.finish()


def _contact(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--contact",
        envvar="LEGENDA_CONTACT",
        required=True,
        help="Mail address or web page of whoever harvests, for the User-Agent.",
    )(command)


@gazetteer.command("harvest")
@click.option("--endpoint", required=True, help="URL of a SPARQL endpoint with Wikidata's data.")
@click.option(
    "--out", "-o", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write."
)
@click.option(
    "--scope",
    default="person,artwork,institution,building",
    show_default=True,
    help="What to harvest: kinds, or classes of them such as painter, engraver, print.",
)
@click.option(
    "--languages", "-l", default="en,de,fr,it,es,nl,mul", show_default=True, help="Languages of names."
)
@click.option(
    "--batch", default=200, show_default=True, type=click.IntRange(1), help="Items asked for at once."
)
@_contact
def harvest_command(endpoint: str, out: Path, scope: str, languages: str, batch: int, contact: str) -> None:
    """Harvest a gazetteer by SPARQL; started again after an interruption, it goes on where it stopped."""
    from enrich.linking.harvest import harvest
    from enrich.linking.records import scope_of, scopes

    kinds = [part.strip() for part in scope.split(",") if part.strip()]
    for kind in kinds:
        try:
            scope_of(kind)
        except KeyError:
            classes = [
                name for lists in scopes().values() for names in lists.values() for name in names.values()
            ]
            offered = f"{', '.join(scopes())}, or of these {', '.join(dict.fromkeys(classes))}"
            raise click.UsageError(f"no scope {kind}; there are {offered}") from None
    tongues = [part.strip() for part in languages.split(",") if part.strip()]
    _ask(lambda asked: harvest(asked, out, kinds, tongues, _say, batch=batch), endpoint, contact, out)


@gazetteer.command("update")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--endpoint", default="", help="URL to ask. [default: the one it was harvested from]")
@_contact
def update_command(folder: Path, endpoint: str, contact: str) -> None:
    """Bring a harvested gazetteer up to date: what is new, what has changed, what is gone."""
    import json

    from enrich.linking.harvest import update

    state = folder / "harvest" / "state.json"
    if not state.exists():
        raise click.UsageError(f"{folder}: was not harvested; load it anew from newer dumps")
    url = endpoint or json.loads(state.read_text("utf-8"))["endpoint"]
    _ask(lambda asked: update(asked, folder, _say), url, contact, folder)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _ask(work: Callable[[Endpoint], dict[str, object]], url: str, contact: str, out: Path) -> None:
    from enrich.linking.build import EmptyGazetteer
    from enrich.linking.sparql import Endpoint, EndpointError

    try:
        card = work(Endpoint(url, contact, say=_say))
    except (EndpointError, EmptyGazetteer) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(1) from None
    _show(out, card)


@gazetteer.command("info")
@click.argument("folder", default="builtin")
def info(folder: str) -> None:
    """What a gazetteer holds, and where it comes from (default: the built-in one)."""
    from enrich.linking.gazetteer import GazetteerError, open_gazetteer

    try:
        opened = open_gazetteer(folder)
    except GazetteerError as error:
        raise click.UsageError(str(error)) from None
    _show(opened.folder, opened.card)
    size = sum(p.stat().st_size for p in opened.data.iterdir())
    click.echo(f"  size        {size / 1e6:.1f} MB")


def _show(folder: Path, card: dict[str, object]) -> None:
    click.echo(f"{folder}: version {card['version']}, made {card['created']}")
    entities = card["entities"]
    assert isinstance(entities, dict)
    click.echo("  entities    " + ", ".join(f"{n:,} {kind}" for kind, n in entities.items()))
    languages = card["languages"]
    assert isinstance(languages, dict)
    shown = ", ".join(f"{n:,} {lang or 'without language'}" for lang, n in list(languages.items())[:8])
    click.echo(f"  labels      {card['labels']:,} ({shown})")
    click.echo(f"  name forms  {card['name_forms']:,}; titles {card['titles']:,}")
    provenance = card["provenance"]
    assert isinstance(provenance, dict)
    for source in provenance.get("sources", ()):
        click.echo("  source      " + ", ".join(f"{k} {v}" for k, v in source.items()))
