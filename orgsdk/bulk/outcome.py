"""What became of one write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from orgsdk.bulk.writes import Kind, Write
    from orgsdk.errors import OrgError

Status: TypeAlias = Literal[
    "created", "added", "invited", "updated", "removed", "adopted", "skipped", "failed", "unknown"
]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)

DONE: Final[dict[Kind, Status]] = {
    "create": "created",
    "add": "added",
    "invite": "invited",
    "update": "updated",
    "set_roles": "updated",
    "add_roles": "updated",
    "remove": "removed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Say what became of one write of a plan.

    `status` is `"created"`, `"added"` (an account that was there is a member now), `"invited"`, `"updated"`,
    `"removed"`, `"adopted"` (what was to be made was found there: the answer to its making was lost, or somebody else
    made just the same), `"skipped"`, `"failed"`, or `"unknown"` (it may or may not have been done; resuming tells).

    `reason` says why it was skipped: `"drifted"` (the user was changed since the plan), `"gone"` (they are there no
    more), `"blocked"` (an earlier write of the same person failed), `"own_user"`, `"protected"` or `"last_admin"`
    (the guard that holds by now). It is `"found"` where what was adopted is somebody else's making, and for what
    failed the error's text. `error` is that error, None in a run that was resumed after it.
    `user_id` is whom it was done to, `request_id` what the provider's support asks for, `at` the time, in UTC.
    """

    write: Write
    status: Status
    at: str
    user_id: str | None = None
    request_id: str | None = None
    reason: str | None = None
    error: OrgError | None = field(default=None, compare=False)
    has_password: bool = False
