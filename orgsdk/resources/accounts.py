"""Every account of a tenant, whatever organization it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from orgsdk.domain import UserDraft, UserQuery, check_email
from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator
from orgsdk.resources.base import UserResource
from orgsdk.resources.validation import check_filter, check_id, check_password, check_text

if TYPE_CHECKING:
    from pydantic import SecretStr

    from orgsdk.domain import User
    from orgsdk.providers.base import Provider


class Accounts(UserResource):
    """Work with every account of the tenant."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider, provider.accounts(), "accounts")

    def list(
        self,
        *,
        query: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        max_pages: int | None = None,
        complete: bool = False,
    ) -> Paginator[User]:
        """List accounts; nothing is requested until the paginator is iterated or awaited.

        `query` narrows to accounts whose name, username, e-mail address, phone number or id contains it.
        `page_size`, `cursor`, `max_pages` and `complete` are as for an organization's users. `User.roles` is empty:
        roles are held in an organization.

        Raises `UnsupportedError`, `InvalidArgumentError` and `InvalidCursorError`, at once. Iterating raises
        `PaginationError` where the list cannot be what the provider says, and a complete one where it cannot be had.

        Source: Logto `ListUsers`.
        """
        self._require("list")
        listing = self._people.list(UserQuery(query=check_filter(query, "query"), complete=complete))
        return Paginator(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)

    async def count(self, *, query: str | None = None) -> int:
        """Count the accounts that `list` would give, by the cheapest request there is.

        Raises `UnsupportedError` where the provider has no such count.

        Source: Logto `ListUsers` (its `Total-Number`).
        """
        self._require("count")
        return await self._people.count(UserQuery(query=check_filter(query, "query")))

    async def create(
        self,
        *,
        external_id: str | None = None,
        username: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        name: str | None = None,
        given_name: str | None = None,
        family_name: str | None = None,
        password: str | SecretStr | None = None,
    ) -> User:
        """Make an account that belongs to no organization yet. At least one of username, email and phone is needed.

        Raises `UnsupportedError`, `InvalidArgumentError`, and `ConflictError` where one of them is taken.

        Source: Logto `CreateUser`.
        """
        password = check_password(password)  # so that no traceback shows it in this frame
        self._require("create")
        if not (username or email or phone):
            raise InvalidArgumentError("An account needs a username, an e-mail address or a phone number.")
        draft = UserDraft(
            external_id=None if external_id is None else check_text(external_id, "external id"),
            username=username,
            email=None if email is None else check_email(email),
            phone=phone,
            name=name,
            given_name=given_name,
            family_name=family_name,
            password=password,
        )
        self._require_fields(draft, None)
        return await self._people.create(draft)

    async def remove(self, user_id: str, *, account: Literal["delete"]) -> None:
        """Delete an account and its data, for good; `account="delete"` says that this is meant.

        Raises `UnsupportedError`, `InvalidArgumentError` and `NotFoundError`.

        Source: Logto `DeleteUser`.
        """
        self._require("remove")
        if account != "delete":
            raise InvalidArgumentError('An account can only be deleted here: pass account="delete".')
        await self._people.remove(check_id(user_id, "user id"), account)
