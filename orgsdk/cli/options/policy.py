"""Options of `orgsdk plan` and `orgsdk copy` that make a `bulk.Policy`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from orgsdk.domain import UserFieldName

if TYPE_CHECKING:
    from orgsdk.bulk import Policy

_GROUP = Group("Policy", sort_key=6)
_Values = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]
_Fields = tuple[UserFieldName, ...]


@Parameter(name="*", group=_GROUP)
@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOptions:
    """Options of a policy: what a run may do. Defaults are those of `bulk.Policy`."""

    match_by: Annotated[
        tuple[Literal["external_id", "email", "username"], ...],
        Parameter(
            negative="",
            show_default=False,
            metavar="KEY",
            help="external_id, email or username: a key to match rows with users. May be repeated. Default: all.",
        ),
    ] = ()
    create: Annotated[
        Literal["account", "invite", "no"] | None,
        Parameter(metavar="WHAT", help="account, invite or no: how to add users who are missing. Default: account."),
    ] = None
    search: Annotated[
        Literal["auto", "list", "find"] | None,
        Parameter(metavar="HOW", help="auto, list or find: how to search the tenant's accounts. Default: auto."),
    ] = None
    update: Annotated[
        _Fields,
        Parameter(
            negative="",
            show_default=False,
            metavar="FIELD",
            help="A field to update. May be repeated. Default: all fields.",
        ),
    ] = ()
    roles: Annotated[
        Literal["set", "add", "leave"] | None,
        Parameter(metavar="HOW", help="set, add or leave: what to do with the roles of existing users. Default: set."),
    ] = None
    default_role: Annotated[
        _Values, Parameter(metavar="NAME", help="A role for new users whose row has none. May be repeated.")
    ] = ()
    remove: Annotated[
        Literal["no", "membership", "account"] | None,
        Parameter(
            metavar="WHAT",
            help="no, membership or account: what to remove if a user is not in the roster. Default: no.",
        ),
    ] = None
    max_removal_share: Annotated[
        float | None,
        Parameter(metavar="SHARE", help="Refuse to remove more than this share of the matched users. Default: 0.05."),
    ] = None
    max_removals: Annotated[
        int | None, Parameter(metavar="N", help="Refuse to remove more users than this. Default: 500.")
    ] = None
    min_matched_share: Annotated[
        float | None,
        Parameter(
            metavar="SHARE", help="Refuse to remove anyone if the share of matched members is not larger. Default: 0.5."
        ),
    ] = None
    admin_role: Annotated[
        _Values, Parameter(metavar="NAME", help="Never remove the last member with this role. May be repeated.")
    ] = ()
    protect: Annotated[
        _Values,
        Parameter(
            metavar="PATTERN",
            help="Never remove a user whose id, username or email matches, as in *@staff.example.org. May be repeated.",
        ),
    ] = ()
    max_age: Annotated[float | None, Parameter(metavar="HOURS", help="Refuse to apply an older plan. Default: 24.")] = (
        None
    )

    def policy(self) -> "Policy":
        """Return the policy. Raise `ConfigurationError` for an invalid value."""
        from orgsdk.bulk import Policy

        values: dict[str, Any] = {
            "match_by": self.match_by or None,
            "create": self.create,
            "search": self.search,
            "update": self.update or None,
            "roles": self.roles,
            "default_roles": self.default_role or None,
            "remove": self.remove,
            "max_removal_share": self.max_removal_share,
            "max_removals": self.max_removals,
            "min_matched_share": self.min_matched_share,
            "admin_roles": self.admin_role or None,
            "protect": self.protect or None,
            "max_age": None if self.max_age is None else timedelta(hours=self.max_age),
        }
        return Policy(**{name: value for name, value in values.items() if value is not None})
