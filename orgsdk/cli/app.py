"""The commands, as cyclopts reads them off these signatures, and the end of every run."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter
from cyclopts.validators import Number

from orgsdk.cli.errors import ExitCode, MissingExtraError, UsageError, notes, report, tell
from orgsdk.cli.output import discard_output, make_console, prepare_streams
from orgsdk.errors import OrgError

# This module does without postponed annotations, and the commands import what they run when they run: cyclopts reads
# the annotations of all of them, and `--help` must not wait for servers to be imported.

_HELP = """List the people of organizations that live in Flat, in Logto, or in another provider.

`orgsdk demo` shows what it does, on this machine alone. To reach your own, set FLAT_ACCESS_TOKEN for Flat, or
LOGTO_ENDPOINT, LOGTO_APP_ID and LOGTO_APP_SECRET for Logto; ORGSDK_PROVIDER chooses if both are set."""

_EPILOGUE = """Exit codes: 0 success; 2 wrong command, argument or setting; 4 sign-in or permission refused; 130 Ctrl-C;
141 closed pipe; 1 any other error."""

app = App(
    name="orgsdk",
    help=_HELP,
    help_epilogue=_EPILOGUE,
    version=f"orgsdk {version('orgsdk')}",
    version_format="plaintext",
    suppress_keyboard_interrupt=False,
)
users = App(name="users", help="Work with the users of an organization.", help_epilogue="")
app.command(users)

_Count = Annotated[int, Parameter(validator=Number(gte=1), metavar="N")]
_Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65535), metavar="N")]
_File = Annotated[Path | None, Parameter(metavar="PATH")]
_Id = Annotated[str | None, Parameter(metavar="ID")]
_Text = Annotated[str | None, Parameter(metavar="TEXT")]
_Name = Annotated[str | None, Parameter(metavar="NAME")]
_Cursor = Annotated[str | None, Parameter(metavar="CURSOR")]
_Form = Annotated[Literal["table", "ndjson", "json"] | None, Parameter(name=["--output", "-o"], metavar="FORM")]


@app.command
def demo(*, roster: _File = None, show: _Count = 5) -> int:
    """List the users of one organization through Flat and through Logto, on this machine alone.

    Needs no account: it starts a sandbox that speaks as Flat and Logto do, fills it with a roster, and stops it at
    the end.

    Args:
        roster: A CSV file of people to fill the sandbox with; without it, the 1,000 that come with orgsdk.
        show: How many users to show of each provider.
    """
    from orgsdk.cli.demo import run_demo

    return run_demo(roster, show)


@app.command
def sandbox(*, roster: _File = None, flat_port: _Port = 0, logto_port: _Port = 0) -> None:
    """Run a Flat and a Logto server on this machine, for tests and trials, until Ctrl-C.

    Prints the settings that let `orgsdk users list`, or your own program, reach each of them. They are in memory:
    whatever is changed ends with them.

    Args:
        roster: A CSV file of people to fill both with; without it, the 1,000 that come with orgsdk.
        flat_port: The port of the Flat server; 0 takes a free one.
        logto_port: The port of the Logto server; 0 takes a free one.
    """
    from orgsdk.cli.sandbox import serve

    serve(roster, flat_port, logto_port)


@users.command(name="list")
def list_(
    *,
    organization: _Id = None,
    query: _Text = None,
    role: _Name = None,
    page_size: Annotated[int | None, Parameter(metavar="N")] = None,
    cursor: _Cursor = None,
    limit: _Count | None = None,
    output: _Form = None,
) -> None:
    """List an organization's users: id, username, name, email, roles.

    Users go to stdout, page by page as they come; everything else goes to stderr, also the cursor that goes on where
    a list was stopped.

    Args:
        organization: The organization's id; without it, ORGSDK_ORGANIZATION, or at Flat the token's own.
        query: Only users whose name, username, e-mail address or id contains this.
        role: Only users who hold the role of this name.
        page_size: Users a request; without it, the provider's largest page.
        cursor: Go on where an earlier list was stopped, with the same organization, query and role.
        limit: Stop after this many users.
        output: The form; without it, a table in a terminal and ndjson (one JSON object a line) in a pipe.
    """
    from orgsdk.cli.users import UserListing, list_users

    list_users(
        UserListing(
            organization=organization,
            query=query,
            role=role,
            page_size=page_size,
            cursor=cursor,
            limit=limit,
            form=output,
        )
    )


def run(arguments: Sequence[str]) -> int:
    """Run one command and give the exit code; no error leaves but a fault of the program itself."""
    prepare_streams()
    try:
        code = app(
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
        tell(f"{error} See: {' '.join(['orgsdk', *(error.command_chain or ())])} --help")
        return ExitCode.USAGE
    except BrokenPipeError:
        discard_output()
        return ExitCode.BROKEN_PIPE
    except (OrgError, UsageError, MissingExtraError, OSError) as error:
        return report(error)
    except KeyboardInterrupt as error:
        for note in notes(error):
            tell(note)
        return ExitCode.INTERRUPTED
    return ExitCode.OK if code is None else int(code)
