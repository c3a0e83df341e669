"""Native operations on users: list, read, create, update, delete, and the confirmation of addresses by codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.http import build_body
from orgsdk.providers.workos.models.users import (
    ConfirmCode,
    CreateUser,
    EmailChange,
    SendEmailChange,
    UpdateUser,
    UserEnvelope,
    WorkOSUser,
)
from orgsdk.providers.workos.native.base import WorkOSNativeOperations

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from orgsdk.pagination import Paginator
    from orgsdk.providers.workos.models.keywords import (
        ConfirmCodeFields,
        CreateUserFields,
        SendEmailChangeFields,
        UpdateUserFields,
    )
    from orgsdk.providers.workos.native.base import Order


class WorkOSUsersAPI(WorkOSNativeOperations):
    """Native operations on users."""

    def list_users(
        self,
        *,
        email: str | None = None,
        organization_id: str | None = None,
        organization: str | None = None,
        order: Order = "desc",
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[WorkOSUser]:
        """List the users of the environment or of an organization.

        Args:
            email: Only the user with this address.
            organization_id: Only users with a membership of this organization, an inactive one included.
            organization: The same (deprecated: pass `organization_id`).
            order: ``"desc"`` is newest first.
            page_size: Users per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: A filter is empty, or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source:
            GET /user_management/users.

        Example:
            ``async for user in client.native.list_users(organization_id="org_id"): ...``
        """
        return self._list(
            WorkOSUser,
            "list_users",
            ("email", email),
            ("organization_id", organization_id),
            ("organization", organization),
            order=order,
            page_size=page_size,
            cursor=cursor,
        )

    async def create_user(self, user: CreateUser | None = None, /, **fields: Unpack[CreateUserFields]) -> WorkOSUser:
        """Create a user, who is a member of no organization.

        Args:
            user: The user, as a model.
            **fields: The fields of `CreateUser`, instead of the model.

        Returns:
            The user.

        Raises:
            InvalidArgumentError: A field is invalid, or both the model and fields are passed.
            ConflictError: The address or the external id is taken.
            BadRequestError: WorkOS refuses a value, such as a weak password.
            OutcomeUnknownError: The response was lost. `accounts.create` looks the user up in this case.

        Source:
            POST /user_management/users.
        """
        return await self._call(WorkOSUser, "create_user", build_body(CreateUser, user, fields))

    async def get_user(self, user_id: str) -> WorkOSUser:
        """Return one user.

        Args:
            user_id: Id of the user.

        Returns:
            The user.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such user.

        Source:
            GET /user_management/users/{id}.
        """
        return await self._call(WorkOSUser, "get_user", user_id=user_id)

    async def get_user_by_external_id(self, external_id: str) -> WorkOSUser:
        """Return the user with an id of another system.

        Args:
            external_id: The id in the other system.

        Returns:
            The user.

        Raises:
            NotFoundError: No such user.

        Source:
            GET /user_management/users/external_id/{external_id}.
        """
        return await self._call(WorkOSUser, "get_user_by_external_id", external_id=external_id)

    async def update_user(
        self, user_id: str, changes: UpdateUser | None = None, /, **fields: Unpack[UpdateUserFields]
    ) -> WorkOSUser:
        """Update a user.

        Args:
            user_id: Id of the user.
            changes: The changes, as a model.
            **fields: The fields of `UpdateUser`, instead of the model.

        Returns:
            The user after the change.

        Raises:
            InvalidArgumentError: A value is invalid, or both the model and fields are passed.
            NotFoundError: No such user.
            ConflictError: The address or the external id is taken.

        Source:
            PUT /user_management/users/{id}.
        """
        return await self._call(WorkOSUser, "update_user", build_body(UpdateUser, changes, fields), user_id=user_id)

    async def delete_user(self, user_id: str) -> None:
        """Delete a user permanently, with all memberships.

        Args:
            user_id: Id of the user.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such user.
            ConflictError: WorkOS does not allow it.

        Source:
            DELETE /user_management/users/{id}.
        """
        await self._delete("delete_user", user_id=user_id)

    async def send_email_change(
        self, user_id: str, change: SendEmailChange | None = None, /, **fields: Unpack[SendEmailChangeFields]
    ) -> EmailChange:
        """Send a code to a new address of a user. `confirm_email_change` changes the address.

        Args:
            user_id: Id of the user.
            change: The new address, as a model.
            **fields: The fields of `SendEmailChange`, instead of the model.

        Returns:
            The change, which waits for the code.

        Raises:
            NotFoundError: No such user.
            ConflictError: The address is taken.
            OutcomeUnknownError: The response was lost: the message may have been sent.

        Source:
            POST /user_management/users/{id}/email_change/send.
        """
        body = build_body(SendEmailChange, change, fields)
        return await self._call(EmailChange, "send_email_change", body, user_id=user_id)

    async def confirm_email_change(
        self, user_id: str, body: ConfirmCode | None = None, /, **fields: Unpack[ConfirmCodeFields]
    ) -> WorkOSUser:
        """Change a user's address with the code that was sent to the new one.

        Args:
            user_id: Id of the user.
            body: The code, as a model.
            **fields: The fields of `ConfirmCode`, instead of the model.

        Returns:
            The user with the new address.

        Raises:
            NotFoundError: No such user.
            BadRequestError: The code is wrong.
            OutcomeUnknownError: The response was lost: read the user.

        Source:
            POST /user_management/users/{id}/email_change/confirm.
        """
        sent = build_body(ConfirmCode, body, fields)
        return (await self._call(UserEnvelope, "confirm_email_change", sent, user_id=user_id)).user

    async def send_verification_email(self, user_id: str) -> WorkOSUser:
        """Send a code to a user's address. `verify_email` confirms the address.

        Args:
            user_id: Id of the user.

        Returns:
            The user.

        Raises:
            NotFoundError: No such user.
            ConflictError: The address is confirmed already.
            OutcomeUnknownError: The response was lost: the message may have been sent.

        Source:
            POST /user_management/users/{id}/email_verification/send.
        """
        return (await self._call(UserEnvelope, "send_verification_email", user_id=user_id)).user

    async def verify_email(
        self, user_id: str, body: ConfirmCode | None = None, /, **fields: Unpack[ConfirmCodeFields]
    ) -> WorkOSUser:
        """Confirm a user's address with the code that was sent to it.

        Args:
            user_id: Id of the user.
            body: The code, as a model.
            **fields: The fields of `ConfirmCode`, instead of the model.

        Returns:
            The user.

        Raises:
            NotFoundError: No such user.
            BadRequestError: The code is wrong.
            OutcomeUnknownError: The response was lost: read the user.

        Source:
            POST /user_management/users/{id}/email_verification/confirm.
        """
        sent = build_body(ConfirmCode, body, fields)
        return (await self._call(UserEnvelope, "verify_email", sent, user_id=user_id)).user
