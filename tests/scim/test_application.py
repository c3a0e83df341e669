"""The app: addresses that identity providers use, tokens, limits of bodies and time, and what is logged."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from orgsdk import OrgClient
from orgsdk.errors import OutcomeUnknownError, PermissionDeniedError, RateLimitError, RequestTimeoutError, ServerError
from orgsdk.scim import AuditLog, DeactivationLimit, GatewayOptions, IdMap, Tenant, TokenStore, gateway, gateways
from tests.scim.gateways import NO_LIMIT, OPTIONS, PATCH, TOKEN, USER, serving

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.errors import OrgError

pytestmark = pytest.mark.anyio

SECRET = "kim.lee@acme.example"


def app_client(app: object, token: str | None = TOKEN, base_url: str = "http://gateway") -> httpx.AsyncClient:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url, headers=headers)  # type: ignore[arg-type]  # any app


@pytest.mark.parametrize(
    "path", ["/Users", "/users", "/Users/", "/v2//Users", "/v2/Users", "/V2/Users", "/Users?aadOptscim062020=true"]
)
async def test_an_address_is_understood_in_each_spelling(path: str, tmp_path: Path) -> None:
    async with OrgClient.memory(users=2) as client, serving(client, tmp_path) as idp:
        idp.http.base_url = httpx.URL("http://gateway")
        assert (await idp.get(path))["totalResults"] == 2


async def test_locations_have_the_configured_address_whatever_the_request_says(tmp_path: Path) -> None:
    options = GatewayOptions(on_delete="keep", base_url="https://scim.example.org/scim/v2/")
    async with OrgClient.memory(users=1) as client, serving(client, tmp_path, options=options) as idp:
        page = await idp.send("GET", "/Users", status=200, host="evil.example")
        assert page["Resources"][0]["meta"]["location"].startswith("https://scim.example.org/scim/v2/Users/")


@pytest.mark.parametrize("user_id", ["a%0D%0AX-Evil:1", "%F3%8B%B5%88", "%C3%A9", "%00", "a%20b"])
async def test_an_id_of_any_characters_is_answered(user_id: str, tmp_path: Path) -> None:
    async with OrgClient.memory() as client, serving(client, tmp_path) as idp:
        await idp.get(f"/Users/{user_id}", status=404)
        assert re.fullmatch(r"[!-~]+", idp.sent[-1].headers["Location"])


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"]
)
async def test_every_route_needs_the_token(authorization: str | None, tmp_path: Path) -> None:
    async with OrgClient.memory(users=1) as client, serving(client, tmp_path) as idp:
        del idp.http.headers["Authorization"]
        headers = {} if authorization is None else {"authorization": authorization}
        for method, path in (
            ("GET", "/Users"),
            ("POST", "/Users"),
            ("GET", "/Users/U1"),
            ("PUT", "/Users/U1"),
            ("PATCH", "/Users/U1"),
            ("DELETE", "/Users/U1"),
            ("POST", "/Users/.search"),
            ("GET", "/Groups"),
            ("GET", "/Schemas"),
            ("GET", "/ResourceTypes"),
            ("POST", "/Bulk"),
            ("GET", "/Me"),
            ("GET", "/nothing"),
            ("OPTIONS", "/Users"),
        ):
            await idp.send(method, path, status=401, **headers)
            assert idp.sent[-1].headers["WWW-Authenticate"].startswith("Bearer")
        # It states nothing of the organization, and clients ask for it before they have a token.
        await idp.send("GET", "/ServiceProviderConfig", status=200, **headers)


async def test_a_token_opens_its_own_tenant_within_its_scope(tmp_path: Path) -> None:
    id_map = IdMap.open(tmp_path / "scim.db")
    tokens = TokenStore(id_map.database)
    async with OrgClient.memory(users=1) as acme, OrgClient.memory(users=2) as globex:
        tenants = {
            "acme": Tenant(client=acme, options=OPTIONS),
            "globex": Tenant(client=globex, options=OPTIONS),
        }
        app = gateways(tenants, tokens=tokens, id_map=id_map)
        token_id, secret = await tokens.create("acme")
        _, reader = await tokens.create("globex", scopes=["read"])
        async with app_client(app, secret.get_secret_value()) as http:
            assert (await http.get("/acme/v2/Users")).json()["totalResults"] == 1
            for path in ("/globex/v2/Users", "/nobody/v2/Users", "/nobody/v2/ServiceProviderConfig", "/Users", "/"):
                assert (await http.get(path)).status_code == 401, path
            created = await http.post("/acme/v2/Users", json={"schemas": [USER], "userName": "kim"})
            assert created.headers["Location"].startswith("http://gateway/acme/v2/Users/")
            await tokens.revoke(token_id)
            assert (await http.get("/acme/v2/Users")).status_code == 401
        async with app_client(app, reader.get_secret_value()) as http:
            assert (await http.get("/globex/v2/Users")).json()["totalResults"] == 2
            refused = await http.post("/globex/v2/Users", json={"schemas": [USER], "userName": "kim"})
            assert refused.status_code == 403
        _, expired = await tokens.create("acme", expires=timedelta(microseconds=1))
        async with app_client(app, expired.get_secret_value()) as http:
            assert (await http.get("/acme/v2/Users")).status_code == 401
    await id_map.aclose()


async def test_nothing_of_a_request_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with OrgClient.memory() as client, serving(client, tmp_path) as idp:
        kim = await idp.create_user(SECRET, externalId="x-secret", password="s3cret-Pa55")
        await idp.find(f'userName eq "{SECRET}"')
        await idp.find(f'emails.value eq "{SECRET}"')
        await idp.send("GET", f'/Users?filter=title eq "{SECRET}"', status=400)
        await idp.patch(f"/Users/{kim['id']}", {"op": "replace", "path": "userName", "value": None}, status=400)
        await idp.send("POST", "/Users", {"schemas": [USER], "userName": SECRET, "active": SECRET}, 400)
        await idp.send("GET", f"/{SECRET}/x", status=404)
    lines = [record.getMessage() for record in caplog.records if record.name == "orgsdk.scim"]
    assert len(lines) == 7
    for line in lines:
        assert re.fullmatch(
            r"(GET|POST|PATCH) (/Users(/\{id\})?|-) \d{3} [\d.]+ ms, 0 provider requests, scimType \w*-?, "
            r"tenant default, request [0-9a-f]{12}",
            line,
        ), line
    logged = "\n".join(
        f"{record.name} {record.getMessage()}" for record in caplog.records if "httpx" not in record.name
    )
    for secret in (SECRET, kim["id"], "x-secret", "s3cret", TOKEN):
        assert secret not in logged


async def test_a_body_has_a_limit_and_must_be_json(tmp_path: Path) -> None:
    options = GatewayOptions(on_delete="keep", max_body=1000)
    async with OrgClient.memory() as client, serving(client, tmp_path, options=options) as idp:
        await idp.send("POST", "/Users", {"schemas": [USER], "userName": "kim", "title": "x" * 1000}, 413)
        await idp.send("POST", "/Bulk", {"Operations": []}, 501)
        for content in (b"", b"{", b"[]", b"null", b"\xff", b'{"userName":' + b"[" * 900):
            response = await idp.http.post("/Users", content=content, headers={"Content-Type": "application/json"})
            assert response.status_code == 400, content
        response = await idp.http.post("/Users", content=b"{}", headers={"Content-Type": "text/plain"})
        assert response.status_code == 415
        without_type = httpx.Request(
            "POST", "http://gateway/v2/Users", content=b'{"userName":"kim"}', headers=idp.http.headers
        )
        assert (await idp.http.send(without_type)).status_code == 201


@pytest.mark.parametrize(
    ("error", "status", "waits"),
    [
        (RateLimitError("s3cret", provider="x", operation="y", retry_after=7.2), 429, "8"),
        (RateLimitError("s3cret", provider="x", operation="y"), 429, "30"),
        (ServerError("s3cret", provider="x", operation="y", status_code=500), 503, "30"),
        (RequestTimeoutError("s3cret", provider="x", operation="y"), 503, "30"),
        (OutcomeUnknownError("s3cret", provider="x", operation="y"), 503, "30"),
        (PermissionDeniedError("s3cret", provider="x", operation="y", status_code=403), 502, None),
    ],
)
async def test_errors_of_the_provider(error: OrgError, status: int, waits: str | None, tmp_path: Path) -> None:
    async with OrgClient.memory(users=1) as client, serving(client, tmp_path) as idp:
        client.provider.fail("users.list", error)
        answer = await idp.send("GET", "/Users", status=status)
        assert answer["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert answer["status"] == str(status)
        assert "s3cret" not in json.dumps(answer)
        assert idp.sent[-1].headers.get("Retry-After") == waits


async def test_an_answer_has_a_time(tmp_path: Path) -> None:
    options = GatewayOptions(on_delete="keep", timeout=0.05)
    async with OrgClient.memory(users=1) as client, serving(client, tmp_path, options=options) as idp:
        client.provider.delay("users.list", 30)
        await idp.send("GET", "/Users", status=503)
        assert idp.sent[-1].headers["Retry-After"] == "30"


async def test_too_many_deactivations_need_an_operator(tmp_path: Path) -> None:
    limit = DeactivationLimit(users=2, share=1, always=2)
    options = GatewayOptions(on_delete="keep", max_deactivations=limit)
    async with OrgClient.memory() as client, serving(client, tmp_path, options=options) as idp:
        ids = [(await idp.create_user(f"kim{number}"))["id"] for number in range(3)]
        leave = {"op": "replace", "path": "active", "value": False}
        await idp.patch(f"/Users/{ids[0]}", leave)
        await idp.send("DELETE", f"/Users/{ids[1]}", status=204)
        await idp.patch(f"/Users/{ids[2]}", leave, status=429)
        assert int(idp.sent[-1].headers["Retry-After"]) >= 60
        assert (await idp.get(f"/Users/{ids[2]}"))["active"] is True


async def test_each_write_has_a_line_in_the_audit(tmp_path: Path) -> None:
    id_map = IdMap.open(tmp_path / "scim.db")
    audit = tmp_path / "audit.jsonl"
    options = GatewayOptions(on_delete="delete", max_deactivations=NO_LIMIT)
    async with OrgClient.memory() as client:
        app = gateway(client, options=options, tokens=[TOKEN], id_map=id_map, audit=AuditLog(audit))
        async with app_client(app, base_url="http://gateway/v2") as http:
            body = {"schemas": [USER], "userName": "kim", "password": "s3cret-Pa55"}
            kim = (await http.post("/Users", json=body)).json()["id"]
            group = (await http.post("/Groups", json={"displayName": "Choir", "members": [{"value": kim}]})).json()[
                "id"
            ]
            leave = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
            await http.patch(f"/Users/{kim}", json=leave)
            await http.delete(f"/Groups/{group}")
            await http.delete(f"/Users/{kim}")
            await http.post("/Users", json={"schemas": [USER], "userName": "lee", "emails": [{"value": "no address"}]})
    await id_map.aclose()
    lines = [json.loads(line) for line in audit.read_text("utf-8").splitlines()]
    assert [(line["kind"], line["status"]) for line in lines] == [
        ("create", "created"),
        ("create_role", "created"),
        ("set_roles", "updated"),
        ("suspend", "updated"),
        ("remove_role", "removed"),
        ("remove", "removed"),
        ("create", "failed"),
    ]
    assert all(line["origin"] == "token setting-1" for line in lines)
    assert "s3cret" not in audit.read_text("utf-8")
