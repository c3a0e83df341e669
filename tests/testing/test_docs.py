"""The code blocks of docs/writing_a_provider.md and docs/testing.md run unchanged."""

from __future__ import annotations

import re
import shlex
import tomllib

import pytest

from orgsdk.cli import main
from tests.docs.blocks import DOCS, blocks_of

pytest_plugins = ["pytester"]

PLUGINS = ("-p", "orgsdk.testing.plugin", "-p", "anyio.pytest_plugin", "-p", "no:cacheprovider")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def _no_other_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def test_the_provider_of_the_page_conforms(pytester: pytest.Pytester) -> None:
    provider, _, test = blocks("writing_a_provider.md", "python")[:3]
    pytester.makepyfile(roster=provider, test_roster=test)
    pytester.syspathinsert()
    outcomes = pytester.runpytest_inprocess(*PLUGINS).parseoutcomes()
    assert set(outcomes) == {"passed", "skipped"}
    assert outcomes["passed"] > 100


def test_the_program_of_the_page_prints_what_it_shows(pytester: pytest.Pytester) -> None:
    provider, program = blocks("writing_a_provider.md", "python")[:2]
    (people,) = blocks("writing_a_provider.md", "csv")
    pytester.makepyfile(roster=provider)
    pytester.path.joinpath("people.csv").write_text(people, "utf-8")
    ran = pytester.runpython(pytester.makepyfile(program=program))
    assert ran.outlines == blocks("writing_a_provider.md", "text")[0].splitlines()


def test_the_commands_of_the_page_succeed(capsys: pytest.CaptureFixture[str]) -> None:
    _, commands = blocks("writing_a_provider.md", "sh")
    for line in commands.splitlines():
        program, *arguments = shlex.split(line)
        assert program == "orgsdk"
        assert main(arguments) == 0
    assert ", 0 failed, " in capsys.readouterr().err


def test_the_entry_point_of_the_page_is_in_the_right_group() -> None:
    (block,) = blocks("writing_a_provider.md", "toml")
    assert tomllib.loads(block) == {"project": {"entry-points": {"orgsdk.providers": {"roster": "roster:Roster"}}}}


@pytest.mark.parametrize(("block", "passed"), [(0, 1), (1, 4)])
def test_the_tests_of_the_page_pass(pytester: pytest.Pytester, block: int, passed: int) -> None:
    shown = [one.text for one in blocks_of(DOCS / "testing.md") if "tested" in one.notes]
    pytester.makepyfile(shown[block])
    pytester.runpytest_inprocess(*PLUGINS).assert_outcomes(passed=passed)
