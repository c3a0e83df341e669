"""Responses of a gateway prove neither that a resource is gone nor that a write was not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import APIError, NotFoundError, OrgError
from orgsdk.sandbox.faults import CloseConnection, Respond

if TYPE_CHECKING:
    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connected

pytestmark = pytest.mark.anyio

BAD_GATEWAY = Respond(502, b"bad gateway", (("content-type", "text/plain"),))
GATEWAY_404S = [
    Respond(404, b"default backend - 404", (("content-type", "text/plain"),)),
    Respond(404, b"<h1>Not Found</h1>", (("content-type", "text/html"),)),
    Respond(404, b'{"message":"no Route matched with those values"}', (("content-type", "application/json"),)),
    Respond(404, b'{"code": 404, "message": "not found"}', (("content-type", "application/json"),)),
    Respond(404),
]


@pytest.mark.parametrize("not_found", GATEWAY_404S)
@pytest.mark.undocumented("the responses of a gateway")
async def test_a_gateways_404_after_a_lost_removal_does_not_prove_it(
    either: Connected, sandbox: Sandbox, not_found: Respond
) -> None:
    ada = await either.org.users.create(username="ada_love", email="ada@example.org")
    faults = sandbox.flat_faults if either.name == "flat" else sandbox.logto_faults
    faults.add(BAD_GATEWAY, method="DELETE", nth=1)
    faults.add(not_found, method="DELETE", nth=2)
    with pytest.raises(OrgError) as caught:
        await either.org.users.remove(ada.id, account="delete")
    assert caught.value.may_have_happened
    faults.clear()
    assert (await either.org.users.get(ada.id)).username == "ada_love"


@pytest.mark.parametrize("not_found", GATEWAY_404S)
@pytest.mark.undocumented("the responses of a gateway")
async def test_a_gateways_404_is_not_a_missing_user(either: Connected, sandbox: Sandbox, not_found: Respond) -> None:
    faults = sandbox.flat_faults if either.name == "flat" else sandbox.logto_faults
    faults.add(not_found, times=None)
    with pytest.raises(APIError, match=r"gateway|instead of JSON|right address") as caught:
        await either.org.users.get("0123456789abcdef01234567" if either.name == "flat" else "u12345678901")
    assert not isinstance(caught.value, NotFoundError)


@pytest.mark.parametrize("status", [400, 404, 408, 409, 422])
@pytest.mark.undocumented("the responses of a gateway")
async def test_an_update_whose_response_was_lost_stays_unknown_whatever_its_retry_returns(
    either: Connected, sandbox: Sandbox, status: int
) -> None:
    ada = await either.org.users.create(username="ada_love", email="ada@example.org")
    faults = sandbox.flat_faults if either.name == "flat" else sandbox.logto_faults
    verb = {"flat": "PUT", "logto": "PATCH"}[either.name]
    faults.add(CloseConnection(after_commit=True), method=verb, nth=1)
    faults.add(Respond(status, b"no", (("content-type", "text/plain"),)), method=verb, nth=2, times=None)
    with pytest.raises(OrgError) as caught:
        await either.org.users.update(ada.id, email="lovelace@example.org")
    assert caught.value.may_have_happened
    faults.clear()
    assert (await either.org.users.get(ada.id)).email == "lovelace@example.org"
