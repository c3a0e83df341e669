"""Options of `orgsdk plan` and `orgsdk copy` that make a `bulk.Policy`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from orgsdk.domain import UserFieldName

if TYPE_CHECKING:
    from orgsdk.bulk import Policy

# Without postponed annotations: cyclopts reads them when a command runs.

_GROUP = Group("Policy", sort_key=6)
_Texts = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]
_Fields = tuple[UserFieldName, ...]


@Parameter(name="*", group=_GROUP)
@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOptions:
    """Say what a run may do."""

    match_by: Annotated[
        tuple[Literal["external_id", "email", "username"], ...],
        Parameter(
            negative="",
            show_default=False,
            metavar="KEY",
            help="external_id, email or username: how a row finds its person. Repeatable, in order; all three.",
        ),
    ] = ()
    create: Annotated[
        Literal["account", "invite", "no"] | None,
        Parameter(metavar="WHAT", help="account, invite or no: what becomes of who is not there. account."),
    ] = None
    search: Annotated[
        Literal["auto", "list", "find"] | None,
        Parameter(metavar="HOW", help="auto, list or find: how the tenant's accounts are looked through. auto."),
    ] = None
    update: Annotated[
        _Fields,
        Parameter(negative="", show_default=False, metavar="FIELD", help="A field to change. Repeatable; all fields."),
    ] = ()
    roles: Annotated[
        Literal["set", "add", "leave"] | None,
        Parameter(metavar="HOW", help="set, add or leave: what becomes of the roles of who is there. set."),
    ] = None
    default_role: Annotated[
        _Texts, Parameter(metavar="NAME", help="A role for new people whose row names none. Repeatable.")
    ] = ()
    remove: Annotated[
        Literal["no", "membership", "account"] | None,
        Parameter(metavar="WHAT", help="no, membership or account: what becomes of who is not in the roster. no."),
    ] = None
    max_removal_share: Annotated[
        float | None, Parameter(metavar="SHARE", help="Refuse to remove more than this share of the matched. 0.05.")
    ] = None
    max_removals: Annotated[int | None, Parameter(metavar="N", help="Refuse to remove more than this many. 500.")] = (
        None
    )
    min_matched_share: Annotated[
        float | None, Parameter(metavar="SHARE", help="Refuse to remove where not more members are matched. 0.5.")
    ] = None
    admin_role: Annotated[
        _Texts, Parameter(metavar="NAME", help="A role of which one member always stays. Repeatable.")
    ] = ()
    protect: Annotated[
        _Texts,
        Parameter(metavar="PATTERN", help="Never remove whose id, username or address fits, as *@staff.example.org."),
    ] = ()
    max_age: Annotated[float | None, Parameter(metavar="HOURS", help="Refuse to apply an older plan. 24.")] = None

    def policy(self) -> "Policy":
        """Give the policy; raises `ConfigurationError` for what cannot be."""
        from orgsdk.bulk import Policy

        given: dict[str, Any] = {
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
        return Policy(**{name: value for name, value in given.items() if value is not None})
