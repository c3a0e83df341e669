"""Sign-in links and delegated tokens."""

from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import AsyncClient

from orgsdk.sandbox.flat.records import object_id
from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

PUPIL = object_id("user", "pupil1")
LINK, TOKEN = (f"/organizations/users/{PUPIL}/{name}" for name in ("signinLink", "accessToken"))


@pytest.fixture
def state(state: FlatState) -> FlatState:
    state.clock = lambda: 1_700_000_000.25
    return state


@pytest.mark.parametrize(("body", "path"), [({}, "/"), ({"destinationPath": "/class?a=b"}, "/class?a=b")])
async def test_gives_a_link_that_signs_in(http: AsyncClient, state: FlatState, body: dict[str, str], path: str) -> None:
    response = await http.post(LINK, json=body)
    link = response.json()
    assert response.status_code == 200
    assert link.keys() == {"url", "token", "expirationDate"}
    assert link["expirationDate"] == "2023-11-14T23:13:20.250Z"
    url = urlsplit(link["url"])
    assert (url.path, parse_qs(url.query)) == (f"/auth/signin-link/{link['token']}", {"next": [path]})
    (kept,) = state.signin_links
    assert (kept.user_id, kept.token, kept.destination) == (PUPIL, link["token"], path)
    assert kept.token not in repr(kept)


async def test_gives_a_token_of_the_account_for_a_while(http: AsyncClient, state: FlatState) -> None:
    scopes = ["account.public_profile", "account.education_profile", "account.public_profile"]
    response = await http.post(TOKEN, json={"scopes": scopes})
    given = response.json()
    assert response.status_code == 200
    assert given.keys() == {"id", "name", "token", "issuedDate", "expirationDate", "scopes"}
    assert (given["issuedDate"], given["expirationDate"]) == ("2023-11-14T22:13:20.250Z", "2023-11-15T22:13:20.250Z")
    assert given["scopes"] == scopes[:2]
    headers = {"Authorization": f"Bearer {given['token']}"}
    assert (await http.get("/me", headers=headers)).json()["id"] == PUPIL
    assert (await http.get("/organizations/users", headers=headers)).status_code == 403
    state.clock = lambda: 1_700_000_000.25 + 86_400
    assert (await http.get("/me", headers=headers)).status_code == 401
    assert (await http.get("/me")).status_code == 200


@pytest.mark.parametrize("scopes", [None, "account.email", ["account"], [["account.email"]], [None]])
async def test_refuses_bad_scopes(http: AsyncClient, state: FlatState, scopes: object) -> None:
    known = len(state.tokens)
    response = await http.post(TOKEN, json={} if scopes is None else {"scopes": scopes})
    assert (response.status_code, response.json()["param"]) == (400, "scopes")
    assert len(state.tokens) == known


async def test_refuses_a_bad_path_and_a_missing_body(http: AsyncClient) -> None:
    assert (await http.post(LINK, json={"destinationPath": 1})).json()["param"] == "destinationPath"
    assert (await http.post(LINK)).status_code == 400


async def test_an_unknown_account_is_404(http: AsyncClient) -> None:
    for path in (LINK, TOKEN):
        assert (await http.post(path.replace(PUPIL, "nobody"), json={"scopes": []})).status_code == 404
