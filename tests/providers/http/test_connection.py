"""`HTTPConnection`: what it sends, what it reads, and the errors that it raises."""

from __future__ import annotations

import json

import httpx
import pytest
from pydantic import SecretStr

from orgsdk.domain import RecordReader, User
from orgsdk.errors import DecodeError, InvalidCursorError, NotFoundError, OutcomeUnknownError, RateLimitError
from orgsdk.options import CallOptions
from orgsdk.pagination import Paginator
from orgsdk.providers.http import EnvelopeReader, SinglePage
from orgsdk.transport import Request, Safety
from tests.providers.http.acme import JSON, PAGES, USERS, Acme, list_users, page

pytestmark = pytest.mark.anyio

GET = Request("get_user", "GET", "/users/1")
CREATE = Request("create_user", "POST", "/users", safety=Safety.UNSAFE)


def answering(*responses: httpx.Response | Exception, root: str = "") -> tuple[Acme, list[httpx.Request]]:
    sent: list[httpx.Request] = []
    waiting = list(responses)

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        answer = waiting.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Acme(handler, root=root), sent


def body(value: object, **headers: str) -> httpx.Response:
    return httpx.Response(200, content=json.dumps(value), headers={**JSON, **headers})


async def test_every_path_starts_with_the_root() -> None:
    acme, sent = answering(body({"id": "1"}), root="/acme/v9")
    user = await acme.connection.read_one(GET, USERS)
    assert (user.id, str(sent[0].url)) == ("1", "https://api.example.com/acme/v9/users/1")


async def test_a_body_that_is_not_as_documented_names_the_fields_and_the_request_but_no_value() -> None:
    acme, _ = answering(body({"id": ["secret"]}, **{"x-request-id": "r7"}))
    with pytest.raises(DecodeError, match="the response is not as documented: id: string_type") as caught:
        await acme.connection.read_one(GET, USERS)
    assert (caught.value.provider, caught.value.operation, caught.value.request_id) == ("acme", "get_user", "r7")
    assert caught.value.__context__ is None
    assert "secret" not in str(caught.value)


async def test_a_page_has_its_items_and_the_positions_beside_it() -> None:
    acme, sent = answering(page("1", "2", total=5))
    found = await acme.connection.read_page(list_users("2", 2), USERS, PAGES, "2", 2)
    assert ([user.id for user in found.items], found.next, found.previous, found.total) == (["1", "2"], "3", "1", 5)
    assert str(sent[0].url.query, "ascii") == "page=2&page_size=2"


async def test_a_page_in_an_envelope_passes_the_rest_of_the_body_to_the_paging() -> None:
    reader = EnvelopeReader(User, items="data")
    acme, _ = answering(body({"data": [{"id": "1"}], "after": "x"}))
    found = await acme.connection.read_page(list_users(None, 2), reader, SinglePage(), None, 2)
    assert [user.id for user in found.items] == ["1"]


async def test_more_items_than_requested_are_refused() -> None:
    acme, _ = answering(page("1", "2", "3"))
    with pytest.raises(DecodeError, match="the response has 3 items, and 2 were requested"):
        await acme.connection.read_page(list_users(None, 2), USERS, PAGES, None, 2)


async def test_a_list_without_pages_is_read_whole_and_has_no_other_position() -> None:
    acme, sent = answering(page("1", "2", "3"))
    found = await acme.connection.read_whole(GET, USERS)
    assert (len(found.items), found.next, found.total) == (3, None, 3)
    with pytest.raises(InvalidCursorError):
        await acme.connection.read_whole(GET, USERS, "2")
    assert len(sent) == 1


@pytest.mark.parametrize("items", [0, 1])
async def test_a_count_is_the_total_of_a_page(items: int) -> None:
    acme, _ = answering(page(*"1"[:items], total=items * 41))
    assert await acme.connection.count(list_users(None, 1), USERS, PAGES) == items * 41


async def test_a_count_needs_a_total() -> None:
    acme, _ = answering(page("1"))
    with pytest.raises(DecodeError, match="does not report the length"):
        await acme.connection.count(list_users(None, 1), USERS, PAGES)


async def test_fetcher_reads_the_pages_of_a_listing() -> None:
    acme, sent = answering(page("1", "2", total=3), page("3", total=3))
    users = await Paginator(acme.users(None).list(None)).collect()  # type: ignore[arg-type]  # it has no filters
    assert [user.id for user in users] == ["1", "2", "3"]
    assert [request.url.params["page"] for request in sent] == ["1", "2"]


async def test_an_error_is_converted_by_the_providers_connection() -> None:
    answer = httpx.Response(400, json={"code": "mail_limit", "message": "too many mails"})
    acme, _ = answering(answer, httpx.Response(404, json={"code": "none", "message": "no user"}))
    with pytest.raises(RateLimitError, match="too many mails") as caught:
        await acme.connection.send(GET)
    assert caught.value.__context__ is None
    with pytest.raises(NotFoundError, match="no user"):
        await acme.connection.send(GET)


async def test_an_adopted_record_is_marked() -> None:
    acme, sent = answering(httpx.ReadError("reset"), body({"id": "7"}))

    async def look_up() -> User:
        return await acme.connection.read_one(GET, USERS)

    user = await acme.connection.create_or_adopt(CREATE, USERS, look_up)
    assert (user.id, user.adopted, [request.method for request in sent]) == ("7", True, ["POST", "GET"])


async def test_a_created_record_is_not_marked() -> None:
    acme, _ = answering(body({"id": "7"}))
    assert (await acme.connection.create_or_adopt(CREATE, USERS, None)).adopted is False


async def test_a_lost_create_without_a_key_is_unknown() -> None:
    acme, sent = answering(httpx.ReadError("reset"))
    with pytest.raises(OutcomeUnknownError, match="acme create_user"):
        await acme.connection.create_or_adopt(CREATE, USERS, None)
    assert len(sent) == 1


async def test_options_and_secrets_are_those_of_the_copy() -> None:
    acme, _ = answering(httpx.Response(400, json={"message": "hush-4711 is short"}), body({"id": "1"}))
    seen: list[object] = []
    other = acme.connection.with_options(CallOptions(on_event=seen.append)).holding(SecretStr("hush-4711"))
    with pytest.raises(Exception, match="is short") as caught:
        await other.within_timeout().send(GET)
    assert "4711" not in str(caught.value)
    assert seen
    seen.clear()
    await acme.connection.send(GET)
    assert seen == []


def test_a_connection_shows_no_key_and_its_reader_is_any_reader() -> None:
    acme, _ = answering()
    assert "tenant_key" not in repr(acme.connection)
    assert isinstance(USERS, RecordReader)
