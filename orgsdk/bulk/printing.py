"""A plan for people to read: a short summary, and a table of what would be done. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orgsdk.bulk.plans import Plan
    from orgsdk.bulk.writes import Kind, Write

_VERBS: dict[Kind, str] = {
    "create": "create",
    "add": "add again",
    "invite": "invite",
    "update": "update",
    "set_roles": "set roles",
    "add_roles": "add roles",
    "remove": "remove",
}
_WIDEST = 60


def summary(plan: Plan) -> str:
    """Give a plan in a few lines."""
    return "\n".join(_summary(plan))


def _summary(plan: Plan) -> Iterator[str]:
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


def table(plan: Plan, *, limit: int | None) -> str:
    """Give the writes of a plan as lines of a table, at most `limit` of them."""
    shown = [("", "what", "whom", "how", "row"), *map(_row, islice(plan.writes, limit))]
    widths = [min(max(len(cell) for cell in column), _WIDEST) for column in zip(*shown, strict=True)]
    lines = [_line(row, widths) for row in shown]
    more = len(plan.writes) - (len(shown) - 1)
    return "\n".join([*lines, f"… and {more:,} more"] if more else lines)


def _line(row: Iterable[str], widths: Iterable[int]) -> str:
    cells = [
        (cell if len(cell) <= width else cell[: width - 1] + "…").ljust(width)
        for cell, width in zip(row, widths, strict=True)
    ]
    return "  ".join(cells).rstrip()


def _row(write: Write) -> tuple[str, ...]:
    return tuple(
        "".join(character if character.isprintable() else "�" for character in cell)
        for cell in (str(write.number), _VERBS[write.kind], write.key, _how(write), write.origin or "")
    )


def _how(write: Write) -> str:
    if write.kind == "remove":
        return "delete the account and its data" if write.account == "delete" else "end the membership"
    if write.kind in {"set_roles", "add_roles"}:
        return f"roles: {_names(write.roles_before)} → {_names(write.roles)}"
    changes = [
        f"{name}: {write.before[name] or '(empty)'} → {value}" if name in write.before else f"{name}: {value}"
        for name, value in write.fields.items()
    ]
    return ", ".join([*changes, f"roles: {_names(write.roles)}"] if write.roles else changes)


def _names(roles: Iterable[str]) -> str:
    return " + ".join(roles) or "none"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
