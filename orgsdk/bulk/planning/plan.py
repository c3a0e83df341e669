"""The plan: what a run would do, its summary and its table of writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from itertools import islice
from os import PathLike
from typing import TYPE_CHECKING, Any

from orgsdk._messages import count_noun
from orgsdk.arguments import check_instance, check_integer
from orgsdk.bulk.input_file import check_path, open_input
from orgsdk.bulk.planning import plan_file
from orgsdk.bulk.planning.policy import Policy
from orgsdk.bulk.planning.writes import KINDS, GuardResult, ProtectedMember, RosterRecord, Write
from orgsdk.bulk.private_file import replace_privately
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orgsdk.bulk.planning.writes import Kind


@dataclass(frozen=True, kw_only=True)
class Plan:
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
        protected: The members that a guard protects from removal or demotion.
        notes: What is left out of the plan: fields that the provider does not have, and values that users exchange
            among each other.
        writes: The changes, in order.
        guards: The result of each guard.
    """

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
    notes: tuple[str, ...] = ()
    writes: Sequence[Write] = field(default=(), repr=False)
    guards: tuple[GuardResult, ...] = ()

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

    def summary(self) -> str:
        """Return the plan in a few lines: organization, source, number of writes of each kind, guards that refuse it.

        Returns:
            Several lines of text.
        """
        return "\n".join(_summary_lines(self))

    def table(self, *, limit: int | None = 50) -> str:
        """Return the writes as a table. It shows the keys of users, such as e-mail addresses.

        Args:
            limit: Number of writes to show; None for all.

        Returns:
            One line for each write, below a header. "Nothing to do." if there is none.

        Raises:
            InvalidArgumentError: `limit` is no whole number.

        Example:
            ``print(plan.table(limit=None))``
        """
        if limit is not None:
            check_integer("limit", limit, least=0, error=InvalidArgumentError)
            limit = min(limit, len(self.writes))
        return _format_table(self.writes, limit)

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


_VERBS: dict[Kind, str] = {
    "create": "create",
    "add": "add again",
    "invite": "invite",
    "update": "update",
    "set_roles": "set roles",
    "add_roles": "add roles",
    "remove": "remove",
}
_MAX_CELL_WIDTH = 60


def _summary_lines(plan: Plan) -> Iterator[str]:
    yield f"Plan {plan.hash[:12]} for organization {plan.organization} at {plan.provider} ({plan.tenant})"
    yield f"  made {plan.created_at:%Y-%m-%d %H:%M} UTC from {plan.source.name}, {count_noun(plan.source.rows, 'row')}"
    yield (
        f"  {count_noun(plan.members, 'member')}: {plan.matched:,} in the source, {plan.unchanged:,} of them "
        f"unchanged; {plan.left:,} not in the source stay"
    )
    if plan.invited:
        yield f"  {count_noun(plan.invited, 'row')} with a pending invitation"
    if plan.absent:
        yield f"  {count_noun(plan.absent, 'row')} without a user, which the policy does not create"
    to_do = [f"{_VERBS[kind]} {number:,}" for kind, number in plan.counts.items() if number]
    yield f"  to do: {', '.join(to_do) or 'nothing'}"
    for reason, number in sorted(Counter(member.reason for member in plan.protected).items()):
        yield f"  protected: {number:,} ({reason})"
    for note in plan.notes:
        yield f"  note: {note}"
    for guard in plan.guards:
        if not guard.passed:
            yield f"  REFUSED by the guard {guard.name!r}: {guard.detail}"


def _format_table(writes: Sequence[Write], limit: int | None) -> str:
    if not writes:
        return "Nothing to do."
    rows = [("", "what", "user", "how", "row"), *map(_table_row, islice(writes, limit))]
    widths = [min(max(len(cell) for cell in column), _MAX_CELL_WIDTH) for column in zip(*rows, strict=True)]
    lines = [_table_line(row, widths) for row in rows]
    more = len(writes) - (len(rows) - 1)
    return "\n".join([*lines, f"… and {more:,} more"] if more else lines)


def _table_line(row: Iterable[str], widths: Iterable[int]) -> str:
    cells = [
        (cell if len(cell) <= width else cell[: width - 1] + "…").ljust(width)
        for cell, width in zip(row, widths, strict=True)
    ]
    return "  ".join(cells).rstrip()


def _table_row(write: Write) -> tuple[str, ...]:
    return tuple(
        "".join(character if character.isprintable() else "�" for character in cell)
        for cell in (str(write.number), _VERBS[write.kind], write.key, _describe_change(write), write.origin or "")
    )


def _describe_change(write: Write) -> str:
    if write.kind == "remove":
        return "delete the account and its data" if write.account == "delete" else "end the membership"
    if write.kind in {"set_roles", "add_roles"}:
        return f"roles: {_role_names(write.roles_before)} → {_role_names(write.roles)}"
    changes = [
        f"{name}: {write.before[name] or '(empty)'} → {value}" if name in write.before else f"{name}: {value}"
        for name, value in write.fields.items()
    ]
    return ", ".join([*changes, f"roles: {_role_names(write.roles)}"] if write.roles else changes)


def _role_names(roles: Iterable[str]) -> str:
    return " + ".join(roles) or "none"
