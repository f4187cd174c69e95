"""The command of this room: `legenda report`, what the text around the pictures speaks of, as one page."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("store")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The HTML file to write."
)
@click.option(
    "--language",
    type=click.Choice(["en", "de", "fr"]),
    default="en",
    show_default=True,
    help="Language of the page's own words.",
)
@click.option(
    "--pictures",
    type=click.IntRange(0, 50),
    default=5,
    show_default=True,
    help="Pictures shown of each topic.",
)
def report(store: str, out: Path, language: str, pictures: int) -> None:
    """Write the topics of a store's snapshot as one HTML page: map, words, time, sources, pictures."""
    from enrich.pipeline import store_folder
    from enrich.settings import SettingsError
    from enrich.text.report.data import findings
    from enrich.text.report.page import page
    from kg.store import StoreError

    try:
        folder = store_folder(store)
        text = page(findings(str(folder)), folder, language, pictures)
    except (StoreError, SettingsError) as problem:
        raise click.UsageError(str(problem)) from None
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise click.UsageError(f"--out {out}: {problem.strerror}") from None
    click.echo(f"{out}: {len(text.encode()) / 1e6:.1f} MB")
