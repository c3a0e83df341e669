"""Departing members who belong to other organizations too: a deletion of the account would take it from those."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orgsdk._messages import count_noun
from orgsdk.bulk.workers import Workers
from orgsdk.domain import Capability
from orgsdk.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from orgsdk.bulk.planning.departures import Departure, Departures
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.resources import Accounts, OrganizationHandle


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


def keep_accounts_elsewhere(
    departures: Departures, known: Mapping[str, bool] | None, capabilities: Collection[Capability], policy: Policy
) -> None:
    """Keep the accounts of members of other organizations, unless the policy removes them too, and note it.

    `known` is None if the provider cannot list the organizations of an account: then every account is counted.
    """
    leaving: list[Departure] = []
    counted: dict[str, int] = {"delete": 0, "suspend": 0}
    for departure in departures.leaving:
        is_concerned = concerns_account(departure.action, capabilities)
        if not is_concerned or not (known is None or known.get(departure.member.id, True)):
            leaving.append(departure)
            continue
        counted[departure.action] += 1
        if policy.remove_elsewhere:
            leaving.append(departure)
        elif departure.action == "delete":
            leaving.append(replace(departure, action="keep"))
        else:
            departures.unchanged += 1
    departures.leaving = leaving
    departures.notes += _notes(counted, policy, is_known=known is not None)


def _notes(counted: Mapping[str, int], policy: Policy, *, is_known: bool) -> list[str]:
    where = "in other organizations too" if is_known else "perhaps in other organizations, which cannot be read here,"
    verbs = (
        {"delete": "are deleted", "suspend": "are suspended"}
        if policy.remove_elsewhere
        else {"delete": "only leave this one", "suspend": "are not suspended"}
    )
    remedy = "" if policy.remove_elsewhere else ": Policy(remove_elsewhere=True) applies to the accounts"
    return [
        f"of the members to {action}, {count_noun(number, 'account')} {where} {verbs[action]}{remedy}"
        for action, number in counted.items()
        if number
    ]
