"""Departing members who belong to other organizations too: a deletion of the account would take it from those.

The provider knows which of them are members there, and the source which of them it names there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from orgsdk._messages import count_noun
from orgsdk.bulk.planning.user_index import loose_key
from orgsdk.bulk.roster.keys import Key, key_of
from orgsdk.bulk.roster.spec import State, UserSpec
from orgsdk.bulk.stores.key_index import loose_hash
from orgsdk.bulk.stores.rows import RowStore
from orgsdk.bulk.workers import Workers
from orgsdk.domain import Capability
from orgsdk.errors import Advice, NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from orgsdk.bulk.planning.departures import Departure, Departures
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.providers.base import Provider
    from orgsdk.resources import Accounts, OrganizationHandle

_Reason: TypeAlias = Literal["member", "named", "unknown"]
_WHERE: Final[Mapping[_Reason, str]] = {
    "member": "in other organizations too",
    "named": "that the source names in other organizations",
    "unknown": "perhaps in other organizations, which cannot be read here,",
}


_NO_MEMBERSHIPS: Final = Advice(
    'Pass Policy(remove="account"), which deletes the users, or "suspend".',
    command="Pass --remove account, which deletes the users, or --remove suspend.",
)


def check_memberships(policy: Policy, provider: Provider) -> None:
    """Raise `UnsupportedError` if the policy ends memberships, and the provider has none without their accounts."""
    if policy.remove == "membership" and not provider.keeps_accounts:
        raise UnsupportedError(provider.name, 'users.remove(account="keep")', _NO_MEMBERSHIPS)


def concerns_account(action: str, capabilities: Collection[Capability]) -> bool:
    """Return whether a departure concerns the whole account, at a provider whose accounts can be members elsewhere.

    Without `users.add`, an account belongs to one organization (Flat). With `accounts.suspend`, a suspension applies to
    the account (Logto), and else to the membership (WorkOS).
    """
    if Capability.USERS_ADD not in capabilities:
        return False
    return action == "delete" or (action == "suspend" and Capability.ACCOUNTS_SUSPEND in capabilities)


async def find_elsewhere(
    organization: OrganizationHandle, organization_id: str, departures: Iterable[Departure], known: dict[str, bool]
) -> bool:
    """Look up the departing members whose whole account is concerned, one request each; add them to `known`.

    `known` has the ids that were looked up, with whether the user is a member of another organization. Returns False
    if the provider cannot list the organizations of an account.
    """
    capabilities = organization.provider.capabilities
    concerned = [found for found in departures if concerns_account(found.action, capabilities)]
    wanted = [found.member.id for found in concerned if found.member.id not in known]
    if wanted and Capability.ACCOUNTS_LIST_ORGANIZATIONS not in capabilities:
        return False

    async def look_up(user_id: str) -> tuple[str, bool]:
        return user_id, await is_elsewhere(organization.accounts, user_id, organization_id)

    known.update([found async for found in Workers(wanted, look_up)])
    return True


async def is_elsewhere(accounts: Accounts, user_id: str, organization_id: str) -> bool:
    """Return whether an account is a member of another organization than this one."""
    try:
        found = await accounts.list_organizations(user_id)
    except NotFoundError:
        return False
    return any(organization.id != organization_id for organization in found)


def find_named(
    departures: Iterable[Departure], users: Sequence[UserSpec], kinds: Sequence[Key]
) -> dict[str, AbstractSet[State]]:
    """Return the departing members, by id, that the source names in other organizations, with the states there.

    `users` are the rows of the other organizations (`Roster.elsewhere`). Keys are compared loosely, without case, form
    and zeros at the start: a doubt keeps the account.
    """
    found: dict[str, AbstractSet[State]] = {}
    if not users:
        return found
    rows = users if isinstance(users, RowStore) else RowStore(users)
    for departure in departures:
        member, states = departure.member, set[State]()
        for kind in kinds:
            key = key_of(kind, member)
            if key is None:
                continue
            for row in rows.take(rows.key_index(kind).find(loose_hash(kind, key))):
                if loose_key(key_of(kind, row) or "") == loose_key(key):
                    states.add(row.state)
        if states:
            found[member.id] = states
    return found


def keep_accounts_elsewhere(
    departures: Departures,
    known: Mapping[str, bool] | None,
    named: Mapping[str, AbstractSet[State]],
    provider: Provider,
    policy: Policy,
) -> None:
    """Keep the accounts of members of other organizations, unless the policy removes them too, and note it.

    `known` is None if the provider cannot list the organizations of an account: then every account is counted. `named`
    are the members that the source names elsewhere: an account of one organization (Flat) is kept for them too.
    """
    leaving: list[Departure] = []
    counts: Counter[tuple[str, _Reason]] = Counter()
    for departure in departures.leaving:
        reason = _reason_to_keep(departure, known, named, provider.capabilities)
        if reason is None:
            leaving.append(departure)
            continue
        counts[departure.action, reason] += 1
        if policy.remove_elsewhere:
            leaving.append(departure)
        elif departure.action == "suspend":
            departures.unchanged += 1
        elif provider.keeps_accounts:
            leaving.append(replace(departure, action="keep"))
        else:
            departures.left += 1
    departures.leaving = leaving
    departures.notes += _notes(counts, policy, keeps_accounts=provider.keeps_accounts)


def is_named(
    departure: Departure, named: Mapping[str, AbstractSet[State]], capabilities: Collection[Capability]
) -> bool:
    """Return whether the source names a departing member elsewhere, so that the whole account is not concerned.

    A user who is suspended elsewhere too may be suspended.
    """
    states = named.get(departure.member.id, ())
    if departure.action == "delete":
        return bool(states)
    return "active" in states and concerns_account(departure.action, capabilities)


def _reason_to_keep(
    departure: Departure,
    known: Mapping[str, bool] | None,
    named: Mapping[str, AbstractSet[State]],
    capabilities: Collection[Capability],
) -> _Reason | None:
    if is_named(departure, named, capabilities):
        return "named"
    if not concerns_account(departure.action, capabilities):
        return None
    if known is None:
        return "unknown"
    return "member" if known.get(departure.member.id, True) else None


def _notes(counts: Mapping[tuple[str, _Reason], int], policy: Policy, *, keeps_accounts: bool) -> Iterator[str]:
    remedy = "" if policy.remove_elsewhere else ": Policy(remove_elsewhere=True) applies to the accounts"
    for (action, reason), number in sorted(counts.items()):
        is_one = number == 1
        if action == "suspend" or policy.remove_elsewhere:
            negation = "" if policy.remove_elsewhere else " not"
            verb = f"{'is' if is_one else 'are'}{negation} {'suspended' if action == 'suspend' else 'deleted'}"
        elif keeps_accounts:
            verb = f"only {'leaves' if is_one else 'leave'} this one"
        else:
            verb = f"{'stays' if is_one else 'stay'}, because the provider has no membership without its account"
        yield f"of the members to {action}, {count_noun(number, 'account')} {_WHERE[reason]} {verb}{remedy}"
