"""Recordings of lists of the whole tenant, of sign-in, and of paths outside the Management API.

The lists of organizations and accounts contain objects that were created without a recording. For each row, the test
prepares a tenant with the objects in the recorded response. All other rows are in test_replay.py. `deviations.toml`
lists what is not compared, and why.
"""

import dataclasses
import re
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest

from orgsdk.sandbox.logto.app import create_app
from orgsdk.sandbox.logto.records import Application, StoredOrganization, StoredUser
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.logto.store import Store

Json = dict[str, Any]
T = TypeVar("T", StoredUser, StoredOrganization)

_OTHER_API = "https://test.example/api"


def _record(kind: type[T], fields: Json) -> T:
    """Return the record for a JSON object of Logto."""
    names = {field.name for field in dataclasses.fields(kind)}
    snake = {re.sub(r"([A-Z])", r"_\1", key).lower(): value for key, value in fields.items()}
    return kind(**{name: value for name, value in snake.items() if name in names})


def _user(fields: Json) -> StoredUser:
    digest = "digest" if fields.get("hasPassword") else None
    return _record(StoredUser, {"createdAt": 1, "updatedAt": 1, **fields, "passwordDigest": digest})


def _whole_list(row: Json) -> list[Json]:
    """Return the recorded page, with generated items before and after it, as many as `Total-Number` has."""
    items: list[Json] = row["response"].get("json", [])
    query = row["request"]["query"] or {}
    page, size = (_number(query.get(name) or default) for name, default in (("page", 1), ("page_size", 20)))
    total = int(row["response"]["headers"].get("total-number", len(items)))
    before = min(int((page - 1) * size), total)
    model = items[0] if items else {"name": query.get("q", "x"), "username": "a list_user"}

    def like_it(prefix: str, number: int, created_at: int) -> Json:
        return {**model, "id": f"{prefix}{number:04}", "createdAt": created_at}

    return [
        *(like_it("!", number, 9_000_000_000_000 - number) for number in range(before)),
        *items,
        *(like_it("~", number, 1_000 - number) for number in range(total - before - len(items))),
    ]


def _number(text: str | int) -> float:
    return float(int(text, 16)) if str(text).startswith("0x") and isinstance(text, str) else float(text)


def _fill(store: Store, row: Json) -> None:
    """Fill the tables with the objects in the recorded response."""
    path = row["request"]["path"].partition("?")[0].rstrip("/")
    if row["response"]["status"] != 200:
        return
    if path == "/api/organizations":
        for fields in _whole_list(row):
            store.organizations.put(_record(StoredOrganization, fields))
            _feature(store, fields)
    elif path == "/api/users":
        for fields in _whole_list(row):
            store.users.put(_user(fields))
    elif path.startswith("/api/organizations/"):
        for fields in row["response"]["json"]:
            store.users.put(_user(fields))
            store.memberships.put(path.split("/")[3], fields["id"])


def _feature(store: Store, organization: Json) -> None:
    featured = organization.get("featuredUsers", [])
    rest = organization.get("usersCount", 0) - len(featured)
    for fields in (*featured, *({"id": f"~{number}"} for number in range(rest))):
        store.users.put(_user(fields))
        store.memberships.put(organization["id"], fields["id"])


def _authorization(state: LogtoState, row: Json, recorded: str) -> str | httpx.BasicAuth:
    """Return the value of the header; the recording has no secrets."""
    op = row["op"]
    if "client_secret" in recorded:
        unknown = row["response"]["json"].get("error_description", "").partition("invalid client ")[2]
        app_id = "roleless" if op == "token.noscope_app" else unknown or state.app_id
        return httpx.BasicAuth(app_id, "wrong" if "bad_secret" in op else state.app_secret)
    claims: Json = {"jti": "j", "sub": state.app_id, "iat": 1, "exp": 9e9, "scope": "all", "client_id": "c"}
    claims |= {"iss": "http://127.0.0.1:3301/oidc", "aud": state.resource}
    if op == "api.401.expired_token":
        claims["exp"] = 1
    if op == "api.401.other_audience":
        del claims["scope"]
        claims["aud"] = _OTHER_API
    if op in ("api.403.token_without_scope", "api.403.app_without_role"):
        del claims["scope"]
    token = state.signer.sign(claims)
    if op == "api.401.tampered_signature":
        token = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    return re.sub(r"<token.*>", token, recorded)


def _request(state: LogtoState, client: httpx.AsyncClient, row: Json) -> tuple[httpx.Request, httpx.Auth | None]:
    recorded, headers, auth = row["request"], {"accept-encoding": "gzip"}, None
    for name, value in recorded["headers"].items():
        sent = _authorization(state, row, value) if name == "authorization" else value
        if isinstance(sent, httpx.BasicAuth):
            auth = sent
        else:
            headers[name] = sent
    params = recorded["query"]
    if isinstance(params, str):  # "<23027 bytes: 1000 x search.id, mode.id=exact>"
        params = [("mode.id", "exact"), *(("search.id", f"{number:012}") for number in range(1000))]
    form = recorded.get("form")
    if form and form.get("client_secret"):
        form = {**form, "client_secret": "wrong" if "bad_secret" in row["op"] else state.app_secret}
    request = client.build_request(
        recorded["method"],
        recorded["path"],
        params=params,
        headers=headers,
        data=form,
        json=recorded.get("json"),
    )
    return request, auth


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_every_deviation_has_a_recording(recorded: Any, deviations: dict[str, Json]) -> None:
    assert set(deviations) <= {row["op"] for row in recorded.rows}
    assert all(deviation["reason"] for deviation in deviations.values())


@pytest.mark.anyio
async def test_responses_match_the_recording(
    row_apart: int, recorded: Any, compare: Callable[[httpx.Response, Json], None]
) -> None:
    row = recorded.rows[row_apart]
    state = LogtoState()
    state.release = "development"
    state.app_id = "vhvj20xopl4uabdopy406"
    state.applications["roleless"] = Application("roleless", state.app_secret)
    state.store = Store()
    _fill(state.store, row)

    transport = httpx.ASGITransport(create_app(state))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3301") as client:
        request, auth = _request(state, client, row)
        response = await client.send(request, auth=auth)

    compare(response, row)
