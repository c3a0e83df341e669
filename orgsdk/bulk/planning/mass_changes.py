"""Guards against mass changes: a shifted column, or everybody promoted, looks like many updates or new roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from orgsdk._messages import count_noun
from orgsdk.bulk.planning.writes import GuardResult
from orgsdk.bulk.roster.keys import key_of
from orgsdk.bulk.roster.names import is_other_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.roster.spec import UserSpec

# A share of a small organization is less than one user.
_ALWAYS_ALLOWED: Final = 5
_MAX_SHOWN: Final = 10


@dataclass(slots=True)
class ChangeCounter:
    """Numbers of users that a wrong source would change.

    Attributes:
        updated: Members whose stored values are replaced.
        accesses: Members whose roles change, or whose suspension ends.
        new_admins: Users who get an admin role, or whose suspension ends and who have one.
        demoted: Members who lose an admin role.
        renamed: Rows that give a member another given name, although no external id shows that it is the same user.
    """

    updated: int = 0
    accesses: set[str] = field(default_factory=set[str])
    new_admins: int = 0
    demoted: int = 0
    renamed: list[str] = field(default_factory=list[str])

    def count_update(
        self, row: UserSpec, member: Member, changes: Mapping[str, str], before: Mapping[str, str | None]
    ) -> None:
        """Count the update of one user. A value that is added where there was none replaces nothing."""
        if not any(before.values()):
            return
        self.updated += 1
        name = "given_name" if "given_name" in changes else "name"
        old = before.get(name)
        if old and is_other_name(old, changes[name]) and not _is_known_by_id(row, member):
            self.renamed.append(row.origin or f"member {member.id}")

    def notes(self) -> tuple[str, ...]:
        """Return a note that names the rows that give their users another name."""
        if not self.renamed:
            return ()
        more = len(self.renamed) - _MAX_SHOWN
        shown = [*self.renamed[:_MAX_SHOWN], *([f"and {more:,} more"] if more > 0 else [])]
        note = (
            "these rows give a user another given name, and no external id shows that it is the same user: the "
            f"username or address may have been given to someone new: {'; '.join(shown)}"
        )
        return (note,)


def evaluate_changes(changes: ChangeCounter, matched: int, policy: Policy) -> tuple[GuardResult, ...]:
    """Return the result of every guard against mass changes; `matched` is the number of members in the source."""
    return (
        _guard_share("updates", changes.updated, "would get another value", matched, policy.max_update_share),
        _guard_share(
            "roles", len(changes.accesses), "would get other roles or be activated", matched, policy.max_role_share
        ),
        _guard_number("new_admins", changes.new_admins, "would become admins", policy.max_new_admins),
        _guard_number("renamed", len(changes.renamed), "would get another given name", policy.max_renamed),
    )


def _guard_share(name: str, number: int, what: str, matched: int, share: float) -> GuardResult:
    limit = max(int(round(share * matched, 6)), _ALWAYS_ALLOWED if share else 0)
    detail = (
        f"{count_noun(number, 'member')} {what}, {limit:,} may: the larger of {share * 100:.4g} % of {matched:,} "
        f"matched members and {_ALWAYS_ALLOWED if share else 0}"
    )
    return GuardResult(name, number <= limit, detail, overridable=True)


def _guard_number(name: str, number: int, what: str, limit: int) -> GuardResult:
    return GuardResult(name, number <= limit, f"{count_noun(number, 'user')} {what}, {limit:,} may", overridable=True)


def _is_known_by_id(row: UserSpec, member: Member) -> bool:
    wanted = key_of("external_id", row)
    return wanted is not None and wanted == key_of("external_id", member)
