"""`legenda serve`: the web side of a store, under gunicorn; `legenda token`: who may change it over HTTP.

In: a store directory, an address, a number of processes. Out: a service on the latest snapshot; its address
is printed on standard output when it listens. A newly published snapshot is served without a restart.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option(
    "--store", required=True, metavar="DIR", help="The store to serve (a directory, or oxigraph:DIR)."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free port."
)
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 256), help="Server processes."
)
@click.option(
    "--threads", default=4, show_default=True, type=click.IntRange(1, 256), help="Threads per process."
)
@click.option("--title", default=None, help="The name that stands on every page.")
def serve(store: str, host: str, port: int, workers: int, threads: int, title: str | None) -> None:
    """Serve the latest snapshot of a store: pages, linked data, images and SPARQL.

    Stops on Ctrl-C. Other settings are read from LEGENDA_* environment variables (docs/web.md lists them).
    """
    from kg import snapshots
    from kg.engines import StoreError

    folder = _existing(store)
    try:
        served = snapshots.latest(folder)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    if served is None:
        raise click.ClickException(
            f"{folder} has no snapshot yet: run `legenda enrich CORPUS --store {folder}`, "
            f"or `legenda snapshot publish --store {folder}`"
        )
    from api.settings import Settings

    given: dict[str, Any] = {"title": title} if title else {}
    try:
        Settings.load(given)  # before anything listens; each process reads them again
    except ValueError as error:
        raise click.ClickException(f"{error} (see LEGENDA_* in docs/web.md)") from error
    listening = _listen(host, port)
    from api.server import run

    run(folder, listening, workers=workers, threads=threads, settings=given)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, or one clear line why there is none."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(512)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port"
        ) from error
    return listening


@click.group()
def token() -> None:
    """Tokens for changes over HTTP: reviews, Graph Store, SPARQL Update."""


@token.command("create")
@click.option("--store", required=True, metavar="DIR", help="The store the token is for.")
@click.option("--name", required=True, help="Whose token it is; `revoke` takes the same name.")
@click.option(
    "--role", default="write", show_default=True, type=click.Choice(["read", "review", "write", "admin"])
)
@click.option("--orcid", default="", metavar="ID", help="The holder's ORCID iD; it then signs the reviews.")
def token_create(store: str, name: str, role: str, orcid: str) -> None:
    """Make a token and print it. It is shown this once; the store keeps only its hash."""
    from api import tokens

    try:
        click.echo(tokens.create(_existing(store), name, role, orcid.removeprefix("https://orcid.org/")))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


@token.command("list")
@click.option("--store", required=True, metavar="DIR", help="The store whose tokens are listed.")
def token_list(store: str) -> None:
    """Who has a token, with which role, since when."""
    from api import tokens

    for entry in tokens.listed(_existing(store)):
        click.echo(f"{entry['name']}  {entry['role']}  {entry['made']}")


@token.command("revoke")
@click.option("--store", required=True, metavar="DIR", help="The store the tokens are for.")
@click.option("--name", required=True, help="Whose tokens are withdrawn.")
def token_revoke(store: str, name: str) -> None:
    """Withdraw all tokens of a name."""
    from api import tokens

    if not tokens.revoke(_existing(store), name):
        raise click.ClickException(f"there is no token of {name}")


def _existing(store: str) -> Path:
    folder = Path(store.removeprefix("oxigraph:"))
    if not folder.is_dir():
        raise click.UsageError(f"there is no store at {folder}")
    return folder
