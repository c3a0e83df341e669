"""Users of the token's organization at Flat: operations, request bodies, and adoption after a lost create."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, get_args

from pydantic import SecretStr

from orgsdk.domain import Unset, UserQuery, mark_adopted
from orgsdk.errors import InvalidArgumentError, NotFoundError, UnsupportedError
from orgsdk.pagination import Paginator, Slice
from orgsdk.providers.base import UserOperations
from orgsdk.providers.flat import records, requests
from orgsdk.providers.flat.capabilities import SEVERAL_ROLES
from orgsdk.providers.flat.models.literals import InvitedRole
from orgsdk.providers.flat.models.users import OrganizationInvitationCreation, UserAdminUpdate, UserCreation
from orgsdk.providers.flat.operations import FlatOperations, describe_list
from orgsdk.providers.flat.requests import NAME, check_literal, check_role
from orgsdk.providers.http.responses import find_matching_user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import InvitationDraft, Role, UnsetType, User, UserChanges, UserDraft
    from orgsdk.pagination import Listing
    from orgsdk.providers.base import AccountAction
    from orgsdk.providers.flat.models.literals import OrganizationRole

# 64 letters and digits: nobody needs to know it, and nobody guesses it.
_PASSWORD_BYTES = 48


def one_role(roles: Sequence[str], verb: str) -> OrganizationRole:
    """Give the only one of `roles`, checked.

    Raises `UnsupportedError` for none or several: a member of a Flat organization holds exactly one.
    """
    if len(roles) != 1:
        raise UnsupportedError(NAME, f"{verb} with {len(roles)} roles", SEVERAL_ROLES)
    return check_role(roles[0])


def user_creation(draft: UserDraft) -> UserCreation:
    """Give the account that is to be made; without a password it gets a long random one that nobody learns.

    Raises `UnsupportedError` for several roles, and `InvalidArgumentError` for what Flat does not take.
    """
    if draft.username is None:
        raise InvalidArgumentError("A user of Flat needs a username: pass username=, of 1 to 30 characters.")
    return UserCreation(
        username=draft.username,
        password=draft.password or SecretStr(secrets.token_urlsafe(_PASSWORD_BYTES)),
        firstname=draft.given_name,
        lastname=draft.family_name,
        email=draft.email,
        role=one_role(draft.roles, "users.create") if draft.roles else None,
    )


def is_as_created(user: User, wanted: UserCreation) -> bool:
    """Tell whether a user may be the one that a create with a lost answer made: nothing of them says otherwise.

    One who had the username before would have been the reason for a refusal that was lost; theirs is another
    name, address or role.
    """
    return (
        (user.given_name or None) == (wanted.firstname or None)
        and (user.family_name or None) == (wanted.lastname or None)
        and (user.email or "").casefold() == (wanted.email or "").casefold()
        and user.roles in {(), (wanted.role or "user",)}
    )


def user_update(changes: UserChanges) -> UserAdminUpdate | None:
    """Give what is to be changed of a user, None where nothing is.

    Raises `UnsupportedError` for what Flat cannot clear, and `InvalidArgumentError` for what it does not take.
    """
    update = UserAdminUpdate(
        password=_unset_to_none(changes.password),
        username=_check_not_cleared(changes.username, "username"),
        firstname=_empty_to_clear(changes.given_name),
        lastname=_empty_to_clear(changes.family_name),
        email=_check_not_cleared(changes.email, "email"),
    )
    return None if update == UserAdminUpdate() else update


def invitation_creation(draft: InvitationDraft) -> OrganizationInvitationCreation:
    """Give the invitation that is to be made; without a role it gets Flat's own default.

    Raises `InvalidArgumentError` for a role to which Flat does not invite.
    """
    role: InvitedRole | None = None
    if draft.roles:
        role = check_literal(one_role(draft.roles, "invitations.create"), get_args(InvitedRole), "invitation role")
    return OrganizationInvitationCreation(email=draft.email, organization_role=role)


def _unset_to_none(value: SecretStr | UnsetType) -> SecretStr | None:
    return None if isinstance(value, Unset) else value


def _check_not_cleared(value: str | UnsetType | None, name: str) -> str | None:
    if value is None:
        raise UnsupportedError(NAME, f"users.update({name}=None)", f"Flat cannot clear it: pass another {name}.")
    return None if isinstance(value, Unset) else value


def _empty_to_clear(value: str | UnsetType | None) -> str | None:
    # The document has no null here and no least length: an empty name is how one is cleared.
    return None if isinstance(value, Unset) else value or ""


class FlatUsers(FlatOperations, UserOperations):
    """The users of one organization."""

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe `listOrganizationUsers`."""
        parameters = _filters_of(query).parameters()

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            request = requests.list_organization_users(parameters, position, page_size)
            await self._check_organization()
            return await self._connection.read_page(request, records.user_reader.many)

        scope = (self._organization_id, query.query, query.role)
        return describe_list("users.list", scope, fetch, count=lambda: self.count(query))

    async def get(self, user_id: str) -> User:
        """Give one user, found by searching: Flat has no request for one.

        Costs one request where Flat's search knows the id; else the whole list is read, a request for each 1,000
        users, before it is said that there is none.
        """
        requests.IDS.check(user_id, "user id")
        for query in (UserQuery(query=user_id), UserQuery()):
            async for user in Paginator(self.list(query)):
                if user.id == user_id:
                    return user
        raise NotFoundError(
            f"the organization has no user {user_id}.",
            provider=requests.NAME,
            operation="list_organization_users",
        )

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the user of that address or username, by `listOrganizationUsers` with `q`."""
        found = Paginator(self.list(UserQuery(query=email or username)))
        return await find_matching_user(
            found, email=email, username=username, provider=requests.NAME, operation="list_organization_users"
        )

    async def count(self, query: UserQuery) -> int:
        """Count by `countOrgaUsers`, which answers a bare integer."""
        request = requests.count_orga_users(_filters_of(query))
        await self._check_organization()
        return await self._connection.read(request, requests.read_count)

    def check_create(self, draft: UserDraft) -> None:
        """Raise what Flat does not take of the account that is to be made."""
        user_creation(draft).content()

    def check_update(self, changes: UserChanges) -> None:
        """Raise what Flat does not take of the changes."""
        update = user_update(changes)
        if update is not None:
            update.content()

    async def create(self, draft: UserDraft) -> User:
        """Make an account by `createOrganizationUser`; after a lost answer it is looked up by its username."""
        wanted = user_creation(draft)
        request = requests.create_organization_user(wanted)
        await self._check_organization()

        async def look_up() -> User | None:
            found = await self.find(email=None, username=wanted.username)
            return found if found is not None and is_as_created(found, wanted) else None

        user, adopted = await self._connection.create_or_adopt(request, records.user_reader.one, look_up=look_up)
        if adopted:
            mark_adopted(user)
        return user

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change a user by `updateOrganizationUser`."""
        update = user_update(changes)
        if update is None:
            return await self.get(user_id)
        return await self._update(user_id, update)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Remove a user by `removeOrganizationUser`: the account becomes an individual one, or is deleted."""
        request = requests.remove_organization_user(user_id, convert_to_individual=True if account == "keep" else None)
        await self._check_organization()
        await self._connection.send(request)

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Give the one role of the user, who is read."""
        return [records.role_named(name) for name in (await self.get(user_id)).roles]

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Give the user the one role by `updateOrganizationUser`."""
        await self._update(user_id, UserAdminUpdate(organization_role=one_role(roles, "users.set_roles")))

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Do nothing where the user holds the role; another beside the one that they hold cannot be added."""
        wanted = {requests.check_role(role) for role in roles}
        held = (await self.get(user_id)).roles
        if not wanted <= set(held):
            if held:
                advice = f"The user holds {held[0]}: set_roles replaces it."
                raise UnsupportedError(requests.NAME, "users.add_roles beside a role", advice)
            await self.set_roles(user_id, roles)

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Do nothing where the user does not hold the roles; the one that they hold cannot be taken."""
        unwanted = {requests.check_role(role) for role in roles}
        held = (await self.get(user_id)).roles
        if unwanted & set(held):
            advice = "A member holds exactly one role: set another with set_roles."
            raise UnsupportedError(requests.NAME, "users.remove_roles of the only role", advice)

    async def _update(self, user_id: str, update: UserAdminUpdate) -> User:
        request = requests.update_organization_user(user_id, update)
        await self._check_organization()
        return await self._connection.read(request, records.user_reader.one)


def _filters_of(query: UserQuery) -> requests.UserFilters:
    return requests.UserFilters(q=query.query, role=() if query.role is None else query.role)
