"""What the commands on people, members and accounts alike, have in common: their fields, passwords, and finding one."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, TypedDict, cast

from cyclopts import Group, Parameter
from pydantic import SecretStr

from orgsdk.cli.changes import check_either, check_some
from orgsdk.cli.errors import ExitCode, UsageError, tell
from orgsdk.cli.parameters import CLEAR, File, Flag, Output, Text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.cli.connection import Connection
    from orgsdk.cli.rows import Shape
    from orgsdk.client import OrgClient
    from orgsdk.domain import User
    from orgsdk.providers.base import Provider

# Without postponed annotations: cyclopts reads them when a command runs.

_GROUP = Group("Person", sort_key=5)
_Field: TypeAlias = Literal["username", "email", "phone", "name", "given-name", "family-name", "external-id"]
Clear = Annotated[tuple[_Field, ...], CLEAR]


class Fields(TypedDict, total=False):
    """The fields that are given."""

    username: str
    email: str
    phone: str
    name: str
    given_name: str
    family_name: str
    external_id: str


class Changes(TypedDict, total=False):
    """The fields that are to be changed, None for one that is to be emptied."""

    username: str | None
    email: str | None
    phone: str | None
    name: str | None
    given_name: str | None
    family_name: str | None
    external_id: str | None
    password: SecretStr


@Parameter(name="*", group=_GROUP)
@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Say who somebody is."""

    username: Annotated[Text, Parameter(help="The username; Flat needs one.")] = None
    email: Annotated[Text, Parameter(help="The e-mail address.")] = None
    phone: Annotated[Text, Parameter(help="The phone number.")] = None
    name: Annotated[Text, Parameter(help="The name to show.")] = None
    given_name: Annotated[Text, Parameter(help="The given name.")] = None
    family_name: Annotated[Text, Parameter(help="The family name.")] = None
    external_id: Annotated[Text, Parameter(help="The id in another system, such as a school's register.")] = None

    def given(self) -> Fields:
        """Give the fields that were given."""
        return cast("Fields", {field: value for field, value in asdict(self).items() if value is not None})

    def changes(self, clear: tuple[_Field, ...], password: SecretStr | None) -> Changes:
        """Give what is to be changed.

        Raises `UsageError` where nothing is, or a field is both given and emptied.
        """
        changes = cast("Changes", self.given())
        for option in clear:
            field = option.replace("-", "_")
            check_either(changes.get(field), option, clear)
            changes[field] = None  # type: ignore[literal-required]  # the options' names are the fields'
        if password is not None:
            changes["password"] = password
        check_some(changes)
        return changes


@Parameter(name="*", group=_GROUP)
@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """Say where a password comes from: never from an argument, which other programs can see."""

    password_file: Annotated[File, Parameter(help="A file whose first line is the password.")] = None
    ask_password: Annotated[Flag, Parameter(help="Ask for the password.")] = False

    def read(self) -> SecretStr | None:
        """Give the password, None where none is wanted.

        Raises `UsageError` where there is none to be had.
        """
        if self.password_file is not None:
            if self.ask_password:
                raise UsageError("--password-file and --ask-password: leave one out")
            return SecretStr(_first_line(self.password_file))
        if self.ask_password:
            from orgsdk.cli.asking import ask_secret

            return SecretStr(ask_secret("password"))
        return None


def _first_line(path: Path) -> str:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"--password-file: {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--password-file: {path} holds no text") from None
    if not lines or not lines[0]:
        raise UsageError(f"--password-file: {path} has no first line")
    return lines[0]


def find_person(
    connection: "Connection",
    shape: "Shape",
    output: Output,
    email: str | None,
    username: str | None,
    find: "Callable[[OrgClient[Provider]], Awaitable[User | None]]",
) -> ExitCode:
    """Write the user who is found; say so where nobody is."""
    from orgsdk.cli.calling import call, show

    if (email is None) == (username is None):
        raise UsageError("pass exactly one of --email and --username")
    shape.choose(output.fields, shape.columns)  # refused before anything is sent
    found = call(connection, find)
    if found is None:
        tell(f"no {shape.noun} has that {'username' if email is None else 'e-mail address'}")
        return ExitCode.FAILURE
    show(found, shape, output)
    return ExitCode.OK
