"""The root command: quick, complete, and helpful when misused."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import fields
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from enrich import registry
from enrich.cli import main, short_help
from enrich.commands import enrich
from enrich.corpora.columns import KNOWN
from enrich.settings import Settings


def legenda(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_help_lists_every_command_with_its_line_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from enrich.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'spacy', 'pyarrow', 'flask', 'pyoxigraph', 'rdflib'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy))"
    )
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds = time.monotonic() - start
    assert done.stdout.endswith("HEAVY []\n")
    for entry in entry_points(group="legenda.commands"):
        assert f"  {entry.name} " in done.stdout
    assert seconds < 2.0  # 0.1 s on an idle machine; the bar is 0.5 s


@pytest.mark.parametrize("entry", entry_points(group="legenda.commands"), ids=lambda e: e.name)
def test_every_command_has_a_line_of_help(entry: object) -> None:
    line = short_help(entry)  # type: ignore[arg-type]
    assert 10 < len(line) < 120 and line.endswith(".")


def test_an_unknown_command_is_answered_with_the_nearest_one() -> None:
    result = legenda("enrihc")
    assert result.exit_code == 2 and "Did you mean 'enrich'?" in result.output


def test_the_version_is_told() -> None:
    result = legenda("--version")
    assert result.exit_code == 0 and result.output.startswith("legenda, version ")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nowhere", "--store", "S"], "nowhere: no such file or folder"),
        ([".", "--store", "S", "--only", "categry"], "there is no such stage; did you mean 'category'?"),
        ([".", "--store", "S", "--set", "category"], "write STAGE.KEY=VALUE"),
        ([".", "--store", "S", "--map", "caption"], "write FIELD=COLUMN"),
        ([".", "--store", "sparql:http://localhost/"], "enrich writes into a folder"),
        ([".", "--store", "S", "--jbos", "2"], "No such option"),
        (["."], "Missing option '--store'"),
    ],
)
def test_wrong_usage_is_status_2_and_a_line_that_helps(
    arguments: list[str], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = legenda("enrich", *arguments)
    assert result.exit_code == 2
    assert line in result.output.replace("\n", " ")
    assert not (tmp_path / "S").exists()


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("basis = 'x'", "unknown setting 'basis'; did you mean 'base'?"),
        ("jobs = 'two'", "jobs is 'two', which is not a whole number"),
        ("[thresholds]\nartist = 2", "thresholds.artist is 2, which is not a number from 0 to 1"),
        ("[thresholds]\nartits = 0.2", "thresholds has no 'artits'; did you mean 'artist'?"),
        ("jobs =", "is not TOML"),
        ("[columns]\ncaption = 3", "columns.caption is 3, which is not text"),
    ],
)
def test_a_settings_file_that_makes_no_sense_is_refused(toml: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "legenda.toml").write_text(toml)
    (tmp_path / "illustrations.csv").write_text("id,caption\n1,Mill\n")
    result = legenda("enrich", str(tmp_path), "--store", str(tmp_path / "store"))
    assert result.exit_code == 2 and line in result.output.replace("\n", " ")


def test_every_option_setting_and_stage_is_documented() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "enrich.md").read_text(encoding="utf-8")
    options = [name for parameter in enrich.params for name in parameter.opts if name.startswith("--")]
    for option in [*options, *(f"`{name}`" for name in registry.NAMES)]:
        assert option in page, option
    for setting in fields(Settings):
        assert setting.name == "stages" or re.search(
            rf"^\[?{setting.name}\b|\b{setting.name} = ", page, re.M
        ), setting


def test_every_column_is_documented() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "corpora.md").read_text(encoding="utf-8")
    for column in KNOWN:
        assert f"`{column}`" in page, column


def test_a_disk_that_takes_no_more_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    import resource

    corpus = tmp_path / "journal"
    corpus.mkdir()
    (corpus / "plates.csv").write_text("id,caption\n1,A plate\n", encoding="utf-8")

    def limit() -> None:  # a file that may not grow fails as a full disk does: in the middle of a write
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))

    legenda = Path(sys.executable).with_name("legenda")
    command = [str(legenda), "enrich", str(corpus / "plates.csv"), "--store", str(tmp_path / "store")]
    done = subprocess.run(
        [*command, "--only", "language"], capture_output=True, text=True, preexec_fn=limit, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "the same command continues" in done.stderr
