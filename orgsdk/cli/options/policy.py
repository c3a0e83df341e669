"""Options of `orgsdk plan` and `orgsdk copy` that make a `bulk.Policy`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from orgsdk.cli.errors import UsageError
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
    username: Annotated[
        Literal["keep", "omit"] | None,
        Parameter(
            metavar="HOW",
            help="keep or omit: what to do with a username that the provider cannot store. Default: keep, an error.",
        ),
    ] = None
    external_ids: Annotated[
        Literal["replace", "keep", "refuse"] | None,
        Parameter(
            metavar="HOW",
            help="replace, keep or refuse: what to do if a user has another external id than the row. Default: refuse.",
        ),
    ] = None
    suspended: Annotated[
        Literal["ignore", "suspend", "remove"] | None,
        Parameter(
            metavar="WHAT",
            help="ignore, suspend or remove: what to do with a user whose row is suspended. Default: ignore.",
        ),
    ] = None
    activate: Annotated[
        Literal["auto", "own", "all"] | None,
        Parameter(
            metavar="WHOSE",
            help="own or all: end only suspensions that earlier plans made, or those of administrators too. "
            "Default: auto, which is own if the previous plan could suspend, and else all.",
        ),
    ] = None
    remove: Annotated[
        Literal["no", "suspend", "membership", "account"] | None,
        Parameter(
            metavar="WHAT",
            help="no, suspend, membership or account: what to remove if a user is not in the roster. Default: no.",
        ),
    ] = None
    remove_role: Annotated[
        _Values,
        Parameter(
            metavar="NAME",
            help="Remove only users who have no other roles. May be repeated. Default: the roles in the roster.",
        ),
    ] = ()
    remove_only: Annotated[
        _Values,
        Parameter(
            metavar="PATTERN",
            help="Remove only users whose id, username or email matches, as in *@school.example. May be repeated.",
        ),
    ] = ()
    remove_elsewhere: Annotated[
        bool | None,
        Parameter(
            negative="",
            show_default=False,
            help="Delete or suspend accounts that belong to other organizations too, or that the export names there.",
        ),
    ] = None
    grace: Annotated[
        float | None,
        Parameter(metavar="DAYS", help="Remove a user who has been missing for so long in plans with --output."),
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
    max_update_share: Annotated[
        float | None,
        Parameter(metavar="SHARE", help="Refuse to replace values of more than this share of users. Default: 0.3."),
    ] = None
    max_role_share: Annotated[
        float | None,
        Parameter(metavar="SHARE", help="Refuse to change the roles of more than this share of users. Default: 0.3."),
    ] = None
    max_new_admins: Annotated[
        int | None, Parameter(metavar="N", help="Refuse to make more users admins than this. Default: 3.")
    ] = None
    max_renamed: Annotated[
        int | None,
        Parameter(
            metavar="N",
            help="Refuse to give another given name to more users who have no external id than this. Default: 5.",
        ),
    ] = None
    on_error: Annotated[
        Literal["raise", "skip"] | None,
        Parameter(metavar="HOW", help="raise or skip: refuse bad rows, or leave them out. Default: raise."),
    ] = None
    max_bad_rows: Annotated[
        str | None,
        Parameter(
            metavar="NUMBER",
            help="With --on-error skip, refuse more bad rows than this: a number, such as 20, or a share, such as 5% "
            "or 0.05. Default: 5%.",
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
            "username": self.username,
            "external_ids": self.external_ids,
            "suspended": self.suspended,
            "activate": self.activate,
            "remove": self.remove,
            "remove_roles": self.remove_role or None,
            "remove_only": self.remove_only or None,
            "remove_elsewhere": self.remove_elsewhere,
            "grace": None if self.grace is None else timedelta(days=self.grace),
            "max_removal_share": self.max_removal_share,
            "max_removals": self.max_removals,
            "min_matched_share": self.min_matched_share,
            "max_update_share": self.max_update_share,
            "max_role_share": self.max_role_share,
            "max_new_admins": self.max_new_admins,
            "max_renamed": self.max_renamed,
            "on_error": self.on_error,
            "max_bad_rows": parse_bad_rows(self.max_bad_rows),
            "admin_roles": self.admin_role or None,
            "protect": self.protect or None,
            "max_age": None if self.max_age is None else timedelta(hours=self.max_age),
        }
        return Policy(**{name: value for name, value in values.items() if value is not None})


def parse_bad_rows(text: str | None) -> int | float | None:
    """Return a number of rows as a whole number, and a share as a number below 1. Raise `UsageError` for another."""
    if text is None:
        return None
    number, percent, rest = text.strip().partition("%")
    try:
        if percent and not rest:
            value: int | float = float(number) / 100
        else:
            value = float(text) if "." in text else int(text)
    except ValueError:
        value = -1
    if not value >= 0 or (isinstance(value, float) and value >= 1):
        raise UsageError(
            f"--max-bad-rows {text[:30]!r} is neither a number of rows, such as 20, nor a share below 1, such as 5% or "
            "0.05"
        )
    return value
