"""Pagination and its headers (facts/logto.md section 4)."""

import httpx
import pytest

from orgsdk.sandbox.logto.body import to_number
from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio

ROOT = "http://logto.test:3001"


def _links(response: httpx.Response) -> list[str]:
    return [value.removeprefix(f"<{ROOT}") for value in response.headers.get_list("link")]


async def test_a_middle_page_has_every_link(api: httpx.AsyncClient) -> None:
    response = await api.get("/api/users?search=%25person%25&page=2&page_size=10")
    assert response.headers["total-number"] == "30"
    assert len(response.json()) == 10
    assert _links(response) == [
        '/users?search=%25person%25&page=1&page_size=10>; rel="first"',
        '/users?search=%25person%25&page=1&page_size=10>; rel="prev"',
        '/users?search=%25person%25&page=3&page_size=10>; rel="last"',
        '/users?search=%25person%25&page=3&page_size=10>; rel="next"',
    ]


async def test_the_first_page_is_the_default(api: httpx.AsyncClient) -> None:
    response = await api.get("/api/users")
    assert len(response.json()) == 20
    assert _links(response) == [
        '/users?page=1>; rel="first"',
        '/users?page=2>; rel="last"',
        '/users?page=2>; rel="next"',
    ]


async def test_a_page_after_the_end_is_empty(api: httpx.AsyncClient) -> None:
    response = await api.get("/api/users?page=9&page_size=10")
    assert (response.status_code, response.json(), response.headers["total-number"]) == (200, [], "30")
    assert _links(response) == [
        '/users?page=1&page_size=10>; rel="first"',
        '/users?page=8&page_size=10>; rel="prev"',
        '/users?page=3&page_size=10>; rel="last"',
    ]


async def test_an_empty_result_has_one_page(api: httpx.AsyncClient) -> None:
    response = await api.get("/api/organizations?q=zzzz")
    assert response.headers["total-number"] == "0"
    assert _links(response) == [
        '/organizations?q=zzzz&page=1>; rel="first"',
        '/organizations?q=zzzz&page=1>; rel="last"',
    ]


async def test_links_have_the_form_encoded_query(api: httpx.AsyncClient) -> None:
    response = await api.get("/api/users?foo=a%20b~*&search.id=x&search.id=y&mode.id=exact&empty=")
    assert _links(response)[0] == ('/users?foo=a+b%7E*&search.id=x%2Cy&mode.id=exact&empty=&page=1>; rel="first"')


async def test_links_follow_the_host_header(api: httpx.AsyncClient) -> None:
    headers = {"host": "logto.example:8443", "x-forwarded-proto": "https", "x-forwarded-host": "other"}
    response = await api.get("/api/users/", headers=headers)
    assert response.headers.get_list("link")[0] == '<http://logto.example:8443/users/?page=1>; rel="first"'


@pytest.mark.parametrize(
    "query",
    [
        "page_size=101",
        "page_size=1000",
        "page_size=0",
        "page_size=-1",
        "page_size=abc",
        "page_size=%20",
        "page_size=1_0",
        "page_size=Infinity",
        "page=0",
        "page=-1",
        "page=abc",
        "page=1&page=2",
        "page=1&page=",
        "page_size=5&page_size=5",
    ],
)
@pytest.mark.parametrize("path", ["users", "organizations", "organization-roles", "organizations/x/users"])
async def test_invalid_page_parameters_are_rejected(api: httpx.AsyncClient, path: str, query: str) -> None:
    response = await api.get(f"/api/{path}?{query}")
    assert response.status_code == 400
    assert response.json() == {
        "code": "guard.invalid_pagination",
        "message": "The request pagination value is invalid.",
    }


@pytest.mark.parametrize(
    "query",
    [
        "page_size=1.5",
        "page=1.5&page_size=3",
        "page=99999999999999999999&page_size=10",
        "page=Infinity",
        "page=.5",
    ],
)
async def test_values_that_the_database_rejects_are_422(api: httpx.AsyncClient, query: str) -> None:
    response = await api.get(f"/api/users?{query}")
    assert (response.status_code, response.json()["code"]) == (422, "entity.invalid_input")


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("page=1e0&page_size=0x2", 29, 2),
        ("page=0b10&page_size=0o12", 19, 10),
        ("page=%202%20&page_size=%2B10", 19, 10),
        ("page=1.5&page_size=2", 28, 2),
        ("page=&page_size=", 29, 20),
        ("page=1000000000000&page_size=10", None, 0),
        ("pageSize=2", 29, 20),
    ],
)
async def test_numbers_are_parsed_as_in_javascript(
    api: httpx.AsyncClient, query: str, first: int | None, count: int
) -> None:
    response = await api.get(f"/api/users?{query}")
    assert response.status_code == 200
    assert len(response.json()) == count
    if first is not None:
        assert response.json()[0]["username"] == f"person_{first:02}"


async def test_a_fractional_page_has_the_links_of_a_whole_one(api: httpx.AsyncClient) -> None:
    response = await api.get("/api/users?page=1.5&page_size=2")
    assert _links(response) == [
        '/users?page=1&page_size=2>; rel="first"',
        '/users?page=15&page_size=2>; rel="last"',
        '/users?page=2&page_size=2>; rel="next"',
    ]


async def test_some_lists_have_optional_pages(api: httpx.AsyncClient, state: LogtoState) -> None:
    members = await api.get(f"/api/organizations/{state.organization_id}/users?page_size=1")
    path = f"/api/organizations/{state.organization_id}/users/{members.json()[0]['id']}/roles"
    for query in ("", "?page=&page_size="):
        whole = await api.get(path + query)
        assert len(whole.json()) == 1
        assert {"total-number", "link"}.isdisjoint(whole.headers)
    paged = await api.get(path, params={"page": 2})
    assert (paged.json(), paged.headers["total-number"]) == ([], "1")
    assert (await api.get(path, params={"page_size": 101})).status_code == 400


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 0), ("12", 12), ("-1.5e1", -15), ("+Infinity", float("inf")), ("-Infinity", float("-inf"))],
)
def test_to_number_parses_as_javascript(text: str, number: float) -> None:
    assert to_number(text) == number


@pytest.mark.parametrize("text", ["nan", "inf", "0x", "-0x1", "1__0", "1e", "\u0661", "1,5"])
def test_to_number_of_invalid_text_is_nan(text: str) -> None:
    assert to_number(text) != to_number(text)


def test_to_number_of_a_too_large_number_is_infinite() -> None:
    assert to_number("0x" + "f" * 300) == float("inf")
