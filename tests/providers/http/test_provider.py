"""`HTTPProvider`: tenant, cursor key, options, rate limit, checks of ids and closing."""

from __future__ import annotations

import httpx
import pytest

from orgsdk import Capability, InvalidArgumentError, NotSentError
from orgsdk.options import CallOptions
from orgsdk.transport import Request
from tests.providers.http.acme import Acme, page

pytestmark = pytest.mark.anyio

GET = Request("list_users", "GET", "/users")


def acme(token: str = "t", root: str = "", **headers: str) -> Acme:
    return Acme(lambda _: page("1", headers=headers), token=token, root=root)


def test_the_tenant_is_the_address_and_the_key_depends_on_it_and_on_the_credentials() -> None:
    one = acme(root="/v2")
    assert one.tenant == "https://api.example.com/v2"
    assert repr(one) == "Acme(base_url='https://api.example.com/v2')"
    assert one.tenant_key == acme(root="/v2").tenant_key
    assert len({one.tenant_key, acme().tenant_key, acme("other", "/v2").tenant_key}) == 3


async def test_the_rate_limit_is_the_last_reported_one() -> None:
    provider = acme(**{"x-ratelimit-limit": "100", "x-ratelimit-remaining": "7"})
    assert provider.rate_limit is None
    await provider.connection.send(GET)
    assert provider.rate_limit is not None
    assert (provider.rate_limit.limit, provider.rate_limit.remaining) == (100, 7)


async def test_other_options_share_the_connections() -> None:
    provider = acme()
    events: list[object] = []
    other = provider.with_options(CallOptions(on_event=events.append))
    await provider.connection.send(GET)
    assert events == []
    await other.connection.send(GET)
    assert events
    await provider.aclose()
    with pytest.raises(NotSentError, match="closed"):
        await other.connection.send(GET)


@pytest.mark.parametrize("organization_id", ["", "a", "../1"])
def test_an_invalid_id_of_an_organization_is_refused(organization_id: str) -> None:
    with pytest.raises(InvalidArgumentError):
        acme().check_organization_id(organization_id)
    with pytest.raises(InvalidArgumentError):
        acme().required_id(organization_id)


def test_a_provider_can_require_an_id() -> None:
    class Listed(Acme):
        capabilities = Acme.capabilities | {Capability.ORGANIZATIONS_LIST}

    assert acme().required_id("17") == "17"
    with pytest.raises(InvalidArgumentError, match=r"Listed needs an organization's id.*client\.organizations\.list"):
        Listed(lambda _: httpx.Response(200)).required_id(None)


def test_a_required_id_advises_no_list_that_the_provider_lacks() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Acme needs an organization's id.* Pass one\.$"):
        acme().required_id(None)


def test_every_id_passes_without_an_alphabet() -> None:
    class Lenient(Acme):
        ids = None

    Lenient(lambda _: httpx.Response(200)).check_organization_id("any id")
