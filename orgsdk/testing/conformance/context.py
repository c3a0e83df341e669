"""CheckContext: the client, the test organization, and the cleanup of what a check creates."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING, TypedDict

import anyio

from orgsdk.domain import Capability
from orgsdk.errors import NotFoundError, OrgError, UnsupportedError
from orgsdk.providers.base import (
    AccountOperations,
    InvitationOperations,
    OrganizationOperations,
    RoleOperations,
    UserOperations,
)
from orgsdk.testing.conformance.check import ConformanceError, NotApplicableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from typing_extensions import Unpack

    from orgsdk.client import OrgClient
    from orgsdk.domain import Organization, Role, User
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle, Users

    Cleanup = Callable[[], Awaitable[object]]

_CLEANUP_SECONDS = 60


class NewUserFields(TypedDict, total=False):
    """Hold what a user is to be made with."""

    external_id: str | None
    username: str | None
    email: str | None
    phone: str | None
    name: str | None
    given_name: str | None
    family_name: str | None


class CheckContext:
    """Give a check what it needs, and clear away what it made.

    `client.organization()` is the organization that the checks may use. `max_users` is how many users may be there
    at one time. `lose_answer` has the provider lose its answer to the next call of an operation such as
    `"users.create"`; None where that cannot be arranged. `known_secrets` are texts that must be told nowhere.
    `not_removed` counts what could not be cleared away.
    """

    def __init__(
        self,
        client: OrgClient,
        *,
        max_users: int,
        lose_answer: Callable[[str], None] | None = None,
        known_secrets: Iterable[str] = (),
    ) -> None:
        self.client = client
        self.max_users = max_users
        self.known_secrets: tuple[str, ...] = tuple(known_secrets)
        self._lose_answer = lose_answer
        self._undo: list[Cleanup] = []
        self._made = 0
        self.not_removed: int = 0
        try:
            self.organization: OrganizationHandle = client.organization()
        except UnsupportedError:
            raise ConformanceError(
                "The client leads to no organization: make it as OrgClient(…, organization='id')."
            ) from None

    @property
    def provider(self) -> Provider:
        """Give the provider that is checked."""
        return self.client.provider

    @property
    def users(self) -> Users:
        """Give the members of the organization."""
        return self.organization.users

    def can(self, *capabilities: Capability) -> bool:
        """Tell whether all of these are declared."""
        return self.client.capabilities >= set(capabilities)

    def lose_answer(self, operation: str) -> None:
        """Have the answer to the next call of `operation` be lost."""
        if self._lose_answer is None:
            raise NotApplicableError("no answer can be lost here: give the fixture lose_answer")
        self._lose_answer(operation)

    def text(self) -> str:
        """Give a text of letters and digits that nothing else holds."""
        return f"kit{secrets.token_hex(5)}"

    def undo(self, call: Cleanup) -> None:
        """Have this be called when the check has ended; an error of the provider's is no harm then."""
        self._undo.append(call)

    # Making

    async def user(self, **fields: Unpack[NewUserFields]) -> User:
        """Make a member with a username and an address of its own, unless `fields` say otherwise."""
        self._count(Capability.USERS_CREATE)
        made = await self.users.create(**self._own(fields))
        self.undo(partial(self.remove, made.id))
        return made

    async def account(self, **fields: Unpack[NewUserFields]) -> User:
        """Make an account that is no member, likewise."""
        self._count(Capability.ACCOUNTS_CREATE)
        made = await self.client.accounts.create(**self._own(fields))
        self.undo(partial(self.remove, made.id))
        return made

    async def members(self, number: int) -> list[User]:
        """Give so many members: new ones, or where none can be made those that are there."""
        if self.can(Capability.USERS_CREATE):
            return [await self.user() for _ in range(number)]
        found = await self.users.list().collect(limit=number)
        if len(found) < number:
            raise NotApplicableError(f"it needs {number} members, there are {len(found)}, and none can be made")
        return found

    async def role(self) -> Role:
        """Make a role."""
        if not self.can(Capability.ROLES_CREATE):
            raise NotApplicableError("no role can be made")
        made = await self.client.roles.create(self.text())
        if self.can(Capability.ROLES_REMOVE):
            self.undo(partial(self.client.roles.remove, made.id))
        return made

    async def role_names(self, number: int) -> list[str]:
        """Give the names of so many roles that a member can hold: new ones, or else those that are there."""
        if self.can(Capability.ROLES_CREATE):
            return [(await self.role()).name for _ in range(number)]
        if not self.can(Capability.ROLES_LIST):
            raise NotApplicableError("roles can be neither made nor listed")
        found = await self.client.roles.list().collect(limit=number)
        if len(found) < number:
            raise NotApplicableError(f"it needs {number} roles, there are {len(found)}, and none can be made")
        return [role.name for role in found]

    async def new_organization(self) -> Organization:
        """Make an organization besides the one that is checked."""
        if not self.can(Capability.ORGANIZATIONS_CREATE):
            raise NotApplicableError("no organization can be made")
        made = await self.client.organizations.create(self.text())
        if self.can(Capability.ORGANIZATIONS_REMOVE):
            self.undo(partial(self.client.organizations.remove, made.id))
        return made

    async def unknown_user_id(self) -> str:
        """Give the id of a user who is there no more or, where nobody can be removed, one that is alike."""
        if self.can(Capability.USERS_CREATE, Capability.USERS_REMOVE):
            gone = await self.user()
            await self.users.remove(gone.id, account="delete")
            return gone.id
        return unknown_id_like((await self.members(1))[0].id)

    async def remove(self, user_id: str) -> None:
        """Delete an account, a member's or any other."""
        if self.can(Capability.ACCOUNTS_REMOVE):
            await self.client.accounts.remove(user_id, account="delete")
        elif self.can(Capability.USERS_REMOVE):
            await self.users.remove(user_id, account="delete")

    async def clear(self) -> None:
        """Clear away what was made, the last first, also where the check was cancelled."""
        with anyio.move_on_after(_CLEANUP_SECONDS, shield=True):
            while self._undo:
                try:
                    await self._undo.pop()()
                except NotFoundError:
                    continue  # the check itself has removed it
                except OrgError:
                    self.not_removed += 1
        self._made = 0

    def _own(self, fields: NewUserFields) -> NewUserFields:
        text = self.text()
        return {"username": text, "email": f"{text}@example.com", **fields}

    def _count(self, needed: Capability) -> None:
        if not self.can(needed):
            raise NotApplicableError(f"{needed} is not declared")
        self._made += 1
        if self._made > self.max_users:
            raise NotApplicableError(f"it makes more than {self.max_users} users, and no more are allowed")


def unknown_id_like(known: str) -> str:
    """Give an id of the same alphabet as one that is known, and another."""
    if known.isdigit():
        return known * 3
    turned = str.maketrans("0123456789abcdef", "123456789abcdef0")
    other = known.translate(turned)
    return other if other != known else f"{known}{known}"


OPERATION_CLASSES: Mapping[str, type] = {
    "organizations": OrganizationOperations,
    "users": UserOperations,
    "accounts": AccountOperations,
    "invitations": InvitationOperations,
    "roles": RoleOperations,
}


def operations_of(provider: Provider, name: str, organization_id: str | None) -> object:
    """Give the provider's room. Raises `UnsupportedError` where it has none."""
    match name:
        case "organizations":
            return provider.organizations
        case "roles":
            return provider.roles
        case "accounts":
            return provider.accounts()
        case "users":
            return provider.users(organization_id)
        case _:
            return provider.invitations(organization_id)
