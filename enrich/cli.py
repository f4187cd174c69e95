"""The root command `legenda`: it collects every room's commands by their entry points, and imports a room
only when one of its commands is run.

In: the command line. Out: the command's exit status (0, 1 when some items failed, 2 for wrong usage). The
one-line help of a command is read from its docstring in the source text, so that `legenda --help` imports
nothing heavy.
"""

from __future__ import annotations

import ast
import importlib.util
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import click

GROUP = "legenda.commands"


class Rooms(click.Group):
    """A command group over the entry points `legenda.commands`, loaded when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order in which one meets them."""
        names = _entry_points()
        return [*(n for n in _ORDER if n in names), *sorted(n for n in names if n not in _ORDER)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None when there is no such."""
        found = _entry_points().get(cmd_name)
        if found is None:
            return None
        try:
            command = found.load()
        except (ImportError, AttributeError) as problem:
            raise click.ClickException(
                f"the command {cmd_name!r} cannot be loaded ({problem}); install Legenda again"
            ) from None
        if not isinstance(command, click.Command):
            raise click.ClickException(f"the entry point {found.value} is not a command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name is answered with the nearest known one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in _entry_points():
            near = get_close_matches(name, self.list_commands(ctx), 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(self.list_commands(ctx))}."
            ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands with one line each, without importing them."""
        found = _entry_points()
        with formatter.section("Commands"):
            formatter.write_dl([(n, short_help(found[n])) for n in self.list_commands(ctx)])


_ORDER = (
    "sample", "enrich", "serve", "query", "dump", "validate", "snapshot",
    "link", "gazetteer", "classify", "train", "evaluate",
)  # fmt: skip


def _entry_points() -> dict[str, EntryPoint]:
    return {e.name: e for e in entry_points(group=GROUP)}


def short_help(entry: EntryPoint) -> str:
    """The first sentence of a command's docstring, read from the source file of its module."""
    module, _, attribute = entry.value.partition(":")
    try:
        spec = importlib.util.find_spec(module)
        source = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
    except (ImportError, OSError):
        source = ""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == attribute:
            text = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
            return text.split(". ")[0].rstrip(".") + "." if text else ""
    return ""


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="legenda", prog_name="legenda")
def main() -> None:
    """Describe the illustrations of digitised books as linked data, with confidence and evidence."""
