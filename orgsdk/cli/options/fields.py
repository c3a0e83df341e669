"""Options for the fields of users, organizations and roles, and for a password."""

from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict, cast

from cyclopts import Group, Parameter
from pydantic import SecretStr

from orgsdk.cli.errors import UsageError
from orgsdk.cli.options.common import CLEAR, FlagOption, PathOption, TextOption
from orgsdk.domain import USER_FIELDS, UserFields

if TYPE_CHECKING:
    from collections.abc import Sequence


class OrganizationUpdateKwargs(TypedDict, total=False):
    """Keyword arguments of `organizations.update`. None clears the description."""

    name: str
    description: str | None


class RoleUpdateKwargs(OrganizationUpdateKwargs, total=False):
    """Keyword arguments of `roles.update`."""

    scopes: tuple[str, ...]


def named_changes(name: str | None, description: str | None, clear: "Sequence[str]") -> OrganizationUpdateKwargs:
    """Return the changes to an organization.

    Raise `UsageError` if there are none, or if a field is both set and cleared.
    """
    changes = _named_changes(name, description, clear)
    check_not_empty(changes)
    return changes


def role_changes(
    name: str | None, description: str | None, scopes: tuple[str, ...], clear: "Sequence[str]"
) -> RoleUpdateKwargs:
    """Return the changes to a role. Raise `UsageError` as `named_changes` does."""
    changes = cast("RoleUpdateKwargs", _named_changes(name, description, clear))
    if scopes or "scopes" in clear:
        check_not_cleared("scope" if scopes else None, "scopes", clear)
        changes["scopes"] = scopes
    check_not_empty(changes)
    return changes


def check_not_cleared(value: object, field: str, clear: "Sequence[str]") -> None:
    """Raise `UsageError` if a field is both set and cleared."""
    if value is not None and field in clear:
        raise UsageError(f"--clear {field} clears what another option sets: omit one")


def check_not_empty(changes: object) -> None:
    """Raise `UsageError` if there are no changes."""
    if not changes:
        raise UsageError("nothing to change: pass a field, such as --name TEXT, or --clear FIELD")


def _named_changes(name: str | None, description: str | None, clear: "Sequence[str]") -> OrganizationUpdateKwargs:
    changes: OrganizationUpdateKwargs = {}
    if name is not None:
        changes["name"] = name
    check_not_cleared(description, "description", clear)
    if description is not None or "description" in clear:
        changes["description"] = description
    return changes


_GROUP = Group("User", sort_key=5)


class UserUpdateKwargs(UserFields[str | None], total=False):
    """Keyword arguments of `users.update`. None clears a field."""

    password: SecretStr


class _UserFieldOptions:
    def given(self) -> UserFields[str | None]:
        """Return the fields that were passed."""
        values = {field: getattr(self, field) for field in USER_FIELDS}
        return cast("UserFields[str | None]", {field: value for field, value in values.items() if value is not None})

    def changes(self, clear: tuple[str, ...], password: SecretStr | None) -> UserUpdateKwargs:
        """Return the changes: the fields that were passed, and None for each field to clear.

        Raise `UsageError` if there are none, or if a field is both passed and cleared.
        """
        changes = cast("UserUpdateKwargs", self.given())
        for option in clear:
            field = option.replace("-", "_")
            check_not_cleared(changes.get(field), option, clear)
            changes[field] = None  # type: ignore[literal-required]  # options are named like fields
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
    """Options for reading a password. It is never an argument, because other programs can see arguments."""

    password_file: Annotated[
        PathOption, Parameter(help="Read the password from the first line of this file; - is standard input.")
    ] = None
    ask_password: Annotated[FlagOption, Parameter(help="Ask for the password at the terminal.")] = False

    def read(self) -> SecretStr | None:
        """Return the password, None without an option for it.

        Raise `UsageError` if it cannot be read.
        """
        if self.password_file is not None:
            if self.ask_password:
                raise UsageError("--password-file and --ask-password: omit one")
            return SecretStr(_first_line(self.password_file))
        if self.ask_password:
            from orgsdk.cli.user_input import ask_secret

            return SecretStr(ask_secret("password"))
        return None


def _first_line(path: Path) -> str:
    from orgsdk.cli.standard_input import read_secret_text

    lines = read_secret_text(path, "--password-file").splitlines()
    if not lines or not lines[0]:
        raise UsageError(f"--password-file: {path} has no first line")
    return lines[0]
