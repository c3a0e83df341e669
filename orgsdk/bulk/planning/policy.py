"""The policy: what a run may create, update, suspend and remove."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Literal, TypeAlias

from orgsdk._parameters import name_constructor_parameters
from orgsdk.bulk.planning.policy_checks import check_policy_values
from orgsdk.bulk.roster.keys import Key
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.domain import UserFieldName

Create: TypeAlias = Literal["account", "invite", "no"]
RolePolicy: TypeAlias = Literal["set", "add", "leave"]
Remove: TypeAlias = Literal["no", "suspend", "membership", "account"]
Suspended: TypeAlias = Literal["ignore", "suspend", "remove"]
Search: TypeAlias = Literal["auto", "list", "find"]
Username: TypeAlias = Literal["keep", "omit"]
ExternalIds: TypeAlias = Literal["replace", "keep", "refuse"]
Activate: TypeAlias = Literal["auto", "own", "all"]
OnError: TypeAlias = Literal["raise", "skip"]


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a run may do. The default creates and updates users, and removes and suspends none.

    Attributes:
        match_by: Keys that match a row to a user, in this order.
        create: What to do with a row that matches no user: `"account"` creates an account, or adds the tenant's
            existing one; `"invite"` sends an invitation; `"no"` does nothing.
        search: How the tenant's accounts are searched: `"list"` reads all, `"find"` requests each by e-mail address
            and username, `"auto"` chooses the cheaper one, but reads all if a row has an external id, which no
            provider can search.
        update: Fields that may be changed.
        username: What to do with a username that the provider cannot store: `"keep"` reports it as a problem,
            `"omit"` leaves it out if the row has an e-mail address.
        external_ids: What to do with a row that names a user by e-mail address or username, but with another external
            id than the user's: `"refuse"` reports it as a problem, `"replace"` writes the row's id, `"keep"` keeps
            the user's. The last two do so only if the names agree too, or the address and the username.
        roles: `"set"` replaces a member's roles by those of the row, `"add"` adds them, `"leave"` changes nothing.
        default_roles: Roles of a new user whose row has no roles, and of a member whose row has an empty list of roles.
        suspended: What to do with a member whose row is suspended: `"ignore"` changes nothing, `"suspend"` suspends the
            member, and ends the suspension when the row is active again, `"remove"` treats the row as gone.
        activate: Whose suspension ends when the row is active, if `suspended` or `remove` is `"suspend"`: `"own"` ends
            those that earlier plans made, as the `previous` plan records them, `"all"` ends those of administrators
            too, `"auto"` is `"own"`, or `"all"` if there is no previous plan that could suspend.
        remove: What to do with a member that no row names, or whose row is gone: `"no"` does nothing, `"suspend"`
            suspends the member until a row names them again, `"membership"` ends the membership, `"account"` deletes
            the account and its data for good.
        remove_roles: Remove only members whose roles are all among these. None for the roles that occur in the source
            or are held by the members that it names, without rows that are gone. This default does not apply to a
            member whose row is gone.
        remove_only: Patterns, as for `protect`. If there are any, only members that match one are removed.
        remove_elsewhere: True to delete the account of a member of another organization too, or of a user that the
            source names there (`Roster.elsewhere`), and to suspend it where a suspension applies to the whole account.
            By default, only the membership ends, and such an account is not suspended.
        grace: How long a member must be missing before the removal; None for no time. With `suspended="suspend"`, the
            member is suspended meanwhile. The dates are stored in the plan: pass it as `previous` to the next one.
        max_removal_share: Largest share of the matched members that may be removed, suspended, or lose an admin role,
            from 0 to 1. The run is refused above the smaller one of this and `max_removals`.
        max_removals: Largest number of such members.
        min_matched_share: The run is refused if no more than this share of the members is matched, from 0 to 1, or if
            more than the rest of the members with a role are removed.
        max_update_share: Largest share of the matched members whose stored values may be replaced, from 0 to 1. Five
            members are always allowed.
        max_role_share: Largest share of the matched members whose roles may change or whose suspension may end, from 0
            to 1. Five members are always allowed.
        max_new_admins: Largest number of users who may get an admin role, or have one when their suspension ends.
        max_renamed: Largest number of members who may get another given name, if only an address or a username shows
            that row and member are the same user.
        on_error: What to do with rows that have problems: `"raise"` plans nothing, `"skip"` leaves them out.
        max_bad_rows: With `on_error="skip"`, the largest number of rows that may be left out (an int), or their share
            (a float below 1). A share is rounded up.
        admin_roles: Roles of admins, in any case. The last active admin is not removed, suspended or demoted.
        protect: Patterns (`*`, `?`, `[…]`, ignoring case and spelling). A member whose id, external id, username or
            e-mail address matches one is never removed or suspended. A suspension of such a member never ends.
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
    username: Username = "keep"
    external_ids: ExternalIds = "refuse"
    roles: RolePolicy = "set"
    default_roles: tuple[str, ...] = ()
    suspended: Suspended = "ignore"
    activate: Activate = "auto"
    remove: Remove = "no"
    remove_roles: tuple[str, ...] | None = None
    remove_only: tuple[str, ...] = ()
    remove_elsewhere: bool = False
    grace: timedelta | None = None
    max_removal_share: float = 0.05
    max_removals: int = 500
    min_matched_share: float = 0.5
    max_update_share: float = 0.3
    max_role_share: float = 0.3
    max_new_admins: int = 3
    max_renamed: int = 5
    on_error: OnError = "raise"
    max_bad_rows: int | float = 0.05
    admin_roles: tuple[str, ...] = ("admin", "accountAdmin", "owner")
    protect: tuple[str, ...] = ()
    max_age: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        check_policy_values({field.name: getattr(self, field.name) for field in fields(self)})

    @property
    def may_suspend(self) -> bool:
        """Whether a run may suspend members, and end their suspension."""
        return "suspend" in {self.remove, self.suspended}
