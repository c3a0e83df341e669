"""The command lines of all benchmarks, and the figures that they write into the documentation."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

import benchmarks
from benchmarks import figures, machine

for _package in ("matplotlib", "rich", "psycopg", "pgqueuer"):
    pytest.importorskip(_package)

_FOLDER = Path(benchmarks.__file__).parent
PROGRAMS = sorted(path.stem for path in _FOLDER.glob("*.py") if "\nif __name__ ==" in path.read_text(encoding="utf-8"))
DOCS = _FOLDER.parent / "docs"


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_is_shown_and_nothing_is_measured(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    monkeypatch.delitem(sys.modules, f"benchmarks.{name}", raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
    assert ended.value.code == 0
    command = "benchmarks" if name == "__main__" else f"benchmarks.{name}"
    assert capsys.readouterr().out.startswith(f"usage: python -m {command} [-h]")


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("fleet_postgres", ["jurnal"], "unknown part jurnal. Choose from: journal, handout, scaling"),
        ("fleet_postgres", ["journal", "--write"], "--write publishes all parts"),
        ("scim_gateway", ["0"], "it must be 1 or more"),
        ("bulk_apply", ["many"], "'many' is not a whole number"),
        ("fleet_servers", ["1", "2"], "required: tenants"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_measured(
    name: str, arguments: list[str], problem: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    monkeypatch.delitem(sys.modules, f"benchmarks.{name}", raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
    assert ended.value.code == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("name", ["bulk_planning", "fleet", "fleet_postgres"])
def test_a_busy_machine_writes_no_page(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "busy", lambda: "The machine is busy.")
    monkeypatch.setattr(sys, "argv", [name, "--write"])
    monkeypatch.delitem(sys.modules, f"benchmarks.{name}", raising=False)
    with pytest.raises(SystemExit, match=r"The machine is busy\. Nothing is measured"):
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


@pytest.mark.parametrize("name", ["bulk_planning", "fleet", "fleet_postgres"])
def test_the_figures_of_each_benchmark_replace_the_last_ones_of_its_page(name: str) -> None:
    module = __import__(f"benchmarks.{name}", fromlist=["COMMAND"])
    page = module.PAGE.read_text(encoding="utf-8")
    lines = figures.table(("what", "how much"), [("an entry", "1 ms")], numbers=[1])
    once = figures.with_figures(page, module.COMMAND, lines, ["a machine"])
    assert (
        "\n\n| what | how much |\n| --- | ---: |\n| an entry | 1 ms |\n\nMeasured with:\n\n- a machine\n\n<!-- end"
        in once
    )
    again = figures.with_figures(once, module.COMMAND, lines, ["a machine"])
    assert again == once
    assert once.count("| an entry |") == 1


@pytest.mark.parametrize(("text", "value"), [("5", 5), ("1,500", 1_500), ("1_000", 1_000)])
def test_a_number_may_have_separators(text: str, value: int) -> None:
    assert figures.number(text) == value
