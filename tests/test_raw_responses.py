"""The answers behind a call: status and headers, each call's its own."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from orgsdk.errors import UnsupportedError
from orgsdk.responses import RawResponse, ResponseInfo, call_with_responses, record_response

pytestmark = pytest.mark.anyio


async def answered(*statuses: int, value: str = "ada", **headers: str) -> str:
    for status in statuses:
        await anyio.lowlevel.checkpoint()
        record_response(status, tuple(headers.items()))
    return value


async def test_a_call_is_given_with_its_answers() -> None:
    raw = await call_with_responses(answered(200, link="<a>"), "acme")
    assert raw == RawResponse("ada", (ResponseInfo(200, (("link", "<a>"),)),))
    assert (raw.value, raw.status_code, raw.headers) == ("ada", 200, (("link", "<a>"),))


async def test_a_call_of_several_requests_has_several_answers_and_the_last_counts() -> None:
    raw = await call_with_responses(answered(201, 204, 200), "acme")
    assert [answer.status_code for answer in raw.responses] == [201, 204, 200]
    assert raw.status_code == 200


async def test_the_providers_id_of_the_request_is_there_where_it_tells_one() -> None:
    async def call() -> str:
        record_response(200, (), "r1")
        record_response(200, (), "r2")
        return "ada"

    assert (await call_with_responses(call(), "acme")).request_id == "r2"
    assert (await call_with_responses(answered(200), "acme")).request_id is None


async def test_answers_within_tasks_of_the_call_are_seen() -> None:
    async def spread() -> str:
        async with anyio.create_task_group() as tasks:
            for status in (200, 201, 202):
                tasks.start_soon(answered, status)
        return "all"

    raw = await call_with_responses(spread(), "acme")
    assert sorted(answer.status_code for answer in raw.responses) == [200, 201, 202]


async def test_calls_at_once_see_their_own_answers_alone() -> None:
    seen: dict[int, list[int]] = {}

    async def look(number: int) -> None:
        raw = await call_with_responses(answered(number, number + 1, value=str(number)), "acme")
        assert raw.value == str(number)
        seen[number] = [answer.status_code for answer in raw.responses]

    async with anyio.create_task_group() as tasks:
        for number in range(200, 300, 10):
            tasks.start_soon(look, number)
            tasks.start_soon(answered, 500)
    assert seen == {number: [number, number + 1] for number in range(200, 300, 10)}


async def test_nobody_asked_and_nothing_is_kept() -> None:
    assert await answered(200) == "ada"
    with pytest.raises(UnsupportedError, match=r"acme does not offer with_raw_response\. This call took no request"):
        await call_with_responses(answered(), "acme")


async def test_an_error_goes_through_and_leaves_nothing_behind() -> None:
    async def fail() -> str:
        record_response(200, ())
        raise LookupError

    with pytest.raises(LookupError):
        await call_with_responses(fail(), "acme")
    assert len((await call_with_responses(answered(204), "acme")).responses) == 1
