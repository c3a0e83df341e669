"""The token endpoint: every case of facts/logto.md section 1."""

import base64
import json
from typing import Any

import httpx
import pytest

from orgsdk.sandbox.logto.records import Application
from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio

FORM = {"grant_type": "client_credentials", "resource": "https://default.logto.app/api", "scope": "all"}


async def _ask(
    client: httpx.AsyncClient, state: LogtoState, secret: str | None = None, **changes: str | None
) -> httpx.Response:
    form = {name: value for name, value in {**FORM, **changes}.items() if value is not None}
    return await client.post("/oidc/token", data=form, auth=(state.app_id, secret or state.app_secret))


def _claims(token: str) -> Any:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


async def test_a_token_is_granted(anonymous: httpx.AsyncClient, state: LogtoState) -> None:
    response = await _ask(anonymous, state)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    granted = response.json()
    assert granted | {"access_token": ""} == {
        "access_token": "",
        "expires_in": 3600,
        "token_type": "Bearer",
        "scope": "all",
    }
    claims = _claims(granted["access_token"])
    assert claims["sub"] == claims["client_id"] == state.app_id
    assert claims["iss"] == "http://logto.test:3001/oidc"
    assert claims["aud"] == state.resource
    assert claims["exp"] == state.clock() + 3600


async def test_tokens_are_unique(anonymous: httpx.AsyncClient, state: LogtoState) -> None:
    tokens = {(await _ask(anonymous, state)).json()["access_token"] for _ in range(5)}
    assert len(tokens) == 5


@pytest.mark.parametrize("encoding", ["form", "json"])
async def test_the_secret_can_be_in_the_body(anonymous: httpx.AsyncClient, state: LogtoState, encoding: str) -> None:
    body = {**FORM, "client_id": state.app_id, "client_secret": state.app_secret}
    if encoding == "form":
        response = await anonymous.post("/oidc/token", data=body)
    else:
        response = await anonymous.post("/oidc/token", json=body)
    assert response.status_code == 200
    assert response.json()["scope"] == "all"


async def test_the_lifetime_is_configurable(anonymous: httpx.AsyncClient, state: LogtoState) -> None:
    state.token_ttl = 7
    assert (await _ask(anonymous, state)).json()["expires_in"] == 7


@pytest.mark.parametrize(
    ("scope", "granted"), [("all", "all"), ("all nope", "all"), ("nope", None), ("", None), (None, None)]
)
async def test_only_granted_scopes_are_returned(
    anonymous: httpx.AsyncClient, state: LogtoState, scope: str | None, granted: str | None
) -> None:
    response = await _ask(anonymous, state, scope=scope)
    assert response.status_code == 200
    assert response.json().get("scope") == granted
    assert _claims(response.json()["access_token"]).get("scope") == granted


async def test_an_application_without_a_role_gets_a_token_without_scope(
    anonymous: httpx.AsyncClient, state: LogtoState
) -> None:
    state.applications["roleless"] = Application("roleless", "secret")
    response = await anonymous.post("/oidc/token", data=FORM, auth=("roleless", "secret"))
    assert response.status_code == 200
    assert "scope" not in response.json()


@pytest.mark.parametrize(
    ("changes", "status", "error", "description"),
    [
        ({"grant_type": None}, 400, "invalid_request", "missing required parameter 'grant_type'"),
        ({"grant_type": "nope"}, 400, "unsupported_grant_type", "unsupported grant_type requested"),
        (
            {"resource": None},
            400,
            "invalid_target",
            "both `resource` and `organization_id` are not provided",
        ),
        (
            {"resource": "https://nope.example"},
            400,
            "invalid_target",
            "resource indicator is missing, or unknown",
        ),
        ({"secret": "wrong"}, 401, "invalid_client", "client authentication failed"),
    ],
)
async def test_invalid_requests_are_rejected(
    anonymous: httpx.AsyncClient,
    state: LogtoState,
    changes: dict[str, str | None],
    status: int,
    error: str,
    description: str,
) -> None:
    response = await _ask(anonymous, state, **changes)
    assert response.status_code == status
    body = response.json()
    assert set(body) == {"code", "message", "error", "error_description"}
    assert (body["code"], body["error"], body["error_description"]) == (f"oidc.{error}", error, description)
    assert ("www-authenticate" in response.headers) == (status == 401)


async def test_invalid_credentials_are_rejected(anonymous: httpx.AsyncClient, state: LogtoState) -> None:
    none = await anonymous.post("/oidc/token", data=FORM)
    assert (none.status_code, none.json()["error"]) == (400, "invalid_request")
    unknown = await anonymous.post("/oidc/token", data=FORM, auth=("nobody", "x"))
    assert (unknown.status_code, unknown.json()["error_description"]) == (400, "invalid client nobody")
    in_body = {**FORM, "client_id": state.app_id, "client_secret": "wrong"}
    wrong = await anonymous.post("/oidc/token", data=in_body)
    assert wrong.status_code == 401
    assert "www-authenticate" not in wrong.headers
    garbled = await anonymous.post("/oidc/token", data=FORM, headers={"authorization": "Basic ???"})
    assert (garbled.status_code, garbled.json()["error"]) == (400, "invalid_request")


async def test_bodies_without_parameters_are_rejected(anonymous: httpx.AsyncClient, state: LogtoState) -> None:
    credentials = (state.app_id, state.app_secret)
    malformed = await anonymous.post(
        "/oidc/token", content=b"{", headers={"content-type": "application/json"}, auth=credentials
    )
    assert (malformed.status_code, malformed.json()["error"]) == (400, "invalid_request")
    for content in (b"[1]", b"grant_type=client_credentials"):
        kind = "application/json" if content.startswith(b"[") else "text/plain"
        response = await anonymous.post(
            "/oidc/token", content=content, headers={"content-type": kind}, auth=credentials
        )
        assert response.json()["error_description"] == "missing required parameter 'grant_type'"


async def test_get_on_the_token_endpoint_is_404(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/oidc/token")
    assert response.status_code == 404
    assert response.json()["error_description"] == "unrecognized route or not allowed method (GET on /token)"


async def test_discovery_has_the_token_endpoint(anonymous: httpx.AsyncClient) -> None:
    document = (await anonymous.get("/oidc/.well-known/openid-configuration")).json()
    assert document["issuer"] == "http://logto.test:3001/oidc"
    assert document["token_endpoint"] == "http://logto.test:3001/oidc/token"
    keys = (await anonymous.get(document["jwks_uri"])).json()["keys"]
    assert keys[0]["alg"] == "ES384"
