"""The trials of the wheel: their verdicts, and that they cover every extra and every code block."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from scripts.environments import ROOT, bare_environ
from scripts.wheel import TRIALS, copy_without_package, main, problem
from scripts.wheel_entries import BLOCKS, ENTRIES, EXTRAS, Entry, with_implied
from tests.docs.blocks import BLOCKS as IN_DOCUMENTS

COMMAND = Entry("list", ("orgsdk", "users", "list"), "ada", {"cli": "orgsdk: install cli", "sandbox": "orgsdk: both"})
CODE = Entry("code", ("python", "-c", "…"), "ada", {"otel": "ImportError: install otel"}, code=True)
CLI, BOTH = frozenset({"cli"}), frozenset({"cli", "sandbox"})


def test_every_extra_is_tried_alone_and_with_all_others() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert declared.keys() == {*EXTRAS, "all"}
    assert {extra for entry in ENTRIES for extra in entry.needs} == {*EXTRAS, "bench"}
    assert TRIALS.keys() == {"none", *EXTRAS, "all", "bench", "own_provider", "own_http_provider", "docs", "documents"}


def test_every_test_that_runs_blocks_is_run() -> None:
    elsewhere = {name for block in IN_DOCUMENTS for name in block.notes.get("tested", ())}
    assert [name for name in elsewhere if not {name, str(Path(name).parent)} & {*BLOCKS}] == []
    assert all((ROOT / name).exists() for name in BLOCKS)


def test_an_extra_implies_others() -> None:
    assert with_implied(["all"]) == {"all", *EXTRAS}
    assert with_implied(["fastapi", "cli"]) == {"fastapi", "cli", "otel"}
    assert with_implied([]) == set()


@pytest.mark.parametrize(
    ("entry", "extras", "code", "output", "errors"),
    [
        (COMMAND, BOTH, 0, "ada\n", "orgsdk: one more page\n"),
        (COMMAND, CLI, 1, "", "orgsdk: both\n"),
        (COMMAND, frozenset(), 1, "", "orgsdk: install cli\n"),
        (CODE, frozenset(), 1, "", "Traceback …\n  …\nImportError: install otel\n"),
    ],
)
def test_a_working_entry_and_a_named_extra_are_correct(
    entry: Entry, extras: frozenset[str], code: int, output: str, errors: str
) -> None:
    assert problem(entry, extras, code, output, errors) is None


@pytest.mark.parametrize(
    ("entry", "extras", "code", "output", "errors"),
    [
        (COMMAND, BOTH, 1, "ada\n", ""),
        (COMMAND, BOTH, 0, "bob\n", ""),
        (COMMAND, BOTH, 0, "ada\n", "x.py:1: DeprecationWarning: old\n"),
        (COMMAND, BOTH, 0, "ada\n", "Traceback (most recent call last):\n"),
        (COMMAND, CLI, 0, "ada\n", ""),
        (COMMAND, CLI, 1, "", "Traceback …\norgsdk: both\n"),
        (COMMAND, CLI, 64, "", "orgsdk: both\n"),
        (COMMAND, CLI, 1, "", "orgsdk: install cli\n"),
        (CODE, frozenset(), 1, "", "Traceback …\nModuleNotFoundError: No module named 'opentelemetry'\n"),
        (CODE, frozenset(), 1, "", ""),
    ],
)
def test_other_results_are_wrong(entry: Entry, extras: frozenset[str], code: int, output: str, errors: str) -> None:
    assert f"exit code {code}" in (problem(entry, extras, code, output, errors) or "")


def test_the_copy_has_everything_except_the_package(tmp_path: Path) -> None:
    copy = copy_without_package(tmp_path)
    assert not (copy / "orgsdk").exists()
    assert (copy / "examples" / "data" / "roster.csv").is_file()
    assert not list(copy.rglob("__pycache__"))


def test_an_unknown_environment_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["wheel", "httpx"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert re.search(
        r"unknown environment httpx. Choose from: none, cli, .*documents$", capsys.readouterr().err.strip()
    )


def test_the_environment_has_no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLAT_ACCESS_TOKEN", "ORGSDK_PROVIDER", "PYTHONPATH", "VIRTUAL_ENV", "PYTEST_ADDOPTS"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("ORGSDK_SHARED", "kept")
    environ = bare_environ()
    assert environ.pop("ORGSDK_SHARED") == "kept"
    assert [name for name, value in environ.items() if value == "x"] == []
