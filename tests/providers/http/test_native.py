"""`HTTPNativeOperations`, `BodyModel` and `build_body`: the convention of native operations."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from orgsdk.errors import BadRequestError, InvalidArgumentError, InvalidCursorError, OutcomeUnknownError, TransportError
from orgsdk.providers.http import build_body
from tests.providers.http.acme import JSON, Acme, CreateUser, page

pytestmark = pytest.mark.anyio


def lost(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset")


async def test_a_lost_create_is_unknown_and_a_lost_replacement_is_not() -> None:
    with pytest.raises(OutcomeUnknownError, match="a native operation looks nothing up") as caught:
        await Acme(lost).native.create_user(username="ada")
    assert isinstance(caught.value.__cause__, TransportError)
    with pytest.raises(TransportError):
        await Acme(lost).native.replace_user("1")


async def test_a_create_whose_response_cannot_be_read_is_unknown() -> None:
    acme = Acme(lambda _: httpx.Response(200, content=b"[]", headers=JSON))
    with pytest.raises(OutcomeUnknownError, match="the response cannot be read"):
        await acme.native.create_user(username="ada")


async def test_a_refused_create_raises_the_refusal() -> None:
    with pytest.raises(BadRequestError, match="no"):
        await Acme(lambda _: httpx.Response(400, json={"message": "no"})).native.create_user(username="ada")


async def test_a_cursor_belongs_to_the_list_its_filters_and_its_tenant() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return page("1", "2", total=9)

    first = await Acme(handler).native.list_users(q="a")
    assert first.next_cursor is not None
    again = await Acme(handler).native.list_users(q="a", cursor=first.next_cursor)
    assert again.previous_cursor is not None
    with pytest.raises(InvalidCursorError, match="another list"):
        Acme(handler).native.list_users(q="b", cursor=first.next_cursor)
    with pytest.raises(InvalidCursorError, match="another tenant"):
        Acme(handler, token="other").native.list_users(q="a", cursor=first.next_cursor)


async def test_a_list_without_pages_is_one_page() -> None:
    found = await Acme(lambda _: page("1", "2", "3")).native.list_all_users()
    assert ([user.id for user in found], found.next_cursor) == (["1", "2", "3"], None)


def test_a_body_is_a_model_or_keywords() -> None:
    model = CreateUser(username="ada", age=7)
    assert build_body(CreateUser, model, {}) is model
    assert build_body(CreateUser, None, {"username": "ada", "age": 7}) == model
    assert json.loads(model.model_dump_json()) == {"username": "ada", "age": 7}


@pytest.mark.parametrize(
    ("body", "fields", "message"),
    [
        (CreateUser(username="ada"), {"age": 7}, "Pass one of class CreateUser, or its fields as keywords, not both"),
        ({"username": "ada"}, {}, "The body is of type dict: pass one of class CreateUser"),
        (None, {"username": "ada", "agee": 7}, "Invalid agee for Acme: extra inputs are not permitted"),
        (None, {"username": "ada", "age": "hush"}, "Invalid age for Acme: input should be a valid integer"),
        (None, {}, "Invalid username for Acme: field required"),
    ],
)
def test_an_invalid_body_is_refused_without_showing_a_value(body: Any, fields: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message) as caught:
        build_body(CreateUser, body, fields)
    assert caught.value.__context__ is None
    assert "hush" not in str(caught.value)
