"""The parts of a plan: writes, guard results, protected members and the record of a roster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.providers.base import AccountAction

Kind: TypeAlias = Literal["create", "add", "invite", "update", "set_roles", "add_roles", "remove"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""The kinds of writes in the order of a plan: new people, then changes, then removals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Say one change of one person; how many requests it takes is the provider's affair.

    `create` makes an account with `fields` and `roles` that is a member, `add` has the account of `user_id` be one
    with `roles`, `invite` invites the address in `fields` with `roles`. `update` changes `fields` of `user_id`,
    which were `before`. `set_roles` has the member hold exactly `roles`, `add_roles` has them hold these too;
    `roles_before` are those that they hold. `remove` takes the member out, and their `account` too where it says so;
    `before` is all that a row could say of them.

    `number` is its place in the plan, from 0. `key` names the person the same way in every plan: by the first of
    the policy's keys that they have. `fingerprint` is of the user as planned, None where there is none yet.

    One person may have several: who was added is updated after that, then given roles. Which writes wait for which is
    told by `ordering.in_waves`.
    """

    number: int
    kind: Kind
    key: str = field(repr=False)
    user_id: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    before: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"], repr=False)
    roles: tuple[str, ...] = ()
    roles_before: tuple[str, ...] = ()
    account: AccountAction | None = None
    fingerprint: str | None = None
    origin: str | None = None
