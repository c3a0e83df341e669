"""The policy: what a run may create, update and remove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from orgsdk._parameters import name_constructor_parameters
from orgsdk.arguments import check_instance, check_integer, check_number, describe_value
from orgsdk.bulk.roster.keys import Key
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.domain import UserFieldName
from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable


Create: TypeAlias = Literal["account", "invite", "no"]
RolePolicy: TypeAlias = Literal["set", "add", "leave"]
Remove: TypeAlias = Literal["no", "membership", "account"]
Search: TypeAlias = Literal["auto", "list", "find"]


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a run may do. The default creates and updates users, and removes none.

    Attributes:
        match_by: Keys that match a row to a user, in this order.
        create: What to do with a row that matches no user: `"account"` creates an account, or adds the tenant's
            existing one; `"invite"` sends an invitation; `"no"` does nothing.
        search: How the tenant's accounts are searched: `"list"` reads all, `"find"` requests each by e-mail address
            and username, `"auto"` chooses the cheaper one, but reads all if a row has an external id, which no
            provider can search.
        update: Fields that may be changed.
        roles: `"set"` replaces a member's roles by those of the row, `"add"` adds them, `"leave"` changes nothing.
        default_roles: Roles of a new user whose row has no roles.
        remove: What to do with a member that no row names, or whose row is gone: `"no"` does nothing,
            `"membership"` ends the membership, `"account"` deletes the account and its data for good.
        max_removal_share: Largest share of the matched members that may be removed, from 0 to 1. The run is refused
            above the smaller one of this and `max_removals`.
        max_removals: Largest number of members that may be removed.
        min_matched_share: The run is refused if no more than this share of the members is matched, from 0 to 1.
        admin_roles: Roles of admins. The last admin is not removed or demoted.
        protect: Patterns (`*`, `?`, `[…]`, ignoring case). A member whose id, external id, username or e-mail address
            matches one is never removed.
        max_age: A plan that is older is refused.

    Raises:
        ConfigurationError: A value is invalid.

    Example:
        ``Policy(remove="membership", protect=("*@staff.example.org",))``
    """

    match_by: tuple[Key, ...] = ("external_id", "email", "username")
    create: Create = "account"
    search: Search = "auto"
    update: tuple[UserFieldName, ...] = FIELDS
    roles: RolePolicy = "set"
    default_roles: tuple[str, ...] = ()
    remove: Remove = "no"
    max_removal_share: float = 0.05
    max_removals: int = 500
    min_matched_share: float = 0.5
    admin_roles: tuple[str, ...] = ("admin", "accountAdmin", "owner")
    protect: tuple[str, ...] = ()
    max_age: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        _check_values("match_by", self.match_by, get_args(Key))
        _check_values("update", self.update, FIELDS)
        for name, allowed in (("create", Create), ("search", Search), ("roles", RolePolicy), ("remove", Remove)):
            _check_values(name, (getattr(self, name),), get_args(allowed))
        for name in ("default_roles", "admin_roles", "protect"):
            _check_values(name, getattr(self, name), None)
        if not self.match_by:
            raise ConfigurationError("Policy.match_by is empty: name at least one key.")
        for name in ("max_removal_share", "min_matched_share"):
            check_number(f"Policy.{name}", getattr(self, name), most=1)
        check_integer("Policy.max_removals", self.max_removals, least=0)
        check_instance("Policy.max_age", self.max_age, timedelta, "a timedelta", error=ConfigurationError)
        if self.max_age <= timedelta(0):
            raise ConfigurationError("Policy.max_age is not positive: pass timedelta(hours=24) or another duration.")


def _check_values(name: str, values: Iterable[object], allowed: tuple[str, ...] | None) -> None:
    if isinstance(values, str):
        raise ConfigurationError(f"Policy.{name} is a string: pass a tuple.")
    if not isinstance(values, tuple | list):
        raise ConfigurationError(f"Policy.{name} is {describe_value(values)}: pass a tuple.")
    for value in values:
        if allowed is None:
            if not isinstance(value, str) or not value:
                raise ConfigurationError(f"Policy.{name} contains an empty string, or a value that is not a string.")
        elif not isinstance(value, str) or value not in allowed:
            shown = repr(value[:50]) if isinstance(value, str) else describe_value(value)
            raise ConfigurationError(f"Policy.{name} contains {shown}. Allowed: {', '.join(allowed)}.")
