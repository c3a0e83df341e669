"""Flat's request builders, without I/O."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from orgsdk import InvalidArgumentError, InvalidCursorError
from orgsdk.providers.flat import models, requests
from orgsdk.transport import Request, Safety

if TYPE_CHECKING:
    from collections.abc import Callable

ID = "0123456789abcdef01234567"
USERS, USER = "/organizations/users", f"/organizations/users/{ID}"
LTI = "/organizations/lti"


# Lists and counts


@pytest.mark.parametrize(
    ("filters", "position", "page_size", "target"),
    [
        ({}, None, 1000, f"{USERS}?limit=1000"),
        ({"q": ""}, None, 1, f"{USERS}?limit=1"),
        ({"q": "é&=+ %"}, None, 5, f"{USERS}?q=%C3%A9%26%3D%2B+%25&limit=5"),
        ({"role": "admin"}, "next:a+b/c==", 5, f"{USERS}?role=admin&limit=5&next=a%2Bb%2Fc%3D%3D"),
        ({"role": ["user", "teacher"]}, None, 5, f"{USERS}?role=user&role=teacher&limit=5"),
        ({"group": "g1"}, None, 5, f"{USERS}?group=g1&limit=5"),
        ({"group": ("g1", "g2")}, None, 5, f"{USERS}?group=g1&group=g2&limit=5"),
        ({"no_active_license": True}, None, 5, f"{USERS}?noActiveLicense=true&limit=5"),
        ({"no_active_license": False}, None, 5, f"{USERS}?noActiveLicense=false&limit=5"),
        ({"test_accounts": "only"}, "previous:x:y", 5, f"{USERS}?testAccounts=only&limit=5&previous=x%3Ay"),
    ],
)
def test_a_list_request_has_filters_and_page(
    filters: dict[str, Any], position: str | None, page_size: int, target: str
) -> None:
    request = requests.list_organization_users(requests.UserFilters(**filters).parameters(), position, page_size)
    assert (request.method, request.target, request.body, request.safety) == ("GET", target, None, Safety.SAFE)


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({}, []),
        ({"sort": "lastname", "direction": "desc"}, [("sort", "lastname"), ("direction", "desc")]),
        ({"license_expiration_date": "notActive"}, [("licenseExpirationDate", "notActive")]),
        (
            {"license_expiration_date": ["active", date(2030, 6, 1)]},
            [("licenseExpirationDate", "active"), ("licenseExpirationDate", "2030-06-01")],
        ),
        ({"license_expiration_date": date(2030, 6, 1)}, [("licenseExpirationDate", "2030-06-01")]),
        ({"only_ids": True}, [("onlyIds", "true")]),
        ({"only_ids": False}, [("onlyIds", "false")]),
    ],
)
def test_list_options_become_query_parameters(options: dict[str, Any], parameters: list[tuple[str, str]]) -> None:
    assert requests.UserListOptions(**options).parameters() == parameters


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (requests.UserFilters(role="student"), r"Unknown role 'student'\. Allowed: user, teacher, admin, accountAdmin"),
        (requests.UserFilters(role=["user", "Teacher"]), r"Unknown role 'Teacher'\. Did you mean 'teacher'\?"),
        (requests.UserFilters(role=" admin"), r"Unknown role ' admin'\. Did you mean 'admin'\?"),
        (requests.UserFilters(test_accounts="all"), "Unknown test account filter 'all'"),  # type: ignore[arg-type]
        (requests.UserListOptions(sort="email"), r"Unknown sort 'email'\. Allowed: firstname"),  # type: ignore[arg-type]
        (requests.UserListOptions(direction="up"), "Unknown direction 'up'"),  # type: ignore[arg-type]
        (requests.UserListOptions(license_expiration_date="now"), "Unknown license state 'now'"),  # type: ignore[arg-type]
        (
            requests.UserListOptions(license_expiration_date=datetime(2030, 6, 1, tzinfo=UTC)),
            "has a time of day: pass a date",
        ),
    ],
)
def test_an_unknown_value_is_rejected(query: requests.UserFilters | requests.UserListOptions, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        query.parameters()


def test_invitations_are_filtered_by_three_roles() -> None:
    request = requests.list_organization_invitations(requests.invitation_filters("admin"), "next:c", 50)
    assert request.target == "/organizations/invitations?role=admin&limit=50&next=c"
    assert requests.invitation_filters(None) == []
    with pytest.raises(InvalidArgumentError, match="'accountAdmin'"):
        requests.invitation_filters("accountAdmin")  # type: ignore[arg-type]


@pytest.mark.parametrize("position", ["", "2", "next:", "limit:1000", "q:x"])
def test_an_invalid_position_is_rejected(position: str) -> None:
    with pytest.raises(InvalidCursorError):
        requests.list_organization_users([], position, 10)


# Every other request: method, target, safety, body

SECRET = SecretStr("s3cret!")
REQUESTS: list[tuple[Request, str, str, Safety, dict[str, Any] | None]] = [
    (requests.get_authenticated_user(), "GET", "/me", Safety.SAFE, None),
    (requests.get_authenticated_user(only_id=True), "GET", "/me?onlyId=true", Safety.SAFE, None),
    (requests.count_orga_users(requests.UserFilters(q="a")), "GET", f"{USERS}/count?q=a", Safety.SAFE, None),
    (
        requests.create_organization_user(models.UserCreation(username="ada", password=SECRET, firstname="Ada")),
        "POST",
        USERS,
        Safety.UNSAFE,
        {"username": "ada", "password": "s3cret!", "firstname": "Ada"},
    ),
    (
        requests.update_organization_user(ID, models.UserAdminUpdate(organization_role="admin", lastname="")),
        "PUT",
        USER,
        Safety.IDEMPOTENT,
        {"organizationRole": "admin", "lastname": ""},
    ),
    (requests.remove_organization_user(ID), "DELETE", USER, Safety.IDEMPOTENT, None),
    (
        requests.remove_organization_user(ID, convert_to_individual=True),
        "DELETE",
        f"{USER}?convertToIndividual=true",
        Safety.IDEMPOTENT,
        None,
    ),
    (
        requests.create_organization_user_signin_link(ID, models.UserSigninLinkCreation()),
        "POST",
        f"{USER}/signinLink",
        Safety.UNSAFE,
        {},
    ),
    (
        requests.create_organization_user_access_token(
            ID, models.OrganizationUserAccessTokenCreation(scopes=("scores", "omr"))
        ),
        "POST",
        f"{USER}/accessToken",
        Safety.UNSAFE,
        {"scopes": ["scores", "omr"]},
    ),
    (
        requests.create_organization_invitation(models.OrganizationInvitationCreation(email="bob@example.org")),
        "POST",
        "/organizations/invitations",
        Safety.UNSAFE,
        {"email": "bob@example.org"},
    ),
    (
        requests.remove_organization_invitation(ID),
        "DELETE",
        f"/organizations/invitations/{ID}",
        Safety.IDEMPOTENT,
        None,
    ),
    (requests.list_lti_credentials(), "GET", f"{LTI}/credentials", Safety.SAFE, None),
    (
        requests.create_lti_credentials(models.LtiCredentialsCreation(name="Ours", lms="canvas")),
        "POST",
        f"{LTI}/credentials",
        Safety.UNSAFE,
        {"name": "Ours", "lms": "canvas"},
    ),
    (requests.revoke_lti_credentials(ID), "DELETE", f"{LTI}/credentials/{ID}", Safety.IDEMPOTENT, None),
    (requests.list_lti_configurations(), "GET", f"{LTI}/configurations", Safety.SAFE, None),
    (
        requests.create_lti_configuration(
            models.LtiConfigurationCreate1p3Dynamic(platform_info=models.LtiPlatformInfo(name="P"))
        ),
        "POST",
        f"{LTI}/configurations",
        Safety.UNSAFE,
        {"mode": "1p3-dynamic", "platformInfo": {"name": "P"}},
    ),
    (
        requests.update_lti_configuration(ID, models.LtiConfigurationUpdateStandalone(jwks_url="https://p.test/jwks")),
        "PUT",
        f"{LTI}/configurations/{ID}",
        Safety.IDEMPOTENT,
        {"jwksUrl": "https://p.test/jwks"},
    ),
    (requests.delete_lti_configuration(ID), "DELETE", f"{LTI}/configurations/{ID}", Safety.IDEMPOTENT, None),
]


@pytest.mark.parametrize(
    ("request_", "method", "target", "safety", "body"), REQUESTS, ids=[f"{r[1]} {r[2]}" for r in REQUESTS]
)
def test_request(request_: Request, method: str, target: str, safety: Safety, body: dict[str, Any] | None) -> None:
    assert (request_.method, request_.target, request_.safety) == (method, target, safety)
    assert (None if request_.body is None else json.loads(request_.body)) == body
    assert request_.content_type == (None if body is None else "application/json")
    assert request_.expects_json is (method != "DELETE")
    assert "s3cret" not in repr(request_)


@pytest.mark.parametrize("hostile", ["", ".", "..", "a/b", "%2e%2e", "0123?x", "me", "ada@example.org"])
@pytest.mark.parametrize(
    "build",
    [
        requests.remove_organization_user,
        requests.remove_organization_invitation,
        requests.revoke_lti_credentials,
        requests.delete_lti_configuration,
        lambda hostile: requests.update_organization_user(hostile, models.UserAdminUpdate()),
        lambda hostile: requests.create_organization_user_signin_link(hostile, models.UserSigninLinkCreation()),
    ],
)
def test_an_invalid_id_reaches_no_path(build: Callable[[str], Request], hostile: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^(The|Invalid) \w+ id"):
        build(hostile)
