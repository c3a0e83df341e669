"""Authorization of the Management API: every row of facts/logto.md section 2."""

import base64
import json

import httpx
import pytest

from orgsdk.sandbox.logto.records import Application
from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio

OTHER_API = "https://other.example/api"


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def _call(client: httpx.AsyncClient, authorization: str | None) -> httpx.Response:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    return await client.get("/api/organizations", headers=headers)


@pytest.mark.parametrize(
    ("authorization", "code", "data"),
    [
        (None, "auth.authorization_header_missing", None),
        ("Basic Zm9vOmJhcg==", "auth.authorization_token_type_not_supported", None),
        ("bearer x.y.z", "auth.authorization_token_type_not_supported", None),
        ("Bearer", "auth.unauthorized", "ERR_JWS_INVALID"),
        ("Bearer ", "auth.unauthorized", "ERR_JWS_INVALID"),
        ("Bearer garbage", "auth.unauthorized", "ERR_JWS_INVALID"),
        ("Bearer \u00e9.\u00e9.\u00e9", "auth.unauthorized", "ERR_JWS_INVALID"),
        (f"Bearer {_part([1])}.{_part({})}.AAAA", "auth.unauthorized", "ERR_JWS_INVALID"),
        (f"Bearer {_part({})}.{_part({})}.AAAA", "auth.unauthorized", "ERR_JWKS_MULTIPLE_MATCHING_KEYS"),
        (f"Bearer {_part({'kid': 'x'})}.{_part({})}.AA", "auth.unauthorized", "ERR_JWKS_NO_MATCHING_KEY"),
    ],
)
async def test_a_missing_or_invalid_token_is_rejected(
    anonymous: httpx.AsyncClient, authorization: str | None, code: str, data: str | None
) -> None:
    response = await _call(anonymous, authorization)
    assert response.status_code == 401
    assert response.json()["code"] == code
    assert response.json().get("data", {}).get("code") == data
    assert "www-authenticate" not in response.headers


async def test_a_token_of_another_server_is_rejected(anonymous: httpx.AsyncClient, state: LogtoState) -> None:
    claims = {"aud": state.resource, "exp": 9e9, "scope": "all"}
    assert (await _call(anonymous, f"Bearer {state.signer.sign(claims)}")).status_code == 200
    stranger = LogtoState().signer.sign(claims)
    response = await _call(anonymous, f"Bearer {stranger}")
    assert response.json()["data"]["code"] == "ERR_JWKS_NO_MATCHING_KEY"


async def test_a_modified_token_is_rejected(api: httpx.AsyncClient) -> None:
    header, payload, signature = api.headers["authorization"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = _part({**claims, "exp": 9e9})
    for token in (f"{header}.{forged}.{signature}", f"{header}.{payload}.{signature[:-2]}xx"):
        response = await _call(api, token)
        assert response.status_code == 401
        assert response.json()["data"]["code"] == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"


async def test_an_expired_token_is_rejected(api: httpx.AsyncClient, state: LogtoState) -> None:
    expires_at = state.clock() + state.token_ttl
    state.clock = lambda: expires_at - 1
    assert (await api.get("/api/organizations")).status_code == 200
    state.clock = lambda: expires_at
    response = await api.get("/api/organizations")
    assert response.status_code == 401
    data = response.json()["data"]
    assert (data["code"], data["name"], data["claim"]) == ("ERR_JWT_EXPIRED", "JWTExpired", "exp")
    assert data["payload"]["sub"] == state.app_id


async def test_a_token_for_another_api_is_rejected(anonymous: httpx.AsyncClient, state: LogtoState) -> None:
    state.resources.add(OTHER_API)
    form = {"grant_type": "client_credentials", "resource": OTHER_API}
    granted = await anonymous.post("/oidc/token", data=form, auth=(state.app_id, state.app_secret))
    response = await _call(anonymous, f"Bearer {granted.json()['access_token']}")
    assert response.status_code == 401
    assert response.json()["data"]["claim"] == "aud"


async def test_a_token_without_scope_is_rejected(anonymous: httpx.AsyncClient, state: LogtoState) -> None:
    token = state.signer.sign({"aud": state.resource, "exp": 9e9})
    response = await _call(anonymous, f"Bearer {token}")
    assert response.status_code == 403
    assert set(response.json()) == {"code", "message"}
    assert response.json()["code"] == "auth.forbidden"


async def test_the_token_of_a_deleted_application_still_works(anonymous: httpx.AsyncClient, state: LogtoState) -> None:
    state.applications["gone"] = Application("gone", "secret", {state.resource: frozenset({"all"})})
    form = {"grant_type": "client_credentials", "resource": state.resource, "scope": "all"}
    granted = await anonymous.post("/oidc/token", data=form, auth=("gone", "secret"))
    del state.applications["gone"]
    assert (await _call(anonymous, f"Bearer {granted.json()['access_token']}")).status_code == 200
    refused = await anonymous.post("/oidc/token", data=form, auth=("gone", "secret"))
    assert (refused.status_code, refused.json()["code"]) == (400, "oidc.invalid_client")


async def test_paths_without_an_operation_need_no_token(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/api/nope")).status_code == 404
    assert (await anonymous.get("/api/status")).status_code == 204
    assert (await anonymous.delete("/api/organizations")).status_code == 405
