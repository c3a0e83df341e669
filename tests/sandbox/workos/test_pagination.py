"""Pages: limit, cursors, order, and cursors whose row is gone."""

import time

import httpx
import pytest

from orgsdk.sandbox import Person
from orgsdk.sandbox.workos.app import create_app
from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.sandbox.workos.variants import EMULATOR
from tests.sandbox.workos.calls import INVITATIONS, MEMBERSHIPS, USERS

pytestmark = pytest.mark.anyio


async def ids(api: httpx.AsyncClient, **query: object) -> list[str]:
    response = await api.get(USERS, params=query)  # type: ignore[arg-type]  # texts and numbers
    assert response.status_code == 200, response.text
    return [user["id"] for user in response.json()["data"]]


@pytest.fixture
def newest_first(state: WorkOSState) -> list[str]:
    return [user.id for user in state.store.users][::-1]


@pytest.mark.parametrize("limit", [1, 7, 10, 15, 30, 100])
@pytest.mark.parametrize("order", [None, "desc", "asc"])
async def test_a_walk_has_every_row_once(
    api: httpx.AsyncClient, newest_first: list[str], limit: int, order: str | None
) -> None:
    query: dict[str, object] = {"limit": limit} | ({} if order is None else {"order": order})
    walked: list[str] = []
    pages = 0
    while True:
        envelope = (await api.get(USERS, params=query)).json()  # type: ignore[arg-type]
        assert list(envelope) == ["object", "data", "list_metadata"]
        walked += [user["id"] for user in envelope["data"]]
        pages += 1
        query["after"] = envelope["list_metadata"]["after"]
        if query["after"] is None:
            break
        assert query["after"] == walked[-1]
    assert walked == (newest_first if order != "asc" else newest_first[::-1])
    # The last page of exactly `limit` rows ends too (facts, section 2).
    assert pages == -(-30 // limit)


async def test_before_returns_the_rows_next_to_the_cursor(api: httpx.AsyncClient, newest_first: list[str]) -> None:
    page = (await api.get(USERS, params={"limit": 5, "before": newest_first[20]})).json()
    assert [user["id"] for user in page["data"]] == newest_first[15:20]
    assert page["list_metadata"] == {"before": newest_first[15], "after": newest_first[19]}
    first = (await api.get(USERS, params={"limit": 5, "before": newest_first[3]})).json()
    assert first["list_metadata"] == {"before": None, "after": newest_first[2]}
    assert [user["id"] for user in first["data"]] == newest_first[:3]


async def test_normal_order_is_newest_first_with_reversed_cursors(
    api: httpx.AsyncClient, newest_first: list[str]
) -> None:
    first = (await api.get(USERS, params={"limit": 5, "order": "normal"})).json()
    assert [user["id"] for user in first["data"]] == newest_first[:5]
    assert first["list_metadata"] == {"before": newest_first[4], "after": None}
    assert await ids(api, limit=5, order="normal", before=newest_first[4]) == newest_first[5:10]
    assert await ids(api, limit=5, order="normal", after=newest_first[10]) == newest_first[5:10]


@pytest.mark.parametrize("cursor", ["user_nope", "om_00000000000000000000000000", ""])
async def test_a_foreign_cursor_gives_the_first_page(
    api: httpx.AsyncClient, newest_first: list[str], cursor: str
) -> None:
    assert await ids(api, after=cursor) == newest_first[:10]


async def test_a_cursor_whose_row_is_gone_gives_the_first_page_again(
    api: httpx.AsyncClient, newest_first: list[str]
) -> None:
    page = await ids(api)
    assert (await api.delete(f"{USERS}/{page[-1]}")).status_code == 200
    assert await ids(api, after=page[-1]) == [*newest_first[:9], newest_first[10]]


async def test_a_row_that_is_made_during_a_walk_is_not_seen(api: httpx.AsyncClient, newest_first: list[str]) -> None:
    page = await ids(api)
    await api.post(USERS, json={"email": "late@example.org"})
    assert page + await ids(api, after=page[-1]) == newest_first[:20]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "ten"}, {"limit": ""}, {"order": "up"}])
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (USERS, 422, None),
        ("/organizations", 422, None),
        (INVITATIONS, 422, "invalid_request_parameters"),
        (f"{MEMBERSHIPS}?organization_id={{organization}}", 400, "invalid_request_parameters"),
    ],
)
async def test_the_document_refuses_a_wrong_limit_or_order(
    api: httpx.AsyncClient, state: WorkOSState, query: dict[str, str], path: str, status: int, code: str | None
) -> None:
    url = httpx.URL(path.format(organization=state.organization_id)).copy_merge_params(query)
    response = await api.get(url)
    assert (response.status_code, response.json().get("code")) == (status, code)


@pytest.mark.parametrize(
    ("limit", "rows"), [("0", 10), ("", 10), ("ten", 10), ("-3", 1), ("101", 30), ("1", 1), ("9" * 30, 10)]
)
async def test_the_emulator_takes_the_nearest_limit(
    api: httpx.AsyncClient, state: WorkOSState, limit: str, rows: int
) -> None:
    state.variant = EMULATOR
    assert len(await ids(api, limit=limit)) == rows


async def test_a_page_of_many_users_costs_no_more_than_one_of_few() -> None:
    """A page of 100 is found by its position: with 100,000 users it takes at most 5 ms on a usual machine."""
    people = [Person(f"S{n}", f"p{n}", f"p{n}@example.org", "P", str(n), "student", None) for n in range(20_000)]

    async def seconds(count: int) -> float:
        state = WorkOSState(people[:count])
        middle = list(state.store.users.order)[count // 2]
        headers = {"Authorization": f"Bearer {state.api_key}"}
        transport = httpx.ASGITransport(create_app(state))
        best = 1.0
        async with httpx.AsyncClient(transport=transport, base_url="http://workos.test", headers=headers) as client:
            for query in ({"organization_id": state.organization_id}, {}):
                for _ in range(8):
                    started = time.perf_counter()
                    page = await client.get(USERS, params={**query, "after": middle, "limit": 100})
                    best = min(best, time.perf_counter() - started)
                    assert len(page.json()["data"]) == 100
        return best

    assert await seconds(20_000) < 5 * await seconds(400)
