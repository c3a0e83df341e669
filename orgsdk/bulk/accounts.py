"""Looking through the tenant's accounts for people who are no members: all of them, or each by name."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Literal

from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.members import cut
from orgsdk.bulk.reading import read_members
from orgsdk.bulk.spec import Problem
from orgsdk.bulk.workers import Workers
from orgsdk.domain import Capability
from orgsdk.errors import ConflictError
from orgsdk.resources import Accounts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from orgsdk.bulk.members import Member
    from orgsdk.bulk.policy import Policy
    from orgsdk.bulk.spec import UserSpec
    from orgsdk.domain import Page, User
    from orgsdk.providers.base import Provider

_SEARCHED = ("email", "username")


async def find_accounts(
    provider: Provider, rows: Sequence[UserSpec], members: Collection[str], policy: Policy
) -> list[Member]:
    """Give accounts of the tenant among which are all those of `rows`; none where no existing account can be added.

    `members` are the ids of those who are no matter: `rows` are none of theirs.

    Raises `SourceError` where an address is that of several accounts, and what the reading raises.
    """
    if not rows or not {Capability.ACCOUNTS_LIST, Capability.USERS_ADD} <= provider.capabilities:
        return []
    accounts = Accounts(provider)
    kinds = [kind for kind in _SEARCHED if kind in policy.match_by]
    how = policy.search if Capability.ACCOUNTS_FIND in provider.capabilities else "list"
    if how == "auto":
        page = await accounts.list()
        if page.total is not None and page.total <= len(members):
            return []  # the tenant has nobody else
        searches = sum(bool(getattr(row, kind)) for row in rows for kind in kinds)
        how = _cheaper(page, searches, by_external_id=_has_external_ids(rows, policy, provider.capabilities))
    if how == "list":
        return await read_members(accounts.list(complete=True), without=members)
    return await _find_each(accounts, [(row, kind) for row in rows for kind in kinds if getattr(row, kind)])


def _has_external_ids(rows: Sequence[UserSpec], policy: Policy, capabilities: frozenset[Capability]) -> bool:
    kept = "external_id" in policy.match_by and Capability.USERS_EXTERNAL_ID in capabilities
    return kept and any(row.external_id for row in rows)


def _cheaper(page: Page[User], searches: int, *, by_external_id: bool) -> Literal["list", "find"]:
    # No provider searches for an external id: the list alone finds who has a new address and a new username.
    if by_external_id or page.next_cursor is None or page.total is None:
        return "list"
    return "list" if ceil(page.total / len(page.items)) <= searches else "find"


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
