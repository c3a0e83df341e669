"""Base classes of the resources: repr, a clear error when one is iterated, and the verbs of users and accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import FIELD_CAPABILITIES, UNSET, Capability, UserChanges
from orgsdk.errors import InvalidArgumentError
from orgsdk.resources.validation import check_email_change, check_id, check_password_change, check_text

if TYPE_CHECKING:
    from pydantic import SecretStr

    from orgsdk.domain import UnsetType, User, UserDraft
    from orgsdk.providers.base import AccountOperations, Provider


class Resource:
    """Hold on to what one noun is asked by; its list is what `list()` gives."""

    _provider: Provider

    def __repr__(self) -> str:
        verbs = ", ".join(name for name in dir(type(self)) if not name.startswith("_"))
        return f"<{type(self).__name__} at {self._provider!r}: {verbs}>"

    if not TYPE_CHECKING:  # who checks types is told by there being no such method

        def __aiter__(self) -> None:
            raise TypeError(f"{type(self).__name__} is a handle, not a list: walk what its `list()` gives.")

        __iter__ = __aiter__


class UserResource(Resource):
    """Work with people; `room` is the first half of the capabilities' names."""

    def __init__(self, provider: Provider, operations: AccountOperations, room: str) -> None:
        self._provider = provider
        self._people = operations
        self._room = room

    def _require(self, verb: str) -> None:
        self._provider.require(Capability(f"{self._room}.{verb}"))

    async def get(self, user_id: str) -> User:
        """Give one user.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError` where there is no such user. No
        provider has a request for one member, so an organization's list is searched: one request, but at Flat one
        for each 1,000 users before it is said that there is none.
        """
        self._require("get")
        return await self._people.get(check_id(user_id, "user id"))

    async def find(self, *, email: str | None = None, username: str | None = None) -> User | None:
        """Give the user who has this e-mail address, or this username; None where nobody has it.

        Pass exactly one of them. Addresses are compared without regard to case, usernames as they stand.

        Raises `InvalidArgumentError` unless exactly one is given, and `ConflictError` where several users have
        the address in other spellings.

        Example: `ada = await org.users.find(email="ada@example.com")`
        """
        self._require("find")
        if (email is None) == (username is None):
            raise InvalidArgumentError("find takes exactly one of email= and username=.")
        if not (email or username):
            raise InvalidArgumentError("find was given an empty text to look for.")
        return await self._people.find(email=email, username=username)

    async def update(
        self,
        user_id: str,
        *,
        external_id: str | UnsetType | None = UNSET,
        username: str | UnsetType | None = UNSET,
        email: str | UnsetType | None = UNSET,
        phone: str | UnsetType | None = UNSET,
        name: str | UnsetType | None = UNSET,
        given_name: str | UnsetType | None = UNSET,
        family_name: str | UnsetType | None = UNSET,
        password: str | SecretStr | UnsetType = UNSET,
    ) -> User:
        """Change what is given and leave the rest; None clears a field. Gives the user as they are now.

        With nothing given, nothing is changed and nothing is sent but what it takes to read the user.

        Raises `UnsupportedError` for a field that the provider does not have or cannot clear,
        `InvalidArgumentError`, `NotFoundError`, and `ConflictError` where username or address are taken.

        Source: Flat `updateOrganizationUser`, Logto `UpdateUser`.

        Example: `await org.users.update(ada.id, name=None)`
        """
        password = check_password_change(password)  # so that no traceback shows it in this frame
        self._require("update")
        changes = UserChanges(
            external_id=check_text(external_id, "external id") if isinstance(external_id, str) else external_id,
            username=username,
            email=check_email_change(email),
            phone=phone,
            name=name,
            given_name=given_name,
            family_name=family_name,
            password=password,
        )
        self._require_fields(changes, UNSET)
        return await self._people.update(check_id(user_id, "user id"), changes)

    async def suspend(self, user_id: str, *, suspended: bool = True) -> User:
        """Keep a user from signing in, or let them again with `suspended=False`; gives them as they are now.

        Raises `UnsupportedError`, `InvalidArgumentError` and `NotFoundError`.

        Source: Logto `UpdateUserIsSuspended`.
        """
        self._require("suspend")
        return await self._people.suspend(check_id(user_id, "user id"), suspended=suspended)

    def _require_fields(self, said: UserDraft | UserChanges, unsaid: UnsetType | None) -> None:
        for name, capability in FIELD_CAPABILITIES.items():
            if getattr(said, name) is not unsaid:
                self._provider.require(capability)
