"""WorkOS' errors: conflicts that are sent as 400, codes in a list, environments, request ids, rate limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableError,
)

pytestmark = pytest.mark.anyio

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers.workos import WorkOS
    from orgsdk.resources import OrganizationHandle
    from tests.providers.workos.conftest import Server


async def refused(client: OrgClient[WorkOS], server: Server, status: int, body: dict[str, Any]) -> APIError:
    server.on("POST /user_management/users", (status, body))
    with pytest.raises(APIError) as caught:
        await client.native.create_user(email="ada@example.com")
    return caught.value


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_an_address_in_use_is_a_conflict_with_any_status(
    client: OrgClient[WorkOS], server: Server, status: int
) -> None:
    errors = [{"code": "email_not_available", "message": "ada@example.com is not available."}]
    error = await refused(
        client, server, status, {"code": "user_creation_error", "message": "Could not create user.", "errors": errors}
    )
    assert type(error) is ConflictError
    assert (error.code, error.message) == ("email_not_available", "the e-mail address belongs to another user.")
    assert "ada@example.com" not in str(error)
    assert error.request_id == "req_1"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("external_id_already_used", "the external id is taken."),
        ("user_already_organization_member", "the address belongs to a member of the organization."),
        ("email_already_invited_to_organization", "Resend or revoke that one."),
        ("invite_expired", "only a pending invitation can be changed."),
        ("duplicate", "the slug is taken."),
        ("domain_already_verified", "the text of WorkOS"),
    ],
)
async def test_conflicts_are_told_by_their_code(
    client: OrgClient[WorkOS], server: Server, code: str, text: str
) -> None:
    error = await refused(client, server, 400, {"code": code, "message": "the text of WorkOS"})
    assert type(error) is ConflictError
    assert text in error.message


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, BadRequestError), (403, PermissionDeniedError), (404, NotFoundError), (422, UnprocessableError)],
)
async def test_other_codes_follow_the_status(
    client: OrgClient[WorkOS], server: Server, status: int, kind: type[APIError]
) -> None:
    error = await refused(
        client, server, status, {"message": "No.", "errors": [{"field": "email", "code": "required"}]}
    )
    assert type(error) is kind
    assert error.details == "email: required"


async def test_a_refused_key_is_explained(client: OrgClient[WorkOS], server: Server) -> None:
    error = await refused(client, server, 401, {"message": "Unauthorized", "code": "unauthorized"})
    assert type(error) is AuthenticationError
    assert error.message == ("Unauthorized: the API key is not valid. A key is valid for its test environment alone.")


async def test_an_exceeded_rate_limit_has_its_end(client: OrgClient[WorkOS], server: Server) -> None:
    error = await refused(client, server, 429, {"message": "Too Many Requests", "code": "rate_limit_exceeded"})
    assert type(error) is RateLimitError


async def test_an_organization_of_another_environment_is_named(
    client: OrgClient[WorkOS], org: OrganizationHandle, server: Server
) -> None:
    server.on("GET /organizations/org_01", (404, {"message": "Not Found"}))
    text = "organization org_01 does not exist in the environment of this API key"
    with pytest.raises(NotFoundError, match=text):
        await client.organizations.get("org_01")
    server.on("GET /user_management/organization_memberships", {"data": [], "list_metadata": {}})
    server.on("GET /user_management/invitations", {"data": [], "list_metadata": {}})
    for lists in (org.users.list, org.invitations.list):
        with pytest.raises(NotFoundError, match=text):
            await lists()
    server.on("GET /user_management/organization_memberships", (404, {"message": "Organization not found."}))
    with pytest.raises(NotFoundError, match=text):
        await org.users.list()


async def test_a_gateway_404_is_no_proof(client: OrgClient[WorkOS], server: Server) -> None:
    error = await refused(client, server, 404, {"error": "no route"})
    assert type(error) is APIError
