"""The plan: what a run would do, its summary and its table of writes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk.bulk.planning.writes import KINDS
from orgsdk.bulk.private_file import replace_privately

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from os import PathLike

    from orgsdk.bulk.planning.guards import GuardResult
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.writes import Kind, Write


@dataclass(frozen=True, slots=True)
class RosterRecord:
    """Remember of a roster what a later one is compared with."""

    name: str
    fingerprint: str
    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProtectedMember:
    """Name a member whom the policy would have removed or demoted, and why they are let be.

    `reason` is `"last_admin"`, `"own_user"` or `"protected"`.
    """

    user_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Hold what a run would do to one organization; `apply` carries it out.

    `provider`, `tenant` and `organization` say where, `created_at` when it was read, in UTC. `source` is the roster,
    `previous` the one of the last plan whose guards held. Of the `members`, `matched` are named by a row, `unchanged`
    are as their row says, and `left` are named by none and stay; `kept` are those of them whom a guard protects.
    `invited` rows have a pending invitation already; `absent` rows name nobody who is there, and the policy makes
    nobody of them. `notes` say what of the roster is not planned: what the provider cannot keep, and usernames or
    addresses that people exchange among each other. `writes` is what would be done, `guards` what speaks for and
    against.
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
    kept: tuple[ProtectedMember, ...] = ()
    notes: tuple[str, ...] = ()
    writes: Sequence[Write] = field(default=(), repr=False)
    guards: tuple[GuardResult, ...] = ()

    @cached_property
    def hash(self) -> str:
        """Give the SHA-256 of the plan's canonical JSON, in hexadecimal digits: it changes with anything in it."""
        from orgsdk.bulk.planning.plan_file import hash_of  # which makes plans

        return hash_of(self)

    @property
    def is_empty(self) -> bool:
        """Tell whether everything is as the roster wants it."""
        return not self.writes

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        """Count the writes of each kind; a kind without any is 0."""
        counted = Counter(write.kind for write in self.writes)
        return {kind: counted[kind] for kind in KINDS}

    def summary(self) -> str:
        """Give the plan in a few lines: where, of what, how many writes of each kind, and what refuses it."""

        return format_summary(self)

    def table(self, *, limit: int | None = 50) -> str:
        """Give the writes as a table, the first `limit` of them or all; it names people, by their keys.

        Example: `print(plan.table(limit=None))`
        """

        return format_table(self, limit=limit)

    def to_json(self) -> bytes:
        """Give the plan's canonical JSON with its hash. It names people, and holds no passwords."""
        from orgsdk.bulk.planning.plan_file import encode

        return b"".join(encode(self))

    @classmethod
    def from_json(cls, content: bytes) -> Plan:
        """Give the plan of its JSON.

        Raises `PlanError` where it is no plan, or is not as it was written.
        """
        from orgsdk.bulk.planning.plan_file import decode

        return decode(content)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the plan to a file, which its owner alone may read, in the place of one that is there.

        Raises OSError where that cannot be.
        """
        from orgsdk.bulk.planning.plan_file import encode

        replace_privately(Path(path), encode(self))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Plan:
        """Give the plan of a file.

        Raises `PlanError` where it is no plan, or is not as it was written, and OSError where it cannot be read.
        """
        return cls.from_json(Path(path).read_bytes())


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


def format_summary(plan: Plan) -> str:
    """Give a plan in a few lines."""
    return "\n".join(_summary_lines(plan))


def _summary_lines(plan: Plan) -> Iterator[str]:
    yield f"Plan {plan.hash[:12]} for organization {plan.organization} at {plan.provider} ({plan.tenant})"
    yield f"  made {plan.created_at:%Y-%m-%d %H:%M} UTC from {plan.source.name}, {_count(plan.source.rows, 'row')}"
    yield (
        f"  {_count(plan.members, 'member')}: {plan.matched:,} in the source, {plan.unchanged:,} of them as they "
        f"should be; {plan.left:,} not in it stay"
    )
    if plan.invited:
        yield f"  {_count(plan.invited, 'row')} of people who have been invited already"
    if plan.absent:
        yield f"  {_count(plan.absent, 'row')} of people who are not there, whom the policy does not create"
    to_do = [f"{_VERBS[kind]} {number:,}" for kind, number in plan.counts.items() if number]
    yield f"  to do: {', '.join(to_do) or 'nothing'}"
    for reason, number in sorted(Counter(kept.reason for kept in plan.kept).items()):
        yield f"  kept: {number:,} ({reason})"
    for note in plan.notes:
        yield f"  note: {note}"
    for guard in plan.guards:
        if not guard.passed:
            yield f"  REFUSED by the guard {guard.name!r}: {guard.detail}"


def format_table(plan: Plan, *, limit: int | None) -> str:
    """Give the writes of a plan as lines of a table, at most `limit` of them."""
    shown = [("", "what", "whom", "how", "row"), *map(_table_row, islice(plan.writes, limit))]
    widths = [min(max(len(cell) for cell in column), _MAX_CELL_WIDTH) for column in zip(*shown, strict=True)]
    lines = [_table_line(row, widths) for row in shown]
    more = len(plan.writes) - (len(shown) - 1)
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


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
