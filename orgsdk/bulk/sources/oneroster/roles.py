"""`roles.csv`: who holds which role in which organization (OneRoster 1.2 alone).

Source: CSV Binding 1.2.1, "roles.csv": sourcedId, status, dateLastModified, userSourcedId, roleType, role, beginDate,
endDate, orgSourcedId, userProfileSourcedId. That endDate is the first day without the role is from memory of the
Information Model 1.2, "Role".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from orgsdk.bulk.sources.problems import at

if TYPE_CHECKING:
    from collections.abc import Collection

    from orgsdk.bulk.sources.oneroster.files import Files

ROLES = "roles.csv"
_COLUMNS = ("userSourcedId", "roleType", "role", "orgSourcedId", "status", "beginDate", "endDate")


@dataclass(slots=True)
class Held:
    """Hold what `roles.csv` says: each user's roles, and the line that names a user first."""

    primary: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    secondary: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    lines: dict[str, int] = field(default_factory=dict[str, int])

    def of(self, user: str) -> list[str]:
        """Give a user's roles, primary ones first."""
        return self.primary.get(user, []) + self.secondary.get(user, [])


def read_roles(
    files: Files, parents: dict[str, str] | None, wanted: Collection[str] | None, on: date, *, primary_only: bool
) -> Held:
    """Read who holds which role on a day in one of the wanted organizations, or in any where None are named."""
    held, problems = Held(), files.problems
    with files.rows(ROLES, _COLUMNS) as rows:
        for line, (user, kind, role, org, status, begin, end) in rows:
            origin = at(ROLES, line)
            if not user or not role:
                problems.add(origin, f"the {'role' if user else 'userSourcedId'} is empty")
                continue
            held.lines.setdefault(user, line)
            if parents is not None and org not in parents:
                problems.add(origin, "its orgSourcedId is none of orgs.csv: the export is not whole")
                continue
            if kind not in {"primary", "secondary"}:
                problems.add(origin, f"the roleType is {kind[:100]!r}: primary and secondary are known")
                continue
            try:
                current = _first(begin, date.min) <= on < _first(end, date.max)
            except ValueError:
                problems.add(origin, "beginDate or endDate is no date: it is written as 2026-08-31")
                continue
            if (
                current
                and status.casefold() != "tobedeleted"
                and (wanted is None or org in wanted)
                and (kind == "primary" or not primary_only)
            ):
                (held.primary if kind == "primary" else held.secondary).setdefault(user, []).append(role)
    return held


def _first(text: str, default: date) -> date:
    return date.fromisoformat(text[:10]) if text else default
