"""The id that a person has in another system, which Logto keeps in custom data; and what is checked unsent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import BadRequestError, InvalidArgumentError, User
from orgsdk.domain import UserChanges, UserDraft
from orgsdk.providers.logto import records
from orgsdk.sandbox.faults import Answer
from orgsdk.sandbox.logto.seed import user_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import Written

pytestmark = pytest.mark.anyio

HARRY = user_id("hwright")


async def test_an_external_id_is_made_with_the_account_and_shown_by_every_list(
    client: OrgClient[Logto], quartet: OrganizationHandle, written: Written
) -> None:
    written.clear()
    ada = await quartet.users.create(username="ada", external_id="S/1")
    assert written()[0] == "POST /users"
    assert not any("custom-data" in request for request in written())
    assert ada.external_id == "S/1"
    assert ada.raw["customData"] == {"externalId": "S/1"}
    assert [user.external_id async for user in quartet.users.list()] == ["S/1"]
    assert (await client.accounts.get(ada.id)).external_id == "S/1"


async def test_an_external_id_is_put_beside_what_else_is_kept_there(client: OrgClient[Logto], written: Written) -> None:
    before: Any = (await client.accounts.get(HARRY)).raw["customData"]
    assert set(before) == {"externalId", "group"}
    written.clear()
    changed = await client.accounts.update(HARRY, external_id="S2")
    assert written() == [f"GET /users/{HARRY}", f"PATCH /users/{HARRY}/custom-data"]
    assert changed.external_id == "S2"
    assert changed.raw["customData"] == {**before, "externalId": "S2"}
    assert changed == await client.accounts.get(HARRY)


async def test_an_external_id_is_cleared_and_the_rest_stays(client: OrgClient[Logto], written: Written) -> None:
    written.clear()
    changed = await client.accounts.update(HARRY, name="H", external_id=None)
    assert written() == [f"PATCH /users/{HARRY}", f"PATCH /users/{HARRY}/custom-data"]
    assert (changed.name, changed.external_id) == ("H", None)
    assert (await client.accounts.get(HARRY)).external_id is None
    kept: Any = changed.raw["customData"]
    assert "group" in kept


async def test_what_was_changed_before_it_failed_is_said(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    refusal = Answer(400, b'{"code": "guard.invalid_input"}', (("content-type", "application/json"),))
    sandbox.logto_faults.add(refusal, method="PATCH", path=f"/api/users/{HARRY}/custom-data")
    with pytest.raises(BadRequestError) as caught:
        await client.accounts.update(HARRY, name="H", external_id="S2")
    left = caught.value.partial_result
    assert isinstance(left, User)
    assert left.name == "H"


async def test_a_lost_creation_is_not_adopted_for_another_external_id(client: OrgClient[Logto]) -> None:
    from orgsdk.providers.logto.account_fields import is_as_created

    made = await client.accounts.create(username="ada", external_id="S1")
    assert made.created_at is not None
    assert is_as_created(made, UserDraft(username="ada", external_id="S1"), made.created_at)
    assert not is_as_created(made, UserDraft(username="ada", external_id="S2"), made.created_at)


@pytest.mark.parametrize("data", [b"{}", b"null", b"[]", b'"x"', b'{"externalId":null}', b'{"externalId":7}'])
def test_custom_data_of_any_shape_is_no_reason_to_refuse_a_page(data: bytes) -> None:
    assert records.users.many(b'[{"id": "u1", "customData": ' + data + b"}]")[0].external_id is None
    assert records.users.one(b'{"id": "u1"}').external_id is None


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"username": "1ada"}, "does not take this username"),
    ({"username": "ada lovelace"}, "does not take this username"),
    ({"username": "ädä"}, "does not take this username"),
    ({"username": "a" * 129}, "does not take this username"),
    ({"username": "ada", "phone": "call me"}, "phone number is not one"),
    ({"username": "ada", "name": "nul\0"}, "NUL"),
    ({"username": "ada", "external_id": "nul\0"}, "NUL"),
]


@pytest.mark.parametrize(("fields", "told"), REFUSED)
async def test_what_logto_does_not_take_is_told_without_sending(
    client: OrgClient[Logto], org: OrganizationHandle, written: Written, fields: dict[str, Any], told: str
) -> None:
    for room in (client.provider.accounts(), client.provider.users(org.id)):
        with pytest.raises(InvalidArgumentError, match=told):
            room.check_create(UserDraft(**fields))
        with pytest.raises(InvalidArgumentError, match=told):
            room.check_update(UserChanges(**fields))
    with pytest.raises(InvalidArgumentError, match=told):
        await org.users.update(HARRY, **fields)
    assert written() == []


async def test_what_logto_takes_is_checked_without_sending(
    client: OrgClient[Logto], org: OrganizationHandle, written: Written
) -> None:
    for room in (client.provider.accounts(), client.provider.users(org.id)):
        room.check_create(UserDraft(username="_Ada1", email="a@b", phone="+12", external_id="S1", given_name="A"))
        room.check_update(UserChanges(username="a" * 128, email=None, phone=None, external_id=None, family_name=None))
        room.check_update(UserChanges())
    with pytest.raises(InvalidArgumentError, match="needs a username"):
        client.provider.accounts().check_create(UserDraft(external_id="S1"))
    assert written() == []


async def test_the_tenant_is_the_address_and_the_credentials_are_no_persons(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    assert client.provider.tenant == sandbox.logto_url
    assert await client.provider.own_user_id() is None
    assert await client.provider.own_organization_id() is None
