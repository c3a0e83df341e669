"""The HTTP responses behind a call: status and headers, separate for each call."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from orgsdk.errors import UnsupportedError
from orgsdk.responses import Headers, RawResponse, ResponseInfo, call_with_responses, record_response

pytestmark = pytest.mark.anyio


async def responded(*statuses: int, value: str = "ada", **headers: str) -> str:
    for status in statuses:
        await anyio.lowlevel.checkpoint()
        record_response(status, Headers(tuple(headers.items())))
    return value


async def test_a_call_is_returned_with_its_responses() -> None:
    raw = await call_with_responses(responded(200, link="<a>"), "acme")
    assert raw == RawResponse("ada", (ResponseInfo(200, Headers((("link", "<a>"),))),))
    assert (raw.value, raw.status_code, raw.headers["LINK"]) == ("ada", 200, "<a>")


async def test_a_call_of_several_requests_has_all_responses_in_order() -> None:
    raw = await call_with_responses(responded(201, 204, 200), "acme")
    assert [answer.status_code for answer in raw.responses] == [201, 204, 200]
    assert raw.status_code == 200


async def test_the_request_id_is_that_of_the_last_response() -> None:
    async def call() -> str:
        record_response(200, Headers(), "r1")
        record_response(200, Headers(), "r2")
        return "ada"

    assert (await call_with_responses(call(), "acme")).request_id == "r2"
    assert (await call_with_responses(responded(200), "acme")).request_id is None


async def test_responses_in_tasks_of_the_call_are_recorded() -> None:
    async def spread() -> str:
        async with anyio.create_task_group() as tasks:
            for status in (200, 201, 202):
                tasks.start_soon(responded, status)
        return "all"

    raw = await call_with_responses(spread(), "acme")
    assert sorted(answer.status_code for answer in raw.responses) == [200, 201, 202]


async def test_concurrent_calls_record_only_their_own_responses() -> None:
    seen: dict[int, list[int]] = {}

    async def look(number: int) -> None:
        raw = await call_with_responses(responded(number, number + 1, value=str(number)), "acme")
        assert raw.value == str(number)
        seen[number] = [answer.status_code for answer in raw.responses]

    async with anyio.create_task_group() as tasks:
        for number in range(200, 300, 10):
            tasks.start_soon(look, number)
            tasks.start_soon(responded, 500)
    assert seen == {number: [number, number + 1] for number in range(200, 300, 10)}


async def test_nothing_is_recorded_by_default() -> None:
    assert await responded(200) == "ada"
    with pytest.raises(UnsupportedError, match=r"acme does not offer with_raw_response\. This call took no request"):
        await call_with_responses(responded(), "acme")


async def test_an_error_ends_the_recording() -> None:
    async def fail() -> str:
        record_response(200, Headers())
        raise LookupError

    with pytest.raises(LookupError):
        await call_with_responses(fail(), "acme")
    assert len((await call_with_responses(responded(204), "acme")).responses) == 1
