"""Webhook endpoints. Nothing is sent to them."""

from typing import Any

import httpx
import pytest

from tests.sandbox.workos.calls import codes

pytestmark = pytest.mark.anyio

ENDPOINTS = "/webhook_endpoints"


async def test_create_update_list_and_delete(api: httpx.AsyncClient) -> None:
    body = {"endpoint_url": "https://app.example.org/hook", "events": ["user.created"]}
    made = await api.post(ENDPOINTS, json=body)
    assert (made.status_code, made.json()["status"]) == (201, "enabled")
    path = f"{ENDPOINTS}/{made.json()['id']}"
    assert codes(await api.post(ENDPOINTS, json=body)) == (409, "duplicate_endpoint")
    other = (await api.post(ENDPOINTS, json={**body, "endpoint_url": "https://other.example.org"})).json()
    taken = {"endpoint_url": body["endpoint_url"]}
    assert codes(await api.patch(f"{ENDPOINTS}/{other['id']}", json=taken)) == (409, "duplicate_endpoint")
    changed = (await api.patch(path, json={"status": "disabled", **taken})).json()
    assert (changed["status"], changed["events"]) == ("disabled", ["user.created"])
    assert (await api.get(ENDPOINTS)).json()["data"] == [other, changed]
    assert (await api.delete(path)).status_code == 204
    for method in ("PATCH", "DELETE"):
        assert codes(await api.request(method, path, json={})) == (404, "entity_not_found")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"endpoint_url": "ftp://x.example", "events": []}, "invalid_url"),
        ({"endpoint_url": "nothing", "events": []}, "invalid_url"),
        ({"endpoint_url": "https://x.example"}, "invalid_request_parameters"),
        ({"endpoint_url": "https://x.example", "events": ["user.sang"]}, "invalid_request_parameters"),
    ],
)
async def test_a_wrong_endpoint_is_refused(api: httpx.AsyncClient, body: dict[str, Any], code: str) -> None:
    assert codes(await api.post(ENDPOINTS, json=body)) == (422, code)
