"""Every native operation sends a documented request, and returns the model of its response."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk import OrgClient, Paginator
from orgsdk.errors import InvalidArgumentError, InvalidCursorError, NotFoundError
from orgsdk.providers.workos import WorkOS, WorkOSAPI, models
from orgsdk.providers.workos.native.routes import ROUTES
from tests.mock_http import mock_client
from tests.providers.workos.conftest import NOW, invitation, listed, membership, user

if TYPE_CHECKING:
    from tests.providers.workos.conftest import Server

pytestmark = pytest.mark.anyio

USERS = "/user_management/users"
BODIES: dict[str, dict[str, Any]] = {
    "create_user": {"email": "ada@example.com", "first_name": "Ada", "metadata": {"a": "b"}, "password": "pw"},
    "update_user": {"email": "ada@example.com", "external_id": None, "locale": "fr", "password_hash": "h"},
    "send_email_change": {"new_email": "ada@example.com"},
    "confirm_email_change": {"code": "123456"},
    "verify_email": {"code": "123456"},
    "create_organization_membership": {"user_id": "user_1", "organization_id": "org_1", "role_slugs": ["a", "b"]},
    "update_organization_membership": {"role_slug": "member"},
    "send_invitation": {"email": "ada@example.com", "organization_id": "org_1", "expires_in_days": 3, "locale": "fr"},
    "resend_invitation": {"locale": "fr"},
    "create_organization": {
        "name": "School",
        "external_id": "7",
        "domain_data": [{"domain": "example.com", "state": "verified"}],
    },
    "update_organization": {"name": "School", "metadata": {"a": "b"}, "external_id": None},
    "create_organization_domain": {"domain": "example.com", "organization_id": "org_1"},
    "create_environment_role": {"slug": "teacher", "name": "Teacher", "description": None},
    "update_environment_role": {"name": "Teacher", "description": None},
    "set_environment_role_permissions": {"permissions": ["classes:write"]},
    "add_environment_role_permission": {"slug": "classes:write"},
    "create_organization_role": {"name": "Coach", "slug": "org-coach"},
    "update_organization_role": {"description": "coaches"},
    "set_organization_role_permissions": {"permissions": []},
    "add_organization_role_permission": {"slug": "classes:write"},
    "create_permission": {"slug": "classes:write", "name": "Write classes"},
    "update_permission": {"name": "Write classes"},
    "assign_role": {"role_slug": "editor", "resource_external_id": "7", "resource_type_slug": "class"},
    "remove_role": {"role_slug": "editor", "resource_id": "resource_1"},
    "create_webhook_endpoint": {"endpoint_url": "https://example.com/hook", "events": ["user.created"]},
    "update_webhook_endpoint": {"status": "disabled"},
}
FILTERS: dict[str, dict[str, Any]] = {
    "list_users": {"email": "ada@example.com", "organization_id": "org_1"},
    "list_organization_memberships": {"organization_id": "org_1", "statuses": ["active", "pending"]},
    "list_invitations": {"email": "ada@example.com", "organization_id": "org_1"},
    "list_organizations": {"domains": ["a.example", "b.example"], "search": "School"},
    "list_role_assignments": {"resource_external_id": "7", "resource_type_slug": "class"},
    "list_events": {
        "events": ["user.created", "user.deleted"],
        "range_start": datetime(2026, 8, 1, tzinfo=UTC),
        "organization_id": "org_1",
    },
}
TEXTS = {"slug": "org-a b/c", "permission_slug": "classes:write", "external_id": "a/../b", "token": "tok-123456789"}


def anything(request: httpx.Request) -> httpx.Response:
    found = {"id": "x_1", "slug": "s", "created_at": NOW, "user": {"id": "user_1"}, "new": "unknown"}
    is_list = request.method == "GET" and re.search(r"/(?:[a-z_]+s)$", request.url.path)
    return httpx.Response(200, json=listed(found) if is_list else found)


def arguments(name: str) -> list[str]:
    return [TEXTS.get(each, f"{each}_1") for each in re.findall(r"{(\w+)}", ROUTES[name])]


async def call(native: WorkOSAPI, name: str, /, **given: Any) -> Any:
    result = getattr(native, name)(*arguments(name), **given)
    return await result


@pytest.mark.parametrize("name", sorted(ROUTES))
async def test_every_operation_sends_a_documented_request(name: str) -> None:
    async with mock_client(anything) as http, OrgClient(WorkOS("sk_1", http_client=http)) as client:
        found = await call(client.native, name, **BODIES.get(name, {}), **FILTERS.get(name, {}))
    annotation = str(inspect.signature(getattr(WorkOSAPI, name)).return_annotation)
    if annotation == "None":
        assert found is None
    else:
        item = found.items[0] if annotation.startswith("Paginator") else found
        assert type(item).__name__ in annotation
        assert item.id in {"x_1", "user_1"}


@pytest.mark.parametrize("name", sorted(BODIES))
async def test_a_body_is_a_model_or_keywords(name: str) -> None:
    sent: list[bytes] = []

    def record(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return anything(request)

    parameter = list(inspect.signature(getattr(WorkOSAPI, name)).parameters.values())[-2]
    model = getattr(models, str(parameter.annotation).partition(" ")[0])
    async with mock_client(record) as http, OrgClient(WorkOS("sk_1", http_client=http)) as client:
        await call(client.native, name, **BODIES[name])
        await getattr(client.native, name)(*arguments(name), model(**BODIES[name]))
        with pytest.raises(InvalidArgumentError, match="not both"):
            await getattr(client.native, name)(*arguments(name), model(**BODIES[name]), **BODIES[name])
        with pytest.raises(InvalidArgumentError, match=r"unknown_field|Invalid"):
            await call(client.native, name, unknown_field=1)
    assert sent[0] == sent[1]
    assert len(sent) == 2


async def test_slugs_and_external_ids_are_encoded(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"GET {USERS}/external_id/a/../b", user(1))
    await client.native.get_user_by_external_id("a/../b")
    assert server.received[0].url.raw_path == b"/user_management/users/external_id/a%2F..%2Fb"
    for invalid in ("", ".", "..", "a\nb", "x" * 600):
        with pytest.raises(InvalidArgumentError, match="The external id is invalid"):
            await client.native.get_user_by_external_id(invalid)
    with pytest.raises(InvalidArgumentError, match="Invalid user id"):
        await client.native.get_user("user_1/../user_2")


async def test_alternatives_exclude_each_other(client: OrgClient[WorkOS], server: Server) -> None:
    with pytest.raises(InvalidArgumentError, match="password and password_hash are alternatives"):
        await client.native.create_user(email="a@b.c", password="p", password_hash="h")
    with pytest.raises(InvalidArgumentError, match="role_slug and role_slugs are alternatives"):
        await client.native.update_organization_membership("om_1", role_slug="a", role_slugs=["b"])
    assert server.calls == []


async def test_what_cannot_be_null_is_refused(client: OrgClient[WorkOS]) -> None:
    with pytest.raises(InvalidArgumentError, match="Invalid first_name for WorkOS"):
        await client.native.update_user("user_1", first_name=None)  # type: ignore[arg-type]  # on purpose


async def test_an_empty_filter_is_refused(client: OrgClient[WorkOS]) -> None:
    with pytest.raises(InvalidArgumentError, match="The filter email is empty"):
        client.native.list_users(email="")
    with pytest.raises(InvalidArgumentError, match="The filter events is empty"):
        client.native.list_events(events=[])
    with pytest.raises(InvalidArgumentError, match="range_end has no time zone"):
        client.native.list_events(events=["user.created"], range_end=datetime(2026, 8, 1))


async def test_lists_are_paginators_with_cursors_of_their_own(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"GET {USERS}", listed(user(2), after="user_02"), listed(user(1)))
    users = client.native.list_users(page_size=1)
    assert isinstance(users, Paginator)
    page = await users
    assert [each.id for each in await client.native.list_users(cursor=page.next_cursor)] == ["user_01"]
    with pytest.raises(InvalidCursorError):
        client.native.list_permissions(cursor=page.next_cursor)


async def test_secrets_are_hidden_and_unknown_fields_kept(client: OrgClient[WorkOS], server: Server) -> None:
    endpoint = {"id": "we_1", "endpoint_url": "https://example.com", "secret": "whsec-123456789", "new_secret": "n-1"}
    server.on("POST /webhook_endpoints", endpoint)
    created = await client.native.create_webhook_endpoint(endpoint_url="https://example.com", events=["user.created"])
    assert created.secret is not None
    assert created.secret.get_secret_value() == "whsec-123456789"
    assert created.model_extra == {"new_secret": "n-1"}
    assert "whsec" not in repr(created)
    assert "n-1" not in repr(created)


async def test_an_odd_value_does_not_make_a_page_unreadable(client: OrgClient[WorkOS], server: Server) -> None:
    odd = membership(1, created_at="", roles="none", user={**user(1), "metadata": 7})
    server.on("GET /user_management/organization_memberships", listed(odd, membership(2)))
    first, second = await client.native.list_organization_memberships(organization_id="org_01").collect()
    assert (first.id, first.created_at, first.roles) == ("om_01", None, ())
    assert second.roles[0].slug == "member"


async def test_an_invitation_of_an_emulator_lacks_fields(client: OrgClient[WorkOS], server: Server) -> None:
    bare = invitation(1)
    for name in ("accepted_at", "revoked_at", "accepted_user_id"):
        del bare[name]
    server.on("GET /user_management/invitations/inv_1", bare)
    assert (await client.native.get_invitation("inv_1")).accepted_user_id is None


async def test_a_404_has_the_operation_and_the_request_id(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"GET {USERS}/user_1", (404, {"message": "User not found: 'user_1'."}))
    with pytest.raises(NotFoundError) as caught:
        await client.native.get_user("user_1")
    assert str(caught.value) == "workos get_user [404]: User not found: 'user_1'. [request req_1]"
