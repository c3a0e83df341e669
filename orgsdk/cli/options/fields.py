"""Options for the fields of users, organizations and roles, and for a password."""

from __future__ import annotations

from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict, cast

from cyclopts import Group, Parameter
from pydantic import SecretStr

from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.options.common import CLEAR, FlagOption, OutputOptions, PathOption, TextOption
from orgsdk.domain import USER_FIELDS, UserFields

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from orgsdk.cli.options.connection import ConnectionOptions
    from orgsdk.cli.output.rows import RecordView
    from orgsdk.client import OrgClient
    from orgsdk.domain import User
    from orgsdk.providers.base import Provider


class GivenNamedChanges(TypedDict, total=False):
    """What is to be changed of an organization; None empties its description."""

    name: str
    description: str | None


class GivenRoleChanges(GivenNamedChanges, total=False):
    """What is to be changed of a role."""

    scopes: tuple[str, ...]


def named_changes(name: str | None, description: str | None, clear: Sequence[str]) -> GivenNamedChanges:
    """Give what is to be changed of an organization.

    Raises `UsageError` where nothing is, or where something is both given and emptied.
    """
    changes = _named_changes(name, description, clear)
    check_not_empty(changes)
    return changes


def role_changes(
    name: str | None, description: str | None, scopes: tuple[str, ...], clear: Sequence[str]
) -> GivenRoleChanges:
    """Give what is to be changed of a role; raises as `named_changes` does."""
    changes = cast("GivenRoleChanges", _named_changes(name, description, clear))
    if scopes or "scopes" in clear:
        check_not_cleared("scope" if scopes else None, "scopes", clear)
        changes["scopes"] = scopes
    check_not_empty(changes)
    return changes


def check_not_cleared(given: object, field: str, clear: Sequence[str]) -> None:
    """Raise `UsageError` where a field is both given and emptied."""
    if given is not None and field in clear:
        raise UsageError(f"--clear {field} empties what another option gives: leave one out")


def check_not_empty(changes: object) -> None:
    """Raise `UsageError` where there is nothing to change."""
    if not changes:
        raise UsageError("nothing to change: pass a field, such as --name TEXT, or --clear FIELD")


def _named_changes(name: str | None, description: str | None, clear: Sequence[str]) -> GivenNamedChanges:
    changes: GivenNamedChanges = {}
    if name is not None:
        changes["name"] = name
    check_not_cleared(description, "description", clear)
    if description is not None or "description" in clear:
        changes["description"] = description
    return changes


# Without postponed annotations: cyclopts reads them when a command runs.

_GROUP = Group("User", sort_key=5)


class GivenChanges(UserFields[str | None], total=False):
    """Changes of a user by field. None clears a field."""

    password: SecretStr


class _UserFieldOptions:
    def given(self) -> UserFields[str | None]:
        """Return the fields that were passed."""
        values = {field: getattr(self, field) for field in USER_FIELDS}
        return cast("UserFields[str | None]", {field: value for field, value in values.items() if value is not None})

    def changes(self, clear: tuple[str, ...], password: SecretStr | None) -> GivenChanges:
        """Return the changes: the fields that were passed, and None for each field to clear.

        Raises:
            UsageError: There is no change, or a field is both passed and cleared.
        """
        changes = cast("GivenChanges", self.given())
        for option in clear:
            field = option.replace("-", "_")
            check_not_cleared(changes.get(field), option, clear)
            changes[field] = None  # type: ignore[literal-required]  # the names of the options are those of the fields
        if password is not None:
            changes["password"] = password
        check_not_empty(changes)
        return changes


if TYPE_CHECKING:
    ClearOption = Annotated[tuple[str, ...], CLEAR]

    class UserFieldOptions(_UserFieldOptions):
        """One option for each user field."""
else:
    ClearOption = Annotated[tuple[Literal[tuple(field.replace("_", "-") for field in USER_FIELDS)], ...], CLEAR]
    UserFieldOptions = Parameter(name="*", group=_GROUP)(
        make_dataclass(
            "UserFieldOptions",
            [
                (field.name, Annotated[TextOption, Parameter(help=field.description)], None)
                for field in USER_FIELDS.values()
            ],
            bases=(_UserFieldOptions,),
            namespace={"__module__": __name__},  # cyclopts takes a class of the standard library for a plain value
            frozen=True,
            kw_only=True,
        )
    )


@Parameter(name="*", group=_GROUP)
@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordOptions:
    """Say where a password comes from: never from an argument, which other programs can see."""

    password_file: Annotated[PathOption, Parameter(help="A file whose first line is the password.")] = None
    ask_password: Annotated[FlagOption, Parameter(help="Ask for the password.")] = False

    def read(self) -> SecretStr | None:
        """Give the password, None where none is wanted.

        Raises `UsageError` where there is none to be had.
        """
        if self.password_file is not None:
            if self.ask_password:
                raise UsageError("--password-file and --ask-password: leave one out")
            return SecretStr(_first_line(self.password_file))
        if self.ask_password:
            from orgsdk.cli.user_input import ask_secret

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


def find_and_write(
    connection: ConnectionOptions,
    shape: RecordView,
    output: OutputOptions,
    email: str | None,
    username: str | None,
    find: Callable[[OrgClient[Provider]], Awaitable[User | None]],
) -> ExitCode:
    """Write the user who is found; say so where nobody is."""
    from orgsdk.cli.calls import call_provider, write_record

    if (email is None) == (username is None):
        raise UsageError("pass exactly one of --email and --username")
    shape.choose(output.fields, shape.columns)  # refused before anything is sent
    found = call_provider(connection, find)
    if found is None:
        print_status(f"no {shape.noun} has that {'username' if email is None else 'e-mail address'}")
        return ExitCode.FAILURE
    write_record(found, shape, output)
    return ExitCode.OK
