"""Tokens and scopes."""

import pytest
from httpx import AsyncClient, Response

from orgsdk.sandbox.flat.auth import SCOPES, TokenInfo
from orgsdk.sandbox.flat.records import object_id
from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

PATHS = ["/me", "/organizations/users", "/organizations/users/count"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer ", "Bearer unknown", "Basic {token}", "{token}"])
async def test_rejects_a_missing_or_unknown_token(
    http: AsyncClient, state: FlatState, path: str, authorization: str | None
) -> None:
    del http.headers["Authorization"]
    headers = {} if authorization is None else {"Authorization": authorization.format(token=state.token)}
    response = await http.get(path, headers=headers)
    assert response.status_code == 401
    assert response.json().keys() == {"code", "message"}
    assert response.headers["X-RateLimit-Limit"] == "7200"


async def test_accepts_the_scheme_in_any_case(http: AsyncClient, state: FlatState) -> None:
    response = await http.get("/me", headers={"Authorization": f"bearer {state.token}"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("path", "scopes", "status"),
    [
        ("/me", {"account.public_profile", "account.education_profile"}, 200),
        ("/me", {"account.public_profile"}, 403),
        ("/me", {"edu.admin"}, 403),
        ("/organizations/users", {"edu.admin"}, 200),
        ("/organizations/users", {"edu.admin.users"}, 200),
        ("/organizations/users", {"edu.admin.users.readonly"}, 200),
        ("/organizations/users/count", {"edu.admin.users.readonly"}, 200),
        ("/organizations/users", {"edu.admin.lti"}, 403),
        ("/organizations/users/count", set[str](), 403),
    ],
)
async def test_requires_the_scopes_of_the_operation(
    http: AsyncClient, state: FlatState, path: str, scopes: set[str], status: int
) -> None:
    state.tokens["narrow"] = TokenInfo(scopes=frozenset(scopes))
    response = await http.get(path, headers={"Authorization": "Bearer narrow"})
    assert response.status_code == status
    if status == 403:
        # A permission error must differ from an exceeded rate limit (facts/flat.md, Rate limit).
        assert response.json()["code"] == "FORBIDDEN"
        assert int(response.headers["X-RateLimit-Remaining"]) > 0


READS, WRITES = {"edu.admin", "edu.admin.users", "edu.admin.users.readonly"}, {"edu.admin", "edu.admin.users"}
LTI_READS, LTI_WRITES = {"edu.admin", "edu.admin.lti", "edu.admin.lti.readonly"}, {"edu.admin", "edu.admin.lti"}
# Official document, `security` of each operation, read as alternatives.
OPERATIONS = [
    ("GET", "/organizations/users", READS),
    ("GET", "/organizations/users/count", READS),
    ("POST", "/organizations/users", WRITES),
    ("PUT", "/organizations/users/x", WRITES),
    ("DELETE", "/organizations/users/x", WRITES),
    ("POST", "/organizations/users/x/signinLink", WRITES),
    ("POST", "/organizations/users/x/accessToken", WRITES),
    ("GET", "/organizations/invitations", READS),
    ("POST", "/organizations/invitations", WRITES),
    ("DELETE", "/organizations/invitations/x", WRITES),
    ("GET", "/organizations/lti/credentials", LTI_READS),
    ("POST", "/organizations/lti/credentials", LTI_WRITES),
    ("DELETE", "/organizations/lti/credentials/x", LTI_WRITES),
    ("GET", "/organizations/lti/configurations", LTI_READS),
    ("POST", "/organizations/lti/configurations", LTI_WRITES),
    ("PUT", "/organizations/lti/configurations/x", LTI_WRITES),
    ("DELETE", "/organizations/lti/configurations/x", LTI_WRITES),
]


def is_forbidden(response: Response) -> bool:
    return (response.status_code, response.json()["code"] if response.status_code == 403 else "") == (403, "FORBIDDEN")


@pytest.mark.parametrize(("method", "path", "enough"), OPERATIONS)
async def test_every_operation_accepts_exactly_its_scopes(
    http: AsyncClient, state: FlatState, method: str, path: str, enough: set[str]
) -> None:
    allowed: set[str] = set()
    for scope in SCOPES:
        state.tokens["narrow"] = TokenInfo(scopes=frozenset({scope}))
        response = await http.request(method, path, headers={"Authorization": "Bearer narrow"})
        if not is_forbidden(response):
            allowed.add(scope)
    assert allowed == enough
    state.tokens["rest"] = TokenInfo(scopes=SCOPES - enough)
    assert is_forbidden(await http.request(method, path, headers={"Authorization": "Bearer rest"}))


@pytest.mark.parametrize(("method", "path", "enough"), OPERATIONS)
async def test_staff_can_read_and_admins_can_write(
    http: AsyncClient, state: FlatState, method: str, path: str, enough: set[str]
) -> None:
    state.lti_teachers_allowed = True
    allowed: set[str] = set()
    for username, role in (("principal", "admin"), ("zoe", "teacher"), ("pupil1", "user")):
        state.tokens["own"] = TokenInfo(user_id=object_id("user", username))
        if not is_forbidden(await http.request(method, path, headers={"Authorization": "Bearer own"})):
            allowed.add(role)
    staff = enough in (READS, LTI_READS) or path.startswith("/organizations/lti/credentials")
    assert allowed == ({"admin", "teacher"} if staff else {"admin"})


async def test_a_token_of_a_removed_account_is_rejected(http: AsyncClient, state: FlatState) -> None:
    state.tokens["own"] = TokenInfo(user_id="nobody")
    response = await http.get("/me", headers={"Authorization": "Bearer own"})
    assert (response.status_code, response.json()["code"]) == (401, "UNAUTHORIZED")
