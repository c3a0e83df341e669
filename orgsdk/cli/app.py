"""The program `orgsdk`: its commands, and how every run ends."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, CycloptsError, Group, Parameter

from orgsdk._distribution import __version__
from orgsdk.cli.arguments import (
    DEBUG,
    VERBOSE,
    command_words,
    move_global_options,
    name_standard_input,
    refuse_one_hyphen,
    remove_log_options,
)
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
from orgsdk.cli.output.log import log_requests, print_origin
from orgsdk.cli.suggestions import usage_message
from orgsdk.cli.user_input import refuse_secrets
from orgsdk.errors import OrgError

_HELP = """Manage organizations and their users in Flat, Logto, WorkOS, or another provider.

`orgsdk demo` shows what it does, on this machine only. To use your own data, run `orgsdk auth login`, or set
FLAT_ACCESS_TOKEN for Flat, or LOGTO_ENDPOINT, LOGTO_APP_ID and LOGTO_APP_SECRET for Logto. If both are set,
ORGSDK_PROVIDER or `--provider` selects one. `orgsdk doctor` shows what is missing. `orgsdk help COMMAND` explains a
command.

Every command takes `--verbose`, which shows each request, and `--debug`, which also shows where an error was raised.
`--provider`, `--profile` and `--organization` may come before the command too."""

_START = Group("Start here", sort_key=1)
_RECORDS = Group("Users and organizations", sort_key=2)
_ROSTERS = Group("Rosters", sort_key=3)
_PROVIDERS = Group("Providers", sort_key=4)
_OTHER = Group("Other", sort_key=5)

# Group, module and function of each command, and its line in `orgsdk --help`. cyclopts would import all commands for
# those lines.
COMMANDS = {
    "demo": (_START, "demo:demo", "Try orgsdk on this machine, without an account."),
    "sandbox": (_START, "sandbox:sandbox", "Run a Flat, a Logto and a WorkOS server on this machine, for tests."),
    "auth": (_START, "auth:app", "Sign in, and keep the settings in a profile."),
    "whoami": (_START, "whoami:whoami", "Show which provider, organization and credentials commands use."),
    "config": (_START, "config:app", "Show and change the settings in profiles."),
    "doctor": (_START, "doctor:doctor", "Check settings, sign-in, permissions, clock and rate limit."),
    "users": (_RECORDS, "users:app", "Manage the users of an organization."),
    "invitations": (_RECORDS, "invitations:app", "Manage the invitations to an organization."),
    "roles": (_RECORDS, "roles:app", "Manage the roles that users can have."),
    "organizations": (_RECORDS, "organizations:app", "Manage organizations."),
    "accounts": (_RECORDS, "accounts:app", "Manage all accounts of a tenant (Logto, WorkOS)."),
    "plan": (_ROSTERS, "plan:plan", "Show what would change for an organization to match a roster."),
    "apply": (_ROSTERS, "apply:apply", "Apply a plan, or a roster after a confirmation."),
    "resume": (_ROSTERS, "apply:resume", "Continue an interrupted run."),
    "roster": (_ROSTERS, "roster:app", "Show how a roster file is read, and write a mapping file."),
    "fleet": (_ROSTERS, "fleet:app", "Make many organizations match their rosters, night by night."),
    "export": (_ROSTERS, "transfer:export", "Write an organization's users as a roster."),
    "copy": (_ROSTERS, "transfer:copy", "Copy the users of one provider to another."),
    "scim": (_PROVIDERS, "scim:app", "Let identity providers such as Okta and Entra ID provision users by SCIM."),
    "providers": (_PROVIDERS, "providers:providers", "List the installed providers."),
    "conformance": (
        _PROVIDERS,
        "conformance:conformance",
        "Check that a provider fulfils the contract, with test users.",
    ),
}
# Commands that have commands of their own.
GROUPS = frozenset(
    [
        *(name for name, (_, target, _) in COMMANDS.items() if target.endswith(":app")),
        *("scim token", "scim map", "scim quarantine"),
    ]
)


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
    for name, (group, target, summary) in COMMANDS.items():
        app.command(f"orgsdk.cli.commands.{target}", name=name, help=summary if brief else None, group=group)
    app.command(show_help, name="help", group=_OTHER)
    app["--help"].group = app["--version"].group = _OTHER
    app.register_install_completion_command(  # pyright: ignore[reportUnknownMemberType]  # cyclopts' kwargs
        help="Install completion of commands and options for your shell, and exit.", group=_OTHER
    )
    return app


def show_help(*command: Annotated[str, Parameter(help="Its words. Without any, all commands are listed.")]) -> int:
    """Explain a command, as in orgsdk help users list."""
    return run((*command, "--help"))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Only a bug in the program itself raises an exception."""
    prepare_streams()
    shortened = remove_log_options(arguments)
    options = set(arguments) if len(shortened) < len(arguments) else set[str]()
    with log_requests(enabled=bool(options & {VERBOSE, DEBUG})):
        return _run(shortened, debug=DEBUG in options)


def _run(arguments: Sequence[str], *, debug: bool) -> int:
    try:
        command = command_words(arguments, GROUPS)
        refuse_secrets(arguments, os.environ, command)
        refuse_one_hyphen(arguments)
        moved = name_standard_input(move_global_options(arguments, GROUPS))
        code = make_app(brief=not COMMANDS.keys() & command)(
            moved,
            console=make_console(),
            error_console=make_console(stderr=True),
            print_error=False,
            exit_on_error=False,
            result_action="return_value",
        )
        # An error in writing buffered output must occur here, not when the interpreter exits.
        sys.stdout.flush()
    except CycloptsError as error:
        command_line = " ".join(["orgsdk", *(error.command_chain or ())])
        print_status(f"{usage_message(error, arguments, GROUPS)} See: {command_line} --help")
        return ExitCode.USAGE
    except BrokenPipeError:
        discard_output()
        return ExitCode.BROKEN_PIPE
    except (OrgError, UsageError, DeclinedError, MissingExtraError, OSError) as error:
        if debug:
            print_origin(error)
        return report(error)
    except KeyboardInterrupt as error:
        for note in error_notes(error):
            print_status(note)
        return ExitCode.INTERRUPTED
    return ExitCode.OK if code is None else int(code)
