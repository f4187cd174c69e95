"""Write `docs/commands.md` from the command line itself: every command and option with its help text.

In: the commands that the rooms register. Out: the page. Run it after a command has changed:
`python docs/make_commands.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import click

from enrich.cli import main

HEAD = """# Commands

Written by `python docs/make_commands.py` from the program itself; `legenda COMMAND --help` says the same.
Exit status: 0 done, 1 some items failed (they are reported), 2 wrong usage.
"""


def commands(
    group: click.Group, context: click.Context, path: tuple[str, ...] = ()
) -> list[tuple[str, click.Command]]:
    """Every command below `group` that does something, with its words, in the order `--help` lists them."""
    out: list[tuple[str, click.Command]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            out += commands(command, context, (*path, name))
        else:
            out.append((" ".join((*path, name)), command))
    return out


def every_command() -> list[tuple[str, click.Command]]:
    """All commands of `legenda`."""
    assert isinstance(main, click.Group)
    return commands(main, click.Context(main))


def flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip().replace("|", "\\|")


def page() -> str:
    """The page as Markdown."""
    parts = [HEAD]
    for name, command in every_command():
        context = click.Context(command, info_name=f"legenda {name}")
        usage = " ".join(command.collect_usage_pieces(context))
        parts.append(f"## `legenda {name}`\n\n```\nlegenda {name} {usage}\n```\n")
        parts.append("\n\n".join(flat(p) for p in (command.help or "").split("\n\n")) + "\n")
        rows = []
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                record = option.get_help_record(context)
                if record:
                    rows.append(f"| `{flat(record[0])}` | {flat(record[1])} |")
        if rows:
            parts.append("| option | means |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    Path(__file__).with_name("commands.md").write_text(page(), encoding="utf-8")
