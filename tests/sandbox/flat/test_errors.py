"""Every error has Flat's form."""

import pytest
from httpx import AsyncClient

from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/", "/nope", "/me/", "/organizations/users/", "/organizations"])
async def test_an_unknown_path_is_404(http: AsyncClient, path: str) -> None:
    response = await http.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")
    assert response.json().keys() == {"code", "message"}


async def test_a_path_outside_the_version_is_404(http: AsyncClient) -> None:
    response = await http.get("http://flat.test:8080/me")
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")


async def test_a_wrong_method_is_405(http: AsyncClient) -> None:
    response = await http.delete("/me")
    assert (response.status_code, response.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("path", "query", "param"),
    [
        *(("/organizations/users", f"limit={value}", "limit") for value in ("0", "-1", "1001", "abc", "", "1.5", "٣")),
        ("/organizations/users", "limit=1&limit=2", "limit"),
        ("/organizations/users", "limit=99999999999999999999", "limit"),
        ("/organizations/users", "sort=username", "sort"),
        ("/organizations/users", "direction=up", "direction"),
        ("/organizations/users", "onlyIds=1", "onlyIds"),
        ("/organizations/users", "q=a&q=b", "q"),
        ("/organizations/users", "licenseExpirationDate=soon", "licenseExpirationDate"),
        ("/organizations/users", "licenseExpirationDate=0001-01-01T00:00:00%2B14:00", "licenseExpirationDate"),
        ("/organizations/users/count", "role=student", "role"),
        ("/organizations/users/count", "role=teacher&role=", "role"),
        ("/organizations/users/count", "noActiveLicense=True", "noActiveLicense"),
        ("/organizations/users/count", "testAccounts=all", "testAccounts"),
    ],
)
async def test_an_invalid_parameter_is_400_and_named(http: AsyncClient, path: str, query: str, param: str) -> None:
    response = await http.get(f"{path}?{query}")
    assert response.status_code == 400
    assert response.json().keys() == {"code", "message", "param"}
    assert response.json()["param"] == param


async def test_an_internal_error_has_an_error_id(http: AsyncClient, state: FlatState) -> None:
    del state.users
    response = await http.get("/organizations/users")
    assert response.status_code == 500
    assert response.json().keys() == {"code", "message", "id"}
