"""Permissions of the environment."""

from typing import Any

import httpx
import pytest

from tests.sandbox.workos.calls import ROLES, codes

pytestmark = pytest.mark.anyio

PERMISSIONS = "/authorization/permissions"


async def test_create_get_update_list_and_delete(api: httpx.AsyncClient) -> None:
    made = await api.post(PERMISSIONS, json={"slug": "scores:read", "name": "Read scores"})
    assert (made.status_code, made.json()["system"]) == (201, False)
    path = f"{PERMISSIONS}/scores%3Aread"
    assert (await api.get(path)).json() == made.json()
    changed = (await api.patch(path, json={"description": "New", "slug": "ignored"})).json()
    assert (changed["slug"], changed["name"], changed["description"]) == ("scores:read", "Read scores", "New")
    listed = (await api.get(PERMISSIONS)).json()
    assert [one["slug"] for one in listed["data"]] == [
        "scores:read",
        "members:read",
        "members:manage",
        "members:invite",
    ]
    await api.put(f"{ROLES}/student/permissions", json={"permissions": ["scores:read", "members:read"]})
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(f"{ROLES}/student")).json()["permissions"] == ["members:read"]
    for method in ("GET", "PATCH", "DELETE"):
        assert codes(await api.request(method, path, json={})) == (404, None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "A"}, (422, None)),
        ({"slug": "a"}, (422, None)),
        ({"slug": "a", "name": "A" * 49}, (422, None)),
        ({"slug": "a", "name": "A", "description": 5}, (422, None)),
        ({"slug": "members:read", "name": "A"}, (409, "permission_slug_conflict")),
    ],
)
async def test_a_wrong_permission_is_refused(
    api: httpx.AsyncClient, body: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    assert codes(await api.post(PERMISSIONS, json=body)) == expected
