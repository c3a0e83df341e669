"""CheckContext: the client and the organization that a check uses, and the cleanup of what it creates."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import anyio
from typing_extensions import Unpack

from orgsdk._callables import check_function
from orgsdk.arguments import as_list, check_instance, check_integer, check_number
from orgsdk.client import OrgClient
from orgsdk.domain import Capability, Invitation, Organization, Role, User, UserFieldName, UserFields, fields_to_update
from orgsdk.errors import ConfigurationError, NotFoundError, OrgError, UnsupportedError
from orgsdk.providers.base import (
    Provider,
)
from orgsdk.resources import Users
from orgsdk.testing.conformance.assertions import ConformanceError, NotApplicableError
from orgsdk.testing.conformance.operations import skip_without_email, unknown_id_like

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle

Cleanup: TypeAlias = Callable[[], Awaitable[object]]

_CHANGED_FIELDS: tuple[UserFieldName, ...] = ("username", "name", "given_name", "family_name", "email")
_CLEANUP_SECONDS = 60
_CHECK_SECONDS = 120


class CheckContext:
    """The client and the limits that checks use, and the cleanup after each check.

    Args:
        client: A client whose `organization()` the checks may change. It is not closed.
        max_users: Number of users that may exist at one time. With 10, every check runs.
        lose_response: A function that makes the provider lose its response to the next call of an operation, such as
            ``"users.create"``. Without it, the checks of lost responses are skipped.
        known_secrets: Further texts that must not be shown anywhere. Secrets that the provider object holds are found
            without it.
        check_timeout: Seconds that one check may take. Default 120.

    Attributes:
        not_removed: Number of records that could not be removed.

    Raises:
        ConformanceError: The client has no default organization.
        ConfigurationError: A value is out of range or of the wrong type, such as an async `lose_response`.
        InvalidArgumentError: `client` is not an `OrgClient`.
    """

    def __init__(
        self,
        client: OrgClient,
        *,
        max_users: int,
        lose_response: Callable[[str], None] | None = None,
        known_secrets: Iterable[str] = (),
        check_timeout: float = _CHECK_SECONDS,
    ) -> None:
        check_instance("client", client, OrgClient, "an OrgClient")
        check_integer("max_users", max_users, least=0)
        check_number("check_timeout", check_timeout, above=True, unit="seconds")
        secrets_given = as_list("known_secrets", known_secrets, error=ConfigurationError)
        for secret in secrets_given:
            check_instance("a text in known_secrets", secret, str, "a string", error=ConfigurationError)
        self.client = client
        self.max_users = max_users
        self.known_secrets: tuple[str, ...] = tuple(map(str, secrets_given))
        self.check_timeout = check_timeout
        if lose_response is not None:
            check_function(lose_response, "lose_response", "the operation", plain=True)
        self._lose_response = lose_response
        self._cleanups: list[Cleanup] = []
        self._created = 0
        self.not_removed: int = 0
        try:
            self.organization: OrganizationHandle = client.organization()
        except UnsupportedError:
            raise ConformanceError(
                "The client has no default organization. Create it with OrgClient(…, organization='id')."
            ) from None

    @property
    def provider(self) -> Provider:
        """Return the provider under test."""
        return self.client.provider

    @property
    def users(self) -> Users:
        """Return the members of the organization."""
        return self.organization.users

    def supports(self, *capabilities: Capability) -> bool:
        """Return whether the provider declares all capabilities.

        Args:
            *capabilities: The capabilities.

        Returns:
            True if all are declared.
        """
        return self.client.capabilities >= set(capabilities)

    def lose_response(self, operation: str) -> None:
        """Make the provider lose its response to the next call of an operation.

        Args:
            operation: Name of the operation, such as ``"users.create"``.

        Raises:
            NotApplicableError: The context was created without `lose_response`.
        """
        if self._lose_response is None:
            raise NotApplicableError("responses cannot be lost: define the fixture lose_response")
        self._lose_response(operation)

    def unique_text(self) -> str:
        """Return a text of letters and digits that no record contains.

        Returns:
            ``kit`` and 10 random hexadecimal digits.
        """
        return f"kit{secrets.token_hex(5)}"

    @property
    def key(self) -> Literal["username", "email"]:
        """Return the field that identifies a user in the checks: the username, or else the e-mail address."""
        return "username" if self.supports(Capability.USERS_USERNAME) else "email"

    def keys(self, text: str) -> UserFields[str | None]:
        """Return the fields that identify a user, as far as the provider stores them.

        Args:
            text: A unique text, from `unique_text`.

        Returns:
            The text as the username, if there are usernames, and an e-mail address with it.
        """
        address = f"{text}@example.com"
        return {"username": text, "email": address} if self.key == "username" else {"email": address}

    def changed_field(self, *, but: str = "") -> UserFieldName:
        """Return a field that an update can change: the username, or else a name.

        Args:
            but: A field that is not returned.

        Returns:
            The field's name.

        Raises:
            NotApplicableError: The provider has no such field.
        """
        usable = set(fields_to_update(self.client.capabilities)) - {but}
        # Without usernames, an address identifies a user: some providers change it with the user's consent only.
        others = _CHANGED_FIELDS if self.key == "username" else _CHANGED_FIELDS[:-1]
        for field in others:
            if field in usable:
                return field
        raise NotApplicableError("no other field can be changed")

    def key_value(self, text: str) -> str:
        """Return the value of the field `key` for a unique text.

        Args:
            text: A unique text, from `unique_text`.

        Returns:
            The text, or an e-mail address with it.
        """
        return self.keys(text).get(self.key) or ""

    def key_of(self, user: User) -> str:
        """Return a user's value of the field `key`.

        Args:
            user: A user that a check created.

        Returns:
            The username or the e-mail address. Empty if the user has none.
        """
        return getattr(user, self.key) or ""

    def add_cleanup(self, call: Cleanup) -> None:
        """Register a call for the end of the check. An error of the provider in it is ignored.

        Args:
            call: An async function without arguments.
        """
        self._cleanups.append(call)

    # Create records

    async def create_user(self, **fields: Unpack[UserFields[str | None]]) -> User:
        """Create a member, with a unique e-mail address, and a username if there are usernames, unless given.

        Args:
            **fields: Fields of the user.

        Returns:
            The user, who is removed at the end of the check.

        Raises:
            NotApplicableError: The provider cannot create members, or `max_users` is exceeded.
        """
        self._count_user(Capability.USERS_CREATE)
        user = await self.users.create(**self._with_keys(fields))
        self.add_cleanup(partial(self.delete_account, user.id))
        return user

    async def create_account(self, **fields: Unpack[UserFields[str | None]]) -> User:
        """Create an account that is not a member.

        Args:
            **fields: Fields of the account, as in `create_user`.

        Returns:
            The account, which is removed at the end of the check.

        Raises:
            NotApplicableError: The provider cannot create accounts, or `max_users` is exceeded.
        """
        self._count_user(Capability.ACCOUNTS_CREATE)
        account = await self.client.accounts.create(**self._with_keys(fields))
        self.add_cleanup(partial(self.delete_account, account.id))
        return account

    async def get_members(self, number: int) -> list[User]:
        """Return members: new ones, or existing ones if the provider cannot create members.

        Args:
            number: How many members.

        Returns:
            The members.

        Raises:
            NotApplicableError: There are not enough members.
        """
        if self.supports(Capability.USERS_CREATE):
            return [await self.create_user() for _ in range(number)]
        found = await self.users.list().collect(limit=number)
        if len(found) < number:
            raise NotApplicableError(f"it needs {number} members, {len(found)} exist, and none can be created")
        return found

    async def create_role(self) -> Role:
        """Create a role.

        Returns:
            The role, which is removed at the end of the check.

        Raises:
            NotApplicableError: The provider cannot create roles.
        """
        if not self.supports(Capability.ROLES_CREATE):
            raise NotApplicableError("roles cannot be created")
        role = await self.client.roles.create(self.unique_text())
        if self.supports(Capability.ROLES_REMOVE):
            self.add_cleanup(partial(self.client.roles.remove, role.id))
        return role

    async def get_role_names(self, number: int) -> list[str]:
        """Return names of roles: new ones, or existing ones if the provider cannot create roles.

        Args:
            number: How many roles.

        Returns:
            The names.

        Raises:
            NotApplicableError: There are not enough roles.
        """
        if self.supports(Capability.ROLES_CREATE):
            return [(await self.create_role()).name for _ in range(number)]
        if not self.supports(Capability.ROLES_LIST):
            raise NotApplicableError("roles can be neither created nor listed")
        found = await self.client.roles.list().collect(limit=number)
        if len(found) < number:
            raise NotApplicableError(f"it needs {number} roles, {len(found)} exist, and none can be created")
        return [role.name for role in found]

    async def create_organization(self) -> Organization:
        """Create a second organization.

        Returns:
            The organization, which is removed at the end of the check.

        Raises:
            NotApplicableError: The provider cannot create organizations.
        """
        if not self.supports(Capability.ORGANIZATIONS_CREATE):
            raise NotApplicableError("organizations cannot be created")
        organization = await self.client.organizations.create(self.unique_text())
        if self.supports(Capability.ORGANIZATIONS_REMOVE):
            self.add_cleanup(partial(self.client.organizations.remove, organization.id))
        return organization

    async def invite(
        self,
        email: str | None = None,
        *,
        send: bool | None = None,
        roles: Sequence[str] = (),
        expires_in: timedelta | None = None,
        inviter_id: str | None = None,
    ) -> Invitation:
        """Create an invitation, without an e-mail if the provider supports that.

        Args:
            email: The address. Default: a unique one.
            send: Whether the invitation is sent. Default: only if the provider has no invitations without an e-mail.
            roles: Names of roles.
            expires_in: Lifetime.
            inviter_id: Id of the user who invites.

        Returns:
            The invitation, which is removed at the end of the check, if the provider supports that.

        Raises:
            NotApplicableError: The provider has to send an e-mail and cannot.
        """
        address = email or f"{self.unique_text()}@example.com"
        sends = not self.supports(Capability.INVITATIONS_UNSENT) if send is None else send
        invitations = self.organization.invitations
        with skip_without_email():
            invitation = await invitations.create(
                address, roles=roles, expires_in=expires_in, inviter_id=inviter_id, send=sends
            )
        if self.supports(Capability.INVITATIONS_REMOVE):
            self.add_cleanup(partial(invitations.remove, invitation.id))
        return invitation

    async def unknown_user_id(self) -> str:
        """Return an id that no user has.

        Returns:
            The id of a removed user, or a similar id if the provider cannot remove users.
        """
        if self.supports(Capability.USERS_CREATE, Capability.USERS_REMOVE):
            user = await self.create_user()
            await self.users.remove(user.id, account="delete")
            return user.id
        return unknown_id_like((await self.get_members(1))[0].id)

    # Remove records

    async def delete_account(self, user_id: str) -> None:
        """Delete the account of a user, if the provider supports it.

        Args:
            user_id: Id of the user.
        """
        if self.supports(Capability.ACCOUNTS_REMOVE):
            await self.client.accounts.remove(user_id, account="delete")
        elif self.supports(Capability.USERS_REMOVE):
            await self.users.remove(user_id, account="delete")

    async def clean_up(self) -> None:
        """Remove what the check created, the latest record first. Cancellation does not interrupt it."""
        with anyio.move_on_after(_CLEANUP_SECONDS, shield=True):
            while self._cleanups:
                try:
                    await self._cleanups.pop()()
                except NotFoundError:
                    continue  # the check has removed the record itself
                except OrgError:
                    self.not_removed += 1
        self._created = 0

    def _with_keys(self, fields: UserFields[str | None]) -> UserFields[str | None]:
        return {**self.keys(self.unique_text()), **fields}

    def _count_user(self, needed: Capability) -> None:
        if not self.supports(needed):
            raise NotApplicableError(f"{needed} is not declared")
        self._created += 1
        if self._created > self.max_users:
            raise NotApplicableError(f"it creates more than {self.max_users} users, the allowed number")
