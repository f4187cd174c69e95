"""The documentation tells the truth: every command, option and setting is there, and what it shows runs."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from enrich import registry, settings
from enrich.cli import main
from kg.nouns import Fault
from kg.thresholds import DEFAULT

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def every_command() -> list[tuple[str, click.Command]]:
    spec = importlib.util.spec_from_file_location("make_commands", DOCS / "make_commands.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[tuple[str, click.Command]] = module.every_command()
    return found


def test_every_command_and_option_is_documented() -> None:
    page = text("docs/commands.md")
    for name, command in every_command():
        assert f"## `legenda {name}`" in page, f"run python docs/make_commands.py: {name} is missing"
        section = page.split(f"## `legenda {name}`\n")[1].split("\n## ")[0]
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert max(option.opts, key=len) in section, (
                    f"run python docs/make_commands.py: {name} {option.opts} is missing"
                )


def test_no_command_is_documented_that_does_not_exist() -> None:
    names = {name for name, _ in every_command()}
    assert set(re.findall(r"^## `legenda ([^`]+)`", text("docs/commands.md"), re.MULTILINE)) == names


def test_every_setting_is_documented() -> None:
    page = text("docs/settings.md")
    keys = (
        *settings.TEXT_KEYS, *settings.PATH_KEYS, *settings.NUMBER_KEYS, *settings.LIST_KEYS,
        "[columns]", "[thresholds]",
    )  # fmt: skip
    for key in (*keys, *DEFAULT):
        assert f"`{key}`" in page, f"docs/settings.md does not tell of {key}"


def test_every_setting_of_every_stage_is_documented() -> None:
    page = text("docs/settings.md")
    for stage in registry.STAGES:
        assert f"`[{stage.name}]`" in page, f"docs/settings.md does not tell of [{stage.name}]"
        section = page.split(f"| `[{stage.name}]`")[1].split("| `[")[0]
        module, name = stage.config.split(":")
        for field in dataclasses.fields(getattr(importlib.import_module(module), name)):
            assert f"`{field.name}`" in section, (
                f"docs/settings.md does not tell of {stage.name}.{field.name}"
            )


@pytest.mark.parametrize("page", sorted(p.name for p in DOCS.glob("*.md")))
def test_links_between_pages_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text(f"docs/{page}")):
        assert (DOCS / target).exists(), f"docs/{page} links to {target}"


def test_the_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text("README.md")):
        assert (ROOT / target).exists(), f"README.md links to {target}"


def legenda_lines(name: str) -> list[str]:
    blocks = re.findall(r"```(?:sh|console|bash)\n(.*?)```", text(name), re.DOTALL)
    quoted = re.sub(r"'[^']*'", "QUERY", "\n".join(blocks))
    lines = quoted.replace("\\\n", " ").splitlines()
    return [line.split(" #")[0].strip() for line in lines if line.startswith("legenda ")]


@pytest.mark.parametrize("name", ["README.md", "docs/getting-started.md"])
def test_every_legenda_line_has_a_command_and_options_that_exist(name: str) -> None:
    commands = dict(every_command())
    lines = legenda_lines(name)
    assert lines
    for line in lines:
        words = shlex.split(line)[1:]
        command = commands.get(" ".join(words[:2])) or commands.get(words[0])
        assert command is not None, f"{name}: {line}"
        options = {o for p in command.params for o in p.opts}
        for word in words:
            if word.startswith("--"):
                assert word.split("=")[0] in options, f"{name}: {line}"


def test_make_targets_named_in_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"^make ([a-z]+)", text("README.md"), re.MULTILINE))
    assert {"run", "test"} <= named <= targets


def test_settings_examples_are_accepted(tmp_path: Path) -> None:
    for page in sorted(DOCS.glob("*.md")):
        for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            tomllib.loads(block)
            config = tmp_path / "legenda.toml"
            config.write_text(block, encoding="utf-8")
            settings.load(config, {}, registry.NAMES)


def test_the_help_of_every_command_is_quick_to_print() -> None:
    for name, _ in every_command():
        result = CliRunner().invoke(main, [*name.split(), "--help"])
        assert result.exit_code == 0, result.output
        assert "Usage:" in result.output


def test_every_benchmark_is_listed() -> None:
    listed = text("benchmarks/README.md")
    for script in (ROOT / "benchmarks").glob("*.py"):
        assert f"`{script.name}`" in listed, f"benchmarks/README.md does not list {script.name}"


def readme_answer() -> tuple[str, list[tuple[str, ...]]]:
    """The README's query, and the rows of its answer (without the confidence)."""
    page = text("README.md")
    found = re.search(r"legenda query --store build/store '\n(.*?)'\n```\n\n(.*?)\n\n", page, re.DOTALL)
    assert found is not None
    rows = [tuple(c.strip() for c in row.strip("|").split("|")) for row in found[2].splitlines()[2:]]
    return found[1], [row[:3] for row in rows]


def test_the_query_of_the_readme_has_the_answer_that_the_readme_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    from enrich.corpora import read
    from enrich.linking.enricher import LinkConfig, LinkEnricher
    from enrich.sample import journal
    from kg.answers import with_prefixes
    from kg.nouns import Run
    from kg.store import open_store

    monkeypatch.setattr(journal, "picture", lambda plate, seed: Image.new("RGB", (40, 30), "white"))
    journal.write(tmp_path, 1908, lambda done, of: None)
    corpus, faults = read(tmp_path)
    assert not faults
    linker = LinkEnricher(LinkConfig(), sources={s.id: s for s in corpus.sources})
    now = "2026-01-01T00:00:00+00:00"
    run = Run("link", corpus.id, corpus.digest, {}, linker.models, "test", now, now)
    query, expected = readme_answer()
    with open_store("memory:") as store:
        store.put_corpus(corpus)
        said = [c for c in linker.claims(corpus.illustrations) if not isinstance(c, Fault)]
        store.put_run(run, said, "key")
        store.derive_current()
        rows = [tuple(str(row[i].value) for i in range(3)) for row in store.query(with_prefixes(query))]
    assert rows == expected
