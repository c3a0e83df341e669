"""Whose suspensions a plan ends. No provider shows who suspended a user, so a plan records those of the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from orgsdk._messages import count_noun
from orgsdk.bulk.planning.elsewhere import concerns_account
from orgsdk.domain import Capability
from orgsdk.errors import Advice, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from orgsdk.bulk.planning.member_store import MemberStore
    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.writes import GuardResult, Write
    from orgsdk.providers.base import Provider

_INSTEAD_OF_SUSPENSIONS: Final[Mapping[str, Advice]] = {
    "remove": Advice(
        'Pass Policy(remove="membership"), which ends memberships.',
        command="Pass --remove membership, which ends memberships.",
    ),
    "suspended": Advice(
        'Leave Policy(suspended="suspend") out, or pass "remove", which treats suspended rows as gone.',
        command="Leave --suspended suspend out, or pass --suspended remove, which treats suspended rows as gone.",
    ),
}


def check_suspensions(policy: Policy, provider: Provider) -> None:
    """Raise `UnsupportedError` if the policy suspends members, and the provider cannot."""
    if not policy.may_suspend or Capability.USERS_SUSPEND in provider.capabilities:
        return
    advice = [text for name, text in _INSTEAD_OF_SUSPENSIONS.items() if getattr(policy, name) == "suspend"]
    joined = Advice(" ".join(advice), command=" ".join(text.command for text in advice))
    raise UnsupportedError(provider.name, Capability.USERS_SUSPEND.value, joined)


@dataclass(frozen=True, slots=True)
class Suspensions:
    """The suspensions that a plan may end.

    Attributes:
        ended: Ids of the users whose suspension ends if their row is active; None for all users.
        recorded: Ids of the suspended users that the job suspended; None if that is not known.
    """

    ended: frozenset[str] | None = None
    recorded: frozenset[str] | None = None

    def may_end(self, user: Member) -> bool:
        """Return whether the suspension of this user ends if the row is active."""
        return self.ended is None or user.id in self.ended

    def after(
        self, policy: Policy, members: Iterable[Member], writes: Iterable[Write], guards: Iterable[GuardResult]
    ) -> tuple[str, ...] | None:
        """Return the ids to record in the plan that has these writes and guards; `members` are those with a doubt."""
        can_apply = all(guard.passed or guard.overridable for guard in guards)
        if not policy.may_suspend or not can_apply:
            return None if self.recorded is None else tuple(sorted(self.recorded))
        known = self.recorded
        if known is None:
            every = frozenset(member.id for member in members if member.is_suspended)
            known = frozenset[str]() if policy.activate == "own" else every
        made = (write.user_id for write in writes if write.kind == "suspend" and write.user_id is not None)
        return tuple(sorted(known.union(made)))

    def notes(self, ended: int, staying: int) -> Iterator[str]:
        """Yield a note on suspensions that end, and one on those that stay although the row is active."""
        if ended:
            whose = (
                'also those that an administrator suspended: Policy(activate="own") activates only those that earlier '
                "plans suspended, and none that matches Policy.protect"
                if self.ended is None
                else "because earlier plans suspended them"
            )
            yield f"{count_noun(ended, 'suspended user')} whose row is active will be active, {whose}"
        if staying:
            yield (
                f"{count_noun(staying, 'user')} whose row is active will stay suspended, because no earlier plan "
                'suspended them: Policy(activate="all") ends these suspensions too'
            )


def find_suspensions(
    previous: Plan | None,
    policy: Policy,
    members: Iterable[Member],
    everybody: MemberStore,
    capabilities: Collection[Capability],
) -> Suspensions:
    """Return the suspensions that a plan may end.

    Args:
        previous: The earlier plan.
        policy: The policy.
        members: The members that are not settled. Every suspended member is among them.
        everybody: All members.
        capabilities: The capabilities of the provider.

    Returns:
        The suspensions.
    """
    recorded = None
    if previous is not None and previous.suspended is not None:
        earlier = frozenset(previous.suspended)
        recorded = earlier.intersection(member.id for member in members if member.is_suspended)
        if earlier > recorded and policy.remove != "account" and concerns_account("suspend", capabilities):
            # The account of a user whose membership ended is still suspended, and may return.
            recorded |= earlier.difference(everybody.ids())
    if policy.activate == "all":
        return Suspensions(None, recorded)
    return Suspensions(frozenset() if recorded is None and policy.activate == "own" else recorded, recorded)
