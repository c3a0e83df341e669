"""Account fields: the external id in custom data, and checks without a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import BadRequestError, InvalidArgumentError, User
from orgsdk.domain import UserChanges, UserDraft
from orgsdk.providers.logto import records
from orgsdk.sandbox.faults import Respond
from orgsdk.sandbox.logto.seed import user_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import SentRequests

pytestmark = pytest.mark.anyio

HARRY = user_id("hwright")


async def test_an_external_id_is_created_with_the_account_and_is_in_every_list(
    client: OrgClient[Logto], empty_org: OrganizationHandle, sent: SentRequests
) -> None:
    sent.clear()
    ada = await empty_org.users.create(username="ada", external_id="S/1")
    assert sent()[0] == "POST /users"
    assert not any("custom-data" in request for request in sent())
    assert ada.external_id == "S/1"
    assert ada.raw["customData"] == {"externalId": "S/1"}
    assert [user.external_id async for user in empty_org.users.list()] == ["S/1"]
    assert (await client.accounts.get(ada.id)).external_id == "S/1"


async def test_an_external_id_is_merged_into_custom_data(client: OrgClient[Logto], sent: SentRequests) -> None:
    before: Any = (await client.accounts.get(HARRY)).raw["customData"]
    assert set(before) == {"externalId", "group"}
    sent.clear()
    changed = await client.accounts.update(HARRY, external_id="S2")
    assert sent() == [f"GET /users/{HARRY}", f"PATCH /users/{HARRY}/custom-data"]
    assert changed.external_id == "S2"
    assert changed.raw["customData"] == {**before, "externalId": "S2"}
    assert changed == await client.accounts.get(HARRY)


async def test_clearing_an_external_id_keeps_other_custom_data(client: OrgClient[Logto], sent: SentRequests) -> None:
    sent.clear()
    changed = await client.accounts.update(HARRY, name="H", external_id=None)
    assert sent() == [f"PATCH /users/{HARRY}", f"PATCH /users/{HARRY}/custom-data"]
    assert (changed.name, changed.external_id) == ("H", None)
    assert (await client.accounts.get(HARRY)).external_id is None
    custom_data: Any = changed.raw["customData"]
    assert "group" in custom_data


async def test_a_failed_external_id_has_the_partial_result(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    failure = Respond(400, b'{"code": "guard.invalid_input"}', (("content-type", "application/json"),))
    sandbox.logto_faults.add(failure, method="PATCH", path=f"/api/users/{HARRY}/custom-data")
    with pytest.raises(BadRequestError) as caught:
        await client.accounts.update(HARRY, name="H", external_id="S2")
    partial = caught.value.partial_result
    assert isinstance(partial, User)
    assert partial.name == "H"


async def test_an_account_with_another_external_id_is_not_adopted(client: OrgClient[Logto]) -> None:
    from orgsdk.providers.logto.account_fields import is_as_created

    made = await client.accounts.create(username="ada", external_id="S1")
    assert made.created_at is not None
    assert is_as_created(made, UserDraft(username="ada", external_id="S1"))
    assert not is_as_created(made, UserDraft(username="ada", external_id="S2"))


@pytest.mark.parametrize("data", [b"{}", b"null", b"[]", b'"x"', b'{"externalId":null}', b'{"externalId":7}'])
def test_custom_data_of_any_type_is_accepted(data: bytes) -> None:
    assert records.user_reader.many(b'[{"id": "u1", "customData": ' + data + b"}]")[0].external_id is None
    assert records.user_reader.one(b'{"id": "u1"}').external_id is None


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"username": "1ada"}, "does not accept this username"),
    ({"username": "ada lovelace"}, "does not accept this username"),
    ({"username": "ädä"}, "does not accept this username"),
    ({"username": "a" * 129}, "does not accept this username"),
    ({"username": "ada", "phone": "call me"}, "phone number is invalid"),
    ({"username": "ada", "name": "nul\0"}, "NUL"),
    ({"username": "ada", "external_id": "nul\0"}, "NUL"),
]


@pytest.mark.parametrize(("fields", "expected"), REFUSED)
async def test_invalid_fields_are_refused_without_a_request(
    client: OrgClient[Logto], org: OrganizationHandle, sent: SentRequests, fields: dict[str, Any], expected: str
) -> None:
    for operations in (client.provider.accounts(), client.provider.users(org.id)):
        with pytest.raises(InvalidArgumentError, match=expected):
            operations.check_create(UserDraft(**fields))
        with pytest.raises(InvalidArgumentError, match=expected):
            operations.check_update(UserChanges(**fields))
    with pytest.raises(InvalidArgumentError, match=expected):
        await org.users.update(HARRY, **fields)
    assert sent() == []


async def test_valid_fields_are_checked_without_a_request(
    client: OrgClient[Logto], org: OrganizationHandle, sent: SentRequests
) -> None:
    for operations in (client.provider.accounts(), client.provider.users(org.id)):
        operations.check_create(UserDraft(username="_Ada1", email="a@b", phone="+12", external_id="S1", given_name="A"))
        operations.check_update(
            UserChanges(username="a" * 128, email=None, phone=None, external_id=None, family_name=None)
        )
        operations.check_update(UserChanges())
    with pytest.raises(InvalidArgumentError, match="needs a username"):
        client.provider.accounts().check_create(UserDraft(external_id="S1"))
    assert sent() == []


async def test_the_tenant_is_the_address_and_the_credentials_have_no_user(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    assert client.provider.tenant == sandbox.logto_url
    assert await client.provider.own_user_id() is None
    assert await client.provider.own_organization_id() is None
