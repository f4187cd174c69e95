"""What the web side's documentation must not forget."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import click

from api.app import create_app
from api.commands import serve, token
from api.settings import Settings

TEXT = (Path(__file__).parents[1] / "docs" / "web.md").read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    for field in fields(Settings):
        assert f"| `{field.name}` |" in TEXT, field.name


def test_every_option_and_command_is_documented() -> None:
    for parameter in serve.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in TEXT, parameter.opts
    for name in token.commands:
        assert f"legenda token {name}" in TEXT


def test_every_address_is_documented(served_store: Path) -> None:
    for rule in create_app(served_store).url_map.iter_rules():
        first = "/" + rule.rule.lstrip("/").split("/")[0].split("<")[0].rstrip("-.")
        assert first in TEXT or first == "/static", rule.rule
