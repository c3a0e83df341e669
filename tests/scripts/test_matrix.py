"""The cells of the matrix, the lower bounds of dependencies, and missing interpreters."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from scripts import matrix
from scripts.environments import ROOT
from scripts.matrix import Cell, Outcome, interpreter, lowest, main, run_cell, supported, table

if TYPE_CHECKING:
    from pathlib import Path

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def project(*dependencies: str) -> dict[str, Any]:
    return {"dependencies": dependencies, "optional-dependencies": {name: [] for name in matrix.EXTRAS}}


def test_the_cells_are_those_of_the_classifiers(capsys: pytest.CaptureFixture[str]) -> None:
    assert supported(PROJECT) == ["3.11", "3.12", "3.13"]
    assert PROJECT["requires-python"] == ">=3.11"


def test_the_lower_bounds_are_taken_exactly() -> None:
    declared = project("anyio>=4.5", "httpx>=0.27.1,<1", "httpx>=0.27.1,<1", "coverage[toml]>=7")
    assert lowest(declared) == ["anyio==4.5", "coverage==7", "httpx==0.27.1"]


@pytest.mark.parametrize("text", ["anyio", "anyio<5", "anyio==4.5"])
def test_a_dependency_without_a_lower_bound_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape("needs one lower bound: write anyio>=VERSION")):
        lowest(project(text))


def test_every_dependency_for_users_has_a_lower_bound() -> None:
    names = {text.partition("==")[0] for text in lowest(PROJECT)}
    assert {"anyio", "httpx", "pydantic", "tenacity"} < names
    assert PROJECT["optional-dependencies"].keys() == {*matrix.EXTRAS, "all"}


def test_a_missing_interpreter_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LookupError, match=re.escape("python3.12 is not on PATH: install it, or select others")):
        interpreter("3.12")
    outcome = run_cell(Cell("3.12", "oldest"), PROJECT, tmp_path, [])
    assert (outcome.passed, outcome.summary) == (
        False,
        "python3.12 is not on PATH: install it, or select others with --python",
    )


def test_an_interpreter_that_does_not_run_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\necho nothing is chosen >&2\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(LookupError, match=re.escape("python3.12 does not run: nothing is chosen")):
        interpreter("3.12")


def test_a_pyenv_shim_is_resolved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    programs = {"pyenv": "echo 3.12.1; echo 3.12.7", "python3.12": 'echo "/versions/$PYENV_VERSION"'}
    for name, text in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert interpreter("3.12") == "/versions/3.12.1:3.12.7"


def run_main(monkeypatch: pytest.MonkeyPatch, failing: set[Cell], *arguments: str) -> int:
    def run(cell: Cell, *_: object) -> Outcome:
        return Outcome(cell, cell not in failing, "1 failed" if cell in failing else "2 passed", 90)

    monkeypatch.setattr("sys.argv", ["matrix", *arguments])
    monkeypatch.setattr(matrix, "run_cell", run)
    monkeypatch.setattr("tempfile.mkdtemp", lambda prefix: prefix)  # no file is written
    return main()


def test_every_cell_passes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, set()) == 0
    lines = capsys.readouterr().out.rpartition("\n\n")[2].splitlines()
    assert len(lines) == 6
    assert lines[-1] == "3.13  oldest  passed    1.5 min  2 passed"


def test_a_failure_ends_the_run_and_the_other_cells_do_not_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, {Cell("3.12", "oldest")}, "--python", "3.12", "--python", "3.13") == 1
    lines = capsys.readouterr().out.rpartition("\n\n")[2].splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["3.12", "newest", "passed"],
        ["3.12", "oldest", "FAILED"],
        ["3.13", "newest", "FAILED"],
        ["3.13", "oldest", "FAILED"],
    ]
    assert "not run" in lines[-1]


def test_keep_going_runs_the_rest(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, {Cell("3.11", "newest")}, "--keep-going") == 1
    assert capsys.readouterr().out.rpartition("\n\n")[2].count(" passed  ") == 5


def test_cells_are_listed_without_running_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, set(), "--list", "--python", "3.13") == 0
    assert capsys.readouterr().out.splitlines() == [
        "CPython 3.13, newest dependencies",
        "CPython 3.13, oldest dependencies",
    ]


def test_the_table_has_the_last_line_of_the_summary() -> None:
    assert table([Outcome(Cell("3.11", "newest"), False, "long\nstory")]).endswith("FAILED    0.0 min  story")
