"""Request bodies: parsing, validation and stored values (facts/logto.md sections 3, 5 and 9)."""

from typing import Any

import httpx
import pytest
from starlette.types import Message

from orgsdk.sandbox.logto.app import create_app
from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"name": ', "Unexpected end of JSON input"),
        (b'{"name":"x"} x', "Unexpected non-whitespace character after JSON at position 13 (line 1 column 14)"),
        (b'{"name":NaN}', "Unexpected token"),
        (b"{'name':1}", "Unexpected token"),
        (b"true", "invalid JSON, only supports object and array"),
        (b"\n null", "invalid JSON, only supports object and array"),
        (b'"x"', "invalid JSON, only supports object and array"),
    ],
)
async def test_invalid_json_is_rejected(api: httpx.AsyncClient, body: bytes, message: str) -> None:
    response = await api.post("/api/organizations", content=body, headers=JSON)
    assert response.status_code == 400
    assert set(response.json()) == {"message"}
    assert response.json()["message"].startswith(message)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json; charset=utf-8", b'{"name":"x"}', 201),
        ("application/vnd.api+json", b'{"name":"x"}', 201),
        ("APPLICATION/JSON", b'\xef\xbb\xbf{"name":"x"}', 201),
        ("application/x-www-form-urlencoded", b"name=x&unknown=1", 201),
        ("application/x-www-form-urlencoded", b"name=x&name=y&name=z", 400),
        ("application/json", b"", 400),
        ("application/octet-stream", b'{"name":"x"}', 400),
        ("text/plain", b'{"name":"x"}', 400),
        (None, b'{"name":"x"}', 400),
    ],
)
async def test_content_types_decide_how_the_body_is_parsed(
    api: httpx.AsyncClient, content_type: str | None, body: bytes, status: int
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await api.post("/api/organizations", content=body, headers=headers)
    assert response.status_code == status, response.text


async def test_an_ignored_body_creates_an_empty_account(api: httpx.AsyncClient) -> None:
    response = await api.post("/api/users", content=b'{"username":"ada"}')
    assert (response.status_code, response.json()["username"]) == (200, None)


async def test_the_body_of_a_deletion_is_not_read(api: httpx.AsyncClient, state: LogtoState) -> None:
    path = f"/api/organizations/{state.organization_id}"
    assert (await api.request("DELETE", path, content=b"{", headers=JSON)).status_code == 204


async def test_a_body_over_1_mb_is_404(api: httpx.AsyncClient) -> None:
    body = b'{"name":"x","customData":{"long":"' + b"x" * 1024 * 1024 + b'"}}'
    response = await api.post("/api/organizations", content=body, headers=JSON)
    assert (response.status_code, response.text) == (404, "Not Found")


async def _custom_data(api: httpx.AsyncClient, sent: str) -> httpx.Response:
    return await api.post("/api/organizations", content=f'{{"name":"x","customData":{sent}}}', headers=JSON)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ('{"long name":1,"b":1,"a":2,"\u00e9":3}', '{"a":2,"b":1,"\u00e9":3,"long name":1}'),
        ('{"x":[{"bb":1,"a":2}]}', '{"x":[{"a":2,"bb":1}]}'),
        ('{"x":1.0,"y":1e3,"z":-0.5}', '{"x":1,"y":1000,"z":-0.5}'),
        ('{"x":1e400}', '{"x":null}'),
        (f'{{"x":{"9" * 5000}}}', '{"x":null}'),
        ('{"x":9007199254740993}', '{"x":9007199254740992}'),
        ('{"x":"\\ud800","y":"\\ud83d\\ude00"}', '{"x":"\ufffd","y":"\U0001f600"}'),
        ('{"x":1,"x":2}', '{"x":2}'),
        ('{"x":true,"y":null}', '{"x":true,"y":null}'),
    ],
)
async def test_custom_data_is_returned_in_postgresqls_order(api: httpx.AsyncClient, sent: str, stored: str) -> None:
    response = await _custom_data(api, sent)
    assert response.status_code == 201
    assert f'"customData":{stored},' in response.text


@pytest.mark.parametrize(
    "sent", ['{"x":"\\u0000"}', '{"\\u0000":1}', '{"x":[{"y":"a\\u0000"}]}', "[" * 100_000, '{"x":' * 5_000]
)
async def test_values_that_cannot_be_stored_are_rejected(api: httpx.AsyncClient, state: LogtoState, sent: str) -> None:
    before = len(state.store.organizations)
    closing = "".join({"[": "]", "{": "}"}[one] for one in reversed(sent) if one in "[{") if len(sent) > 100 else ""
    value = "1" if sent.endswith(":") else ""
    response = await _custom_data(api, f'{{"deep":{sent}{value}{closing}}}' if closing else sent)
    assert (response.status_code, response.json()) == (500, {"message": "Internal server error."})
    assert len(state.store.organizations) == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/users", {"name": "a\0"}),
        ("PATCH", "/api/users/{user}", {"name": "a\0"}),
        ("PATCH", "/api/users/{user}", {"primaryEmail": "a\0@b.c"}),
        ("PATCH", "/api/users/{user}/profile", {"profile": {"nickname": "\0"}}),
        ("PATCH", "/api/users/{user}/custom-data", {"customData": {"\0": 1}}),
        ("POST", "/api/users/{user}/roles", {"roleIds": ["\0"]}),
        ("POST", "/api/organizations/{organization}/users", {"userIds": ["\0"]}),
        (
            "POST",
            "/api/organizations/{organization}/users/roles",
            {"userIds": ["\0"], "organizationRoleIds": ["{role}"]},
        ),
        ("PUT", "/api/organizations/{organization}/users/{user}/roles", {"organizationRoleNames": ["\0"]}),
        ("POST", "/api/organizations/{organization}/jit/email-domains", {"emailDomain": "\0"}),
        ("POST", "/api/organization-scopes", {"name": "\0"}),
        ("POST", "/api/organization-roles", {"name": "\0"}),
        ("POST", "/api/resources", {"name": "\0", "indicator": "x"}),
        ("POST", "/api/roles", {"name": "\0", "description": "d"}),
    ],
)
async def test_a_nul_in_a_body_is_an_internal_error(
    api: httpx.AsyncClient, state: LogtoState, method: str, path: str, body: dict[str, Any]
) -> None:
    ids = {
        "user": next(iter(state.store.users)).id,
        "role": next(iter(state.store.roles)).id,
        "organization": state.organization_id,
    }
    sent = {
        name: [item.format(**ids) for item in value] if isinstance(value, list) else value
        for name, value in body.items()
    }
    response = await api.request(method, path.format(**ids), json=sent)
    assert (response.status_code, response.json()) == (500, {"message": "Internal server error."})


def _told(response: httpx.Response) -> list[tuple[str, list[object]]]:
    assert (response.status_code, response.json()["code"]) == (400, "guard.invalid_input"), response.text
    issues = response.json()["data"]["issues"]
    assert len(response.json()["details"].splitlines()) == len(issues)
    return [(issue["code"], issue["path"]) for issue in issues]


async def test_issues_name_nested_values(api: httpx.AsyncClient, state: LogtoState) -> None:
    path = f"/api/organizations/{state.organization_id}"
    body = {"name": "", "color": {"primaryColor": "red", "isDarkModeEnabled": 1}, "branding": [], "customCss": 1}
    assert _told(await api.patch(path, json=body)) == [
        ("too_small", ["name"]),
        ("invalid_string", ["color", "primaryColor"]),
        ("invalid_type", ["color", "isDarkModeEnabled"]),
        ("invalid_type", ["branding"]),
        ("invalid_type", ["customCss"]),
    ]
    response = await api.post(f"{path}/users", json={"userIds": ["a", "", 5, None]})
    assert _told(response) == [
        ("too_small", ["userIds", 1]),
        ("invalid_type", ["userIds", 2]),
        ("invalid_type", ["userIds", 3]),
    ]
    assert response.json()["details"].splitlines()[1] == (
        'Error in key path "userIds.2": (invalid_type) Expected string but received number.'
    )


async def test_issues_of_a_union(api: httpx.AsyncClient, state: LogtoState) -> None:
    path = f"/api/users/{next(iter(state.store.users)).id}"
    # A text in the wrong format has the issue of the format; other types have the issues of both alternatives.
    assert _told(await api.patch(path, json={"primaryEmail": "nope", "avatar": "nope"})) == [
        ("invalid_string", ["primaryEmail"]),
        ("invalid_string", ["avatar"]),
    ]
    response = await api.patch(path, json={"primaryEmail": 5})
    assert _told(response) == [("invalid_union", ["primaryEmail"])]
    errors = response.json()["data"]["issues"][0]["unionErrors"]
    assert [error["issues"][0]["code"] for error in errors] == ["invalid_type", "invalid_literal"]
    assert errors[1]["issues"][0]["message"] == 'Invalid literal value, expected ""'


async def test_a_length_is_counted_in_utf_16(api: httpx.AsyncClient) -> None:
    assert (await api.post("/api/organizations", json={"name": "\U0001f600" * 64})).status_code == 201
    response = await api.post("/api/organizations", json={"name": "\U0001f600" * 65})
    assert _told(response) == [("too_big", ["name"])]
    # The database counts characters.
    assert (await api.post("/api/users", json={"name": "\U0001f600" * 128})).status_code == 200
    assert (await api.post("/api/users", json={"name": "\U0001f600" * 129})).json()["code"] == "entity.value_too_long"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://x", 201),
        (" http://user@x:80/p?q ", 201),
        ("http:x", 201),
        ("https://[::1]/", 201),
        ("data:image/png;base64,AA", 201),
        ("https://", 400),
        ("https://a b/", 400),
        ("//x/y", 400),
        ("", 400),
    ],
)
async def test_urls_are_validated(api: httpx.AsyncClient, url: str, status: int) -> None:
    response = await api.post("/api/organizations", json={"name": "x", "branding": {"logoUrl": url}})
    assert response.status_code == status, response.text


async def test_an_incomplete_body_creates_nothing(api: httpx.AsyncClient, state: LogtoState) -> None:
    # An account without fields is valid, so the first part of a body must not be used as the whole body.
    parts: list[Message] = [{"type": "http.request", "body": b"", "more_body": True}, {"type": "http.disconnect"}]
    before = len(state.store.users)

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        raise AssertionError("nobody is there to answer")

    path = b"/api/users"
    headers = [(b"authorization", api.headers["authorization"].encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": path.decode(), "raw_path": path, "query_string": b""}
    await create_app(state)(scope | {"scheme": "http", "headers": headers}, receive, send)
    assert len(state.store.users) == before
    assert (await api.post(path.decode(), content=b"{}", headers=JSON)).status_code == 200
