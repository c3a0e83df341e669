"""Users of an environment, in any organization or none, and adoption of a user after a lost create."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

from orgsdk.domain import Unset
from orgsdk.errors import InvalidArgumentError, UnsupportedError
from orgsdk.pagination import Paginator, Slice
from orgsdk.providers.base import AccountOperations
from orgsdk.providers.http import find_matching_user, has_values
from orgsdk.providers.workos.lists import WorkOSOperations
from orgsdk.providers.workos.models import CreateUser, UpdateUser
from orgsdk.providers.workos.native.routes import IDS, MAX_PAGE_SIZE, NAME, PAGES, build, build_page
from orgsdk.providers.workos.records import account_reader, organization_of_user_reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import Organization, User, UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing
    from orgsdk.providers.base import AccountAction

# The names that WorkOS has for the common fields that it stores.
_CREATED = {"email": "email", "external_id": "external_id", "given_name": "first_name", "family_name": "last_name"}
_UPDATED = _CREATED | {"locale": "locale"}
_CAN_BE_CLEARED = {"external_id", "locale"}


class WorkOSAccounts(WorkOSOperations, AccountOperations):
    """Operations on users, whatever organization they belong to."""

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of all users."""
        fetch = self._fetcher(account_reader, "list_users", complete=query.complete)
        return self._listing("accounts.list", (), fetch, complete=query.complete)

    async def get(self, user_id: str) -> User:
        """Return one user."""
        return await self._one(account_reader, "get_user", user_id=user_id)

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the user with this address, by one request."""
        if email is None:
            raise UnsupportedError(NAME, "users.find(username=)", "Pass email=.")
        bounded = self._within_timeout()

        async def fetch(_position: str | None, _size: int) -> Slice[User]:
            found = await bounded._with_address(email)
            if not found and email != email.lower():  # WorkOS ignores case, an emulator does not (section 5)
                found = [*await bounded._with_address(email.lower()), *await bounded._with_address(email.upper())]
            return Slice([*found])

        candidates = Paginator(self._listing("accounts.find", (), fetch))
        return await find_matching_user(candidates, email=email, username=None, provider=NAME, operation="list_users")

    async def _with_address(self, email: str) -> Sequence[User]:
        request = build_page("list_users", None, MAX_PAGE_SIZE, ("email", email))
        return (await self._connection.read_page(request, account_reader, PAGES, None, MAX_PAGE_SIZE)).items

    def check_create(self, draft: UserDraft) -> None:
        """Check that WorkOS accepts the draft, without a request."""
        _creation_body(draft).content()

    def check_update(self, changes: UserChanges) -> None:
        """Check that WorkOS accepts the changes, without a request."""
        _update_body(changes).content()

    async def create(self, draft: UserDraft) -> User:
        """Create a user, or adopt it by its address after a lost response, if this call has created it."""
        request = build("create_user", _creation_body(draft))
        bounded = self._within_timeout()._holding(draft.password)
        values, started = {name: getattr(draft, name) for name in _CREATED}, anyio.current_time()

        async def look_up() -> User | None:
            search = build_page("list_users", None, MAX_PAGE_SIZE, ("email", draft.email))
            found = await bounded._read_created(search, account_reader, started)
            return next((user for user in found if has_values(user, values, ignore_case=("email",))), None)

        return await bounded._connection.create_or_adopt(request, account_reader, look_up)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update a user by one request. Without a change, only read the user."""
        body = _update_body(changes)
        if not body.model_fields_set:
            return await self.get(user_id)
        user = await self._one(account_reader, "update_user", body, user_id=user_id)
        for name in ("email", "locale"):  # emulators ignore them, with status 200 (section 7)
            value = getattr(changes, name)
            if not isinstance(value, Unset) and not has_values(user, {name: value}, ignore_case=(name,)):
                error = UnsupportedError(NAME, f"an update of the {name} at this server", "It ignored the new value.")
                error.partial_result = user
                raise error
        return user

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Delete a user with all memberships."""
        if account != "delete":
            raise InvalidArgumentError("An account outside of an organization can only be deleted. Pass 'delete'.")
        await self._send("delete_user", user_id=user_id)

    async def list_organizations(self, user_id: str) -> Sequence[Organization]:
        """Return the organizations of the user's memberships, active or inactive: one request for 100."""
        IDS.check(user_id, "user id")
        filters = (("user_id", user_id), ("statuses", "active,inactive"))
        fetch = self._fetcher(organization_of_user_reader, "list_organization_memberships", *filters)
        # An emulator ignores the statuses and may have two memberships of one organization (sections 2 and 5).
        listing = self._listing(
            "accounts.list_organizations", (user_id,), fetch, keep=lambda found: found.raw.get("status") != "pending"
        )
        found: dict[str, Organization] = {}
        async for organization in Paginator(listing):
            found.setdefault(organization.id, organization)
        if not found:
            await self.get(user_id)  # raises for an unknown user
        return list(found.values())


def _creation_body(draft: UserDraft) -> CreateUser:
    if draft.email is None:
        raise InvalidArgumentError("A user of WorkOS needs an e-mail address: pass email=.")
    fields = {wire: getattr(draft, name) for name, wire in _CREATED.items()} | {"password": draft.password}
    return CreateUser.of(fields)


def _update_body(changes: UserChanges) -> UpdateUser:
    fields: dict[str, Any] = {wire: getattr(changes, name) for name, wire in _UPDATED.items()}
    fields["password"] = changes.password
    for name, wire in _UPDATED.items():
        if fields[wire] is None and name not in _CAN_BE_CLEARED:
            raise UnsupportedError(NAME, f"an empty {name}", f"Pass another {name} instead.")
    return UpdateUser(**{name: value for name, value in fields.items() if not isinstance(value, Unset)})
