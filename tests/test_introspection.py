"""Reading the attributes of a client does not raise: methods refuse, not properties."""

from __future__ import annotations

import inspect
import pickle
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from orgsdk import OrgClient, UnsupportedError, blocking
from orgsdk.providers import SCIM, Flat, Logto, Memory, WorkOS

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.providers.base import Provider


PROVIDERS: dict[str, Callable[[], Provider]] = {
    "flat": lambda: Flat("t"),
    "logto": lambda: Logto("https://t.logto.app", app_id="a", app_secret="s"),  # made up
    "memory": Memory,
    "scim": lambda: SCIM("https://scim.example.com", token="t"),
    "workos": lambda: WorkOS("sk_t"),
}


@pytest.fixture(params=PROVIDERS)
def holders(request: pytest.FixtureRequest) -> list[object]:
    organization = "scim" if request.param == "scim" else "5f0000000000000000000001"
    client = OrgClient(PROVIDERS[request.param](), organization=organization)
    waiting = blocking.OrgClient(client.provider, organization=organization)
    org = client.organization()
    return [
        client, client.provider, org, org.users, org.invitations, client.accounts, client.organizations, client.roles,
        waiting, waiting.organization(), waiting.accounts, waiting.organization().invitations,
    ]  # fmt: skip


def test_every_attribute_can_be_read(holders: list[object]) -> None:
    for holder in holders:
        assert inspect.getmembers(holder)
        assert mock.create_autospec(holder)
        for name in dir(holder):
            hasattr(holder, name)


@pytest.mark.anyio
async def test_the_methods_of_what_is_lacking_refuse_with_advice() -> None:
    client = OrgClient(Flat("t"))
    assert hasattr(client, "accounts")
    assert hasattr(client.organization(), "accounts")
    for accounts in (client.accounts, client.organization().accounts):
        with pytest.raises(UnsupportedError, match=r"flat does not offer accounts.list"):
            accounts.list()
        with pytest.raises(UnsupportedError, match=r"flat does not offer accounts.get"):
            await accounts.get("5f0000000000000000000001")
        with pytest.raises(UnsupportedError, match=r"flat does not offer accounts.find"):
            await accounts.find(email="ada@example.com")
        with pytest.raises(UnsupportedError, match=r"flat does not offer accounts.create"):
            await accounts.create(username="ada")
    with blocking.OrgClient(Flat("t")) as waiting, pytest.raises(UnsupportedError, match=r"accounts.count"):
        waiting.accounts.count()


def test_a_lacking_native_interface_is_a_missing_attribute() -> None:
    client = OrgClient.memory()
    assert not hasattr(client, "native")
    with pytest.raises(UnsupportedError, match="memory does not offer native") as caught:
        _ = client.native
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # pickled in the line itself
