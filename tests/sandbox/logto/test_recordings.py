"""Every recording of an operation the sandbox has is replayed, and answered as the real Logto answered it.

For each row a tenant is prepared that holds what the recorded answer shows. `deviations.toml` names what is not
compared, and why.
"""

import dataclasses
import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from orgsdk.sandbox.logto.app import create_app
from orgsdk.sandbox.logto.dispatch import MANAGEMENT_ROUTES
from orgsdk.sandbox.logto.records import (
    Application,
    Organization,
    OrganizationRole,
    OrganizationScope,
    ResourceScope,
    User,
)
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.logto.store import Store

Json = dict[str, Any]
T = TypeVar("T", User, Organization)

_HERE = Path(__file__).parent
_SPECS = Path(os.environ.get("ORGSDK_SHARED", _HERE.parents[3] / "shared")) / "specs"
_BUILT = {(route.method, f"/api{route.template}") for route in MANAGEMENT_ROUTES}
_OTHER_API = "https://test.example/api"


def _rows() -> Iterator[tuple[int, Json]]:
    if not _SPECS.is_dir():
        return
    templates = json.loads((_SPECS / "logto-management.openapi.json").read_text())["paths"]
    for number, line in enumerate((_SPECS / "logto-recordings.jsonl").read_text().splitlines()):
        row = json.loads(line)
        if _is_built(row, templates):
            yield number, row


def _is_built(row: Json, templates: Json) -> bool:
    """Tell whether the sandbox must answer a row: an operation it has, or what the router itself answers."""
    method, path = row["request"]["method"], row["request"]["path"].partition("?")[0]
    method = "GET" if method == "HEAD" else method
    if not path.startswith("/api/"):
        return True
    if _template(path, {template for built, template in _BUILT if built == method}) is not None:
        return True
    routers_own = row["response"]["status"] in (404, 405, 501) and "text" in row["response"]
    path_is_built = _template(path, {template for _, template in _BUILT}) is not None
    documented = _template(
        path, {name for name, item in templates.items() if method.lower() in item or not path_is_built}
    )
    return documented is None and (routers_own or method == "OPTIONS")


def _template(path: str, templates: set[str]) -> str | None:
    path = path.rstrip("/")
    for template in sorted(templates, key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return template
    return None


_ROWS = list(_rows())
_DEVIATIONS: dict[str, Json] = tomllib.loads((_HERE / "deviations.toml").read_text())


def _record(kind: type[T], fields: Json) -> T:
    """Return the record that Logto's JSON shows."""
    names = {field.name for field in dataclasses.fields(kind)}
    snake = {re.sub(r"([A-Z])", r"_\1", key).lower(): value for key, value in fields.items()}
    return kind(**{name: value for name, value in snake.items() if name in names})


def _user(fields: Json) -> User:
    digest = "digest" if fields.get("hasPassword") else None
    return _record(User, {"createdAt": 1, "updatedAt": 1, **fields, "passwordDigest": digest})


def _put_roles(store: Store, roles: list[Json]) -> tuple[str, ...]:
    for role in roles:
        for scope in role.get("scopes", ()):
            store.scopes.put(OrganizationScope(scope["id"], scope["name"]))
        for scope in role.get("resourceScopes", ()):
            resource = scope["resource"]
            store.resource_scopes.put(ResourceScope(scope["id"], scope["name"], resource["id"], resource["name"]))
        store.roles.put(
            OrganizationRole(
                role["id"],
                role["name"],
                role.get("description"),
                role.get("type", "User"),
                tuple(scope["id"] for scope in role.get("scopes", ())),
                tuple(scope["id"] for scope in role.get("resourceScopes", ())),
            )
        )
    return tuple(role["id"] for role in roles)


def _whole_list(row: Json) -> list[Json]:
    """Return the recorded page with as many like it before and after as `Total-Number` tells of."""
    items: list[Json] = row["response"].get("json", [])
    query = row["request"]["query"] or {}
    page, size = (_number(query.get(name) or default) for name, default in (("page", 1), ("page_size", 20)))
    total = int(row["response"]["headers"].get("total-number", len(items)))
    before = min(int((page - 1) * size), total)
    model = items[0] if items else {"name": query.get("q", "x"), "username": "a list_user"}

    def like_it(prefix: str, number: int, created_at: int) -> Json:
        # Of the lists only that of roles, which have a type, comes by name.
        name = f"{prefix}{number}" if "type" in model else model["name"]
        return {**model, "id": f"{prefix}{number:04}", "createdAt": created_at, "name": name}

    return [
        *(like_it("!", number, 9_000_000_000_000 - number) for number in range(before)),
        *items,
        *(like_it("~", number, 1_000 - number) for number in range(total - before - len(items))),
    ]


def _shown(row: Json) -> Any:
    """Return the body of the answer; of a 304, the body that had this ETag when it was sent."""
    if row["response"]["status"] != 304:
        return row["response"].get("json")
    etag = row["response"]["headers"]["etag"]
    return next(
        other["response"]["json"]
        for _, other in _ROWS
        if other["response"]["headers"].get("etag") == etag and "json" in other["response"]
    )


def _number(text: str | int) -> float:
    return float(int(text, 16)) if str(text).startswith("0x") and isinstance(text, str) else float(text)


def _fill(store: Store, row: Json) -> None:
    """Put into the tables what the recorded answer shows to have been there."""
    request, answer = row["request"], _shown(row)
    path = request["path"].partition("?")[0]
    ids = path.split("/")[3::2]
    if not 200 <= row["response"]["status"] < 400:
        return
    match _template(path, {template for _, template in _BUILT}):
        case "/api/organizations":
            for fields in _whole_list(row):
                store.organizations.put(_record(Organization, fields))
                _feature(store, fields)
        case "/api/organizations/{id}":
            store.organizations.put(_record(Organization, answer))
        case "/api/organizations/{id}/users":
            for fields in _whole_list(row):
                store.users.put(_user(fields))
                role_ids = _put_roles(store, fields.get("organizationRoles", []))
                store.memberships.put(ids[0], fields["id"], role_ids)
        case "/api/organizations/{id}/users/{userId}/roles":
            role_ids = _put_roles(store, _whole_list(row))
            store.memberships.put(ids[0], ids[1], role_ids)
        case "/api/organization-roles":
            _put_roles(store, _whole_list(row))
        case "/api/organization-roles/{id}":
            _put_roles(store, [answer])
        case "/api/users":
            for fields in _whole_list(row):
                store.users.put(_user(fields))
        case "/api/users/{userId}":
            store.users.put(_user(answer))
        case "/api/users/{userId}/organizations":
            store.users.put(_user({"id": ids[0]}))
            for fields in answer:
                store.organizations.put(_record(Organization, fields))
                store.memberships.put(fields["id"], ids[0], _put_roles(store, fields["organizationRoles"]))
        case _:
            pass


def _feature(store: Store, organization: Json) -> None:
    featured = organization.get("featuredUsers", [])
    rest = organization.get("usersCount", 0) - len(featured)
    for fields in (*featured, *({"id": f"~{number}"} for number in range(rest))):
        store.users.put(_user(fields))
        store.memberships.put(organization["id"], fields["id"])


def _authorization(state: LogtoState, row: Json, recorded: str) -> str | httpx.BasicAuth:
    """Return what stood in the header before the secrets were cut out of the recording."""
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


def _shape(value: object) -> object:
    """Return a JSON value with its leaves replaced by their types."""
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value]
    return "number" if type(value) in (int, float) else type(value).__name__


def _compare_values(response: httpx.Response, expected: Json) -> None:
    recorded = [tuple(line) for line in expected.get("raw_headers", ())]
    names = dict.fromkeys(name for name, _ in recorded)
    assert [(name, value) for name in names for value in response.headers.get_list(name)] == recorded


def _compare_body(response: httpx.Response, expected: Json) -> None:
    """Compare all there is; the ETag is a hash of the body, so where there is one the very bytes are the same."""
    if "json" in expected:
        assert response.json() == expected["json"]
        assert response.headers.get("etag") == expected["headers"].get("etag")
    else:
        assert response.text == expected["text"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_recordings_are_here(shared: Path) -> None:
    assert shared.is_dir()
    assert len(_ROWS) > 150
    assert set(_DEVIATIONS) <= {row["op"] for _, row in _ROWS}


@pytest.mark.anyio
@pytest.mark.parametrize("row", [pytest.param(row, id=f"{number}-{row['op']}") for number, row in _ROWS])
async def test_recording(row: Json) -> None:
    state = LogtoState()
    state.app_id = "vhvj20xopl4uabdopy406"
    state.applications["roleless"] = Application("roleless", state.app_secret)
    state.store = Store()
    _fill(state.store, row)
    expected = row["response"]

    transport = httpx.ASGITransport(create_app(state))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3301") as client:
        request, auth = _request(state, client, row)
        response = await client.send(request, auth=auth)

    assert response.status_code == expected["status"]
    # How the body is framed is the server's affair, not the application's.
    assert set(response.headers) == set(expected["headers"]) - {"transfer-encoding"}
    if "json" in expected:
        assert _shape(response.json()) == _shape(expected["json"])
    if "code" in (error := expected.get("json") or {}):
        assert response.json()["code"] == error["code"]
    for aspect, compare in (("values", _compare_values), ("body", _compare_body)):
        if aspect not in _DEVIATIONS.get(row["op"], {}).get("ignore", ()):
            compare(response, expected)
        else:
            with pytest.raises(AssertionError):
                compare(response, expected)
