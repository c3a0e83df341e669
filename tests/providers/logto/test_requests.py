"""Every request to Logto, without I/O."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr, ValidationError

from orgsdk import InvalidArgumentError, InvalidCursorError
from orgsdk.providers.logto import models as m, requests
from orgsdk.providers.logto.models.base import from_epoch_ms, to_epoch_ms
from orgsdk.transport import Request, Safety

if TYPE_CHECKING:
    from collections.abc import Callable

ORGANIZATION = "/api/organizations/o1"
MOMENT = datetime(2027, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
PAGE = "page=1&page_size=100"

LISTS = [
    (requests.organizations.list_organizations(None, None, 100), f"/api/organizations?{PAGE}"),
    (
        requests.organizations.list_organizations("a b&c", "3", 2, show_featured=True),
        "/api/organizations?q=a+b%26c&showFeatured=true&page=3&page_size=2",
    ),
    (requests.organizations.get_organization("abc-_9"), "/api/organizations/abc-_9"),
    (
        requests.members.list_organization_users("o1", "%", "role", "12", 5),
        f"{ORGANIZATION}/users?q=%25&organizationRoleId=role&page=12&page_size=5",
    ),
    (requests.members.list_organization_users("o1", "", None, None, 1), f"{ORGANIZATION}/users?page=1&page_size=1"),
    (
        requests.members.list_organization_user_roles("o1", "u1", None, 100),
        f"{ORGANIZATION}/users/u1/roles?{PAGE}",
    ),
    (requests.members.list_organization_user_scopes("o1", "u1"), f"{ORGANIZATION}/users/u1/scopes"),
    (requests.roles.list_organization_roles("x", None, 7), "/api/organization-roles?q=x&page=1&page_size=7"),
    (requests.roles.get_organization_role("r1"), "/api/organization-roles/r1"),
    (requests.roles.list_organization_role_scopes("r1", None, 100), f"/api/organization-roles/r1/scopes?{PAGE}"),
    (
        requests.roles.list_organization_role_resource_scopes("r1", None, 100),
        f"/api/organization-roles/r1/resource-scopes?{PAGE}",
    ),
    (requests.roles.list_organization_scopes("x", None, 100), f"/api/organization-scopes?q=x&{PAGE}"),
    (requests.roles.get_organization_scope("s1"), "/api/organization-scopes/s1"),
    (requests.invitations.list_organization_invitations(), "/api/organization-invitations"),
    (
        requests.invitations.list_organization_invitations(organization_id="o1", inviter_id="u1", invitee="a@b.c"),
        "/api/organization-invitations?organizationId=o1&inviterId=u1&invitee=a%40b.c",
    ),
    (requests.invitations.get_organization_invitation("i1"), "/api/organization-invitations/i1"),
    (
        requests.organizations.list_organization_jit_email_domains("o1", None, 100),
        f"{ORGANIZATION}/jit/email-domains?{PAGE}",
    ),
    (requests.organizations.list_organization_jit_roles("o1", None, 100), f"{ORGANIZATION}/jit/roles?{PAGE}"),
    (requests.users.list_users(None, None, 100), f"/api/users?{PAGE}"),
    (
        requests.users.list_users({"search.id": ["a", "b"], "mode.id": "exact"}, None, 100),
        f"/api/users?search.id=a&search.id=b&mode.id=exact&{PAGE}",
    ),
    (requests.users.get_user("u1"), "/api/users/u1"),
    (
        requests.users.get_user("u1", include_sso_identities=True, include_password_hash=True),
        "/api/users/u1?includeSsoIdentities=true&includePasswordHash=true",
    ),
    (requests.users.list_user_custom_data("u1"), "/api/users/u1/custom-data"),
    (requests.users.get_user_has_password("u1"), "/api/users/u1/has-password"),
    (requests.users.list_user_roles("u1", {"search": "%a%"}, None, 100), f"/api/users/u1/roles?search=%25a%25&{PAGE}"),
    (requests.users.list_user_organizations("u1"), "/api/users/u1/organizations"),
]

# Body, safety of a retry, and whether the response is JSON: facts/logto.md, sections 5 and 6.
WRITES: list[tuple[Request, str, object, Safety, bool]] = [
    (
        requests.organizations.create_organization(
            m.CreateOrganization(
                name="Band",
                description=None,
                custom_data={"tier": 1},
                is_mfa_required=True,
                color=m.OrganizationColor(primary_color="#123456"),
                branding=m.OrganizationBranding(dark_logo_url="https://cdn.test/l.png"),
                custom_css="a{}",
            )
        ),
        "POST /api/organizations",
        {
            "name": "Band",
            "description": None,
            "customData": {"tier": 1},
            "isMfaRequired": True,
            "color": {"primaryColor": "#123456"},
            "branding": {"darkLogoUrl": "https://cdn.test/l.png"},
            "customCss": "a{}",
        },
        Safety.UNSAFE,
        True,
    ),
    (
        requests.organizations.update_organization("o1", m.UpdateOrganization(description=None)),
        f"PATCH {ORGANIZATION}",
        {"description": None},
        Safety.IDEMPOTENT,
        True,
    ),
    (requests.organizations.delete_organization("o1"), f"DELETE {ORGANIZATION}", None, Safety.IDEMPOTENT, False),
    (
        requests.members.add_organization_users("o1", ["u1", "u2", "u1"]),
        f"POST {ORGANIZATION}/users",
        {"userIds": ["u1", "u2"]},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.members.replace_organization_users("o1", []),
        f"PUT {ORGANIZATION}/users",
        {"userIds": []},
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.members.delete_organization_user("o1", "u1"),
        f"DELETE {ORGANIZATION}/users/u1",
        None,
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.members.assign_organization_roles_to_users("o1", ["u1"], ["r1", "r1"]),
        f"POST {ORGANIZATION}/users/roles",
        {"userIds": ["u1"], "organizationRoleIds": ["r1"]},
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.members.assign_organization_roles_to_user("o1", "u1", role_ids=["r1"], role_names=["a b", "a b"]),
        f"POST {ORGANIZATION}/users/u1/roles",
        {"organizationRoleIds": ["r1"], "organizationRoleNames": ["a b"]},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.members.replace_organization_user_roles("o1", "u1", role_ids=[]),
        f"PUT {ORGANIZATION}/users/u1/roles",
        {"organizationRoleIds": []},
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.members.replace_organization_user_roles("o1", "u1", role_names=["admin"]),
        f"PUT {ORGANIZATION}/users/u1/roles",
        {"organizationRoleNames": ["admin"]},
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.members.delete_organization_user_role("o1", "u1", "r1"),
        f"DELETE {ORGANIZATION}/users/u1/roles/r1",
        None,
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.invitations.create_organization_invitation(
            m.CreateOrganizationInvitation(invitee="a@b.c", organization_id="o1", expires_at=MOMENT)
        ),
        "POST /api/organization-invitations",
        {"invitee": "a@b.c", "organizationId": "o1", "expiresAt": 1798859045678, "messagePayload": False},
        Safety.UNSAFE,
        True,
    ),
    (
        requests.invitations.create_organization_invitation(
            m.CreateOrganizationInvitation(
                inviter_id="u1",
                invitee="a@b.c",
                organization_id="o1",
                expires_at=MOMENT,
                organization_role_ids=["r1"],
                message_payload=m.MessagePayload(link="https://app.test", ui_locales="fr"),
            )
        ),
        "POST /api/organization-invitations",
        {
            "inviterId": "u1",
            "invitee": "a@b.c",
            "organizationId": "o1",
            "expiresAt": 1798859045678,
            "organizationRoleIds": ["r1"],
            "messagePayload": {"link": "https://app.test", "uiLocales": "fr"},
        },
        Safety.UNSAFE,
        True,
    ),
    (
        requests.invitations.delete_organization_invitation("i1"),
        "DELETE /api/organization-invitations/i1",
        None,
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.invitations.create_organization_invitation_message("i1", m.MessagePayload()),
        "POST /api/organization-invitations/i1/message",
        {},
        Safety.UNSAFE,
        False,
    ),
    (
        requests.invitations.create_organization_invitation_message("i1", m.MessagePayload(code="c", locale="de")),
        "POST /api/organization-invitations/i1/message",
        {"code": "c", "locale": "de"},
        Safety.UNSAFE,
        False,
    ),
    (
        requests.invitations.replace_organization_invitation_status("i1", "Accepted", "u1"),
        "PUT /api/organization-invitations/i1/status",
        {"status": "Accepted", "acceptedUserId": "u1"},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.invitations.replace_organization_invitation_status("i1", "Revoked", None),
        "PUT /api/organization-invitations/i1/status",
        {"status": "Revoked"},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.roles.create_organization_role(m.CreateOrganizationRole(name="admin")),
        "POST /api/organization-roles",
        {"organizationScopeIds": [], "resourceScopeIds": [], "name": "admin"},
        Safety.UNSAFE,
        True,
    ),
    (
        requests.roles.create_organization_role(
            m.CreateOrganizationRole(
                name="bot",
                description="d",
                type="MachineToMachine",
                organization_scope_ids=["s1"],
                resource_scope_ids=["s2"],
            )
        ),
        "POST /api/organization-roles",
        {
            "organizationScopeIds": ["s1"],
            "resourceScopeIds": ["s2"],
            "name": "bot",
            "description": "d",
            "type": "MachineToMachine",
        },
        Safety.UNSAFE,
        True,
    ),
    (
        requests.roles.update_organization_role("r1", m.UpdateOrganizationRole(name="n", type="User")),
        "PATCH /api/organization-roles/r1",
        {"name": "n", "type": "User"},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.roles.delete_organization_role("r1"),
        "DELETE /api/organization-roles/r1",
        None,
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.roles.create_organization_role_scope("r1", ["s1"]),
        "POST /api/organization-roles/r1/scopes",
        {"organizationScopeIds": ["s1"]},
        Safety.IDEMPOTENT,
        False,
    ),
    (
        # A duplicate in the body is 422 here (facts/logto.md, section 6).
        requests.roles.replace_organization_role_scopes("r1", ["s1", "s1"]),
        "PUT /api/organization-roles/r1/scopes",
        {"organizationScopeIds": ["s1"]},
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.roles.delete_organization_role_scope("r1", "s1"),
        "DELETE /api/organization-roles/r1/scopes/s1",
        None,
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.roles.create_organization_role_resource_scope("r1", ["management-api-all"]),
        "POST /api/organization-roles/r1/resource-scopes",
        {"scopeIds": ["management-api-all"]},
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.roles.replace_organization_role_resource_scopes("r1", []),
        "PUT /api/organization-roles/r1/resource-scopes",
        {"scopeIds": []},
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.roles.delete_organization_role_resource_scope("r1", "s1"),
        "DELETE /api/organization-roles/r1/resource-scopes/s1",
        None,
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.roles.create_organization_scope(m.CreateOrganizationScope(name="read")),
        "POST /api/organization-scopes",
        {"name": "read"},
        Safety.UNSAFE,
        True,
    ),
    (
        requests.roles.update_organization_scope("s1", m.UpdateOrganizationScope(description="d")),
        "PATCH /api/organization-scopes/s1",
        {"description": "d"},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.roles.delete_organization_scope("s1"),
        "DELETE /api/organization-scopes/s1",
        None,
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.organizations.create_organization_jit_email_domain("o1", "corp.example"),
        f"POST {ORGANIZATION}/jit/email-domains",
        {"emailDomain": "corp.example"},
        Safety.UNSAFE,
        True,
    ),
    (
        requests.organizations.replace_organization_jit_email_domains("o1", ["a.example", "a.example"]),
        f"PUT {ORGANIZATION}/jit/email-domains",
        {"emailDomains": ["a.example"]},
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.organizations.delete_organization_jit_email_domain("o1", "münchen.example"),
        f"DELETE {ORGANIZATION}/jit/email-domains/m%C3%BCnchen.example",
        None,
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.organizations.create_organization_jit_role("o1", ["r1"]),
        f"POST {ORGANIZATION}/jit/roles",
        {"organizationRoleIds": ["r1"]},
        Safety.UNSAFE,
        False,
    ),
    (
        requests.organizations.replace_organization_jit_roles("o1", []),
        f"PUT {ORGANIZATION}/jit/roles",
        {"organizationRoleIds": []},
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.organizations.delete_organization_jit_role("o1", "r1"),
        f"DELETE {ORGANIZATION}/jit/roles/r1",
        None,
        Safety.IDEMPOTENT,
        False,
    ),
    (
        requests.users.create_user(
            m.CreateUser(
                username="ada",
                password=SecretStr("pw"),
                custom_data={},
                profile=m.UserProfile(given_name="Ada", address=m.Address(country="UK")),
            )
        ),
        "POST /api/users",
        {
            "username": "ada",
            "password": "pw",
            "customData": {},
            "profile": {"givenName": "Ada", "address": {"country": "UK"}},
        },
        Safety.UNSAFE,
        True,
    ),
    (
        requests.users.create_user(
            m.CreateUser(primary_phone="12025550143", password_digest=SecretStr("$2a$10"), password_algorithm="Bcrypt")
        ),
        "POST /api/users",
        {"primaryPhone": "12025550143", "passwordDigest": "$2a$10", "passwordAlgorithm": "Bcrypt"},
        Safety.UNSAFE,
        True,
    ),
    (
        requests.users.update_user("u1", m.UpdateUser(primary_email=None, name="")),
        "PATCH /api/users/u1",
        {"primaryEmail": None, "name": ""},
        Safety.IDEMPOTENT,
        True,
    ),
    (requests.users.delete_user("u1"), "DELETE /api/users/u1", None, Safety.IDEMPOTENT, False),
    (
        requests.users.update_user_custom_data("u1", {"a": None}),
        "PATCH /api/users/u1/custom-data",
        {"customData": {"a": None}},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.users.update_user_profile("u1", m.UpdateUserProfile(nickname="b")),
        "PATCH /api/users/u1/profile",
        {"profile": {"nickname": "b"}},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.users.update_user_password("u1", SecretStr("pw")),
        "PATCH /api/users/u1/password",
        {"password": "pw"},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.users.update_user_is_suspended("u1", is_suspended=False),
        "PATCH /api/users/u1/is-suspended",
        {"isSuspended": False},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.users.assign_user_roles("u1", ["r1"]),
        "POST /api/users/u1/roles",
        {"roleIds": ["r1"]},
        Safety.IDEMPOTENT,
        True,
    ),
    (
        requests.users.replace_user_roles("u1", []),
        "PUT /api/users/u1/roles",
        {"roleIds": []},
        Safety.IDEMPOTENT,
        True,
    ),
    (requests.users.delete_user_role("u1", "r1"), "DELETE /api/users/u1/roles/r1", None, Safety.IDEMPOTENT, False),
]


@pytest.mark.parametrize(("request_", "target"), LISTS)
def test_every_read_request_has_the_documented_target(request_: Request, target: str) -> None:
    assert (request_.method, request_.target, request_.body) == ("GET", target, None)
    assert (request_.safety, request_.expects_json) == (Safety.SAFE, True)


@pytest.mark.parametrize(("request_", "line", "body", "safety", "expects_json"), WRITES)
def test_every_write_request_has_the_documented_form(
    request_: Request, line: str, body: object, safety: Safety, *, expects_json: bool
) -> None:
    assert f"{request_.method} {request_.target}" == line
    assert (request_.safety, request_.expects_json) == (safety, expects_json)
    if body is None:
        assert (request_.body, request_.content_type) == (None, None)
    else:
        assert request_.body is not None
        assert json.loads(request_.body) == body
        assert request_.content_type == "application/json"


HOSTILE = ["", ".", "..", "a/b", "a%2fb", "a?b", "é", "a" * 129]
BY_ID: list[Callable[[str], Request]] = [
    requests.organizations.get_organization,
    lambda value: requests.members.list_organization_users(value, None, None, None, 1),
    lambda value: requests.members.delete_organization_user("o1", value),
    lambda value: requests.members.delete_organization_user_role("o1", "u1", value),
    lambda value: requests.members.add_organization_users("o1", ["u1", value]),
    lambda value: requests.roles.delete_organization_role_scope("r1", value),
    lambda value: requests.roles.delete_organization_role_resource_scope("r1", value),
    lambda value: requests.roles.replace_organization_role_scopes("r1", [value]),
    requests.roles.delete_organization_role,
    requests.roles.delete_organization_scope,
    requests.invitations.delete_organization_invitation,
    lambda value: requests.invitations.replace_organization_invitation_status("i1", "Accepted", value),
    lambda value: requests.organizations.delete_organization_jit_role("o1", value),
    lambda value: requests.organizations.delete_organization_jit_email_domain(value, "a.example"),
    requests.users.delete_user,
    lambda value: requests.users.delete_user_role("u1", value),
]


@pytest.mark.parametrize("build", BY_ID)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_id_never_reaches_a_path_or_a_body(build: Callable[[str], Request], hostile: str) -> None:
    with pytest.raises(InvalidArgumentError):
        build(hostile)


@pytest.mark.parametrize("hostile", ["", ".", "..", "a..b", ".a", "a.", "a/b", "a%2eb", "a@b.c", "a b", "a" * 129])
def test_a_hostile_domain_never_reaches_a_path(hostile: str) -> None:
    for build in (
        requests.organizations.delete_organization_jit_email_domain,
        requests.organizations.create_organization_jit_email_domain,
    ):
        with pytest.raises(InvalidArgumentError, match="e-mail domain is invalid"):
            build("o1", hostile)


@pytest.mark.parametrize("value", [None, 7, b"a.example", ["a.example"]])
def test_a_domain_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="Pass a string"):
        requests.organizations.delete_organization_jit_email_domain("o1", value)


@pytest.mark.parametrize("position", ["", "0", "-1", "1.5", "next:a", "٣", "1" * 10])
def test_an_invalid_position_is_refused(position: str) -> None:
    with pytest.raises(InvalidCursorError):
        requests.organizations.list_organizations(None, position, 10)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: requests.users.create_user(m.CreateUser(name="No Key")), "needs a username"),
        (lambda: requests.users.create_user(m.CreateUser(username="")), "needs a username"),
        (lambda: requests.members.replace_organization_user_roles("o1", "u1"), "Pass role ids, role names, or both"),
        (lambda: requests.members.assign_organization_roles_to_user("o1", "u1"), "Pass role ids, role names, or both"),
        (lambda: requests.members.assign_organization_roles_to_user("o1", "u1", role_names="ab"), "one string"),
        (lambda: requests.members.add_organization_users("o1", []), "is empty"),
        (lambda: requests.members.add_organization_users("o1", "u1"), "one string"),
        (lambda: requests.organizations.replace_organization_jit_email_domains("o1", "a.b"), "one string"),
        (lambda: requests.organizations.create_organization_jit_role("o1", []), "is empty"),
        (
            lambda: requests.invitations.replace_organization_invitation_status("i1", "Accepted", None),
            "accepted_user_id",
        ),
        (
            lambda: requests.invitations.replace_organization_invitation_status("i1", "Revoked", "u1"),
            "accepted_user_id",
        ),
        (
            lambda: requests.invitations.list_organization_invitations(organization_id=""),
            "organizationId is empty",
        ),
        (lambda: requests.members.list_organization_users("o1", None, "", None, 1), "organizationRoleId is empty"),
        (lambda: requests.users.list_users({"page": "2"}, None, 1), "page is no search parameter"),
        (lambda: requests.users.list_users({"search": "a\0"}, None, 1), "NUL"),
        (lambda: requests.users.update_user("u1", m.UpdateUser(name="a\0b")), "NUL"),
        (lambda: requests.users.update_user("u1", m.UpdateUser(name="a\ud83d")), "half a character"),
        (lambda: requests.users.update_user("u1", m.UpdateUser(custom_data={"a": ["\udc00"]})), "half a character"),
        (lambda: requests.users.update_user_custom_data("u1", {"a": "x" * 1024 * 1024}), "1 MB at most"),
    ],
)
def test_a_request_that_logto_would_misread_is_refused(build: Callable[[], Request], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        build()


def test_a_text_that_looks_like_an_escaped_nul_is_sent() -> None:
    request = requests.users.update_user("u1", m.UpdateUser(name=r"\u0000"))
    assert json.loads(request.body or b"") == {"name": r"\u0000"}


@pytest.mark.parametrize(
    "make",
    [
        lambda: m.UpdateUser(isSuspended=True),  # type: ignore[call-arg]  # a caller without types
        lambda: m.CreateUser(username="a", id="b"),  # type: ignore[call-arg]  # a caller without types
        lambda: m.CreateOrganizationInvitation(
            invitee="a@b.c",
            organization_id="o1",
            expires_at=datetime(2027, 1, 1),  # there is no time zone
        ),
    ],
)
def test_a_body_that_logto_would_misread_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidArgumentError, match=r"Invalid \w+ for Logto") as caught:
        make()
    assert caught.value.__context__ is None


def test_a_request_shows_no_password() -> None:
    user = m.CreateUser(username="ada", password=SecretStr("hush-4711"), password_digest=SecretStr("dig-4711"))
    assert "4711" not in f"{user} {user!r} {user.model_dump()} {user.model_dump_json()}"
    assert "4711" not in repr(requests.users.create_user(user))
    assert user.to_wire()["password"] == "hush-4711"


@pytest.mark.parametrize("milliseconds", [0, 1, 1_000, 19_999_999_999, 1_795_353_866_681, -1])
def test_times_of_any_size_are_epoch_milliseconds(milliseconds: int) -> None:
    moment = from_epoch_ms(milliseconds)
    assert isinstance(moment, datetime)
    assert to_epoch_ms(moment) == milliseconds
    organization = m.TenantOrganization.model_validate({"id": "o", "name": "n", "createdAt": milliseconds})
    assert organization.created_at == moment


@pytest.mark.parametrize("garbage", [1e300, "soon", True, {}])
def test_an_invalid_time_is_refused(garbage: object) -> None:
    with pytest.raises(ValidationError):
        m.TenantOrganization.model_validate({"id": "o", "name": "n", "createdAt": garbage})


@pytest.mark.parametrize(
    ("query", "escaped"),
    [(None, None), ("", None), ("ada", "ada"), ("100%", r"100\%"), ("a_b", r"a\_b"), ("a\\b", r"a\\b")],
)
def test_special_characters_in_a_search_text_are_escaped(query: str | None, escaped: str | None) -> None:
    assert requests.escape_like(query) == escaped


def test_a_name_with_a_backslash_is_not_searched_for() -> None:
    assert requests.search_text("a_b") == "a_b"
    assert requests.search_text("a\\b") is None


def test_lists_of_ids_are_split_into_batches_of_500() -> None:
    assert [len(batch) for batch in requests.in_batches([str(n) for n in range(1001)])] == [500, 500, 1]
