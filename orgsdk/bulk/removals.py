"""Who is not to be removed, whatever the roster says. Pure."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from orgsdk.bulk.members import Member
    from orgsdk.bulk.policy import Policy

Reason: TypeAlias = Literal["own_user", "protected", "last_admin"]


def keepers(
    members: Iterable[Member],
    removing: Collection[str],
    demoting: Collection[str],
    *,
    policy: Policy,
    own_user_id: str | None,
) -> dict[str, Reason]:
    """Give the ids of those who are to stay as they are, with the reason, out of those to be removed or demoted.

    `members` is everybody who is there, `removing` the ids of those whom the run would remove, `demoting` of those
    others from whom it would take their last role of an admin. Whose id is the credentials' own, or fits a protected
    pattern, is not removed; the credentials' own user is not demoted either. Where no admin would be left of those
    who are there now, none of them is removed or demoted: a new one may come to nothing.
    """
    kept: dict[str, Reason] = {}
    protected, admin_roles = _patterns(policy.protect), frozenset(policy.admin_roles)
    admins: list[str] = []
    for member in members:
        goes, falls = member.id in removing, member.id in demoting
        if (goes or falls) and member.id == own_user_id:
            kept[member.id] = "own_user"
        elif goes and protected is not None and _fits(protected, member):
            kept[member.id] = "protected"
        if not admin_roles.isdisjoint(member.roles):
            admins.append(member.id)
    going = [admin for admin in admins if admin not in kept and (admin in removing or admin in demoting)]
    if going and len(going) == len(admins):
        kept.update(dict.fromkeys(going, "last_admin"))
    return kept


def _patterns(protect: Iterable[str]) -> re.Pattern[str] | None:
    patterns = [translate(pattern.casefold()) for pattern in protect]
    return re.compile("|".join(patterns)) if patterns else None


def _fits(patterns: re.Pattern[str], member: Member) -> bool:
    names = (member.id, member.external_id, member.username, member.email)
    return any(patterns.match(name.casefold()) for name in names if name)
