"""Users of the token's organization at Flat: operations, request bodies, and adoption after a lost create."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from orgsdk.domain import UserQuery
from orgsdk.errors import InvalidArgumentError, NotFoundError, UnsupportedError
from orgsdk.pagination import Paginator, Slice
from orgsdk.providers.base import UserOperations
from orgsdk.providers.flat import models, records, requests
from orgsdk.providers.flat.capabilities import ONE_ROLE_ADVICE
from orgsdk.providers.flat.organizations import FlatOperations
from orgsdk.providers.flat.roles import known_role, read_roles, role_named
from orgsdk.providers.http.bodies import changed_fields
from orgsdk.providers.http.lists import describe_list
from orgsdk.providers.http.matching import find_matching_user, has_values
from orgsdk.providers.http.names import RoleNames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import Role, User, UserChanges, UserDraft
    from orgsdk.pagination import Listing
    from orgsdk.providers.base import AccountAction
    from orgsdk.providers.flat.models.literals import OrganizationRole

_PASSWORD_BYTES = 48  # 64 letters and digits
# The names that Flat has for the common fields that it changes.
_UPDATED = {
    "password": "password",
    "username": "username",
    "given_name": "firstname",
    "family_name": "lastname",
    "email": "email",
}
_ROLES = RoleNames(read_roles, {}, provider=requests.NAME, operation="roles.list", one_role_advice=ONE_ROLE_ADVICE)


class FlatUsers(FlatOperations, UserOperations):
    """The users of one organization."""

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe `listOrganizationUsers`. Its order is not documented: a complete list is read in rounds."""
        parameters = _filters_of(query).parameters()

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            request = requests.list_organization_users(parameters, position, page_size)
            if self._organization_id is not None:
                await self._check_organization()
            return await self._connection.read_page(request, records.user_reader, requests.PAGING, position, page_size)

        return describe_list(
            provider=requests.NAME,
            name="users.list",
            scope=(self._organization_id, query.query, query.role),
            max_page_size=requests.MAX_PAGE_SIZE,
            fetch=fetch,
            count=lambda: self.count(query),
            complete=query.complete,
        )

    async def get(self, user_id: str) -> User:
        """Return one user, found by a search: Flat has no request for one user.

        Takes one request if Flat's search finds the id. Otherwise the whole list is read, one request for each 1,000
        users, before `NotFoundError` is raised. One timeout bounds all of them.
        """
        requests.IDS.check(user_id, "user id")
        users = self._within_timeout()
        for query in (UserQuery(query=user_id), UserQuery()):
            async for user in Paginator(users.list(query)):
                if user.id == user_id:
                    return user
        raise NotFoundError(
            f"the organization has no user {user_id}.",
            provider=requests.NAME,
            operation="list_organization_users",
        )

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the user with that email address or username, by `listOrganizationUsers` with `q`."""
        candidates = Paginator(self._within_timeout().list(UserQuery(query=email or username)))
        return await find_matching_user(
            candidates, email=email, username=username, provider=requests.NAME, operation="list_organization_users"
        )

    async def count(self, query: UserQuery) -> int:
        """Count by `countOrgaUsers`."""
        request = requests.count_orga_users(_filters_of(query))
        await self._check_organization()
        return await self._connection.read(request, records.read_count)

    def check_create(self, draft: UserDraft) -> None:
        """Raise the error that Flat's limits would cause for this draft."""
        user_creation(draft).content()

    def check_update(self, changes: UserChanges) -> None:
        """Raise the error that Flat's limits would cause for these changes."""
        update = user_update(changes)
        if update is not None:
            update.content()

    async def create(self, draft: UserDraft) -> User:
        """Create an account by `createOrganizationUser`; after a lost response, look it up by its username."""
        body = user_creation(draft)
        request = requests.create_organization_user(body)
        bounded = self._within_timeout()._holding(body.password)
        await bounded._check_organization()

        async def look_up() -> User | None:
            found = await bounded.find(email=None, username=body.username)
            return found if found is not None and is_as_created(found, body) else None

        return await bounded._connection.create_or_adopt(request, records.user_reader, look_up)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update a user by `updateOrganizationUser`."""
        update = user_update(changes)
        if update is None:
            return await self.get(user_id)
        return await self._update(user_id, update)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Remove a user by `removeOrganizationUser`: the account becomes an individual one, or is deleted."""
        convert = True if account == "keep" else None
        request = requests.remove_organization_user(user_id, convert_to_individual=convert)
        await self._check_organization()
        await self._connection.send(request)

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Return the user's one role, from the user."""
        return [role_named(name) for name in (await self.get(user_id)).roles]

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Replace the user's role by `updateOrganizationUser`."""
        requests.IDS.check(user_id, "user id")  # before the roles: an unknown one is no invalid argument
        await self._update(user_id, models.UserAdminUpdate(organization_role=one_role(roles, "users.set_roles")))

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Do nothing if the user has the role; a second role cannot be added."""
        requests.IDS.check(user_id, "user id")
        added = [known_role(role, "users.add_roles") for role in roles]
        current = (await self.get(user_id)).roles
        after = _ROLES.with_added(current, added)
        if set(after) != set(current):
            await self.set_roles(user_id, after)

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Do nothing if the user does not have the roles; the only role cannot be removed."""
        requests.IDS.check(user_id, "user id")
        removed = [known_role(role, "users.remove_roles") for role in roles]
        _ROLES.without_removed((await self.get(user_id)).roles, removed)

    async def _update(self, user_id: str, update: models.UserAdminUpdate) -> User:
        request = requests.update_organization_user(user_id, update)
        await self._check_organization()
        return await self._connection.read_one(request, records.user_reader)


def _filters_of(query: UserQuery) -> requests.UserFilters:
    return requests.UserFilters(q=query.query, role=() if query.role is None else known_role(query.role, "users.list"))


def one_role(roles: Sequence[str], verb: str) -> OrganizationRole:
    """Return the only one of `roles`, validated; raise `UnsupportedError` for none or several.

    A member of an organization at Flat has exactly one role.
    """
    if len(roles) != 1:
        raise UnsupportedError(requests.NAME, f"{verb} with {len(roles)} roles", ONE_ROLE_ADVICE)
    return known_role(roles[0], verb)


def user_creation(draft: UserDraft) -> models.UserCreation:
    """Return the request body of a create; without a password it has a long random one, which is not stored.

    Raises `UnsupportedError` for several roles, and `InvalidArgumentError` for a field that Flat does not accept.
    """
    if draft.username is None:
        raise InvalidArgumentError("A user of Flat needs a username: pass username=, of 1 to 30 characters.")
    return models.UserCreation(
        username=draft.username,
        password=draft.password or SecretStr(secrets.token_urlsafe(_PASSWORD_BYTES)),
        firstname=draft.given_name,
        lastname=draft.family_name,
        email=draft.email,
        locale=draft.locale,
        role=one_role(draft.roles, "users.create") if draft.roles else None,
    )


def is_as_created(user: User, body: models.UserCreation) -> bool:
    """Return whether a create with this body, whose response was lost, may have created `user`.

    False if another user had the username before: that user has another name, email address or role.
    """
    names = {"given_name": body.firstname, "family_name": body.lastname, "email": body.email}
    return has_values(user, names, ignore_case=("email",)) and user.roles in {(), (body.role or "user",)}


def user_update(changes: UserChanges) -> models.UserAdminUpdate | None:
    """Return the request body of an update, None if nothing changes.

    Raises `UnsupportedError` for a field that Flat cannot clear, and `InvalidArgumentError` for an invalid value.
    """
    fields = changed_fields(changes, _UPDATED, provider=requests.NAME, can_clear=("given_name", "family_name"))
    if not fields:
        return None
    # The document allows no null for a name, but an empty text: it clears the name.
    values: dict[str, Any] = {name: "" if value is None else value for name, value in fields.items()}
    return models.UserAdminUpdate(**values)
