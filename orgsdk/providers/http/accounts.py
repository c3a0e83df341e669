"""Accounts with unique e-mail addresses: whole operations, and adoption after a lost create."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from functools import partial
from typing import ClassVar

from orgsdk.domain import Organization, Unset, User, UserChanges, UserDraft, UserQuery
from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Listing, Paginator
from orgsdk.providers.http.connection import BodyReader
from orgsdk.providers.http.creation import create_or_adopt_new
from orgsdk.providers.http.matching import check_stored, find_by_email, has_values
from orgsdk.providers.http.routes import RoutedOperations
from orgsdk.providers.operations import not_implemented
from orgsdk.providers.user_operations import AccountAction, AccountOperations
from orgsdk.transport import Request

# The id in a request that is built to check its body and is not sent.
_PLACEHOLDER_ID = "0"


class EmailAccounts(RoutedOperations, AccountOperations):
    """Operations on the users of a tenant, who have unique e-mail addresses.

    A subclass has `_routes` and `_reader`, and builds the requests: `_list_request`, `_get_request`, `_create_request`,
    `_update_request`, `_delete_request`, and for the capability ``accounts.list_organizations``
    `_organizations_request`. The rest is here:

    - A user whose create was lost is adopted if it has the values that were sent and was created by this call.
    - `find` searches for an address in other spellings too, for providers that distinguish capitals.

    Args:
        connection: Sends the requests.

    Attributes:
        _reader: Reads users.
        _organization_reader: Reads the organization of a membership.
        _sent: The fields that a create sends and that the provider returns.
        _may_be_ignored: Fields whose new value some servers ignore, with success. `update` then raises
            `UnsupportedError`.

    Example:
        ``class AcmeAccounts(EmailAccounts): ...``
    """

    _reader: ClassVar[BodyReader[User]]
    _organization_reader: ClassVar[BodyReader[Organization]]
    _sent: ClassVar[Collection[str]] = ("email",)
    _may_be_ignored: ClassVar[Collection[str]] = ()

    # What a provider writes

    @abstractmethod
    def _list_request(
        self, position: str | None, page_size: int, *, email: str | None = None, complete: bool = False
    ) -> Request:
        """Build the request for a page of all users, or of those with an address."""

    @abstractmethod
    def _get_request(self, user_id: str) -> Request:
        """Build the request that reads one user."""

    @abstractmethod
    def _create_request(self, draft: UserDraft) -> Request:
        """Build the request that creates a user. Raise `InvalidArgumentError` for what the provider refuses."""

    @abstractmethod
    def _update_request(self, user_id: str, changes: UserChanges) -> Request | None:
        """Build the request that updates a user. None if nothing changes."""

    @abstractmethod
    def _delete_request(self, user_id: str) -> Request:
        """Build the request that deletes a user with all memberships."""

    def _organizations_request(self, position: str | None, page_size: int, *, user_id: str) -> Request:
        """Build the request for a page of the user's memberships."""
        not_implemented(self, "accounts.list_organizations")

    def _is_joined(self, organization: Organization) -> bool:
        """Return whether the membership that was read is one. False for a pending one, which is an invitation."""
        return True

    # What follows from it

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of all users."""
        build_request = partial(self._list_request, complete=query.complete)
        fetch = self._fetcher(self._reader, build_request, complete=query.complete)
        return self._listing("accounts.list", fetch, complete=query.complete)

    async def get(self, user_id: str) -> User:
        """Return one user."""
        return await self._connection.read_one(self._get_request(user_id), self._reader)

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the user with this address."""
        bounded = self._within_timeout()

        async def search(address: str) -> Sequence[User]:
            return await bounded._first_page(self._reader, partial(self._list_request, email=address))

        return await find_by_email(search, email or "", provider=self._connection.provider, operation="users.find")

    def check_create(self, draft: UserDraft) -> None:
        """Check that the provider accepts the draft, without a request."""
        self._create_request(draft)

    def check_update(self, changes: UserChanges) -> None:
        """Check that the provider accepts the changes, without a request."""
        self._update_request(_PLACEHOLDER_ID, changes)

    async def create(self, draft: UserDraft) -> User:
        """Create a user, or adopt it by its address after a lost response, if this call has created it."""
        sent = {name: getattr(draft, name) for name in self._sent}
        return await create_or_adopt_new(
            self._connection.within_timeout().holding(draft.password),
            self._create_request(draft),
            self._reader,
            self._list_request(None, self._routes.max_page_size, email=draft.email),
            lambda user: has_values(user, sent, ignore_case=("email",)),
        )

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update a user by one request. Without a change, only read the user."""
        request = self._update_request(user_id, changes)
        if request is None:
            return await self.get(user_id)
        user = await self._connection.read_one(request, self._reader)
        wanted = {name: getattr(changes, name) for name in self._may_be_ignored}
        changed = {name: value for name, value in wanted.items() if not isinstance(value, Unset)}
        check_stored(user, changed, provider=self._connection.provider, ignore_case=self._may_be_ignored)
        return user

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Delete a user with all memberships."""
        if account != "delete":
            raise InvalidArgumentError("An account outside of an organization can only be deleted. Pass 'delete'.")
        await self._connection.send(self._delete_request(user_id))

    async def list_organizations(self, user_id: str) -> Sequence[Organization]:
        """Return the organizations of the user's memberships, each once. An empty list checks the user."""
        self._routes.ids.check(user_id, "user id")
        fetch = self._fetcher(self._organization_reader, partial(self._organizations_request, user_id=user_id))
        listing = self._listing("accounts.list_organizations", fetch, user_id, keep=self._is_joined)
        found: dict[str, Organization] = {}
        async for organization in Paginator(listing):
            found.setdefault(organization.id, organization)
        if not found:
            await self.get(user_id)
        return [*found.values()]
