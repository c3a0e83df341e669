"""Accounts of a Logto tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import BadRequestError, ConflictError, InvalidArgumentError, NotFoundError, User
from orgsdk.providers.logto.account_fields import changed_profile
from orgsdk.providers.logto.models import Address, UserProfile
from orgsdk.sandbox.faults import Respond
from orgsdk.sandbox.logto.seed import user_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import SentRequests

pytestmark = pytest.mark.anyio

HARRY = user_id("hwright")


async def test_an_account_is_created_updated_and_removed(client: OrgClient[Logto], sent: SentRequests) -> None:
    ada = await client.accounts.create(username="ada", given_name="Ada", password="pw")
    assert (ada.username, ada.given_name, ada.family_name, ada.roles) == ("ada", "Ada", None, ())
    assert await client.accounts.get(ada.id) == ada
    assert await client.accounts.find(username="ada") == ada
    assert await client.accounts.find(username="ADA") is None
    changed = await client.accounts.update(ada.id, email="Ada@example.org", username=None, phone="+12025550199")
    assert (changed.username, changed.email, changed.phone) == (None, "Ada@example.org", "12025550199")
    found = await client.accounts.find(email="ADA@EXAMPLE.ORG")
    assert found is not None
    assert found.id == ada.id
    assert (await client.accounts.suspend(ada.id)).is_suspended is True
    await client.accounts.remove(ada.id, account="delete")
    for call in (lambda: client.accounts.get(ada.id), lambda: client.accounts.remove(ada.id, account="delete")):
        with pytest.raises(NotFoundError):
            await call()


async def test_a_locale_is_a_field_of_the_profile(client: OrgClient[Logto]) -> None:
    ada = await client.accounts.create(username="ada", given_name="Ada", locale="fr")
    assert (ada.locale, ada.raw["profile"]) == ("fr", {"givenName": "Ada", "locale": "fr"})
    assert (await client.accounts.update(ada.id, locale="en")).locale == "en"
    cleared = await client.accounts.update(ada.id, locale=None)
    assert (cleared.locale, cleared.given_name) == (None, "Ada")


async def test_an_empty_update_only_reads(client: OrgClient[Logto], sent: SentRequests) -> None:
    sent.clear()
    assert (await client.accounts.update(HARRY)).id == HARRY
    assert sent() == [f"GET /users/{HARRY}"]


async def test_names_are_merged_into_the_profile(client: OrgClient[Logto], sent: SentRequests) -> None:
    await client.native.update_user_profile(HARRY, nickname="h", address=Address(country="UK"))
    sent.clear()
    changed = await client.accounts.update(HARRY, given_name="Harold", name="H")
    assert (changed.given_name, changed.family_name, changed.name) == ("Harold", "Wright", "H")
    assert sent() == [f"PATCH /users/{HARRY}", f"PATCH /users/{HARRY}/profile"]
    assert changed == await client.accounts.get(HARRY)
    assert changed.raw["profile"] == {
        "givenName": "Harold",
        "familyName": "Wright",
        "nickname": "h",
        "address": {"country": "UK"},
    }


async def test_a_name_is_cleared_by_replacing_the_profile_without_it(
    client: OrgClient[Logto], sent: SentRequests
) -> None:
    await client.native.update_user_profile(HARRY, nickname="h")
    sent.clear()
    changed = await client.accounts.update(HARRY, given_name=None, family_name="W")
    assert (changed.given_name, changed.family_name) == (None, "W")
    # A merge cannot remove a key (facts/logto.md, section 7). The profile is read and replaced as a whole.
    assert sent() == [f"GET /users/{HARRY}", f"PATCH /users/{HARRY}"]
    assert changed.raw["profile"] == {"familyName": "W", "nickname": "h"}


def test_a_replaced_profile_keeps_unknown_fields() -> None:
    profile = UserProfile.model_validate(
        {"givenName": "A", "pronouns": "they", "address": {"formatted": "x", "box": 1}}
    )
    replaced = changed_profile(profile, {"given_name": None, "family_name": "B"})
    assert replaced.model_dump(by_alias=True, exclude_unset=True) == {
        "familyName": "B",
        "pronouns": "they",
        "address": {"formatted": "x", "box": 1},
    }
    assert changed_profile(None, {"given_name": None}).model_dump(exclude_unset=True) == {}


async def test_a_password_is_set_last(client: OrgClient[Logto], sent: SentRequests) -> None:
    bo = await client.accounts.create(username="bo")
    assert bo.raw["hasPassword"] is False
    sent.clear()
    changed = await client.accounts.update(bo.id, name="Bo", family_name="O", password="pw")
    assert (changed.name, changed.family_name, changed.raw["hasPassword"]) == ("Bo", "O", True)
    assert sent() == [f"PATCH /users/{bo.id}", f"PATCH /users/{bo.id}/profile", f"PATCH /users/{bo.id}/password"]


async def test_a_refused_update_changes_nothing(client: OrgClient[Logto]) -> None:
    bo = await client.accounts.create(username="bo")
    with pytest.raises(ConflictError) as caught:
        await client.accounts.update(bo.id, username="hwright", given_name="Bo", password="pw")
    assert caught.value.code == "user.username_already_in_use"
    now = await client.accounts.get(bo.id)
    assert (now.username, now.given_name, now.raw["hasPassword"]) == ("bo", None, False)


async def test_names_are_set_after_the_account_is_read(client: OrgClient[Logto], sent: SentRequests) -> None:
    sent.clear()
    changed = await client.accounts.update(HARRY, given_name="Harold")
    # Nothing is read after the change, so that a failed read is not reported as a failed change.
    assert sent() == [f"GET /users/{HARRY}", f"PATCH /users/{HARRY}/profile"]
    assert changed == await client.accounts.get(HARRY)


@pytest.mark.parametrize(
    ("refused", "has"), [("profile", {"name": "H"}), ("password", {"name": "H", "given_name": "Harold"})]
)
async def test_an_error_of_a_later_step_has_the_partial_result(
    client: OrgClient[Logto], sandbox: Sandbox, refused: str, has: dict[str, str]
) -> None:
    failure = Respond(400, b'{"code": "guard.invalid_input"}', (("content-type", "application/json"),))
    sandbox.logto_faults.add(failure, method="PATCH", path=f"/api/users/{HARRY}/{refused}")
    with pytest.raises(BadRequestError) as caught:
        await client.accounts.update(HARRY, name="H", given_name="Harold", password="pw")
    partial = caught.value.partial_result
    assert isinstance(partial, User)
    assert {name: getattr(partial, name) for name in has} == has
    assert partial == await client.accounts.get(HARRY)


async def test_accounts_are_listed_and_counted_by_query(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    assert await client.accounts.count() == 1000
    assert len(await client.accounts.list().collect()) == 1000
    for username in ("a_b_q", "axb_q"):
        await client.accounts.create(username=username)
    assert [user.username async for user in client.accounts.list(query="a_b_")] == ["a_b_q"]
    assert await client.accounts.count(query="A_B_") == 1
    assert [seen.query for seen in sandbox.requests][-1] == "search=%25A%5C_B%5C_%25&page=1&page_size=1"
    assert await client.accounts.count(query="") == 1002


async def test_an_account_without_a_key_is_refused_without_a_request(
    client: OrgClient[Logto], sent: SentRequests
) -> None:
    # Logto would create an account without a key, and another one with each retry (facts/logto.md, section 6).
    with pytest.raises(InvalidArgumentError, match="username"):
        await client.accounts.create(name="No Key")
    with pytest.raises(InvalidArgumentError, match="can only be deleted"):
        await client.provider.accounts().remove(HARRY, "keep")
    assert sent() == []


async def test_find_compares_a_username_exactly_and_an_address_in_any_case(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    await client.accounts.find(username="ada")
    await client.accounts.find(email="ada@example.org")
    queries = [
        seen.query.removesuffix("&page=1&page_size=100") for seen in sandbox.requests if seen.path == "/api/users"
    ]
    assert queries == [
        "search.username=ada&mode.username=exact&isCaseSensitive=true",
        "search.primaryEmail=ada%40example.org&mode.primaryEmail=exact",
    ]
