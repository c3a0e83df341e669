"""The command line as a whole: which commands there are, and the end of every run."""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, MissingArgumentError, UnknownCommandError, UnusedCliTokensError

from orgsdk._version import __version__
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

_HELP = """Work with the people of organizations that live in Flat, in Logto, or in another provider.

`orgsdk demo` shows what it does, on this machine alone. To reach your own, set FLAT_ACCESS_TOKEN for Flat, or
LOGTO_ENDPOINT, LOGTO_APP_ID and LOGTO_APP_SECRET for Logto; ORGSDK_PROVIDER or `--provider` chooses if both are set.
`orgsdk doctor` says what is missing."""

# Where each command is, and what `orgsdk --help` says of it: that imports none of them, as cyclopts would to ask them.
COMMANDS = {
    "demo": ("demo:demo", "See it work, on this machine alone, without an account."),
    "sandbox": ("sandbox:sandbox", "Run a Flat and a Logto server on this machine, for trials."),
    "users": ("users:app", "Work with the users of an organization."),
    "invitations": ("invitations:app", "Work with the invitations to an organization."),
    "roles": ("roles:app", "Work with the roles that users can hold."),
    "organizations": ("organizations:app", "Work with organizations."),
    "accounts": ("accounts:app", "Work with all accounts of a tenant (Logto)."),
    "plan": ("plan:plan", "Say what would change for an organization to match a roster."),
    "apply": ("apply:apply", "Carry out a plan, exactly as it stands."),
    "resume": ("apply:resume", "Go on with a run that was interrupted."),
    "export": ("transfer:export", "Write an organization's users as a roster."),
    "copy": ("transfer:copy", "Bring the users of one provider to another."),
    "doctor": ("doctor:doctor", "Check settings, sign-in, permissions, clock and rate limit."),
    "providers": ("providers:providers", "List the providers that are installed."),
    "conformance": ("conformance:conformance", "Hold a provider to the contract, with users of its own."),
}


def make_app(*, brief: bool = False) -> App:
    """Give the program. `brief` has each command say the sentence above, and not what it says of itself."""
    app = App(
        name="orgsdk",
        help=_HELP,
        help_epilogue=f"Exit codes: {EXIT_CODES}.",
        version=f"orgsdk {__version__}",
        version_format="plaintext",
        suppress_keyboard_interrupt=False,
    )
    for name, (place, sentence) in COMMANDS.items():
        # cyclopts imports a command when it is asked for.
        app.command(f"orgsdk.cli.commands.{place}", name=name, help=sentence if brief else None)
    app.register_install_completion_command(  # pyright: ignore[reportUnknownMemberType]  # cyclopts: **kwargs without a type
        help="Have your shell complete commands and options, and exit."
    )
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and give the exit code; no error leaves but a fault of the program itself."""
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
        # What is still buffered must fail here, not at the interpreter's end.
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
        return (
            f"{unused[0]} stands where a command is wanted: options come after it, as in orgsdk users list --limit 5."
        )
    if isinstance(error, UnusedCliTokensError):
        return f"Nothing takes {' '.join(map(repr, unused))}; a value with a space needs quotation marks."
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        choices = error.argument.get_choices() or ()
        if error.keyword is not None:
            return f"{error.keyword} needs a value{': ' if choices else ''}{' or '.join(choices)}."
        name = error.argument.name
        wanted = " or ".join(f"{name} {choice}" for choice in choices) or name
        _, meant, other = str(error).partition(" Did you mean ")
        return f"{' '.join(error.command_chain or ())} needs {wanted}.{meant}{other}"
    return str(error)
