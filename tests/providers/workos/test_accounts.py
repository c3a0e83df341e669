"""Users of an environment at WorkOS, whatever organization they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.errors import ConflictError, InvalidArgumentError, NotFoundError, UnsupportedError
from tests.providers.workos.conftest import listed, user

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers.workos import WorkOS
    from tests.providers.workos.conftest import Server

pytestmark = pytest.mark.anyio

USERS = "/user_management/users"


async def test_accounts_are_listed_newest_first(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"GET {USERS}", listed(user(2), after="user_02"), listed(user(1, external_id="7", locale="fr")))
    second, first = await client.accounts.list(page_size=1).collect()
    assert server.query() == {"order": "desc", "limit": "1", "after": "user_02"}
    assert (first.id, first.external_id, first.locale, first.roles) == ("user_01", "7", "fr", ())
    assert second.is_suspended is None


async def test_an_account_is_read_found_and_deleted(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"GET {USERS}/user_01", user(1))
    assert (await client.accounts.get("user_01")).email == "u1@example.com"
    server.on(f"GET {USERS}", listed(user(1)))
    found = await client.accounts.find(email="u1@example.com")
    assert found is not None
    assert server.query()["email"] == "u1@example.com"
    server.on(f"GET {USERS}", listed())
    assert await client.accounts.find(email="u2@example.com") is None
    server.on(f"DELETE {USERS}/user_01", (200, None), (404, {"message": "User not found."}))
    await client.accounts.remove("user_01", account="delete")
    with pytest.raises(NotFoundError):
        await client.accounts.remove("user_01", account="delete")
    with pytest.raises(InvalidArgumentError, match="can only be deleted"):
        await client.provider.accounts().remove("user_01", "keep")


async def test_an_address_in_use_is_a_conflict(client: OrgClient[WorkOS], server: Server) -> None:
    errors = [{"code": "email_not_available", "message": "This email is not available."}]
    refused = {"code": "user_creation_error", "message": "Could not create user.", "errors": errors}
    server.on(f"POST {USERS}", (400, refused))
    with pytest.raises(ConflictError, match="the e-mail address belongs to another user"):
        await client.accounts.create(email="u1@example.com")


async def test_an_update_without_changes_reads_the_user(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"GET {USERS}/user_01", user(1))
    await client.accounts.update("user_01")
    assert server.calls == [f"GET {USERS}/user_01"]


async def test_a_new_password_is_sent_and_not_shown(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"PUT {USERS}/user_01", (400, {"code": "password_strength_error", "message": "no: Tr0ub4dor-3x"}))
    with pytest.raises(Exception, match="password_strength_error") as caught:
        await client.accounts.update("user_01", password="Tr0ub4dor-3x")
    assert server.body() == {"password": "Tr0ub4dor-3x"}
    assert "Tr0ub4dor-3x" not in str(caught.value)


async def test_a_new_address_is_compared_without_case(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"PUT {USERS}/user_01", user(1, email="ada@example.com"))
    assert (await client.accounts.update("user_01", email="Ada@Example.com")).email == "ada@example.com"
    server.on(f"PUT {USERS}/user_01", user(1, locale=None))
    with pytest.raises(UnsupportedError, match=r"an update of the locale at this server. It ignored the new value"):
        await client.accounts.update("user_01", locale="fr")


async def test_counting_is_left_to_the_caller(client: OrgClient[WorkOS]) -> None:
    with pytest.raises(UnsupportedError, match="WorkOS reports no totals"):
        await client.accounts.count()
