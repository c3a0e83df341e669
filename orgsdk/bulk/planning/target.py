"""Read the target organization: its id, members, roles and pending invitations, and the tenant's accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.planning.matched_rows import RowProblem
from orgsdk.bulk.planning.member_store import MemberStore
from orgsdk.bulk.planning.members import Member, to_members
from orgsdk.bulk.roster import keys
from orgsdk.bulk.roster.keys import Key
from orgsdk.bulk.roster.spec import RosterProblem
from orgsdk.bulk.workers import Workers
from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError, ConflictError, InvalidArgumentError
from orgsdk.resources import OrganizationHandle

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Sequence

    from orgsdk.bulk.planning.account_index import AccountIndex
    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.policy import Policy, Search
    from orgsdk.bulk.roster.spec import UserSpec
    from orgsdk.bulk.workers import RateLimitPause
    from orgsdk.domain import Page, Role, User
    from orgsdk.pagination import Paginator
    from orgsdk.resources import Accounts

SEARCHABLE_KEYS: Final[tuple[Key, ...]] = ("email", "username")
"""The keys that a provider can search its accounts by."""

# What an `AccountIndex` finds is requested again.
_VERIFYING: Final = frozenset({Capability.ACCOUNTS_GET, Capability.ACCOUNTS_FIND})


@dataclass(frozen=True, slots=True)
class Target:
    """The organization that a plan is for: provider, tenant and the organization's id."""

    provider: str
    tenant: str
    organization: str

    @classmethod
    def of_plan(cls, plan: Plan) -> Target:
        """Return the target of a plan."""
        return cls(plan.provider, plan.tenant, plan.organization)


@dataclass(frozen=True, slots=True)
class RoleCatalog:
    """The provider's roles.

    `known` maps names and ids of roles to names; it is None if the provider cannot list roles. `unassignable` maps
    the names of roles that no user can have to the reason.
    """

    known: Mapping[str, str] | None = field(repr=False)
    unassignable: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def name_of(self, role: str) -> str | None:
        """Return the name of a role; None if there is no such role."""
        return role if self.known is None else self.known.get(role)

    @property
    def assignable(self) -> list[str]:
        """The names of the roles that a user can have, sorted."""
        return sorted(set((self.known or {}).values()) - self.unassignable.keys())

    def __str__(self) -> str:
        return ", ".join(self.assignable) or "none"


async def find_target(organization: OrganizationHandle) -> Target:
    """Return the target of a handle, with the organization's real id if the handle uses that of the credentials.

    Raises `ConfigurationError` if the credentials have none, and `InvalidArgumentError` if it is not a handle.
    """
    if not isinstance(organization, OrganizationHandle):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        kind = f"{type(organization).__module__}.{type(organization).__qualname__}"
        raise InvalidArgumentError(
            f"The organization is of type {kind}: pass client.organization('id') of an async client. A blocking client "
            "passes its own by client.run(…)."
        )
    provider = organization.provider
    found = organization.id if organization.id is not None else await provider.own_organization_id()
    if found is None:
        raise ConfigurationError("The credentials belong to no organization: pass its id, client.organization('id').")
    return Target(provider.name, provider.tenant, found)


async def read_member_store(paginator: Paginator[User]) -> MemberStore:
    """Return all users of a list. A user that is listed twice is returned once."""
    found = MemberStore()
    async for page in paginator.pages():
        found.extend(page)
    return found.without_repeated()


async def read_members(
    paginator: Paginator[User], pause: RateLimitPause | None = None, *, without: Container[str] = frozenset()
) -> list[Member]:
    """Return all users of a list except the ids in `without`. A user that is listed twice is returned once.

    With `pause`, a rate limit is waited for and the page is requested again; without it, it is raised.
    """
    found: dict[str, Member] = {}
    known_roles: dict[tuple[str, ...], tuple[str, ...]] = {}
    pages = paginator.pages()

    async def next_page() -> Page[User] | None:
        return await anext(pages, None)

    while (page := await (next_page() if pause is None else pause.call(next_page))) is not None:
        found.update((one.id, one) for one in to_members(page, known_roles) if one.id not in without)
    return list(found.values())


async def find_roles(organization: OrganizationHandle, named: Collection[str], held: Collection[str]) -> RoleCatalog:
    """Return the roles that the names or ids `named` may be. `held` are the names of the roles that members have.

    They are read if one of `named` is not the name of a role that a member has: otherwise nothing is unknown.
    """
    if not named or Capability.ROLES_LIST not in organization.provider.capabilities:
        return RoleCatalog(None)
    if set(named) <= set(held):
        return RoleCatalog({role: role for role in held})
    listed = await organization.roles.list().collect()
    # An id takes precedence over a name, because a role can be named like the id of another.
    known = {role.name: role.name for role in listed} | {role.id: role.name for role in listed}
    return RoleCatalog(known, dict(_unassignable_roles(organization, listed)))


def _unassignable_roles(organization: OrganizationHandle, roles: Iterable[Role]) -> Iterator[tuple[str, str]]:
    for role in roles:
        try:
            organization.provider.roles.check_for_users(role)
        except InvalidArgumentError as error:
            yield role.name, str(error)


async def read_pending_invitations(organization: OrganizationHandle) -> frozenset[str]:
    """Return the keys of the e-mail addresses that have a pending invitation."""
    pending: set[str] = set()
    async for page in organization.invitations.list(status="pending").pages():
        pending.update(key for key in map(_email_key_or_none, (found.email for found in page)) if key is not None)
    return frozenset(pending)


def _email_key_or_none(address: str | None) -> str | None:
    try:
        return None if address is None else keys.email_key(address)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class FoundAccounts:
    """Accounts that are no members, and the rows for which the search found several.

    `is_complete`: they are all accounts of the tenant that are no members.
    """

    accounts: list[Member] = field(default_factory=list[Member])
    problems: list[RowProblem] = field(default_factory=list[RowProblem])
    is_complete: bool = False


async def find_accounts(
    organization: OrganizationHandle,
    rows: Sequence[UserSpec],
    members: Collection[str],
    policy: Policy,
    index: AccountIndex | None = None,
) -> FoundAccounts:
    """Return accounts of the tenant, including every account that one of `rows` may match.

    It returns none if the provider cannot add existing accounts. `members` are the ids of the members, which `rows`
    do not match. Several accounts with the e-mail address or username of one row are a problem. With an `index`, the
    list of all accounts is read only if the index is empty, or looking the rows up in it takes more requests.
    """
    capabilities = organization.provider.capabilities
    if not rows or not {Capability.ACCOUNTS_LIST, Capability.USERS_ADD} <= capabilities:
        return FoundAccounts()
    accounts = organization.accounts
    needed = {"email": None, "username": Capability.USERS_USERNAME}
    kinds = [kind for kind in SEARCHABLE_KEYS if kind in policy.match_by and needed[kind] in {None, *capabilities}]
    searches_of_rows = [(row, kind) for row in rows for kind in kinds if getattr(row, kind)]
    how = policy.search if Capability.ACCOUNTS_FIND in capabilities else "list"
    page: Page[User] | None = None
    if how == "auto":
        page = await accounts.list()
        if page.total is not None and page.total <= len(members):
            return FoundAccounts(is_complete=True)  # every account of the tenant is a member
        searches = len(searches_of_rows)
        how = _choose_search(page, searches, by_external_id=_has_external_ids(rows, policy, capabilities))
        if how == "auto" and (listed := await _list_if_short(accounts, searches, members)) is not None:
            return FoundAccounts(listed, is_complete=True)
    if how == "list" and index is not None and capabilities >= _VERIFYING:
        found, is_fresh = await index.find(accounts, rows, searches=len(searches_of_rows), newest=page)
        searched = FoundAccounts() if is_fresh else await _find_each_account(accounts, searches_of_rows, members)
        listed = to_members([user for user in found if user.id not in members], {})
        by_id = {one.id: one for one in (*searched.accounts, *listed)}
        return FoundAccounts(list(by_id.values()), searched.problems)
    if how == "list":
        return FoundAccounts(await read_members(accounts.list(complete=True), without=members), is_complete=True)
    return await _find_each_account(accounts, searches_of_rows, members)


def _has_external_ids(rows: Sequence[UserSpec], policy: Policy, capabilities: frozenset[Capability]) -> bool:
    matches = "external_id" in policy.match_by and Capability.USERS_EXTERNAL_ID in capabilities
    return matches and any(row.external_id for row in rows)


def _choose_search(page: Page[User], searches: int, *, by_external_id: bool) -> Search:
    # No provider searches for an external id: only the list finds a user whose address and username are both new.
    if by_external_id or page.next_cursor is None:
        return "list"
    if page.total is None:
        return "auto"  # only reading the list shows how long it is
    return "list" if ceil(page.total / len(page.items)) <= searches else "find"


async def _list_if_short(accounts: Accounts, searches: int, members: Container[str]) -> list[Member] | None:
    """Return all accounts if they take no more pages than searches. If not, stop there and return None.

    So a provider without a total receives at most about twice the requests of the cheaper choice.
    """
    found: dict[str, Member] = {}
    pages = 0
    async for page in accounts.list(complete=True).pages():
        pages += 1
        if pages > searches:
            return None
        found.update((one.id, one) for one in to_members(page, {}) if one.id not in members)
    return list(found.values())


async def _find_each_account(
    accounts: Accounts, searches: Sequence[tuple[UserSpec, str]], members: Container[str]
) -> FoundAccounts:
    problems: list[RowProblem] = []

    async def find(search: tuple[UserSpec, str]) -> User | None:
        row, kind = search
        try:
            if kind == "email":
                return await accounts.find(email=row.email)
            return await accounts.find(username=row.username)
        except ConflictError:
            message = f"several accounts have its {kind}, in different spellings"
            problems.append(RowProblem(RosterProblem(row.origin, message), (row,)))
            return None

    found = {user.id: user async for user in Workers(searches, find) if user is not None}
    # A member with a key of one of the rows is another user: the row takes the key over.
    return FoundAccounts(to_members([user for user in found.values() if user.id not in members], {}), problems)
