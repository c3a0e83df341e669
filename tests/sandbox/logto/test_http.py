"""Headers, methods and paths of every operation (facts/logto.md sections 3, 5 and 9)."""

import gzip
import zlib

import httpx
import pytest

from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio


async def test_every_response_has_a_request_id(api: httpx.AsyncClient) -> None:
    paths = ("/api/users", "/api/nope", "/api/users/x", "/nope", "/oidc/nope", "/api/status", "/")
    ids = [(await api.get(path)).headers["logto-core-request-id"] for path in paths]
    assert len(set(ids)) == len(paths)
    assert {len(one) for one in ids} == {16}


async def test_a_matching_etag_is_304(api: httpx.AsyncClient) -> None:
    first = await api.get("/api/users")
    etag = first.headers["etag"]
    assert not etag.startswith("W/")
    for sent in (etag, f'"other", W/{etag}', "*"):
        again = await api.get("/api/users", headers={"if-none-match": sent})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert {"content-type", "content-length"}.isdisjoint(again.headers)
    other = await api.get("/api/users?page=2", headers={"if-none-match": etag})
    assert other.status_code == 200
    assert "etag" not in (await api.get("/api/users/missing")).headers


async def _raw(api: httpx.AsyncClient, path: str, accept: str) -> tuple[httpx.Response, bytes]:
    async with api.stream("GET", path, headers={"accept-encoding": accept}) as response:
        return response, b"".join([chunk async for chunk in response.aiter_raw()])


async def test_large_bodies_are_compressed(api: httpx.AsyncClient) -> None:
    plain, body = await _raw(api, "/api/users", "identity")
    assert int(plain.headers["content-length"]) == len(body) > 1024
    for accept in ("gzip", "br;q=1.0, GZIP;q=0.5, deflate"):
        response, content = await _raw(api, "/api/users", accept)
        assert response.headers["content-encoding"] == "gzip"
        assert "content-length" not in response.headers
        assert response.headers["etag"] == plain.headers["etag"]
        assert gzip.decompress(content) == body
    response, content = await _raw(api, "/api/users", "gzip;q=0, deflate")
    assert response.headers["content-encoding"] == "deflate"
    assert zlib.decompress(content) == body
    small, _ = await _raw(api, "/api/users?page_size=1", "gzip")
    assert "content-encoding" not in small.headers


async def test_head_has_no_body(api: httpx.AsyncClient) -> None:
    got = await api.get("/api/users", headers={"accept-encoding": "identity"})
    head = await api.head("/api/users")
    assert (head.status_code, head.content) == (200, b"")
    assert "etag" not in head.headers
    for name in ("content-length", "total-number", "link", "content-type"):
        assert head.headers.get_list(name) == got.headers.get_list(name)
    assert (await api.head("/api/users/missing")).status_code == 404
    assert (await api.head("/api/status")).status_code == 204


@pytest.mark.parametrize(
    "path", ["/organizations", "/users?page=2", "//api/organizations", "/API/users", "/apis", "/oidcx"]
)
async def test_other_paths_are_sign_in_pages(api: httpx.AsyncClient, path: str) -> None:
    response = await api.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["vary"] == "Accept-Encoding"


async def test_the_root_redirects(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/")
    assert response.status_code == 302
    assert response.headers["location"] == "http://logto.test:3001/unknown-session"


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/nope", "/api/organizations/x/nope", "/api/organizations//users", "/api/users//"],
)
async def test_unknown_paths_are_404(api: httpx.AsyncClient, path: str) -> None:
    response = await api.get(path)
    assert (response.status_code, response.text) == (404, "Not Found")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "status", "text"),
    [
        ("DELETE", 405, "Method Not Allowed"),
        ("PUT", 405, "Method Not Allowed"),
        ("PROPFIND", 501, "Not Implemented"),
        ("OPTIONS", 200, ""),
    ],
)
async def test_other_methods_are_rejected(anonymous: httpx.AsyncClient, method: str, status: int, text: str) -> None:
    response = await anonymous.request(method, "/api/organizations")
    assert (response.status_code, response.text) == (status, text)
    assert "HEAD, GET" in response.headers["allow"]
    assert (await anonymous.request(method, "/api/nope")).status_code == 404


async def test_a_trailing_slash_is_ignored(api: httpx.AsyncClient, state: LogtoState) -> None:
    assert (await api.get("/api/organizations/")).json() == (await api.get("/api/organizations")).json()
    assert (await api.get(f"/api/organizations/{state.organization_id}/")).status_code == 200


async def test_a_line_break_in_the_path_is_matched(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/users/a%0Ab")).json()["code"] == "entity.not_found"


async def test_an_encoded_slash_belongs_to_the_id(api: httpx.AsyncClient, state: LogtoState) -> None:
    response = await api.get(f"/api/organizations/{state.organization_id}%2Fusers")
    assert response.json()["message"].startswith(f"The organizations with ID `{state.organization_id}/users`")


@pytest.mark.parametrize(
    "path",
    [
        "/api/users/a%00b",
        "/api/organizations/a%00b",
        "/api/organizations/a%00b/users",
        "/api/organizations/x/users?organizationRoleId=%00",
        "/api/organizations?q=%00",
        "/api/users?excludeOrganizationId=%00",
    ],
)
async def test_a_nul_is_an_internal_error(api: httpx.AsyncClient, path: str) -> None:
    response = await api.get(path)
    assert (response.status_code, response.json()) == (500, {"message": "Internal server error."})


async def test_headers_over_16_kb_are_431(api: httpx.AsyncClient) -> None:
    ids = [("search.id", f"{number:012}") for number in range(500)]
    assert (await api.get("/api/users", params=[*ids, ("mode.id", "exact")])).status_code == 200
    response = await api.get("/api/users", params=[*ids, *ids, ("mode.id", "exact")])
    assert (response.status_code, response.content) == (431, b"")
    assert dict(response.headers) == {"connection": "close"}


async def test_a_body_over_1_mb_is_404(anonymous: httpx.AsyncClient, api: httpx.AsyncClient) -> None:
    large = await api.request("GET", "/api/organizations", content=b"x" * (1024 * 1024 + 1))
    assert (large.status_code, large.text) == (404, "Not Found")


async def test_the_rate_limit_of_logto_cloud(api: httpx.AsyncClient, state: LogtoState) -> None:
    now = state.clock()
    state.rate_limit = (20, 10)
    assert state.rate_limit == (20, 10)
    statuses = [(await api.get("/api/status")).status_code for _ in range(25)]
    assert statuses == [204] * 20 + [429] * 5
    refused = await api.get("/api/organizations")
    assert "logto-core-request-id" not in refused.headers
    state.clock = lambda: now + 1
    assert [(await api.get("/api/status")).status_code for _ in range(3)] == [204, 204, 429]
    state.clock = lambda: now + 100
    assert [(await api.get("/api/status")).status_code for _ in range(21)] == [204] * 20 + [429]
    state.rate_limit = None
    assert state.rate_limit is None
    assert (await api.get("/api/status")).status_code == 204


async def test_seed_restores_the_data(api: httpx.AsyncClient, state: LogtoState) -> None:
    before = (await api.get("/api/users")).json()
    state.seed([])
    assert (await api.get("/api/users")).json() == []
    assert (await api.get(f"/api/organizations/{state.organization_id}/users")).json() == []
    other = LogtoState()
    assert other.organization_id == state.organization_id
    assert (other.app_id, other.app_secret) == (state.app_id, state.app_secret)
    assert len(state.organization_id) == 12
    assert (len(state.app_id), len(state.app_secret)) == (21, 32)
    assert {len(user["id"]) for user in before} == {12}
