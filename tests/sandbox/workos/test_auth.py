"""API keys, request ids, the rate limit, and paths that do not exist."""

import httpx
import pytest

from orgsdk.sandbox.workos.records import ApiKey
from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.sandbox.workos.variants import EMULATOR
from tests.sandbox.workos.calls import ROLES, USERS, codes

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer sk_test_other", "Basic {key}", "{key}"])
async def test_a_missing_or_wrong_key_is_401(
    api: httpx.AsyncClient, state: WorkOSState, authorization: str | None
) -> None:
    del api.headers["authorization"]
    headers = {} if authorization is None else {"authorization": authorization.format(key=state.api_key)}
    response = await api.get(USERS, headers=headers)
    assert response.status_code == 401
    assert response.json() == {"message": "Unauthorized", "code": "unauthorized"}
    assert "www-authenticate" not in response.headers


async def test_the_name_of_the_scheme_has_no_case(api: httpx.AsyncClient, state: WorkOSState) -> None:
    response = await api.get(USERS, headers={"authorization": f"bEARER {state.api_key}"})
    assert response.status_code == 200


async def test_a_read_only_key_may_not_write(api: httpx.AsyncClient, state: WorkOSState) -> None:
    state.api_keys["sk_test_reader"] = ApiKey(read_only=True)
    api.headers["authorization"] = "Bearer sk_test_reader"
    assert (await api.get(ROLES)).status_code == 200
    denied = await api.post(ROLES, json={"slug": "s", "name": "S"})
    assert (denied.status_code, list(denied.json())) == (403, ["message"])
    state.variant = EMULATOR
    assert codes(await api.post(ROLES, json={"slug": "s", "name": "S"})) == (403, "forbidden")


async def test_every_answer_has_a_request_id_and_that_of_the_caller_is_echoed(api: httpx.AsyncClient) -> None:
    ids = [(await api.get(path)).headers["x-request-id"] for path in (USERS, USERS, "/nowhere")]
    assert len(set(ids)) == 3
    assert (await api.get(USERS, headers={"x-request-id": "mine"})).headers["x-request-id"] == "mine"


async def test_the_rate_limit_counts_each_key_and_resets(api: httpx.AsyncClient, state: WorkOSState) -> None:
    now = state.clock()
    state.rate_limit = (2, 60.0)
    state.api_keys["sk_test_other"] = ApiKey()
    answers = [await api.get(USERS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"2"}
    assert {answer.headers["x-ratelimit-reset"] for answer in answers} == {str(int(now) + 60)}
    assert answers[2].headers["retry-after"] == "60"
    assert codes(answers[2]) == (429, "rate_limit_exceeded")
    assert (await api.get(USERS, headers={"authorization": "Bearer sk_test_other"})).status_code == 200
    state.clock = lambda: now + 60
    assert (await api.get(USERS)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("PATCH", USERS), ("GET", f"{USERS}/"), ("DELETE", ROLES + "/admin"), ("GET", "/")],
)
async def test_an_unknown_path_and_an_unknown_method_are_404(api: httpx.AsyncClient, method: str, path: str) -> None:
    response = await api.request(method, path)
    assert (response.status_code, list(response.json())) == (404, ["message"])


async def test_health_needs_no_key(api: httpx.AsyncClient) -> None:
    del api.headers["authorization"]
    assert (await api.get("/health")).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b'{"name": "A"}', None, 201),
        (b'{"name": "A"}', "application/json; charset=utf-8", 201),
        (b"name=A", "application/x-www-form-urlencoded", 400),
        (b'{"name": ', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b"", "application/json", 422),
    ],
)
async def test_a_body_is_a_json_object(
    api: httpx.AsyncClient, content: bytes, content_type: str | None, status: int
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await api.request("POST", "/organizations", content=content, headers=headers)
    assert response.status_code == status
    if status == 400:
        assert response.json()["code"] == "invalid_request_body"
