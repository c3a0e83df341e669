"""The plan: what a run would do, its summary and its table of writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

from orgsdk._known_names import HasItems
from orgsdk._messages import count_noun
from orgsdk.arguments import check_instance, check_integer
from orgsdk.bulk.errors import group_problems
from orgsdk.bulk.input_file import check_path, open_input
from orgsdk.bulk.planning import plan_file
from orgsdk.bulk.planning.plan_text import count_kinds, describe_duration, heading, printable, table_lines
from orgsdk.bulk.planning.policy import Policy
from orgsdk.bulk.planning.writes import KINDS, GuardResult, ProtectedMember, RosterRecord, Write
from orgsdk.bulk.private_file import replace_privately
from orgsdk.bulk.roster.spec import RosterProblem
from orgsdk.errors import InvalidArgumentError
from orgsdk.responses import RequestRate

if TYPE_CHECKING:
    from orgsdk.bulk.planning.writes import Kind

RECENT_READ: Final = "_recent_read"
"""The attribute of a plan that `orgsdk.bulk.planning.recent` keeps; it is neither saved nor copied."""

_PROTECTIONS: Final[dict[str, str]] = {
    "own_user": "the user of the credentials",
    "protected": "named by the policy",
    "last_admin": "no other admin would be left",
}
# Largest number of problems of rejected rows in the summary.
_MAX_GROUPS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Plan(HasItems):
    """The changes that make one organization match a roster. `apply` makes them.

    Attributes:
        provider: Name of the provider.
        tenant: Tenant at the provider.
        organization: Id of the organization.
        created_at: When the organization was read, in UTC.
        policy: The policy of the plan.
        source: The roster.
        previous: The roster of the latest earlier plan whose guards passed; None if there is none.
        members: Number of members.
        matched: Number of members that a row names.
        unchanged: Number of members that are as their row describes them.
        left: Number of members that no row names and that stay.
        invited: Number of rows that have a pending invitation.
        absent: Number of rows that match no user, if the policy creates none.
        protected: The members that a guard protects from removal, suspension or demotion.
        rejected: The problems of the rows that were left out, with ``on_error="skip"``.
        missing: If the policy has a grace period, since when members are missing, by id.
        suspended: Ids of the users that this plan and earlier ones suspend; None if that is not known.
        notes: What is left out of the plan, and what to look at before it is applied.
        requests: Number of requests that the writes take, as an estimate.
        rate: How many requests the provider accepts; None if that is unknown.
        writes: The changes, in order.
        guards: The result of each guard.
    """

    _items = "writes"

    provider: str
    tenant: str
    organization: str
    created_at: datetime
    policy: Policy
    source: RosterRecord
    previous: RosterRecord | None = None
    members: int = 0
    matched: int = 0
    unchanged: int = 0
    left: int = 0
    invited: int = 0
    absent: int = 0
    protected: tuple[ProtectedMember, ...] = ()
    rejected: tuple[RosterProblem, ...] = ()
    missing: Mapping[str, datetime] = field(default_factory=dict[str, datetime], repr=False)
    suspended: tuple[str, ...] | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    requests: int = 0
    rate: RequestRate | None = None
    writes: Sequence[Write] = field(default=(), repr=False)
    guards: tuple[GuardResult, ...] = ()

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != RECENT_READ}

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the plan's canonical JSON, in hexadecimal digits. Any change to the plan changes it."""
        return plan_file.hash_of(self._fields())

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to do."""
        return not self.writes

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        """Number of writes of each kind, including 0."""
        counted = Counter(write.kind for write in self.writes)
        return {kind: counted[kind] for kind in KINDS}

    @cached_property
    def adopted(self) -> tuple[Write, ...]:
        """The writes that take over users who were not created from this source.

        They add an existing account, or write the external id of a user who was matched by another key and has none.
        """
        return tuple(
            write
            for write in self.writes
            if write.kind == "add" or ("external_id" in write.before and write.before["external_id"] is None)
        )

    def summary(self) -> str:
        """Return the plan in a few lines: organization, source, totals, time needed, notes, guards that refuse it.

        Returns:
            Several lines of text.
        """
        return "\n".join(map(printable, _summary_lines(self)))

    def table(self, *, limit: int | None = 50, width: int | None = None) -> str:
        """Return the writes, grouped by kind. It shows the keys of users, such as e-mail addresses.

        Args:
            limit: Number of writes of each kind to show; None for all.
            width: Number of columns of the terminal: longer lines are wrapped. None for one line for each write.

        Returns:
            One line for each write, with `+` for a new user, `~` for a change and `-` for a removal, below the totals
            of each kind. "Nothing to do." if there is none.

        Raises:
            InvalidArgumentError: `limit` or `width` is no whole number.

        Example:
            ``print(plan.table(limit=None))``
        """
        if limit is not None:
            check_integer("limit", limit, least=0, error=InvalidArgumentError)
            limit = min(limit, len(self.writes))
        if width is not None:
            check_integer("width", width, least=1, error=InvalidArgumentError)
        return "\n".join(table_lines(self.writes, limit, width)) or "Nothing to do."

    def to_json(self) -> bytes:
        """Return the plan's canonical JSON with its hash. It contains personal data, but no passwords.

        Returns:
            UTF-8 bytes.
        """
        return b"".join(plan_file.encode(self._fields(), self.hash))

    @classmethod
    def from_json(cls, content: bytes) -> Plan:
        """Return the plan in its JSON.

        Args:
            content: What `to_json` returned.

        Returns:
            The plan.

        Raises:
            PlanError: It is not a plan, or it was changed.
            InvalidArgumentError: `content` is of a wrong type.
        """
        check_instance("content", content, bytes | bytearray | str, "the bytes of a plan file")
        return cls(**plan_file.decode(content))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the plan to a file with mode 0600, replacing an existing one.

        Args:
            path: The file.

        Raises:
            FileError: The file cannot be written.
            InvalidArgumentError: `path` is not a path.
        """
        replace_privately(check_path("path", path), plan_file.encode(self._fields(), self.hash))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Plan:
        """Read a plan from a file.

        Args:
            path: A file that `save` wrote.

        Returns:
            The plan.

        Raises:
            PlanError: The file is not a plan, or it was changed.
            FileError: The file cannot be read.
            InvalidArgumentError: `path` is not a path.
        """
        with open_input(check_path("path", path)) as file:
            content = file.read()
        return cls.from_json(content)

    def _fields(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _summary_lines(plan: Plan) -> Iterator[str]:
    """Yield the plan in a few lines: target, source, totals, what stays, notes and guards."""
    yield f"Plan {plan.hash[:12]} for organization {plan.organization} at {plan.provider} ({plan.tenant})"
    yield f"  made {plan.created_at:%Y-%m-%d %H:%M} UTC from {plan.source.name}, {count_noun(plan.source.rows, 'row')}"
    if plan.is_empty:
        yield "  to do: nothing"
    else:
        yield f"  to do: {count_noun(len(plan.writes), 'change')}, {describe_duration(plan.requests, plan.rate)}"
    for kind, number in count_kinds(plan.writes).items():
        yield f"    {heading(kind, number)}"
    yield (
        f"  {count_noun(plan.members, 'member')}: {plan.matched:,} with a row ({plan.unchanged:,} unchanged); "
        f"{plan.left:,} without a row stay"
    )
    if plan.invited:
        yield f"  {_rows_have(plan.invited)} a pending invitation"
    if plan.absent:
        yield f"  {_rows_have(plan.absent)} no user, and the policy creates none"
    if plan.rejected:
        yield f"  {count_noun(len(plan.rejected), 'row')} left out because of problems:"
        groups = group_problems(plan.rejected)
        yield from (f"    {group}" for group in groups[:_MAX_GROUPS])
        if len(groups) > _MAX_GROUPS:
            yield f"    and {count_noun(len(groups) - _MAX_GROUPS, 'other problem')}"
    if plan.adopted:
        yield f"  {count_noun(len(plan.adopted), 'user')} taken over who were not created from this source"
    for reason, number in sorted(Counter(member.reason for member in plan.protected).items()):
        yield f"  protected: {count_noun(number, 'member')} ({_PROTECTIONS.get(reason, reason)})"
    for note in plan.notes:
        yield f"  note: {note}"
    failed = [guard for guard in plan.guards if not guard.passed]
    if plan.writes and plan.guards and not failed:
        yield f"  guards: all {len(plan.guards)} passed"
    for guard in failed:
        yield f"  REFUSED by the guard {guard.name!r}: {guard.detail}"


def _rows_have(number: int) -> str:
    return f"{count_noun(number, 'row')} {'has' if number == 1 else 'have'}"
