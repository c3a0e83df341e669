"""Tokens and scopes."""

import pytest
from httpx import AsyncClient

from orgsdk.sandbox.flat.auth import TokenInfo
from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

PATHS = ["/me", "/organizations/users", "/organizations/users/count"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer ", "Bearer unknown", "Basic {token}", "{token}"])
async def test_refuses_a_missing_or_unknown_token(
    http: AsyncClient, state: FlatState, path: str, authorization: str | None
) -> None:
    del http.headers["Authorization"]
    headers = {} if authorization is None else {"Authorization": authorization.format(token=state.token)}
    response = await http.get(path, headers=headers)
    assert response.status_code == 401
    assert response.json().keys() == {"code", "message"}
    assert response.headers["X-RateLimit-Limit"] == "7200"


async def test_takes_the_scheme_in_any_case(http: AsyncClient, state: FlatState) -> None:
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
async def test_asks_for_the_scopes_of_the_operation(
    http: AsyncClient, state: FlatState, path: str, scopes: set[str], status: int
) -> None:
    state.tokens["narrow"] = TokenInfo(scopes=frozenset(scopes))
    response = await http.get(path, headers={"Authorization": "Bearer narrow"})
    assert response.status_code == status
    if status == 403:
        # A permission error must not look like a used-up rate (facts/flat.md, Rate limit).
        assert response.json()["code"] == "FORBIDDEN"
        assert int(response.headers["X-RateLimit-Remaining"]) > 0
