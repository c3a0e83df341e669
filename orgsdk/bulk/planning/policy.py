"""The policy: what a run may create, update and remove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from orgsdk.bulk.roster.spec import FIELDS, Field
from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

Key: TypeAlias = Literal["external_id", "email", "username"]
Create: TypeAlias = Literal["account", "invite", "no"]
RolePolicy: TypeAlias = Literal["set", "add", "leave"]
Remove: TypeAlias = Literal["no", "membership", "account"]
Search: TypeAlias = Literal["auto", "list", "find"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Say what a run may do. The default creates and updates, and removes nobody.

    `match_by` are the keys by which a row finds its person, in that order.
    `create` is what becomes of a person who is not there: an account (one that exists at the tenant is added), an
    invitation, or nothing. `search` is how the tenant's accounts are looked through for them: `"list"` reads all,
    `"find"` asks for each by e-mail and username, and `"auto"` takes the cheaper, but reads all where a row has an
    external id, which no provider searches.
    `update` are the fields that may be changed. `roles` says whether a member gets exactly the row's roles, gets
    them too, or keeps their own. `default_roles` are for a new person whose row says nothing of roles.

    `remove` is what becomes of a member whom no row names, or whose row is not enabled: nothing, the end of the
    membership, or the deletion of the account and its data for good. The whole run is refused where it would remove
    more than the smaller of `max_removal_share` of the matched members and `max_removals`, or where no more than
    `min_matched_share` of the members are matched. A member who holds one of `admin_roles` is not removed where no
    other admin stays. `protect` are patterns (`*`, `?`, `[…]`, without regard to case); whose id, external id,
    username or e-mail address fits one is never removed. A plan that is older than `max_age` is refused.

    Raises `ConfigurationError` for what cannot be.

    Example: `Policy(remove="membership", protect=("*@staff.example.org",))`
    """

    match_by: tuple[Key, ...] = ("external_id", "email", "username")
    create: Create = "account"
    search: Search = "auto"
    update: tuple[Field, ...] = FIELDS
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
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigurationError(f"Policy.{name} is {getattr(self, name)}: pass a share from 0 to 1.")
        if self.max_removals < 0:
            raise ConfigurationError(f"Policy.max_removals is {self.max_removals}: pass 0 or more.")
        if self.max_age <= timedelta(0):
            raise ConfigurationError("Policy.max_age is not a length of time: pass timedelta(hours=24) or another.")


def _check_values(name: str, words: Iterable[object], allowed: tuple[str, ...] | None) -> None:
    if isinstance(words, str):
        raise ConfigurationError(f"Policy.{name} is one text: pass a tuple.")
    for word in words:
        if allowed is None:
            if not isinstance(word, str) or not word:
                raise ConfigurationError(f"Policy.{name} has something in it that is no text, or an empty one.")
        elif word not in allowed:
            raise ConfigurationError(f"Policy.{name} has {word!r}: it takes {', '.join(allowed)}.")
