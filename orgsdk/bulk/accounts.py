"""Looking through the tenant's accounts for people who are no members: all of them, or each by name."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.members import cut
from orgsdk.bulk.reading import read_members
from orgsdk.bulk.spec import Problem
from orgsdk.bulk.workers import Workers
from orgsdk.domain import Capability
from orgsdk.errors import ConflictError
from orgsdk.resources import Accounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.bulk.members import Member
    from orgsdk.bulk.policy import Policy
    from orgsdk.bulk.spec import UserSpec
    from orgsdk.domain import User
    from orgsdk.providers.base import Provider

_SEARCHED = ("email", "username")


async def find_accounts(provider: Provider, rows: Sequence[UserSpec], policy: Policy) -> list[Member]:
    """Give accounts of the tenant among which are all those of `rows`; none where no existing account can be added.

    Raises `SourceError` where an address is that of several accounts, and what the reading raises.
    """
    if not rows or not {Capability.ACCOUNTS_LIST, Capability.USERS_ADD} <= provider.capabilities:
        return []
    accounts = Accounts(provider)
    searches = [(row, kind) for row in rows for kind in _SEARCHED if kind in policy.match_by and getattr(row, kind)]
    if await _by_list(accounts, rows, len(searches), policy, provider.capabilities):
        return await read_members(accounts.list(complete=True))
    return await _find_each(accounts, searches)


async def _by_list(
    accounts: Accounts, rows: Sequence[UserSpec], searches: int, policy: Policy, capabilities: frozenset[Capability]
) -> bool:
    if policy.search == "list" or Capability.ACCOUNTS_FIND not in capabilities:
        return True
    if policy.search == "find":
        return False
    # No provider searches for an external id: the list alone finds who has a new address and a new username.
    by_external_id = "external_id" in policy.match_by and Capability.USERS_EXTERNAL_ID in capabilities
    if by_external_id and any(row.external_id for row in rows):
        return True
    page = await accounts.list()
    return page.next_cursor is None or page.total is None or ceil(page.total / len(page.items)) <= searches


async def _find_each(accounts: Accounts, searches: Sequence[tuple[UserSpec, str]]) -> list[Member]:
    problems: list[Problem] = []

    async def find(search: tuple[UserSpec, str]) -> User | None:
        row, kind = search
        try:
            if kind == "email":
                return await accounts.find(email=row.email)
            return await accounts.find(username=row.username)
        except ConflictError:
            problems.append(Problem(row.origin, f"its {kind} is that of several accounts, in different spellings"))
            return None

    found = {user.id: user async for user in Workers(searches, find) if user is not None}
    if problems:
        raise SourceError(problems)
    return cut(found.values(), {})
