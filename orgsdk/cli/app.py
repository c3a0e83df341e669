"""The program `orgsdk`: its commands, and how every run ends."""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, MissingArgumentError, UnknownCommandError, UnusedCliTokensError

from orgsdk._distribution import __version__
from orgsdk.cli.errors import (
    EXIT_CODES,
    DeclinedError,
    ExitCode,
    MissingExtraError,
    UsageError,
    error_notes,
    print_status,
    report,
)
from orgsdk.cli.output.console import discard_output, make_console, prepare_streams
from orgsdk.cli.user_input import refuse_secrets
from orgsdk.errors import OrgError

_HELP = """Manage organizations and their users in Flat, Logto, or another provider.

`orgsdk demo` shows what it does, on this machine only. To use your own data, set FLAT_ACCESS_TOKEN for Flat, or
LOGTO_ENDPOINT, LOGTO_APP_ID and LOGTO_APP_SECRET for Logto. If both are set, ORGSDK_PROVIDER or `--provider` selects
one. `orgsdk doctor` shows what is missing."""

# Module and function of each command, and its line in `orgsdk --help`. cyclopts would import all commands for those
# lines.
COMMANDS = {
    "demo": ("demo:demo", "Try orgsdk on this machine, without an account."),
    "sandbox": ("sandbox:sandbox", "Run a Flat and a Logto server on this machine, for tests."),
    "users": ("users:app", "Manage the users of an organization."),
    "invitations": ("invitations:app", "Manage the invitations to an organization."),
    "roles": ("roles:app", "Manage the roles that users can have."),
    "organizations": ("organizations:app", "Manage organizations."),
    "accounts": ("accounts:app", "Manage all accounts of a tenant (Logto)."),
    "plan": ("plan:plan", "Show what would change for an organization to match a roster."),
    "apply": ("apply:apply", "Apply a plan, exactly as it was shown."),
    "resume": ("apply:resume", "Continue an interrupted run."),
    "export": ("transfer:export", "Write an organization's users as a roster."),
    "copy": ("transfer:copy", "Copy the users of one provider to another."),
    "doctor": ("doctor:doctor", "Check settings, sign-in, permissions, clock and rate limit."),
    "providers": ("providers:providers", "List the installed providers."),
    "conformance": ("conformance:conformance", "Check that a provider fulfils the contract, with test users."),
}


def make_app(*, brief: bool = False) -> App:
    """Return the program. With `brief`, commands show the line above as their help, and are not imported."""
    app = App(
        name="orgsdk",
        help=_HELP,
        help_epilogue=f"Exit codes: {EXIT_CODES}.",
        version=f"orgsdk {__version__}",
        version_format="plaintext",
        suppress_keyboard_interrupt=False,
    )
    for name, (target, summary) in COMMANDS.items():
        app.command(f"orgsdk.cli.commands.{target}", name=name, help=summary if brief else None)
    app.register_install_completion_command(  # pyright: ignore[reportUnknownMemberType]  # cyclopts: **kwargs without a type
        help="Install completion of commands and options for your shell, and exit."
    )
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Only a bug in the program itself raises an exception."""
    prepare_streams()
    try:
        refuse_secrets(arguments, os.environ)
        code = make_app(brief=not COMMANDS.keys() & arguments)(
            arguments,
            console=make_console(),
            error_console=make_console(stderr=True),
            print_error=False,
            exit_on_error=False,
            result_action="return_value",
        )
        # An error in writing buffered output must occur here, not when the interpreter exits.
        sys.stdout.flush()
    except CycloptsError as error:
        print_status(f"{_usage_message(error)} See: {' '.join(['orgsdk', *(error.command_chain or ())])} --help")
        return ExitCode.USAGE
    except BrokenPipeError:
        discard_output()
        return ExitCode.BROKEN_PIPE
    except (OrgError, UsageError, DeclinedError, MissingExtraError, OSError) as error:
        return report(error)
    except KeyboardInterrupt as error:
        for note in error_notes(error):
            print_status(note)
        return ExitCode.INTERRUPTED
    return ExitCode.OK if code is None else int(code)


def _usage_message(error: CycloptsError) -> str:
    unused = error.unused_tokens or [""]
    if isinstance(error, UnknownCommandError) and unused[0].startswith("-"):
        return f"{unused[0]} is not a command. Options come after the command, as in orgsdk users list --limit 5."
    if isinstance(error, UnusedCliTokensError):
        return f"Unexpected argument {' '.join(map(repr, unused))}; put a value with spaces in quotation marks."
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        choices = error.argument.get_choices() or ()
        if error.keyword is not None:
            return f"{error.keyword} needs a value{': ' if choices else ''}{' or '.join(choices)}."
        name = error.argument.name
        needed = " or ".join(f"{name} {choice}" for choice in choices) or name
        _, question, suggestion = str(error).partition(" Did you mean ")
        return f"{' '.join(error.command_chain or ())} needs {needed}.{question}{suggestion}"
    return str(error)
