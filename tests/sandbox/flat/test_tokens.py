"""The token endpoint, sign-in links and delegated tokens."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import AsyncClient, BasicAuth, Response

from orgsdk.sandbox.flat.records import object_id
from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

URL = "http://flat.test:8080/oauth/access_token"


@pytest.fixture
def state(state: FlatState) -> FlatState:
    state.clock = lambda: 1_700_000_000.5
    return state


@pytest.fixture
def form(state: FlatState) -> dict[str, str]:
    return {
        "grant_type": "refresh_token",
        "refresh_token": state.refresh_token,
        "client_id": state.oauth_client_id,
        "client_secret": state.oauth_client_secret,
    }


async def token(http: AsyncClient, form: dict[str, Any], **settings: Any) -> Response:
    http.headers.pop("Authorization", None)
    return await http.post(URL, data=form, **settings)


async def status_with(http: AsyncClient, access_token: str) -> int:
    return (await http.get("/me", headers={"Authorization": f"Bearer {access_token}"})).status_code


async def test_a_refresh_returns_new_tokens_and_revokes_the_old_refresh_token(
    http: AsyncClient, state: FlatState, form: dict[str, str]
) -> None:
    response = await token(http, form)
    pair = response.json()
    assert response.status_code == 200
    assert (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")
    assert (pair["token_type"], pair["expires_in"], pair["issued_at"]) == ("bearer", 86_400, 1_700_000_000)
    assert "edu.admin" in pair["scope"].split()
    assert pair["refresh_token"] == state.refresh_token != form["refresh_token"]
    assert await status_with(http, pair["access_token"]) == 200
    reused = await token(http, form)
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert (await token(http, form | {"refresh_token": pair["refresh_token"]})).status_code == 200


async def test_an_access_token_expires(http: AsyncClient, state: FlatState, form: dict[str, str]) -> None:
    state.token_ttl = 60
    pair = (await token(http, form)).json()
    assert pair["expires_in"] == 60
    state.clock = lambda: 1_700_000_060.4
    assert await status_with(http, pair["access_token"]) == 200
    state.clock = lambda: 1_700_000_060.5
    assert await status_with(http, pair["access_token"]) == 401


async def test_the_refresh_token_can_stay_the_same(http: AsyncClient, state: FlatState, form: dict[str, str]) -> None:
    state.rotates_refresh_token = False
    for _ in range(2):
        response = await token(http, form)
        assert response.status_code == 200
        assert "refresh_token" not in response.json()


async def test_basic_authentication_is_accepted(http: AsyncClient, state: FlatState, form: dict[str, str]) -> None:
    state.oauth_client_secret = "a:b c"
    plain = {name: form[name] for name in ("grant_type", "refresh_token")}
    # Form-encoded before base64 (RFC 6749, section 2.3.1).
    right = BasicAuth(state.oauth_client_id, "a%3Ab+c")
    assert (await token(http, form, auth=right)).json()["error"] == "invalid_request"
    wrong = await token(http, plain, auth=BasicAuth(state.oauth_client_id, "other"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert wrong.headers["WWW-Authenticate"] == 'Basic realm="flat"'
    assert (await token(http, plain, auth=right)).status_code == 200


@pytest.mark.parametrize("authorization", ["Bearer x", "Basic", "Basic !", "Basic /w==", "Basic eDp5"])
async def test_other_authentication_is_rejected(http: AsyncClient, form: dict[str, str], authorization: str) -> None:
    plain = {name: form[name] for name in ("grant_type", "refresh_token")}
    response = await token(http, plain, headers={"Authorization": authorization})
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "other"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": "öther"}, 401, "invalid_client"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "unsupported_grant_type"),
        ({"refresh_token": None}, 400, "invalid_request"),
        ({"refresh_token": "other"}, 400, "invalid_grant"),
        ({"refresh_token": ["a", "b"]}, 400, "invalid_request"),
        ({"scope": "edu.admin everything"}, 400, "invalid_scope"),
    ],
)
async def test_errors_follow_rfc_6749(
    http: AsyncClient, state: FlatState, form: dict[str, Any], changes: dict[str, Any], status: int, error: str
) -> None:
    sent = {name: value for name, value in (form | changes).items() if value is not None}
    response = await token(http, sent)
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response.json().keys() == {"error", "error_description"}
    assert state.refresh_token == form["refresh_token"]
    assert list(state.tokens) == [state.token]


async def test_only_a_form_is_accepted(http: AsyncClient, form: dict[str, str]) -> None:
    assert (await http.post(URL, json=form)).json()["error"] == "invalid_request"
    assert (await http.get(URL)).status_code == 405


async def test_a_narrower_scope_limits_the_token(http: AsyncClient, form: dict[str, str]) -> None:
    pair = (await token(http, form | {"scope": "edu.admin.users.readonly"})).json()
    assert pair["scope"] == "edu.admin.users.readonly"
    assert await status_with(http, pair["access_token"]) == 403


async def test_token_requests_do_not_count_against_the_rate_limit(
    http: AsyncClient, state: FlatState, form: dict[str, str]
) -> None:
    state.rate_limit = 0
    response = await token(http, form)
    assert response.status_code == 200
    assert "X-RateLimit-Limit" not in response.headers


async def test_seed_restores_the_first_refresh_token(
    http: AsyncClient, state: FlatState, form: dict[str, str], people: Any
) -> None:
    application = (state.oauth_client_id, state.oauth_client_secret)
    pair = (await token(http, form)).json()
    state.seed(people)
    assert (state.oauth_client_id, state.oauth_client_secret) == application
    assert state.refresh_token == form["refresh_token"]
    assert await status_with(http, pair["access_token"]) == 401


# Sign-in links and delegated tokens

PUPIL = object_id("user", "pupil1")
LINK, TOKEN = (f"/organizations/users/{PUPIL}/{name}" for name in ("signinLink", "accessToken"))


@pytest.mark.parametrize(("body", "path"), [({}, "/"), ({"destinationPath": "/class?a=b"}, "/class?a=b")])
async def test_a_sign_in_link_is_created(http: AsyncClient, state: FlatState, body: dict[str, str], path: str) -> None:
    response = await http.post(LINK, json=body)
    link = response.json()
    assert response.status_code == 200
    assert link.keys() == {"url", "token", "expirationDate"}
    assert link["expirationDate"] == "2023-11-14T23:13:20.500Z"
    url = urlsplit(link["url"])
    assert (url.path, parse_qs(url.query)) == (f"/auth/signin-link/{link['token']}", {"next": [path]})
    (kept,) = state.signin_links
    assert (kept.user_id, kept.token, kept.destination) == (PUPIL, link["token"], path)
    assert kept.token not in repr(kept)


async def test_a_delegated_token_is_valid_for_a_day(http: AsyncClient, state: FlatState) -> None:
    scopes = ["account.public_profile", "account.education_profile", "account.public_profile"]
    response = await http.post(TOKEN, json={"scopes": scopes})
    given = response.json()
    assert response.status_code == 200
    assert given.keys() == {"id", "name", "token", "issuedDate", "expirationDate", "scopes"}
    assert (given["issuedDate"], given["expirationDate"]) == ("2023-11-14T22:13:20.500Z", "2023-11-15T22:13:20.500Z")
    assert given["scopes"] == scopes[:2]
    headers = {"Authorization": f"Bearer {given['token']}"}
    assert (await http.get("/me", headers=headers)).json()["id"] == PUPIL
    assert (await http.get("/organizations/users", headers=headers)).status_code == 403
    state.clock = lambda: 1_700_000_000.5 + 86_400
    assert (await http.get("/me", headers=headers)).status_code == 401
    assert (await http.get("/me")).status_code == 200


@pytest.mark.parametrize("scopes", [None, "account.email", ["account"], [["account.email"]], [None]])
async def test_invalid_scopes_are_rejected(http: AsyncClient, state: FlatState, scopes: object) -> None:
    known = len(state.tokens)
    response = await http.post(TOKEN, json={} if scopes is None else {"scopes": scopes})
    assert (response.status_code, response.json()["param"]) == (400, "scopes")
    assert len(state.tokens) == known


async def test_an_invalid_path_and_a_missing_body_are_rejected(http: AsyncClient) -> None:
    assert (await http.post(LINK, json={"destinationPath": 1})).json()["param"] == "destinationPath"
    assert (await http.post(LINK)).status_code == 400


async def test_an_unknown_account_is_404(http: AsyncClient) -> None:
    for path in (LINK, TOKEN):
        assert (await http.post(path.replace(PUPIL, "nobody"), json={"scopes": []})).status_code == 404
