"""Authentication at Logto: one shared access token, its refresh, and clear errors."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import anyio
import pytest
import respx

from orgsdk import AuthenticationError, DecodeError, OrgClient, PermissionDeniedError, RateLimitError
from orgsdk.providers import Logto
from orgsdk.sandbox.logto.records import Application

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

ENDPOINT = "https://logto.test"


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def tokens(sandbox: Sandbox) -> int:
    return sandbox.requests.count(path_prefix="/oidc/token")


@pytest.mark.parametrize(
    ("endpoint", "given", "resource"),
    [
        ("https://logto.test", None, "https://default.logto.app/api"),
        ("https://tenant.logto.app", None, "https://tenant.logto.app/api"),
        ("https://logto.test", "https://own.test/api", "https://own.test/api"),
    ],
)
async def test_the_token_request_has_the_documented_form(
    server: respx.MockRouter, endpoint: str, given: str | None, resource: str
) -> None:
    token = server.post(f"{endpoint}/oidc/token").respond(json={"access_token": "at", "expires_in": 3600})
    api = server.get(f"{endpoint}/api/organizations/abc").respond(json={"id": "abc", "name": "n"})
    async with OrgClient(Logto(endpoint, app_id="app:1", app_secret="s3+/&", resource=given)) as client:
        assert (await client.organizations.get("abc")).name == "n"
    request = token.calls[0].request
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    # Id and secret are form-encoded first, because of a colon in the id (RFC 6749, section 2.3.1).
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"app%3A1:s3%2B%2F%26").decode()
    form = {"grant_type": ["client_credentials"], "resource": [resource], "scope": ["all"]}
    assert parse_qs(request.content.decode()) == form
    # Logto compares the scheme with regard to case: `bearer` is a 401 (facts/logto.md, section 2).
    assert api.calls[0].request.headers["authorization"] == "Bearer at"
    assert (token.call_count, api.call_count) == (1, 1)


async def test_concurrent_calls_share_one_token(connect: Connect, sandbox: Sandbox) -> None:
    client = await connect("logto")
    org = client.organization(sandbox.logto.organization_id)
    async with anyio.create_task_group() as tasks:
        for _ in range(40):
            tasks.start_soon(org.users.count)
    assert tokens(sandbox) == 1
    assert len(sandbox.requests) == 41


async def test_concurrent_calls_refresh_an_expired_token_once(connect: Connect, sandbox: Sandbox) -> None:
    client = await connect("logto")
    org = client.organization(sandbox.logto.organization_id)
    await org.users.count()
    # The token expires earlier than the server stated. Only the 401 shows it.
    sandbox.logto.clock = lambda: time.time() + 7200
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(org.users.count)
    assert tokens(sandbox) == 2
    assert sandbox.requests.count(path_prefix="/api/") <= 21
    assert sum(seen.status == 200 for seen in sandbox.requests if seen.path != "/oidc/token") == 11


async def test_a_fresh_token_that_is_refused_is_not_refreshed_again(server: respx.MockRouter) -> None:
    token = server.post(f"{ENDPOINT}/oidc/token").respond(json={"access_token": "at", "expires_in": 3600})
    data = {"code": "ERR_JWT_EXPIRED", "payload": {"sub": "app-4711"}}
    api = server.get(f"{ENDPOINT}/api/organizations/abc").respond(
        401, json={"code": "auth.unauthorized", "message": "Unauthorized.", "data": data}
    )
    async with OrgClient(Logto(ENDPOINT, app_id="a", app_secret="s")) as client:
        with pytest.raises(AuthenticationError) as caught:
            await client.organizations.get("abc")
    assert (token.call_count, api.call_count) == (2, 2)
    assert caught.value.code == "auth.unauthorized"
    assert "4711" not in f"{caught.value} {vars(caught.value)}"


async def test_an_application_without_a_role_is_denied(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.logto.applications["bare"] = Application("bare", "secret")
    client = await connect("logto", app_id="bare", app_secret="secret")
    with pytest.raises(PermissionDeniedError) as caught:
        await client.organizations.list()
    assert (caught.value.status_code, caught.value.code) == (403, "auth.forbidden")
    assert caught.value.request_id
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [
        ({"app_secret": "wrong"}, 401, "oidc.invalid_client"),
        ({"app_id": "unknown"}, 400, "oidc.invalid_client"),
        ({"resource": "https://other.test/api"}, 400, "oidc.invalid_target"),
    ],
)
async def test_a_refused_sign_in_is_an_authentication_error(
    connect: Connect, sandbox: Sandbox, settings: dict[str, str], status: int, code: str
) -> None:
    client = await connect("logto", **settings)
    with pytest.raises(AuthenticationError, match="sign-in was refused") as caught:
        await client.organizations.list()
    error = caught.value
    assert (error.provider, error.operation, error.status_code, error.code) == ("logto", "token", status, code)
    assert error.request_id
    # One request: a retry would have the same secret.
    assert len(sandbox.requests) == 1


async def test_a_429_of_the_token_endpoint_is_a_rate_limit(server: respx.MockRouter) -> None:
    server.post(f"{ENDPOINT}/oidc/token").respond(429, headers={"retry-after": "7"})
    async with OrgClient(Logto(ENDPOINT, app_id="a", app_secret="s"), max_attempts=1) as client:
        with pytest.raises(RateLimitError) as caught:
            await client.organizations.list()
    assert (caught.value.operation, caught.value.retry_after) == ("token", 7.0)


@pytest.mark.parametrize("answer", [{}, {"access_token": None}, {"access_token": ["at-4711"]}, []])
async def test_a_token_response_without_a_token_is_an_error(server: respx.MockRouter, answer: object) -> None:
    server.post(f"{ENDPOINT}/oidc/token").respond(json=answer)
    async with OrgClient(Logto(ENDPOINT, app_id="a", app_secret="s")) as client:
        with pytest.raises(DecodeError, match="returned no token") as caught:
            await client.organizations.list()
    assert "4711" not in str(caught.value)


async def test_a_token_endpoint_that_returns_html_is_an_error(server: respx.MockRouter) -> None:
    # Logto returns HTML for any path outside /api and /oidc (facts/logto.md, section 9).
    server.route(host="logto.test").respond(html="<html>Sign in</html>")
    async with OrgClient(Logto(ENDPOINT, app_id="a", app_secret="s")) as client:
        with pytest.raises(DecodeError, match=r"200 with text/html instead of JSON\. Is https://logto.test the right"):
            await client.organizations.list()


async def test_an_api_that_returns_html_is_an_error(server: respx.MockRouter) -> None:
    server.post(f"{ENDPOINT}/oidc/token").respond(json={"access_token": "at", "expires_in": 3600})
    server.get(url__startswith=f"{ENDPOINT}/api/").respond(html="<html>Sign in</html>")
    async with OrgClient(Logto(ENDPOINT, app_id="a", app_secret="s")) as client:
        with pytest.raises(DecodeError, match=r"logto list_organizations: received 200 with text/html"):
            await client.organizations.list()
