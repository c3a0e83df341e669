"""`HTTPOperations` and `PartialResult`: methods of several requests."""

from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from orgsdk.errors import BadRequestError, NotFoundError
from orgsdk.providers.http import PartialResult
from tests.providers.http.acme import Acme

pytestmark = pytest.mark.anyio


def failing_at(number: int) -> Acme:
    sent: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        is_last = len(sent) == number
        return httpx.Response(404 if is_last else 200, json={"message": "no user"} if is_last else {})

    return Acme(handler)


@pytest.mark.parametrize(("number", "result"), [(1, None), (2, ("ada",)), (3, ("ada", "bob"))])
async def test_an_error_has_what_was_done_before_it(number: int, result: tuple[str, ...] | None) -> None:
    with pytest.raises(NotFoundError) as caught:
        await failing_at(number).users(None).promote(["ada", "bob", "eve"])
    assert caught.value.partial_result == result


def test_a_result_of_earlier_steps_can_be_given_and_other_exceptions_pass() -> None:
    error = NotFoundError("no user.", provider="acme", operation="get_user")
    with pytest.raises(NotFoundError), PartialResult("account"):
        raise error
    assert error.partial_result == "account"
    with pytest.raises(KeyError), PartialResult("account"):
        raise KeyError("a mistake in the provider")


async def test_no_error_of_a_later_request_shows_a_held_secret() -> None:
    acme = Acme(lambda _: httpx.Response(400, json={"message": "hush-4711 is wrong"}))
    with pytest.raises(BadRequestError, match="is wrong") as caught:
        await acme.users(None).change_password(SecretStr("hush-4711"))
    assert "4711" not in str(caught.value)
