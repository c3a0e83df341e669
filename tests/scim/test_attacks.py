"""Requests without a valid token, and bodies without an end: nothing is sent to the provider, and nothing is learnt."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from scim2_server.routing import ROUTES

from orgsdk.scim import Database, GatewayOptions, IdMap, Tenant, TokenStore, gateways
from tests.scim.gateways import PATCH, USER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from orgsdk import OrgClient
    from orgsdk.sandbox import Sandbox

# httpx does not close the generator of a body, which trio minds; the gateway is tested on trio elsewhere.
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

OPTIONS = GatewayOptions(on_delete="keep", max_body=10_000)
VALUES = ("endpoint", "resource_id")
USER_ID = "known-user"
# Every route, once for users and once for groups, and addresses that are no route.
REQUESTS = sorted(
    {
        (route.method, route.pattern.replace("{endpoint}", kind).replace("{resource_id}", USER_ID))
        for route in ROUTES
        for kind in ("Users", "Groups")
    }
    | {("GET", "/Secrets"), ("DELETE", "/Users"), ("TRACE", "/Users"), ("GET", "/users/"), ("GET", "//Users//x")}
)
PUBLIC = ("GET", "/ServiceProviderConfig")


class Gateway:
    """A gateway with two tenants at Logto's sandbox, and a token of each kind."""

    def __init__(self, http: httpx.AsyncClient, tokens: dict[str, str | None], valid: str, store: TokenStore) -> None:
        self.http = http
        self.tokens = tokens
        self.valid = valid
        self.store = store

    async def send(self, method: str, path: str, authorization: str | None, content: bytes = b"{}") -> httpx.Response:
        headers = {b"Content-Type": b"application/scim+json"}
        if authorization is not None:
            headers[b"Authorization"] = authorization.encode("latin-1")
        return await self.http.request(method, f"/acme/v2{path}", headers=headers, content=content)


@pytest.fixture
async def gateway(logto: OrgClient, sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Gateway]:
    database = Database.open(tmp_path / "scim.db")
    store = TokenStore(database)
    _, valid = await store.create("acme")
    _, other = await store.create("globex")
    _, expired = await TokenStore(database, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC)).create(
        "acme", expires=timedelta(days=1)
    )
    revoked_id, revoked = await store.create("acme")
    await store.revoke(revoked_id)
    text = valid.get_secret_value()
    tenant = Tenant(client=logto, organization=sandbox.logto.organization_id, options=OPTIONS)
    app = gateways({"acme": tenant, "globex": tenant}, tokens=store, id_map=IdMap(database))
    tokens = {
        "none": None,
        "wrong": f"Bearer {text[:-1]}{'A' if text[-1] != 'A' else 'B'}",
        "unknown": "Bearer orgscim_0000000000000000_" + "A" * 43,
        "of another tenant": f"Bearer {other.get_secret_value()}",
        "revoked": f"Bearer {revoked.get_secret_value()}",
        "expired": f"Bearer {expired.get_secret_value()}",
        "of another scheme": f"Basic {text}",
        "without a scheme": text,
        "empty": "Bearer ",
        "huge": "Bearer " + "A" * 50_000,
        "two": f"Bearer wrong, Bearer {text}",
        "no text": "Bearer \u00e4\u00f6",
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http:
        yield Gateway(http, tokens, f"Bearer {text}", store)
    await database.aclose()


def shown(response: httpx.Response) -> tuple[int, str, str | None]:
    return response.status_code, response.text, response.headers.get("www-authenticate")


async def test_every_route_answers_alike_without_a_valid_token(gateway: Gateway, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    for method, path in REQUESTS:
        answers = {name: shown(await gateway.send(method, path, token)) for name, token in gateway.tokens.items()}
        if (method, path) == PUBLIC:
            assert {status for status, _, _ in answers.values()} == {200}
            continue
        ((status, text, challenge),) = set(answers.values())
        assert status == 401, f"{method} {path}: {status}"
        assert challenge is not None
        assert challenge.startswith("Bearer")
        assert "acme" not in text
        assert USER_ID not in text
    assert len(sandbox.requests) == before
    assert all(record.last_used is None for record in await gateway.store.list("acme"))


async def test_an_unknown_tenant_answers_as_a_known_one(gateway: Gateway) -> None:
    for token in (*gateway.tokens.values(), gateway.valid):
        headers = {} if token is None else {b"Authorization": token.encode("latin-1")}
        unknown = await gateway.http.get("/nobody/v2/Users", headers=headers)
        known = await gateway.send("GET", "/Users", None)
        assert shown(unknown) == shown(known)


async def test_a_read_only_token_changes_nothing(gateway: Gateway, sandbox: Sandbox) -> None:
    _, token = await gateway.store.create("acme", scopes=["read"])
    authorization = f"Bearer {token.get_secret_value()}"
    before = len(sandbox.requests)
    for method, path in REQUESTS:
        if method in {"PUT", "PATCH", "DELETE"} or (method == "POST" and not path.endswith(".search")):
            response = await gateway.send(method, path, authorization)
            assert response.status_code in {403, 404, 405, 501}, f"{method} {path}: {response.status_code}"
    assert len(sandbox.requests) == before
    assert (await gateway.send("GET", "/Users?count=1", authorization)).status_code == 200


@pytest.mark.parametrize("valid", [True, False])
async def test_a_large_body_is_refused_before_it_is_read_whole(gateway: Gateway, sandbox: Sandbox, valid: bool) -> None:
    before = len(sandbox.requests)
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(10_000):
            read += 1000
            yield b" " * 1000

    headers = {"Content-Type": "application/scim+json"} | ({"Authorization": gateway.valid} if valid else {})
    for method, path in (("POST", "/Users"), ("POST", "/Groups"), ("POST", "/Users/.search")):
        read = 0
        response = await gateway.http.request(method, f"/acme/v2{path}", headers=headers, content=endless())
        assert response.status_code == (413 if valid else 401)
        assert read <= 2 * OPTIONS.max_body
    assert len(sandbox.requests) == before


async def test_a_body_that_never_ends_has_an_answer(tmp_path: Path, sandbox: Sandbox, logto: OrgClient) -> None:
    database = Database.open(tmp_path / "scim.db")
    tenant = Tenant(
        client=logto,
        organization=sandbox.logto.organization_id,
        options=GatewayOptions(on_delete="keep", timeout=0.05),
    )
    app = gateways({"acme": tenant}, tokens=TokenStore(database), id_map=IdMap(database))

    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        await anyio.sleep_forever()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http:
        with anyio.fail_after(5):
            response = await http.post("/acme/v2/Users", content=endless())
    assert response.status_code == 401
    await database.aclose()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 5000,
        b'{"a":' * 1500 + b"1" + b"}" * 1500,
        b"\xff\xfe",
        b'{"userName": "\\ud800"}',
        b'{"userName": "a\\u0000b"}',
        b'{"userName": 1e999}',
        b'{"userName": {"$gt": ""}}',
        b'{"schemas": ["' + USER.encode() + b'"], "userName": "' + b"x" * 5000 + b'"}',
        b'{"schemas": ["' + PATCH.encode() + b'"], "Operations": [' + b'{"op":"add"},' * 500 + b'{"op":"add"}]}',
    ],
)
async def test_a_hostile_body_is_refused_without_a_request_or_a_failure(
    gateway: Gateway, sandbox: Sandbox, body: bytes
) -> None:
    before = len(sandbox.requests)
    for path in ("/Users", "/Groups"):
        response = await gateway.send("POST", path, gateway.valid, body)
        assert 400 <= response.status_code < 500, f"{path}: {response.status_code} {response.text}"
    assert len(sandbox.requests) == before
    for method, path in (("POST", "/Users/.search"), ("PATCH", f"/Users/{USER_ID}"), ("PUT", f"/Groups/{USER_ID}")):
        response = await gateway.send(method, path, gateway.valid, body)
        assert response.status_code < 500, f"{method} {path}: {response.status_code} {response.text}"


async def test_no_log_line_has_a_token_or_a_value_of_a_request(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "very-secret-1"
    texts = [token.split()[-1] for token in gateway.tokens.values() if token and len(token) > 20]
    for token in gateway.tokens.values():
        await gateway.send("GET", f'/Users?filter=userName eq "{secret}@acme.example"', token)
    body = (
        f'{{"schemas": ["{USER}"], "userName": "{secret}@acme.example", "password": "{secret}", "active": "{secret}"}}'
    )
    for method, path in (("POST", "/Users"), ("PUT", f"/Users/{secret}"), ("GET", f"/Users/{secret}")):
        await gateway.send(method, path, gateway.valid, body.encode())
    # The client of this test logs its requests too.
    records = [record for record in caplog.records if record.name != "httpx"]
    log = "\n".join(f"{record.getMessage()} {record.exc_text} {record.__dict__}" for record in records)
    assert "POST /Users" in log
    for value in (secret, gateway.valid.split()[-1], *texts):
        assert value not in log
