"""What an error response means for the call that receives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from orgsdk.errors import APIError, DecodeError, NotFoundError, OrgError
from orgsdk.transport import Headers, Response
from orgsdk.transport.backends.failures import ResponseLost
from tests.transport.middleware.conftest import READ, REMOVE, REPLACE, reply

if TYPE_CHECKING:
    from orgsdk.transport import Request
    from tests.transport.middleware.conftest import Connect, Step

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("lost", [ResponseLost("reset"), reply(502)], ids=["lost", "502"])
async def test_a_removal_whose_response_was_lost_is_done_if_the_resource_is_gone(wire: Connect, lost: Step) -> None:
    to = wire(lost, reply(404))
    assert (await to.send(REMOVE)).status == 404
    assert len(to.script.sent) == 2


@pytest.mark.parametrize("request_", [READ, REPLACE], ids=["GET", "PUT"])
async def test_no_other_request_is_done_if_its_resource_is_gone(wire: Connect, request_: Request) -> None:
    with pytest.raises(OrgError):
        await wire(ResponseLost("reset"), reply(404)).send(request_)


@pytest.mark.parametrize("first", [reply(404), reply(503, retry_after="0")], ids=["404", "503"])
async def test_a_removal_of_a_missing_resource_is_an_error(wire: Connect, first: Step) -> None:
    with pytest.raises(NotFoundError, match=r"^acme remove_thing \[404\]: no explanation"):
        await wire(first, reply(404)).send(REMOVE)


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 399])
async def test_a_redirect_names_the_address_and_is_not_followed(wire: Connect, status: int) -> None:
    to = wire(reply(status, location="http://elsewhere.localhost/"))
    with pytest.raises(APIError) as caught:
        await to.send()
    text = "redirect received, and redirects are not followed. Is http://provider.localhost the right address?"
    assert str(caught.value) == f"acme list_things [{status}]: {text}"
    assert (type(caught.value), caught.value.status_code, len(to.script.sent)) == (APIError, status, 1)


@pytest.mark.parametrize("status", [200, 201, 299])
async def test_every_status_of_success_is_one(wire: Connect, status: int) -> None:
    assert (await wire(reply(status)).send()).status == status


@pytest.mark.parametrize(
    ("media_type", "named"),
    [
        ("text/html", "text/html"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("text/t0ken", "text/[secret]"),
        ("", "no content type"),
    ],
)
async def test_another_media_type_than_json_is_named_without_secrets(
    wire: Connect, media_type: str, named: str
) -> None:
    with pytest.raises(DecodeError) as caught:
        await wire(Response(200, Headers((("content-type", media_type),)), b"{}")).send()
    text = f"received 200 with {named} instead of JSON. Is http://provider.localhost the right address?"
    assert str(caught.value) == f"acme list_things: {text}"


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/octet-stream"])
async def test_a_response_without_use_may_have_any_media_type_but_html(wire: Connect, media_type: str) -> None:
    response = Response(200, Headers((("content-type", media_type),)), b"done")
    assert (await wire(response).send(REPLACE)).content == b"done"
    with pytest.raises(DecodeError, match="received 200 with text/html instead of JSON"):
        await wire(Response(200, Headers((("content-type", "text/html"),)), b"<p>")).send(REPLACE)


async def test_credentials_of_another_author_need_not_report_their_secrets(wire: Connect) -> None:
    class Own:
        async def header(self, send: object) -> SecretStr:
            return SecretStr("Own s3cret-header")

        def accept(self, header: SecretStr) -> None:
            """Do nothing."""

        def reject(self, header: SecretStr) -> bool:
            return False

    echo = reply(400, b'{"message": "bad: Own s3cret-header"}')
    with pytest.raises(APIError, match=r"^acme list_things \[400\]: bad: \[secret\]$"):
        await wire(echo, auth=Own()).send()
