"""The plan: everything that a run would do, before any of it is done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk.bulk.private_file import replace_privately
from orgsdk.bulk.writes import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from os import PathLike

    from orgsdk.bulk.guards import GuardResult
    from orgsdk.bulk.policy import Policy
    from orgsdk.bulk.writes import Kind, Write


@dataclass(frozen=True, slots=True)
class RosterRecord:
    """Remember of a roster what a later one is compared with."""

    name: str
    fingerprint: str
    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
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
    kept: tuple[Kept, ...] = ()
    notes: tuple[str, ...] = ()
    writes: Sequence[Write] = field(default=(), repr=False)
    guards: tuple[GuardResult, ...] = ()

    @cached_property
    def hash(self) -> str:
        """Give the SHA-256 of the plan's canonical JSON, in hexadecimal digits: it changes with anything in it."""
        from orgsdk.bulk.plan_file import hash_of  # which makes plans

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
        from orgsdk.bulk.printing import summary

        return summary(self)

    def table(self, *, limit: int | None = 50) -> str:
        """Give the writes as a table, the first `limit` of them or all; it names people, by their keys.

        Example: `print(plan.table(limit=None))`
        """
        from orgsdk.bulk.printing import table

        return table(self, limit=limit)

    def to_json(self) -> bytes:
        """Give the plan's canonical JSON with its hash. It names people, and holds no passwords."""
        from orgsdk.bulk.plan_file import encode

        return b"".join(encode(self))

    @classmethod
    def from_json(cls, content: bytes) -> Plan:
        """Give the plan of its JSON.

        Raises `PlanError` where it is no plan, or is not as it was written.
        """
        from orgsdk.bulk.plan_file import decode

        return decode(content)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the plan to a file, which its owner alone may read, in the place of one that is there.

        Raises OSError where that cannot be.
        """
        from orgsdk.bulk.plan_file import encode

        replace_privately(Path(path), encode(self))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Plan:
        """Give the plan of a file.

        Raises `PlanError` where it is no plan, or is not as it was written, and OSError where it cannot be read.
        """
        return cls.from_json(Path(path).read_bytes())
