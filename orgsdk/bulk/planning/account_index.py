"""`AccountIndex`: the accounts of a tenant, read once for the plans of many of its organizations."""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Mapping
from itertools import pairwise
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias, cast, get_args

import anyio

from orgsdk.bulk.errors import PlanError
from orgsdk.bulk.roster.keys import Key
from orgsdk.bulk.roster.spec import UserSpec
from orgsdk.bulk.stores.key_index import KeyIndex, hash_of, loose_hashes
from orgsdk.bulk.stores.texts import TextTable, decode_row
from orgsdk.bulk.workers import Workers
from orgsdk.domain import Page, User
from orgsdk.errors import NotFoundError
from orgsdk.resources import Accounts, OrganizationHandle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_Hashes: TypeAlias = "Mapping[str, Collection[int]]"
_ID: Final = "id"
# An address, a username or an external id names a user, and a phone number that another user has is refused.
_KINDS: Final[tuple[str, ...]] = (*get_args(Key), "phone")
_NO_DIGIT: Final = re.compile(r"\D")


class AccountIndex:
    """The accounts of one tenant, read once and shared by the plans of its organizations.

    The plan of an organization reads every account of the tenant if only they show, or show with fewer requests,
    the users of its new rows; see `Policy.search`. With an index, the first such plan reads them, and later plans look
    their rows up in it. The index only names candidates, so that no plan relies on what was read earlier: a plan reads
    the accounts that are new since then, requests each candidate again, and searches for the address and the username
    of each new row. If those are more requests than the list has pages, it reads the list again. It also does so if the
    provider does not list the newest accounts first, as Logto and WorkOS do.

    One case needs a new index to be seen: an account that existed when it was read, and that another program has given
    an external id since then. Make an index for each job or each night. It takes about 60 bytes of memory for each
    account. Use it with one client.

    Example:
        ``accounts = bulk.AccountIndex(); plan = await bulk.plan(client.organization("org_id"), [], accounts=accounts)``
    """

    def __init__(self) -> None:
        self._tenant: tuple[str, str] | None = None
        self._lock = anyio.Lock()
        self._known: _KnownAccounts | None = None

    def __len__(self) -> int:
        """Return the number of accounts that the index knows."""
        return 0 if self._known is None else len(self._known)

    def check_tenant(self, organization: OrganizationHandle) -> None:
        """Bind the index to the tenant of its first organization.

        Args:
            organization: The handle of an organization.

        Raises:
            PlanError: It is an organization of another tenant.
        """
        tenant = (organization.provider.name, organization.provider.tenant)
        if self._tenant not in {None, tenant}:
            raise PlanError("The account index is of another tenant: make one AccountIndex for each client.")
        self._tenant = tenant

    def note(self, user_id: str, fields: Mapping[str, str]) -> None:
        """Add keys that a plan will write, so that later plans find the account by them.

        Args:
            user_id: The id of the account.
            fields: The fields that an update changes.
        """
        if self._known is not None:
            self._known.add_keys(user_id, fields)

    async def find(
        self, accounts: Accounts, rows: Collection[UserSpec], *, searches: int, newest: Page[User] | None = None
    ) -> tuple[list[User], bool]:
        """Return the accounts that may be those of rows, as they are now.

        Args:
            accounts: The accounts of the tenant.
            rows: The rows, which match no member.
            searches: How many requests the caller sends to search for the rows, unless the list is read.
            newest: The first page of the list of accounts, if the caller has just read it.

        Returns:
            The accounts, and whether all accounts were read for it, so that a search finds no others.

        Raises:
            OrgError: Reading failed.
        """
        wanted = _hashes_of(rows)
        async with self._lock:
            known = self._known
            if known is None or not known.newest_first or not await self._read_newest(known, accounts, newest):
                return await self._read(accounts, wanted), True
            ids = known.ids_with(wanted)
            if ceil(len(known) / accounts.list().page_size) <= len(ids) + searches:
                return await self._read(accounts, wanted), True

        async def get_or_none(user_id: str) -> User | None:
            try:
                return await accounts.get(user_id)
            except NotFoundError:
                return None

        return [user async for user in Workers(ids, get_or_none) if user is not None], False

    async def _read(self, accounts: Accounts, wanted: _Hashes) -> list[User]:
        """Read all accounts. Return those that have one of the wanted keys."""
        known = _KnownAccounts()
        found: dict[str, User] = {}
        async for page in accounts.list(complete=True).pages():
            known.newest_first = known.newest_first and _is_newest_first(page)
            found.update((user.id, user) for user in known.add(page, wanted))
        known.sort()
        self._known = known
        return list(found.values())

    async def _read_newest(self, known: _KnownAccounts, accounts: Accounts, page: Page[User] | None) -> bool:
        """Read the accounts that are new. Return False if the number of accounts shows that others are missing."""
        page = await accounts.list() if page is None else page
        total = page.total
        while new := [user for user in page if not known.has(user.id)]:
            known.add(new)
            if page.next_cursor is None:
                break
            page = await accounts.list(cursor=page.next_cursor)
        return total is None or total <= len(known)


class _KnownAccounts:
    """The ids of accounts and hashes of their keys, in arrays. Those that are added after `sort` are in a dict."""

    def __init__(self) -> None:
        self.newest_first = True
        self._ids = TextTable()
        self._hashes: dict[str, array[int]] = {kind: array("Q") for kind in (_ID, *_KINDS)}
        self._sorted: dict[str, KeyIndex] = {}
        self._later: dict[tuple[str, int], list[str]] = {}
        self._number = 0

    def __len__(self) -> int:
        return self._number

    def add(self, users: Iterable[User], wanted: _Hashes = MappingProxyType({})) -> list[User]:
        """Add accounts. Return those that have one of the wanted keys."""
        users = list(users)
        hashes = {kind: _hash_all(kind, [getattr(user, kind) for user in users]) for kind in (_ID, *_KINDS)}
        self._number += len(users)
        if self._sorted:
            for kind, of_kind in hashes.items():
                for user, hashed in zip(users, of_kind, strict=True):
                    self._later.setdefault((kind, hashed), []).append(user.id)
        else:
            self._ids.extend([[user.id for user in users]])
            for kind, of_kind in hashes.items():
                self._hashes[kind].extend(of_kind)
        matches = [map(values.__contains__, hashes[kind]) for kind, values in wanted.items()]
        return [user for user, *found in zip(users, *matches, strict=True) if any(found)]

    def add_keys(self, user_id: str, fields: Mapping[str, str]) -> None:
        """Add keys of an account."""
        for kind in fields.keys() & set(_KINDS):
            (hashed,) = _hash_all(kind, [fields[kind]])
            self._later.setdefault((kind, hashed), []).append(user_id)

    def sort(self) -> None:
        """Make the accounts that were added until now quick to find."""
        self._sorted = {kind: KeyIndex(self._hashes.pop(kind)) for kind in list(self._hashes)}

    def has(self, user_id: str) -> bool:
        """Return whether an account is known."""
        return user_id in self.ids_with({_ID: {hash_of(user_id)}})

    def ids_with(self, wanted: _Hashes) -> list[str]:
        """Return the ids of the accounts that have one of these keys, sorted."""
        found: set[str] = set()
        for kind, values in wanted.items():
            for hashed in values:
                found.update(self._later.get((kind, hashed), ()))
                found.update(decode_row(self._ids.encoded(at))[0] or "" for at in self._sorted[kind].find(hashed))
        return sorted(found)


def _is_newest_first(page: Iterable[User]) -> bool:
    """Return whether accounts are listed by the time of their creation, so that a new one comes first."""
    times = [user.created_at for user in page]
    return all(later is not None and earlier is not None and later >= earlier for later, earlier in pairwise(times))


def _hashes_of(rows: Collection[UserSpec]) -> _Hashes:
    """Return the hashes of the keys of rows, by their kinds."""
    found = {kind: set(_hash_all(kind, [getattr(row, kind) for row in rows])) - {0} for kind in _KINDS}
    return {kind: values for kind, values in found.items() if values}


def _hash_all(kind: str, values: Sequence[str | None]) -> Sequence[int]:
    """Return a hash of each value, which is equal for values that are equal or nearly so; 0 for none."""
    if kind == _ID:
        return [hash_of(value) if value else 0 for value in values]
    if kind == "phone":
        digits = [_NO_DIGIT.sub("", value) if value else "" for value in values]
        return [hash_of(value) if value else 0 for value in digits]
    return loose_hashes(cast("Key", kind), values)
