"""User fields: the one declaration of the fields that every provider shares.

Drafts, changes, roster rows, comparisons, exports, command-line options and the parameters of `create` and `update`
derive from it. To add a field, add it to `UserFieldName`, `UserFieldValues` and `UserFields` in this file and to
`User`, and map it in each provider. A field that some providers lack also needs a `Capability`.
"""

# ruff: noqa: RUF009  # `_declare` returns a dataclass field

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeAlias, TypedDict, TypeVar, cast

from orgsdk.domain.capability import Capability
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")
ValueT = TypeVar("ValueT")

UserFieldName: TypeAlias = Literal[
    "external_id", "username", "email", "phone", "name", "given_name", "family_name", "locale"
]
"""The names of the fields, in the order in which they are shown."""
Comparison: TypeAlias = Literal["text", "email", "phone"]
"""How two values of a field are compared: as text, as e-mail addresses, or by their digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserField:
    """The declaration of one field.

    Attributes:
        name: The field's name in `User`, `UserDraft`, `UserChanges` and `orgsdk.bulk.UserSpec`.
        description: What the field holds, in one sentence.
        is_key: Whether no two users of an organization share a value, so that a value identifies a user.
        comparison: How two values are compared.
        check: Returns a valid value, and raises `InvalidArgumentError` for any other. None if every text that
            is not blank is valid.
        examples: Valid values for tests. Empty if any text is valid, or if no two users may share a value.
        create_capability: What a provider must offer to accept the field in `create`. None if all providers do.
        update_capability: What a provider must offer to return the field and accept it in `update`. None if all do.
    """

    name: UserFieldName
    description: str
    is_key: bool = False
    comparison: Comparison = "text"
    check: Callable[[object], str] | None = None
    examples: tuple[str, ...] = ()
    create_capability: Capability | None = None
    update_capability: Capability | None = None


EMAIL_FORM: Final = "name@domain, without spaces, brackets or two dots in a row"
"""The form of an e-mail address, for messages."""


def check_email(value: object) -> str:
    """Return the e-mail address if it has the form of one. No error repeats it.

    Args:
        value: The address as a caller passed it.

    Returns:
        The same address.

    Raises:
        InvalidArgumentError: It is not a string, not ``name@domain``, or longer than 254 characters.
    """
    if not isinstance(value, str):
        raise InvalidArgumentError(f"The e-mail address is of type {type(value).__name__}: pass one as a string.")
    if len(value) > _MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(value) or not value.isprintable():
        raise InvalidArgumentError(f"The e-mail address is not one: pass {EMAIL_FORM}.")
    return value


# Between the dots of a name: no space, no control character, and none that needs quotes (RFC 5322, 3.2.3).
_ATOM = r"[^@.\s\x00-\x1f\x7f\"(),:;<>\[\\\]]+"
# A label of a domain: letters, digits and hyphens inside, and any letter beyond ASCII (RFC 5890).
# Written as what it is not: a class up to U+10FFFF takes 20 ms to compile, a fifth of a first client.
_LETTER = r"[^\x00-/:-@\[-^`{-\x7f]"
_LABEL = rf"{_LETTER}(?:[^\x00-,./:-@\[-^`{{-\x7f]{{0,61}}{_LETTER})?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_MAX_EMAIL_LENGTH = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets


def _declare(  # one parameter for each attribute of UserField
    description: str,
    *,
    is_key: bool = False,
    is_personal: bool = False,
    comparison: Comparison = "text",
    check: Callable[[object], str] | None = None,
    examples: tuple[str, ...] = (),
    capability: Capability | None = None,
    update_capability: Capability | None = None,
) -> Any:
    """Declare a field whose default is None. A personal one is not shown by a repr."""
    declaration = {
        "description": description,
        "is_key": is_key,
        "comparison": comparison,
        "check": check,
        "examples": examples,
        "create_capability": capability,
        "update_capability": update_capability or capability,
    }
    return field(default=None, repr=not is_personal, metadata=declaration)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFieldValues(Generic[ValueT]):
    """Base of the dataclasses that have a value for each field: drafts, changes and roster rows.

    Attributes:
        external_id: The user's id in another system, such as a school's register.
        username: The name to sign in with.
        email: The e-mail address.
        phone: The phone number, with the country code.
        name: The display name.
        given_name: The given name.
        family_name: The family name.
        locale: The language, such as ``fr`` or ``fr-CA`` (BCP 47).
    """

    external_id: ValueT = _declare(
        "The user's id in another system, such as a school's register.",
        is_key=True,
        capability=Capability.USERS_EXTERNAL_ID,
    )
    username: ValueT = _declare("The name to sign in with.", is_key=True, capability=Capability.USERS_USERNAME)
    email: ValueT = _declare(
        "The e-mail address.",
        is_key=True,
        is_personal=True,
        comparison="email",
        check=check_email,
    )
    phone: ValueT = _declare(
        "The phone number, with the country code.",
        is_personal=True,
        comparison="phone",
        capability=Capability.USERS_PHONE,
    )
    name: ValueT = _declare("The display name.", capability=Capability.USERS_NAME)
    given_name: ValueT = _declare("The given name.", capability=Capability.USERS_NAMES)
    family_name: ValueT = _declare("The family name.", capability=Capability.USERS_NAMES)
    locale: ValueT = _declare(
        "The language, such as fr or fr-CA (BCP 47).",
        examples=("en", "fr"),
        capability=Capability.USERS_LOCALE,
        update_capability=Capability.USERS_UPDATE_LOCALE,
    )


class UserFields(TypedDict, Generic[ValueT], total=False):
    """The keyword arguments of `create` and `update`, for type checkers. See `UserFieldValues`."""

    external_id: ValueT
    username: ValueT
    email: ValueT
    phone: ValueT
    name: ValueT
    given_name: ValueT
    family_name: ValueT
    locale: ValueT


USER_FIELDS: Final[Mapping[str, UserField]] = MappingProxyType(
    {
        declared.name: UserField(name=cast("UserFieldName", declared.name), **declared.metadata)
        for declared in fields(UserFieldValues)
    }
)
"""Every field by its name, in the order in which fields are shown."""


def fields_to_create(capabilities: Collection[Capability]) -> tuple[UserFieldName, ...]:
    """Return the names of the fields that a provider accepts in `create`.

    Args:
        capabilities: The provider's capabilities.

    Returns:
        The names of the fields that a provider accepts in `create`.
    """
    usable = {None, *capabilities}
    return tuple(declared.name for declared in USER_FIELDS.values() if declared.create_capability in usable)


def fields_to_update(capabilities: Collection[Capability]) -> tuple[UserFieldName, ...]:
    """Return the names of the fields that a provider returns, and accepts in `update`.

    Args:
        capabilities: The provider's capabilities.

    Returns:
        The names of the fields that a provider returns, and accepts in `update`.
    """
    usable = {None, *capabilities}
    return tuple(declared.name for declared in USER_FIELDS.values() if declared.update_capability in usable)


def default_for_fields(default: object) -> Callable[[type[T]], type[T]]:
    """Return a decorator that changes the default of each field. Apply it below ``@dataclass``. Private to orgsdk.

    Args:
        default: The value of a field that the constructor is not given.

    Returns:
        A decorator that changes the default of each field.
    """

    def change_default(values: type[T]) -> type[T]:
        for declared in fields(UserFieldValues):
            values.__annotations__[declared.name] = ValueT  # not its name, which is unknown where the class is
            setattr(values, declared.name, field(default=default, repr=declared.repr))
        return values

    return change_default
