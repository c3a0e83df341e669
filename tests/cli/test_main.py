"""The program as a whole: help, version, wrong commands, missing extras, closed pipes and streams."""

from __future__ import annotations

import io
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from orgsdk.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Program, Ran


def test_the_version_is_the_packages(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("--version")
    assert (ran.code, ran.out, ran.err) == (0, f"orgsdk {version('orgsdk')}\n", "")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_names_every_command_the_settings_and_the_exit_codes(
    orgsdk: Callable[..., Ran], arguments: tuple[str, ...]
) -> None:
    ran = orgsdk(*arguments)
    assert (ran.code, ran.err) == (0, "")
    for word in (
        "demo",
        "doctor",
        "sandbox",
        "users",
        "--install-completion",
        "FLAT_ACCESS_TOKEN",
        "LOGTO_APP_SECRET",
        "Exit codes",
        "130",
    ):
        assert word in ran.out


def test_help_of_a_command_names_its_options(orgsdk: Callable[..., Ran]) -> None:
    listing = orgsdk("users", "list", "--help").out
    for option in ("--organization", "--query", "--role", "--page-size", "--cursor", "--limit", "--format", "ndjson"):
        assert option in listing
    for option in ("--fields", "csv", "--provider", "--profile"):
        assert option in listing
    assert "It does not ask" in orgsdk("apply", "--help").out
    assert "--show" in orgsdk("demo", "--help").out
    assert "--logto-port" in orgsdk("sandbox", "--help").out


def test_every_command_is_where_the_program_says_and_has_help(orgsdk: Callable[..., Ran]) -> None:
    from orgsdk.cli.app import make_app

    for name, command in make_app().resolved_commands().items():
        if not name.startswith("-"):
            assert command.help or command.default_command.__doc__
            ran = orgsdk(name, "--help")
            assert (ran.code, ran.err) == (0, "")
            assert f"Usage: orgsdk {name}" in ran.out


def test_help_imports_no_command(program: Callable[..., Program]) -> None:
    code = (
        "import sys; from orgsdk.cli import main; main(['--help']); "
        "sys.exit(' '.join({'pydantic', 'httpx', 'anyio', 'starlette', 'orgsdk.client'} & set(sys.modules)) or 0)"
    )
    ran = program(code=code).end()
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("no_color", [True, False])
def test_no_color_disables_colors(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, provider: str, *, no_color: bool
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    # Bold is not a color: https://no-color.org
    helped = orgsdk("--help").out
    assert ("\x1b[3" in helped) is not no_color
    assert "\x1b[3" not in orgsdk("users", "list", "--limit", "1").out


def test_completion_is_installed_for_the_current_shell(program: Callable[..., Program], tmp_path: Path) -> None:
    ran = program("--install-completion", HOME=str(tmp_path), SHELL="/bin/bash", XDG_DATA_HOME="").end()
    assert ran.code == 0
    (script,) = tmp_path.rglob("completions/orgsdk")
    for word in ("invitations", "--page-size", "set-roles"):
        assert word in script.read_text("utf-8")


def test_main_reads_the_process_arguments(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["orgsdk", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("orgsdk ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lst",), "lst"),
        (("users", "lst"), "Did you mean orgsdk users list?"),
        (("users", "list", "--nonesuch"), "--nonesuch"),
        (("users", "list", "extra"), "Unexpected argument 'extra'"),
        (("users", "list", "--fields", "id,", "name"), "put a value with spaces in quotation marks"),
        (("--limit", "5", "users", "list"), "--limit comes after the command, as in orgsdk users list --limit …."),
        (("--limit", "5", "whoami"), "--limit comes after the command, as in orgsdk whoami --limit …."),
        (("--limit", "5"), "--limit comes after the command, as in orgsdk users list --limit …."),
        (("users", "--limit", "5"), "--limit comes after the command, as in orgsdk users list --limit …."),
        (("users", "list", "--format", "xml"), '"ndjson"'),
        (("users", "list", "--limit", "0"), "--limit"),
        (("users", "list", "--page-size", "many"), "--page-size"),
        (("users", "list", "--cursor"), "orgsdk: --cursor needs a value. See:"),
        (("users", "list", "--format"), "orgsdk: --format needs a value: table or json or ndjson or csv. See:"),
        (("users", "get"), "orgsdk: users get needs USER. See: orgsdk users get --help"),
        (("plan",), "orgsdk: plan needs ROSTER. See: orgsdk plan --help"),
        (("users", "remove", "abc"), "orgsdk: users remove needs --account keep or --account delete. See:"),
        (
            ("users", "remove", "abc", "--acount", "keep"),
            "needs --account keep or --account delete. Did you mean --account instead of --acount?",
        ),
        (("demo", "--show", "0"), "--show"),
        (("sandbox", "--flat-port", "65536"), "--flat-port"),
        (("sandbox", "--logto-port", "-1"), "--logto-port"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_64(
    orgsdk: Callable[..., Ran], arguments: tuple[str, ...], message: str
) -> None:
    ran = orgsdk(*arguments)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith("orgsdk: ")
    assert ran.err.count("\n") == 1
    assert message in ran.err
    assert "--help" in ran.err


@pytest.mark.parametrize("missing", ["cyclopts", "rich"])
def test_without_the_extra_the_program_says_what_to_install(program: Callable[..., Program], missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from orgsdk.cli import main; sys.exit(main())"
    ran = program("demo", code=code).end()
    assert (ran.code, ran.out) == (1, "")
    assert (
        ran.err
        == 'orgsdk: the command line needs cyclopts and rich. In your checkout of orgsdk, run: pip install ".[cli]"\n'
    )


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_without_the_sandbox_extra_its_commands_say_what_to_install(
    program: Callable[..., Program], command: str, missing: str
) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from orgsdk.cli import main; sys.exit(main())"
    ran = program(command, code=code).end()
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "orgsdk: the sandbox needs starlette and uvicorn. "
        'In your checkout of orgsdk, run: pip install ".[cli,sandbox]"\n'
    )


def _refuse_app(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    class Finder:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "orgsdk.cli.app":
                raise error

    # Also removed from sys.modules: otherwise the import does not reach the finder.
    monkeypatch.delitem(sys.modules, "orgsdk.cli.app", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])


def test_a_missing_extra_is_named_in_this_process_too(
    monkeypatch: pytest.MonkeyPatch, orgsdk: Callable[..., Ran]
) -> None:
    _refuse_app(monkeypatch, ModuleNotFoundError("No module named 'rich.console'", name="rich.console"))
    ran = orgsdk("demo")
    assert ran.code == 1
    assert ".[cli]" in ran.err


def test_an_import_error_of_orgsdk_is_not_reported_as_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    _refuse_app(monkeypatch, ModuleNotFoundError("No module named 'orgsdk.gone'", name="orgsdk.gone"))
    with pytest.raises(ModuleNotFoundError):
        main(["demo"])


def test_ctrl_c_during_imports_prints_nothing(monkeypatch: pytest.MonkeyPatch, orgsdk: Callable[..., Ran]) -> None:
    _refuse_app(monkeypatch, KeyboardInterrupt())
    ran = orgsdk("demo")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


class _Closed(io.StringIO):
    """A stream whose reader has closed the pipe."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("users", "list")])
def test_a_closed_pipe_prints_nothing(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    provider: str,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.setattr(sys, "stdout", _Closed())
    assert main(arguments) == 141
    assert capsys.readouterr().err == ""


def test_buffered_output_for_a_closed_pipe_is_discarded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], provider: str
) -> None:
    class Stuck(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Stuck())
    assert main(["users", "list", "--limit", "1"]) == 141
    assert capsys.readouterr().err == ""


def test_a_reader_that_closes_the_pipe_ends_the_program(program: Callable[..., Program], provider: str) -> None:
    # Small pages: the rest must not fit into the pipe's buffer.
    running = program("users", "list", "--page-size", "5")
    assert running.line().startswith('{"id"')
    running.leave()
    ran = running.end()
    assert (ran.code, ran.err) == (141, "")


def test_closed_streams_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["--version"]) == 0
    assert main(["nonesuch"]) == 64
    for stream in (sys.stdout, sys.stderr):
        stream.close()


def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    assert main(["--version"]) == 1
    assert capsys.readouterr().err == "orgsdk: No space left on device\n"
