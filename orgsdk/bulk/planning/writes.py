"""The parts of a plan: writes, guard results, protected members and the record of a roster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

Kind: TypeAlias = Literal[
    "create", "add", "invite", "activate", "update", "set_roles", "add_roles", "suspend", "remove"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""The kinds of writes in the order of a plan: new users, then changes, then suspensions and removals."""

NO_VALUES: Final[Mapping[str, str]] = {}
"""Shared by all writes without fields: an empty dict for each would take 64 bytes of a write's 1,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One planned change of one user. The provider decides how many requests it takes.

    A user may have several writes: an added account is updated after that, then given roles. `ordering.in_waves`
    decides which writes wait for which.

    Attributes:
        number: Position in the plan, from 0.
        kind: `"create"` makes an account with `fields` and `roles` that is a member. `"add"` makes the account
            `user_id` a member with `roles`. `"invite"` invites the address in `fields` with `roles`. `"update"`
            changes `fields` of `user_id`. `"set_roles"` replaces the member's roles by `roles`; `"add_roles"` adds
            `roles`. `"suspend"` suspends the member, and `"activate"` ends a suspension. `"remove"` ends the
            membership, and deletes the account if `account` is `"delete"`.
        key: The user's first key by the policy, such as `email:ada@example.org`; the same in every plan.
        user_id: Id of the user; None if there is no account yet.
        fields: New values by field.
        before: Values before the write: of an update those of `fields`, of a removal all that a row could contain.
        roles: Names of roles.
        roles_before: Roles of the member when the plan was made.
        account: Of a removal, what happens to the account: `"keep"` or `"delete"`. None for other writes.
        fingerprint: Fingerprint of the user when the plan was made; None if there is no account yet.
        origin: The row of the roster, such as `roster.csv, line 2`.
        word: The source's own word for the state of the row that suspends or removes a member, such as
            `DEPROVISIONED`.
    """

    number: int
    kind: Kind
    key: str = field(repr=False)
    user_id: str | None = None
    fields: Mapping[str, str] = field(default_factory=lambda: NO_VALUES, repr=False)
    before: Mapping[str, str | None] = field(default_factory=lambda: NO_VALUES, repr=False)
    roles: tuple[str, ...] = ()
    roles_before: tuple[str, ...] = ()
    account: Literal["keep", "delete"] | None = None
    fingerprint: str | None = None
    origin: str | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True)
class GuardResult:
    """Result of one guard.

    Attributes:
        name: Name of the guard: `"whole"`, `"header"`, `"rows"`, `"matched"`, `"removals"` and `"removed_roles"` for
            members who are removed, suspended or lose an admin role; `"updates"`, `"roles"`, `"new_admins"` and
            `"renamed"` for mass changes.
        passed: False if the guard refuses the plan.
        detail: The numbers that decided.
        overridable: True if `apply(confirm=plan.hash)` overrides the guard.
    """

    name: str
    passed: bool
    detail: str
    overridable: bool = False


@dataclass(frozen=True, slots=True)
class RosterRecord:
    """Data of a roster that a later roster is compared with.

    Attributes:
        name: Name of the source.
        fingerprint: SHA-256 of its contents.
        rows: Number of rows.
        columns: Header; empty if there is none.
    """

    name: str
    fingerprint: str
    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProtectedMember:
    """A member that the policy would have removed or demoted, but that is protected.

    Attributes:
        user_id: Id of the member.
        reason: `"last_admin"`, `"own_user"` or `"protected"`.
    """

    user_id: str
    reason: str
